// SPDX-License-Identifier: Apache-2.0
// Products as a whole: what the feed said, the shop's categories above it, the pictures that were fetched.
#include "catalogue/sqlite_product.h"

#include <string.h>

#include "base/memory.h"

enum { PAGE_PRODUCTS = 256, PAGE_BYTES = 256 * 1024 * 1024 };

// How many lines a joined column has.
static size_t count_lines(const char *text) {
    size_t lines = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        lines++;
    return lines;
}

// Splits at `end` in place; the rest of the text after it, or NULL.
static char *cut(char *text, char end) {
    char *found = text ? strchr(text, end) : NULL;
    if (!found)
        return NULL;
    *found = 0;
    return found + 1;
}

static bool read_params(const char *joined, arena *a, struct catalogue_product *product) {
    size_t count = joined ? count_lines(joined) : 0;
    struct feed_param *params = arena_new(a, count, sizeof *params);
    char *line = arena_text(a, joined ? joined : "");
    if (!params || !line)
        return false;
    for (size_t i = 0; i < count; i++) {
        char *next = cut(line, '\n');
        char *unit = cut(line, '\t');
        char *value = cut(unit, '\t');
        params[i] = (struct feed_param){line, unit && *unit ? unit : NULL, value ? value : ""};
        line = next;
    }
    product->params = params;
    product->param_count = count;
    return true;
}

// The offer's categories with all their parents; the path is that of its first category.
static nacre_status read_categories(catalogue *c, const char *joined, arena *a,
                                    struct catalogue_product *product, nacre_error *error) {
    const char **ids = NULL;
    size_t count = 0;
    char *id = arena_text(a, joined ? joined : "");
    if (!id)
        return error_memory(error, "reading a product");
    for (bool first = true; id && *id; first = false) {
        char *next = cut(id, '\n');
        const char *other_path = NULL;
        nacre_status status = shop_category_chain(c, product->shop_id, id, a, &ids, &count,
                                                  first ? &product->category_path : &other_path, error);
        if (status)
            return status;
        id = next;
    }
    product->category_ids = ids;
    product->category_count = count;
    return NACRE_OK;
}

static nacre_status read_pictures(catalogue *c, arena *a, struct catalogue_product *product,
                                  nacre_error *error) {
    static const char sql[] =
        "SELECT picture FROM product_picture JOIN address ON address.id = address WHERE product = ?1"
        " AND picture IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM placeholder WHERE shop = ?2 AND hash = picture) ORDER BY position";
    const char **list = NULL;
    size_t count = 0;
    sqlite3_stmt *statement;
    bool row;
    nacre_status status =
        sql_start(c, sql, VALUES(NUMBER(product->id), NUMBER(product->shop_id)), &statement, error);
    if (status)
        return status;
    for (;;) {
        status = sql_step(c, statement, "reading a product's pictures", &row, error);
        if (status)
            return status;
        if (!row)
            break;
        const char *hash = (const char *)sqlite3_column_text(statement, 0);
        bool repeated = false;
        for (size_t i = 0; i < count && !repeated; i++)
            repeated = strcmp(list[i], hash) == 0;
        if (repeated)
            continue;
        list = sql_grow(a, list, count, sizeof *list);
        if (!list || !sql_column_text(statement, 0, a, &list[count])) {
            sqlite3_reset(statement);
            return error_memory(error, "reading a product's pictures");
        }
        count++;
    }
    product->pictures = list;
    product->picture_count = count;
    return NACRE_OK;
}

// The row itself; `*categories` is the joined column.
static nacre_status read_row(catalogue *c, int64_t product_id, arena *a, struct catalogue_product *product,
                             const char **categories, nacre_error *error) {
    static const char sql[] =
        "SELECT product.shop, shop.name, offer, text.name, text.vendor, description, "
        "url, currency, price, old_price,"
        " available, gone, codes_due, params, category_ids, coalesce(same_as, product.id)"
        " FROM product JOIN product_text AS text ON text.product = product.id JOIN "
        "shop ON shop.id = product.shop"
        " WHERE product.id = ?";
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, VALUES(NUMBER(product_id)), &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "reading a product", &row, error);
    if (status)
        return status;
    if (!row)
        return error_set(error, NACRE_ERROR_NOT_FOUND, "there is no product %lld", (long long)product_id);
    *product = (struct catalogue_product){
        .id = product_id,
        .shop_id = sqlite3_column_int64(statement, 0),
        .price_hundredths = sqlite3_column_int64(statement, 8),
        .old_price_hundredths = sqlite3_column_int64(statement, 9),
        .available = sqlite3_column_int(statement, 10),
        .gone = sqlite3_column_int(statement, 11),
        .codes_due = sqlite3_column_int64(statement, 12),
        .same_as = sqlite3_column_int64(statement, 15),
    };
    const char **const texts[] = {&product->shop,        &product->offer, &product->name,    &product->vendor,
                                  &product->description, &product->url,   &product->currency};
    bool read = true;
    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        read = read && sql_column_text(statement, 1 + i, a, texts[i]);
    read = read && read_params((const char *)sqlite3_column_text(statement, 13), a, product);
    read = read && sql_column_text(statement, 14, a, categories);
    sqlite3_reset(statement);
    return read ? NACRE_OK : error_memory(error, "reading a product");
}

nacre_status catalogue_product(catalogue *c, int64_t product_id, arena *a, struct catalogue_product *product,
                               nacre_error *error) {
    struct catalogue_product read;
    const char *categories;
    nacre_status status = read_row(c, product_id, a, &read, &categories, error);
    if (!status)
        status = read_categories(c, categories, a, &read, error);
    if (!status)
        status = read_pictures(c, a, &read, error);
    if (!status)
        *product = read;
    return status;
}

nacre_status product_page(catalogue *c, sqlite3_stmt *statement, arena *a, int64_t **ids, size_t *count,
                          nacre_error *error) {
    int64_t *list = NULL;
    size_t listed = 0;
    for (;;) {
        bool row;
        nacre_status status = sql_step(c, statement, "reading products", &row, error);
        if (status)
            return status;
        if (!row)
            break;
        list = sql_grow(a, list, listed, sizeof *list);
        if (!list) {
            sqlite3_reset(statement);
            return error_memory(error, "reading products");
        }
        list[listed++] = sqlite3_column_int64(statement, 0);
    }
    *ids = list;
    *count = listed;
    return NACRE_OK;
}

// One page of products; `*after` moves on, `*more` tells whether the page had any.
static nacre_status each_of_page(catalogue *c, int64_t shop_id, arena *a, int64_t *after, bool *more,
                                 nacre_status (*each)(void *, const struct catalogue_product *),
                                 void *context, nacre_error *error) {
    static const char sql[] =
        "SELECT id FROM product WHERE +shop = ? AND gone = 0 AND id > ? ORDER BY id LIMIT ?";
    int64_t *ids;
    size_t count;
    sqlite3_stmt *statement;
    nacre_status status =
        sql_start(c, sql, VALUES(NUMBER(shop_id), NUMBER(*after), NUMBER(PAGE_PRODUCTS)), &statement, error);
    if (status)
        return status;
    status = product_page(c, statement, a, &ids, &count, error);
    for (size_t i = 0; i < count && !status; i++) {
        struct catalogue_product product;
        status = catalogue_product(c, ids[i], a, &product, error);
        if (!status)
            status = each(context, &product);
        *after = ids[i];
    }
    *more = count > 0;
    return status;
}

nacre_status catalogue_each_product(catalogue *c, int64_t shop_id,
                                    nacre_status (*each)(void *context,
                                                         const struct catalogue_product *product),
                                    void *context, nacre_error *error) {
    arena a;
    arena_init(&a, PAGE_BYTES);
    int64_t after = 0;
    bool more = true;
    nacre_status status = NACRE_OK;
    while (more && !status) {
        arena_reset(&a);
        status = each_of_page(c, shop_id, &a, &after, &more, each, context, error);
    }
    arena_fini(&a);
    return status;
}
