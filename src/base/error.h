// SPDX-License-Identifier: Apache-2.0
// Filling the caller's nacre_error. All functions accept error == NULL and may be called from any thread
// as long as the error object belongs to one thread.
#ifndef NACRE_BASE_ERROR_H
#define NACRE_BASE_ERROR_H

#include <nacre/nacre.h>

// A call whose status must not be dropped.
#define MUST_CHECK __attribute__((warn_unused_result))

// Writes the message and returns `status`, so that a caller can `return error_set(...)`.
// Line feeds and other control characters are replaced by spaces: a message is always one line.
nacre_status error_set(nacre_error *error, nacre_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Puts "context: " before the message that is there; returns `status`, the one being passed on.
nacre_status error_prefix(nacre_error *error, nacre_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// As error_set with ": " and strerror(errno_value) behind.
nacre_status error_errno(nacre_error *error, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// "out of memory while …"; never allocates.
nacre_status error_memory(nacre_error *error, const char *doing);

#endif
