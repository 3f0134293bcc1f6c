// SPDX-License-Identifier: Apache-2.0
// The networks: what is on a photo, what each item is, and its codes. ONNX Runtime runs them.
//
// A vision object may be used by several threads at once; its runtime has a thread pool of its own.
#ifndef NACRE_VISION_VISION_H
#define NACRE_VISION_VISION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/workspace.h"
#include "picture/picture.h"
#include "taxonomy/taxonomy.h"
#include "vision/faces.h"
#include "vision/fine.h"

typedef struct vision vision;

struct vision_category {
    int category;
    float score; // probability of the node: the sum over the model's classes in its subtree
};

enum {
    VISION_CATEGORIES = 5,
    // A photo may be shrunk while loading (picture_decode's shrink_to) until its shorter side has this many
    // pixels: the networks see no more than that.
    VISION_PHOTO_SIDE = 640,
};

// What the encoder says of one crop. Categories lie in the crop's `within`, where it has one, and their
// scores are shares of what lies there; those of a detected item mostly lie in what the detector took it for.
struct encoding {
    uint8_t shape[16];
    uint8_t colour[16];
    uint8_t fine[2 * FINE_CODE_BYTES];                    // the shape's values, then the colour's
    struct vision_category categories[VISION_CATEGORIES]; // likeliest leaves first
    size_t category_count;
    // The deepest node the encoder is sure of, and how sure. The kind of thing counts first, its wearer
    // after: the score is that of the kind (taxonomy_kind). Never CATEGORY_NONE.
    int category;
    float category_score;
    // The same by the encoder alone: where it does not agree with `within`, one of both is wrong.
    int seen;
    float seen_score;
};

struct mask {
    int width, height;  // of the upright photo
    const char *counts; // COCO compressed RLE
};

struct item {
    struct box box; // in pixels of the upright photo
    float score;
    const struct mask *mask; // NULL where the detector gives none, or there is no detector
    struct encoding encoding;
};

// Opens ONNX Runtime, encoder.onnx and, where it is there, detector.onnx, as resource_find finds them.
// `t` must outlive it. `threads` of 0: one per processor.
nacre_status vision_open(const workspace *w, const taxonomy *t, int threads, vision **result,
                         nacre_error *error) MUST_CHECK;
void vision_close(vision *v);

// What makes the codes, by name and version: "encoder-1", and "encoder-1+detector-1" where a detector cuts
// the crops. Codes of different makers are never compared.
const char *vision_encoder(const vision *v);
// Name and version of the detector; NULL where there is none.
const char *vision_detector(const vision *v);

// What a person would call two things whose codes are that far apart (Hamming): "same", "very similar",
// "similar" or "related"; NULL where the encoder's file does not say. `category`: of the one searched with.
const char *vision_match(const vision *v, int category, unsigned shape_distance, unsigned colour_distance);

// How long the parts of one call took.
struct vision_times {
    double detect_ms;
    double encode_ms;
};

// Finds the items of a photo, best first, encoded: none where the detector finds nothing, the whole photo
// where there is no detector. `min_score` below 0: the model's working points. Items live in the arena.
// `times` may be NULL.
nacre_status vision_detect(vision *v, const struct picture *photo, float min_score, arena *a,
                           struct item **items, size_t *count, struct vision_times *times,
                           nacre_error *error) MUST_CHECK;

// What is encoded of an item with this box: a little of what is around it helps to tell what it is.
struct box vision_with_margin(struct box box, const struct picture *picture);

// Where a shop's picture shows the product, which is of the category `mapped` (CATEGORY_NONE: not known): the
// first item that agrees with it; the only item, since where a picture shows one thing, its name is more
// often wrong than its place; else the whole picture. A search by the same picture finds the same box.
nacre_status vision_sight(vision *v, const struct picture *picture, int mapped, struct box *box,
                          nacre_error *error) MUST_CHECK;

// A part of a picture to be encoded; `within` narrows the category to that subtree (CATEGORY_NONE: anything).
struct crop {
    const struct picture *picture;
    const struct box *box; // NULL: the whole picture
    int within;
};

// Encodes `count` crops; `encodings` has room for them.
nacre_status vision_encode(vision *v, const struct crop *crops, size_t count, struct encoding *encodings,
                           nacre_error *error) MUST_CHECK;

// The item as the command line and HTTP print it: box, score, category, label, categories and, where there is
// one, mask. A new reference; NULL when out of memory.
json_t *categories_json(const struct encoding *encoding, const taxonomy *t); // its likeliest leaves alone
json_t *item_json(const struct item *item, const taxonomy *t);

// Draws one thing into the photo, which may be smaller than the full size of box and mask; `mask` may be
// NULL.
nacre_status item_paint(struct picture *photo, const struct box *box, const struct mask *mask,
                        const uint8_t colour[3], nacre_error *error) MUST_CHECK;

// Writes the photo (as it was decoded) as a PNG with its faces blurred (`f` NULL: left as they are) and the
// items' boxes and masks drawn on it.
nacre_status item_draw(const struct picture *photo, const faces *f, const struct item *items, size_t count,
                       const char *path, nacre_error *error) MUST_CHECK;

// For doctor: where the runtime came from, its version and its execution providers; static or the vision's
// own.
struct vision_runtime {
    const char *path;
    const char *version;
    const char *providers; // "CPUExecutionProvider, …"
};
nacre_status vision_runtime_describe(struct vision_runtime *runtime, nacre_error *error) MUST_CHECK;

#endif
