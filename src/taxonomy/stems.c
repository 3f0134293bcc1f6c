// SPDX-License-Identifier: Apache-2.0
#include "taxonomy/stems.h"

#include <string.h>

#include <libstemmer.h>

#include "base/memory.h"

struct stemmer {
    struct sb_stemmer *english, *russian;
};

nacre_status stemmer_new(stemmer **result, nacre_error *error) {
    stemmer *s = memory_new(1, sizeof *s);
    if (!s)
        return error_memory(error, "preparing stems");
    s->english = sb_stemmer_new("english", NULL);
    s->russian = sb_stemmer_new("russian", NULL);
    if (!s->english || !s->russian) {
        stemmer_free(s);
        return error_memory(error, "preparing stems");
    }
    *result = s;
    return NACRE_OK;
}

void stemmer_free(stemmer *s) {
    if (!s)
        return;
    if (s->english)
        sb_stemmer_delete(s->english);
    if (s->russian)
        sb_stemmer_delete(s->russian);
    memory_free(s);
}

static bool is_cyrillic(const char *word) {
    unsigned char first = (unsigned char)word[0];
    return first >= 0xD0 && first <= 0xD3; // U+0400 to U+04FF
}

// "платок" and "платки", "рубашек" and "рубашки" have one stem only without the vowel before the last к.
static void drop_fleeting_vowel(char *stem) {
    static const char *const endings[] = {"ок", "ек", "ьк"};
    size_t length = strlen(stem), letter = strlen("к");
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *end = stem + length - 2 * letter;
        if (length >= 4 * letter && strcmp(end, endings[i]) == 0) {
            strcpy(end, "к");
            return;
        }
    }
}

bool stemmer_stem(stemmer *s, const struct words *word, char stem[WORD_BYTES]) {
    struct sb_stemmer *language = is_cyrillic(word->word) ? s->russian : s->english;
    const sb_symbol *found = sb_stemmer_stem(language, (const sb_symbol *)word->word, (int)word->length);
    if (!found)
        return false;
    int length = sb_stemmer_length(language);
    if (length >= WORD_BYTES)
        length = WORD_BYTES - 1;
    memcpy(stem, found, (size_t)length);
    stem[length] = 0;
    if (language == s->russian)
        drop_fleeting_vowel(stem);
    return true;
}
