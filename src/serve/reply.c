// SPDX-License-Identifier: Apache-2.0
#include "serve/reply.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

enum { RETRY_AFTER_S = 2 };

static const struct {
    const char *word;
    const char *title;
    unsigned status;
} problems[] = {
    [PROBLEM_BAD_REQUEST] = {"bad-request", "The request is wrong", 400},
    [PROBLEM_PHOTO_MISSING] = {"photo-missing", "There is no photo in the request", 400},
    [PROBLEM_UNKNOWN_CATEGORY] = {"unknown-category", "There is no such category", 400},
    [PROBLEM_UNAUTHORIZED] = {"unauthorized", "The operator's token is needed", 401},
    [PROBLEM_IMAGE_URL_OFF] = {"image-url-off", "Photos by address are switched off", 403},
    [PROBLEM_OPERATOR_OFF] = {"operator-off", "There is no operator's token", 403},
    [PROBLEM_NOT_FOUND] = {"not-found", "There is no such thing", 404},
    [PROBLEM_METHOD_NOT_ALLOWED] = {"method-not-allowed", "The method is not allowed here", 405},
    [PROBLEM_CHANGED_MEANWHILE] = {"changed-meanwhile", "Somebody changed it meanwhile", 412},
    [PROBLEM_TOO_LARGE] = {"too-large", "The request is too large", 413},
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] = {"unsupported-media-type", "The body's type is not understood", 415},
    [PROBLEM_PHOTO_UNREADABLE] = {"photo-unreadable", "The photo cannot be read", 422},
    [PROBLEM_MAPPING_INVALID] = {"mapping-invalid", "The mapping has a fault", 422},
    [PROBLEM_IF_MATCH_MISSING] = {"if-match-missing", "If-Match is missing", 428},
    [PROBLEM_INTERNAL] = {"internal", "The server failed", 500},
    [PROBLEM_BUSY] = {"busy", "Too many searches at once", 503},
    [PROBLEM_NOT_READY] = {"not-ready", "Still loading", 503},
};

// The answer of last resort, where there is no memory to say it better.
static const char out_of_memory[] =
    "{\"type\":\"urn:nacre:problem:internal\",\"title\":\"The server failed\",\"status\":500,"
    "\"detail\":\"out of memory; try again later\",\"instance\":\"/\"}";

static void set_body(struct reply *reply, unsigned status, const char *content_type, json_t *value) {
    // json_dumps takes jansson's allocator, which is malloc: memory_free frees it.
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(value);
    reply->status = text ? status : 500;
    reply->content_type = text ? content_type : "application/problem+json";
    reply->body = text;
    reply->constant_body = text ? NULL : out_of_memory;
    reply->length = strlen(text ? text : out_of_memory);
}

void reply_json(struct reply *reply, json_t *value) {
    set_body(reply, 200, "application/json", value);
}

void reply_problem(struct reply *reply, enum problem problem, const char *path, const char *detail) {
    json_t *type = json_sprintf("urn:nacre:problem:%s", problems[problem].word);
    json_t *body = json_pack("{s:o, s:s, s:i, s:s, s:s}", "type", type, "title", problems[problem].title,
                             "status", (int)problems[problem].status, "detail", detail, "instance", path);
    set_body(reply, problems[problem].status, "application/problem+json", body);
    if (reply->status == 503)
        reply->retry_after_s = RETRY_AFTER_S;
}

void reply_error(struct reply *reply, const char *path, const nacre_error *error) {
    switch (error->status) {
    case NACRE_ERROR_ARGUMENT:
        reply_problem(reply, PROBLEM_BAD_REQUEST, path, error->message);
        break;
    case NACRE_ERROR_NOT_FOUND:
        reply_problem(reply, PROBLEM_NOT_FOUND, path, error->message);
        break;
    case NACRE_ERROR_LIMIT:
        reply_problem(reply, PROBLEM_TOO_LARGE, path, error->message);
        break;
    case NACRE_ERROR_FORMAT:
    case NACRE_ERROR_NETWORK:
        reply_problem(reply, PROBLEM_PHOTO_UNREADABLE, path, error->message);
        break;
    case NACRE_ERROR_BUSY:
        reply_problem(reply, PROBLEM_BUSY, path, error->message);
        break;
    default:
        // What is wrong on the server's side is for its operator, not for everybody.
        log_error("%s: %s", path, error->message);
        reply_problem(reply, PROBLEM_INTERNAL, path, "the server failed; its log says why");
    }
}
