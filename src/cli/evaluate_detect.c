// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "evaluate/detection.h"

static struct {
    char *truth, **models, *words;
    struct report_files files;
    double fpr;
    gboolean stored;
} options;

static void show_progress(size_t done, size_t total) {
    cli_progress("photos", (int64_t)done, (int64_t)total, NULL);
}

static nacre_status measure(struct detection_quality *how, report **result, nacre_error *error) {
    workspace *w = NULL;
    taxonomy *t = NULL;
    faces *f = NULL;
    nacre_status status = cli_find_workspace(&w, error);
    if (!status)
        status = taxonomy_open(w, &t, error);
    if (!status && how->with_photos)
        status = faces_open(w, 0, &f, error);
    how->faces = f;
    if (!status)
        status = detection_quality(how, t, result, error);
    cli_progress_end();
    faces_close(f);
    taxonomy_free(t);
    workspace_free(w);
    return status;
}

int command_evaluate_detect(int argc, char **argv) {
    options.fpr = -1;
    const GOptionEntry entries[] = {
        {"truth", 0, 0, G_OPTION_ARG_FILENAME, &options.truth, "Folder of photos with .seg files", "DIR"},
        {"model", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.models,
         "A detector; given again, each is compared with the one before", "FILE"},
        {"words", 0, 0, G_OPTION_ARG_FILENAME, &options.words,
         "What words in the .seg files mean that are no categories: lines WORD,ID ID …", "FILE"},
        {"json", 0, 0, G_OPTION_ARG_FILENAME, &options.files.json, "Write the report as JSON", "FILE"},
        {"html", 0, 0, G_OPTION_ARG_FILENAME, &options.files.html,
         "Write it as a page, with the worst photos", "FILE"},
        {"xlsx", 0, 0, G_OPTION_ARG_FILENAME, &options.files.xlsx, "Write it as a workbook", "FILE"},
        {"fpr", 0, 0, G_OPTION_ARG_DOUBLE, &options.fpr,
         "Working points with at most this share of false alarms (else those of the best F1)", "P"},
        {"stored", 0, 0, G_OPTION_ARG_NONE, &options.stored, "Working points that are stored in the model",
         NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("evaluate detect", "",
                   "Measures how well detectors find what is marked on photos (docs/evaluate.md).", entries,
                   0, 0, &argc, &argv, &exit_code))
        return exit_code;
    if (!options.truth || !options.models)
        return cli_wrong_usage("evaluate detect", "--truth DIR and --model FILE are missing");
    if (options.fpr != -1 && !(options.fpr >= 0 && options.fpr < 1))
        return cli_wrong_usage("evaluate detect", "--fpr is a number from 0 to below 1");
    if (options.fpr != -1 && options.stored)
        return cli_wrong_usage("evaluate detect", "--fpr and --stored exclude each other");
    struct detection_quality how = {
        .truth = options.truth,
        .models = (const char *const *)options.models,
        .model_count = g_strv_length(options.models),
        .words = options.words,
        .points = {options.stored      ? POINT_STORED
                   : options.fpr != -1 ? POINT_FPR
                                       : POINT_BEST_F1,
                   options.fpr},
        .with_photos = options.files.html != NULL,
        .progress = show_progress,
    };
    nacre_error error;
    report *r = NULL;
    if (picture_start(&error))
        return cli_fail(&error);
    nacre_status status = measure(&how, &r, &error);
    if (!status)
        status = report_write(r, &options.files, &error);
    if (!status)
        report_print(r, stdout);
    report_free(r);
    picture_stop();
    return status ? cli_fail(&error) : CLI_GOOD;
}
