// SPDX-License-Identifier: Apache-2.0
// What a report is made of, for those who write it.
#ifndef NACRE_EVALUATE_REPORT_PARTS_H
#define NACRE_EVALUATE_REPORT_PARTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "evaluate/report.h"

struct cell {
    const char *text; // NULL: a number
    struct report_number number;
};

struct row {
    struct row *next;
    struct cell *cells; // one a column
};

struct report_table {
    report *report;
    struct report_table *next;
    const char *title;               // NULL
    struct report_column *columns;   // copies
    bool *has_before, *has_interval; // by column: whether any number has one
    size_t column_count, filled;     // of the last row
    struct row *rows, **rows_end;
};

struct shown {
    struct shown *next;
    const char *data; // base64 of a JPEG
    int width, height;
    enum report_frame frame;
    const char *caption; // NULL
};

struct strip {
    struct strip *next;
    const char *caption;
    struct shown *pictures, **pictures_end;
};

struct section {
    struct section *next;
    const char *name;
    struct report_table *tables, **tables_end;
    struct strip *strips, **strips_end;
};

struct definition {
    struct definition *next;
    const char *word, *meaning;
};

struct report {
    arena arena;
    const char *title;
    struct section *sections, **sections_end;
    struct definition *definitions, **definitions_end;
    struct strip *strip; // the last one
    struct row *row;     // the last one
    nacre_status status; // the first failure
    nacre_error error;
};

enum { MAX_REPORT_BYTES = 1 << 30 };

// How far a number changed, as it is shown: 0 where that is less than half of its last digit.
double report_change(const struct report_column *column, const struct report_number *number);
// 1: the change is for the better, -1: for the worse, 0: neither.
int report_judge(const struct report_column *column, const struct report_number *number);

nacre_status report_make_html(const report *r, buffer *out) MUST_CHECK;
nacre_status report_write_xlsx(const report *r, const char *path, nacre_error *error) MUST_CHECK;

#endif
