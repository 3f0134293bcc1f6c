// SPDX-License-Identifier: Apache-2.0
// The index is saved as index/SEQUENCE.nacre: all of the catalogue's changes up to that number are in it, and
// a start asks the catalogue for the later ones only. A snapshot counts for one model, one taxonomy (it holds
// category numbers) and one catalogue; their mark is its model's name. Any other, and any damaged one, is
// passed over: the catalogue has everything.
#include "search/engine.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "search/refine.h"

enum {
    SPARE_CATALOGUES = 16,
    PUT_ITEMS = 4096,
    SAVE_CHANGES = 10000, // fewer are read from the catalogue in no time
    SAVE_CHANGES_AT_END = 1000,
};

struct engine {
    const workspace *workspace;
    taxonomy *taxonomy;
    vision *vision;
    nacre_index *index;
    picture_store *pictures;
    char *models;
    bool siblings;
    int64_t lists;
    size_t refine;
    int64_t sequence;             // of the catalogue's changes that the index has
    size_t unsaved;               // changes since the last snapshot
    char *snapshots;              // the folder index/
    char mark[NACRE_MODEL_BYTES]; // of the snapshots that count
    pthread_mutex_t mutex;        // guards the spare connections
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

// ---- Snapshots

// What a snapshot must have been made for.
static nacre_status make_mark(engine *e, nacre_error *error) {
    catalogue *c;
    struct catalogue_state state;
    nacre_status status = engine_borrow_catalogue(e, &c, error);
    if (status)
        return status;
    status = catalogue_read_state(c, &state, error);
    engine_return_catalogue(e, c);
    if (status)
        return status;
    XXH3_state_t digest;
    XXH3_64bits_reset(&digest);
    for (int i = 0; i < taxonomy_count(e->taxonomy); i++) {
        const char *id = taxonomy_id(e->taxonomy, i);
        XXH3_64bits_update(&digest, id, strlen(id) + 1);
    }
    int length =
        snprintf(e->mark, sizeof e->mark, "%s taxonomy %016" PRIx64 " catalogue %016" PRIx64,
                 vision_encoder(e->vision), (uint64_t)XXH3_64bits_digest(&digest), (uint64_t)state.identity);
    return length < (int)sizeof e->mark
               ? NACRE_OK
               : error_set(error, NACRE_ERROR_MODEL, "the encoder's name is too long: %s",
                           vision_encoder(e->vision));
}

// The sequence in the name of a snapshot, or -1.
static int64_t snapshot_sequence(const char *name) {
    char *end;
    int64_t sequence = strtoll(name, &end, 10);
    return end != name && strcmp(end, ".nacre") == 0 ? sequence : -1;
}

static char *snapshot_path(const engine *e, const char *name) {
    size_t bytes = strlen(e->snapshots) + strlen(name) + 2;
    char *path = memory_new(bytes, 1);
    if (path)
        snprintf(path, bytes, "%s/%s", e->snapshots, name);
    return path;
}

// Opens one snapshot into the engine, unless it is worse than the one there is, or bad.
static void try_snapshot(engine *e, const nacre_index_options *options, const char *name) {
    nacre_error error;
    nacre_index *index;
    int64_t sequence = snapshot_sequence(name);
    char *path = sequence > e->sequence ? snapshot_path(e, name) : NULL;
    if (!path)
        return;
    nacre_status status = nacre_index_open(path, options, &index, &error);
    if (status == NACRE_OK) {
        nacre_index_free(e->index);
        e->index = index;
        e->sequence = sequence;
    } else if (status != NACRE_ERROR_VERSION) {
        log_warning("%s; the index is read from the catalogue instead", error.message);
    }
    memory_free(path);
}

// The newest snapshot that counts, else an empty index.
static nacre_status open_index(engine *e, int threads, nacre_error *error) {
    nacre_index_options options = {
        .model = e->mark,
        .threads = (size_t)threads,
        .coarse_items = e->lists ? 0 : UINT64_MAX,
    };
    DIR *folder = opendir(e->snapshots);
    if (folder) {
        for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
            try_snapshot(e, &options, entry->d_name);
        closedir(folder);
    }
    return e->index ? NACRE_OK : nacre_index_new(&options, &e->index, error);
}

// Removes all snapshots but the one of this name.
static void remove_old_snapshots(const engine *e, const char *kept) {
    DIR *folder = opendir(e->snapshots);
    if (!folder)
        return;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (snapshot_sequence(entry->d_name) < 0 || strcmp(entry->d_name, kept) == 0)
            continue;
        char *path = snapshot_path(e, entry->d_name);
        if (path)
            unlink(path);
        memory_free(path);
    }
    closedir(folder);
}

nacre_status engine_save(engine *e, bool at_end, nacre_error *error) {
    nacre_index_statistics statistics;
    nacre_index_get_statistics(e->index, &statistics);
    size_t enough = statistics.items / 10 > SAVE_CHANGES ? statistics.items / 10 : SAVE_CHANGES;
    if (e->unsaved < (at_end ? SAVE_CHANGES_AT_END : enough))
        return NACRE_OK;
    char name[48];
    snprintf(name, sizeof name, "%" PRId64 ".nacre", e->sequence);
    char *path = snapshot_path(e, name);
    if (!path)
        return error_memory(error, "saving the index");
    nacre_status status = file_make_folder(e->snapshots, error);
    if (!status)
        status = nacre_index_save(e->index, path, error);
    if (!status) {
        remove_old_snapshots(e, name);
        e->unsaved = 0;
    }
    memory_free(path);
    return status;
}

// ---- Opening

nacre_status engine_open(const workspace *w, int threads, engine **result, nacre_error *error) {
    engine *e = memory_new(1, sizeof *e);
    if (!e)
        return error_memory(error, "starting");
    pthread_mutex_init(&e->mutex, NULL);
    e->workspace = w;
    size_t changes;
    e->snapshots = workspace_path(w, "index");
    nacre_status status = e->snapshots ? NACRE_OK : error_memory(error, "starting");
    if (!status)
        status = workspace_boolean(w, "search", "siblings", true, &e->siblings, error);
    if (!status)
        status = workspace_integer(w, "search", "lists", 0, UINT16_MAX, 0, &e->lists, error);
    if (!status)
        status = refine_setting(w, &e->refine, error);
    if (!status)
        status = taxonomy_open(w, &e->taxonomy, error);
    if (!status)
        status = vision_open(w, e->taxonomy, threads, &e->vision, error);
    if (!status)
        status = name_models(e, error);
    if (!status)
        status = picture_store_open_workspace(w, &e->pictures, error);
    if (!status)
        status = make_mark(e, error);
    if (!status)
        status = open_index(e, threads, error);
    if (!status)
        status = engine_follow(e, &changes, error);
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
    memory_free(e->snapshots);
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
        e->unsaved += intake->changes;
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

uint16_t engine_search_lists(const engine *e) {
    return (uint16_t)e->lists;
}

size_t engine_search_refine(const engine *e) {
    return e->refine;
}

nacre_status engine_borrow_catalogue(engine *e, catalogue **c, nacre_error *error) {
    catalogue *spare = NULL;
    pthread_mutex_lock(&e->mutex);
    if (e->spare_count)
        spare = e->spare[--e->spare_count];
    pthread_mutex_unlock(&e->mutex);
    if (!spare)
        return catalogue_open_workspace(e->workspace, c, error);
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
