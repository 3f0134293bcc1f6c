// SPDX-License-Identifier: Apache-2.0
#include "feed/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/memory.h"
#include "feed/values.h"
#include "feed/vector.h"

// ---- telling

// Kinds that a strict XML parser would refuse make a feed ill-formed. `many` is said of those beyond
// PROBLEM_LINES.
static const struct {
    enum feed_done done;
    bool ill_formed;
    const char *many;
} problems[PROBLEM_KINDS] = {
    [PROBLEM_JUNK_BEFORE] = {FEED_REPAIRED, true, "pieces of text before the feed"},
    [PROBLEM_JUNK_AFTER] = {FEED_REPAIRED, true, "pieces of text behind the feed"},
    [PROBLEM_CHARSET] = {FEED_REPAIRED, false, "wrong charsets"},
    [PROBLEM_BYTES] = {FEED_REPAIRED, true, "bytes that are no character"},
    [PROBLEM_CONTROL] = {FEED_REPAIRED, true, "control characters"},
    [PROBLEM_AMPERSAND] = {FEED_REPAIRED, true, "bare \"&\""},
    [PROBLEM_HTML_ENTITY] = {FEED_REPAIRED, true, "HTML references"},
    [PROBLEM_LESS_THAN] = {FEED_REPAIRED, true, "bare \"<\""},
    [PROBLEM_CDATA_END] = {FEED_REPAIRED, true, "\"]]>\" outside of CDATA"},
    [PROBLEM_COMMENT] = {FEED_REPAIRED, true, "\"--\" inside comments"},
    [PROBLEM_PREFIX] = {FEED_REPAIRED, false, "prefixes that are not declared"},
    [PROBLEM_TWICE_ESCAPED] = {FEED_REPAIRED, false, "texts escaped twice"},
    [PROBLEM_END_TAGS] = {FEED_REPAIRED, true, "missing end tags"},
    [PROBLEM_QUOTE] = {FEED_REPAIRED, false, "stray quotation marks"},
    [PROBLEM_CELLS] = {FEED_REPAIRED, false, "rows with a wrong number of cells"},
    [PROBLEM_FAULT] = {FEED_STOPPED, true, "faults"},
    [PROBLEM_NO_ID] = {FEED_LEFT_OUT, false, "offers without an id"},
    [PROBLEM_TOO_LARGE] = {FEED_LEFT_OUT, false, "offers above a limit"},
    [PROBLEM_NESTED] = {FEED_LEFT_OUT, false, "offers inside another"},
    [PROBLEM_REPEATED_ID] = {FEED_REPAIRED, false, "repeated ids"},
    [PROBLEM_NO_NAME] = {FEED_REPAIRED, false, "offers without a name"},
    [PROBLEM_NO_PRICE] = {FEED_REPAIRED, false, "offers without a price"},
    [PROBLEM_NO_CURRENCY] = {FEED_REPAIRED, false, "offers without a currency"},
    [PROBLEM_NO_URL] = {FEED_REPAIRED, false, "offers without an address"},
    [PROBLEM_NO_PICTURE] = {FEED_REPAIRED, false, "offers without a picture"},
    [PROBLEM_ADDRESS] = {FEED_REPAIRED, false, "unusable addresses"},
    [PROBLEM_PICTURES] = {FEED_REPAIRED, false, "pictures above the limit"},
    [PROBLEM_PARAMS] = {FEED_REPAIRED, false, "params above the limit"},
    [PROBLEM_PARAM_EMPTY] = {FEED_REPAIRED, false, "empty or nameless params"},
    [PROBLEM_TEXT_CUT] = {FEED_REPAIRED, false, "texts above the limit"},
    [PROBLEM_NO_CATEGORY] = {FEED_REPAIRED, false, "offers without a category"},
    [PROBLEM_UNKNOWN_CATEGORY] = {FEED_REPAIRED, false, "categories that are not in the list"},
    [PROBLEM_NO_CATEGORIES] = {FEED_REPAIRED, false, "missing lists of categories"},
    [PROBLEM_CATEGORY_ID] = {FEED_LEFT_OUT, false, "categories without an id"},
    [PROBLEM_CATEGORY_NAME] = {FEED_REPAIRED, false, "categories without a name"},
    [PROBLEM_CATEGORY_REPEATED] = {FEED_REPAIRED, false, "repeated categories"},
    [PROBLEM_CATEGORY_PARENT] = {FEED_REPAIRED, false, "categories with an unknown parent"},
};

static nacre_status hand_on(feed_reader *r, enum problem kind, size_t line, const char *offer,
                            const char *what) {
    struct feed_problem problem = {.line = line, .offer = offer, .what = what, .done = problems[kind].done};
    return r->handler.problem ? r->handler.problem(r->handler.context, &problem) : NACRE_OK;
}

// A message that holds text of a feed, which its format may have cut inside a character: one line of UTF-8.
static void make_line(char *text) {
    size_t length = strlen(text), fault_length;
    for (size_t at = 0; charset_next_fault(text, length, &at, &fault_length) != FAULT_NONE;)
        memset(text + at, fault_length == 1 && !(text[at] & 0x80) ? ' ' : '?', fault_length);
    const char *start = value_trim(text, &length);
    memmove(text, start, length + 1);
    value_collapse(text, length);
}

nacre_status reader_tell(feed_reader *r, enum problem kind, size_t line, const char *offer,
                         const char *format, ...) {
    if (problems[kind].ill_formed)
        r->summary.well_formed = false;
    if (++r->told[kind] > PROBLEM_LINES)
        return NACRE_OK;
    va_list arguments;
    va_start(arguments, format);
    char text[NACRE_ERROR_MESSAGE_BYTES];
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    make_line(text);
    nacre_status status = hand_on(r, kind, line, offer, text);
    return status ? reader_fail(r, status, "a problem of the feed could not be stored") : NACRE_OK;
}

static nacre_status tell_counts(feed_reader *r) {
    nacre_status status = NACRE_OK;
    for (int kind = 0; kind < PROBLEM_KINDS && status == NACRE_OK; kind++) {
        if (r->told[kind] <= PROBLEM_LINES)
            continue;
        char text[128];
        snprintf(text, sizeof text, "%zu more %s", r->told[kind] - PROBLEM_LINES, problems[kind].many);
        status = hand_on(r, (enum problem)kind, 0, NULL, text);
    }
    return status;
}

nacre_status reader_fail(feed_reader *r, nacre_status status, const char *format, ...) {
    if (r->status)
        return r->status;
    char text[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    make_line(text);
    r->status = status;
    return error_set(&r->error, status, "%s", text);
}

nacre_status reader_stop(feed_reader *r, size_t line, const char *format, ...) {
    char text[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    nacre_status status = reader_tell(r, PROBLEM_FAULT, line, NULL, "%s", text);
    return status ? status : reader_fail(r, NACRE_ERROR_FORMAT, "line %zu: %s", line, text);
}

// ---- offers

static nacre_status count_path(feed_reader *r, const char *path) {
    bool is_new;
    if (!variant_table_put(&r->categories.ids, variants_hash(&r->variants, 'k', path), &is_new))
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    r->summary.categories += is_new;
    return NACRE_OK;
}

static nacre_status hand_on_variant(feed_reader *r, const struct feed_offer *offer, const char *into) {
    r->summary.merged++;
    nacre_status status = NACRE_OK;
    if (strcmp(into, offer->id) == 0)
        status =
            reader_tell(r, PROBLEM_REPEATED_ID, offer->line, offer->id, "an offer of this id came before");
    if (status == NACRE_OK && r->handler.variant &&
        (status = r->handler.variant(r->handler.context, offer, into)))
        reader_fail(r, status, "offer %s could not be stored", offer->id);
    return status;
}

nacre_status reader_offer(feed_reader *r) {
    struct feed_offer offer;
    bool good;
    nacre_status status = offer_build(r, &offer, &good);
    if (status == NACRE_OK && !good)
        r->summary.bad++;
    if (status || !good)
        return status;
    if (offer.category_path && !r->categories.listed && (status = count_path(r, offer.category_path)))
        return status;
    const char *into;
    if (variants_find(&r->variants, &offer, &into) != NACRE_OK)
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    if (into)
        return hand_on_variant(r, &offer, into);
    r->summary.offers++;
    if (r->handler.offer && (status = r->handler.offer(r->handler.context, &offer)))
        reader_fail(r, status, "offer %s could not be stored", offer.id);
    return status;
}

// ---- the first block

// The declaration could be read, so UTF-16 it is not: a text that a program made as UTF-16 and wrote as
// UTF-8.
static nacre_status take_declared(feed_reader *r, const char *name, size_t length) {
    char word[sizeof r->charset.name] = "";
    size_t blanks = strspn(name, " \t\r\n"), end = length;
    while (end > blanks && value_is_blank(name[end - 1]))
        end--;
    if (end > blanks && end - blanks < sizeof word)
        memcpy(word, name + blanks, end - blanks);
    bool known = charset_find(word, &r->charset);
    bool good = known && r->charset.kind != CHARSET_UTF16LE && r->charset.kind != CHARSET_UTF16BE;
    if (!good)
        (void)charset_find("UTF-8", &r->charset);
    if (good && end - blanks == length)
        return NACRE_OK;
    r->summary.well_formed = false;
    const char *what = good    ? "is written with blanks"
                       : known ? "is not that of these bytes; they will tell"
                               : "is not known; the bytes will tell";
    return reader_tell(r, PROBLEM_CHARSET, 1, NULL, "charset \"%.*s\" %s", (int)(length < 60 ? length : 60),
                       name, what);
}

// The charset by byte order mark, by zero bytes as UTF-16 has them, or as the XML declaration says.
static nacre_status find_charset(feed_reader *r) {
    const unsigned char *head = (const unsigned char *)r->raw;
    size_t length = r->raw_length;
    (void)charset_find("UTF-8", &r->charset);
    size_t mark = 0;
    if (length >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
        mark = 3;
    else if (length >= 2 && ((head[0] == 0xFF && head[1] == 0xFE) || (head[0] == 0xFE && head[1] == 0xFF)))
        mark = 2;
    if (mark == 2 || (length >= 4 && (!head[0] != !head[1]) && (!head[2] != !head[3]))) {
        bool big = mark ? head[0] == 0xFE : !head[0];
        (void)charset_find(big ? "UTF-16BE" : "UTF-16LE", &r->charset);
    }
    memmove(r->raw, r->raw + mark, length - mark);
    r->raw_length = length -= mark;
    const char *declaration = memmem(r->raw, length, "<?xml", 5);
    if (r->charset.kind != CHARSET_UTF8 || !declaration)
        return NACRE_OK;
    size_t left = length - (size_t)(declaration - r->raw);
    const char *end = memchr(declaration, '>', left);
    const char *name = memmem(declaration, end ? (size_t)(end - declaration) : left, "encoding", 8);
    if (!end || !name)
        return NACRE_OK;
    name += 8;
    name += strspn(name, " \t\r\n=");
    if (*name != '"' && *name != '\'')
        return NACRE_OK;
    const char *close = memchr(name + 1, *name, (size_t)(end - name - 1));
    return close ? take_declared(r, name + 1, (size_t)(close - name - 1)) : NACRE_OK;
}

// Where the XML starts: at its declaration, DOCTYPE or root, whichever comes first. NULL where none is there.
static const char *find_xml(const char *text, size_t length) {
    static const char *const starts[] = {"<?xml",    "<!DOCTYPE yml", "<!DOCTYPE rss", "<yml_catalog", "<rss",
                                         "<rdf:RDF", "<feed",         "<shop",         "<offers"};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        const char *found = memmem(text, length, starts[i], strlen(starts[i]));
        if (found && (!first || found < first))
            first = found;
    }
    if (first)
        return first;
    const char *start = text + strspn(text, " \t\r\n");
    return *start == '<' ? start : NULL;
}

static nacre_status skip_before(feed_reader *r, const char *start) {
    size_t length = (size_t)(start - r->text.bytes);
    size_t lines = count_lines(r->text.bytes, length);
    bool blank = true;
    for (size_t i = 0; i < length && blank; i++)
        blank = value_is_blank(r->text.bytes[i]);
    nacre_status status = NACRE_OK;
    if (length && (!blank || strncmp(start, "<?xml", 5) == 0))
        status = reader_tell(r, PROBLEM_JUNK_BEFORE, 1, NULL, "%s before the XML; left out",
                             blank ? "blanks" : "text that is none");
    memmove(r->text.bytes, start, r->text.length - length + 1);
    r->text.length -= length;
    r->line += lines;
    return status;
}

static nacre_status begin_table(feed_reader *r, char separator) {
    enum feed_dialect found = separator == '\t' ? FEED_TSV : FEED_CSV;
    if (r->wanted != FEED_AUTO && r->wanted != found)
        return reader_fail(r, NACRE_ERROR_FORMAT, "this feed is %s, not %s as was asked for",
                           feed_dialect_word(found), feed_dialect_word(r->wanted));
    return table_new(r, separator, &r->table);
}

// Excel's own first line, which names the separator of the lines behind it.
static void skip_separator_line(feed_reader *r) {
    size_t end = strcspn(r->text.bytes, "\n");
    if (strncmp(r->text.bytes, "sep=", 4) != 0 || end > 6 || !r->text.bytes[end])
        return;
    memmove(r->text.bytes, r->text.bytes + end + 1, r->text.length - end);
    r->text.length -= end + 1;
    r->line++;
}

// A table is looked for first, for its cells may hold anything, also markup; but nothing that starts with '<'
// is one.
static nacre_status begin(feed_reader *r) {
    r->started = true;
    skip_separator_line(r);
    const char *text = r->text.bytes;
    bool markup = text[strspn(text, " \t\r\n")] == '<';
    char separator = markup ? 0 : table_separator(text, r->text.length);
    if (separator)
        return begin_table(r, separator);
    const char *xml = find_xml(text, r->text.length);
    if (!xml || r->wanted == FEED_TSV || r->wanted == FEED_CSV)
        return reader_fail(r, NACRE_ERROR_FORMAT, "this is no feed%s: it begins with \"%.60s\"",
                           xml ? " of that kind" : "", text);
    nacre_status status = skip_before(r, xml);
    r->first_line = r->line;
    return status ? status : feed_xml_new(r, &r->xml);
}

// ---- blocks

// Line ends of old Macs, in place. XML reads them so too; a table has no other way to tell its rows.
static void mend_lines(feed_reader *r, size_t from) {
    if (!r->started)
        r->cr_lines = !memchr(r->text.bytes, '\n', r->text.length);
    for (size_t at = from; r->cr_lines && at < r->text.length; at++)
        if (r->text.bytes[at] == '\r')
            r->text.bytes[at] = '\n';
}

// Faults of the bytes are mended in place, so that no offset moves.
static nacre_status mend_bytes(feed_reader *r, size_t from) {
    size_t line = r->line, counted = 0, fault_length;
    for (size_t at = from;;) {
        enum charset_fault fault = charset_next_fault(r->text.bytes, r->text.length, &at, &fault_length);
        if (fault == FAULT_NONE)
            return NACRE_OK;
        line += count_lines(r->text.bytes + counted, at - counted);
        counted = at;
        unsigned char byte = (unsigned char)r->text.bytes[at];
        nacre_status status =
            fault == FAULT_BYTES
                ? reader_tell(r, PROBLEM_BYTES, line, NULL, "byte %02X is no character of %s", byte,
                              r->charset.name)
                : reader_tell(r, PROBLEM_CONTROL, line, NULL, "a control character (%02X)", byte);
        if (status)
            return status;
        if (fault_length == 3)
            memcpy(r->text.bytes + at, "\xEF\xBF\xBD", 3);
        else
            r->text.bytes[at] = fault == FAULT_BYTES ? '?' : ' ';
        at += fault_length;
    }
}

static bool has_high_bytes(const char *bytes, size_t length) {
    size_t at = 0;
    mask16 all = {0};
    for (; length - at >= 16; at += 16)
        all |= (mask16)load16(bytes + at);
    signed char rest = 0;
    for (; at < length; at++)
        rest |= (signed char)bytes[at];
    return any16(all < 0) || rest < 0;
}

static void decide_charset(feed_reader *r, const char *bytes, size_t length, bool final, char *declared,
                           bool *wrong) {
    *wrong = false;
    if (r->charset.decided || !has_high_bytes(bytes, length))
        return;
    memcpy(declared, r->charset.name, sizeof r->charset.name);
    charset_decide(&r->charset, bytes, length, final, wrong);
    memcpy(r->summary.encoding, r->charset.name, sizeof r->summary.encoding);
}

static nacre_status tell_charset(feed_reader *r, const char *declared) {
    if (r->xml && strcmp(declared, "UTF-8") == 0)
        r->summary.well_formed = false;
    return reader_tell(r, PROBLEM_CHARSET, 1, NULL, "the charset is %s, not %s as declared or by default",
                       r->charset.name, declared);
}

// A block becomes text, and the text offers. `bytes` is r->raw, or a whole block of the caller's; what is
// left over (part of a character) is in r->raw afterwards.
static nacre_status turn_into_offers(feed_reader *r, const char *bytes, size_t length, bool final) {
    nacre_status status = buffer_append(&r->text, "", 0); // so that there is text, if an empty one
    if (status == NACRE_OK && !r->started) {
        status = find_charset(r);
        length = r->raw_length;
        memcpy(r->summary.encoding, r->charset.name, sizeof r->summary.encoding);
    }
    if (status)
        return status;
    char declared[sizeof r->charset.name];
    bool wrong;
    decide_charset(r, bytes, length, final, declared, &wrong);
    size_t before = r->text.length, consumed;
    status = charset_decode(&r->charset, bytes, length, final, &r->text, &consumed);
    if (status)
        return status;
    r->raw_length = length - consumed;
    memmove(r->raw, bytes + consumed, r->raw_length);
    mend_lines(r, before);
    if (!r->started)
        status = begin(r);
    if (status == NACRE_OK && wrong)
        status = tell_charset(r, declared);
    if (status == NACRE_OK)
        status = mend_bytes(r, before);
    if (status)
        return status;
    status = r->xml ? feed_xml_read(r->xml, final, &consumed) : table_read(r->table, final, &consumed);
    r->line += count_lines(r->text.bytes, consumed);
    memmove(r->text.bytes, r->text.bytes + consumed, r->text.length - consumed + 1);
    r->text.length -= consumed;
    return status;
}

static nacre_status read_block(feed_reader *r, const char *bytes, size_t length, bool final) {
    if (r->ended) {
        r->raw_length = 0;
        return NACRE_OK;
    }
    nacre_status status = turn_into_offers(r, bytes, length, final);
    return status ? reader_fail(r, status, "out of memory while reading a feed") : NACRE_OK;
}

size_t reader_last_line(const feed_reader *r) {
    return r->line + (r->text.length ? count_lines(r->text.bytes, r->text.length - 1) : 0);
}

static nacre_status take_unpacked(void *context, const char *bytes, size_t length) {
    feed_reader *r = context;
    r->bytes += (int64_t)length;
    if (r->bytes > r->max_bytes)
        return reader_fail(r, NACRE_ERROR_LIMIT, "the feed is larger than %lld bytes",
                           (long long)r->max_bytes);
    nacre_status status = NACRE_OK;
    while (length && status == NACRE_OK) {
        size_t room = FEED_BLOCK_BYTES - r->raw_length;
        size_t part = length < room ? length : room;
        if (part == FEED_BLOCK_BYTES && r->started) { // a whole block need not be copied
            status = read_block(r, bytes, part, false);
            bytes += part;
            length -= part;
            continue;
        }
        memcpy(r->raw + r->raw_length, bytes, part);
        r->raw_length += part;
        bytes += part;
        length -= part;
        if (r->raw_length == FEED_BLOCK_BYTES)
            status = read_block(r, r->raw, r->raw_length, false);
    }
    return status;
}

// ---- the public side

static const char *const dialect_words[] = {
    [FEED_AUTO] = "auto",
    [FEED_YML] = "yml",
    [FEED_ADMITAD] = "admitad",
    [FEED_GOOGLE_RSS] = "google-rss",
    [FEED_GOOGLE_ATOM] = "google-atom",
    [FEED_TSV] = "tsv",
    [FEED_CSV] = "csv",
};

const char *feed_dialect_word(enum feed_dialect dialect) {
    return dialect_words[dialect];
}

bool feed_dialect_parse(const char *word, enum feed_dialect *dialect) {
    for (size_t i = 0; i < sizeof dialect_words / sizeof *dialect_words; i++) {
        if (strcmp(word, dialect_words[i]) == 0) {
            *dialect = (enum feed_dialect)i;
            return true;
        }
    }
    return false;
}

nacre_status feed_reader_new(enum feed_dialect dialect, const struct feed_handler *handler,
                             feed_reader **result, nacre_error *error) {
    feed_reader *r = memory_new(1, sizeof *r);
    if (!r)
        return error_memory(error, "opening a feed");
    r->handler = *handler;
    r->wanted = dialect;
    r->summary.well_formed = true;
    r->max_bytes = LIMIT_FEED_BYTES;
    r->line = r->first_line = 1;
    buffer_init(&r->text, LIMIT_FEED_RECORD_BYTES + 4 * FEED_BLOCK_BYTES);
    record_init(&r->record);
    offer_init(&r->offer);
    variants_init(&r->variants);
    r->raw = memory_new(FEED_BLOCK_BYTES, 1);
    nacre_status status =
        r->raw ? unpack_new(take_unpacked, r, &r->unpack, error) : error_memory(error, "opening a feed");
    if (status) {
        feed_reader_free(r);
        return status;
    }
    *result = r;
    return NACRE_OK;
}

void feed_reader_free(feed_reader *r) {
    if (!r)
        return;
    feed_xml_free(r->xml);
    table_free(r->table);
    unpack_free(r->unpack);
    buffer_fini(&r->text);
    record_fini(&r->record);
    offer_fini(&r->offer);
    variants_fini(&r->variants);
    variant_table_fini(&r->categories.ids);
    memory_free(r->categories.parents);
    memory_free(r->shop_url);
    memory_free(r->raw);
    memory_free(r);
}

static nacre_status pass_on(const feed_reader *r, nacre_error *error) {
    if (error && r->status)
        *error = r->error;
    return r->status;
}

// The archive is broken: what came out of it so far still counts.
static void end_archive(feed_reader *r, const nacre_error *error) {
    if (r->bytes == 0 || error->status != NACRE_ERROR_FORMAT)
        reader_fail(r, error->status, "%s", error->message);
    if (r->status || read_block(r, r->raw, r->raw_length, false) != NACRE_OK)
        return;
    r->whole = false;
    reader_stop(r, reader_last_line(r), "%s", error->message);
}

nacre_status feed_reader_push(feed_reader *r, const void *bytes, size_t length, nacre_error *error) {
    if (r->status)
        return pass_on(r, error);
    nacre_error archive;
    nacre_status status = unpack_push(r->unpack, bytes, length, &archive);
    if (status && r->status == NACRE_OK)
        end_archive(r, &archive);
    return pass_on(r, error);
}

nacre_status feed_reader_finish(feed_reader *r, struct feed_summary *summary, nacre_error *error) {
    nacre_error archive;
    if (r->status == NACRE_OK) {
        if (unpack_finish(r->unpack, &archive) != NACRE_OK)
            end_archive(r, &archive);
        else if (r->bytes == 0)
            reader_fail(r, NACRE_ERROR_FORMAT, "the feed is empty");
        else
            (void)read_block(r, r->raw, r->raw_length, true);
    }
    if (tell_counts(r) != NACRE_OK)
        reader_fail(r, NACRE_ERROR_IO, "a problem of the feed could not be stored");
    if (r->status)
        r->summary.well_formed = false;
    r->summary.complete = r->whole && !r->partial && (r->status == NACRE_OK || r->told[PROBLEM_FAULT]);
    *summary = r->summary;
    return pass_on(r, error);
}
