// SPDX-License-Identifier: Apache-2.0
// A .seg file: what is marked on one photo, as text that a person can read and diff. docs/seg.md is its
// manual.
//
// The head names the categories that are marked completely. For any other category the photo is «unknown»,
// never «absent», so that a category can be added later without marking every photo again.
//
// Everything of a seg lives in the arena that it was read into. One thread at a time.
#ifndef NACRE_LABEL_SEG_H
#define NACRE_LABEL_SEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "taxonomy/taxonomy.h"

enum seg_domain { SEG_UNKNOWN, SEG_STREET, SEG_USER, SEG_STUDIO, SEG_DOMAINS };
enum seg_state { SEG_DRAWN, SEG_CHECKED, SEG_DOUBTFUL, SEG_STATES };

struct seg_polygon {
    double *points; // x and y in turn, pixels of the upright photo
    size_t count;   // of points, at least 3
};

struct seg_object {
    int64_t id; // COCO's; 0: none
    const char *category;
    double box[4]; // x, y, width, height
    // Its outline: polygons (holes are not told apart), or a mask, or neither.
    struct seg_polygon *polygons;
    size_t polygon_count;
    const char *mask; // COCO's run lengths at the photo's size; NULL
    bool crowd;       // many of them that were not told apart
    const char **colours;
    size_t colour_count;
    const char *drawn_by, *checked_by; // NULL where not told
    enum seg_state state;
    const char *area;  // COCO's number where it is not the outline's; NULL
    const char *extra; // what else COCO has, a JSON object; NULL
};

struct seg {
    int64_t id;        // COCO's; 0: none
    const char *photo; // file name, in the same folder
    int width, height; // upright
    enum seg_domain domain;
    const char **complete; // categories
    size_t complete_count;
    struct seg_object *objects;
    size_t object_count;
    const char *extra;
};

const char *seg_domain_word(enum seg_domain domain);
const char *seg_state_word(enum seg_state state);
bool seg_parse_domain(const char *word, enum seg_domain *domain);
bool seg_parse_state(const char *word, enum seg_state *state);

// Errors: format and limit, with the line.
nacre_status seg_parse(const char *text, size_t length, arena *a, struct seg *result,
                       nacre_error *error) MUST_CHECK;

// The one text of a seg: equal segs give equal bytes, and parsing them gives an equal seg. Error format: a
// text in it cannot stand on a line.
nacre_status seg_print(const struct seg *s, buffer *out, nacre_error *error) MUST_CHECK;

// Files, written whole or not at all; messages name the path.
nacre_status seg_read(const char *path, arena *a, struct seg *result, nacre_error *error) MUST_CHECK;
nacre_status seg_write(const char *path, const struct seg *s, nacre_error *error) MUST_CHECK;

// Calls `tell` for all that parsing does not see: boxes outside the photo, outlines outside their box, masks
// of another size, categories that the taxonomy does not know (NULL: any are good). Gives the number of
// faults. `object` counts from 1, 0 is the head.
size_t seg_check(const struct seg *s, const taxonomy *t,
                 void (*tell)(void *context, size_t object, const char *what), void *context);

// The area of the outline in pixels, that of the box where there is none. False: the mask is broken.
bool seg_area(const struct seg *s, const struct seg_object *o, double *area);

// A number as the shortest text that reads back the same.
enum { SEG_NUMBER_BYTES = 32 };
void seg_format_number(double number, char text[SEG_NUMBER_BYTES]);

#endif
