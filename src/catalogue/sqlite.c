// SPDX-License-Identifier: Apache-2.0
// The catalogue in SQLite.
//
// What is read often and by the million is kept narrow: `offer` answers "is this offer known and unchanged?"
// from one B-tree without touching the product, `product` holds what search and indexer ask for,
// `product_text` the rest, which only one product at a time is asked for. The database runs in WAL mode:
// readers never wait for the writer, and a killed process leaves the last committed state. Every committed
// change carries a number, `sequence`, so that a server can follow the catalogue without reading it again.
#include "catalogue/sqlite.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
    SCHEMA_VERSION = 3,
    APPLICATION_ID = 0x6e616372, // "nacr", so that `file` and we know the database
    BUSY_TIMEOUT_MS = 60 * 1000,
};

static const char schema[] =
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO counter VALUES ('sequence', 0), ('identity', abs(random()));"

    "CREATE TABLE shop ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, feed_address TEXT NOT NULL, dialect INTEGER NOT "
    "NULL,"
    " etag TEXT, last_modified TEXT, mapping_digest TEXT);"

    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY, shop INTEGER NOT NULL REFERENCES shop ON DELETE CASCADE,"
    " started_s INTEGER NOT NULL, ended_s INTEGER NOT NULL, committed INTEGER NOT NULL, complete INTEGER NOT "
    "NULL,"
    " message TEXT, offers INTEGER NOT NULL, fresh INTEGER NOT NULL, changed INTEGER NOT NULL, same INTEGER "
    "NOT NULL,"
    " gone INTEGER NOT NULL, bad INTEGER NOT NULL, merged INTEGER NOT NULL);"
    "CREATE INDEX run_of_shop ON run (shop);"

    "CREATE TABLE problem ("
    " run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, line INTEGER NOT NULL, offer TEXT, what TEXT "
    "NOT NULL,"
    " done INTEGER NOT NULL);"
    "CREATE INDEX problem_of_run ON problem (run);"

    "CREATE TABLE shop_category ("
    " shop INTEGER NOT NULL REFERENCES shop ON DELETE CASCADE, id TEXT NOT NULL, parent TEXT, name TEXT NOT "
    "NULL,"
    " PRIMARY KEY (shop, id)) WITHOUT ROWID;"

    "CREATE TABLE vendor (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);"

    // `digest` is over the whole record (0: the product is gone), `codes_digest` over what its codes depend
    // on.
    "CREATE TABLE offer ("
    " shop INTEGER NOT NULL REFERENCES shop ON DELETE CASCADE, offer TEXT NOT NULL, product INTEGER NOT NULL,"
    " digest INTEGER NOT NULL, codes_digest INTEGER NOT NULL, PRIMARY KEY (shop, offer)) WITHOUT ROWID;"

    // `available` counts the variants in; `coded_by` is the model that made the items, `mapped` what the
    // mapping said then, `codes_due` the change that the items are behind, 0: none. `same_as` is the smallest
    // product of those that are the same in other shops, NULL: no other is (sqlite_same.c).
    "CREATE TABLE product ("
    " id INTEGER PRIMARY KEY, shop INTEGER NOT NULL REFERENCES shop ON DELETE CASCADE, vendor INTEGER NOT "
    "NULL,"
    " price INTEGER NOT NULL, own_available INTEGER NOT NULL, available INTEGER NOT NULL, gone INTEGER NOT "
    "NULL,"
    " variants_digest INTEGER NOT NULL DEFAULT 0, codes_due INTEGER NOT NULL, coded_by TEXT, mapped TEXT,"
    " category TEXT, sequence INTEGER NOT NULL, same_as INTEGER, same_due INTEGER NOT NULL DEFAULT 1,"
    " alone INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX product_same ON product (same_as) WHERE same_as IS NOT NULL;"
    "CREATE INDEX product_same_due ON product (id) WHERE same_due;"
    "CREATE TABLE likeness ("
    " key INTEGER NOT NULL, product INTEGER NOT NULL REFERENCES product ON DELETE CASCADE, PRIMARY KEY (key, "
    "product))"
    " WITHOUT ROWID;"
    "CREATE INDEX likeness_of_product ON likeness (product);"
    "CREATE INDEX product_for_sale ON product (shop, category) WHERE gone = 0;"
    "CREATE INDEX product_changed ON product (sequence);"

    "CREATE TABLE product_text ("
    " product INTEGER PRIMARY KEY REFERENCES product ON DELETE CASCADE, offer TEXT NOT NULL, group_id TEXT,"
    " name TEXT NOT NULL, vendor TEXT, vendor_code TEXT, description TEXT, url TEXT, barcode TEXT, currency "
    "TEXT,"
    " old_price INTEGER NOT NULL, category_ids TEXT, params TEXT);"

    "CREATE TABLE variant ("
    " product INTEGER NOT NULL REFERENCES product ON DELETE CASCADE, offer TEXT NOT NULL, digest INTEGER NOT "
    "NULL,"
    " price INTEGER NOT NULL, available INTEGER NOT NULL, url TEXT, params TEXT,"
    " PRIMARY KEY (product, offer)) WITHOUT ROWID;"

    "CREATE TABLE address ("
    " id INTEGER PRIMARY KEY, url_digest INTEGER NOT NULL, url TEXT NOT NULL, picture TEXT, etag TEXT,"
    " last_modified TEXT, tries INTEGER NOT NULL DEFAULT 0, next_try_s INTEGER NOT NULL DEFAULT 1, why TEXT);"
    "CREATE INDEX address_of_url ON address (url_digest);"
    "CREATE INDEX address_failed ON address (id) WHERE tries > 0;"
    "CREATE INDEX address_of_picture ON address (picture);"

    "CREATE TABLE product_picture ("
    " product INTEGER NOT NULL REFERENCES product ON DELETE CASCADE, position INTEGER NOT NULL,"
    " address INTEGER NOT NULL REFERENCES address, PRIMARY KEY (product, position)) WITHOUT ROWID;"
    "CREATE INDEX picture_of_product ON product_picture (address);"

    "CREATE TABLE picture ("
    " hash TEXT PRIMARY KEY, format TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,"
    " size_bytes INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE placeholder ("
    " shop INTEGER NOT NULL REFERENCES shop ON DELETE CASCADE, hash TEXT NOT NULL, PRIMARY KEY (shop, hash))"
    " WITHOUT ROWID;"

    // Contents that no product for sale shows, since when; 0: forgotten, their file is to be removed
    // (sqlite_forget.c).
    "CREATE TABLE unshown (hash TEXT PRIMARY KEY, since_s INTEGER NOT NULL) WITHOUT ROWID;"

    // AUTOINCREMENT: an item's id is never used again, so a server that still holds a removed one is not
    // misled. `fine` are the values behind the codes, NULL in items of before version 3.
    "CREATE TABLE item ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, product INTEGER NOT NULL REFERENCES product ON DELETE CASCADE,"
    " picture TEXT NOT NULL, x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL,"
    " score REAL NOT NULL, category TEXT NOT NULL, seen TEXT, shape BLOB NOT NULL, colour BLOB NOT NULL,"
    " model TEXT NOT NULL, sequence INTEGER NOT NULL, fine BLOB);"
    "CREATE INDEX item_disagrees ON item (product) WHERE seen IS NOT NULL;"
    "CREATE INDEX item_of_product ON item (product);"
    "CREATE INDEX item_changed ON item (sequence);"
    "CREATE TABLE removed_item (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);"
    "CREATE INDEX removed_item_changed ON removed_item (sequence);"
    "CREATE TRIGGER item_is_removed AFTER DELETE ON item BEGIN"
    " INSERT INTO removed_item VALUES (old.id, (SELECT value FROM counter WHERE name = 'sequence'));"
    "END;";

nacre_status sql_failed(catalogue *c, const char *doing, nacre_error *error) {
    int code = sqlite3_errcode(c->db);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return error_memory(error, doing);
    case SQLITE_FULL:
        return error_set(error, NACRE_ERROR_IO,
                         "%s: the disk is full; nothing was lost, free some space and go on", doing);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(error, NACRE_ERROR_BUSY,
                         "%s: another nacre is writing to the catalogue; try again later", doing);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return error_set(
            error, NACRE_ERROR_DATABASE,
            "%s: the catalogue is damaged (%s): restore catalogue.sqlite from a backup, or remove it and "
            "crawl again",
            doing, sqlite3_errmsg(c->db));
    default:
        return error_set(error, NACRE_ERROR_DATABASE, "%s: %s", doing, sqlite3_errmsg(c->db));
    }
}

// The cached statement, prepared at first use; reset and without bindings.
static nacre_status prepare(catalogue *c, const char *sql, sqlite3_stmt **statement, nacre_error *error) {
    sqlite3_stmt *prepared = g_hash_table_lookup(c->statements, sql);
    if (prepared) {
        sqlite3_reset(prepared);
        sqlite3_clear_bindings(prepared);
    } else {
        if (sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL))
            return sql_failed(c, "preparing a query", error);
        g_hash_table_insert(c->statements, (gpointer)(uintptr_t)sql, prepared);
    }
    *statement = prepared;
    return NACRE_OK;
}

static void bind(sqlite3_stmt *statement, int position, const struct sql_value *value) {
    switch (value->kind) {
    case SQL_NUMBER:
        sqlite3_bind_int64(statement, position, value->number);
        break;
    case SQL_REAL:
        sqlite3_bind_double(statement, position, value->real);
        break;
    case SQL_TEXT:
        sqlite3_bind_text(statement, position, value->bytes, -1, SQLITE_STATIC); // NULL binds NULL
        break;
    case SQL_CODE:
        sqlite3_bind_blob(statement, position, value->bytes, CODE_BYTES, SQLITE_STATIC);
        break;
    case SQL_FINE:
        sqlite3_bind_blob(statement, position, value->bytes, FINE_BYTES, SQLITE_STATIC);
        break;
    case SQL_END:
        break;
    }
}

nacre_status sql_start(catalogue *c, const char *sql, const struct sql_value *values,
                       sqlite3_stmt **statement, nacre_error *error) {
    nacre_status status = prepare(c, sql, statement, error);
    if (status)
        return status;
    for (int i = 0; values && values[i].kind != SQL_END; i++)
        bind(*statement, i + 1, &values[i]);
    return NACRE_OK;
}

nacre_status sql_step(catalogue *c, sqlite3_stmt *statement, const char *doing, bool *row,
                      nacre_error *error) {
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *row = true;
        return NACRE_OK;
    }
    nacre_status status = code == SQLITE_DONE ? NACRE_OK : sql_failed(c, doing, error);
    sqlite3_reset(statement);
    *row = false;
    return status;
}

nacre_status sql_write(catalogue *c, const char *sql, const struct sql_value *values, const char *doing,
                       nacre_error *error) {
    sqlite3_stmt *statement;
    bool row = false;
    nacre_status status = sql_start(c, sql, values, &statement, error);
    if (!status)
        status = sql_step(c, statement, doing, &row, error);
    if (row)
        sqlite3_reset(statement);
    return status;
}

nacre_status sql_number(catalogue *c, const char *sql, const struct sql_value *values, const char *doing,
                        int64_t *number, nacre_error *error) {
    sqlite3_stmt *statement;
    bool row = false;
    nacre_status status = sql_start(c, sql, values, &statement, error);
    if (!status)
        status = sql_step(c, statement, doing, &row, error);
    if (status)
        return status;
    *number = row ? sqlite3_column_int64(statement, 0) : 0;
    // A statement that writes and returns (UPDATE … RETURNING) has written all by its first row.
    sqlite3_reset(statement);
    return NACRE_OK;
}

nacre_status sql_execute(catalogue *c, const char *sql, const char *doing, nacre_error *error) {
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL) ? sql_failed(c, doing, error) : NACRE_OK;
}

nacre_status sql_begin(catalogue *c, const char *doing, nacre_error *error) {
    return sql_execute(c, "BEGIN IMMEDIATE", doing, error);
}

nacre_status sql_end(catalogue *c, nacre_status status, const char *doing, nacre_error *error) {
    if (!status)
        status = sql_execute(c, "COMMIT", doing, error);
    // A failed statement may have rolled back already; then this ROLLBACK has nothing to do.
    if (status && !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

bool sql_column_text(sqlite3_stmt *statement, int column, arena *a, const char **text) {
    const char *value = (const char *)sqlite3_column_text(statement, column);
    *text = NULL;
    if (value)
        *text = arena_text(a, value);
    return !value || *text;
}

nacre_status sql_next_sequence(catalogue *c, int64_t *sequence, nacre_error *error) {
    static const char sql[] = "UPDATE counter SET value = value + 1 WHERE name = 'sequence' RETURNING value";
    return sql_number(c, sql, NULL, "counting changes", sequence, error);
}

void *sql_grow(arena *a, void *list, size_t count, size_t size) {
    // Doubled at every power of two, so the list is copied a logarithmic number of times.
    if (count && (count & (count - 1)))
        return list;
    void *grown = arena_new(a, count ? 2 * count : 1, size);
    if (grown && count)
        memcpy(grown, list, count * size);
    return grown;
}

static void finalize(gpointer statement) {
    sqlite3_finalize(statement);
}

static nacre_status read_marks(catalogue *c, int64_t *application, int64_t *version, nacre_error *error) {
    nacre_status status =
        sql_number(c, "PRAGMA application_id", NULL, "opening the catalogue", application, error);
    return status ? status
                  : sql_number(c, "PRAGMA user_version", NULL, "opening the catalogue", version, error);
}

static nacre_status make_tables(catalogue *c, nacre_error *error) {
    int64_t application, version;
    nacre_status status = read_marks(c, &application, &version, error);
    if (status || application != 0 || version != 0)
        return status; // another process made them meanwhile
    char mark[128];
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
             SCHEMA_VERSION);
    status = sql_execute(c, schema, "making the catalogue", error);
    return status ? status : sql_execute(c, mark, "making the catalogue", error);
}

// Version 1 was written in four forms, before it got a number of its own: each lacks some of this.
static nacre_status upgrade_from_1(catalogue *c, nacre_error *error) {
    static const struct {
        const char *table, *column, *sql;
    } columns[] = {
        {"item", "seen", "ALTER TABLE item ADD COLUMN seen TEXT"},
        {"product", "same_as", "ALTER TABLE product ADD COLUMN same_as INTEGER"},
        {"product", "same_due", "ALTER TABLE product ADD COLUMN same_due INTEGER NOT NULL DEFAULT 1"},
        {"product", "alone", "ALTER TABLE product ADD COLUMN alone INTEGER NOT NULL DEFAULT 0"},
    };
    static const char rest[] =
        "INSERT OR IGNORE INTO counter VALUES ('identity', abs(random()));"
        "CREATE INDEX IF NOT EXISTS item_disagrees ON item (product) WHERE seen IS NOT NULL;"
        "CREATE INDEX IF NOT EXISTS product_same ON product (same_as) WHERE same_as IS NOT NULL;"
        "CREATE INDEX IF NOT EXISTS product_same_due ON product (id) WHERE same_due;"
        "CREATE TABLE IF NOT EXISTS likeness (key INTEGER NOT NULL,"
        " product INTEGER NOT NULL REFERENCES product ON DELETE CASCADE, PRIMARY KEY (key, product)) WITHOUT "
        "ROWID;"
        "CREATE INDEX IF NOT EXISTS likeness_of_product ON likeness (product);"
        "CREATE TABLE unshown (hash TEXT PRIMARY KEY, since_s INTEGER NOT NULL) WITHOUT ROWID;"
        "PRAGMA user_version = 2";
    static const char doing[] = "bringing the catalogue up to date";
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < G_N_ELEMENTS(columns) && !status; i++) {
        int64_t there = 0;
        status = sql_number(c, "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?",
                            VALUES(TEXT(columns[i].table), TEXT(columns[i].column)), doing, &there, error);
        if (!status && !there)
            status = sql_execute(c, columns[i].sql, doing, error);
    }
    return status ? status : sql_execute(c, rest, doing, error);
}

// From the version it has now: another process may have done it meanwhile.
static nacre_status upgrade(catalogue *c, nacre_error *error) {
    static const char from_2[] = "ALTER TABLE item ADD COLUMN fine BLOB; PRAGMA user_version = 3";
    int64_t application, version;
    nacre_status status = read_marks(c, &application, &version, error);
    if (!status && version == 1)
        status = upgrade_from_1(c, error);
    if (!status && version <= 2)
        status = sql_execute(c, from_2, "bringing the catalogue up to date", error);
    return status;
}

// Makes the tables in a new database and brings an older one up to date; refuses a foreign or newer one. The
// writing lock is taken for a new database only: opening must not wait for a feed run that is being written.
static nacre_status check_schema(catalogue *c, const char *path, nacre_error *error) {
    int64_t application, version;
    nacre_status status = read_marks(c, &application, &version, error);
    if (!status && application == 0 && version == 0) {
        status = sql_begin(c, "making the catalogue", error);
        if (!status)
            status = sql_end(c, make_tables(c, error), "making the catalogue", error);
        if (!status)
            status = read_marks(c, &application, &version, error);
    }
    if (status)
        return status;
    if (application != APPLICATION_ID)
        return error_set(error, NACRE_ERROR_FORMAT, "%s is a database, but not a nacre catalogue", path);
    if (version < SCHEMA_VERSION) {
        status = sql_begin(c, "bringing the catalogue up to date", error);
        return status ? status : sql_end(c, upgrade(c, error), "bringing the catalogue up to date", error);
    }
    if (version > SCHEMA_VERSION)
        return error_set(error, NACRE_ERROR_VERSION,
                         "the catalogue %s is of version %lld, this nacre knows up to %d: use a newer nacre",
                         path, (long long)version, SCHEMA_VERSION);
    return NACRE_OK;
}

nacre_status catalogue_open(const char *path, catalogue **result, nacre_error *error) {
    catalogue *c = memory_new(1, sizeof *c);
    if (!c)
        return error_memory(error, "opening the catalogue");
    c->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, finalize);
    nacre_status status;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(path, &c->db, flags, NULL)) {
        const char *reason = c->db ? sqlite3_errmsg(c->db) : "out of memory";
        status = error_set(error, NACRE_ERROR_IO, "opening the catalogue %s: %s", path, reason);
        goto out;
    }
    sqlite3_busy_timeout(c->db, BUSY_TIMEOUT_MS);
    status = sql_execute(c,
                         "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                         "PRAGMA cache_size = -20480; PRAGMA temp_store = MEMORY;",
                         "opening the catalogue", error);
    if (!status)
        status = check_schema(c, path, error);
out:
    if (status)
        catalogue_close(c);
    else
        *result = c;
    return status;
}

nacre_status catalogue_open_workspace(const workspace *w, catalogue **result, nacre_error *error) {
    char *path = workspace_path(w, "catalogue.sqlite");
    nacre_status status =
        path ? catalogue_open(path, result, error) : error_memory(error, "opening the catalogue");
    memory_free(path);
    return status;
}

void catalogue_close(catalogue *c) {
    if (!c)
        return;
    run_free(c->run);
    g_hash_table_destroy(c->statements);
    sqlite3_close(c->db); // rolls back what was not committed
    memory_free(c);
}

nacre_status catalogue_count(catalogue *c, struct catalogue_counts *counts, nacre_error *error) {
    static const char sql[] =
        "SELECT (SELECT count(*) FROM shop), (SELECT count(*) FROM product WHERE gone = 0),"
        " (SELECT count(*) FROM address), (SELECT count(*) FROM address WHERE next_try_s > 0"
        "   AND next_try_s <= unixepoch()), (SELECT count(*) FROM address WHERE tries > 0),"
        " (SELECT count(*) FROM picture), (SELECT count(*) FROM item),"
        " (SELECT coalesce(max(ended_s), 0) FROM run WHERE committed)";
    sqlite3_stmt *statement;
    bool row;
    nacre_status status = sql_start(c, sql, NULL, &statement, error);
    if (!status)
        status = sql_step(c, statement, "counting the catalogue", &row, error);
    if (status)
        return status;
    *counts = (struct catalogue_counts){
        .shops = sqlite3_column_int64(statement, 0),
        .products = sqlite3_column_int64(statement, 1),
        .addresses = sqlite3_column_int64(statement, 2),
        .addresses_due = sqlite3_column_int64(statement, 3),
        .addresses_failed = sqlite3_column_int64(statement, 4),
        .pictures = sqlite3_column_int64(statement, 5),
        .items = sqlite3_column_int64(statement, 6),
        .last_run_s = sqlite3_column_int64(statement, 7),
    };
    sqlite3_reset(statement);
    return NACRE_OK;
}
