// SPDX-License-Identifier: Apache-2.0
// Tables: Google's tab-separated feeds and CSV (Admitad's has ';'). The first row names the columns.
//
// A cell may be quoted as in RFC 4180, and many shops' cells merely begin with a quotation mark ("Nike"
// shoes). So a quote counts only where it closes before a separator or the end of the row; and where a quoted
// cell runs over several lines but the row then has a wrong number of cells, while its first line alone has
// the right one, that line is the row: a stray quote must not swallow the rows behind it.
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "feed/reader.h"
#include "feed/values.h"
#include "feed/vector.h"

enum { COLUMNS = 512, NAME_BYTES = 64 };

struct column {
    const char *name; // small letters, '_' for blanks, without Google's prefix
    enum field field;
    const char *param; // the name of the param that it becomes
};

static const struct column known_columns[] = {
    {"additional_image_link", FIELD_PICTURE, NULL},
    {"additional_image_links", FIELD_PICTURE, NULL},
    {"age_group", FIELD_PARAM, "age_group"},
    {"availability", FIELD_AVAILABLE, NULL},
    {"available", FIELD_AVAILABLE, NULL},
    {"barcode", FIELD_BARCODE, NULL},
    {"brand", FIELD_VENDOR, NULL},
    {"category", FIELD_CATEGORY_PATH, NULL},
    {"category_id", FIELD_CATEGORY_ID, NULL},
    {"categoryid", FIELD_CATEGORY_ID, NULL},
    {"color", FIELD_PARAM, "color"},
    {"colour", FIELD_PARAM, "color"},
    {"condition", FIELD_PARAM, "condition"},
    {"country_of_origin", FIELD_PARAM, "country_of_origin"},
    {"currency", FIELD_CURRENCY, NULL},
    {"currencyid", FIELD_CURRENCY, NULL},
    {"deleted", FIELD_DELETED, NULL},
    {"description", FIELD_DESCRIPTION, NULL},
    {"ean", FIELD_BARCODE, NULL},
    {"expiration_date", FIELD_EXPIRES, NULL},
    {"gender", FIELD_PARAM, "gender"},
    {"google_product_category", FIELD_GOOGLE_CATEGORY, NULL},
    {"group_id", FIELD_GROUP, NULL},
    {"gtin", FIELD_BARCODE, NULL},
    {"id", FIELD_ID, NULL},
    {"image", FIELD_PICTURE, NULL},
    {"image_link", FIELD_PICTURE, NULL},
    {"item_group_id", FIELD_GROUP, NULL},
    {"lifestyle_image_link", FIELD_PICTURE, NULL},
    {"link", FIELD_URL, NULL},
    {"market_category", FIELD_GOOGLE_CATEGORY, NULL},
    {"material", FIELD_PARAM, "material"},
    {"model", FIELD_MODEL, NULL},
    {"modified_time", FIELD_MODIFIED, NULL},
    {"mpn", FIELD_VENDOR_CODE, NULL},
    {"name", FIELD_NAME, NULL},
    {"old_price", FIELD_OLD_PRICE, NULL},
    {"oldprice", FIELD_OLD_PRICE, NULL},
    {"param", FIELD_PARAM_LIST, NULL},
    {"pattern", FIELD_PARAM, "pattern"},
    {"picture", FIELD_PICTURE, NULL},
    {"price", FIELD_PRICE, NULL},
    {"product_type", FIELD_CATEGORY_PATH, NULL},
    {"sale_price", FIELD_SALE_PRICE, NULL},
    {"size", FIELD_PARAM, "size"},
    {"title", FIELD_NAME, NULL},
    {"typeprefix", FIELD_TYPE_PREFIX, NULL},
    {"url", FIELD_URL, NULL},
    {"vendor", FIELD_VENDOR, NULL},
    {"vendor_code", FIELD_VENDOR_CODE, NULL},
    {"vendorcode", FIELD_VENDOR_CODE, NULL},
};

struct cell {
    const char *text; // without its outer quotes
    size_t length;
    bool quoted; // "" inside stands for one "
};

enum row_end { ROW_COMPLETE, ROW_OPEN, ROW_EMPTY };

struct row {
    struct cell cells[COLUMNS];
    size_t cell_count;
    size_t length; // with its line end
    bool ended;    // has a line end
};

struct table {
    feed_reader *reader;
    char separator;
    bool header_read;
    bool skipping; // a row above the limit, up to its end
    struct column columns[COLUMNS];
    size_t column_count;
    struct row row;
    struct row line;
};

// ---- rows

// The end of the quoted cell whose text starts at `at`: the place of its closing quote. `length` where it is
// open.
static size_t closing_quote(const char *text, size_t at, size_t length) {
    for (const char *quote; (quote = memchr(text + at, '"', length - at)); at += 2) {
        at = (size_t)(quote - text);
        if (at + 1 == length || text[at + 1] != '"')
            return at;
    }
    return length;
}

static size_t plain_end(const char *text, size_t at, size_t length, char separator) {
    while (at < length && text[at] != separator && text[at] != '\n')
        at++;
    return at;
}

static bool ends_cell(const char *text, size_t at, size_t length, char separator) {
    return at == length || text[at] == separator || text[at] == '\n' ||
           (text[at] == '\r' && (at + 1 == length || text[at + 1] == '\n'));
}

// Reads one cell at *at and moves there behind it, to the separator or line end; false where more bytes are
// needed.
static bool split_cell(const char *text, size_t *at, size_t length, char separator, bool quotes, bool final,
                       struct cell *cell) {
    size_t start = *at;
    cell->quoted = false;
    if (quotes && start < length && text[start] == '"') {
        size_t close = closing_quote(text, start + 1, length);
        if (!final && close + 2 >= length)
            return false; // what follows the quote tells whether it closes
        if (close < length && ends_cell(text, close + 1, length, separator)) {
            *cell = (struct cell){.text = text + start + 1, .length = close - start - 1, .quoted = true};
            *at = close + 1 + (close + 1 < length && text[close + 1] == '\r' && separator != '\r');
            return true;
        }
    }
    size_t end = plain_end(text, start, length, separator);
    if (end == length && !final)
        return false;
    *at = end;
    size_t cell_length = end - start;
    if (cell_length && text[end - 1] == '\r' && (end == length || text[end] == '\n'))
        cell_length--;
    cell->text = text + start;
    cell->length = cell_length;
    return true;
}

static enum row_end split_row(const char *text, size_t length, char separator, bool quotes, bool final,
                              struct row *row) {
    size_t at = 0;
    row->cell_count = 0;
    for (;;) {
        struct cell cell;
        if (!split_cell(text, &at, length, separator, quotes, final, &cell))
            return ROW_OPEN;
        if (row->cell_count < COLUMNS)
            row->cells[row->cell_count++] = cell;
        if (at == length || text[at] == '\n')
            break;
        at++;
    }
    row->ended = at < length;
    row->length = at + row->ended;
    return row->cell_count == 1 && row->cells[0].length == 0 && !row->cells[0].quoted ? ROW_EMPTY
                                                                                      : ROW_COMPLETE;
}

static bool runs_over_lines(const char *text, const struct row *row) {
    return row->length > 1 && memchr(text, '\n', row->length - 1);
}

// The next row, with the rule for stray quotes that stands above.
static enum row_end next_row(struct table *t, const char *text, size_t length, bool final, bool *stray) {
    *stray = false;
    enum row_end end = split_row(text, length, t->separator, true, final, &t->row);
    bool suspect = end == ROW_OPEN ? length > LIMIT_FEED_TEXT_BYTES
                                   : t->row.cell_count != t->column_count && runs_over_lines(text, &t->row);
    if (!suspect || !t->header_read)
        return end;
    enum row_end line_end = split_row(text, length, t->separator, false, final, &t->line);
    if (line_end != ROW_COMPLETE || t->line.cell_count != t->column_count)
        return end;
    *stray = true;
    t->row = t->line;
    return ROW_COMPLETE;
}

// ---- the first row

static const struct column *find_column(const struct cell *cell) {
    char name[NAME_BYTES];
    size_t length = 0;
    for (size_t i = 0; i < cell->length && length + 1 < sizeof name; i++) {
        char c = cell->text[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if (value_is_blank(c) && (length == 0 || i + 1 == cell->length))
            continue;
        name[length++] = c == ' ' || c == '-' ? '_' : c;
    }
    name[length] = 0;
    const char *word = strncmp(name, "g:", 2) == 0 ? name + 2 : name;
    for (size_t i = 0; i < sizeof known_columns / sizeof *known_columns; i++)
        if (strcmp(known_columns[i].name, word) == 0)
            return &known_columns[i];
    return NULL;
}

char table_separator(const char *text, size_t length) {
    static const char separators[] = "\t;,|";
    char best = 0;
    size_t most = 1; // one known name is no header
    struct row row;
    for (const char *separator = separators; *separator; separator++) {
        size_t known = 0;
        if (split_row(text, length, *separator, true, true, &row) == ROW_COMPLETE)
            for (size_t i = 0; i < row.cell_count; i++)
                known += find_column(&row.cells[i]) != NULL;
        if (known > most) {
            most = known;
            best = *separator;
        }
    }
    return best;
}

static nacre_status read_header(struct table *t) {
    bool has_id = false;
    for (size_t i = 0; i < t->row.cell_count; i++) {
        const struct column *column = find_column(&t->row.cells[i]);
        t->columns[i] = column ? *column : (struct column){.field = FIELD_NONE};
        has_id = has_id || t->columns[i].field == FIELD_ID;
    }
    t->column_count = t->row.cell_count;
    t->header_read = true;
    if (has_id)
        return NACRE_OK;
    return reader_fail(t->reader, NACRE_ERROR_FORMAT, "the table has no column \"id\"");
}

// ---- records

static bool is_number(const struct cell *cell) {
    for (size_t i = 0; i < cell->length; i++)
        if (cell->text[i] < '0' || cell->text[i] > '9')
            return false;
    return true;
}

// Tables list no categories, so what is no number is a category's name or path.
static enum field field_of(const struct column *column, const struct cell *cell) {
    return column->field == FIELD_CATEGORY_ID && !is_number(cell) ? FIELD_CATEGORY_PATH : column->field;
}

static nacre_status append_cell(struct record *record, const struct cell *cell) {
    const char *text = cell->text, *end = text + cell->length;
    nacre_status status = NACRE_OK;
    while (cell->quoted && status == NACRE_OK) {
        const char *quote = memchr(text, '"', (size_t)(end - text));
        if (!quote)
            break;
        status = record_append(record, text, (size_t)(quote + 1 - text));
        text = quote + 2; // the second of two
    }
    return status || text >= end ? status : record_append(record, text, (size_t)(end - text));
}

static nacre_status add_cell(struct table *t, const struct column *column, const struct cell *cell,
                             size_t line) {
    struct record *record = &t->reader->record;
    if (column->field == FIELD_NONE || cell->length == 0)
        return NACRE_OK;
    size_t name = RECORD_NO_TEXT;
    nacre_status status = NACRE_OK;
    if (column->param)
        status = record_text(record, column->param, strlen(column->param), &name);
    if (status == NACRE_OK)
        status = record_open(record, field_of(column, cell), false, line);
    if (status == NACRE_OK && record->open)
        record->fields[record->field_count - 1].name_start = name;
    if (status == NACRE_OK)
        status = append_cell(record, cell);
    return status ? status : record_close(record);
}

static nacre_status read_record(struct table *t, size_t line) {
    feed_reader *r = t->reader;
    size_t count = t->row.cell_count;
    nacre_status status = record_start(&r->record, line);
    if (status == NACRE_OK && count != t->column_count)
        status =
            reader_tell(r, PROBLEM_CELLS, line, NULL, "%zu cells in a row, not %zu", count, t->column_count);
    for (size_t i = 0; i < count && i < t->column_count && status == NACRE_OK; i++)
        status = add_cell(t, &t->columns[i], &t->row.cells[i], line);
    return status ? status : reader_offer(r);
}

static nacre_status read_row(struct table *t, size_t line, bool stray) {
    feed_reader *r = t->reader;
    if (!t->header_read)
        return read_header(t);
    // Without a line end and with cells missing: the file was cut off, unless its rows are like that.
    if (!t->row.ended && t->row.cell_count < t->column_count && r->told[PROBLEM_CELLS] == 0)
        return reader_stop(r, line, "the feed ends in the middle of a row");
    nacre_status status = NACRE_OK;
    if (stray)
        status = reader_tell(r, PROBLEM_QUOTE, line, NULL, "a quotation mark that closes nowhere");
    return status ? status : read_record(t, line);
}

// A row that no text in memory can hold: left out up to its line end.
static nacre_status skip_row(struct table *t, size_t *at) {
    feed_reader *r = t->reader;
    const char *end = memchr(r->text.bytes + *at, '\n', r->text.length - *at);
    *at = end ? (size_t)(end - r->text.bytes) + 1 : r->text.length;
    nacre_status status = NACRE_OK;
    if (!t->skipping) {
        r->summary.bad++;
        status = reader_tell(r, PROBLEM_TOO_LARGE, r->line, NULL, "a row above %d MB",
                             LIMIT_FEED_RECORD_BYTES / 1024 / 1024);
    }
    t->skipping = !end;
    return status;
}

// ---- the reader's side

nacre_status table_new(feed_reader *r, char separator, struct table **result) {
    struct table *t = memory_new(1, sizeof *t);
    if (!t)
        return NACRE_ERROR_MEMORY;
    t->reader = r;
    t->separator = separator;
    r->summary.dialect = separator == '\t' ? FEED_TSV : FEED_CSV;
    *result = t;
    const struct feed_shop shop = {0};
    nacre_status status = r->handler.shop ? r->handler.shop(r->handler.context, &shop) : NACRE_OK;
    return status ? reader_fail(r, status, "the feed's shop could not be stored") : NACRE_OK;
}

void table_free(struct table *t) {
    memory_free(t);
}

nacre_status table_read(struct table *t, bool final, size_t *consumed) {
    feed_reader *r = t->reader;
    const char *text = r->text.bytes;
    size_t length = r->text.length, at = 0, line = r->line;
    nacre_status status = NACRE_OK;
    if (t->skipping)
        status = skip_row(t, &at);
    line += count_lines(text, at);
    while (at < length && status == NACRE_OK) {
        bool stray;
        enum row_end end = next_row(t, text + at, length - at, final, &stray);
        if (end == ROW_OPEN) {
            if (length - at > LIMIT_FEED_RECORD_BYTES)
                status = skip_row(t, &at);
            break;
        }
        if (end == ROW_COMPLETE)
            status = read_row(t, line, stray);
        line += count_lines(text + at, t->row.length);
        at += t->row.length;
    }
    *consumed = at;
    if (final && status == NACRE_OK)
        r->whole = true;
    return status;
}
