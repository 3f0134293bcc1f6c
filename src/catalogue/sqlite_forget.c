// SPDX-License-Identifier: Apache-2.0
// Contents that no product for sale shows. They are noted with the time and forgotten when that is long
// enough ago: a shop's products come and go, and a picture that is asked for again must be fetched again.
//
// The files are removed after the catalogue has forgotten them, never before. What is forgotten but not yet
// removed stands in `unshown` with since_s = 0, so a killed process leaves no file that nobody knows of. The
// caller is the only crawl, so no content can come back between our question and the removal.
#include "catalogue/sqlite.h"

enum { PAGE = 500 };

static const char DOING[] = "looking for pictures that no product shows";

#define SHOWN                                                                                                \
    "EXISTS (SELECT 1 FROM address JOIN product_picture ON product_picture.address = address.id"             \
    " JOIN product ON product.id = product_picture.product WHERE address.picture = hash AND gone = 0)"
#define LONG_AGO "(SELECT hash FROM unshown WHERE since_s BETWEEN 1 AND ?2)"

// Each takes some of: ?1 now, ?2 the time from which on a content is kept.
static const char *const steps[] = {
    "DELETE FROM unshown WHERE since_s > 0 AND " SHOWN,
    "INSERT OR IGNORE INTO unshown SELECT hash, ?1 FROM picture WHERE NOT " SHOWN,
    "DELETE FROM item WHERE picture IN " LONG_AGO,
    "UPDATE address SET picture = NULL, etag = NULL, last_modified = NULL, tries = 0, next_try_s = 1, why = "
    "NULL"
    " WHERE picture IN " LONG_AGO,
    "DELETE FROM picture WHERE hash IN " LONG_AGO,
    "UPDATE unshown SET since_s = 0 WHERE since_s BETWEEN 1 AND ?2",
    "DELETE FROM address WHERE picture IS NULL"
    " AND id NOT IN (SELECT address FROM product_picture)",
    "INSERT INTO counter VALUES ('unshown_s', ?1) ON CONFLICT DO UPDATE SET value = ?1",
};

static nacre_status forget(catalogue *c, int64_t now_s, int64_t kept_since_s, nacre_error *error) {
    int64_t sequence; // of the items' removal
    nacre_status status = sql_begin(c, DOING, error);
    if (status)
        return status;
    status = sql_next_sequence(c, &sequence, error);
    for (size_t i = 0; i < G_N_ELEMENTS(steps) && !status; i++)
        status = sql_write(c, steps[i], VALUES(NUMBER(now_s), NUMBER(kept_since_s)), DOING, error);
    return sql_end(c, status, DOING, error);
}

// Some of the contents that are forgotten and did not come again since.
static nacre_status list_forgotten(catalogue *c, arena *a, const char ***hashes, size_t *count,
                                   nacre_error *error) {
    static const char sql[] = "SELECT hash FROM unshown WHERE since_s = 0"
                              " AND hash NOT IN (SELECT hash FROM picture) LIMIT ?1";
    sqlite3_stmt *statement;
    bool row;
    *hashes = NULL;
    *count = 0;
    nacre_status status = sql_start(c, sql, VALUES(NUMBER(PAGE)), &statement, error);
    while (!status && !(status = sql_step(c, statement, DOING, &row, error)) && row) {
        *hashes = sql_grow(a, *hashes, *count, sizeof **hashes);
        if (!*hashes || !sql_column_text(statement, 0, a, &(*hashes)[(*count)++])) {
            sqlite3_reset(statement);
            status = error_memory(error, DOING);
        }
    }
    return status;
}

static nacre_status forget_removal(catalogue *c, const char *const *hashes, size_t count,
                                   nacre_error *error) {
    nacre_status status = sql_begin(c, DOING, error);
    if (status)
        return status;
    for (size_t i = 0; i < count && !status; i++)
        status = sql_write(c, "DELETE FROM unshown WHERE hash = ?", VALUES(TEXT(hashes[i])), DOING, error);
    return sql_end(c, status, DOING, error);
}

nacre_status catalogue_forget_pictures(catalogue *c, int64_t now_s, int64_t keep_s, int64_t every_s,
                                       nacre_status (*remove)(void *context, const char *hash,
                                                              nacre_error *error),
                                       void *context, int64_t *removed, nacre_error *error) {
    int64_t last_s;
    size_t count = 1;
    *removed = 0;
    nacre_status status =
        sql_number(c, "SELECT value FROM counter WHERE name = 'unshown_s'", NULL, DOING, &last_s, error);
    if (!status && now_s - last_s >= every_s)
        status = forget(c, now_s, now_s - keep_s, error);
    while (!status && count > 0) {
        arena a;
        arena_init(&a, 1024 * 1024);
        const char **hashes;
        status = list_forgotten(c, &a, &hashes, &count, error);
        for (size_t i = 0; i < count && !status; i++)
            status = remove(context, hashes[i], error);
        if (!status && count > 0)
            status = forget_removal(c, hashes, count, error);
        *removed += status ? 0 : (int64_t)count;
        arena_fini(&a);
    }
    return status ? status
                  : sql_write(c, "DELETE FROM unshown WHERE since_s = 0", NULL, DOING, error); // came again
}
