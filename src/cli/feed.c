// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "catalogue/catalogue.h"
#include "cli/commands.h"
#include "crawl/address.h"

enum { TEXTS_BYTES = 64 * 1024 * 1024 };

static nacre_status open_catalogue(catalogue **c, nacre_error *error) {
    workspace *w;
    nacre_status status = cli_open_workspace(&w, error);
    if (status)
        return status;
    status = catalogue_open_workspace(w, c, error);
    workspace_free(w);
    return status;
}

// --- add ---

// A URL stays as it is; a file is kept by its absolute path.
static nacre_status resolve_address(const char *given, char resolved[PATH_MAX], nacre_error *error) {
    char absolute[PATH_MAX];
    struct stat info;
    if (address_is_web(given)) {
        struct address_parts parts;
        nacre_status status = address_split(given, &parts, error);
        if (status)
            return status;
        address_parts_fini(&parts);
        if (strlen(given) >= PATH_MAX)
            return error_set(error, NACRE_ERROR_LIMIT, "the feed's address is too long");
        strcpy(resolved, given);
        return NACRE_OK;
    }
    if (!realpath(given, absolute) || stat(absolute, &info))
        return error_set(error, NACRE_ERROR_NOT_FOUND, "%s is neither an http(s) address nor a file here",
                         given);
    if (S_ISDIR(info.st_mode))
        return error_set(error, NACRE_ERROR_IO, "%s is a folder: name the feed's file", given);
    strcpy(resolved, absolute);
    return NACRE_OK;
}

static int command_add(int argc, char **argv) {
    char *format = NULL;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "auto (default), yml, admitad, google-rss …", "WORD"},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("feed add", "NAME URL|FILE",
                   "Adds a shop. NAME is yours to choose: letters, digits, '-', '_', '.'", entries, 2, 2,
                   &argc, &argv, &exit_code))
        return exit_code;
    enum feed_dialect dialect = FEED_AUTO;
    if (format && strcmp(format, "auto") != 0 && !feed_dialect_parse(format, &dialect)) {
        exit_code = cli_wrong_usage("feed add", "unknown --format \"%s\"", format);
        g_free(format);
        return exit_code;
    }
    g_free(format);
    char address[PATH_MAX];
    catalogue *c = NULL;
    int64_t id;
    nacre_error error;
    nacre_status status = resolve_address(argv[2], address, &error);
    if (!status)
        status = open_catalogue(&c, &error);
    if (!status)
        status = catalogue_add_shop(c, argv[1], address, dialect, &id, &error);
    catalogue_close(c);
    if (status)
        return cli_fail(&error);
    printf("%s is added. Next: nacre crawl %s\n", argv[1], argv[1]);
    return CLI_GOOD;
}

// --- list ---

static void format_time(int64_t time_s, char text[32]) {
    time_t seconds = (time_t)time_s;
    struct tm parts;
    localtime_r(&seconds, &parts);
    strftime(text, 32, "%Y-%m-%d %H:%M:%S", &parts);
}

static int command_list(int argc, char **argv) {
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object for each shop", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("feed list", "", "Lists the shops and their feeds.", entries, 0, 0, &argc, &argv,
                   &exit_code))
        return exit_code;
    arena a;
    arena_init(&a, TEXTS_BYTES);
    catalogue *c = NULL;
    struct catalogue_shop *shops = NULL;
    size_t count = 0;
    nacre_error error;
    nacre_status status = open_catalogue(&c, &error);
    if (!status)
        status = catalogue_list_shops(c, &a, &shops, &count, &error);
    for (size_t i = 0; i < count && !status; i++) {
        const struct catalogue_shop *shop = &shops[i];
        char shown[ADDRESS_SHOWN_BYTES];
        const char *dialect = shop->dialect == FEED_AUTO ? "auto" : feed_dialect_word(shop->dialect);
        address_mask(shop->feed_address, shown);
        if (as_json)
            cli_print_json(json_pack("{s:s, s:s, s:s, s:I}", "shop", shop->name, "feed", shown, "format",
                                     dialect, "products", (json_int_t)shop->products));
        else
            printf("%-20s %8" PRId64 " products  %s\n", shop->name, shop->products, shown);
    }
    catalogue_close(c);
    arena_fini(&a);
    return status ? cli_fail(&error) : CLI_GOOD;
}

// --- remove ---

static int command_remove(int argc, char **argv) {
    int exit_code;
    if (!cli_parse("feed remove", "NAME", "Forgets a shop with all of its products.", NULL, 1, 1, &argc,
                   &argv, &exit_code))
        return exit_code;
    catalogue *c = NULL;
    nacre_error error;
    nacre_status status = open_catalogue(&c, &error);
    if (!status)
        status = catalogue_remove_shop(c, argv[1], &error);
    catalogue_close(c);
    return status ? cli_fail(&error) : CLI_GOOD;
}

// --- log ---

static const char *done_word(enum feed_done done) {
    return done == FEED_REPAIRED ? "repaired" : done == FEED_LEFT_OUT ? "left out" : "stopped";
}

static json_t *run_json(const char *shop, const struct catalogue_run *run) {
    const struct catalogue_run_counts *n = &run->counts;
    json_t *object = json_pack(
        "{s:s, s:I, s:I, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s?}", "shop", shop, "started",
        (json_int_t)run->started_s, "ended", (json_int_t)run->ended_s, "committed", run->committed,
        "complete", run->complete, "offers", (json_int_t)n->offers, "new", (json_int_t)n->fresh, "changed",
        (json_int_t)n->changed, "same", (json_int_t)n->same, "gone", (json_int_t)n->gone, "bad",
        (json_int_t)n->bad, "merged", (json_int_t)n->merged, "message", run->message);
    return object;
}

static void print_run(const char *shop, const struct catalogue_run *run) {
    const struct catalogue_run_counts *n = &run->counts;
    char when[32];
    format_time(run->started_s, when);
    printf("%s  %s  ", when, shop);
    if (run->committed)
        printf("%" PRId64 " offers: %" PRId64 " new, %" PRId64 " changed, %" PRId64 " same, %" PRId64
               " gone, %" PRId64 " bad, %" PRId64 " merged%s",
               n->offers, n->fresh, n->changed, n->same, n->gone, n->bad, n->merged,
               run->complete ? "" : " (not complete: nothing counts as gone)");
    else
        printf("changed nothing");
    printf("%s%s\n", run->message ? ": " : "", run->message ? run->message : "");
}

static nacre_status show_problems(catalogue *c, const struct catalogue_run *run, arena *a, json_t *object,
                                  nacre_error *error) {
    struct feed_problem *problems = NULL;
    size_t count = 0;
    nacre_status status = catalogue_list_problems(c, run->id, a, &problems, &count, error);
    json_t *list = object ? json_array() : NULL;
    for (size_t i = 0; i < count && !status; i++) {
        const struct feed_problem *p = &problems[i];
        if (list)
            json_array_append_new(list,
                                  json_pack("{s:I, s:s?, s:s, s:s}", "line", (json_int_t)p->line, "offer",
                                            p->offer, "what", p->what, "done", done_word(p->done)));
        else
            printf("  line %zu%s%s: %s (%s)\n", p->line, p->offer ? ", offer " : "", p->offer ? p->offer : "",
                   p->what, done_word(p->done));
    }
    if (list)
        json_object_set_new(object, "problems", list);
    return status;
}

static nacre_status show_runs(catalogue *c, const struct catalogue_shop *shop, size_t limit,
                              bool with_problems, bool as_json, nacre_error *error) {
    arena a;
    arena_init(&a, TEXTS_BYTES);
    struct catalogue_run *runs = NULL;
    size_t count = 0;
    nacre_status status = catalogue_list_runs(c, shop->id, limit, &a, &runs, &count, error);
    for (size_t i = 0; i < count && !status; i++) {
        json_t *object = as_json ? run_json(shop->name, &runs[i]) : NULL;
        if (!as_json)
            print_run(shop->name, &runs[i]);
        if (with_problems)
            status = show_problems(c, &runs[i], &a, object, error);
        if (object)
            cli_print_json(object);
    }
    arena_fini(&a);
    return status;
}

static int command_log(int argc, char **argv) {
    gboolean as_json = FALSE, with_problems = FALSE;
    gint limit = 20;
    const GOptionEntry entries[] = {
        {"problems", 0, 0, G_OPTION_ARG_NONE, &with_problems, "What was wrong with each, by line", NULL},
        {"limit", 0, 0, G_OPTION_ARG_INT, &limit, "Show the last N readings of each shop (20)", "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object for each reading", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("feed log", "[NAME]", "Shows the readings of feeds, the newest first.", entries, 0, 1,
                   &argc, &argv, &exit_code))
        return exit_code;
    if (limit < 1)
        return cli_wrong_usage("feed log", "--limit must be 1 or more");
    arena a;
    arena_init(&a, TEXTS_BYTES);
    catalogue *c = NULL;
    struct catalogue_shop *shops = NULL;
    size_t count = 0;
    nacre_error error;
    nacre_status status = open_catalogue(&c, &error);
    if (!status)
        status = catalogue_list_shops(c, &a, &shops, &count, &error);
    bool found = false;
    for (size_t i = 0; i < count && !status; i++) {
        if (argc > 1 && strcmp(argv[1], shops[i].name) != 0)
            continue;
        found = true;
        status = show_runs(c, &shops[i], (size_t)limit, with_problems, as_json, &error);
    }
    if (!status && argc > 1 && !found)
        status = error_set(&error, NACRE_ERROR_NOT_FOUND,
                           "there is no shop \"%s\": `nacre feed list` shows them", argv[1]);
    catalogue_close(c);
    arena_fini(&a);
    return status ? cli_fail(&error) : CLI_GOOD;
}

int command_feed(int argc, char **argv) {
    static const struct command commands[] = {
        {"add", "add a shop and its feed", command_add},
        {"list", "list the shops", command_list},
        {"remove", "forget a shop", command_remove},
        {"log", "what the readings of the feeds brought", command_log},
        {"check", "read a feed without keeping anything: what is in it, what is wrong", command_feed_check},
        {NULL, NULL, NULL},
    };
    return cli_dispatch("nacre feed", "Shops and their feeds.", commands, argc, argv);
}
