// SPDX-License-Identifier: Apache-2.0
#include "crawl/address.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

bool address_is_web(const char *text) {
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

// "SCHEME://HOST:PORT"; NULL where a part is missing.
static char *make_origin(const char *scheme, const char *host, const char *port) {
    if (!scheme || !host || !port)
        return NULL;
    size_t bytes = strlen(scheme) + strlen(host) + strlen(port) + sizeof "://:";
    char *origin = memory_new(bytes, 1);
    if (!origin)
        return NULL;
    snprintf(origin, bytes, "%s://%s:%s", scheme, host, port);
    for (char *c = origin; *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    return origin;
}

static char *make_path(const char *path, const char *query) {
    size_t bytes = strlen(path) + (query ? strlen(query) + 1 : 0) + 1;
    char *whole = memory_new(bytes, 1);
    if (whole)
        snprintf(whole, bytes, "%s%s%s", path, query ? "?" : "", query ? query : "");
    return whole;
}

nacre_status address_split(const char *address, struct address_parts *parts, nacre_error *error) {
    char shown[ADDRESS_SHOWN_BYTES];
    address_mask(address, shown);
    if (strlen(address) > LIMIT_URL_BYTES)
        return error_set(error, NACRE_ERROR_LIMIT, "the address %.60s… is longer than %d bytes", shown,
                         LIMIT_URL_BYTES);
    char *scheme = NULL, *host = NULL, *port = NULL, *path = NULL, *query = NULL;
    nacre_status status = NACRE_OK;
    CURLU *url = curl_url();
    if (!url)
        return error_memory(error, "reading an address");
    if (!address_is_web(address) || curl_url_set(url, CURLUPART_URL, address, CURLU_URLENCODE) ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) || curl_url_get(url, CURLUPART_HOST, &host, 0) ||
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ||
        curl_url_get(url, CURLUPART_PATH, &path, 0)) {
        status = error_set(error, NACRE_ERROR_FORMAT, "%s is not an http or https address", shown);
        goto out;
    }
    curl_url_get(url, CURLUPART_QUERY, &query, 0); // stays NULL where there is none
    struct address_parts made = {.origin = make_origin(scheme, host, port), .path = make_path(path, query)};
    if (!made.origin || !made.path) {
        address_parts_fini(&made);
        status = error_memory(error, "reading an address");
        goto out;
    }
    *parts = made;
out:
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(path);
    curl_free(query);
    curl_url_cleanup(url);
    return status;
}

void address_parts_fini(struct address_parts *parts) {
    memory_free(parts->origin);
    memory_free(parts->path);
    *parts = (struct address_parts){0};
}

// The parameter's name in the query; NULL where it has none.
static const char *find_parameter(const char *address, const char *name) {
    const char *rest = strchr(address, '?');
    size_t length = strlen(name);
    while (rest) {
        rest++;
        if (strncmp(rest, name, length) == 0 && (rest[length] == '=' || !rest[length] || rest[length] == '&'))
            return rest;
        rest = strchr(rest, '&');
    }
    return NULL;
}

bool address_has_parameter(const char *address, const char *name) {
    return find_parameter(address, name) != NULL;
}

char *address_set_parameter(const char *address, const char *name, const char *value) {
    const char *found = find_parameter(address, name);
    const char *behind = found + strcspn(found, "&");
    size_t before = (size_t)(found - address);
    if (!value && *behind) // with the separator that is too many
        behind++;
    else if (!value)
        before--;
    size_t bytes = strlen(address) + strlen(name) + (value ? strlen(value) : 0) + 2;
    char *changed = memory_new(bytes, 1);
    if (changed)
        snprintf(changed, bytes, "%.*s%s%s%s%s", (int)before, address, value ? name : "", value ? "=" : "",
                 value ? value : "", behind);
    return changed;
}

static bool is_secret(const char *name, size_t length) {
    static const char *const secrets[] = {"code",  "key",       "apikey",       "api_key",  "token",
                                          "auth",  "secret",    "access_token", "password", "passwd",
                                          "login", "signature", "sign",         "hash",     "user"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (strlen(secrets[i]) == length && strncasecmp(name, secrets[i], length) == 0)
            return true;
    }
    return false;
}

struct shown_text {
    char *bytes;
    size_t length;
};

static void show(struct shown_text *text, const char *bytes, size_t length) {
    size_t room = ADDRESS_SHOWN_BYTES - 1 - text->length;
    if (length > room)
        length = room;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = 0;
}

void address_mask(const char *address, char shown[ADDRESS_SHOWN_BYTES]) {
    struct shown_text text = {.bytes = shown};
    shown[0] = 0;
    const char *rest = address;
    const char *scheme_end = strstr(address, "://");
    if (scheme_end) {
        const char *host = scheme_end + 3;
        const char *host_end = host + strcspn(host, "/?#");
        show(&text, address, (size_t)(host - address));
        rest = host;
        for (const char *at = host; at < host_end; at++) {
            if (*at == '@')
                rest = at;
        }
        if (rest != host)
            show(&text, "***", 3);
    }
    size_t before_query = strcspn(rest, "?");
    show(&text, rest, before_query);
    rest += before_query;
    while (*rest) { // at a separator: ? & ; #
        show(&text, rest++, 1);
        size_t name = strcspn(rest, "=&;#");
        size_t value = rest[name] == '=' ? strcspn(rest + name, "&;#") : 0;
        if (value > 1 && is_secret(rest, name)) {
            show(&text, rest, name + 1);
            show(&text, "***", 3);
        } else {
            show(&text, rest, name + value);
        }
        rest += name + value;
    }
}
