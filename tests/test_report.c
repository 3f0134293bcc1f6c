// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include <jansson.h>
#include <math.h>

#include "base/file.h"
#include "base/memory.h"
#include "evaluate/report.h"

static const struct report_column COLUMNS[] = {
    {"category", "Category", 0, REPORT_NEITHER},
    {"photos", "Photos", 0, REPORT_NEITHER},
    {"ap", "AP50", 3, REPORT_HIGHER},
    {"alarms", "False alarms", 2, REPORT_LOWER},
};

static report *example(void) {
    report *r;
    nacre_error error;
    assert_ok(report_new("Shirts & <ties>", &r, &error), error);
    report_table *t = report_add_table(r, "Summary", "All", COLUMNS, 4);
    report_row(t);
    report_text(t, "<b>\xff dresses");
    report_value(t, 1200);
    report_number(t, (struct report_number){.5, .4, .45, .55});
    report_number(t, (struct report_number){.25, .1, NAN, NAN});
    report_row(t);
    report_text(t, "bags");
    report_value(t, 0);
    report_number(t, (struct report_number){NAN, .4, NAN, NAN});
    report_number(t, (struct report_number){.104, .1, NAN, NAN}); // no change of a digit that is shown
    uint8_t pixels[2 * 3 * 3] = {0};
    struct picture picture = {pixels, 3, 2, 3, 2};
    report_strip(r, "The worst [photos] of all: street/user", "a \"strip\"");
    report_picture(r, &picture, 2, REPORT_WRONG, NULL);
    t = report_add_table(r, "The worst [photos] of all: street/user", NULL, COLUMNS, 1);
    t = report_add_table(r, "The worst [photos] of all: street/studio", NULL, COLUMNS, 1);
    report_define(r, "AP50", "a < b");
    return r;
}

static char *path_in(const char *folder, const char *name) {
    char *path;
    if (asprintf(&path, "%s/%s", folder, name) < 0)
        fail();
    return path;
}

static char *content(const char *path) {
    char *bytes;
    size_t length;
    nacre_error error;
    assert_ok(file_read(path, 1 << 24, &bytes, &length, &error), error);
    return bytes;
}

static void test_json(void **state) {
    (void)state;
    char *folder = test_new_folder(), *path = path_in(folder, "r.json");
    report *r = example();
    nacre_error error;
    assert_ok(report_write(r, &(struct report_files){.json = path}, &error), error);
    json_t *json = json_load_file(path, 0, NULL);
    assert_non_null(json);
    json_t *sections = json_object_get(json, "sections");
    assert_int_equal(json_array_size(sections), 3);
    json_t *table = json_array_get(json_object_get(json_array_get(sections, 0), "tables"), 0);
    json_t *rows = json_object_get(table, "rows"), *first = json_array_get(rows, 0);
    assert_int_equal(json_integer_value(json_object_get(first, "photos")), 1200);
    assert_float_equal(json_real_value(json_object_get(first, "ap")), .5, 1e-9);
    assert_float_equal(json_real_value(json_object_get(json_object_get(first, "before"), "ap")), .4, 1e-9);
    json_t *interval = json_object_get(json_object_get(first, "interval"), "ap");
    assert_float_equal(json_real_value(json_array_get(interval, 1)), .55, 1e-9);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "ap")));
    assert_string_equal(json_string_value(json_object_get(json_object_get(json, "definitions"), "AP50")),
                        "a < b");
    json_decref(json);
    report_free(r);
    free(path);
    test_remove_folder(folder);
}

static void test_html(void **state) {
    (void)state;
    char *folder = test_new_folder(), *path = path_in(folder, "r.html");
    report *r = example();
    nacre_error error;
    assert_ok(report_write(r, &(struct report_files){.html = path}, &error), error);
    char *html = content(path);
    assert_non_null(strstr(html, "<title>Shirts &amp; &lt;ties&gt;</title>"));
    assert_non_null(strstr(html, "&lt;b&gt;\xef\xbf\xbd dresses")); // what is no UTF-8 is replaced
    assert_non_null(strstr(html, "<td>0.500<small>0.450 to 0.550</small><small>0.400 "
                                 "<span class=\"good\">+0.100</span></small></td>"));
    assert_non_null(strstr(html, "<span class=\"bad\">+0.15</span>"));
    assert_non_null(strstr(html, "<span class=\"\">±0.00</span>"));
    assert_non_null(strstr(html, "<figure class=\"wrong\" style=\"width:2px\">"));
    assert_non_null(strstr(html, "alt=\"a &quot;strip&quot;\" src=\"data:image/jpeg;base64,/9j/"));
    memory_free(html);
    report_free(r);
    free(path);
    test_remove_folder(folder);
}

// tests/reports reads it back as a spreadsheet's user does; here: it is a workbook, put there whole.
static void test_xlsx(void **state) {
    (void)state;
    char *folder = test_new_folder(), *path = path_in(folder, "r.xlsx"), *lost = path_in(folder, "no/r.xlsx");
    report *r = example();
    nacre_error error;
    assert_ok(report_write(r, &(struct report_files){.xlsx = path}, &error), error);
    char *bytes = content(path);
    assert_memory_equal(bytes, "PK\3\4", 4);
    memory_free(bytes);
    assert_int_equal(report_write(r, &(struct report_files){.xlsx = lost}, &error), NACRE_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "no/r.xlsx"));
    report_free(r);
    free(path);
    free(lost);
    test_remove_folder(folder);
}

static void test_terminal(void **state) {
    (void)state;
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    report *r = example();
    report_table *t = report_add_table(r, "Summary", "Pairs", COLUMNS, 2);
    report_row(t);
    report_text(t, "a");
    report_value(t, 1);
    report_row(t);
    report_text(t, "bb");
    report_value(t, 22);
    report_print(r, out);
    fclose(out);
    // Wider than high: it is turned.
    assert_string_equal(text, "All\n"
                              "Category        <b>\xef\xbf\xbd dresses  bags\n"
                              "Photos                  1200     0\n"
                              "AP50          0.500 (+0.100)     –\n"
                              "False alarms    0.25 (+0.15)  0.10\n"
                              "\n"
                              "Pairs\n"
                              "Category  Photos\n"
                              "a              1\n"
                              "bb            22\n");
    free(text);
    report_free(r);
}

// Memory that runs out while a report is filled is told when it is written.
static void test_out_of_memory(void **state) {
    (void)state;
    char *folder = test_new_folder(), *path = path_in(folder, "r.json");
    for (size_t successes = 0; successes < 100; successes++) {
        report *r;
        nacre_error error;
        memory_fail_after(successes);
        nacre_status status = report_new("memory", &r, &error);
        if (!status) {
            for (int i = 0; i < 3000; i++) {
                report_table *t = report_add_table(r, "Summary", NULL, COLUMNS, 2);
                report_row(t);
                report_text(t, "a");
                report_value(t, i);
            }
            status = report_write(r, &(struct report_files){.json = path}, &error);
            report_free(r);
        }
        bool failed = memory_has_failed();
        memory_fail_after(SIZE_MAX);
        if (!failed)
            break;
        assert_int_equal(status, NACRE_ERROR_MEMORY);
        assert_false(file_exists(path));
    }
    assert_true(file_exists(path));
    free(path);
    test_remove_folder(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),     cmocka_unit_test(test_html),          cmocka_unit_test(test_xlsx),
        cmocka_unit_test(test_terminal), cmocka_unit_test(test_out_of_memory),
    };
    nacre_error error;
    if (picture_start(&error))
        return 1;
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    picture_stop();
    return failures;
}
