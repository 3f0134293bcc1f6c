// SPDX-License-Identifier: Apache-2.0
// Finding what ships with nacre: models, taxonomy, the page. Any thread.
#ifndef NACRE_BASE_RESOURCE_H
#define NACRE_BASE_RESOURCE_H

#include "base/error.h"
#include "base/workspace.h"

// The absolute path of `name` (such as "models/encoder.onnx"), looked for in the workspace (NULL: none),
// beside an installed nacre (PREFIX/share/nacre), then, for a program run from its build folder, in the
// source tree.
// `*path` is on the heap (memory_free). Error: not-found, with the places searched.
nacre_status resource_find(const workspace *w, const char *name, char **path, nacre_error *error) MUST_CHECK;

#endif
