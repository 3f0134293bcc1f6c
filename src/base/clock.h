// SPDX-License-Identifier: Apache-2.0
// The clock for what something took; it never goes back. Any thread.
#ifndef NACRE_BASE_CLOCK_H
#define NACRE_BASE_CLOCK_H

// Milliseconds since some moment before the program began.
double clock_ms(void);

#endif
