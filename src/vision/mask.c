// SPDX-License-Identifier: Apache-2.0
#include "vision/mask.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

// Where a pixel lies between two cells.
struct position {
    int cell;       // the first of them
    float fraction; // of the way to the next
};

// A part, ready to be drawn column by column.
struct layer {
    int left, top, right, bottom; // its pixels, right and bottom excluded
    float *sums;                  // of the maps: height x width cells
    struct position *rows;        // of the pixels from top to bottom
    float *column;                // the sums interpolated at the column being drawn
};

static int clamp(double value, int least, int most) {
    return value < least ? least : value > most ? most : (int)value;
}

// The position of a pixel's centre; beyond the cells' centres the outermost cell counts.
static struct position locate(int pixel, double scale, double offset, int cells) {
    double at = fmin(fmax((pixel + 0.5) * scale + offset - 0.5, 0), cells - 1);
    int cell = cells > 1 ? clamp(floor(at), 0, cells - 2) : 0;
    return (struct position){cell, (float)(at - cell)};
}

static void sum_prototypes(const struct prototypes *p, const float *coefficients, float *sums) {
    size_t cells = (size_t)p->height * (size_t)p->width;
    memset(sums, 0, cells * sizeof *sums);
    for (int i = 0; i < p->count; i++) {
        const float *map = p->values + (size_t)i * cells;
        for (size_t cell = 0; cell < cells; cell++)
            sums[cell] += coefficients[i] * map[cell];
    }
}

static void layer_free(struct layer *layer) {
    memory_free(layer->sums);
    memory_free(layer->rows);
    memory_free(layer->column);
}

static nacre_status layer_new(const struct prototypes *p, const struct mask_part *part, int width, int height,
                              struct layer *layer, nacre_error *error) {
    *layer = (struct layer){
        .left = clamp(ceil((double)part->box.left - 0.5), 0, width),
        .top = clamp(ceil((double)part->box.top - 0.5), 0, height),
        .right = clamp(ceil((double)part->box.right - 0.5), 0, width),
        .bottom = clamp(ceil((double)part->box.bottom - 0.5), 0, height),
    };
    layer->sums = memory_new((size_t)p->height * (size_t)p->width, sizeof *layer->sums);
    layer->rows = memory_new((size_t)height, sizeof *layer->rows);
    layer->column = memory_new((size_t)p->height + 1, sizeof *layer->column);
    if (!layer->sums || !layer->rows || !layer->column) {
        layer_free(layer);
        return error_memory(error, "drawing a mask");
    }
    sum_prototypes(p, part->coefficients, layer->sums);
    for (int y = layer->top; y < layer->bottom; y++)
        layer->rows[y] = locate(y, p->y_scale, p->y_offset, p->height);
    return NACRE_OK;
}

// Sets the bits of the part's pixels in the column `x`.
static void draw_column(const struct prototypes *p, const struct layer *layer, int x, uint8_t *bits) {
    struct position across = locate(x, p->x_scale, p->x_offset, p->width);
    int next = p->width > 1 ? 1 : 0;
    for (int row = 0; row < p->height; row++) {
        const float *cell = layer->sums + (size_t)row * (size_t)p->width + across.cell;
        layer->column[row] = cell[0] + (cell[next] - cell[0]) * across.fraction;
    }
    layer->column[p->height] = layer->column[p->height - 1]; // only read where there is one row
    for (int y = layer->top; y < layer->bottom; y++) {
        const float *cell = layer->column + layer->rows[y].cell;
        bits[y] |= cell[0] + (cell[1] - cell[0]) * layer->rows[y].fraction > 0;
    }
}

static nacre_status add_column(const uint8_t *bits, int height, struct runs *runs) {
    for (int y = 0; y < height;) {
        int start = y;
        while (y < height && bits[y] == bits[start])
            y++;
        nacre_status status = runs_add(runs, bits[start], (uint32_t)(y - start));
        if (status)
            return status;
    }
    return NACRE_OK;
}

static nacre_status draw(const struct prototypes *p, const struct layer *layers, size_t count, int width,
                         int height, struct runs *runs, nacre_error *error) {
    uint8_t *bits = memory_new((size_t)height, 1);
    nacre_status status = bits ? NACRE_OK : NACRE_ERROR_MEMORY;
    for (int x = 0; x < width && !status; x++) {
        bool drawn = false;
        for (size_t i = 0; i < count; i++) {
            if (x < layers[i].left || x >= layers[i].right)
                continue;
            if (!drawn)
                memset(bits, 0, (size_t)height);
            drawn = true;
            draw_column(p, &layers[i], x, bits);
        }
        status = drawn ? add_column(bits, height, runs) : runs_add(runs, false, (uint32_t)height);
    }
    memory_free(bits);
    return status ? error_memory(error, "drawing a mask") : NACRE_OK;
}

nacre_status mask_draw(const struct prototypes *prototypes, const struct mask_part *parts, size_t count,
                       int width, int height, struct runs *runs, nacre_error *error) {
    struct layer *layers = memory_new(count, sizeof *layers);
    if (!layers)
        return error_memory(error, "drawing a mask");
    size_t made = 0;
    nacre_status status = NACRE_OK;
    for (; made < count && !status; made += !status)
        status = layer_new(prototypes, &parts[made], width, height, &layers[made], error);
    if (!status)
        status = draw(prototypes, layers, count, width, height, runs, error);
    for (size_t i = 0; i < made; i++)
        layer_free(&layers[i]);
    memory_free(layers);
    return status;
}
