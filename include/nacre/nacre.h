// SPDX-License-Identifier: Apache-2.0
// libnacre: visual search for fashion, for use from other programs.
//
// Functions that can fail return a nacre_status and write their result through the last parameter, on
// success only. The words for a person go to a nacre_error that the caller owns (NULL: not wanted).
#ifndef NACRE_NACRE_H
#define NACRE_NACRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NACRE_API __attribute__((visibility("default")))

typedef enum nacre_status {
    NACRE_OK = 0,
    NACRE_ERROR_MEMORY,    // an allocation failed
    NACRE_ERROR_ARGUMENT,  // the caller passed something that can never work
    NACRE_ERROR_IO,        // a file could not be read or written
    NACRE_ERROR_FORMAT,    // bytes from outside are not what they should be
    NACRE_ERROR_LIMIT,     // something from outside is larger, deeper or slower than allowed
    NACRE_ERROR_NOT_FOUND, // no such file, product, category, workspace ...
    NACRE_ERROR_EXISTS,    // it is already there
    NACRE_ERROR_VERSION,   // written by a newer nacre, or by another model
    NACRE_ERROR_NETWORK,   // a server could not be reached or answered with an error
    NACRE_ERROR_DATABASE,  // the catalogue's database failed
    NACRE_ERROR_MODEL,     // a network could not be loaded or run
    NACRE_ERROR_BUSY,      // a bounded queue is full; try again later
    NACRE_ERROR_CANCELLED, // stopped at the caller's wish
} nacre_status;

enum { NACRE_ERROR_MESSAGE_BYTES = 1024 };

// What went wrong, for a person: what was being done, on what, and what to do next.
typedef struct nacre_error {
    nacre_status status;
    char message[NACRE_ERROR_MESSAGE_BYTES]; // one line, no line feed, UTF-8
} nacre_error;

// The version as "MAJOR.MINOR.PATCH"; static storage.
NACRE_API const char *nacre_version(void);

// The status as a short lower-case word such as "not-found"; static storage.
NACRE_API const char *nacre_status_word(nacre_status status);

#ifdef __cplusplus
}
#endif

#endif
