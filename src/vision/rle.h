// SPDX-License-Identifier: Apache-2.0
// Masks as run lengths, as COCO stores them: runs of 0 and 1 in turn, beginning with 0, down the columns from
// left to right; as text, each run (from the fourth on as the difference to the run two before) in 5-bit
// groups, lowest first, as characters from '0' on. https://github.com/cocodataset/cocoapi, maskApi.c.
#ifndef NACRE_VISION_RLE_H
#define NACRE_VISION_RLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct runs {
    uint32_t *lengths; // lengths[i] pixels of the value i % 2
    size_t count, capacity;
};

void runs_fini(struct runs *r);

// Adds `length` pixels; joins them to the last run where it has the same value.
nacre_status runs_add(struct runs *r, bool value, uint32_t length) MUST_CHECK;

// As COCO's text, in the arena.
nacre_status runs_print(const struct runs *r, arena *a, const char **text) MUST_CHECK;

// From COCO's text; `r` must be empty. Error format: other characters, or not `pixels` pixels in all.
nacre_status runs_parse(const char *text, uint32_t pixels, struct runs *r, nacre_error *error) MUST_CHECK;

#endif
