// SPDX-License-Identifier: Apache-2.0
// What came of asking for pictures, on its way into the catalogue, and the count of why pictures failed. One
// thread.
//
// Answers are recorded by the batch, after the store has synced: killed at any moment, what the catalogue
// says is there is there, and at most the last batch is asked for again.
#ifndef NACRE_CRAWL_ANSWERS_H
#define NACRE_CRAWL_ANSWERS_H

#include "base/arena.h"
#include "catalogue/catalogue.h"
#include "crawl/address.h"
#include "picture/store.h"

enum {
    ANSWERS_BATCH = 1000,  // recorded at once, or …
    ANSWERS_WAIT_MS = 500, // … when the first has waited so long
    ANSWERS_REASONS = 12,  // told apart
    ANSWERS_WHY_BYTES = 256,
};

// Why pictures failed, for the operator.
struct failure_reason {
    char why[ANSWERS_WHY_BYTES];
    char example[ADDRESS_SHOWN_BYTES]; // one of the addresses
    int64_t count;
};

struct answers {
    catalogue *catalogue;
    picture_store *store;
    struct catalogue_answer batch[ANSWERS_BATCH];
    size_t count;
    int64_t since_us; // when the first of the batch came
    arena texts;      // of the batch
    struct failure_reason reasons[ANSWERS_REASONS];
    size_t reason_count;
    int64_t other_failures;
};

void answers_init(struct answers *a, catalogue *c, picture_store *store);
void answers_fini(struct answers *a);

// Takes the answer with copies of its texts; records the batch where it is full.
nacre_status answers_add(struct answers *a, const struct catalogue_answer *answer, int64_t now_us,
                         nacre_error *error) MUST_CHECK;
void answers_count_failure(struct answers *a, const char *why, const char *url);

// Whether the batch has waited long enough; lowers `*wake_us` to when it will have.
bool answers_are_due(const struct answers *a, int64_t now_us, int64_t *wake_us);
// Records what there is. What cannot be recorded is dropped: its addresses stay due.
nacre_status answers_record(struct answers *a, nacre_error *error) MUST_CHECK;

#endif
