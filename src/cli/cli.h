// SPDX-License-Identifier: Apache-2.0
// What the subcommands share: the table of commands, options, errors, output.
//
// A subcommand is one file with one function `int command_NAME(int argc, char **argv)`; argv[0] is its name.
// It parses its options with cli_parse, does its work through the rooms, and returns an exit code.
#ifndef NACRE_CLI_CLI_H
#define NACRE_CLI_CLI_H

#include <glib.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/workspace.h"

enum { CLI_GOOD = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct command {
    const char *name;
    const char *summary; // one line for --help
    int (*run)(int argc, char **argv);
};

// Runs the command named by argv[1]; `table` ends with a NULL name. `program` is what stands before the
// command's name in help texts ("nacre", "nacre feed").
int cli_dispatch(const char *program, const char *description, const struct command *table, int argc,
                 char **argv);

// Parses the options of a subcommand; --workspace and --help are added. `arguments` shows what follows the
// options
// ("PHOTO…"); `description` stands below it in --help. Fewer than `least` or more than `most` remaining
// arguments are wrong usage. argv[1]… are the remaining arguments afterwards. False: return `*exit_code`.
bool cli_parse(const char *name, const char *arguments, const char *description, const GOptionEntry *entries,
               int least, int most, int *argc, char ***argv, int *exit_code);

// Opens the workspace of --workspace, NACRE_WORKSPACE or the current folder.
nacre_status cli_open_workspace(workspace **result, nacre_error *error) MUST_CHECK;
// As cli_open_workspace, but `*result` is NULL where there is none: for commands that need none.
nacre_status cli_find_workspace(workspace **result, nacre_error *error) MUST_CHECK;

// Prints the error as one line and gives the exit code that goes with it.
int cli_fail(const nacre_error *error);

// Prints what is wrong with the call and where help is to be had; gives CLI_USAGE.
int cli_wrong_usage(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

// {"status": "not-found", "message": "…"}; a new reference.
json_t *cli_error_json(const nacre_error *error);

// Prints `value` on one line of standard output and gives up the reference.
void cli_print_json(json_t *value);

// True once SIGINT or SIGTERM came; a second signal ends the program at once. Switched on by
// cli_catch_signals.
extern atomic_bool cli_stop;
void cli_catch_signals(void);

// Progress on standard error: a bar that is redrawn on a terminal, else a plain line now and then.
// `total` of 0: not known. `what` such as "pictures"; `detail` may be NULL.
void cli_progress(const char *what, int64_t done, int64_t total, const char *detail);
// Ends the bar's line.
void cli_progress_end(void);

#endif
