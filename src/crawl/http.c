// SPDX-License-Identifier: Apache-2.0
#include "crawl/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { SLOWEST_BYTES_PER_SECOND = 64 };

struct network {
    uint32_t address, bits;
};

// IANA's special-purpose registry: what a public shop cannot have.
static bool is_private_v4(uint32_t address) {
    static const struct network networks[] = {
        {0x00000000, 8},  // this host
        {0x0a000000, 8},  // private
        {0x64400000, 10}, // shared by a provider's customers
        {0x7f000000, 8},  // loopback
        {0xa9fe0000, 16}, // link-local; cloud metadata
        {0xac100000, 12}, // private
        {0xc0000000, 24}, // protocol assignments
        {0xc0000200, 24}, // documentation
        {0xc0a80000, 16}, // private
        {0xc6120000, 15}, // benchmarks
        {0xc6336400, 24}, // documentation
        {0xcb007100, 24}, // documentation
        {0xe0000000, 3},  // multicast, reserved, broadcast
    };
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        if ((address ^ networks[i].address) >> (32 - networks[i].bits) == 0)
            return true;
    }
    return false;
}

static uint32_t v4_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool is_private_v6(const uint8_t a[16]) {
    static const uint8_t zeros[12];
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (memcmp(a, zeros, 12) == 0 || memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0)
        return memcmp(a, zeros, 12) == 0 || is_private_v4(v4_at(a + 12));
    if (a[0] == 0x20 && a[1] == 0x02) // 6to4
        return is_private_v4(v4_at(a + 2));
    bool is_global = (a[0] & 0xe0) == 0x20; // 2000::/3, all that is given out
    bool is_documentation = a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8;
    bool is_teredo = a[0] == 0x20 && a[1] == 0x01 && a[2] == 0 && a[3] == 0;
    return !is_global || is_documentation || is_teredo;
}

bool http_is_private(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return is_private_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return is_private_v6(v6.sin6_addr.s6_addr);
    }
    return true;
}

// The one place where a connection starts: whatever a name resolved to, and whatever a redirect led to, the
// address that is checked is the one that is connected to.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    struct http_guard *guard = context;
    (void)purpose;
    if (!guard->allow_private && http_is_private(&address->addr)) {
        guard->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CURL *http_new(const struct crawl_settings *settings, struct http_guard *guard) {
    CURL *easy = curl_easy_init();
    if (!easy)
        return NULL;
    *guard = (struct http_guard){.allow_private = settings->allow_private};
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, guard);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    // A proxy out of the environment would connect in our place, past the check above.
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, settings->user_agent);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)settings->timeout_s);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST_BYTES_PER_SECOND);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)settings->timeout_s);
    return easy;
}

bool http_was_refused(CURLcode code, const struct http_guard *guard) {
    return code == CURLE_COULDNT_CONNECT && guard->refused;
}

const char *http_problem(CURLcode code, const struct http_guard *guard) {
    if (http_was_refused(code, guard))
        return "a private address is refused: set [crawl] allow_private = true for a shop in your own "
               "network";
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "no server of this name";
    case CURLE_COULDNT_CONNECT:
        return "no connection";
    case CURLE_OPERATION_TIMEDOUT:
        return "the server was silent or too slow ([crawl] timeout_s)";
    case CURLE_PARTIAL_FILE:
        return "cut off before its end";
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return "the server closed the connection";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "the server's certificate is not valid for this address";
    case CURLE_SSL_CONNECT_ERROR:
        return "no secure connection (TLS)";
    case CURLE_TOO_MANY_REDIRECTS:
        return "too many redirects";
    case CURLE_FILESIZE_EXCEEDED:
        return "too large";
    case CURLE_UNSUPPORTED_PROTOCOL:
        return "leads to an address that is neither http nor https";
    default:
        return curl_easy_strerror(code);
    }
}

int64_t http_retry_after_s(const char *value, int64_t now_s) {
    char *end;
    errno = 0;
    long long seconds = strtoll(value, &end, 10);
    if (end != value && !*end && !errno && seconds >= 0)
        return seconds;
    time_t date = curl_getdate(value, NULL);
    if (date == -1)
        return -1;
    return (int64_t)date > now_s ? (int64_t)date - now_s : 0;
}

bool http_header_is(const char *line, size_t length, const char *name, char *value, size_t value_bytes) {
    size_t name_length = strlen(name);
    if (length <= name_length || line[name_length] != ':' || strncasecmp(line, name, name_length) != 0)
        return false;
    const char *start = line + name_length + 1;
    const char *end = line + length;
    while (start < end && (*start == ' ' || *start == '\t'))
        start++;
    while (end > start && (unsigned char)end[-1] <= ' ')
        end--;
    size_t size = (size_t)(end - start) < value_bytes ? (size_t)(end - start) : value_bytes - 1;
    memcpy(value, start, size);
    value[size] = 0;
    return true;
}
