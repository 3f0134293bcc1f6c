// SPDX-License-Identifier: Apache-2.0
// What the words of somebody's labels mean, where they are no categories: a text file with a line `word,id id
// …` for each. An id is a category's or that of a model's class; of several, any may be meant. Lines that
// begin with # are comments.
#ifndef NACRE_EVALUATE_WORDS_H
#define NACRE_EVALUATE_WORDS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

struct word {
    const char *word;
    const char **ids; // ended by NULL
};

struct words {
    struct word *list;
    size_t count;
};

// Lives in the arena. Errors name file and line.
nacre_status words_read(const char *path, arena *a, struct words *result, nacre_error *error) MUST_CHECK;

// NULL: not in the file.
const struct word *words_find(const struct words *w, const char *word);

#endif
