// SPDX-License-Identifier: Apache-2.0
#include "evaluate/report.h"

#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "evaluate/report_parts.h"

enum { JPEG_QUALITY = 82 };

nacre_status report_new(const char *title, report **result, nacre_error *error) {
    report *r = memory_new(1, sizeof *r);
    if (!r)
        return error_memory(error, "making a report");
    arena_init(&r->arena, MAX_REPORT_BYTES);
    r->sections_end = &r->sections;
    r->definitions_end = &r->definitions;
    r->title = arena_text(&r->arena, title);
    if (!r->title) {
        report_free(r);
        return error_memory(error, "making a report");
    }
    *result = r;
    return NACRE_OK;
}

void report_free(report *r) {
    if (!r)
        return;
    arena_fini(&r->arena);
    memory_free(r);
}

// --- Filling ---

// Memory of the report; NULL, and a failed report, where there is none.
static void *take(report *r, size_t count, size_t size) {
    void *taken = arena_new(&r->arena, count, size);
    if (!taken && !r->status)
        r->status = error_memory(&r->error, "making a report");
    return taken;
}

// A copy that every format can hold: names of files need not be UTF-8.
static const char *copy(report *r, const char *text) {
    char *valid = g_utf8_make_valid(text, -1);
    char *copied = take(r, strlen(valid) + 1, 1);
    if (copied)
        strcpy(copied, valid);
    g_free(valid);
    return copied;
}

static struct section *section(report *r, const char *name) {
    for (struct section *s = r->sections; s; s = s->next) {
        if (strcmp(s->name, name) == 0)
            return s;
    }
    struct section *s = take(r, 1, sizeof *s);
    if (!s || !(s->name = copy(r, name)))
        return NULL;
    s->tables_end = &s->tables;
    s->strips_end = &s->strips;
    *r->sections_end = s;
    r->sections_end = &s->next;
    return s;
}

static bool copy_columns(report *r, struct report_table *t, const struct report_column *columns) {
    for (size_t i = 0; i < t->column_count; i++) {
        t->columns[i] = columns[i];
        t->columns[i].key = copy(r, columns[i].key);
        t->columns[i].title = copy(r, columns[i].title);
        if (!t->columns[i].key || !t->columns[i].title)
            return false;
    }
    return true;
}

report_table *report_add_table(report *r, const char *section_name, const char *title,
                               const struct report_column *columns, size_t count) {
    struct section *s = section(r, section_name);
    struct report_table *t = take(r, 1, sizeof *t);
    if (!s || !t)
        return NULL;
    *t = (struct report_table){.report = r, .column_count = count, .rows_end = &t->rows};
    t->columns = take(r, count, sizeof *t->columns);
    t->has_before = take(r, count, sizeof *t->has_before);
    t->has_interval = take(r, count, sizeof *t->has_interval);
    if (!t->columns || !t->has_before || !t->has_interval || !copy_columns(r, t, columns))
        return NULL;
    if (title && !(t->title = copy(r, title)))
        return NULL;
    *s->tables_end = t;
    s->tables_end = &t->next;
    return t;
}

void report_row(report_table *t) {
    if (!t)
        return;
    struct row *row = take(t->report, 1, sizeof *row);
    t->report->row = NULL;
    if (!row || !(row->cells = take(t->report, t->column_count, sizeof *row->cells)))
        return;
    for (size_t i = 0; i < t->column_count; i++)
        row->cells[i].number = (struct report_number){NAN, NAN, NAN, NAN};
    *t->rows_end = row;
    t->rows_end = &row->next;
    t->report->row = row;
    t->filled = 0;
}

// The next cell of the row at hand; NULL where there is none.
static struct cell *next_cell(report_table *t) {
    if (!t || !t->report->row || t->filled == t->column_count)
        return NULL;
    return &t->report->row->cells[t->filled++];
}

void report_text(report_table *t, const char *text) {
    struct cell *cell = next_cell(t);
    if (cell)
        cell->text = copy(t->report, text);
}

void report_value(report_table *t, double value) {
    report_number(t, (struct report_number){value, NAN, NAN, NAN});
}

void report_number(report_table *t, struct report_number number) {
    struct cell *cell = next_cell(t);
    if (!cell)
        return;
    cell->number = number;
    t->has_before[t->filled - 1] |= !isnan(number.before);
    t->has_interval[t->filled - 1] |= !isnan(number.low);
}

void report_strip(report *r, const char *section_name, const char *caption) {
    struct section *s = section(r, section_name);
    struct strip *strip = take(r, 1, sizeof *strip);
    r->strip = NULL;
    if (!s || !strip || !(strip->caption = copy(r, caption)))
        return;
    strip->pictures_end = &strip->pictures;
    *s->strips_end = strip;
    s->strips_end = &strip->next;
    r->strip = strip;
}

// The picture as base64 of a JPEG in the report's memory.
static nacre_status encode(report *r, const struct picture *picture, int side, struct shown *shown,
                           nacre_error *error) {
    static const uint8_t white[3] = {255, 255, 255};
    int width = picture->width, height = picture->height;
    if (width > side || height > side) {
        struct box fitted = picture_fitted(width, height, side, side);
        width = fitted.width;
        height = fitted.height;
    }
    struct picture small;
    nacre_status status = picture_fit(picture, NULL, width, height, white, &small, error);
    if (status)
        return status;
    char *bytes;
    size_t length;
    status = picture_encode_jpeg(&small, JPEG_QUALITY, &bytes, &length, error);
    picture_fini(&small);
    if (status)
        return status;
    char *text = g_base64_encode((const guchar *)bytes, length);
    memory_free(bytes);
    shown->data = arena_text(&r->arena, text);
    shown->width = width;
    shown->height = height;
    g_free(text);
    return shown->data ? NACRE_OK : error_memory(error, "showing a picture");
}

void report_picture(report *r, const struct picture *picture, int side, enum report_frame frame,
                    const char *caption) {
    struct shown *shown = take(r, 1, sizeof *shown);
    if (!r->strip || !shown)
        return;
    shown->frame = frame;
    if (caption && !(shown->caption = copy(r, caption)))
        return;
    nacre_error error;
    nacre_status status = encode(r, picture, side, shown, &error);
    if (status) {
        if (!r->status) {
            r->status = status;
            r->error = error;
        }
        return;
    }
    *r->strip->pictures_end = shown;
    r->strip->pictures_end = &shown->next;
}

void report_define(report *r, const char *word, const char *meaning) {
    struct definition *d = take(r, 1, sizeof *d);
    if (!d || !(d->word = copy(r, word)) || !(d->meaning = copy(r, meaning)))
        return;
    *r->definitions_end = d;
    r->definitions_end = &d->next;
}

// --- What all writers ask ---

double report_change(const struct report_column *column, const struct report_number *number) {
    double unit = pow(10, column->digits), change = number->value - number->before;
    return isnan(change) || round(fabs(change) * unit) == 0 ? 0 : change;
}

int report_judge(const struct report_column *column, const struct report_number *number) {
    double change = report_change(column, number);
    if (change == 0 || column->better == REPORT_NEITHER)
        return 0;
    return (change > 0) == (column->better == REPORT_HIGHER) ? 1 : -1;
}

// --- JSON ---

// Null where not known; a count is a whole number.
static json_t *number_json(const struct report_column *column, double value) {
    if (!isfinite(value))
        return json_null();
    return column->digits ? json_real(value) : json_integer(llround(value));
}

// {"ap50": 0.8, …, "before": {"ap50": 0.79}, "interval": {"ap50": [0.77, 0.82]}}
static json_t *row_json(const struct report_table *t, const struct row *row) {
    json_t *json = json_object(), *before = json_object(), *interval = json_object();
    for (size_t i = 0; i < t->column_count; i++) {
        const struct cell *cell = &row->cells[i];
        const struct report_column *c = &t->columns[i];
        const struct report_number *n = &cell->number;
        json_object_set_new(json, c->key, cell->text ? json_string(cell->text) : number_json(c, n->value));
        if (!isnan(n->before))
            json_object_set_new(before, c->key, number_json(c, n->before));
        if (!isnan(n->low))
            json_object_set_new(interval, c->key,
                                json_pack("[o, o]", number_json(c, n->low), number_json(c, n->high)));
    }
    if (json_object_size(before))
        json_object_set(json, "before", before);
    if (json_object_size(interval))
        json_object_set(json, "interval", interval);
    json_decref(before);
    json_decref(interval);
    return json;
}

static json_t *section_json(const struct section *s) {
    json_t *tables = json_array();
    for (const struct report_table *t = s->tables; t; t = t->next) {
        json_t *rows = json_array();
        for (const struct row *row = t->rows; row; row = row->next)
            json_array_append_new(rows, row_json(t, row));
        json_array_append_new(tables, json_pack("{s:s?, s:o}", "title", t->title, "rows", rows));
    }
    return json_pack("{s:s, s:o}", "name", s->name, "tables", tables);
}

static nacre_status write_json(const report *r, const char *path, nacre_error *error) {
    json_t *sections = json_array(), *definitions = json_object();
    for (const struct section *s = r->sections; s; s = s->next) {
        if (s->tables)
            json_array_append_new(sections, section_json(s));
    }
    for (const struct definition *d = r->definitions; d; d = d->next)
        json_object_set_new(definitions, d->word, json_string(d->meaning));
    json_t *all =
        json_pack("{s:s, s:o, s:o}", "title", r->title, "sections", sections, "definitions", definitions);
    char *text = all ? json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(all);
    nacre_status status =
        text ? file_write(path, text, strlen(text), error) : error_memory(error, "writing a report");
    free(text);
    return status;
}

// --- Writing ---

static nacre_status write_html(const report *r, const char *path, nacre_error *error) {
    buffer out;
    buffer_init(&out, MAX_REPORT_BYTES);
    nacre_status status = report_make_html(r, &out) ? error_memory(error, "writing a report")
                                                    : file_write(path, out.bytes, out.length, error);
    buffer_fini(&out);
    return status;
}

nacre_status report_write(const report *r, const struct report_files *files, nacre_error *error) {
    if (r->status)
        return error_set(error, r->status, "%s", r->error.message);
    nacre_status status = NACRE_OK;
    if (files->json)
        status = write_json(r, files->json, error);
    if (files->html && !status)
        status = write_html(r, files->html, error);
    if (files->xlsx && !status)
        status = report_write_xlsx(r, files->xlsx, error);
    return status;
}

// --- For a terminal ---

static char *cell_text(const struct report_column *column, const struct cell *cell) {
    if (cell->text)
        return g_strdup(cell->text);
    if (isnan(cell->number.value))
        return g_strdup("–");
    char *value = g_strdup_printf("%.*f", column->digits, cell->number.value);
    double change = report_change(column, &cell->number);
    if (change == 0)
        return value;
    char *both = g_strdup_printf("%s (%+.*f)", value, column->digits, change);
    g_free(value);
    return both;
}

// The table's texts, heads first, row by row, on the heap.
static char **all_texts(const struct report_table *t, size_t *row_count) {
    GPtrArray *texts = g_ptr_array_new();
    for (size_t i = 0; i < t->column_count; i++)
        g_ptr_array_add(texts, g_strdup(t->columns[i].title));
    for (const struct row *row = t->rows; row; row = row->next) {
        for (size_t i = 0; i < t->column_count; i++)
            g_ptr_array_add(texts, cell_text(&t->columns[i], &row->cells[i]));
    }
    *row_count = texts->len / t->column_count;
    g_ptr_array_add(texts, NULL);
    return (char **)g_ptr_array_free(texts, FALSE);
}

static void print_column(const char *text, int width, bool is_left, bool is_last, FILE *out) {
    int padding = width - (int)g_utf8_strlen(text, -1);
    fprintf(out, "%*s%s", is_left ? 0 : padding, "", text);
    fprintf(out, "%*s%s", is_left && !is_last ? padding : 0, "", is_last ? "\n" : "  ");
}

// A table that is wider than high is turned: its rows become columns, as a terminal is narrow.
static void print_table(const struct report_table *t, FILE *out) {
    size_t rows, columns = t->column_count;
    char **texts = all_texts(t, &rows);
    bool turned = columns > rows;
    size_t lines = turned ? columns : rows, places = turned ? rows : columns;
    size_t line_step = turned ? 1 : columns, place_step = turned ? columns : 1;
    int *widths = g_new0(int, places);
    for (size_t i = 0; i < lines * places; i++) {
        const char *text = texts[i / places * line_step + i % places * place_step];
        widths[i % places] = MAX(widths[i % places], (int)g_utf8_strlen(text, -1));
    }
    if (t->title)
        fprintf(out, "%s\n", t->title);
    for (size_t i = 0; i < lines * places; i++) {
        size_t place = i % places;
        bool is_left = turned ? place == 0 : t->rows && t->rows->cells[place].text;
        print_column(texts[i / places * line_step + place * place_step], widths[place], is_left,
                     place + 1 == places, out);
    }
    g_free(widths);
    g_strfreev(texts);
}

void report_print(const report *r, FILE *out) {
    for (const struct report_table *t = r->sections ? r->sections->tables : NULL; t; t = t->next) {
        print_table(t, out);
        if (t->next)
            fputc('\n', out);
    }
}
