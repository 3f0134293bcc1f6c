// SPDX-License-Identifier: Apache-2.0
// Where an offer belongs: rules of the whole shop, the offer's categories from the nearest up, then the
// wearer. Allocates nothing: an offer's words are laid out on the stack.
#include <string.h>

#include "taxonomy/mapping_parts.h"
#include "taxonomy/words.h"

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
        mapping_fold(offer->params[i].name, name, sizeof name);
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
                                     int *category, bool *by_rule) {
    enum mapping_answer answer = ask_rules(entry->rules, offer, category);
    *by_rule = answer != MAPPING_UNMAPPED;
    if (*by_rule)
        return answer;
    *category = entry->category;
    return entry->answer;
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

// The offer's own category first, then its parents, until one has an answer.
static enum mapping_answer ask_categories(const mapping *m, const struct mapping_offer *offer, int *category,
                                          bool *by_rule) {
    char path[MAX_PATH_BYTES];
    mapping_canonical_path(offer->category_path ? offer->category_path : "", path);
    bool has_path = *path != 0;
    for (size_t i = 0; i < offer->category_count || has_path; i++) {
        const struct entry *entry = mapping_find(
            &m->compiled, i < offer->category_count ? offer->category_ids[i] : NULL, has_path ? path : NULL);
        enum mapping_answer answer = entry ? ask_entry(entry, offer, category, by_rule) : MAPPING_UNMAPPED;
        if (answer != MAPPING_UNMAPPED)
            return answer;
        has_path = has_path && cut_path(path);
    }
    return MAPPING_UNMAPPED;
}

enum mapping_answer mapping_resolve(const mapping *m, const struct mapping_offer *offer, int *category,
                                    bool *by_rule) {
    int found = CATEGORY_NONE;
    enum mapping_answer answer = ask_rules(m->compiled.rules, offer, &found);
    bool rule_answers = answer != MAPPING_UNMAPPED;
    if (!rule_answers)
        answer = ask_categories(m, offer, &found, &rule_answers);
    if (by_rule)
        *by_rule = rule_answers;
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
