// SPDX-License-Identifier: Apache-2.0
#include "vision/fine.h"

#include <math.h>

enum { STEPS = 16 };

static const float STEP = 0.2F;
static const double PI = 3.14159265358979323846;

// The number of the value's step, 0 to 15. A step holds its upper end: 0 has the bit 0, as in the code.
static unsigned step_of(float value) {
    float step = ceilf(value / STEP) + (STEPS / 2 - 1);
    if (!(step > 0)) // no number counts as the lowest
        return 0;
    return step < STEPS - 1 ? (unsigned)step : STEPS - 1;
}

void fine_pack(const float values[FINE_VALUES], uint8_t fine[FINE_CODE_BYTES]) {
    for (int i = 0; i < FINE_CODE_BYTES; i++)
        fine[i] = (uint8_t)(step_of(values[2 * i]) << 4 | step_of(values[2 * i + 1]));
}

// Twice the middle of a step, in steps: -15, -13 … 15.
static int middle(unsigned step) {
    return 2 * (int)step - (STEPS - 1);
}

double fine_cosine(const uint8_t a[FINE_CODE_BYTES], const uint8_t b[FINE_CODE_BYTES]) {
    int product = 0, a_square = 0, b_square = 0; // below 2^15 each, and a square is never 0
    for (int i = 0; i < FINE_CODE_BYTES; i++) {
        int a_high = middle(a[i] >> 4), a_low = middle(a[i] & 15);
        int b_high = middle(b[i] >> 4), b_low = middle(b[i] & 15);
        product += a_high * b_high + a_low * b_low;
        a_square += a_high * a_high + a_low * a_low;
        b_square += b_high * b_high + b_low * b_low;
    }
    return product / sqrt((double)a_square * b_square);
}

double fine_cosine_of_bits(unsigned distance) {
    return cos(PI * distance / FINE_VALUES);
}
