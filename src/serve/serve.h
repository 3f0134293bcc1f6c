// SPDX-License-Identifier: Apache-2.0
// The HTTP server: the interface of api/openapi.yaml, and the page.
#ifndef NACRE_SERVE_SERVE_H
#define NACRE_SERVE_SERVE_H

#include <stdatomic.h>

#include "base/error.h"
#include "base/workspace.h"

struct serve_options {
    const char *listen;      // "HOST:PORT"; port 0 takes a free one
    int threads;             // for networks and searches; 0: one per processor
    const atomic_bool *stop; // the server ends soon after it becomes true
    // Called once the address is bound, with "http://127.0.0.1:8080/"; models and index are loaded after
    // that.
    void (*listening)(const char *address);
};

// Serves until *stop. picture_start must have been called. Errors: io (address in use: says by which remedy),
// and all that engine_open gives.
nacre_status serve_run(const workspace *w, const struct serve_options *options,
                       nacre_error *error) MUST_CHECK;

#endif
