// SPDX-License-Identifier: Apache-2.0
// mapping/SHOP.xml: the operator's table from a shop's own categories to ours; docs/mapping.md is its manual.
// Meant for hand editing: comments and order survive a rewrite by the program. One mapping belongs to one
// thread while it is changed; resolving is read only.
#ifndef NACRE_TAXONOMY_MAPPING_H
#define NACRE_TAXONOMY_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/file.h"
#include "base/workspace.h"
#include "taxonomy/taxonomy.h"

typedef struct mapping mapping;

// Loads a mapping; an absent file is an empty mapping. Ids of ours are checked against `t`, which must
// outlive it. Errors: io, format and limit with file and line, version, memory.
nacre_status mapping_load(const char *path, const taxonomy *t, mapping **result,
                          nacre_error *error) MUST_CHECK;

// The mapping of a shop in its workspace: mapping/SHOP.xml.
nacre_status mapping_open(const workspace *w, const char *shop, const taxonomy *t, mapping **result,
                          nacre_error *error) MUST_CHECK;

// A mapping that is to become the shop's: read from `text` as if it stood in the shop's file, which is not
// touched before mapping_save.
nacre_status mapping_parse(const workspace *w, const char *shop, const char *text, size_t length,
                           const taxonomy *t, mapping **result, nacre_error *error) MUST_CHECK;

// To be held from before a mapping is opened until it is saved, so that of two changes at once, in whatever
// thread or process, none is lost. close(*lock) lets go.
nacre_status mapping_lock(const workspace *w, int *lock, nacre_error *error) MUST_CHECK;

void mapping_free(mapping *m);

const char *mapping_path(const mapping *m);

struct mapping_param {
    const char *name;
    const char *value;
};

// What the mapping looks at. `category_path` lists the shop's category names from the top, joined by " > ".
struct mapping_offer {
    const char *const *category_ids; // the offer's category, then its parents, nearest first
    size_t category_count;
    const char *category_path;
    const char *name;
    const char *vendor;
    const struct mapping_param *params;
    size_t param_count;
};

enum mapping_answer { MAPPING_UNMAPPED, MAPPING_IGNORED, MAPPING_MAPPED };

// Where the offer belongs; `*category` is set for MAPPING_MAPPED only. `*by_rule`, which may be NULL, tells
// whether a rule with an answer said so and not the shop's category alone.
enum mapping_answer mapping_resolve(const mapping *m, const struct mapping_offer *offer, int *category,
                                    bool *by_rule);

// Equal for mappings that give equal answers: SHA-256 over the file as it was loaded and the ids of the
// taxonomy.
void mapping_digest(const mapping *m, char hex[SHA256_HEX_BYTES]);

// A <rule> to be written: offers with this value of this param go elsewhere.
struct mapping_rule {
    const char *param;
    const char *is;
    int category;
};

// One <category> of the file, for whoever lists or edits it.
struct mapping_entry {
    const char *id;   // the shop's; NULL where the path alone tells
    const char *path; // NULL where absent
    enum mapping_answer answer;
    int category;   // of ours; MAPPING_MAPPED only
    bool has_rules; // it holds rules, which come before `answer`
    long line;      // reading only
    // Writing only:
    const char *comment;              // put before a new entry; NULL: none
    const struct mapping_rule *rules; // put into an entry that has none
    size_t rule_count;
};

size_t mapping_count(const mapping *m);
struct mapping_entry mapping_get(const mapping *m, size_t i);

// Whether the category of `entry` has rules in the file already.
bool mapping_has_rules(const mapping *m, const struct mapping_entry *entry);

// Sets the answers of these categories, found by id or, where that is NULL, by path; those that are not there
// are put behind the others, an unmapped one with an empty `to` for a hand to fill in. All or nothing.
nacre_status mapping_edit(mapping *m, const struct mapping_entry *entries, size_t count,
                          nacre_error *error) MUST_CHECK;

// Writes the file to mapping_path(), or `path` where that is not NULL; comments and order are those of the
// file that was loaded.
nacre_status mapping_save(const mapping *m, const char *path, nacre_error *error) MUST_CHECK;

// The file as mapping_save would write it; `*text` is on the heap (memory_free).
nacre_status mapping_text(const mapping *m, char **text, size_t *length, nacre_error *error) MUST_CHECK;

#endif
