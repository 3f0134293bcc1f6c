// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/vision.h"
#include "vision/indexer.h"

static gboolean as_json;

static void show_progress(void *context, const struct indexer_counts *counts, int64_t due) {
    (void)context;
    char detail[64];
    snprintf(detail, sizeof detail, "%" PRId64 " pictures", counts->pictures);
    cli_progress("products", counts->products + counts->ignored, due, detail);
}

static void print_counts(const struct indexer_counts *counts) {
    if (as_json) {
        cli_print_json(json_pack("{s:I, s:I, s:I, s:I, s:I}", "products", (json_int_t)counts->products,
                                 "pictures", (json_int_t)counts->pictures, "ignored",
                                 (json_int_t)counts->ignored, "unmapped", (json_int_t)counts->unmapped,
                                 "failed", (json_int_t)counts->failed));
        return;
    }
    printf("%" PRId64 " products indexed, %" PRId64 " pictures", counts->products, counts->pictures);
    if (counts->ignored)
        printf("; %" PRId64 " products ignored by the mapping", counts->ignored);
    if (counts->unmapped)
        printf("; %" PRId64 " products in unmapped categories (`nacre map check`)", counts->unmapped);
    if (counts->failed)
        printf("; %" PRId64 " pictures could not be read", counts->failed);
    printf("\n");
}

static nacre_status find_shop(catalogue *c, const char *name, int64_t *shop_id, nacre_error *error) {
    *shop_id = 0;
    if (!name)
        return NACRE_OK;
    arena a;
    arena_init(&a, 1024 * 1024);
    struct catalogue_shop shop;
    nacre_status status = catalogue_find_shop(c, name, &a, &shop, error);
    if (!status)
        *shop_id = shop.id;
    arena_fini(&a);
    return status;
}

static nacre_status index_shops(const struct cli_vision *v, const char *name, nacre_error *error) {
    catalogue *c = NULL;
    picture_store *pictures = NULL;
    char *database = workspace_path(v->workspace, "catalogue.sqlite");
    char *folder = workspace_path(v->workspace, "pictures");
    struct indexer_options options = {.stop = &cli_stop, .progress = show_progress};
    struct indexer_counts counts;
    nacre_status status = NACRE_OK;
    if (!database || !folder)
        status = error_memory(error, "opening the workspace");
    if (!status)
        status = catalogue_open(database, &c, error);
    if (!status)
        status = picture_store_open(folder, &pictures, error);
    if (!status)
        status = find_shop(c, name, &options.shop_id, error);
    if (!status) {
        status = indexer_run(v->workspace, c, pictures, v->taxonomy, v->vision, &options, &counts, error);
        cli_progress_end();
        if (!status || status == NACRE_ERROR_CANCELLED)
            print_counts(&counts);
    }
    picture_store_close(pictures);
    catalogue_close(c);
    memory_free(database);
    memory_free(folder);
    return status;
}

int command_index(int argc, char **argv) {
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print the counts as one object", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("index", "[NAME]", "Looks at the pictures that are new or changed and gives them codes.",
                   entries, 0, 1, &argc, &argv, &exit_code))
        return exit_code;
    struct cli_vision v;
    nacre_error error;
    if (cli_vision_open(true, &v, &error))
        return cli_fail(&error);
    cli_catch_signals();
    exit_code = index_shops(&v, argc > 1 ? argv[1] : NULL, &error) ? cli_fail(&error) : CLI_GOOD;
    cli_vision_close(&v);
    return exit_code;
}
