// SPDX-License-Identifier: Apache-2.0
// Search measured: formulas against hand-worked examples and a public library's numbers, then whole
// evaluations on drawn pictures with the tiny encoder of tests/models, whose answers can be worked out.
#include "test_models.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "evaluate/ranking.h"
#include "evaluate/search_quality.h"
#include "evaluate/statistics.h"
#include "evaluate/truth.h"

static void assert_near(double actual, double expected, double tolerance) {
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.12g, not %.12g", actual, expected);
}

// --- Formulas ---

static void ranking_is_as_worked_by_hand(void **state) {
    (void)state;
    const uint8_t grades[] = {0, 2, 0, 1, 0, 0, 3};
    double v[RANKING_MEASURES];
    ranking_measure(grades, 7, v);
    assert_near(v[PRECISION_1], 0, 1e-12);
    assert_near(v[PRECISION_5], 2.0 / 5, 1e-12);
    assert_near(v[PRECISION_10], 3.0 / 10, 1e-12);
    assert_near(v[RECALL_1], 0, 1e-12);
    assert_near(v[RECALL_5], 1, 1e-12);
    assert_near(v[AVERAGE_PRECISION], (1.0 / 2 + 2.0 / 4 + 3.0 / 7) / 3, 1e-12);
    double gained = 3 / log2(3) + 1 / log2(5) + 7 / log2(8), ideal = 7 / log2(2) + 3 / log2(3) + 1 / log2(4);
    assert_near(v[NDCG_10], gained / ideal, 1e-12);
}

static void ranking_without_a_right_one_is_nothing(void **state) {
    (void)state;
    const uint8_t grades[] = {0, 0};
    double v[RANKING_MEASURES];
    ranking_measure(grades, 2, v);
    for (size_t m = 0; m < RANKING_MEASURES; m++)
        assert_near(v[m], 0, 1e-12);
}

// trec_eval's and scikit-learn's numbers: tests/evaluate/make_rankings.py.
static void rankings_are_those_of_a_public_library(void **state) {
    (void)state;
    FILE *file = fopen(TEST_SOURCE_DIR "/tests/evaluate/rankings.tsv", "r");
    assert_non_null(file);
    char line[1024];
    size_t lists = 0;
    assert_non_null(fgets(line, sizeof line, file)); // the head
    for (; fgets(line, sizeof line, file); lists++) {
        uint8_t grades[128];
        size_t count = strcspn(line, "\t");
        for (size_t i = 0; i < count; i++)
            grades[i] = (uint8_t)(line[i] - '0');
        double values[RANKING_MEASURES];
        ranking_measure(grades, count, values);
        char *at = line + count;
        for (size_t m = 0; m < RANKING_MEASURES; m++)
            assert_near(values[m], strtod(at, &at), 1e-9);
    }
    fclose(file);
    assert_int_equal(lists, 40);
}

static void interval_is_that_of_scipy(void **state) {
    (void)state;
    double values[100];
    for (size_t i = 0; i < 100; i++)
        values[i] = (double)i / 99;
    // scipy.stats.bootstrap, percentile, 20 000 samples: .4431 to .5570.
    struct interval interval = statistics_interval(values, 100);
    assert_near(interval.low, 0.4431, 0.006);
    assert_near(interval.high, 0.5570, 0.006);
    struct interval again = statistics_interval(values, 100);
    assert_true(again.low == interval.low && again.high == interval.high);
    assert_true(isnan(statistics_interval(values, 1).low));
}

static void comparison_finds_what_is_there_and_no_more(void **state) {
    (void)state;
    const double a[] = {.9, .8, .4, 1, .7, .6, .3, .8}, b[] = {.7, .8, .5, .6, .4, .5, .2, .4};
    struct difference d = statistics_compare(a, b, 8);
    assert_near(d.mean, 0.175, 1e-12);
    assert_near(d.p, 0.0625, 0.008); // all 256 turns counted: 16 go as far
    assert_int_equal(d.verdict, VERDICT_CANNOT_TELL);
    double more[60], less[60];
    for (size_t i = 0; i < 60; i++) {
        more[i] = (double)(i % 7) / 7;
        less[i] = more[i] - (i % 3 == 0 ? .1 : 0);
    }
    d = statistics_compare(more, less, 60);
    assert_int_equal(d.verdict, VERDICT_BETTER);
    assert_true(d.interval.low > 0 && d.interval.high < .1);
    assert_int_equal(statistics_compare(less, more, 60).verdict, VERDICT_WORSE);
    d = statistics_compare(more, more, 60);
    assert_int_equal(d.verdict, VERDICT_CANNOT_TELL);
    assert_near(d.p, 1, 1e-12);
}

// --- Truth files ---

static nacre_status read_text(const char *text, struct truth **truth, nacre_error *error) {
    char *folder = test_new_folder(), path[512];
    snprintf(path, sizeof path, "%s/t.jsonl", folder);
    assert_ok(file_write(path, text, strlen(text), error), *error);
    nacre_status status = truth_read(path, the_taxonomy, truth, error);
    test_remove_folder(folder);
    return status;
}

static void truth_is_read(void **state) {
    (void)state;
    static const char text[] =
        "{\"gallery\": \"a.jpg\", \"product\": \"A\", \"groups\": [\"red\", \"shirt\"]}\n"
        "\n"
        "{\"gallery\": \"b.jpg\", \"product\": \"B\", \"groups\": [\"red\"]}\r\n"
        "{\"gallery\": \"a2.jpg\", \"product\": \"A\"}\n"
        "{\"gallery\": \"/c.jpg\"}\n"
        "{\"query\": \"a.jpg\", \"box\": [1, 2, 3, 4], \"domain\": \"user\", \"category\": "
        "\"women.dresses\", "
        "\"relevant\": {\"red\": 1, \"shirt\": 3, \"B\": 0, \"gone\": 2}}\n"
        "{\"query\": \"q.jpg\", \"relevant\": {\"/c.jpg\": 2}}";
    struct truth *t;
    nacre_error error;
    assert_ok(read_text(text, &t, &error), error);
    assert_int_equal(t->entry_count, 4);
    assert_int_equal(t->product_count, 3);
    assert_int_equal(t->query_count, 2);
    assert_int_equal(t->picture_count, 6);
    assert_int_equal(t->unknown, 1);
    assert_int_equal(t->domain_count, 2);
    assert_string_equal(t->domains[t->queries[1].domain], "unknown");
    assert_string_equal(taxonomy_id(the_taxonomy, t->queries[0].category), "women.dresses");
    assert_int_equal(t->queries[1].category, CATEGORY_NONE);
    const struct truth_picture *asked = &t->pictures[t->queries[0].picture];
    assert_int_equal(asked->box.height, 4);
    assert_int_equal(asked->file, t->pictures[t->entries[0].picture].file); // a part of the same picture
    uint8_t scratch[16], grades[3];
    truth_grades(t, &t->queries[0], scratch, grades);
    assert_int_equal(grades[0], 3); // the higher of its groups
    assert_int_equal(grades[1], 0); // its own goes before its group's
    assert_int_equal(grades[2], 0);
    truth_grades(t, &t->queries[1], scratch, grades);
    assert_int_equal(grades[2], 2);
    truth_free(t);
}

static void assert_refused(const char *text, const char *words) {
    struct truth *t;
    nacre_error error;
    assert_int_equal(read_text(text, &t, &error), NACRE_ERROR_FORMAT);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", error.message, words);
}

static void wrong_truth_is_refused(void **state) {
    (void)state;
    assert_refused("{\"gallery\": \"a.jpg\"}\n{\"query\": \"q.jpg\",\n", "line 2: it is not JSON");
    assert_refused("[]", "line 1: it has neither");
    assert_refused("{\"query\": \"q.jpg\"}", "line 1: \"relevant\" must name");
    assert_refused("{\"query\": \"q.jpg\", \"relevant\": {\"A\": 4}}",
                   "the grade of \"A\" must be 0, 1, 2 or 3");
    assert_refused("{\"query\": \"q.jpg\", \"relevant\": {\"A\": 1}, \"catgory\": \"x\"}",
                   "\"catgory\" is not known beside \"query\"");
    assert_refused("{\"query\": \"q.jpg\", \"relevant\": {\"A\": 1}, \"category\": \"dress\"}",
                   "there is no category \"dress\"");
    assert_refused("{\"query\": \"q.jpg\", \"box\": [0, 0, 0, 5], \"relevant\": {\"A\": 1}}",
                   "\"box\" must be");
    assert_refused("{\"query\": \"\", \"relevant\": {\"A\": 1}}", "\"query\" must be the path");
    assert_refused("{\"gallery\": \"a.jpg\", \"groups\": \"red\"}", "\"groups\" must be a list");
    assert_refused("{\"gallery\": \"a.jpg\"}\n", "it has no queries");
    assert_refused("", "it has no gallery");
}

// --- Whole evaluations ---

// A folder with plain pictures of a colour each, and a truth file.
struct scene {
    char *folder;
    char truth[512];
};

static void paint(const struct scene *s, const char *name, int red, int green, int blue) {
    uint8_t pixels[32 * 32 * 3];
    for (size_t i = 0; i < sizeof pixels; i += 3) {
        pixels[i] = (uint8_t)red;
        pixels[i + 1] = (uint8_t)green;
        pixels[i + 2] = (uint8_t)blue;
    }
    struct picture p = {pixels, 32, 32, 32, 32};
    char path[600];
    nacre_error error;
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    assert_ok(picture_write_png(&p, path, &error), error);
}

static struct scene open_scene(const char *truth) {
    struct scene s = {.folder = test_new_folder()};
    nacre_error error;
    snprintf(s.truth, sizeof s.truth, "%s/truth.jsonl", s.folder);
    assert_ok(file_write(s.truth, truth, strlen(truth), &error), error);
    // Shape is the sign of red, colour that of blue.
    paint(&s, "red.png", 250, 0, 0);
    paint(&s, "red2.png", 240, 0, 0);
    paint(&s, "magenta.png", 250, 0, 250);
    paint(&s, "blue.png", 0, 0, 250);
    paint(&s, "green.png", 0, 250, 0);
    return s;
}

// The report's JSON.
static json_t *evaluate(const struct scene *s, const struct weighing *weighings, size_t weighing_count,
                        size_t models, bool propose) {
    const char *const files[] = {ENCODER, ENCODER};
    const struct search_quality_options how = {.truth = s->truth,
                                               .models = files,
                                               .model_count = models,
                                               .weighings = weighings,
                                               .weighing_count = weighing_count,
                                               .propose_weights = propose,
                                               .with_pictures = true};
    report *r;
    nacre_error error;
    assert_ok(search_quality(&how, the_taxonomy, &r, &error), error);
    char path[600], html[600];
    snprintf(path, sizeof path, "%s/r.json", s->folder);
    snprintf(html, sizeof html, "%s/r.html", s->folder);
    assert_ok(report_write(r, &(struct report_files){.json = path, .html = html}, &error), error);
    report_free(r);
    json_t *json = json_load_file(path, 0, NULL);
    assert_non_null(json);
    return json;
}

static const json_t *row(const json_t *report_json, size_t section, size_t table, size_t number) {
    const json_t *s = json_array_get(json_object_get(report_json, "sections"), section);
    const json_t *t = json_array_get(json_object_get(s, "tables"), table);
    return json_array_get(json_object_get(t, "rows"), number);
}

static double number(const json_t *row_json, const char *key) {
    const json_t *value = json_object_get(row_json, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static const char SCENE[] =
    "{\"gallery\": \"magenta.png\", \"product\": \"M\"}\n"
    "{\"gallery\": \"blue.png\", \"product\": \"B\"}\n"
    "{\"gallery\": \"red2.png\", \"product\": \"R\"}\n"
    "{\"gallery\": \"red.png\", \"product\": \"itself\"}\n"
    "{\"gallery\": \"green.png\", \"product\": \"R\"}\n"
    "{\"query\": \"red.png\", \"domain\": \"studio\", \"category\": \"women.dresses\", \"relevant\": {\"R\": "
    "3}}\n"
    "{\"query\": \"blue.png\", \"domain\": \"user\", \"relevant\": {\"M\": 1}}\n"
    "{\"query\": \"green.png\", \"domain\": \"user\", \"relevant\": {\"nowhere\": 1}}\n";

static void figures_are_as_worked_by_hand(void **state) {
    (void)state;
    struct scene s = open_scene(SCENE);
    const struct weighing weighings[] = {{.weights = {1, 1}}, {.weights = {1, 0}}, {.weights = {0, 1}}};
    json_t *json = evaluate(&s, weighings, 3, 1, false);
    // Red: R has the same codes, M differs in colour, B in both; its own picture is not asked. By shape alone
    // M is as near as R and stands first in the file.
    assert_string_equal(json_string_value(json_object_get(row(json, 0, 0, 0), "domain")), "studio");
    assert_string_equal(json_string_value(json_object_get(row(json, 0, 0, 0), "weights")), "1:1");
    assert_near(number(row(json, 0, 0, 0), "p_at_1"), 1, 1e-12);
    assert_near(number(row(json, 0, 0, 0), "p_at_10"), 0.1, 1e-9);
    assert_near(number(row(json, 0, 0, 1), "p_at_1"), 0, 1e-12);
    assert_near(number(row(json, 0, 0, 1), "map"), 0.5, 1e-12);
    // Blue asks for M, which has its colour: at 1:1 as near as R's green picture, before it in the file. The
    // query without an answer is left out.
    assert_near(number(row(json, 0, 0, 3), "queries"), 1, 1e-12);
    assert_near(number(row(json, 0, 0, 3), "r_at_1"), 1, 1e-12);
    assert_near(number(row(json, 0, 0, 4), "r_at_1"), 0, 1e-12); // by shape green is nearest
    assert_near(number(row(json, 0, 0, 5), "r_at_1"), 1, 1e-12);
    const char *truth = json_string_value(json_object_get(json_object_get(json, "definitions"), "Truth"));
    assert_non_null(strstr(truth, "1 queries have no right product"));
    assert_non_null(strstr(truth, "1 names that"));
    json_decref(json);
    test_remove_folder(s.folder);
}

static void page_frames_right_and_wrong(void **state) {
    (void)state;
    struct scene s = open_scene(SCENE);
    const struct weighing own = {.own = true};
    json_decref(evaluate(&s, &own, 1, 1, false));
    char path[600], *html;
    size_t length;
    nacre_error error;
    snprintf(path, sizeof path, "%s/r.html", s.folder);
    assert_ok(file_read(path, 1 << 24, &html, &length, &error), error);
    assert_non_null(strstr(html, "A sample: studio"));
    assert_non_null(strstr(html, "red.png, Dresses 2:8: 1 of ten right, average precision 1.00"));
    const char *right = strstr(html, "class=\"right\""), *wrong = strstr(html, "class=\"wrong\"");
    assert_true(right && wrong && right < wrong);
    assert_non_null(strstr(html, "1.00  R</figcaption>"));
    memory_free(html);
    test_remove_folder(s.folder);
}

static void model_is_no_better_than_itself(void **state) {
    (void)state;
    struct scene s = open_scene(SCENE);
    const struct weighing own = {.own = true};
    json_t *json = evaluate(&s, &own, 1, 2, false);
    const json_t *words = row(json, 0, 1, 0);
    assert_string_equal(json_string_value(json_object_get(words, "p_at_10")), "cannot tell");
    assert_string_equal(json_string_value(json_object_get(words, "against")), "mean-colour-1");
    assert_non_null(strstr(json_string_value(json_object_get(json, "title")), "encoder.onnx on truth.jsonl"));
    assert_near(number(json_object_get(row(json, 0, 0, 0), "before"), "map"), 1, 1e-12);
    assert_near(number(row(json, 1, 0, 0), "difference"), 0, 1e-12);
    json_decref(json);
    test_remove_folder(s.folder);
}

// What dresses are asked for: of ten products of their colour and ten of their shape, the former.
static void better_weights_are_proposed(void **state) {
    (void)state;
    char truth[32768] = "";
    size_t at = 0;
    for (int i = 0; i < 10; i++)
        at += (size_t)snprintf(
            truth + at, sizeof truth - at,
            "{\"gallery\": \"red2.png\", \"product\": \"shape %d\"}\n"
            "{\"gallery\": \"blue.png\", \"product\": \"colour %d\", \"groups\": [\"colour\"]}\n",
            i, i);
    for (int i = 0; i < 60; i++) // jewellery weighs 8:2
        at += (size_t)snprintf(
            truth + at, sizeof truth - at,
            "{\"query\": \"magenta.png\", \"box\": [0, 0, %d, 32], \"domain\": \"studio\", \"category\": "
            "\"%s\", \"relevant\": {\"colour\": 2}}\n",
            1 + i % 30, i < 45 ? "jewellery.rings" : "jewellery.bracelets");
    struct scene s = open_scene(truth);
    const struct weighing own = {.own = true};
    json_t *json = evaluate(&s, &own, 1, 1, true);
    const json_t *proposed = row(json, 0, 1, 0);
    assert_string_equal(json_string_value(json_object_get(proposed, "attributes")),
                        "id=\"jewellery\" weights=\"4:6\"");
    assert_string_equal(json_string_value(json_object_get(proposed, "now")), "8:2");
    assert_near(number(proposed, "gain"), 1, 1e-9);
    const json_t *rings = row(json, 0, 1, 1);
    assert_string_equal(json_string_value(json_object_get(rings, "attributes")),
                        "id=\"jewellery.rings\" weights=\"4:6\"");
    assert_null(row(json, 0, 1, 2)); // too few bracelets
    json_decref(json);
    test_remove_folder(s.folder);
}

static void failures_name_the_file(void **state) {
    (void)state;
    struct scene s = open_scene(
        "{\"gallery\": \"red.png\"}\n{\"query\": \"not-there.png\", \"relevant\": {\"red.png\": 1}}\n");
    const char *const models[] = {ENCODER};
    const struct weighing own = {.own = true};
    struct search_quality_options how = {
        .truth = s.truth, .models = models, .model_count = 1, .weighings = &own, .weighing_count = 1};
    report *r;
    nacre_error error;
    assert_int_equal(search_quality(&how, the_taxonomy, &r, &error), NACRE_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "not-there.png"));
    how.truth = "/nowhere.jsonl";
    assert_int_equal(search_quality(&how, the_taxonomy, &r, &error), NACRE_ERROR_NOT_FOUND);
    test_remove_folder(s.folder);
    s = open_scene(
        "{\"gallery\": \"red.png\"}\n{\"query\": \"blue.png\", \"box\": [32, 0, 5, 5], \"relevant\": "
        "{\"red.png\": 1}}\n");
    how.truth = s.truth;
    assert_int_equal(search_quality(&how, the_taxonomy, &r, &error), NACRE_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "blue.png: the box 32,0,5,5 lies outside"));
    test_remove_folder(s.folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranking_is_as_worked_by_hand),
        cmocka_unit_test(ranking_without_a_right_one_is_nothing),
        cmocka_unit_test(rankings_are_those_of_a_public_library),
        cmocka_unit_test(interval_is_that_of_scipy),
        cmocka_unit_test(comparison_finds_what_is_there_and_no_more),
        cmocka_unit_test(truth_is_read),
        cmocka_unit_test(wrong_truth_is_refused),
        cmocka_unit_test(figures_are_as_worked_by_hand),
        cmocka_unit_test(page_frames_right_and_wrong),
        cmocka_unit_test(model_is_no_better_than_itself),
        cmocka_unit_test(better_weights_are_proposed),
        cmocka_unit_test(failures_name_the_file),
    };
    return cmocka_run_group_tests_name("search_quality", tests, start, stop);
}
