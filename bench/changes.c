// SPDX-License-Identifier: Apache-2.0
// bench_changes [ITEMS [CHANGES_A_SECOND [COARSE_ITEMS]]]: how long one query takes, on the clock, while
// nothing changes and while another thread changes the index, by turns. Of the changes half set a price,
// three eighths replace or add an item and one eighth removes one, all at random, in small lots every 10 ms;
// commits are left to the index.
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nacre/nacre.h>

enum {
    K = 50,
    TURNS = 8,
    TURN_MS = 5000,
    SETTLE_MS = 500, // at the start of a turn, not counted: the last commits of the turn before
    LOT_MS = 10,
    LOADED_AT_ONCE = 65536,
};

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void fail(const nacre_error *error) {
    fprintf(stderr, "bench_changes: %s\n", error->message);
    exit(1);
}

// splitmix64 (Steele, Lea, Flood 2014)
static uint64_t random_bits(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void random_code(uint64_t *state, uint8_t code[NACRE_CODE_BYTES]) {
    uint64_t bits[2] = {random_bits(state), random_bits(state)};
    memcpy(code, bits, sizeof bits);
}

static nacre_item random_item(uint64_t *state, uint64_t number) {
    nacre_item item = {.item = number, .product = (int64_t)number, .price = 1000, .available = true};
    random_code(state, item.shape);
    random_code(state, item.colour);
    return item;
}

static void load(nacre_index *index, uint64_t items) {
    nacre_item *lot = calloc(LOADED_AT_ONCE, sizeof *lot);
    nacre_error error;
    uint64_t state = 1;
    for (uint64_t next = 0; lot && next < items;) {
        size_t count = 0;
        while (count < LOADED_AT_ONCE && next < items)
            lot[count++] = random_item(&state, next++);
        if (nacre_index_put(index, lot, count, &error) != NACRE_OK)
            fail(&error);
    }
    free(lot);
    if (nacre_index_commit(index, &error) != NACRE_OK)
        fail(&error);
}

// ---- The writer

struct writer {
    nacre_index *index;
    uint64_t items, state;
    size_t lot; // changes every LOT_MS
    atomic_bool writes, ends;
    uint64_t changes; // of the writer's thread, until it has ended
    double spent_ms;
};

static void change(struct writer *w) {
    nacre_error error;
    nacre_status status;
    uint64_t item = random_bits(&w->state) % w->items, kind = random_bits(&w->state) % 8;
    if (kind < 4) {
        nacre_offer offer = {
            .item = item, .price = (int64_t)(random_bits(&w->state) % 100000), .available = true};
        status = nacre_index_update(w->index, &offer, 1, &error);
    } else if (kind < 7) {
        nacre_item fresh = random_item(&w->state, item);
        status = nacre_index_put(w->index, &fresh, 1, &error);
    } else {
        status = nacre_index_remove(w->index, &item, 1, &error);
    }
    if (status != NACRE_OK)
        fail(&error);
}

static void sleep_until(double ms) {
    struct timespec t = {.tv_sec = (time_t)(ms / 1e3)};
    t.tv_nsec = (long)((ms - 1e3 * (double)t.tv_sec) * 1e6);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void *write_changes(void *argument) {
    struct writer *w = argument;
    while (!atomic_load(&w->ends)) {
        double start = now_ms(), due = start;
        for (; atomic_load(&w->writes); sleep_until(due)) {
            for (size_t i = 0; i < w->lot; i++)
                change(w);
            w->changes += w->lot;
            due += LOT_MS;
        }
        w->spent_ms += w->changes && due > start ? now_ms() - start : 0;
        sleep_until(now_ms() + 1);
    }
    return NULL;
}

// ---- The reader

struct times {
    double *ms;
    size_t count, capacity;
};

static void note(struct times *t, double ms) {
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 1024;
        t->ms = realloc(t->ms, t->capacity * sizeof *t->ms);
        if (!t->ms)
            abort();
    }
    t->ms[t->count++] = ms;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(struct times *t, size_t percent) {
    qsort(t->ms, t->count, sizeof *t->ms, compare);
    return t->ms[(t->count - 1) * percent / 100];
}

static void query_for_a_turn(nacre_index *index, uint64_t *state, struct times *times) {
    nacre_hit hits[K];
    nacre_error error;
    size_t found;
    double start = now_ms();
    for (double before = start; before < start + TURN_MS;) {
        nacre_query query = {.shape_weight = 1, .colour_weight = 1};
        random_code(state, query.shape);
        random_code(state, query.colour);
        before = now_ms();
        if (nacre_index_search(index, &query, 1, K, hits, &found, &error) != NACRE_OK)
            fail(&error);
        if (before > start + SETTLE_MS)
            note(times, now_ms() - before);
    }
}

int main(int argc, char **argv) {
    uint64_t items = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint64_t rate = argc > 2 ? strtoull(argv[2], NULL, 10) : 50000;
    // No lists, as in the program unless it is told to search with them.
    uint64_t coarse_items = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX;
    if (items < K || rate < 1000 / LOT_MS) {
        fprintf(stderr, "usage: bench_changes [ITEMS [CHANGES_A_SECOND [COARSE_ITEMS]]]\n");
        return 2;
    }
    nacre_error error;
    struct writer w = {.items = items, .state = 2, .lot = (size_t)(rate * LOT_MS / 1000)};
    nacre_index_options options = {.threads = 1, .coarse_items = coarse_items};
    if (nacre_index_new(&options, &w.index, &error) != NACRE_OK)
        fail(&error);
    load(w.index, items);
    pthread_t thread;
    if (pthread_create(&thread, NULL, write_changes, &w) != 0)
        return 1;
    struct times calm = {0}, busy = {0};
    uint64_t state = 3;
    for (unsigned turn = 0; turn < TURNS; turn++) {
        atomic_store(&w.writes, turn % 2);
        query_for_a_turn(w.index, &state, turn % 2 ? &busy : &calm);
    }
    atomic_store(&w.writes, false);
    atomic_store(&w.ends, true);
    pthread_join(thread, NULL);
    double calm99 = percentile(&calm, 99), busy99 = percentile(&busy, 99);
    printf("{\"items\":%" PRIu64
           ",\"ratio\":%.3f,\"changes_a_second\":%.0f,\"calm_p50_ms\":%.3f,\"busy_p50_ms\":%.3f,"
           "\"calm_p99_ms\":%.3f,\"busy_p99_ms\":%.3f,\"queries\":%zu}\n",
           items, calm99 / busy99, 1e3 * (double)w.changes / w.spent_ms, percentile(&calm, 50),
           percentile(&busy, 50), calm99, busy99, calm.count + busy.count);
    nacre_index_free(w.index);
    free(calm.ms);
    free(busy.ms);
    return 0;
}
