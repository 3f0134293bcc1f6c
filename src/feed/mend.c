// SPDX-License-Identifier: Apache-2.0
#include "feed/mend.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "feed/reader.h"
#include "feed/values.h"
#include "feed/vector.h"

enum { CHECK_BYTES = 64 };

enum look { LOOK_TEXT, LOOK_TAGS, LOOK_SPECIAL };

// What 64 bytes hold: something to look at (a '&', "]]", or a '<' before anything but a letter, '/', '_' or
// ':'), else tags, else nothing but text. Also looks at the byte behind.
static enum look look_at(const char *p) {
    mask16 special = {0}, tags = {0}, less[CHECK_BYTES / 16];
    for (int i = 0; i < CHECK_BYTES / 16; i++) {
        bytes16 c = load16(p + 16 * i);
        mask16 bracket = c == ']';
        less[i] = c == '<';
        tags |= less[i] | bracket | (c == '>');
        special |= c == '&';
    }
    if (any16(special))
        return LOOK_SPECIAL;
    if (!any16(tags))
        return LOOK_TEXT;
    for (int i = 0; i < CHECK_BYTES / 16; i++) {
        bytes16 c = load16(p + 16 * i), next = load16(p + 16 * i + 1);
        mask16 name =
            ((next | 0x20) - 'a' < 26) | (next == '/') | (next == '_') | (next == ':') | (next >= 0x80);
        special |= (less[i] & ~name) | ((c == ']') & (next == ']'));
    }
    return any16(special) ? LOOK_SPECIAL : LOOK_TAGS;
}

static bool is_special(const unsigned char *p, size_t left) {
    if (p[0] == '&')
        return true;
    if (p[0] != '<' && p[0] != ']')
        return false;
    if (left < 2)
        return true;
    if (p[0] == ']')
        return p[1] == ']';
    return !((unsigned char)((p[1] | 0x20) - 'a') < 26 || p[1] == '/' || p[1] == '_' || p[1] == ':' ||
             p[1] >= 0x80);
}

// The next place to look at; or a block that holds nothing but text, where `text_from` allows (*is_text).
static size_t next_special(const char *text, size_t at, size_t length, size_t text_from, bool *is_text) {
    *is_text = false;
    while (at < length) {
        if (length - at > CHECK_BYTES) {
            enum look look = look_at(text + at);
            *is_text = look == LOOK_TEXT && at >= text_from;
            if (*is_text)
                return at;
            if (look != LOOK_SPECIAL) {
                at += CHECK_BYTES;
                continue;
            }
        }
        for (size_t end = at + CHECK_BYTES; at < end && at < length; at++)
            if (is_special((const unsigned char *)text + at, length - at))
                return at;
    }
    return length;
}

static size_t line_here(struct mend *m) {
    m->line += count_lines(m->text + m->counted, m->at - m->counted);
    m->counted = m->at;
    return m->line;
}

// Hands on what was kept since the last time: in one piece, for the parser is slow with small ones.
static nacre_status flush(struct mend *m) {
    size_t start = m->kept;
    m->kept = m->at;
    return m->at > start ? m->sink(m->context, m->text + start, m->at - start) : NACRE_OK;
}

// Takes `length` bytes out, except for their line feeds.
static nacre_status drop(struct mend *m, size_t length) {
    nacre_status status = flush(m);
    for (size_t lines = count_lines(m->text + m->at, length); lines && status == NACRE_OK; lines--)
        status = m->sink(m->context, "\n", 1);
    m->at += length;
    m->kept = m->at;
    return status;
}

// Takes `length` bytes out and puts `instead` in.
static nacre_status replace(struct mend *m, size_t length, const char *instead, size_t instead_length) {
    nacre_status status = flush(m);
    m->at += length;
    m->kept = m->at;
    return status ? status : m->sink(m->context, instead, instead_length);
}

// ---- texts that go around the parser

static nacre_status put_aside(struct mend *m, size_t length, bool *done) {
    *done = asides_put(m->asides, m->text + m->at, length);
    static const char mark = ASIDE_MARK;
    return *done ? replace(m, length, &mark, 1) : NACRE_OK;
}

// Whether text[at] lies in a text rather than in a tag: behind the end of the last tag, whose start is the
// last '<'. *text_start is where the tag ends.
static bool is_in_text(const struct mend *m, size_t at, size_t *text_start) {
    const char *less = memrchr(m->text, '<', at);
    if (!less || (size_t)(less - m->text) == m->bare)
        return false;
    char quote = 0;
    for (const char *c = less + 1; c < m->text + at; c++) {
        if (quote) {
            quote = *c == quote ? 0 : quote;
        } else if (*c == '"' || *c == '\'') {
            quote = *c;
        } else if (*c == '>') {
            *text_start = (size_t)(c + 1 - m->text);
            return true;
        }
    }
    return false;
}

static size_t text_end(const struct mend *m, size_t at) {
    while (m->length - at > CHECK_BYTES && look_at(m->text + at) == LOOK_TEXT)
        at += CHECK_BYTES;
    for (; at < m->length; at++) {
        char c = m->text[at];
        if (c == '<' || c == '>' || c == '&' || c == ']')
            break;
    }
    return at;
}

// At a block of nothing but text, found from `scanned` on. *done is false where it must go through the
// parser.
static nacre_status read_text(struct mend *m, size_t scanned, size_t block, bool *done) {
    size_t start;
    *done = false;
    if (!is_in_text(m, block, &start))
        return NACRE_OK;
    m->at = start > scanned ? start : scanned;
    return put_aside(m, text_end(m, block + CHECK_BYTES) - m->at, done);
}

// ---- markup

// Tells a problem at m->at, after all that stands before it was parsed.
static nacre_status __attribute__((format(printf, 3, 4)))
tell(struct mend *m, enum problem kind, const char *format, ...) {
    nacre_status status = flush(m);
    if (status == NACRE_OK)
        status = m->sink(m->context, NULL, 0);
    if (status || m->reader->ended)
        return status;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return reader_tell(m->reader, kind, line_here(m), NULL, "%s", text);
}

// The length of the reference that XML itself knows at text[0], 0 where it is none.
static size_t reference_of_xml(const char *text, size_t length) {
    static const struct {
        const char *name;
        size_t length;
    } names[] = {{"&amp;", 5}, {"&quot;", 6}, {"&lt;", 4}, {"&gt;", 4}, {"&apos;", 6}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (length >= names[i].length && memcmp(text, names[i].name, names[i].length) == 0)
            return names[i].length;
    return 0;
}

// At '&'. *wait is set where more bytes are needed to tell what it is.
static nacre_status read_ampersand(struct mend *m, bool *wait) {
    const char *reference = m->text + m->at;
    size_t length = reference_of_xml(reference, m->length - m->at);
    m->at += length;
    if (length)
        return NACRE_OK;
    bool complete;
    uint32_t code_point = value_reference(reference, m->length - m->at, &length, &complete);
    if (!complete && !m->final) {
        *wait = true;
        return NACRE_OK;
    }
    nacre_status status;
    if (code_point == 0) {
        status = tell(m, PROBLEM_AMPERSAND, "\"&\" that begins no reference");
        return status ? status : replace(m, 1, "&amp;", 5);
    }
    if (!value_is_xml_character(code_point) || code_point == ASIDE_MARK) {
        status = tell(m, PROBLEM_CONTROL, "%.*s is a control character", (int)length, reference);
        return status ? status : replace(m, length, " ", 1);
    }
    if (reference[1] == '#') {
        m->at += length;
        return NACRE_OK;
    }
    status = m->declares_html
                 ? NACRE_OK
                 : tell(m, PROBLEM_HTML_ENTITY, "%.*s is HTML's, not XML's", (int)length, reference);
    char utf8[4];
    return status ? status : replace(m, length, utf8, value_put_utf8(code_point, utf8));
}

// At '<' before '!', '?' or something that begins no tag.
static nacre_status read_less_than(struct mend *m, bool *wait) {
    static const struct {
        const char *start;
        enum mend_place place;
    } starts[] = {{"<![CDATA[", MEND_CDATA},
                  {"<!--", MEND_COMMENT},
                  {"<!DOCTYPE", MEND_DOCTYPE},
                  {"<!doctype", MEND_DOCTYPE},
                  {"<?", MEND_INSTRUCTION}};
    const char *here = m->text + m->at;
    size_t left = m->length - m->at;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t length = strlen(starts[i].start);
        size_t have = length < left ? length : left;
        if (strncmp(here, starts[i].start, have) != 0)
            continue;
        if (have < length && !m->final) {
            *wait = true;
            return NACRE_OK;
        }
        if (have < length)
            break;
        m->place = starts[i].place;
        return drop(m, length);
    }
    m->bare = m->at;
    nacre_status status = tell(m, PROBLEM_LESS_THAN, "\"<\" that begins no element");
    return status ? status : replace(m, 1, "&lt;", 4);
}

static nacre_status read_markup(struct mend *m, bool *wait) {
    size_t scanned = m->at, text_from = m->at;
    bool is_text;
    size_t stop;
    while ((stop = next_special(m->text, m->at, m->length, text_from, &is_text)), is_text) {
        bool done;
        nacre_status status = read_text(m, scanned, stop, &done);
        if (status || done)
            return status;
        m->at = stop;
        text_from = text_end(m, stop + CHECK_BYTES); // up to there it is the same tag
    }
    m->at = stop;
    if (stop == m->length)
        return NACRE_OK;
    if (m->text[stop] == '&')
        return read_ampersand(m, wait);
    if (m->text[stop] == '<')
        return read_less_than(m, wait);
    if (m->length - stop < 3 && !m->final) {
        *wait = true;
        return NACRE_OK;
    }
    if (m->length - stop < 3 || m->text[stop + 1] != ']' || m->text[stop + 2] != '>') {
        m->at++;
        return NACRE_OK;
    }
    nacre_status status = tell(m, PROBLEM_CDATA_END, "\"]]>\" outside of CDATA");
    return status ? status : replace(m, 3, "]]&gt;", 6);
}

// The text of a CDATA section, or of a part of it: goes around the parser, or to it as a section of its own.
static nacre_status read_cdata(struct mend *m, size_t length) {
    bool done = true;
    nacre_status status = flush(m);
    if (status == NACRE_OK && length)
        status = put_aside(m, length, &done);
    if (status || done)
        return status;
    status = m->sink(m->context, "<![CDATA[", 9);
    if (status == NACRE_OK)
        status = m->sink(m->context, m->text + m->at, length);
    return status ? status : replace(m, length, "]]>", 3);
}

// Up to and with `end`; keeps the text of CDATA, drops the rest.
static nacre_status read_until(struct mend *m, const char *end, bool *wait) {
    const char *here = m->text + m->at;
    size_t left = m->length - m->at, end_length = strlen(end);
    const char *found = memmem(here, left, end, end_length);
    size_t length = found ? (size_t)(found - here) : left;
    if (!found && !m->final) {
        length -= left < end_length - 1 ? left : end_length - 1;
        *wait = true;
    }
    nacre_status status = NACRE_OK;
    if (m->place == MEND_COMMENT && memmem(here, length, "--", 2))
        status = tell(m, PROBLEM_COMMENT, "\"--\" inside a comment");
    if (status)
        return status;
    status = m->place == MEND_CDATA ? read_cdata(m, length) : drop(m, length);
    if (!found || status)
        return status;
    m->place = MEND_MARKUP;
    return drop(m, end_length);
}

// At "<!ENTITY" in the DOCTYPE: one of HTML's names is known anyway; any other is refused at once, so that no
// entity is ever loaded from elsewhere or expanded into others.
static nacre_status read_entity_declaration(struct mend *m) {
    const char *c = m->text + m->at + strlen("<!ENTITY"), *end = m->text + m->length;
    while (c < end && value_is_blank(*c))
        c++;
    char reference[40] = "&";
    size_t length = 1, reference_length;
    while (c < end && length < sizeof reference - 2 && !value_is_blank(*c) && *c != '>')
        reference[length++] = *c++;
    reference[length] = ';';
    bool complete;
    if (reference[1] != '#' && value_reference(reference, length + 1, &reference_length, &complete)) {
        m->declares_html = true;
        return drop(m, 1);
    }
    return reader_stop(m->reader, line_here(m),
                       "the DOCTYPE declares an entity (%.*s); feeds must not: ask the shop for one without",
                       (int)(length - 1), reference + 1);
}

static nacre_status read_doctype(struct mend *m, bool *wait) {
    size_t start = m->at;
    for (size_t i = start; i < m->length; i++) {
        char c = m->text[i];
        if (m->in_comment) {
            m->in_comment = !(c == '>' && i >= start + 2 && m->text[i - 1] == '-' && m->text[i - 2] == '-');
        } else if (m->quote) {
            m->quote = c == m->quote ? 0 : m->quote;
        } else if (c == '"' || c == '\'') {
            m->quote = c;
        } else if (c == '[') {
            m->in_subset = true;
        } else if (c == ']') {
            m->in_subset = false;
        } else if (c == '>' && !m->in_subset) {
            m->place = MEND_MARKUP;
            return drop(m, i + 1 - start);
        } else if (c == '<') {
            nacre_status status = drop(m, i - start);
            if (status)
                return status;
            if (m->length - i < 64 && !m->final) {
                *wait = true;
                return NACRE_OK;
            }
            if (strncmp(m->text + i, "<!ENTITY", 8) == 0)
                return read_entity_declaration(m);
            m->in_comment = strncmp(m->text + i, "<!--", 4) == 0;
            return drop(m, 1);
        }
        if (++m->doctype_bytes > LIMIT_FEED_DOCTYPE_BYTES)
            return reader_stop(m->reader, line_here(m), "the DOCTYPE is above %d KB",
                               LIMIT_FEED_DOCTYPE_BYTES / 1024);
    }
    return drop(m, m->length - start);
}

nacre_status mend_read(struct mend *m, const char *text, size_t length, size_t first_line, bool final,
                       size_t *consumed) {
    m->text = text;
    m->length = length;
    m->final = final;
    m->line = first_line;
    m->at = m->counted = m->kept = 0;
    m->bare = SIZE_MAX;
    nacre_status status = NACRE_OK;
    for (bool wait = false; m->at < length && !wait && status == NACRE_OK && !m->reader->ended;) {
        switch (m->place) {
        case MEND_MARKUP:
            status = read_markup(m, &wait);
            break;
        case MEND_CDATA:
            status = read_until(m, "]]>", &wait);
            break;
        case MEND_COMMENT:
            status = read_until(m, "-->", &wait);
            break;
        case MEND_INSTRUCTION:
            status = read_until(m, "?>", &wait);
            break;
        case MEND_DOCTYPE:
            status = read_doctype(m, &wait);
            break;
        }
    }
    *consumed = m->at;
    return status ? status : flush(m);
}
