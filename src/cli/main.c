// SPDX-License-Identifier: Apache-2.0
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"

// In the order of a newcomer's work.
static const struct command commands[] = {
    {"init", "make a new workspace", command_init},
    {"feed", "add shops, see what their feeds brought", command_feed},
    {"crawl", "read feeds, fetch pictures", command_crawl},
    {"map", "map shops' categories to ours", command_map},
    {"index", "detect and encode what is new or changed", command_index},
    {"detect", "find the items on photos", command_detect},
    {"encode", "give the codes of pictures", command_encode},
    {"search", "find what is most similar to the items on photos", command_search},
    {"similar", "find what is most similar to a product", command_similar},
    {"same", "show or part what is the same in several shops", command_same},
    {"serve", "serve the JSON interface and the page", command_serve},
    {"doctor", "tell versions, models, the catalogue's state, and what is wrong", command_doctor},
    {"taxonomy", "print, search, check and merge categories", command_taxonomy},
    {"evaluate", "measure how good the models are, report and compare", command_evaluate},
    {"label", "import, export and check labels of photos", command_label},
    {NULL, NULL, NULL},
};

static const char description[] =
    "nacre finds, for every garment, shoe, bag or accessory on a photo, the most similar products of\n"
    "real shops. A workspace holds one installation: it is named by --workspace DIR or NACRE_WORKSPACE,\n"
    "else it is the one that the current folder lies in.";

// `nacre --workspace DIR COMMAND …` is `nacre COMMAND --workspace DIR …`.
static int take_workspace(int argc, char **argv) {
    if (argc >= 3 && strcmp(argv[1], "--workspace") == 0) {
        setenv("NACRE_WORKSPACE", argv[2], 1);
        return 2;
    }
    if (argc >= 2 && strncmp(argv[1], "--workspace=", 12) == 0) {
        setenv("NACRE_WORKSPACE", argv[1] + 12, 1);
        return 1;
    }
    return 0;
}

// Pictures are large and short-lived. Their memory goes back to the system at once, and threads share what is
// kept of the rest: after a burst of photos of 12 megapixels a server takes 149 MB instead of 204.
static void keep_memory_small(void) {
    mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
    mallopt(M_ARENA_MAX, 2);
}

int main(int argc, char **argv) {
    keep_memory_small();
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    int taken = take_workspace(argc, argv);
    argc -= taken;
    argv += taken;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("nacre %s\n", nacre_version());
        return CLI_GOOD;
    }
    return cli_dispatch("nacre", description, commands, argc, argv);
}
