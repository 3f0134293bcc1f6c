// SPDX-License-Identifier: Apache-2.0
// An item is searched among its own kind: the category that the networks or the request name, with everything
// below it, and the same thing made for another wearer, since a picture tells the kind far more surely than
// the wearer. What else the networks hold for possible counts as its own kind too: the codes then tell which
// is meant, and one wrong name does not hide the right products. Where that gives next to nothing, the search
// is widened by the category's siblings; where it gives nothing, by all that the networks listed. The whole
// catalogue is never searched.
//
// The index knows codes alone. The best of its hits are then put in order again by the fine values that the
// catalogue keeps (refine.h).
#include "search/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "search/colour.h"
#include "search/refine.h"

enum {
    ARENA_BYTES = 256 * 1024 * 1024,
    MAX_CATEGORIES = 4096,
    FEW_RESULTS = 5, // below so many a search is widened: a few of its kind are better than many of others
};

// From this probability on, a category is one that the item may well be of.
static const float POSSIBLE = 0.05F;

struct search_options search_defaults(void) {
    return (struct search_options){.top = SEARCH_TOP, .category = CATEGORY_NONE, .min_score = -1};
}

// ---- Options

static nacre_status set_top(const char *value, struct search_options *options, nacre_error *error) {
    char *end;
    long top = strtol(value, &end, 10);
    if (*end || end == value || top < 1 || top > SEARCH_MAX_TOP)
        return error_set(error, NACRE_ERROR_ARGUMENT, "top is \"%s\": expected a whole number from 1 to %d",
                         value, SEARCH_MAX_TOP);
    options->top = (int)top;
    return NACRE_OK;
}

static nacre_status set_weights(const char *value, struct search_options *options, nacre_error *error) {
    unsigned shape, colour;
    int end = 0;
    if (strspn(value, "0123456789:") != strlen(value) ||
        sscanf(value, "%3u:%3u%n", &shape, &colour, &end) != 2 || value[end] || shape > 255 || colour > 255)
        return error_set(
            error, NACRE_ERROR_ARGUMENT,
            "weights are \"%s\": expected shape:colour, two whole numbers from 0 to 255, such as 2:8", value);
    if (shape == 0 && colour == 0)
        return error_set(
            error, NACRE_ERROR_ARGUMENT,
            "weights are 0:0, which makes all products equal: give at least one of them a weight");
    options->has_weights = true;
    options->weights = (struct weights){(uint8_t)shape, (uint8_t)colour};
    return NACRE_OK;
}

static nacre_status set_category(const taxonomy *t, const char *value, struct search_options *options,
                                 nacre_error *error) {
    int category = taxonomy_find(t, value);
    if (category == CATEGORY_NONE)
        return error_set(error, NACRE_ERROR_NOT_FOUND,
                         "there is no category \"%s\": `nacre taxonomy search WORD` finds the right id",
                         value);
    options->category = category;
    return NACRE_OK;
}

static nacre_status set_box(const char *value, struct search_options *options, nacre_error *error) {
    struct box box;
    int end = 0;
    if (strspn(value, "0123456789,") != strlen(value) ||
        sscanf(value, "%7d,%7d,%7d,%7d%n", &box.x, &box.y, &box.width, &box.height, &end) != 4 ||
        value[end] || box.width < 1 || box.height < 1)
        return error_set(
            error, NACRE_ERROR_ARGUMENT,
            "box is \"%s\": expected X,Y,W,H in pixels of the upright photo, such as 120,40,400,900", value);
    options->has_box = true;
    options->box = box;
    return NACRE_OK;
}

static nacre_status set_colour(const char *value, struct search_options *options, nacre_error *error) {
    struct colour colour;
    nacre_status status = colour_parse(value, &colour, error);
    if (!status)
        snprintf(options->colour, sizeof options->colour, "%s", value);
    return status;
}

static nacre_status set_min_score(const char *value, struct search_options *options, nacre_error *error) {
    char *end;
    float score = strtof(value, &end);
    if (*end || end == value || !(score >= 0) || score > 1)
        return error_set(error, NACRE_ERROR_ARGUMENT, "min-score is \"%s\": expected a number from 0 to 1",
                         value);
    options->min_score = score;
    return NACRE_OK;
}

nacre_status search_set_option(const taxonomy *t, const char *name, const char *value,
                               struct search_options *options, nacre_error *error) {
    if (strcmp(name, "top") == 0)
        return set_top(value, options, error);
    if (strcmp(name, "weights") == 0)
        return set_weights(value, options, error);
    if (strcmp(name, "category") == 0)
        return set_category(t, value, options, error);
    if (strcmp(name, "box") == 0)
        return set_box(value, options, error);
    if (strcmp(name, "colour") == 0)
        return set_colour(value, options, error);
    if (strcmp(name, "min-score") == 0)
        return set_min_score(value, options, error);
    return error_set(error, NACRE_ERROR_ARGUMENT,
                     "there is no option \"%s\": known are top, weights, category, box, colour and min-score",
                     name);
}

// ---- From codes to products

// What is looked for.
struct wanted {
    const uint8_t *shape;
    const uint8_t *colour;
    const uint8_t *fine_shape, *fine_colour; // NULL: not known
    int category;
    bool category_is_named; // by the request: then exactly its subtree
    struct weights weights;
    int64_t not_product;                  // 0: none
    const struct vision_category *likely; // what else it may be
    size_t likely_count;
};

// How wide to look; each holds the narrower ones.
enum scope { SCOPE_OWN, SCOPE_SIBLINGS, SCOPE_LIKELY };

// Whether it is one of those that the networks listed, with at least this probability.
static bool is_likely(const taxonomy *t, const struct wanted *wanted, float least, int category) {
    for (size_t i = 0; i < wanted->likely_count; i++) {
        if (wanted->likely[i].score >= least && taxonomy_agree(t, wanted->likely[i].category, category))
            return true;
    }
    return false;
}

static bool is_own(const taxonomy *t, const struct wanted *wanted, int category) {
    if (wanted->category_is_named)
        return taxonomy_contains(t, wanted->category, category);
    // A top category ("men") tells the wearer only: its kind is not known.
    return (taxonomy_depth(t, wanted->category) > 0 && taxonomy_agree(t, wanted->category, category)) ||
           is_likely(t, wanted, POSSIBLE, category);
}

static bool is_sibling(const taxonomy *t, const struct wanted *wanted, int category) {
    int parent = taxonomy_parent(t, wanted->category);
    return parent != CATEGORY_NONE && taxonomy_depth(t, parent) > 0 && taxonomy_agree(t, parent, category);
}

// The numbers of the scope's categories.
static size_t list_categories(const engine *e, const struct wanted *wanted, enum scope scope,
                              uint16_t numbers[MAX_CATEGORIES]) {
    const taxonomy *t = engine_taxonomy(e);
    bool siblings = scope >= SCOPE_SIBLINGS && engine_searches_siblings(e);
    bool likely = scope >= SCOPE_LIKELY;
    size_t count = 0;
    for (int i = 0; i < taxonomy_count(t) && count < MAX_CATEGORIES; i++) {
        if (is_own(t, wanted, i) || (siblings && is_sibling(t, wanted, i)) ||
            (likely && is_likely(t, wanted, 0, i)))
            numbers[count++] = (uint16_t)i;
    }
    return count;
}

// Searches the scope's categories for `query`.
static nacre_status search_scope(engine *e, const struct wanted *wanted, enum scope scope, nacre_query *query,
                                 size_t most, nacre_hit *hits, size_t *found, nacre_error *error) {
    uint16_t numbers[MAX_CATEGORIES];
    query->categories = numbers;
    query->category_count = list_categories(e, wanted, scope, numbers);
    if (query->category_count == 0)
        return NACRE_OK; // no categories would mean all
    return nacre_index_search(engine_index(e), query, 1, most, hits, found, error);
}

// At most `most` hits; the search is widened where there are too few for `top` results.
static nacre_status find_hits(engine *e, const struct wanted *wanted, int top, size_t most, nacre_hit *hits,
                              size_t *count, nacre_error *error) {
    nacre_query query = {
        .shape_weight = wanted->weights.shape,
        .colour_weight = wanted->weights.colour,
        .filter = {.without_product = wanted->not_product != 0, .not_product = wanted->not_product},
        .lists = engine_search_lists(e),
    };
    memcpy(query.shape, wanted->shape, sizeof query.shape);
    memcpy(query.colour, wanted->colour, sizeof query.colour);
    size_t found = 0, enough = top < FEW_RESULTS ? (size_t)top : FEW_RESULTS;
    nacre_status status = search_scope(e, wanted, SCOPE_OWN, &query, most, hits, &found, error);
    if (!status && !wanted->category_is_named && found < enough)
        status = search_scope(e, wanted, SCOPE_SIBLINGS, &query, most, hits, &found, error);
    // What is hardly likely is for those who would go away with nothing.
    if (!status && !wanted->category_is_named && found == 0)
        status = search_scope(e, wanted, SCOPE_LIKELY, &query, most, hits, &found, error);
    *count = found;
    return status;
}

// Puts the hits in the second stage's order.
static nacre_status refine_hits(catalogue *c, const struct wanted *wanted, nacre_hit *hits, size_t count,
                                arena *a, nacre_error *error) {
    int64_t *ids = arena_new(a, count, sizeof *ids);
    uint8_t(*fine)[FINE_BYTES] = arena_new(a, count, sizeof *fine);
    bool *has = arena_new(a, count, sizeof *has);
    double *likeness = arena_new(a, count, sizeof *likeness);
    size_t *order = arena_new(a, count, sizeof *order);
    nacre_hit *as_found = arena_new(a, count, sizeof *as_found);
    if (!ids || !fine || !has || !likeness || !order || !as_found)
        return error_memory(error, "searching");
    for (size_t i = 0; i < count; i++)
        ids[i] = (int64_t)hits[i].item;
    nacre_status status = catalogue_fine_values(c, ids, count, fine, has, error);
    if (status)
        return status;
    const struct fine_pair asked = {wanted->fine_shape, wanted->fine_colour};
    for (size_t i = 0; i < count; i++)
        likeness[i] = refine_likeness(wanted->weights, &asked, has[i] ? fine[i] : NULL,
                                      hits[i].shape_distance, hits[i].colour_distance);
    refine_order(likeness, count, order);
    memcpy(as_found, hits, count * sizeof *hits);
    for (size_t i = 0; i < count; i++)
        hits[i] = as_found[order[i]];
    return NACRE_OK;
}

// ---- JSON. A failed allocation in jansson gives NULL, which further calls pass on; the end checks once.

static json_t *label_json(const taxonomy *t, int category) {
    return json_pack("{s:s, s:s}", "en", taxonomy_name(t, category, TAXONOMY_ENGLISH), "ru",
                     taxonomy_name(t, category, TAXONOMY_RUSSIAN));
}

static void set_price(json_t *object, const char *name, int64_t hundredths) {
    if (hundredths >= 0)
        json_object_set_new(object, name, json_real((double)hundredths / 100));
}

static json_t *picture_json(const engine *e, const char *prefix, const char *hash) {
    if (prefix)
        return json_sprintf("%s%s", prefix, hash);
    return json_sprintf("%s/pictures/%.2s/%s", workspace_folder(engine_workspace(e)), hash, hash);
}

// `picture` is the one that answers best, NULL: the first; `category` may be CATEGORY_NONE.
static json_t *product_json(const engine *e, const struct catalogue_product *product, const char *picture,
                            int category, const char *prefix) {
    const taxonomy *t = engine_taxonomy(e);
    json_t *object =
        json_pack("{s:I, s:s, s:s, s:s, s:s, s:b}", "id", (json_int_t)product->id, "shop", product->shop,
                  "offer", product->offer, "name", product->name, "url", product->url ? product->url : "",
                  "available", product->available && !product->gone);
    set_price(object, "price", product->price_hundredths);
    set_price(object, "old_price", product->old_price_hundredths);
    if (product->currency && *product->currency)
        json_object_set_new(object, "currency", json_string(product->currency));
    if (product->vendor && *product->vendor)
        json_object_set_new(object, "brand", json_string(product->vendor));
    json_t *pictures = json_array();
    for (size_t i = 0; i < product->picture_count; i++)
        json_array_append_new(pictures, picture_json(e, prefix, product->pictures[i]));
    if (!picture && product->picture_count)
        picture = product->pictures[0];
    if (picture)
        json_object_set_new(object, "picture", picture_json(e, prefix, picture));
    json_object_set_new(object, "pictures", pictures);
    if (category != CATEGORY_NONE) {
        json_object_set_new(object, "category", json_string(taxonomy_id(t, category)));
        json_object_set_new(object, "label", label_json(t, category));
    }
    return object;
}

static json_t *weights_json(struct weights weights) {
    return json_sprintf("%d:%d", weights.shape, weights.colour);
}

static double similarity(unsigned distance, unsigned weight) {
    return 1 - (double)distance / (128.0 * weight);
}

// What the product costs in each shop that has it, cheapest first; NULL where one shop alone has it.
static nacre_status offers_json(catalogue *c, int64_t product_id, arena *a, json_t **offers,
                                nacre_error *error) {
    int64_t *ids;
    size_t count;
    *offers = NULL;
    nacre_status status = catalogue_same_products(c, product_id, a, &ids, &count, error);
    if (status || count < 2)
        return status;
    json_t *list = json_array();
    for (size_t i = 0; i < count && !status; i++) {
        struct catalogue_product product;
        status = catalogue_product(c, ids[i], a, &product, error);
        if (status)
            break;
        json_t *offer =
            json_pack("{s:I, s:s, s:s, s:b}", "product", (json_int_t)product.id, "shop", product.shop, "url",
                      product.url ? product.url : "", "available", product.available);
        set_price(offer, "price", product.price_hundredths);
        set_price(offer, "old_price", product.old_price_hundredths);
        if (product.currency && *product.currency)
            json_object_set_new(offer, "currency", json_string(product.currency));
        json_array_append_new(list, offer);
    }
    if (status)
        json_decref(list);
    else
        *offers = list;
    return status;
}

// Which picture of the product the item is on; NULL where it has just been replaced.
static const char *item_picture(const struct catalogue_item *items, size_t count, uint64_t id) {
    for (size_t i = 0; i < count; i++) {
        if ((uint64_t)items[i].id == id)
            return items[i].picture;
    }
    return NULL;
}

static nacre_status hit_json(engine *e, catalogue *c, const nacre_hit *hit, const struct wanted *wanted,
                             const char *prefix, arena *a, json_t **result, nacre_error *error) {
    struct catalogue_product product;
    struct catalogue_item *items;
    size_t count;
    int64_t product_id; // hit->product may stand for the same in another shop
    json_t *offers = NULL;
    nacre_status status = catalogue_item_product(c, (int64_t)hit->item, &product_id, error);
    if (!status)
        status = catalogue_product(c, product_id, a, &product, error);
    if (!status)
        status = catalogue_product_items(c, product_id, a, &items, &count, error);
    if (!status)
        status = offers_json(c, product_id, a, &offers, error);
    if (status)
        return status;
    unsigned weight = (unsigned)wanted->weights.shape + wanted->weights.colour;
    json_t *shown = product_json(e, &product, item_picture(items, count, hit->item), hit->category, prefix);
    if (offers)
        json_object_set_new(shown, "offers", offers);
    const char *match =
        vision_match(engine_vision(e), wanted->category, hit->shape_distance, hit->colour_distance);
    *result = json_pack("{s:f, s:f, s:f, s:s*, s:o}", "similarity", similarity(hit->distance, weight),
                        "shape", similarity(hit->shape_distance, 1), "colour",
                        similarity(hit->colour_distance, 1), "match", match, "product", shown);
    return *result ? NACRE_OK : error_memory(error, "writing the results");
}

// The results for what is wanted, as a JSON array.
static nacre_status results_json(engine *e, const struct wanted *wanted, const struct search_options *options,
                                 json_t **results, nacre_error *error) {
    nacre_hit hits[NACRE_MAX_HITS];
    size_t top = (size_t)options->top, refined = engine_search_refine(e), count = 0;
    nacre_status status =
        find_hits(e, wanted, options->top, refined > top ? refined : top, hits, &count, error);
    if (status)
        return status;
    catalogue *c;
    status = engine_borrow_catalogue(e, &c, error);
    if (status)
        return status;
    arena a;
    arena_init(&a, ARENA_BYTES);
    json_t *list = json_array();
    if (refined && count)
        status = refine_hits(c, wanted, hits, count < refined ? count : refined, &a, error);
    for (size_t i = 0; i < count && i < top && !status; i++) {
        json_t *result = NULL;
        status = hit_json(e, c, &hits[i], wanted, options->picture_prefix, &a, &result, error);
        if (status == NACRE_ERROR_NOT_FOUND) {
            status = NACRE_OK; // removed from the catalogue this very moment
            continue;
        }
        json_object_set_new(result, "rank", json_integer((json_int_t)json_array_size(list) + 1));
        if (!status && json_array_append_new(list, result))
            status = error_memory(error, "writing the results");
    }
    arena_fini(&a);
    engine_return_catalogue(e, c);
    if (status)
        json_decref(list);
    else
        *results = list;
    return status;
}

// ---- Photos

// The photo, shrunk as far as the networks allow: a box of the request's own must keep its detail.
static nacre_status decode_photo(const void *bytes, size_t length, const struct search_options *options,
                                 struct picture *photo, nacre_error *error) {
    int shrink_to = VISION_PHOTO_SIDE;
    if (options->has_box) {
        struct picture_info info;
        nacre_status status = picture_probe(bytes, length, &info, error);
        if (status)
            return status;
        const struct box *box = &options->box;
        if (box->x >= info.width || box->y >= info.height)
            return error_set(error, NACRE_ERROR_ARGUMENT,
                             "the box %d,%d,%d,%d lies outside of the photo of %dx%d pixels", box->x, box->y,
                             box->width, box->height, info.width, info.height);
        int photo_side = info.width < info.height ? info.width : info.height;
        int box_side = box->width < box->height ? box->width : box->height;
        shrink_to =
            box_side < photo_side ? (int)((int64_t)VISION_PHOTO_SIDE * photo_side / box_side) : shrink_to;
    }
    return picture_decode(bytes, length, shrink_to, photo, error);
}

// The part of the box that lies on the photo.
static struct box clip(const struct box *box, const struct picture *photo) {
    struct box clipped = *box;
    if (clipped.width > photo->full_width - clipped.x)
        clipped.width = photo->full_width - clipped.x;
    if (clipped.height > photo->full_height - clipped.y)
        clipped.height = photo->full_height - clipped.y;
    return clipped;
}

// What lies in the box as the one item; cut as a detected one, so that an item's own box gives its own codes.
static nacre_status take_box(engine *e, const struct picture *photo, struct box box, int within, arena *a,
                             struct item **items, size_t *count, struct vision_times *times,
                             nacre_error *error) {
    struct item *item = arena_new(a, 1, sizeof *item);
    if (!item)
        return error_memory(error, "looking at the photo");
    item->box = box;
    item->score = 1;
    const struct box with_margin = vision_with_margin(box, photo);
    struct crop crop = {photo, &with_margin, within};
    double start = clock_ms();
    nacre_status status = vision_encode(engine_vision(e), &crop, 1, &item->encoding, error);
    times->encode_ms = clock_ms() - start;
    *items = item;
    *count = 1;
    return status;
}

// The request's own box, or what the detector finds. Where it finds nothing, the whole photo is searched.
static nacre_status find_items(engine *e, const struct picture *photo, bool searches,
                               const struct search_options *options, arena *a, struct item **items,
                               size_t *count, struct vision_times *times, nacre_error *error) {
    if (options->has_box)
        return take_box(e, photo, clip(&options->box, photo), options->category, a, items, count, times,
                        error);
    nacre_status status =
        vision_detect(engine_vision(e), photo, options->min_score, a, items, count, times, error);
    if (status || *count || !searches)
        return status;
    const struct box whole = {0, 0, photo->full_width, photo->full_height};
    return take_box(e, photo, whole, options->category, a, items, count, times, error);
}

// What the encoder says of the colour that the request names; without one, `*encoding` is not touched.
static nacre_status encode_colour(engine *e, const struct search_options *options, struct encoding *encoding,
                                  bool *named, nacre_error *error) {
    *named = options->colour_bytes || options->colour[0];
    if (!*named)
        return NACRE_OK;
    struct picture picture;
    nacre_status status;
    if (options->colour_bytes) {
        status =
            picture_decode(options->colour_bytes, options->colour_length, VISION_PHOTO_SIDE, &picture, error);
        if (status)
            return error_prefix(error, status, "the picture whose colours are wanted");
    } else {
        struct colour colour;
        status = colour_parse(options->colour, &colour, error);
        if (!status)
            status = colour_swatch(&colour, &picture, error);
        if (status)
            return status;
    }
    struct crop crop = {&picture, NULL, CATEGORY_NONE};
    status = vision_encode(engine_vision(e), &crop, 1, encoding, error);
    picture_fini(&picture);
    return status;
}

// What an item wants of the index, as the request has it; `colour`: NULL, or what has the colour that is
// wanted.
static struct wanted wanted_of(engine *e, const struct item *item, const struct search_options *options,
                               const struct encoding *colour) {
    if (!colour)
        colour = &item->encoding;
    bool named = options->category != CATEGORY_NONE;
    int category = named ? options->category : item->encoding.category;
    return (struct wanted){
        .shape = item->encoding.shape,
        .colour = colour->colour,
        .fine_shape = item->encoding.fine,
        .fine_colour = colour->fine + FINE_CODE_BYTES,
        .category = category,
        .category_is_named = named,
        .likely = item->encoding.categories,
        .likely_count = item->encoding.category_count,
        .weights = options->has_weights ? options->weights : taxonomy_weights(engine_taxonomy(e), category),
    };
}

static nacre_status add_results(engine *e, const struct item *item, const struct search_options *options,
                                const struct encoding *colour, json_t *object, nacre_error *error) {
    struct wanted wanted = wanted_of(e, item, options, colour);
    const taxonomy *t = engine_taxonomy(e);
    json_t *results;
    nacre_status status = results_json(e, &wanted, options, &results, error);
    if (status)
        return status;
    if (wanted.category_is_named) {
        json_object_set_new(object, "category", json_string(taxonomy_id(t, wanted.category)));
        json_object_set_new(object, "label", label_json(t, wanted.category));
    }
    json_object_set_new(object, "weights", weights_json(wanted.weights));
    return json_object_set_new(object, "results", results) ? error_memory(error, "writing the results")
                                                           : NACRE_OK;
}

static json_t *photo_json(const struct picture *photo, const char *path) {
    json_t *object = json_pack("{s:i, s:i}", "width", photo->full_width, "height", photo->full_height);
    if (path)
        json_object_set_new(object, "path", json_string(path));
    return object;
}

// The reply for a photo, with results where `searches`.
static nacre_status answer_photo(engine *e, const void *bytes, size_t length, const char *path, bool searches,
                                 const struct search_options *options, struct search_times *times,
                                 json_t **reply, nacre_error *error) {
    struct picture photo = {0};
    struct vision_times vision_times = {0};
    struct item *items = NULL;
    size_t count = 0;
    struct encoding colour;
    bool colour_is_named = false;
    json_t *list = json_array();
    arena a;
    arena_init(&a, ARENA_BYTES);
    double start = clock_ms();
    nacre_status status = decode_photo(bytes, length, options, &photo, error);
    double decoded = clock_ms();
    if (!status)
        status = find_items(e, &photo, searches, options, &a, &items, &count, &vision_times, error);
    if (!status && searches)
        status = encode_colour(e, options, &colour, &colour_is_named, error);
    double seen = clock_ms();
    for (size_t i = 0; i < count && !status; i++) {
        json_t *object = item_json(&items[i], engine_taxonomy(e));
        if (object && searches)
            status = add_results(e, &items[i], options, colour_is_named ? &colour : NULL, object, error);
        if (json_array_append_new(list, object) && !status)
            status = error_memory(error, "writing the results");
    }
    if (!status) {
        *reply = json_pack("{s:o, s:s, s:O}", "photo", photo_json(&photo, path), "model", engine_models(e),
                           "items", list);
        if (!*reply)
            status = error_memory(error, "writing the results");
    }
    if (times)
        *times = (struct search_times){decoded - start, vision_times.detect_ms, vision_times.encode_ms,
                                       clock_ms() - seen};
    json_decref(list);
    arena_fini(&a);
    picture_fini(&photo);
    return status;
}

nacre_status search_photo(engine *e, const void *bytes, size_t length, const char *path,
                          const struct search_options *options, struct search_times *times, json_t **reply,
                          nacre_error *error) {
    return answer_photo(e, bytes, length, path, true, options, times, reply, error);
}

nacre_status search_detect(engine *e, const void *bytes, size_t length, const char *path,
                           const struct search_options *options, json_t **reply, nacre_error *error) {
    return answer_photo(e, bytes, length, path, false, options, NULL, reply, error);
}

// ---- Products

// `*offers` is a new reference, or NULL.
static nacre_status read_product(engine *e, int64_t product_id, arena *a, struct catalogue_product *product,
                                 struct catalogue_item **items, size_t *count, json_t **offers,
                                 nacre_error *error) {
    catalogue *c;
    nacre_status status = engine_borrow_catalogue(e, &c, error);
    if (status)
        return status;
    status = catalogue_product(c, product_id, a, product, error);
    if (!status)
        status = catalogue_product_items(c, product_id, a, items, count, error);
    if (!status)
        status = offers_json(c, product_id, a, offers, error);
    engine_return_catalogue(e, c);
    return status;
}

static int first_category(const engine *e, const struct catalogue_item *items, size_t count) {
    return count ? taxonomy_find(engine_taxonomy(e), items[0].category) : CATEGORY_NONE;
}

nacre_status search_similar(engine *e, int64_t product_id, const struct search_options *options,
                            json_t **reply, nacre_error *error) {
    struct catalogue_product product;
    struct catalogue_item *items;
    size_t count;
    json_t *results = NULL, *offers = NULL;
    struct encoding colour;
    bool colour_is_named;
    arena a;
    arena_init(&a, ARENA_BYTES);
    nacre_status status = read_product(e, product_id, &a, &product, &items, &count, &offers, error);
    if (!status)
        status = encode_colour(e, options, &colour, &colour_is_named, error);
    if (status)
        goto out;
    const taxonomy *t = engine_taxonomy(e);
    int own = first_category(e, items, count);
    bool named = options->category != CATEGORY_NONE;
    struct wanted wanted = {
        .category = named ? options->category : own,
        .category_is_named = named,
        .weights = {1, 1},
        .not_product = product.same_as,
    };
    if (wanted.category != CATEGORY_NONE)
        wanted.weights = taxonomy_weights(t, wanted.category);
    if (options->has_weights)
        wanted.weights = options->weights;
    if (count && wanted.category != CATEGORY_NONE) {
        wanted.shape = items[0].shape;
        wanted.colour = colour_is_named ? colour.colour : items[0].colour;
        wanted.fine_shape = items[0].fine;
        wanted.fine_colour = items[0].fine ? items[0].fine + FINE_CODE_BYTES : NULL;
        if (colour_is_named)
            wanted.fine_colour = colour.fine + FINE_CODE_BYTES;
        status = results_json(e, &wanted, options, &results, error);
        if (status)
            goto out;
    } else {
        results = json_array();
    }
    json_t *shown = product_json(e, &product, NULL, own, options->picture_prefix);
    if (offers)
        json_object_set(shown, "offers", offers);
    *reply = json_pack("{s:o, s:o, s:o}", "product", shown, "weights", weights_json(wanted.weights),
                       "results", results);
    if (*reply && wanted.category != CATEGORY_NONE) {
        json_object_set_new(*reply, "category", json_string(taxonomy_id(t, wanted.category)));
        json_object_set_new(*reply, "label", label_json(t, wanted.category));
    }
    if (!*reply)
        status = error_memory(error, "writing the results");
out:
    json_decref(offers);
    arena_fini(&a);
    return status;
}

nacre_status search_product(engine *e, int64_t product_id, const char *picture_prefix, json_t **reply,
                            nacre_error *error) {
    struct catalogue_product product;
    struct catalogue_item *items;
    size_t count;
    json_t *offers = NULL;
    arena a;
    arena_init(&a, ARENA_BYTES);
    nacre_status status = read_product(e, product_id, &a, &product, &items, &count, &offers, error);
    if (!status) {
        *reply = product_json(e, &product, NULL, first_category(e, items, count), picture_prefix);
        if (offers)
            json_object_set_new(*reply, "offers", offers);
        if (!*reply)
            status = error_memory(error, "writing a product");
    }
    arena_fini(&a);
    return status;
}
