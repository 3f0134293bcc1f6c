// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/resource.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "evaluate/search_quality.h"
#include "search/refine.h"
#include "search/search.h"

enum { MOST_MODELS = 16, MOST_WEIGHINGS = 16 };

static struct {
    char *truth;
    char **models, **weights;
    gboolean propose;
    gint64 refine;
    struct report_files files;
} options = {.refine = -1};

static void show_progress(void *context, const char *model, size_t done, size_t total) {
    (void)context;
    cli_progress("pictures", (int64_t)done, (int64_t)total, model);
}

static nacre_status read_weighings(const taxonomy *t, struct weighing *weighings, size_t *count,
                                   nacre_error *error) {
    *count = 0;
    for (char **text = options.weights; text && *text; text++) {
        struct search_options given;
        nacre_status status = NACRE_OK;
        if (*count == MOST_WEIGHINGS)
            return error_set(error, NACRE_ERROR_ARGUMENT, "more than %d times --weights", MOST_WEIGHINGS);
        bool own = strcmp(*text, "own") == 0;
        if (!own)
            status = search_set_option(t, "weights", *text, &given, error);
        if (status)
            return status;
        weighings[(*count)++] =
            own ? (struct weighing){.own = true} : (struct weighing){.weights = given.weights};
    }
    if (*count == 0)
        weighings[(*count)++] = (struct weighing){.own = true};
    return NACRE_OK;
}

static nacre_status read_refine(const workspace *w, size_t *hits, nacre_error *error) {
    if (options.refine == -1)
        return refine_setting(w, hits, error);
    if (options.refine < 0 || options.refine > NACRE_MAX_HITS)
        return error_set(error, NACRE_ERROR_ARGUMENT,
                         "--refine is %" PRId64 ": expected a number from 0 to %d", (int64_t)options.refine,
                         NACRE_MAX_HITS);
    *hits = (size_t)options.refine;
    return NACRE_OK;
}

// Without --model: the one that searches use.
static nacre_status read_models(const workspace *w, char **own, const char *models[MOST_MODELS],
                                size_t *count, nacre_error *error) {
    *count = options.models ? g_strv_length(options.models) : 1;
    if (*count > MOST_MODELS)
        return error_set(error, NACRE_ERROR_ARGUMENT, "more than %d times --model", MOST_MODELS);
    for (size_t i = 0; i < *count && options.models; i++)
        models[i] = options.models[i];
    if (options.models)
        return NACRE_OK;
    nacre_status status = resource_find(w, "models/encoder.onnx", own, error);
    if (!status)
        models[0] = *own;
    return status;
}

static nacre_status evaluate(const workspace *w, const taxonomy *t, nacre_error *error) {
    const char *models[MOST_MODELS];
    char *own_model = NULL;
    struct weighing weighings[MOST_WEIGHINGS];
    struct search_quality_options how = {
        .truth = options.truth,
        .models = models,
        .weighings = weighings,
        .propose_weights = options.propose,
        .with_pictures = options.files.html != NULL,
        .progress = show_progress,
    };

    faces *blurring = NULL;
    report *r = NULL;
    nacre_status status = read_weighings(t, weighings, &how.weighing_count, error);
    if (!status)
        status = read_refine(w, &how.refine, error);
    if (!status)
        status = read_models(w, &own_model, models, &how.model_count, error);
    if (!status && how.with_pictures)
        status = faces_open(w, 0, &blurring, error);
    how.faces = blurring;
    if (!status)
        status = search_quality(&how, t, &r, error);
    cli_progress_end();
    if (!status)
        status = report_write(r, &options.files, error);
    if (!status)
        report_print(r, stdout);
    report_free(r);
    faces_close(blurring);
    memory_free(own_model);
    return status;
}

int command_evaluate_search(int argc, char **argv) {
    const GOptionEntry entries[] = {
        {"truth", 0, 0, G_OPTION_ARG_FILENAME, &options.truth, "What answers which query", "FILE"},
        {"model", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.models,
         "An encoder (the workspace's); given again, the last is compared with those before", "FILE"},
        {"weights", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.weights,
         "Shape to colour, such as 2:8, or own: those of the query's category (own); may be repeated", "S:C"},
        {"refine", 0, 0, G_OPTION_ARG_INT64, &options.refine,
         "How many of the nearest the second stage puts in order again, 0: none (as searches do, 200)", "N"},
        {"propose-weights", 0, 0, G_OPTION_ARG_NONE, &options.propose,
         "Look for weights that serve a category better than its own", NULL},
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &options.files.json, "Write the report as JSON", "FILE"},
        {"html", 0, 0, G_OPTION_ARG_FILENAME, &options.files.html, "Write the report as a page with pictures",
         "FILE"},
        {"xlsx", 0, 0, G_OPTION_ARG_FILENAME, &options.files.xlsx, "Write the report as a workbook", "FILE"},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse(
            "evaluate search", "",
            "Ranks the gallery of a truth file for each of its queries by the codes of an encoder, and "
            "tells how\ngood the rankings are (docs/evaluate.md).",
            entries, 0, 0, &argc, &argv, &exit_code))
        return exit_code;
    if (!options.truth)
        return cli_wrong_usage("evaluate search", "--truth is missing");
    workspace *w = NULL;
    taxonomy *t = NULL;
    nacre_error error;
    nacre_status status = picture_start(&error);
    if (status)
        return cli_fail(&error);
    status = cli_find_workspace(&w, &error);
    if (!status)
        status = taxonomy_open(w, &t, &error);
    if (!status)
        status = evaluate(w, t, &error);
    taxonomy_free(t);
    workspace_free(w);
    picture_stop();
    return status ? cli_fail(&error) : CLI_GOOD;
}
