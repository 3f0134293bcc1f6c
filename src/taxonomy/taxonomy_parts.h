// SPDX-License-Identifier: Apache-2.0
// Inside of a taxonomy, for taxonomy.c, taxonomy_load.c and taxonomy_merge.c.
#ifndef NACRE_TAXONOMY_TAXONOMY_PARTS_H
#define NACRE_TAXONOMY_TAXONOMY_PARTS_H

#include <libxml/tree.h>

#include "base/arena.h"
#include "taxonomy/taxonomy.h"

enum { MAX_ID_BYTES = 100 };

struct node {
    const char *id;
    const char *names[TAXONOMY_LANGUAGES];
    const char **synonyms; // ends with NULL
    const char *like_id;   // NULL where absent
    const xmlNode *xml;    // for messages; valid while loading
    struct node *parent, *first, *last, *next;
    struct node *merged_into; // NULL unless merged away
    struct node *like;        // NULL where absent
    struct weights own;       // 0:0 where not set
    int category;
    int end;
    int depth;
};

struct alias {
    const char *id;
    int category;
};

struct taxonomy {
    arena memory;
    struct node top;     // the root element; its children are the top categories
    struct node **nodes; // by category
    struct alias *ids;   // sorted; holds the merged ids as well
    int count;
    int id_count;
    char digest[SHA256_HEX_BYTES];
};

// One load: what the steps share.
struct load {
    taxonomy *t;
    const char *path;
    nacre_error *error;
    struct node **all; // in the file's order, merged nodes behind
    int all_count;
};

// The order of taxonomy.ids, for qsort and bsearch.
int taxonomy_compare_aliases(const void *left, const void *right);

// Read the parts of a node's XML into it.
nacre_status load_id(struct load *load, struct node *node) MUST_CHECK;
nacre_status load_names(struct load *load, struct node *node) MUST_CHECK;
nacre_status load_weights(struct load *load, struct node *node) MUST_CHECK;

// Puts the node into load->all.
nacre_status load_keep(struct load *load, struct node *node) MUST_CHECK;

// Hangs `child` behind the children of `parent`.
void load_append(struct node *parent, struct node *child);

// The node with this id among the first `count` of `sorted`, or NULL.
struct node *load_find(struct node **sorted, int count, const char *id);

// Merges leaves as the file with this root says; load->all is sorted by id, and gets the merged nodes behind.
nacre_status load_merged(struct load *load, const xmlNode *root) MUST_CHECK;

#endif
