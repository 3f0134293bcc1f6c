// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "crawl/crawl.h"
#include "feed/feed.h"

static gboolean as_json;
static char *format_word;

static const char *done_word(enum feed_done done) {
    return done == FEED_REPAIRED ? "repaired" : done == FEED_LEFT_OUT ? "left out" : "stopped";
}

// A problem without a line counts those of its kind that are not listed.
static nacre_status take_problem(void *context, const struct feed_problem *problem) {
    json_t *line = problem->line ? json_integer((json_int_t)problem->line) : json_null();
    int failed = json_array_append_new(context, json_pack("{s:o, s:s?, s:s, s:s}", "line", line, "offer",
                                                          problem->offer, "what", problem->what, "done",
                                                          done_word(problem->done)));
    return failed ? NACRE_ERROR_MEMORY : NACRE_OK;
}

static void print_text(const struct feed_summary *s, const json_t *problems) {
    size_t index;
    const json_t *problem;
    json_array_foreach(problems, index, problem) {
        const json_t *line = json_object_get(problem, "line");
        const char *offer = json_string_value(json_object_get(problem, "offer"));
        if (json_is_integer(line))
            printf("line %" JSON_INTEGER_FORMAT ": ", json_integer_value(line));
        if (offer)
            printf("offer %s: ", offer);
        printf("%s (%s)\n", json_string_value(json_object_get(problem, "what")),
               json_string_value(json_object_get(problem, "done")));
    }
    if (s->dialect == FEED_AUTO)
        return; // it was no feed
    printf("%s, %s: %zu offers, %zu left out, %zu merged into others, %zu categories, %zu pictures; %s, "
           "%s\n",
           feed_dialect_word(s->dialect), s->encoding, s->offers, s->bad, s->merged, s->categories,
           s->pictures, s->complete ? "complete" : "not complete",
           s->well_formed ? "well-formed" : "not well-formed");
}

static void print_json(const struct feed_summary *s, json_t *problems, nacre_status status,
                       const nacre_error *error) {
    json_t *object =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:O}", "dialect", feed_dialect_word(s->dialect),
                  "encoding", s->encoding, "offers", (json_int_t)s->offers, "bad", (json_int_t)s->bad,
                  "merged", (json_int_t)s->merged, "categories", (json_int_t)s->categories, "pictures",
                  (json_int_t)s->pictures, "complete", (int)s->complete, "problems", problems);
    if (status)
        json_object_set_new(object, "error", cli_error_json(error));
    cli_print_json(object);
}

static nacre_status read_feed(const char *address, feed_reader *reader, nacre_error *error) {
    workspace *w;
    nacre_status status = cli_find_workspace(&w, error);
    if (status)
        return status;
    status = crawl_read_feed(w, address, reader, error);
    workspace_free(w);
    return status;
}

static int check(const char *path, feed_reader *reader, json_t *problems) {
    nacre_error error;
    struct feed_summary summary;
    nacre_status status = read_feed(path, reader, &error);
    nacre_error at_end;
    nacre_status ended = feed_reader_finish(reader, &summary, &at_end);
    if (status == NACRE_OK && ended) {
        status = ended;
        error = at_end;
    }
    if (as_json)
        print_json(&summary, problems, status, &error);
    else
        print_text(&summary, problems);
    if (status && !as_json)
        return cli_fail(&error);
    return status || !summary.well_formed ? CLI_FAILED : CLI_GOOD;
}

int command_feed_check(int argc, char **argv) {
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_word,
         "Read it as yml, admitad, google-rss, google-atom, tsv or csv; by default its content tells",
         "FORMAT"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One object", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse(
            "feed check", "URL|FILE",
            "Reads a feed and says what is in it and what is wrong, with line numbers. Nothing is stored.\n"
            "The exit code is 1 where the feed is not well-formed to its end.",
            entries, 1, 1, &argc, &argv, &exit_code))
        return exit_code;
    enum feed_dialect dialect = FEED_AUTO;
    if (format_word && !feed_dialect_parse(format_word, &dialect))
        return cli_wrong_usage("feed check", "unknown format \"%s\"", format_word);
    json_t *problems = json_array();
    const struct feed_handler handler = {.context = problems, .problem = take_problem};
    feed_reader *reader;
    nacre_error error;
    if (feed_reader_new(dialect, &handler, &reader, &error))
        return cli_fail(&error);
    exit_code = check(argv[1], reader, problems);
    feed_reader_free(reader);
    json_decref(problems);
    return exit_code;
}
