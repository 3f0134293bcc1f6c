// SPDX-License-Identifier: Apache-2.0
// Post-processing against slow plain models of it, and the real ONNX Runtime on the tiny networks of
// tests/models, whose answers can be worked out by hand (make.py there says how).
#include "test_models.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "vision/detector.h"
#include "vision/encoder.h"
#include "vision/faces.h"
#include "vision/mask.h"
#include "vision/match.h"
#include "vision/rle.h"
#include "vision/suppress.h"
#include "vision/vision.h"

static float random_share(unsigned *seed) {
    return (float)(rand_r(seed) % 10001) / 10000.0F;
}

// --- Run lengths ---

// What a mask of one byte a pixel, down the columns, is as text.
static const char *printed(const uint8_t *bits, size_t pixels, arena *a) {
    struct runs runs = {0};
    const char *text;
    for (size_t i = 0; i < pixels; i++)
        assert_int_equal(runs_add(&runs, bits[i], 1), NACRE_OK);
    assert_int_equal(runs_print(&runs, a, &text), NACRE_OK);
    runs_fini(&runs);
    return text;
}

// Texts that pycocotools 2.0.11 gave for the same masks.
static void runs_are_those_of_coco(void **state) {
    (void)state;
    arena a;
    arena_init(&a, 1 << 20);
    enum { WIDTH = 60, HEIGHT = 40 };
    uint8_t bits[WIDTH * HEIGHT] = {0};
    for (int x = 0; x < WIDTH; x++)
        for (int y = 0; y < HEIGHT; y++)
            bits[x * HEIGHT + y] = (y >= 3 && y < 30 && x >= 5 && x < 20) || y == 10 || y == 11 || x == 59 ||
                                   (y == 35 && x == 30);
    assert_string_equal(
        printed(bits, sizeof bits, &a),
        ":2V10000000Ii0^O0000000000000000000000000007WOb00000000000000000000AOG1h0000000000000"
        "00000000000000000000000000000000000000000FV1");
    memset(bits, 1, 12);
    assert_string_equal(printed(bits, 12, &a), "0<");
    memset(bits, 0, 12);
    assert_string_equal(printed(bits, 12, &a), "<");
    arena_fini(&a);
}

static void runs_come_back(void **state) {
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 200; round++) {
        arena a;
        arena_init(&a, 1 << 20);
        uint8_t bits[1500];
        uint32_t pixels = 1 + (uint32_t)rand_r(&seed) % sizeof bits;
        int change = 1 + rand_r(&seed) % 200; // one in so many pixels begins a new run
        for (uint32_t i = 0; i < pixels; i++)
            bits[i] = (uint8_t)(i && rand_r(&seed) % change ? bits[i - 1] : rand_r(&seed) % 2);
        const char *text = printed(bits, pixels, &a), *again;
        struct runs runs = {0};
        nacre_error error;
        assert_ok(runs_parse(text, pixels, &runs, &error), error);
        uint32_t at = 0;
        for (size_t i = 0; i < runs.count; i++)
            for (uint32_t j = 0; j < runs.lengths[i]; j++)
                assert_int_equal(bits[at++], i % 2);
        assert_int_equal(at, pixels);
        assert_int_equal(runs_print(&runs, &a, &again), NACRE_OK);
        assert_string_equal(again, text);
        runs_fini(&runs);
        arena_fini(&a);
    }
}

static void wrong_runs_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"",  "0",  "=", "0=",       "0<0<",     "\x7f<",
                                        " ", "0P", "O", "oooooooo", "ooooooo0", "é"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct runs runs = {0};
        nacre_error error;
        if (runs_parse(texts[i], 12, &runs, &error) != NACRE_ERROR_FORMAT)
            fail_msg("\"%s\" was accepted", texts[i]);
        runs_fini(&runs);
    }
}

// --- Suppression ---

enum { MANY = 120 };

static void make_candidates(struct candidate *candidates, size_t count, unsigned *seed) {
    for (size_t i = 0; i < count; i++) {
        float x = 300 * random_share(seed), y = 300 * random_share(seed);
        struct rectangle box = {x, y, x + 20 + 150 * random_share(seed), y + 20 + 150 * random_share(seed)};
        if (i % 3 == 2) { // another guess at the place of one before
            box = candidates[(size_t)rand_r(seed) % i].box;
            box.left += 8 * random_share(seed);
            box.bottom += 8 * random_share(seed);
        }
        candidates[i] = (struct candidate){
            .box = box,
            .score = (float)(rand_r(seed) % 20) / 20, // ties are common
            .class = rand_r(seed) % 4,
            .anchor = (int)i,
        };
    }
}

static double plain_area(const struct rectangle *r) {
    return ((double)r->right - (double)r->left) * ((double)r->bottom - (double)r->top);
}

static double plain_common(const struct rectangle *a, const struct rectangle *b) {
    double width = fmin((double)a->right, (double)b->right) - fmax((double)a->left, (double)b->left);
    double height = fmin((double)a->bottom, (double)b->bottom) - fmax((double)a->top, (double)b->top);
    return width > 0 && height > 0 ? width * height : 0;
}

static double plain_iou(const struct rectangle *a, const struct rectangle *b) {
    double common = plain_common(a, b);
    return common / (plain_area(a) + plain_area(b) - common);
}

static bool plain_is_better(const struct candidate *a, const struct candidate *b) {
    if (a->score != b->score)
        return a->score > b->score;
    return a->class != b->class ? a->class < b->class : a->anchor < b->anchor;
}

// The definition: again and again, keep the best that is left and strike out what is the same thing.
static size_t plain_suppress(struct candidate *candidates, size_t count, const int *family,
                             const struct suppression *limits, int *kept) {
    bool gone[MANY] = {false};
    size_t kept_count = 0;
    for (;;) {
        size_t best = count;
        for (size_t i = 0; i < count; i++)
            if (!gone[i] && (best == count || plain_is_better(&candidates[i], &candidates[best])))
                best = i;
        if (best == count)
            return kept_count;
        kept[kept_count++] = candidates[best].anchor;
        for (size_t i = 0; i < count; i++) {
            const struct rectangle *a = &candidates[i].box, *b = &candidates[best].box;
            double iou = plain_iou(a, b);
            double inside = plain_common(a, b) / fmin(plain_area(a), plain_area(b));
            bool is_family = family[candidates[i].class] == family[candidates[best].class];
            bool same = is_family ? iou > (double)limits->same_iou || inside > (double)limits->same_inside
                                  : iou > (double)limits->other_iou;
            gone[i] = gone[i] || same || i == best;
        }
    }
}

// The left side of the survivor `best`: the mean over itself and all that went and lay nearly as it does.
static double plain_left(const struct candidate *candidates, size_t count, const int *family, const int *kept,
                         size_t kept_count, const struct candidate *best) {
    double sum = 0, weight = 0;
    for (size_t i = 0; i < count; i++) {
        const struct candidate *c = &candidates[i];
        bool went = true;
        for (size_t j = 0; j < kept_count; j++)
            went = went && kept[j] != c->anchor;
        double iou = plain_iou(&c->box, &best->box);
        if (c != best && (!went || family[c->class] != family[best->class] || iou < 0.7))
            continue;
        sum += (double)c->score * iou * iou * (double)c->box.left;
        weight += (double)c->score * iou * iou;
    }
    return weight > 0 ? sum / weight : (double)best->box.left;
}

static void suppression_is_as_defined(void **state) {
    (void)state;
    const struct suppression limits = {0.5F, 0.85F, 0.8F};
    static const int family[] = {0, 1, 2, 1};
    unsigned seed = 11;
    size_t suppressed = 0, moved = 0;
    for (int round = 0; round < 100; round++) {
        struct candidate candidates[MANY], shuffled[MANY];
        size_t count = (size_t)rand_r(&seed) % MANY;
        make_candidates(candidates, count, &seed);
        int expected[MANY];
        size_t expected_count = plain_suppress(candidates, count, family, &limits, expected);
        memcpy(shuffled, candidates, sizeof shuffled);
        for (size_t i = count; i > 1; i--) {
            size_t j = (size_t)rand_r(&seed) % i;
            struct candidate swapped = shuffled[i - 1];
            shuffled[i - 1] = shuffled[j];
            shuffled[j] = swapped;
        }
        assert_int_equal(suppress(shuffled, count, family, &limits), expected_count);
        for (size_t i = 0; i < expected_count; i++) {
            const struct candidate *best = &candidates[expected[i]];
            assert_int_equal(shuffled[i].anchor, expected[i]);
            double left = plain_left(candidates, count, family, expected, expected_count, best);
            assert_float_equal(shuffled[i].box.left, (float)left, 1e-3F);
            moved += shuffled[i].box.left != best->box.left;
        }
        suppressed += count - expected_count;
    }
    assert_true(suppressed > 100 && moved > 100);
}

static void jacket_over_shirt_stays_two(void **state) {
    (void)state;
    enum { JACKET, SHIRT };
    struct candidate candidates[] = {
        {{100, 100, 300, 400}, 0.9F, JACKET, 0}, {{110, 105, 300, 395}, 0.8F, JACKET, 1}, // the same jacket
        {{150, 110, 250, 380}, 0.7F, SHIRT, 2},                                           // below it
        {{160, 120, 240, 200}, 0.6F, SHIRT, 3},                                           // the shirt's chest
        {{101, 101, 299, 399}, 0.5F, SHIRT, 4}, // the jacket, taken for a shirt
    };
    const struct suppression limits = {0.5F, 0.85F, 0.85F};
    static const int family[] = {JACKET, SHIRT};
    assert_int_equal(suppress(candidates, 5, family, &limits), 2);
    assert_int_equal(candidates[0].anchor, 0);
    assert_int_equal(candidates[1].anchor, 2);
    assert_true(candidates[0].box.left > 100 && candidates[0].box.left < 110); // between both guesses
    assert_float_equal(candidates[0].box.right, 300, 1e-3F);
    assert_float_equal(candidates[1].box.left, 150, 1e-3F);
}

static void boot_that_is_also_a_shoe_is_one(void **state) {
    (void)state;
    enum { SHOE, BOOT, SOCK };
    struct candidate candidates[] = {
        {{100, 100, 200, 300}, 0.9F, BOOT, 0},
        {{100, 220, 200, 300}, 0.8F, SHOE, 1},  // its foot
        {{120, 120, 180, 200}, 0.7F, SOCK, 2},  // in it
        {{300, 100, 400, 300}, 0.78F, SHOE, 3}, // the other one, under another name
    };
    const struct suppression limits = {0.5F, 0.85F, 0.85F};
    static const int family[] = {SHOE, SHOE, SOCK};
    static const bool pair[] = {true, true, true};
    assert_int_equal(suppress(candidates, 4, family, &limits), 3);
    struct group groups[3];
    assert_int_equal(join_pairs(candidates, 3, family, pair, groups), 2);
    assert_int_equal(candidates[groups[0].first].anchor, 0);
    assert_int_equal(candidates[groups[0].second].anchor, 3);
    assert_int_equal(candidates[groups[1].first].anchor, 2);
    assert_int_equal(groups[1].second, groups[1].first);
}

static void pairs_are_joined(void **state) {
    (void)state;
    enum { SHOE, DRESS };
    static const int family[] = {SHOE, DRESS};
    const bool pair[] = {true, false};
    const struct candidate candidates[] = {
        {{100, 500, 140, 560}, 0.9F, SHOE, 0},   {{100, 100, 200, 400}, 0.89F, DRESS, 1},
        {{240, 500, 280, 560}, 0.88F, SHOE, 2},  {{150, 505, 190, 565}, 0.87F, SHOE, 3},
        {{290, 500, 330, 560}, 0.86F, SHOE, 4},  {{600, 500, 640, 560}, 0.85F, SHOE, 5}, // far from all
        {{210, 100, 310, 400}, 0.84F, DRESS, 6}, {{650, 500, 655, 505}, 0.83F, SHOE, 7}, // much smaller
        {{610, 500, 650, 560}, 0.7F, SHOE, 8},                                           // much less sure
    };
    struct group groups[9];
    assert_int_equal(join_pairs(candidates, 9, family, pair, groups), 7);
    static const size_t expected[][2] = {{0, 3}, {1, 1}, {2, 4}, {5, 5}, {6, 6}, {7, 7}, {8, 8}};
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(groups[i].first, expected[i][0]);
        assert_int_equal(groups[i].second, expected[i][1]);
    }
}

// --- Masks ---

// The sum at a point of the maps, in cells, by the definition of bilinear interpolation.
static double plain_sum(const struct prototypes *p, const float *coefficients, double x, double y) {
    x = fmin(fmax(x, 0), p->width - 1);
    y = fmin(fmax(y, 0), p->height - 1);
    int left = (int)x, top = (int)y;
    double sum = 0;
    for (int dy = 0; dy < 2; dy++)
        for (int dx = 0; dx < 2; dx++) {
            int column = left + dx < p->width ? left + dx : left, row = top + dy < p->height ? top + dy : top;
            double weight = (dx ? x - left : 1 - x + left) * (dy ? y - top : 1 - y + top);
            for (int i = 0; i < p->count; i++)
                sum += weight * (double)coefficients[i] *
                       (double)p->values[(i * p->height + row) * p->width + column];
        }
    return sum;
}

static void check_mask(const struct prototypes *p, const struct mask_part *parts, size_t count, int width,
                       int height, size_t *inside) {
    struct runs runs = {0};
    nacre_error error;
    assert_ok(mask_draw(p, parts, count, width, height, &runs, &error), error);
    size_t run = 0;
    uint32_t left_in_run = runs.lengths[0];
    for (int x = 0; x < width; x++)
        for (int y = 0; y < height; y++) {
            while (left_in_run == 0)
                left_in_run = runs.lengths[++run];
            left_in_run--;
            bool expected = false, close = false;
            for (size_t i = 0; i < count; i++) {
                const struct rectangle *b = &parts[i].box;
                if (x + 0.5 < (double)b->left || x + 0.5 >= (double)b->right || y + 0.5 < (double)b->top ||
                    y + 0.5 >= (double)b->bottom)
                    continue;
                double sum = plain_sum(p, parts[i].coefficients, (x + 0.5) * p->x_scale + p->x_offset - 0.5,
                                       (y + 0.5) * p->y_scale + p->y_offset - 0.5);
                expected = expected || sum > 0;
                close = close || fabs(sum) < 1e-5;
            }
            if (!close && expected != (run % 2 == 1))
                fail_msg("pixel %d,%d of %dx%d is %s the mask", x, y, width, height,
                         expected ? "not in" : "in");
            *inside += expected;
        }
    assert_int_equal(run, runs.count - 1);
    assert_int_equal(left_in_run, 0);
    runs_fini(&runs);
}

static void masks_are_as_defined(void **state) {
    (void)state;
    unsigned seed = 3;
    size_t inside = 0;
    for (int round = 0; round < 60; round++) {
        float values[4 * 9 * 9], coefficients[2][4];
        struct prototypes p = {
            values, 1 + rand_r(&seed) % 4, 1 + rand_r(&seed) % 9, 1 + rand_r(&seed) % 9, 0, 0, 0, 0};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            values[i] = 2 * random_share(&seed) - 1;
        for (size_t i = 0; i < 8; i++)
            coefficients[i / 4][i % 4] = 2 * random_share(&seed) - 1;
        int width = 1 + rand_r(&seed) % 90, height = 1 + rand_r(&seed) % 90;
        p.x_scale = (double)p.width / width * (double)(0.5F + random_share(&seed));
        p.y_scale = (double)p.height / height * (double)(0.5F + random_share(&seed));
        p.x_offset = (double)random_share(&seed);
        p.y_offset = (double)random_share(&seed);
        struct mask_part parts[2];
        for (size_t i = 0; i < 2; i++) {
            float left = (float)width * random_share(&seed), top = (float)height * random_share(&seed);
            parts[i] = (struct mask_part){{left, top, left + (float)width * random_share(&seed),
                                           top + (float)height * random_share(&seed)},
                                          coefficients[i]};
        }
        check_mask(&p, parts, 1 + (size_t)rand_r(&seed) % 2, width, height, &inside);
    }
    assert_true(inside > 1000);
}

// --- The tiny networks ---

static const char DETECTOR[] = TEST_SOURCE_DIR "/tests/models/detector.onnx";
static const char FACES[] = TEST_SOURCE_DIR "/tests/models/faces.onnx";
static const char FOREIGN[] = TEST_SOURCE_DIR "/tests/models/foreign.onnx";

enum colour { WHITE, RED, GREEN, BLUE };

static struct picture blank(int width, int height) {
    struct picture p = {malloc((size_t)width * (size_t)height * 3), width, height, width, height};
    memset(p.pixels, 255, (size_t)width * (size_t)height * 3);
    return p;
}

static void paint(struct picture *p, enum colour colour, int x, int y, int width, int height) {
    for (int row = y; row < y + height; row++)
        for (int column = x; column < x + width; column++) {
            uint8_t *pixel = p->pixels + 3 * (row * p->width + column);
            for (int channel = 0; channel < 3; channel++)
                pixel[channel] = colour == WHITE || channel == (int)colour - RED ? 255 : 0;
        }
}

static struct picture plain(enum colour colour, int side) {
    struct picture p = blank(side, side);
    paint(&p, colour, 0, 0, side, side);
    return p;
}

static encoder *open_encoder(const taxonomy *t) {
    encoder *e;
    nacre_error error;
    assert_ok(encoder_open(ENCODER, t, 1, &e, &error), error);
    return e;
}

static struct encoding encoded(const encoder *e, enum colour colour, struct within within) {
    struct picture p = plain(colour, 40);
    const struct encoder_crop crop = {&p, NULL, within};
    struct encoding encoding;
    nacre_error error;
    assert_ok(encoder_run(e, &crop, 1, &encoding, &error), error);
    free(p.pixels);
    return encoding;
}

static const struct within anything;

static int category(const char *id) {
    int found = taxonomy_find(the_taxonomy, id);
    if (found == CATEGORY_NONE)
        fail_msg("the taxonomy has no %s", id);
    return found;
}

static void assert_category(int actual, const char *expected) {
    assert_string_equal(taxonomy_id(the_taxonomy, actual), expected);
}

static void codes_are_the_signs_of_values(void **state) {
    (void)state;
    encoder *e = open_encoder(the_taxonomy);
    assert_string_equal(encoder_identity(e), "mean-colour-1");
    struct encoding red = encoded(e, RED, anything), blue = encoded(e, BLUE, anything);
    for (int i = 0; i < 128; i++) {
        bool turned = i % 3 == 0; // make.py: every third value has the other sign
        assert_int_equal(red.shape[i / 8] >> (7 - i % 8) & 1, !turned);
        assert_int_equal(red.colour[i / 8] >> (7 - i % 8) & 1, turned);
        assert_int_equal(blue.shape[i / 8] >> (7 - i % 8) & 1, turned);
        assert_int_equal(blue.colour[i / 8] >> (7 - i % 8) & 1, !turned);
    }
    encoder_close(e);
}

static void answer_is_the_deepest_sure_node(void **state) {
    (void)state;
    encoder *e = open_encoder(the_taxonomy);
    // Logits for red: evening 4+4+4 = 12, casual 3+4+4 = 11, T-shirts -4-4+4 = -4: evening has e/(e+1).
    struct encoding red = encoded(e, RED, anything);
    assert_category(red.category, "women.dresses.evening");
    assert_true(fabs((double)red.category_score - M_E / (M_E + 1)) < 1e-3);
    assert_int_equal(red.category_count, VISION_CATEGORIES);
    assert_category(red.categories[0].category, "women.dresses.evening");
    assert_category(red.categories[1].category, "women.dresses.casual");
    assert_true(fabs((double)red.categories[1].score - 1 / (M_E + 1)) < 1e-3);
    assert_int_equal(red.seen, red.category);
    // Whose T-shirt is unsure (0.62), that it is one is not: the wearer does not spoil the answer.
    struct encoding green = encoded(e, GREEN, anything);
    assert_category(green.category, "women.tops.tshirts");
    assert_true(green.category_score > 0.99F);
    encoder_close(e);
}

static void answer_lies_within(void **state) {
    (void)state;
    encoder *e = open_encoder(the_taxonomy);
    const int men[] = {category("men")};
    struct encoding green = encoded(e, GREEN, (struct within){men, 1, 0});
    assert_category(green.category, "men.tops.tshirts");
    assert_category(green.categories[0].category, "men.tops.tshirts");
    assert_category(green.seen, "women.tops.tshirts");
    assert_true(green.category_score > 0.99F);
    // A shop that says shoes gets shoes, and can be told that red is no shoe.
    const int shoes[] = {category("women.shoes"), category("men.shoes")};
    struct encoding red = encoded(e, RED, (struct within){shoes, 2, 0});
    assert_true(taxonomy_contains(the_taxonomy, shoes[0], red.category) ||
                taxonomy_contains(the_taxonomy, shoes[1], red.category));
    assert_category(red.seen, "women.dresses.evening");
    assert_false(taxonomy_agree(the_taxonomy, red.seen, red.category));
    // Nothing the network knows lies in belts.
    const int belts[] = {category("accessories.belts")};
    struct encoding none = encoded(e, RED, (struct within){belts, 1, 0});
    assert_int_equal(none.category, belts[0]);
    assert_int_equal(none.category_count, 0);
    assert_true(none.category_score == 0);
    encoder_close(e);
}

// A guess («shoes») gives way to what is seen far more surely, and decides where nothing else does.
static void guess_does_not_hide_what_is_seen(void **state) {
    (void)state;
    encoder *e = open_encoder(the_taxonomy);
    const int shoes[] = {category("women.shoes"), category("men.shoes")};
    struct encoding red = encoded(e, RED, (struct within){shoes, 2, 0.05F});
    assert_category(red.category, "women.dresses.evening");
    assert_int_equal(red.seen, red.category);
    const int casual[] = {category("women.dresses.casual")}; // 1 against e at 0.05
    red = encoded(e, RED, (struct within){casual, 1, 0.05F});
    assert_category(red.category, "women.dresses.casual");
    assert_true(fabs((double)red.category_score - 1 / (1 + 0.05 * M_E)) < 1e-3);
    assert_category(red.categories[1].category, "women.dresses.evening");
    assert_category(red.seen, "women.dresses.evening");
    encoder_close(e);
}

static void guess_names_what_is_not_sure(void **state) {
    (void)state;
    encoder *e = open_encoder(the_taxonomy);
    // White is -4 to every class but a woman's casual dress, -5, and a man's T-shirt, -4.5: no kind is sure.
    struct encoding white = encoded(e, WHITE, anything);
    assert_category(white.category, "women");
    const int shoes[] = {category("women.shoes"), category("men.shoes")};
    white = encoded(e, WHITE, (struct within){shoes, 2, 0.05F});
    assert_category(white.category, "men.shoes.casual.sneakers");
    assert_category(white.seen, "women");
    const int bags[] = {category("bags")};
    white = encoded(e, WHITE, (struct within){bags, 1, 0.05F});
    assert_category(white.category, "bags");
    encoder_close(e);
}

static void kinds_within_each_other_are_a_family(void **state) {
    (void)state;
    const int shoe[] = {category("women.shoes"), category("men.shoes")}, bag[] = {category("bags")};
    const int boot[] = {category("men.shoes.boots")}, sandal[] = {category("women.shoes.sandals")};
    const int dress[] = {category("women.dresses")};
    const struct within names[] = {{boot, 1, 0}, {bag, 1, 0}, {sandal, 1, 0}, {dress, 1, 0}, {shoe, 2, 0}};
    int family[5];
    categories_families(the_taxonomy, names, 5, family);
    static const int expected[] = {0, 1, 0, 3, 0};
    assert_memory_equal(family, expected, sizeof expected);
}

static void merged_leaves_merge_their_probabilities(void **state) {
    (void)state;
    char *folder = test_new_folder();
    char path[512];
    snprintf(path, sizeof path, "%s/merges.xml", folder);
    static const char merges[] =
        "<merges version=\"1\"><merge id=\"women.dresses.festive\" en=\"Festive dresses\" ru=\"Праздничные\">"
        "<from id=\"women.dresses.evening\"/><from id=\"women.dresses.casual\"/></merge></merges>";
    nacre_error error;
    assert_ok(file_write(path, merges, sizeof merges - 1, &error), error);
    taxonomy *merged;
    assert_ok(taxonomy_load(TEST_SOURCE_DIR "/data/taxonomy.xml", path, &merged, &error), error);
    encoder *e = open_encoder(merged);
    struct encoding red = encoded(e, RED, anything);
    assert_string_equal(taxonomy_id(merged, red.category), "women.dresses.festive");
    assert_true(red.category_score > 0.99F);
    assert_true(red.categories[0].score > 0.99F);
    encoder_close(e);
    taxonomy_free(merged);
    test_remove_folder(folder);
}

static void batches_give_what_single_crops_give(void **state) {
    (void)state;
    encoder *e = open_encoder(the_taxonomy);
    struct picture pictures[] = {plain(RED, 40), plain(GREEN, 64), plain(BLUE, 9)};
    struct encoder_crop crops[37];
    struct encoding together[37], alone;
    for (size_t i = 0; i < 37; i++)
        crops[i] = (struct encoder_crop){&pictures[i % 3], NULL, anything};
    nacre_error error;
    assert_ok(encoder_run(e, crops, 37, together, &error), error);
    for (size_t i = 0; i < 37; i++) {
        assert_ok(encoder_run(e, &crops[i], 1, &alone, &error), error);
        assert_memory_equal(together[i].shape, alone.shape, sizeof alone.shape);
        assert_memory_equal(together[i].colour, alone.colour, sizeof alone.colour);
        assert_int_equal(together[i].category, alone.category);
    }
    for (size_t i = 0; i < 3; i++)
        free(pictures[i].pixels);
    encoder_close(e);
}

// --- What is no model of ours ---

static void assert_model_refused(const char *path, nacre_status expected, const char *words) {
    encoder *e;
    nacre_error error;
    nacre_status status = encoder_open(path, the_taxonomy, 1, &e, &error);
    if (status == NACRE_OK)
        fail_msg("%s was accepted", path);
    if (status != expected || !strstr(error.message, words) || !strstr(error.message, path))
        fail_msg("refused with %s: %s; expected: %s", nacre_status_word(status), error.message, words);
}

static void wrong_models_are_refused(void **state) {
    (void)state;
    char *folder = test_new_folder();
    char path[512];
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    nacre_error error;
    assert_model_refused(path, NACRE_ERROR_NOT_FOUND, "No such file");
    assert_model_refused(folder, NACRE_ERROR_MODEL, "not a file");
    assert_model_refused(FOREIGN, NACRE_ERROR_MODEL, "no nacre.kind");
    assert_model_refused(DETECTOR, NACRE_ERROR_MODEL, "\"detector\", not \"encoder\"");
    assert_ok(file_write(path, "", 0, &error), error);
    assert_model_refused(path, NACRE_ERROR_MODEL, "empty");
    assert_ok(file_write(path, "this is no network", 18, &error), error);
    assert_model_refused(path, NACRE_ERROR_MODEL, "cannot be loaded");
    char *bytes;
    size_t length;
    assert_ok(file_read(ENCODER, LIMIT_MODEL_BYTES, &bytes, &length, &error), error);
    assert_ok(file_write(path, bytes, length / 2, &error), error);
    assert_model_refused(path, NACRE_ERROR_MODEL, "cannot be loaded");
    memory_free(bytes);
    int descriptor = open(path, O_WRONLY | O_TRUNC);
    assert_true(descriptor >= 0);
    assert_int_equal(ftruncate(descriptor, (off_t)LIMIT_MODEL_BYTES + 1), 0); // takes no space
    close(descriptor);
    assert_model_refused(path, NACRE_ERROR_LIMIT, "the limit is");
    test_remove_folder(folder);
}

// A copy of the encoder with `from` replaced by `to`, of the same length, in its metadata.
static void assert_refused_with(const char *from, const char *to, const char *words) {
    char *folder = test_new_folder();
    char path[512];
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    char *bytes;
    size_t length;
    nacre_error error;
    assert_int_equal(strlen(from), strlen(to));
    assert_ok(file_read(ENCODER, LIMIT_MODEL_BYTES, &bytes, &length, &error), error);
    char *place = memmem(bytes, length, from, strlen(from));
    assert_non_null(place);
    memcpy(place, to, strlen(to));
    assert_ok(file_write(path, bytes, length, &error), error);
    assert_model_refused(path, NACRE_ERROR_MODEL, words);
    memory_free(bytes);
    test_remove_folder(folder);
}

static void wrong_metadata_are_refused(void **state) {
    (void)state;
    assert_refused_with("women.dresses.casual\"", "women.dresses.kasual\"",
                        "1 of its classes: women.dresses.kasual");
    assert_refused_with("\"women.dresses.evening\",", "\"women.dresses.evening\";",
                        "nacre.classes is not JSON");
    assert_refused_with("\"fit\": \"pad\"", "\"fit\": \"cut\"", "nacre.input must be");
    assert_refused_with("[32, 32]", "[32, 33]", "must be 32-bit floats of the shape N,3,32,33");
    assert_refused_with("[32, 32]", "[32, -2]", "nacre.input must be");
    assert_refused_with("nacre.name", "nacre.mane", "no nacre.name");
    assert_refused_with("\"men.tops.tshirts\", ", "                    ",
                        "its output \"categories\" is not of the shape");
}

// The table of tests/models/make.py: dresses weigh 2:8 and begin at .9, .75, .5; all else 1:1 at 1, .8, .25.
static void distances_have_a_word(void **state) {
    (void)state;
    encoder *e;
    nacre_error error;
    assert_ok(encoder_open(ENCODER, the_taxonomy, 1, &e, &error), error);
    const match_table *table = encoder_match_table(e);
    int dress = category("women.dresses.evening"), shirt = category("men.tops.tshirts");
    assert_string_equal(match_word(table, dress, 0, 0), "same");
    assert_string_equal(match_word(table, dress, 64, 0), "same"); // 1 - 2 * 64 / 1280 = .9
    assert_string_equal(match_word(table, dress, 65, 0), "very similar");
    assert_string_equal(match_word(table, dress, 0, 40), "very similar"); // .75
    assert_string_equal(match_word(table, dress, 0, 41), "similar");
    assert_string_equal(match_word(table, dress, 0, 80), "similar"); // .5
    assert_string_equal(match_word(table, dress, 0, 81), "related");
    assert_string_equal(match_word(table, shirt, 0, 0), "same");
    assert_string_equal(match_word(table, shirt, 1, 0), "very similar");
    assert_string_equal(match_word(table, shirt, 128, 65), "related"); // 1 - 193 / 256 < .25
    assert_string_equal(match_word(table, CATEGORY_NONE, 128, 64), "similar");
    assert_null(match_word(NULL, shirt, 0, 0));
    encoder_close(e);
}

static void wrong_match_tables_are_refused(void **state) {
    (void)state;
    assert_refused_with("\"women.dresses\": {", "\"women.dressed\": {",
                        "nacre.match names \"women.dressed\"");
    assert_refused_with("\"weights\": [2, 8]", "\"weights\": [0, 0]",
                        "nacre.match must have for \"women.dresses\"");
    assert_refused_with("\"similar\": 0.25", "\"similar\": 0.85", "nacre.match must have for \"\"");
    assert_refused_with("\"same\": 1,", "\"same\": 2,", "1 >= A >= B >= C >= 0");
}

static void runtime_is_described(void **state) {
    (void)state;
    struct vision_runtime runtime;
    nacre_error error;
    assert_ok(vision_runtime_describe(&runtime, &error), error);
    assert_non_null(strstr(runtime.path, "libonnxruntime.so"));
    assert_int_equal(runtime.version[0], '1');
    assert_non_null(strstr(runtime.providers, "CPUExecutionProvider"));
}

// --- A photo's items ---

static workspace *make_workspace(char *folder, bool with_detector) {
    char path[512];
    nacre_error error;
    workspace *w;
    snprintf(path, sizeof path, "%s/w", folder);
    assert_ok(workspace_create(path, &error), error);
    assert_ok(workspace_open(path, &w, &error), error);
    const char *const sources[] = {ENCODER, DETECTOR};
    const char *const names[] = {"models/encoder.onnx", "models/detector.onnx"};
    char *models = workspace_path(w, "models");
    assert_ok(file_make_folder(models, &error), error);
    memory_free(models);
    for (size_t i = 0; i < 2; i++) {
        char *bytes, *to = workspace_path(w, names[i]);
        size_t length;
        assert_ok(file_read(sources[i], LIMIT_MODEL_BYTES, &bytes, &length, &error), error);
        if (i == 1 && !with_detector)
            length = 0; // an empty file turns the one off that ships
        assert_ok(file_write(to, bytes, length, &error), error);
        memory_free(bytes);
        memory_free(to);
    }
    return w;
}

struct eyes {
    char *folder;
    workspace *workspace;
    vision *vision;
    arena arena;
};

static struct eyes open_eyes(bool with_detector) {
    struct eyes eyes = {.folder = test_new_folder()};
    nacre_error error;
    eyes.workspace = make_workspace(eyes.folder, with_detector);
    assert_ok(vision_open(eyes.workspace, the_taxonomy, 1, &eyes.vision, &error), error);
    arena_init(&eyes.arena, 64 << 20);
    return eyes;
}

static void close_eyes(struct eyes *eyes) {
    arena_fini(&eyes->arena);
    vision_close(eyes->vision);
    workspace_free(eyes->workspace);
    test_remove_folder(eyes->folder);
}

static struct item *detected(struct eyes *eyes, const struct picture *photo, float min_score, size_t *count) {
    struct item *items = NULL;
    nacre_error error;
    struct vision_times times = {-1, -1};
    assert_ok(vision_detect(eyes->vision, photo, min_score, &eyes->arena, &items, count, &times, &error),
              error);
    assert_true(times.detect_ms >= 0 && times.encode_ms >= 0);
    return items;
}

// The set pixels of the mask inside `box`, or all of them.
static int64_t mask_pixels(const struct mask *mask, const struct box *box) {
    struct runs runs = {0};
    nacre_error error;
    assert_ok(runs_parse(mask->counts, (uint32_t)(mask->width * mask->height), &runs, &error), error);
    int64_t pixels = 0, at = 0;
    for (size_t i = 0; i < runs.count; at += runs.lengths[i++])
        for (int64_t j = at; i % 2 == 1 && j < at + runs.lengths[i]; j++) {
            int64_t x = j / mask->height, y = j % mask->height;
            pixels +=
                !box || (x >= box->x && x < box->x + box->width && y >= box->y && y < box->y + box->height);
        }
    runs_fini(&runs);
    return pixels;
}

static void assert_box(struct box actual, int x, int y, int width, int height) {
    if (actual.x != x || actual.y != y || actual.width != width || actual.height != height)
        fail_msg("the box is %d,%d %dx%d, not %d,%d %dx%d", actual.x, actual.y, actual.width, actual.height,
                 x, y, width, height);
}

static void items_are_found(void **state) {
    (void)state;
    struct eyes eyes = open_eyes(true);
    assert_string_equal(vision_encoder(eyes.vision), "mean-colour-1+cells-1");
    assert_string_equal(vision_detector(eyes.vision), "cells-1");
    // 320x640 goes into 64x64 as 32x64 in the middle: a cell of 8 is 80 pixels of the photo.
    struct picture photo = blank(320, 640);
    paint(&photo, RED, 80, 160, 80, 80);
    paint(&photo, BLUE, 80, 480, 80, 80);
    paint(&photo, BLUE, 240, 480, 80, 80);
    size_t count;
    struct item *items = detected(&eyes, &photo, -1, &count);
    assert_int_equal(count, 2);
    assert_box(items[0].box, 80, 480, 240, 80); // the pair is the larger item
    assert_category(items[0].encoding.category, "men.shoes.casual.sneakers");
    assert_box(items[1].box, 80, 160, 80, 80);
    assert_category(items[1].encoding.category, "women.dresses.evening");
    assert_true(items[1].score > 0.9F && items[1].score <= 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(items[i].mask->width, 320);
        assert_int_equal(items[i].mask->height, 640);
    }
    const struct box gap = {180, 480, 40, 80};
    assert_int_equal(mask_pixels(items[1].mask, NULL), mask_pixels(items[1].mask, &items[1].box));
    // Red is 1 on the maps and white -3, so the edge lies a quarter of a 40-pixel cell from a red cell's
    // centre, a square of 60 with round corners.
    assert_in_range(mask_pixels(items[1].mask, NULL), 56 * 56, 60 * 60);
    assert_in_range(mask_pixels(items[0].mask, NULL), 2 * 56 * 56, 2 * 60 * 60);
    assert_int_equal(mask_pixels(items[0].mask, &gap), 0);
    free(photo.pixels);
    close_eyes(&eyes);
}

static void nothing_to_wear_is_no_item(void **state) {
    (void)state;
    struct eyes eyes = open_eyes(true);
    struct picture photo = blank(320, 640);
    size_t count = 7;
    detected(&eyes, &photo, -1, &count);
    assert_int_equal(count, 0);
    free(photo.pixels);
    close_eyes(&eyes);
}

static void min_score_replaces_the_working_points(void **state) {
    (void)state;
    struct eyes eyes = open_eyes(true);
    struct picture photo = blank(640, 640);
    paint(&photo, RED, 80, 160, 80, 80);
    size_t usual, strict, loose;
    detected(&eyes, &photo, -1, &usual);
    detected(&eyes, &photo, 0.99F, &strict);
    detected(&eyes, &photo, 0, &loose);
    assert_int_equal(usual, 1);
    assert_int_equal(strict, 0);
    assert_true(loose > 10);
    free(photo.pixels);
    close_eyes(&eyes);
}

static void whole_photo_is_the_item_without_a_detector(void **state) {
    (void)state;
    struct eyes eyes = open_eyes(false);
    assert_string_equal(vision_encoder(eyes.vision), "mean-colour-1");
    assert_null(vision_detector(eyes.vision));
    struct picture photo = plain(RED, 100);
    photo.full_width = photo.full_height = 400; // as if shrunk while loading
    size_t count;
    struct item *items = detected(&eyes, &photo, -1, &count);
    assert_int_equal(count, 1);
    assert_box(items[0].box, 0, 0, 400, 400);
    assert_null(items[0].mask);
    assert_category(items[0].encoding.category, "women.dresses.evening");
    free(photo.pixels);
    close_eyes(&eyes);
}

static void shop_picture_keeps_the_item_that_agrees(void **state) {
    (void)state;
    struct eyes eyes = open_eyes(true);
    struct picture picture = blank(640, 640);
    paint(&picture, RED, 80, 160, 80, 80);
    paint(&picture, BLUE, 240, 480, 80, 80);
    struct box box;
    nacre_error error;
    assert_ok(vision_sight(eyes.vision, &picture, category("women.dresses"), &box, &error), error);
    assert_box(box, 76, 156, 88, 88);
    assert_ok(vision_sight(eyes.vision, &picture, category("men.shoes.casual.sneakers"), &box, &error),
              error);
    assert_box(box, 236, 476, 88, 88);
    assert_ok(vision_sight(eyes.vision, &picture, category("bags"), &box, &error), error);
    assert_box(box, 0, 0, 640, 640);
    free(picture.pixels);
    // The one thing on a picture is the product, whatever it is taken for: so a search by the picture finds
    // it.
    picture = blank(640, 640);
    paint(&picture, RED, 80, 160, 80, 80);
    assert_ok(vision_sight(eyes.vision, &picture, category("bags"), &box, &error), error);
    assert_box(box, 76, 156, 88, 88);
    free(picture.pixels);
    close_eyes(&eyes);
}

static void item_is_printed(void **state) {
    (void)state;
    const struct mask mask = {40, 30, "abc"};
    const struct item item = {
        .box = {1, 2, 3, 4},
        .score = 0.25F,
        .mask = &mask,
        .encoding = {.category = category("women.dresses"),
                     .categories = {{category("women.dresses.evening"), 0.5F}},
                     .category_count = 1},
    };
    json_t *json = item_json(&item, the_taxonomy);
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(4));
    assert_string_equal(text,
                        "{\"box\":[1,2,3,4],\"score\":0.25,\"category\":\"women.dresses\",\"label\":{\"en\":"
                        "\"Dresses\",\"ru\":\"Платья\"},\"categories\":[{\"id\":\"women.dresses.evening\","
                        "\"score\":0.5}],\"mask\":{\"size\":[30,40],\"counts\":\"abc\"}}");
    free(text);
    json_decref(json);
}

static void *detect_often(void *argument) {
    struct eyes *eyes = argument;
    struct picture photo = blank(320, 640);
    paint(&photo, RED, 80, 160, 80, 80);
    const char *problem = NULL;
    for (int i = 0; i < 10 && !problem; i++) {
        arena a;
        arena_init(&a, 64 << 20);
        struct item *items;
        size_t count;
        if (vision_detect(eyes->vision, &photo, -1, &a, &items, &count, NULL, NULL) || count != 1)
            problem = "a thread found something else";
        arena_fini(&a);
    }
    free(photo.pixels);
    return (void *)(uintptr_t)problem;
}

static void threads_share_a_vision(void **state) {
    (void)state;
    struct eyes eyes = open_eyes(true);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, detect_often, &eyes), 0);
    for (size_t i = 0; i < 4; i++) {
        void *problem;
        pthread_join(threads[i], &problem);
        if (problem)
            fail_msg("%s", (const char *)problem);
    }
    close_eyes(&eyes);
}

// --- Failing allocations ---

static void every_failing_allocation_is_told(void **state) {
    (void)state;
    struct eyes eyes = open_eyes(true);
    struct picture photo = blank(320, 640);
    paint(&photo, RED, 80, 160, 80, 80);
    for (size_t successes = 0;; successes++) {
        arena a;
        arena_init(&a, 64 << 20);
        struct item *items;
        size_t count;
        nacre_error error;
        memory_fail_after(successes);
        nacre_status status = vision_detect(eyes.vision, &photo, -1, &a, &items, &count, NULL, &error);
        bool failed = memory_has_failed();
        memory_fail_after(SIZE_MAX);
        arena_fini(&a);
        assert_int_equal(status, failed ? NACRE_ERROR_MEMORY : NACRE_OK);
        if (!failed)
            break;
    }
    free(photo.pixels);
    close_eyes(&eyes);
}

// --- Faces ---

// A workspace whose faces.onnx is the file `model`, and whose nacre.ini says more.
static workspace *make_private_workspace(char *folder, const char *model, const char *more) {
    workspace *w = make_workspace(folder, false);
    char *bytes, *to = workspace_path(w, "models/faces.onnx"), *settings = workspace_path(w, "nacre.ini");
    size_t length;
    nacre_error error;
    assert_ok(file_read(model, LIMIT_MODEL_BYTES, &bytes, &length, &error), error);
    assert_ok(file_write(to, bytes, length, &error), error);
    memory_free(bytes);
    memory_free(to);
    char text[200];
    int written = snprintf(text, sizeof text, "[workspace]\nversion = 1\n%s", more);
    assert_ok(file_write(settings, text, (size_t)written, &error), error);
    memory_free(settings);
    workspace_free(w);
    char path[512];
    snprintf(path, sizeof path, "%s/w", folder);
    assert_ok(workspace_open(path, &w, &error), error);
    return w;
}

static int compare_colours(const void *left, const void *right) {
    return memcmp(left, right, 3);
}

// How many colours the part of the picture has.
static size_t count_colours(const struct picture *p, int x, int y, int width, int height) {
    uint8_t *seen = malloc(3 * (size_t)width * (size_t)height);
    for (int row = 0; row < height; row++)
        memcpy(seen + 3 * row * width, p->pixels + 3 * ((y + row) * p->width + x), 3 * (size_t)width);
    size_t pixels = (size_t)width * (size_t)height, count = 1;
    qsort(seen, pixels, 3, compare_colours);
    for (size_t i = 1; i < pixels; i++)
        count += memcmp(seen + 3 * i, seen + 3 * (i - 1), 3) != 0;
    free(seen);
    return count;
}

static void faces_are_blurred(void **state) {
    (void)state;
    char *folder = test_new_folder();
    workspace *w = make_private_workspace(folder, FACES, "");
    faces *f;
    nacre_error error;
    assert_ok(faces_open(w, 1, &f, &error), error);
    // A cell of 8 is 80 pixels of this photo, and 160 of the one that it was before it was shrunk.
    struct picture photo = blank(640, 640), before = blank(640, 640);
    paint(&photo, RED, 160, 0, 80, 80); // at the photo's edge
    for (int y = 0; y < 80; y++)
        for (int x = 160; x < 240; x++)
            photo.pixels[3 * (y * 640 + x) + 1] = (uint8_t)((x * 7 + y * 13) % 40); // its features
    photo.full_width = photo.full_height = 1280;
    memcpy(before.pixels, photo.pixels, 3 * 640 * 640);
    assert_true(count_colours(&photo, 160, 0, 80, 80) > 36);
    assert_ok(faces_blur(f, &photo, &error), error);
    // With a margin of 24: 128 wide and 104 high, 6 squares along the longer side.
    assert_in_range(count_colours(&photo, 136, 0, 129, 105), 4, 36);
    for (int y = 0; y < 640; y++)
        for (int x = 0; x < 640; x++)
            if ((x < 136 || x > 264 || y > 104) &&
                memcmp(&photo.pixels[3 * (y * 640 + x)], &before.pixels[3 * (y * 640 + x)], 3) != 0)
                fail_msg("the pixel %d,%d, which is of no face, has changed", x, y);
    memcpy(before.pixels, photo.pixels, 3 * 640 * 640);
    assert_ok(faces_blur(NULL, &photo, &error), error);
    assert_memory_equal(before.pixels, photo.pixels, 3 * 640 * 640);
    free(photo.pixels);
    free(before.pixels);
    faces_close(f);
    workspace_free(w);
    test_remove_folder(folder);
}

static void faces_are_kept_where_the_workspace_says_so(void **state) {
    (void)state;
    faces *f;
    nacre_error error;
    char *folder = test_new_folder();
    workspace *w = make_private_workspace(folder, FACES, "[privacy]\nblur_faces = false\n");
    assert_ok(faces_open(w, 1, &f, &error), error);
    assert_null(f);
    workspace_free(w);
    test_remove_folder(folder);
    folder = test_new_folder();
    w = make_private_workspace(folder, FACES, "[privacy]\nblur_faces = maybe\n");
    assert_int_equal(faces_open(w, 1, &f, &error), NACRE_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "[privacy] blur_faces is \"maybe\""));
    workspace_free(w);
    test_remove_folder(folder);
    folder = test_new_folder();
    w = make_private_workspace(folder, DETECTOR, "");
    assert_int_equal(faces_open(w, 1, &f, &error), NACRE_ERROR_MODEL);
    assert_non_null(strstr(error.message, "\"detector\", not \"faces\""));
    workspace_free(w);
    test_remove_folder(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_those_of_coco),
        cmocka_unit_test(runs_come_back),
        cmocka_unit_test(wrong_runs_are_refused),
        cmocka_unit_test(suppression_is_as_defined),
        cmocka_unit_test(boot_that_is_also_a_shoe_is_one),
        cmocka_unit_test(jacket_over_shirt_stays_two),
        cmocka_unit_test(pairs_are_joined),
        cmocka_unit_test(masks_are_as_defined),
        cmocka_unit_test(codes_are_the_signs_of_values),
        cmocka_unit_test(answer_is_the_deepest_sure_node),
        cmocka_unit_test(answer_lies_within),
        cmocka_unit_test(guess_does_not_hide_what_is_seen),
        cmocka_unit_test(guess_names_what_is_not_sure),
        cmocka_unit_test(kinds_within_each_other_are_a_family),
        cmocka_unit_test(merged_leaves_merge_their_probabilities),
        cmocka_unit_test(batches_give_what_single_crops_give),
        cmocka_unit_test(wrong_models_are_refused),
        cmocka_unit_test(wrong_metadata_are_refused),
        cmocka_unit_test(distances_have_a_word),
        cmocka_unit_test(wrong_match_tables_are_refused),
        cmocka_unit_test(runtime_is_described),
        cmocka_unit_test(items_are_found),
        cmocka_unit_test(nothing_to_wear_is_no_item),
        cmocka_unit_test(min_score_replaces_the_working_points),
        cmocka_unit_test(whole_photo_is_the_item_without_a_detector),
        cmocka_unit_test(shop_picture_keeps_the_item_that_agrees),
        cmocka_unit_test(item_is_printed),
        cmocka_unit_test(threads_share_a_vision),
        cmocka_unit_test(every_failing_allocation_is_told),
        cmocka_unit_test(faces_are_blurred),
        cmocka_unit_test(faces_are_kept_where_the_workspace_says_so),
    };
    return cmocka_run_group_tests_name("vision", tests, start, stop);
}
