// SPDX-License-Identifier: Apache-2.0
// The catalogue: shops, feed runs, products, pictures, items with their codes, and what is still to be done.
//
// This is the one interface to the store; sqlite.c is behind it. A catalogue object is one connection and
// belongs to one thread; several threads and processes open the same catalogue, each its own. Every function
// that writes is atomic: killed at any moment, the catalogue holds all of it or nothing.
//
// Texts and arrays in results live in the arena that the caller passes.
#ifndef NACRE_CATALOGUE_CATALOGUE_H
#define NACRE_CATALOGUE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/workspace.h"
#include "feed/feed.h"

typedef struct catalogue catalogue;

enum { CODE_BYTES = 16, FINE_BYTES = 128, PICTURE_HASH_HEX_BYTES = 65 };

// Opens or makes the catalogue in the file `path`. Error version: made by a newer nacre.
nacre_status catalogue_open(const char *path, catalogue **result, nacre_error *error) MUST_CHECK;
// That of the workspace, catalogue.sqlite.
nacre_status catalogue_open_workspace(const workspace *w, catalogue **result, nacre_error *error) MUST_CHECK;

void catalogue_close(catalogue *c);

// Which catalogue this is, and how many changes it has seen: what an index saved beside it is held against.
struct catalogue_state {
    int64_t identity; // drawn at random when it was made
    int64_t sequence; // number of the last change
};

nacre_status catalogue_read_state(catalogue *c, struct catalogue_state *state, nacre_error *error) MUST_CHECK;

// ---- Shops

struct catalogue_shop {
    int64_t id;
    const char *name;         // the operator's, also the mapping's file name: letters, digits, '-', '_', '.'
    const char *feed_address; // URL or absolute path
    enum feed_dialect dialect;
    int64_t products; // for sale now
};

nacre_status catalogue_add_shop(catalogue *c, const char *name, const char *feed_address,
                                enum feed_dialect dialect, int64_t *shop_id, nacre_error *error) MUST_CHECK;
// Forgets the shop with all of its products; catalogue_forget_pictures takes their pictures later.
nacre_status catalogue_remove_shop(catalogue *c, const char *name, nacre_error *error) MUST_CHECK;
nacre_status catalogue_find_shop(catalogue *c, const char *name, arena *a, struct catalogue_shop *shop,
                                 nacre_error *error) MUST_CHECK;
nacre_status catalogue_list_shops(catalogue *c, arena *a, struct catalogue_shop **shops, size_t *count,
                                  nacre_error *error) MUST_CHECK;

// ---- Feed runs: one reading of a shop's feed, committed as a whole

struct catalogue_run_counts {
    int64_t offers, fresh, changed, same, gone, bad, merged;
};

// ETag and Last-Modified of the last committed reading; NULL where there were none.
struct catalogue_feed_version {
    const char *etag;
    const char *last_modified;
};

struct catalogue_run {
    int64_t id;
    int64_t started_s, ended_s; // Unix time
    bool committed;
    bool complete;
    const char *message; // why it changed nothing, or what was noticed; NULL where all was good
    struct catalogue_run_counts counts;
};

// Between begin and commit/abandon nothing else may write through this connection. Readers see the old state.
nacre_status catalogue_begin_run(catalogue *c, int64_t shop_id, nacre_error *error) MUST_CHECK;
nacre_status catalogue_run_category(catalogue *c, const struct feed_category *category,
                                    nacre_error *error) MUST_CHECK;
nacre_status catalogue_run_offer(catalogue *c, const struct feed_offer *offer, nacre_error *error) MUST_CHECK;
nacre_status catalogue_run_variant(catalogue *c, const struct feed_offer *offer, const char *into,
                                   nacre_error *error) MUST_CHECK;
nacre_status catalogue_run_problem(catalogue *c, const struct feed_problem *problem,
                                   nacre_error *error) MUST_CHECK;
// Commits. Products that the feed lacks are gone only where `summary->complete`. Refuses (limit) a feed with
// less than `smallest_share_percent` of the products the shop had, 0: never.
nacre_status catalogue_commit_run(catalogue *c, const struct feed_summary *summary,
                                  const struct catalogue_feed_version *version, int smallest_share_percent,
                                  struct catalogue_run_counts *counts, nacre_error *error) MUST_CHECK;
// Rolls back all but the run's own record, its problems and `message`.
nacre_status catalogue_abandon_run(catalogue *c, const char *message, nacre_error *error) MUST_CHECK;

nacre_status catalogue_feed_version(catalogue *c, int64_t shop_id, arena *a,
                                    struct catalogue_feed_version *version, nacre_error *error) MUST_CHECK;
// The newest runs first, at most `limit`.
nacre_status catalogue_list_runs(catalogue *c, int64_t shop_id, size_t limit, arena *a,
                                 struct catalogue_run **runs, size_t *count, nacre_error *error) MUST_CHECK;
nacre_status catalogue_list_problems(catalogue *c, int64_t run_id, arena *a, struct feed_problem **problems,
                                     size_t *count, nacre_error *error) MUST_CHECK;

// ---- The shop's own categories, for the mapping

struct catalogue_shop_category {
    const char *id;
    const char *parent_id; // NULL at the top
    const char *name;
    const char *path; // names from the top, joined by " > "
    int64_t products; // for sale now, directly in it
};

nacre_status catalogue_list_shop_categories(catalogue *c, int64_t shop_id, arena *a,
                                            struct catalogue_shop_category **categories, size_t *count,
                                            nacre_error *error) MUST_CHECK;

// ---- Products

struct catalogue_product {
    int64_t id;
    int64_t shop_id;
    const char *shop;  // its name
    const char *offer; // the shop's id
    const char *name;
    const char *vendor;
    const char *description;
    const char *url;
    const char *currency;
    int64_t price_hundredths; // FEED_NO_PRICE where unknown
    int64_t old_price_hundredths;
    bool available;
    bool gone;
    const char *const *category_ids; // the shop's: its category, then the parents, nearest first
    size_t category_count;
    const char *category_path;
    const struct feed_param *params;
    size_t param_count;
    const char *const *pictures; // content hashes of the fetched ones, in the shop's order
    size_t picture_count;
    int64_t codes_due; // the change that its items are behind, 0: none
    int64_t same_as; // itself, or the smallest of those that are the same in other shops: searches know it by
                     // this
};

nacre_status catalogue_product(catalogue *c, int64_t product_id, arena *a, struct catalogue_product *product,
                               nacre_error *error) MUST_CHECK;
// Calls `each` for every product of the shop that is for sale, in the order of ids; the product lives until
// it returns.
nacre_status catalogue_each_product(catalogue *c, int64_t shop_id,
                                    nacre_status (*each)(void *context,
                                                         const struct catalogue_product *product),
                                    void *context, nacre_error *error) MUST_CHECK;

// ---- Pictures: addresses that feeds name, and the contents behind them

struct catalogue_address {
    int64_t id;
    const char *url;
    const char *etag; // of the last good answer; NULL where none
    const char *last_modified;
    int tries; // failed ones since the last good answer
};

enum catalogue_outcome {
    CATALOGUE_FETCHED,   // a picture came; its content may be an old acquaintance
    CATALOGUE_UNCHANGED, // the server said 304
    CATALOGUE_FAILED,
};

// What came of asking for one address.
struct catalogue_answer {
    int64_t address_id;
    enum catalogue_outcome outcome;
    int64_t next_try_s; // due again from then on; 0: never by itself (404, not a picture)
    const char *why;    // failed only
    // Fetched only.
    const char *hash;   // SHA-256 of the content in hex
    const char *format; // "jpeg", "png" …
    int width, height;  // upright
    int64_t size_bytes;
    const char *etag; // NULL where none
    const char *last_modified;
};

// Addresses to fetch now, of a shop (0: of all): never asked for, or due again at `now_s`. `retry` asks for
// the failed ones only, due or not. In the order of ids; `after` makes pages: pass 0, then the last id of the
// page before.
nacre_status catalogue_due_addresses(catalogue *c, int64_t shop_id, bool retry, int64_t now_s, int64_t after,
                                     size_t limit, arena *a, struct catalogue_address **addresses,
                                     size_t *count, nacre_error *error) MUST_CHECK;
nacre_status catalogue_count_due_addresses(catalogue *c, int64_t shop_id, bool retry, int64_t now_s,
                                           int64_t *count, nacre_error *error) MUST_CHECK;
// Records all of them in one transaction. A failure counts one try more and keeps the content of the last
// good answer.
nacre_status catalogue_put_answers(catalogue *c, const struct catalogue_answer *answers, size_t count,
                                   nacre_error *error) MUST_CHECK;

// A content that more than `most_products` products of the shop show is no picture of any of them ("no photo
// yet", a size chart): such contents are left out of the products' pictures, and taken in again once fewer
// show them. `*count` is how many are left out now.
nacre_status catalogue_mark_placeholders(catalogue *c, int64_t shop_id, int64_t most_products, int64_t *count,
                                         nacre_error *error) MUST_CHECK;

// Forgets the contents that no product for sale has shown for `keep_s`, with the items found on them, and the
// addresses that no product names any more; calls `remove` for each content. Looks for them only where the
// last look is `every_s` ago. The caller must be the only one that fetches pictures. Killed in between, the
// next call goes on.
nacre_status catalogue_forget_pictures(catalogue *c, int64_t now_s, int64_t keep_s, int64_t every_s,
                                       nacre_status (*remove)(void *context, const char *hash,
                                                              nacre_error *error),
                                       void *context, int64_t *removed, nacre_error *error) MUST_CHECK;

// ---- Items: what was found on pictures, with codes

struct catalogue_item {
    int64_t id;
    int64_t product_id;
    const char *picture; // content hash
    float box[4];        // x, y, width, height as fractions of the picture
    float score;
    const char *category; // of ours
    const char *seen;     // what the networks saw where that does not agree with the mapping; NULL
    uint8_t shape[CODE_BYTES];
    uint8_t colour[CODE_BYTES];
    const uint8_t *fine; // FINE_BYTES: the values behind the codes; NULL: of a nacre that did not keep them
};

// Products for sale with fetched pictures that have no items of this `model` yet, or whose pictures, name,
// categories or params changed since. `after` makes pages: pass 0, then the last product id of the page
// before.
nacre_status catalogue_due_products(catalogue *c, int64_t shop_id, const char *model, int64_t after,
                                    size_t limit, arena *a, struct catalogue_product **products,
                                    size_t *count, nacre_error *error) MUST_CHECK;
nacre_status catalogue_count_due_products(catalogue *c, int64_t shop_id, const char *model, int64_t *count,
                                          nacre_error *error) MUST_CHECK;

// Replaces the items of this product by `items` (their ids are given by the catalogue) and marks it as done
// by `model`, unless it changed since `product` was read: then it stays due. `mapped` is what the mapping
// said: a category id, "" for unmapped, "-" for ignored.
nacre_status catalogue_put_items(catalogue *c, const struct catalogue_product *product, const char *model,
                                 const char *mapped, const struct catalogue_item *items, size_t count,
                                 nacre_error *error) MUST_CHECK;

nacre_status catalogue_product_items(catalogue *c, int64_t product_id, arena *a,
                                     struct catalogue_item **items, size_t *count,
                                     nacre_error *error) MUST_CHECK;

// The fine values of these items, for the second stage of a search; `has` tells whether an item has them:
// false also for one that has just been removed.
nacre_status catalogue_fine_values(catalogue *c, const int64_t *item_ids, size_t count,
                                   uint8_t (*fine)[FINE_BYTES], bool *has, nacre_error *error) MUST_CHECK;

// The items of products for sale (of a shop, 0: of all) on which mapping and networks disagree, in the order
// of products; `after` makes pages as above, and a product's items stay together.
nacre_status catalogue_list_disagreements(catalogue *c, int64_t shop_id, int64_t after, size_t limit,
                                          arena *a, struct catalogue_item **items, size_t *count,
                                          nacre_error *error) MUST_CHECK;

// After the mapping of a shop changed (`digest` differs from the one kept): asks `resolve` for every product
// and makes those due whose answer is no longer what it was; then keeps the digest. `resolve` returns as
// `mapped` above.
nacre_status catalogue_mapping_changed(catalogue *c, int64_t shop_id, const char *digest,
                                       const char *(*resolve)(void *context,
                                                              const struct catalogue_product *product),
                                       void *context, nacre_error *error) MUST_CHECK;

// What the index in RAM needs of an item.
struct catalogue_index_entry {
    int64_t item_id;
    int64_t product_id; // of those that are the same in several shops, the smallest
    int64_t shop_id;
    int64_t brand_id; // equal for equal vendors, 0: none
    int64_t price_hundredths;
    bool available;
    bool removed; // the item or its product is gone
    const char *category;
    uint8_t shape[CODE_BYTES];
    uint8_t colour[CODE_BYTES];
};

// Every item of `model` whose state changed after `sequence` (0: all there are), in the order of change.
// `*last` is the sequence to pass next time.
nacre_status catalogue_each_change(catalogue *c, const char *model, int64_t sequence,
                                   nacre_status (*each)(void *context,
                                                        const struct catalogue_index_entry *entry),
                                   void *context, int64_t *last, nacre_error *error) MUST_CHECK;

// ---- The same product in several shops

// Joins what is the same in different shops, and parts what no longer is, among the products that changed
// since the last call: by barcode, by vendor and vendor's code, by picture, by almost equal codes of one
// vendor and category.
nacre_status catalogue_join_same(catalogue *c, nacre_error *error) MUST_CHECK;

// The product and those for sale that are the same in other shops, cheapest first.
nacre_status catalogue_same_products(catalogue *c, int64_t product_id, arena *a, int64_t **ids, size_t *count,
                                     nacre_error *error) MUST_CHECK;

// The operator's word that a product is the same as no other (`parted`), or that it may be again.
nacre_status catalogue_part(catalogue *c, int64_t product_id, bool parted, nacre_error *error) MUST_CHECK;

// The product that an item was found on. Error not-found.
nacre_status catalogue_item_product(catalogue *c, int64_t item_id, int64_t *product_id,
                                    nacre_error *error) MUST_CHECK;

// ---- Counts for doctor and metrics

struct catalogue_counts {
    int64_t shops, products, addresses, addresses_due, addresses_failed, pictures, items;
    int64_t last_run_s; // end of the newest committed run, 0: none
};

nacre_status catalogue_count(catalogue *c, struct catalogue_counts *counts, nacre_error *error) MUST_CHECK;

#endif
