// SPDX-License-Identifier: Apache-2.0
// A folder of photos with their .seg files beside them, folders in it included.
#ifndef NACRE_LABEL_FOLDER_H
#define NACRE_LABEL_FOLDER_H

#include "label/seg.h"

struct label_counts {
    size_t photos, objects;
};

// Calls `each` for every .seg of the folder, in the order of their paths; `path` is relative to it. An error
// of one file ends the walk.
nacre_status label_each(const char *folder,
                        nacre_status (*each)(void *context, const char *path, const struct seg *s),
                        void *context, nacre_error *error) MUST_CHECK;

// The relative paths of all files whose name ends with `suffix`, sorted; NULL-terminated (g_strfreev).
nacre_status label_list(const char *folder, const char *suffix, char ***paths, nacre_error *error) MUST_CHECK;

// Writes the labels of the photo `name` (a path inside the folder, its own folders are made) beside it. Error
// argument: a name that leads out of the folder.
nacre_status label_put(const char *folder, const char *name, const struct seg *s,
                       nacre_error *error) MUST_CHECK;

#endif
