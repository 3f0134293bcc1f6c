// SPDX-License-Identifier: Apache-2.0
// Items with their codes: what is due, what was found, and what a server that follows must know.
#include <string.h>

#include "base/memory.h"
#include "catalogue/sqlite_product.h"

// Due: for sale, behind its product or coded by another model, and with a picture to look at.
#define DUE_PRODUCTS                                                                                         \
    " FROM product WHERE (?1 = 0 OR shop = ?1) AND gone = 0 AND (codes_due != 0 OR coded_by IS NOT ?2)"      \
    " AND id > ?3 AND EXISTS (SELECT 1 FROM product_picture JOIN address ON address.id = address"            \
    "                         WHERE product_picture.product = product.id AND picture IS NOT NULL)"

nacre_status catalogue_due_products(catalogue *c, int64_t shop_id, const char *model, int64_t after,
                                    size_t limit, arena *a, struct catalogue_product **products,
                                    size_t *count, nacre_error *error) {
    int64_t *ids;
    size_t due;
    sqlite3_stmt *statement;
    nacre_status status = sql_start(
        c, "SELECT id" DUE_PRODUCTS " ORDER BY id LIMIT ?4",
        VALUES(NUMBER(shop_id), TEXT(model), NUMBER(after), NUMBER((int64_t)limit)), &statement, error);
    if (status)
        return status;
    status = product_page(c, statement, a, &ids, &due, error);
    if (status)
        return status;
    struct catalogue_product *list = arena_new(a, due, sizeof *list);
    if (!list)
        return error_memory(error, "reading products");
    for (size_t i = 0; i < due; i++) {
        status = catalogue_product(c, ids[i], a, &list[i], error);
        if (status)
            return status;
    }
    *products = list;
    *count = due;
    return NACRE_OK;
}

nacre_status catalogue_count_due_products(catalogue *c, int64_t shop_id, const char *model, int64_t *count,
                                          nacre_error *error) {
    return sql_number(c, "SELECT count(*)" DUE_PRODUCTS, VALUES(NUMBER(shop_id), TEXT(model), NUMBER(0)),
                      "counting products", count, error);
}

static nacre_status insert_item(catalogue *c, int64_t product_id, const char *model,
                                const struct catalogue_item *item, int64_t sequence, nacre_error *error) {
    static const char sql[] =
        "INSERT INTO item (product, picture, x, y, width, height, score, category, shape, colour,"
        " model, sequence, seen, fine) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    const float *box = item->box;
    return sql_write(c, sql,
                     VALUES(NUMBER(product_id), TEXT(item->picture), REAL(box[0]), REAL(box[1]), REAL(box[2]),
                            REAL(box[3]), REAL(item->score), TEXT(item->category), CODE(item->shape),
                            CODE(item->colour), TEXT(model), NUMBER(sequence), TEXT(item->seen),
                            FINE(item->fine)),
                     "storing codes", error);
}

static nacre_status replace_items(catalogue *c, const struct catalogue_product *product, const char *model,
                                  const char *mapped, const struct catalogue_item *items, size_t count,
                                  nacre_error *error) {
    static const char settle[] =
        "UPDATE product SET same_due = 1, coded_by = ?2, mapped = ?3, codes_due = iif(codes_due = "
        "?4, 0, codes_due) WHERE id = ?1";
    int64_t sequence;
    nacre_status status = sql_next_sequence(c, &sequence, error);
    if (!status)
        status = sql_write(c, "DELETE FROM item WHERE product = ?", VALUES(NUMBER(product->id)),
                           "storing codes", error);
    for (size_t i = 0; i < count && !status; i++)
        status = insert_item(c, product->id, model, &items[i], sequence, error);
    if (status)
        return status;
    return sql_write(c, settle,
                     VALUES(NUMBER(product->id), TEXT(model), TEXT(mapped), NUMBER(product->codes_due)),
                     "storing codes", error);
}

nacre_status catalogue_put_items(catalogue *c, const struct catalogue_product *product, const char *model,
                                 const char *mapped, const struct catalogue_item *items, size_t count,
                                 nacre_error *error) {
    nacre_status status = sql_begin(c, "storing codes", error);
    if (status)
        return status;
    return sql_end(c, replace_items(c, product, model, mapped, items, count, error), "storing codes", error);
}

static void read_code(sqlite3_stmt *statement, int column, uint8_t code[CODE_BYTES]) {
    memset(code, 0, CODE_BYTES);
    if (sqlite3_column_bytes(statement, column) == CODE_BYTES)
        memcpy(code, sqlite3_column_blob(statement, column), CODE_BYTES);
}

#define ITEM                                                                                                 \
    "SELECT item.id, item.product, picture, x, y, width, height, score, item.category, seen, shape, colour," \
    " fine FROM item"

// The column's fine values, or NULL; they live until the next step.
static const uint8_t *column_fine(sqlite3_stmt *statement, int column) {
    return sqlite3_column_bytes(statement, column) == FINE_BYTES ? sqlite3_column_blob(statement, column)
                                                                 : NULL;
}

static bool copy_fine(sqlite3_stmt *statement, int column, arena *a, const uint8_t **copy) {
    const uint8_t *fine = column_fine(statement, column);
    uint8_t *bytes = fine ? arena_new(a, FINE_BYTES, 1) : NULL;
    if (bytes)
        memcpy(bytes, fine, FINE_BYTES);
    *copy = bytes;
    return bytes || !fine;
}

static bool read_item(sqlite3_stmt *statement, arena *a, struct catalogue_item *item) {
    item->id = sqlite3_column_int64(statement, 0);
    item->product_id = sqlite3_column_int64(statement, 1);
    for (int i = 0; i < 4; i++)
        item->box[i] = (float)sqlite3_column_double(statement, 3 + i);
    item->score = (float)sqlite3_column_double(statement, 7);
    read_code(statement, 10, item->shape);
    read_code(statement, 11, item->colour);
    return copy_fine(statement, 12, a, &item->fine) && sql_column_text(statement, 2, a, &item->picture) &&
           sql_column_text(statement, 8, a, &item->category) && sql_column_text(statement, 9, a, &item->seen);
}

// Runs a query for ITEM to its end.
static nacre_status list_items(catalogue *c, sqlite3_stmt *statement, arena *a, struct catalogue_item **items,
                               size_t *count, nacre_error *error) {
    struct catalogue_item *list = NULL;
    size_t listed = 0;
    bool row;
    for (;;) {
        nacre_status status = sql_step(c, statement, "reading codes", &row, error);
        if (status)
            return status;
        if (!row)
            break;
        list = sql_grow(a, list, listed, sizeof *list);
        if (!list || !read_item(statement, a, &list[listed])) {
            sqlite3_reset(statement);
            return error_memory(error, "reading codes");
        }
        listed++;
    }
    *items = list;
    *count = listed;
    return NACRE_OK;
}

nacre_status catalogue_product_items(catalogue *c, int64_t product_id, arena *a,
                                     struct catalogue_item **items, size_t *count, nacre_error *error) {
    sqlite3_stmt *statement;
    nacre_status status =
        sql_start(c, ITEM " WHERE product = ? ORDER BY id", VALUES(NUMBER(product_id)), &statement, error);
    if (status)
        return status;
    return list_items(c, statement, a, items, count, error);
}

static nacre_status read_fine(catalogue *c, int64_t item_id, uint8_t fine[FINE_BYTES], bool *has,
                              nacre_error *error) {
    sqlite3_stmt *statement;
    bool row;
    nacre_status status =
        sql_start(c, "SELECT fine FROM item WHERE id = ?", VALUES(NUMBER(item_id)), &statement, error);
    if (!status)
        status = sql_step(c, statement, "reading fine values", &row, error);
    if (status)
        return status;
    const uint8_t *there = row ? column_fine(statement, 0) : NULL;
    if (there)
        memcpy(fine, there, FINE_BYTES);
    *has = there;
    sqlite3_reset(statement);
    return NACRE_OK;
}

nacre_status catalogue_fine_values(catalogue *c, const int64_t *item_ids, size_t count,
                                   uint8_t (*fine)[FINE_BYTES], bool *has, nacre_error *error) {
    // One reading transaction: else each item would take and give back a lock.
    nacre_status status = sql_execute(c, "BEGIN", "reading fine values", error);
    if (status)
        return status;
    for (size_t i = 0; i < count && !status; i++)
        status = read_fine(c, item_ids[i], fine[i], &has[i], error);
    return sql_end(c, status, "reading fine values", error);
}

nacre_status catalogue_list_disagreements(catalogue *c, int64_t shop_id, int64_t after, size_t limit,
                                          arena *a, struct catalogue_item **items, size_t *count,
                                          nacre_error *error) {
    static const char sql[] =
        ITEM " WHERE seen IS NOT NULL AND product IN (SELECT DISTINCT product FROM item JOIN product ON"
             " product.id = item.product WHERE seen IS NOT NULL AND gone = 0 AND (?1 = 0 OR shop = ?1)"
             " AND product > ?2 ORDER BY product LIMIT ?3) ORDER BY product, item.id";
    sqlite3_stmt *statement;
    nacre_status status =
        sql_start(c, sql, VALUES(NUMBER(shop_id), NUMBER(after), NUMBER((int64_t)limit)), &statement, error);
    if (status)
        return status;
    return list_items(c, statement, a, items, count, error);
}

// ---- Mapping

struct remap {
    catalogue *c;
    const char *(*resolve)(void *context, const struct catalogue_product *product);
    void *context;
    int64_t sequence;
    nacre_error *error;
};

// Makes the product due if it was coded under another answer of the mapping.
static nacre_status remap_product(void *context, const struct catalogue_product *product) {
    static const char sql[] =
        "UPDATE product SET codes_due = ?3 WHERE id = ?1 AND coded_by IS NOT NULL AND mapped IS NOT ?2";
    struct remap *remap = context;
    return sql_write(
        remap->c, sql,
        VALUES(NUMBER(product->id), TEXT(remap->resolve(remap->context, product)), NUMBER(remap->sequence)),
        "applying the mapping", remap->error);
}

static nacre_status keeps_mapping(catalogue *c, int64_t shop_id, const char *digest, bool *keeps,
                                  nacre_error *error) {
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, "SELECT 1 FROM shop WHERE id = ? AND mapping_digest = ?",
                                    VALUES(NUMBER(shop_id), TEXT(digest)), &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "applying the mapping", &row, error);
    if (row)
        sqlite3_reset(statement);
    *keeps = row;
    return status;
}

static nacre_status apply_mapping(struct remap *remap, int64_t shop_id, const char *digest,
                                  nacre_error *error) {
    nacre_status status = sql_next_sequence(remap->c, &remap->sequence, error);
    if (!status)
        status = catalogue_each_product(remap->c, shop_id, remap_product, remap, error);
    if (status)
        return status;
    return sql_write(remap->c, "UPDATE shop SET mapping_digest = ? WHERE id = ?",
                     VALUES(TEXT(digest), NUMBER(shop_id)), "applying the mapping", error);
}

nacre_status catalogue_mapping_changed(catalogue *c, int64_t shop_id, const char *digest,
                                       const char *(*resolve)(void *context,
                                                              const struct catalogue_product *product),
                                       void *context, nacre_error *error) {
    bool keeps;
    nacre_status status = keeps_mapping(c, shop_id, digest, &keeps, error);
    if (status || keeps)
        return status;
    struct remap remap = {.c = c, .resolve = resolve, .context = context, .error = error};
    status = sql_begin(c, "applying the mapping", error);
    if (status)
        return status;
    return sql_end(c, apply_mapping(&remap, shop_id, digest, error), "applying the mapping", error);
}

// ---- Following the catalogue

#define ENTRY                                                                                                \
    "SELECT item.id, coalesce(same_as, product.id), product.shop, vendor, price, available, gone, "          \
    "item.category, shape, colour"                                                                           \
    " FROM item JOIN product ON product.id = item.product WHERE model = ?1"

static nacre_status give_entries(catalogue *c, const char *sql, const char *model, int64_t sequence,
                                 nacre_status (*each)(void *context,
                                                      const struct catalogue_index_entry *entry),
                                 void *context, nacre_error *error) {
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, VALUES(TEXT(model), NUMBER(sequence)), &statement, error);
    if (status)
        return status;
    for (;;) {
        status = sql_step(c, statement, "reading codes", &row, error);
        if (status || !row)
            return status;
        struct catalogue_index_entry entry = {
            .item_id = sqlite3_column_int64(statement, 0),
            .product_id = sqlite3_column_int64(statement, 1),
            .shop_id = sqlite3_column_int64(statement, 2),
            .brand_id = sqlite3_column_int64(statement, 3),
            .price_hundredths = sqlite3_column_int64(statement, 4),
            .available = sqlite3_column_int(statement, 5),
            .removed = sqlite3_column_int(statement, 6),
            .category = (const char *)sqlite3_column_text(statement, 7),
        };
        read_code(statement, 8, entry.shape);
        read_code(statement, 9, entry.colour);
        status = each(context, &entry);
        if (status) {
            sqlite3_reset(statement);
            return status;
        }
    }
}

static nacre_status give_removed(catalogue *c, int64_t sequence,
                                 nacre_status (*each)(void *context,
                                                      const struct catalogue_index_entry *entry),
                                 void *context, nacre_error *error) {
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, "SELECT id FROM removed_item WHERE sequence > ?",
                                    VALUES(NUMBER(sequence)), &statement, error);
    if (status)
        return status;
    for (;;) {
        status = sql_step(c, statement, "reading codes", &row, error);
        if (status || !row)
            return status;
        struct catalogue_index_entry entry = {.item_id = sqlite3_column_int64(statement, 0), .removed = true};
        status = each(context, &entry);
        if (status) {
            sqlite3_reset(statement);
            return status;
        }
    }
}

nacre_status catalogue_read_state(catalogue *c, struct catalogue_state *state, nacre_error *error) {
    static const char sql[] = "SELECT (SELECT value FROM counter WHERE name = 'identity'), value FROM counter"
                              " WHERE name = 'sequence'";
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, NULL, &statement, error);
    if (!status)
        status = sql_step(c, statement, "reading the catalogue's state", &row, error);
    if (status)
        return status;
    *state = (struct catalogue_state){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1)};
    sqlite3_reset(statement);
    return NACRE_OK;
}

nacre_status catalogue_each_change(catalogue *c, const char *model, int64_t sequence,
                                   nacre_status (*each)(void *context,
                                                        const struct catalogue_index_entry *entry),
                                   void *context, int64_t *last, nacre_error *error) {
    static const char all[] = ENTRY " AND gone = 0 AND ?2 = 0 ORDER BY item.id";
    static const char new_items[] = ENTRY " AND item.sequence > ?2";
    static const char new_states[] = ENTRY " AND product.sequence > ?2 AND item.sequence <= ?2";
    struct catalogue_state state;
    // One reading transaction, so that all queries see the same state.
    nacre_status status = sql_execute(c, "BEGIN", "reading codes", error);
    if (status)
        return status;
    status = catalogue_read_state(c, &state, error);
    if (!status && sequence == 0)
        status = give_entries(c, all, model, 0, each, context, error);
    if (!status && sequence > 0 && state.sequence > sequence) {
        status = give_removed(c, sequence, each, context, error);
        if (!status)
            status = give_entries(c, new_items, model, sequence, each, context, error);
        if (!status)
            status = give_entries(c, new_states, model, sequence, each, context, error);
    }
    status = sql_end(c, status, "reading codes", error);
    if (!status)
        *last = state.sequence;
    return status;
}
