// SPDX-License-Identifier: Apache-2.0
// Whether a picture's bytes reach to the end that its format has. A server that breaks off without a word, or
// that declares too short a length, leaves a good head; this sees it without decoding. Any thread.
#ifndef NACRE_CRAWL_WHOLE_H
#define NACRE_CRAWL_WHOLE_H

#include <stdbool.h>
#include <stddef.h>

// `format` as picture_probe names it; formats without a mark at the end count as whole.
bool whole_picture(const char *format, const char *bytes, size_t length);

#endif
