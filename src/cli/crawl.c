// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "crawl/crawl.h"
#include "crawl/schedule.h"
#include "picture/picture.h"

static gboolean no_pictures, retry, partial, accept_small, watch, as_json;

static const GOptionEntry entries[] = {
    {"no-pictures", 0, 0, G_OPTION_ARG_NONE, &no_pictures, "Read the feed only", NULL},
    {"retry", 0, 0, G_OPTION_ARG_NONE, &retry, "Read no feed; fetch the pictures that failed", NULL},
    {"partial", 0, 0, G_OPTION_ARG_NONE, &partial,
     "Of a broken feed, take the offers before the fault; count none as gone", NULL},
    {"accept-small", 0, 0, G_OPTION_ARG_NONE, &accept_small,
     "Accept a feed that is much smaller than the last one", NULL},
    {"watch", 0, 0, G_OPTION_ARG_NONE, &watch, "Stay, and crawl by schedule ([shop NAME] schedule)", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object for each shop", NULL},
    G_OPTION_ENTRY_NULL,
};

static const char description[] =
    "Reads the feed of the shop NAME (of all shops without a name) and fetches its pictures that are new or\n"
    "changed. Stopped or killed, it goes on the next time where it was.";

enum { CONFIGURATION_CHECK_S = 60 };
static const char DEFAULT_SCHEDULE[] = "1d";

// What a crawl needs of the workspace.
struct desk {
    workspace *workspace;
    catalogue *catalogue;
    picture_store *pictures;
};

static void desk_fini(struct desk *desk) {
    picture_store_close(desk->pictures);
    catalogue_close(desk->catalogue);
    workspace_free(desk->workspace);
    *desk = (struct desk){0};
}

static nacre_status desk_open(struct desk *desk, nacre_error *error) {
    *desk = (struct desk){0};
    nacre_status status = cli_open_workspace(&desk->workspace, error);
    if (!status)
        status = catalogue_open_workspace(desk->workspace, &desk->catalogue, error);
    if (!status)
        status = picture_store_open_workspace(desk->workspace, &desk->pictures, error);
    if (status)
        desk_fini(desk);
    return status;
}

static void show_progress(void *context, const struct crawl_progress *p) {
    (void)context;
    char what[160], detail[80];
    if (!p->pictures_due && !p->offers)
        return;
    if (!p->pictures_due) {
        snprintf(what, sizeof what, "%s: offers", p->shop);
        cli_progress(what, p->offers, 0, NULL);
        return;
    }
    snprintf(what, sizeof what, "%s: pictures", p->shop);
    snprintf(detail, sizeof detail, "%.1f MB, %" PRId64 " failed", (double)p->bytes / 1e6,
             p->pictures_failed);
    cli_progress(what, p->pictures_done, p->pictures_due, detail);
}

static void show_notice(void *context, const char *line) {
    cli_progress_end();
    log_warning("%s: %s", (const char *)context, line);
}

static json_t *result_json(const struct catalogue_shop *shop, const struct crawl_result *r) {
    const struct catalogue_run_counts *c = &r->counts;
    return json_pack(
        "{s:s, s:{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I}}",
        "shop", shop->name, "feed", "unchanged", r->feed_unchanged, "partial", r->feed_partial, "offers",
        (json_int_t)c->offers, "new", (json_int_t)c->fresh, "changed", (json_int_t)c->changed, "same",
        (json_int_t)c->same, "gone", (json_int_t)c->gone, "bad", (json_int_t)c->bad, "merged",
        (json_int_t)c->merged, "pictures", "fetched", (json_int_t)r->pictures_fetched, "unchanged",
        (json_int_t)r->pictures_unchanged, "failed", (json_int_t)r->pictures_failed, "left",
        (json_int_t)r->pictures_left, "placeholders", (json_int_t)r->placeholders, "removed",
        (json_int_t)r->pictures_removed, "bytes", (json_int_t)r->bytes);
}

static void print_result(const struct catalogue_shop *shop, const struct crawl_result *r) {
    const struct catalogue_run_counts *c = &r->counts;
    if (r->feed_unchanged)
        printf("%s: the feed is unchanged", shop->name);
    else if (retry)
        printf("%s: ", shop->name);
    else
        printf("%s: %" PRId64 " offers: %" PRId64 " new, %" PRId64 " changed, %" PRId64 " same, %" PRId64
               " gone, %" PRId64 " bad, %" PRId64 " merged",
               shop->name, c->offers, c->fresh, c->changed, c->same, c->gone, c->bad, c->merged);
    if (!no_pictures)
        printf("%s%" PRId64 " pictures fetched, %" PRId64 " unchanged, %" PRId64 " failed, %" PRId64 " left",
               retry ? "" : "; ", r->pictures_fetched, r->pictures_unchanged, r->pictures_failed,
               r->pictures_left);
    if (r->placeholders)
        printf("; %" PRId64 " placeholder pictures left out", r->placeholders);
    if (r->pictures_removed)
        printf("; %" PRId64 " old pictures removed", r->pictures_removed);
    putchar('\n');
    fflush(stdout);
}

static int crawl_one(const struct desk *desk, const struct catalogue_shop *shop) {
    struct crawl_result result;
    nacre_error error;
    const struct crawl_options options = {
        .no_pictures = no_pictures,
        .retry = retry,
        .partial = partial,
        .accept_small = accept_small,
        .stop = &cli_stop,
        .progress = show_progress,
        .notice = show_notice,
        .context = (void *)shop->name,
    };
    nacre_status status =
        crawl_shop(desk->workspace, desk->catalogue, desk->pictures, shop, &options, &result, &error);
    cli_progress_end();
    if (as_json) {
        json_t *object = result_json(shop, &result);
        if (status)
            json_object_set_new(object, "error", cli_error_json(&error));
        cli_print_json(object);
        fflush(stdout);
    }
    if (status)
        return cli_fail(&error);
    if (!as_json)
        print_result(shop, &result);
    return CLI_GOOD;
}

static nacre_status choose_shops(const struct desk *desk, const char *name, arena *a,
                                 struct catalogue_shop **shops, size_t *count, nacre_error *error) {
    if (!name)
        return catalogue_list_shops(desk->catalogue, a, shops, count, error);
    *shops = arena_new(a, 1, sizeof **shops);
    if (!*shops)
        return error_memory(error, "finding the shop");
    nacre_status status = catalogue_find_shop(desk->catalogue, name, a, *shops, error);
    *count = status ? 0 : 1;
    return status;
}

enum { SHOPS_BYTES = 64 * 1024 * 1024 };

static int crawl_once(const struct desk *desk, const char *name) {
    arena a;
    arena_init(&a, SHOPS_BYTES);
    struct catalogue_shop *shops = NULL;
    size_t count = 0;
    nacre_error error;
    int exit_code = CLI_GOOD;
    if (choose_shops(desk, name, &a, &shops, &count, &error))
        exit_code = cli_fail(&error);
    else if (!count)
        log_info("there is no shop yet: nacre feed add NAME URL");
    for (size_t i = 0; i < count && !cli_stop; i++) {
        int one = crawl_one(desk, &shops[i]);
        exit_code = exit_code ? exit_code : one;
    }
    arena_fini(&a);
    return exit_code;
}

// --- By schedule ---

// When the shop is to be crawled next, by its setting and the time of its last crawl. `attempts` holds the
// crawls of this process, which a feed that is unchanged or cannot be reached leaves no run of.
static nacre_status next_crawl(const struct desk *desk, const struct catalogue_shop *shop,
                               GHashTable *attempts, int64_t *next_s, nacre_error *error) {
    char group[160];
    char *text = NULL;
    struct schedule schedule;
    snprintf(group, sizeof group, "shop %s", shop->name);
    nacre_status status = workspace_text(desk->workspace, group, "schedule", DEFAULT_SCHEDULE, &text, error);
    if (!status && (status = schedule_parse(text, &schedule, error)))
        error_prefix(error, status, "nacre.ini, [%s]", group);
    memory_free(text);
    if (status)
        return status;
    const int64_t *attempt = g_hash_table_lookup(attempts, &shop->id);
    if (attempt) {
        *next_s = schedule_next(&schedule, *attempt);
        return NACRE_OK;
    }
    arena a;
    arena_init(&a, 1024 * 1024);
    struct catalogue_run *runs;
    size_t count = 0;
    status = catalogue_list_runs(desk->catalogue, shop->id, 1, &a, &runs, &count, error);
    if (!status)
        *next_s = count ? schedule_next(&schedule, runs[0].started_s) : 0;
    arena_fini(&a);
    return status;
}

static void note_attempt(GHashTable *attempts, int64_t shop_id) {
    int64_t *key = g_new(int64_t, 1), *now_s = g_new(int64_t, 1);
    *key = shop_id;
    *now_s = (int64_t)time(NULL);
    g_hash_table_replace(attempts, key, now_s);
}

// Crawls what is due; `*soonest_s` becomes the time of the next one.
static nacre_status watch_round(const char *name, GHashTable *attempts, int64_t *soonest_s,
                                nacre_error *error) {
    struct desk desk;
    arena a;
    arena_init(&a, SHOPS_BYTES);
    struct catalogue_shop *shops = NULL;
    size_t count = 0;
    nacre_status status = desk_open(&desk, error); // anew, so that changed settings hold
    if (!status)
        status = choose_shops(&desk, name, &a, &shops, &count, error);
    for (size_t i = 0; i < count && !status && !cli_stop; i++) {
        int64_t next_s = 0;
        status = next_crawl(&desk, &shops[i], attempts, &next_s, error);
        if (!status && next_s <= (int64_t)time(NULL)) {
            note_attempt(attempts, shops[i].id);
            crawl_one(&desk, &shops[i]); // says itself what went wrong; the schedule goes on
            status = next_crawl(&desk, &shops[i], attempts, &next_s, error);
        }
        *soonest_s = !status && next_s < *soonest_s ? next_s : *soonest_s;
    }
    desk_fini(&desk);
    arena_fini(&a);
    return status;
}

static int crawl_by_schedule(const char *name) {
    GHashTable *attempts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    int exit_code = CLI_GOOD;
    while (!cli_stop && !exit_code) {
        int64_t soonest_s = (int64_t)time(NULL) + CONFIGURATION_CHECK_S;
        nacre_error error;
        if (watch_round(name, attempts, &soonest_s, &error))
            exit_code = cli_fail(&error);
        while (!cli_stop && !exit_code && (int64_t)time(NULL) < soonest_s)
            usleep(200 * 1000);
    }
    g_hash_table_destroy(attempts);
    return exit_code;
}

int command_crawl(int argc, char **argv) {
    int exit_code;
    if (!cli_parse("crawl", "[NAME]", description, entries, 0, 1, &argc, &argv, &exit_code))
        return exit_code;
    if (retry && (no_pictures || partial || accept_small))
        return cli_wrong_usage("crawl", "--retry reads no feed: it goes with none of the feed's options");
    if (retry && watch)
        return cli_wrong_usage("crawl", "--retry and --watch exclude each other");
    const char *name = argc > 1 ? argv[1] : NULL;
    nacre_error error;
    if (picture_start(&error))
        return cli_fail(&error);
    cli_catch_signals();
    if (watch) {
        exit_code = crawl_by_schedule(name);
    } else {
        struct desk desk;
        if (desk_open(&desk, &error)) {
            exit_code = cli_fail(&error);
        } else {
            exit_code = crawl_once(&desk, name);
            desk_fini(&desk);
        }
    }
    picture_stop();
    return exit_code;
}
