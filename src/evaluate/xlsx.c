// SPDX-License-Identifier: Apache-2.0
// A report as a workbook: a tab a section, the tables below each other, and a tab of definitions.
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/file.h"
#include "base/memory.h"
#include "evaluate/report_parts.h"

enum {
    TAB_CHARACTERS = 31, // what Excel allows
    LEAST_WIDTH = 9,     // of a column, in characters
    MOST_WIDTH = 60,
    MAX_DIGITS = 6,
};

struct book {
    lxw_workbook *workbook;
    lxw_format *title, *text_head, *head, *text, *wrapped;
    lxw_format *numbers[MAX_DIGITS + 1];
    lxw_format *changes[MAX_DIGITS + 1][3]; // worse, neither, better
    GHashTable *tabs;                       // names taken, lower case
    lxw_error error;                        // the first one
};

static void keep(struct book *b, lxw_error error) {
    if (!b->error)
        b->error = error;
}

// --- Formats ---

enum { GOOD_INK = 0x2d6a45, GOOD_PAPER = 0xe3f1e6, BAD_INK = 0x9c3350, BAD_PAPER = 0xf9e4e9 };
enum { SOFT_INK = 0x68636b, LINE = 0xe4e0dc, HEAD_PAPER = 0xf3f1ee };

// "0.000", with a sign for a change.
static lxw_format *number_format(struct book *b, int digits, bool is_change) {
    char plain[16], both[64];
    g_snprintf(plain, sizeof plain, digits ? "0.%.*s" : "0", digits, "000000");
    g_snprintf(both, sizeof both, "+%s;-%s;%s", plain, plain, plain);
    lxw_format *format = workbook_add_format(b->workbook);
    format_set_num_format(format, is_change ? both : plain);
    return format;
}

static lxw_format *head_format(struct book *b, uint8_t alignment) {
    lxw_format *format = workbook_add_format(b->workbook);
    format_set_bold(format);
    format_set_align(format, alignment);
    format_set_align(format, LXW_ALIGN_VERTICAL_BOTTOM);
    format_set_text_wrap(format);
    format_set_bg_color(format, HEAD_PAPER);
    format_set_bottom(format, LXW_BORDER_THIN);
    format_set_bottom_color(format, LINE);
    return format;
}

static void make_formats(struct book *b) {
    b->title = workbook_add_format(b->workbook);
    format_set_bold(b->title);
    format_set_font_size(b->title, 13);
    b->text_head = head_format(b, LXW_ALIGN_LEFT);
    b->head = head_format(b, LXW_ALIGN_RIGHT);
    b->text = workbook_add_format(b->workbook);
    format_set_align(b->text, LXW_ALIGN_VERTICAL_TOP);
    b->wrapped = workbook_add_format(b->workbook);
    format_set_text_wrap(b->wrapped);
    format_set_align(b->wrapped, LXW_ALIGN_VERTICAL_TOP);
    for (int digits = 0; digits <= MAX_DIGITS; digits++) {
        lxw_format **changes = b->changes[digits];
        b->numbers[digits] = number_format(b, digits, false);
        for (int i = 0; i < 3; i++)
            changes[i] = number_format(b, digits, true);
        format_set_font_color(changes[0], BAD_INK);
        format_set_bg_color(changes[0], BAD_PAPER);
        format_set_font_color(changes[1], SOFT_INK);
        format_set_font_color(changes[2], GOOD_INK);
        format_set_bg_color(changes[2], GOOD_PAPER);
    }
}

// --- Tabs ---

// A name that a tab may have: Excel forbids some characters, more than 31 of them, and repeats.
static char *tab_name(struct book *b, const char *name) {
    char *clean = g_strdelimit(g_strdup(name), "[]:*?/\\'", ' ');
    char *short_name = g_utf8_substring(clean, 0, MIN(g_utf8_strlen(clean, -1), TAB_CHARACTERS));
    for (int i = 2; !*g_strstrip(short_name) || !g_hash_table_add(b->tabs, g_utf8_casefold(short_name, -1));
         i++) {
        char suffix[16];
        glong room = TAB_CHARACTERS - g_snprintf(suffix, sizeof suffix, " %d", i);
        char *begin = g_utf8_substring(clean, 0, MIN(g_utf8_strlen(clean, -1), room));
        g_free(short_name);
        short_name = g_strconcat(*begin ? begin : "tab", suffix, NULL);
        g_free(begin);
    }
    g_free(clean);
    return short_name;
}

static lxw_worksheet *add_tab(struct book *b, const char *name) {
    char *tab = tab_name(b, name);
    lxw_worksheet *sheet = workbook_add_worksheet(b->workbook, tab);
    if (!sheet)
        keep(b, LXW_ERROR_MEMORY_MALLOC_FAILED);
    g_free(tab);
    return sheet;
}

// The widths of a sheet's columns, as wide as their longest text.
struct widths {
    double columns[256];
    lxw_col_t count;
};

static void widen(struct widths *w, lxw_col_t column, double characters) {
    if (column >= G_N_ELEMENTS(w->columns))
        return;
    w->count = MAX(w->count, (lxw_col_t)(column + 1));
    w->columns[column] = MAX(w->columns[column], CLAMP(characters + 1, LEAST_WIDTH, MOST_WIDTH));
}

static void set_widths(struct book *b, lxw_worksheet *sheet, const struct widths *w) {
    for (lxw_col_t i = 0; i < w->count; i++)
        keep(b, worksheet_set_column(sheet, i, i, w->columns[i], NULL));
}

// --- Tables ---

struct place {
    lxw_worksheet *sheet;
    lxw_row_t row;
    lxw_col_t column;
};

static int digits_of(const struct report_column *c) {
    return CLAMP(c->digits, 0, MAX_DIGITS);
}

static void put_head(struct book *b, struct place *at, struct widths *w, const char *title, const char *what,
                     bool is_text) {
    char *text = *what ? g_strdup_printf("%s %s", title, what) : g_strdup(title);
    keep(b, worksheet_write_string(at->sheet, at->row, at->column, text, is_text ? b->text_head : b->head));
    widen(w, at->column, is_text ? (double)g_utf8_strlen(text, -1) : (double)g_utf8_strlen(text, -1) * 0.6);
    at->column++;
    g_free(text);
}

// A column takes as many of the sheet's as it has things to tell: value, 95 % from, to, before, change.
static void put_heads(struct book *b, struct place *at, struct widths *w, const struct report_table *t) {
    at->column = 0;
    for (size_t i = 0; i < t->column_count; i++) {
        const char *title = t->columns[i].title;
        put_head(b, at, w, title, "", t->rows && t->rows->cells[i].text);
        if (t->has_interval[i]) {
            put_head(b, at, w, title, "95 % from", false);
            put_head(b, at, w, title, "95 % to", false);
        }
        if (t->has_before[i]) {
            put_head(b, at, w, title, "before", false);
            put_head(b, at, w, title, "change", false);
        }
    }
    at->row++;
}

static void put_number(struct book *b, struct place *at, double value, lxw_format *format) {
    if (isfinite(value))
        keep(b, worksheet_write_number(at->sheet, at->row, at->column, value, format));
    at->column++;
}

static void put_cell(struct book *b, struct place *at, struct widths *w, const struct report_table *t,
                     size_t i, const struct cell *cell) {
    const struct report_column *c = &t->columns[i];
    const struct report_number *n = &cell->number;
    lxw_format *plain = b->numbers[digits_of(c)];
    if (cell->text) {
        keep(b, worksheet_write_string(at->sheet, at->row, at->column, cell->text, b->text));
        widen(w, at->column, (double)g_utf8_strlen(cell->text, -1));
        at->column++;
    } else {
        put_number(b, at, n->value, plain);
    }
    if (t->has_interval[i]) {
        put_number(b, at, n->low, plain);
        put_number(b, at, n->high, plain);
    }
    if (t->has_before[i]) {
        bool known = isfinite(n->before) && isfinite(n->value);
        put_number(b, at, n->before, plain);
        put_number(b, at, known ? report_change(c, n) : NAN,
                   b->changes[digits_of(c)][report_judge(c, n) + 1]);
    }
}

static void put_table(struct book *b, struct place *at, struct widths *w, const struct report_table *t) {
    if (t->title)
        keep(b, worksheet_write_string(at->sheet, at->row++, 0, t->title, b->title));
    put_heads(b, at, w, t);
    for (const struct row *row = t->rows; row; row = row->next) {
        at->column = 0;
        for (size_t i = 0; i < t->column_count; i++)
            put_cell(b, at, w, t, i, &row->cells[i]);
        at->row++;
    }
    at->row++;
}

// The head of the first table stays in sight.
static void put_section(struct book *b, const struct section *s) {
    struct place at = {.sheet = add_tab(b, s->name)};
    struct widths widths = {0};
    if (!at.sheet)
        return;
    worksheet_freeze_panes(at.sheet, s->tables->title ? 2 : 1, 1);
    for (const struct report_table *t = s->tables; t; t = t->next)
        put_table(b, &at, &widths, t);
    set_widths(b, at.sheet, &widths);
}

static void put_definitions(struct book *b, const report *r) {
    lxw_worksheet *sheet = add_tab(b, "Definitions");
    lxw_row_t row = 0;
    if (!sheet)
        return;
    keep(b, worksheet_set_column(sheet, 0, 0, 30, NULL));
    keep(b, worksheet_set_column(sheet, 1, 1, 110, NULL));
    keep(b, worksheet_write_string(sheet, row, 0, "Word", b->text_head));
    keep(b, worksheet_write_string(sheet, row++, 1, "Meaning", b->text_head));
    worksheet_freeze_panes(sheet, 1, 0);
    for (const struct definition *d = r->definitions; d; d = d->next, row++) {
        keep(b, worksheet_write_string(sheet, row, 0, d->word, b->text));
        keep(b, worksheet_write_string(sheet, row, 1, d->meaning, b->wrapped));
    }
}

// --- The file ---

static lxw_error make_book(const report *r, const char *path) {
    struct book b = {.workbook = workbook_new(path),
                     .tabs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    lxw_doc_properties properties = {.title = (char *)(uintptr_t)r->title, .company = "nacre"};
    if (!b.workbook) {
        g_hash_table_unref(b.tabs);
        return LXW_ERROR_MEMORY_MALLOC_FAILED;
    }
    keep(&b, workbook_set_properties(b.workbook, &properties));
    make_formats(&b);
    for (const struct section *s = r->sections; s; s = s->next) {
        if (s->tables)
            put_section(&b, s);
    }
    put_definitions(&b, r);
    keep(&b, workbook_close(b.workbook));
    g_hash_table_unref(b.tabs);
    return b.error;
}

// The library writes a file by its name, so it gets one aside; file_write then puts it in place.
nacre_status report_write_xlsx(const report *r, const char *path, nacre_error *error) {
    GError *problem = NULL;
    char *aside = NULL;
    int descriptor = g_file_open_tmp("nacre-XXXXXX.xlsx", &aside, &problem);
    if (descriptor < 0) {
        nacre_status status = error_set(error, NACRE_ERROR_IO, "writing %s: %s", path, problem->message);
        g_error_free(problem);
        return status;
    }
    close(descriptor);
    lxw_error failed = make_book(r, aside);
    char *bytes = NULL;
    size_t length;
    nacre_status status = failed
                              ? error_set(error, NACRE_ERROR_IO, "writing %s: %s", path, lxw_strerror(failed))
                              : file_read(aside, MAX_REPORT_BYTES, &bytes, &length, error);
    if (!status)
        status = file_write(path, bytes, length, error);
    memory_free(bytes);
    g_unlink(aside);
    g_free(aside);
    return status;
}
