// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "picture/store.h"

static const char ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static picture_store *open_store(const char *folder) {
    nacre_error error;
    picture_store *s = NULL;
    assert_ok(picture_store_open(folder, &s, &error), error);
    return s;
}

static void content_is_found_by_its_hash(void **state) {
    (void)state;
    char *folder = test_new_folder();
    nacre_error error;
    picture_store *s = open_store(folder);
    char hash[SHA256_HEX_BYTES];
    assert_ok(picture_store_put(s, "abc", 3, hash, &error), error);
    assert_string_equal(hash, ABC);
    assert_ok(picture_store_put(s, "abc", 3, hash, &error), error); // a second time is the same
    assert_ok(picture_store_sync(s, &error), error);
    char *bytes;
    size_t length;
    assert_ok(picture_store_get(s, ABC, &bytes, &length, &error), error);
    assert_int_equal(length, 3);
    assert_memory_equal(bytes, "abc", 3);
    memory_free(bytes);
    char path[512];
    snprintf(path, sizeof path, "%s/ba/%s", folder, ABC);
    assert_int_equal(access(path, R_OK), 0);
    picture_store_close(s);
    test_remove_folder(folder);
}

static void wrong_hashes_are_refused(void **state) {
    (void)state;
    char *folder = test_new_folder();
    nacre_error error;
    picture_store *s = open_store(folder);
    char *bytes;
    size_t length;
    assert_int_equal(picture_store_get(s, ABC, &bytes, &length, &error), NACRE_ERROR_NOT_FOUND);
    assert_int_equal(picture_store_get(s, "../../etc/passwd", &bytes, &length, &error), NACRE_ERROR_ARGUMENT);
    assert_true(picture_store_is_hash(ABC));
    assert_false(picture_store_is_hash(""));
    assert_false(picture_store_is_hash("ba7816"));
    assert_false(picture_store_is_hash("BA7816BF8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_false(picture_store_is_hash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0"));
    picture_store_close(s);
    test_remove_folder(folder);
}

// A power cut may leave a short file in a content's place: the next put mends it.
static void torn_file_is_replaced(void **state) {
    (void)state;
    char *folder = test_new_folder();
    nacre_error error;
    picture_store *s = open_store(folder);
    char hash[SHA256_HEX_BYTES], path[512];
    assert_ok(picture_store_put(s, "abc", 3, hash, &error), error);
    snprintf(path, sizeof path, "%s/ba/%s", folder, ABC);
    assert_int_equal(truncate(path, 1), 0);
    assert_ok(picture_store_put(s, "abc", 3, hash, &error), error);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 3);
    picture_store_close(s);
    test_remove_folder(folder);
}

static void abandoned_files_are_removed(void **state) {
    (void)state;
    char *folder = test_new_folder();
    picture_store_close(open_store(folder));
    char old[512], fresh[512];
    snprintf(old, sizeof old, "%s/aside/old", folder);
    snprintf(fresh, sizeof fresh, "%s/aside/fresh", folder);
    close(open(old, O_CREAT | O_WRONLY, 0644));
    close(open(fresh, O_CREAT | O_WRONLY, 0644));
    const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_int_equal(utimensat(AT_FDCWD, old, long_ago, 0), 0);
    picture_store_close(open_store(folder));
    assert_int_not_equal(access(old, F_OK), 0);
    assert_int_equal(access(fresh, F_OK), 0);
    test_remove_folder(folder);
}

static void failing_write_is_told(void **state) {
    (void)state;
    char *folder = test_new_folder();
    nacre_error error;
    picture_store *s = open_store(folder);
    char aside[512];
    snprintf(aside, sizeof aside, "%s/aside", folder);
    assert_int_equal(rmdir(aside), 0); // as good as any reason why nothing can be written
    char hash[SHA256_HEX_BYTES];
    assert_int_not_equal(picture_store_put(s, "abc", 3, hash, &error), NACRE_OK);
    assert_non_null(strstr(error.message, folder));
    picture_store_close(s);
    test_remove_folder(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_found_by_its_hash), cmocka_unit_test(wrong_hashes_are_refused),
        cmocka_unit_test(torn_file_is_replaced),        cmocka_unit_test(abandoned_files_are_removed),
        cmocka_unit_test(failing_write_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
