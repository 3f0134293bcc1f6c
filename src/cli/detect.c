// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/vision.h"

enum { MAX_PHOTO_ARENA_BYTES = 256 * 1024 * 1024 };

static struct {
    gboolean json, timings, keep_faces;
    double min_score;
    char *draw;
} options;

// The name of what found the items.
static const char *model(const vision *v) {
    const char *detector = vision_detector(v);
    return detector ? detector : vision_encoder(v);
}

static void print_json(const struct cli_vision *v, const char *path, const struct picture *photo,
                       const struct item *items, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, item_json(&items[i], v->taxonomy));
    cli_print_json(json_pack("{s:{s:s, s:i, s:i}, s:s, s:o}", "photo", "path", path, "width",
                             photo->full_width, "height", photo->full_height, "model", model(v->vision),
                             "items", list));
}

static void print_table(const struct cli_vision *v, const char *path, const struct picture *photo,
                        const struct item *items, size_t count) {
    printf("%s  %dx%d  %zu item%s\n", path, photo->full_width, photo->full_height, count,
           count == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++) {
        const struct item *item = &items[i];
        int category = item->encoding.category;
        printf("  %3.0f %%  %s (%s)  %d,%d %dx%d\n", (double)item->score * 100,
               taxonomy_name(v->taxonomy, category, TAXONOMY_ENGLISH), taxonomy_id(v->taxonomy, category),
               item->box.x, item->box.y, item->box.width, item->box.height);
    }
}

static nacre_status draw(const struct cli_vision *v, const struct picture *photo, const struct item *items,
                         size_t count, nacre_error *error) {
    faces *f = NULL;
    nacre_status status = options.keep_faces ? NACRE_OK : faces_open(v->workspace, 0, &f, error);
    if (!status)
        status = item_draw(photo, f, items, count, options.draw, error);
    faces_close(f);
    return status;
}

static nacre_status detect(const struct cli_vision *v, const char *path, const struct picture *photo,
                           double decode_ms, nacre_error *error) {
    arena a;
    arena_init(&a, MAX_PHOTO_ARENA_BYTES);
    struct item *items;
    size_t count;
    struct vision_times times;
    nacre_status status =
        vision_detect(v->vision, photo, (float)options.min_score, &a, &items, &count, &times, error);
    if (!status && options.json)
        print_json(v, path, photo, items, count);
    else if (!status)
        print_table(v, path, photo, items, count);
    if (!status && options.timings)
        fprintf(stderr, "%s: load %.0f ms, decode %.0f ms, detect %.0f ms, encode %.0f ms\n", path,
                v->load_ms, decode_ms, times.detect_ms, times.encode_ms);
    if (!status && options.draw)
        status = draw(v, photo, items, count, error);
    arena_fini(&a);
    return status;
}

static json_t *name(const char *path) {
    return json_pack("{s:{s:s}}", "photo", "path", path);
}

int command_detect(int argc, char **argv) {
    options.min_score = -1;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "One object a line", NULL},
        {"min-score", 0, 0, G_OPTION_ARG_DOUBLE, &options.min_score,
         "Only items with this score or more, 0 to 1 (else each class has its own limit)", "P"},
        {"draw", 0, 0, G_OPTION_ARG_FILENAME, &options.draw, "Draw the items of one photo into this file",
         "OUT.png"},
        {"keep-faces", 0, 0, G_OPTION_ARG_NONE, &options.keep_faces,
         "Draw faces as they are, whatever [privacy] blur_faces says", NULL},
        {"timings", 0, 0, G_OPTION_ARG_NONE, &options.timings, "Tell how long each part took", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("detect", "PHOTO…", "Finds every garment, shoe, bag and accessory on photos.", entries, 1,
                   G_MAXINT, &argc, &argv, &exit_code))
        return exit_code;
    if (options.min_score != -1 && (options.min_score < 0 || options.min_score > 1))
        return cli_wrong_usage("detect", "--min-score is a number from 0 to 1");
    if (options.draw && argc != 2)
        return cli_wrong_usage("detect", "--draw takes one photo");
    struct cli_vision v;
    nacre_error error;
    if (cli_vision_open(false, &v, &error))
        return cli_fail(&error);
    const struct cli_look how = {.look = detect, .name = name, .as_json = options.json};
    exit_code = cli_look_at_each(&v, &how, argc, argv);
    cli_vision_close(&v);
    return exit_code;
}
