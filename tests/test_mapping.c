// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include <libxml/xmlschemas.h>

#include "base/memory.h"
#include "taxonomy/mapping.h"
#include "taxonomy/words.h"

struct fixture {
    char *folder, *path;
    taxonomy *t;
};

static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->folder = test_new_folder();
    if (asprintf(&f->path, "%s/mapping/shop.xml", f->folder) < 0)
        return -1;
    nacre_error error;
    assert_ok(file_make_folder(f->folder, &error), error);
    char *folder;
    if (asprintf(&folder, "%s/mapping", f->folder) < 0)
        return -1;
    assert_ok(file_make_folder(folder, &error), error);
    free(folder);
    assert_ok(taxonomy_load(TEST_SOURCE_DIR "/data/taxonomy.xml", NULL, &f->t, &error), error);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    taxonomy_free(f->t);
    test_remove_folder(f->folder);
    free(f->path);
    free(f);
    return 0;
}

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static mapping *load(struct fixture *f, const char *text) {
    write_text(f->path, text);
    mapping *m;
    nacre_error error;
    assert_ok(mapping_load(f->path, f->t, &m, &error), error);
    return m;
}

// The answer as the catalogue keeps it: a category's id, "" for unmapped, "-" for ignored.
static const char *answer(struct fixture *f, const mapping *m, const struct mapping_offer *offer) {
    int category;
    switch (mapping_resolve(m, offer, &category, NULL)) {
    case MAPPING_MAPPED:
        return taxonomy_id(f->t, category);
    case MAPPING_IGNORED:
        return "-";
    default:
        return "";
    }
}

#define assert_answer(expected, ...)                                                                         \
    assert_string_equal(answer(f, m, &(struct mapping_offer){__VA_ARGS__}), expected)
#define IDS(...)                                                                                             \
    .category_ids = (const char *const[]){__VA_ARGS__},                                                      \
    .category_count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)
#define PARAM(n, v) .params = (const struct mapping_param[]){{n, v}}, .param_count = 1

#define HEAD "<mapping version='1'>\n"

static void assert_words(const char *text, const char *expected) {
    char joined[1024] = "";
    struct words words = words_of(text);
    while (words_next(&words)) {
        strcat(joined, words.word);
        strcat(joined, "|");
    }
    assert_string_equal(joined, expected);
}

static void words_are_folded(void **state) {
    (void)state;
    assert_words("Women's T-Shirts, 100% хлопок", "womens|t|shirts|100|хлопок|");
    assert_words("ШАПКА Утеплённая", "шапка|утепленная|");
    assert_words("Women’s", "womens|");
    assert_words("\xffone\xfe\xfetwo\xd0", "one|two|");
    assert_words("", "");
    assert_words(NULL, "");
    char longer[400];
    memset(longer, 'x', 399);
    longer[399] = 0;
    struct words words = words_of(longer);
    assert_true(words_next(&words));
    assert_int_equal(words.length, WORD_BYTES - 1);
    assert_false(words_next(&words));
}

static void an_absent_file_maps_nothing(void **state) {
    struct fixture *f = *state;
    mapping *m;
    nacre_error error;
    assert_ok(mapping_load(f->path, f->t, &m, &error), error);
    assert_int_equal(mapping_count(m), 0);
    assert_answer("", IDS("1"), .category_path = "Shoes", .name = "Shoes");
    assert_answer("", 0);
    mapping_free(m);
}

static void the_nearest_category_answers(void **state) {
    struct fixture *f = *state;
    mapping *m =
        load(f, HEAD "<category id='1' path='Clothes' to='women'/>\n"
                     "<category id='2' to='women.dresses'/><category id='3' ignore='yes'/>\n"
                     "<category id='4' to=''/><category path='Shoes >  Heels' to='women.shoes.heels'/>\n"
                     "</mapping>");
    assert_answer("women.dresses", IDS("2", "1"));
    assert_answer("women", IDS("9", "1"));
    assert_answer("-", IDS("3", "1"));
    assert_answer("women", IDS("4", "1")); // not answered yet: the parent's answer holds
    assert_answer("", IDS("9"));
    assert_answer("", IDS("4"));
    assert_answer("women.shoes.heels", .category_path = "Shoes > Heels");
    assert_answer("women.shoes.heels", .category_path = " Shoes>Heels > Red ");
    assert_answer("women.shoes.heels", IDS("77", "70"), .category_path = "Shoes > Heels");
    assert_answer("", .category_path = "Shoes");
    assert_answer("", .category_path = "Clothes"); // an id is there, so the path is only for people
    mapping_free(m);
}

static void rules_come_before_the_category(void **state) {
    struct fixture *f = *state;
    mapping *m =
        load(f, HEAD
             "<category id='1' to='women.shoes'>\n"
             "  <rule name='кроссовк*' to='women.shoes.sports'/>\n"
             "  <rule param='Пол' is='мужской | муж*' name='кед*|sneakers' to='men.shoes.casual.sneakers'/>\n"
             "  <rule param='пол' is='мужской' to='men.shoes'/>\n"
             "  <rule vendor='Trash Brand' ignore='yes'/>\n"
             "  <rule param='Gift' ignore='yes'/>\n"
             "</category>\n"
             "<rule name='подарочный сертификат' ignore='yes'/></mapping>");
    assert_answer("women.shoes", IDS("1"), .name = "Туфли");
    assert_answer("women.shoes.sports", IDS("1"), .name = "КРОССОВКИ, белые");
    assert_answer("women.shoes", IDS("1"), .name = "некроссовки");
    assert_answer("men.shoes", IDS("1"), .name = "Туфли", PARAM("ПОЛ", "Мужской"));
    assert_answer("women.shoes", IDS("1"), .name = "Туфли", PARAM("ПОЛ", "мужскойй"));
    assert_answer("men.shoes.casual.sneakers", IDS("1"), .name = "Кеды", PARAM("Пол", "женский; мужской"));
    assert_answer("men.shoes.casual.sneakers", IDS("1"), .name = "Sneakers", PARAM("Пол", "Мужчины, муж."));
    assert_answer("-", IDS("1"), .name = "x", .vendor = "The trash-brand");
    assert_answer("women.shoes", IDS("1"), .name = "x", .vendor = "Brand Trash");
    assert_answer("-", IDS("1"), .name = "x", PARAM("gift", NULL));
    assert_answer("-", IDS("1"), .name = "Подарочный сертификат на кроссовки");
    assert_answer("-", .name = "Подарочный сертификат");
    assert_answer("women.shoes", IDS("1"), .name = "подарочный новый сертификат");
    mapping_free(m);
}

static void a_wearer_rule_moves_what_is_mapped(void **state) {
    struct fixture *f = *state;
    mapping *m =
        load(f, HEAD "<category id='1' to='women.tops.tshirts'/><category id='2' to='accessories.watches'/>"
                     "<category id='3' to='bags.clutches'/><category id='4' to='women.dresses.evening'/>"
                     "<category id='5' to='women.shoes.heels'/>\n"
                     "<rule param='Пол' is='муж*' wearer='men'/><rule param='Пол' is='дев*' wearer='girls'/>"
                     "</mapping>");
    assert_answer("women.tops.tshirts", IDS("1"));
    assert_answer("men.tops.tshirts", IDS("1"), PARAM("Пол", "Мужской"));
    assert_answer("girls.tshirts", IDS("1"), PARAM("Пол", "Девочки"));
    assert_answer("accessories.watches.men", IDS("2"), PARAM("Пол", "Мужской"));
    assert_answer("accessories.watches.kids", IDS("2"), PARAM("Пол", "Девочкам"));
    assert_answer("bags.clutches", IDS("3"), PARAM("Пол", "Мужской"));
    assert_answer("girls.dresses", IDS("4"), PARAM("Пол", "Девочкам"));
    assert_answer("men.shoes", IDS("5"), PARAM("Пол", "Мужской"));
    assert_answer("", IDS("6"), PARAM("Пол", "Мужской"));
    mapping_free(m);
}

static void merged_categories_are_found(void **state) {
    struct fixture *f = *state;
    char *merges;
    assert_true(asprintf(&merges, "%s/merges.xml", f->folder) > 0);
    write_text(merges,
               "<merges version='1'><merge id='women.dresses.party' en='p' ru='п'>"
               "<from id='women.dresses.evening'/><from id='women.dresses.cocktail'/></merge></merges>");
    taxonomy *merged;
    nacre_error error;
    assert_ok(taxonomy_load(TEST_SOURCE_DIR "/data/taxonomy.xml", merges, &merged, &error), error);
    write_text(f->path, HEAD "<category id='1' to='women.dresses.evening'/></mapping>");
    mapping *m, *plain;
    assert_ok(mapping_load(f->path, merged, &m, &error), error);
    assert_ok(mapping_load(f->path, f->t, &plain, &error), error);
    int category;
    assert_int_equal(mapping_resolve(m, &(struct mapping_offer){IDS("1")}, &category, NULL), MAPPING_MAPPED);
    assert_string_equal(taxonomy_id(merged, category), "women.dresses.party");
    char one[SHA256_HEX_BYTES], other[SHA256_HEX_BYTES];
    mapping_digest(m, one);
    mapping_digest(plain, other);
    assert_string_not_equal(one, other);
    mapping_free(m);
    mapping_free(plain);
    taxonomy_free(merged);
    free(merges);
}

static void refused(struct fixture *f, const char *text, nacre_status expected, const char *words) {
    write_text(f->path, text);
    mapping *m = NULL;
    nacre_error error;
    nacre_status status = mapping_load(f->path, f->t, &m, &error);
    if (status != expected || !strstr(error.message, words))
        fail_msg("status %d, message \"%s\", expected %d and \"%s\"", status, status ? error.message : "",
                 expected, words);
    assert_non_null(strstr(error.message, f->path));
}

static void bad_files_are_refused_with_line_and_remedy(void **state) {
    struct fixture *f = *state;
    refused(f, "", NACRE_ERROR_FORMAT, "not well-formed");
    refused(f, HEAD "<category id='1'>\n</mapping>", NACRE_ERROR_FORMAT, ":3: not well-formed");
    refused(f, "<taxonomy version='1'/>", NACRE_ERROR_FORMAT, "not <mapping>");
    refused(f, "<mapping version='2'/>", NACRE_ERROR_VERSION, "update nacre");
    refused(f, "<!DOCTYPE mapping [<!ENTITY a 'b'>]>" HEAD "</mapping>", NACRE_ERROR_FORMAT, "DOCTYPE");
    refused(f, HEAD "<categorie id='1'/></mapping>", NACRE_ERROR_FORMAT, ":2: <categorie> is not known here");
    refused(f, HEAD "<category id='1' too='women'/></mapping>", NACRE_ERROR_FORMAT, "no attribute \"too\"");
    refused(f, HEAD "<category to='women'/></mapping>", NACRE_ERROR_FORMAT, "needs the shop's id");
    refused(f, HEAD "\n<category id='1' to='women.dress'/></mapping>", NACRE_ERROR_FORMAT,
            ":3: to=\"women.dress\" is no category; did you mean women.dresses?");
    refused(f, HEAD "<category id='1' to='spaceships'/></mapping>", NACRE_ERROR_FORMAT,
            "nacre taxonomy search");
    refused(f, HEAD "<category id='1' to='women' ignore='yes'/></mapping>", NACRE_ERROR_FORMAT,
            "exclude each other");
    refused(f, HEAD "<category id='1' ignore='true'/></mapping>", NACRE_ERROR_FORMAT, "neither yes nor no");
    refused(f, HEAD "<category id='1' to='women'/>\n<category id='1' to='men'/></mapping>",
            NACRE_ERROR_FORMAT, ":3: the category 1 is mapped already in line 2");
    refused(f, HEAD "<category path='A>B' to='women'/>\n<category path='A > B' to='men'/></mapping>",
            NACRE_ERROR_FORMAT, ":3: the category A > B is mapped already in line 2");
    refused(f, HEAD "<category id='1'><category id='2'/></category></mapping>", NACRE_ERROR_FORMAT,
            "only <rule> is");
    refused(f, HEAD "<rule to='women'/></mapping>", NACRE_ERROR_FORMAT, "this rule asks nothing");
    refused(f, HEAD "<rule is='x' to='women'/></mapping>", NACRE_ERROR_FORMAT, "needs param");
    refused(f, HEAD "<rule name='x'/></mapping>", NACRE_ERROR_FORMAT, "a rule needs one of");
    refused(f, HEAD "<rule name='x' to='women' wearer='men'/></mapping>", NACRE_ERROR_FORMAT,
            "a rule needs one of");
    refused(f, HEAD "<rule name=' , ' to='women'/></mapping>", NACRE_ERROR_FORMAT, "name holds no word");
    refused(f, HEAD "<rule name='a||b' to='women'/></mapping>", NACRE_ERROR_FORMAT, "name holds no word");
    refused(f, HEAD "<rule param='Пол' is='' to='women'/></mapping>", NACRE_ERROR_FORMAT, "is holds no word");
    refused(f, HEAD "<rule name='x' wearer='dog'/></mapping>", NACRE_ERROR_FORMAT,
            "wearer=\"dog\" is none of");
    refused(f, HEAD "<category id='1'><rule name='x' wearer='men'/></category></mapping>", NACRE_ERROR_FORMAT,
            "holds for the whole shop");
}

// The first block of XML in docs/mapping.md.
static char *manual_example(void) {
    char *text;
    size_t length;
    nacre_error error;
    assert_ok(file_read(TEST_SOURCE_DIR "/docs/mapping.md", 1 << 20, &text, &length, &error), error);
    char *start = strstr(text, "```xml\n") + strlen("```xml\n");
    *strstr(start, "```") = 0;
    char *example = strdup(start);
    memory_free(text);
    return example;
}

static bool schema_accepts(const char *schema_path, const char *path) {
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(schema_path);
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    assert_non_null(schema);
    xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
    bool accepts = xmlSchemaValidateFile(valid, path, 0) == 0;
    xmlSchemaFreeValidCtxt(valid);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
    return accepts;
}

static void the_manual_tells_the_truth(void **state) {
    struct fixture *f = *state;
    char *example = manual_example();
    mapping *m = load(f, example);
    assert_true(schema_accepts(TEST_SOURCE_DIR "/docs/mapping.xsd", f->path));
    assert_answer("women.dresses", IDS("99", "17"));
    assert_answer("women.dresses.evening", IDS("18", "17"));
    assert_answer("-", IDS("31"));
    assert_answer("women.shoes", .category_path = "Apparel & Accessories > Shoes > Heels", .name = "Pump");
    assert_answer("men.shoes", .category_path = "Apparel & Accessories > Shoes", PARAM("Gender", "male"));
    assert_answer("women.shoes.flip-flops", .category_path = "Apparel & Accessories > Shoes",
                  .name = "Summer flip-flops");
    assert_answer("-", IDS("17"), .name = "Gift wrapping");
    mapping_free(m);
    free(example);
}

static void the_test_shops_mapping_is_good(void **state) {
    struct fixture *f = *state;
    static const char path[] = TEST_SOURCE_DIR "/tests/shop/products-mapping.xml";
    mapping *m;
    nacre_error error;
    assert_ok(mapping_load(path, f->t, &m, &error), error);
    assert_true(mapping_count(m) > 200);
    assert_true(schema_accepts(TEST_SOURCE_DIR "/docs/mapping.xsd", path));
    for (size_t i = 0; i < mapping_count(m); i++)
        assert_int_not_equal(mapping_get(m, i).answer, MAPPING_UNMAPPED);
    mapping_free(m);
}

static char *read_back(const char *path) {
    char *text;
    size_t length;
    nacre_error error;
    assert_ok(file_read(path, 1 << 20, &text, &length, &error), error);
    return text;
}

static const char BY_HAND[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                              "<!-- Our shop, mapped by Анна -->\n"
                              "<mapping version=\"1\">\n"
                              "  <!-- shoes first -->\n"
                              "  <category id=\"7\" path=\"Shoes\" to=\"women.shoes\">\n"
                              "    <!-- a rule: a &gt; b -->\n"
                              "    <rule param=\"Пол\" is=\"мужской\" to=\"men.shoes\"/>\n"
                              "  </category>\n"
                              "\n"
                              "  <category id=\"3\" to=\"women.dresses\"/> <!-- all of them -->\n"
                              "  <category path=\"A > B\" ignore=\"yes\"/>\n"
                              "</mapping>\n"
                              "<!-- end -->\n";

static void a_rewrite_keeps_comments_and_order(void **state) {
    struct fixture *f = *state;
    mapping *m = load(f, BY_HAND);
    nacre_error error;
    assert_ok(mapping_save(m, NULL, &error), error);
    char *text = read_back(f->path);
    assert_string_equal(strstr(text, "<!-- Our"), strstr(BY_HAND, "<!-- Our"));
    memory_free(text);

    const struct mapping_entry changes[] = {
        {.id = "3", .answer = MAPPING_IGNORED},
        {.path = "A>B", .answer = MAPPING_MAPPED, .category = taxonomy_find(f->t, "bags")},
        {.id = "9", .path = "Q & A \"x\"", .answer = MAPPING_UNMAPPED, .comment = "suggest: bags -- 0.4 --"},
    };
    assert_ok(mapping_edit(m, changes, 3, &error), error);
    assert_answer("-", IDS("3"));
    assert_answer("bags", .category_path = "A > B");
    assert_ok(mapping_save(m, NULL, &error), error);
    mapping_free(m);
    text = read_back(f->path);
    assert_string_equal(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                              "<!-- Our shop, mapped by Анна -->\n"
                              "<mapping version=\"1\">\n"
                              "  <!-- shoes first -->\n"
                              "  <category id=\"7\" path=\"Shoes\" to=\"women.shoes\">\n"
                              "    <!-- a rule: a &gt; b -->\n"
                              "    <rule param=\"Пол\" is=\"мужской\" to=\"men.shoes\"/>\n"
                              "  </category>\n"
                              "\n"
                              "  <category id=\"3\" ignore=\"yes\"/> <!-- all of them -->\n"
                              "  <category path=\"A > B\" to=\"bags\"/>\n"
                              "  <!-- suggest: bags - 0.4 - -->\n"
                              "  <category id=\"9\" path=\"Q &amp; A &quot;x&quot;\" to=\"\"/>\n"
                              "</mapping>\n"
                              "<!-- end -->\n");
    memory_free(text);
    assert_ok(mapping_load(f->path, f->t, &m, &error), error);
    assert_int_equal(mapping_count(m), 4);
    struct mapping_entry entry = mapping_get(m, 0);
    assert_string_equal(entry.id, "7");
    assert_string_equal(entry.path, "Shoes");
    assert_true(entry.has_rules);
    assert_int_equal(entry.line, 5);
    assert_int_equal(mapping_get(m, 3).answer, MAPPING_UNMAPPED);
    mapping_free(m);
}

static void a_refused_edit_changes_nothing(void **state) {
    struct fixture *f = *state;
    mapping *m = load(f, BY_HAND);
    nacre_error error;
    const struct mapping_entry twice[] = {
        {.id = "3", .answer = MAPPING_IGNORED},
        {.id = "new", .answer = MAPPING_IGNORED},
        {.id = "new", .answer = MAPPING_IGNORED},
    };
    assert_int_equal(mapping_edit(m, twice, 3, &error), NACRE_ERROR_FORMAT);
    assert_answer("women.dresses", IDS("3"));
    assert_answer("", IDS("new"));
    assert_ok(mapping_save(m, NULL, &error), error);
    char *text = read_back(f->path);
    assert_null(strstr(text, "new"));
    memory_free(text);
    mapping_free(m);
}

static void a_new_entry_takes_its_rules_along(void **state) {
    struct fixture *f = *state;
    mapping *m = load(f, HEAD "</mapping>");
    const struct mapping_rule rules[] = {{"Пол", "Мужской", taxonomy_find(f->t, "men.shoes")},
                                         {"Пол", "Для девочек", taxonomy_find(f->t, "girls.shoes")}};
    const struct mapping_entry entry = {
        .id = "1",
        .path = "Обувь",
        .answer = MAPPING_MAPPED,
        .category = taxonomy_find(f->t, "women.shoes"),
        .rules = rules,
        .rule_count = 2,
    };
    nacre_error error;
    assert_ok(mapping_edit(m, &entry, 1, &error), error);
    assert_answer("women.shoes", IDS("1"), PARAM("Пол", "Женский"));
    assert_answer("men.shoes", IDS("1"), PARAM("Пол", "мужской"));
    assert_answer("girls.shoes", IDS("1"), PARAM("Пол", "для девочек"));
    assert_ok(mapping_edit(m, &entry, 1, &error), error); // has rules already: no more are added
    assert_ok(mapping_save(m, NULL, &error), error);
    mapping_free(m);
    char *text = read_back(f->path);
    assert_string_equal(strstr(text, "<mapping"),
                        "<mapping version=\"1\">\n"
                        "  <category id=\"1\" path=\"Обувь\" to=\"women.shoes\">\n"
                        "    <rule param=\"Пол\" is=\"Мужской\" to=\"men.shoes\"/>\n"
                        "    <rule param=\"Пол\" is=\"Для девочек\" to=\"girls.shoes\"/>\n"
                        "  </category>\n</mapping>\n");
    memory_free(text);
}

static void a_first_edit_makes_the_file(void **state) {
    struct fixture *f = *state;
    char *path;
    assert_true(asprintf(&path, "%s/fresh/mapping/shop.xml", f->folder) > 0);
    mapping *m;
    nacre_error error;
    assert_ok(mapping_load(path, f->t, &m, &error), error);
    const struct mapping_entry one = {.id = "1", .path = "A", .answer = MAPPING_MAPPED, .category = 0};
    assert_ok(mapping_edit(m, &one, 1, &error), error);
    assert_ok(mapping_save(m, NULL, &error), error);
    mapping_free(m);
    char *text = read_back(path);
    assert_string_equal(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mapping version=\"1\">\n"
                              "  <category id=\"1\" path=\"A\" to=\"women\"/>\n</mapping>\n");
    memory_free(text);
    free(path);
}

static void a_file_in_windows_1251_stays_so(void **state) {
    struct fixture *f = *state;
    // "Пол" is "мужской", and a comment "да".
    mapping *m = load(
        f, "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n<mapping version=\"1\">\n"
           "  <!-- \xe4\xe0 -->\n"
           "  <rule param=\"\xcf\xee\xeb\" is=\"\xec\xf3\xe6\xf1\xea\xee\xe9\" to=\"men\"/>\n</mapping>\n");
    assert_answer("men", PARAM("Пол", "мужской"));
    nacre_error error;
    assert_ok(mapping_save(m, NULL, &error), error);
    mapping_free(m);
    char *text = read_back(f->path);
    assert_non_null(strstr(text, "<!-- \xe4\xe0 -->"));
    assert_non_null(strstr(text, "windows-1251"));
    memory_free(text);
}

static void every_failing_allocation_is_reported(void **state) {
    struct fixture *f = *state;
    write_text(f->path, BY_HAND);
    for (size_t n = 0;; n++) {
        mapping *m = NULL;
        nacre_error error;
        const struct mapping_entry change = {.id = "3", .answer = MAPPING_IGNORED};
        memory_fail_after(n);
        nacre_status status = mapping_load(f->path, f->t, &m, &error);
        if (status == NACRE_OK) {
            status = mapping_edit(m, &change, 1, &error);
            assert_answer(status == NACRE_OK ? "-" : "women.dresses", IDS("3"));
        }
        if (status == NACRE_OK)
            status = mapping_save(m, NULL, &error);
        bool failed = memory_has_failed();
        memory_fail_after(SIZE_MAX);
        mapping_free(m);
        if (!failed) {
            assert_int_equal(status, NACRE_OK);
            assert_true(n > 5);
            return;
        }
        assert_int_equal(status, NACRE_ERROR_MEMORY);
    }
}

int main(void) {
#define with_files(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_folded),
        with_files(an_absent_file_maps_nothing),
        with_files(the_nearest_category_answers),
        with_files(rules_come_before_the_category),
        with_files(a_wearer_rule_moves_what_is_mapped),
        with_files(merged_categories_are_found),
        with_files(bad_files_are_refused_with_line_and_remedy),
        with_files(the_manual_tells_the_truth),
        with_files(the_test_shops_mapping_is_good),
        with_files(a_rewrite_keeps_comments_and_order),
        with_files(a_refused_edit_changes_nothing),
        with_files(a_new_entry_takes_its_rules_along),
        with_files(a_first_edit_makes_the_file),
        with_files(a_file_in_windows_1251_stays_so),
        with_files(every_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
