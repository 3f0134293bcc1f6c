// SPDX-License-Identifier: Apache-2.0
// At most [crawl] hosts are at work at once; the others stand in line until one has nothing left to do. So
// choosing the next request looks at a few hundred hosts at most, however many a feed names.
#include "crawl/host.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
    MOST_FAULTS = 32,    // in a row, then the host is given up
    MOST_PAUSES = 6,     // likewise
    LONGEST_WAIT_S = 60, // a host that wants a longer pause is given up
    ANSWERS_TO_GROW = 50,
};

struct hosts {
    const struct crawl_settings *settings;
    GHashTable *by_origin; // owns the hosts
    struct host **working; // settings->hosts places
    size_t working_count;
    size_t turn;                         // whose turn it is, for fairness
    struct host *line_first, *line_last; // with requests, but no place
    int64_t queued, left;
};

void request_free(struct request *request) {
    if (!request)
        return;
    memory_free(request->url);
    memory_free(request->path);
    memory_free(request->etag);
    memory_free(request->last_modified);
    memory_free(request);
}

static void free_requests(struct request *first) {
    while (first) {
        struct request *next = first->next;
        request_free(first);
        first = next;
    }
}

static void host_free(void *pointer) {
    struct host *host = pointer;
    free_requests(host->first);
    free_requests(host->delayed);
    robots_free(host->robots);
    memory_free(host->origin);
    memory_free(host);
}

struct hosts *hosts_new(const struct crawl_settings *settings) {
    struct hosts *h = memory_new(1, sizeof *h);
    if (!h)
        return NULL;
    h->settings = settings;
    h->working = memory_new((size_t)settings->hosts, sizeof *h->working);
    if (!h->working) {
        memory_free(h);
        return NULL;
    }
    h->by_origin = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, host_free);
    return h;
}

void hosts_free(struct hosts *h) {
    if (!h)
        return;
    g_hash_table_unref(h->by_origin);
    memory_free(h->working);
    memory_free(h);
}

static struct host *find_host(struct hosts *h, const char *origin) {
    struct host *host = g_hash_table_lookup(h->by_origin, origin);
    if (host)
        return host;
    host = memory_new(1, sizeof *host);
    if (!host)
        return NULL;
    host->origin = memory_copy_text(origin);
    if (!host->origin) {
        memory_free(host);
        return NULL;
    }
    host->connections = h->settings->connections_per_host;
    host->robots_state = h->settings->obey_robots ? ROBOTS_UNKNOWN : ROBOTS_KNOWN;
    g_hash_table_insert(h->by_origin, host->origin, host);
    return host;
}

static void put_to_work(struct hosts *h, struct host *host) {
    if (host->listed)
        return;
    host->listed = true;
    if (h->working_count < (size_t)h->settings->hosts) {
        h->working[h->working_count++] = host;
        return;
    }
    host->next_in_line = NULL;
    if (h->line_last)
        h->line_last->next_in_line = host;
    else
        h->line_first = host;
    h->line_last = host;
}

// Takes the host at this place out of work; the first in line follows.
static void take_off_work(struct hosts *h, size_t place) {
    h->working[place]->listed = false;
    struct host *follower = h->line_first;
    if (follower) {
        h->line_first = follower->next_in_line;
        if (!h->line_first)
            h->line_last = NULL;
        h->working[place] = follower;
    } else {
        h->working[place] = h->working[--h->working_count];
    }
}

static void append(struct host *host, struct request *request, bool first) {
    request->next = first ? host->first : NULL;
    if (first || !host->first)
        host->first = request;
    else
        host->last->next = request;
    if (!request->next)
        host->last = request;
}

// A request that is not asked in this crawl. Without its rules a host's pictures are not asked for either.
static void drop(struct hosts *h, struct request *request) {
    struct host *ruled = request->robots_of;
    request_free(request);
    if (!ruled)
        h->left++;
    else
        host_give_up(h, ruled);
}

void hosts_queue(struct hosts *h, struct request *request, const char *origin, bool first) {
    if (origin)
        request->host = find_host(h, origin);
    struct host *host = request->host;
    if (!host || host->given_up) {
        drop(h, request);
        return;
    }
    if (request->robots_of)
        request->robots_of->rules_elsewhere = request->robots_of != host;
    if (request->due_us) {
        request->next = host->delayed;
        host->delayed = request;
    } else {
        append(host, request, first);
    }
    host->queued++;
    h->queued++;
    put_to_work(h, host);
}

static void wake_delayed(struct host *host, int64_t now_us, int64_t *wake_us) {
    for (struct request **link = &host->delayed; *link;) {
        struct request *request = *link;
        if (request->due_us > now_us) {
            *wake_us = request->due_us < *wake_us ? request->due_us : *wake_us;
            link = &request->next;
            continue;
        }
        *link = request->next;
        request->due_us = 0;
        append(host, request, request->robots_of); // pictures wait for the rules
    }
}

static struct request *new_robots_request(struct host *host) {
    struct request *request = memory_new(1, sizeof *request);
    size_t bytes = strlen(host->origin) + sizeof "/robots.txt";
    char *url = memory_new(bytes, 1);
    char *path = memory_copy_text("/robots.txt");
    if (!request || !url || !path) {
        memory_free(request);
        memory_free(url);
        memory_free(path);
        return NULL;
    }
    snprintf(url, bytes, "%s/robots.txt", host->origin);
    *request = (struct request){.host = host, .robots_of = host, .url = url, .path = path};
    host->robots_state = ROBOTS_ASKED;
    return request;
}

// The host's own choice: rules first, then pictures.
static struct request *take_from(struct hosts *h, struct host *host) {
    struct request *request = host->first;
    if (host->robots_state == ROBOTS_UNKNOWN && !(request && request->robots_of))
        return new_robots_request(host);
    if (!request || (host->robots_state != ROBOTS_KNOWN && !request->robots_of))
        return NULL;
    host->first = request->next;
    if (!host->first)
        host->last = NULL;
    request->next = NULL;
    host->queued--;
    h->queued--;
    return request;
}

// A host without anything to do, or whose rules another host has to give first, must not hold a place: that
// other one may stand in line for it.
static bool is_idle(const struct host *host) {
    bool is_waiting = host->rules_elsewhere && !(host->first && host->first->robots_of);
    return !host->active && (!host->queued || is_waiting);
}

struct request *hosts_next(struct hosts *h, int64_t now_us, int64_t *wake_us) {
    for (size_t seen = 0; seen < h->working_count;) {
        size_t place = h->turn++ % h->working_count;
        struct host *host = h->working[place];
        if (is_idle(host)) {
            take_off_work(h, place);
            h->turn--;
            continue;
        }
        seen++;
        wake_delayed(host, now_us, wake_us);
        if (host->active >= host->connections || !host->queued)
            continue;
        if (host->not_before_us > now_us) {
            *wake_us = host->not_before_us < *wake_us ? host->not_before_us : *wake_us;
            continue;
        }
        struct request *request = take_from(h, host);
        if (!request)
            continue;
        host->active++;
        if (h->settings->requests_per_second)
            host->not_before_us = now_us + 1000000 / h->settings->requests_per_second;
        return request;
    }
    return NULL;
}

void host_release(struct host *host) {
    host->active--;
}

void host_take_rules(struct hosts *h, struct host *host, robots *rules) {
    host->robots = rules;
    host->robots_state = ROBOTS_KNOWN;
    host->rules_elsewhere = false;
    if (host->queued)
        put_to_work(h, host);
}

void host_answered(struct hosts *h, struct host *host) {
    host->faults = 0;
    host->pauses = 0;
    if (host->connections < h->settings->connections_per_host && ++host->good_answers >= ANSWERS_TO_GROW) {
        host->connections++;
        host->good_answers = 0;
    }
}

void host_give_up(struct hosts *h, struct host *host) {
    if (host->given_up)
        return;
    host->given_up = true;
    struct request *lists[] = {host->first, host->delayed};
    h->queued -= host->queued;
    host->queued = 0;
    host->first = host->last = host->delayed = NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        while (lists[i]) {
            struct request *request = lists[i];
            lists[i] = request->next;
            drop(h, request);
        }
    }
}

void host_failed(struct hosts *h, struct host *host) {
    if (++host->faults >= MOST_FAULTS)
        host_give_up(h, host);
}

void host_is_busy(struct hosts *h, struct host *host, int64_t retry_after_s, int64_t now_us) {
    // Several requests under way may bring the same message: it counts once.
    bool is_news = host->not_before_us <= now_us || !host->pauses;
    if (is_news)
        host->pauses++;
    if (retry_after_s > LONGEST_WAIT_S || host->pauses > MOST_PAUSES) {
        host_give_up(h, host);
        return;
    }
    int64_t growing_ms = h->settings->wait_ms << (host->pauses - 1);
    int64_t wait_us = (retry_after_s >= 0 ? retry_after_s * 1000 : growing_ms) * 1000;
    if (now_us + wait_us > host->not_before_us)
        host->not_before_us = now_us + wait_us;
    if (is_news && host->connections > 1)
        host->connections /= 2;
    host->good_answers = 0;
}

int64_t hosts_queued(const struct hosts *h) {
    return h->queued;
}

int64_t hosts_left(const struct hosts *h) {
    return h->left;
}
