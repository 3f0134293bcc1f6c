// SPDX-License-Identifier: Apache-2.0
#include "crawl/answers.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 16 * 1024 * 1024 };

void answers_init(struct answers *a, catalogue *c, picture_store *store) {
    a->catalogue = c;
    a->store = store;
    a->count = a->reason_count = 0;
    a->other_failures = 0;
    arena_init(&a->texts, TEXT_BYTES);
}

void answers_fini(struct answers *a) {
    arena_fini(&a->texts);
}

nacre_status answers_record(struct answers *a, nacre_error *error) {
    if (!a->count)
        return NACRE_OK;
    nacre_status status = picture_store_sync(a->store, error);
    if (!status)
        status = catalogue_put_answers(a->catalogue, a->batch, a->count, error);
    a->count = 0;
    arena_reset(&a->texts);
    return status;
}

nacre_status answers_add(struct answers *a, const struct catalogue_answer *answer, int64_t now_us,
                         nacre_error *error) {
    struct catalogue_answer *kept = &a->batch[a->count];
    *kept = *answer;
    const char **texts[] = {&kept->why, &kept->hash, &kept->format, &kept->etag, &kept->last_modified};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!*texts[i])
            continue;
        *texts[i] = arena_text(&a->texts, *texts[i]);
        if (!*texts[i])
            return error_memory(error, "recording a picture");
    }
    if (!a->count++)
        a->since_us = now_us;
    return a->count == ANSWERS_BATCH ? answers_record(a, error) : NACRE_OK;
}

bool answers_are_due(const struct answers *a, int64_t now_us, int64_t *wake_us) {
    int64_t due_us = a->since_us + ANSWERS_WAIT_MS * 1000;
    if (!a->count)
        return false;
    *wake_us = due_us < *wake_us ? due_us : *wake_us;
    return due_us <= now_us;
}

void answers_count_failure(struct answers *a, const char *why, const char *url) {
    for (size_t i = 0; i < a->reason_count; i++) {
        if (strcmp(a->reasons[i].why, why) == 0) {
            a->reasons[i].count++;
            return;
        }
    }
    if (a->reason_count == ANSWERS_REASONS) {
        a->other_failures++;
        return;
    }
    struct failure_reason *reason = &a->reasons[a->reason_count++];
    snprintf(reason->why, sizeof reason->why, "%s", why);
    address_mask(url, reason->example);
    reason->count = 1;
}
