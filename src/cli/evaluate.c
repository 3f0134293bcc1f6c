// SPDX-License-Identifier: Apache-2.0
// Measuring how good the models are; each kind of truth is a subcommand in a file of its own.
#include "cli/cli.h"
#include "cli/commands.h"

int command_evaluate(int argc, char **argv) {
    static const struct command commands[] = {
        {"detect", "how well items are found on photos", command_evaluate_detect},
        {"search", "how well similar products are found", command_evaluate_search},
        {NULL, NULL, NULL},
    };
    return cli_dispatch("nacre evaluate", "Measures models against what people marked, and reports.",
                        commands, argc, argv);
}
