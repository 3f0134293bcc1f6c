// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/vision.h"

static gboolean as_json;

static void format_code(const uint8_t code[16], char hex[33]) {
    for (size_t i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", code[i]);
}

static void print_encoding(const char *path, const struct encoding *e, const taxonomy *t) {
    char shape[33], colour[33];
    format_code(e->shape, shape);
    format_code(e->colour, colour);
    if (as_json) {
        cli_print_json(json_pack("{s:s, s:s, s:s, s:s, s:o}", "picture", path, "shape", shape, "colour",
                                 colour, "category", taxonomy_id(t, e->category), "categories",
                                 categories_json(e, t)));
        return;
    }
    printf("%s\n  shape   %s\n  colour  %s\n  %s (%s) %.0f %%\n", path, shape, colour,
           taxonomy_name(t, e->category, TAXONOMY_ENGLISH), taxonomy_id(t, e->category),
           (double)e->category_score * 100);
}

static nacre_status encode(const struct cli_vision *v, const char *path, nacre_error *error) {
    struct picture picture;
    nacre_status status = picture_load(path, VISION_PHOTO_SIDE, &picture, error);
    if (status)
        return status;
    const struct crop whole = {.picture = &picture, .within = CATEGORY_NONE};
    struct encoding encoding;
    status = vision_encode(v->vision, &whole, 1, &encoding, error);
    picture_fini(&picture);
    if (!status)
        print_encoding(path, &encoding, v->taxonomy);
    return status;
}

int command_encode(int argc, char **argv) {
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One object a line", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("encode", "PICTURE…",
                   "Gives the codes and the category of whole pictures, as one item each.", entries, 1,
                   G_MAXINT, &argc, &argv, &exit_code))
        return exit_code;
    struct cli_vision v;
    nacre_error error;
    if (cli_vision_open(false, &v, &error))
        return cli_fail(&error);
    exit_code = CLI_GOOD;
    for (int i = 1; i < argc; i++) {
        if (encode(&v, argv[i], &error) == NACRE_OK)
            continue;
        exit_code = CLI_FAILED;
        if (as_json)
            cli_print_json(json_pack("{s:s, s:o}", "picture", argv[i], "error", cli_error_json(&error)));
        else
            cli_fail(&error);
    }
    cli_vision_close(&v);
    return exit_code;
}
