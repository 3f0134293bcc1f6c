// SPDX-License-Identifier: Apache-2.0
// The picture store: contents by their SHA-256, in a folder (pictures/ab/abcd…). Any thread, any number of
// processes.
#ifndef NACRE_PICTURE_STORE_H
#define NACRE_PICTURE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/file.h"
#include "base/workspace.h"

typedef struct picture_store picture_store;

// Makes the folder where it is absent.
nacre_status picture_store_open(const char *folder, picture_store **result, nacre_error *error) MUST_CHECK;
// That of the workspace, pictures/.
nacre_status picture_store_open_workspace(const workspace *w, picture_store **result,
                                          nacre_error *error) MUST_CHECK;
void picture_store_close(picture_store *s);

// Stores the bytes unless they are there; gives their hash. A process killed here leaves no half picture.
nacre_status picture_store_put(picture_store *s, const void *bytes, size_t length,
                               char hash[SHA256_HEX_BYTES], nacre_error *error) MUST_CHECK;

// After it, everything put before survives a power cut too. One call for many pictures: syncing each by
// itself would allow a disk a hundred a second.
nacre_status picture_store_sync(picture_store *s, nacre_error *error) MUST_CHECK;

// `*bytes` on the heap (memory_free). Error not-found.
nacre_status picture_store_get(picture_store *s, const char *hash, char **bytes, size_t *length,
                               nacre_error *error) MUST_CHECK;

// Removes a content; one that is not there is good.
nacre_status picture_store_remove(picture_store *s, const char *hash, nacre_error *error) MUST_CHECK;

// Whether `text` has the form of a hash: to be asked before a hash from outside is used.
bool picture_store_is_hash(const char *text);

#endif
