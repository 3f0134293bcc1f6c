// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime, opened while the program runs: its symbols carry its version, so nothing is linked, and a
// header of an older API serves newer libraries. One runtime for the life of the program; any thread.
#ifndef NACRE_VISION_RUNTIME_H
#define NACRE_VISION_RUNTIME_H

#include <onnxruntime_c_api.h>

#include "base/error.h"

struct runtime {
    const OrtApi *api;
    OrtEnv *environment;
    char *path;      // of the library
    char *version;   // "1.32.0"
    char *providers; // "CPUExecutionProvider, …"
};

// Opens the library on the first call: that of $ONNXRUNTIME_ROOT where it is set, else the one installed with
// nacre, else, for a program run from its build folder, that of the source tree, else the system's.
nacre_status runtime_get(const struct runtime **result, nacre_error *error) MUST_CHECK;

// NACRE_OK for no status; otherwise releases it and says what failed while `doing`.
nacre_status runtime_check(const struct runtime *r, OrtStatus *status, nacre_error *error,
                           const char *doing) MUST_CHECK;

#endif
