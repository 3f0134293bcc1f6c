// SPDX-License-Identifier: Apache-2.0
// A thread pool with a bounded queue. Any thread may submit; tasks must not submit to their own pool and
// wait.
#ifndef NACRE_BASE_POOL_H
#define NACRE_BASE_POOL_H

#include <stddef.h>

#include "base/error.h"

typedef struct pool pool;

// `threads` of 0 means one per available processor. At most `queue_capacity` tasks wait.
nacre_status pool_new(size_t threads, size_t queue_capacity, pool **result, nacre_error *error) MUST_CHECK;

// Finishes the queued tasks, then stops the threads. NULL is allowed.
void pool_free(pool *p);

// Queues run(task); NACRE_ERROR_BUSY when the queue is full.
nacre_status pool_try_submit(pool *p, void (*run)(void *task), void *task) MUST_CHECK;

// As pool_try_submit, but waits for a place.
void pool_submit(pool *p, void (*run)(void *task), void *task);

// Waits until nothing is queued or running.
void pool_wait(pool *p);

size_t pool_threads(const pool *p);

// Processors this process may use, at least 1.
size_t processor_count(void);

#endif
