// SPDX-License-Identifier: Apache-2.0
// The workspace: the folder that holds one installation.
//
//   nacre.ini            configuration; its [workspace] version says what wrote it
//   catalogue.sqlite     database
//   pictures/            shop pictures by content hash
//   mapping/SHOP.xml     operator's mapping, one file a shop
//   taxonomy-merges.xml  leaves merged into one here (optional)
//   crawl.lock           held by the crawl that is at work
//
// A workspace is immutable after opening: any thread may read it.
#ifndef NACRE_BASE_WORKSPACE_H
#define NACRE_BASE_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { WORKSPACE_VERSION = 1 };

typedef struct workspace workspace;

// Makes a new workspace in `folder` (which must be empty or absent) with a commented nacre.ini.
nacre_status workspace_create(const char *folder, nacre_error *error) MUST_CHECK;

// Opens `folder`; NULL means $NACRE_WORKSPACE, else the one the current folder lies in.
// Errors: not-found (no nacre.ini), format (bad nacre.ini), version (newer).
nacre_status workspace_open(const char *folder, workspace **result, nacre_error *error) MUST_CHECK;

void workspace_free(workspace *w);

// Absolute path of the folder; lives as long as the workspace.
const char *workspace_folder(const workspace *w);

// Absolute path of `name` inside it, on the heap (memory_free); NULL when out of memory.
char *workspace_path(const workspace *w, const char *name) MUST_CHECK;

// Settings of nacre.ini: the value of `key` in [group], or `fallback` where it is not set. A value that is
// there but of the wrong kind is an error that names file, group and key. Results are written always on
// success.
nacre_status workspace_integer(const workspace *w, const char *group, const char *key, int64_t minimum,
                               int64_t maximum, int64_t fallback, int64_t *value,
                               nacre_error *error) MUST_CHECK;
nacre_status workspace_boolean(const workspace *w, const char *group, const char *key, bool fallback,
                               bool *value, nacre_error *error) MUST_CHECK;
// `*value` is on the heap (memory_free), NULL where neither setting nor fallback is there.
nacre_status workspace_text(const workspace *w, const char *group, const char *key, const char *fallback,
                            char **value, nacre_error *error) MUST_CHECK;

#endif
