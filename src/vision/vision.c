// SPDX-License-Identifier: Apache-2.0
#include "vision/vision.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/resource.h"
#include "vision/detector.h"
#include "vision/encoder.h"

enum {
    MARGIN_PERCENT = 5, // of its box's sides, that an item keeps around it
    MAX_IDENTITY_BYTES = 256,
    MAX_SIGHTING_BYTES = 64 * 1024 * 1024,
};

struct vision {
    const taxonomy *taxonomy;
    encoder *encoder;
    detector *detector; // NULL: the whole photo is the item
    char codes[MAX_IDENTITY_BYTES];
};

static nacre_status open_encoder(vision *v, const workspace *w, int threads, nacre_error *error) {
    char *path;
    nacre_status status = resource_find(w, "models/encoder.onnx", &path, error);
    if (status)
        return status;
    status = encoder_open(path, v->taxonomy, threads, &v->encoder, error);
    memory_free(path);
    return status;
}

static nacre_status open_detector(vision *v, const workspace *w, int threads, nacre_error *error) {
    char *path;
    nacre_status status = resource_find(w, "models/detector.onnx", &path, error);
    if (status == NACRE_ERROR_NOT_FOUND)
        return NACRE_OK;
    if (status)
        return status;
    struct stat file;
    if (stat(path, &file) || file.st_size > 0) // an empty file turns a shipped detector off
        status = detector_open(path, v->taxonomy, threads, &v->detector, error);
    memory_free(path);
    return status;
}

nacre_status vision_open(const workspace *w, const taxonomy *t, int threads, vision **result,
                         nacre_error *error) {
    vision *v = memory_new(1, sizeof *v);
    if (!v)
        return error_memory(error, "loading the models");
    v->taxonomy = t;
    nacre_status status = open_encoder(v, w, threads, error);
    if (!status)
        status = open_detector(v, w, threads, error);
    if (status) {
        vision_close(v);
        return status;
    }
    snprintf(v->codes, sizeof v->codes, "%s%s%s", encoder_identity(v->encoder), v->detector ? "+" : "",
             v->detector ? detector_identity(v->detector) : "");
    *result = v;
    return NACRE_OK;
}

void vision_close(vision *v) {
    if (!v)
        return;
    encoder_close(v->encoder);
    detector_close(v->detector);
    memory_free(v);
}

const char *vision_encoder(const vision *v) {
    return v->codes;
}

const char *vision_detector(const vision *v) {
    return v->detector ? detector_identity(v->detector) : NULL;
}

const char *vision_match(const vision *v, int category, unsigned shape_distance, unsigned colour_distance) {
    return match_word(encoder_match_table(v->encoder), category, shape_distance, colour_distance);
}

// --- A photo's items ---

static struct box whole(const struct picture *p) {
    return (struct box){0, 0, p->full_width, p->full_height};
}

struct box vision_with_margin(struct box box, const struct picture *p) {
    int x = box.width * MARGIN_PERCENT / 100, y = box.height * MARGIN_PERCENT / 100;
    int left = box.x > x ? box.x - x : 0, top = box.y > y ? box.y - y : 0;
    int right = box.x + box.width + x, bottom = box.y + box.height + y;
    right = right < p->full_width ? right : p->full_width;
    bottom = bottom < p->full_height ? bottom : p->full_height;
    return (struct box){left, top, right - left, bottom - top};
}

// What the detector finds; without one, the whole photo as one thing that may be anything.
static nacre_status find(const vision *v, const struct picture *photo, float min_score, arena *a,
                         struct detection **found, size_t *count, nacre_error *error) {
    if (v->detector)
        return detector_run(v->detector, photo, min_score, true, a, found, count, error);
    struct detection *all = arena_new(a, 1, sizeof *all);
    if (!all)
        return error_memory(error, "finding items");
    all->box = whole(photo);
    *found = all;
    *count = 1;
    return NACRE_OK;
}

static nacre_status encode_items(const vision *v, const struct picture *photo, const struct detection *found,
                                 size_t count, arena *a, struct item **result, nacre_error *error) {
    struct item *items = arena_new(a, count + 1, sizeof *items);
    struct box *boxes = arena_new(a, count + 1, sizeof *boxes);
    struct encoder_crop *crops = arena_new(a, count + 1, sizeof *crops);
    struct encoding *encodings = arena_new(a, count + 1, sizeof *encodings);
    if (!items || !boxes || !crops || !encodings)
        return error_memory(error, "encoding items");
    for (size_t i = 0; i < count; i++) {
        boxes[i] = v->detector ? vision_with_margin(found[i].box, photo) : found[i].box;
        crops[i] = (struct encoder_crop){photo, &boxes[i], found[i].within};
    }
    nacre_status status = encoder_run(v->encoder, crops, count, encodings, error);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        items[i] = (struct item){
            .box = found[i].box,
            .score = v->detector ? found[i].score : encodings[i].category_score,
            .mask = found[i].mask,
            .encoding = encodings[i],
        };
    *result = items;
    return NACRE_OK;
}

nacre_status vision_detect(vision *v, const struct picture *photo, float min_score, arena *a,
                           struct item **items, size_t *count, struct vision_times *times,
                           nacre_error *error) {
    struct detection *found = NULL;
    size_t found_count = 0;
    double start_ms = clock_ms();
    nacre_status status = find(v, photo, min_score, a, &found, &found_count, error);
    double found_ms = clock_ms();
    if (!status)
        status = encode_items(v, photo, found, found_count, a, items, error);
    if (status)
        return status;
    *count = found_count;
    if (times)
        *times = (struct vision_times){.detect_ms = found_ms - start_ms, .encode_ms = clock_ms() - found_ms};
    return NACRE_OK;
}

// --- A shop's picture ---

static bool agrees(const vision *v, struct within within, int mapped) {
    for (size_t i = 0; i < within.count; i++) {
        if (mapped == CATEGORY_NONE || taxonomy_agree(v->taxonomy, within.nodes[i], mapped))
            return true;
    }
    return false;
}

nacre_status vision_sight(vision *v, const struct picture *picture, int mapped, struct box *box,
                          nacre_error *error) {
    *box = whole(picture);
    if (!v->detector)
        return NACRE_OK;
    arena a;
    arena_init(&a, MAX_SIGHTING_BYTES);
    struct detection *found;
    size_t count = 0;
    nacre_status status = detector_run(v->detector, picture, -1, false, &a, &found, &count, error);
    size_t i = 0;
    while (i < count && !agrees(v, found[i].within, mapped))
        i++;
    if (count == 1)
        i = 0;
    if (i < count)
        *box = vision_with_margin(found[i].box, picture);
    arena_fini(&a);
    return status;
}

nacre_status vision_encode(vision *v, const struct crop *crops, size_t count, struct encoding *encodings,
                           nacre_error *error) {
    struct encoder_crop *given = memory_new(count, sizeof *given);
    if (!given)
        return error_memory(error, "encoding pictures");
    for (size_t i = 0; i < count; i++)
        given[i] = (struct encoder_crop){
            crops[i].picture, crops[i].box, {&crops[i].within, crops[i].within != CATEGORY_NONE, 0}};
    nacre_status status = encoder_run(v->encoder, given, count, encodings, error);
    memory_free(given);
    return status;
}
