// SPDX-License-Identifier: Apache-2.0
// The handlers of api/openapi.yaml, one a path.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "crawl/crawl.h"
#include "search/search.h"
#include "serve/operator.h"
#include "serve/server.h"

static const char PICTURE_PREFIX[] = "/v1/pictures/";
static const char PRODUCT_PREFIX[] = "/v1/products/";

bool api_enter_search(struct server *server) {
    pthread_mutex_lock(&server->mutex);
    bool enters = server->running + server->waiting < 2 * server->slots;
    if (enters) {
        server->waiting++;
        while (server->running == server->slots)
            pthread_cond_wait(&server->slot_is_free, &server->mutex);
        server->waiting--;
        server->running++;
        atomic_store(&server->metrics.searches_running, (int64_t)server->running);
    }
    pthread_mutex_unlock(&server->mutex);
    return enters;
}

void api_leave_search(struct server *server) {
    pthread_mutex_lock(&server->mutex);
    server->running--;
    atomic_store(&server->metrics.searches_running, (int64_t)server->running);
    pthread_cond_signal(&server->slot_is_free);
    pthread_mutex_unlock(&server->mutex);
}

// A category that is not there is a bad request here, not a missing page.
static void reply_option_error(struct reply *reply, const char *path, const nacre_error *error) {
    bool unknown = error->status == NACRE_ERROR_NOT_FOUND;
    reply_problem(reply, unknown ? PROBLEM_UNKNOWN_CATEGORY : PROBLEM_BAD_REQUEST, path, error->message);
}

static bool is_one_of(const char *name, const char *const *names) {
    for (; *names; names++) {
        if (strcmp(name, *names) == 0)
            return true;
    }
    return false;
}

// Takes the form's fields as options; false after an answer.
static bool take_fields(engine *e, const struct request *request, const char *const *allowed,
                        struct search_options *options, struct reply *reply) {
    const struct form *form = request->form;
    nacre_error error;
    for (size_t i = 0; i < form->field_count; i++) {
        const char *name = form->fields[i].name;
        if (form->is_json && strcmp(name, "image_url") == 0)
            continue;
        if (!is_one_of(name, allowed)) {
            char detail[160];
            snprintf(detail, sizeof detail, "there is no option \"%s\" here", name);
            reply_problem(reply, PROBLEM_BAD_REQUEST, request->path, detail);
            return false;
        }
        if (search_set_option(engine_taxonomy(e), name, form_value(form, name), options, &error)) {
            reply_option_error(reply, request->path, &error);
            return false;
        }
    }
    if (form->colour_picture.length) {
        options->colour_bytes = form->colour_picture.bytes;
        options->colour_length = form->colour_picture.length;
    }
    return true;
}

// The photo of the request: sent, or named by address. `*fetched` is the caller's to free. False after an
// answer.
static bool take_photo(struct server *server, const struct request *request, const char **bytes,
                       size_t *length, const char **name, char **fetched, struct reply *reply) {
    const struct form *form = request->form;
    const char *url = form->is_json ? form_value(form, "image_url") : NULL;
    if (form->photo.length) {
        *bytes = form->photo.bytes;
        *length = form->photo.length;
        *name = form->photo_name[0] ? form->photo_name : NULL;
        return true;
    }
    if (!url) {
        reply_problem(reply, PROBLEM_PHOTO_MISSING, request->path,
                      form->is_json ? "the JSON body has no \"image_url\""
                                    : "send the photo in the part \"photo\" of a multipart/form-data body");
        return false;
    }
    if (!server->allows_image_url) {
        reply_problem(reply, PROBLEM_IMAGE_URL_OFF, request->path,
                      "send the photo itself, or let the operator set [serve] image_url = true in nacre.ini");
        return false;
    }
    nacre_error error;
    if (crawl_fetch_picture(server->workspace, url, fetched, length, &error)) {
        reply_error(reply, request->path, &error);
        return false;
    }
    *bytes = *fetched;
    *name = url;
    return true;
}

static void answer_photo(struct server *server, engine *e, const struct request *request, bool searches,
                         struct reply *reply) {
    static const char *const search_options[] = {"top",    "weights",   "category", "box",
                                                 "colour", "min-score", NULL};
    static const char *const detect_options[] = {"min-score", NULL};
    struct search_options options = search_defaults();
    options.picture_prefix = PICTURE_PREFIX;
    const char *bytes, *name;
    char *fetched = NULL;
    size_t length;
    if (!take_fields(e, request, searches ? search_options : detect_options, &options, reply) ||
        !take_photo(server, request, &bytes, &length, &name, &fetched, reply))
        return;
    if (!api_enter_search(server)) {
        reply_problem(reply, PROBLEM_BUSY, request->path,
                      "too many searches are waiting; try again in a moment");
    } else {
        nacre_error error;
        json_t *answer = NULL;
        nacre_status status = searches ? search_photo(e, bytes, length, name, &options, NULL, &answer, &error)
                                       : search_detect(e, bytes, length, name, &options, &answer, &error);
        api_leave_search(server);
        if (status)
            reply_error(reply, request->path, &error);
        else
            reply_json(reply, answer);
    }
    memory_free(fetched);
}

const char *request_header(const struct request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

// ---- Products and their pictures

// The number in "/v1/products/{id}[/similar]"; 0 where it is none. `*rest` is what follows it.
static int64_t product_id(const char *path, const char **rest) {
    const char *digits = path + strlen(PRODUCT_PREFIX);
    char *end;
    if (strspn(digits, "0123456789") == 0 || strspn(digits, "0123456789") > 18)
        return 0;
    int64_t id = strtoll(digits, &end, 10);
    *rest = end;
    return id;
}

struct argument_taker {
    const engine *e;
    struct search_options *options;
    nacre_error error;
    bool failed;
};

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                     const char *value) {
    (void)kind;
    static const char *const allowed[] = {"top", "weights", "category", "colour", NULL};
    struct argument_taker *taker = context;
    if (!is_one_of(name, allowed))
        taker->failed =
            error_set(&taker->error, NACRE_ERROR_ARGUMENT, "there is no option \"%.40s\" here", name);
    else if (search_set_option(engine_taxonomy(taker->e), name, value ? value : "", taker->options,
                               &taker->error))
        taker->failed = true;
    return taker->failed ? MHD_NO : MHD_YES;
}

static void answer_similar(struct server *server, engine *e, const struct request *request, int64_t id,
                           struct reply *reply) {
    struct search_options options = search_defaults();
    options.picture_prefix = PICTURE_PREFIX;
    struct argument_taker taker = {.e = e, .options = &options};
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, take_argument, &taker);
    if (taker.failed) {
        reply_option_error(reply, request->path, &taker.error);
        return;
    }
    if (!api_enter_search(server)) {
        reply_problem(reply, PROBLEM_BUSY, request->path,
                      "too many searches are waiting; try again in a moment");
        return;
    }
    nacre_error error;
    json_t *answer = NULL;
    nacre_status status = search_similar(e, id, &options, &answer, &error);
    api_leave_search(server);
    if (status)
        reply_error(reply, request->path, &error);
    else
        reply_json(reply, answer);
}

static enum metrics_route answer_product(struct server *server, engine *e, const struct request *request,
                                         struct reply *reply) {
    const char *rest = "";
    int64_t id = product_id(request->path, &rest);
    bool similar = strcmp(rest, "/similar") == 0;
    if (id == 0 || (*rest && !similar)) {
        reply_problem(reply, id ? PROBLEM_NOT_FOUND : PROBLEM_BAD_REQUEST, request->path,
                      "a product is named by its number, as in /v1/products/17 or /v1/products/17/similar");
    } else if (similar) {
        answer_similar(server, e, request, id, reply);
    } else {
        nacre_error error;
        json_t *answer = NULL;
        if (search_product(e, id, PICTURE_PREFIX, &answer, &error))
            reply_error(reply, request->path, &error);
        else
            reply_json(reply, answer);
    }
    return similar ? ROUTE_SIMILAR : ROUTE_PRODUCT;
}

// Shrinks a stored picture to `width`; it comes as JPEG then.
static nacre_status shrink_picture(int width, char **bytes, size_t *length, struct picture_info *info,
                                   nacre_error *error) {
    static const uint8_t white[3] = {255, 255, 255};
    struct picture picture, shrunk;
    char *jpeg;
    size_t jpeg_length;
    nacre_status status = picture_decode(*bytes, *length, width, &picture, error);
    if (status)
        return status;
    int height = (int)((int64_t)picture.full_height * width / picture.full_width);
    status = picture_fit(&picture, NULL, width, height > 0 ? height : 1, white, &shrunk, error);
    picture_fini(&picture);
    if (status)
        return status;
    status = picture_encode_jpeg(&shrunk, 85, &jpeg, &jpeg_length, error);
    picture_fini(&shrunk);
    if (status)
        return status;
    memory_free(*bytes);
    *bytes = jpeg;
    *length = jpeg_length;
    snprintf(info->format, sizeof info->format, "jpeg");
    return NACRE_OK;
}

static const char *picture_type(const struct picture_info *info) {
    static const char *const types[][2] = {{"jpeg", "image/jpeg"}, {"png", "image/png"},
                                           {"webp", "image/webp"}, {"gif", "image/gif"},
                                           {"heif", "image/heic"}, {"avif", "image/avif"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(info->format, types[i][0]) == 0)
            return types[i][1];
    }
    return "application/octet-stream";
}

// The argument `width`: 0 where it is not there, -1 where it is wrong.
static int wanted_width(const struct request *request) {
    const char *text = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, "width");
    if (!text)
        return 0;
    char *end;
    long width = strtol(text, &end, 10);
    return *end || end == text || width < 16 || width > 2048 ? -1 : (int)width;
}

static void answer_picture(engine *e, const struct request *request, struct reply *reply) {
    const char *hash = request->path + strlen(PICTURE_PREFIX);
    int width = wanted_width(request);
    if (!picture_store_is_hash(hash) || width < 0) {
        reply_problem(reply, PROBLEM_BAD_REQUEST, request->path,
                      width < 0 ? "width is a whole number from 16 to 2048"
                                : "a picture is named by its hash");
        return;
    }
    nacre_error error;
    char *bytes = NULL;
    size_t length;
    struct picture_info info;
    nacre_status status = picture_store_get(engine_pictures(e), hash, &bytes, &length, &error);
    if (!status)
        status = picture_probe(bytes, length, &info, &error);
    if (!status && width > 0 && width < info.width)
        status = shrink_picture(width, &bytes, &length, &info, &error);
    if (status) {
        memory_free(bytes);
        reply_error(reply, request->path, &error);
        return;
    }
    reply->status = 200;
    reply->content_type = picture_type(&info);
    reply->cache_control = "public, max-age=31536000, immutable";
    reply->body = bytes;
    reply->length = length;
}

// ---- Taxonomy and operation

static void answer_taxonomy(const taxonomy *t, struct reply *reply) {
    json_t *list = json_array();
    for (int i = 0; i < taxonomy_count(t); i++) {
        struct weights w = taxonomy_weights(t, i);
        json_t *category =
            json_pack("{s:s, s:{s:s, s:s}, s:o}", "id", taxonomy_id(t, i), "label", "en",
                      taxonomy_name(t, i, TAXONOMY_ENGLISH), "ru", taxonomy_name(t, i, TAXONOMY_RUSSIAN),
                      "weights", json_sprintf("%d:%d", w.shape, w.colour));
        if (taxonomy_parent(t, i) != CATEGORY_NONE)
            json_object_set_new(category, "parent", json_string(taxonomy_id(t, taxonomy_parent(t, i))));
        json_array_append_new(list, category);
    }
    reply_json(reply, json_pack("{s:o}", "categories", list));
}

static nacre_status count_catalogue(engine *e, struct catalogue_counts *counts, nacre_error *error) {
    catalogue *c;
    nacre_status status = engine_borrow_catalogue(e, &c, error);
    if (status)
        return status;
    status = catalogue_count(c, counts, error);
    engine_return_catalogue(e, c);
    return status;
}

static void answer_ready(engine *e, const char *path, struct reply *reply) {
    nacre_error error;
    struct catalogue_counts counts;
    nacre_index_statistics statistics;
    if (count_catalogue(e, &counts, &error)) {
        reply_error(reply, path, &error);
        return;
    }
    nacre_index_get_statistics(engine_index(e), &statistics);
    reply_json(reply, json_pack("{s:s, s:I, s:I}", "status", "ready", "products", (json_int_t)counts.products,
                                "pictures", (json_int_t)statistics.items));
}

static void answer_metrics(struct server *server, engine *e, const char *path, struct reply *reply) {
    struct metrics_gauges gauges = {0};
    nacre_error error;
    if (e) {
        struct catalogue_counts counts;
        nacre_index_statistics statistics;
        if (count_catalogue(e, &counts, &error)) {
            reply_error(reply, path, &error);
            return;
        }
        nacre_index_get_statistics(engine_index(e), &statistics);
        gauges = (struct metrics_gauges){statistics.items, statistics.memory_bytes, counts.products,
                                         counts.addresses_due, counts.addresses_failed};
    }
    buffer b;
    buffer_init(&b, 1024 * 1024);
    nacre_status status = metrics_print(&server->metrics, &gauges, &b);
    if (status) {
        (void)error_set(&error, status, "printing the metrics");
        reply_error(reply, path, &error);
    } else {
        reply->status = 200;
        reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
        reply->length = b.length;
        reply->body = buffer_take(&b);
    }
    buffer_fini(&b);
}

// ---- Routes

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

bool api_takes_body(const char *path) {
    return strcmp(path, "/v1/search") == 0 || strcmp(path, "/v1/detect") == 0;
}

static enum metrics_route route_of(const char *path) {
    if (strcmp(path, "/v1/search") == 0)
        return ROUTE_SEARCH;
    if (strcmp(path, "/v1/detect") == 0)
        return ROUTE_DETECT;
    if (strcmp(path, "/v1/taxonomy") == 0)
        return ROUTE_TAXONOMY;
    if (starts_with(path, PRODUCT_PREFIX))
        return ROUTE_PRODUCT;
    if (starts_with(path, PICTURE_PREFIX))
        return ROUTE_PICTURE;
    if (strcmp(path, "/healthz") == 0 || strcmp(path, "/readyz") == 0 || strcmp(path, "/metrics") == 0)
        return ROUTE_OPERATION;
    if (operator_owns(path))
        return ROUTE_OPERATOR;
    return ROUTE_PAGE;
}

static void answer_operation(struct server *server, engine *e, const char *path, struct reply *reply) {
    if (strcmp(path, "/healthz") == 0)
        reply_json(reply, json_pack("{s:s, s:s}", "status", "ok", "version", nacre_version()));
    else if (strcmp(path, "/metrics") == 0)
        answer_metrics(server, e, path, reply);
    else if (e)
        answer_ready(e, path, reply);
    else
        reply_problem(reply, PROBLEM_NOT_READY, path,
                      "models and index are being loaded; try again in a moment");
}

enum metrics_route api_answer(struct server *server, const struct request *request, struct reply *reply) {
    const char *path = request->path;
    enum metrics_route route = route_of(path);
    engine *e = atomic_load(&server->engine);
    if (route == ROUTE_OPERATOR && !operator_lets_in(server, request, reply))
        return route;
    const char *method = api_takes_body(path) ? "POST" : "GET";
    bool right_method = strcmp(request->method, method) == 0 ||
                        (strcmp(method, "GET") == 0 && strcmp(request->method, "HEAD") == 0);
    if (route == ROUTE_PAGE && right_method) {
        if (page_answer(server->page, path, reply))
            return ROUTE_PAGE;
        reply_problem(reply, PROBLEM_NOT_FOUND, path, "there is nothing at this address: the page is at /");
        return ROUTE_OTHER;
    }
    if (!right_method && route != ROUTE_OPERATOR) {
        char detail[64];
        snprintf(detail, sizeof detail, "use %s here", method);
        reply_problem(reply, PROBLEM_METHOD_NOT_ALLOWED, path, detail);
        reply->allow = method;
        return ROUTE_OTHER;
    }
    if (request->form && request->form->failed) {
        reply_problem(reply, request->form->problem, path, request->form->detail);
        return route;
    }
    if (route == ROUTE_OPERATION) {
        answer_operation(server, e, path, reply);
        return route;
    }
    if (!e) {
        reply_problem(reply, PROBLEM_NOT_READY, path,
                      "models and index are being loaded; try again in a moment");
        return route;
    }
    switch (route) {
    case ROUTE_SEARCH:
    case ROUTE_DETECT:
        answer_photo(server, e, request, route == ROUTE_SEARCH, reply);
        break;
    case ROUTE_PRODUCT:
        return answer_product(server, e, request, reply);
    case ROUTE_PICTURE:
        answer_picture(e, request, reply);
        break;
    case ROUTE_OPERATOR:
        operator_answer(server, e, request, reply);
        break;
    default:
        answer_taxonomy(engine_taxonomy(e), reply);
    }
    return route;
}
