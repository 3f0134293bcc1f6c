// SPDX-License-Identifier: Apache-2.0
// Files as whole values: read with a ceiling, written aside and renamed. Any thread.
#ifndef NACRE_BASE_FILE_H
#define NACRE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

// Reads the whole file (or, for "-", standard input) of at most `max_bytes`. `*bytes` is a heap block with a
// 0 byte behind `*length` bytes; free with memory_free.
// Errors: not-found, io (also for a folder), limit, memory.
nacre_status file_read(const char *path, size_t max_bytes, char **bytes, size_t *length,
                       nacre_error *error) MUST_CHECK;

// Writes aside in the same folder, syncs, renames: afterwards `path` holds all of `bytes` or what it held
// before.
nacre_status file_write(const char *path, const void *bytes, size_t length, nacre_error *error) MUST_CHECK;

// Makes the folder and its parents; one that is there already is good.
nacre_status file_make_folder(const char *path, nacre_error *error) MUST_CHECK;

bool file_exists(const char *path);

enum { SHA256_HEX_BYTES = 65 };

// SHA-256 of `bytes` as 64 lower-case hex digits and a 0 byte.
void sha256_hex(const void *bytes, size_t length, char hex[SHA256_HEX_BYTES]);

#endif
