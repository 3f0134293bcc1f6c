// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "catalogue/catalogue.h"
#include "catalogue/review_json.h"
#include "cli/commands.h"

enum { TEXTS_BYTES = 1024 * 1024 * 1024 };

static gboolean as_json;

// ---- What the subcommands share

struct session {
    workspace *workspace;
    catalogue *catalogue;
    taxonomy *taxonomy;
    arena memory;
    struct catalogue_shop *shops; // those to work on
    size_t shop_count;
};

static void session_close(struct session *s) {
    catalogue_close(s->catalogue);
    taxonomy_free(s->taxonomy);
    workspace_free(s->workspace);
    arena_fini(&s->memory);
}

// The shop `name`, or all where it is NULL.
static nacre_status session_open(struct session *s, const char *name, nacre_error *error) {
    *s = (struct session){0};
    arena_init(&s->memory, TEXTS_BYTES);
    nacre_status status = cli_open_workspace(&s->workspace, error);
    if (status)
        return status;
    status = catalogue_open_workspace(s->workspace, &s->catalogue, error);
    if (!status)
        status = taxonomy_open(s->workspace, &s->taxonomy, error);
    if (status)
        return status;
    if (!name)
        return catalogue_list_shops(s->catalogue, &s->memory, &s->shops, &s->shop_count, error);
    s->shops = arena_new(&s->memory, 1, sizeof *s->shops);
    s->shop_count = 1;
    return s->shops ? catalogue_find_shop(s->catalogue, name, &s->memory, s->shops, error)
                    : error_memory(error, "opening the workspace");
}

static nacre_status open_review(struct session *s, const struct catalogue_shop *shop, mapping **m,
                                struct review *review, nacre_error *error) {
    nacre_status status = mapping_open(s->workspace, shop->name, s->taxonomy, m, error);
    if (status)
        return status;
    status = review_shop(s->catalogue, shop, *m, s->taxonomy, &s->memory, review, error);
    if (status) {
        mapping_free(*m);
        *m = NULL;
    }
    return status;
}

static const char *guess_word(const struct session *s, const struct suggestion *guess) {
    return guess->answer == MAPPING_MAPPED ? taxonomy_id(s->taxonomy, guess->category) : "ignore";
}

static const char *shown_path(const struct review_row *row) {
    return *row->path ? row->path : "(products without a category)";
}

// ---- check

static void print_check(const struct session *s, const char *shop, const struct review *review) {
    size_t unmapped = 0, conflicts = 0;
    for (size_t i = 0; i < review->count; i++) {
        unmapped += review->rows[i].unmapped > 0;
        conflicts += review->rows[i].conflict != NULL;
    }
    printf("%s: %" PRId64 " products: %" PRId64 " mapped, %" PRId64 " ignored, %" PRId64 " unmapped\n", shop,
           review->products, review->mapped, review->ignored, review->unmapped);
    if (unmapped)
        printf("Unmapped categories (products, id, path, guess):\n");
    for (size_t i = 0; i < review->count; i++) {
        const struct review_row *row = &review->rows[i];
        if (row->unmapped == 0)
            continue;
        printf("  %8" PRId64 "  %s%s%s", row->unmapped, row->id ? row->id : "", row->id ? "  " : "",
               shown_path(row));
        if (row->guess.count > 0)
            printf("  [%s %.2f]", guess_word(s, &row->guess.guesses[0]),
                   (double)row->guess.guesses[0].confidence);
        printf("\n");
    }
    if (conflicts)
        printf("Conflicts (products, id, path):\n");
    for (size_t i = 0; i < review->count; i++) {
        const struct review_row *row = &review->rows[i];
        if (row->conflict)
            printf("  %8" PRId64 "  %s%s%s: %s\n", row->products, row->id ? row->id : "", row->id ? "  " : "",
                   shown_path(row), row->conflict);
    }
    if (unmapped)
        printf("Next: nacre map suggest %s, or nacre map edit %s\n", shop, shop);
}

static int command_check(int argc, char **argv) {
    gboolean all = FALSE;
    const GOptionEntry entries[] = {
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "With --json: also what is mapped without a conflict", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object for each of the shop's categories",
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse(
            "map check", "[NAME]",
            "Shows what a shop's mapping leaves unmapped and what contradicts it, most products first.",
            entries, 0, 1, &argc, &argv, &exit_code))
        return exit_code;
    struct session s;
    nacre_error error;
    nacre_status status = session_open(&s, argc > 1 ? argv[1] : NULL, &error);
    for (size_t i = 0; i < s.shop_count && !status; i++) {
        mapping *m;
        struct review review;
        status = open_review(&s, &s.shops[i], &m, &review, &error);
        if (status)
            break;
        if (!as_json)
            print_check(&s, s.shops[i].name, &review);
        for (size_t r = 0; as_json && r < review.count; r++)
            if (all || review_row_is_open(&review.rows[r]))
                cli_print_json(review_row_json(&review.rows[r], s.shops[i].name, s.taxonomy));
        mapping_free(m);
    }
    session_close(&s);
    return status ? cli_fail(&error) : CLI_GOOD;
}

// ---- suggest

static void print_suggestion(const struct session *s, const struct review_row *row) {
    const struct suggest_result *result = &row->guess;
    printf("  %8" PRId64 "  %s%s%s\n", row->unmapped, row->id ? row->id : "", row->id ? "  " : "",
           shown_path(row));
    for (size_t i = 0; i < result->count; i++)
        printf("            %.2f  %s (%s)\n", (double)result->guesses[i].confidence,
               guess_word(s, &result->guesses[i]), result->guesses[i].because);
    for (size_t i = 0; i < result->rule_count; i++)
        printf("            where %s is %s: %s\n", result->rules[i].param, result->rules[i].value,
               taxonomy_id(s->taxonomy, result->rules[i].category));
}

// What is written into the mapping for a row; its texts live in the session's arena.
static bool fill_entry(struct session *s, const struct review_row *row, bool answered,
                       struct mapping_entry *entry) {
    const struct suggest_result *result = &row->guess;
    const struct suggestion *guess = &result->guesses[0];
    *entry = (struct mapping_entry){.id = row->id, .path = row->path, .answer = MAPPING_UNMAPPED};
    if (result->count == 0)
        return true;
    entry->comment = arena_printf(&s->memory, "%s %.2f (%s)", answered ? "suggested:" : guess_word(s, guess),
                                  (double)guess->confidence, guess->because);
    if (!entry->comment || !answered)
        return entry->comment != NULL;
    entry->answer = guess->answer;
    entry->category = guess->category;
    struct mapping_rule *rules = arena_new(&s->memory, result->rule_count + 1, sizeof *rules);
    for (size_t i = 0; rules && i < result->rule_count; i++)
        rules[i] =
            (struct mapping_rule){result->rules[i].param, result->rules[i].value, result->rules[i].category};
    entry->rules = rules;
    entry->rule_count = result->rule_count;
    return rules != NULL;
}

static bool can_be_written(const struct review_row *row) {
    return row->unmapped > 0 && *row->path;
}

// Adds the entries to the mapping as it is by now: it may have been changed while the guesses were made.
static nacre_status add_entries(struct session *s, const char *shop, const struct mapping_entry *entries,
                                size_t count, nacre_error *error) {
    int lock;
    mapping *m = NULL;
    nacre_status status = mapping_lock(s->workspace, &lock, error);
    if (status)
        return status;
    status = mapping_open(s->workspace, shop, s->taxonomy, &m, error);
    if (!status)
        status = mapping_edit(m, entries, count, error);
    if (!status)
        status = mapping_save(m, NULL, error);
    mapping_free(m);
    close(lock);
    return status;
}

// Writes the guesses of at least `least` into the mapping.
static nacre_status apply(struct session *s, const char *shop, const struct review *review, double least,
                          size_t *applied, nacre_error *error) {
    struct mapping_entry *entries = arena_new(&s->memory, review->count + 1, sizeof *entries);
    if (!entries)
        return error_memory(error, "applying suggestions");
    *applied = 0;
    for (size_t i = 0; i < review->count; i++) {
        const struct review_row *row = &review->rows[i];
        if (!can_be_written(row) || row->guess.count == 0 || (double)row->guess.guesses[0].confidence < least)
            continue;
        if (!fill_entry(s, row, true, &entries[(*applied)++]))
            return error_memory(error, "applying suggestions");
    }
    return *applied ? add_entries(s, shop, entries, *applied, error) : NACRE_OK;
}

static nacre_status suggest_shop(struct session *s, const struct catalogue_shop *shop, bool applies,
                                 double least, nacre_error *error) {
    mapping *m;
    struct review review;
    size_t applied = 0;
    nacre_status status = open_review(s, shop, &m, &review, error);
    if (status)
        return status;
    if (!as_json)
        printf("%s: %" PRId64 " of %" PRId64 " products are unmapped\n", shop->name, review.unmapped,
               review.products);
    for (size_t i = 0; i < review.count; i++) {
        if (review.rows[i].unmapped == 0)
            continue;
        if (as_json)
            cli_print_json(review_row_json(&review.rows[i], shop->name, s->taxonomy));
        else
            print_suggestion(s, &review.rows[i]);
    }
    if (applies)
        status = apply(s, shop->name, &review, least, &applied, error);
    if (!status && applies && !as_json)
        printf("%zu categories are mapped now in %s. Next: nacre index %s\n", applied, mapping_path(m),
               shop->name);
    else if (!status && !as_json && review.unmapped > 0)
        printf("Nothing is changed. Next: nacre map suggest --apply --min %.2f %s, or nacre map edit %s\n",
               least, shop->name, shop->name);
    mapping_free(m);
    return status;
}

static int command_suggest(int argc, char **argv) {
    gboolean applies = FALSE;
    double least = 0.9;
    const GOptionEntry entries[] = {
        {"apply", 0, 0, G_OPTION_ARG_NONE, &applies, "Write the guesses into the mapping", NULL},
        {"min", 0, 0, G_OPTION_ARG_DOUBLE, &least, "The least confidence that --apply takes (default 0.9)",
         "P"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object for each unmapped category", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse(
            "map suggest", "[NAME]",
            "Guesses where a shop's unmapped categories belong, from their names and parents, and their\n"
            "offers' names, params and pictures. Nothing is changed without --apply.",
            entries, 0, 1, &argc, &argv, &exit_code))
        return exit_code;
    if (!(least >= 0 && least <= 1))
        return cli_wrong_usage("map suggest", "--min is not within 0 and 1");
    struct session s;
    nacre_error error;
    nacre_status status = session_open(&s, argc > 1 ? argv[1] : NULL, &error);
    for (size_t i = 0; i < s.shop_count && !status; i++)
        status = suggest_shop(&s, &s.shops[i], applies, least, &error);
    session_close(&s);
    return status ? cli_fail(&error) : CLI_GOOD;
}

// ---- edit

// The mapping with its unmapped categories, each below its guess, for a hand to fill in.
static nacre_status write_draft(struct session *s, mapping *m, const struct review *review, const char *path,
                                nacre_error *error) {
    struct mapping_entry *entries = arena_new(&s->memory, review->count + 1, sizeof *entries);
    if (!entries)
        return error_memory(error, "editing a mapping");
    size_t count = 0;
    for (size_t i = 0; i < review->count; i++)
        if (can_be_written(&review->rows[i]) && !fill_entry(s, &review->rows[i], false, &entries[count++]))
            return error_memory(error, "editing a mapping");
    nacre_status status = count ? mapping_edit(m, entries, count, error) : NACRE_OK;
    return status ? status : mapping_save(m, path, error);
}

static const char *editor(void) {
    const char *name = getenv("VISUAL");
    if (!name || !*name)
        name = getenv("EDITOR");
    return name && *name ? name : "vi";
}

// The editor's name may hold options, so a shell starts it; the path comes as an argument, never as shell
// text.
static nacre_status run_editor(const char *path, nacre_error *error) {
    char *command = g_strdup_printf("%s \"$1\"", editor());
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, "sh", path, (char *)NULL);
        _exit(127);
    }
    int state = 0;
    bool good =
        child > 0 && waitpid(child, &state, 0) == child && WIFEXITED(state) && WEXITSTATUS(state) == 0;
    g_free(command);
    return good ? NACRE_OK
                : error_set(error, NACRE_ERROR_IO, "the editor \"%s\" failed: set EDITOR; your edit is in %s",
                            editor(), path);
}

static bool wants_to_go_on(const nacre_error *error) {
    fprintf(stderr, "nacre: %s\n", error->message);
    if (!isatty(STDIN_FILENO))
        return false;
    fprintf(stderr, "Edit again? [Y/n] ");
    int answer = getchar();
    for (int c = answer; c != '\n' && c != EOF;)
        c = getchar();
    return answer != 'n' && answer != 'N' && answer != EOF;
}

// Edits the draft until it loads or the operator gives up.
static nacre_status edit_draft(const struct session *s, const char *path, nacre_error *error) {
    for (;;) {
        mapping *m;
        nacre_status status = run_editor(path, error);
        if (status)
            return status;
        status = mapping_load(path, s->taxonomy, &m, error);
        if (!status) {
            mapping_free(m);
            return NACRE_OK;
        }
        if (!wants_to_go_on(error))
            return error_set(error, status, "the mapping is as it was; your edit is in %s", path);
    }
}

// Puts the finished draft in the mapping's place, unless somebody changed that since `m` was read.
static nacre_status take_draft(struct session *s, const mapping *m, const char *draft, nacre_error *error) {
    char before[SHA256_HEX_BYTES], now[SHA256_HEX_BYTES] = "";
    int lock;
    mapping *present;
    nacre_status status = mapping_lock(s->workspace, &lock, error);
    if (status)
        return status;
    mapping_digest(m, before);
    if (mapping_load(mapping_path(m), s->taxonomy, &present, NULL) == NACRE_OK) {
        mapping_digest(present, now);
        mapping_free(present);
    }
    if (strcmp(before, now) != 0)
        status = error_set(error, NACRE_ERROR_EXISTS,
                           "%s was changed while you edited it: put your changes, which are in %s, into it",
                           mapping_path(m), draft);
    else if (rename(draft, mapping_path(m)) != 0)
        status = error_set(error, NACRE_ERROR_IO, "%s cannot be replaced; your edit is in %s",
                           mapping_path(m), draft);
    close(lock);
    return status;
}

static nacre_status edit_shop(struct session *s, nacre_error *error) {
    mapping *m;
    struct review review;
    nacre_status status = open_review(s, &s->shops[0], &m, &review, error);
    if (status)
        return status;
    char *draft = g_strdup_printf("%s.edit", mapping_path(m));
    if (file_exists(draft))
        fprintf(stderr, "nacre: going on with the edit in %s; remove it to begin anew\n", draft);
    else
        status = write_draft(s, m, &review, draft, error);
    if (!status)
        status = edit_draft(s, draft, error);
    if (!status)
        status = take_draft(s, m, draft, error);
    g_free(draft);
    mapping_free(m);
    return status;
}

static int command_edit(int argc, char **argv) {
    int exit_code;
    if (!cli_parse(
            "map edit", "NAME",
            "Opens a shop's mapping in $VISUAL or $EDITOR, with a line for every unmapped category and\n"
            "nacre's guess above it. It takes effect once it is saved without faults.",
            NULL, 1, 1, &argc, &argv, &exit_code))
        return exit_code;
    struct session s;
    nacre_error error;
    nacre_status status = session_open(&s, argv[1], &error);
    if (!status)
        status = edit_shop(&s, &error);
    session_close(&s);
    if (status)
        return cli_fail(&error);
    printf("Saved. Next: nacre index %s\n", argv[1]);
    return CLI_GOOD;
}

static const struct command commands[] = {
    {"check", "show what is unmapped and what contradicts", command_check},
    {"suggest", "guess where unmapped categories belong", command_suggest},
    {"edit", "edit a shop's mapping by hand", command_edit},
    {NULL, NULL, NULL},
};

int command_map(int argc, char **argv) {
    return cli_dispatch("nacre map", "Maps shops' own categories to those of the taxonomy.", commands, argc,
                        argv);
}
