// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "taxonomy/merges.h"
#include "taxonomy/suggest.h"
#include "taxonomy/taxonomy.h"

enum { MAX_FOUND = 20, MAX_QUERY_BYTES = 1000 };

static gboolean as_json;
static const GOptionEntry json_option[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Print one JSON object for each category", NULL},
    G_OPTION_ENTRY_NULL,
};

// The taxonomy of the workspace, or where there is none, the one that ships with nacre.
static nacre_status open_taxonomy(taxonomy **t, nacre_error *error) {
    workspace *w;
    nacre_status status = cli_find_workspace(&w, error);
    if (status == NACRE_OK) {
        status = taxonomy_open(w, t, error);
        workspace_free(w);
    }
    return status;
}

static json_t *category_json(const taxonomy *t, int category) {
    struct weights weights = taxonomy_weights(t, category);
    int parent = taxonomy_parent(t, category);
    json_t *also = json_array();
    const char *synonym;
    for (size_t i = 0; (synonym = taxonomy_synonym(t, category, i)); i++)
        json_array_append_new(also, json_string(synonym));
    return json_pack("{s:s, s:s*, s:{s:s, s:s}, s:{s:i, s:i}, s:s, s:b, s:o}", "id", taxonomy_id(t, category),
                     "parent", parent == CATEGORY_NONE ? NULL : taxonomy_id(t, parent), "label", "en",
                     taxonomy_name(t, category, TAXONOMY_ENGLISH), "ru",
                     taxonomy_name(t, category, TAXONOMY_RUSSIAN), "weights", "shape", weights.shape,
                     "colour", weights.colour, "kind", taxonomy_id(t, taxonomy_kind(t, category)), "leaf",
                     taxonomy_is_leaf(t, category), "also", also);
}

static void print_category(const taxonomy *t, int category, bool indented) {
    if (as_json) {
        cli_print_json(category_json(t, category));
        return;
    }
    struct weights weights = taxonomy_weights(t, category);
    int indent = indented ? 2 * taxonomy_depth(t, category) : 0;
    printf("%*s%-*s  %3d:%-3d  %s / %s\n", indent, "", 44 - indent, taxonomy_id(t, category), weights.shape,
           weights.colour, taxonomy_name(t, category, TAXONOMY_ENGLISH),
           taxonomy_name(t, category, TAXONOMY_RUSSIAN));
}

// ---- print

static int command_print(int argc, char **argv) {
    int exit_code;
    if (!cli_parse(
            "taxonomy print", "[ID]",
            "Prints the categories, or one and those below it: id, default weights shape:colour, names.",
            json_option, 0, 1, &argc, &argv, &exit_code))
        return exit_code;
    taxonomy *t;
    nacre_error error;
    if (open_taxonomy(&t, &error))
        return cli_fail(&error);
    int first = 0, end = taxonomy_count(t);
    if (argc > 1) {
        first = taxonomy_find(t, argv[1]);
        if (first == CATEGORY_NONE) {
            taxonomy_free(t);
            (void)error_set(&error, NACRE_ERROR_NOT_FOUND,
                            "there is no category %s: nacre taxonomy search WORD finds the right id",
                            argv[1]);
            return cli_fail(&error);
        }
        end = taxonomy_end(t, first);
    }
    for (int category = first; category < end; category++)
        print_category(t, category, true);
    taxonomy_free(t);
    return CLI_GOOD;
}

// ---- search

static nacre_status search(const taxonomy *t, const char *words, int found[MAX_FOUND], size_t *count,
                           nacre_error *error) {
    suggester *s;
    nacre_status status = suggester_new(t, &s, error);
    if (status == NACRE_OK) {
        status = suggest_search(s, words, found, MAX_FOUND, count, error);
        suggester_free(s);
    }
    return status;
}

static int command_search_words(int argc, char **argv) {
    int exit_code;
    if (!cli_parse(
            "taxonomy search", "WORD…",
            "Finds categories by words of theirs, English or Russian, in any form; the likeliest first.",
            json_option, 1, 50, &argc, &argv, &exit_code))
        return exit_code;
    char words[MAX_QUERY_BYTES] = "";
    for (int i = 1; i < argc; i++) {
        if (i > 1)
            strncat(words, " ", sizeof words - strlen(words) - 1);
        strncat(words, argv[i], sizeof words - strlen(words) - 1);
    }
    taxonomy *t;
    nacre_error error;
    if (open_taxonomy(&t, &error))
        return cli_fail(&error);
    int found[MAX_FOUND];
    size_t count = 0;
    nacre_status status = search(t, words, found, &count, &error);
    for (size_t i = 0; i < count && status == NACRE_OK; i++)
        print_category(t, found[i], false);
    taxonomy_free(t);
    if (status == NACRE_OK && count == 0)
        status = error_set(&error, NACRE_ERROR_NOT_FOUND,
                           "no category is called %s: nacre taxonomy print lists them all", words);
    return status ? cli_fail(&error) : CLI_GOOD;
}

// ---- check

static int command_check(int argc, char **argv) {
    int exit_code;
    if (!cli_parse("taxonomy check", "[FILE [MERGES]]",
                   "Checks the taxonomy and the workspace's merges, or those in the files named.", NULL, 0, 2,
                   &argc, &argv, &exit_code))
        return exit_code;
    taxonomy *t;
    nacre_error error;
    nacre_status status =
        argc > 1 ? taxonomy_load(argv[1], argc > 2 ? argv[2] : NULL, &t, &error) : open_taxonomy(&t, &error);
    if (status)
        return cli_fail(&error);
    int leaves = 0;
    for (int category = 0; category < taxonomy_count(t); category++)
        leaves += taxonomy_is_leaf(t, category);
    printf("good: %d categories, %d of them leaves\n", taxonomy_count(t), leaves);
    taxonomy_free(t);
    return CLI_GOOD;
}

// ---- merge, unmerge

static int command_merge(int argc, char **argv) {
    char *english = NULL, *russian = NULL;
    const GOptionEntry entries[] = {
        {"en", 0, 0, G_OPTION_ARG_STRING, &english, "The merged category's English name", "NAME"},
        {"ru", 0, 0, G_OPTION_ARG_STRING, &russian, "Its Russian name (default: the English one)", "NAME"},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code = CLI_GOOD;
    if (!cli_parse(
            "taxonomy merge", "ID LEAF LEAF…",
            "Makes one category ID of several leaves, in this workspace only. ID is new and stands below "
            "the\n"
            "branch that it names: women.dresses.party stands below women.dresses. What was found before\n"
            "under the leaves' ids is found under the new one.",
            entries, 3, 1000, &argc, &argv, &exit_code))
        return exit_code;
    if (!english)
        exit_code = cli_wrong_usage("taxonomy merge", "--en NAME is missing");
    workspace *w = NULL;
    nacre_error error;
    const struct merge merge = {
        .id = argv[1],
        .english = english,
        .russian = russian ? russian : english,
        .leaves = (const char *const *)argv + 2,
        .leaf_count = (size_t)argc - 2,
    };
    if (exit_code == CLI_GOOD && (cli_open_workspace(&w, &error) || merges_add(w, &merge, &error)))
        exit_code = cli_fail(&error);
    workspace_free(w);
    g_free(english);
    g_free(russian);
    return exit_code;
}

static int command_unmerge(int argc, char **argv) {
    int exit_code;
    if (!cli_parse("taxonomy unmerge", "ID", "Takes a merge of this workspace out again.", NULL, 1, 1, &argc,
                   &argv, &exit_code))
        return exit_code;
    workspace *w = NULL;
    nacre_error error;
    bool good = !cli_open_workspace(&w, &error) && !merges_remove(w, argv[1], &error);
    workspace_free(w);
    return good ? CLI_GOOD : cli_fail(&error);
}

static const struct command commands[] = {
    {"print", "list the categories", command_print},
    {"search", "find categories by words", command_search_words},
    {"check", "check the taxonomy and the workspace's merges", command_check},
    {"merge", "make one category of several leaves", command_merge},
    {"unmerge", "take a merge out again", command_unmerge},
    {NULL, NULL, NULL},
};

int command_taxonomy(int argc, char **argv) {
    if (argc < 2)
        return command_print(argc, argv);
    return cli_dispatch("nacre taxonomy", "The tree of what can be worn: our own categories.", commands, argc,
                        argv);
}
