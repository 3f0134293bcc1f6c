// SPDX-License-Identifier: Apache-2.0
// The index: its life, and the writers' side of it.
//
// Writers gather changes (pending.h) under one lock; a commit, asked for or made by the committer's thread
// within a second, turns them into the next edition (commit.c) and swaps it in (edition.h). Searches
// (scan.c) pin the edition that is current when they begin, and take no lock. A snapshot file (snapshot.c)
// is an edition on disk.
#include "index/index.h"

#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "index/commit.h"
#include "index/lists.h"

enum { COMMIT_AFTER_MS = 250 }; // how long changes are gathered when nobody asks

const char *nacre_index_kernel(void) {
    return kernel_chosen()->name;
}

// ---- Life

nacre_status index_new(const nacre_index_options *options, nacre_index **result, nacre_error *error) {
    const char *model = options && options->model ? options->model : "";
    if (strlen(model) >= NACRE_MODEL_BYTES)
        return error_set(error, NACRE_ERROR_ARGUMENT, "the model's name is longer than %d bytes: %.64s...",
                         NACRE_MODEL_BYTES - 1, model);
    nacre_index *index = memory_new(1, sizeof *index);
    struct edition *empty = edition_new(0);
    if (!index || !empty) {
        memory_free(index);
        memory_free(empty);
        return error_memory(error, "making an index");
    }
    strcpy(index->model, model);
    index->coarse_items = options && options->coarse_items ? options->coarse_items : NACRE_COARSE_ITEMS;
    shelf_publish(&index->shelf, empty);
    pthread_mutex_init(&index->writer, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&index->wakes, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *result = index;
    return NACRE_OK;
}

static void publish(nacre_index *index, struct edition *next) {
    shelf_publish(&index->shelf, next);
    shelf_sweep(&index->shelf);
    if (index->shelf.retired)
        pthread_cond_signal(&index->wakes);
}

static nacre_status commit(nacre_index *index, nacre_error *error) {
    shelf_sweep(&index->shelf);
    if (index->pending.count == 0)
        return NACRE_OK;
    struct edition *next = commit_build(atomic_load(&index->shelf.current), &index->pending);
    if (!next)
        return error_memory(error, "making changes of the index visible; they are kept and tried again");
    publish(index, next);
    pending_clear(&index->pending);
    if (lists_are_due(next, index->coarse_items))
        pthread_cond_signal(&index->wakes);
    return NACRE_OK;
}

// Lays out one more segment in lists, where one is due.
static void make_lists(nacre_index *index) {
    struct edition *next = lists_build(atomic_load(&index->shelf.current), index->coarse_items);
    if (next)
        publish(index, next);
}

static bool is_idle(nacre_index *index) {
    return index->pending.count == 0 && !index->shelf.retired &&
           !lists_are_due(atomic_load(&index->shelf.current), index->coarse_items);
}

static void wait_until_due(nacre_index *index) {
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_nsec += COMMIT_AFTER_MS * 1000000L;
    due.tv_sec += due.tv_nsec / 1000000000L;
    due.tv_nsec %= 1000000000L;
    while (!index->ends && pthread_cond_timedwait(&index->wakes, &index->writer, &due) == 0)
        ;
}

// Commits what writers leave, makes lists, and frees what the last searches of an edition leave.
static void *run_committer(void *argument) {
    nacre_index *index = argument;
    pthread_mutex_lock(&index->writer);
    while (!index->ends) {
        if (is_idle(index))
            pthread_cond_wait(&index->wakes, &index->writer);
        wait_until_due(index);
        (void)!commit(index, NULL); // out of memory: the next turn tries again
        make_lists(index);
    }
    pthread_mutex_unlock(&index->writer);
    return NULL;
}

nacre_status index_start(nacre_index *index, const nacre_index_options *options, nacre_error *error) {
    index->threads = options && options->threads ? options->threads : processor_count();
    if (index->threads > 1) {
        nacre_status status = pool_new(index->threads - 1, 4 * index->threads, &index->pool, error);
        if (status != NACRE_OK)
            return status;
    }
    int failed_with = pthread_create(&index->committer, NULL, run_committer, index);
    if (failed_with)
        return error_errno(error, failed_with, "starting the index's thread");
    index->has_committer = true;
    return NACRE_OK;
}

nacre_status nacre_index_new(const nacre_index_options *options, nacre_index **result, nacre_error *error) {
    nacre_index *index;
    nacre_status status = index_new(options, &index, error);
    if (status != NACRE_OK)
        return status;
    status = index_start(index, options, error);
    if (status != NACRE_OK) {
        nacre_index_free(index);
        return status;
    }
    *result = index;
    return NACRE_OK;
}

void nacre_index_free(nacre_index *index) {
    if (!index)
        return;
    if (index->has_committer) {
        pthread_mutex_lock(&index->writer);
        index->ends = true;
        pthread_cond_signal(&index->wakes);
        pthread_mutex_unlock(&index->writer);
        pthread_join(index->committer, NULL);
    }
    pool_free(index->pool);
    shelf_publish(&index->shelf, NULL);
    shelf_sweep(&index->shelf);
    pending_fini(&index->pending);
    sellers_fini(&index->sellers);
    pthread_cond_destroy(&index->wakes);
    pthread_mutex_destroy(&index->writer);
    memory_free(index);
}

// ---- Changes

// Notes one change, the writer's lock held.
static nacre_status note(nacre_index *index, const struct change *change, nacre_error *error) {
    if (pending_is_full(&index->pending)) {
        nacre_status status = commit(index, error);
        if (status != NACRE_OK)
            return status;
    }
    if (!pending_add(&index->pending, change))
        return error_memory(error, "changing the index");
    if (index->pending.count == 1)
        pthread_cond_signal(&index->wakes);
    return NACRE_OK;
}

static nacre_status check_item_number(uint64_t item, nacre_error *error) {
    if (item > UINT32_MAX)
        return error_set(error, NACRE_ERROR_ARGUMENT, "item %llu: numbers in the index are below 2^32",
                         (unsigned long long)item);
    return NACRE_OK;
}

static nacre_status check_items(const nacre_item *items, size_t count, nacre_error *error) {
    for (size_t i = 0; i < count; i++) {
        nacre_status status = check_item_number(items[i].item, error);
        if (status != NACRE_OK)
            return status;
        if (items[i].product < 0 || items[i].product > UINT32_MAX)
            return error_set(error, NACRE_ERROR_ARGUMENT,
                             "item %llu: product %lld: numbers in the index are from 0 to 2^32 - 1",
                             (unsigned long long)items[i].item, (long long)items[i].product);
    }
    return NACRE_OK;
}

static uint32_t pack_offer(int64_t price, bool available) {
    uint32_t kept = price < 0 ? PRICE_UNKNOWN : price > PRICE_HIGHEST ? PRICE_HIGHEST : (uint32_t)price;
    return kept << 1 | available;
}

static nacre_status put(nacre_index *index, const nacre_item *item, nacre_error *error) {
    struct change change = {.kind = CHANGE_PUT};
    struct row *row = &change.row;
    nacre_status status =
        sellers_intern(&index->sellers, (struct seller){item->shop, item->brand}, &row->seller, error);
    if (status != NACRE_OK)
        return status;
    row->item = (uint32_t)item->item;
    row->product = (uint32_t)item->product;
    row->offer = pack_offer(item->price, item->available);
    row->category = item->category;
    memcpy(row->shape, item->shape, CODE_BYTES);
    memcpy(row->colour, item->colour, CODE_BYTES);
    return note(index, &change, error);
}

nacre_status nacre_index_put(nacre_index *index, const nacre_item *items, size_t count, nacre_error *error) {
    nacre_status status = check_items(items, count, error);
    if (status != NACRE_OK)
        return status;
    pthread_mutex_lock(&index->writer);
    for (size_t i = 0; i < count && status == NACRE_OK; i++) {
        status = put(index, &items[i], error);
        if (status != NACRE_OK)
            error_prefix(error, status, "item %llu", (unsigned long long)items[i].item);
    }
    pthread_mutex_unlock(&index->writer);
    return status;
}

nacre_status nacre_index_remove(nacre_index *index, const uint64_t *items, size_t count, nacre_error *error) {
    nacre_status status = NACRE_OK;
    pthread_mutex_lock(&index->writer);
    for (size_t i = 0; i < count && status == NACRE_OK; i++) {
        struct change change = {.kind = CHANGE_REMOVE, .row.item = (uint32_t)items[i]};
        if (items[i] <= UINT32_MAX)
            status = note(index, &change, error);
    }
    pthread_mutex_unlock(&index->writer);
    return status;
}

nacre_status nacre_index_update(nacre_index *index, const nacre_offer *offers, size_t count,
                                nacre_error *error) {
    nacre_status status = NACRE_OK;
    pthread_mutex_lock(&index->writer);
    for (size_t i = 0; i < count && status == NACRE_OK; i++) {
        struct change change = {
            .kind = CHANGE_OFFER,
            .row = {.item = (uint32_t)offers[i].item,
                    .offer = pack_offer(offers[i].price, offers[i].available)},
        };
        if (offers[i].item <= UINT32_MAX)
            status = note(index, &change, error);
    }
    pthread_mutex_unlock(&index->writer);
    return status;
}

nacre_status nacre_index_commit(nacre_index *index, nacre_error *error) {
    pthread_mutex_lock(&index->writer);
    nacre_status status = commit(index, error);
    if (status == NACRE_OK)
        make_lists(index);
    pthread_mutex_unlock(&index->writer);
    return status;
}

// ---- Statistics

void nacre_index_get_statistics(nacre_index *index, nacre_index_statistics *statistics) {
    pthread_mutex_lock(&index->writer);
    const struct edition *e = atomic_load(&index->shelf.current); // stays: the writer's lock is ours
    *statistics = (nacre_index_statistics){
        .items = e->live,
        .replaced = e->dead,
        .pending = index->pending.count,
        .segments = (uint32_t)e->count,
        .kernel = nacre_index_kernel(),
        .memory_bytes =
            sizeof *index + sizeof *e + sellers_bytes(&index->sellers) + pending_bytes(&index->pending),
    };
    const struct segment *last_centres = NULL;
    for (size_t i = 0; i < e->count; i++) {
        const struct view *v = &e->views[i];
        statistics->memory_bytes += sizeof *v + sizeof *v->segment + segment_bytes(v->segment->rows);
        const struct segment *centres = v->segment->centres;
        if (centres) {
            statistics->coarse_items += v->live;
            statistics->memory_bytes += centres->rows * sizeof *v->segment->list_ends;
        }
        if (centres && centres != last_centres)
            statistics->memory_bytes += sizeof *centres + segment_bytes(centres->rows);
        last_centres = centres ? centres : last_centres;
        statistics->memory_bytes += v->dead ? block_count(v->segment->rows) * sizeof *v->dead : 0;
        statistics->categories += i == 0 || v->segment->category != v[-1].segment->category;
    }
    pthread_mutex_unlock(&index->writer);
}
