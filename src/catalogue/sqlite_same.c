// SPDX-License-Identifier: Apache-2.0
// The same product in several shops.
//
// Two products of different shops are held for the same where they share
//   - a barcode, or
//   - vendor and vendor's code, unless their colours differ (a code often names a style in all its colours),
//   or
//   - a picture, byte for byte, or
//   - the vendor and our category, with codes that differ by at most CODE_BITS in shape and in colour.
// Each of these becomes keys in the table `likeness`; products with a key in common are candidates, which are
// then looked at. For nearly equal codes the keys are the shape code's four quarters: of two codes that
// differ in fewer bits than there are quarters, one quarter at least is equal.
//
// Products are the same also through a third one; each such group is numbered by its smallest product
// (`same_as`). A product that changed is regrouped together with everything it was, or now is, joined to.
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "catalogue/sqlite_product.h"

enum {
    CODE_BITS = 2,    // differing bits of codes that are almost equal
    COLOUR_BITS = 32, // more, and two products of one vendor's code are of different colours
    QUARTERS = 4,
    QUARTER_BYTES = CODE_BYTES / QUARTERS,
    MAX_SHARERS = 64, // a key that more products share ("0000000") says nothing
    MAX_GROUP = 256,  // so many products are looked at together
    PAGE_PRODUCTS = 256,
    ARENA_BYTES = 64 * 1024 * 1024,
};

// What a product's sameness depends on. Texts are NULL where absent.
struct likeness {
    int64_t id;
    int64_t shop;
    bool apart; // gone, or parted by the operator: the same as nothing
    bool coded;
    int64_t vendor;
    const char *barcode;
    const char *vendor_code;
    const char *category;
    uint8_t shape[CODE_BYTES];
    uint8_t colour[CODE_BYTES];
    size_t group; // position of a product of its group that came before it, or its own
};

static nacre_status read_likeness(catalogue *c, int64_t id, arena *a, struct likeness *l,
                                  nacre_error *error) {
    static const char sql[] =
        "SELECT product.shop, gone OR alone, product.vendor, barcode, vendor_code, seen.category, shape, "
        "colour"
        " FROM product JOIN product_text AS text ON text.product = product.id LEFT JOIN"
        " (SELECT category, shape, colour FROM item WHERE item.product = ?1 ORDER BY id LIMIT 1) AS seen"
        " WHERE product.id = ?1";
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, VALUES(NUMBER(id)), &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "reading a product", &row, error);
    if (status)
        return status;
    *l = (struct likeness){.id = id, .apart = true};
    if (!row)
        return NACRE_OK;
    l->shop = sqlite3_column_int64(statement, 0);
    l->apart = sqlite3_column_int(statement, 1);
    l->vendor = sqlite3_column_int64(statement, 2);
    l->coded =
        sqlite3_column_bytes(statement, 6) == CODE_BYTES && sqlite3_column_bytes(statement, 7) == CODE_BYTES;
    if (l->coded) {
        memcpy(l->shape, sqlite3_column_blob(statement, 6), CODE_BYTES);
        memcpy(l->colour, sqlite3_column_blob(statement, 7), CODE_BYTES);
    }
    bool read = sql_column_text(statement, 3, a, &l->barcode) &&
                sql_column_text(statement, 4, a, &l->vendor_code) &&
                sql_column_text(statement, 5, a, &l->category);
    sqlite3_reset(statement);
    return read ? NACRE_OK : error_memory(error, "reading a product");
}

// ---- Keys

static nacre_status put_key(catalogue *c, int64_t id, const char *kind, const void *value, size_t length,
                            uint64_t seed, nacre_error *error) {
    uint64_t key = XXH3_64bits_withSeed(value, length, XXH3_64bits_withSeed(kind, strlen(kind), seed));
    return sql_write(c, "INSERT OR IGNORE INTO likeness VALUES (?, ?)",
                     VALUES(NUMBER((int64_t)key), NUMBER(id)), "comparing products", error);
}

static nacre_status put_picture_keys(catalogue *c, const struct likeness *l, arena *a, nacre_error *error) {
    struct catalogue_product product;
    nacre_status status = catalogue_product(c, l->id, a, &product, error);
    for (size_t i = 0; i < product.picture_count && !status; i++)
        status = put_key(c, l->id, "picture", product.pictures[i], strlen(product.pictures[i]), 0, error);
    return status;
}

// Replaces the product's keys by those it has now.
static nacre_status put_keys(catalogue *c, const struct likeness *l, arena *a, nacre_error *error) {
    nacre_status status = sql_write(c, "DELETE FROM likeness WHERE product = ?", VALUES(NUMBER(l->id)),
                                    "comparing products", error);
    if (status || l->apart)
        return status;
    if (l->barcode && *l->barcode)
        status = put_key(c, l->id, "barcode", l->barcode, strlen(l->barcode), 0, error);
    if (!status && l->vendor && l->vendor_code && *l->vendor_code)
        status =
            put_key(c, l->id, "code", l->vendor_code, strlen(l->vendor_code), (uint64_t)l->vendor, error);
    if (!status)
        status = put_picture_keys(c, l, a, error);
    for (uint64_t i = 0; i < QUARTERS && l->coded && l->vendor && !status; i++)
        status = put_key(c, l->id, l->category, l->shape + i * QUARTER_BYTES, QUARTER_BYTES,
                         (uint64_t)l->vendor * QUARTERS + i, error);
    return status;
}

// ---- Comparing

static int differing_bits(const uint8_t *a, const uint8_t *b) {
    int bits = 0;
    for (size_t i = 0; i < CODE_BYTES; i++)
        bits += __builtin_popcount(a[i] ^ b[i]);
    return bits;
}

static bool equal_texts(const char *a, const char *b) {
    return a && b && *a && strcmp(a, b) == 0;
}

static bool share_picture(catalogue *c, int64_t a, int64_t b, nacre_status *status, nacre_error *error) {
    static const char sql[] =
        "SELECT 1 FROM product_picture AS p JOIN address AS x ON x.id = p.address"
        " JOIN address AS y ON y.picture = x.picture JOIN product_picture AS q ON q.address = y.id"
        " WHERE p.product = ? AND q.product = ?"
        " AND NOT EXISTS (SELECT 1 FROM placeholder WHERE hash = x.picture) LIMIT 1";
    sqlite3_stmt *statement;
    bool row = false;
    *status = sql_start(c, sql, VALUES(NUMBER(a), NUMBER(b)), &statement, error);
    if (*status)
        return false;
    *status = sql_step(c, statement, "comparing pictures", &row, error);
    if (row)
        sqlite3_reset(statement);
    return row;
}

static nacre_status are_same(catalogue *c, const struct likeness *a, const struct likeness *b, bool *same,
                             nacre_error *error) {
    nacre_status status = NACRE_OK;
    *same = false;
    if (a->apart || b->apart || a->shop == b->shop)
        return NACRE_OK;
    bool coded = a->coded && b->coded;
    int colour = coded ? differing_bits(a->colour, b->colour) : 0;
    int shape = coded ? differing_bits(a->shape, b->shape) : 0;
    bool one_vendor = a->vendor && a->vendor == b->vendor;
    *same = equal_texts(a->barcode, b->barcode) ||
            (one_vendor && equal_texts(a->vendor_code, b->vendor_code) && colour <= COLOUR_BITS) ||
            (one_vendor && coded && strcmp(a->category, b->category) == 0 && shape <= CODE_BITS &&
             colour <= CODE_BITS) ||
            share_picture(c, a->id, b->id, &status, error);
    return status;
}

// ---- Groups

// The products that are looked at together.
struct cluster {
    struct likeness *members;
    size_t count;
    arena *a;
};

static nacre_status add_member(catalogue *c, struct cluster *cluster, int64_t id, nacre_error *error) {
    for (size_t i = 0; i < cluster->count; i++) {
        if (cluster->members[i].id == id)
            return NACRE_OK;
    }
    if (cluster->count == MAX_GROUP)
        return NACRE_OK;
    cluster->members = sql_grow(cluster->a, cluster->members, cluster->count, sizeof *cluster->members);
    if (!cluster->members)
        return error_memory(error, "comparing products");
    struct likeness *l = &cluster->members[cluster->count];
    nacre_status status = read_likeness(c, id, cluster->a, l, error);
    l->group = cluster->count++;
    return status ? status : put_keys(c, l, cluster->a, error);
}

// Adds what the product was joined to before, and what shares a key with it now.
static nacre_status add_neighbours(catalogue *c, struct cluster *cluster, int64_t id, nacre_error *error) {
    static const char joined[] =
        "SELECT id FROM product WHERE same_as = (SELECT same_as FROM product WHERE id = ?1) LIMIT ?2";
    static const char like[] =
        "SELECT DISTINCT other.product FROM likeness AS own JOIN likeness AS other ON other.key = own.key"
        " WHERE own.product = ?1 AND (SELECT count(*) FROM (SELECT 1 FROM likeness WHERE key = own.key LIMIT "
        "?2 + 1))"
        " <= ?2";
    static const char *const queries[] = {joined, like};
    static const int limits[] = {MAX_GROUP, MAX_SHARERS};
    for (size_t q = 0; q < G_N_ELEMENTS(queries); q++) {
        int64_t *ids;
        size_t count;
        sqlite3_stmt *statement;
        nacre_status status =
            sql_start(c, queries[q], VALUES(NUMBER(id), NUMBER(limits[q])), &statement, error);
        if (status)
            return status;
        status = product_page(c, statement, cluster->a, &ids, &count, error);
        for (size_t i = 0; i < count && !status; i++)
            status = add_member(c, cluster, ids[i], error);
        if (status)
            return status;
    }
    return NACRE_OK;
}

static size_t first_of_group(const struct cluster *cluster, size_t i) {
    while (cluster->members[i].group != i)
        i = cluster->members[i].group;
    return i;
}

static nacre_status join_members(catalogue *c, struct cluster *cluster, nacre_error *error) {
    for (size_t i = 1; i < cluster->count; i++) {
        for (size_t j = 0; j < i; j++) {
            size_t a = first_of_group(cluster, i), b = first_of_group(cluster, j);
            bool same = false;
            nacre_status status =
                a == b ? NACRE_OK : are_same(c, &cluster->members[i], &cluster->members[j], &same, error);
            if (status)
                return status;
            if (same)
                cluster->members[a > b ? a : b].group = a > b ? b : a;
        }
    }
    return NACRE_OK;
}

// Writes the groups down; a product whose group changed tells it to the servers that follow.
static nacre_status put_groups(catalogue *c, const struct cluster *cluster, int64_t sequence,
                               nacre_error *error) {
    static const char sql[] =
        "UPDATE product SET same_due = 0, same_as = iif(?4, ?2, NULL),"
        " sequence = iif(coalesce(same_as, id) = iif(?4, ?2, id), sequence, ?3) WHERE id = ?1";
    for (size_t i = 0; i < cluster->count; i++) {
        int64_t smallest = cluster->members[i].id;
        size_t members = 0;
        for (size_t j = 0; j < cluster->count; j++) {
            if (first_of_group(cluster, i) != first_of_group(cluster, j))
                continue;
            members++;
            smallest = cluster->members[j].id < smallest ? cluster->members[j].id : smallest;
        }
        nacre_status status = sql_write(
            c, sql,
            VALUES(NUMBER(cluster->members[i].id), NUMBER(smallest), NUMBER(sequence), NUMBER(members > 1)),
            "joining products", error);
        if (status)
            return status;
    }
    return NACRE_OK;
}

static nacre_status regroup(catalogue *c, int64_t id, int64_t sequence, arena *a, nacre_error *error) {
    struct cluster cluster = {.a = a};
    nacre_status status = add_member(c, &cluster, id, error);
    for (size_t i = 0; i < cluster.count && !status; i++)
        status = add_neighbours(c, &cluster, cluster.members[i].id, error);
    if (!status)
        status = join_members(c, &cluster, error);
    return status ? status : put_groups(c, &cluster, sequence, error);
}

static nacre_status is_due(catalogue *c, int64_t id, bool *due, nacre_error *error) {
    sqlite3_stmt *statement;
    nacre_status status = sql_start(c, "SELECT 1 FROM product WHERE id = ? AND same_due", VALUES(NUMBER(id)),
                                    &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "comparing products", due, error);
    if (*due)
        sqlite3_reset(statement);
    return status;
}

// One page of due products in one transaction.
static nacre_status regroup_page(catalogue *c, arena *a, bool *more, nacre_error *error) {
    int64_t sequence;
    int64_t *ids = NULL;
    size_t count = 0;
    sqlite3_stmt *statement;
    nacre_status status = sql_next_sequence(c, &sequence, error);
    if (!status)
        status = sql_start(c, "SELECT id FROM product WHERE same_due ORDER BY id LIMIT ?",
                           VALUES(NUMBER(PAGE_PRODUCTS)), &statement, error);
    if (status)
        return status;
    status = product_page(c, statement, a, &ids, &count, error);
    for (size_t i = 0; i < count && !status; i++) {
        bool due = false; // not, where an earlier one of the page took it along
        status = is_due(c, ids[i], &due, error);
        if (!status && due)
            status = regroup(c, ids[i], sequence, a, error);
    }
    *more = count > 0;
    return status;
}

// With one shop alone no product is the same in another: all stay due until there is a second one.
static nacre_status has_others(catalogue *c, bool *others, nacre_error *error) {
    int64_t count = 0;
    nacre_status status = sql_number(c,
                                     "SELECT (SELECT count(*) FROM shop) > 1"
                                     " OR EXISTS (SELECT 1 FROM product WHERE same_as IS NOT NULL)",
                                     NULL, "joining products", &count, error);
    *others = count != 0;
    return status;
}

nacre_status catalogue_join_same(catalogue *c, nacre_error *error) {
    arena a;
    arena_init(&a, ARENA_BYTES);
    bool more = true;
    nacre_status status = has_others(c, &more, error);
    while (more && !status) {
        arena_reset(&a);
        status = sql_begin(c, "joining products", error);
        if (!status)
            status = sql_end(c, regroup_page(c, &a, &more, error), "joining products", error);
    }
    arena_fini(&a);
    return status;
}

nacre_status catalogue_same_products(catalogue *c, int64_t product_id, arena *a, int64_t **ids, size_t *count,
                                     nacre_error *error) {
    static const char sql[] = "SELECT id FROM product WHERE (id = ?1 OR same_as = (SELECT same_as FROM "
                              "product WHERE id = ?1)) AND gone = 0"
                              " ORDER BY price < 0, price, id";
    sqlite3_stmt *statement;
    nacre_status status = sql_start(c, sql, VALUES(NUMBER(product_id)), &statement, error);
    if (status)
        return status;
    return product_page(c, statement, a, ids, count, error);
}

nacre_status catalogue_part(catalogue *c, int64_t product_id, bool parted, nacre_error *error) {
    nacre_status status = sql_write(c, "UPDATE product SET alone = ?, same_due = 1 WHERE id = ?",
                                    VALUES(NUMBER(parted), NUMBER(product_id)), "parting a product", error);
    if (!status && sqlite3_changes(c->db) == 0)
        status = error_set(error, NACRE_ERROR_NOT_FOUND, "there is no product %lld", (long long)product_id);
    return status ? status : catalogue_join_same(c, error);
}

nacre_status catalogue_item_product(catalogue *c, int64_t item_id, int64_t *product_id, nacre_error *error) {
    sqlite3_stmt *statement;
    bool row;
    nacre_status status =
        sql_start(c, "SELECT product FROM item WHERE id = ?", VALUES(NUMBER(item_id)), &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "reading an item", &row, error);
    if (status)
        return status;
    if (!row)
        return error_set(error, NACRE_ERROR_NOT_FOUND, "there is no item %lld", (long long)item_id);
    *product_id = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return NACRE_OK;
}
