// SPDX-License-Identifier: Apache-2.0
#include "search/engine.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

enum { SPARE_CATALOGUES = 16, PUT_ITEMS = 4096 };

struct engine {
    const workspace *workspace;
    taxonomy *taxonomy;
    vision *vision;
    nacre_index *index;
    picture_store *pictures;
    char *catalogue_path;
    char *models;
    bool siblings;
    int64_t sequence;      // of the catalogue's changes that the index has
    pthread_mutex_t mutex; // guards the spare connections
    catalogue *spare[SPARE_CATALOGUES];
    size_t spare_count;
};

static nacre_status name_models(engine *e, nacre_error *error) {
    const char *detector = vision_detector(e->vision);
    const char *encoder = vision_encoder(e->vision);
    size_t bytes = strlen(encoder) + (detector ? strlen(detector) + 2 : 0) + 1;
    e->models = memory_new(bytes, 1);
    if (!e->models)
        return error_memory(error, "loading the models");
    snprintf(e->models, bytes, "%s%s%s", detector ? detector : "", detector ? ", " : "", encoder);
    return NACRE_OK;
}

nacre_status engine_open(const workspace *w, int threads, engine **result, nacre_error *error) {
    engine *e = memory_new(1, sizeof *e);
    if (!e)
        return error_memory(error, "starting");
    pthread_mutex_init(&e->mutex, NULL);
    e->workspace = w;
    size_t changes;
    char *folder = workspace_path(w, "pictures");
    e->catalogue_path = workspace_path(w, "catalogue.sqlite");
    nacre_status status = folder && e->catalogue_path ? NACRE_OK : error_memory(error, "starting");
    if (!status)
        status = workspace_boolean(w, "search", "siblings", true, &e->siblings, error);
    if (!status)
        status = taxonomy_open(w, &e->taxonomy, error);
    if (!status)
        status = vision_open(w, e->taxonomy, threads, &e->vision, error);
    if (!status)
        status = name_models(e, error);
    if (!status)
        status = picture_store_open(folder, &e->pictures, error);
    if (!status) {
        nacre_index_options options = {.model = vision_encoder(e->vision), .threads = (size_t)threads};
        status = nacre_index_new(&options, &e->index, error);
    }
    if (!status)
        status = engine_follow(e, &changes, error);
    memory_free(folder);
    if (status)
        engine_close(e);
    else
        *result = e;
    return status;
}

void engine_close(engine *e) {
    if (!e)
        return;
    for (size_t i = 0; i < e->spare_count; i++)
        catalogue_close(e->spare[i]);
    nacre_index_free(e->index);
    picture_store_close(e->pictures);
    vision_close(e->vision);
    taxonomy_free(e->taxonomy);
    memory_free(e->models);
    memory_free(e->catalogue_path);
    pthread_mutex_destroy(&e->mutex);
    memory_free(e);
}

// Changes are gathered, so that the index is not asked for each.
struct intake {
    engine *e;
    nacre_item items[PUT_ITEMS];
    size_t item_count;
    uint64_t removed[PUT_ITEMS];
    size_t removed_count;
    size_t changes;
    nacre_error *error;
};

static nacre_status flush(struct intake *intake) {
    nacre_index *index = intake->e->index;
    nacre_status status = nacre_index_remove(index, intake->removed, intake->removed_count, intake->error);
    if (!status)
        status = nacre_index_put(index, intake->items, intake->item_count, intake->error);
    intake->changes += intake->removed_count + intake->item_count;
    intake->removed_count = intake->item_count = 0;
    return status;
}

static nacre_status take(void *context, const struct catalogue_index_entry *entry) {
    struct intake *intake = context;
    int category = entry->removed ? CATEGORY_NONE : taxonomy_find(intake->e->taxonomy, entry->category);
    if (category == CATEGORY_NONE) {
        // Also a category that this taxonomy no longer has: `nacre index` will name another one.
        intake->removed[intake->removed_count++] = (uint64_t)entry->item_id;
    } else {
        nacre_item *item = &intake->items[intake->item_count++];
        *item = (nacre_item){
            .item = (uint64_t)entry->item_id,
            .product = entry->product_id,
            .price = entry->price_hundredths,
            .shop = (uint32_t)entry->shop_id,
            .brand = (uint32_t)entry->brand_id,
            .category = (uint16_t)category,
            .available = entry->available,
        };
        memcpy(item->shape, entry->shape, CODE_BYTES);
        memcpy(item->colour, entry->colour, CODE_BYTES);
    }
    bool full = intake->item_count == PUT_ITEMS || intake->removed_count == PUT_ITEMS;
    return full ? flush(intake) : NACRE_OK;
}

nacre_status engine_follow(engine *e, size_t *changes, nacre_error *error) {
    catalogue *c;
    nacre_status status = engine_borrow_catalogue(e, &c, error);
    if (status)
        return status;
    int64_t sequence = e->sequence;
    struct intake *intake = memory_new(1, sizeof *intake);
    if (!intake) {
        status = error_memory(error, "loading the index");
        goto out;
    }
    intake->e = e;
    intake->error = error;
    status = catalogue_each_change(c, vision_encoder(e->vision), e->sequence, take, intake, &sequence, error);
    if (!status)
        status = flush(intake);
    if (!status && intake->changes)
        status = nacre_index_commit(e->index, error);
    if (!status) {
        e->sequence = sequence;
        *changes = intake->changes;
    }
out:
    memory_free(intake);
    engine_return_catalogue(e, c);
    return status;
}

const workspace *engine_workspace(const engine *e) {
    return e->workspace;
}

const taxonomy *engine_taxonomy(const engine *e) {
    return e->taxonomy;
}

vision *engine_vision(const engine *e) {
    return e->vision;
}

nacre_index *engine_index(const engine *e) {
    return e->index;
}

picture_store *engine_pictures(const engine *e) {
    return e->pictures;
}

const char *engine_models(const engine *e) {
    return e->models;
}

bool engine_searches_siblings(const engine *e) {
    return e->siblings;
}

nacre_status engine_borrow_catalogue(engine *e, catalogue **c, nacre_error *error) {
    catalogue *spare = NULL;
    pthread_mutex_lock(&e->mutex);
    if (e->spare_count)
        spare = e->spare[--e->spare_count];
    pthread_mutex_unlock(&e->mutex);
    if (!spare)
        return catalogue_open(e->catalogue_path, c, error);
    *c = spare;
    return NACRE_OK;
}

void engine_return_catalogue(engine *e, catalogue *c) {
    pthread_mutex_lock(&e->mutex);
    bool kept = c && e->spare_count < SPARE_CATALOGUES;
    if (kept)
        e->spare[e->spare_count++] = c;
    pthread_mutex_unlock(&e->mutex);
    if (!kept)
        catalogue_close(c);
}
