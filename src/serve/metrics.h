// SPDX-License-Identifier: Apache-2.0
// Counters in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). Any thread.
#ifndef NACRE_SERVE_METRICS_H
#define NACRE_SERVE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buffer.h"

enum metrics_route {
    ROUTE_SEARCH,
    ROUTE_DETECT,
    ROUTE_PRODUCT,
    ROUTE_SIMILAR,
    ROUTE_TAXONOMY,
    ROUTE_PICTURE,
    ROUTE_OPERATOR,
    ROUTE_OPERATION, // healthz, readyz, metrics
    ROUTE_PAGE,
    ROUTE_OTHER,
    ROUTES,
};

enum { METRICS_BUCKETS = 9 };

struct metrics {
    atomic_uint_fast64_t requests[ROUTES][6];              // by first digit of the status
    atomic_uint_fast64_t buckets[ROUTES][METRICS_BUCKETS]; // requests by duration, not cumulated
    atomic_uint_fast64_t duration_us[ROUTES];
    atomic_int_fast64_t searches_running;
};

void metrics_count(struct metrics *m, enum metrics_route route, unsigned status, uint64_t duration_us);

// What stands in no counter of ours.
struct metrics_gauges {
    uint64_t index_items, index_memory_bytes;
    int64_t products, pictures_due, pictures_failed;
};

nacre_status metrics_print(const struct metrics *m, const struct metrics_gauges *gauges,
                           buffer *b) MUST_CHECK;

#endif
