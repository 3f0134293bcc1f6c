// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { BLOCK_BYTES = 16 * 1024 };

struct arena_block {
    struct arena_block *older;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(arena *a, size_t max_bytes) {
    *a = (arena){.max_bytes = max_bytes};
}

static void free_blocks(struct arena_block *block) {
    while (block) {
        struct arena_block *older = block->older;
        memory_free(block);
        block = older;
    }
}

void arena_fini(arena *a) {
    free_blocks(a->newest);
    *a = (arena){0};
}

void arena_reset(arena *a) {
    if (a->newest) {
        free_blocks(a->newest->older);
        a->newest->older = NULL;
        a->newest->used = 0;
    }
    a->used_bytes = 0;
}

static struct arena_block *add_block(arena *a, size_t bytes) {
    size_t capacity = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    size_t total;
    if (!size_add(capacity, sizeof(struct arena_block), &total))
        return NULL;
    struct arena_block *block = memory_new(total, 1);
    if (!block)
        return NULL;
    block->capacity = capacity;
    block->older = a->newest;
    a->newest = block;
    return block;
}

void *arena_new(arena *a, size_t count, size_t size) {
    size_t bytes;
    if (!size_multiply(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (bytes == 0)
        bytes = alignof(max_align_t);
    if (bytes > a->max_bytes - a->used_bytes)
        return NULL;
    struct arena_block *block = a->newest;
    if (!block || bytes > block->capacity - block->used)
        block = add_block(a, bytes);
    if (!block)
        return NULL;
    void *result = block->bytes + block->used;
    block->used += bytes;
    a->used_bytes += bytes;
    memset(result, 0, bytes);
    return result;
}

char *arena_text_n(arena *a, const char *text, size_t length) {
    size_t bytes;
    if (!size_add(length, 1, &bytes))
        return NULL;
    char *copy = arena_new(a, bytes, 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

char *arena_text(arena *a, const char *text) {
    return arena_text_n(a, text, strlen(text));
}

char *arena_printf(arena *a, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;
    char *text = arena_new(a, (size_t)length + 1, 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
