// SPDX-License-Identifier: Apache-2.0
// Items for people and programs: as JSON, one form for the command line and HTTP, and drawn on their photo.
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "vision/rle.h"
#include "vision/vision.h"

static json_t *label_json(const taxonomy *t, int category) {
    return json_pack("{s:s, s:s}", "en", taxonomy_name(t, category, TAXONOMY_ENGLISH), "ru",
                     taxonomy_name(t, category, TAXONOMY_RUSSIAN));
}

// Four digits are more than a probability is worth.
static json_t *score_json(float score) {
    return json_real(round((double)score * 1e4) / 1e4);
}

json_t *categories_json(const struct encoding *encoding, const taxonomy *t) {
    json_t *list = json_array();
    for (size_t i = 0; i < encoding->category_count; i++) {
        const struct vision_category *category = &encoding->categories[i];
        json_t *entry = json_pack("{s:s, s:o}", "id", taxonomy_id(t, category->category), "score",
                                  score_json(category->score));
        if (json_array_append_new(list, entry)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *item_json(const struct item *item, const taxonomy *t) {
    int category = item->encoding.category;
    json_t *mask = item->mask ? json_pack("{s:[i,i], s:s}", "size", item->mask->height, item->mask->width,
                                          "counts", item->mask->counts)
                              : NULL;
    return json_pack("{s:[i,i,i,i], s:o, s:s, s:o, s:o, s:o*}", "box", item->box.x, item->box.y,
                     item->box.width, item->box.height, "score", score_json(item->score), "category",
                     taxonomy_id(t, category), "label", label_json(t, category), "categories",
                     categories_json(&item->encoding, t), "mask", mask);
}

// --- Drawing ---

enum { LINE_PIXELS = 3, MASK_PERCENT = 45 };

static const uint8_t COLOURS[][3] = {{230, 60, 60},  {40, 120, 230}, {40, 170, 80},
                                     {240, 160, 20}, {160, 70, 200}, {20, 170, 180}};

static void blend(struct picture *p, int x, int y, const uint8_t colour[3], int percent) {
    uint8_t *pixel = p->pixels + 3 * ((size_t)y * (size_t)p->width + (size_t)x);
    for (int i = 0; i < 3; i++)
        pixel[i] = (uint8_t)((pixel[i] * (100 - percent) + colour[i] * percent) / 100);
}

// Boxes and masks are of the full size, the picture may be smaller.
static void draw_box(struct picture *p, const struct box *box, const uint8_t colour[3]) {
    int left = (int)((int64_t)box->x * p->width / p->full_width);
    int top = (int)((int64_t)box->y * p->height / p->full_height);
    int right = (int)(((int64_t)box->x + box->width) * p->width / p->full_width);
    int bottom = (int)(((int64_t)box->y + box->height) * p->height / p->full_height);
    for (int y = top; y < bottom && y < p->height; y++) {
        bool is_edge_row = y < top + LINE_PIXELS || y >= bottom - LINE_PIXELS;
        for (int x = left; x < right && x < p->width; x++) {
            if (is_edge_row || x < left + LINE_PIXELS || x >= right - LINE_PIXELS)
                blend(p, x, y, colour, 100);
        }
    }
}

// The mask as one byte a pixel, down the columns; NULL when out of memory or where the mask is broken.
static uint8_t *unfold(const struct mask *mask) {
    size_t pixels = (size_t)mask->width * (size_t)mask->height, at = 0;
    struct runs runs = {0};
    uint8_t *bits = runs_parse(mask->counts, (uint32_t)pixels, &runs, NULL) ? NULL : memory_new(pixels, 1);
    for (size_t i = 0; bits && i < runs.count; i++) {
        memset(bits + at, i % 2, runs.lengths[i]);
        at += runs.lengths[i];
    }
    runs_fini(&runs);
    return bits;
}

static nacre_status draw_mask(struct picture *p, const struct mask *mask, const uint8_t colour[3],
                              nacre_error *error) {
    uint8_t *bits = unfold(mask);
    if (!bits)
        return error_memory(error, "drawing a mask");
    for (int y = 0; y < p->height; y++) {
        size_t row = (size_t)y * (size_t)mask->height / (size_t)p->height;
        for (int x = 0; x < p->width; x++) {
            size_t column = (size_t)x * (size_t)mask->width / (size_t)p->width;
            if (bits[column * (size_t)mask->height + row])
                blend(p, x, y, colour, MASK_PERCENT);
        }
    }
    memory_free(bits);
    return NACRE_OK;
}

nacre_status item_paint(struct picture *p, const struct box *box, const struct mask *mask,
                        const uint8_t colour[3], nacre_error *error) {
    nacre_status status = mask ? draw_mask(p, mask, colour, error) : NACRE_OK;
    draw_box(p, box, colour);
    return status;
}

nacre_status item_draw(const struct picture *photo, const faces *f, const struct item *items, size_t count,
                       const char *path, nacre_error *error) {
    size_t bytes = 3 * (size_t)photo->width * (size_t)photo->height;
    struct picture drawn = *photo;
    drawn.pixels = memory_new(bytes, 1);
    if (!drawn.pixels)
        return error_memory(error, "drawing the items");
    memcpy(drawn.pixels, photo->pixels, bytes);
    nacre_status status = faces_blur(f, &drawn, error);
    for (size_t i = 0; i < count && !status; i++) {
        const uint8_t *colour = COLOURS[i % (sizeof COLOURS / sizeof *COLOURS)];
        status = item_paint(&drawn, &items[i].box, items[i].mask, colour, error);
    }
    if (!status)
        status = picture_write_png(&drawn, path, error);
    memory_free(drawn.pixels);
    return status;
}
