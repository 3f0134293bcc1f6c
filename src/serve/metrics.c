// SPDX-License-Identifier: Apache-2.0
#include "serve/metrics.h"

#include <inttypes.h>

static const char *const route_words[ROUTES] = {
    [ROUTE_SEARCH] = "search",       [ROUTE_DETECT] = "detect",     [ROUTE_PRODUCT] = "product",
    [ROUTE_SIMILAR] = "similar",     [ROUTE_TAXONOMY] = "taxonomy", [ROUTE_PICTURE] = "picture",
    [ROUTE_OPERATION] = "operation", [ROUTE_OPERATOR] = "operator", [ROUTE_PAGE] = "page",
    [ROUTE_OTHER] = "other",
};

// Upper ends in microseconds; the last bucket has none.
static const uint64_t bucket_ends_us[METRICS_BUCKETS - 1] = {5000,   20000,  50000,   100000,
                                                             250000, 500000, 1000000, 5000000};

void metrics_count(struct metrics *m, enum metrics_route route, unsigned status, uint64_t duration_us) {
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS - 1 && duration_us > bucket_ends_us[bucket])
        bucket++;
    atomic_fetch_add(&m->requests[route][status / 100 % 6], 1);
    atomic_fetch_add(&m->buckets[route][bucket], 1);
    atomic_fetch_add(&m->duration_us[route], duration_us);
}

static nacre_status print_requests(const struct metrics *m, buffer *b) {
    nacre_status status =
        buffer_append_text(b, "# HELP nacre_requests_total Requests answered, by route and kind of status.\n"
                              "# TYPE nacre_requests_total counter\n");
    for (size_t route = 0; route < ROUTES && !status; route++) {
        for (size_t digit = 1; digit < 6 && !status; digit++) {
            uint64_t count = atomic_load(&m->requests[route][digit]);
            if (count)
                status = buffer_printf(b, "nacre_requests_total{route=\"%s\",status=\"%zuxx\"} %" PRIu64 "\n",
                                       route_words[route], digit, count);
        }
    }
    return status;
}

static nacre_status print_histogram(const struct metrics *m, size_t route, buffer *b) {
    uint64_t count = 0;
    nacre_status status = NACRE_OK;
    const char *word = route_words[route];
    for (size_t i = 0; i < METRICS_BUCKETS && !status; i++) {
        count += atomic_load(&m->buckets[route][i]);
        if (i < METRICS_BUCKETS - 1)
            status = buffer_printf(b, "nacre_request_seconds_bucket{route=\"%s\",le=\"%g\"} %" PRIu64 "\n",
                                   word, (double)bucket_ends_us[i] / 1e6, count);
    }
    if (!status)
        status =
            buffer_printf(b,
                          "nacre_request_seconds_bucket{route=\"%s\",le=\"+Inf\"} %" PRIu64 "\n"
                          "nacre_request_seconds_sum{route=\"%s\"} %.6f\n"
                          "nacre_request_seconds_count{route=\"%s\"} %" PRIu64 "\n",
                          word, count, word, (double)atomic_load(&m->duration_us[route]) / 1e6, word, count);
    return status;
}

nacre_status metrics_print(const struct metrics *m, const struct metrics_gauges *gauges, buffer *b) {
    nacre_status status = print_requests(m, b);
    if (!status)
        status = buffer_append_text(b, "# HELP nacre_request_seconds How long answers took, by route.\n"
                                       "# TYPE nacre_request_seconds histogram\n");
    for (size_t route = 0; route < ROUTES && !status; route++)
        status = print_histogram(m, route, b);
    const struct {
        const char *name;
        const char *help;
        int64_t value;
    } lines[] = {
        {"nacre_searches_running", "Searches being answered now.", atomic_load(&m->searches_running)},
        {"nacre_index_items", "Items that searches find.", (int64_t)gauges->index_items},
        {"nacre_index_memory_bytes", "Memory of the index.", (int64_t)gauges->index_memory_bytes},
        {"nacre_products", "Products for sale.", gauges->products},
        {"nacre_pictures_due", "Picture addresses that wait to be fetched.", gauges->pictures_due},
        {"nacre_pictures_failed", "Picture addresses whose last answer was bad.", gauges->pictures_failed},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines && !status; i++)
        status = buffer_printf(b, "# HELP %s %s\n# TYPE %s gauge\n%s %" PRId64 "\n", lines[i].name,
                               lines[i].help, lines[i].name, lines[i].name, lines[i].value);
    return status;
}
