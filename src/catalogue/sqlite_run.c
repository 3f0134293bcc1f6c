// SPDX-License-Identifier: Apache-2.0
// Feed runs: one reading of a shop's feed becomes one transaction.
//
// An offer is looked up by the shop's id in the narrow table `offer`; equal digests mean that nothing else is
// read or written for it. Which products and variants were seen is kept in RAM (a bit, or eight bytes, each),
// not in the database, so that the second reading of an unchanged feed writes next to nothing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/memory.h"
#include "catalogue/sqlite.h"
#include "feed/variants.h"

enum { PROBLEMS_KEPT = 1000 };

// What the variants of one product amount to in this run. They mostly come side by side; what comes apart is
// added up at the end.
struct product_variants {
    int64_t product_id;
    int64_t digest; // sum over the variants' digests, so that their order does not matter
    bool available; // any of them
};

struct run {
    int64_t shop_id;
    int64_t started_s;
    int64_t sequence;
    int64_t products_before; // for sale when the run began
    struct catalogue_run_counts counts;
    GByteArray *seen_products;          // a bit a product id
    GArray *variants;                   // of struct product_variants; sorted by product once all have come
    struct variant_table seen_variants; // digests of product id and offer id
    char *last_into;                    // what the last variant belonged to, NULL: none came yet
    int64_t last_product_id;
    GPtrArray *problems; // struct feed_problem, kept apart since a run that is rolled back tells them too
    arena problem_texts;
};

void run_free(struct run *run) {
    if (!run)
        return;
    g_byte_array_unref(run->seen_products);
    g_array_unref(run->variants);
    variant_table_fini(&run->seen_variants);
    g_free(run->last_into);
    g_ptr_array_unref(run->problems);
    arena_fini(&run->problem_texts);
    memory_free(run);
}

static bool is_seen(const struct run *run, int64_t product_id) {
    size_t byte = (size_t)product_id / 8;
    return byte < run->seen_products->len && (run->seen_products->data[byte] >> (product_id % 8) & 1);
}

static void mark_seen(struct run *run, int64_t product_id) {
    guint byte = (guint)(product_id / 8);
    guint length = run->seen_products->len;
    if (byte >= length) {
        g_byte_array_set_size(run->seen_products, byte + 1024);
        memset(run->seen_products->data + length, 0, byte + 1024 - length);
    }
    run->seen_products->data[byte] |= (guint8)(1 << (product_id % 8));
}

static nacre_status count_for_sale(catalogue *c, int64_t shop_id, int64_t *count, nacre_error *error) {
    return sql_number(c, "SELECT count(*) FROM product WHERE shop = ? AND gone = 0", VALUES(NUMBER(shop_id)),
                      "counting products", count, error);
}

nacre_status catalogue_begin_run(catalogue *c, int64_t shop_id, nacre_error *error) {
    if (c->run)
        return error_set(error, NACRE_ERROR_ARGUMENT, "a feed run is in progress on this connection already");
    struct run *run = memory_new(1, sizeof *run);
    if (!run)
        return error_memory(error, "reading a feed");
    run->shop_id = shop_id;
    run->started_s = time(NULL);
    run->seen_products = g_byte_array_new();
    run->variants = g_array_new(FALSE, FALSE, sizeof(struct product_variants));
    run->problems = g_ptr_array_new();
    arena_init(&run->problem_texts, 8 * 1024 * 1024);
    nacre_status status = sql_begin(c, "reading a feed", error);
    if (!status)
        status = sql_next_sequence(c, &run->sequence, error);
    if (!status)
        status = count_for_sale(c, shop_id, &run->products_before, error);
    if (status) {
        status = sql_end(c, status, "reading a feed", error);
        run_free(run);
        return status;
    }
    c->run = run;
    return NACRE_OK;
}

static nacre_status put_category(catalogue *c, const char *id, const char *parent, const char *name,
                                 nacre_error *error) {
    static const char sql[] = "INSERT INTO shop_category VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
                              " SET parent = ?3, name = ?4 WHERE parent IS NOT ?3 OR name IS NOT ?4";
    return sql_write(c, sql, VALUES(NUMBER(c->run->shop_id), TEXT(id), TEXT(parent), TEXT(name ? name : id)),
                     "cataloguing categories", error);
}

nacre_status catalogue_run_category(catalogue *c, const struct feed_category *category, nacre_error *error) {
    return put_category(c, category->id, category->parent_id, category->name, error);
}

// A path without ids ("A > B > C") becomes categories whose ids are the paths: "A", "A > B", "A > B > C".
static nacre_status put_path(catalogue *c, const char *path, arena *a, nacre_error *error) {
    const char *parent = NULL;
    for (const char *end = path; *end;) {
        const char *next = strstr(end, " > ");
        size_t length = next ? (size_t)(next - path) : strlen(path);
        char *id = arena_text_n(a, path, length);
        if (!id)
            return error_memory(error, "cataloguing categories");
        nacre_status status = put_category(c, id, parent, id + (end - path), error);
        if (status)
            return status;
        parent = id;
        end = next ? next + 3 : path + length;
    }
    return NACRE_OK;
}

// ---- Digests of what a feed says of an offer

static void digest_text(XXH3_state_t *state, const char *text) {
    // The 0 byte keeps ("ab", "c") apart from ("a", "bc"); 1 stands for an absent text.
    if (text)
        XXH3_64bits_update(state, text, strlen(text) + 1);
    else
        XXH3_64bits_update(state, "\1", 1);
}

static void digest_number(XXH3_state_t *state, int64_t number) {
    XXH3_64bits_update(state, &number, sizeof number);
}

// Never 0, which stands for a product that is gone.
static int64_t digest_value(const XXH3_state_t *state) {
    uint64_t digest = XXH3_64bits_digest(state);
    return digest ? (int64_t)digest : 1;
}

// What codes and mapping depend on: pictures, name, categories, params.
static void digest_codes(XXH3_state_t *state, const struct feed_offer *offer) {
    for (size_t i = 0; i < offer->picture_count; i++)
        digest_text(state, offer->pictures[i]);
    digest_text(state, offer->name);
    digest_text(state, offer->category_path);
    for (size_t i = 0; i < offer->category_count; i++)
        digest_text(state, offer->category_ids[i]);
    for (size_t i = 0; i < offer->param_count; i++) {
        digest_text(state, offer->params[i].name);
        digest_text(state, offer->params[i].unit);
        digest_text(state, offer->params[i].value);
    }
}

static void digest_rest(XXH3_state_t *state, const struct feed_offer *offer) {
    const char *const texts[] = {offer->group_id, offer->vendor,  offer->vendor_code, offer->description,
                                 offer->url,      offer->barcode, offer->currency};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        digest_text(state, texts[i]);
    digest_number(state, offer->price_hundredths);
    digest_number(state, offer->old_price_hundredths);
    digest_number(state, offer->available);
}

// ---- Offers

struct known_offer {
    int64_t product_id; // 0: not known
    int64_t digest;
    int64_t codes_digest;
};

static nacre_status find_offer(catalogue *c, const char *offer, struct known_offer *known,
                               nacre_error *error) {
    static const char sql[] = "SELECT product, digest, codes_digest FROM offer WHERE shop = ? AND offer = ?";
    sqlite3_stmt *statement;
    bool row;
    *known = (struct known_offer){0};
    nacre_status status = sql_start(c, sql, VALUES(NUMBER(c->run->shop_id), TEXT(offer)), &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "looking for an offer", &row, error);
    if (status || !row)
        return status;
    *known = (struct known_offer){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                                  sqlite3_column_int64(statement, 2)};
    sqlite3_reset(statement);
    return NACRE_OK;
}

static nacre_status vendor_id(catalogue *c, const char *name, int64_t *id, nacre_error *error) {
    *id = 0;
    if (!name || !*name)
        return NACRE_OK;
    nacre_status status = sql_number(c, "SELECT id FROM vendor WHERE name = ?", VALUES(TEXT(name)),
                                     "looking for a vendor", id, error);
    if (status || *id)
        return status;
    status = sql_write(c, "INSERT INTO vendor (name) VALUES (?)", VALUES(TEXT(name)), "cataloguing a vendor",
                       error);
    *id = sqlite3_last_insert_rowid(c->db);
    return status;
}

// Texts in one column are kept one a line; a tab stands between a param's name, unit and value.
static void append_field(GString *text, const char *field, char end) {
    for (const char *p = field ? field : ""; *p; p++)
        g_string_append_c(text, *p == '\n' || *p == '\t' || *p == '\r' ? ' ' : *p);
    g_string_append_c(text, end);
}

static GString *join_categories(const struct feed_offer *offer) {
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < offer->category_count; i++)
        append_field(text, offer->category_ids[i], '\n');
    if (offer->category_count == 0 && offer->category_path)
        append_field(text, offer->category_path, '\n');
    return text;
}

static GString *join_params(const struct feed_offer *offer) {
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < offer->param_count; i++) {
        append_field(text, offer->params[i].name, '\t');
        append_field(text, offer->params[i].unit, '\t');
        append_field(text, offer->params[i].value, '\n');
    }
    return text;
}

static nacre_status put_product_row(catalogue *c, const struct feed_offer *offer, bool codes_changed,
                                    int64_t *id, nacre_error *error) {
    static const char insert[] =
        "INSERT INTO product (shop, vendor, price, own_available, available, category, sequence,"
        " codes_due, gone) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?6, 0)";
    static const char update[] =
        "UPDATE product SET vendor = ?2, price = ?3, own_available = ?4, available "
        "= ?4, category = ?5, sequence = ?6,"
        " same_due = 1, gone = 0, variants_digest = -(variants_digest != 0), codes_due = iif(?8, "
        "?6, codes_due) WHERE id = ?7";
    int64_t vendor;
    nacre_status status = vendor_id(c, offer->vendor, &vendor, error);
    if (status)
        return status;
    const char *category = offer->category_count ? offer->category_ids[0] : offer->category_path;
    status = sql_write(c, *id ? update : insert,
                       VALUES(NUMBER(c->run->shop_id), NUMBER(vendor), NUMBER(offer->price_hundredths),
                              NUMBER(offer->available), TEXT(category), NUMBER(c->run->sequence), NUMBER(*id),
                              NUMBER(codes_changed)),
                       "cataloguing a product", error);
    if (!status && !*id)
        *id = sqlite3_last_insert_rowid(c->db);
    return status;
}

static nacre_status put_product_text(catalogue *c, const struct feed_offer *offer, int64_t id,
                                     nacre_error *error) {
    static const char sql[] =
        "INSERT OR REPLACE INTO product_text VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    GString *categories = join_categories(offer);
    GString *params = join_params(offer);
    nacre_status status =
        sql_write(c, sql,
                  VALUES(NUMBER(id), TEXT(offer->id), TEXT(offer->group_id), TEXT(offer->name),
                         TEXT(offer->vendor), TEXT(offer->vendor_code), TEXT(offer->description),
                         TEXT(offer->url), TEXT(offer->barcode), TEXT(offer->currency),
                         NUMBER(offer->old_price_hundredths), TEXT(categories->str), TEXT(params->str)),
                  "cataloguing a product", error);
    g_string_free(categories, TRUE);
    g_string_free(params, TRUE);
    return status;
}

static nacre_status address_id(catalogue *c, const char *url, int64_t *id, nacre_error *error) {
    int64_t digest = (int64_t)XXH3_64bits(url, strlen(url));
    nacre_status status =
        sql_number(c, "SELECT id FROM address WHERE url_digest = ? AND url = ?",
                   VALUES(NUMBER(digest), TEXT(url)), "looking for a picture's address", id, error);
    if (status || *id)
        return status;
    status = sql_write(c, "INSERT INTO address (url_digest, url) VALUES (?, ?)",
                       VALUES(NUMBER(digest), TEXT(url)), "cataloguing a picture's address", error);
    *id = sqlite3_last_insert_rowid(c->db);
    return status;
}

static nacre_status put_pictures(catalogue *c, const struct feed_offer *offer, int64_t product_id,
                                 bool is_new, nacre_error *error) {
    nacre_status status = NACRE_OK;
    if (!is_new)
        status = sql_write(c, "DELETE FROM product_picture WHERE product = ?", VALUES(NUMBER(product_id)),
                           "cataloguing pictures", error);
    for (size_t i = 0; i < offer->picture_count && !status; i++) {
        int64_t address;
        status = address_id(c, offer->pictures[i], &address, error);
        if (!status)
            status = sql_write(c, "INSERT INTO product_picture VALUES (?, ?, ?)",
                               VALUES(NUMBER(product_id), NUMBER((int64_t)i), NUMBER(address)),
                               "cataloguing pictures", error);
    }
    return status;
}

static nacre_status put_digests(catalogue *c, const char *offer, const struct known_offer *digests,
                                nacre_error *error) {
    return sql_write(c, "INSERT OR REPLACE INTO offer VALUES (?, ?, ?, ?, ?)",
                     VALUES(NUMBER(c->run->shop_id), TEXT(offer), NUMBER(digests->product_id),
                            NUMBER(digests->digest), NUMBER(digests->codes_digest)),
                     "cataloguing an offer", error);
}

nacre_status catalogue_run_offer(catalogue *c, const struct feed_offer *offer, nacre_error *error) {
    struct run *run = c->run;
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    digest_codes(&state, offer);
    int64_t codes_digest = digest_value(&state);
    digest_rest(&state, offer);
    int64_t digest = digest_value(&state);

    struct known_offer known;
    nacre_status status = find_offer(c, offer->id, &known, error);
    if (status)
        return status;
    run->counts.offers++;
    bool is_new = known.product_id == 0;
    if (known.digest == digest) {
        run->counts.same++;
        mark_seen(run, known.product_id);
        return NACRE_OK;
    }
    int64_t id = known.product_id;
    bool codes_changed = codes_digest != known.codes_digest;
    status = put_product_row(c, offer, codes_changed, &id, error);
    if (!status)
        status = put_product_text(c, offer, id, error);
    if (!status && codes_changed)
        status = put_pictures(c, offer, id, is_new, error);
    if (!status && codes_changed && offer->category_count == 0 && offer->category_path) {
        arena a;
        arena_init(&a, 1024 * 1024);
        status = put_path(c, offer->category_path, &a, error);
        arena_fini(&a);
    }
    if (!status)
        status = put_digests(c, offer->id, &(struct known_offer){id, digest, codes_digest}, error);
    if (status)
        return status;
    if (known.digest == 0)
        run->counts.fresh++; // also one that was gone and is back
    else
        run->counts.changed++;
    mark_seen(run, id);
    return NACRE_OK;
}

// ---- Variants

static uint64_t variant_key(int64_t product_id, const char *offer) {
    uint64_t key = XXH3_64bits_withSeed(offer, strlen(offer), (XXH64_hash_t)product_id);
    return key ? key : 1; // 0 is a free place of the table
}

// An unchanged variant is looked up, not written.
static nacre_status put_variant(catalogue *c, const struct feed_offer *offer, int64_t product_id,
                                int64_t digest, nacre_error *error) {
    int64_t known;
    nacre_status status =
        sql_number(c, "SELECT digest FROM variant WHERE product = ? AND offer = ?",
                   VALUES(NUMBER(product_id), TEXT(offer->id)), "looking for a variant", &known, error);
    if (status || known == digest)
        return status;
    GString *params = join_params(offer);
    status =
        sql_write(c, "INSERT OR REPLACE INTO variant VALUES (?, ?, ?, ?, ?, ?, ?)",
                  VALUES(NUMBER(product_id), TEXT(offer->id), NUMBER(digest), NUMBER(offer->price_hundredths),
                         NUMBER(offer->available), TEXT(offer->url), TEXT(params->str)),
                  "cataloguing a variant", error);
    g_string_free(params, TRUE);
    return status;
}

// The product that the variant belongs to, 0 where it was not taken. Variants mostly come side by side.
static nacre_status find_owner(catalogue *c, const char *into, int64_t *product_id, nacre_error *error) {
    struct run *run = c->run;
    struct known_offer known = {.product_id = run->last_product_id};
    nacre_status status = NACRE_OK;
    if (!run->last_into || strcmp(run->last_into, into) != 0) {
        status = find_offer(c, into, &known, error);
        g_free(run->last_into);
        run->last_into = status ? NULL : g_strdup(into);
        run->last_product_id = known.product_id;
    }
    *product_id = known.product_id;
    return status;
}

static void add_variant(struct run *run, int64_t product_id, int64_t digest, bool available) {
    struct product_variants *last =
        run->variants->len ? &g_array_index(run->variants, struct product_variants, run->variants->len - 1)
                           : NULL;
    if (!last || last->product_id != product_id) {
        const struct product_variants fresh = {.product_id = product_id};
        g_array_append_val(run->variants, fresh);
        last = &g_array_index(run->variants, struct product_variants, run->variants->len - 1);
    }
    last->digest = (int64_t)((uint64_t)last->digest + (uint64_t)digest);
    last->available = last->available || available;
}

nacre_status catalogue_run_variant(catalogue *c, const struct feed_offer *offer, const char *into,
                                   nacre_error *error) {
    struct run *run = c->run;
    run->counts.merged++;
    if (strcmp(offer->id, into) == 0)
        return NACRE_OK; // the same record once more
    int64_t product_id;
    bool is_new;
    nacre_status status = find_owner(c, into, &product_id, error);
    if (status || product_id == 0)
        return status;
    if (!variant_table_put(&run->seen_variants, variant_key(product_id, offer->id), &is_new))
        return error_memory(error, "cataloguing a variant");
    if (!is_new)
        return NACRE_OK;
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    digest_text(&state, offer->id);
    digest_codes(&state, offer);
    digest_rest(&state, offer);
    int64_t digest = digest_value(&state);
    add_variant(run, product_id, digest, offer->available);
    return put_variant(c, offer, product_id, digest, error);
}

// Deletes the variants of a product that this run did not see.
static nacre_status drop_unseen_variants(catalogue *c, int64_t product_id, nacre_error *error) {
    arena a;
    arena_init(&a, 16 * 1024 * 1024);
    const char **unseen = NULL;
    size_t count = 0;
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, "SELECT offer FROM variant WHERE product = ?",
                                    VALUES(NUMBER(product_id)), &statement, error);
    if (status)
        goto out;
    for (;;) {
        status = sql_step(c, statement, "reading variants", &row, error);
        if (status || !row)
            break;
        uint64_t key = variant_key(product_id, (const char *)sqlite3_column_text(statement, 0));
        if (variant_table_has(&c->run->seen_variants, key))
            continue;
        unseen = sql_grow(&a, unseen, count, sizeof *unseen);
        if (!unseen || !sql_column_text(statement, 0, &a, &unseen[count++])) {
            sqlite3_reset(statement);
            status = error_memory(error, "reading variants");
            break;
        }
    }
    for (size_t i = 0; i < count && !status; i++)
        status = sql_write(c, "DELETE FROM variant WHERE product = ? AND offer = ?",
                           VALUES(NUMBER(product_id), TEXT(unseen[i])), "removing a variant", error);
out:
    arena_fini(&a);
    return status;
}

// Brings the product's own row up to what its variants say now.
static nacre_status settle_product(catalogue *c, const struct product_variants *variants,
                                   nacre_error *error) {
    static const char sql[] =
        "UPDATE product SET variants_digest = ?2, available = max(own_available, ?3), sequence = ?4"
        " WHERE id = ?1 AND variants_digest != ?2";
    nacre_status status = sql_write(c, sql,
                                    VALUES(NUMBER(variants->product_id), NUMBER(variants->digest),
                                           NUMBER(variants->available), NUMBER(c->run->sequence)),
                                    "cataloguing variants", error);
    if (!status && sqlite3_changes(c->db) > 0)
        status = drop_unseen_variants(c, variants->product_id, error);
    return status;
}

static int compare_variants(const void *left, const void *right) {
    const struct product_variants *a = left, *b = right;
    return (a->product_id > b->product_id) - (a->product_id < b->product_id);
}

// One entry a product, in the order of products.
static void sort_variants(GArray *list) {
    struct product_variants *variants = (struct product_variants *)(void *)list->data;
    guint count = 0;
    g_array_sort(list, compare_variants);
    for (guint i = 0; i < list->len; i++) {
        struct product_variants *last = count ? &variants[count - 1] : NULL;
        if (last && last->product_id == variants[i].product_id) {
            last->digest = (int64_t)((uint64_t)last->digest + (uint64_t)variants[i].digest);
            last->available = last->available || variants[i].available;
        } else {
            variants[count++] = variants[i];
        }
    }
    g_array_set_size(list, count);
}

static nacre_status settle_variants(catalogue *c, nacre_error *error) {
    nacre_status status = NACRE_OK;
    sort_variants(c->run->variants);
    for (guint i = 0; i < c->run->variants->len && !status; i++)
        status = settle_product(c, &g_array_index(c->run->variants, struct product_variants, i), error);
    return status;
}

// ---- The end of a run

// Calls `act` for every product of the shop that is for sale; `act` may change that product's rows.
static nacre_status each_for_sale(catalogue *c,
                                  nacre_status (*act)(catalogue *, int64_t id, bool has_variants,
                                                      nacre_error *),
                                  nacre_error *error) {
    // In the order of the table: an index by shop would have to be sorted again for every page.
    static const char sql[] =
        "SELECT id, variants_digest FROM product WHERE +shop = ? AND gone = 0 AND id > ?"
        " ORDER BY id LIMIT 1000";
    int64_t ids[1000];
    bool has_variants[1000];
    int64_t after = 0;
    for (;;) {
        size_t count = 0;
        sqlite3_stmt *statement;
        bool row;
        nacre_status status =
            sql_start(c, sql, VALUES(NUMBER(c->run->shop_id), NUMBER(after)), &statement, error);
        if (status)
            return status;
        for (;;) {
            status = sql_step(c, statement, "reading products", &row, error);
            if (status)
                return status;
            if (!row)
                break;
            ids[count] = sqlite3_column_int64(statement, 0);
            has_variants[count++] = sqlite3_column_int64(statement, 1) != 0;
        }
        for (size_t i = 0; i < count; i++) {
            status = act(c, ids[i], has_variants[i], error);
            if (status)
                return status;
        }
        if (count == 0)
            return NACRE_OK;
        after = ids[count - 1];
    }
}

static nacre_status retire(catalogue *c, int64_t id, nacre_error *error) {
    nacre_status status =
        sql_write(c, "UPDATE product SET gone = 1, same_due = 1, sequence = ? WHERE id = ?",
                  VALUES(NUMBER(c->run->sequence), NUMBER(id)), "retiring a product", error);
    if (status)
        return status;
    status = sql_write(c,
                       "UPDATE offer SET digest = 0 WHERE shop = ?"
                       " AND offer = (SELECT offer FROM product_text WHERE product = ?)",
                       VALUES(NUMBER(c->run->shop_id), NUMBER(id)), "retiring a product", error);
    c->run->counts.gone++;
    return status;
}

// A complete feed shows what is gone: products, and the last variants of products.
static nacre_status settle_absence(catalogue *c, int64_t id, bool has_variants, nacre_error *error) {
    const struct product_variants none = {.product_id = id};
    const GArray *variants = c->run->variants;
    if (!is_seen(c->run, id))
        return retire(c, id, error);
    if (has_variants &&
        !(variants->len && bsearch(&none, variants->data, variants->len, sizeof none, compare_variants)))
        return settle_product(c, &none, error);
    return NACRE_OK;
}

static nacre_status put_run(catalogue *c, bool committed, bool complete, const char *message,
                            nacre_error *error) {
    static const char sql[] = "INSERT INTO run (shop, started_s, ended_s, committed, complete, message, "
                              "offers, fresh, changed, same, gone,"
                              " bad, merged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const struct run *run = c->run;
    const struct catalogue_run_counts *counts = &run->counts;
    nacre_status status =
        sql_write(c, sql,
                  VALUES(NUMBER(run->shop_id), NUMBER(run->started_s), NUMBER(time(NULL)), NUMBER(committed),
                         NUMBER(complete), TEXT(message), NUMBER(counts->offers), NUMBER(counts->fresh),
                         NUMBER(counts->changed), NUMBER(counts->same), NUMBER(counts->gone),
                         NUMBER(counts->bad), NUMBER(counts->merged)),
                  "noting the feed run", error);
    int64_t run_id = sqlite3_last_insert_rowid(c->db);
    for (guint i = 0; i < run->problems->len && !status; i++) {
        const struct feed_problem *problem = g_ptr_array_index(run->problems, i);
        status = sql_write(c, "INSERT INTO problem VALUES (?, ?, ?, ?, ?)",
                           VALUES(NUMBER(run_id), NUMBER((int64_t)problem->line), TEXT(problem->offer),
                                  TEXT(problem->what), NUMBER(problem->done)),
                           "noting the feed run", error);
    }
    return status;
}

nacre_status catalogue_run_problem(catalogue *c, const struct feed_problem *problem, nacre_error *error) {
    struct run *run = c->run;
    if (problem->done == FEED_LEFT_OUT)
        run->counts.bad++;
    if (run->problems->len >= PROBLEMS_KEPT)
        return NACRE_OK;
    struct feed_problem *kept = arena_new(&run->problem_texts, 1, sizeof *kept);
    if (kept)
        *kept = (struct feed_problem){
            .line = problem->line,
            .offer = problem->offer ? arena_text(&run->problem_texts, problem->offer) : NULL,
            .what = arena_text(&run->problem_texts, problem->what),
            .done = problem->done};
    if (!kept || !kept->what || (problem->offer && !kept->offer))
        return error_memory(error, "noting a feed's problems");
    g_ptr_array_add(run->problems, kept);
    return NACRE_OK;
}

static nacre_status put_version(catalogue *c, const struct catalogue_feed_version *version,
                                nacre_error *error) {
    return sql_write(c, "UPDATE shop SET etag = ?, last_modified = ? WHERE id = ?",
                     VALUES(TEXT(version ? version->etag : NULL),
                            TEXT(version ? version->last_modified : NULL), NUMBER(c->run->shop_id)),
                     "noting the feed's version", error);
}

static nacre_status settle(catalogue *c, const struct feed_summary *summary,
                           const struct catalogue_feed_version *version, nacre_error *error) {
    c->run->counts.bad = (int64_t)summary->bad;
    nacre_status status = settle_variants(c, error);
    if (!status && summary->complete)
        status = each_for_sale(c, settle_absence, error);
    if (!status)
        status = put_version(c, version, error);
    if (!status)
        status = put_run(c, true, summary->complete, NULL, error);
    return status;
}

nacre_status catalogue_commit_run(catalogue *c, const struct feed_summary *summary,
                                  const struct catalogue_feed_version *version, int smallest_share_percent,
                                  struct catalogue_run_counts *counts, nacre_error *error) {
    struct run *run = c->run;
    if (!run)
        return error_set(error, NACRE_ERROR_ARGUMENT, "there is no feed run to commit");
    if (summary->complete && run->counts.offers * 100 < run->products_before * smallest_share_percent)
        return error_set(
            error, NACRE_ERROR_LIMIT,
            "the feed has %lld offers where the shop had %lld: nothing was changed; if that is right, "
            "confirm it with --accept-small",
            (long long)run->counts.offers, (long long)run->products_before);
    nacre_status status = settle(c, summary, version, error);
    if (status)
        return status;
    status = sql_end(c, NACRE_OK, "committing the feed run", error);
    if (status)
        return status;
    *counts = run->counts;
    c->run = NULL;
    run_free(run);
    return NACRE_OK;
}

nacre_status catalogue_abandon_run(catalogue *c, const char *message, nacre_error *error) {
    struct run *run = c->run;
    if (!run)
        return NACRE_OK;
    if (!sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    nacre_status status = sql_begin(c, "noting the feed run", error);
    if (!status)
        status = sql_end(c, put_run(c, false, false, message, error), "noting the feed run", error);
    c->run = NULL;
    run_free(run);
    return status;
}

nacre_status catalogue_feed_version(catalogue *c, int64_t shop_id, arena *a,
                                    struct catalogue_feed_version *version, nacre_error *error) {
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, "SELECT etag, last_modified FROM shop WHERE id = ?",
                                    VALUES(NUMBER(shop_id)), &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "reading the feed's version", &row, error);
    if (status)
        return status;
    if (!row)
        return error_set(error, NACRE_ERROR_NOT_FOUND, "there is no shop of number %lld", (long long)shop_id);
    bool read = sql_column_text(statement, 0, a, &version->etag) &&
                sql_column_text(statement, 1, a, &version->last_modified);
    sqlite3_reset(statement);
    return read ? NACRE_OK : error_memory(error, "reading the feed's version");
}

nacre_status catalogue_list_runs(catalogue *c, int64_t shop_id, size_t limit, arena *a,
                                 struct catalogue_run **runs, size_t *count, nacre_error *error) {
    static const char sql[] =
        "SELECT id, started_s, ended_s, committed, complete, message, offers, fresh, changed,"
        " same, gone, bad, merged FROM run WHERE shop = ? ORDER BY id DESC LIMIT ?";
    struct catalogue_run *list = NULL;
    size_t listed = 0;
    sqlite3_stmt *statement;
    bool row;
    nacre_status status =
        sql_start(c, sql, VALUES(NUMBER(shop_id), NUMBER((int64_t)limit)), &statement, error);
    if (status)
        return status;
    for (;;) {
        status = sql_step(c, statement, "listing feed runs", &row, error);
        if (status)
            return status;
        if (!row)
            break;
        list = sql_grow(a, list, listed, sizeof *list);
        if (!list || !sql_column_text(statement, 5, a, &list[listed].message)) {
            sqlite3_reset(statement);
            return error_memory(error, "listing feed runs");
        }
        struct catalogue_run *run = &list[listed++];
        run->id = sqlite3_column_int64(statement, 0);
        run->started_s = sqlite3_column_int64(statement, 1);
        run->ended_s = sqlite3_column_int64(statement, 2);
        run->committed = sqlite3_column_int(statement, 3);
        run->complete = sqlite3_column_int(statement, 4);
        int64_t *const numbers[] = {&run->counts.offers, &run->counts.fresh, &run->counts.changed,
                                    &run->counts.same,   &run->counts.gone,  &run->counts.bad,
                                    &run->counts.merged};
        for (int i = 0; i < (int)G_N_ELEMENTS(numbers); i++)
            *numbers[i] = sqlite3_column_int64(statement, 6 + i);
    }
    *runs = list;
    *count = listed;
    return NACRE_OK;
}

nacre_status catalogue_list_problems(catalogue *c, int64_t run_id, arena *a, struct feed_problem **problems,
                                     size_t *count, nacre_error *error) {
    static const char sql[] = "SELECT line, offer, what, done FROM problem WHERE run = ? ORDER BY rowid";
    struct feed_problem *list = NULL;
    size_t listed = 0;
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, VALUES(NUMBER(run_id)), &statement, error);
    if (status)
        return status;
    for (;;) {
        status = sql_step(c, statement, "listing a feed's problems", &row, error);
        if (status)
            return status;
        if (!row)
            break;
        list = sql_grow(a, list, listed, sizeof *list);
        if (!list || !sql_column_text(statement, 1, a, &list[listed].offer) ||
            !sql_column_text(statement, 2, a, &list[listed].what)) {
            sqlite3_reset(statement);
            return error_memory(error, "listing a feed's problems");
        }
        list[listed].line = (size_t)sqlite3_column_int64(statement, 0);
        list[listed++].done = (enum feed_done)sqlite3_column_int(statement, 3);
    }
    *problems = list;
    *count = listed;
    return NACRE_OK;
}
