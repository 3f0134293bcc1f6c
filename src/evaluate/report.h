// SPDX-License-Identifier: Apache-2.0
// A report: tables under section names, strips of pictures, and definitions of the words in it. It is filled
// once and written as a workbook (a tab a section), as one HTML page that needs nothing else, and as JSON.
//
// Filling cannot fail by itself: what goes wrong on the way (memory, a picture) is told by report_write. All
// texts are copied. One thread at a time.
#ifndef NACRE_EVALUATE_REPORT_H
#define NACRE_EVALUATE_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "picture/picture.h"

typedef struct report report;
typedef struct report_table report_table;

// Which change is a good one: it is shown green, its opposite red.
enum report_better { REPORT_NEITHER, REPORT_HIGHER, REPORT_LOWER };

struct report_column {
    const char *key;   // its name in JSON
    const char *title; // its name for people
    int digits;        // of its numbers, behind the point
    enum report_better better;
};

// NAN: not known.
struct report_number {
    double value;
    double before;    // the previous model's
    double low, high; // the interval that holds the true value with 95 %
};

enum report_frame { REPORT_PLAIN, REPORT_RIGHT, REPORT_WRONG };

nacre_status report_new(const char *title, report **result, nacre_error *error) MUST_CHECK;
void report_free(report *r);

// A new table in a section. Sections stand in the order of their first use; the first one is the summary.
// `title` may be NULL. The table belongs to the report; filling NULL does nothing.
report_table *report_add_table(report *r, const char *section, const char *title,
                               const struct report_column *columns, size_t count);

// Begins a row; its cells follow from left to right, those that are not given stay empty.
void report_row(report_table *t);
void report_text(report_table *t, const char *text);
void report_value(report_table *t, double value);
void report_number(report_table *t, struct report_number number);

// Begins a strip of pictures in a section: they stand below its tables, in HTML alone.
void report_strip(report *r, const char *section, const char *caption);
// Adds a picture to the last strip, shrunk until no side is longer than `side` pixels.
void report_picture(report *r, const struct picture *picture, int side, enum report_frame frame,
                    const char *caption);

// What a word of the report means.
void report_define(report *r, const char *word, const char *meaning);

struct report_files {
    const char *json, *html, *xlsx; // paths; NULL: not wanted
};

// Writes each file whole or not at all.
nacre_status report_write(const report *r, const struct report_files *files, nacre_error *error) MUST_CHECK;

// Prints the tables of the summary for a terminal.
void report_print(const report *r, FILE *out);

#endif
