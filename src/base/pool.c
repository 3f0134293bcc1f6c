// SPDX-License-Identifier: Apache-2.0
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "base/memory.h"

struct task {
    void (*run)(void *task);
    void *argument;
};

struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t has_task;  // a task was queued, or the pool stops
    pthread_cond_t has_place; // a task was taken
    pthread_cond_t is_idle;   // nothing queued, nothing running
    struct task *ring;        // `capacity` places
    size_t capacity;
    size_t first;   // oldest queued task
    size_t queued;  // tasks in the ring
    size_t running; // tasks being run
    bool stops;
    pthread_t *threads;
    size_t thread_count;
};

size_t processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set))
        return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? (size_t)count : 1;
}

static void *work(void *argument) {
    pool *p = argument;
    pthread_mutex_lock(&p->mutex);
    for (;;) {
        while (p->queued == 0 && !p->stops)
            pthread_cond_wait(&p->has_task, &p->mutex);
        if (p->queued == 0)
            break;
        struct task task = p->ring[p->first];
        p->first = (p->first + 1) % p->capacity;
        p->queued--;
        p->running++;
        pthread_cond_signal(&p->has_place);
        pthread_mutex_unlock(&p->mutex);
        task.run(task.argument);
        pthread_mutex_lock(&p->mutex);
        p->running--;
        if (p->queued == 0 && p->running == 0)
            pthread_cond_broadcast(&p->is_idle);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

nacre_status pool_new(size_t threads, size_t queue_capacity, pool **result, nacre_error *error) {
    if (queue_capacity == 0)
        return error_set(error, NACRE_ERROR_ARGUMENT, "a thread pool needs a queue of at least one place");
    if (threads == 0)
        threads = processor_count();
    pool *p = memory_new(1, sizeof *p);
    if (!p)
        return error_memory(error, "starting threads");
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->has_task, NULL);
    pthread_cond_init(&p->has_place, NULL);
    pthread_cond_init(&p->is_idle, NULL);
    p->capacity = queue_capacity;
    p->ring = memory_new(queue_capacity, sizeof *p->ring);
    p->threads = memory_new(threads, sizeof *p->threads);
    if (!p->ring || !p->threads) {
        pool_free(p);
        return error_memory(error, "starting threads");
    }
    for (; p->thread_count < threads; p->thread_count++) {
        int failed_with = pthread_create(&p->threads[p->thread_count], NULL, work, p);
        if (failed_with) {
            pool_free(p);
            return error_errno(error, failed_with, "starting a thread");
        }
    }
    *result = p;
    return NACRE_OK;
}

void pool_free(pool *p) {
    if (!p)
        return;
    pthread_mutex_lock(&p->mutex);
    p->stops = true;
    pthread_cond_broadcast(&p->has_task);
    pthread_mutex_unlock(&p->mutex);
    for (size_t i = 0; i < p->thread_count; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->has_task);
    pthread_cond_destroy(&p->has_place);
    pthread_cond_destroy(&p->is_idle);
    pthread_mutex_destroy(&p->mutex);
    memory_free(p->ring);
    memory_free(p->threads);
    memory_free(p);
}

static void enqueue(pool *p, void (*run)(void *task), void *argument) {
    p->ring[(p->first + p->queued) % p->capacity] = (struct task){run, argument};
    p->queued++;
    pthread_cond_signal(&p->has_task);
}

nacre_status pool_try_submit(pool *p, void (*run)(void *task), void *task) {
    pthread_mutex_lock(&p->mutex);
    bool has_room = p->queued < p->capacity;
    if (has_room)
        enqueue(p, run, task);
    pthread_mutex_unlock(&p->mutex);
    return has_room ? NACRE_OK : NACRE_ERROR_BUSY;
}

void pool_submit(pool *p, void (*run)(void *task), void *task) {
    pthread_mutex_lock(&p->mutex);
    while (p->queued == p->capacity)
        pthread_cond_wait(&p->has_place, &p->mutex);
    enqueue(p, run, task);
    pthread_mutex_unlock(&p->mutex);
}

void pool_wait(pool *p) {
    pthread_mutex_lock(&p->mutex);
    while (p->queued || p->running)
        pthread_cond_wait(&p->is_idle, &p->mutex);
    pthread_mutex_unlock(&p->mutex);
}

size_t pool_threads(const pool *p) {
    return p->thread_count;
}
