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

static nacre_status encode(const struct cli_vision *v, const char *path, const struct picture *picture,
                           double decode_ms, nacre_error *error) {
    (void)decode_ms;
    const struct crop whole = {.picture = picture, .within = CATEGORY_NONE};
    struct encoding encoding;
    nacre_status status = vision_encode(v->vision, &whole, 1, &encoding, error);
    if (!status)
        print_encoding(path, &encoding, v->taxonomy);
    return status;
}

static json_t *name(const char *path) {
    return json_pack("{s:s}", "picture", path);
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
    const struct cli_look how = {.look = encode, .name = name, .as_json = as_json};
    exit_code = cli_look_at_each(&v, &how, argc, argv);
    cli_vision_close(&v);
    return exit_code;
}
