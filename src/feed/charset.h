// SPDX-License-Identifier: Apache-2.0
// From a feed's bytes to UTF-8. Shops declare one charset and write another, so the bytes have the last word.
#ifndef NACRE_FEED_CHARSET_H
#define NACRE_FEED_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum charset_kind { CHARSET_UTF8, CHARSET_UTF16LE, CHARSET_UTF16BE, CHARSET_SINGLE_BYTE };

struct charset {
    enum charset_kind kind;
    char name[32];      // as IANA prefers to write it
    uint16_t high[128]; // code points of the bytes 80..FF, for CHARSET_SINGLE_BYTE
    bool decided;       // enough bytes above 7F were seen
};

// The charset of that name; false for one that is not known.
bool charset_find(const char *name, struct charset *result);

// What bytes that hold some above 7F are written in, given what was declared. A few of them decide nothing,
// unless they are `final`: until then the declared charset holds. *wrong tells that the declared one cannot
// be it.
void charset_decide(struct charset *charset, const char *bytes, size_t length, bool final, bool *wrong);

// Appends bytes[0..length) as UTF-8 to `text` and says how many were consumed: up to three may wait for what
// comes next. Invalid ones are passed on (see charset_next_fault).
nacre_status charset_decode(const struct charset *charset, const char *bytes, size_t length, bool final,
                            buffer *text, size_t *consumed) MUST_CHECK;

enum charset_fault { FAULT_NONE, FAULT_BYTES, FAULT_CONTROL };

// The first place at or after *at in text[0..length) that is no UTF-8, no character of XML, or DEL; *at moves
// there (or to the end) and *fault_length says how many bytes it takes. text[length] must be readable.
enum charset_fault charset_next_fault(const char *text, size_t length, size_t *at, size_t *fault_length);

#endif
