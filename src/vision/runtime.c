// SPDX-License-Identifier: Apache-2.0
#include "vision/runtime.h"

#include <dlfcn.h>
#include <glib.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/resource.h"
#include "vision/vision.h"

static const char LIBRARY[] = "libonnxruntime.so.1";

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct runtime the_runtime; // api is set once it is open

static void log_runtime(void *context, OrtLoggingLevel severity, const char *category, const char *id,
                        const char *place, const char *message) {
    (void)context;
    (void)severity;
    (void)id;
    log_debug("onnxruntime: %s: %s (%s)", category, message, place);
}

// The first of the paths that opens; `*path` says which, or why none did.
static void *open_first(char **places, char **path) {
    GString *reasons = g_string_new(NULL);
    void *library = NULL;
    for (size_t i = 0; places[i] && !library; i++) {
        library = dlopen(places[i], RTLD_NOW | RTLD_LOCAL);
        if (library) {
            *path = memory_copy_text(places[i]);
        } else {
            const char *reason = dlerror(); // names the place
            g_string_append_printf(reasons, "%s%s", reasons->len ? "; " : "", reason);
        }
    }
    if (!library)
        *path = memory_copy_text(reasons->str);
    g_string_free(reasons, TRUE);
    return library;
}

// Where the library may lie, best place first; a NULL-terminated list (g_strfreev).
static char **list_places(void) {
    const char *root = getenv("ONNXRUNTIME_ROOT");
    GPtrArray *places = g_ptr_array_new();
    if (root && *root) { // the user's word: nothing else will do
        g_ptr_array_add(places, g_build_filename(root, "lib", LIBRARY, NULL));
        g_ptr_array_add(places, g_build_filename(root, "lib", "libonnxruntime.so", NULL));
    } else {
        char program[PATH_MAX] = "";
        ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
        char *folder = length > 0 ? g_path_get_dirname(program) : g_strdup(".");
        g_ptr_array_add(places, g_build_filename(folder, "..", "lib", "nacre", LIBRARY, NULL));
        g_ptr_array_add(places, g_build_filename(NACRE_INSTALL_LIBRARY_DIR, LIBRARY, NULL));
        g_free(folder);
        char *in_source_tree;
        if (!resource_find(NULL, ".deps/onnxruntime/lib/libonnxruntime.so.1", &in_source_tree, NULL)) {
            g_ptr_array_add(places, g_strdup(in_source_tree));
            memory_free(in_source_tree);
        }
        g_ptr_array_add(places, g_strdup(LIBRARY));
    }
    g_ptr_array_add(places, NULL);
    return (char **)g_ptr_array_free(places, FALSE);
}

nacre_status runtime_check(const struct runtime *r, OrtStatus *status, nacre_error *error,
                           const char *doing) {
    if (!status)
        return NACRE_OK;
    (void)error_set(error, NACRE_ERROR_MODEL, "%s: %s", doing, r->api->GetErrorMessage(status));
    r->api->ReleaseStatus(status);
    return NACRE_ERROR_MODEL;
}

static nacre_status list_providers(struct runtime *r, nacre_error *error) {
    char **names;
    int count;
    nacre_status status = runtime_check(r, r->api->GetAvailableProviders(&names, &count), error,
                                        "asking ONNX Runtime for its execution providers");
    if (status)
        return status;
    GString *list = g_string_new(NULL);
    for (int i = 0; i < count; i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "", names[i]);
    r->providers = memory_copy_text(list->str);
    g_string_free(list, TRUE);
    status = runtime_check(r, r->api->ReleaseAvailableProviders(names, count), error,
                           "listing ONNX Runtime's execution providers");
    if (!status && !r->providers)
        status = error_memory(error, "opening ONNX Runtime");
    return status;
}

static nacre_status start(struct runtime *r, void *library, nacre_error *error) {
    const OrtApiBase *(*get_api_base)(void) = NULL;
    void *symbol = dlsym(library, "OrtGetApiBase");
    if (!symbol)
        return error_set(error, NACRE_ERROR_MODEL, "%s is not ONNX Runtime: it has no OrtGetApiBase",
                         r->path);
    memcpy(&get_api_base, &symbol, sizeof symbol);
    const OrtApiBase *base = get_api_base();
    r->version = memory_copy_text(base->GetVersionString());
    if (!r->version)
        return error_memory(error, "opening ONNX Runtime");
    r->api = base->GetApi(ORT_API_VERSION);
    if (!r->api)
        return error_set(error, NACRE_ERROR_MODEL,
                         "%s is ONNX Runtime %s; nacre needs 1.%d or newer: run scripts/install-onnxruntime",
                         r->path, r->version, ORT_API_VERSION);
    nacre_status status =
        runtime_check(r,
                      r->api->CreateEnvWithCustomLogger(log_runtime, NULL, ORT_LOGGING_LEVEL_ERROR, "nacre",
                                                        &r->environment),
                      error, "starting ONNX Runtime");
    return status ? status : list_providers(r, error);
}

static nacre_status open_library(struct runtime *r, nacre_error *error) {
    char **places = list_places();
    void *library = open_first(places, &r->path);
    g_strfreev(places);
    if (!r->path)
        return error_memory(error, "opening ONNX Runtime");
    if (!library)
        return error_set(error, NACRE_ERROR_MODEL,
                         "ONNX Runtime cannot be opened (%s): run scripts/install-onnxruntime, or set "
                         "ONNXRUNTIME_ROOT to an installation",
                         r->path);
    nacre_status status = start(r, library, error);
    if (status)
        dlclose(library);
    return status;
}

nacre_status runtime_get(const struct runtime **result, nacre_error *error) {
    nacre_status status = NACRE_OK;
    pthread_mutex_lock(&mutex);
    if (!the_runtime.api) {
        struct runtime opened = {0};
        status = open_library(&opened, error);
        if (!status) {
            the_runtime = opened;
        } else {
            memory_free(opened.path);
            memory_free(opened.version);
            memory_free(opened.providers);
        }
    }
    pthread_mutex_unlock(&mutex);
    if (!status)
        *result = &the_runtime;
    return status;
}

nacre_status vision_runtime_describe(struct vision_runtime *runtime, nacre_error *error) {
    const struct runtime *r;
    nacre_status status = runtime_get(&r, error);
    if (!status)
        *runtime = (struct vision_runtime){r->path, r->version, r->providers};
    return status;
}
