// SPDX-License-Identifier: Apache-2.0
// An arena: many small allocations with one point of release, per request, per feed record, per picture.
// One thread at a time.
#ifndef NACRE_BASE_ARENA_H
#define NACRE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

typedef struct arena {
    struct arena_block *newest; // singly linked list of blocks
    size_t used_bytes;          // handed out since init or reset
    size_t max_bytes;           // ceiling of used_bytes
} arena;

// An empty arena that hands out at most `max_bytes`; takes no memory yet.
void arena_init(arena *a, size_t max_bytes);

// Releases everything; the arena may be initialised again.
void arena_fini(arena *a);

// Forgets all allocations but keeps one block for reuse.
void arena_reset(arena *a);

// Zeroed memory aligned for any type; NULL at the ceiling, on overflow of count * size, or out of memory.
void *arena_new(arena *a, size_t count, size_t size) __attribute__((warn_unused_result));

// Copies of text in the arena; `length` without the terminator that is added. NULL as arena_new.
char *arena_text(arena *a, const char *text) __attribute__((warn_unused_result));
char *arena_text_n(arena *a, const char *text, size_t length) __attribute__((warn_unused_result));
char *arena_printf(arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));

#endif
