// SPDX-License-Identifier: Apache-2.0
// The rules of the groups that name nacre, else of those that name "*", are kept; the longest pattern that
// matches decides, and allows where an allowing and a forbidding one are equally long (RFC 9309, 2.2.2).
// Crawl-delay is no part of the standard: [crawl] requests_per_second is the operator's word on it.
#include "crawl/robots.h"

#include <glib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/memory.h"

static const char PRODUCT[] = "nacre";

struct rule {
    struct rule *next;
    const char *pattern;
    size_t length;
    bool allows;
};

struct robots {
    arena memory;
    struct rule *rules;
};

struct text {
    const char *start;
    size_t length;
};

static struct text trim(struct text t) {
    while (t.length && (t.start[0] == ' ' || t.start[0] == '\t'))
        t.start++, t.length--;
    while (t.length && (t.start[t.length - 1] == ' ' || t.start[t.length - 1] == '\t'))
        t.length--;
    return t;
}

static bool is_word(struct text t, const char *word) {
    return t.length == strlen(word) && strncasecmp(t.start, word, t.length) == 0;
}

// "nacre" of "nacre/1.0".
static struct text product_token(struct text t) {
    size_t length = 0;
    while (length < t.length &&
           (t.start[length] == '-' || t.start[length] == '_' || g_ascii_isalpha(t.start[length])))
        length++;
    return (struct text){t.start, length};
}

// The next "key: value" line without its comment; false at the end.
static bool next_line(struct text *rest, struct text *key, struct text *value) {
    if (!rest->length)
        return false;
    size_t length = 0;
    while (length < rest->length && rest->start[length] != '\n' && rest->start[length] != '\r')
        length++;
    struct text line = {rest->start, length};
    size_t skipped = length < rest->length ? length + 1 : length;
    rest->start += skipped;
    rest->length -= skipped;
    const char *comment = memchr(line.start, '#', line.length);
    if (comment)
        line.length = (size_t)(comment - line.start);
    const char *colon = memchr(line.start, ':', line.length);
    if (!colon) {
        *key = *value = (struct text){line.start, 0};
        return true;
    }
    *key = trim((struct text){line.start, (size_t)(colon - line.start)});
    *value = trim((struct text){colon + 1, (size_t)(line.start + line.length - colon - 1)});
    return true;
}

// Walks the file: with `r`, keeps the rules of the groups for `agent`; without, only tells whether there are
// such groups.
static bool read_groups(struct text file, const char *agent, robots *r, bool *out_of_memory) {
    bool found = false, in_group = false, after_rule = true;
    struct text key, value;
    while (next_line(&file, &key, &value)) {
        if (is_word(key, "user-agent")) {
            if (after_rule) // a new group; otherwise one more name of this one
                in_group = false;
            after_rule = false;
            bool named = strcmp(agent, "*") == 0 ? is_word(value, "*") : is_word(product_token(value), agent);
            in_group = in_group || named;
            found = found || named;
            continue;
        }
        bool allows = is_word(key, "allow");
        if (!allows && !is_word(key, "disallow"))
            continue;
        after_rule = true;
        if (!in_group || !r || !value.length) // an empty Disallow forbids nothing
            continue;
        struct rule *rule = arena_new(&r->memory, 1, sizeof *rule);
        char *pattern = arena_text_n(&r->memory, value.start, value.length);
        if (!rule || !pattern) {
            *out_of_memory = true;
            return found;
        }
        *rule = (struct rule){r->rules, pattern, value.length, allows};
        r->rules = rule;
    }
    return found;
}

nacre_status robots_parse(const char *text, size_t length, robots **result, nacre_error *error) {
    robots *r = memory_new(1, sizeof *r);
    if (!r)
        return error_memory(error, "reading robots.txt");
    arena_init(&r->memory, (size_t)64 * ROBOTS_MAX_BYTES);
    struct text file = {text, length < ROBOTS_MAX_BYTES ? length : ROBOTS_MAX_BYTES};
    if (file.length >= 3 && memcmp(file.start, "\xef\xbb\xbf", 3) == 0)
        file.start += 3, file.length -= 3;
    bool out_of_memory = false;
    if (!read_groups(file, PRODUCT, r, &out_of_memory))
        read_groups(file, "*", r, &out_of_memory);
    if (out_of_memory) {
        robots_free(r);
        return error_memory(error, "reading robots.txt");
    }
    *result = r;
    return NACRE_OK;
}

void robots_free(robots *r) {
    if (!r)
        return;
    arena_fini(&r->memory);
    memory_free(r);
}

// '*' stands for any text, '$' at the end for the end; otherwise a pattern matches a beginning. Goes back to
// the last '*' only, which is enough: time is at most pattern times path.
static bool matches(const char *pattern, const char *path) {
    const char *star = NULL, *star_path = NULL;
    for (;;) {
        if (!*pattern)
            return true;
        if (*pattern == '$' && !pattern[1] && !*path)
            return true;
        if (*pattern == '*') {
            star = ++pattern;
            star_path = path;
        } else if (*path && *pattern == *path) {
            pattern++;
            path++;
        } else if (star && *star_path) {
            pattern = star;
            path = ++star_path;
        } else {
            return false;
        }
    }
}

bool robots_allow(const robots *r, const char *path) {
    const struct rule *best = NULL;
    for (const struct rule *rule = r ? r->rules : NULL; rule; rule = rule->next) {
        if (best && (rule->length < best->length || (rule->length == best->length && !rule->allows)))
            continue;
        if (matches(rule->pattern, path))
            best = rule;
    }
    return !best || best->allows;
}

bool robots_tag_forbids(const char *value) {
    struct text rest = {value, strlen(value)};
    bool for_nacre = true; // until a robot is named
    while (rest.length) {
        const char *comma = memchr(rest.start, ',', rest.length);
        struct text part = {rest.start, comma ? (size_t)(comma - rest.start) : rest.length};
        rest.length -= part.length + (comma ? 1 : 0);
        rest.start += part.length + (comma ? 1 : 0);
        const char *colon = memchr(part.start, ':', part.length);
        if (colon) {
            struct text name = trim((struct text){part.start, (size_t)(colon - part.start)});
            bool is_directive = is_word(name, "unavailable_after") || is_word(name, "max-snippet") ||
                                is_word(name, "max-image-preview") || is_word(name, "max-video-preview");
            if (is_directive)
                continue;
            for_nacre = is_word(name, PRODUCT);
            part = (struct text){colon + 1, (size_t)(part.start + part.length - colon - 1)};
        }
        part = trim(part);
        if (for_nacre && (is_word(part, "none") || is_word(part, "noindex") || is_word(part, "noimageindex")))
            return true;
    }
    return false;
}
