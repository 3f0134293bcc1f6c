// SPDX-License-Identifier: Apache-2.0
// Which request may start now: a queue for each host, with its limits, waits and rules. Politeness lives
// here. One thread.
#ifndef NACRE_CRAWL_HOST_H
#define NACRE_CRAWL_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "crawl/robots.h"
#include "crawl/settings.h"

struct host;

// One address that waits for its turn.
struct request {
    struct request *next; // in the host's queue
    struct host *host;
    struct host *robots_of; // asks for this host's robots.txt; NULL: for a picture
    int64_t address_id;     // the catalogue's
    char *url;
    char *path; // with the query, for robots.txt
    char *etag; // of the content at hand; NULL where none
    char *last_modified;
    int64_t due_us;   // not before
    int past_tries;   // failed ones in earlier crawls
    int tries;        // failed ones in this crawl
    int redirects;    // followed to come here
    bool conditional; // asked with etag or last_modified
};

enum robots_state { ROBOTS_UNKNOWN, ROBOTS_ASKED, ROBOTS_KNOWN };

struct host {
    char *origin;
    struct request *first, *last; // may start
    struct request *delayed;      // wait for their time; in no order
    int64_t queued;               // in both
    int64_t active;               // requests on their way
    int64_t connections;          // how many may be: halved when the server is busy, grows back slowly
    int64_t good_answers;         // since it last grew
    int64_t not_before_us;        // no request starts earlier
    int pauses;                   // asked for by the server since it last answered well
    int faults;                   // failures in a row
    enum robots_state robots_state;
    robots *robots;       // NULL: no rules
    bool rules_elsewhere; // a redirect led the request for robots.txt to another host
    bool given_up;        // for this crawl
    bool listed;          // among those at work or in the line for it
    struct host *next_in_line;
};

struct hosts;

struct hosts *hosts_new(const struct crawl_settings *settings);
void hosts_free(struct hosts *h);

// Takes the request over and puts it at the end of the line of its host (in front with `first`); NULL
// `origin`: the host it has. Where the host was given up the request is dropped, and stays due in the
// catalogue.
void hosts_queue(struct hosts *h, struct request *request, const char *origin, bool first);

// A request that may start at `now_us`, which counts as on its way until host_release; NULL: none. May be one
// for a robots.txt. `*wake_us` is lowered to when there may be one next.
struct request *hosts_next(struct hosts *h, int64_t now_us, int64_t *wake_us);

void host_release(struct host *host);

// Its robots.txt came (NULL: it has none); the rules are taken over.
void host_take_rules(struct hosts *h, struct host *host, robots *rules);

// What came back tells how the host is. Each of these may give the host up: then its queue is emptied, and
// `host->given_up` is set.
void host_answered(struct hosts *h, struct host *host);
void host_failed(struct hosts *h, struct host *host);
// The server said 429 or 503; `retry_after_s` -1 where it named no time.
void host_is_busy(struct hosts *h, struct host *host, int64_t retry_after_s, int64_t now_us);
void host_give_up(struct hosts *h, struct host *host);

int64_t hosts_queued(const struct hosts *h);
int64_t hosts_left(const struct hosts *h); // dropped with hosts that were given up

void request_free(struct request *request);

#endif
