// SPDX-License-Identifier: Apache-2.0
// Centres are trained by k-means with Hamming distance: each moves to the bitwise majority of the rows that
// it is nearest to, which is the code of smallest summed distance to them. Both codes weigh the same.
// Nothing is random: the same rows in the same order give the same lists.
#include "index/lists.h"

#include <string.h>

#include "base/memory.h"

enum {
    SMALL_SEGMENTS = 256, // a segment of less than this part of coarse_items is not worth lists
    ROWS_A_CENTRE = 32,   // that it is trained with
    ROUNDS = 4,
    BITS = 8 * CODE_BYTES, // of one code
};

// ---- Training

// The centre nearest to a row, the first of equals.
static uint16_t find_nearest(const struct segment *centres, const struct row *row) {
    struct query_codes codes;
    struct candidate found[GROUP_ITEMS];
    query_plane_init(&codes.first, row->shape, 1);
    query_plane_init(&codes.second, row->colour, 1);
    uint16_t nearest = 0, distance = 2 * BITS + 1;
    size_t blocks = block_count(centres->rows);
    for (size_t block = 0, n = 1; block < blocks && distance > 0; block += n) {
        if (block > 0) // with a distance known, most blocks are decided by the first code
            n = blocks - block < GROUP_BLOCKS ? blocks - block : GROUP_BLOCKS;
        size_t count = kernel_scan(kernel_chosen(), true, &codes, centres->shape + block * BLOCK_BYTES,
                                   centres->colour + block * BLOCK_BYTES, n, distance - 1u, found);
        for (size_t i = 0; i < count; i++) {
            size_t centre = block * BLOCK_ITEMS + found[i].item;
            if (found[i].distance < distance && centre < centres->rows) {
                distance = found[i].distance;
                nearest = (uint16_t)centre;
            }
        }
    }
    return nearest;
}

// The rows of one centre while it moves.
struct members {
    uint32_t count;
    uint32_t ones[2 * BITS]; // how many have this bit set
};

static void add_member(struct members *m, const struct row *row) {
    m->count++;
    for (size_t bit = 0; bit < BITS; bit++) {
        m->ones[bit] += row->shape[bit / 8] >> bit % 8 & 1;
        m->ones[BITS + bit] += row->colour[bit / 8] >> bit % 8 & 1;
    }
}

static void move_to_majority(struct row *centre, const struct members *m) {
    memset(centre->shape, 0, CODE_BYTES);
    memset(centre->colour, 0, CODE_BYTES);
    for (size_t bit = 0; bit < BITS; bit++) {
        centre->shape[bit / 8] |= (uint8_t)((2 * m->ones[bit] > m->count) << bit % 8);
        centre->colour[bit / 8] |= (uint8_t)((2 * m->ones[BITS + bit] > m->count) << bit % 8);
    }
}

// Fills `centres` up, each with its number for its item. False: out of memory.
static bool train(struct segment *centres, const struct row *rows, size_t count) {
    size_t lists = centres->capacity;
    struct members *members = memory_new(lists, sizeof *members);
    for (size_t i = 0; members && i < lists; i++) {
        struct row centre = rows[i * count / lists];
        centre.item = centre.product = (uint32_t)i;
        segment_add(centres, &centre);
    }
    for (unsigned round = 0; members && round < ROUNDS; round++) {
        memset(members, 0, lists * sizeof *members);
        for (size_t i = 0; i < count; i++)
            add_member(&members[find_nearest(centres, &rows[i])], &rows[i]);
        centres->rows = 0; // filled anew
        for (size_t i = 0; i < lists; i++) {
            struct row centre;
            segment_get(centres, i, &centre);
            if (members[i].count)
                move_to_majority(&centre, &members[i]);
            segment_add(centres, &centre);
        }
    }
    memory_free(members);
    return members;
}

// `count` rows out of the `live` ones of the views, evenly; NULL when out of memory.
static struct row *take_sample(const struct view *views, size_t view_count, uint64_t live, size_t count) {
    struct row *rows = memory_new(count, sizeof *rows);
    uint64_t seen = 0;
    size_t taken = 0;
    for (size_t i = 0; rows && i < view_count; i++)
        for (uint32_t row = 0; row < views[i].segment->rows && taken < count; row++)
            if (!view_is_dead(&views[i], row) && seen++ == taken * live / count)
                segment_get(views[i].segment, row, &rows[taken++]);
    return rows;
}

static size_t root(uint64_t n) {
    size_t r = 1;
    while (r < MAX_LISTS && (r + 1) * (r + 1) <= n)
        r++;
    return r;
}

// The centres of a category, one reference: those that it has, else new ones. NULL when out of memory.
static struct segment *find_centres(const struct view *views, size_t view_count, uint64_t live) {
    for (size_t i = 0; i < view_count; i++)
        if (views[i].segment->centres) {
            views[i].segment->centres->references++;
            return views[i].segment->centres;
        }
    size_t lists = root(live), count = live < lists * ROWS_A_CENTRE ? live : lists * ROWS_A_CENTRE;
    struct segment *centres = segment_new(views[0].segment->category, lists);
    struct row *rows = take_sample(views, view_count, live, count);
    if (!centres || !rows || !train(centres, rows, count)) {
        segment_release(centres);
        centres = NULL;
    }
    memory_free(rows);
    return centres;
}

// ---- Laying out

// The view's live rows in a new segment, row n in list list_of[n]. NULL when out of memory.
static struct segment *lay_out(const struct view *v, const uint16_t *list_of, uint32_t lists) {
    uint32_t *order = memory_new(v->live, sizeof *order);
    struct segment *s = segment_new(v->segment->category, v->live);
    if (s)
        s->list_ends = s->own_list_ends = memory_new(lists, sizeof *s->list_ends);
    if (!order || !s || !s->list_ends) {
        memory_free(order);
        segment_release(s);
        return NULL;
    }
    uint32_t sum = 0;
    for (uint32_t n = 0; n < v->segment->rows; n++)
        s->own_list_ends[list_of[n]] += !view_is_dead(v, n); // for now its size
    for (uint32_t i = 0; i < lists; i++) {
        uint32_t size = s->own_list_ends[i];
        s->own_list_ends[i] = sum; // for now where it begins
        sum += size;
    }
    for (uint32_t n = 0; n < v->segment->rows; n++)
        if (!view_is_dead(v, n))
            order[s->own_list_ends[list_of[n]]++] = n;
    for (uint32_t n = 0; n < v->live; n++) {
        struct row row;
        segment_get(v->segment, order[n], &row);
        segment_add(s, &row);
    }
    memory_free(order);
    return s;
}

static struct segment *make_lists(const struct view *v, struct segment *centres) {
    uint16_t *list_of = memory_new(v->segment->rows, sizeof *list_of);
    for (uint32_t n = 0; list_of && n < v->segment->rows; n++) {
        struct row row;
        segment_get(v->segment, n, &row);
        list_of[n] = view_is_dead(v, n) ? 0 : find_nearest(centres, &row);
    }
    struct segment *s = list_of ? lay_out(v, list_of, centres->rows) : NULL;
    memory_free(list_of);
    if (s) {
        s->centres = centres;
        centres->references++;
    }
    return s;
}

struct segment *lists_copy(const struct view *v) {
    uint16_t *list_of = memory_new(v->segment->rows, sizeof *list_of);
    uint16_t list = 0;
    for (uint32_t n = 0; list_of && n < v->segment->rows; n++) {
        while (v->segment->list_ends[list] <= n)
            list++;
        list_of[n] = list;
    }
    struct segment *s = list_of ? lay_out(v, list_of, v->segment->centres->rows) : NULL;
    memory_free(list_of);
    return s;
}

bool lists_are_whole(const struct segment *s) {
    uint32_t end = 0;
    for (size_t i = 0; i < s->centres->rows; i++) {
        if (s->list_ends[i] < end || s->centres->items[i] != i)
            return false;
        end = s->list_ends[i];
    }
    return end == s->rows;
}

// ---- Editions

// What is due: a view, and its category.
struct due {
    size_t view, category_first, category_end;
    uint64_t live; // of the category
};

static bool find_due(const struct edition *e, uint64_t coarse_items, struct due *due) {
    for (size_t i = 0; i < e->count; i = due->category_end) {
        due->category_first = i;
        due->category_end = edition_category_end(e, i, &due->live);
        for (due->view = i; due->live >= coarse_items && due->view < due->category_end; due->view++)
            if (!e->views[due->view].segment->centres &&
                e->views[due->view].live >= coarse_items / SMALL_SEGMENTS)
                return true;
    }
    return false;
}

bool lists_are_due(const struct edition *e, uint64_t coarse_items) {
    struct due due;
    return find_due(e, coarse_items, &due);
}

// The edition with a segment in place of what the view `at` shows; NULL when out of memory.
static struct edition *replace_segment(const struct edition *before, size_t at, struct segment *s) {
    struct edition *next = edition_new(before->count);
    for (size_t i = 0; next && i < before->count; i++) {
        const struct view listed = {.segment = s, .live = s->rows};
        if (!edition_add(next, i == at ? &listed : &before->views[i])) {
            edition_free(next);
            return NULL;
        }
    }
    if (next) {
        next->live = before->live;
        next->dead = before->dead - (before->views[at].segment->rows - before->views[at].live);
    }
    return next;
}

struct edition *lists_build(const struct edition *before, uint64_t coarse_items) {
    struct due due;
    if (!find_due(before, coarse_items, &due))
        return NULL;
    struct segment *centres =
        find_centres(before->views + due.category_first, due.category_end - due.category_first, due.live);
    struct segment *s = centres ? make_lists(&before->views[due.view], centres) : NULL;
    struct edition *next = s ? replace_segment(before, due.view, s) : NULL;
    segment_release(s);
    segment_release(centres);
    return next;
}
