// SPDX-License-Identifier: Apache-2.0
// The same product in several shops: what was joined, and the operator's word against it.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue.h"
#include "cli/cli.h"
#include "cli/commands.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

// --part, --join, or just show.
struct same_options {
    gboolean json, part, join;
};

static nacre_status show_same(catalogue *c, int64_t product_id, const struct same_options *options, arena *a,
                              nacre_error *error) {
    int64_t *ids;
    size_t count;
    json_t *list = json_array();
    nacre_status status = catalogue_same_products(c, product_id, a, &ids, &count, error);
    for (size_t i = 0; i < count && !status; i++) {
        struct catalogue_product product;
        status = catalogue_product(c, ids[i], a, &product, error);
        if (status)
            break;
        json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:s}", "id", (json_int_t)product.id, "shop",
                                              product.shop, "offer", product.offer, "name", product.name));
        if (!options->json)
            printf("%" PRId64 "\t%s\t%s\t%s\n", product.id, product.shop, product.offer, product.name);
    }
    if (options->json && !status)
        cli_print_json(json_pack("{s:I, s:O}", "product", (json_int_t)product_id, "same", list));
    json_decref(list);
    return status;
}

static nacre_status run_same(const workspace *w, int64_t product_id, const struct same_options *options,
                             nacre_error *error) {
    catalogue *c = NULL;
    arena a;
    struct catalogue_product product;
    arena_init(&a, ARENA_BYTES);
    nacre_status status = catalogue_open_workspace(w, &c, error);
    if (!status)
        status = catalogue_product(c, product_id, &a, &product, error);
    if (!status && (options->part || options->join))
        status = catalogue_part(c, product_id, options->part, error);
    if (!status)
        status = show_same(c, product_id, options, &a, error);
    catalogue_close(c);
    arena_fini(&a);
    return status;
}

int command_same(int argc, char **argv) {
    struct same_options options = {0};
    const GOptionEntry entries[] = {
        {"part", 0, 0, G_OPTION_ARG_NONE, &options.part, "It is the same as no other: show it by itself",
         NULL},
        {"join", 0, 0, G_OPTION_ARG_NONE, &options.join, "Take --part back", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "One JSON object", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("same", "PRODUCT",
                   "Shows in which shops a product is the same: such products are one result, with every "
                   "shop's price.",
                   entries, 1, 1, &argc, &argv, &exit_code))
        return exit_code;
    char *end;
    int64_t product_id = strtoll(argv[1], &end, 10);
    if (*end || product_id < 1)
        return cli_wrong_usage("same", "\"%s\" is no product's number", argv[1]);
    if (options.part && options.join)
        return cli_wrong_usage("same", "--part and --join contradict each other");
    workspace *w = NULL;
    nacre_error error;
    nacre_status status = cli_open_workspace(&w, &error);
    if (!status)
        status = run_same(w, product_id, &options, &error);
    workspace_free(w);
    return status ? cli_fail(&error) : CLI_GOOD;
}
