// SPDX-License-Identifier: Apache-2.0
#include "cli/vision.h"

#include <time.h>

#include "cli/cli.h"

double cli_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

nacre_status cli_vision_open(bool needs_workspace, struct cli_vision *result, nacre_error *error) {
    *result = (struct cli_vision){0};
    double start_ms = cli_now_ms();
    nacre_status status = picture_start(error);
    if (status)
        return status;
    status = needs_workspace ? cli_open_workspace(&result->workspace, error)
                             : cli_find_workspace(&result->workspace, error);
    if (!status)
        status = taxonomy_open(result->workspace, &result->taxonomy, error);
    if (!status)
        status = vision_open(result->workspace, result->taxonomy, 0, &result->vision, error);
    if (status)
        cli_vision_close(result);
    result->load_ms = cli_now_ms() - start_ms;
    return status;
}

void cli_vision_close(struct cli_vision *v) {
    vision_close(v->vision);
    taxonomy_free(v->taxonomy);
    workspace_free(v->workspace);
    picture_stop();
    *v = (struct cli_vision){0};
}
