// SPDX-License-Identifier: Apache-2.0
// Every dialect and every sin of real shops has a feed in tests/feeds, and beside it what must be read out of
// it. NACRE_WRITE_EXPECTED=1 writes those texts anew: read the difference before it is committed.
#include "test.h"

#include <dirent.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "feed_dump.h"

enum { DUMP_BYTES = 64 * 1024 * 1024 };

static const char feeds[] = TEST_SOURCE_DIR "/tests/feeds";

static char *read_whole(const char *path, size_t *length) {
    nacre_error error;
    char *bytes;
    assert_ok(file_read(path, DUMP_BYTES, &bytes, length, &error), error);
    return bytes;
}

// The dump of a feed read in pieces; free with memory_free.
static char *read_in_pieces(const char *bytes, size_t length, size_t piece) {
    buffer out;
    buffer_init(&out, DUMP_BYTES);
    struct feed_summary summary;
    nacre_error error;
    (void)dump_feed(FEED_AUTO, bytes, length, piece, &out, &summary, &error);
    return buffer_take(&out);
}

static void check_file(const char *name) {
    char path[1024], expected_path[1100];
    snprintf(path, sizeof path, "%s/%s", feeds, name);
    snprintf(expected_path, sizeof expected_path, "%s.expected", path);
    size_t length, expected_length;
    char *bytes = read_whole(path, &length);
    char *dump = read_in_pieces(bytes, length, length + 1);
    nacre_error error;
    if (getenv("NACRE_WRITE_EXPECTED")) {
        assert_ok(file_write(expected_path, dump, strlen(dump), &error), error);
        memory_free(dump);
        memory_free(bytes);
        return;
    }
    char *expected = read_whole(expected_path, &expected_length);
    if (strcmp(dump, expected) != 0)
        fail_msg("%s: read\n%s\nbut expected\n%s", name, dump, expected);
    static const size_t pieces[] = {1, 7, 4096};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        char *again = read_in_pieces(bytes, length, pieces[i]);
        if (strcmp(again, dump) != 0)
            fail_msg("%s in pieces of %zu: read\n%s\nbut whole\n%s", name, pieces[i], again, dump);
        memory_free(again);
    }
    memory_free(expected);
    memory_free(dump);
    memory_free(bytes);
}

static void feeds_are_read_as_expected(void **state) {
    (void)state;
    DIR *folder = opendir(feeds);
    assert_non_null(folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.' || strstr(entry->d_name, ".expected"))
            continue;
        check_file(entry->d_name);
        count++;
    }
    closedir(folder);
    assert_true(count > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feeds_are_read_as_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
