// SPDX-License-Identifier: Apache-2.0
// A mapping goes out as its file, comments and all, with an ETag. It comes back whole (PUT) or as answers for
// some of the shop's categories (PATCH), which are written into the file as `nacre map suggest --apply` does;
// both with If-Match, so that of two operators the second is told and nobody's work is overwritten.
#include "serve/operator.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/limits.h"
#include "base/memory.h"
#include "catalogue/review_json.h"
#include "taxonomy/mapping.h"

enum {
    LEAST_TOKEN_BYTES = 16,
    TEXTS_BYTES = 1024 * 1024 * 1024,
};

static const char PREFIX[] = "/v1/operator/";
static const char SHOPS[] = "/v1/operator/shops";

bool operator_owns(const char *path) {
    return strncmp(path, PREFIX, strlen(PREFIX)) == 0;
}

// ---- Access

nacre_status operator_read_token(const workspace *w, char **token, nacre_error *error) {
    nacre_status status = workspace_text(w, "access", "operator_token", NULL, token, error);
    if (status || !*token || strlen(*token) >= LEAST_TOKEN_BYTES)
        return status;
    memory_free(*token);
    *token = NULL;
    return error_set(
        error, NACRE_ERROR_FORMAT,
        "%s/nacre.ini: [access] operator_token is too short to be secret: take what `openssl rand "
        "-hex 24` prints",
        workspace_folder(w));
}

// The time it takes tells nothing of the token: digests of equal length are compared, all of them.
static bool is_token(const char *shown, const char *token) {
    char left[SHA256_HEX_BYTES], right[SHA256_HEX_BYTES];
    sha256_hex(shown, strlen(shown), left);
    sha256_hex(token, strlen(token), right);
    return CRYPTO_memcmp(left, right, sizeof left) == 0;
}

bool operator_lets_in(const struct server *server, const struct request *request, struct reply *reply) {
    static const char bearer[] = "Bearer ";
    if (!server->operator_token) {
        reply_problem(
            reply, PROBLEM_OPERATOR_OFF, request->path,
            "set [access] operator_token in nacre.ini, to what `openssl rand -hex 24` prints, and start "
            "the server again");
        return false;
    }
    const char *shown = request_header(request, "Authorization");
    if (shown && strncasecmp(shown, bearer, strlen(bearer)) == 0 &&
        is_token(shown + strlen(bearer), server->operator_token))
        return true;
    reply_problem(reply, PROBLEM_UNAUTHORIZED, request->path,
                  shown ? "this is not the operator's token: it stands in nacre.ini, [access] operator_token"
                        : "send the header \"Authorization: Bearer TOKEN\" with the operator's token");
    reply->authenticate = "Bearer realm=\"nacre operator\"";
    return false;
}

// ---- What a request works on

struct desk {
    struct server *server;
    const struct request *request;
    struct reply *reply;
    engine *engine;
    catalogue *catalogue;
    arena memory;
    const taxonomy *taxonomy;
    struct catalogue_shop shop;
};

static void answer_error(const struct desk *d, const nacre_error *error) {
    // With a photo it is the request that cannot be read; here it is the mapping, sent or on disk.
    if (error->status == NACRE_ERROR_FORMAT || error->status == NACRE_ERROR_VERSION)
        reply_problem(d->reply, PROBLEM_MAPPING_INVALID, d->request->path, error->message);
    else
        reply_error(d->reply, d->request->path, error);
}

static nacre_status desk_open(struct desk *d, nacre_error *error) {
    arena_init(&d->memory, TEXTS_BYTES);
    d->taxonomy = engine_taxonomy(d->engine);
    return engine_borrow_catalogue(d->engine, &d->catalogue, error);
}

static void desk_close(struct desk *d) {
    if (d->catalogue)
        engine_return_catalogue(d->engine, d->catalogue);
    arena_fini(&d->memory);
}

// ---- Shops and the queue

static void answer_shops(struct desk *d) {
    struct catalogue_shop *shops;
    size_t count;
    nacre_error error;
    if (catalogue_list_shops(d->catalogue, &d->memory, &shops, &count, &error)) {
        answer_error(d, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:I}", "shop", shops[i].name, "products", (json_int_t)shops[i].products));
    reply_json(d->reply, json_pack("{s:o}", "shops", list));
}

static void quote_digest(const mapping *m, struct reply *reply) {
    char digest[SHA256_HEX_BYTES];
    mapping_digest(m, digest);
    snprintf(reply->etag, sizeof reply->etag, "\"%s\"", digest);
}

// The argument `all`; false after an answer.
static bool wants_all(const struct desk *d, bool *all) {
    const char *text = MHD_lookup_connection_value(d->request->connection, MHD_GET_ARGUMENT_KIND, "all");
    *all = text && strcmp(text, "true") == 0;
    if (!text || *all || strcmp(text, "false") == 0)
        return true;
    reply_problem(d->reply, PROBLEM_BAD_REQUEST, d->request->path, "all is true or false");
    return false;
}

static void answer_queue(struct desk *d) {
    bool all;
    if (!wants_all(d, &all))
        return;
    mapping *m;
    struct review review;
    nacre_error error;
    nacre_status status = mapping_open(d->server->workspace, d->shop.name, d->taxonomy, &m, &error);
    if (status) {
        answer_error(d, &error);
        return;
    }
    status = review_shop(d->catalogue, &d->shop, m, d->taxonomy, &d->memory, &review, &error);
    if (status) {
        answer_error(d, &error);
    } else {
        json_t *rows = json_array();
        for (size_t i = 0; i < review.count; i++)
            if (all || review_row_is_open(&review.rows[i]))
                json_array_append_new(rows, review_row_json(&review.rows[i], d->shop.name, d->taxonomy));
        quote_digest(m, d->reply);
        reply_json(d->reply,
                   json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:o}", "shop", d->shop.name, "products",
                             (json_int_t)review.products, "mapped", (json_int_t)review.mapped, "ignored",
                             (json_int_t)review.ignored, "unmapped", (json_int_t)review.unmapped,
                             "mapping_etag", d->reply->etag, "categories", rows));
        d->reply->etag[0] = 0; // it is the mapping's, not this answer's
    }
    mapping_free(m);
}

// ---- The mapping

static void answer_mapping(struct desk *d) {
    mapping *m;
    nacre_error error;
    char *text;
    size_t length;
    nacre_status status = mapping_open(d->server->workspace, d->shop.name, d->taxonomy, &m, &error);
    if (!status) {
        quote_digest(m, d->reply);
        status = mapping_text(m, &text, &length, &error);
        mapping_free(m);
    }
    if (status) {
        answer_error(d, &error);
        return;
    }
    d->reply->status = 200;
    d->reply->content_type = "application/xml";
    d->reply->body = text;
    d->reply->length = length;
}

// Whether the mapping that the sender saw is the one that is there. "*" takes any: the way back from a file
// that a hand has spoilt. False after an answer.
static bool is_unchanged(struct desk *d, const mapping *present) {
    const char *seen = request_header(d->request, "If-Match");
    if (strcmp(seen, "*") == 0)
        return true;
    struct reply now = {0};
    quote_digest(present, &now);
    if (strcmp(seen, now.etag) == 0)
        return true;
    reply_problem(d->reply, PROBLEM_CHANGED_MEANWHILE, d->request->path,
                  "the mapping was changed since you read it: read it again and repeat your change");
    return false;
}

// Saves and answers with the new state.
static void save(struct desk *d, const mapping *changed) {
    mapping *saved;
    nacre_error error;
    nacre_status status = mapping_save(changed, NULL, &error);
    if (!status)
        status = mapping_open(d->server->workspace, d->shop.name, d->taxonomy, &saved, &error);
    if (status) {
        answer_error(d, &error);
        return;
    }
    quote_digest(saved, d->reply);
    reply_json(d->reply, json_pack("{s:s, s:s, s:I}", "shop", d->shop.name, "mapping_etag", d->reply->etag,
                                   "entries", (json_int_t)mapping_count(saved)));
    mapping_free(saved);
}

static void put_mapping(struct desk *d, mapping *present) {
    mapping *sent;
    nacre_error error;
    const buffer *body = &d->request->body->bytes;
    if (present && !is_unchanged(d, present))
        return;
    if (mapping_parse(d->server->workspace, d->shop.name, body->bytes ? body->bytes : "", body->length,
                      d->taxonomy, &sent, &error)) {
        answer_error(d, &error);
        return;
    }
    save(d, sent);
    mapping_free(sent);
}

// ---- Answers for some categories, as JSON

// A category of ours by id; false after an answer.
static bool find_category(const struct desk *d, const json_t *id, int *category) {
    *category = json_is_string(id) ? taxonomy_find(d->taxonomy, json_string_value(id)) : CATEGORY_NONE;
    if (*category != CATEGORY_NONE)
        return true;
    char detail[256];
    snprintf(detail, sizeof detail, "\"%.100s\" is no category: GET /v1/taxonomy lists them",
             json_is_string(id) ? json_string_value(id) : "(no text)");
    reply_problem(d->reply, PROBLEM_UNKNOWN_CATEGORY, d->request->path, detail);
    return false;
}

static bool refuse(const struct desk *d, size_t at, const char *why) {
    char detail[256];
    snprintf(detail, sizeof detail, "categories[%zu]: %s", at, why);
    reply_problem(d->reply, PROBLEM_BAD_REQUEST, d->request->path, detail);
    return false;
}

static bool take_rules(struct desk *d, size_t at, const json_t *list, struct mapping_entry *entry) {
    if (!list)
        return true;
    size_t count = json_array_size(list);
    struct mapping_rule *rules = arena_new(&d->memory, count + 1, sizeof *rules);
    if (!json_is_array(list) || !rules)
        return refuse(d, at, "rules is a list of {\"param\", \"is\", \"category\"}");
    for (size_t i = 0; i < count; i++) {
        const json_t *rule = json_array_get(list, i);
        const char *param = json_string_value(json_object_get(rule, "param"));
        const char *is = json_string_value(json_object_get(rule, "is"));
        if (!param || !is || json_object_size(rule) != 3)
            return refuse(d, at, "each of rules is {\"param\", \"is\", \"category\"}");
        rules[i] = (struct mapping_rule){.param = param, .is = is};
        if (!find_category(d, json_object_get(rule, "category"), &rules[i].category))
            return false;
    }
    entry->rules = rules;
    entry->rule_count = count;
    return true;
}

static bool knows_members(const json_t *object) {
    static const char *const known[] = {"id", "path", "category", "ignore", "rules"};
    size_t found = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        found += json_object_get(object, known[i]) != NULL;
    return found == json_object_size(object);
}

// Texts stay those of the JSON.
static bool take_entry(struct desk *d, const mapping *present, size_t at, const json_t *object,
                       struct mapping_entry *entry) {
    const json_t *id = json_object_get(object, "id"), *path = json_object_get(object, "path");
    const json_t *category = json_object_get(object, "category"), *ignore = json_object_get(object, "ignore");
    *entry = (struct mapping_entry){.id = json_string_value(id), .path = json_string_value(path)};
    if (!knows_members(object) || (id && !json_is_string(id)) || (path && !json_is_string(path)) ||
        (ignore && !json_is_boolean(ignore)))
        return refuse(
            d, at, "an answer holds \"id\", \"path\", and \"category\" or \"ignore\": true, and \"rules\"");
    if ((!entry->id || !*entry->id) && (!entry->path || !*entry->path))
        return refuse(d, at, "name the shop's category by \"id\", or by \"path\" where it has none");
    if (category && json_is_true(ignore))
        return refuse(d, at, "a category is mapped or ignored, not both");
    if (category && !find_category(d, category, &entry->category))
        return false;
    entry->answer = category ? MAPPING_MAPPED : json_is_true(ignore) ? MAPPING_IGNORED : MAPPING_UNMAPPED;
    if (!take_rules(d, at, json_object_get(object, "rules"), entry))
        return false;
    if (entry->rule_count && mapping_has_rules(present, entry))
        return refuse(d, at, "the category has rules already: change them in the whole file, with PUT");
    return true;
}

static void patch_with(struct desk *d, mapping *present, const json_t *list) {
    size_t count = json_array_size(list);
    struct mapping_entry *entries = arena_new(&d->memory, count + 1, sizeof *entries);
    nacre_error error;
    if (!json_is_array(list) || count == 0 || !entries) {
        reply_problem(d->reply, PROBLEM_BAD_REQUEST, d->request->path,
                      "send {\"categories\": [{\"id\": …, \"path\": …, \"category\": …}]}");
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (!take_entry(d, present, i, json_array_get(list, i), &entries[i]))
            return;
    if (mapping_edit(present, entries, count, &error))
        answer_error(d, &error);
    else
        save(d, present);
}

static void patch_mapping(struct desk *d, mapping *present) {
    const buffer *body = &d->request->body->bytes;
    json_error_t problem;
    if (!is_unchanged(d, present))
        return;
    json_t *object =
        json_loadb(body->bytes ? body->bytes : "", body->length, JSON_REJECT_DUPLICATES, &problem);
    if (!object) {
        char detail[256];
        snprintf(detail, sizeof detail, "the body is no JSON: line %d, column %d: %s", problem.line,
                 problem.column, problem.text);
        reply_problem(d->reply, PROBLEM_BAD_REQUEST, d->request->path, detail);
        return;
    }
    patch_with(d, present, json_object_get(object, "categories"));
    json_decref(object);
}

static void change_mapping(struct desk *d) {
    const struct request *request = d->request;
    bool whole = strcmp(request->method, "PUT") == 0;
    nacre_error error;
    mapping *present = NULL;
    int lock;
    if (!request_header(request, "If-Match")) {
        reply_problem(d->reply, PROBLEM_IF_MATCH_MISSING, request->path,
                      "send If-Match with the ETag that the mapping came with");
        return;
    }
    nacre_status status = mapping_lock(d->server->workspace, &lock, &error);
    if (status) {
        answer_error(d, &error);
        return;
    }
    status = mapping_open(d->server->workspace, d->shop.name, d->taxonomy, &present, &error);
    if (status && !(whole && strcmp(request_header(request, "If-Match"), "*") == 0))
        answer_error(d, &error);
    else if (whole)
        put_mapping(d, present);
    else
        patch_mapping(d, present);
    mapping_free(present);
    close(lock);
}

// ---- Routes

enum place { PLACE_NONE, PLACE_SHOPS, PLACE_QUEUE, PLACE_MAPPING };

// What the path names, and the shop that it names, in the arena.
static enum place find_place(struct desk *d, const char **shop) {
    const char *path = d->request->path;
    if (strcmp(path, SHOPS) == 0)
        return PLACE_SHOPS;
    if (strncmp(path, SHOPS, strlen(SHOPS)) != 0 || path[strlen(SHOPS)] != '/')
        return PLACE_NONE;
    const char *name = path + strlen(SHOPS) + 1;
    const char *slash = strchr(name, '/');
    *shop = slash ? arena_printf(&d->memory, "%.*s", (int)(slash - name), name) : NULL;
    if (!*shop)
        return PLACE_NONE;
    return strcmp(slash, "/categories") == 0 ? PLACE_QUEUE
           : strcmp(slash, "/mapping") == 0  ? PLACE_MAPPING
                                             : PLACE_NONE;
}

static bool is_method(const struct request *request, const char *method) {
    return strcmp(request->method, method) == 0;
}

static void answer_place(struct desk *d, enum place place) {
    const struct request *request = d->request;
    bool reads = is_method(request, "GET") || is_method(request, "HEAD");
    if (place == PLACE_MAPPING && request->body &&
        (is_method(request, "PUT") || is_method(request, "PATCH"))) {
        change_mapping(d);
    } else if (!reads) {
        d->reply->allow = place == PLACE_MAPPING ? "GET, PUT, PATCH" : "GET";
        reply_problem(d->reply, PROBLEM_METHOD_NOT_ALLOWED, request->path,
                      place == PLACE_MAPPING ? "use GET, PUT or PATCH here" : "use GET here");
    } else if (place == PLACE_SHOPS) {
        answer_shops(d);
    } else if (place == PLACE_MAPPING) {
        answer_mapping(d);
    } else if (!api_enter_search(d->server)) { // a review of a large shop is as much work as some searches
        reply_problem(d->reply, PROBLEM_BUSY, request->path,
                      "too many searches are waiting; try again in a moment");
    } else {
        answer_queue(d);
        api_leave_search(d->server);
    }
}

void operator_answer(struct server *server, engine *e, const struct request *request, struct reply *reply) {
    struct desk d = {.server = server, .request = request, .reply = reply, .engine = e};
    nacre_error error;
    const char *shop = NULL;
    if (request->body && request->body->too_large) {
        reply_problem(reply, PROBLEM_TOO_LARGE, request->path, "the body is larger than a mapping may be");
        return;
    }
    nacre_status status = desk_open(&d, &error);
    enum place place = find_place(&d, &shop);
    if (!status && shop)
        status = catalogue_find_shop(d.catalogue, shop, &d.memory, &d.shop, &error);
    if (place == PLACE_NONE)
        reply_problem(reply, PROBLEM_NOT_FOUND, request->path,
                      "there is /v1/operator/shops, …/shops/SHOP/categories and …/shops/SHOP/mapping");
    else if (status)
        answer_error(&d, &error);
    else
        answer_place(&d, place);
    desk_close(&d);
}
