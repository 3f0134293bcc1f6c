// SPDX-License-Identifier: Apache-2.0
#include "cli/vision.h"

#include "base/clock.h"
#include "cli/cli.h"

nacre_status cli_vision_open(bool needs_workspace, struct cli_vision *result, nacre_error *error) {
    *result = (struct cli_vision){0};
    double start_ms = clock_ms();
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
    result->load_ms = clock_ms() - start_ms;
    return status;
}

void cli_vision_close(struct cli_vision *v) {
    vision_close(v->vision);
    taxonomy_free(v->taxonomy);
    workspace_free(v->workspace);
    picture_stop();
    *v = (struct cli_vision){0};
}

static nacre_status look_at(const struct cli_vision *v, const struct cli_look *how, const char *path,
                            nacre_error *error) {
    struct picture picture;
    double start_ms = clock_ms();
    nacre_status status = picture_load(path, VISION_PHOTO_SIDE, &picture, error);
    if (status)
        return status;
    status = how->look(v, path, &picture, clock_ms() - start_ms, error);
    picture_fini(&picture);
    return status;
}

int cli_look_at_each(const struct cli_vision *v, const struct cli_look *how, int argc, char **argv) {
    int exit_code = CLI_GOOD;
    for (int i = 1; i < argc; i++) {
        nacre_error error;
        if (look_at(v, how, argv[i], &error) == NACRE_OK)
            continue;
        exit_code = CLI_FAILED;
        if (how->as_json) {
            json_t *line = how->name(argv[i]);
            json_object_set_new(line, "error", cli_error_json(&error));
            cli_print_json(line);
        } else {
            cli_fail(&error);
        }
    }
    return exit_code;
}
