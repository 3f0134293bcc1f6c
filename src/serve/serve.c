// SPDX-License-Identifier: Apache-2.0
// The daemon: libmicrohttpd with a thread a connection, since an answer is mostly computing. A second thread
// of our own loads the engine and then follows the catalogue.
#include "serve/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pool.h"
#include "serve/operator.h"
#include "serve/server.h"

enum {
    CONNECTIONS = 512,
    IDLE_TIMEOUT_S = 30,
    THREAD_STACK_BYTES = 1024 * 1024,
    FOLLOW_INTERVAL_MS = 500,
    STOP_INTERVAL_MS = 100,
};

// ---- Requests

// What is kept from the first call for a request to its end.
struct exchange {
    struct form form;
    bool has_form;
    struct body body;
    bool has_body;
    struct timespec start;
};

static uint64_t elapsed_us(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((now.tv_sec - start->tv_sec) * 1000000 + (now.tv_nsec - start->tv_nsec) / 1000);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct reply *reply) {
    struct MHD_Response *response;
    if (reply->constant_body)
        response = MHD_create_response_from_buffer(reply->length, (void *)(uintptr_t)reply->constant_body,
                                                   MHD_RESPMEM_PERSISTENT);
    else
        response = MHD_create_response_from_buffer(reply->length, reply->body, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        memory_free(reply->body);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", reply->content_type);
    MHD_add_response_header(response, "Cache-Control",
                            reply->cache_control ? reply->cache_control : "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    // The page's own policy stands in its head; this part of it counts in a header only.
    MHD_add_response_header(response, "Content-Security-Policy", "frame-ancestors 'none'");
    if (reply->allow)
        MHD_add_response_header(response, "Allow", reply->allow);
    if (reply->authenticate)
        MHD_add_response_header(response, "WWW-Authenticate", reply->authenticate);
    if (reply->etag[0])
        MHD_add_response_header(response, "ETag", reply->etag);
    if (reply->retry_after_s) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%d", reply->retry_after_s);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
    enum MHD_Result queued = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer(struct server *server, struct MHD_Connection *connection, const char *method,
                              const char *path, struct exchange *exchange) {
    struct reply reply = {0};
    struct request request = {method, path, exchange->has_form ? &exchange->form : NULL,
                              exchange->has_body ? &exchange->body : NULL, connection};
    enum metrics_route route = api_answer(server, &request, &reply);
    metrics_count(&server->metrics, route, reply.status, elapsed_us(&exchange->start));
    log_debug("%s %s %u", method, path, reply.status);
    return send_reply(connection, &reply);
}

// Begins to take in a request. True where it can be refused by its headers: then it is answered before its
// body is sent.
static bool begin(const struct server *server, struct MHD_Connection *connection, const char *method,
                  const char *path, struct exchange *exchange) {
    clock_gettime(CLOCK_MONOTONIC, &exchange->start);
    exchange->has_form = strcmp(method, "POST") == 0 && api_takes_body(path);
    exchange->has_body = (strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0) && operator_owns(path);
    if (exchange->has_form)
        form_init(&exchange->form, connection);
    if (exchange->has_body) {
        struct reply refusal = {0};
        const struct request request = {.method = method, .path = path, .connection = connection};
        buffer_init(&exchange->body.bytes, LIMIT_BODY_BYTES);
        bool let_in = operator_lets_in(server, &request, &refusal);
        memory_free(refusal.body);
        return !let_in;
    }
    return exchange->has_form && exchange->form.failed;
}

// The next bytes of the body; false where the connection is to be closed.
static bool take(struct exchange *exchange, const char *bytes, size_t length) {
    if (exchange->has_form)
        return form_take(&exchange->form, bytes, length);
    if (exchange->has_body && !exchange->body.too_large)
        exchange->body.too_large = buffer_append(&exchange->body.bytes, bytes, length) != NACRE_OK;
    return true;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *bytes, size_t *length,
                                  void **state) {
    (void)version;
    struct server *server = context;
    struct exchange *exchange = *state;
    if (!exchange) {
        exchange = memory_new(1, sizeof *exchange);
        if (!exchange)
            return MHD_NO;
        *state = exchange;
        return begin(server, connection, method, path, exchange)
                   ? answer(server, connection, method, path, exchange)
                   : MHD_YES;
    }
    if (*length) {
        bool goes_on = take(exchange, bytes, *length);
        *length = 0;
        return goes_on ? MHD_YES : MHD_NO;
    }
    if (exchange->has_form)
        form_finish(&exchange->form);
    return answer(server, connection, method, path, exchange);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why) {
    (void)context;
    (void)connection;
    (void)why;
    struct exchange *exchange = *state;
    if (exchange && exchange->has_form)
        form_fini(&exchange->form);
    if (exchange && exchange->has_body)
        buffer_fini(&exchange->body.bytes);
    memory_free(exchange);
    *state = NULL;
}

// ---- The listening socket

// Splits "HOST:PORT" or "[HOST]:PORT" in place.
static bool split_address(char *text, char **host, char **port) {
    char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1])
        return false;
    *colon = 0;
    *host = text;
    *port = colon + 1;
    size_t length = strlen(text);
    if (text[0] == '[' && text[length - 1] == ']') {
        text[length - 1] = 0;
        *host = text + 1;
    }
    return strspn(*port, "0123456789") == strlen(*port);
}

static nacre_status bind_first(const struct addrinfo *addresses, const char *listen_text, int *listener,
                               nacre_error *error) {
    int failed_with = EADDRNOTAVAIL;
    for (const struct addrinfo *a = addresses; a; a = a->ai_next) {
        int descriptor = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (descriptor < 0) {
            failed_with = errno;
            continue;
        }
        int on = 1;
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(descriptor, a->ai_addr, a->ai_addrlen) == 0 && listen(descriptor, SOMAXCONN) == 0) {
            *listener = descriptor;
            return NACRE_OK;
        }
        failed_with = errno;
        close(descriptor);
    }
    if (failed_with == EADDRINUSE)
        return error_set(
            error, NACRE_ERROR_IO,
            "listening on %s: another program has this port; choose another one with --listen HOST:PORT",
            listen_text);
    return error_errno(error, failed_with, "listening on %s", listen_text);
}

static nacre_status open_listener(const char *listen_text, int *listener, nacre_error *error) {
    char text[256];
    char *host, *port;
    snprintf(text, sizeof text, "%s", listen_text);
    if (strlen(listen_text) >= sizeof text || !split_address(text, &host, &port))
        return error_set(error, NACRE_ERROR_ARGUMENT,
                         "\"%s\" is no address: give HOST:PORT, such as 127.0.0.1:8080", listen_text);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses;
    int problem = getaddrinfo(host, port, &hints, &addresses);
    if (problem)
        return error_set(error, NACRE_ERROR_IO, "listening on %s: %s", listen_text, gai_strerror(problem));
    nacre_status status = bind_first(addresses, listen_text, listener, error);
    freeaddrinfo(addresses);
    return status;
}

static void tell_address(int listener, void (*listening)(const char *address)) {
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    char host[NI_MAXHOST], port[NI_MAXSERV], address[NI_MAXHOST + NI_MAXSERV + 16];
    if (!listening || getsockname(listener, (struct sockaddr *)&bound, &length) ||
        getnameinfo((struct sockaddr *)&bound, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV))
        return;
    bool is_v6 = strchr(host, ':') != NULL;
    snprintf(address, sizeof address, "http://%s%s%s:%s/", is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
    listening(address);
}

// ---- The engine

static void pause_ms(int milliseconds) {
    struct timespec pause = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&pause, NULL);
}

// The thread that loads the engine, then follows the catalogue until the server stops.
struct follower {
    struct server *server;
    int threads;
    const atomic_bool *stop;
    nacre_status status; // of loading; read after the thread has ended or `ended` is true
    nacre_error error;
    atomic_bool ended;
};

static void *load_and_follow(void *argument) {
    struct follower *follower = argument;
    engine *e = NULL;
    follower->status = engine_open(follower->server->workspace, follower->threads, &e, &follower->error);
    if (follower->status) {
        atomic_store(&follower->ended, true);
        return NULL;
    }
    atomic_store(&follower->server->engine, e);
    char last_problem[NACRE_ERROR_MESSAGE_BYTES] = "";
    while (!atomic_load(follower->stop)) {
        size_t changes;
        nacre_error error = {0};
        nacre_status status = engine_save(e, false, &error);
        pause_ms(FOLLOW_INTERVAL_MS);
        if (!status)
            status = engine_follow(e, &changes, &error);
        if (status && strcmp(last_problem, error.message) != 0)
            log_warning("following the catalogue: %s", error.message); // once, not twice a second
        snprintf(last_problem, sizeof last_problem, "%s", status ? error.message : "");
    }
    nacre_error error;
    if (engine_save(e, true, &error))
        log_warning("%s", error.message); // the next start takes longer, no more
    return NULL;
}

// Waits for the end: the caller's wish, or an engine that cannot be loaded.
static nacre_status run_until_stopped(struct server *server, const struct serve_options *options,
                                      nacre_error *error) {
    struct follower follower = {.server = server, .threads = options->threads, .stop = options->stop};
    pthread_t thread;
    int failed_with = pthread_create(&thread, NULL, load_and_follow, &follower);
    if (failed_with)
        return error_errno(error, failed_with, "starting a thread");
    while (!atomic_load(options->stop) && !atomic_load(&follower.ended))
        pause_ms(STOP_INTERVAL_MS);
    pthread_join(thread, NULL);
    if (follower.status && error)
        *error = follower.error;
    return follower.status;
}

static nacre_status start_daemon(struct server *server, int listener, struct MHD_Daemon **daemon,
                                 nacre_error *error) {
    *daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL,
        NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK_BYTES, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        NULL, MHD_OPTION_END);
    return *daemon ? NACRE_OK : error_set(error, NACRE_ERROR_IO, "the HTTP server could not be started");
}

nacre_status serve_run(const workspace *w, const struct serve_options *options, nacre_error *error) {
    struct server *server = memory_new(1, sizeof *server);
    if (!server)
        return error_memory(error, "starting the server");
    struct MHD_Daemon *daemon = NULL;
    int listener = -1;
    server->workspace = w;
    server->slots = options->threads > 0 ? (size_t)options->threads : processor_count();
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->slot_is_free, NULL);
    nacre_status status = workspace_boolean(w, "serve", "image_url", false, &server->allows_image_url, error);
    if (!status)
        status = operator_read_token(w, &server->operator_token, error);
    if (!status)
        status = page_load(w, &server->page, error);
    if (!status)
        status = open_listener(options->listen, &listener, error);
    if (!status)
        status = start_daemon(server, listener, &daemon, error);
    if (!status) {
        tell_address(listener, options->listening);
        status = run_until_stopped(server, options, error);
    }
    if (daemon)
        MHD_stop_daemon(daemon); // waits for the answers under way, closes the listener
    else if (listener >= 0)
        close(listener);
    engine_close(atomic_load(&server->engine));
    page_free(server->page);
    memory_free(server->operator_token);
    pthread_cond_destroy(&server->slot_is_free);
    pthread_mutex_destroy(&server->mutex);
    memory_free(server);
    return status;
}
