// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "catalogue/catalogue.h"
#include "cli/commands.h"

// The database is made with the workspace, so that a folder without the right to write shows at once.
static nacre_status make_catalogue(const char *folder, nacre_error *error) {
    workspace *w = NULL;
    catalogue *c = NULL;
    nacre_status status = workspace_open(folder, &w, error);
    if (!status)
        status = catalogue_open_workspace(w, &c, error);
    catalogue_close(c);
    workspace_free(w);
    return status;
}

int command_init(int argc, char **argv) {
    int exit_code;
    if (!cli_parse("init", "DIR", "Makes a new workspace: the folder that holds one installation.", NULL, 1,
                   1, &argc, &argv, &exit_code))
        return exit_code;
    nacre_error error;
    if (workspace_create(argv[1], &error) || make_catalogue(argv[1], &error))
        return cli_fail(&error);
    char absolute[PATH_MAX];
    printf("%s is a nacre workspace now. Next: nacre --workspace %s feed add NAME URL\n",
           realpath(argv[1], absolute) ? absolute : argv[1], argv[1]);
    return CLI_GOOD;
}
