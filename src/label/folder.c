// SPDX-License-Identifier: Apache-2.0
#include "label/folder.h"

#include <glib.h>
#include <string.h>

#include "base/file.h"

enum { MAX_FOLDERS = 32, SEG_ARENA_BYTES = 256 * 1024 * 1024 };

static nacre_status list_into(GPtrArray *found, const char *folder, const char *inside, const char *suffix,
                              int depth, nacre_error *error) {
    char *path = g_build_filename(folder, inside, NULL);
    GError *problem = NULL;
    GDir *directory = g_dir_open(path, 0, &problem);
    nacre_status status = NACRE_OK;
    if (!directory) {
        status = error_set(error, NACRE_ERROR_NOT_FOUND, "%s", problem->message);
        g_error_free(problem);
    }
    for (const char *name = directory ? g_dir_read_name(directory) : NULL; name && !status;
         name = g_dir_read_name(directory)) {
        char *full = g_build_filename(path, name, NULL);
        char *relative = *inside ? g_build_filename(inside, name, NULL) : g_strdup(name);
        bool is_folder = g_file_test(full, G_FILE_TEST_IS_DIR) && !g_file_test(full, G_FILE_TEST_IS_SYMLINK);
        if (is_folder && depth < MAX_FOLDERS)
            status = list_into(found, folder, relative, suffix, depth + 1, error);
        else if (!is_folder && g_str_has_suffix(name, suffix))
            g_ptr_array_add(found, g_strdup(relative));
        g_free(relative);
        g_free(full);
    }
    if (directory)
        g_dir_close(directory);
    g_free(path);
    return status;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

nacre_status label_list(const char *folder, const char *suffix, char ***paths, nacre_error *error) {
    GPtrArray *found = g_ptr_array_new();
    nacre_status status = list_into(found, folder, "", suffix, 0, error);
    g_ptr_array_sort(found, compare_paths);
    g_ptr_array_add(found, NULL);
    char **list = (char **)g_ptr_array_free(found, FALSE);
    if (status)
        g_strfreev(list);
    else
        *paths = list;
    return status;
}

nacre_status label_each(const char *folder,
                        nacre_status (*each)(void *context, const char *path, const struct seg *s),
                        void *context, nacre_error *error) {
    char **paths;
    nacre_status status = label_list(folder, ".seg", &paths, error);
    if (status)
        return status;
    arena a;
    arena_init(&a, SEG_ARENA_BYTES);
    for (size_t i = 0; paths[i] && !status; i++) {
        arena_reset(&a);
        struct seg s;
        char *path = g_build_filename(folder, paths[i], NULL);
        status = seg_read(path, &a, &s, error);
        if (!status)
            status = each(context, paths[i], &s);
        g_free(path);
    }
    arena_fini(&a);
    g_strfreev(paths);
    return status;
}

static bool stays_inside(const char *name) {
    bool leaves = !*name || *name == '/' || g_str_has_suffix(name, "/");
    char **parts = g_strsplit(name, "/", -1);
    for (size_t i = 0; parts[i]; i++)
        leaves = leaves || strcmp(parts[i], "..") == 0;
    g_strfreev(parts);
    return !leaves;
}

// "a/b.jpg" → "a/b.seg".
static char *seg_name(const char *name) {
    const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
    size_t length = dot && dot > name && (!slash || dot > slash + 1) ? (size_t)(dot - name) : strlen(name);
    return g_strdup_printf("%.*s.seg", (int)length, name);
}

nacre_status label_put(const char *folder, const char *name, const struct seg *s, nacre_error *error) {
    if (!stays_inside(name))
        return error_set(error, NACRE_ERROR_ARGUMENT, "the photo \"%s\" does not lie in the folder %s", name,
                         folder);
    char *relative = seg_name(name);
    char *path = g_build_filename(folder, relative, NULL), *parent = g_path_get_dirname(path);
    nacre_status status = file_make_folder(parent, error);
    if (!status)
        status = seg_write(path, s, error);
    g_free(relative);
    g_free(path);
    g_free(parent);
    return status;
}
