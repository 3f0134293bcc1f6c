// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/vision.h"
#include "vision/indexer.h"

static struct { gboolean json, disagreements, watch; } options;

enum { WATCH_PAUSE_MS = 10 * 1000 };
enum { PAGE_PRODUCTS = 200, SHOP_ARENA_BYTES = 1 << 20, PAGE_ARENA_BYTES = 64 * 1024 * 1024 };

static void show_progress(void *context, const struct indexer_counts *counts, int64_t due) {
    (void)context;
    char detail[64];
    snprintf(detail, sizeof detail, "%" PRId64 " pictures", counts->pictures);
    cli_progress("products", counts->products + counts->ignored, due, detail);
}

static void print_counts(const struct indexer_counts *counts) {
    if (options.json) {
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
    arena_init(&a, SHOP_ARENA_BYTES);
    struct catalogue_shop shop;
    nacre_status status = catalogue_find_shop(c, name, &a, &shop, error);
    if (!status)
        *shop_id = shop.id;
    arena_fini(&a);
    return status;
}

static nacre_status index_due(const struct cli_vision *v, catalogue *c, picture_store *pictures,
                              int64_t shop_id, nacre_error *error) {
    const struct indexer_options how = {.shop_id = shop_id, .stop = &cli_stop, .progress = show_progress};
    struct indexer_counts counts;
    nacre_status status =
        indexer_run(v->workspace, c, pictures, v->taxonomy, v->vision, &how, &counts, error);
    cli_progress_end();
    bool worked = counts.products || counts.ignored || counts.failed;
    if ((!status || status == NACRE_ERROR_CANCELLED) && (worked || !options.watch)) {
        print_counts(&counts);
        fflush(stdout);
    }
    return status;
}

static nacre_status index_by_and_by(const struct cli_vision *v, catalogue *c, picture_store *pictures,
                                    int64_t shop_id, nacre_error *error) {
    nacre_status status = NACRE_OK;
    while (!cli_stop && !status) {
        status = index_due(v, c, pictures, shop_id, error);
        for (int waited_ms = 0; waited_ms < WATCH_PAUSE_MS && !cli_stop && !status; waited_ms += 200)
            usleep(200 * 1000);
    }
    return status == NACRE_ERROR_CANCELLED ? NACRE_OK : status;
}

static void print_disagreement(const struct cli_vision *v, const struct catalogue_product *product,
                               const struct catalogue_item *item) {
    if (options.json) {
        cli_print_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "shop", product->shop, "offer",
                                 product->offer, "name", product->name, "shop_category",
                                 product->category_path, "category", item->category, "seen", item->seen,
                                 "picture", item->picture));
        return;
    }
    int category = taxonomy_find(v->taxonomy, item->category), seen = taxonomy_find(v->taxonomy, item->seen);
    printf("%s %s  %s\n  %s: mapped to %s (%s), looks like %s (%s)\n", product->shop, product->offer,
           product->name, product->category_path,
           category < 0 ? "?" : taxonomy_name(v->taxonomy, category, TAXONOMY_ENGLISH), item->category,
           seen < 0 ? "?" : taxonomy_name(v->taxonomy, seen, TAXONOMY_ENGLISH), item->seen);
}

// One line a product, by its first picture on which mapping and networks disagree.
static nacre_status list_disagreements(const struct cli_vision *v, catalogue *c, int64_t shop_id,
                                       nacre_error *error) {
    arena page;
    arena_init(&page, PAGE_ARENA_BYTES);
    nacre_status status;
    int64_t after = 0;
    for (;;) {
        struct catalogue_item *items;
        size_t count;
        arena_reset(&page);
        status = catalogue_list_disagreements(c, shop_id, after, PAGE_PRODUCTS, &page, &items, &count, error);
        if (status || count == 0)
            break;
        for (size_t i = 0; i < count && !status; i++) {
            struct catalogue_product product;
            if (items[i].product_id == after)
                continue;
            after = items[i].product_id;
            status = catalogue_product(c, after, &page, &product, error);
            if (!status)
                print_disagreement(v, &product, &items[i]);
        }
        if (status)
            break;
    }
    arena_fini(&page);
    return status;
}

static nacre_status index_shops(const struct cli_vision *v, const char *name, nacre_error *error) {
    catalogue *c = NULL;
    picture_store *pictures = NULL;
    int64_t shop_id = 0;
    nacre_status status = catalogue_open_workspace(v->workspace, &c, error);
    if (!status)
        status = picture_store_open_workspace(v->workspace, &pictures, error);
    if (!status)
        status = find_shop(c, name, &shop_id, error);
    if (!status)
        status = options.disagreements ? list_disagreements(v, c, shop_id, error)
                 : options.watch       ? index_by_and_by(v, c, pictures, shop_id, error)
                                       : index_due(v, c, pictures, shop_id, error);
    picture_store_close(pictures);
    catalogue_close(c);
    return status;
}

int command_index(int argc, char **argv) {
    const GOptionEntry entries[] = {
        {"disagreements", 0, 0, G_OPTION_ARG_NONE, &options.disagreements,
         "Index nothing; list the products whose pictures look like another category than the mapping's",
         NULL},
        {"watch", 0, 0, G_OPTION_ARG_NONE, &options.watch, "Stay, and index what crawls bring within seconds",
         NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json,
         "JSON: the counts as one object, or each disagreement as one", NULL},
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
