// SPDX-License-Identifier: Apache-2.0
// Shops and their own categories.
#include <stdio.h>
#include <string.h>

#include "catalogue/sqlite.h"

enum { SHOP_NAME_BYTES = 64, CATEGORY_DEPTH = 32 };

// The name is also a file name (mapping/SHOP.xml) and stands in command lines.
static bool is_shop_name(const char *name) {
    size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    return length > 0 && length < SHOP_NAME_BYTES && name[length] == 0 && name[0] != '.' && name[0] != '-';
}

nacre_status catalogue_add_shop(catalogue *c, const char *name, const char *feed_address,
                                enum feed_dialect dialect, int64_t *shop_id, nacre_error *error) {
    static const char sql[] = "INSERT INTO shop (name, feed_address, dialect) VALUES (?, ?, ?)";
    if (!is_shop_name(name))
        return error_set(
            error, NACRE_ERROR_ARGUMENT,
            "\"%s\" is no name for a shop: use letters, digits, '-', '_' and '.', at most %d of them", name,
            SHOP_NAME_BYTES - 1);
    nacre_status status = sql_write(c, sql, VALUES(TEXT(name), TEXT(feed_address), NUMBER((int)dialect)),
                                    "adding the shop", error);
    if (status && sqlite3_extended_errcode(c->db) == SQLITE_CONSTRAINT_UNIQUE)
        return error_set(error, NACRE_ERROR_EXISTS,
                         "there is a shop %s already: `nacre feed remove %s` first, or choose another name",
                         name, name);
    if (!status)
        *shop_id = sqlite3_last_insert_rowid(c->db);
    return status;
}

static nacre_status delete_shop(catalogue *c, int64_t shop_id, nacre_error *error) {
    // The items' trigger notes their removal under this transaction's number.
    int64_t sequence;
    nacre_status status = sql_next_sequence(c, &sequence, error);
    if (status)
        return status;
    status = sql_write(c, "DELETE FROM item WHERE product IN (SELECT id FROM product WHERE shop = ?)",
                       VALUES(NUMBER(shop_id)), "removing the shop's items", error);
    if (status)
        return status;
    return sql_write(c, "DELETE FROM shop WHERE id = ?", VALUES(NUMBER(shop_id)), "removing the shop", error);
}

nacre_status catalogue_remove_shop(catalogue *c, const char *name, nacre_error *error) {
    arena a;
    arena_init(&a, 1024 * 1024);
    struct catalogue_shop shop;
    nacre_status status = catalogue_find_shop(c, name, &a, &shop, error);
    if (!status)
        status = sql_begin(c, "removing the shop", error);
    if (!status)
        status = sql_end(c, delete_shop(c, shop.id, error), "removing the shop", error);
    arena_fini(&a);
    return status;
}

#define SHOP_COLUMNS                                                                                         \
    "id, name, feed_address, dialect, (SELECT count(*) FROM product WHERE product.shop = shop.id AND gone "  \
    "= 0)"

static bool read_shop(sqlite3_stmt *statement, arena *a, struct catalogue_shop *shop) {
    shop->id = sqlite3_column_int64(statement, 0);
    shop->dialect = (enum feed_dialect)sqlite3_column_int(statement, 3);
    shop->products = sqlite3_column_int64(statement, 4);
    return sql_column_text(statement, 1, a, &shop->name) &&
           sql_column_text(statement, 2, a, &shop->feed_address);
}

nacre_status catalogue_find_shop(catalogue *c, const char *name, arena *a, struct catalogue_shop *shop,
                                 nacre_error *error) {
    static const char sql[] = "SELECT " SHOP_COLUMNS " FROM shop WHERE name = ?";
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, VALUES(TEXT(name)), &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "looking for the shop", &row, error);
    if (status)
        return status;
    if (!row)
        return error_set(error, NACRE_ERROR_NOT_FOUND,
                         "there is no shop \"%s\": `nacre feed list` shows them", name);
    struct catalogue_shop found;
    bool read = read_shop(statement, a, &found);
    sqlite3_reset(statement);
    if (!read)
        return error_memory(error, "looking for the shop");
    *shop = found;
    return NACRE_OK;
}

nacre_status catalogue_list_shops(catalogue *c, arena *a, struct catalogue_shop **shops, size_t *count,
                                  nacre_error *error) {
    static const char sql[] = "SELECT " SHOP_COLUMNS " FROM shop ORDER BY name";
    struct catalogue_shop *list = NULL;
    size_t listed = 0;
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, NULL, &statement, error);
    if (status)
        return status;
    for (;;) {
        status = sql_step(c, statement, "listing shops", &row, error);
        if (status)
            return status;
        if (!row)
            break;
        list = sql_grow(a, list, listed, sizeof *list);
        if (!list || !read_shop(statement, a, &list[listed])) {
            sqlite3_reset(statement);
            return error_memory(error, "listing shops");
        }
        listed++;
    }
    *shops = list;
    *count = listed;
    return NACRE_OK;
}

// "Women > Dresses > Evening" for a category, following parents; a loop in a shop's tree ends at
// CATEGORY_DEPTH.
nacre_status shop_category_chain(catalogue *c, int64_t shop_id, const char *id, arena *a, const char ***ids,
                                 size_t *count, const char **path, nacre_error *error) {
    static const char sql[] = "SELECT parent, name FROM shop_category WHERE shop = ? AND id = ?";
    while (id && *count < CATEGORY_DEPTH) {
        for (size_t i = 0; i < *count; i++) {
            if (strcmp((*ids)[i], id) == 0)
                return NACRE_OK;
        }
        *ids = sql_grow(a, *ids, *count, sizeof **ids);
        if (!*ids)
            return error_memory(error, "reading the shop's categories");
        (*ids)[(*count)++] = id;
        sqlite3_stmt *statement;
        bool row;
        nacre_status status = sql_start(c, sql, VALUES(NUMBER(shop_id), TEXT(id)), &statement, error);
        if (status)
            return status;
        status = sql_step(c, statement, "reading the shop's categories", &row, error);
        if (status)
            return status;
        if (!row)
            return NACRE_OK;
        const char *parent = NULL, *name = NULL;
        bool read = sql_column_text(statement, 0, a, &parent) && sql_column_text(statement, 1, a, &name);
        sqlite3_reset(statement);
        if (read)
            *path = *path ? arena_printf(a, "%s > %s", name, *path) : name;
        if (!read || !*path)
            return error_memory(error, "reading the shop's categories");
        id = parent;
    }
    return NACRE_OK;
}

nacre_status catalogue_list_shop_categories(catalogue *c, int64_t shop_id, arena *a,
                                            struct catalogue_shop_category **categories, size_t *count,
                                            nacre_error *error) {
    // Products may name categories that the feed's list lacks: those are listed too.
    static const char sql[] =
        "WITH used AS (SELECT category AS id, count(*) AS products FROM product"
        "              WHERE shop = ?1 AND gone = 0 AND category IS NOT NULL GROUP BY category),"
        "     known AS (SELECT id, parent, name FROM shop_category WHERE shop = ?1)"
        " SELECT known.id, parent, name, coalesce(products, 0) FROM known LEFT JOIN used ON used.id = "
        "known.id"
        " UNION ALL"
        " SELECT used.id, NULL, used.id, products FROM used WHERE used.id NOT IN (SELECT id FROM known)"
        " ORDER BY 1";
    struct catalogue_shop_category *list = NULL;
    size_t listed = 0;
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, VALUES(NUMBER(shop_id)), &statement, error);
    if (status)
        return status;
    for (;;) {
        status = sql_step(c, statement, "listing the shop's categories", &row, error);
        if (status)
            return status;
        if (!row)
            break;
        list = sql_grow(a, list, listed, sizeof *list);
        struct catalogue_shop_category *category = list ? &list[listed] : NULL;
        if (!category || !sql_column_text(statement, 0, a, &category->id) ||
            !sql_column_text(statement, 1, a, &category->parent_id) ||
            !sql_column_text(statement, 2, a, &category->name)) {
            sqlite3_reset(statement);
            return error_memory(error, "listing the shop's categories");
        }
        category->path = NULL;
        category->products = sqlite3_column_int64(statement, 3);
        listed++;
    }
    for (size_t i = 0; i < listed; i++) {
        const char **ids = NULL;
        size_t depth = 0;
        status = shop_category_chain(c, shop_id, list[i].id, a, &ids, &depth, &list[i].path, error);
        if (status)
            return status;
        if (!list[i].path)
            list[i].path = list[i].name;
    }
    *categories = list;
    *count = listed;
    return NACRE_OK;
}
