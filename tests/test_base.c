// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/pool.h"
#include "base/resource.h"
#include "base/workspace.h"

static void message_is_one_line(void **state) {
    (void)state;
    nacre_error error;
    assert_int_equal(error_set(&error, NACRE_ERROR_FORMAT, "a\nb\033[31m"), NACRE_ERROR_FORMAT);
    assert_string_equal(error.message, "a b [31m");
    assert_int_equal(error_prefix(&error, NACRE_ERROR_FORMAT, "reading %s", "x"), NACRE_ERROR_FORMAT);
    assert_string_equal(error.message, "reading x: a b [31m");
    assert_int_equal(error_set(NULL, NACRE_ERROR_IO, "nobody reads this"), NACRE_ERROR_IO);
}

static void long_message_is_cut(void **state) {
    (void)state;
    char text[3 * NACRE_ERROR_MESSAGE_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    nacre_error error;
    (void)error_set(&error, NACRE_ERROR_IO, "%s", text);
    assert_int_equal(strlen(error.message), NACRE_ERROR_MESSAGE_BYTES - 1);
    (void)error_prefix(&error, NACRE_ERROR_IO, "before");
    assert_memory_equal(error.message, "before: xxx", 11);
}

static void sizes_are_checked(void **state) {
    (void)state;
    size_t result = 7;
    assert_false(size_multiply(SIZE_MAX / 2 + 1, 2, &result));
    assert_false(size_add(SIZE_MAX, 1, &result));
    assert_int_equal(result, 7);
    assert_true(size_multiply(3, 5, &result));
    assert_int_equal(result, 15);
    assert_null(memory_new(SIZE_MAX, 2));
}

static void planned_allocation_fails_once(void **state) {
    (void)state;
    memory_fail_after(1);
    void *first = memory_new(1, 1);
    void *second = memory_new(1, 1);
    void *third = memory_new(1, 1);
    memory_fail_after(SIZE_MAX);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    memory_free(first);
    memory_free(third);
}

static void arena_keeps_its_ceiling(void **state) {
    (void)state;
    arena a;
    arena_init(&a, 1000 * 1000);
    char *text = arena_printf(&a, "%d-%s", 12, "ab");
    assert_string_equal(text, "12-ab");
    assert_non_null(arena_new(&a, 900, 1000));
    assert_null(arena_new(&a, 100, 1000));
    assert_null(arena_new(&a, SIZE_MAX, SIZE_MAX));
    assert_string_equal(text, "12-ab");
    arena_reset(&a);
    assert_non_null(arena_new(&a, 900, 1000));
    unsigned char *zeroed = arena_new(&a, 64, 1);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(zeroed[i], 0);
    arena_fini(&a);
}

static void buffer_states_its_ceiling(void **state) {
    (void)state;
    buffer b;
    buffer_init(&b, 10);
    assert_int_equal(buffer_append_text(&b, "12345"), NACRE_OK);
    assert_int_equal(buffer_printf(&b, "%s", "678901"), NACRE_ERROR_LIMIT);
    assert_string_equal(b.bytes, "12345");
    assert_int_equal(buffer_printf(&b, "%s", "67890"), NACRE_OK);
    assert_int_equal(buffer_append(&b, "x", 1), NACRE_ERROR_LIMIT);
    char *taken = buffer_take(&b);
    assert_string_equal(taken, "1234567890");
    memory_free(taken);
    taken = buffer_take(&b);
    assert_string_equal(taken, "");
    memory_free(taken);
    buffer_fini(&b);
}

static void file_is_written_whole(void **state) {
    (void)state;
    char *folder = test_new_folder();
    char path[512], deep[512];
    snprintf(path, sizeof path, "%s/a", folder);
    snprintf(deep, sizeof deep, "%s/b/c/d", folder);
    nacre_error error;
    assert_ok(file_write(path, "hello", 5, &error), error);
    assert_ok(file_make_folder(deep, &error), error);
    assert_ok(file_make_folder(deep, &error), error);
    char *bytes;
    size_t length;
    assert_ok(file_read(path, 5, &bytes, &length, &error), error);
    assert_int_equal(length, 5);
    assert_string_equal(bytes, "hello");
    memory_free(bytes);
    assert_int_equal(file_read(path, 4, &bytes, &length, &error), NACRE_ERROR_LIMIT);
    assert_int_equal(file_read(deep, 4, &bytes, &length, &error), NACRE_ERROR_IO);
    snprintf(path, sizeof path, "%s/none", folder);
    assert_int_equal(file_read(path, 4, &bytes, &length, &error), NACRE_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, path));
    test_remove_folder(folder);
}

static void sha256_is_the_known_one(void **state) {
    (void)state;
    char hex[SHA256_HEX_BYTES];
    sha256_hex("abc", 3, hex); // FIPS 180-2, B.1
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void count_up(void *counter) {
    atomic_fetch_add((atomic_int *)counter, 1);
}

static void pool_runs_everything(void **state) {
    (void)state;
    nacre_error error;
    pool *p;
    assert_ok(pool_new(3, 4, &p, &error), error);
    atomic_int counter = 0;
    for (int i = 0; i < 1000; i++)
        pool_submit(p, count_up, &counter);
    pool_wait(p);
    assert_int_equal(counter, 1000);
    pool_submit(p, count_up, &counter);
    pool_free(p);
    assert_int_equal(counter, 1001);
    assert_int_equal(pool_new(1, 0, &p, &error), NACRE_ERROR_ARGUMENT);
    pool_free(NULL);
}

struct gate {
    pthread_mutex_t mutex;
    atomic_bool entered;
};

static void wait_at_gate(void *argument) {
    struct gate *gate = argument;
    gate->entered = true;
    pthread_mutex_lock(&gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
}

static void full_pool_is_busy(void **state) {
    (void)state;
    nacre_error error;
    pool *p;
    struct gate gate = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    atomic_int counter = 0;
    assert_ok(pool_new(1, 1, &p, &error), error);
    pthread_mutex_lock(&gate.mutex);
    pool_submit(p, wait_at_gate, &gate);
    while (!gate.entered)
        usleep(100);
    assert_int_equal(pool_try_submit(p, count_up, &counter), NACRE_OK);
    assert_int_equal(pool_try_submit(p, count_up, &counter), NACRE_ERROR_BUSY);
    pthread_mutex_unlock(&gate.mutex);
    pool_wait(p);
    assert_int_equal(counter, 1);
    pool_free(p);
}

static void write_configuration(const char *folder, const char *text) {
    char path[512];
    nacre_error error;
    snprintf(path, sizeof path, "%s/nacre.ini", folder);
    assert_ok(file_write(path, text, strlen(text), &error), error);
}

static void workspace_is_made_and_opened(void **state) {
    (void)state;
    char *parent = test_new_folder();
    char folder[512];
    snprintf(folder, sizeof folder, "%s/new", parent);
    nacre_error error;
    workspace *w;
    assert_int_equal(workspace_open(folder, &w, &error), NACRE_ERROR_NOT_FOUND);
    assert_int_equal(workspace_open(parent, &w, &error), NACRE_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "nacre init"));
    assert_ok(workspace_create(folder, &error), error);
    assert_int_equal(workspace_create(folder, &error), NACRE_ERROR_EXISTS);
    assert_int_equal(workspace_create(parent, &error), NACRE_ERROR_EXISTS);
    assert_ok(workspace_open(folder, &w, &error), error);
    char *path = workspace_path(w, "pictures");
    assert_true(file_exists(path));
    memory_free(path);
    workspace_free(w);
    test_remove_folder(parent);
}

static void newer_workspace_is_refused(void **state) {
    (void)state;
    char *folder = test_new_folder();
    nacre_error error;
    workspace *w;
    write_configuration(folder, "[workspace]\nversion = 2\n");
    assert_int_equal(workspace_open(folder, &w, &error), NACRE_ERROR_VERSION);
    write_configuration(folder, "[workspace]\n");
    assert_int_equal(workspace_open(folder, &w, &error), NACRE_ERROR_FORMAT);
    write_configuration(folder, "nonsense\n");
    assert_int_equal(workspace_open(folder, &w, &error), NACRE_ERROR_FORMAT);
    test_remove_folder(folder);
}

static void settings_are_checked(void **state) {
    (void)state;
    char *folder = test_new_folder();
    nacre_error error;
    workspace *w;
    write_configuration(folder,
                        "[workspace]\nversion = 1\n[crawl]\nn = 12\nflag = true\nname = x y\nbad = maybe\n");
    assert_ok(workspace_open(folder, &w, &error), error);
    int64_t number;
    bool flag;
    char *text;
    assert_ok(workspace_integer(w, "crawl", "n", 1, 12, 5, &number, &error), error);
    assert_int_equal(number, 12);
    assert_int_equal(workspace_integer(w, "crawl", "n", 1, 11, 5, &number, &error), NACRE_ERROR_FORMAT);
    assert_int_equal(workspace_integer(w, "crawl", "bad", 1, 11, 5, &number, &error), NACRE_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "[crawl] bad is \"maybe\""));
    assert_ok(workspace_integer(w, "crawl", "absent", 1, 11, 5, &number, &error), error);
    assert_int_equal(number, 5);
    assert_ok(workspace_boolean(w, "crawl", "flag", false, &flag, &error), error);
    assert_true(flag);
    assert_int_equal(workspace_boolean(w, "crawl", "bad", false, &flag, &error), NACRE_ERROR_FORMAT);
    assert_ok(workspace_text(w, "crawl", "name", NULL, &text, &error), error);
    assert_string_equal(text, "x y");
    memory_free(text);
    assert_ok(workspace_text(w, "crawl", "absent", NULL, &text, &error), error);
    assert_null(text);
    workspace_free(w);
    test_remove_folder(folder);
}

static void resource_is_found_in_workspace_first(void **state) {
    (void)state;
    char *folder = test_new_folder();
    nacre_error error;
    workspace *w;
    write_configuration(folder, "[workspace]\nversion = 1\n");
    assert_ok(workspace_open(folder, &w, &error), error);
    char *path;
    assert_ok(resource_find(w, "nacre.ini", &path, &error), error);
    assert_non_null(strstr(path, folder));
    memory_free(path);
    assert_ok(resource_find(NULL, "LICENSE", &path, &error), error);
    memory_free(path);
    assert_int_equal(resource_find(w, "models/none.onnx", &path, &error), NACRE_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "models/none.onnx"));
    workspace_free(w);
    test_remove_folder(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_is_one_line),
        cmocka_unit_test(long_message_is_cut),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(planned_allocation_fails_once),
        cmocka_unit_test(arena_keeps_its_ceiling),
        cmocka_unit_test(buffer_states_its_ceiling),
        cmocka_unit_test(file_is_written_whole),
        cmocka_unit_test(sha256_is_the_known_one),
        cmocka_unit_test(pool_runs_everything),
        cmocka_unit_test(full_pool_is_busy),
        cmocka_unit_test(workspace_is_made_and_opened),
        cmocka_unit_test(newer_workspace_is_refused),
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(resource_is_found_in_workspace_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
