// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include <jansson.h>
#include <math.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "label/coco.h"
#include "label/seg.h"

static const char EXAMPLE[] = "seg 1\n"
                              "photo 1200 1600 in the street.jpg\n"
                              "domain street\n"
                              "complete women.dresses\n"
                              "complete bags\n"
                              "\n"
                              "object\n"
                              "category women.dresses.evening\n"
                              "box 10 20.5 300 400\n"
                              "polygon 10 20.5 310 20.5 310 420.5\n"
                              "polygon 20 30 40 30 40 50 20 50\n"
                              "colour red\n"
                              "colour white\n"
                              "drawn Анна\n"
                              "checked boris\n"
                              "state checked\n"
                              "\n"
                              "object\n"
                              "category bags\n"
                              "id 7\n"
                              "box 0 0 12 10\n"
                              "crowd\n"
                              "state drawn\n"
                              "coco {\"attributes\":{\"old\":true}}\n";

static struct seg parsed(arena *a, const char *text) {
    struct seg s;
    nacre_error error;
    assert_ok(seg_parse(text, strlen(text), a, &s, &error), error);
    return s;
}

static char *printed(arena *a, const struct seg *s) {
    buffer out;
    nacre_error error;
    buffer_init(&out, LIMIT_SEG_BYTES);
    assert_ok(seg_print(s, &out, &error), error);
    char *text = arena_text(a, out.bytes);
    buffer_fini(&out);
    return text;
}

static void example_is_read_and_comes_back(void **state) {
    (void)state;
    arena a;
    arena_init(&a, 1 << 20);
    struct seg s = parsed(&a, EXAMPLE);
    assert_string_equal(s.photo, "in the street.jpg");
    assert_int_equal(s.width, 1200);
    assert_int_equal(s.height, 1600);
    assert_int_equal(s.domain, SEG_STREET);
    assert_int_equal(s.complete_count, 2);
    assert_string_equal(s.complete[1], "bags");
    assert_int_equal(s.object_count, 2);
    const struct seg_object *dress = &s.objects[0], *bag = &s.objects[1];
    assert_string_equal(dress->category, "women.dresses.evening");
    assert_true(dress->box[1] == 20.5 && dress->box[3] == 400);
    assert_int_equal(dress->polygon_count, 2);
    assert_int_equal(dress->polygons[1].count, 4);
    assert_true(dress->polygons[0].points[5] == 420.5);
    assert_int_equal(dress->colour_count, 2);
    assert_string_equal(dress->drawn_by, "Анна");
    assert_int_equal(dress->state, SEG_CHECKED);
    assert_int_equal(bag->id, 7);
    assert_true(bag->crowd);
    assert_string_equal(bag->extra, "{\"attributes\":{\"old\":true}}");
    assert_string_equal(printed(&a, &s), EXAMPLE);
    arena_fini(&a);
}

static void comments_and_spaces_are_passed_over(void **state) {
    (void)state;
    arena a;
    arena_init(&a, 1 << 20);
    struct seg s =
        parsed(&a, "seg 1\r\n# by hand\r\n  photo  5  6  a.jpg  \r\n\r\nobject\r\n category  bags \r\n"
                   "box  1  2   3 4\r\n");
    assert_string_equal(
        printed(&a, &s),
        "seg 1\nphoto 5 6 a.jpg\ndomain unknown\n\nobject\ncategory bags\nbox 1 2 3 4\nstate drawn\n");
    arena_fini(&a);
}

#define HEAD "seg 1\nphoto 100 200 a.jpg\n"
#define BAG  HEAD "object\ncategory bags\nbox 1 2 3 4\n"

static void faults_are_told_with_their_line(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"", "line 1: a .seg file begins"},
        {"hello", "line 1: a .seg file begins"},
        {"seg 2\n", "line 1: the file is of version 2"},
        {"seg 1\n", "the head has no photo"},
        {"seg 1\nphoto 0 5 a.jpg\n", "line 2: \"0\" is not a whole number"},
        {"seg 1\nphoto 5 99999 a.jpg\n", "line 2: \"99999\""},
        {"seg 1\nphoto 5 5\n", "line 2: one line must be"},
        {HEAD "photo 5 5 b.jpg\n", "line 3: one line must be"},
        {HEAD "domain moon\n", "line 3: the domain is"},
        {HEAD "box 1 2 3 4\n", "line 3: the head has no line \"box\""},
        {HEAD "object\ncategory bags\n", "no category or no box"},
        {HEAD "object\nobject\n", "line 4: the object that ends here"},
        {BAG "box 1 2 3\n", "line 6: \"\" is not a number"},
        {BAG "box 1 2 3 4 5\n", "line 6: there are too many"},
        {BAG "box 1 2 3 nan\n", "line 6: \"nan\" is not a number"},
        {BAG "polygon 1 2 3 4\n", "line 6: a polygon has"},
        {BAG "polygon 1 2 3 4 5 6 7\n", "line 6: a polygon has"},
        {BAG "category hats\n", "line 6: this stands there twice"},
        {BAG "state good\n", "line 6: the state is"},
        {BAG "area much\n", "line 6: \"much\" is not an area"},
        {BAG "id 0\n", "line 6: \"0\""},
        {BAG "colour\n", "line 6: an object has no line \"colour\""},
        {BAG "polygon 1 2 3 4 5 6\nmask 0<\n", "both polygons and a mask"},
        {HEAD "\xff\n", "not UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        arena a;
        arena_init(&a, 1 << 20);
        struct seg s;
        nacre_error error;
        nacre_status status = seg_parse(cases[i].text, strlen(cases[i].text), &a, &s, &error);
        if (status == NACRE_OK)
            fail_msg("accepted: %s", cases[i].text);
        if (!strstr(error.message, cases[i].words))
            fail_msg("%s; expected: %s", error.message, cases[i].words);
        arena_fini(&a);
    }
}

static void texts_that_break_a_line_are_not_written(void **state) {
    (void)state;
    static const char *const names[] = {"", " bags", "bags ", "ba\ngs", "ba\tgs", "\xff"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct seg_object object = {.category = names[i], .box = {1, 2, 3, 4}};
        const struct seg s = {
            .photo = "a.jpg", .width = 5, .height = 5, .objects = &object, .object_count = 1};
        buffer out;
        nacre_error error;
        buffer_init(&out, 1000);
        assert_int_equal(seg_print(&s, &out, &error), NACRE_ERROR_FORMAT);
        buffer_fini(&out);
    }
}

static void numbers_come_back_exactly(void **state) {
    (void)state;
    unsigned seed = 5;
    for (int round = 0; round < 2000; round++) {
        double number = (rand_r(&seed) - RAND_MAX / 2) / (1.0 + rand_r(&seed) % 1000);
        char text[SEG_NUMBER_BYTES];
        seg_format_number(number, text);
        assert_true(strtod(text, NULL) == number);
    }
    char text[SEG_NUMBER_BYTES];
    seg_format_number(0.1, text);
    assert_string_equal(text, "0.1");
    seg_format_number(-0.0, text);
    assert_string_equal(text, "0");
}

static void count_faults(void *context, size_t object, const char *what) {
    char **all = context;
    char *more;
    assert_true(asprintf(&more, "%s%zu: %s; ", *all, object, what) > 0);
    free(*all);
    *all = more;
}

static void check_finds_what_parsing_does_not_see(void **state) {
    (void)state;
    arena a;
    arena_init(&a, 1 << 20);
    taxonomy *t;
    nacre_error error;
    assert_ok(taxonomy_load(TEST_SOURCE_DIR "/data/taxonomy.xml", NULL, &t, &error), error);
    struct seg good = parsed(&a, EXAMPLE);
    char *faults = strdup("");
    assert_int_equal(seg_check(&good, t, count_faults, &faults), 0);
    struct seg bad = parsed(&a, "seg 1\nphoto 10 10 a.jpg\ncomplete boots\n"
                                "object\ncategory bags\nbox 5 5 10 2\n"
                                "object\ncategory swords\nbox 1 1 5 5\npolygon 1 1 9 1 9 5\n"
                                "object\ncategory bags\nbox 1 1 5 5\nmask 0=\nstate checked\n"
                                "object\ncategory bags\nbox 1 1 5 5\npolygon 1 1 3 3 5 5\n");
    assert_int_equal(seg_check(&bad, t, count_faults, &faults), 7);
    assert_string_equal(faults, "0: the taxonomy does not know the category boots; "
                                "1: the box is empty or leaves the photo; "
                                "2: the taxonomy does not know the category swords; "
                                "2: polygon 1 leaves its box; "
                                "3: the mask is broken or of another size than the photo; "
                                "3: it is checked, but by whom is not told; "
                                "4: the outline is empty; ");
    free(faults);
    taxonomy_free(t);
    arena_fini(&a);
}

static void area_is_that_of_the_outline(void **state) {
    (void)state;
    arena a;
    arena_init(&a, 1 << 20);
    struct seg s =
        parsed(&a, "seg 1\nphoto 3 4 a.jpg\nobject\ncategory a\nbox 0 0 2 3\n"
                   "object\ncategory a\nbox 0 0 2 2\npolygon 0 0 2 0 2 2 0 2\npolygon 0 0 1 0 0 1\n"
                   "object\ncategory a\nbox 0 0 3 4\nmask 0<\n");
    static const double expected[] = {6, 4.5, 12};
    for (size_t i = 0; i < 3; i++) {
        double area;
        assert_true(seg_area(&s, &s.objects[i], &area));
        assert_true(area == expected[i]);
    }
    arena_fini(&a);
}

static void files_are_named_in_messages(void **state) {
    (void)state;
    char *folder = test_new_folder();
    char path[512];
    snprintf(path, sizeof path, "%s/a.seg", folder);
    arena a;
    arena_init(&a, 1 << 20);
    nacre_error error;
    struct seg s = parsed(&a, EXAMPLE), again;
    assert_ok(seg_write(path, &s, &error), error);
    assert_ok(seg_read(path, &a, &again, &error), error);
    assert_string_equal(printed(&a, &again), EXAMPLE);
    assert_ok(file_write(path, "seg 1\nphoto\n", 12, &error), error);
    assert_int_equal(seg_read(path, &a, &again, &error), NACRE_ERROR_FORMAT);
    assert_non_null(strstr(error.message, path));
    assert_non_null(strstr(error.message, "line 2"));
    arena_fini(&a);
    test_remove_folder(folder);
}

// --- COCO ---

struct exchange {
    char *folder;
    char coco[512], again[512], first[512], second[512];
};

static struct exchange begin_exchange(void) {
    struct exchange e = {.folder = test_new_folder()};
    snprintf(e.coco, sizeof e.coco, "%s/coco.json", e.folder);
    snprintf(e.again, sizeof e.again, "%s/again.json", e.folder);
    snprintf(e.first, sizeof e.first, "%s/first", e.folder);
    snprintf(e.second, sizeof e.second, "%s/second", e.folder);
    return e;
}

static char *read_text(const char *folder, const char *name) {
    char path[1024], *bytes;
    size_t length;
    nacre_error error;
    snprintf(path, sizeof path, "%s%s%s", folder, name ? "/" : "", name ? name : "");
    assert_ok(file_read(path, 1 << 20, &bytes, &length, &error), error);
    return bytes;
}

static void seg_goes_to_coco_and_comes_back(void **state) {
    (void)state;
    static const char *const texts[] = {
        EXAMPLE,
        "seg 1\nphoto 3 4 a.jpg\nid 3\ndomain studio\ncoco {\"license\":2,\"date_captured\":\"2020\"}\n\n"
        "object\ncategory bags\nbox 0 0 3 4\nmask 0<\nstate doubtful\narea 11.5\n\n"
        "object\ncategory my hats\nbox 0.1 0.30000000000000004 1 1\nstate drawn\n",
    };
    static const char *const names[] = {"x/in the street.jpg", "a.jpg"};
    static const char *const files[] = {"x/in the street.seg", "a.seg"};
    struct exchange e = begin_exchange();
    struct label_counts counts;
    nacre_error error;
    for (size_t i = 0; i < 2; i++) {
        arena a;
        arena_init(&a, 1 << 20);
        struct seg s = parsed(&a, texts[i]);
        assert_ok(label_put(e.first, names[i], &s, &error), error);
        arena_fini(&a);
    }
    assert_ok(coco_export(e.first, e.coco, &counts, &error), error);
    assert_int_equal(counts.photos, 2);
    assert_int_equal(counts.objects, 4);
    assert_ok(coco_import(e.coco, e.second, &counts, &error), error);
    assert_int_equal(counts.objects, 4);
    for (size_t i = 0; i < 2; i++) {
        char *text = read_text(e.second, files[i]);
        assert_string_equal(text, texts[i]);
        memory_free(text);
    }
    // Once more, now beside the categories' numbers that the import kept: the same file.
    assert_ok(coco_export(e.second, e.again, &counts, &error), error);
    char *once = read_text(e.coco, NULL), *twice = read_text(e.again, NULL);
    json_t *a = json_loads(once, 0, NULL), *b = json_loads(twice, 0, NULL);
    assert_true(json_equal(a, b));
    json_decref(a);
    json_decref(b);
    memory_free(once);
    memory_free(twice);
    test_remove_folder(e.folder);
}

static const char COCO[] =
    "{\"info\":{\"year\":2020},\"licenses\":[{\"id\":1,\"name\":\"free\"}],"
    "\"categories\":[{\"id\":40,\"name\":\"dress\",\"supercategory\":\"clothes\"},{\"id\":7,\"name\":\"bag\"}"
    "],"
    "\"images\":[{\"id\":12,\"file_name\":\"a.jpg\",\"width\":3,\"height\":4,\"license\":1},"
    "{\"id\":5,\"file_name\":\"b.jpg\",\"width\":30,\"height\":40}],"
    "\"annotations\":["
    "{\"id\":101,\"image_id\":12,\"category_id\":7,\"bbox\":[0,0,3,4],\"area\":12,\"iscrowd\":1,"
    "\"segmentation\":{\"size\":[4,3],\"counts\":\"0<\"}},"
    "{\"id\":102,\"image_id\":12,\"category_id\":40,\"bbox\":[0.5,0,2,2],\"area\":3.25,\"iscrowd\":0,"
    "\"segmentation\":[[0.5,0,2.5,0,2.5,2]],\"attributes\":{\"worn\":true}},"
    "{\"id\":90,\"image_id\":5,\"category_id\":40,\"bbox\":[1,2,3,4],\"area\":12,\"iscrowd\":0,"
    "\"segmentation\":[]}]}";

static void coco_goes_to_seg_and_comes_back(void **state) {
    (void)state;
    struct exchange e = begin_exchange();
    struct label_counts counts;
    nacre_error error;
    assert_ok(file_write(e.coco, COCO, sizeof COCO - 1, &error), error);
    assert_ok(coco_import(e.coco, e.first, &counts, &error), error);
    assert_int_equal(counts.photos, 2);
    assert_int_equal(counts.objects, 3);
    assert_ok(coco_export(e.first, e.again, &counts, &error), error);
    char *text = read_text(e.again, NULL);
    json_t *before = json_loads(COCO, 0, NULL), *after = json_loads(text, 0, NULL), *entry;
    size_t i;
    json_array_foreach(json_object_get(after, "images"), i, entry) json_object_del(entry, "nacre");
    json_array_foreach(json_object_get(after, "annotations"), i, entry) json_object_del(entry, "nacre");
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
    memory_free(text);
    test_remove_folder(e.folder);
}

// COCO with one piece of it replaced.
static void assert_coco_refused(const char *from, const char *to, const char *words) {
    struct exchange e = begin_exchange();
    char changed[sizeof COCO + 200];
    const char *place = strstr(COCO, from);
    assert_non_null(place);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(place - COCO), COCO, to, place + strlen(from));
    struct label_counts counts;
    nacre_error error;
    assert_ok(file_write(e.coco, changed, strlen(changed), &error), error);
    if (coco_import(e.coco, e.first, &counts, &error) == NACRE_OK)
        fail_msg("accepted with %s", to);
    if (!strstr(error.message, words))
        fail_msg("%s; expected: %s", error.message, words);
    test_remove_folder(e.folder);
}

static void wrong_coco_is_told(void **state) {
    (void)state;
    assert_coco_refused("{\"info\"", "[\"info\"", "line 1");
    assert_coco_refused("\"images\":[", "\"pictures\":[", "no images");
    assert_coco_refused("\"a.jpg\"", "\"../a.jpg\"", "does not lie in the folder");
    assert_coco_refused("\"a.jpg\"", "\"/a.jpg\"", "does not lie in the folder");
    assert_coco_refused("\"a.jpg\"", "\"b.png\"", "another image has the same name");
    assert_coco_refused("\"width\":3,", "\"width\":0,", "in image 12");
    assert_coco_refused("\"category_id\":7", "\"category_id\":8", "not listed in annotation 101");
    assert_coco_refused("\"image_id\":5", "\"image_id\":6", "not listed: 6");
    assert_coco_refused("[0,0,3,4]", "[0,0,3]", "four numbers in annotation 101");
    assert_coco_refused("\"0<\"", "\"0=\"", "run lengths are wrong in annotation 101");
    assert_coco_refused("[4,3]", "[3,4]", "not of the image's size in annotation 101");
    assert_coco_refused("[[0.5,0,2.5,0,2.5,2]]", "[[0.5,0,2.5,0]]", "3 points in annotation 102");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_is_read_and_comes_back),
        cmocka_unit_test(comments_and_spaces_are_passed_over),
        cmocka_unit_test(faults_are_told_with_their_line),
        cmocka_unit_test(texts_that_break_a_line_are_not_written),
        cmocka_unit_test(numbers_come_back_exactly),
        cmocka_unit_test(check_finds_what_parsing_does_not_see),
        cmocka_unit_test(area_is_that_of_the_outline),
        cmocka_unit_test(files_are_named_in_messages),
        cmocka_unit_test(seg_goes_to_coco_and_comes_back),
        cmocka_unit_test(coco_goes_to_seg_and_comes_back),
        cmocka_unit_test(wrong_coco_is_told),
    };
    return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
