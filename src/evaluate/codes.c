// SPDX-License-Identifier: Apache-2.0
#include "evaluate/codes.h"

#include <string.h>

#include "base/memory.h"
#include "search/refine.h"

enum { CODE_BITS = 128, BATCH = 16, MAX_DISTANCE = CODE_BITS * (UINT8_MAX + UINT8_MAX) };

// --- Codes ---

static nacre_status load(const struct truth_picture *from, struct picture *picture, nacre_error *error) {
    // A part keeps its detail.
    nacre_status status = picture_load(from->path, from->has_box ? 0 : VISION_PHOTO_SIDE, picture, error);
    if (status || !from->has_box)
        return status;
    if (from->box.x < picture->full_width && from->box.y < picture->full_height)
        return NACRE_OK;
    status = error_set(error, NACRE_ERROR_FORMAT, "%s: the box %d,%d,%d,%d lies outside of its %dx%d pixels",
                       from->path, from->box.x, from->box.y, from->box.width, from->box.height,
                       picture->full_width, picture->full_height);
    picture_fini(picture);
    return status;
}

static void keep(const struct encoding *encoding, struct codes *codes) {
    memcpy(codes->shape, encoding->shape, sizeof codes->shape);
    memcpy(codes->colour, encoding->colour, sizeof codes->colour);
    memcpy(codes->fine, encoding->fine, sizeof codes->fine);
    codes->seen = encoding->category;
}

static nacre_status encode_batch(const struct truth_picture *from, size_t count, const encoder *e,
                                 struct codes *codes, nacre_error *error) {
    struct picture pictures[BATCH];
    struct encoder_crop crops[BATCH];
    struct encoding encodings[BATCH];
    size_t loaded = 0;
    nacre_status status = NACRE_OK;
    while (loaded < count && !status) {
        status = load(&from[loaded], &pictures[loaded], error);
        if (status)
            break;
        crops[loaded] = (struct encoder_crop){.picture = &pictures[loaded],
                                              .box = from[loaded].has_box ? &from[loaded].box : NULL};
        loaded++;
    }
    if (!status)
        status = encoder_run(e, crops, count, encodings, error);
    for (size_t i = 0; i < count && !status; i++)
        keep(&encodings[i], &codes[i]);
    for (size_t i = 0; i < loaded; i++)
        picture_fini(&pictures[i]);
    return status;
}

nacre_status codes_make(const struct truth *truth, const encoder *e, evaluate_progress *progress,
                        void *context, struct codes *codes, nacre_error *error) {
    size_t total = truth->picture_count;
    for (size_t done = 0; done < total;) {
        size_t count = total - done < BATCH ? total - done : BATCH;
        nacre_status status = encode_batch(truth->pictures + done, count, e, codes + done, error);
        if (status)
            return status;
        done += count;
        if (progress)
            progress(context, encoder_identity(e), done, total);
    }
    return NACRE_OK;
}

// --- Ranking ---

struct ranker {
    const struct truth *truth;
    struct ranked *nearest, *ranking; // by product; in order
    uint8_t *names, *products, *grades;
    size_t refine;
    double *likeness; // of the first `refine` in the ranking
    size_t *order;
    uint32_t starts[MAX_DISTANCE + 2];
};

nacre_status ranker_new(const struct truth *truth, size_t refine, ranker **result, nacre_error *error) {
    ranker *r = memory_new(1, sizeof *r);
    if (!r)
        return error_memory(error, "ranking a gallery");
    r->truth = truth;
    r->refine = refine;
    r->nearest = memory_new(truth->product_count, sizeof *r->nearest);
    r->ranking = memory_new(truth->product_count, sizeof *r->ranking);
    r->names = memory_new(truth->name_count, 1);
    r->products = memory_new(truth->product_count, 1);
    r->grades = memory_new(truth->product_count, 1);
    r->likeness = memory_new(refine, sizeof *r->likeness);
    r->order = memory_new(refine, sizeof *r->order);
    if (!r->nearest || !r->ranking || !r->names || !r->products || !r->grades || !r->likeness || !r->order) {
        ranker_free(r);
        return error_memory(error, "ranking a gallery");
    }
    *result = r;
    return NACRE_OK;
}

void ranker_free(ranker *r) {
    if (!r)
        return;
    void *const parts[] = {r->nearest, r->ranking, r->names, r->products, r->grades, r->likeness, r->order};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        memory_free(parts[i]);
    memory_free(r);
}

static unsigned hamming(const uint64_t a[2], const uint64_t b[2]) {
    return (unsigned)(__builtin_popcountll(a[0] ^ b[0]) + __builtin_popcountll(a[1] ^ b[1]));
}

// Each product's nearest picture; a product without any but the query's own gets UINT32_MAX for distance.
static void measure(ranker *r, const struct codes *codes, const struct truth_query *query,
                    struct weights weights) {
    const struct truth *t = r->truth;
    const struct codes *asked = &codes[query->picture];
    size_t own_file = t->pictures[query->picture].file;
    for (size_t i = 0; i < t->product_count; i++)
        r->nearest[i] = (struct ranked){.product = (uint32_t)i, .distance = UINT32_MAX};
    for (size_t i = 0; i < t->entry_count; i++) {
        const struct truth_entry *entry = &t->entries[i];
        const struct codes *there = &codes[entry->picture];
        if (t->pictures[entry->picture].file == own_file)
            continue;
        uint32_t distance = weights.shape * hamming(asked->shape, there->shape) +
                            weights.colour * hamming(asked->colour, there->colour);
        struct ranked *nearest = &r->nearest[entry->product];
        if (distance < nearest->distance) {
            nearest->distance = distance;
            nearest->picture = (uint32_t)entry->picture;
        }
    }
}

// The second stage: `nearest` is free by now.
static void refine(ranker *r, const struct codes *codes, const struct codes *asked, struct weights weights,
                   size_t count) {
    const struct fine_pair fine = {asked->fine, asked->fine + FINE_CODE_BYTES};
    if (count > r->refine)
        count = r->refine;
    for (size_t i = 0; i < count; i++) {
        const struct codes *there = &codes[r->ranking[i].picture];
        r->nearest[i] = r->ranking[i];
        r->likeness[i] = refine_likeness(weights, &fine, there->fine, hamming(asked->shape, there->shape),
                                         hamming(asked->colour, there->colour));
    }
    refine_order(r->likeness, count, r->order);
    for (size_t i = 0; i < count; i++)
        r->ranking[i] = r->nearest[r->order[i]];
}

const struct ranked *ranker_run(ranker *r, const struct codes *codes, const struct truth_query *query,
                                struct weights weights, size_t *count) {
    measure(r, codes, query, weights);
    // Counting sort: stable, and a distance is a small number.
    size_t most = CODE_BITS * ((size_t)weights.shape + weights.colour), products = r->truth->product_count;
    memset(r->starts, 0, (most + 2) * sizeof *r->starts);
    *count = 0;
    for (size_t i = 0; i < products; i++) {
        if (r->nearest[i].distance == UINT32_MAX)
            continue;
        r->starts[r->nearest[i].distance + 1]++;
        ++*count;
    }
    for (size_t i = 1; i <= most; i++)
        r->starts[i] += r->starts[i - 1];
    for (size_t i = 0; i < products; i++) {
        if (r->nearest[i].distance != UINT32_MAX)
            r->ranking[r->starts[r->nearest[i].distance]++] = r->nearest[i];
    }
    refine(r, codes, &codes[query->picture], weights, *count);
    return r->ranking;
}

const uint8_t *ranker_grades(ranker *r, const struct truth_query *query, const struct ranked *ranking,
                             size_t count) {
    truth_grades(r->truth, query, r->names, r->products);
    for (size_t i = 0; i < count; i++)
        r->grades[i] = r->products[ranking[i].product];
    return r->grades;
}
