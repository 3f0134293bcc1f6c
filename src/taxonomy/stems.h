// SPDX-License-Identifier: Apache-2.0
// Stems of words with Snowball: words in Cyrillic letters as Russian, others as English, so that "платьев"
// and "платья", "dresses" and "dress" are equal. One thread at a time.
#ifndef NACRE_TAXONOMY_STEMS_H
#define NACRE_TAXONOMY_STEMS_H

#include "base/error.h"
#include "taxonomy/words.h"

typedef struct stemmer stemmer;

nacre_status stemmer_new(stemmer **result, nacre_error *error) MUST_CHECK;
void stemmer_free(stemmer *s);

// Puts the stem of a word of words_next into `stem`; false where memory ran out.
bool stemmer_stem(stemmer *s, const struct words *word, char stem[WORD_BYTES]) MUST_CHECK;

#endif
