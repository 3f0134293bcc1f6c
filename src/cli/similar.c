// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/search_options.h"
#include "cli/search_print.h"

int command_similar(int argc, char **argv) {
    struct search_flags flags = {0};
    int exit_code;
    if (!search_flags_parse("similar", "PRODUCT",
                            "Finds the products most similar to the one of this number.", 1, &argc, &argv,
                            &flags, &exit_code))
        return exit_code;
    nacre_error error;
    struct search_context context = {0};
    struct search_options options;
    json_t *reply = NULL;
    char *end;
    int64_t product_id = strtoll(argv[1], &end, 10);
    if (*end || product_id < 1) {
        search_flags_fini(&flags);
        return cli_wrong_usage("similar", "\"%s\" is no product's number", argv[1]);
    }
    nacre_status status = search_context_open(&flags, &context, &options, &error);
    if (!status)
        status = search_similar(context.engine, product_id, &options, &reply, &error);
    exit_code = status ? cli_fail(&error) : CLI_GOOD;
    if (!status && flags.json)
        cli_print_json(json_incref(reply));
    else if (!status)
        print_similar_reply(reply);
    json_decref(reply);
    search_context_close(&context);
    search_flags_fini(&flags);
    return exit_code;
}
