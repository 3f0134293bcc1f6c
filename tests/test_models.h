// SPDX-License-Identifier: Apache-2.0
// For tests that see pictures: the tiny encoder of tests/models, and libvips and the shipped taxonomy,
// started once for all tests of a program.
#ifndef NACRE_TESTS_TEST_MODELS_H
#define NACRE_TESTS_TEST_MODELS_H

#include "picture/picture.h"
#include "taxonomy/taxonomy.h"
#include "test.h"

static const char ENCODER[] = TEST_SOURCE_DIR "/tests/models/encoder.onnx";

static taxonomy *the_taxonomy;

// The group's set-up and tear-down.
static int start(void **state) {
    (void)state;
    nacre_error error;
    if (picture_start(&error) ||
        taxonomy_load(TEST_SOURCE_DIR "/data/taxonomy.xml", NULL, &the_taxonomy, &error)) {
        print_error("%s\n", error.message);
        return -1;
    }
    return 0;
}

static int stop(void **state) {
    (void)state;
    taxonomy_free(the_taxonomy);
    picture_stop();
    return 0;
}

#endif
