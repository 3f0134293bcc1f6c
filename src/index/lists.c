// SPDX-License-Identifier: Apache-2.0
// Centres are trained by k-means with Hamming distance: each moves to the bitwise majority of the rows that
// it is nearest to, which is the code of smallest summed distance to them. Both codes weigh the same.
// Nothing is random: the same rows in the same order give the same lists.
#include "index/lists.h"

#include <string.h>

#include "base/memory.h"

enum {
    SMALL_SEGMENTS = 1024, // a segment of less than this part of coarse_items is not worth lists
    ROWS_A_CENTRE = 16,    // that it is trained with
    ROUNDS = 8,
    MERGED = 8,            // segments at once, at most
    MUCH_LARGER = 3,       // times
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

// Twice the square root of the rows: so a query passes four times as many centres as a list has rows. Centres
// stay in the cache while rows come out of memory, and the smaller its lists, the fewer rows it needs.
static size_t count_lists(uint64_t rows) {
    size_t lists = 1;
    while (lists < MAX_LISTS && (lists + 1) * (lists + 1) <= 4 * rows)
        lists++;
    return lists;
}

// The centres of a category, one reference: those that it has, else new ones. NULL when out of memory.
static struct segment *find_centres(const struct view *views, size_t view_count, uint64_t live) {
    for (size_t i = 0; i < view_count; i++)
        if (views[i].segment->centres) {
            views[i].segment->centres->references++;
            return views[i].segment->centres;
        }
    size_t lists = count_lists(live), count = live < lists * ROWS_A_CENTRE ? live : lists * ROWS_A_CENTRE;
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

// Notes each row's list: by its place where the view has lists, else by the centre nearest to it.
static void name_lists(const struct view *v, const struct segment *centres, uint16_t *list_of) {
    uint16_t list = 0;
    for (uint32_t n = 0; n < v->segment->rows; n++) {
        struct row row;
        while (v->segment->centres && v->segment->list_ends[list] <= n)
            list++;
        if (!v->segment->centres && !view_is_dead(v, n)) {
            segment_get(v->segment, n, &row);
            list = find_nearest(centres, &row);
        }
        list_of[n] = list;
    }
}

// Copies the view's live rows behind those that their lists have; list_ends are the ends so far.
static void add_to_lists(struct segment *s, const struct view *v, const uint16_t *list_of) {
    for (uint32_t n = 0; n < v->segment->rows; n++)
        if (!view_is_dead(v, n)) {
            struct row row;
            segment_get(v->segment, n, &row);
            segment_set(s, s->own_list_ends[list_of[n]]++, &row);
        }
}

// The views' live rows in a new segment of `live` rows; list_of: of each row, view after view. NULL when out
// of memory.
static struct segment *lay_out(const struct view *const *views, size_t view_count, size_t live,
                               const uint16_t *list_of, uint32_t lists) {
    struct segment *s = segment_new(views[0]->segment->category, live);
    if (s)
        s->list_ends = s->own_list_ends = memory_new(lists, sizeof *s->list_ends);
    if (!s || !s->list_ends) {
        segment_release(s);
        return NULL;
    }
    const uint16_t *of_view = list_of;
    for (size_t i = 0; i < view_count; of_view += views[i++]->segment->rows)
        for (uint32_t n = 0; n < views[i]->segment->rows; n++)
            s->own_list_ends[of_view[n]] += !view_is_dead(views[i], n); // for now its size
    for (uint32_t i = 0, sum = 0; i < lists; i++) {
        uint32_t size = s->own_list_ends[i];
        s->own_list_ends[i] = sum; // for now where it begins
        sum += size;
    }
    of_view = list_of;
    for (size_t i = 0; i < view_count; of_view += views[i++]->segment->rows)
        add_to_lists(s, views[i], of_view);
    s->rows = (uint32_t)live;
    return s;
}

// The views' live rows in a new segment with lists, but without a reference to the centres. NULL when out of
// memory.
static struct segment *merge(const struct view *const *views, size_t view_count,
                             const struct segment *centres) {
    size_t rows = 0, live = 0;
    for (size_t i = 0; i < view_count; i++) {
        rows += views[i]->segment->rows;
        live += views[i]->live;
    }
    uint16_t *list_of = memory_new(rows, sizeof *list_of), *of_view = list_of;
    for (size_t i = 0; list_of && i < view_count; of_view += views[i++]->segment->rows)
        name_lists(views[i], centres, of_view);
    struct segment *s = list_of ? lay_out(views, view_count, live, list_of, centres->rows) : NULL;
    memory_free(list_of);
    return s;
}

struct segment *lists_copy(const struct view *v) {
    return merge(&v, 1, v->segment->centres);
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
        for (due->view = i; due->view < due->category_end; due->view++) {
            const struct view *v = &e->views[due->view];
            if (v->segment->centres ? view_is_sparse(v)
                                    : due->live >= coarse_items && v->live >= coarse_items / SMALL_SEGMENTS)
                return true;
        }
    }
    return false;
}

bool lists_are_due(const struct edition *e, uint64_t coarse_items) {
    struct due due;
    return find_due(e, coarse_items, &due);
}

// Chooses what becomes one segment: what is due, and, the youngest first, segments with lists that are not
// much larger than that and still fit. Returns how many.
static size_t choose(const struct edition *e, const struct due *due, const struct view *chosen[MERGED]) {
    size_t count = 0, rows = e->views[due->view].live;
    chosen[count++] = &e->views[due->view];
    for (size_t i = due->category_end; i-- > due->category_first && count < MERGED;) {
        const struct view *v = &e->views[i];
        if (i == due->view || !v->segment->centres || v->live > MUCH_LARGER * rows ||
            rows + v->live > LISTED_ROWS)
            continue;
        rows += v->live;
        chosen[count++] = v;
    }
    return count;
}

static bool is_one_of(const struct view *v, const struct view *const *views, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (views[i] == v)
            return true;
    return false;
}

// Adds the category's views with lists, or those without, but for the chosen ones.
static bool add_others(struct edition *next, const struct edition *before, const struct due *due,
                       bool with_lists, const struct view *const *chosen, size_t count) {
    for (size_t i = due->category_first; i < due->category_end; i++) {
        const struct view *v = &before->views[i];
        if (!v->segment->centres != with_lists && !is_one_of(v, chosen, count) && !edition_add(next, v))
            return false;
    }
    return true;
}

static bool add_all(struct edition *next, const struct view *views, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!edition_add(next, &views[i]))
            return false;
    return true;
}

// The edition with a segment in place of the chosen views; NULL when out of memory.
static struct edition *replace(const struct edition *before, const struct due *due,
                               const struct view *const *chosen, size_t count, struct segment *s) {
    const struct view listed = {.segment = s, .live = s->rows};
    struct edition *next = edition_new(before->count);
    if (!next || !add_all(next, before->views, due->category_first) ||
        !add_others(next, before, due, true, chosen, count) || !edition_add(next, &listed) ||
        !add_others(next, before, due, false, chosen, count) ||
        !add_all(next, before->views + due->category_end, before->count - due->category_end)) {
        edition_free(next);
        return NULL;
    }
    next->live = before->live;
    next->dead = before->dead;
    for (size_t i = 0; i < count; i++)
        next->dead -= chosen[i]->segment->rows - chosen[i]->live;
    return next;
}

struct edition *lists_build(const struct edition *before, uint64_t coarse_items) {
    struct due due;
    if (!find_due(before, coarse_items, &due))
        return NULL;
    const struct view *chosen[MERGED];
    size_t count = choose(before, &due, chosen);
    struct segment *centres =
        find_centres(before->views + due.category_first, due.category_end - due.category_first, due.live);
    struct segment *s = centres ? merge(chosen, count, centres) : NULL;
    struct edition *next = NULL;
    if (s) {
        s->centres = centres;
        centres->references++;
        next = replace(before, &due, chosen, count, s);
    }
    segment_release(s);
    segment_release(centres);
    return next;
}
