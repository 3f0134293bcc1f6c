// SPDX-License-Identifier: Apache-2.0
// The taxonomy's names and synonyms as phrases of stems, and texts of shops compared with them.
//
// A phrase is like a text as far as they share stems, each weighted by how rare it is in the taxonomy:
// shared / sqrt(all of the text's * all of the phrase's), within 0..1. Words that tell the wearer ("женская",
// "boys'") are no stems: they are given as a set of their own. One lexicon belongs to one thread.
#ifndef NACRE_TAXONOMY_LEXICON_H
#define NACRE_TAXONOMY_LEXICON_H

#include "base/error.h"
#include "taxonomy/taxonomy.h"

typedef struct lexicon lexicon;

enum wearer {
    WEARER_WOMEN = 1,
    WEARER_MEN = 2,
    WEARER_GIRLS = 4,
    WEARER_BOYS = 8,
    WEARER_NEWBORN = 16,
    WEARER_CHILDREN = WEARER_GIRLS | WEARER_BOYS | WEARER_NEWBORN,
    WEARER_ADULTS = WEARER_WOMEN | WEARER_MEN,
    WEARERS = 5,
};

enum { LEXICON_TEXT_STEMS = 48 }; // what a text has more is left out

enum { LEXICON_UNKNOWN = -1, LEXICON_NO_HEAD = -2 };

struct lexicon_text {
    int stems[LEXICON_TEXT_STEMS]; // without repeats; LEXICON_UNKNOWN for what no phrase has
    int count;
    int core;         // only phrases that share one of the first `core` stems count; 0: any
    int head;         // the noun that the others describe; LEXICON_NO_HEAD where none was told
    float weight;     // of all stems
    unsigned wearers; // set of enum wearer
    bool lists;       // names several things ("a, b and c"): a phrase that does not is less like it
    bool alien;       // has a word of what nobody wears (for dogs, for dolls …)
};

// `t` must outlive it.
nacre_status lexicon_new(const taxonomy *t, lexicon **result, nacre_error *error) MUST_CHECK;
void lexicon_free(lexicon *l);

// Adds the words of `text` to `into`, which starts as LEXICON_EMPTY.
#define LEXICON_EMPTY ((struct lexicon_text){.head = LEXICON_NO_HEAD})
nacre_status lexicon_add(lexicon *l, const char *text, struct lexicon_text *into,
                         nacre_error *error) MUST_CHECK;

// Raises each of likeness[0 … taxonomy_count() - 1] to the text's likeness to the category's best phrase,
// times `factor`, where that is more. A phrase that names a wearer ("women's bag") counts only among
// `wearers`.
void lexicon_compare(lexicon *l, const struct lexicon_text *text, unsigned wearers, float factor,
                     float *likeness);

// The category whose phrase, all of it in `text`, weighs most, among those that the wearers allow (0: all);
// CATEGORY_NONE where there is none. What a product's own name says.
int lexicon_spot(lexicon *l, const struct lexicon_text *text, unsigned wearers);

// Who wears things of this category: a set of enum wearer, 0 where it does not say.
unsigned lexicon_wearers(const lexicon *l, int category);

#endif
