// SPDX-License-Identifier: Apache-2.0
// The crawler's parts by themselves; crawls of whole shops are in test_crawl.py.
#include "test.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <time.h>

#include "base/file.h"
#include "base/memory.h"
#include "crawl/address.h"
#include "crawl/crawl.h"
#include "crawl/host.h"
#include "crawl/http.h"
#include "crawl/robots.h"
#include "crawl/schedule.h"
#include "crawl/settings.h"
#include "crawl/whole.h"
#include "picture/picture.h"

static void secrets_are_masked(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"http://export.admitad.com/ru/webmaster/websites/1/products/export_adv_products/"
         "?user=me&code=0123abc&feed_id=2&last_import=2026.01.01.00.00",
         "http://export.admitad.com/ru/webmaster/websites/1/products/export_adv_products/"
         "?user=***&code=***&feed_id=2&last_import=2026.01.01.00.00"},
        {"https://me:secret@shop.example/feed.xml", "https://***@shop.example/feed.xml"},
        {"https://me:se@cret@shop.example:8080?Code=1;TOKEN=2#x",
         "https://***@shop.example:8080?Code=***;TOKEN=***#x"},
        {"https://shop.example/a@b?code=", "https://shop.example/a@b?code="},
        {"https://shop.example/?barcode=1&code", "https://shop.example/?barcode=1&code"},
        {"/home/me/code=1.yml", "/home/me/code=1.yml"},
    };
    char shown[ADDRESS_SHOWN_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        address_mask(cases[i][0], shown);
        assert_string_equal(shown, cases[i][1]);
    }
    char longest[LIMIT_URL_BYTES];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    address_mask(longest, shown);
    assert_int_equal(strlen(shown), ADDRESS_SHOWN_BYTES - 1);
}

static void addresses_are_split(void **state) {
    (void)state;
    struct address_parts parts;
    nacre_error error;
    assert_ok(address_split("HTTP://Shop.Example/a/b.jpg?w=1#top", &parts, &error), error);
    assert_string_equal(parts.origin, "http://shop.example:80");
    assert_string_equal(parts.path, "/a/b.jpg?w=1");
    address_parts_fini(&parts);
    assert_ok(address_split("https://[2001:db8::1]:8443", &parts, &error), error);
    assert_string_equal(parts.origin, "https://[2001:db8::1]:8443");
    assert_string_equal(parts.path, "/");
    address_parts_fini(&parts);
    static const char *const wrong[] = {"",        "ftp://a/b", "file:///etc/passwd", "/a.jpg",
                                        "http://", "a b",       "http://a:99999/"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(address_split(wrong[i], &parts, &error), NACRE_ERROR_FORMAT);
}

static void parameters_are_set(void **state) {
    (void)state;
    static const struct {
        const char *address, *value, *expected;
    } cases[] = {
        {"http://a/?t=1&code=2", "9", "http://a/?t=9&code=2"},
        {"http://a/?code=2&t=1", "9", "http://a/?code=2&t=9"},
        {"http://a/?t&b=1", "9", "http://a/?t=9&b=1"},
        {"http://a/?b=1&t=", "9", "http://a/?b=1&t=9"},
        {"http://a/?t=1&code=2", NULL, "http://a/?code=2"},
        {"http://a/?code=2&t=1", NULL, "http://a/?code=2"},
        {"http://a/?a=1&t=1&b=1", NULL, "http://a/?a=1&b=1"},
        {"http://a/?t=1", NULL, "http://a/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(address_has_parameter(cases[i].address, "t"));
        char *changed = address_set_parameter(cases[i].address, "t", cases[i].value);
        assert_string_equal(changed, cases[i].expected);
        memory_free(changed);
    }
    assert_false(address_has_parameter("http://a/?at=1&b=t", "t"));
    assert_false(address_has_parameter("http://a/t=1", "t"));
}

static void address_length_is_limited(void **state) {
    (void)state;
    char text[LIMIT_URL_BYTES + 2] = "http://shop.example/";
    struct address_parts parts;
    nacre_error error;
    for (size_t length = LIMIT_URL_BYTES - 1; length <= LIMIT_URL_BYTES + 1; length++) {
        memset(text + 20, 'x', length - 20);
        text[length] = 0;
        nacre_status expected = length <= LIMIT_URL_BYTES ? NACRE_OK : NACRE_ERROR_LIMIT;
        assert_int_equal(address_split(text, &parts, &error), expected);
        if (!expected)
            address_parts_fini(&parts);
    }
}

static bool is_private(const char *text) {
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return http_is_private((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return http_is_private((const struct sockaddr *)&v6);
}

static void private_addresses_are_known(void **state) {
    (void)state;
    static const char *const private[] = {
        "0.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "::7f00:1",
    };
    static const char *const public[] = {
        "1.1.1.1",         "9.255.255.255", "11.0.0.0",       "100.63.255.255",   "100.128.0.0",
        "126.255.255.255", "128.0.0.0",     "169.253.0.1",    "172.15.0.1",       "172.32.0.0",
        "192.167.255.255", "192.169.0.0",   "198.17.0.1",     "198.20.0.0",       "223.255.255.255",
        "2a00:1450::1",    "2606:4700::1",  "::ffff:1.1.1.1", "64:ff9b::101:101",
    };
    for (size_t i = 0; i < sizeof private / sizeof *private; i++)
        assert_true(is_private(private[i]));
    for (size_t i = 0; i < sizeof public / sizeof *public; i++)
        assert_false(is_private(public[i]));
}

static bool allows(const char *text, const char *path) {
    robots *r;
    nacre_error error;
    assert_ok(robots_parse(text, strlen(text), &r, &error), error);
    bool answer = robots_allow(r, path);
    robots_free(r);
    return answer;
}

static void robots_are_obeyed(void **state) {
    (void)state;
    assert_true(robots_allow(NULL, "/a"));
    assert_true(allows("", "/a"));
    assert_true(allows("User-agent: *\nDisallow:\n", "/a"));
    assert_false(allows("User-agent: *\nDisallow: /\n", "/a"));
    assert_false(allows("\xef\xbb\xbfuser-AGENT : * # all\r\ndisallow: /a\r\n", "/a.jpg"));
    assert_true(allows("User-agent: other\nDisallow: /\n", "/a"));
    // Our own group hides that for all.
    assert_true(allows("User-agent: *\nDisallow: /\nUser-agent: Nacre\nDisallow: /b\n", "/a"));
    assert_false(
        allows("User-agent: *\nAllow: /\nUser-agent: x\nUser-agent: nacre/2.0\nDisallow: /b\n", "/b"));
    // Several groups of one name are one.
    assert_false(allows("User-agent: nacre\nDisallow: /a\n\nUser-agent: nacre\nDisallow: /b\n", "/a"));
    // The longest match decides, and allows where two are equal.
    assert_true(allows("User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c"));
    assert_false(allows("User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/c"));
    assert_true(allows("User-agent: *\nDisallow: /a\nAllow: /a\n", "/a"));
    assert_true(allows("User-agent: *\nAllow: /a\nDisallow: /a\n", "/a"));
    assert_false(allows("User-agent: *\nDisallow: /*.gif$\n", "/x/y.gif"));
    assert_true(allows("User-agent: *\nDisallow: /*.gif$\n", "/x/y.gif?w=1"));
    assert_false(allows("User-agent: *\nDisallow: /*?*w=\n", "/x?h=1&w=1"));
    assert_true(allows("User-agent: *\nDisallow: /*?*w=\n", "/x?h=1"));
    assert_true(allows("Disallow: /\nnonsense\n:\n", "/a"));
}

static void robots_tags_are_obeyed(void **state) {
    (void)state;
    static const char *const forbid[] = {"noindex",
                                         "none",
                                         "nofollow, NoIndex",
                                         "noimageindex",
                                         "nacre: noindex",
                                         "other: all, nacre: none",
                                         "max-image-preview: large, noindex"};
    static const char *const allow[] = {"",
                                        "all",
                                        "nofollow",
                                        "googlebot: noindex",
                                        "other: noindex, nofollow",
                                        "unavailable_after: 25 Jun 2030 15:00:00 PST",
                                        "noindexing"};
    for (size_t i = 0; i < sizeof forbid / sizeof *forbid; i++)
        assert_true(robots_tag_forbids(forbid[i]));
    for (size_t i = 0; i < sizeof allow / sizeof *allow; i++)
        assert_false(robots_tag_forbids(allow[i]));
}

static void retry_after_is_read(void **state) {
    (void)state;
    assert_int_equal(http_retry_after_s("120", 0), 120);
    assert_int_equal(http_retry_after_s("0", 0), 0);
    assert_int_equal(http_retry_after_s("Thu, 01 Jan 1970 00:02:00 GMT", 20), 100);
    assert_int_equal(http_retry_after_s("Thu, 01 Jan 1970 00:02:00 GMT", 200), 0);
    assert_int_equal(http_retry_after_s("-1", 0), -1);
    assert_int_equal(http_retry_after_s("soon", 0), -1);
    assert_int_equal(http_retry_after_s("", 0), -1);
    assert_int_equal(http_retry_after_s("99999999999999999999", 0), -1);
}

static void cut_pictures_are_seen(void **state) {
    (void)state;
    assert_true(whole_picture("jpeg", "\xff\xd8\xff..\xff\xd9", 7));
    assert_true(whole_picture("jpeg", "\xff\xd8\xff..\xff\xd9\0\0\0", 10));
    assert_false(whole_picture("jpeg", "\xff\xd8\xff..\xff", 6));
    assert_false(whole_picture("jpeg", "\xff", 1));
    assert_true(whole_picture("png", "....IEND....", 12));
    assert_false(whole_picture("png", "....IEN", 7));
    assert_true(whole_picture("gif", "GIF89a...;\0\0", 12));
    assert_false(whole_picture("gif", "GIF89a...", 9));
    assert_true(whole_picture("webp", "RIFF\4\0\0\0WEBP", 12));
    assert_false(whole_picture("webp", "RIFF\5\0\0\0WEBP", 12));
    assert_true(whole_picture("heif", "", 0));
    // The end of an embedded thumbnail is not the end of the file.
    char thumbnail[8192] = "\xff\xd8\xff..\xff\xd9";
    assert_false(whole_picture("jpeg", thumbnail, sizeof thumbnail));
}

static int64_t local_time(int year, int month, int day, int hour, int minute) {
    struct tm at = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_isdst = -1};
    return (int64_t)mktime(&at);
}

static void assert_next(const char *text, int64_t last_s, int64_t expected_s) {
    struct schedule s;
    nacre_error error;
    assert_ok(schedule_parse(text, &s, &error), error);
    assert_int_equal(schedule_next(&s, last_s), expected_s);
}

static void schedules_are_kept(void **state) {
    (void)state;
    int64_t monday = local_time(2026, 11, 23, 14, 40);
    assert_next("30m", monday, monday + 1800);
    assert_next("6h", monday, monday + 6 * 3600);
    assert_next("1d", monday, monday + 86400);
    assert_next("* * * * *", monday + 5, monday + 60);
    assert_next("15 3 * * *", monday, local_time(2026, 11, 24, 3, 15));
    assert_next("40 14 * * *", monday, local_time(2026, 11, 24, 14, 40));
    assert_next("*/20 * * * *", monday, local_time(2026, 11, 23, 15, 0));
    assert_next("0 9-17/4 * * 1-5", local_time(2026, 11, 27, 17, 0), local_time(2026, 11, 30, 9, 0));
    assert_next("0 0 * * 7", monday, local_time(2026, 11, 29, 0, 0));
    assert_next("0 0 1,15 * *", monday, local_time(2026, 12, 1, 0, 0));
    // Both days restricted: either is enough.
    assert_next("0 0 1 * 5", monday, local_time(2026, 11, 27, 0, 0));
    assert_next("0 0 29 2 *", monday, local_time(2028, 2, 29, 0, 0));
    assert_next("0 0 30 2 *", monday, INT64_MAX);
}

static void wrong_schedules_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        "6",
                                        "0h",
                                        "6x",
                                        "h",
                                        "* * * *",
                                        "* * * * * *",
                                        "60 * * * *",
                                        "* 24 * * *",
                                        "* * 0 * *",
                                        "* * * 13 *",
                                        "* * * * 8",
                                        "5-1 * * * *",
                                        "*/0 * * * *",
                                        "a * * * *",
                                        "1,,2 * * * *",
                                        "1- * * * *",
                                        "-1 * * * *",
                                        "99999999999999999999h"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct schedule s;
        nacre_error error;
        if (schedule_parse(wrong[i], &s, &error) != NACRE_ERROR_FORMAT)
            fail_msg("\"%s\" is taken for a schedule", wrong[i]);
    }
}

// --- Hosts ---

static struct request *new_request(int64_t id) {
    struct request *request = memory_new(1, sizeof *request);
    request->address_id = id;
    return request;
}

static struct crawl_settings polite(void) {
    struct crawl_settings settings;
    nacre_error error;
    assert_ok(crawl_settings_read(NULL, &settings, &error), error);
    settings.obey_robots = false;
    return settings;
}

static void hosts_keep_their_limits(void **state) {
    (void)state;
    struct crawl_settings settings = polite();
    settings.hosts = 2;
    settings.connections_per_host = 2;
    struct hosts *h = hosts_new(&settings);
    for (int64_t id = 1; id <= 12; id++)
        hosts_queue(h, new_request(id), id % 3 == 0 ? "a" : id % 3 == 1 ? "b" : "c", false);
    struct request *taken[12];
    int64_t wake_us = INT64_MAX;
    size_t count = 0;
    while ((taken[count] = hosts_next(h, 0, &wake_us)))
        count++;
    assert_int_equal(count, 4); // two hosts at work, two connections each
    for (size_t done = 0; done < 12; done++) {
        assert_true(count > done);
        struct host *host = taken[done]->host;
        assert_true(host->active <= 2);
        host_release(host);
        request_free(taken[done]);
        while (count < 12 && (taken[count] = hosts_next(h, 0, &wake_us)))
            count++;
    }
    assert_int_equal(hosts_queued(h), 0);
    hosts_free(h);
}

static void busy_host_is_left_alone(void **state) {
    (void)state;
    struct crawl_settings settings = polite();
    settings.wait_ms = 1000;
    struct hosts *h = hosts_new(&settings);
    for (int64_t id = 1; id <= 3; id++)
        hosts_queue(h, new_request(id), "a", false);
    int64_t wake_us = INT64_MAX;
    struct request *request = hosts_next(h, 0, &wake_us);
    struct host *host = request->host;
    host_release(host);
    host_is_busy(h, host, 7, 0);
    hosts_queue(h, request, NULL, true);
    assert_null(hosts_next(h, 6999999, &wake_us));
    assert_int_equal(wake_us, 7000000);
    struct request *again = hosts_next(h, 7000000, &wake_us);
    assert_ptr_equal(again, request);
    // A pause of an hour is not waited for.
    host_release(host);
    host_is_busy(h, host, 3600, 7000000);
    assert_true(host->given_up);
    assert_int_equal(hosts_left(h), 2);
    hosts_queue(h, request, NULL, true);
    assert_int_equal(hosts_left(h), 3);
    assert_null(hosts_next(h, INT64_MAX - 1, &wake_us));
    hosts_free(h);
}

static void rate_is_kept(void **state) {
    (void)state;
    struct crawl_settings settings = polite();
    settings.requests_per_second = 10;
    struct hosts *h = hosts_new(&settings);
    for (int64_t id = 1; id <= 2; id++)
        hosts_queue(h, new_request(id), "a", false);
    int64_t wake_us = INT64_MAX;
    request_free(hosts_next(h, 0, &wake_us));
    assert_null(hosts_next(h, 99999, &wake_us));
    assert_int_equal(wake_us, 100000);
    struct request *second = hosts_next(h, 100000, &wake_us);
    assert_non_null(second);
    request_free(second);
    hosts_free(h);
}

// http://shop/robots.txt often leads to https://shop/robots.txt, which is another host.
static void host_that_waits_for_anothers_answer_holds_no_place(void **state) {
    (void)state;
    struct crawl_settings settings = polite();
    settings.obey_robots = true;
    settings.hosts = 1;
    struct hosts *h = hosts_new(&settings);
    hosts_queue(h, new_request(1), "http://a", false);
    int64_t wake_us = INT64_MAX;
    struct request *rules = hosts_next(h, 0, &wake_us);
    assert_string_equal(rules->url, "http://a/robots.txt");
    struct host *a = rules->robots_of;
    host_release(rules->host);
    hosts_queue(h, rules, "https://a", true); // redirected
    assert_ptr_equal(hosts_next(h, 0, &wake_us), rules);
    assert_null(hosts_next(h, 0, &wake_us));
    host_release(rules->host);
    request_free(rules);
    host_take_rules(h, a, NULL);
    struct request *picture = hosts_next(h, 0, &wake_us);
    assert_non_null(picture);
    assert_int_equal(picture->address_id, 1);
    host_release(picture->host);
    request_free(picture);
    assert_null(hosts_next(h, 0, &wake_us));
    hosts_free(h);
}

// The 1st, 2nd, 3rd … allocation fails, until none does: nothing leaks (sanitizers), nothing is half done.
static void every_allocation_may_fail(void **state) {
    (void)state;
    static const char rules[] = "User-agent: *\nDisallow: /a\nAllow: /b\n";
    struct crawl_settings settings = polite();
    nacre_error error;
    bool failed;
    size_t successes = 0;
    do {
        struct address_parts parts;
        robots *r = NULL;
        memory_fail_after(successes++);
        nacre_status split = address_split("http://shop.example/a?b", &parts, &error);
        nacre_status parsed = robots_parse(rules, sizeof rules - 1, &r, &error);
        struct hosts *h = hosts_new(&settings);
        struct request *request = memory_new(1, sizeof *request);
        if (h && request)
            hosts_queue(h, request, "a", false);
        else
            memory_free(request);
        failed = memory_has_failed();
        memory_fail_after(SIZE_MAX);
        assert_true(split == NACRE_OK || split == NACRE_ERROR_MEMORY);
        assert_true(parsed == NACRE_OK || parsed == NACRE_ERROR_MEMORY);
        if (!split)
            address_parts_fini(&parts);
        robots_free(r);
        hosts_free(h);
    } while (failed);
    assert_true(successes > 8);
}

// --- One picture by its address ---

static const char PICTURE[] =
    "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90\x77\x53\xde\0\0\0\x0c"
    "IDAT\x78\xda\x63\xf8\xcf\xc0\0\0\3\1\1\0\xf7\3\x41\x43\0\0\0\0IEND\xae\x42\x60\x82";

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *body, size_t *length,
                              void **state) {
    (void)context, (void)method, (void)version, (void)body, (void)length, (void)state;
    static char huge[LIMIT_PICTURE_BYTES + 1];
    bool is_picture = strcmp(url, "/picture") == 0, is_huge = strcmp(url, "/huge") == 0;
    bool is_loop = strcmp(url, "/loop") == 0, is_page = strcmp(url, "/page") == 0;
    unsigned status = is_loop ? 302 : is_picture || is_huge || is_page ? 200 : 404;
    const char *text = is_picture ? PICTURE : is_huge ? huge : is_page ? "<html></html>" : "";
    size_t size = is_picture ? sizeof PICTURE - 1 : is_huge ? sizeof huge : strlen(text);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)text, MHD_RESPMEM_PERSISTENT);
    if (is_loop)
        MHD_add_response_header(response, "Location", "/loop");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static workspace *open_workspace(const char *folder, const char *settings) {
    char path[512], text[512];
    nacre_error error;
    workspace *w = NULL;
    snprintf(path, sizeof path, "%s/nacre.ini", folder);
    snprintf(text, sizeof text, "[workspace]\nversion = 1\n[crawl]\n%s", settings);
    assert_ok(file_write(path, text, strlen(text), &error), error);
    assert_ok(workspace_open(folder, &w, &error), error);
    return w;
}

static void picture_is_fetched_by_its_address(void **state) {
    (void)state;
    char *folder = test_new_folder();
    struct MHD_Daemon *server =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_END);
    assert_non_null(server);
    unsigned port = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port;
    static const struct {
        const char *path;
        nacre_status status;
        const char *message;
    } cases[] = {
        {"/picture", NACRE_OK, NULL},
        {"/none?token=secret", NACRE_ERROR_NETWORK, "/none?token=***: the server answered HTTP 404"},
        {"/loop", NACRE_ERROR_NETWORK, "too many redirects"},
        {"/page", NACRE_ERROR_FORMAT, "an HTML page"},
        {"/huge", NACRE_ERROR_LIMIT, "larger than the limit"},
    };
    workspace *open = open_workspace(folder, "allow_private = true\n");
    workspace *shut = open_workspace(folder, "");
    nacre_error error;
    char url[128], *bytes;
    size_t length;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, cases[i].path);
        bytes = NULL;
        assert_int_equal(crawl_fetch_picture(open, url, &bytes, &length, &error), cases[i].status);
        if (cases[i].message)
            assert_non_null(strstr(error.message, cases[i].message));
        else
            assert_memory_equal(bytes, PICTURE, length);
        memory_free(bytes);
        assert_int_equal(crawl_fetch_picture(shut, url, &bytes, &length, &error), NACRE_ERROR_ARGUMENT);
        assert_non_null(strstr(error.message, "allow_private"));
    }
    assert_int_equal(crawl_fetch_picture(open, "file:///etc/passwd", &bytes, &length, &error),
                     NACRE_ERROR_FORMAT);
    workspace_free(open);
    workspace_free(shut);
    MHD_stop_daemon(server);
    test_remove_folder(folder);
}

int main(void) {
    nacre_error error;
    if (picture_start(&error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_masked),
        cmocka_unit_test(addresses_are_split),
        cmocka_unit_test(parameters_are_set),
        cmocka_unit_test(address_length_is_limited),
        cmocka_unit_test(private_addresses_are_known),
        cmocka_unit_test(robots_are_obeyed),
        cmocka_unit_test(robots_tags_are_obeyed),
        cmocka_unit_test(retry_after_is_read),
        cmocka_unit_test(cut_pictures_are_seen),
        cmocka_unit_test(schedules_are_kept),
        cmocka_unit_test(wrong_schedules_are_refused),
        cmocka_unit_test(hosts_keep_their_limits),
        cmocka_unit_test(busy_host_is_left_alone),
        cmocka_unit_test(rate_is_kept),
        cmocka_unit_test(host_that_waits_for_anothers_answer_holds_no_place),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(picture_is_fetched_by_its_address),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    picture_stop();
    return failed;
}
