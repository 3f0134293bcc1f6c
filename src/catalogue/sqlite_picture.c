// SPDX-License-Identifier: Apache-2.0
// Addresses of pictures and the contents behind them.
#include "catalogue/sqlite_product.h"

// Addresses of products for sale, in a shop (?1, 0: all), that are due at ?2, behind ?3. The whole table is
// passed once a crawl, in the order of ids: an index by time would have to be sorted again for every page.
#define OF_PRODUCT_FOR_SALE                                                                                  \
    " AND EXISTS (SELECT 1 FROM product_picture JOIN product ON product.id = product_picture.product"        \
    "             WHERE product_picture.address = address.id AND product.gone = 0"                           \
    "             AND (?1 = 0 OR product.shop = ?1))"
#define DUE    " FROM address WHERE +next_try_s BETWEEN 1 AND ?2 AND id > ?3" OF_PRODUCT_FOR_SALE
#define FAILED " FROM address WHERE tries > 0 AND ?2 = ?2 AND id > ?3" OF_PRODUCT_FOR_SALE

nacre_status catalogue_due_addresses(catalogue *c, int64_t shop_id, bool retry, int64_t now_s, int64_t after,
                                     size_t limit, arena *a, struct catalogue_address **addresses,
                                     size_t *count, nacre_error *error) {
    static const char due[] = "SELECT id, url, etag, last_modified, tries" DUE " ORDER BY id LIMIT ?4";
    static const char failed[] = "SELECT id, url, etag, last_modified, tries" FAILED " ORDER BY id LIMIT ?4";
    struct catalogue_address *list = NULL;
    size_t listed = 0;
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(
        c, retry ? failed : due,
        VALUES(NUMBER(shop_id), NUMBER(now_s), NUMBER(after), NUMBER((int64_t)limit)), &statement, error);
    if (status)
        return status;
    for (;;) {
        status = sql_step(c, statement, "reading picture addresses", &row, error);
        if (status)
            return status;
        if (!row)
            break;
        list = sql_grow(a, list, listed, sizeof *list);
        struct catalogue_address *address = list ? &list[listed] : NULL;
        if (!address || !sql_column_text(statement, 1, a, &address->url) ||
            !sql_column_text(statement, 2, a, &address->etag) ||
            !sql_column_text(statement, 3, a, &address->last_modified)) {
            sqlite3_reset(statement);
            return error_memory(error, "reading picture addresses");
        }
        address->id = sqlite3_column_int64(statement, 0);
        address->tries = sqlite3_column_int(statement, 4);
        listed++;
    }
    *addresses = list;
    *count = listed;
    return NACRE_OK;
}

nacre_status catalogue_count_due_addresses(catalogue *c, int64_t shop_id, bool retry, int64_t now_s,
                                           int64_t *count, nacre_error *error) {
    return sql_number(c, retry ? "SELECT count(*)" FAILED : "SELECT count(*)" DUE,
                      VALUES(NUMBER(shop_id), NUMBER(now_s), NUMBER(0)), "counting picture addresses", count,
                      error);
}

static nacre_status put_content(catalogue *c, const struct catalogue_answer *answer, nacre_error *error) {
    return sql_write(c, "INSERT OR IGNORE INTO picture VALUES (?, ?, ?, ?, ?)",
                     VALUES(TEXT(answer->hash), TEXT(answer->format), NUMBER(answer->width),
                            NUMBER(answer->height), NUMBER(answer->size_bytes)),
                     "cataloguing a picture", error);
}

// A new content behind an address makes the products that show it due.
static nacre_status put_fetched(catalogue *c, const struct catalogue_answer *answer, int64_t sequence,
                                nacre_error *error) {
    static const char touch[] =
        "UPDATE product SET same_due = 1, codes_due = ?3 WHERE id IN (SELECT product FROM "
        "product_picture WHERE address = ?1)"
        " AND (SELECT picture FROM address WHERE id = ?1) IS NOT ?2";
    static const char update[] = "UPDATE address SET picture = ?2, etag = ?3, last_modified = ?4, tries = 0,"
                                 " next_try_s = ?5, why = NULL WHERE id = ?1";
    nacre_status status = put_content(c, answer, error);
    if (status)
        return status;
    status = sql_write(c, touch, VALUES(NUMBER(answer->address_id), TEXT(answer->hash), NUMBER(sequence)),
                       "cataloguing a picture", error);
    if (status)
        return status;
    return sql_write(c, update,
                     VALUES(NUMBER(answer->address_id), TEXT(answer->hash), TEXT(answer->etag),
                            TEXT(answer->last_modified), NUMBER(answer->next_try_s)),
                     "cataloguing a picture", error);
}

static nacre_status put_unfetched(catalogue *c, const struct catalogue_answer *answer, nacre_error *error) {
    static const char sql[] =
        "UPDATE address SET tries = iif(?2, tries + 1, 0), next_try_s = ?3, why = ?4 WHERE id = ?1";
    return sql_write(c, sql,
                     VALUES(NUMBER(answer->address_id), NUMBER(answer->outcome == CATALOGUE_FAILED),
                            NUMBER(answer->next_try_s),
                            TEXT(answer->outcome == CATALOGUE_FAILED ? answer->why : NULL)),
                     "noting a picture's answer", error);
}

nacre_status catalogue_put_answers(catalogue *c, const struct catalogue_answer *answers, size_t count,
                                   nacre_error *error) {
    int64_t sequence;
    nacre_status status = sql_begin(c, "cataloguing pictures", error);
    if (status)
        return status;
    status = sql_next_sequence(c, &sequence, error);
    for (size_t i = 0; i < count && !status; i++) {
        if (answers[i].outcome == CATALOGUE_FETCHED)
            status = put_fetched(c, &answers[i], sequence, error);
        else
            status = put_unfetched(c, &answers[i], error);
    }
    return sql_end(c, status, "cataloguing pictures", error);
}

static nacre_status mark_placeholders(catalogue *c, int64_t shop_id, int64_t most_products,
                                      nacre_error *error) {
    static const char empty[] = "CREATE TEMP TABLE IF NOT EXISTS often (hash TEXT PRIMARY KEY) WITHOUT ROWID;"
                                "DELETE FROM often";
    static const char find[] = "INSERT INTO often SELECT picture FROM product"
                               " JOIN product_picture ON product_picture.product = product.id"
                               " JOIN address ON address.id = product_picture.address"
                               " WHERE product.shop = ?1 AND product.gone = 0 AND picture IS NOT NULL"
                               " GROUP BY picture HAVING count(DISTINCT product.id) > ?2";
    // Products are due that show what becomes a placeholder, or what no longer is one.
    static const char touch[] =
        "WITH marked AS (SELECT hash FROM placeholder WHERE shop = ?1),"
        " turned AS (SELECT hash FROM often WHERE hash NOT IN marked"
        "            UNION SELECT hash FROM marked WHERE hash NOT IN often)"
        " UPDATE product SET same_due = 1, codes_due = ?3 WHERE shop = ?1 AND gone = 0 AND ?2 >= 0 AND id IN"
        " (SELECT product_picture.product FROM turned JOIN address ON address.picture = turned.hash"
        "  JOIN product_picture ON product_picture.address = address.id)";
    static const char unmark[] = "DELETE FROM placeholder WHERE shop = ?1 AND hash NOT IN often";
    static const char mark[] = "INSERT OR IGNORE INTO placeholder SELECT ?1, hash FROM often";
    // Each takes some of: ?1 shop, ?2 most products, ?3 number of the change.
    static const char *const steps[] = {find, touch, unmark, mark};
    int64_t sequence;
    nacre_status status = sql_next_sequence(c, &sequence, error);
    if (!status)
        status = sql_execute(c, empty, "looking for placeholder pictures", error);
    for (size_t i = 0; i < G_N_ELEMENTS(steps) && !status; i++)
        status = sql_write(c, steps[i], VALUES(NUMBER(shop_id), NUMBER(most_products), NUMBER(sequence)),
                           "looking for placeholder pictures", error);
    return status;
}

nacre_status catalogue_mark_placeholders(catalogue *c, int64_t shop_id, int64_t most_products, int64_t *count,
                                         nacre_error *error) {
    nacre_status status = sql_begin(c, "looking for placeholder pictures", error);
    if (status)
        return status;
    status = mark_placeholders(c, shop_id, most_products, error);
    status = sql_end(c, status, "looking for placeholder pictures", error);
    if (status)
        return status;
    sqlite3_stmt *statement;
    bool row;
    status = sql_start(c, "SELECT count(*) FROM placeholder WHERE shop = ?", VALUES(NUMBER(shop_id)),
                       &statement, error);
    if (status)
        return status;
    status = sql_step(c, statement, "counting placeholder pictures", &row, error);
    if (status)
        return status;
    *count = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return NACRE_OK;
}
