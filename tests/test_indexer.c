// SPDX-License-Identifier: Apache-2.0
// The indexer on a real catalogue, a real store and the tiny network of tests/models, which names a picture
// by its mean colour: red an evening dress, green a woman's T-shirt, blue a man's sneaker.
#include "test.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "picture/picture.h"
#include "vision/indexer.h"

struct fixture {
    char *folder;
    workspace *workspace;
    taxonomy *taxonomy;
    vision *vision;
    picture_store *store;
    catalogue *c;
    int64_t shop;
    arena a;
    nacre_error error;
};

static char *inside(struct fixture *f, const char *name) {
    char *path = workspace_path(f->workspace, name);
    char *kept = arena_text(&f->a, path);
    memory_free(path);
    return kept;
}

static void copy_model(struct fixture *f) {
    char *bytes;
    size_t length;
    assert_ok(file_make_folder(inside(f, "models"), &f->error), f->error);
    assert_ok(file_read(TEST_SOURCE_DIR "/tests/models/encoder.onnx", LIMIT_MODEL_BYTES, &bytes, &length,
                        &f->error),
              f->error);
    assert_ok(file_write(inside(f, "models/encoder.onnx"), bytes, length, &f->error), f->error);
    memory_free(bytes);
}

static void write_mapping(struct fixture *f, const char *entries) {
    char *text = arena_printf(&f->a, "<mapping version=\"1\">%s</mapping>", entries);
    assert_ok(file_write(inside(f, "mapping/pearl.xml"), text, strlen(text), &f->error), f->error);
}

static const char MAPPING[] = "<category id=\"dresses\" to=\"women.dresses\"/>"
                              "<category id=\"men\" to=\"men.tops\"/>"
                              "<category id=\"vases\" ignore=\"yes\"/>";

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->a, 64 << 20);
    f->folder = test_new_folder();
    char *path = arena_printf(&f->a, "%s/w", f->folder);
    assert_ok(workspace_create(path, &f->error), f->error);
    assert_ok(workspace_open(path, &f->workspace, &f->error), f->error);
    copy_model(f);
    write_mapping(f, MAPPING);
    assert_ok(taxonomy_open(f->workspace, &f->taxonomy, &f->error), f->error);
    assert_ok(vision_open(f->workspace, f->taxonomy, 1, &f->vision, &f->error), f->error);
    assert_ok(picture_store_open(inside(f, "pictures"), &f->store, &f->error), f->error);
    assert_ok(catalogue_open(inside(f, "catalogue.sqlite"), &f->c, &f->error), f->error);
    assert_ok(catalogue_add_shop(f->c, "pearl", "http://127.0.0.1/feed.xml", FEED_YML, &f->shop, &f->error),
              f->error);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    catalogue_close(f->c);
    picture_store_close(f->store);
    vision_close(f->vision);
    taxonomy_free(f->taxonomy);
    workspace_free(f->workspace);
    arena_fini(&f->a);
    test_remove_folder(f->folder);
    free(f);
    return 0;
}

// The content behind an address "red-3", "green-1", "text-1": a picture of that colour, or none at all. The
// number makes contents differ.
static void put_content(struct fixture *f, const char *name, char hash[SHA256_HEX_BYTES]) {
    if (strncmp(name, "text", 4) == 0) {
        assert_ok(picture_store_put(f->store, name, strlen(name), hash, &f->error), f->error);
        return;
    }
    int side = 40 + atoi(strchr(name, '-') + 1);
    struct picture p = {malloc((size_t)(3 * side * side)), side, side, side, side};
    size_t channel = name[0] == 'r' ? 0 : name[0] == 'g' ? 1 : 2;
    for (size_t i = 0; i < (size_t)(3 * side * side); i++)
        p.pixels[i] = i % 3 == channel ? 255 : 0;
    char *bytes;
    size_t length;
    assert_ok(picture_encode_jpeg(&p, 95, &bytes, &length, &f->error), f->error);
    assert_ok(picture_store_put(f->store, bytes, length, hash, &f->error), f->error);
    memory_free(bytes);
    free(p.pixels);
}

struct offer {
    const char *id, *category;
    const char *pictures[3];
};

static void crawl(struct fixture *f, const struct offer *offers, size_t count) {
    static const char *const categories[] = {"dresses", "men", "vases", "hats"};
    const struct feed_summary summary = {.offers = count, .complete = true};
    struct catalogue_run_counts counts;
    assert_ok(catalogue_begin_run(f->c, f->shop, &f->error), f->error);
    for (size_t i = 0; i < 4; i++) {
        const struct feed_category category = {.id = categories[i], .name = categories[i]};
        assert_ok(catalogue_run_category(f->c, &category, &f->error), f->error);
    }
    for (size_t i = 0; i < count; i++) {
        struct feed_offer offer = {.id = offers[i].id,
                                   .name = offers[i].id,
                                   .url = "http://127.0.0.1/p",
                                   .category_ids = &offers[i].category,
                                   .category_count = 1,
                                   .pictures = offers[i].pictures,
                                   .price_hundredths = 100,
                                   .old_price_hundredths = FEED_NO_PRICE,
                                   .available = true};
        while (offer.picture_count < 3 && offers[i].pictures[offer.picture_count])
            offer.picture_count++;
        assert_ok(catalogue_run_offer(f->c, &offer, &f->error), f->error);
    }
    assert_ok(catalogue_commit_run(f->c, &summary, NULL, 0, &counts, &f->error), f->error);
    struct catalogue_address *addresses;
    size_t address_count;
    assert_ok(
        catalogue_due_addresses(f->c, 0, false, 1000, 0, 1000, &f->a, &addresses, &address_count, &f->error),
        f->error);
    for (size_t i = 0; i < address_count; i++) {
        char hash[SHA256_HEX_BYTES];
        put_content(f, addresses[i].url, hash);
        const struct catalogue_answer answer = {.address_id = addresses[i].id,
                                                .outcome = CATALOGUE_FETCHED,
                                                .hash = hash,
                                                .format = "jpeg",
                                                .width = 40,
                                                .height = 40,
                                                .size_bytes = 5,
                                                .next_try_s = 5000};
        assert_ok(catalogue_put_answers(f->c, &answer, 1, &f->error), f->error);
    }
}

static struct indexer_counts run(struct fixture *f) {
    struct indexer_counts counts;
    const struct indexer_options options = {.shop_id = f->shop};
    assert_ok(indexer_run(f->workspace, f->c, f->store, f->taxonomy, f->vision, &options, &counts, &f->error),
              f->error);
    return counts;
}

static int64_t count_due(struct fixture *f) {
    int64_t due;
    assert_ok(catalogue_count_due_products(f->c, 0, vision_encoder(f->vision), &due, &f->error), f->error);
    return due;
}

// The items of the offer's product; ids are given in the order of the feed.
static struct catalogue_item *items_of(struct fixture *f, int64_t product, size_t expected) {
    struct catalogue_item *items;
    size_t count;
    assert_ok(catalogue_product_items(f->c, product, &f->a, &items, &count, &f->error), f->error);
    assert_int_equal(count, expected);
    return items;
}

static const struct offer OFFERS[] = {
    {"evening", "dresses", {"red-1", "red-2"}},
    {"shirt", "men", {"green-1"}},
    {"vase", "vases", {"red-3"}},
    {"hat", "hats", {"blue-1"}},
    {"odd", "dresses", {"blue-2"}},
    {"broken", "men", {"text-1"}},
};
enum { EVENING = 1, SHIRT, VASE, HAT, ODD, BROKEN };

static void items_follow_the_mapping(void **state) {
    struct fixture *f = *state;
    crawl(f, OFFERS, 6);
    struct indexer_counts counts = run(f);
    assert_int_equal(counts.products, 4);
    assert_int_equal(counts.pictures, 5);
    assert_int_equal(counts.ignored, 1);
    assert_int_equal(counts.unmapped, 1);
    assert_int_equal(counts.failed, 1);
    assert_int_equal(count_due(f), 0);
    struct catalogue_item *items = items_of(f, EVENING, 2);
    assert_string_equal(items[0].category, "women.dresses.evening");
    assert_true(items[0].box[2] == 1 && items[0].box[3] == 1);
    assert_null(items[0].seen);
    // The network thinks of women first; the shop knows better.
    assert_string_equal(items_of(f, SHIRT, 1)->category, "men.tops.tshirts");
    assert_null(items_of(f, SHIRT, 1)->seen);
    items_of(f, VASE, 0);
    assert_string_equal(items_of(f, HAT, 1)->category, "men.shoes.casual.sneakers");
    items = items_of(f, ODD, 1); // the mapping says dress, the picture shows a shoe
    assert_int_equal(strncmp(items[0].category, "women.dresses", 13), 0);
    assert_string_equal(items[0].seen, "men.shoes.casual.sneakers");
    items_of(f, BROKEN, 0);
}

static void disagreements_are_listed(void **state) {
    struct fixture *f = *state;
    crawl(f, OFFERS, 6);
    run(f);
    struct catalogue_item *items;
    size_t count;
    assert_ok(catalogue_list_disagreements(f->c, 0, 0, 10, &f->a, &items, &count, &f->error), f->error);
    assert_int_equal(count, 1);
    assert_int_equal(items[0].product_id, ODD);
    assert_ok(catalogue_list_disagreements(f->c, 0, ODD, 10, &f->a, &items, &count, &f->error), f->error);
    assert_int_equal(count, 0);
    assert_ok(catalogue_list_disagreements(f->c, f->shop + 1, 0, 10, &f->a, &items, &count, &f->error),
              f->error);
    assert_int_equal(count, 0);
}

static void unchanged_shop_is_not_looked_at_again(void **state) {
    struct fixture *f = *state;
    crawl(f, OFFERS, 6);
    run(f);
    struct indexer_counts counts = run(f);
    assert_int_equal(counts.products + counts.ignored + counts.failed, 0);
}

static void new_mapping_is_applied(void **state) {
    struct fixture *f = *state;
    crawl(f, OFFERS, 6);
    run(f);
    write_mapping(f, "<category id=\"dresses\" to=\"women.dresses\"/><category id=\"men\" to=\"women.tops\"/>"
                     "<category id=\"vases\" ignore=\"yes\"/><category id=\"hats\" ignore=\"yes\"/>");
    struct indexer_counts counts = run(f);
    assert_int_equal(counts.products, 1); // the shirt; the broken one has no picture to look at
    assert_int_equal(counts.ignored, 1);  // the hat
    assert_string_equal(items_of(f, SHIRT, 1)->category, "women.tops.tshirts");
    items_of(f, HAT, 0);
}

static void make_many(struct offer *offers, size_t count, char (*names)[3][32]) {
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i][0], sizeof names[i][0], "offer-%03zu", i);
        snprintf(names[i][1], sizeof names[i][1], "red-%zu", i);
        snprintf(names[i][2], sizeof names[i][2], "green-%zu", i);
        offers[i] = (struct offer){names[i][0], "dresses", {names[i][1], i % 7 ? NULL : names[i][2]}};
    }
}

static void stop_when_some_are_done(void *context, const struct indexer_counts *counts, int64_t due) {
    assert_true(counts->products <= due);
    if (counts->products >= 20)
        atomic_store((atomic_bool *)context, true);
}

static void stopped_run_goes_on(void **state) {
    struct fixture *f = *state;
    enum { MANY = 150 };
    struct offer offers[MANY];
    char names[MANY][3][32];
    make_many(offers, MANY, names);
    crawl(f, offers, MANY);
    atomic_bool stop = false;
    const struct indexer_options options = {
        .stop = &stop, .progress = stop_when_some_are_done, .progress_context = &stop};
    struct indexer_counts counts;
    assert_int_equal(
        indexer_run(f->workspace, f->c, f->store, f->taxonomy, f->vision, &options, &counts, &f->error),
        NACRE_ERROR_CANCELLED);
    assert_in_range(counts.products, 20, MANY - 1);
    assert_int_equal(count_due(f), MANY - counts.products);
    struct indexer_counts rest = run(f);
    assert_int_equal(rest.products, MANY - counts.products);
    for (int64_t product = 1; product <= MANY; product++)
        items_of(f, product, (product - 1) % 7 ? 1 : 2);
}

static void kill_when_some_are_done(void *context, const struct indexer_counts *counts, int64_t due) {
    (void)context;
    (void)due;
    if (counts->products >= 20)
        raise(SIGKILL);
}

// What this program does when it is started with a workspace: index it and be killed in the middle.
static int index_and_die(const char *folder) {
    workspace *w;
    taxonomy *t;
    vision *v;
    picture_store *store;
    catalogue *c;
    nacre_error error;
    struct indexer_counts counts;
    const struct indexer_options options = {.progress = kill_when_some_are_done};
    if (picture_start(&error) || workspace_open(folder, &w, &error) || taxonomy_open(w, &t, &error) ||
        vision_open(w, t, 1, &v, &error) ||
        picture_store_open(workspace_path(w, "pictures"), &store, &error) ||
        catalogue_open(workspace_path(w, "catalogue.sqlite"), &c, &error) ||
        indexer_run(w, c, store, t, v, &options, &counts, &error))
        fprintf(stderr, "%s\n", error.message);
    return 1;
}

static void killed_run_goes_on(void **state) {
    struct fixture *f = *state;
    enum { MANY = 60 };
    struct offer offers[MANY];
    char names[MANY][3][32];
    make_many(offers, MANY, names);
    crawl(f, offers, MANY);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_indexer", workspace_folder(f->workspace), (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    int64_t due = count_due(f);
    assert_in_range(due, 1, MANY - 20);
    assert_int_equal(run(f).products, due);
    for (int64_t product = 1; product <= MANY; product++)
        items_of(f, product, (product - 1) % 7 ? 1 : 2);
}

static int start(void **state) {
    (void)state;
    return picture_start(NULL) ? -1 : 0;
}

static int stop(void **state) {
    (void)state;
    picture_stop();
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2)
        return index_and_die(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(items_follow_the_mapping, set_up, tear_down),
        cmocka_unit_test_setup_teardown(disagreements_are_listed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unchanged_shop_is_not_looked_at_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(new_mapping_is_applied, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stopped_run_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_run_goes_on, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("indexer", tests, start, stop);
}
