// SPDX-License-Identifier: Apache-2.0
#include "cli/search_options.h"

#include "base/limits.h"
#include "base/memory.h"

bool search_flags_parse(const char *name, const char *arguments, const char *description, int most, int *argc,
                        char ***argv, struct search_flags *flags, int *exit_code) {
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &flags->json, "One JSON object a line", NULL},
        {"top", 0, 0, G_OPTION_ARG_STRING, &flags->top, "How many results (20)", "N"},
        {"weights", 0, 0, G_OPTION_ARG_STRING, &flags->weights,
         "Shape to colour, such as 2:8 (the category's own)", "S:C"},
        {"category", 0, 0, G_OPTION_ARG_STRING, &flags->category, "Search in this category (what is seen)",
         "ID"},
        {"box", 0, 0, G_OPTION_ARG_STRING, &flags->box, "Only this part of the photo, in pixels", "X,Y,W,H"},
        {"colour", 0, 0, G_OPTION_ARG_STRING, &flags->colour, "The same shape in this colour",
         "NAME|#RRGGBB|PHOTO"},
        {"min-score", 0, 0, G_OPTION_ARG_STRING, &flags->min_score, "Only items at least this sure", "P"},
        {"timings", 0, 0, G_OPTION_ARG_NONE, &flags->timings, "Print how long the parts took", NULL},
        G_OPTION_ENTRY_NULL,
    };
    return cli_parse(name, arguments, description, entries, 1, most, argc, argv, exit_code);
}

void search_flags_fini(struct search_flags *flags) {
    char *const texts[] = {flags->top, flags->weights, flags->category,
                           flags->box, flags->colour,  flags->min_score};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

// --colour takes a name, a code, or a picture: what is a file is a picture.
static nacre_status take_colour(const struct search_flags *flags, const taxonomy *t,
                                struct search_context *context, struct search_options *options,
                                nacre_error *error) {
    if (!flags->colour)
        return NACRE_OK;
    if (flags->colour[0] == '#' || !file_exists(flags->colour))
        return search_set_option(t, "colour", flags->colour, options, error);
    nacre_status status =
        file_read(flags->colour, LIMIT_PICTURE_BYTES, &context->colour_bytes, &options->colour_length, error);
    options->colour_bytes = context->colour_bytes;
    return status;
}

static nacre_status take_options(const struct search_flags *flags, const taxonomy *t,
                                 struct search_context *context, struct search_options *options,
                                 nacre_error *error) {
    const struct {
        const char *name;
        const char *value;
    } given[] = {{"top", flags->top},
                 {"weights", flags->weights},
                 {"category", flags->category},
                 {"box", flags->box},
                 {"min-score", flags->min_score}};
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < G_N_ELEMENTS(given) && !status; i++) {
        if (given[i].value)
            status = search_set_option(t, given[i].name, given[i].value, options, error);
    }
    return status ? status : take_colour(flags, t, context, options, error);
}

nacre_status search_context_open(const struct search_flags *flags, struct search_context *context,
                                 struct search_options *options, nacre_error *error) {
    taxonomy *t = NULL;
    *options = search_defaults();
    nacre_status status = cli_open_workspace(&context->workspace, error);
    if (!status)
        status = taxonomy_open(context->workspace, &t, error);
    if (!status)
        status = take_options(flags, t, context, options, error);
    taxonomy_free(t);
    if (!status)
        status = picture_start(error);
    if (!status)
        status = engine_open(context->workspace, 0, &context->engine, error);
    return status;
}

void search_context_close(struct search_context *context) {
    if (context->engine) {
        engine_close(context->engine);
        picture_stop();
    }
    workspace_free(context->workspace);
    memory_free(context->colour_bytes);
    *context = (struct search_context){0};
}
