// SPDX-License-Identifier: Apache-2.0
// What a handler answers; the daemon turns it into HTTP.
#ifndef NACRE_SERVE_REPLY_H
#define NACRE_SERVE_REPLY_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

struct reply {
    unsigned status;
    const char *content_type;
    const char *cache_control; // NULL: "no-store"
    const char *allow;         // of a 405
    const char *authenticate;  // of a 401
    char etag[80];             // "" where none
    int retry_after_s;         // of a 503; 0: none
    char *body;                // heap, given up to the daemon
    size_t length;
    const char *constant_body; // instead of `body`: bytes that outlive the server's answers
};

// The kinds of problem that api/openapi.yaml names.
enum problem {
    PROBLEM_BAD_REQUEST,
    PROBLEM_PHOTO_MISSING,
    PROBLEM_UNKNOWN_CATEGORY,
    PROBLEM_UNAUTHORIZED,
    PROBLEM_IMAGE_URL_OFF,
    PROBLEM_OPERATOR_OFF,
    PROBLEM_NOT_FOUND,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_CHANGED_MEANWHILE,
    PROBLEM_TOO_LARGE,
    PROBLEM_UNSUPPORTED_MEDIA_TYPE,
    PROBLEM_PHOTO_UNREADABLE,
    PROBLEM_MAPPING_INVALID,
    PROBLEM_IF_MATCH_MISSING,
    PROBLEM_INTERNAL,
    PROBLEM_BUSY,
    PROBLEM_NOT_READY,
};

// Answers 200 with `value`, whose reference is given up; NULL (out of memory) becomes an internal problem.
void reply_json(struct reply *reply, json_t *value);

// Answers with an RFC 9457 problem body. `path` is the request's.
void reply_problem(struct reply *reply, enum problem problem, const char *path, const char *detail);

// The problem that an error amounts to, where the request's photo (or a picture) was what was worked on.
void reply_error(struct reply *reply, const char *path, const nacre_error *error);

#endif
