// SPDX-License-Identifier: Apache-2.0
// The taxonomy: our own tree of what can be worn. A category is an index from 0 to taxonomy_count() - 1 in
// depth-first order, so that a subtree is the interval [category, taxonomy_end(category)). Indexes are valid
// for one loaded taxonomy only: whatever is stored or sent names a category by its id.
//
// A workspace can merge leaves of ours into one category of its own (taxonomy-merges.xml). The merged leaves
// are gone from the tree then, and their ids find the merged category.
//
// A taxonomy is immutable after loading: any thread may read it.
#ifndef NACRE_TAXONOMY_TAXONOMY_H
#define NACRE_TAXONOMY_TAXONOMY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/file.h"
#include "base/workspace.h"

typedef struct taxonomy taxonomy;

enum { CATEGORY_NONE = -1 };

enum taxonomy_language { TAXONOMY_ENGLISH, TAXONOMY_RUSSIAN, TAXONOMY_LANGUAGES };

// How much shape and colour count in a search; never both 0.
struct weights {
    uint8_t shape;
    uint8_t colour;
};

// Loads the taxonomy that ships with nacre and the merges of the workspace (NULL: none).
// Errors: not-found, io, format and limit with file and line, version (written for a newer nacre), memory.
nacre_status taxonomy_open(const workspace *w, taxonomy **result, nacre_error *error) MUST_CHECK;

// As taxonomy_open from given files; `merges_path` may be NULL or name a file that is not there.
nacre_status taxonomy_load(const char *path, const char *merges_path, taxonomy **result,
                           nacre_error *error) MUST_CHECK;

void taxonomy_free(taxonomy *t);

int taxonomy_count(const taxonomy *t);

// The category with this id, the merged category for a merged leaf's id, or CATEGORY_NONE.
int taxonomy_find(const taxonomy *t, const char *id);

// Strings live as long as the taxonomy.
const char *taxonomy_id(const taxonomy *t, int category);
const char *taxonomy_name(const taxonomy *t, int category, enum taxonomy_language language);

// CATEGORY_NONE for the top ones (women, men, bags, …).
int taxonomy_parent(const taxonomy *t, int category);
int taxonomy_depth(const taxonomy *t, int category); // 0 for the top ones
int taxonomy_end(const taxonomy *t, int category);
bool taxonomy_is_leaf(const taxonomy *t, int category);

// Whether `category` is `ancestor` or lies below it.
bool taxonomy_contains(const taxonomy *t, int ancestor, int category);

// The same thing made for another wearer is of the same kind: the kind of men's T-shirts is the category of
// women's T-shirts, whose own kind it also is. A picture tells the kind far more surely than the wearer.
int taxonomy_kind(const taxonomy *t, int category);

// Whether both can name one and the same thing, wearer aside: one's kind is the other's or lies above it.
bool taxonomy_agree(const taxonomy *t, int a, int b);

// The same kind of thing for this wearer: "women", "men", "girls", "boys", "kids" or "newborn". Where that
// wearer has no such kind, the narrowest branch that contains it; `category` itself where nothing fits.
int taxonomy_for_wearer(const taxonomy *t, int category, const char *wearer);

// The default weights of a search in this category.
struct weights taxonomy_weights(const taxonomy *t, int category);

// The i-th other word that shops use for it, or NULL past the last; those of its kind are not repeated here.
const char *taxonomy_synonym(const taxonomy *t, int category, size_t i);

// The category that this one is `like`, or CATEGORY_NONE.
int taxonomy_like(const taxonomy *t, int category);

// Equal for taxonomies whose ids mean the same, merges included.
void taxonomy_digest(const taxonomy *t, char hex[SHA256_HEX_BYTES]);

#endif
