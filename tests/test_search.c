// SPDX-License-Identifier: Apache-2.0
// Options and colours; searching itself is tested through the program (tests/program).
#include "test.h"

#include <math.h>

#include "base/memory.h"
#include "search/colour.h"
#include "search/refine.h"
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

static void fine_values_are_steps_around_the_bits(void **state) {
    (void)state;
    static const struct {
        float value;
        unsigned step;
    } cases[] = {{-INFINITY, 0}, {-100, 0},  {-1.61F, 0}, {-1.5F, 0}, {-1.3F, 1},    {-0.3F, 6},
                 {-0.1F, 7},     {0, 7},     {-0.0F, 7},  {NAN, 0},   {1e-30F, 8},   {0.1F, 8},
                 {0.3F, 9},      {1.3F, 14}, {1.5F, 15},  {1.7F, 15}, {INFINITY, 15}};
    float values[FINE_VALUES];
    uint8_t fine[FINE_CODE_BYTES];
    size_t count = sizeof cases / sizeof *cases;
    for (size_t i = 0; i < FINE_VALUES; i++)
        values[i] = cases[i % count].value;
    fine_pack(values, fine);
    for (size_t i = 0; i < FINE_VALUES; i++) {
        unsigned step = i % 2 ? fine[i / 2] & 15 : fine[i / 2] >> 4;
        assert_int_equal(step, cases[i % count].step);
        assert_int_equal(step >= 8, values[i] > 0); // the bit of the code
    }
}

// Values as an encoder gives them, drawn by a fixed generator.
static void draw(uint32_t *seed, float values[FINE_VALUES]) {
    for (size_t i = 0; i < FINE_VALUES; i++) {
        *seed = *seed * 1664525 + 1013904223;
        values[i] = (float)((double)*seed / UINT32_MAX * 4 - 2);
    }
}

static double slow_cosine(const float a[FINE_VALUES], const float b[FINE_VALUES]) {
    double product = 0, a_square = 0, b_square = 0;
    for (size_t i = 0; i < FINE_VALUES; i++) {
        double x = fmin(fmax(ceil(a[i] / 0.2F) - 0.5, -7.5), 7.5),
               y = fmin(fmax(ceil(b[i] / 0.2F) - 0.5, -7.5), 7.5);
        product += x * y;
        a_square += x * x;
        b_square += y * y;
    }
    return product / sqrt(a_square) / sqrt(b_square);
}

static void likeness_is_the_weighted_cosine(void **state) {
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 200; round++) {
        float values[4][FINE_VALUES]; // asked for: shape, colour; the hit: shape, colour
        uint8_t fine[4 * FINE_CODE_BYTES];
        for (size_t i = 0; i < 4; i++) {
            draw(&seed, values[i]);
            fine_pack(values[i], fine + i * FINE_CODE_BYTES);
        }
        const struct weights weights = {(uint8_t)(round % 5), (uint8_t)(round % 7 + 1)};
        const uint8_t *hit = fine + 2 * FINE_CODE_BYTES;
        const struct fine_pair asked = {fine, fine + FINE_CODE_BYTES}, form = {fine, NULL};
        double sum = weights.shape + weights.colour, shape = slow_cosine(values[0], values[2]);
        double colour = slow_cosine(values[1], values[3]);
        double expected = (weights.shape * shape + weights.colour * colour) / sum;
        assert_true(fabs(refine_likeness(weights, &asked, hit, 1, 2) - expected) < 1e-12);
        expected = (weights.shape * shape + weights.colour * cos(M_PI / 4)) / sum;
        assert_true(fabs(refine_likeness(weights, &form, hit, 1, 32) - expected) < 1e-12);
        expected = (weights.shape * -1 + weights.colour * 1) / sum;
        assert_true(fabs(refine_likeness(weights, &asked, NULL, 128, 0) - expected) < 1e-12);
        assert_true(fine_cosine(fine, fine) == 1);
    }
}

static void equals_keep_their_order(void **state) {
    (void)state;
    static const double likeness[] = {0.5, 0.9, 0.5, -1, 0.9, 0.5};
    static const size_t expected[] = {1, 4, 0, 2, 5, 3};
    size_t order[6];
    refine_order(likeness, 6, order);
    assert_memory_equal(order, expected, sizeof order);
}

static void setting_has_a_default_without_a_workspace(void **state) {
    (void)state;
    size_t hits;
    nacre_error error;
    assert_ok(refine_setting(NULL, &hits, &error), error);
    assert_int_equal(hits, 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_options_are_taken),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(colours_have_names_in_two_languages),
        cmocka_unit_test(swatch_is_cloth_on_white),
        cmocka_unit_test(fine_values_are_steps_around_the_bits),
        cmocka_unit_test(likeness_is_the_weighted_cosine),
        cmocka_unit_test(equals_keep_their_order),
        cmocka_unit_test(setting_has_a_default_without_a_workspace),
    };
    return cmocka_run_group_tests(tests, load_taxonomy, free_taxonomy);
}
