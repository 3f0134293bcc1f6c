// SPDX-License-Identifier: Apache-2.0
#include "crawl/schedule.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct field {
    const char *name;
    int least, most;
};

static const struct field fields[5] = {
    {"minute", 0, 59}, {"hour", 0, 23}, {"day of month", 1, 31}, {"month", 1, 12}, {"weekday", 0, 7},
};

static bool read_number(const char **text, int *number) {
    if (!g_ascii_isdigit(**text))
        return false;
    char *end;
    long value = strtol(*text, &end, 10);
    *text = end;
    *number = value > 9999 ? 9999 : (int)value;
    return true;
}

// One of the parts that commas join: "*", "5", "1-5", with "/2" behind or not.
static bool read_part(const struct field *field, const char **text, uint64_t *bits) {
    int first = field->least, last = field->most, step = 1;
    if (**text == '*') {
        ++*text;
    } else {
        if (!read_number(text, &first))
            return false;
        last = first;
        if (**text == '-') {
            ++*text;
            if (!read_number(text, &last))
                return false;
        } else if (**text == '/') {
            last = field->most;
        }
    }
    if (**text == '/') {
        ++*text;
        if (!read_number(text, &step) || step == 0)
            return false;
    }
    if (first < field->least || last > field->most || first > last)
        return false;
    for (int value = first; value <= last; value += step)
        *bits |= UINT64_C(1) << value;
    return true;
}

static bool read_field(const struct field *field, const char *text, uint64_t *bits) {
    *bits = 0;
    do {
        if (!read_part(field, &text, bits))
            return false;
    } while (*text == ',' && *++text);
    return !*text;
}

static bool read_interval(const char *text, int64_t *interval_s) {
    int number;
    if (!read_number(&text, &number) || number == 0 || number == 9999 || strlen(text) != 1)
        return false;
    int64_t unit_s = *text == 'm' ? 60 : *text == 'h' ? 3600 : *text == 'd' ? 86400 : 0;
    *interval_s = number * unit_s;
    return unit_s > 0;
}

nacre_status schedule_parse(const char *text, struct schedule *schedule, nacre_error *error) {
    struct schedule s = {0};
    if (read_interval(text, &s.interval_s)) {
        *schedule = s;
        return NACRE_OK;
    }
    char words[5][64], more;
    if (strlen(text) > 300 || sscanf(text, "%63s %63s %63s %63s %63s %c", words[0], words[1], words[2],
                                     words[3], words[4], &more) != 5)
        return error_set(error, NACRE_ERROR_FORMAT,
                         "schedule \"%.60s\": expected an interval such as 30m, 6h or 1d, or the five fields "
                         "of cron such as \"15 3 * * *\"",
                         text);
    uint64_t *const bits[5] = {&s.minutes, &s.hours, &s.days, &s.months, &s.weekdays};
    for (size_t i = 0; i < 5; i++) {
        if (!read_field(&fields[i], words[i], bits[i]))
            return error_set(
                error, NACRE_ERROR_FORMAT,
                "schedule \"%.60s\": the field for the %s, \"%s\", is not *, numbers from %d to %d, "
                "ranges or steps of them",
                text, fields[i].name, words[i], fields[i].least, fields[i].most);
    }
    if (s.weekdays & 1 << 7)
        s.weekdays |= 1;
    s.any_day = words[2][0] == '*';
    s.any_weekday = words[4][0] == '*';
    *schedule = s;
    return NACRE_OK;
}

static bool has(uint64_t bits, int value) {
    return bits >> value & 1;
}

// As cron: with both days restricted, either is enough.
static bool is_day(const struct schedule *s, const struct tm *at) {
    bool day = has(s->days, at->tm_mday), weekday = has(s->weekdays, at->tm_wday);
    return s->any_day || s->any_weekday ? day && weekday : day || weekday;
}

int64_t schedule_next(const struct schedule *schedule, int64_t last_s) {
    if (schedule->interval_s)
        return last_s + schedule->interval_s;
    time_t now = (time_t)(last_s - last_s % 60 + 60);
    time_t give_up = now + (time_t)9 * 366 * 86400; // 29 February is at most eight years away
    while (now < give_up) {
        struct tm at;
        localtime_r(&now, &at);
        struct tm next = at;
        next.tm_isdst = -1;
        next.tm_sec = 0;
        if (!has(schedule->months, at.tm_mon + 1)) {
            next.tm_mon++;
            next.tm_mday = 1;
            next.tm_hour = next.tm_min = 0;
        } else if (!is_day(schedule, &at)) {
            next.tm_mday++;
            next.tm_hour = next.tm_min = 0;
        } else if (!has(schedule->hours, at.tm_hour)) {
            next.tm_hour++;
            next.tm_min = 0;
        } else if (!has(schedule->minutes, at.tm_min)) {
            next.tm_min++;
        } else {
            return (int64_t)now;
        }
        time_t later = mktime(&next);
        now = later > now ? later : now + 60; // clocks may be set back on the way
    }
    return INT64_MAX;
}
