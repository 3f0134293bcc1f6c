// SPDX-License-Identifier: Apache-2.0
// What every test program includes: cmocka with the headers it wants, and a temporary folder.
#ifndef NACRE_TESTS_TEST_H
#define NACRE_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// In libc's place, so that cmocka catches no signals: those in another thread than the test's it turns into
// an exit without a word. Thus a crash ends the program by its signal, which ctest or a sanitizer tells.
__attribute__((visibility("default"))) sighandler_t signal(int number, sighandler_t handler) {
    (void)number;
    (void)handler;
    return SIG_DFL;
}

// Fails the test with the error's message unless `call` gives NACRE_OK. `error` must be a nacre_error.
#define assert_ok(call, error)                                                                               \
    do {                                                                                                     \
        if ((call) != NACRE_OK)                                                                              \
            fail_msg("%s: %s", #call, (error).message);                                                      \
    } while (0)

// A new folder under $TMPDIR or /tmp; remove it with test_remove_folder, which also frees the path.
static inline char *test_new_folder(void) {
    const char *parent = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/nacre-test-XXXXXX", parent && *parent ? parent : "/tmp") < 0 || !mkdtemp(path))
        fail_msg("no temporary folder");
    return path;
}

static inline int test_remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static inline void test_remove_folder(char *path) {
    nftw(path, test_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

#endif
