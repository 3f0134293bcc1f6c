// SPDX-License-Identifier: Apache-2.0
// Options and colours; searching itself is tested through the program (tests/program).
#include "test.h"

#include "base/memory.h"
#include "search/colour.h"
#include "search/search.h"

static taxonomy *t;

static int load_taxonomy(void **state) {
    (void)state;
    nacre_error error;
    assert_ok(taxonomy_load(TEST_SOURCE_DIR "/data/taxonomy.xml", NULL, &t, &error), error);
    return 0;
}

static int free_taxonomy(void **state) {
    (void)state;
    taxonomy_free(t);
    return 0;
}

static nacre_status set(const char *name, const char *value, struct search_options *options) {
    nacre_error error;
    *options = search_defaults();
    nacre_status status = search_set_option(t, name, value, options, &error);
    if (status)
        assert_true(strlen(error.message) > 20);
    return status;
}

static void good_options_are_taken(void **state) {
    (void)state;
    struct search_options options;
    assert_int_equal(set("top", "200", &options), NACRE_OK);
    assert_int_equal(options.top, 200);
    assert_int_equal(set("weights", "0:255", &options), NACRE_OK);
    assert_true(options.has_weights);
    assert_int_equal(options.weights.shape, 0);
    assert_int_equal(options.weights.colour, 255);
    assert_int_equal(set("box", "0,10,200,300", &options), NACRE_OK);
    assert_int_equal(options.box.height, 300);
    assert_int_equal(set("category", "women.dresses.evening", &options), NACRE_OK);
    assert_string_equal(taxonomy_id(t, options.category), "women.dresses.evening");
    assert_int_equal(set("colour", "Navy", &options), NACRE_OK);
    assert_int_equal(set("min-score", "0.5", &options), NACRE_OK);
    assert_true(options.min_score == 0.5F);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    static const char *const bad[][2] = {
        {"top", "0"},          {"top", "201"},         {"top", "ten"},        {"top", ""},
        {"top", "5 "},         {"weights", "0:0"},     {"weights", "256:1"},  {"weights", "1"},
        {"weights", "1:"},     {"weights", "-1:2"},    {"weights", "1:2:3"},  {"weights", "1:2x"},
        {"box", "1,2,3"},      {"box", "1,2,0,4"},     {"box", "-1,2,3,4"},   {"box", "1,2,3,4,5"},
        {"box", "a,b,c,d"},    {"colour", "octarine"}, {"colour", "#12345"},  {"colour", "#12345g"},
        {"colour", "\xff"},    {"min-score", "1.1"},   {"min-score", "-0.1"}, {"min-score", "nan"},
        {"min-score", "0.5x"}, {"siblings", "1"},
    };
    struct search_options options;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(set(bad[i][0], bad[i][1], &options), NACRE_ERROR_ARGUMENT);
    assert_int_equal(set("category", "women.dreses", &options), NACRE_ERROR_NOT_FOUND);
}

static void colours_have_names_in_two_languages(void **state) {
    (void)state;
    struct colour english, russian, code;
    nacre_error error;
    assert_ok(colour_parse("black", &english, &error), error);
    assert_ok(colour_parse("ЧЕРНЫЙ", &russian, &error), error);
    assert_memory_equal(&english, &russian, sizeof english);
    assert_ok(colour_parse("#7A1f2b", &code, &error), error);
    assert_int_equal(code.red, 0x7a);
    assert_int_equal(code.blue, 0x2b);
}

static void swatch_is_cloth_on_white(void **state) {
    (void)state;
    struct colour red = {200, 10, 20};
    struct picture swatch;
    nacre_error error;
    assert_ok(colour_swatch(&red, &swatch, &error), error);
    const uint8_t *middle = swatch.pixels + 3 * (swatch.height / 2 * swatch.width + swatch.width / 2);
    assert_int_equal(middle[0], 200);
    assert_int_equal(middle[2], 20);
    assert_int_equal(swatch.pixels[0], 255);
    memory_free(swatch.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_options_are_taken),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(colours_have_names_in_two_languages),
        cmocka_unit_test(swatch_is_cloth_on_white),
    };
    return cmocka_run_group_tests(tests, load_taxonomy, free_taxonomy);
}
