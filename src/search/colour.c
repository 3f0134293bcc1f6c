// SPDX-License-Identifier: Apache-2.0
#include "search/colour.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const struct {
    const char *english;
    const char *russian;
    struct colour colour;
} names[] = {
    {"black", "чёрный", {0x1a, 0x1a, 0x1c}},      {"white", "белый", {0xf4, 0xf3, 0xf0}},
    {"grey", "серый", {0x8b, 0x8d, 0x91}},        {"beige", "бежевый", {0xd9, 0xc3, 0xa3}},
    {"brown", "коричневый", {0x6b, 0x44, 0x2c}},  {"red", "красный", {0xc2, 0x1f, 0x2e}},
    {"orange", "оранжевый", {0xe8, 0x7a, 0x26}},  {"yellow", "жёлтый", {0xf2, 0xcf, 0x3b}},
    {"green", "зелёный", {0x2f, 0x7d, 0x46}},     {"turquoise", "бирюзовый", {0x36, 0xb5, 0xb0}},
    {"blue", "синий", {0x2a, 0x5c, 0xb8}},        {"navy", "тёмно-синий", {0x1f, 0x2a, 0x50}},
    {"purple", "фиолетовый", {0x6a, 0x3b, 0x8e}}, {"pink", "розовый", {0xe8, 0x8f, 0xb0}},
};

static bool parse_hex(const char *text, struct colour *colour) {
    unsigned red, green, blue;
    int end = 0;
    if (strlen(text) != 7 || sscanf(text, "#%2x%2x%2x%n", &red, &green, &blue, &end) != 3 || end != 7)
        return false;
    *colour = (struct colour){(uint8_t)red, (uint8_t)green, (uint8_t)blue};
    return true;
}

// Equal but for case, and for е where ё is meant.
static bool is_name(const char *text, const char *name) {
    char *folded = g_utf8_casefold(text, -1);
    char *wanted = g_utf8_casefold(name, -1);
    char **parts = g_strsplit(wanted, "ё", -1);
    char *plain = g_strjoinv("е", parts);
    bool equal = strcmp(folded, wanted) == 0 || strcmp(folded, plain) == 0;
    g_strfreev(parts);
    g_free(plain);
    g_free(wanted);
    g_free(folded);
    return equal;
}

nacre_status colour_parse(const char *text, struct colour *colour, nacre_error *error) {
    if (!g_utf8_validate(text, -1, NULL))
        return error_set(error, NACRE_ERROR_ARGUMENT, "the colour is not UTF-8 text");
    if (text[0] == '#' && parse_hex(text, colour))
        return NACRE_OK;
    char known[512] = "";
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (is_name(text, names[i].english) || is_name(text, names[i].russian)) {
            *colour = names[i].colour;
            return NACRE_OK;
        }
        g_strlcat(known, i ? ", " : "", sizeof known);
        g_strlcat(known, names[i].english, sizeof known);
    }
    return error_set(error, NACRE_ERROR_ARGUMENT,
                     "\"%s\" is no colour that is known: give #RRGGBB or one of %s", text, known);
}

enum { SWATCH_SIDE = 320, SWATCH_MARGIN = 40 };

nacre_status colour_swatch(const struct colour *colour, struct picture *result, nacre_error *error) {
    uint8_t *pixels = memory_new(SWATCH_SIDE * SWATCH_SIDE, 3);
    if (!pixels)
        return error_memory(error, "making a colour swatch");
    for (int y = 0; y < SWATCH_SIDE; y++) {
        for (int x = 0; x < SWATCH_SIDE; x++) {
            uint8_t *pixel = pixels + 3 * (y * SWATCH_SIDE + x);
            bool on_cloth = x >= SWATCH_MARGIN && x < SWATCH_SIDE - SWATCH_MARGIN && y >= SWATCH_MARGIN &&
                            y < SWATCH_SIDE - SWATCH_MARGIN;
            pixel[0] = on_cloth ? colour->red : 255;
            pixel[1] = on_cloth ? colour->green : 255;
            pixel[2] = on_cloth ? colour->blue : 255;
        }
    }
    *result = (struct picture){pixels, SWATCH_SIDE, SWATCH_SIDE, SWATCH_SIDE, SWATCH_SIDE};
    return NACRE_OK;
}
