// SPDX-License-Identifier: Apache-2.0
// Lists: the order of rows that approximate searches need.
//
// In a category of many items every large segment has its rows in the order of lists: those nearest to the
// same centre, a pair of codes, lie side by side. A search that allows it finds the nearest centres, and
// looks only into their lists in each segment (scan.c). Nothing else changes: to exact searches, changes and
// filters such a segment is one like any other, with the same rows in another order.
//
// All segments of a category share its centres. They are trained on rows of the whole category when its first
// segment is laid out, and then stay: what comes later goes to the centre that it is nearest to.
// Centres for each segment by itself need no sharing, but a search then compares itself with all of them and
// looks into lists of as many rows in each: measured on 5 million items, twice the time for the same recall.
//
// Lists are made by the writer, one segment after a commit. Other segments with lists that are not much
// larger are merged with it on the way, list by list: the fewer segments, the fewer places in memory a list
// lies in. A row is compared with the centres once in its life, and copied as often as its segment grows.
// Commits leave segments with lists alone; those of which a quarter is dead are written anew here.
#ifndef NACRE_INDEX_LISTS_H
#define NACRE_INDEX_LISTS_H

#include "index/edition.h"

enum {
    MAX_LISTS = 4096,               // centres of a category
    LISTED_ROWS = 4 * SEGMENT_ROWS, // of a segment with lists, at most: bounds how long writers wait for one
};

// Whether a segment of the edition waits to be laid out in lists: one of a category with at least
// `coarse_items` items, or one with lists and many dead rows.
bool lists_are_due(const struct edition *e, uint64_t coarse_items);

// The edition with one more segment in lists; a category's segments with lists come first. NULL: none is due,
// or out of memory, then it stays due.
struct edition *lists_build(const struct edition *before, uint64_t coarse_items) MUST_CHECK;

// A new segment of the live rows of a view whose segment has lists, in the same order, with `list_ends` but
// without a reference to the centres, so that any thread may make one. NULL when out of memory.
struct segment *lists_copy(const struct view *v) MUST_CHECK;

// Whether the lists follow each other from the first row to the last, for bytes from a file.
bool lists_are_whole(const struct segment *s);

#endif
