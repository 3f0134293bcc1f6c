// SPDX-License-Identifier: Apache-2.0
#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

void buffer_init(buffer *b, size_t max_bytes) {
    *b = (buffer){.max_bytes = max_bytes};
}

void buffer_fini(buffer *b) {
    memory_free(b->bytes);
    *b = (buffer){0};
}

void buffer_clear(buffer *b) {
    b->length = 0;
    if (b->bytes)
        b->bytes[0] = 0;
}

// Room for `more` bytes and the closing 0.
static nacre_status reserve(buffer *b, size_t more) {
    if (more > b->max_bytes - b->length)
        return NACRE_ERROR_LIMIT;
    size_t needed = b->length + more + 1;
    if (needed <= b->capacity)
        return NACRE_OK;
    size_t capacity = b->capacity ? b->capacity : 256;
    while (capacity < needed) {
        if (!size_multiply(capacity, 2, &capacity))
            return NACRE_ERROR_MEMORY;
    }
    char *bytes = memory_resize(b->bytes, capacity, 1);
    if (!bytes)
        return NACRE_ERROR_MEMORY;
    b->bytes = bytes;
    b->capacity = capacity;
    return NACRE_OK;
}

nacre_status buffer_append(buffer *b, const void *bytes, size_t length) {
    nacre_status status = reserve(b, length);
    if (status)
        return status;
    if (length)
        memcpy(b->bytes + b->length, bytes, length);
    b->length += length;
    b->bytes[b->length] = 0;
    return NACRE_OK;
}

nacre_status buffer_append_text(buffer *b, const char *text) {
    return buffer_append(b, text, strlen(text));
}

nacre_status buffer_printf(buffer *b, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NACRE_ERROR_ARGUMENT;
    nacre_status status = reserve(b, (size_t)length);
    if (status)
        return status;
    va_start(arguments, format);
    vsnprintf(b->bytes + b->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    b->length += (size_t)length;
    return NACRE_OK;
}

char *buffer_take(buffer *b) {
    if (!b->bytes && reserve(b, 0))
        return NULL;
    char *bytes = b->bytes;
    bytes[b->length] = 0;
    *b = (buffer){.max_bytes = b->max_bytes};
    return bytes;
}
