// SPDX-License-Identifier: Apache-2.0
// Guesses for a mapping: which category of ours a shop's category is, from its name, its parents, and its
// offers' names, params and pictures. A guess is for an operator to look at; its confidence says how much it
// is worth. One suggester belongs to one thread.
#ifndef NACRE_TAXONOMY_SUGGEST_H
#define NACRE_TAXONOMY_SUGGEST_H

#include <stddef.h>

#include "base/error.h"
#include "taxonomy/mapping.h"
#include "taxonomy/taxonomy.h"

typedef struct suggester suggester;

enum { SUGGESTIONS = 3, SUGGEST_RULES = 6 };

struct suggest_offer {
    const char *name;
    const struct mapping_param *params;
    size_t param_count;
    int seen; // what the encoder saw on its pictures, or CATEGORY_NONE
};

// Moves offers with this value of this param elsewhere than the guess says.
struct suggest_rule {
    const char *param, *value; // of one of the offers
    int category;
};

struct suggestion {
    enum mapping_answer
        answer;          // MAPPING_MAPPED, MAPPING_IGNORED, or MAPPING_UNMAPPED where nothing was found
    int category;        // MAPPING_MAPPED only
    float confidence;    // 0..1
    const char *because; // "name", "parents", "offers", "pictures" …; static storage
};

struct suggest_result {
    struct suggestion guesses[SUGGESTIONS]; // best first
    size_t count;
    struct suggest_rule rules[SUGGEST_RULES]; // for the first guess
    size_t rule_count;
};

// `t` must outlive it.
nacre_status suggester_new(const taxonomy *t, suggester **result, nacre_error *error) MUST_CHECK;
void suggester_free(suggester *s);

// `path` lists the shop's category names from the top, joined by " > "; `offers` are some of those in it.
nacre_status suggest_category(suggester *s, const char *path, const struct suggest_offer *offers,
                              size_t count, struct suggest_result *result, nacre_error *error) MUST_CHECK;

// The categories that `text` may mean, the likeliest first, at most `most`; their number comes in `*count`.
nacre_status suggest_search(suggester *s, const char *text, int *categories, size_t most, size_t *count,
                            nacre_error *error) MUST_CHECK;

#endif
