// SPDX-License-Identifier: Apache-2.0
// One thread speaks to servers and to the catalogue; a few others look at what came and store it:
//
//   catalogue ─► queue of each host ─► transfer ─► pool: probe, hash, store ─► batch ─► catalogue
//                  ▲ again later, or where a redirect leads │
//                  └────────────────────────────────────────┘
//
// A redirect is a new request in the line of the host it leads to, so that this host's limits and its
// robots.txt hold for it.
#include "crawl/pictures.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/pool.h"
#include "crawl/address.h"
#include "crawl/answers.h"
#include "crawl/host.h"
#include "crawl/http.h"
#include "crawl/whole.h"
#include "picture/picture.h"

enum {
    PAGE_ADDRESSES = 1000, // asked of the catalogue at once
    MOST_QUEUED = 100000,  // addresses in memory
    STORE_QUEUE = 32,      // contents that wait for a thread
    TOTAL_TIMEOUTS = 6,    // a whole picture may take so many times [crawl] timeout_s
    HEADER_BYTES = 512,
    FIRST_RETRY_S = 3600, // after a crawl in which an address failed; doubles
    MOST_RETRY_DOUBLINGS = 7,
    PROGRESS_US = 100 * 1000,
};

struct fetcher;

// A request on its way, then its content on the way into the store.
struct transfer {
    struct fetcher *fetcher;
    struct request *request;
    CURL *easy;
    struct http_guard guard;
    struct curl_slist *headers;
    buffer body;
    char etag[HEADER_BYTES], last_modified[HEADER_BYTES]; // "" where none
    int64_t retry_after_s;                                // -1 where none
    bool robots_forbid;                                   // X-Robots-Tag
    struct transfer *previous, *next;                     // among those on their way
    // The store's answer.
    struct transfer *next_stored;
    nacre_status status;
    bool cut_off; // the format says that more bytes should have come
    struct picture_info info;
    char hash[SHA256_HEX_BYTES];
    nacre_error error;
};

struct fetcher {
    const struct crawl_settings *settings;
    const struct crawl_options *options;
    const struct catalogue_shop *shop;
    struct crawl_result *result;
    catalogue *catalogue;
    picture_store *store;
    struct answers answers;
    struct hosts *hosts;
    CURLM *multi;
    pool *workers;
    struct transfer *on_their_way;
    int64_t transfers; // on their way or in the store's hands
    int64_t after;     // last address id that was read
    bool all_read;
    int64_t now_s; // the crawl's beginning: what fell due later waits for the next one
    // What the pool has done.
    pthread_mutex_t stored_mutex;
    struct transfer *stored;
    // For the operator.
    struct crawl_progress progress;
    int64_t progress_us;
};

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void notice(const struct fetcher *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void notice(const struct fetcher *f, const char *format, ...) {
    if (!f->options->notice)
        return;
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    f->options->notice(f->options->context, line);
}

// --- Answers ---

static nacre_status add_answer(struct fetcher *f, const struct catalogue_answer *answer, nacre_error *error) {
    f->progress.pictures_done++;
    return answers_add(&f->answers, answer, now_us(), error);
}

static int64_t recheck_s(const struct fetcher *f) {
    return (int64_t)time(NULL) + f->settings->recheck_days * 24 * 3600;
}

static nacre_status add_failure(struct fetcher *f, const struct request *request, const char *why,
                                int64_t next_try_s, nacre_error *error) {
    answers_count_failure(&f->answers, why, request->url);
    f->result->pictures_failed++;
    f->progress.pictures_failed++;
    const struct catalogue_answer answer = {
        .address_id = request->address_id, .outcome = CATALOGUE_FAILED, .next_try_s = next_try_s, .why = why};
    return add_answer(f, &answer, error);
}

// --- What came back ---

static void transfer_free(struct transfer *t) {
    request_free(t->request);
    curl_slist_free_all(t->headers);
    curl_easy_cleanup(t->easy);
    buffer_fini(&t->body);
    memory_free(t);
}

static void forget(struct transfer *t) {
    t->fetcher->transfers--;
    transfer_free(t);
}

// The request goes back into a line; the transfer ends.
static void queue_again(struct transfer *t, const char *origin, bool first) {
    struct request *request = t->request;
    t->request = NULL;
    hosts_queue(t->fetcher->hosts, request, origin, first);
    forget(t);
}

static nacre_status fail_for_good(struct transfer *t, const char *why, nacre_error *error) {
    nacre_status status = add_failure(t->fetcher, t->request, why, recheck_s(t->fetcher), error);
    forget(t);
    return status;
}

// A further try may help: some in this crawl, then in later ones.
static nacre_status fail_for_now(struct transfer *t, const char *why, nacre_error *error) {
    struct fetcher *f = t->fetcher;
    struct request *request = t->request;
    if (++request->tries < f->settings->tries && !request->host->given_up) {
        request->due_us = now_us() + (f->settings->wait_ms << (request->tries - 1)) * 1000;
        queue_again(t, NULL, false);
        return NACRE_OK;
    }
    int doublings = request->past_tries < MOST_RETRY_DOUBLINGS ? request->past_tries : MOST_RETRY_DOUBLINGS;
    nacre_status status =
        add_failure(f, request, why, (int64_t)time(NULL) + (FIRST_RETRY_S << doublings), error);
    forget(t);
    return status;
}

static void count_fault(struct fetcher *f, struct host *host, const char *why) {
    bool was_given_up = host->given_up;
    host_failed(f->hosts, host);
    if (host->given_up && !was_given_up)
        notice(f,
               "%s is given up after many failures in a row (%s): its other pictures are left for the next "
               "crawl",
               host->origin, why);
}

static nacre_status fail_busy(struct transfer *t, long http_status, nacre_error *error) {
    struct fetcher *f = t->fetcher;
    struct host *host = t->request->host;
    bool was_given_up = host->given_up;
    host_is_busy(f->hosts, host, t->retry_after_s, now_us());
    if (!host->given_up) {
        queue_again(t, NULL, true);
        return NACRE_OK;
    }
    if (!was_given_up)
        notice(f, "%s keeps answering HTTP %ld: its other pictures are left for the next crawl", host->origin,
               http_status);
    int64_t wait_s = t->retry_after_s > FIRST_RETRY_S ? t->retry_after_s : FIRST_RETRY_S;
    char why[ANSWERS_WHY_BYTES];
    snprintf(why, sizeof why, "the server answered HTTP %ld", http_status);
    nacre_status status = add_failure(f, t->request, why, (int64_t)time(NULL) + wait_s, error);
    forget(t);
    return status;
}

// Sends the request where the answer points to, and ends the transfer; else tells why it cannot.
static bool follow_redirect(struct transfer *t, const char **why) {
    char *target = NULL;
    struct address_parts parts;
    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &target);
    struct request *request = t->request;
    *why = "a redirect to what is no http or https address";
    if (!target || address_split(target, &parts, NULL))
        return false;
    char *url = memory_copy_text(target);
    *why = "too many redirects";
    if (!url || ++request->redirects > LIMIT_REDIRECTS) {
        memory_free(url);
        address_parts_fini(&parts);
        return false;
    }
    memory_free(request->url);
    memory_free(request->path);
    request->url = url;
    request->path = parts.path;
    queue_again(t, parts.origin, true);
    memory_free(parts.origin);
    return true;
}

static bool is_redirect(long http_status) {
    return http_status >= 300 && http_status < 400 && http_status != 304;
}

static void store_content(void *context);

static nacre_status judge_answer(struct transfer *t, long http_status, nacre_error *error) {
    struct fetcher *f = t->fetcher;
    struct host *host = t->request->host;
    char why[ANSWERS_WHY_BYTES];
    snprintf(why, sizeof why, "the server answered HTTP %ld", http_status);
    if (http_status == 429 || http_status == 503)
        return fail_busy(t, http_status, error);
    if (http_status >= 500) {
        count_fault(f, host, why);
        return fail_for_now(t, why, error);
    }
    host_answered(f->hosts, host);
    const char *no_redirect;
    if (is_redirect(http_status))
        return follow_redirect(t, &no_redirect) ? NACRE_OK : fail_for_good(t, no_redirect, error);
    if (http_status == 304 && t->request->conditional) {
        f->result->pictures_unchanged++;
        const struct catalogue_answer answer = {
            .address_id = t->request->address_id, .outcome = CATALOGUE_UNCHANGED, .next_try_s = recheck_s(f)};
        nacre_status status = add_answer(f, &answer, error);
        forget(t);
        return status;
    }
    if (http_status != 200)
        return fail_for_good(t, why, error);
    if (t->robots_forbid && f->settings->obey_robots)
        return fail_for_good(t, "the shop forbids to index it (X-Robots-Tag)", error);
    pool_submit(f->workers, store_content, t);
    return NACRE_OK;
}

static bool is_for_good(CURLcode code, const struct http_guard *guard) {
    return http_was_refused(code, guard) || code == CURLE_FILESIZE_EXCEEDED ||
           code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT;
}

static nacre_status picture_came(struct transfer *t, CURLcode code, nacre_error *error) {
    struct fetcher *f = t->fetcher;
    if (code == CURLE_OK) {
        long http_status = 0;
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http_status);
        return judge_answer(t, http_status, error);
    }
    if (code == CURLE_WRITE_ERROR) // the only reason to refuse bytes
        code = CURLE_FILESIZE_EXCEEDED;
    if (is_for_good(code, &t->guard))
        return fail_for_good(t, http_problem(code, &t->guard), error);
    count_fault(f, t->request->host, http_problem(code, &t->guard));
    return fail_for_now(t, http_problem(code, &t->guard), error);
}

// RFC 9309, 2.3.1: no robots.txt allows everything; one that cannot be read now forbids everything.
static nacre_status rules_came(struct transfer *t, CURLcode code, nacre_error *error) {
    struct fetcher *f = t->fetcher;
    struct host *host = t->request->robots_of;
    long http_status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http_status);
    bool has_rules = code == CURLE_OK || code == CURLE_WRITE_ERROR; // cut at ROBOTS_MAX_BYTES
    const char *no_redirect;
    if (has_rules && is_redirect(http_status) && follow_redirect(t, &no_redirect))
        return NACRE_OK;
    nacre_status status = NACRE_OK;
    if (has_rules && http_status < 500 && http_status != 429) {
        robots *rules = NULL;
        if (http_status == 200)
            status = robots_parse(t->body.bytes ? t->body.bytes : "", t->body.length, &rules, error);
        host_take_rules(f->hosts, host, rules);
        forget(t);
        return status;
    }
    if (++t->request->tries < f->settings->tries && !http_was_refused(code, &t->guard) &&
        !t->request->host->given_up) {
        t->request->due_us = now_us() + (f->settings->wait_ms << (t->request->tries - 1)) * 1000;
        queue_again(t, NULL, true);
        return NACRE_OK;
    }
    char why[ANSWERS_WHY_BYTES];
    snprintf(why, sizeof why, has_rules ? "HTTP %ld" : "%.0ld%s", has_rules ? http_status : 0L,
             http_problem(code, &t->guard));
    host_give_up(f->hosts, host);
    notice(f, "%s/robots.txt cannot be read (%s): the pictures there are left for the next crawl",
           host->origin, why);
    forget(t);
    return NACRE_OK;
}

static nacre_status transfer_ended(struct transfer *t, CURLcode code, nacre_error *error) {
    struct fetcher *f = t->fetcher;
    curl_multi_remove_handle(f->multi, t->easy);
    if (t->previous)
        t->previous->next = t->next;
    else
        f->on_their_way = t->next;
    if (t->next)
        t->next->previous = t->previous;
    host_release(t->request->host);
    f->result->bytes += (int64_t)t->body.length;
    f->progress.bytes += (int64_t)t->body.length;
    return t->request->robots_of ? rules_came(t, code, error) : picture_came(t, code, error);
}

// --- The store's side: any thread of the pool ---

static void store_content(void *context) {
    struct transfer *t = context;
    struct fetcher *f = t->fetcher;
    const char *bytes = t->body.bytes ? t->body.bytes : "";
    t->status = picture_probe(bytes, t->body.length, &t->info, &t->error);
    if (!t->status && !whole_picture(t->info.format, bytes, t->body.length))
        t->cut_off = true;
    else if (!t->status && picture_store_put(f->store, bytes, t->body.length, t->hash, &t->error))
        t->status = NACRE_ERROR_IO; // whatever it was: no other picture can be kept either
    pthread_mutex_lock(&f->stored_mutex);
    t->next_stored = f->stored;
    f->stored = t;
    pthread_mutex_unlock(&f->stored_mutex);
    curl_multi_wakeup(f->multi);
}

static const char *or_null(const char *text) {
    return *text ? text : NULL;
}

static nacre_status content_is_stored(struct transfer *t, nacre_error *error) {
    struct fetcher *f = t->fetcher;
    if (t->status == NACRE_ERROR_IO) {
        if (error)
            *error = t->error;
        forget(t);
        return NACRE_ERROR_IO;
    }
    if (t->cut_off)
        return fail_for_now(t, "cut off before its end", error);
    if (t->status)
        return fail_for_good(t, t->error.message, error);
    f->result->pictures_fetched++;
    const struct catalogue_answer answer = {.address_id = t->request->address_id,
                                            .outcome = CATALOGUE_FETCHED,
                                            .next_try_s = recheck_s(f),
                                            .hash = t->hash,
                                            .format = t->info.format,
                                            .width = t->info.width,
                                            .height = t->info.height,
                                            .size_bytes = (int64_t)t->body.length,
                                            .etag = or_null(t->etag),
                                            .last_modified = or_null(t->last_modified)};
    nacre_status status = add_answer(f, &answer, error);
    forget(t);
    return status;
}

static nacre_status collect_stored(struct fetcher *f, nacre_error *error) {
    pthread_mutex_lock(&f->stored_mutex);
    struct transfer *first = f->stored;
    f->stored = NULL;
    pthread_mutex_unlock(&f->stored_mutex);
    nacre_status status = NACRE_OK;
    while (first) {
        struct transfer *next = first->next_stored;
        nacre_status one = content_is_stored(first, status ? NULL : error);
        status = status ? status : one;
        first = next;
    }
    return status;
}

// --- Sending ---

static size_t take_header(char *line, size_t size, size_t count, void *context) {
    struct transfer *t = context;
    size_t length = size * count;
    char value[HEADER_BYTES];
    if (http_header_is(line, length, "retry-after", value, sizeof value))
        t->retry_after_s = http_retry_after_s(value, (int64_t)time(NULL));
    else if (http_header_is(line, length, "x-robots-tag", value, sizeof value))
        t->robots_forbid = t->robots_forbid || robots_tag_forbids(value);
    else if (!http_header_is(line, length, "etag", t->etag, sizeof t->etag))
        (void)http_header_is(line, length, "last-modified", t->last_modified, sizeof t->last_modified);
    return length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *t = context;
    size_t length = size * count;
    long http_status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http_status);
    if (http_status != 200) // an error's page is of no use
        return length;
    size_t room = t->body.max_bytes - t->body.length;
    if (buffer_append(&t->body, bytes, length < room ? length : room))
        return 0;
    return length <= room ? length : 0;
}

static struct curl_slist *append_condition(struct curl_slist *list, const char *name, const char *value) {
    if (!value)
        return list;
    char line[HEADER_BYTES + 32];
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(list, line);
    return longer ? longer : list;
}

static nacre_status start_transfer(struct fetcher *f, struct request *request, nacre_error *error) {
    struct transfer *t = memory_new(1, sizeof *t);
    CURL *easy = t ? http_new(f->settings, &t->guard) : NULL;
    if (!easy) {
        memory_free(t);
        host_release(request->host);
        request_free(request);
        return error_memory(error, "asking for a picture");
    }
    t->fetcher = f;
    t->request = request;
    t->easy = easy;
    t->retry_after_s = -1;
    size_t most_bytes = request->robots_of ? ROBOTS_MAX_BYTES : LIMIT_PICTURE_BYTES;
    buffer_init(&t->body, most_bytes);
    request->conditional = request->etag || request->last_modified;
    t->headers = append_condition(NULL, "If-None-Match", request->etag);
    t->headers = append_condition(t->headers, "If-Modified-Since", request->last_modified);
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
    if (!request->robots_of)
        curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)most_bytes);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)(f->settings->timeout_s * TOTAL_TIMEOUTS));
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    t->next = f->on_their_way;
    if (t->next)
        t->next->previous = t;
    f->on_their_way = t;
    f->transfers++;
    curl_multi_add_handle(f->multi, easy);
    return NACRE_OK;
}

static nacre_status start_requests(struct fetcher *f, int64_t *wake_us, nacre_error *error) {
    struct request *request;
    nacre_status status = NACRE_OK;
    while (!status && (request = hosts_next(f->hosts, now_us(), wake_us))) {
        if (!request->robots_of && !robots_allow(request->host->robots, request->path)) {
            host_release(request->host);
            status = add_failure(f, request, "the shop's robots.txt forbids it", recheck_s(f), error);
            request_free(request);
            continue;
        }
        status = start_transfer(f, request, error);
    }
    return status;
}

static nacre_status queue_address(struct fetcher *f, const struct catalogue_address *address,
                                  nacre_error *error) {
    struct address_parts parts = {0};
    struct request *request = memory_new(1, sizeof *request);
    if (!request)
        return error_memory(error, "queueing a picture");
    *request = (struct request){.address_id = address->id, .past_tries = address->tries};
    nacre_error reason;
    nacre_status status = address_split(address->url, &parts, &reason);
    request->url = memory_copy_text(address->url);
    request->path = parts.path;
    request->etag = address->etag ? memory_copy_text(address->etag) : NULL;
    request->last_modified = address->last_modified ? memory_copy_text(address->last_modified) : NULL;
    if (!request->url || (address->etag && !request->etag) ||
        (address->last_modified && !request->last_modified))
        status = NACRE_ERROR_MEMORY;
    if (status) {
        status =
            status == NACRE_ERROR_MEMORY
                ? error_memory(error, "queueing a picture")
                : add_failure(f, request, "not an http or https address, or too long", recheck_s(f), error);
        request_free(request);
    } else {
        hosts_queue(f->hosts, request, parts.origin, false);
    }
    memory_free(parts.origin);
    return status;
}

static nacre_status read_addresses(struct fetcher *f, nacre_error *error) {
    if (f->all_read || hosts_queued(f->hosts) >= MOST_QUEUED)
        return NACRE_OK;
    arena a;
    arena_init(&a, (size_t)PAGE_ADDRESSES * 4 * LIMIT_URL_BYTES);
    struct catalogue_address *addresses;
    size_t count = 0;
    nacre_status status = catalogue_due_addresses(f->catalogue, f->shop->id, f->options->retry, f->now_s,
                                                  f->after, PAGE_ADDRESSES, &a, &addresses, &count, error);
    for (size_t i = 0; i < count && !status; i++) {
        status = queue_address(f, &addresses[i], error);
        f->after = addresses[i].id;
    }
    f->all_read = count < PAGE_ADDRESSES;
    arena_fini(&a);
    return status;
}

// --- The loop ---

static void show_progress(struct fetcher *f) {
    int64_t now = now_us();
    if (!f->options->progress || now - f->progress_us < PROGRESS_US)
        return;
    f->progress_us = now;
    f->options->progress(f->options->context, &f->progress);
}

static nacre_status end_transfers(struct fetcher *f, nacre_error *error) {
    int messages;
    nacre_status status = NACRE_OK;
    for (CURLMsg *message; !status && (message = curl_multi_info_read(f->multi, &messages));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct transfer *t;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        status = transfer_ended(t, code, error);
    }
    return status;
}

static void wait_for_events(struct fetcher *f, int64_t wake_us) {
    int64_t wait_ms = (wake_us - now_us() + 999) / 1000;
    if (!f->all_read && hosts_queued(f->hosts) < MOST_QUEUED)
        wait_ms = 0;
    if (wait_ms > 0)
        curl_multi_poll(f->multi, NULL, 0, (int)wait_ms, NULL);
}

static nacre_status run(struct fetcher *f, nacre_error *error) {
    for (;;) {
        int64_t wake_us = now_us() + 1000000;
        int running;
        if (f->options->stop && *f->options->stop)
            return error_set(error, NACRE_ERROR_CANCELLED,
                             "stopped; the next crawl of %s goes on where this one was", f->shop->name);
        nacre_status status = read_addresses(f, error);
        if (!status)
            status = start_requests(f, &wake_us, error);
        curl_multi_perform(f->multi, &running);
        if (!status)
            status = end_transfers(f, error);
        if (!status)
            status = collect_stored(f, error);
        if (!status && answers_are_due(&f->answers, now_us(), &wake_us))
            status = answers_record(&f->answers, error);
        if (status)
            return status;
        show_progress(f);
        if (f->all_read && !f->transfers && !hosts_queued(f->hosts))
            return NACRE_OK;
        wait_for_events(f, wake_us);
    }
}

// What is on its way is dropped; what the store has is recorded, if it can be.
static nacre_status wind_up(struct fetcher *f, nacre_status status, nacre_error *error) {
    while (f->on_their_way) {
        struct transfer *t = f->on_their_way;
        f->on_their_way = t->next;
        curl_multi_remove_handle(f->multi, t->easy);
        forget(t);
    }
    pool_wait(f->workers);
    nacre_status rest = collect_stored(f, status ? NULL : error);
    if (!rest)
        rest = answers_record(&f->answers, status ? NULL : error);
    return status ? status : rest;
}

static void tell_reasons(const struct fetcher *f) {
    for (size_t i = 0; i < f->answers.reason_count; i++) {
        const struct failure_reason *reason = &f->answers.reasons[i];
        notice(f, "%s: pictures: %lld, such as %s", reason->why, (long long)reason->count, reason->example);
    }
    if (f->answers.other_failures)
        notice(f, "other reasons: pictures: %lld", (long long)f->answers.other_failures);
}

static nacre_status fetcher_init(struct fetcher *f, nacre_error *error) {
    pthread_mutex_init(&f->stored_mutex, NULL);
    answers_init(&f->answers, f->catalogue, f->store);
    f->hosts = hosts_new(f->settings);
    f->multi = curl_multi_init();
    if (!f->hosts || !f->multi)
        return error_memory(error, "starting to fetch pictures");
    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS,
                      (long)(f->settings->hosts * f->settings->connections_per_host));
    return pool_new(0, STORE_QUEUE, &f->workers, error);
}

static void fetcher_fini(struct fetcher *f) {
    pool_free(f->workers);
    hosts_free(f->hosts);
    curl_multi_cleanup(f->multi);
    answers_fini(&f->answers);
    pthread_mutex_destroy(&f->stored_mutex);
}

nacre_status pictures_fetch(catalogue *c, picture_store *store, const struct crawl_settings *settings,
                            const struct catalogue_shop *shop, const struct crawl_options *options,
                            struct crawl_result *result, nacre_error *error) {
    struct fetcher *f = memory_new(1, sizeof *f);
    if (!f)
        return error_memory(error, "starting to fetch pictures");
    *f = (struct fetcher){.settings = settings,
                          .options = options,
                          .shop = shop,
                          .result = result,
                          .catalogue = c,
                          .store = store,
                          .now_s = (int64_t)time(NULL),
                          .progress = {.shop = shop->name, .offers = result->counts.offers}};
    nacre_status status = fetcher_init(f, error);
    if (!status)
        status = catalogue_count_due_addresses(c, shop->id, options->retry, f->now_s,
                                               &f->progress.pictures_due, error);
    if (!status) {
        status = wind_up(f, run(f, error), error);
        result->pictures_left = hosts_left(f->hosts);
        f->progress_us = 0;
        show_progress(f);
        tell_reasons(f);
    }
    fetcher_fini(f);
    memory_free(f);
    if (!status)
        status = catalogue_mark_placeholders(c, shop->id, settings->placeholder_products,
                                             &result->placeholders, error);
    return status;
}
