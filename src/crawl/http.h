// SPDX-License-Identifier: Apache-2.0
// libcurl with nacre's rules: http and https only, certificates checked, private addresses refused, nothing
// endless. Any thread, each handle in one.
#ifndef NACRE_CRAWL_HTTP_H
#define NACRE_CRAWL_HTTP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"
#include "crawl/settings.h"

// Watches the connections of one transfer; lives as long as its handle is used.
struct http_guard {
    bool allow_private;
    bool refused; // an address of the name was a private one
};

// A handle with everything set but the address and where the bytes go. NULL when out of memory.
CURL *http_new(const struct crawl_settings *settings, struct http_guard *guard) MUST_CHECK;

// Whether an address is one that the public network does not carry: loopback, a private net, link-local,
// multicast … What is neither IPv4 nor IPv6 counts as private.
bool http_is_private(const struct sockaddr *address);

// Whether it failed because every address of the name is private.
bool http_was_refused(CURLcode code, const struct http_guard *guard);

// "no connection", "the server sent nothing for 20 seconds" …, for a person.
const char *http_problem(CURLcode code, const struct http_guard *guard);

// The value of Retry-After, seconds or a date, as seconds from now; -1 where it cannot be read.
int64_t http_retry_after_s(const char *value, int64_t now_s);

// Fills `value` (cut to its size, trimmed) where the header line has that name.
bool http_header_is(const char *line, size_t length, const char *name, char *value, size_t value_bytes);

#endif
