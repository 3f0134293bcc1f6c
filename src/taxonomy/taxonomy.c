// SPDX-License-Identifier: Apache-2.0
#include "taxonomy/taxonomy.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/resource.h"
#include "taxonomy/taxonomy_parts.h"

nacre_status taxonomy_open(const workspace *w, taxonomy **result, nacre_error *error) {
    char *path = NULL, *merges_path = NULL;
    nacre_status status = resource_find(w, "data/taxonomy.xml", &path, error);
    if (status == NACRE_OK && w && !(merges_path = workspace_path(w, "taxonomy-merges.xml")))
        status = error_memory(error, "opening the taxonomy");
    if (status == NACRE_OK)
        status = taxonomy_load(path, merges_path, result, error);
    memory_free(path);
    memory_free(merges_path);
    return status;
}

void taxonomy_free(taxonomy *t) {
    if (!t)
        return;
    arena_fini(&t->memory);
    memory_free(t);
}

int taxonomy_count(const taxonomy *t) {
    return t->count;
}

int taxonomy_find(const taxonomy *t, const char *id) {
    const struct alias key = {.id = id};
    const struct alias *found =
        bsearch(&key, t->ids, (size_t)t->id_count, sizeof *t->ids, taxonomy_compare_aliases);
    return found ? found->category : CATEGORY_NONE;
}

const char *taxonomy_id(const taxonomy *t, int category) {
    return t->nodes[category]->id;
}

const char *taxonomy_name(const taxonomy *t, int category, enum taxonomy_language language) {
    return t->nodes[category]->names[language];
}

int taxonomy_parent(const taxonomy *t, int category) {
    const struct node *parent = t->nodes[category]->parent;
    return parent == &t->top ? CATEGORY_NONE : parent->category;
}

int taxonomy_depth(const taxonomy *t, int category) {
    return t->nodes[category]->depth;
}

int taxonomy_end(const taxonomy *t, int category) {
    return t->nodes[category]->end;
}

bool taxonomy_is_leaf(const taxonomy *t, int category) {
    return t->nodes[category]->end == category + 1;
}

bool taxonomy_contains(const taxonomy *t, int ancestor, int category) {
    return category >= ancestor && category < t->nodes[ancestor]->end;
}

int taxonomy_like(const taxonomy *t, int category) {
    const struct node *like = t->nodes[category]->like;
    return like ? like->category : CATEGORY_NONE;
}

int taxonomy_kind(const taxonomy *t, int category) {
    const struct node *node = t->nodes[category];
    while (node->like)
        node = node->like;
    return node->category;
}

// Whether `category` or one of its ancestors is of this kind.
static bool lies_in_kind(const taxonomy *t, int category, int kind) {
    for (; category != CATEGORY_NONE; category = taxonomy_parent(t, category))
        if (taxonomy_contains(t, kind, taxonomy_kind(t, category)))
            return true;
    return false;
}

bool taxonomy_agree(const taxonomy *t, int a, int b) {
    return lies_in_kind(t, a, taxonomy_kind(t, b)) || lies_in_kind(t, b, taxonomy_kind(t, a));
}

// Whether the wearer's name is one of the words of the category's id.
static bool is_worn_by(const taxonomy *t, int category, const char *wearer) {
    const char *id = taxonomy_id(t, category);
    size_t length = strlen(wearer);
    for (const char *at = id; (at = strstr(at, wearer)); at += length)
        if ((at == id || at[-1] == '.') && (at[length] == '.' || at[length] == 0))
            return true;
    return false;
}

static int find_kind_for(const taxonomy *t, int kind, const char *wearer) {
    for (int c = 0; c < t->count; c++)
        if (taxonomy_kind(t, c) == kind && is_worn_by(t, c, wearer))
            return c;
    return CATEGORY_NONE;
}

// accessories.watches has accessories.watches.men below it.
static int find_child_for(const taxonomy *t, int category, const char *wearer) {
    for (int c = category + 1; c < taxonomy_end(t, category); c++)
        if (taxonomy_parent(t, c) == category && is_worn_by(t, c, wearer))
            return c;
    return CATEGORY_NONE;
}

static int find_for_wearer(const taxonomy *t, int category, const char *wearer) {
    if (is_worn_by(t, category, wearer))
        return category;
    int found = find_child_for(t, category, wearer);
    for (int c = category; c != CATEGORY_NONE && found == CATEGORY_NONE; c = taxonomy_parent(t, c))
        found = find_kind_for(t, taxonomy_kind(t, c), wearer);
    return found;
}

int taxonomy_for_wearer(const taxonomy *t, int category, const char *wearer) {
    int found = find_for_wearer(t, category, wearer);
    if (found == CATEGORY_NONE && (strcmp(wearer, "girls") == 0 || strcmp(wearer, "boys") == 0))
        found = find_for_wearer(t, category, "kids");
    return found == CATEGORY_NONE ? category : found;
}

struct weights taxonomy_weights(const taxonomy *t, int category) {
    for (const struct node *node = t->nodes[category]; node; node = node->parent)
        for (const struct node *like = node; like; like = like->like)
            if (like->own.shape || like->own.colour)
                return like->own;
    return t->top.own;
}

void taxonomy_digest(const taxonomy *t, char hex[SHA256_HEX_BYTES]) {
    memcpy(hex, t->digest, sizeof t->digest);
}

const char *taxonomy_synonym(const taxonomy *t, int category, size_t i) {
    const char **synonyms = t->nodes[category]->synonyms;
    for (size_t skipped = 0; synonyms && synonyms[skipped]; skipped++)
        if (skipped == i)
            return synonyms[i];
    return NULL;
}
