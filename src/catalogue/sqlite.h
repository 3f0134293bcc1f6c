// SPDX-License-Identifier: Apache-2.0
// Inside the SQLite store: the connection, cached statements, and how its errors become ours.
#ifndef NACRE_CATALOGUE_SQLITE_H
#define NACRE_CATALOGUE_SQLITE_H

#include <glib.h>
#include <sqlite3.h>

#include "catalogue/catalogue.h"

struct run;

struct catalogue {
    sqlite3 *db;
    GHashTable *statements; // SQL text (a string constant's address) → its prepared statement
    struct run *run;        // the feed run in progress, or NULL
};

// Puts SQLite's message into the error: "cataloguing products: disk full …".
nacre_status sql_failed(catalogue *c, const char *doing, nacre_error *error);

// What a statement's parameters are bound to, in their order. Texts and codes stay the caller's and must live
// until the statement has run; a NULL one binds NULL.
struct sql_value {
    enum { SQL_END, SQL_NUMBER, SQL_REAL, SQL_TEXT, SQL_CODE, SQL_FINE } kind;
    int64_t number;
    double real;
    const void *bytes;
};

#define NUMBER(value)                                                                                        \
    { .kind = SQL_NUMBER, .number = (value) }
#define REAL(value)                                                                                          \
    { .kind = SQL_REAL, .real = (double)(value) }
#define TEXT(value)                                                                                          \
    { .kind = SQL_TEXT, .bytes = (value) }
#define CODE(value)                                                                                          \
    { .kind = SQL_CODE, .bytes = (value) } // CODE_BYTES of them
#define FINE(value)                                                                                          \
    { .kind = SQL_FINE, .bytes = (value) } // FINE_BYTES of them
#define VALUES(...) ((const struct sql_value[]){__VA_ARGS__, {.kind = SQL_END}})

// The prepared statement of `sql`, which must be a string constant, with its parameters bound (NULL: it has
// none), ready for sql_step.
nacre_status sql_start(catalogue *c, const char *sql, const struct sql_value *values,
                       sqlite3_stmt **statement, nacre_error *error) MUST_CHECK;

// Runs a statement that gives no rows.
nacre_status sql_write(catalogue *c, const char *sql, const struct sql_value *values, const char *doing,
                       nacre_error *error) MUST_CHECK;

// Runs a query for one number; 0 where it gives no row.
nacre_status sql_number(catalogue *c, const char *sql, const struct sql_value *values, const char *doing,
                        int64_t *number, nacre_error *error) MUST_CHECK;

// One step. `*row` tells whether there is a row; without one the statement has been reset.
nacre_status sql_step(catalogue *c, sqlite3_stmt *statement, const char *doing, bool *row,
                      nacre_error *error) MUST_CHECK;

// Runs SQL text as it is, such as "BEGIN".
nacre_status sql_execute(catalogue *c, const char *sql, const char *doing, nacre_error *error) MUST_CHECK;

// Begins a writing transaction; ends one by the status so far: commits after NACRE_OK, else rolls back.
nacre_status sql_begin(catalogue *c, const char *doing, nacre_error *error) MUST_CHECK;
nacre_status sql_end(catalogue *c, nacre_status status, const char *doing, nacre_error *error) MUST_CHECK;

// A column's text in the arena, or NULL; false when out of memory.
bool sql_column_text(sqlite3_stmt *statement, int column, arena *a, const char **text);

// The number of this transaction in the order of changes (see catalogue_each_change).
nacre_status sql_next_sequence(catalogue *c, int64_t *sequence, nacre_error *error) MUST_CHECK;

// A list that grows in an arena: room for one more element of `size` bytes behind `count`; NULL when out of
// memory.
void *sql_grow(arena *a, void *list, size_t count, size_t size);

// Follows a shop category to the top: appends it and its parents to `ids`, nearest first, and puts their
// names before `path` ("Women > Dresses"). Both may come with something in them already (several categories
// of one offer).
nacre_status shop_category_chain(catalogue *c, int64_t shop_id, const char *id, arena *a, const char ***ids,
                                 size_t *count, const char **path, nacre_error *error) MUST_CHECK;

// Frees a feed run in progress; NULL is allowed.
void run_free(struct run *run);

#endif
