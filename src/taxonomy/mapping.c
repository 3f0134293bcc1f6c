// SPDX-License-Identifier: Apache-2.0
// The XML tree is kept as the one truth; beside it stands what was compiled from it: entries sorted by id and
// by path, rules with their phrases cut into words. An edit changes the tree and compiles anew.
#include "taxonomy/mapping.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/memory.h"
#include "taxonomy/words.h"
#include "taxonomy/xml.h"

enum {
    FORMAT_VERSION = 1,
    MAX_ARENA_BYTES = 512 * 1024 * 1024,
    MAX_PATH_BYTES = 4096,  // of a shop's category; what is longer is cut
    MAX_TEXT_BYTES = 16384, // of an offer's name or param that rules look at; what is longer is cut
};

// "жен* | для женщин": one of the alternatives must occur, its words side by side.
struct pattern {
    const char *words; // folded, each with its 0 byte; a '*' at a word's end stands for any ending
    size_t count;
};

struct test {
    enum { TEST_NAME, TEST_VENDOR, TEST_PARAM } what;
    const char *param; // folded words of its name, joined by spaces
    struct pattern *alternatives;
    size_t count; // 0: the param needs only be there
};

struct rule {
    struct test tests[3]; // all must hold
    size_t test_count;
    enum mapping_answer answer;
    int category;
    const char *wearer; // instead of an answer: move what is mapped to this wearer
    struct rule *next;
};

struct entry {
    const char *id;
    const char *path; // canonical
    enum mapping_answer answer;
    int category;
    struct rule *rules;
    xmlNode *xml;
};

struct compiled {
    arena memory;
    struct entry *entries; // in the file's order
    struct entry **by_id, **by_path;
    size_t count, id_count, path_count;
    struct rule *rules; // of the whole shop
};

struct mapping {
    char *path;
    const taxonomy *t;
    xmlDocPtr document;
    struct compiled compiled;
    char digest[SHA256_HEX_BYTES];
};

struct compile {
    struct compiled *into;
    const taxonomy *t;
    const char *path;
    nacre_error *error;
};

// ---- Paths

// The names between ">" without outer spaces, joined by " > ", inner runs of spaces made one.
static void canonical_path(const char *text, char result[MAX_PATH_BYTES]) {
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

// Cuts the last name off; false when there was but one.
static bool cut_path(char *path) {
    char *last = NULL;
    for (char *at = path; (at = strstr(at, " > ")); at += 3)
        last = at;
    if (last)
        *last = 0;
    return last != NULL;
}

// ---- Compiling

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

static size_t fold(const char *text, char *folded, size_t room);

static nacre_status read_tests(struct compile *c, const xmlNode *xml, struct rule *rule) {
    static const char *const names[] = {
        [TEST_NAME] = "name", [TEST_VENDOR] = "vendor", [TEST_PARAM] = "param"};
    for (int what = TEST_NAME; what <= TEST_PARAM; what++) {
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
            fold(text, param, room);
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
        canonical_path(path, canonical);
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

static nacre_status compile(const mapping *m, xmlDocPtr document, struct compiled *result,
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

// ---- Resolving

// Writes the words of `text`, each with its 0 byte, and gives their number.
static size_t split(const char *text, char *words, size_t room) {
    size_t used = 0, count = 0;
    struct words reader = words_of(text);
    while (words_next(&reader) && used + reader.length + 1 <= room) {
        memcpy(words + used, reader.word, reader.length + 1);
        used += reader.length + 1;
        count++;
    }
    return count;
}

// Writes the words of `text`, joined by spaces, and gives the length.
static size_t fold(const char *text, char *folded, size_t room) {
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

static const char *next_word(const char *word) {
    return word + strlen(word) + 1;
}

static bool word_matches(const char *wanted, const char *word) {
    size_t length = strlen(wanted);
    if (length > 0 && wanted[length - 1] == '*')
        return strncmp(wanted, word, length - 1) == 0;
    return strcmp(wanted, word) == 0;
}

// Whether the pattern's words occur side by side among the `count` words.
static bool pattern_occurs(const struct pattern *pattern, const char *words, size_t count) {
    for (; count >= pattern->count; words = next_word(words), count--) {
        const char *wanted = pattern->words, *word = words;
        size_t matched = 0;
        while (matched < pattern->count && word_matches(wanted, word)) {
            wanted = next_word(wanted);
            word = next_word(word);
            matched++;
        }
        if (matched == pattern->count)
            return true;
    }
    return false;
}

static bool text_passes(const struct test *test, const char *text) {
    char words[MAX_TEXT_BYTES];
    size_t count = split(text, words, sizeof words);
    for (size_t i = 0; i < test->count; i++)
        if (pattern_occurs(&test->alternatives[i], words, count))
            return true;
    return false;
}

static bool params_pass(const struct test *test, const struct mapping_offer *offer) {
    for (size_t i = 0; i < offer->param_count; i++) {
        char name[MAX_PATH_BYTES];
        fold(offer->params[i].name, name, sizeof name);
        if (strcmp(name, test->param) == 0 && (test->count == 0 || text_passes(test, offer->params[i].value)))
            return true;
    }
    return false;
}

static bool rule_holds(const struct rule *rule, const struct mapping_offer *offer) {
    for (size_t i = 0; i < rule->test_count; i++) {
        const struct test *test = &rule->tests[i];
        bool passes = test->what == TEST_PARAM  ? params_pass(test, offer)
                      : test->what == TEST_NAME ? text_passes(test, offer->name)
                                                : text_passes(test, offer->vendor);
        if (!passes)
            return false;
    }
    return true;
}

// The answer of the first rule that holds, or MAPPING_UNMAPPED.
static enum mapping_answer ask_rules(const struct rule *rule, const struct mapping_offer *offer,
                                     int *category) {
    for (; rule; rule = rule->next) {
        if (rule->wearer || !rule_holds(rule, offer))
            continue;
        *category = rule->category;
        return rule->answer;
    }
    return MAPPING_UNMAPPED;
}

static enum mapping_answer ask_entry(const struct entry *entry, const struct mapping_offer *offer,
                                     int *category) {
    enum mapping_answer answer = ask_rules(entry->rules, offer, category);
    if (answer != MAPPING_UNMAPPED)
        return answer;
    *category = entry->category;
    return entry->answer;
}

static const struct entry *find_entry(const struct compiled *c, const char *id, const char *path) {
    const struct entry key = {.id = id, .path = path}, *wanted = &key;
    struct entry **found = NULL;
    if (id && c->id_count)
        found = bsearch(&wanted, c->by_id, c->id_count, sizeof *c->by_id, compare_ids);
    if (!found && path && c->path_count)
        found = bsearch(&wanted, c->by_path, c->path_count, sizeof *c->by_path, compare_paths);
    return found ? *found : NULL;
}

// The offer's own category first, then its parents, until one has an answer.
static enum mapping_answer ask_categories(const mapping *m, const struct mapping_offer *offer,
                                          int *category) {
    char path[MAX_PATH_BYTES];
    canonical_path(offer->category_path ? offer->category_path : "", path);
    bool has_path = *path != 0;
    for (size_t i = 0; i < offer->category_count || has_path; i++) {
        const struct entry *entry = find_entry(
            &m->compiled, i < offer->category_count ? offer->category_ids[i] : NULL, has_path ? path : NULL);
        enum mapping_answer answer = entry ? ask_entry(entry, offer, category) : MAPPING_UNMAPPED;
        if (answer != MAPPING_UNMAPPED)
            return answer;
        has_path = has_path && cut_path(path);
    }
    return MAPPING_UNMAPPED;
}

enum mapping_answer mapping_resolve(const mapping *m, const struct mapping_offer *offer, int *category) {
    int found = CATEGORY_NONE;
    enum mapping_answer answer = ask_rules(m->compiled.rules, offer, &found);
    if (answer == MAPPING_UNMAPPED)
        answer = ask_categories(m, offer, &found);
    if (answer != MAPPING_MAPPED)
        return answer;
    for (const struct rule *rule = m->compiled.rules; rule; rule = rule->next) {
        if (rule->wearer && rule_holds(rule, offer)) {
            found = taxonomy_for_wearer(m->t, found, rule->wearer);
            break;
        }
    }
    *category = found;
    return MAPPING_MAPPED;
}

// ---- Opening

static const char EMPTY[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<mapping version=\"1\">\n"
                            "</mapping>\n";

static void take_digest(mapping *m, const char *text, size_t length) {
    char both[2 * SHA256_HEX_BYTES];
    sha256_hex(text, length, both);
    taxonomy_digest(m->t, both + SHA256_HEX_BYTES);
    sha256_hex(both, sizeof both, m->digest);
}

nacre_status mapping_load(const char *path, const taxonomy *t, mapping **result, nacre_error *error) {
    char *text = NULL;
    size_t length = sizeof EMPTY - 1;
    nacre_status status = NACRE_OK;
    mapping *m = memory_new(1, sizeof *m);
    if (!m)
        return error_memory(error, "reading a mapping");
    arena_init(&m->compiled.memory, MAX_ARENA_BYTES);
    m->t = t;
    m->path = memory_copy_text(path);
    if (!m->path)
        status = error_memory(error, "reading a mapping");
    else if (file_exists(path))
        status = file_read(path, LIMIT_XML_FILE_BYTES, &text, &length, error);
    if (status == NACRE_OK)
        status = xml_parse(text ? text : EMPTY, length, path, "mapping", FORMAT_VERSION, &m->document, error);
    if (status == NACRE_OK) {
        take_digest(m, text ? text : EMPTY, length);
        status = compile(m, m->document, &m->compiled, error);
    }
    memory_free(text);
    if (status != NACRE_OK)
        mapping_free(m);
    else
        *result = m;
    return status;
}

nacre_status mapping_open(const workspace *w, const char *shop, const taxonomy *t, mapping **result,
                          nacre_error *error) {
    char name[300];
    if ((size_t)snprintf(name, sizeof name, "mapping/%s.xml", shop) >= sizeof name || strchr(shop, '/'))
        return error_set(error, NACRE_ERROR_ARGUMENT, "\"%s\" is not a shop's name", shop);
    char *path = workspace_path(w, name);
    if (!path)
        return error_memory(error, "opening a mapping");
    nacre_status status = mapping_load(path, t, result, error);
    memory_free(path);
    return status;
}

void mapping_free(mapping *m) {
    if (!m)
        return;
    arena_fini(&m->compiled.memory);
    xmlFreeDoc(m->document);
    memory_free(m->path);
    memory_free(m);
}

const char *mapping_path(const mapping *m) {
    return m->path;
}

void mapping_digest(const mapping *m, char hex[SHA256_HEX_BYTES]) {
    memcpy(hex, m->digest, SHA256_HEX_BYTES);
}

size_t mapping_count(const mapping *m) {
    return m->compiled.count;
}

struct mapping_entry mapping_get(const mapping *m, size_t i) {
    const struct entry *entry = &m->compiled.entries[i];
    return (struct mapping_entry){
        .id = entry->id,
        .path = entry->path,
        .answer = entry->answer,
        .category = entry->answer == MAPPING_MAPPED ? entry->category : CATEGORY_NONE,
        .has_rules = entry->rules != NULL,
        .line = xmlGetLineNo(entry->xml),
    };
}

// ---- Editing

static bool set_attribute(xmlNode *node, const char *name, const char *value) {
    if (value)
        return xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value) != NULL;
    xmlAttr *attribute = xmlHasProp(node, (const xmlChar *)name);
    return !attribute || xmlRemoveProp(attribute) == 0;
}

static bool set_answer(const mapping *m, xmlNode *node, const struct mapping_entry *entry) {
    bool mapped = entry->answer == MAPPING_MAPPED, ignored = entry->answer == MAPPING_IGNORED;
    return set_attribute(node, "to",
                         mapped    ? taxonomy_id(m->t, entry->category)
                         : ignored ? NULL
                                   : "") &&
           set_attribute(node, "ignore", ignored ? "yes" : NULL);
}

static bool append_comment(xmlNode *root, const char *text) {
    // "--" must not stand inside a comment.
    char comment[1024];
    size_t length = 0;
    comment[length++] = ' ';
    for (const char *c = text; *c && length < sizeof comment - 2; c++)
        if (*c != '-' || comment[length - 1] != '-')
            comment[length++] = *c;
    comment[length++] = ' ';
    comment[length] = 0;
    xmlNode *node = xmlNewComment((const xmlChar *)comment);
    return node && xml_append_line(root, node);
}

static bool append_rules(const mapping *m, xmlNode *node, const struct mapping_entry *entry) {
    bool good = true;
    for (size_t i = 0; i < entry->rule_count && good; i++) {
        const struct mapping_rule *rule = &entry->rules[i];
        xmlNode *child = xmlNewNode(NULL, (const xmlChar *)"rule");
        good = child && set_attribute(child, "param", rule->param) && set_attribute(child, "is", rule->is) &&
               set_attribute(child, "to", taxonomy_id(m->t, rule->category));
        if (!good)
            xmlFreeNode(child);
        else
            good = xml_append_line(node, child);
    }
    return good;
}

static bool append_entry(const mapping *m, xmlNode *root, const struct mapping_entry *entry) {
    if (entry->comment && !append_comment(root, entry->comment))
        return false;
    xmlNode *node = xmlNewNode(NULL, (const xmlChar *)"category");
    if (!node)
        return false;
    if ((entry->id && !set_attribute(node, "id", entry->id)) ||
        (entry->path && !set_attribute(node, "path", entry->path)) || !set_answer(m, node, entry)) {
        xmlFreeNode(node);
        return false;
    }
    return xml_append_line(root, node) && append_rules(m, node, entry);
}

static nacre_status edit_document(const mapping *m, const struct compiled *compiled, xmlDocPtr document,
                                  const struct mapping_entry *entries, size_t count, nacre_error *error) {
    for (size_t i = 0; i < count; i++) {
        const struct mapping_entry *entry = &entries[i];
        char path[MAX_PATH_BYTES] = "";
        if (entry->path)
            canonical_path(entry->path, path);
        const struct entry *found = find_entry(compiled, entry->id, entry->id ? NULL : path);
        bool with_rules = found && !found->rules;
        if (!(found ? set_answer(m, found->xml, entry) && (!with_rules || append_rules(m, found->xml, entry))
                    : append_entry(m, xmlDocGetRootElement(document), entry)))
            return error_memory(error, "editing a mapping");
    }
    return NACRE_OK;
}

// Works on a copy, so that a failure leaves the mapping as it was.
nacre_status mapping_edit(mapping *m, const struct mapping_entry *entries, size_t count, nacre_error *error) {
    xmlDocPtr document = xmlCopyDoc(m->document, 1);
    if (!document)
        return error_memory(error, "editing a mapping");
    struct compiled before = {0}, after = {0};
    nacre_status status = compile(m, document, &before, error);
    if (status == NACRE_OK)
        status = edit_document(m, &before, document, entries, count, error);
    if (status == NACRE_OK)
        status = compile(m, document, &after, error);
    arena_fini(&before.memory);
    if (status != NACRE_OK) {
        xmlFreeDoc(document);
        return status;
    }
    arena_fini(&m->compiled.memory);
    xmlFreeDoc(m->document);
    m->compiled = after;
    m->document = document;
    return NACRE_OK;
}

nacre_status mapping_save(const mapping *m, const char *path, nacre_error *error) {
    return xml_write(m->document, path ? path : m->path, error);
}
