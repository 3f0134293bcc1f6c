// SPDX-License-Identifier: Apache-2.0
// Fine values: what the encoder's values say beyond the bits of a code. Each of the 128 values of a code
// takes 4 bits: steps of 0.2 from -1.6 to 1.6, what lies beyond counts as the last step. The bit of the code
// is the highest of the four, so that fine values never contradict it. Any thread.
#ifndef NACRE_VISION_FINE_H
#define NACRE_VISION_FINE_H

#include <stdint.h>

enum {
    FINE_VALUES = 128,
    FINE_CODE_BYTES = FINE_VALUES / 2, // of one code
};

void fine_pack(const float values[FINE_VALUES], uint8_t fine[FINE_CODE_BYTES]);

// The cosine of the angle between two of them, each value taken as the middle of its step: -1 to 1, 1 for
// equal ones. It comes from whole numbers, so that it is the same on every machine.
double fine_cosine(const uint8_t a[FINE_CODE_BYTES], const uint8_t b[FINE_CODE_BYTES]);

// What that cosine most likely is where only the codes are known, which differ in so many of their 128 bits:
// of random directions at an angle, a share of angle/pi of the signs differ (Goemans and Williamson 1995).
double fine_cosine_of_bits(unsigned distance);

#endif
