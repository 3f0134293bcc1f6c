// SPDX-License-Identifier: Apache-2.0
#include "serve/page.h"

#include <glib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/resource.h"

enum { FILE_BYTES = 8 * 1024 * 1024, DEPTH = 4 };

struct page {
    GHashTable *files; // "/assets/nacre.js" → GBytes
};

static nacre_status load_folder(page *p, const char *folder, const char *prefix, int depth,
                                nacre_error *error) {
    GDir *directory = g_dir_open(folder, 0, NULL);
    if (!directory)
        return error_set(error, NACRE_ERROR_IO, "reading the page's folder %s", folder);
    nacre_status status = NACRE_OK;
    for (const char *name = g_dir_read_name(directory); name && !status; name = g_dir_read_name(directory)) {
        char *path = g_build_filename(folder, name, NULL);
        char *address = g_strconcat(prefix, "/", name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            status = depth > 0 ? load_folder(p, path, address, depth - 1, error) : NACRE_OK;
        } else {
            char *bytes;
            size_t length;
            status = file_read(path, FILE_BYTES, &bytes, &length, error);
            if (!status)
                g_hash_table_insert(p->files, g_strdup(address),
                                    g_bytes_new_with_free_func(bytes, length, memory_free, bytes));
        }
        g_free(address);
        g_free(path);
    }
    g_dir_close(directory);
    return status;
}

nacre_status page_load(const workspace *w, page **result, nacre_error *error) {
    char *index = NULL;
    nacre_status status = resource_find(w, "web/dist/index.html", &index, error);
    if (status)
        return status;
    page *p = memory_new(1, sizeof *p);
    if (!p) {
        memory_free(index);
        return error_memory(error, "loading the page");
    }
    p->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    char *folder = g_path_get_dirname(index);
    status = load_folder(p, folder, "", DEPTH, error);
    g_free(folder);
    memory_free(index);
    if (status)
        page_free(p);
    else
        *result = p;
    return status;
}

void page_free(page *p) {
    if (!p)
        return;
    g_hash_table_destroy(p->files);
    memory_free(p);
}

static const char *content_type(const char *path) {
    static const struct {
        const char *ending;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".woff2", "font/woff2"},
        {".png", "image/png"},
        {".txt", "text/plain; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_has_suffix(path, types[i].ending))
            return types[i].type;
    }
    return "application/octet-stream";
}

bool page_answer(const page *p, const char *path, struct reply *reply) {
    if (strcmp(path, "/") == 0)
        path = "/index.html";
    GBytes *bytes = g_hash_table_lookup(p->files, path);
    if (!bytes)
        return false;
    reply->status = 200;
    reply->content_type = content_type(path);
    reply->cache_control = "no-cache";
    reply->constant_body = g_bytes_get_data(bytes, &reply->length);
    return true;
}
