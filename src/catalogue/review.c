// SPDX-License-Identifier: Apache-2.0
// One pass over the products counts what the mapping says and keeps a sample of each category's offers; the
// suggester then guesses from name, parents and sample, and what it is sure of is held against the mapping
// too.
#include "catalogue/review.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "catalogue/mapped.h"

enum {
    SAMPLE = 24,           // offers of a category that are looked at
    SAMPLE_PARAMS = 8,     // of an offer
    LEAST_DISPUTED = 5,    // products, for a conflict
    DISPUTED_PERCENT = 30, // of the category's
    PAGE = 1000,
    PAGE_ARENA_BYTES = 64 * 1024 * 1024,
};

static const float SURE = 0.8f; // confidence from which on a guess contradicts a mapping

struct sample {
    struct suggest_offer offers[SAMPLE];
    size_t count;
};

// How many of a row's products go to one of our categories.
struct share {
    int category;
    int64_t products;
    struct share *next;
};

// What a pass over the products gathers for one row.
struct tally {
    struct review_row row;
    struct share *shares;
    int64_t by_rule;       // of the mapped ones: those that a rule sent there
    struct sample *sample; // NULL until there is a product
    size_t asked;          // of its products for what the networks saw
    const char *seen;      // category that the networks saw on the last disputed product
};

struct place {
    int64_t product_id;
    size_t tally;
};

struct pass {
    const mapping *m;
    const taxonomy *t;
    arena *a;
    nacre_error *error;
    struct tally *tallies; // sorted by id; the last is for products without a category
    size_t count;
    struct place *places; // by product id, as the products come
    size_t place_count, place_room;
};

// ---- The shop's categories

static int compare_tallies(const void *left, const void *right) {
    const struct tally *a = left, *b = right;
    return strcmp(a->row.id, b->row.id);
}

static nacre_status list_categories(catalogue *c, int64_t shop_id, struct pass *pass) {
    struct catalogue_shop_category *categories;
    size_t count;
    nacre_status status =
        catalogue_list_shop_categories(c, shop_id, pass->a, &categories, &count, pass->error);
    if (status)
        return status;
    pass->tallies = arena_new(pass->a, count + 1, sizeof *pass->tallies);
    if (!pass->tallies)
        return error_memory(pass->error, "reviewing a mapping");
    for (size_t i = 0; i < count; i++)
        pass->tallies[i].row = (struct review_row){
            .id = categories[i].id, .path = categories[i].path, .category = CATEGORY_NONE};
    qsort(pass->tallies, count, sizeof *pass->tallies, compare_tallies);
    pass->tallies[count].row = (struct review_row){.path = "", .category = CATEGORY_NONE};
    pass->count = count;
    return NACRE_OK;
}

static struct tally *find_tally(const struct pass *pass, const char *id) {
    const struct tally key = {.row.id = id};
    return id && pass->count
               ? bsearch(&key, pass->tallies, pass->count, sizeof *pass->tallies, compare_tallies)
               : NULL;
}

// ---- The products

static bool keep_params(struct pass *pass, const struct catalogue_product *product,
                        struct suggest_offer *offer) {
    size_t count = product->param_count < SAMPLE_PARAMS ? product->param_count : SAMPLE_PARAMS;
    struct mapping_param *params = arena_new(pass->a, count + 1, sizeof *params);
    if (!params)
        return false;
    for (size_t i = 0; i < count; i++) {
        params[i].name = arena_text(pass->a, product->params[i].name);
        params[i].value = arena_text(pass->a, product->params[i].value ? product->params[i].value : "");
        if (!params[i].name || !params[i].value)
            return false;
    }
    offer->params = params;
    offer->param_count = count;
    return true;
}

// The first offers, then ever rarer ones in the place of earlier ones, so that all of a long category has a
// say.
static nacre_status keep_sample(struct pass *pass, struct tally *tally,
                                const struct catalogue_product *product) {
    if (!tally->sample && !(tally->sample = arena_new(pass->a, 1, sizeof *tally->sample)))
        return error_memory(pass->error, "reviewing a mapping");
    struct sample *sample = tally->sample;
    size_t nth = (size_t)tally->row.products, at = sample->count;
    if (sample->count == SAMPLE) {
        if (nth & (nth - 1)) // powers of two only: the arena keeps what is replaced
            return NACRE_OK;
        at = (nth >> 1) % SAMPLE;
    }
    struct suggest_offer offer = {.name = arena_text(pass->a, product->name), .seen = CATEGORY_NONE};
    if (!offer.name || !keep_params(pass, product, &offer))
        return error_memory(pass->error, "reviewing a mapping");
    sample->offers[at] = offer;
    if (sample->count < SAMPLE)
        sample->count++;
    return NACRE_OK;
}

static nacre_status remember_place(struct pass *pass, int64_t product_id, size_t tally) {
    if (pass->place_count == pass->place_room) {
        size_t room = pass->place_room ? 2 * pass->place_room : 1024;
        struct place *grown = memory_resize(pass->places, room, sizeof *grown);
        if (!grown)
            return error_memory(pass->error, "reviewing a mapping");
        pass->places = grown;
        pass->place_room = room;
    }
    pass->places[pass->place_count++] = (struct place){product_id, tally};
    return NACRE_OK;
}

static nacre_status count_share(struct pass *pass, struct tally *tally, int category) {
    struct share *share = tally->shares;
    while (share && share->category != category)
        share = share->next;
    if (!share) {
        share = arena_new(pass->a, 1, sizeof *share);
        if (!share)
            return error_memory(pass->error, "reviewing a mapping");
        *share = (struct share){.category = category, .next = tally->shares};
        tally->shares = share;
    }
    share->products++;
    return NACRE_OK;
}

static void find_largest_share(struct tally *tally) {
    int64_t most = 0;
    for (const struct share *share = tally->shares; share; share = share->next) {
        if (share->products > most) {
            most = share->products;
            tally->row.category = share->category;
        }
    }
}

static nacre_status take_product(void *context, const struct catalogue_product *product) {
    struct pass *pass = context;
    struct tally *tally = find_tally(pass, product->category_count ? product->category_ids[0] : NULL);
    if (!tally)
        tally = &pass->tallies[pass->count];
    int category = CATEGORY_NONE;
    bool by_rule;
    nacre_status status = NACRE_OK;
    switch (catalogue_map_product(pass->m, product, &category, &by_rule)) {
    case MAPPING_MAPPED:
        tally->row.mapped++;
        tally->by_rule += by_rule;
        status = count_share(pass, tally, category);
        break;
    case MAPPING_IGNORED:
        tally->row.ignored++;
        break;
    default:
        tally->row.unmapped++;
    }
    tally->row.products++;
    if (!status)
        status = keep_sample(pass, tally, product);
    return status ? status : remember_place(pass, product->id, (size_t)(tally - pass->tallies));
}

// ---- What pictures show

static int compare_places(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    return (a->product_id > b->product_id) - (a->product_id < b->product_id);
}

static void take_disagreement(struct pass *pass, const struct catalogue_item *item) {
    const struct place key = {.product_id = item->product_id};
    const struct place *place = pass->place_count ? bsearch(&key, pass->places, pass->place_count,
                                                            sizeof *pass->places, compare_places)
                                                  : NULL;
    int seen = item->seen ? taxonomy_find(pass->t, item->seen) : CATEGORY_NONE;
    if (!place || seen == CATEGORY_NONE)
        return;
    struct tally *tally = &pass->tallies[place->tally];
    tally->row.disputed++;
    tally->seen = taxonomy_id(pass->t, seen);
}

static nacre_status read_disagreements(catalogue *c, int64_t shop_id, struct pass *pass) {
    nacre_status status = NACRE_OK;
    size_t count = 1;
    arena page;
    arena_init(&page, PAGE_ARENA_BYTES);
    for (int64_t after = 0, last = 0; !status && count > 0; after = last) {
        struct catalogue_item *items;
        status = catalogue_list_disagreements(c, shop_id, after, PAGE, &page, &items, &count, pass->error);
        for (size_t i = 0; !status && i < count; i++) {
            if (items[i].product_id != last) // a product counts once
                take_disagreement(pass, &items[i]);
            last = items[i].product_id;
        }
        arena_reset(&page);
    }
    arena_fini(&page);
    return status;
}

// What was seen on the pictures of the first products of each unmapped category.
static nacre_status read_seen(catalogue *c, struct pass *pass) {
    nacre_status status = NACRE_OK;
    arena page;
    arena_init(&page, PAGE_ARENA_BYTES);
    for (size_t i = 0; !status && i < pass->place_count; i++) {
        struct tally *tally = &pass->tallies[pass->places[i].tally];
        if (tally->row.unmapped == 0 || tally->asked == tally->sample->count)
            continue;
        struct suggest_offer *offer = &tally->sample->offers[tally->asked++];
        struct catalogue_item *items;
        size_t count;
        status = catalogue_product_items(c, pass->places[i].product_id, &page, &items, &count, pass->error);
        if (!status && count > 0)
            offer->seen = taxonomy_find(pass->t, items[0].category);
        arena_reset(&page);
    }
    arena_fini(&page);
    return status;
}

// ---- Conflicts

static nacre_status say(struct pass *pass, struct review_row *row, const char *text) {
    row->conflict = text;
    return text ? NACRE_OK : error_memory(pass->error, "reviewing a mapping");
}

static nacre_status find_conflict(struct pass *pass, struct tally *tally) {
    struct review_row *row = &tally->row;
    find_largest_share(tally);
    if (row->conflict || row->mapped == 0)
        return NACRE_OK;
    if (row->disputed >= LEAST_DISPUTED && row->disputed * 100 >= row->products * DISPUTED_PERCENT)
        return say(pass, row,
                   arena_printf(pass->a, "mapped to %s, but %" PRId64 " of %" PRId64 " products look like %s",
                                taxonomy_id(pass->t, row->category), row->disputed, row->products,
                                tally->seen));
    // A rule looks at each offer, a guess at the category as a whole: where rules decide most, it has no say.
    const struct suggestion *guess = &row->guess.guesses[0];
    if (tally->by_rule * 2 > row->mapped || row->guess.count == 0 || guess->confidence < SURE ||
        guess->answer != MAPPING_MAPPED || taxonomy_agree(pass->t, guess->category, row->category))
        return NACRE_OK;
    return say(pass, row,
               arena_printf(pass->a, "mapped to %s, but its %s says %s", taxonomy_id(pass->t, row->category),
                            guess->because, taxonomy_id(pass->t, guess->category)));
}

// Entries whose category the shop has no more, or calls otherwise now.
static nacre_status check_entries(struct pass *pass, struct review *review, size_t *stale) {
    for (size_t i = 0; i < mapping_count(pass->m); i++) {
        struct mapping_entry entry = mapping_get(pass->m, i);
        struct tally *tally = entry.id ? find_tally(pass, entry.id) : NULL;
        nacre_status status = NACRE_OK;
        if (tally && entry.path && strcmp(entry.path, tally->row.path) != 0) {
            status = say(pass, &tally->row,
                         arena_printf(pass->a, "line %ld maps it as \"%s\"", entry.line, entry.path));
        } else if (entry.id && !tally) {
            struct review_row *row = &review->rows[(*stale)++];
            *row = (struct review_row){
                .id = arena_text(pass->a, entry.id),
                .path = arena_text(pass->a, entry.path ? entry.path : ""),
                .category = CATEGORY_NONE,
            };
            if (!row->id || !row->path)
                return error_memory(pass->error, "reviewing a mapping");
            status = say(pass, row,
                         arena_printf(pass->a, "line %ld maps it, but the shop has it no more", entry.line));
        }
        if (status)
            return status;
    }
    return NACRE_OK;
}

// ---- Together

static int compare_rows(const void *left, const void *right) {
    const struct review_row *a = left, *b = right;
    if (a->unmapped != b->unmapped)
        return a->unmapped < b->unmapped ? 1 : -1;
    if (a->products != b->products)
        return a->products < b->products ? 1 : -1;
    return strcmp(a->path, b->path);
}

static nacre_status guess_all(struct pass *pass) {
    suggester *s;
    nacre_status status = suggester_new(pass->t, &s, pass->error);
    if (status)
        return status;
    for (size_t i = 0; i <= pass->count && !status; i++) {
        struct tally *tally = &pass->tallies[i];
        if (tally->sample)
            status = suggest_category(s, tally->row.path, tally->sample->offers, tally->sample->count,
                                      &tally->row.guess, pass->error);
        if (!status)
            status = find_conflict(pass, tally);
    }
    suggester_free(s);
    return status;
}

static nacre_status gather(struct pass *pass, struct review *review) {
    size_t count = 0;
    review->rows = arena_new(pass->a, pass->count + 1 + mapping_count(pass->m), sizeof *review->rows);
    if (!review->rows)
        return error_memory(pass->error, "reviewing a mapping");
    nacre_status status = check_entries(pass, review, &count);
    for (size_t i = 0; i <= pass->count && !status; i++) {
        struct review_row *row = &pass->tallies[i].row;
        if (i == pass->count && row->products == 0)
            continue;
        if (row->id && strcmp(row->id, row->path) == 0) // the path is all that the shop gives
            row->id = NULL;
        review->products += row->products;
        review->mapped += row->mapped;
        review->ignored += row->ignored;
        review->unmapped += row->unmapped;
        review->rows[count++] = *row;
    }
    review->count = count;
    qsort(review->rows, count, sizeof *review->rows, compare_rows);
    return status;
}

nacre_status review_shop(catalogue *c, const struct catalogue_shop *shop, const mapping *m, const taxonomy *t,
                         arena *a, struct review *review, nacre_error *error) {
    struct pass pass = {.m = m, .t = t, .a = a, .error = error};
    *review = (struct review){0};
    nacre_status status = list_categories(c, shop->id, &pass);
    if (!status)
        status = catalogue_each_product(c, shop->id, take_product, &pass, error);
    if (!status)
        status = read_disagreements(c, shop->id, &pass);
    if (!status)
        status = read_seen(c, &pass);
    if (!status)
        status = guess_all(&pass);
    if (!status)
        status = gather(&pass, review);
    memory_free(pass.places);
    return status;
}
