// SPDX-License-Identifier: Apache-2.0
// What shops write into a field, and what it means: texts, prices, availability, addresses. Any thread.
#ifndef NACRE_FEED_VALUES_H
#define NACRE_FEED_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

// Space, tab, line feed, carriage return.
static inline bool value_is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Cuts blanks off both ends of text[0..*length), which must have room for a 0 byte behind; returns the new
// start.
char *value_trim(char *text, size_t *length);

// Turns every run of blanks into one space, in place; returns the new length.
size_t value_collapse(char *text, size_t length);

// Resolves character references and HTML's named entities in place (the result is never longer); returns the
// new length. Unknown names stay as they are.
size_t value_unescape(char *text, size_t length);

// Reads the reference "&name;" or "&#…;" at text[0]: its code point, and its length in bytes; 0 where it is
// none. `complete` false means that more bytes could make it one.
uint32_t value_reference(const char *text, size_t length, size_t *reference_length, bool *complete);

// Writes the code point as UTF-8; returns the number of bytes, 1 to 4.
size_t value_put_utf8(uint32_t code_point, char bytes[4]);

// Whether XML 1.0 allows the character.
bool value_is_xml_character(uint32_t code_point);

// The first number in "1 299,00 RUB", "от 1,299.00" … in hundredths, rounded; false where there is none or it
// is negative. `currency` gets what value_currency finds beside it.
bool value_price(const char *text, int64_t *hundredths, char currency[4]);

// The ISO 4217 code of "RUR", "руб.", "$", "15.00 usd" …; an empty text where none is recognised.
void value_currency(const char *text, char currency[4]);

// Yandex's true/false and Google's spellings of availability; `fallback` for anything else.
bool value_available(const char *text, bool fallback);

// Whether a param's name means colour, size or gender (Цвет, Колір, Color, Размер, Розмір, Пол, Стать …).
enum value_meaning { MEANING_NONE, MEANING_COLOUR, MEANING_SIZE, MEANING_GENDER };
enum value_meaning value_param_meaning(const char *name);

// The next of several addresses in one text; false at the end. Commas and blanks inside an address are kept:
// a new one starts only with http:, https: or //.
bool value_next_address(const char **cursor, const char **address, size_t *length);

// Whether the text is one whole address that needs nothing: most are.
bool value_is_good_address(const char *text, size_t length);

// The address made absolute and percent-encoded where needed: `text` itself where it is good as it is, else
// in the arena. `base` (the shop's own address, may be NULL) completes relative ones. NULL where it is no web
// address or too long; *out_of_memory tells that apart.
const char *value_address(const char *text, size_t length, const char *base, arena *a, bool *out_of_memory);

#endif
