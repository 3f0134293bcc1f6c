// SPDX-License-Identifier: Apache-2.0
// When a shop is crawled: an interval ("30m", "6h", "1d") or the five fields of cron in local time
// ("15 3,15 * * 1-5"). Any thread.
#ifndef NACRE_CRAWL_SCHEDULE_H
#define NACRE_CRAWL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct schedule {
    int64_t interval_s;                              // 0: by the fields below, bit n for the value n
    uint64_t minutes, hours, days, months, weekdays; // Sunday is weekday 0
    bool any_day, any_weekday;                       // the field begins with '*'
};

// Error format: what is wrong with which field.
nacre_status schedule_parse(const char *text, struct schedule *schedule, nacre_error *error) MUST_CHECK;

// The first time after `last_s` (Unix time); INT64_MAX for a date that never comes (30 February).
int64_t schedule_next(const struct schedule *schedule, int64_t last_s);

#endif
