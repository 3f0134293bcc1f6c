// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static char *workspace_option;

static void print_commands(FILE *stream, const char *program, const char *description,
                           const struct command *table) {
    fprintf(stream, "Usage: %s COMMAND [OPTION…]\n\n%s\n\nCommands:\n", program, description);
    for (const struct command *command = table; command->name; command++)
        fprintf(stream, "  %-10s %s\n", command->name, command->summary);
    fprintf(stream, "\n`%s COMMAND --help` tells more of each.\n", program);
}

int cli_dispatch(const char *program, const char *description, const struct command *table, int argc,
                 char **argv) {
    if (argc < 2) {
        print_commands(stderr, program, description, table);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_commands(stdout, program, description, table);
        return CLI_GOOD;
    }
    for (const struct command *command = table; command->name; command++) {
        if (strcmp(command->name, argv[1]) == 0)
            return command->run(argc - 1, argv + 1);
    }
    fprintf(stderr, "%s: unknown command \"%s\": `%s --help` lists them\n", program, argv[1], program);
    return CLI_USAGE;
}

bool cli_parse(const char *name, const char *arguments, const char *description, const GOptionEntry *entries,
               int least, int most, int *argc, char ***argv, int *exit_code) {
    static const GOptionEntry common[] = {
        {"workspace", 0, 0, G_OPTION_ARG_FILENAME, &workspace_option, "The installation's folder", "DIR"},
        G_OPTION_ENTRY_NULL,
    };
    char program[64];
    snprintf(program, sizeof program, "nacre %s", name);
    g_set_prgname(program);
    GOptionContext *context = g_option_context_new(arguments);
    g_option_context_set_summary(context, description);
    if (entries)
        g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, common, NULL);
    GError *problem = NULL;
    bool good = g_option_context_parse(context, argc, argv, &problem);
    g_option_context_free(context);
    if (!good) {
        *exit_code = cli_wrong_usage(name, "%s", problem->message);
        g_error_free(problem);
        return false;
    }
    // GOption leaves a "--" that ends the options where it was.
    if (*argc > 1 && strcmp((*argv)[1], "--") == 0) {
        memmove(*argv + 1, *argv + 2, (size_t)(*argc - 1) * sizeof **argv);
        --*argc;
    }
    int given = *argc - 1;
    if (given < least || given > most) {
        *exit_code =
            cli_wrong_usage(name, given < least ? "%s is missing" : "too many arguments, expected %s",
                            *arguments ? arguments : "none");
        return false;
    }
    return true;
}

nacre_status cli_open_workspace(workspace **result, nacre_error *error) {
    return workspace_open(workspace_option, result, error);
}

nacre_status cli_find_workspace(workspace **result, nacre_error *error) {
    bool named = workspace_option || getenv("NACRE_WORKSPACE");
    nacre_status status = workspace_open(workspace_option, result, error);
    if (status == NACRE_ERROR_NOT_FOUND && !named) {
        *result = NULL;
        return NACRE_OK;
    }
    return status;
}

int cli_fail(const nacre_error *error) {
    cli_progress_end();
    log_error("%s", error->message);
    return error->status == NACRE_ERROR_ARGUMENT ? CLI_USAGE : CLI_FAILED;
}

int cli_wrong_usage(const char *name, const char *format, ...) {
    char message[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    log_error("%s: `nacre %s --help` tells how to call it", message, name);
    return CLI_USAGE;
}

json_t *cli_error_json(const nacre_error *error) {
    return json_pack("{s:s, s:s}", "status", nacre_status_word(error->status), "message", error->message);
}

void cli_print_json(json_t *value) {
    json_dumpf(value, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    fputc('\n', stdout);
    json_decref(value);
}

atomic_bool cli_stop;

static void on_signal(int number) {
    if (atomic_exchange(&cli_stop, true)) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

void cli_catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

enum { BAR_INTERVAL_MS = 100, LINE_INTERVAL_MS = 5000, BAR_CELLS = 24 };

static bool bar_is_open;
static double last_shown_ms = -INFINITY;

static void draw_bar(const char *what, int64_t done, int64_t total, const char *detail) {
    char cells[BAR_CELLS + 1];
    int filled = total > 0 ? (int)((done < total ? done : total) * BAR_CELLS / total) : 0;
    for (int i = 0; i < BAR_CELLS; i++)
        cells[i] = i < filled ? '#' : '.';
    cells[BAR_CELLS] = 0;
    fprintf(stderr, "\r\033[K%s [%s] %" PRId64 "/%" PRId64 " %s", what, cells, done, total,
            detail ? detail : "");
    fflush(stderr);
    bar_is_open = true;
}

void cli_progress(const char *what, int64_t done, int64_t total, const char *detail) {
    bool on_terminal = isatty(STDERR_FILENO);
    double now = clock_ms();
    bool finished = total > 0 && done >= total;
    if (!finished && now - last_shown_ms < (on_terminal ? BAR_INTERVAL_MS : LINE_INTERVAL_MS))
        return;
    last_shown_ms = now;
    if (on_terminal && total > 0)
        draw_bar(what, done, total, detail);
    else if (on_terminal) {
        fprintf(stderr, "\r\033[K%s %" PRId64 " %s", what, done, detail ? detail : "");
        fflush(stderr);
        bar_is_open = true;
    } else if (total > 0) {
        log_info("%s %" PRId64 "/%" PRId64 " %s", what, done, total, detail ? detail : "");
    } else {
        log_info("%s %" PRId64 " %s", what, done, detail ? detail : "");
    }
}

void cli_progress_end(void) {
    if (bar_is_open)
        fputc('\n', stderr);
    bar_is_open = false;
    last_shown_ms = -INFINITY;
}
