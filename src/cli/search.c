// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/search_options.h"
#include "cli/search_print.h"
#include "cli/vision.h"

// The results of one item for a person: a line each.
static void print_results(const json_t *results) {
    size_t i;
    const json_t *result;
    json_array_foreach(results, i, result) {
        const json_t *product = json_object_get(result, "product");
        const char *currency = json_string_value(json_object_get(product, "currency"));
        const json_t *price = json_object_get(product, "price");
        char shown_price[64] = "";
        if (price)
            snprintf(shown_price, sizeof shown_price, ", %.2f %s", json_number_value(price),
                     currency ? currency : "");
        const char *match = json_string_value(json_object_get(result, "match"));
        printf("  %2zu. %.3f  %s%s%s (%s%s)\n      %s\n", i + 1,
               json_number_value(json_object_get(result, "similarity")), match ? match : "",
               match ? ": " : "", json_string_value(json_object_get(product, "name")),
               json_string_value(json_object_get(product, "shop")), shown_price,
               json_string_value(json_object_get(product, "url")));
    }
    if (json_array_size(results) == 0)
        printf("  nothing in the catalogue is of this kind\n");
}

void print_search_reply(const json_t *reply) {
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(reply, "items"), i, item) {
        const json_t *box = json_object_get(item, "box");
        printf("%s: %s, %.0f %% sure, at %.0f,%.0f,%.0f,%.0f\n",
               json_string_value(json_object_get(json_object_get(reply, "photo"), "path")),
               json_string_value(json_object_get(json_object_get(item, "label"), "en")),
               100 * json_number_value(
                         json_object_get(json_array_get(json_object_get(item, "categories"), 0), "score")),
               json_number_value(json_array_get(box, 0)), json_number_value(json_array_get(box, 1)),
               json_number_value(json_array_get(box, 2)), json_number_value(json_array_get(box, 3)));
        print_results(json_object_get(item, "results"));
    }
}

void print_similar_reply(const json_t *reply) {
    printf("Most similar to %s:\n",
           json_string_value(json_object_get(json_object_get(reply, "product"), "name")));
    print_results(json_object_get(reply, "results"));
}

static void print_times(const char *path, double load_ms, const struct search_times *times) {
    fprintf(stderr, "%s: load %.0f ms, decode %.1f ms, detect %.1f ms, encode %.1f ms, search %.1f ms\n",
            path, load_ms, times->decode_ms, times->detect_ms, times->encode_ms, times->search_ms);
}

// Searches one photo; a refused one is told and, with --json, has its line too.
static nacre_status search_one(engine *e, const char *path, const struct search_options *options,
                               double load_ms, const struct search_flags *flags, nacre_error *error) {
    char *bytes = NULL;
    size_t length;
    json_t *reply = NULL;
    struct search_times times = {0};
    nacre_status status = file_read(path, LIMIT_PICTURE_BYTES, &bytes, &length, error);
    if (!status) {
        status = search_photo(e, bytes, length, path, options, &times, &reply, error);
        if (status)
            status = error_prefix(error, status, "%s", path);
    }
    memory_free(bytes);
    if (status) {
        log_error("%s", error->message);
        reply = json_pack("{s:{s:s}, s:o}", "photo", "path", path, "error", cli_error_json(error));
    }
    if (flags->timings)
        print_times(path, load_ms, &times);
    if (flags->json)
        cli_print_json(reply);
    else if (!status)
        print_search_reply(reply);
    if (!flags->json)
        json_decref(reply);
    return status;
}

int command_search(int argc, char **argv) {
    struct search_flags flags = {0};
    int exit_code;
    if (!search_flags_parse(
            "search", "PHOTO…",
            "Finds the items on each photo (\"-\": standard input), and the most similar products for each.",
            INT_MAX, &argc, &argv, &flags, &exit_code))
        return exit_code;
    nacre_error error;
    struct search_context context = {0};
    struct search_options options;
    double start = clock_ms();
    exit_code = search_context_open(&flags, &context, &options, &error) ? cli_fail(&error) : CLI_GOOD;
    double load_ms = clock_ms() - start;
    for (int i = 1; i < argc && context.engine; i++) {
        if (search_one(context.engine, argv[i], &options, load_ms, &flags, &error))
            exit_code = CLI_FAILED;
    }
    search_context_close(&context);
    search_flags_fini(&flags);
    return exit_code;
}
