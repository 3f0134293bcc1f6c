// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "picture/picture.h"
#include "serve/serve.h"

static void print_address(const char *address) {
    printf("nacre serves %s\n", address);
    fflush(stdout);
}

int command_serve(int argc, char **argv) {
    char *listen = NULL;
    int threads = 0;
    const GOptionEntry entries[] = {
        {"listen", 0, 0, G_OPTION_ARG_STRING, &listen, "Where to listen (127.0.0.1:8080); port 0: a free one",
         "HOST:PORT"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &threads, "For networks and searches (one per processor)", "N"},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("serve", "", "Serves the JSON interface and the page until it is stopped.", entries, 0, 0,
                   &argc, &argv, &exit_code)) {
        g_free(listen);
        return exit_code;
    }
    if (threads < 0 || threads > 1024) {
        g_free(listen);
        return cli_wrong_usage("serve", "--threads is %d: expected 0 to 1024", threads);
    }
    cli_catch_signals();
    workspace *w = NULL;
    nacre_error error;
    struct serve_options options = {
        .listen = listen ? listen : "127.0.0.1:8080",
        .threads = threads,
        .stop = &cli_stop,
        .listening = print_address,
    };
    nacre_status status = cli_open_workspace(&w, &error);
    if (!status)
        status = picture_start(&error);
    if (!status) {
        status = serve_run(w, &options, &error);
        picture_stop();
    }
    workspace_free(w);
    g_free(listen);
    return status ? cli_fail(&error) : CLI_GOOD;
}
