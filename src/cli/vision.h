// SPDX-License-Identifier: Apache-2.0
// What the subcommands that look at pictures share.
#ifndef NACRE_CLI_VISION_H
#define NACRE_CLI_VISION_H

#include <jansson.h>
#include <stdbool.h>

#include "base/workspace.h"
#include "taxonomy/taxonomy.h"
#include "vision/vision.h"

struct cli_vision {
    workspace *workspace; // NULL where there is none
    taxonomy *taxonomy;
    vision *vision;
    double load_ms; // how long the models took
};

// Starts libvips, finds the workspace (none is good, unless `needs_workspace`) and loads taxonomy and models.
nacre_status cli_vision_open(bool needs_workspace, struct cli_vision *result, nacre_error *error) MUST_CHECK;
void cli_vision_close(struct cli_vision *v);

// What a subcommand does with each of its pictures.
struct cli_look {
    // Prints what it has to say of the picture in the file `path`.
    nacre_status (*look)(const struct cli_vision *v, const char *path, const struct picture *picture,
                         double decode_ms, nacre_error *error);
    json_t *(*name)(const char *path); // what the line of a refused picture begins with
    bool as_json;
};

// Takes picture after picture, argv[1]…; a refused one is told, and the others follow. Gives the exit code.
int cli_look_at_each(const struct cli_vision *v, const struct cli_look *how, int argc, char **argv);

#endif
