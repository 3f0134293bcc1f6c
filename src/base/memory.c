// SPDX-License-Identifier: Apache-2.0
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local size_t successes_left = SIZE_MAX;
static _Thread_local bool has_failed;

static bool fails_now(void) {
    if (successes_left == SIZE_MAX)
        return false;
    if (successes_left-- > 0)
        return false;
    successes_left = SIZE_MAX;
    has_failed = true;
    return true;
}

bool size_multiply(size_t a, size_t b, size_t *result) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *result = product;
    return true;
}

bool size_add(size_t a, size_t b, size_t *result) {
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *result = sum;
    return true;
}

void *memory_new(size_t count, size_t size) {
    size_t bytes;
    if (!size_multiply(count, size, &bytes) || fails_now())
        return NULL;
    return calloc(1, bytes ? bytes : 1);
}

void *memory_resize(void *block, size_t count, size_t size) {
    size_t bytes;
    if (!size_multiply(count, size, &bytes) || fails_now())
        return NULL;
    return realloc(block, bytes ? bytes : 1);
}

char *memory_copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = memory_new(bytes, 1);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}

void memory_free(void *block) {
    free(block);
}

void memory_fail_after(size_t successes) {
    successes_left = successes;
    has_failed = false;
}

bool memory_has_failed(void) {
    return has_failed;
}
