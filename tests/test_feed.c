// SPDX-License-Identifier: Apache-2.0
// Every dialect and every sin of real shops has a feed in tests/feeds, and beside it what must be read out of
// it. NACRE_WRITE_EXPECTED=1 writes those texts anew: read the difference before it is committed.
#include "test.h"

#include <dirent.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "feed/reader.h"
#include "feed_dump.h"

enum { DUMP_BYTES = 64 * 1024 * 1024 };

static const char feeds[] = TEST_SOURCE_DIR "/tests/feeds";

static char *read_whole(const char *path, size_t *length) {
    nacre_error error;
    char *bytes;
    assert_ok(file_read(path, DUMP_BYTES, &bytes, length, &error), error);
    return bytes;
}

// The dump of a feed read in pieces; free with memory_free.
static char *read_in_pieces(const char *bytes, size_t length, size_t piece) {
    buffer out;
    buffer_init(&out, DUMP_BYTES);
    struct feed_summary summary;
    nacre_error error;
    (void)dump_feed(FEED_AUTO, bytes, length, piece, &out, &summary, &error);
    return buffer_take(&out);
}

static void check_file(const char *name) {
    char path[1024], expected_path[1100];
    snprintf(path, sizeof path, "%s/%s", feeds, name);
    snprintf(expected_path, sizeof expected_path, "%s.expected", path);
    size_t length, expected_length;
    char *bytes = read_whole(path, &length);
    char *dump = read_in_pieces(bytes, length, length + 1);
    nacre_error error;
    if (getenv("NACRE_WRITE_EXPECTED")) {
        assert_ok(file_write(expected_path, dump, strlen(dump), &error), error);
        memory_free(dump);
        memory_free(bytes);
        return;
    }
    char *expected = read_whole(expected_path, &expected_length);
    if (strcmp(dump, expected) != 0)
        fail_msg("%s: read\n%s\nbut expected\n%s", name, dump, expected);
    static const size_t pieces[] = {1, 7, 4096};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        char *again = read_in_pieces(bytes, length, pieces[i]);
        if (strcmp(again, dump) != 0)
            fail_msg("%s in pieces of %zu: read\n%s\nbut whole\n%s", name, pieces[i], again, dump);
        memory_free(again);
    }
    memory_free(expected);
    memory_free(dump);
    memory_free(bytes);
}

static void feeds_are_read_as_expected(void **state) {
    (void)state;
    DIR *folder = opendir(feeds);
    assert_non_null(folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.' || strstr(entry->d_name, ".expected"))
            continue;
        check_file(entry->d_name);
        count++;
    }
    closedir(folder);
    assert_true(count > 0);
}

// ---- properties

static void random_pieces_read_the_same(void **state) {
    (void)state;
    // Several blocks long, with something to mend at every place that a cut can hit.
    buffer feed;
    buffer_init(&feed, DUMP_BYTES);
    nacre_status status =
        buffer_append_text(&feed, "<?xml version='1.0' encoding='UTF-8'?><yml_catalog><shop><offers>\n");
    for (int i = 0; i < 1500 && status == NACRE_OK; i++)
        status = buffer_printf(
            &feed,
            "<offer id='%d'><name>Платье — %d &amp;quot;Лея&amp;quot; & Co &nbsp;</name><!-- - -->"
            "<description><![CDATA[<p>a]] & %d</p>]]></description><price>%d</price></offer>\n",
            i, i % 700, i, i % 99);
    assert_int_equal(status, NACRE_OK);
    char *whole = read_in_pieces(feed.bytes, feed.length, feed.length);
    assert_non_null(strstr(whole, "1500 offers, 0 bad"));
    static const size_t pieces[] = {1, 3, 1000, 65535, 65536, 65537, 100000};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        char *again = read_in_pieces(feed.bytes, feed.length, pieces[i]);
        assert_string_equal(again, whole);
        memory_free(again);
    }
    memory_free(whole);
    buffer_fini(&feed);
}

// Long texts go around the parser: they must come back whole, in their places, and leave the lines right.
enum { LONG_OFFERS = 3000 };

struct long_text {
    char *text;
    size_t line;
};

static nacre_status compare_long(void *context, const struct feed_offer *offer) {
    const struct long_text *expected = &((const struct long_text *)context)[atoi(offer->id)];
    assert_string_equal(offer->description ? offer->description : "", expected->text);
    assert_string_equal(offer->vendor, expected->text[0] ? expected->text : "v");
    assert_int_equal(offer->line, expected->line);
    return NACRE_OK;
}

// Text of words that need no escaping, up to 600 letters, with a line feed now and then.
static char *make_long_text(uint32_t *random) {
    static const char *const words[] = {"платье", "x", "cotton", "—", "лёгкое", "5 'm\" =", "\n"};
    *random = *random * 1664525 + 1013904223;
    size_t count = (*random >> 10) % 90;
    buffer text;
    buffer_init(&text, DUMP_BYTES);
    for (size_t i = 0; i < count; i++) {
        *random = *random * 1664525 + 1013904223;
        size_t word = (*random >> 10) % (i == 0 || i + 1 == count ? 5 : 7); // blanks at the ends are cut off
        assert_int_equal(buffer_printf(&text, i ? " %s" : "%s", words[word]), NACRE_OK);
    }
    return buffer_take(&text);
}

static void long_texts_come_back_whole(void **state) {
    (void)state;
    struct long_text *expected = memory_new(LONG_OFFERS, sizeof *expected);
    buffer feed;
    buffer_init(&feed, DUMP_BYTES);
    assert_int_equal(buffer_append_text(&feed, "<yml_catalog><shop><offers>"), NACRE_OK);
    uint32_t random = 5;
    size_t line = 1;
    for (int i = 0; i < LONG_OFFERS; i++) {
        // Descriptions keep their line feeds, the vendor's are made blanks: so those have none here.
        char *text = make_long_text(&random);
        char *plain = memory_copy_text(text);
        for (char *c = plain; *c; c++)
            *c = *c == '\n' ? 'n' : *c;
        static const char *const forms[] = {"%s", "<![CDATA[%s]]>", "<![CDATA[]]>%s<!-- > -->", "<?x ' ?>%s"};
        buffer body;
        buffer_init(&body, DUMP_BYTES);
        const char *form = forms[i % 4], *place = strstr(form, "%s");
        nacre_status status = buffer_printf(&body, "%.*s%s%s", (int)(place - form), form, plain, place + 2);
        if (status == NACRE_OK)
            status = buffer_printf(&feed,
                                   "\n<offer id='%d' note=\"a > b %s\">\n<sales_notes>%s</sales_notes>"
                                   "<vendor>%s</vendor><description>%s</description></offer>",
                                   i,
                                   i % 3 ? ""
                                         : "long attribute, long attribute, long attribute, long attribute, "
                                           "long attribute, long attribute, long attribute, long attribute",
                                   text, plain[0] ? plain : "v", body.bytes);
        assert_int_equal(status, NACRE_OK);
        expected[i] = (struct long_text){.text = plain, .line = line + 1};
        line += 2;
        for (const char *c = text; *c; c++)
            line += *c == '\n';
        buffer_fini(&body);
        memory_free(text);
    }
    assert_int_equal(buffer_append_text(&feed, "</offers></shop></yml_catalog>"), NACRE_OK);
    const struct feed_handler handler = {.context = expected, .offer = compare_long};
    feed_reader *reader;
    nacre_error error;
    struct feed_summary summary;
    assert_ok(feed_reader_new(FEED_AUTO, &handler, &reader, &error), error);
    assert_ok(feed_reader_push(reader, feed.bytes, feed.length, &error), error);
    assert_ok(feed_reader_finish(reader, &summary, &error), error);
    assert_int_equal(summary.offers, LONG_OFFERS);
    assert_true(summary.well_formed);
    feed_reader_free(reader);
    for (int i = 0; i < LONG_OFFERS; i++)
        memory_free(expected[i].text);
    memory_free(expected);
    buffer_fini(&feed);
}

static void every_failed_allocation_is_told(void **state) {
    (void)state;
    static const char *const names[] = {"markup.xml", "pictures.xml", "google.tsv", "packed-with-folder.zip",
                                        "categories.xml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", feeds, names[i]);
        size_t length;
        char *bytes = read_whole(path, &length);
        bool failed = true;
        for (size_t n = 0; failed; n++) {
            const struct feed_handler handler = {0};
            feed_reader *reader;
            struct feed_summary summary = {0};
            nacre_error error;
            memory_fail_after(n);
            nacre_status status = feed_reader_new(FEED_AUTO, &handler, &reader, &error);
            if (status == NACRE_OK) {
                status = feed_reader_push(reader, bytes, length, &error); // its status comes again at the end
                status = feed_reader_finish(reader, &summary, &error);
                feed_reader_free(reader);
            }
            failed = memory_has_failed();
            memory_fail_after(SIZE_MAX);
            assert_int_equal(status, failed ? NACRE_ERROR_MEMORY : NACRE_OK);
            assert_false(failed && summary.complete);
        }
        memory_free(bytes);
    }
}

// A feed with some of its bytes changed says what is wrong or is read; it never crashes, and the counts stay
// sound.
static void mutated_feeds_are_survived(void **state) {
    (void)state;
    static const char *const names[] = {"markup.xml",        "google-rss.xml",    "google.tsv",
                                        "admitad.csv",       "packed.xml.gz",     "packed-streamed.zip",
                                        "charset-utf16.xml", "entity-of-html.xml"};
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", feeds, names[i]);
        size_t length;
        char *bytes = read_whole(path, &length);
        char *mutated = memory_new(length, 1);
        for (int round = 0; round < 150; round++) {
            memcpy(mutated, bytes, length);
            for (int change = 0; change < 1 + round % 8; change++) {
                random = random * 1664525 + 1013904223;
                static const char likely[] = "<>&;]['\"\t\n/!-\0\xD0\xFF";
                mutated[(random >> 8) % length] = likely[(random >> 3) % (sizeof likely - 1)];
            }
            size_t shorter = round % 3 ? length : length - (random >> 8) % length;
            char *dump = read_in_pieces(mutated, shorter, shorter + 1);
            char *again = read_in_pieces(mutated, shorter, 5);
            assert_string_equal(again, dump);
            memory_free(dump);
            memory_free(again);
        }
        memory_free(mutated);
        memory_free(bytes);
    }
}

// ---- limits

static struct feed_summary read_text(const char *text, size_t length, buffer *out) {
    struct feed_summary summary;
    nacre_error error;
    buffer_clear(out);
    (void)dump_feed(FEED_AUTO, text, length, length, out, &summary, &error);
    return summary;
}

// An offer whose description has `length` bytes, `count` times.
static void write_long_offer(buffer *feed, size_t length, int count) {
    buffer_clear(feed);
    assert_int_equal(buffer_append_text(feed, "<yml_catalog><offers><offer id='1'><name>n</name>"), NACRE_OK);
    char *text = memory_new(length + 1, 1);
    memset(text, 'x', length);
    for (int i = 0; i < count; i++) {
        assert_int_equal(buffer_append_text(feed, i ? "<vendor>" : "<description>"), NACRE_OK);
        assert_int_equal(buffer_append(feed, text, length), NACRE_OK);
        assert_int_equal(buffer_append_text(feed, i ? "</vendor>" : "</description>"), NACRE_OK);
    }
    memory_free(text);
    assert_int_equal(
        buffer_append_text(feed, "</offer><offer id='2'><name>m</name></offer></offers></yml_catalog>"),
        NACRE_OK);
}

static void long_texts_are_cut(void **state) {
    (void)state;
    buffer feed, out;
    buffer_init(&feed, DUMP_BYTES);
    buffer_init(&out, DUMP_BYTES);
    for (int over = -1; over <= 1; over++) {
        write_long_offer(&feed, (size_t)(LIMIT_FEED_TEXT_BYTES + over), 1);
        struct feed_summary summary = read_text(feed.bytes, feed.length, &out);
        assert_int_equal(summary.offers, 2);
        assert_int_equal(strstr(out.bytes, "a text above") != NULL, over > 0);
    }
    buffer_fini(&feed);
    buffer_fini(&out);
}

static void large_offers_are_left_out(void **state) {
    (void)state;
    buffer feed, out;
    buffer_init(&feed, DUMP_BYTES);
    buffer_init(&out, DUMP_BYTES);
    // What a record stores besides: an empty text, the id, the name and a 0 byte behind each.
    size_t besides = 1 + 2 + 2 + 4;
    for (int over = -1; over <= 1; over++) {
        write_long_offer(&feed, (size_t)(LIMIT_FEED_RECORD_BYTES + over * 4) / 4 - besides / 4 - 1, 4);
        struct feed_summary summary = read_text(feed.bytes, feed.length, &out);
        assert_int_equal(summary.offers, over > 0 ? 1 : 2);
        assert_int_equal(summary.bad, over > 0 ? 1 : 0);
    }
    buffer_fini(&feed);
    buffer_fini(&out);
}

// `count` times `part`, whose only %d is the number, between `head` and `tail`.
static struct feed_summary read_repeated(const char *head, const char *part, int count, const char *tail,
                                         buffer *out) {
    buffer feed;
    buffer_init(&feed, DUMP_BYTES);
    nacre_status status = buffer_append_text(&feed, head);
    const char *number = strstr(part, "%d");
    for (int i = 0; i < count && status == NACRE_OK; i++)
        status = number ? buffer_printf(&feed, "%.*s%d%s", (int)(number - part), part, i, number + 2)
                        : buffer_append_text(&feed, part);
    if (status == NACRE_OK)
        status = buffer_append_text(&feed, tail);
    assert_int_equal(status, NACRE_OK);
    struct feed_summary summary = read_text(feed.bytes, feed.length, out);
    buffer_fini(&feed);
    return summary;
}

static size_t count_of(const char *text, const char *word) {
    size_t count = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        count++;
    return count;
}

static void counts_of_one_offer_are_limited(void **state) {
    (void)state;
    static const char head[] = "<yml_catalog><offers><offer id='1'><name>n</name>";
    static const char tail[] = "</offer></offers></yml_catalog>";
    buffer out;
    buffer_init(&out, DUMP_BYTES);
    for (int over = -1; over <= 1; over++) {
        struct feed_summary summary = read_repeated(head, "<picture>https://s.example/%d</picture>",
                                                    LIMIT_FEED_PICTURES + over, tail, &out);
        assert_int_equal(summary.pictures, LIMIT_FEED_PICTURES + over);
        assert_int_equal(count_of(out.bytes, "picture=\""), LIMIT_FEED_PICTURES + (over < 0 ? over : 0));
        assert_int_equal(count_of(out.bytes, "more than 50 pictures"), over > 0);
        summary = read_repeated(head, "<param name='p'>%d</param>", LIMIT_FEED_PARAMS + over, tail, &out);
        assert_int_equal(count_of(out.bytes, " p=\""), LIMIT_FEED_PARAMS + (over < 0 ? over : 0));
        // The id and the name are fields as well.
        summary = read_repeated(head, "<model/>", LIMIT_FEED_RECORD_FIELDS - 2 + over, tail, &out);
        assert_int_equal(summary.offers, over > 0 ? 0 : 1);
    }
    buffer_fini(&out);
}

static void depth_and_doctype_are_limited(void **state) {
    (void)state;
    buffer out;
    buffer_init(&out, DUMP_BYTES);
    for (int over = -1; over <= 1; over++) {
        buffer feed;
        buffer_init(&feed, DUMP_BYTES);
        assert_int_equal(buffer_append_text(&feed, "<yml_catalog>"), NACRE_OK);
        for (int i = 1; i < LIMIT_FEED_DEPTH + over; i++)
            assert_int_equal(buffer_append_text(&feed, "<a>"), NACRE_OK);
        for (int i = 1; i < LIMIT_FEED_DEPTH + over; i++)
            assert_int_equal(buffer_append_text(&feed, "</a>"), NACRE_OK);
        assert_int_equal(buffer_append_text(&feed, "</yml_catalog>"), NACRE_OK);
        assert_int_equal(read_text(feed.bytes, feed.length, &out).complete, over <= 0);
        buffer_fini(&feed);
        // 28 bytes stand in the DOCTYPE before the spaces, of which nine are its start.
        struct feed_summary summary =
            read_repeated("<!DOCTYPE yml_catalog SYSTEM ", " ", LIMIT_FEED_DOCTYPE_BYTES - 20 + over,
                          "><yml_catalog/>", &out);
        assert_int_equal(summary.complete, over <= 0);
    }
    buffer_fini(&out);
}

static void addresses_are_limited(void **state) {
    (void)state;
    buffer out;
    buffer_init(&out, DUMP_BYTES);
    static const char start[] = "https://s.example/";
    for (int over = -1; over <= 1; over++) {
        char address[LIMIT_URL_BYTES + 8];
        memset(address, 'x', sizeof address);
        memcpy(address, start, strlen(start));
        address[LIMIT_URL_BYTES + over] = 0;
        buffer feed;
        buffer_init(&feed, DUMP_BYTES);
        assert_int_equal(
            buffer_printf(&feed,
                          "<yml_catalog><offers><offer id='1'><url>%s</url><picture>%s</picture></offer>"
                          "</offers></yml_catalog>",
                          address, address),
            NACRE_OK);
        (void)read_text(feed.bytes, feed.length, &out);
        assert_int_equal(count_of(out.bytes, "is no web address"), over > 0 ? 2 : 0);
        buffer_fini(&feed);
    }
    buffer_fini(&out);
}

static void categories_are_limited(void **state) {
    (void)state;
    for (int over = -1; over <= 1; over++) {
        buffer feed;
        buffer_init(&feed, DUMP_BYTES);
        nacre_status status = buffer_append_text(&feed, "<yml_catalog><categories>");
        for (int i = 0; i < LIMIT_FEED_CATEGORIES + over && status == NACRE_OK; i++)
            status = buffer_printf(&feed, "<category id='%d'>c</category>", i);
        if (status == NACRE_OK)
            status = buffer_append_text(&feed, "</categories><offers/></yml_catalog>");
        assert_int_equal(status, NACRE_OK);
        const struct feed_handler handler = {0};
        feed_reader *reader;
        nacre_error error;
        struct feed_summary summary;
        assert_ok(feed_reader_new(FEED_AUTO, &handler, &reader, &error), error);
        status = feed_reader_push(reader, feed.bytes, feed.length, &error);
        status = feed_reader_finish(reader, &summary, &error);
        assert_int_equal(status, over > 0 ? NACRE_ERROR_FORMAT : NACRE_OK);
        assert_int_equal(summary.categories, LIMIT_FEED_CATEGORIES + (over < 0 ? over : 0));
        feed_reader_free(reader);
        buffer_fini(&feed);
    }
}

static void unpacked_bytes_are_limited(void **state) {
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/packed.xml.gz", feeds);
    size_t length;
    char *bytes = read_whole(path, &length);
    const struct feed_handler handler = {0};
    int64_t unpacked = 0;
    for (int over = 2; over >= -1; over--) { // the first round finds out how many there are
        feed_reader *reader;
        nacre_error error;
        struct feed_summary summary;
        assert_ok(feed_reader_new(FEED_AUTO, &handler, &reader, &error), error);
        assert_true(reader->max_bytes == LIMIT_FEED_BYTES);
        if (over < 2)
            reader->max_bytes = unpacked + over;
        nacre_status status = feed_reader_push(reader, bytes, length, &error);
        status = feed_reader_finish(reader, &summary, &error);
        assert_int_equal(status, over < 0 ? NACRE_ERROR_LIMIT : NACRE_OK);
        unpacked = reader->bytes;
        feed_reader_free(reader);
    }
    memory_free(bytes);
}

static void a_million_nested_entities_are_refused_at_once(void **state) {
    (void)state;
    buffer out;
    buffer_init(&out, DUMP_BYTES);
    struct feed_summary summary =
        read_repeated("<!DOCTYPE yml_catalog [<!ENTITY e0 'x'>", "<!ENTITY e '&e%d;&e%d;'>", 1000 * 1000,
                      "]><yml_catalog>&e;</yml_catalog>", &out);
    assert_false(summary.complete);
    assert_non_null(strstr(out.bytes, "line 1: the DOCTYPE declares an entity (e0)"));
    buffer_fini(&out);
}

static void problems_are_counted_beyond_the_first(void **state) {
    (void)state;
    buffer out;
    buffer_init(&out, DUMP_BYTES);
    struct feed_summary summary = read_repeated("<yml_catalog><offers>\n", "<offer><name>%d</name></offer>\n",
                                                250, "</offers></yml_catalog>", &out);
    assert_int_equal(summary.bad, 250);
    assert_int_equal(count_of(out.bytes, "an offer without an id"), 100);
    assert_non_null(strstr(out.bytes, "problem 0: 150 more offers without an id (left out)"));
    buffer_fini(&out);
}

static nacre_status refuse_offer(void *context, const struct feed_offer *offer) {
    (void)context;
    return strcmp(offer->id, "2") == 0 ? NACRE_ERROR_DATABASE : NACRE_OK;
}

static void the_handlers_status_stops_the_reader(void **state) {
    (void)state;
    static const char feed[] =
        "<yml_catalog><offers><offer id='1'/><offer id='2'/><offer id='3'/></offers></yml_catalog>";
    const struct feed_handler handler = {.offer = refuse_offer};
    feed_reader *reader;
    nacre_error error;
    struct feed_summary summary;
    assert_ok(feed_reader_new(FEED_AUTO, &handler, &reader, &error), error);
    nacre_status pushed = feed_reader_push(reader, feed, strlen(feed), &error);
    assert_true(pushed == NACRE_OK || pushed == NACRE_ERROR_DATABASE);
    assert_int_equal(feed_reader_finish(reader, &summary, &error), NACRE_ERROR_DATABASE);
    assert_int_equal(summary.offers, 2);
    assert_false(summary.complete);
    assert_int_equal(feed_reader_push(reader, feed, strlen(feed), &error), NACRE_ERROR_DATABASE);
    feed_reader_free(reader);
    feed_reader_free(NULL);
}

static void asked_for_dialects_are_checked(void **state) {
    (void)state;
    static const char feed[] = "<yml_catalog><offers><offer id='1'/></offers></yml_catalog>";
    for (int dialect = FEED_AUTO; dialect <= FEED_CSV; dialect++) {
        buffer out;
        buffer_init(&out, DUMP_BYTES);
        struct feed_summary summary;
        nacre_error error;
        nacre_status status =
            dump_feed((enum feed_dialect)dialect, feed, strlen(feed), strlen(feed), &out, &summary, &error);
        assert_int_equal(status == NACRE_OK, dialect <= FEED_ADMITAD);
        enum feed_dialect parsed;
        assert_true(feed_dialect_parse(feed_dialect_word((enum feed_dialect)dialect), &parsed));
        assert_int_equal(parsed, dialect);
        buffer_fini(&out);
    }
    enum feed_dialect parsed;
    assert_false(feed_dialect_parse("xlsx", &parsed));
}

// ---- the command

// Runs `nacre feed check` on a feed of ours; *exit_code and its standard output (free with memory_free).
static char *run_check(const char *options, const char *name, int *exit_code) {
    char command[2048];
    snprintf(command, sizeof command, "'%s' feed check %s '%s/%s' 2>/dev/null", TEST_PROGRAM, options, feeds,
             name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    buffer out;
    buffer_init(&out, DUMP_BYTES);
    char bytes[4096];
    size_t length;
    while ((length = fread(bytes, 1, sizeof bytes, pipe)) > 0)
        assert_int_equal(buffer_append(&out, bytes, length), NACRE_OK);
    *exit_code = WEXITSTATUS(pclose(pipe));
    return buffer_take(&out);
}

static void command_tells_what_it_read(void **state) {
    (void)state;
    static const struct {
        const char *options, *name, *says;
        int exit_code;
    } cases[] = {
        {"--json", "yml.xml",
         "{\"dialect\":\"yml\",\"encoding\":\"UTF-8\",\"offers\":2,\"bad\":0,\"merged\":1,\"categories\":3,"
         "\"pictures\":4,\"complete\":true,\"problems\":[]}\n",
         0},
        {"--json", "yml-sins.xml",
         "{\"line\":11,\"offer\":null,\"what\":\"an offer without an id\",\"done\":\"left out\"}", 1},
        {"--json", "cut-inside-an-offer.xml", "\"complete\":false", 1},
        {"--json", "no-such-feed.xml", "\"error\":{\"status\":\"not-found\"", 1},
        {"", "google-rss.xml", "google-rss, UTF-8: 7 offers, 0 left out, 1 merged into others", 0},
        {"--format=tsv", "yml.xml", "", 1},
        {"--format=xlsx", "yml.xml", "", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int exit_code;
        char *out = run_check(cases[i].options, cases[i].name, &exit_code);
        assert_int_equal(exit_code, cases[i].exit_code);
        if (!strstr(out, cases[i].says))
            fail_msg("%s: %s", cases[i].name, out);
        memory_free(out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feeds_are_read_as_expected),
        cmocka_unit_test(random_pieces_read_the_same),
        cmocka_unit_test(long_texts_come_back_whole),
        cmocka_unit_test(every_failed_allocation_is_told),
        cmocka_unit_test(mutated_feeds_are_survived),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(large_offers_are_left_out),
        cmocka_unit_test(counts_of_one_offer_are_limited),
        cmocka_unit_test(depth_and_doctype_are_limited),
        cmocka_unit_test(addresses_are_limited),
        cmocka_unit_test(categories_are_limited),
        cmocka_unit_test(unpacked_bytes_are_limited),
        cmocka_unit_test(a_million_nested_entities_are_refused_at_once),
        cmocka_unit_test(problems_are_counted_beyond_the_first),
        cmocka_unit_test(the_handlers_status_stops_the_reader),
        cmocka_unit_test(asked_for_dialects_are_checked),
        cmocka_unit_test(command_tells_what_it_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
