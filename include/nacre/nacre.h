// SPDX-License-Identifier: Apache-2.0
// libnacre: visual search for fashion, for use from other programs.
//
// Functions that can fail return a nacre_status and write their result through the last parameter, on
// success only. The words for a person go to a nacre_error that the caller owns (NULL: not wanted).
#ifndef NACRE_NACRE_H
#define NACRE_NACRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NACRE_API __attribute__((visibility("default")))

typedef enum nacre_status {
    NACRE_OK = 0,
    NACRE_ERROR_MEMORY,    // an allocation failed
    NACRE_ERROR_ARGUMENT,  // the caller passed something that can never work
    NACRE_ERROR_IO,        // a file could not be read or written
    NACRE_ERROR_FORMAT,    // bytes from outside are not what they should be
    NACRE_ERROR_LIMIT,     // something from outside is larger, deeper or slower than allowed
    NACRE_ERROR_NOT_FOUND, // no such file, product, category, workspace ...
    NACRE_ERROR_EXISTS,    // it is already there
    NACRE_ERROR_VERSION,   // written by a newer nacre, or by another model
    NACRE_ERROR_NETWORK,   // a server could not be reached or answered with an error
    NACRE_ERROR_DATABASE,  // the catalogue's database failed
    NACRE_ERROR_MODEL,     // a network could not be loaded or run
    NACRE_ERROR_BUSY,      // a bounded queue is full; try again later
    NACRE_ERROR_CANCELLED, // stopped at the caller's wish
} nacre_status;

enum { NACRE_ERROR_MESSAGE_BYTES = 1024 };

// What went wrong, for a person: what was being done, on what, and what to do next.
typedef struct nacre_error {
    nacre_status status;
    char message[NACRE_ERROR_MESSAGE_BYTES]; // one line, no line feed, UTF-8
} nacre_error;

// The version as "MAJOR.MINOR.PATCH"; static storage.
NACRE_API const char *nacre_version(void);

// The status as a short lower-case word such as "not-found"; static storage.
NACRE_API const char *nacre_status_word(nacre_status status);

// ---- The index: codes in RAM, searched exactly, or approximately at a query's wish ----------------------
//
// Items (one garment, shoe, bag on a picture) with a shape and a colour code of 128 bits each, and what a
// search may filter by. A search finds the k items of smallest weighted distance
//
//     distance = s * H(shape) + c * H(colour)        H: the number of differing bits
//
// among all that pass its categories and filter: exactly (unless the query asks for less, see
// nacre_index_search), ties by item number, each product once, with its best item. Similarity is 1 - distance
// / (128 * (s + c)).
//
// Changes are gathered and become visible together: at nacre_index_commit, or by themselves within a second.
//
// Threads: any number of threads may search, change, save and ask for statistics at once. A search sees the
// index as one commit left it (prices and availability: as they are now) and never waits for a writer.
// Writers wait for each other.
//
// Memory: 47 bytes an item and less than 1 for bookkeeping; nacre_index_get_statistics tells.
// Time: a search reads 16 or 32 bytes for each item of its categories; see bench/README.md.

typedef struct nacre_index nacre_index;

enum {
    NACRE_CODE_BYTES = 16,
    NACRE_MODEL_BYTES = 128,      // of a model's name, with the 0 byte behind it
    NACRE_MAX_HITS = 1000,        // largest k
    NACRE_MAX_QUERIES = 1024,     // largest batch
    NACRE_COARSE_ITEMS = 5000000, // of a category, from which it can be searched approximately
};

typedef struct nacre_item {
    uint64_t item;   // the caller's number of it, below 2^32
    int64_t product; // 0 .. 2^32 - 1
    int64_t price;   // in hundredths; above 21 474 836.46 it is held as that; below 0: unknown
    uint32_t shop;
    uint32_t brand;
    uint16_t category;
    bool available;
    uint8_t shape[NACRE_CODE_BYTES];
    uint8_t colour[NACRE_CODE_BYTES];
} nacre_item;

// What changes every day, without the codes.
typedef struct nacre_offer {
    uint64_t item;
    int64_t price; // as in nacre_item
    bool available;
} nacre_offer;

// All zero: everything passes. An array of length 0 does not filter; arrays are read during the call only.
typedef struct nacre_filter {
    const uint32_t *shops; // any of these
    size_t shop_count;
    const uint32_t *brands; // any of these
    size_t brand_count;
    int64_t price_min; // in hundredths
    int64_t price_max; // 0: no limit
    bool only_available;
    bool without_product; // leave out `not_product`
    int64_t not_product;
} nacre_filter;

typedef struct nacre_query {
    uint8_t shape[NACRE_CODE_BYTES];
    uint8_t colour[NACRE_CODE_BYTES];
    uint8_t shape_weight;       // s; not both 0
    uint8_t colour_weight;      // c
    const uint16_t *categories; // any of these, in any order; NULL: all
    size_t category_count;
    nacre_filter filter;
    uint16_t lists; // 0: exact; else see nacre_index_search
} nacre_query;

typedef struct nacre_hit {
    uint64_t item;
    int64_t product;
    uint32_t distance; // weighted
    uint16_t category;
    uint8_t shape_distance;  // 0 .. 128
    uint8_t colour_distance; // 0 .. 128
} nacre_hit;

typedef struct nacre_index_options {
    // What made the codes, such as "encoder 3 (5f2c…)"; codes of different models are never compared. A
    // snapshot of another model is refused. At most NACRE_MODEL_BYTES - 1 bytes; NULL: "".
    const char *model;
    size_t threads; // for one search, the caller's included; 0: one per processor
    // A category of at least so many items is laid out for approximate searches, in the background; 0:
    // NACRE_COARSE_ITEMS, UINT64_MAX: none.
    uint64_t coarse_items;
} nacre_index_options;

typedef struct nacre_index_statistics {
    uint64_t items;        // found by searches
    uint64_t replaced;     // rows of removed and replaced items that wait to be cleared away
    uint64_t pending;      // changes that wait for a commit
    uint64_t coarse_items; // laid out for approximate searches
    uint64_t memory_bytes; // all of the index, with what is mapped from a snapshot
    uint32_t categories;   // that have items
    uint32_t segments;
    const char *kernel; // as nacre_index_kernel
} nacre_index_statistics;

// An empty index. `options` NULL: the defaults. Errors: memory, argument.
NACRE_API nacre_status nacre_index_new(const nacre_index_options *options, nacre_index **index,
                                       nacre_error *error);

// Stops its threads and frees it; no call may be running. NULL is allowed.
NACRE_API void nacre_index_free(nacre_index *index);

// Adds items, or replaces those of the same number. Errors: argument (nothing was taken), memory (items
// before the one named were taken).
NACRE_API nacre_status nacre_index_put(nacre_index *index, const nacre_item *items, size_t count,
                                       nacre_error *error);

// Removes items; numbers that are not there are passed over.
NACRE_API nacre_status nacre_index_remove(nacre_index *index, const uint64_t *items, size_t count,
                                          nacre_error *error);

// Sets price and availability; numbers that are not there are passed over.
NACRE_API nacre_status nacre_index_update(nacre_index *index, const nacre_offer *offers, size_t count,
                                          nacre_error *error);

// Makes all changes of before the call visible to searches that begin after it. On failure (memory) they
// are kept and tried again later. Best called once for many changes: it reads 4 bytes for each item. After
// that it lays out up to a quarter of a million items for approximate searches, where that is due: half a
// second, the first time in a category a whole one.
NACRE_API nacre_status nacre_index_commit(nacre_index *index, nacre_error *error);

// Searches for one query or a batch (which is several times faster than as many single searches).
// Query i's hits, best first, go to hits[i * k] and on, their number (at most k) to found[i].
//
// A query whose `lists` is above 0 is approximate where a category has the `coarse_items` of
// nacre_index_options: of up to 4096 lists of similar items there it looks only into so many, the nearest
// ones by its own weights, and can miss what lies in others. What it finds, it weighs and sorts as ever.
// Where few items pass its filter, and among items that are not laid out yet, it is exact. Of the 50 best of
// 5 million real codes with bit noise 2 lists find 0.995 at weights 1:1, 5 lists 0.991 at 2:8 and 9 lists
// 0.993 at 10:1, 30 to 43 times faster than exact; see bench/README.md.
//
// Errors: argument (weights both 0, k or query_count too large), memory.
NACRE_API nacre_status nacre_index_search(nacre_index *index, const nacre_query *queries, size_t query_count,
                                          size_t k, nacre_hit *hits, size_t *found, nacre_error *error);

NACRE_API void nacre_index_get_statistics(nacre_index *index, nacre_index_statistics *statistics);

// Commits, then writes everything to a snapshot file, aside and renamed. Searches and changes go on
// meanwhile. Errors: io, memory.
NACRE_API nacre_status nacre_index_save(nacre_index *index, const char *path, nacre_error *error);

// Opens a snapshot: maps it into memory (so `path` may be replaced, but must not be changed in place) after
// checking every block's checksum. Errors: not-found, io, format (cut or damaged: says where), version
// (another model, or written by a newer nacre), memory.
NACRE_API nacre_status nacre_index_open(const char *path, const nacre_index_options *options,
                                        nacre_index **index, nacre_error *error);

// The kernel in use, such as "avx2": the fastest this processor has, or the one forced by the environment's
// NACRE_SIMD (plain, avx2, avx512, neon). Static storage.
NACRE_API const char *nacre_index_kernel(void);

#ifdef __cplusplus
}
#endif

#endif
