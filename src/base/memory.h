// SPDX-License-Identifier: Apache-2.0
// The one place where our own code takes memory from the heap: sizes are multiplied with a check, and
// tests can make the n-th allocation fail.
#ifndef NACRE_BASE_MEMORY_H
#define NACRE_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

// `count * size` zeroed bytes, aligned for any type; NULL when out of memory or when the product overflows.
// A count or size of 0 gives a unique pointer. Free with memory_free.
void *memory_new(size_t count, size_t size) __attribute__((warn_unused_result));

// Resizes to `count * size` bytes; new bytes are not zeroed. NULL leaves `block` as it was.
void *memory_resize(void *block, size_t count, size_t size) __attribute__((warn_unused_result));

// A heap copy of `text`; NULL when out of memory.
char *memory_copy_text(const char *text) __attribute__((warn_unused_result));

// Frees; NULL is allowed.
void memory_free(void *block);

// a * b and a + b in size_t; false (and *result untouched) when they overflow.
bool size_multiply(size_t a, size_t b, size_t *result) __attribute__((warn_unused_result));
bool size_add(size_t a, size_t b, size_t *result) __attribute__((warn_unused_result));

// For tests: the allocation after `successes` good ones fails, once, in this thread; SIZE_MAX switches it
// off.
void memory_fail_after(size_t successes);

// For tests: whether the planned failure has happened since memory_fail_after.
bool memory_has_failed(void);

#endif
