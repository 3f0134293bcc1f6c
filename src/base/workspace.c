// SPDX-License-Identifier: Apache-2.0
#include "base/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <glib.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

static const char CONFIGURATION[] = "nacre.ini";

struct workspace {
    char *folder;       // absolute
    GKeyFile *settings; // nacre.ini
};

static const char NEW_CONFIGURATION[] =
    "# nacre's configuration. What is commented out shows the default.\n"
    "\n"
    "[workspace]\n"
    "version = 1\n"
    "\n"
    "[crawl]\n"
    "# Fetch from private and loopback addresses (only for shops inside your own network).\n"
    "#allow_private = false\n"
    "# Obey robots.txt and X-Robots-Tag.\n"
    "#obey_robots = true\n"
    "# Where a shop's administrator finds out who asks; stands in the User-Agent.\n"
    "#contact = https://example.org/about-our-search\n"
    "# Politeness towards one host; 0 requests a second means no limit but the connections.\n"
    "#connections_per_host = 4\n"
    "#requests_per_second = 0\n"
    "# More in docs/crawl.md.\n"
    "\n"
    "# One group a shop, for `nacre crawl --watch`: an interval (30m, 6h, 1d) or the fields of cron.\n"
    "#[shop NAME]\n"
    "#schedule = 1d\n"
    "\n"
    "[search]\n"
    "# Where an item's own category gives too few results, search its siblings too.\n"
    "#siblings = true\n"
    "# In categories of more than 5 million items look only into so many lists of similar ones; with 10 a\n"
    "# search is 20 times as fast and misses about one result of a hundred. 0: exact.\n"
    "#lists = 0\n"
    "# So many of the best results are put in order again by finer values than the codes hold, which stay\n"
    "# on disk (docs/models.md). 0: none.\n"
    "#refine = 200\n"
    "\n"
    "[privacy]\n"
    "# Make faces unrecognisable before a user's photo is stored or drawn.\n"
    "#blur_faces = true\n"
    "\n"
    "[access]\n"
    "# The token of /v1/operator/…, which reads and changes mappings over HTTP: `openssl rand -hex 24`.\n"
    "# Without one nobody is let in. Whoever can read this file knows it.\n"
    "#operator_token =\n"
    "\n"
    "[serve]\n"
    "# Let JSON requests name a picture by its address (image_url); the server then fetches it.\n"
    "#image_url = false\n";

static bool is_empty_folder(const char *folder) {
    DIR *directory = opendir(folder);
    if (!directory)
        return errno == ENOENT;
    bool empty = true;
    for (struct dirent *entry = readdir(directory); entry && empty; entry = readdir(directory))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(directory);
    return empty;
}

nacre_status workspace_create(const char *folder, nacre_error *error) {
    char *path = g_build_filename(folder, CONFIGURATION, NULL);
    char *mapping = g_build_filename(folder, "mapping", NULL);
    char *pictures = g_build_filename(folder, "pictures", NULL);
    nacre_status status;
    if (file_exists(path)) {
        status = error_set(error, NACRE_ERROR_EXISTS, "%s is a nacre workspace already", folder);
    } else if (!is_empty_folder(folder)) {
        status = error_set(error, NACRE_ERROR_EXISTS,
                           "%s is not an empty folder: name a new one for the workspace", folder);
    } else {
        status = file_make_folder(mapping, error);
        if (!status)
            status = file_make_folder(pictures, error);
        if (!status)
            status = file_write(path, NEW_CONFIGURATION, sizeof NEW_CONFIGURATION - 1, error);
    }
    g_free(path);
    g_free(mapping);
    g_free(pictures);
    return status;
}

// The nearest folder at or above the current one that holds nacre.ini; NULL where there is none.
static char *find_upwards(void) {
    char *folder = g_get_current_dir();
    for (;;) {
        char *path = g_build_filename(folder, CONFIGURATION, NULL);
        bool found = file_exists(path);
        g_free(path);
        if (found)
            return folder;
        char *parent = g_path_get_dirname(folder);
        bool at_root = strcmp(parent, folder) == 0;
        g_free(folder);
        if (at_root) {
            g_free(parent);
            return NULL;
        }
        folder = parent;
    }
}

static nacre_status read_settings(workspace *w, nacre_error *error) {
    char *path = g_build_filename(w->folder, CONFIGURATION, NULL);
    GError *problem = NULL;
    nacre_status status = NACRE_OK;
    if (!g_key_file_load_from_file(w->settings, path, G_KEY_FILE_NONE, &problem)) {
        bool absent = g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        status = absent ? error_set(error, NACRE_ERROR_NOT_FOUND,
                                    "%s is not a nacre workspace: make one with `nacre init DIR`", w->folder)
                        : error_set(error, NACRE_ERROR_FORMAT, "reading %s: %s", path, problem->message);
    }
    g_clear_error(&problem);
    g_free(path);
    return status;
}

static nacre_status check_version(const workspace *w, nacre_error *error) {
    int64_t version = 0;
    nacre_status status = workspace_integer(w, "workspace", "version", 1, INT32_MAX, 0, &version, error);
    if (status)
        return status;
    if (version == 0)
        return error_set(error, NACRE_ERROR_FORMAT, "%s/%s: [workspace] version is missing", w->folder,
                         CONFIGURATION);
    if (version > WORKSPACE_VERSION)
        return error_set(error, NACRE_ERROR_VERSION,
                         "the workspace %s is of version %lld, this nacre knows up to %d: use a newer nacre",
                         w->folder, (long long)version, WORKSPACE_VERSION);
    return NACRE_OK;
}

nacre_status workspace_open(const char *folder, workspace **result, nacre_error *error) {
    const char *from_environment = getenv("NACRE_WORKSPACE");
    char *found = NULL;
    if (folder)
        found = g_strdup(folder);
    else if (from_environment && *from_environment)
        found = g_strdup(from_environment);
    else
        found = find_upwards();
    if (!found)
        return error_set(
            error, NACRE_ERROR_NOT_FOUND,
            "no workspace here: name one with --workspace DIR or NACRE_WORKSPACE, or make one with "
            "`nacre init DIR`");
    char *absolute = realpath(found, NULL);
    if (!absolute) {
        nacre_status status = error_errno(error, errno, "opening the workspace %s", found);
        g_free(found);
        return status;
    }
    g_free(found);
    workspace *w = memory_new(1, sizeof *w);
    if (!w) {
        free(absolute);
        return error_memory(error, "opening the workspace");
    }
    w->folder = absolute;
    w->settings = g_key_file_new();
    nacre_status status = read_settings(w, error);
    if (!status)
        status = check_version(w, error);
    if (status) {
        workspace_free(w);
        return status;
    }
    *result = w;
    return NACRE_OK;
}

void workspace_free(workspace *w) {
    if (!w)
        return;
    free(w->folder);
    g_key_file_unref(w->settings);
    memory_free(w);
}

const char *workspace_folder(const workspace *w) {
    return w->folder;
}

char *workspace_path(const workspace *w, const char *name) {
    size_t bytes = strlen(w->folder) + strlen(name) + 2;
    char *path = memory_new(bytes, 1);
    if (path)
        snprintf(path, bytes, "%s/%s", w->folder, name);
    return path;
}

// Whether [group] has `key`; otherwise the fallback stands.
static bool is_set(const workspace *w, const char *group, const char *key) {
    return g_key_file_has_key(w->settings, group, key, NULL);
}

static nacre_status wrong_value(const workspace *w, const char *group, const char *key, const char *expected,
                                nacre_error *error) {
    char *value = g_key_file_get_value(w->settings, group, key, NULL);
    nacre_status status = error_set(error, NACRE_ERROR_FORMAT, "%s/%s: [%s] %s is \"%s\": expected %s",
                                    w->folder, CONFIGURATION, group, key, value ? value : "", expected);
    g_free(value);
    return status;
}

nacre_status workspace_integer(const workspace *w, const char *group, const char *key, int64_t minimum,
                               int64_t maximum, int64_t fallback, int64_t *value, nacre_error *error) {
    if (!is_set(w, group, key)) {
        *value = fallback;
        return NACRE_OK;
    }
    GError *problem = NULL;
    int64_t number = g_key_file_get_int64(w->settings, group, key, &problem);
    if (problem || number < minimum || number > maximum) {
        g_clear_error(&problem);
        char expected[80];
        snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)minimum,
                 (long long)maximum);
        return wrong_value(w, group, key, expected, error);
    }
    *value = number;
    return NACRE_OK;
}

nacre_status workspace_boolean(const workspace *w, const char *group, const char *key, bool fallback,
                               bool *value, nacre_error *error) {
    if (!is_set(w, group, key)) {
        *value = fallback;
        return NACRE_OK;
    }
    GError *problem = NULL;
    bool answer = g_key_file_get_boolean(w->settings, group, key, &problem);
    if (problem) {
        g_clear_error(&problem);
        return wrong_value(w, group, key, "true or false", error);
    }
    *value = answer;
    return NACRE_OK;
}

nacre_status workspace_text(const workspace *w, const char *group, const char *key, const char *fallback,
                            char **value, nacre_error *error) {
    char *text = is_set(w, group, key) ? g_key_file_get_string(w->settings, group, key, NULL) : NULL;
    const char *chosen = text ? text : fallback;
    char *copy = NULL;
    if (chosen) {
        copy = memory_copy_text(chosen);
        if (!copy) {
            g_free(text);
            return error_memory(error, "reading the configuration");
        }
    }
    g_free(text);
    *value = copy;
    return NACRE_OK;
}
