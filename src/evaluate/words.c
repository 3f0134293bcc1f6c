// SPDX-License-Identifier: Apache-2.0
#include "evaluate/words.h"

#include <glib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

enum { MAX_WORDS_BYTES = 1 << 20 };

static nacre_status copy_ids(const char *text, arena *a, struct word *word, nacre_error *error) {
    char **ids = g_strsplit_set(text, " \t\r", -1);
    word->ids = arena_new(a, g_strv_length(ids) + 1, sizeof *word->ids);
    nacre_status status = word->ids ? NACRE_OK : error_memory(error, "reading words");
    for (size_t i = 0, count = 0; ids[i] && !status; i++) {
        if (!*ids[i])
            continue;
        word->ids[count] = arena_text(a, ids[i]);
        if (!word->ids[count++])
            status = error_memory(error, "reading words");
    }
    g_strfreev(ids);
    return status;
}

nacre_status words_read(const char *path, arena *a, struct words *result, nacre_error *error) {
    char *bytes;
    size_t length;
    nacre_status status = file_read(path, MAX_WORDS_BYTES, &bytes, &length, error);
    if (status)
        return status;
    char **lines = g_strsplit(bytes, "\n", -1);
    struct words w = {.list = arena_new(a, g_strv_length(lines), sizeof *w.list)};
    if (!w.list)
        status = error_memory(error, "reading words");
    for (size_t i = 0; lines[i] && !status; i++) {
        char *line = g_strstrip(lines[i]), *comma = strrchr(line, ',');
        if (!*line || *line == '#')
            continue;
        struct word *word = &w.list[w.count++];
        if (!comma || comma == line)
            status =
                error_set(error, NACRE_ERROR_FORMAT, "%s, line %zu: a line is WORD,ID ID …", path, i + 1);
        else if (!(word->word = arena_text_n(a, line, (size_t)(comma - line))))
            status = error_memory(error, "reading words");
        else
            status = copy_ids(comma + 1, a, word, error);
    }
    g_strfreev(lines);
    memory_free(bytes);
    if (!status)
        *result = w;
    return status;
}

const struct word *words_find(const struct words *w, const char *word) {
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->list[i].word, word) == 0)
            return &w->list[i];
    }
    return NULL;
}
