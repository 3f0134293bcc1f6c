// SPDX-License-Identifier: Apache-2.0
#include "base/resource.h"

#include <glib.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

// The folder of the running program, or NULL.
static char *program_folder(void) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = 0;
    return g_path_get_dirname(path);
}

// The source tree counts only for programs that were built in it and run from there.
static bool runs_from_build_tree(const char *folder) {
    return folder && g_str_has_prefix(folder, NACRE_SOURCE_DIR "/build/");
}

nacre_status resource_find(const workspace *w, const char *name, char **path, nacre_error *error) {
    char *program = program_folder();
    char *beside = program ? g_build_filename(program, "..", "share", "nacre", NULL) : NULL;
    const char *const places[] = {
        w ? workspace_folder(w) : NULL,
        beside,
        NACRE_INSTALL_DATA_DIR,
        runs_from_build_tree(program) ? NACRE_SOURCE_DIR : NULL,
    };
    char *found = NULL;
    GString *searched = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(places) && !found; i++) {
        if (!places[i])
            continue;
        char *candidate = g_build_filename(places[i], name, NULL);
        if (file_exists(candidate))
            found = candidate;
        else
            g_free(candidate);
        g_string_append_printf(searched, "%s%s", searched->len ? ", " : "", places[i]);
    }
    nacre_status status = NACRE_OK;
    if (found) {
        *path = memory_copy_text(found);
        if (!*path)
            status = error_memory(error, "looking for nacre's files");
    } else {
        status = error_set(error, NACRE_ERROR_NOT_FOUND, "%s is in none of: %s", name, searched->str);
    }
    g_free(found);
    g_string_free(searched, TRUE);
    g_free(beside);
    g_free(program);
    return status;
}
