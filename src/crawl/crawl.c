// SPDX-License-Identifier: Apache-2.0
#include "crawl/crawl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/memory.h"
#include "crawl/address.h"
#include "crawl/http.h"
#include "crawl/pictures.h"
#include "crawl/settings.h"
#include "crawl/source.h"
#include "picture/picture.h"

enum { READ_BYTES = 256 * 1024, PROGRESS_OFFERS = 1000 };

// --- Bytes into the reader ---

static nacre_status push_all(int descriptor, feed_reader *reader, const atomic_bool *stop,
                             nacre_error *error) {
    char *bytes = memory_new(READ_BYTES, 1);
    if (!bytes)
        return error_memory(error, "reading a feed");
    nacre_status status = NACRE_OK;
    while (!status) {
        ssize_t got = read(descriptor, bytes, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            break;
        if (got < 0)
            status = error_errno(error, errno, "reading the feed");
        else if (stop && *stop)
            status = error_set(error, NACRE_ERROR_CANCELLED, "stopped while the feed was read");
        else
            status = feed_reader_push(reader, bytes, (size_t)got, error);
    }
    memory_free(bytes);
    return status;
}

nacre_status crawl_read_feed(const workspace *w, const char *address, feed_reader *reader,
                             nacre_error *error) {
    struct crawl_settings settings;
    struct source source;
    const struct source_request request = {.address = address};
    nacre_status status = crawl_settings_read(w, &settings, error);
    if (!status)
        status = source_open(&settings, &request, &source, error);
    if (status)
        return status;
    status = push_all(source.descriptor, reader, NULL, error);
    source_close(&source);
    return status;
}

// --- The feed into the catalogue ---

struct feed_run {
    catalogue *catalogue;
    const struct catalogue_shop *shop;
    const struct crawl_options *options;
    bool is_partial; // the feed was asked for changes only
    struct crawl_progress progress;
    // The catalogue's own failure, as opposed to the feed's.
    nacre_status status;
    nacre_error error;
};

static nacre_status note(struct feed_run *run, nacre_status status) {
    if (status)
        run->status = status;
    return status;
}

static nacre_status on_category(void *context, const struct feed_category *category) {
    struct feed_run *run = context;
    return note(run, catalogue_run_category(run->catalogue, category, &run->error));
}

static void count_offer(struct feed_run *run) {
    const struct crawl_options *options = run->options;
    if (++run->progress.offers % PROGRESS_OFFERS == 0 && options->progress)
        options->progress(options->context, &run->progress);
}

static nacre_status on_offer(void *context, const struct feed_offer *offer) {
    struct feed_run *run = context;
    count_offer(run);
    return note(run, catalogue_run_offer(run->catalogue, offer, &run->error));
}

static nacre_status on_variant(void *context, const struct feed_offer *offer, const char *into) {
    struct feed_run *run = context;
    count_offer(run);
    return note(run, catalogue_run_variant(run->catalogue, offer, into, &run->error));
}

static nacre_status on_problem(void *context, const struct feed_problem *problem) {
    struct feed_run *run = context;
    return note(run, catalogue_run_problem(run->catalogue, problem, &run->error));
}

// Reads all of the feed. On a fault of the feed `summary` tells what came before it.
static nacre_status read_into_run(struct feed_run *run, int descriptor, struct feed_summary *summary,
                                  nacre_error *error) {
    const struct feed_handler handler = {.context = run,
                                         .category = on_category,
                                         .offer = on_offer,
                                         .variant = on_variant,
                                         .problem = on_problem};
    feed_reader *reader = NULL;
    nacre_status status = feed_reader_new(run->shop->dialect, &handler, &reader, error);
    if (status)
        return status;
    status = push_all(descriptor, reader, run->options->stop, error);
    nacre_status finished = feed_reader_finish(reader, summary, status ? NULL : error);
    feed_reader_free(reader);
    if (run->status) {
        if (error)
            *error = run->error;
        return run->status;
    }
    return status ? status : finished;
}

static bool is_fault_of_feed(nacre_status status) {
    return status == NACRE_ERROR_FORMAT || status == NACRE_ERROR_LIMIT;
}

// Nothing of the run stays but its record. What went wrong stays in `error`, whatever happens here.
static nacre_status abandon(catalogue *c, nacre_status status, nacre_error *error) {
    nacre_error second;
    if (catalogue_abandon_run(c, error->message, &second))
        return error_prefix(error, status, "%s", second.message);
    return status;
}

static nacre_status commit(struct feed_run *run, const struct crawl_settings *settings,
                           const struct source *source, struct feed_summary *summary,
                           struct crawl_result *result, nacre_error *error) {
    // A version is remembered only where the whole feed was taken: else the next crawl must read it again.
    const struct catalogue_feed_version version = {
        .etag = summary->complete && *source->etag ? source->etag : NULL,
        .last_modified = summary->complete && *source->last_modified ? source->last_modified : NULL,
    };
    int share = run->options->accept_small || !summary->complete ? 0 : (int)settings->smallest_share;
    return catalogue_commit_run(run->catalogue, summary, &version, share, &result->counts, error);
}

static nacre_status take_feed(struct feed_run *run, const struct crawl_settings *settings,
                              const struct source *source, struct crawl_result *result, nacre_error *error) {
    struct feed_summary summary = {0};
    nacre_status status = read_into_run(run, source->descriptor, &summary, error);
    bool is_broken = !run->status && is_fault_of_feed(status);
    if (is_broken && run->options->partial && summary.offers) {
        if (run->options->notice)
            run->options->notice(run->options->context, error->message);
        result->feed_partial = true;
        summary.complete = false;
        status = NACRE_OK;
    } else if (is_broken && summary.offers) {
        error_prefix(
            error, status,
            "the feed is broken, nothing was changed (--partial takes the %zu offers before the fault)",
            summary.offers);
    } else if (!status && !summary.offers && !run->is_partial) {
        status =
            error_set(error, NACRE_ERROR_FORMAT,
                      "the feed holds no good offer, nothing was changed (`nacre feed check` tells more)");
    }
    summary.complete = summary.complete && !run->is_partial;
    if (!status)
        status = commit(run, settings, source, &summary, result, error);
    return status;
}

// Admitad gives only what changed since the time in `last_import`, where its address has that parameter.
static const char SINCE[] = "last_import";

enum {
    RUNS_LOOKED_AT = 100,
    SINCE_MARGIN_S = 24 * 3600, // the time's zone is nowhere told
};

// When the feed is to be asked for changes since; 0: for all of it, which it is until a whole one was read,
// and every `full_days`.
static nacre_status choose_since(catalogue *c, const struct crawl_settings *settings, int64_t shop_id,
                                 arena *a, int64_t *since_s, nacre_error *error) {
    struct catalogue_run *runs = NULL;
    size_t count = 0;
    nacre_status status = catalogue_list_runs(c, shop_id, RUNS_LOOKED_AT, a, &runs, &count, error);
    if (status)
        return status;
    int64_t full_s = 0, newest_s = 0;
    for (size_t i = count; i-- > 0;) { // the oldest first
        newest_s = runs[i].committed ? runs[i].started_s : newest_s;
        full_s = runs[i].committed && runs[i].complete ? runs[i].started_s : full_s;
    }
    bool is_full_due = (int64_t)time(NULL) - full_s >= settings->full_days * 24 * 3600;
    *since_s = full_s && !is_full_due ? newest_s - SINCE_MARGIN_S : 0;
    return NACRE_OK;
}

// The shop's address as it is to be asked now, in the arena; `*is_partial` where only changes will come.
static nacre_status choose_address(catalogue *c, const struct crawl_settings *settings,
                                   const struct catalogue_shop *shop, arena *a, const char **address,
                                   bool *is_partial, nacre_error *error) {
    *address = shop->feed_address;
    *is_partial = false;
    if (!address_is_web(*address) || !address_has_parameter(*address, SINCE))
        return NACRE_OK;
    int64_t since_s;
    nacre_status status = choose_since(c, settings, shop->id, a, &since_s, error);
    if (status)
        return status;
    char text[32];
    time_t since = (time_t)since_s;
    struct tm parts;
    gmtime_r(&since, &parts);
    strftime(text, sizeof text, "%Y.%m.%d.%H.%M", &parts);
    char *changed = address_set_parameter(*address, SINCE, since_s ? text : NULL);
    *address = changed ? arena_text(a, changed) : NULL;
    *is_partial = since_s != 0;
    memory_free(changed);
    return *address ? NACRE_OK : error_memory(error, "choosing the feed's address");
}

static nacre_status open_feed(const workspace *w, catalogue *c, const struct crawl_settings *settings,
                              const struct catalogue_shop *shop, const struct crawl_options *options,
                              struct source *source, bool *is_partial, nacre_error *error) {
    arena a;
    arena_init(&a, 1024 * 1024);
    struct catalogue_feed_version version = {0};
    const char *address;
    nacre_status status = choose_address(c, settings, shop, &a, &address, is_partial, error);
    if (!status && !*is_partial)
        status = catalogue_feed_version(c, shop->id, &a, &version, error);
    if (!status) {
        const struct source_request request = {.address = address,
                                               .folder = workspace_folder(w),
                                               .etag = version.etag,
                                               .last_modified = version.last_modified,
                                               .stop = options->stop};
        status = source_open(settings, &request, source, error);
    }
    arena_fini(&a);
    return status;
}

static nacre_status crawl_feed(const workspace *w, catalogue *c, const struct crawl_settings *settings,
                               const struct catalogue_shop *shop, const struct crawl_options *options,
                               struct crawl_result *result, nacre_error *error) {
    struct source source = {.descriptor = -1};
    bool is_partial = false;
    nacre_status status = open_feed(w, c, settings, shop, options, &source, &is_partial, error);
    if (!status && source.unchanged) {
        result->feed_unchanged = true;
        return NACRE_OK;
    }
    nacre_error second;
    nacre_status begun = catalogue_begin_run(c, shop->id, status ? &second : error);
    if (begun) {
        source_close(&source);
        return status ? status : begun;
    }
    if (!status) {
        struct feed_run run = {.catalogue = c, .shop = shop, .options = options, .is_partial = is_partial};
        run.progress.shop = shop->name;
        status = take_feed(&run, settings, &source, result, error);
    }
    if (status)
        status = abandon(c, status, error);
    source_close(&source);
    return status;
}

// Two crawls at once would fetch everything twice. The lock goes with the process, however that ends.
static nacre_status lock_workspace(const workspace *w, int *descriptor, nacre_error *error) {
    char *path = workspace_path(w, "crawl.lock");
    if (!path)
        return error_memory(error, "starting the crawl");
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    nacre_status status = NACRE_OK;
    if (lock < 0)
        status = error_errno(error, errno, "making %s", path);
    else if (flock(lock, LOCK_EX | LOCK_NB))
        status = error_set(error, NACRE_ERROR_BUSY, "another crawl is at work in %s: wait until it ends",
                           workspace_folder(w));
    memory_free(path);
    if (!status)
        *descriptor = lock;
    else if (lock >= 0)
        close(lock);
    return status;
}

static nacre_status remove_picture(void *context, const char *hash, nacre_error *error) {
    return picture_store_remove(context, hash, error);
}

// Looks once a day: the question concerns all shops and reads the whole catalogue.
static nacre_status remove_unshown(catalogue *c, picture_store *pictures,
                                   const struct crawl_settings *settings, struct crawl_result *result,
                                   nacre_error *error) {
    const int64_t day_s = 24 * 3600;
    return catalogue_forget_pictures(c, (int64_t)time(NULL), settings->keep_days * day_s,
                                     settings->keep_days ? day_s : 0, remove_picture, pictures,
                                     &result->pictures_removed, error);
}

nacre_status crawl_shop(const workspace *w, catalogue *c, picture_store *pictures,
                        const struct catalogue_shop *shop, const struct crawl_options *options,
                        struct crawl_result *result, nacre_error *error) {
    struct crawl_settings settings;
    nacre_error own; // read here too, so it cannot be NULL
    nacre_error *e = error ? error : &own;
    int lock = -1;
    *result = (struct crawl_result){0};
    nacre_status status = crawl_settings_read(w, &settings, e);
    if (!status)
        status = lock_workspace(w, &lock, e);
    if (!status && !options->retry)
        status = crawl_feed(w, c, &settings, shop, options, result, e);
    if (!status && !options->no_pictures)
        status = pictures_fetch(c, pictures, &settings, shop, options, result, e);
    if (!status && !options->no_pictures && !(options->stop && *options->stop))
        status = remove_unshown(c, pictures, &settings, result, e);
    if (!status)
        status = catalogue_join_same(c, e);
    if (lock >= 0)
        close(lock);
    return status ? error_prefix(e, status, "crawling %s", shop->name) : NACRE_OK;
}

// --- One picture, for image_url ---

static size_t append_body(char *bytes, size_t size, size_t count, void *context) {
    return buffer_append(context, bytes, size * count) ? 0 : size * count;
}

nacre_status crawl_fetch_picture(const workspace *w, const char *url, char **bytes, size_t *length,
                                 nacre_error *error) {
    struct crawl_settings settings;
    struct address_parts parts;
    struct http_guard guard;
    char shown[ADDRESS_SHOWN_BYTES];
    address_mask(url, shown);
    nacre_status status = crawl_settings_read(w, &settings, error);
    if (!status)
        status = address_split(url, &parts, error);
    if (status)
        return status;
    address_parts_fini(&parts);
    CURL *easy = http_new(&settings, &guard);
    if (!easy)
        return error_memory(error, "fetching a picture");
    buffer body;
    buffer_init(&body, LIMIT_PICTURE_BYTES);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)LIMIT_REDIRECTS);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)LIMIT_PICTURE_BYTES);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)settings.timeout_s);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
    CURLcode code = curl_easy_perform(easy);
    long http_status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_status);
    curl_easy_cleanup(easy);
    struct picture_info info;
    if (code == CURLE_HTTP_RETURNED_ERROR)
        status = error_set(error, NACRE_ERROR_NETWORK, "fetching %s: the server answered HTTP %ld", shown,
                           http_status);
    else if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
        status = error_set(error, NACRE_ERROR_LIMIT, "fetching %s: larger than the limit of %d bytes", shown,
                           LIMIT_PICTURE_BYTES);
    else if (code)
        status = error_set(error, http_was_refused(code, &guard) ? NACRE_ERROR_ARGUMENT : NACRE_ERROR_NETWORK,
                           "fetching %s: %s", shown, http_problem(code, &guard));
    else if (picture_probe(body.bytes ? body.bytes : "", body.length, &info, error))
        status = error_prefix(error, error ? error->status : NACRE_ERROR_FORMAT, "fetching %s", shown);
    if (!status) {
        size_t body_length = body.length;
        char *taken = buffer_take(&body);
        if (taken) {
            *bytes = taken;
            *length = body_length;
        } else {
            status = error_memory(error, "fetching a picture");
        }
    }
    buffer_fini(&body);
    return status;
}
