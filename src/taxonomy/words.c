// SPDX-License-Identifier: Apache-2.0
#include "taxonomy/words.h"

#include <string.h>

#include <glib.h>

struct words words_of(const char *text) {
    return (struct words){.rest = text ? text : ""};
}

static bool is_apostrophe(gunichar c) {
    return c == '\'' || c == 0x2019 || c == 0x2BC;
}

bool words_next(struct words *words) {
    words->length = 0;
    while (*words->rest) {
        gunichar c = g_utf8_get_char_validated(words->rest, -1);
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        words->rest += valid ? (size_t)g_unichar_to_utf8(c, NULL) : 1;
        if (valid && words->length > 0 && is_apostrophe(c))
            continue;
        if (!valid || !g_unichar_isalnum(c)) {
            if (words->length > 0)
                break;
            continue;
        }
        c = g_unichar_tolower(c);
        if (c == 0x451) // ё
            c = 0x435;  // е
        char bytes[6];
        size_t length = (size_t)g_unichar_to_utf8(c, bytes);
        if (words->length + length < sizeof words->word) {
            memcpy(words->word + words->length, bytes, length);
            words->length += length;
        }
    }
    words->word[words->length] = 0;
    return words->length > 0;
}
