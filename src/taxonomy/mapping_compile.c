// SPDX-License-Identifier: Apache-2.0
// From the XML tree to what is fast to ask: entries sorted by id and by path, rules with their phrases cut
// into words.
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "taxonomy/mapping_parts.h"
#include "taxonomy/words.h"
#include "taxonomy/xml.h"

struct compile {
    struct compiled *into;
    const taxonomy *t;
    const char *path;
    nacre_error *error;
};

void mapping_canonical_path(const char *text, char result[MAX_PATH_BYTES]) {
    size_t length = 0;
    bool space = false;
    for (const char *c = text; *c && length < MAX_PATH_BYTES - 5; c++) {
        if (isspace((unsigned char)*c)) {
            space = true;
        } else if (*c == '>') {
            memcpy(result + length, " > ", 3);
            length += 3;
            space = false;
        } else {
            bool starts = length == 0 || (length >= 3 && memcmp(result + length - 3, " > ", 3) == 0);
            if (space && !starts)
                result[length++] = ' ';
            result[length++] = *c;
            space = false;
        }
    }
    result[length] = 0;
}

size_t mapping_fold(const char *text, char *folded, size_t room) {
    size_t used = 0;
    struct words reader = words_of(text);
    while (words_next(&reader) && used + reader.length + 2 <= room) {
        if (used > 0)
            folded[used++] = ' ';
        memcpy(folded + used, reader.word, reader.length);
        used += reader.length;
    }
    folded[used] = 0;
    return used;
}

static int edit_distance(const char *a, const char *b) {
    enum { MOST = 128 };
    size_t width = strlen(b);
    int row[MOST];
    if (width >= MOST)
        return MOST;
    for (size_t j = 0; j <= width; j++)
        row[j] = (int)j;
    for (int i = 1; *a; a++, i++) {
        int diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            int best = diagonal + (*a != b[j - 1]);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            best = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[width];
}

static nacre_status unknown_category(struct compile *c, const xmlNode *xml, const char *id) {
    int nearest = 0, least = INT_MAX;
    for (int i = 0; i < taxonomy_count(c->t); i++) {
        int distance = edit_distance(id, taxonomy_id(c->t, i));
        if (distance < least) {
            least = distance;
            nearest = i;
        }
    }
    if (least <= 3)
        return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml,
                         "to=\"%s\" is no category; did you mean %s?", id, taxonomy_id(c->t, nearest));
    return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml,
                     "to=\"%s\" is no category; nacre taxonomy search WORD finds the right id", id);
}

static nacre_status attribute(struct compile *c, const xmlNode *xml, const char *name, char **value) {
    return xml_attribute(&c->into->memory, xml, name, value, c->error);
}

// Reads `to` and `ignore`; with neither the answer is MAPPING_UNMAPPED.
static nacre_status read_answer(struct compile *c, const xmlNode *xml, enum mapping_answer *answer,
                                int *category) {
    char *to, *ignore;
    nacre_status status = attribute(c, xml, "to", &to);
    if (status == NACRE_OK)
        status = attribute(c, xml, "ignore", &ignore);
    if (status != NACRE_OK)
        return status;
    *answer = MAPPING_UNMAPPED;
    if (ignore && strcmp(ignore, "yes") != 0 && strcmp(ignore, "no") != 0)
        return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml, "ignore=\"%s\" is neither yes nor no",
                         ignore);
    bool ignored = ignore && strcmp(ignore, "yes") == 0;
    if (to && *to) {
        if (ignored)
            return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml,
                             "to=\"%s\" and ignore=\"yes\" exclude each other; keep one", to);
        *category = taxonomy_find(c->t, to);
        if (*category == CATEGORY_NONE)
            return unknown_category(c, xml, to);
        *answer = MAPPING_MAPPED;
    } else if (ignored) {
        *answer = MAPPING_IGNORED;
    }
    return NACRE_OK;
}

// Folds `text` into words, each with its 0 byte; a '*' right behind a word stays at its end.
static nacre_status read_pattern(struct compile *c, const char *text, struct pattern *pattern) {
    size_t room = strlen(text) * 2 + 2, used = 0;
    char *words = arena_new(&c->into->memory, room, 1);
    if (!words)
        return error_memory(c->error, "reading the mapping");
    struct words reader = words_of(text);
    while (words_next(&reader)) {
        // The reader stands one character past the word's end, or at the text's end.
        bool open = reader.rest > text && reader.rest[-1] == '*';
        if (used + reader.length + 2 > room)
            break;
        memcpy(words + used, reader.word, reader.length);
        used += reader.length;
        if (open)
            words[used++] = '*';
        words[used++] = 0;
        pattern->count++;
    }
    pattern->words = words;
    return NACRE_OK;
}

static nacre_status read_alternatives(struct compile *c, const xmlNode *xml, const char *name, char *text,
                                      struct test *test) {
    size_t most = 1;
    for (const char *at = text; *at; at++)
        most += *at == '|';
    test->alternatives = arena_new(&c->into->memory, most, sizeof *test->alternatives);
    if (!test->alternatives)
        return error_memory(c->error, "reading the mapping");
    for (char *rest = text, *part; (part = strsep(&rest, "|"));) {
        struct pattern pattern = {0};
        nacre_status status = read_pattern(c, part, &pattern);
        if (status != NACRE_OK)
            return status;
        if (pattern.count == 0)
            return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml,
                             "%s holds no word, or none between two |; write %s=\"word | other words\"", name,
                             name);
        test->alternatives[test->count++] = pattern;
    }
    return NACRE_OK;
}

static nacre_status read_tests(struct compile *c, const xmlNode *xml, struct rule *rule) {
    static const char *const names[] = {
        [TEST_NAME] = "name", [TEST_VENDOR] = "vendor", [TEST_PARAM] = "param"};
    for (enum test_what what = TEST_NAME; what < TESTS; what++) {
        char *text, *is = NULL;
        nacre_status status = attribute(c, xml, names[what], &text);
        if (status == NACRE_OK && what == TEST_PARAM)
            status = attribute(c, xml, "is", &is);
        if (status != NACRE_OK)
            return status;
        if (!text && is)
            return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml,
                             "is=\"%s\" needs param=\"…\", the name of the param that it is about", is);
        if (!text)
            continue;
        struct test *test = &rule->tests[rule->test_count++];
        *test = (struct test){.what = what};
        if (what == TEST_PARAM) {
            size_t room = strlen(text) * 2 + 2;
            char *param = arena_new(&c->into->memory, room, 1);
            if (!param)
                return error_memory(c->error, "reading the mapping");
            mapping_fold(text, param, room);
            test->param = param;
        }
        char *phrase = what == TEST_PARAM ? is : text;
        if (phrase &&
            (status = read_alternatives(c, xml, what == TEST_PARAM ? "is" : names[what], phrase, test)))
            return status;
    }
    if (rule->test_count == 0)
        return xml_error(
            c->error, NACRE_ERROR_FORMAT, c->path, xml,
            "this rule asks nothing; give it name, vendor or param, or set the answer on the category");
    return NACRE_OK;
}

static bool is_wearer(const char *text) {
    static const char *const known[] = {"women", "men", "girls", "boys", "kids", "newborn"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(text, known[i]) == 0)
            return true;
    return false;
}

static nacre_status read_rule(struct compile *c, const xmlNode *xml, bool whole_shop, struct rule **result) {
    nacre_status status =
        xml_check_attributes(xml, c->path, "name vendor param is to ignore wearer", c->error);
    if (status != NACRE_OK)
        return status;
    struct rule *rule = arena_new(&c->into->memory, 1, sizeof *rule);
    if (!rule)
        return error_memory(c->error, "reading the mapping");
    char *wearer;
    if ((status = read_tests(c, xml, rule)) != NACRE_OK ||
        (status = read_answer(c, xml, &rule->answer, &rule->category)) != NACRE_OK ||
        (status = attribute(c, xml, "wearer", &wearer)) != NACRE_OK)
        return status;
    rule->wearer = wearer;
    if (wearer && !is_wearer(wearer))
        return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml,
                         "wearer=\"%s\" is none of women, men, girls, boys, kids, newborn", wearer);
    if (wearer && !whole_shop)
        return xml_error(
            c->error, NACRE_ERROR_FORMAT, c->path, xml,
            "a rule with wearer holds for the whole shop; move it out of <category>, below <mapping>");
    if ((wearer != NULL) + (rule->answer != MAPPING_UNMAPPED) != 1)
        return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml,
                         "a rule needs one of to=\"our.category\", ignore=\"yes\"%s",
                         whole_shop ? ", wearer=\"men\"" : "");
    *result = rule;
    return NACRE_OK;
}

// Reads the <rule>s among the elements from `xml` on; with `whole_shop` <category> may stand among them.
static nacre_status read_rules(struct compile *c, xmlNode *xml, bool whole_shop, struct rule **first) {
    struct rule **last = first;
    xmlNode *element;
    nacre_status status = xml_element(c->path, xml, &element, c->error);
    while (status == NACRE_OK && element) {
        if (xml_is(element, "rule")) {
            status = read_rule(c, element, whole_shop, last);
            if (status == NACRE_OK)
                last = &(*last)->next;
        } else if (!whole_shop || !xml_is(element, "category")) {
            return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, element,
                             "<%s> is not known here; only %s is", element->name,
                             whole_shop ? "<category> or <rule>" : "<rule>");
        }
        if (status == NACRE_OK)
            status = xml_element(c->path, element->next, &element, c->error);
    }
    return status;
}

static nacre_status read_entry(struct compile *c, xmlNode *xml, struct entry *entry) {
    char *id, *path;
    nacre_status status = xml_check_attributes(xml, c->path, "id path to ignore", c->error);
    if (status != NACRE_OK || (status = attribute(c, xml, "id", &id)) != NACRE_OK ||
        (status = attribute(c, xml, "path", &path)) != NACRE_OK ||
        (status = read_answer(c, xml, &entry->answer, &entry->category)) != NACRE_OK)
        return status;
    entry->xml = xml;
    entry->id = id && *id ? id : NULL;
    if (path && *path) {
        char canonical[MAX_PATH_BYTES];
        mapping_canonical_path(path, canonical);
        entry->path = arena_text(&c->into->memory, canonical);
        if (!entry->path)
            return error_memory(c->error, "reading the mapping");
    }
    if (!entry->id && !entry->path)
        return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, xml,
                         "<category> needs the shop's id=\"…\" or path=\"Top > Below\"");
    return read_rules(c, xml->children, false, &entry->rules);
}

static int compare_ids(const void *left, const void *right) {
    const struct entry *const *a = left, *const *b = right;
    return strcmp((*a)->id, (*b)->id);
}

static int compare_paths(const void *left, const void *right) {
    const struct entry *const *a = left, *const *b = right;
    return strcmp((*a)->path, (*b)->path);
}

static nacre_status check_unique(struct compile *c, struct entry **sorted, size_t count,
                                 int (*compare)(const void *, const void *)) {
    for (size_t i = 1; i < count; i++) {
        if (compare(&sorted[i - 1], &sorted[i]) != 0)
            continue;
        const struct entry *a = sorted[i - 1], *b = sorted[i];
        const struct entry *first = xmlGetLineNo(a->xml) <= xmlGetLineNo(b->xml) ? a : b;
        return xml_error(c->error, NACRE_ERROR_FORMAT, c->path, (first == a ? b : a)->xml,
                         "the category %s is mapped already in line %ld; remove one", a->id ? a->id : a->path,
                         xmlGetLineNo(first->xml));
    }
    return NACRE_OK;
}

// A path finds only entries that have no id: with an id the path is there for people.
static nacre_status sort_entries(struct compile *c) {
    struct compiled *into = c->into;
    into->by_id = arena_new(&into->memory, into->count + 1, sizeof *into->by_id);
    into->by_path = arena_new(&into->memory, into->count + 1, sizeof *into->by_path);
    if (!into->by_id || !into->by_path)
        return error_memory(c->error, "reading the mapping");
    for (size_t i = 0; i < into->count; i++) {
        struct entry *entry = &into->entries[i];
        if (entry->id)
            into->by_id[into->id_count++] = entry;
        else
            into->by_path[into->path_count++] = entry;
    }
    qsort(into->by_id, into->id_count, sizeof *into->by_id, compare_ids);
    qsort(into->by_path, into->path_count, sizeof *into->by_path, compare_paths);
    nacre_status status = check_unique(c, into->by_id, into->id_count, compare_ids);
    return status == NACRE_OK ? check_unique(c, into->by_path, into->path_count, compare_paths) : status;
}

static nacre_status compile_root(struct compile *c, xmlNode *root) {
    nacre_status status = xml_check_attributes(root, c->path, "version", c->error);
    if (status == NACRE_OK)
        status = read_rules(c, root->children, true, &c->into->rules);
    if (status != NACRE_OK)
        return status;
    size_t most = 0;
    for (const xmlNode *child = root->children; child; child = child->next)
        most += xml_is(child, "category");
    c->into->entries = arena_new(&c->into->memory, most + 1, sizeof *c->into->entries);
    if (!c->into->entries)
        return error_memory(c->error, "reading the mapping");
    for (xmlNode *child = root->children; child; child = child->next)
        if (xml_is(child, "category") &&
            (status = read_entry(c, child, &c->into->entries[c->into->count++])) != NACRE_OK)
            return status;
    return sort_entries(c);
}

nacre_status mapping_compile(const mapping *m, xmlDocPtr document, struct compiled *result,
                             nacre_error *error) {
    struct compiled fresh = {0};
    arena_init(&fresh.memory, MAX_ARENA_BYTES);
    struct compile c = {.into = &fresh, .t = m->t, .path = m->path, .error = error};
    nacre_status status = compile_root(&c, xmlDocGetRootElement(document));
    if (status != NACRE_OK)
        arena_fini(&fresh.memory);
    else
        *result = fresh;
    return status;
}

const struct entry *mapping_find(const struct compiled *c, const char *id, const char *path) {
    const struct entry key = {.id = id, .path = path}, *wanted = &key;
    struct entry **found = NULL;
    if (id && c->id_count)
        found = bsearch(&wanted, c->by_id, c->id_count, sizeof *c->by_id, compare_ids);
    if (!found && path && c->path_count)
        found = bsearch(&wanted, c->by_path, c->path_count, sizeof *c->by_path, compare_paths);
    return found ? *found : NULL;
}
