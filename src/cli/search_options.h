// SPDX-License-Identifier: Apache-2.0
// The options and the engine that `search` and `similar` share.
#ifndef NACRE_CLI_SEARCH_OPTIONS_H
#define NACRE_CLI_SEARCH_OPTIONS_H

#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include "search/search.h"

// The options as they were given; texts belong to GLib.
struct search_flags {
    gboolean json, timings;
    char *top, *weights, *category, *box, *colour, *min_score;
};

// As cli_parse with at least one argument.
bool search_flags_parse(const char *name, const char *arguments, const char *description, int most, int *argc,
                        char ***argv, struct search_flags *flags, int *exit_code);
void search_flags_fini(struct search_flags *flags);

struct search_context {
    workspace *workspace;
    engine *engine;
    char *colour_bytes; // of --colour PHOTO
};

// Checks the options, then loads the engine. Close it after a failure too.
nacre_status search_context_open(const struct search_flags *flags, struct search_context *context,
                                 struct search_options *options, nacre_error *error) MUST_CHECK;
void search_context_close(struct search_context *context);

#endif
