// SPDX-License-Identifier: Apache-2.0
// Inside of a mapping, for mapping.c (opening, editing), mapping_compile.c and mapping_resolve.c.
#ifndef NACRE_TAXONOMY_MAPPING_PARTS_H
#define NACRE_TAXONOMY_MAPPING_PARTS_H

#include <stdint.h>

#include <libxml/tree.h>

#include "base/arena.h"
#include "taxonomy/mapping.h"

enum {
    MAX_ARENA_BYTES = 512 * 1024 * 1024,
    MAX_PATH_BYTES = 4096,  // of a shop's category; what is longer is cut
    MAX_TEXT_BYTES = 16384, // of an offer's name or param that rules look at; what is longer is cut
};

// "жен* | для женщин": one of the alternatives must occur, its words side by side.
struct pattern {
    const char *words; // folded, each with its 0 byte; a '*' at a word's end stands for any ending
    size_t count;
};

enum test_what { TEST_NAME, TEST_VENDOR, TEST_PARAM, TESTS };

struct test {
    enum test_what what;
    const char *param; // folded words of its name, joined by spaces
    struct pattern *alternatives;
    size_t count; // 0: the param needs only be there
};

struct rule {
    struct test tests[TESTS]; // all must hold
    size_t test_count;
    enum mapping_answer answer;
    int category;
    const char *wearer; // instead of an answer: move what is mapped to this wearer
    struct rule *next;
};

struct entry {
    const char *id;
    const char *path; // canonical
    enum mapping_answer answer;
    int category;
    struct rule *rules;
    xmlNode *xml;
};

struct compiled {
    arena memory;
    struct entry *entries; // in the file's order
    struct entry **by_id, **by_path;
    size_t count, id_count, path_count;
    struct rule *rules; // of the whole shop
};

struct mapping {
    char *path;
    const taxonomy *t;
    xmlDocPtr document;
    struct compiled compiled;
    char digest[SHA256_HEX_BYTES];
};

// Compiles the tree of `document`, one of m's; its entries point into it. Done with by arena_fini of its
// memory.
nacre_status mapping_compile(const mapping *m, xmlDocPtr document, struct compiled *result,
                             nacre_error *error) MUST_CHECK;

// The entry with this id, else the one without an id that has this path (canonical); either may be NULL.
const struct entry *mapping_find(const struct compiled *c, const char *id, const char *path);

// The names between ">" without outer spaces, joined by " > ", inner runs of spaces made one.
void mapping_canonical_path(const char *text, char result[MAX_PATH_BYTES]);

// Writes the words of `text`, joined by spaces, and gives the length.
size_t mapping_fold(const char *text, char *folded, size_t room);

#endif
