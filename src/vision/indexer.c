// SPDX-License-Identifier: Apache-2.0
// Shop by shop, page by page. A page's products are taken in batches of some pictures: decoded by a pool of
// threads, encoded by the network, and written product by product, each in its own transaction. Whatever
// stops the program, a product has all of its new items or its old ones, and is due again unless it has the
// new ones.
#include "vision/indexer.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/pool.h"
#include "catalogue/mapped.h"
#include "taxonomy/mapping.h"

enum {
    PAGE_PRODUCTS = 64,
    PAGE_ARENA_BYTES = 256 * 1024 * 1024,
    BATCH_PICTURES = 16, // decoded at a time: they bound the memory
};

// From this probability on, what the encoder sees is worth an operator's look at the mapping.
static const float SURE_DISAGREEMENT = 0.7F;

// A picture of a product on its way from the store to its codes.
struct look {
    const char *hash;
    picture_store *store;
    struct picture picture;
    nacre_status status; // of fetching and decoding it
    nacre_error error;
    struct box box; // of the product on it
    struct encoding encoding;
};

// A product of the batch with its looks.
struct task {
    const struct catalogue_product *product;
    enum mapping_answer answer;
    int mapped; // CATEGORY_NONE unless mapped
    size_t first_look, look_count;
};

struct batch {
    struct task tasks[PAGE_PRODUCTS];
    size_t task_count;
    struct look *looks;
    size_t look_count, look_capacity;
};

struct run {
    catalogue *catalogue;
    picture_store *pictures;
    const taxonomy *taxonomy;
    vision *vision;
    const struct indexer_options *options;
    const mapping *mapping; // of the shop at hand
    const char *shop;
    pool *decoders;
    int64_t due;
    struct indexer_counts *counts;
    struct batch batch;
};

// --- What the mapping says ---

// The answer as the catalogue keeps it.
static const char *answer_word(const struct run *r, enum mapping_answer answer, int category) {
    return answer == MAPPING_MAPPED    ? taxonomy_id(r->taxonomy, category)
           : answer == MAPPING_IGNORED ? "-"
                                       : "";
}

static const char *resolve_word(void *context, const struct catalogue_product *product) {
    const struct run *r = context;
    int category = CATEGORY_NONE;
    enum mapping_answer answer = catalogue_map_product(r->mapping, product, &category, NULL);
    return answer_word(r, answer, category);
}

// --- Pictures ---

static void fetch_and_decode(void *argument) {
    struct look *look = argument;
    char *bytes;
    size_t length;
    look->status = picture_store_get(look->store, look->hash, &bytes, &length, &look->error);
    if (look->status)
        return;
    look->status = picture_decode(bytes, length, VISION_PHOTO_SIDE, &look->picture, &look->error);
    memory_free(bytes);
}

static nacre_status add_looks(struct run *r, struct task *task, nacre_error *error) {
    struct batch *b = &r->batch;
    size_t count = task->answer == MAPPING_IGNORED ? 0 : task->product->picture_count;
    if (b->look_count + count > b->look_capacity) {
        size_t capacity = b->look_count + count + BATCH_PICTURES;
        struct look *looks = memory_resize(b->looks, capacity, sizeof *looks);
        if (!looks)
            return error_memory(error, "indexing pictures");
        b->looks = looks;
        b->look_capacity = capacity;
    }
    task->first_look = b->look_count;
    task->look_count = count;
    for (size_t i = 0; i < count; i++)
        b->looks[b->look_count++] = (struct look){.hash = task->product->pictures[i], .store = r->pictures};
    return NACRE_OK;
}

// Finds where each picture that was read shows its product, and lists the crops; `*count` of them.
static nacre_status list_crops(struct run *r, struct crop *crops, size_t *count, nacre_error *error) {
    struct batch *b = &r->batch;
    *count = 0;
    for (size_t i = 0; i < b->task_count; i++) {
        for (size_t j = 0; j < b->tasks[i].look_count; j++) {
            struct look *look = &b->looks[b->tasks[i].first_look + j];
            if (look->status)
                continue;
            nacre_status status =
                vision_sight(r->vision, &look->picture, b->tasks[i].mapped, &look->box, error);
            if (status)
                return status;
            crops[(*count)++] = (struct crop){&look->picture, &look->box, b->tasks[i].mapped};
        }
    }
    return NACRE_OK;
}

static nacre_status encode_looks(struct run *r, nacre_error *error) {
    struct batch *b = &r->batch;
    struct crop *crops = memory_new(b->look_count, sizeof *crops);
    struct encoding *encodings = memory_new(b->look_count, sizeof *encodings);
    nacre_status status = NACRE_OK;
    size_t count = 0;
    if (!crops || !encodings)
        status = error_memory(error, "indexing pictures");
    if (!status)
        status = list_crops(r, crops, &count, error);
    if (!status && count)
        status = vision_encode(r->vision, crops, count, encodings, error);
    for (size_t i = 0, done = 0; i < b->look_count && !status; i++) {
        if (!b->looks[i].status)
            b->looks[i].encoding = encodings[done++];
    }
    memory_free(crops);
    memory_free(encodings);
    return status;
}

// --- Items ---

// The category kept: the best leaf inside the mapped node, or what the encoder is sure of.
static int kept_category(const struct task *task, const struct encoding *e) {
    if (task->answer != MAPPING_MAPPED)
        return e->category;
    return e->category_count ? e->categories[0].category : task->mapped;
}

// What the encoder saw, where it is surely something else than the mapping says; else NULL.
static const char *disagreement(const struct run *r, const struct task *task, const struct encoding *e) {
    if (task->answer != MAPPING_MAPPED || e->seen_score < SURE_DISAGREEMENT ||
        taxonomy_agree(r->taxonomy, e->seen, task->mapped))
        return NULL;
    return taxonomy_id(r->taxonomy, e->seen);
}

_Static_assert(sizeof((struct encoding *)NULL)->fine == FINE_BYTES, "the catalogue keeps them as they are");

// It points into the look.
static struct catalogue_item make_item(const struct run *r, const struct task *task,
                                       const struct look *look) {
    const struct encoding *e = &look->encoding;
    const struct picture *p = &look->picture;
    struct box box = look->box;
    struct catalogue_item item = {
        .picture = look->hash,
        .box = {(float)box.x / (float)p->full_width, (float)box.y / (float)p->full_height,
                (float)box.width / (float)p->full_width, (float)box.height / (float)p->full_height},
        .score = e->category_score,
        .category = taxonomy_id(r->taxonomy, kept_category(task, e)),
        .seen = disagreement(r, task, e),
        .fine = e->fine,
    };
    memcpy(item.shape, e->shape, sizeof item.shape);
    memcpy(item.colour, e->colour, sizeof item.colour);
    return item;
}

// A picture that is no picture is done with; one that could not be read now may be there next time.
static bool may_come_good(nacre_status status) {
    return status && status != NACRE_ERROR_FORMAT && status != NACRE_ERROR_LIMIT;
}

static nacre_status write_items(struct run *r, const struct task *task, nacre_error *error) {
    struct catalogue_item *items = memory_new(task->look_count, sizeof *items);
    if (!items)
        return error_memory(error, "indexing pictures");
    size_t count = 0;
    bool comes_again = false;
    for (size_t i = 0; i < task->look_count; i++) {
        const struct look *look = &r->batch.looks[task->first_look + i];
        if (!look->status) {
            items[count++] = make_item(r, task, look);
            continue;
        }
        r->counts->failed++;
        comes_again = comes_again || may_come_good(look->status);
        log_warning("shop %s, offer %s: picture %s: %s", r->shop, task->product->offer, look->hash,
                    look->error.message);
    }
    nacre_status status = NACRE_OK;
    if (!comes_again)
        status = catalogue_put_items(r->catalogue, task->product, vision_encoder(r->vision),
                                     answer_word(r, task->answer, task->mapped), items, count, error);
    memory_free(items);
    r->counts->pictures += (int64_t)count;
    r->counts->products += count > 0;
    r->counts->ignored += task->answer == MAPPING_IGNORED;
    r->counts->unmapped += task->answer == MAPPING_UNMAPPED;
    return status;
}

// --- Batches, pages, shops ---

static bool is_stopped(const struct run *r) {
    return r->options->stop && atomic_load(r->options->stop);
}

static void empty_batch(struct batch *b) {
    for (size_t i = 0; i < b->look_count; i++) {
        if (!b->looks[i].status && b->looks[i].picture.pixels)
            picture_fini(&b->looks[i].picture);
    }
    b->look_count = 0;
    b->task_count = 0;
}

static nacre_status run_batch(struct run *r, nacre_error *error) {
    struct batch *b = &r->batch;
    for (size_t i = 0; i < b->look_count; i++)
        pool_submit(r->decoders, fetch_and_decode, &b->looks[i]);
    pool_wait(r->decoders);
    nacre_status status = encode_looks(r, error);
    for (size_t i = 0; i < b->task_count && !status; i++)
        status = write_items(r, &b->tasks[i], error);
    empty_batch(b);
    if (!status && r->options->progress)
        r->options->progress(r->options->progress_context, r->counts, r->due);
    return status;
}

static nacre_status run_page(struct run *r, const struct catalogue_product *products, size_t count,
                             nacre_error *error) {
    struct batch *b = &r->batch;
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < count && !status && !is_stopped(r); i++) {
        struct task *task = &b->tasks[b->task_count++];
        *task = (struct task){.product = &products[i], .mapped = CATEGORY_NONE};
        task->answer = catalogue_map_product(r->mapping, task->product, &task->mapped, NULL);
        status = add_looks(r, task, error);
        if (!status && (b->look_count >= BATCH_PICTURES || i + 1 == count))
            status = run_batch(r, error);
    }
    empty_batch(b);
    return status;
}

static nacre_status run_pages(struct run *r, int64_t shop_id, nacre_error *error) {
    arena page;
    arena_init(&page, PAGE_ARENA_BYTES);
    nacre_status status;
    int64_t after = 0;
    for (;;) {
        struct catalogue_product *products;
        size_t count;
        arena_reset(&page);
        status = catalogue_due_products(r->catalogue, shop_id, vision_encoder(r->vision), after,
                                        PAGE_PRODUCTS, &page, &products, &count, error);
        if (status || count == 0)
            break;
        after = products[count - 1].id;
        status = run_page(r, products, count, error);
        if (!status && is_stopped(r))
            status = error_set(error, NACRE_ERROR_CANCELLED, "stopped; the next `nacre index` goes on here");
        if (status)
            break;
    }
    arena_fini(&page);
    return status;
}

static nacre_status run_shop(struct run *r, const workspace *w, const struct catalogue_shop *shop,
                             nacre_error *error) {
    mapping *m;
    nacre_status status = mapping_open(w, shop->name, r->taxonomy, &m, error);
    if (status)
        return status;
    r->mapping = m;
    r->shop = shop->name;
    char digest[SHA256_HEX_BYTES];
    mapping_digest(m, digest);
    int64_t due = 0;
    status = catalogue_mapping_changed(r->catalogue, shop->id, digest, resolve_word, r, error);
    if (!status)
        status = catalogue_count_due_products(r->catalogue, shop->id, vision_encoder(r->vision), &due, error);
    r->due += due;
    if (!status)
        status = run_pages(r, shop->id, error);
    mapping_free(m);
    return status;
}

nacre_status indexer_run(const workspace *w, catalogue *c, picture_store *pictures, const taxonomy *t,
                         vision *v, const struct indexer_options *options, struct indexer_counts *counts,
                         nacre_error *error) {
    *counts = (struct indexer_counts){0};
    struct run r = {.catalogue = c,
                    .pictures = pictures,
                    .taxonomy = t,
                    .vision = v,
                    .options = options,
                    .counts = counts};
    arena a;
    arena_init(&a, PAGE_ARENA_BYTES);
    struct catalogue_shop *shops;
    size_t count = 0;
    nacre_status status = catalogue_list_shops(c, &a, &shops, &count, error);
    if (!status)
        status = pool_new(0, BATCH_PICTURES, &r.decoders, error);
    for (size_t i = 0; i < count && !status; i++) {
        if (options->shop_id == 0 || options->shop_id == shops[i].id)
            status = run_shop(&r, w, &shops[i], error);
    }
    if (!status)
        status = catalogue_join_same(c, error);
    pool_free(r.decoders);
    memory_free(r.batch.looks);
    arena_fini(&a);
    return status;
}
