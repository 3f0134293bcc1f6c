// SPDX-License-Identifier: Apache-2.0
// Colours as a person names them, for «the same shape in this colour». Any thread.
#ifndef NACRE_SEARCH_COLOUR_H
#define NACRE_SEARCH_COLOUR_H

#include <stdint.h>

#include "base/error.h"
#include "picture/picture.h"

struct colour {
    uint8_t red, green, blue;
};

// Reads "#7a1f2b", "navy" or "синий". Error argument lists the names.
nacre_status colour_parse(const char *text, struct colour *colour, nacre_error *error) MUST_CHECK;

// A picture of plain cloth in this colour on white, to be encoded.
nacre_status colour_swatch(const struct colour *colour, struct picture *result,
                           nacre_error *error) MUST_CHECK;

#endif
