// SPDX-License-Identifier: Apache-2.0
// The running server, as the daemon and the handlers see it.
#ifndef NACRE_SERVE_SERVER_H
#define NACRE_SERVE_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "search/engine.h"
#include "serve/form.h"
#include "serve/metrics.h"
#include "serve/page.h"
#include "serve/reply.h"

struct server {
    const workspace *workspace;
    _Atomic(engine *) engine; // NULL while models and index are being loaded
    page *page;
    bool allows_image_url; // [serve] image_url
    char *operator_token;  // [access] operator_token, NULL: none
    struct metrics metrics;
    // Searches keep every processor busy: at most `slots` run, at most as many again wait, the rest is told
    // to come back.
    pthread_mutex_t mutex;
    pthread_cond_t slot_is_free;
    size_t slots, running, waiting;
};

// A body that is taken as it is: of a PUT or PATCH.
struct body {
    buffer bytes;
    bool too_large; // then the rest is dropped
};

// A request whose body, if it has one, is complete.
struct request {
    const char *method;
    const char *path;
    struct form *form;                 // of a POST, else NULL
    struct body *body;                 // of a PUT or PATCH, else NULL
    struct MHD_Connection *connection; // for query arguments and headers
};

// The header's value, NULL where there is none.
const char *request_header(const struct request *request, const char *name);

// Answers the request; tells under which route it counts.
enum metrics_route api_answer(struct server *server, const struct request *request, struct reply *reply);

// Waits for a place among the searches; false where too many wait already.
bool api_enter_search(struct server *server);
void api_leave_search(struct server *server);

// Whether the path takes a body with POST.
bool api_takes_body(const char *path);

#endif
