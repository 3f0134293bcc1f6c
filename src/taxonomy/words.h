// SPDX-License-Identifier: Apache-2.0
// Words of a text as shops write it: letters and digits between anything else, in lower case, ё as е, without
// apostrophes ("Women's T-Shirts" gives womens, t, shirts). Any thread.
#ifndef NACRE_TAXONOMY_WORDS_H
#define NACRE_TAXONOMY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { WORD_BYTES = 64 }; // a longer word is cut

struct words {
    const char *rest;      // what is still to be read
    char word[WORD_BYTES]; // the last word
    size_t length;
};

// The words of `text`, which must live as long as they are read; NULL has none.
struct words words_of(const char *text);

// Reads the next word; false at the end. Bytes that are not UTF-8 part words.
bool words_next(struct words *words);

#endif
