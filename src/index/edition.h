// SPDX-License-Identifier: Apache-2.0
// Editions: what searches see. An edition is an immutable list of views; a commit builds the next one aside
// and swaps the pointer, and searches that run go on reading theirs.
//
// A reader pins the current edition by writing its address into a free slot of the shelf and looking whether
// it is still the current one. The writer frees a retired edition when no slot names it any more: the reader
// wrote before it looked, the writer swaps before it reads the slots, all in one total order, so one of the
// two sees the other (hazard pointers; M. Michael, IEEE TPDS 15(6), 2004). A reader repeats only when a
// commit fell between its two steps, and never waits for a writer.
#ifndef NACRE_INDEX_EDITION_H
#define NACRE_INDEX_EDITION_H

#include "index/segment.h"

struct edition {
    struct edition *next_retired;
    uint64_t live, dead; // rows
    size_t count;
    struct view views[]; // by category; within one, the oldest first
};

enum { SHELF_SLOTS = 256 }; // readers at once; one more waits for another reader to end

struct shelf {
    _Atomic(struct edition *) current;
    struct edition *retired; // of the writer: a list
    atomic_uint next_slot;   // where the next reader begins to look for a free one
    struct {
        _Alignas(64) _Atomic(struct edition *) pinned;
    } slots[SHELF_SLOTS];
};

// An edition with room for `capacity` views, none yet; NULL when out of memory.
struct edition *edition_new(size_t capacity) MUST_CHECK;

// Adds a view like one of an edition before. False: out of memory, it may have been added without its dead.
bool edition_add(struct edition *e, const struct view *like) MUST_CHECK;

// Whether so many of the view's rows are dead that it is to be written anew.
static inline bool view_is_sparse(const struct view *v) {
    return v->segment->rows - v->live >= v->segment->rows / 4 + 1;
}

// The first view behind the category of view `first`; sums up the category's live rows.
size_t edition_category_end(const struct edition *e, size_t first, uint64_t *live);

// Frees it and gives back its segments. Only the writer, for one that was never published or is not pinned.
void edition_free(struct edition *e);

// Any thread: the current edition, which stays until shelf_unpin(shelf, *slot).
const struct edition *shelf_pin(struct shelf *shelf, unsigned *slot);
void shelf_unpin(struct shelf *shelf, unsigned slot);

// Only the writer: `next` becomes the current edition; the one before is retired.
void shelf_publish(struct shelf *shelf, struct edition *next);

// Only the writer: frees the retired editions that nobody reads.
void shelf_sweep(struct shelf *shelf);

#endif
