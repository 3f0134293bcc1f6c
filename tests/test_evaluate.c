// SPDX-License-Identifier: Apache-2.0
// Figures of detection against COCO's own tool (tests/coco/make.py) and against cases worked out by hand.
#include "test.h"

#include <jansson.h>
#include <math.h>

#include "base/memory.h"
#include "evaluate/figures.h"
#include "evaluate/overlap.h"

enum { DRESS, SHOE, BAG, CLASSES, MAX_FOUND = 16, MAX_SCENES = 64 };

// cmocka compares floats; these are doubles.
static void assert_near(double value, double expected) {
    if (!(fabs(value - expected) < 1e-9))
        fail_msg("%.12g is not %.12g", value, expected);
}

static taxonomy *tree;
static arena memory;
static struct detector_class classes[CLASSES];
static struct scene_model model;

static int open_tree(void **state) {
    (void)state;
    static int nodes[4];
    nacre_error error;
    if (taxonomy_load(TEST_SOURCE_DIR "/data/taxonomy.xml", NULL, &tree, &error))
        return 1;
    nodes[0] = taxonomy_find(tree, "women.dresses");
    nodes[1] = taxonomy_find(tree, "women.shoes");
    nodes[2] = taxonomy_find(tree, "men.shoes");
    nodes[3] = taxonomy_find(tree, "bags");
    classes[DRESS] = (struct detector_class){"dress", {&nodes[0], 1, 0}, 0.4F};
    classes[SHOE] = (struct detector_class){"shoe", {&nodes[1], 2, 0}, 0.4F};
    classes[BAG] = (struct detector_class){"bag", {&nodes[3], 1, 0}, 0.4F};
    model = (struct scene_model){.taxonomy = tree, .classes = classes, .class_count = CLASSES};
    arena_init(&memory, 1 << 30);
    return 0;
}

static int close_tree(void **state) {
    (void)state;
    arena_fini(&memory);
    taxonomy_free(tree);
    return 0;
}

// What was found, ended by a score of 0.
struct found {
    int class;
    float score;
    struct box box;
};

static struct scene see(const char *marked, const struct found *found) {
    struct detection list[MAX_FOUND] = {0};
    size_t count = 0;
    for (; found[count].score > 0; count++)
        list[count] = (struct detection){
            .box = found[count].box, .score = found[count].score, .class = found[count].class};
    struct seg s;
    struct scene scene;
    nacre_error error;
    assert_ok(seg_parse(marked, strlen(marked), &memory, &s, &error), error);
    assert_ok(scene_make(&model, &s, list, count, &memory, &scene, &error), error);
    return scene;
}

static struct figures measured(const struct scene *scenes, size_t count, struct point_choice choice) {
    struct figures figures;
    const double stored[CLASSES] = {0.4, 0.4, 0.4};
    nacre_error error;
    assert_ok(figures_make(scenes, count, CLASSES, stored, &choice, &memory, &figures, &error), error);
    return figures;
}

#define COMPLETE              "complete women.dresses\ncomplete women.shoes\ncomplete bags\n"
#define HEAD(domain)          "seg 1\nphoto 100 100 a.jpg\ndomain " domain "\n"
#define OBJECT(category, box) "object\ncategory " category "\nbox " box "\nstate drawn\n"
#define NO_MORE                                                                                              \
    {                                                                                                        \
        0, 0, {                                                                                              \
            0, 0, 0, 0                                                                                       \
        }                                                                                                    \
    }

// --- Classes of categories ---

static void assert_classes(const char *category, bool dress, bool shoe, bool bag) {
    bool may[CLASSES];
    assert_int_equal(scene_classes(&model, category, may), dress + shoe + bag);
    assert_int_equal(may[DRESS], dress);
    assert_int_equal(may[SHOE], shoe);
    assert_int_equal(may[BAG], bag);
}

static void test_classes(void **state) {
    (void)state;
    assert_classes("women.dresses", true, false, false);
    assert_classes("women.dresses.evening", true, false, false); // finer than the class
    assert_classes("women", true, true, false);                  // coarser: both are right
    assert_classes("men", false, true, false);
    assert_classes("girls.dresses", true, false, false); // for another wearer than the class's node
    assert_classes("women.shirts", false, false, false);
    assert_classes("bag", false, false, true); // the name of a class
    assert_classes("Bag", false, false, false);
}

// Of a class within another one, the inner one is meant where its own things are marked.
static void test_nested_classes(void **state) {
    (void)state;
    int shoes = taxonomy_find(tree, "women.shoes"), heels = taxonomy_find(tree, "women.shoes.heels");
    const struct detector_class nested[] = {{"shoe", {&shoes, 1, 0}, 0.5F}, {"heel", {&heels, 1, 0}, 0.5F}};
    const struct scene_model m = {.taxonomy = tree, .classes = nested, .class_count = 2};
    bool may[2];
    assert_int_equal(scene_classes(&m, "women.shoes.heels.stilettos", may), 1);
    assert_true(may[1]);
    assert_int_equal(scene_classes(&m, "women.shoes.casual", may), 1);
    assert_true(may[0]);
    assert_int_equal(scene_classes(&m, "women.shoes", may), 2);
}

// «shirt» may be a dress or a bag here, «skirt» a dress.
static void test_words(void **state) {
    (void)state;
    struct word list[] = {{"shirt", (const char *[]){"women.dresses.casual", "bag", NULL}},
                          {"skirt", (const char *[]){"dress", NULL}}};
    const struct scene_model plain = model;
    model.words = (struct words){list, 2};
    assert_classes("shirt", true, false, true);
    assert_classes("skirt", true, false, false);
    assert_classes("shoe", false, true, false);
    struct found none[] = {NO_MORE};
    struct scene s = see(HEAD("street") "complete shirt\n", none);
    assert_true(s.complete[DRESS] && !s.complete[SHOE] && s.complete[BAG]);
    s = see(HEAD("street") "complete skirt\n", none);
    assert_true(s.complete[DRESS] && !s.complete[SHOE] && !s.complete[BAG]);
    s = see(HEAD("street") "complete women\n", none);
    assert_true(s.complete[DRESS] && s.complete[SHOE] && !s.complete[BAG]);
    model = plain;
}

// --- Causes, confusions, shares ---

// One mistake of each kind.
static const char MISTAKES[] = HEAD("street") COMPLETE OBJECT("women.dresses", "0 0 40 80")
    OBJECT("women.shoes", "60 80 20 20") OBJECT("bags", "60 0 20 20") OBJECT("men.shoes", "0 85 15 15");
static const struct found MISTAKEN[] = {
    {DRESS, 0.9F, {0, 0, 40, 80}},    // right
    {DRESS, 0.8F, {0, 0, 40, 70}},    // twice: IoU 7/8
    {BAG, 0.7F, {60, 80, 20, 20}},    // class: it is a shoe
    {BAG, 0.6F, {60, 10, 20, 20}},    // place: IoU 1/3 with the bag
    {SHOE, 0.5F, {60, 10, 20, 20}},   // both: the same place
    {DRESS, 0.45F, {80, 40, 20, 20}}, // background
    {DRESS, 0.3F, {80, 40, 20, 20}},  // below the working point
    NO_MORE,
};

static void test_mistakes(void **state) {
    (void)state;
    struct scene scene = see(MISTAKES, MISTAKEN);
    struct figures f = measured(&scene, 1, (struct point_choice){POINT_STORED, 0});
    const struct domain_figures *d = &f.domains[SEG_STREET];
    for (int i = 0; i < CAUSES; i++)
        assert_int_equal(d->all.causes[i], 1);
    assert_int_equal(d->classes[DRESS].causes[CAUSE_TWICE], 1);
    assert_int_equal(d->classes[BAG].causes[CAUSE_CLASS], 1);
    assert_int_equal(d->classes[BAG].causes[CAUSE_PLACE], 1);
    assert_int_equal(d->classes[SHOE].causes[CAUSE_BOTH], 1);
    assert_int_equal(d->classes[DRESS].causes[CAUSE_BACKGROUND], 1);
    assert_int_equal(d->classes[SHOE].causes[CAUSE_MISSED], 1); // the man's

    assert_int_equal(d->photos, 1);
    assert_int_equal(d->all.objects, 4);
    assert_int_equal(d->all.right, 1);
    assert_int_equal(d->all.wrong, 5);
    assert_near(figures_recall(&d->all), 1 / 4.0);
    assert_near(figures_precision(&d->all), 1 / 6.0);
    assert_near(figures_f1(&d->all), 0.2); // 2 * (1/6 * 1/4) / (1/6 + 1/4)
    assert_near(figures_recall(&d->classes[BAG]), 0);
    assert_near(figures_f1(&d->classes[DRESS]), 2 / 4.0);

    static const size_t taken_for[CLASSES + 1][CLASSES + 1] = {
        {1, 0, 0, 0}, // the dress, found
        {0, 0, 1, 1}, // shoes: one taken for a bag, one missed
        {0, 0, 0, 1}, // the bag
        {2, 1, 1, 0}, // what is nothing: found as dresses, as a shoe, as a bag
    };
    assert_memory_equal(d->taken_for, taken_for, sizeof taken_for);

    assert_near(d->classes[DRESS].ap[OVERLAP_BOX][0], 1);
    assert_near(d->classes[SHOE].ap[OVERLAP_BOX][0], 0);
    assert_near(d->all.ap[OVERLAP_BOX][0], 1 / 3.0);
    assert_true(isnan(d->all.ap[OVERLAP_MASK][0]));
    assert_int_equal(f.domains[SEG_USER].photos, 0);
    assert_true(isnan(figures_recall(&f.domains[SEG_USER].all)));
}

// --- What is not known is neither right nor wrong ---

static void test_unknown(void **state) {
    (void)state;
    static const struct found found[] = {
        {BAG, 0.9F, {0, 0, 20, 20}},    // marked, though bags are not complete: right
        {BAG, 0.8F, {50, 50, 20, 20}},  // nothing marked there: unknown
        {DRESS, 0.7F, {50, 0, 20, 20}}, // complete: a false alarm
        {SHOE, 0.6F, {5, 50, 8, 8}},    // within a doubtful one
        {SHOE, 0.5F, {5, 60, 8, 8}},    // the same
        {DRESS, 0.9F, {80, 80, 5, 5}},  // in the crowd
        {DRESS, 0.8F, {90, 90, 5, 5}},  // the same crowd
        NO_MORE,
    };
    struct scene scene =
        see(HEAD("user") "complete women.dresses\ncomplete women.shoes\n" OBJECT(
                "bags", "0 0 20 20") "object\ncategory men.shoes\nbox 0 50 20 20\nstate doubtful\n"
                                     "object\ncategory women\nbox 80 80 20 20\ncrowd\nstate drawn\n",
            found);
    assert_false(scene.complete[BAG]);
    struct figures f = measured(&scene, 1, (struct point_choice){POINT_STORED, 0});
    const struct domain_figures *d = &f.domains[SEG_USER];
    assert_int_equal(d->all.objects, 1);
    assert_int_equal(d->classes[BAG].right, 1);
    assert_int_equal(d->classes[BAG].wrong, 0);
    assert_int_equal(d->classes[BAG].photos, 0);
    assert_int_equal(d->classes[DRESS].wrong, 1);
    assert_int_equal(d->classes[DRESS].photos, 1);
    assert_int_equal(d->classes[SHOE].right + d->classes[SHOE].wrong, 0);
    assert_int_equal(d->empty, 0);
    assert_near(d->classes[BAG].ap[OVERLAP_BOX][0], 1);
    assert_true(isnan(d->classes[SHOE].ap[OVERLAP_BOX][0]));
}

// Marked as «women»: it counts for what was found there, else for the whole alone.
static void test_coarse(void **state) {
    (void)state;
    static const struct found shoe[] = {{SHOE, 0.9F, {0, 0, 20, 20}}, {DRESS, 0.8F, {0, 0, 20, 20}}, NO_MORE},
                              bag[] = {{BAG, 0.9F, {0, 0, 20, 20}}, NO_MORE};
    const char *marked = HEAD("studio") COMPLETE OBJECT("women", "0 0 20 20");
    struct scene scenes[] = {see(marked, shoe), see(marked, bag)};
    assert_int_equal(scenes[0].objects[0].class, SHOE);
    assert_int_equal(scenes[1].objects[0].class, CLASS_OPEN);
    struct figures f = measured(scenes, 2, (struct point_choice){POINT_STORED, 0});
    const struct domain_figures *d = &f.domains[SEG_STUDIO];
    assert_int_equal(d->classes[SHOE].right, 1);
    assert_int_equal(d->classes[DRESS].causes[CAUSE_CLASS], 1);
    assert_int_equal(d->classes[BAG].causes[CAUSE_CLASS], 1);
    assert_int_equal(d->all.objects, 2);
    assert_near(figures_recall(&d->all), 0.5);
}

static void test_empty_photos(void **state) {
    (void)state;
    static const struct found alarm[] = {{BAG, 0.5F, {0, 0, 9, 9}}, NO_MORE}, quiet[] = {NO_MORE};
    struct scene scenes[] = {
        see(HEAD("unknown") COMPLETE, alarm),          see(HEAD("unknown") COMPLETE, quiet),
        see(HEAD("unknown") COMPLETE, quiet),          see(HEAD("unknown") COMPLETE, quiet),
        see(HEAD("unknown") "complete bags\n", alarm), // not known to be empty
    };
    struct figures f = measured(scenes, 5, (struct point_choice){POINT_STORED, 0});
    assert_int_equal(f.domains[SEG_UNKNOWN].empty, 4);
    assert_int_equal(f.domains[SEG_UNKNOWN].empty_with_alarm, 1);
}

// --- Average precision, working points, calibration ---

static void test_average_precision(void **state) {
    (void)state;
    struct curve_point points[] = {{.9, true, 0}, {.8, false, 1}, {.7, true, 2}, {.6, false, 3}};
    struct curve c = {points, 4, 2};
    // Precision 1 up to a recall of 0.5 (51 of 101 recalls), then 2/3.
    assert_near(curve_average_precision(&c), (51 + 50 * 2 / 3.0) / 101);
    c.objects = 4; // nothing beyond a recall of 0.5: 0.25 at 1, to 0.5 at 2/3
    assert_near(curve_average_precision(&c), (26 + 25 * 2 / 3.0) / 101);
    c.count = 0;
    assert_near(curve_average_precision(&c), 0);
    c.objects = 0;
    assert_true(isnan(curve_average_precision(&c)));
}

// A dress that is called a bag, and a bag: who sees them sees no dress, but the ranking of dresses has one.
static void test_other_names(void **state) {
    (void)state;
    const float maybe_dress[CLASSES] = {[DRESS] = .5F, [BAG] = .6F},
                bag[CLASSES] = {[BAG] = .9F, [SHOE] = .005F};
    const struct detection found[] = {
        {.box = {0, 0, 40, 80}, .class = BAG, .score = .6F, .scores = maybe_dress},
        {.box = {60, 0, 20, 20}, .class = BAG, .score = .9F, .scores = bag},
    };
    const char *marked =
        HEAD("street") COMPLETE OBJECT("women.dresses", "0 0 40 80") OBJECT("bags", "60 0 20 20");
    struct seg s;
    struct scene scene;
    nacre_error error;
    assert_ok(seg_parse(marked, strlen(marked), &memory, &s, &error), error);
    assert_ok(scene_make(&model, &s, found, 2, &memory, &scene, &error), error);
    struct figures f = measured(&scene, 1, (struct point_choice){POINT_STORED, 0});
    const struct domain_figures *d = &f.domains[SEG_STREET];
    assert_near(d->classes[DRESS].ap[OVERLAP_BOX][0], 1);
    assert_near(d->classes[BAG].ap[OVERLAP_BOX][0], 1);
    assert_near(figures_recall(&d->classes[DRESS]), 0);
    assert_near(figures_recall(&d->classes[BAG]), 1);
    assert_int_equal(d->classes[BAG].causes[CAUSE_CLASS], 1);
    assert_int_equal(d->all.wrong, 1);
    assert_int_equal(d->calibration.count[5], 0); // of names that are shown

    // Marked as «women», it is a shoe; that it may be a dress is no false alarm among dresses.
    const float shoe_or_dress[CLASSES] = {[SHOE] = .9F, [DRESS] = .8F}, dress[CLASSES] = {[DRESS] = .7F};
    const struct detection coarse[] = {
        {.box = {0, 0, 20, 20}, .class = SHOE, .score = .9F, .scores = shoe_or_dress},
        {.box = {0, 50, 20, 20}, .class = DRESS, .score = .7F, .scores = dress},
    };
    marked = HEAD("studio") COMPLETE OBJECT("women", "0 0 20 20") OBJECT("women.dresses", "0 50 20 20");
    assert_ok(seg_parse(marked, strlen(marked), &memory, &s, &error), error);
    assert_ok(scene_make(&model, &s, coarse, 2, &memory, &scene, &error), error);
    f = measured(&scene, 1, (struct point_choice){POINT_STORED, 0});
    assert_near(f.domains[SEG_STUDIO].classes[DRESS].ap[OVERLAP_BOX][0], 1);
    assert_near(f.domains[SEG_STUDIO].classes[SHOE].ap[OVERLAP_BOX][0], 1);
}

static double chosen(const struct curve *curves, enum working_point rule, double fpr) {
    nacre_error error;
    nacre_status status;
    double point = choose_point(curves, &(struct point_choice){rule, fpr}, .33, &error, &status);
    assert_ok(status, error);
    return point;
}

static void test_working_points(void **state) {
    (void)state;
    struct curve_point street[] = {
        {.9, true, 0}, {.8, true, 1}, {.6, false, 2}, {.5, true, 3}, {.2, false, 4}};
    struct curve_point user[] = {{.7, true, 0}, {.4, false, 1}, {.3, false, 2}};
    struct curve curves[SEG_DOMAINS] = {[SEG_STREET] = {street, 5, 3}};
    // F1 at .8: 2*2/(2+3) = .8; at .5: 2*3/(4+3) = .857.
    assert_near(chosen(curves, POINT_BEST_F1, 0), .5);
    // With the other domain, the mean of both: at .7: (.8 + 1)/2 = .9; at .5: (.857 + 1)/2.
    curves[SEG_USER] = (struct curve){user, 3, 1};
    assert_near(chosen(curves, POINT_BEST_F1, 0), .5);
    // At .5 one of four is wrong on the street.
    assert_near(chosen(curves, POINT_FPR, .25), .5);
    assert_near(chosen(curves, POINT_FPR, .2), .7);
    assert_near(chosen(curves, POINT_FPR, 0), .7);
    assert_near(chosen(curves, POINT_STORED, 0), .33);
    // A domain without objects has no say; no domain with objects tells nothing.
    curves[SEG_STREET].objects = 0;
    assert_near(chosen(curves, POINT_BEST_F1, 0), .7);
    curves[SEG_USER].objects = 0;
    assert_near(chosen(curves, POINT_BEST_F1, 0), .33);
    // The surest one is wrong: nothing may count.
    curves[SEG_USER] = (struct curve){(struct curve_point[]){{.9, false, 0}}, 1, 1};
    assert_true(isinf(chosen(curves, POINT_FPR, .1)));
}

static void test_calibration(void **state) {
    (void)state;
    struct calibration c = {0};
    assert_true(isnan(calibration_error(&c)));
    c.count[0] = 1000; // left out
    c.count[8] = 4;
    c.score_sum[8] = 3.4;
    c.right[8] = 3; // .85 against .75
    c.count[2] = 6;
    c.score_sum[2] = 1.5;
    c.right[2] = 3; // .25 against .5
    assert_near(calibration_error(&c), (4 * .1 + 6 * .25) / 10);
    double low, high;
    share_interval(8, 10, &low, &high);
    assert_near(round(low * 1e4), 4902); // Wilson's interval, worked out by hand
    assert_near(round(high * 1e4), 9433);
}

static void test_outlines(void **state) {
    (void)state;
    nacre_error error;
    double square[] = {1, 1, 3, 1, 3, 4, 1, 4}, far[] = {-1e9, -1e9, 1e9, -1e9, 1e9, 1e9, -1e9, 1e9};
    struct seg_polygon polygons[] = {{square, 4}, {far, 4}};
    struct seg_object o = {.polygons = polygons, .polygon_count = 1}, box = {.box = {1, 1, 2, 3}};
    struct runs runs = {0}, all = {0}, boxed = {0};
    assert_ok(overlap_outline(&o, 10, 5, &runs, &error), error);
    const uint32_t lengths[] = {6, 3, 2, 3, 36}; // columns 1 and 2, rows 1 to 3
    assert_int_equal(runs.count, 5);
    assert_memory_equal(runs.lengths, lengths, sizeof lengths);
    o.polygon_count = 2;
    assert_ok(overlap_outline(&o, 10, 5, &all, &error), error);
    assert_near(overlap_masks(&runs, &all, false), 6 / 50.0);
    assert_near(overlap_masks(&runs, &all, true), 1);
    assert_ok(overlap_outline(&box, 10, 5, &boxed, &error), error);
    assert_near(overlap_masks(&runs, &boxed, false), 1);
    runs_fini(&runs);
    runs_fini(&all);
    runs_fini(&boxed);
    o = (struct seg_object){.mask = "0"};
    assert_int_equal(overlap_outline(&o, 10, 5, &runs, &error), NACRE_ERROR_FORMAT);
    runs_fini(&runs);
}

// --- COCO's tool ---

static double number_at(const json_t *list, size_t i) {
    return json_number_value(json_array_get(list, i));
}

static struct seg_polygon polygon_from(const json_t *json) {
    size_t count = json_array_size(json);
    double *points = arena_new(&memory, count, sizeof *points);
    for (size_t i = 0; i < count; i++)
        points[i] = number_at(json, i);
    return (struct seg_polygon){points, count / 2};
}

static struct seg_object object_from(const json_t *json) {
    const json_t *polygons = json_object_get(json, "polygons"), *box = json_object_get(json, "box");
    struct seg_object o = {
        .category = classes[json_integer_value(json_object_get(json, "class"))].id,
        .mask = json_string_value(json_object_get(json, "mask")),
        .crowd = json_is_true(json_object_get(json, "crowd")),
        .polygon_count = json_array_size(polygons),
    };
    o.polygons = arena_new(&memory, o.polygon_count, sizeof *o.polygons);
    for (size_t i = 0; i < o.polygon_count; i++)
        o.polygons[i] = polygon_from(json_array_get(polygons, i));
    for (size_t i = 0; i < 4; i++)
        o.box[i] = number_at(box, i);
    return o;
}

static struct detection detection_from(const json_t *json, int width, int height) {
    const json_t *box = json_object_get(json, "box"), *given = json_object_get(json, "scores");
    struct mask *mask = arena_new(&memory, 1, sizeof *mask);
    float *scores = arena_new(&memory, CLASSES, sizeof *scores);
    for (size_t c = 0; c < CLASSES; c++)
        scores[c] = (float)number_at(given, c);
    *mask = (struct mask){width, height, json_string_value(json_object_get(json, "mask"))};
    return (struct detection){
        .box = {(int)number_at(box, 0), (int)number_at(box, 1), (int)number_at(box, 2),
                (int)number_at(box, 3)},
        .score = (float)json_number_value(json_object_get(json, "score")),
        .class = (int)json_integer_value(json_object_get(json, "class")),
        .scores = scores,
        .mask = mask,
    };
}

static struct scene scene_from(const json_t *json, int width, int height) {
    static const char *const names[CLASSES] = {"women.dresses", "women.shoes", "bags"};
    const json_t *objects = json_object_get(json, "objects"), *found = json_object_get(json, "detections");
    struct seg s = {.width = width, .height = height, .domain = SEG_STREET, .photo = "a.jpg"};
    s.complete = arena_new(&memory, CLASSES, sizeof *s.complete);
    for (size_t c = 0; c < CLASSES; c++) {
        if (json_is_true(json_array_get(json_object_get(json, "complete"), c)))
            s.complete[s.complete_count++] = names[c];
    }
    s.object_count = json_array_size(objects);
    s.objects = arena_new(&memory, s.object_count, sizeof *s.objects);
    for (size_t i = 0; i < s.object_count; i++)
        s.objects[i] = object_from(json_array_get(objects, i));
    size_t count = json_array_size(found);
    struct detection *detections = arena_new(&memory, count, sizeof *detections);
    for (size_t i = 0; i < count; i++)
        detections[i] = detection_from(json_array_get(found, i), width, height);
    struct scene_model with_masks = model;
    with_masks.has_masks = true;
    struct scene scene;
    nacre_error error;
    assert_ok(scene_make(&with_masks, &s, detections, count, &memory, &scene, &error), error);
    return scene;
}

static void assert_as_coco(const struct domain_figures *d, enum overlap overlap, const json_t *expected) {
    for (size_t c = 0; c < CLASSES; c++) {
        for (size_t i = 0; i < MATCH_LEVELS; i++) {
            double coco = number_at(json_array_get(json_object_get(expected, "levels"), c), i);
            assert_near(d->classes[c].ap[overlap][i], coco);
        }
    }
    assert_near(d->all.ap[overlap][0], json_number_value(json_object_get(expected, "ap50")));
    assert_near(figures_mean_ap(&d->all, overlap), json_number_value(json_object_get(expected, "ap")));
}

static void test_equals_coco(void **state) {
    (void)state;
    json_t *all = json_load_file(TEST_SOURCE_DIR "/tests/coco/case.json", 0, NULL);
    const json_t *photos = json_object_get(all, "photos");
    size_t count = json_array_size(photos);
    assert_in_range(count, 10, MAX_SCENES);
    struct scene scenes[MAX_SCENES];
    for (size_t i = 0; i < count; i++)
        scenes[i] =
            scene_from(json_array_get(photos, i), (int)json_integer_value(json_object_get(all, "width")),
                       (int)json_integer_value(json_object_get(all, "height")));
    struct figures f = measured(scenes, count, (struct point_choice){POINT_BEST_F1, 0});
    assert_as_coco(&f.domains[SEG_STREET], OVERLAP_BOX, json_object_get(all, "box"));
    assert_as_coco(&f.domains[SEG_STREET], OVERLAP_MASK, json_object_get(all, "mask"));
    json_decref(all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),      cmocka_unit_test(test_nested_classes),
        cmocka_unit_test(test_words),        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_unknown),      cmocka_unit_test(test_coarse),
        cmocka_unit_test(test_empty_photos), cmocka_unit_test(test_average_precision),
        cmocka_unit_test(test_other_names),  cmocka_unit_test(test_working_points),
        cmocka_unit_test(test_calibration),  cmocka_unit_test(test_outlines),
        cmocka_unit_test(test_equals_coco),
    };
    return cmocka_run_group_tests(tests, open_tree, close_tree);
}
