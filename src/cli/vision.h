// SPDX-License-Identifier: Apache-2.0
// What the subcommands that look at pictures share.
#ifndef NACRE_CLI_VISION_H
#define NACRE_CLI_VISION_H

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

double cli_now_ms(void);

#endif
