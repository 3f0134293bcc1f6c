// SPDX-License-Identifier: Apache-2.0
#include "crawl/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "crawl/address.h"
#include "crawl/http.h"

enum {
    LONGEST_WAIT_S = 60,
    FEED_PATIENCE = 6, // many a shop makes its feed while one waits: so many times [crawl] timeout_s
};

struct download {
    const struct source_request *request;
    struct source *result;
    struct http_guard guard;
    CURL *easy;
    int64_t bytes;
    int write_errno;       // writing to the disk failed
    bool too_large;        // above LIMIT_FEED_BYTES
    int64_t retry_after_s; // -1 where the server did not say
    char shown[ADDRESS_SHOWN_BYTES];
};

static size_t take_header(char *line, size_t size, size_t count, void *context) {
    struct download *d = context;
    size_t length = size * count;
    char value[64];
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) { // of the next answer, after a redirect
        d->result->etag[0] = d->result->last_modified[0] = 0;
        d->retry_after_s = -1;
    }
    if (!http_header_is(line, length, "etag", d->result->etag, SOURCE_VERSION_BYTES) &&
        !http_header_is(line, length, "last-modified", d->result->last_modified, SOURCE_VERSION_BYTES) &&
        http_header_is(line, length, "retry-after", value, sizeof value))
        d->retry_after_s = http_retry_after_s(value, (int64_t)time(NULL));
    return length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    struct download *d = context;
    size_t length = size * count;
    long http_status = 0;
    curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &http_status);
    if (http_status != 200) // an error's page is no feed
        return length;
    d->bytes += (int64_t)length;
    d->too_large = d->bytes > LIMIT_FEED_BYTES;
    for (size_t done = 0; done < length && !d->too_large;) {
        ssize_t written = write(d->result->descriptor, bytes + done, length - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            d->write_errno = errno;
            return 0;
        }
        done += (size_t)written;
    }
    return d->too_large ? 0 : length;
}

static int watch_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const struct download *download = context;
    (void)a, (void)b, (void)c, (void)d;
    return download->request->stop && *download->request->stop;
}

// A new file in `folder` that goes away with its descriptor.
static nacre_status open_nameless(const char *folder, int *descriptor, nacre_error *error) {
    const char *parent = folder ? folder : getenv("TMPDIR");
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/feed-XXXXXX", parent && *parent ? parent : "/tmp") >=
        (int)sizeof path)
        return error_set(error, NACRE_ERROR_ARGUMENT, "the path %s is too long", parent);
    int made = mkostemp(path, O_CLOEXEC);
    if (made < 0)
        return error_errno(error, errno, "making a file in %s for the feed", parent ? parent : "/tmp");
    unlink(path);
    *descriptor = made;
    return NACRE_OK;
}

static struct curl_slist *append_header(struct curl_slist *list, const char *name, const char *value) {
    char line[SOURCE_VERSION_BYTES + 64];
    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(list, line);
    return longer ? longer : list;
}

static struct curl_slist *make_headers(const struct source_request *request) {
    struct curl_slist *list = append_header(NULL, "Accept-Encoding", "gzip");
    if (request->etag && *request->etag)
        list = append_header(list, "If-None-Match", request->etag);
    if (request->last_modified && *request->last_modified)
        list = append_header(list, "If-Modified-Since", request->last_modified);
    return list;
}

static nacre_status judge(struct download *d, CURLcode code, bool *may_help, nacre_error *error) {
    long http_status = 0;
    curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &http_status);
    *may_help = false;
    if (d->write_errno)
        return error_errno(error, d->write_errno, "keeping the feed %s while it is read", d->shown);
    if (d->too_large)
        return error_set(error, NACRE_ERROR_LIMIT, "the feed %s is larger than %lld bytes", d->shown,
                         (long long)LIMIT_FEED_BYTES);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return error_set(error, NACRE_ERROR_CANCELLED, "stopped while the feed was downloaded");
    if (code) {
        *may_help = !http_was_refused(code, &d->guard) && code != CURLE_PEER_FAILED_VERIFICATION &&
                    code != CURLE_TOO_MANY_REDIRECTS && code != CURLE_UNSUPPORTED_PROTOCOL &&
                    code != CURLE_URL_MALFORMAT;
        return error_set(error, NACRE_ERROR_NETWORK, "downloading the feed %s: %s", d->shown,
                         http_problem(code, &d->guard));
    }
    if (http_status == 304 && (d->request->etag || d->request->last_modified)) {
        d->result->unchanged = true;
        return NACRE_OK;
    }
    if (http_status == 200)
        return NACRE_OK;
    *may_help = http_status == 429 || http_status >= 500;
    return error_set(error, NACRE_ERROR_NETWORK, "downloading the feed %s: the server answered HTTP %ld",
                     d->shown, http_status);
}

static nacre_status try_once(struct download *d, const struct crawl_settings *settings, bool *may_help,
                             nacre_error *error) {
    d->bytes = 0;
    d->retry_after_s = -1;
    if (ftruncate(d->result->descriptor, 0) || lseek(d->result->descriptor, 0, SEEK_SET) < 0)
        return error_errno(error, errno, "emptying the feed's file");
    d->easy = http_new(settings, &d->guard);
    struct curl_slist *headers = make_headers(d->request);
    if (!d->easy) {
        curl_slist_free_all(headers);
        return error_memory(error, "downloading a feed");
    }
    curl_easy_setopt(d->easy, CURLOPT_URL, d->request->address);
    curl_easy_setopt(d->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(d->easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(d->easy, CURLOPT_LOW_SPEED_TIME, (long)(FEED_PATIENCE * settings->timeout_s));
    curl_easy_setopt(d->easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(d->easy, CURLOPT_MAXREDIRS, (long)LIMIT_REDIRECTS);
    curl_easy_setopt(d->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(d->easy, CURLOPT_HEADERDATA, d);
    curl_easy_setopt(d->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(d->easy, CURLOPT_WRITEDATA, d);
    curl_easy_setopt(d->easy, CURLOPT_XFERINFOFUNCTION, watch_stop);
    curl_easy_setopt(d->easy, CURLOPT_XFERINFODATA, d);
    curl_easy_setopt(d->easy, CURLOPT_NOPROGRESS, 0L);
    CURLcode code = curl_easy_perform(d->easy);
    nacre_status status = judge(d, code, may_help, error);
    curl_easy_cleanup(d->easy);
    curl_slist_free_all(headers);
    return status;
}

// False when told to stop.
static bool wait_ms(int64_t ms, const atomic_bool *stop) {
    for (; ms > 0 && !(stop && *stop); ms -= 50)
        usleep(50 * 1000);
    return !(stop && *stop);
}

static nacre_status download(const struct crawl_settings *settings, struct download *d, nacre_error *error) {
    int64_t growing_ms = settings->wait_ms;
    for (int64_t tried = 1;; tried++) {
        bool may_help = false;
        nacre_status status = try_once(d, settings, &may_help, error);
        if (!status || !may_help || tried >= settings->tries || d->retry_after_s > LONGEST_WAIT_S)
            return status;
        int64_t pause_ms = d->retry_after_s >= 0 ? d->retry_after_s * 1000 : growing_ms;
        growing_ms *= 2;
        if (!wait_ms(pause_ms, d->request->stop))
            return error_set(error, NACRE_ERROR_CANCELLED, "stopped while the feed was downloaded");
    }
}

static nacre_status open_file(const char *path, struct source *result, nacre_error *error) {
    struct stat info;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_errno(error, errno, "opening the feed %s", path);
    if (fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(descriptor);
        return error_set(error, NACRE_ERROR_IO, "opening the feed %s: it is a folder", path);
    }
    result->descriptor = descriptor;
    return NACRE_OK;
}

nacre_status source_open(const struct crawl_settings *settings, const struct source_request *request,
                         struct source *result, nacre_error *error) {
    struct source s = {.descriptor = -1};
    nacre_status status;
    if (address_is_web(request->address)) {
        struct download d = {.request = request, .result = &s};
        address_mask(request->address, d.shown);
        status = open_nameless(request->folder, &s.descriptor, error);
        if (!status)
            status = download(settings, &d, error);
        if (!status && lseek(s.descriptor, 0, SEEK_SET) < 0)
            status = error_errno(error, errno, "reading the feed");
    } else {
        status = open_file(request->address, &s, error);
    }
    if (status || s.unchanged)
        source_close(&s);
    if (!status)
        *result = s;
    return status;
}

void source_close(struct source *s) {
    if (s->descriptor >= 0)
        close(s->descriptor);
    s->descriptor = -1;
}
