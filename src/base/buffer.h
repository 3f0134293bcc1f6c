// SPDX-License-Identifier: Apache-2.0
// A growable run of bytes that states its ceiling. One thread at a time.
#ifndef NACRE_BASE_BUFFER_H
#define NACRE_BASE_BUFFER_H

#include <stddef.h>

#include "base/error.h"

typedef struct buffer {
    char *bytes;      // NULL while empty; always followed by a 0 byte otherwise
    size_t length;    // without that 0 byte
    size_t capacity;  // allocated
    size_t max_bytes; // ceiling of length
} buffer;

// An empty buffer that may grow to `max_bytes`; takes no memory yet.
void buffer_init(buffer *b, size_t max_bytes);

void buffer_fini(buffer *b);

// Empties the buffer but keeps its memory.
void buffer_clear(buffer *b);

// Appends; NACRE_ERROR_LIMIT above the ceiling, NACRE_ERROR_MEMORY when out of memory. On failure the
// contents stay as they were.
nacre_status buffer_append(buffer *b, const void *bytes, size_t length) MUST_CHECK;
nacre_status buffer_append_text(buffer *b, const char *text) MUST_CHECK;
nacre_status buffer_printf(buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3))) MUST_CHECK;

// The contents as a heap block (free with memory_free), never NULL on success; the buffer is empty
// afterwards. NULL only when out of memory.
char *buffer_take(buffer *b) MUST_CHECK;

#endif
