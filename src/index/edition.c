// SPDX-License-Identifier: Apache-2.0
#include "index/edition.h"

#include <sched.h>
#include <string.h>

#include "base/memory.h"

struct edition *edition_new(size_t capacity) {
    return memory_new(1, sizeof(struct edition) + capacity * sizeof(struct view));
}

bool edition_add(struct edition *e, const struct view *like) {
    struct view *v = &e->views[e->count++];
    *v = (struct view){.segment = like->segment, .live = like->live};
    v->segment->references++;
    if (!like->dead)
        return true;
    size_t words = block_count(v->segment->rows);
    v->dead = memory_new(words, sizeof *v->dead);
    if (v->dead)
        memcpy(v->dead, like->dead, words * sizeof *v->dead);
    return v->dead;
}

size_t edition_category_end(const struct edition *e, size_t first, uint64_t *live) {
    size_t end = first;
    *live = 0;
    for (; end < e->count && e->views[end].segment->category == e->views[first].segment->category; end++)
        *live += e->views[end].live;
    return end;
}

void edition_free(struct edition *e) {
    if (!e)
        return;
    for (size_t i = 0; i < e->count; i++) {
        segment_release(e->views[i].segment);
        memory_free(e->views[i].dead);
    }
    memory_free(e);
}

// All operations on `current` and `pinned` are sequentially consistent: the total order in the header.

const struct edition *shelf_pin(struct shelf *shelf, unsigned *slot) {
    struct edition *e = atomic_load(&shelf->current);
    unsigned at = atomic_fetch_add_explicit(&shelf->next_slot, 1, memory_order_relaxed) % SHELF_SLOTS;
    for (unsigned tries = 1;; tries++) {
        struct edition *empty = NULL;
        if (atomic_compare_exchange_strong(&shelf->slots[at].pinned, &empty, e))
            break;
        at = (at + 1) % SHELF_SLOTS;
        if (tries % SHELF_SLOTS == 0)
            sched_yield();
    }
    for (struct edition *now; (now = atomic_load(&shelf->current)) != e; e = now)
        atomic_store(&shelf->slots[at].pinned, now);
    *slot = at;
    return e;
}

void shelf_unpin(struct shelf *shelf, unsigned slot) {
    atomic_store(&shelf->slots[slot].pinned, NULL);
}

void shelf_publish(struct shelf *shelf, struct edition *next) {
    struct edition *before = atomic_exchange(&shelf->current, next);
    if (before) {
        before->next_retired = shelf->retired;
        shelf->retired = before;
    }
}

static bool is_pinned(struct shelf *shelf, const struct edition *e) {
    for (size_t i = 0; i < SHELF_SLOTS; i++)
        if (atomic_load(&shelf->slots[i].pinned) == e)
            return true;
    return false;
}

void shelf_sweep(struct shelf *shelf) {
    for (struct edition **link = &shelf->retired; *link;) {
        struct edition *e = *link;
        if (is_pinned(shelf, e)) {
            link = &e->next_retired;
        } else {
            *link = e->next_retired;
            edition_free(e);
        }
    }
}
