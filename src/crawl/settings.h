// SPDX-License-Identifier: Apache-2.0
// The group [crawl] of nacre.ini.
#ifndef NACRE_CRAWL_SETTINGS_H
#define NACRE_CRAWL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/workspace.h"

struct crawl_settings {
    int64_t connections_per_host;
    int64_t hosts;                // at once
    int64_t requests_per_second;  // to one host, 0: as many as its connections carry
    int64_t timeout_s;            // for a connection, and for a server that sends nothing
    int64_t tries;                // in one crawl, where another may help
    int64_t wait_ms;              // before the second try; doubles with each further one
    int64_t recheck_days;         // a picture that was fetched, or refused for good, is asked for again then
    int64_t keep_days;            // a picture that no product for sale shows is kept so long
    int64_t full_days;            // a feed that is asked for changes is asked for as a whole again then
    int64_t smallest_share;       // per cent of a shop's products that its next feed must hold at least
    int64_t placeholder_products; // a content shown by more products of a shop is no picture of any
    bool obey_robots;
    bool allow_private;
    char user_agent[256];
};

// `w` may be NULL: all defaults.
nacre_status crawl_settings_read(const workspace *w, struct crawl_settings *settings,
                                 nacre_error *error) MUST_CHECK;

#endif
