// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/memory.h"
#include "taxonomy/taxonomy.h"

static const char SHIPPED[] = TEST_SOURCE_DIR "/data/taxonomy.xml";

// A folder with a small taxonomy of ours in it, and room for merges.
struct fixture {
    char *folder;
    char *path, *merges;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_new_folder();
    if (asprintf(&f->path, "%s/taxonomy.xml", f->folder) < 0 ||
        asprintf(&f->merges, "%s/merges.xml", f->folder) < 0)
        return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    test_remove_folder(f->folder);
    free(f->path);
    free(f->merges);
    free(f);
    return 0;
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static taxonomy *load_shipped(void) {
    taxonomy *t;
    nacre_error error;
    assert_ok(taxonomy_load(SHIPPED, NULL, &t, &error), error);
    return t;
}

static int category(const taxonomy *t, const char *id) {
    int found = taxonomy_find(t, id);
    if (found == CATEGORY_NONE)
        fail_msg("no category %s", id);
    return found;
}

static void shipped_taxonomy_is_rich(void **state) {
    (void)state;
    taxonomy *t = load_shipped();
    int leaves = 0;
    for (int c = 0; c < taxonomy_count(t); c++)
        leaves += taxonomy_is_leaf(t, c);
    assert_true(leaves >= 205);
    static const char *const tops[] = {"women",   "men",  "girls",       "boys",
                                       "newborn", "bags", "accessories", "jewellery"};
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
        assert_int_equal(taxonomy_parent(t, category(t, tops[i])), CATEGORY_NONE);
    assert_string_equal(taxonomy_name(t, category(t, "women.dresses.evening"), TAXONOMY_ENGLISH),
                        "Evening dresses");
    assert_string_equal(taxonomy_name(t, category(t, "women.dresses.evening"), TAXONOMY_RUSSIAN),
                        "Вечерние платья");
    taxonomy_free(t);
}

// A name that two siblings share would leave a person who maps a shop without a choice.
static void shipped_names_are_told_apart_among_siblings(void **state) {
    (void)state;
    taxonomy *t = load_shipped();
    for (int a = 0; a < taxonomy_count(t); a++)
        for (int b = a + 1; b < taxonomy_count(t); b++)
            for (enum taxonomy_language l = 0; l < TAXONOMY_LANGUAGES; l++)
                if (taxonomy_parent(t, a) == taxonomy_parent(t, b) &&
                    strcmp(taxonomy_name(t, a, l), taxonomy_name(t, b, l)) == 0)
                    fail_msg("%s and %s are both called %s", taxonomy_id(t, a), taxonomy_id(t, b),
                             taxonomy_name(t, a, l));
    taxonomy_free(t);
}

static void a_subtree_is_an_interval(void **state) {
    (void)state;
    taxonomy *t = load_shipped();
    for (int c = 0; c < taxonomy_count(t); c++) {
        assert_int_equal(taxonomy_find(t, taxonomy_id(t, c)), c);
        int parent = taxonomy_parent(t, c);
        if (parent == CATEGORY_NONE) {
            assert_int_equal(taxonomy_depth(t, c), 0);
            assert_null(strchr(taxonomy_id(t, c), '.'));
        } else {
            size_t length = strlen(taxonomy_id(t, parent));
            assert_int_equal(strncmp(taxonomy_id(t, c), taxonomy_id(t, parent), length), 0);
            assert_int_equal(taxonomy_depth(t, c), taxonomy_depth(t, parent) + 1);
        }
        // Against the obvious walk up.
        for (int other = 0; other < taxonomy_count(t); other++) {
            int up = other;
            while (up != CATEGORY_NONE && up != c)
                up = taxonomy_parent(t, up);
            assert_int_equal(taxonomy_contains(t, c, other), up == c);
        }
    }
    taxonomy_free(t);
}

static void assert_weights(const taxonomy *t, const char *id, int shape, int colour) {
    struct weights w = taxonomy_weights(t, category(t, id));
    if (w.shape != shape || w.colour != colour)
        fail_msg("%s has %d:%d, not %d:%d", id, w.shape, w.colour, shape, colour);
}

static void weights_are_inherited(void **state) {
    struct fixture *f = *state;
    taxonomy *t = load_shipped();
    assert_weights(t, "women.dresses", 2, 8);
    assert_weights(t, "women.dresses.evening", 2, 8);
    assert_weights(t, "women.shoes.heels", 1, 1);
    assert_weights(t, "women.shoes.heels.pumps", 1, 1);
    taxonomy_free(t);

    write_text(f->path,
               "<taxonomy version='1' weights='1:2'>"
               "<category id='a' en='a' ru='a'><category id='a.x' en='x' ru='x' weights='0:255'/>"
               "<category id='a.y' en='y' ru='y' like='a.x'/><category id='a.z' en='z' ru='z'/></category>"
               "</taxonomy>");
    nacre_error error;
    assert_ok(taxonomy_load(f->path, NULL, &t, &error), error);
    assert_weights(t, "a", 1, 2);
    assert_weights(t, "a.x", 0, 255);
    assert_weights(t, "a.y", 0, 255);
    assert_weights(t, "a.z", 1, 2);
    taxonomy_free(t);
}

static void a_kind_has_no_wearer(void **state) {
    (void)state;
    taxonomy *t = load_shipped();
    int women = category(t, "women.tops.tshirts"), men = category(t, "men.tops.tshirts");
    assert_int_equal(taxonomy_kind(t, men), women);
    assert_int_equal(taxonomy_kind(t, women), women);
    assert_true(taxonomy_agree(t, women, men));
    assert_true(taxonomy_agree(t, category(t, "women.tops"), men));
    assert_true(taxonomy_agree(t, category(t, "girls.tshirts"), men));
    assert_true(
        taxonomy_agree(t, category(t, "men.shoes.sports.running"), category(t, "women.shoes.sports")));
    assert_false(taxonomy_agree(t, women, category(t, "women.tops.polos")));
    assert_false(taxonomy_agree(t, women, category(t, "men.jeans")));
    assert_false(taxonomy_agree(t, category(t, "bags"), category(t, "men.shoes")));
    taxonomy_free(t);
}

static void synonyms_are_cut_at_commas(void **state) {
    struct fixture *f = *state;
    write_text(f->path,
               "<taxonomy version='1' weights='1:1'>"
               "<category id='a' en='a' ru='a' also=' one , two three,,&#1095;&#1072;&#1089;&#1099; '/>"
               "</taxonomy>");
    taxonomy *t;
    nacre_error error;
    assert_ok(taxonomy_load(f->path, NULL, &t, &error), error);
    assert_string_equal(taxonomy_synonym(t, 0, 0), "one");
    assert_string_equal(taxonomy_synonym(t, 0, 1), "two three");
    assert_string_equal(taxonomy_synonym(t, 0, 2), "часы");
    assert_null(taxonomy_synonym(t, 0, 3));
    taxonomy_free(t);
}

// Loads `text` and expects a refusal whose message holds `words`; the whole is one line.
static void refused(struct fixture *f, const char *text, nacre_status expected, const char *words) {
    write_text(f->path, text);
    taxonomy *t = NULL;
    nacre_error error;
    nacre_status status = taxonomy_load(f->path, NULL, &t, &error);
    if (status != expected || !strstr(error.message, words))
        fail_msg("status %d, message \"%s\", expected %d and \"%s\"", status, status ? error.message : "",
                 expected, words);
    assert_null(t);
    assert_null(strchr(error.message, '\n'));
    assert_non_null(strstr(error.message, f->path));
}

#define HEAD "<taxonomy version='1' weights='1:1'>\n"

static void bad_files_are_refused_with_line_and_remedy(void **state) {
    struct fixture *f = *state;
    refused(f, "", NACRE_ERROR_FORMAT, "not well-formed");
    refused(f, "plain text", NACRE_ERROR_FORMAT, "not well-formed");
    refused(f, HEAD "<category id='a' en='a' ru='a'>\n</taxonomy>", NACRE_ERROR_FORMAT,
            ":3: not well-formed");
    refused(f, "<shop version='1'/>", NACRE_ERROR_FORMAT, "the root element is <shop>, not <taxonomy>");
    refused(f, "<taxonomy weights='1:1'/>", NACRE_ERROR_FORMAT, "needs version=\"1\"");
    refused(f, "<taxonomy version='x' weights='1:1'/>", NACRE_ERROR_FORMAT, "needs version=\"1\"");
    refused(f, "<taxonomy version='2' weights='1:1'/>", NACRE_ERROR_VERSION, "update nacre");
    refused(f, "<taxonomy version='1'/>", NACRE_ERROR_FORMAT, "needs weights");
    refused(f, HEAD "</taxonomy>", NACRE_ERROR_FORMAT, "no category");
    refused(f, HEAD "<shoe/></taxonomy>", NACRE_ERROR_FORMAT, ":2: <shoe> is not known here");
    refused(f, HEAD "shoes</taxonomy>", NACRE_ERROR_FORMAT, "text between elements");
    refused(f, HEAD "<category en='a' ru='a'/></taxonomy>", NACRE_ERROR_FORMAT, ":2: id=\"\" is not an id");
    refused(f, HEAD "<category id='A' en='a' ru='a'/></taxonomy>", NACRE_ERROR_FORMAT,
            "id=\"A\" is not an id");
    refused(f, HEAD "<category id='a.' en='a' ru='a'/></taxonomy>", NACRE_ERROR_FORMAT, "is not an id");
    refused(f, HEAD "<category id='a..b' en='a' ru='a'/></taxonomy>", NACRE_ERROR_FORMAT, "is not an id");
    refused(f, HEAD "<category id='a.b' en='a' ru='a'/></taxonomy>", NACRE_ERROR_FORMAT, "make its id \"b\"");
    refused(f,
            HEAD "<category id='a' en='a' ru='a'>\n<category id='b.c' en='a' ru='a'/></category></taxonomy>",
            NACRE_ERROR_FORMAT, ":3: b.c stands below a; make its id \"a.c\"");
    refused(f, HEAD "<category id='a' ru='a'/></taxonomy>", NACRE_ERROR_FORMAT,
            "a needs a name in the attribute en");
    refused(f, HEAD "<category id='a' en='a' ru=' '/></taxonomy>", NACRE_ERROR_FORMAT, "in the attribute ru");
    refused(f, HEAD "<category id='a' en='a' ru='a' weight='1:1'/></taxonomy>", NACRE_ERROR_FORMAT,
            "no attribute \"weight\"");
    static const char *const weights[] = {"0:0",  "1",     "1:",    ":1",     "256:1",
                                          "-1:1", "1:1:1", "1:1 1", "one:two"};
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        char text[200];
        snprintf(text, sizeof text, HEAD "<category id='a' en='a' ru='a' weights='%s'/></taxonomy>",
                 weights[i]);
        refused(f, text, NACRE_ERROR_FORMAT, "is not shape:colour");
    }
    refused(f, HEAD "<category id='a' en='a' ru='a'/>\n<category id='a' en='a' ru='a'/></taxonomy>",
            NACRE_ERROR_FORMAT, ":3: the id a is there already in line 2");
    refused(f, HEAD "<category id='a' en='a' ru='a' like='b'/></taxonomy>", NACRE_ERROR_FORMAT,
            "a is like \"b\", which is no category");
    refused(f, HEAD "<category id='a' en='a' ru='a' like='a'/></taxonomy>", NACRE_ERROR_FORMAT,
            "is like itself");
    refused(f,
            HEAD "<category id='a' en='a' ru='a' like='b'/><category id='b' en='a' ru='a' like='c'/>"
                 "<category id='c' en='a' ru='a' like='b'/></taxonomy>",
            NACRE_ERROR_FORMAT, "is like itself");
}

static void doctype_and_entities_are_refused(void **state) {
    struct fixture *f = *state;
    refused(f, "<!DOCTYPE taxonomy SYSTEM 'http://127.0.0.1:1/x.dtd'>" HEAD "</taxonomy>", NACRE_ERROR_FORMAT,
            "a DOCTYPE is not allowed");
    refused(f,
            "<!DOCTYPE taxonomy [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" HEAD
            "<category id='a' en='&e;' ru='a'/></taxonomy>",
            NACRE_ERROR_FORMAT, "");
}

static void depth_and_length_have_limits(void **state) {
    struct fixture *f = *state;
    char text[8192] = HEAD, id[200] = "";
    for (int depth = 0; depth < 17; depth++) {
        strcat(id, depth ? ".a" : "a");
        sprintf(text + strlen(text), "<category id='%s' en='a' ru='a'>", id);
    }
    for (int depth = 0; depth < 17; depth++)
        strcat(text, "</category>");
    strcat(text, "</taxonomy>");
    refused(f, text, NACRE_ERROR_LIMIT, "nested deeper than 16");

    char name[202];
    memset(name, 'n', 201);
    name[201] = 0;
    snprintf(text, sizeof text, HEAD "<category id='a' en='%s' ru='a'/></taxonomy>", name);
    refused(f, text, NACRE_ERROR_FORMAT, "at most 200 bytes");
    name[200] = 0;
    snprintf(text, sizeof text, HEAD "<category id='a' en='%s' ru='a'/></taxonomy>", name);
    write_text(f->path, text);
    taxonomy *t;
    nacre_error error;
    assert_ok(taxonomy_load(f->path, NULL, &t, &error), error);
    taxonomy_free(t);
}

static void a_missing_file_is_named(void **state) {
    struct fixture *f = *state;
    taxonomy *t;
    nacre_error error;
    assert_int_equal(taxonomy_load(f->path, NULL, &t, &error), NACRE_ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, f->path));
}

#define MERGES "<merges version='1'>\n"

static void merged_leaves_become_one_category(void **state) {
    struct fixture *f = *state;
    write_text(f->merges,
               MERGES "<!-- ours -->\n"
                      "<merge id='women.dresses.party' en='Party dresses' ru='Нарядные платья'>\n"
                      "<from id='women.dresses.evening'/><from id='women.dresses.cocktail'/></merge>\n"
                      "<merge id='women.tops.tees' en='Tees' ru='Футболки и лонгсливы' weights='7:3'>"
                      "<from id='women.tops.tshirts'/><from id='women.tops.longsleeves'/></merge></merges>");
    taxonomy *plain = load_shipped(), *t;
    nacre_error error;
    assert_ok(taxonomy_load(SHIPPED, f->merges, &t, &error), error);
    assert_int_equal(taxonomy_count(t), taxonomy_count(plain) - 2);
    int party = category(t, "women.dresses.party");
    assert_int_equal(category(t, "women.dresses.evening"), party);
    assert_int_equal(category(t, "women.dresses.cocktail"), party);
    assert_string_equal(taxonomy_id(t, party), "women.dresses.party");
    assert_int_equal(taxonomy_parent(t, party), category(t, "women.dresses"));
    assert_true(taxonomy_contains(t, category(t, "women.dresses"), party));
    assert_weights(t, "women.dresses.party", 2, 8);
    bool knows = false;
    for (size_t i = 0; taxonomy_synonym(t, party, i); i++)
        knows = knows || strcmp(taxonomy_synonym(t, party, i), "Коктейльные платья") == 0;
    assert_true(knows);

    int tees = category(t, "women.tops.tees");
    assert_weights(t, "women.tops.tees", 7, 3);
    assert_int_equal(taxonomy_kind(t, category(t, "men.tops.tshirts")), tees);
    assert_true(taxonomy_agree(t, category(t, "men.tops.longsleeves"), category(t, "women.tops.tshirts")));
    taxonomy_free(plain);
    taxonomy_free(t);
}

static void merges_across_wearers_end(void **state) {
    struct fixture *f = *state;
    write_text(f->merges, MERGES "<merge id='women.one' en='1' ru='1'><from id='women.tops.polos'/>"
                                 "<from id='men.tops.tshirts'/></merge>"
                                 "<merge id='men.two' en='2' ru='2'><from id='women.tops.tshirts'/>"
                                 "<from id='men.tops.polos'/></merge></merges>");
    taxonomy *t;
    nacre_error error;
    assert_ok(taxonomy_load(SHIPPED, f->merges, &t, &error), error);
    for (int c = 0; c < taxonomy_count(t); c++)
        assert_in_range(taxonomy_kind(t, c), 0, taxonomy_count(t) - 1);
    taxonomy_free(t);
}

static void merge_refused(struct fixture *f, const char *text, nacre_status expected, const char *words) {
    write_text(f->merges, text);
    taxonomy *t = NULL;
    nacre_error error;
    nacre_status status = taxonomy_load(SHIPPED, f->merges, &t, &error);
    if (status != expected || !strstr(error.message, words))
        fail_msg("status %d, message \"%s\", expected %d and \"%s\"", status, status ? error.message : "",
                 expected, words);
    assert_non_null(strstr(error.message, f->merges));
}

static void bad_merges_are_refused(void **state) {
    struct fixture *f = *state;
#define PARTY "<merge id='women.dresses.party' en='p' ru='p'>"
    merge_refused(f, "<taxonomy version='1'/>", NACRE_ERROR_FORMAT, "not <merges>");
    merge_refused(f, MERGES "<join/></merges>", NACRE_ERROR_FORMAT, ":2: <join> is not known");
    merge_refused(f, MERGES PARTY "</merge></merges>", NACRE_ERROR_FORMAT, "merges nothing");
    merge_refused(f, MERGES PARTY "<from id='women.dresses.gala'/></merge></merges>", NACRE_ERROR_FORMAT,
                  ":2: \"women.dresses.gala\" is no category; nacre taxonomy search");
    merge_refused(f, MERGES PARTY "<from/></merge></merges>", NACRE_ERROR_FORMAT, "is no category");
    merge_refused(f, MERGES PARTY "<from id='women.shoes'/></merge></merges>", NACRE_ERROR_FORMAT,
                  "is a branch");
    merge_refused(f, MERGES PARTY "<from id='women.dresses.party'/></merge></merges>", NACRE_ERROR_FORMAT,
                  "is no category");
    merge_refused(f,
                  MERGES PARTY
                  "<from id='women.dresses.wrap'/></merge><merge id='women.dresses.all' en='a' ru='a'>\n"
                  "<from id='women.dresses.party'/></merge></merges>",
                  NACRE_ERROR_FORMAT, ":3: women.dresses.party is itself merged");
    merge_refused(f,
                  MERGES PARTY
                  "<from id='women.dresses.wrap'/></merge><merge id='women.dresses.all' en='a' ru='a'>\n"
                  "<from id='women.dresses.wrap'/></merge></merges>",
                  NACRE_ERROR_FORMAT, "is merged into women.dresses.party already");
    merge_refused(
        f,
        MERGES
        "<merge id='women.dresses.slip' en='a' ru='a'><from id='women.dresses.wrap'/></merge></merges>",
        NACRE_ERROR_EXISTS, "exists already");
    merge_refused(
        f,
        MERGES "<merge id='women.frocks.all' en='a' ru='a'><from id='women.dresses.wrap'/></merge></merges>",
        NACRE_ERROR_FORMAT, "would stand below women.frocks, which is no category");
    merge_refused(
        f,
        MERGES
        "<merge id='women.dresses.slip.x' en='a' ru='a'><from id='women.dresses.wrap'/></merge></merges>",
        NACRE_ERROR_FORMAT, "would stand below women.dresses.slip, which is a leaf");
}

// Whichever allocation fails, loading says so and leaks nothing (the leak sanitizer watches).
static void every_failing_allocation_is_reported(void **state) {
    struct fixture *f = *state;
    write_text(f->merges,
               MERGES "<merge id='women.dresses.party' en='p' ru='p'><from id='women.dresses.evening'/>"
                      "<from id='women.dresses.cocktail'/></merge></merges>");
    for (size_t n = 0;; n++) {
        taxonomy *t = NULL;
        nacre_error error;
        memory_fail_after(n);
        nacre_status status = taxonomy_load(SHIPPED, f->merges, &t, &error);
        bool failed = memory_has_failed();
        memory_fail_after(SIZE_MAX);
        if (!failed) {
            assert_int_equal(status, NACRE_OK);
            assert_true(n > 3);
            taxonomy_free(t);
            return;
        }
        assert_int_equal(status, NACRE_ERROR_MEMORY);
        assert_null(t);
    }
}

int main(void) {
#define with_files(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_taxonomy_is_rich),
        cmocka_unit_test(shipped_names_are_told_apart_among_siblings),
        cmocka_unit_test(a_subtree_is_an_interval),
        with_files(weights_are_inherited),
        cmocka_unit_test(a_kind_has_no_wearer),
        with_files(synonyms_are_cut_at_commas),
        with_files(bad_files_are_refused_with_line_and_remedy),
        with_files(doctype_and_entities_are_refused),
        with_files(depth_and_length_have_limits),
        with_files(a_missing_file_is_named),
        with_files(merged_leaves_become_one_category),
        with_files(merges_across_wearers_end),
        with_files(bad_merges_are_refused),
        with_files(every_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests_name("taxonomy", tests, NULL, NULL);
}
