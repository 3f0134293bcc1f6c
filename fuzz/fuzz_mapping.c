// SPDX-License-Identifier: Apache-2.0
// Any bytes as a shop's mapping, then as the words of its offers: no crash, no leak; what is read can be
// written, and then gives the same answers.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "taxonomy/mapping.h"
#include "taxonomy/suggest.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static taxonomy *t;
static suggester *s;
static char path[] = "/dev/shm/nacre-fuzz-XXXXXX"; // in RAM, where a file's sync costs nothing

static void require(bool condition) {
    if (!condition)
        abort();
}

static void clean_up(void) {
    unlink(path);
    suggester_free(s);
    taxonomy_free(t);
}

static void set_up(void) {
    require(mkstemp(path) >= 0);
    require(taxonomy_load(FUZZ_TAXONOMY, NULL, &t, NULL) == NACRE_OK);
    require(suggester_new(t, &s, NULL) == NACRE_OK);
    atexit(clean_up);
}

static int answer(const mapping *m, const char *text) {
    const struct mapping_param param = {"Пол", text};
    const char *const ids[] = {text, "1"};
    const struct mapping_offer offer = {ids, 2, text, text, text, &param, 1};
    int category = CATEGORY_NONE;
    enum mapping_answer answer = mapping_resolve(m, &offer, &category, NULL);
    require(answer != MAPPING_MAPPED || (category >= 0 && category < taxonomy_count(t)));
    return (int)answer * 100000 + category;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (!t)
        set_up();
    char *text = memory_new(length + 1, 1);
    require(text != NULL);
    memcpy(text, bytes, length);
    struct suggest_result guess;
    const struct suggest_offer offer = {.name = text, .seen = CATEGORY_NONE};
    require(suggest_category(s, text, &offer, 1, &guess, NULL) == NACRE_OK);

    mapping *m, *again;
    require(file_write(path, bytes, length, NULL) == NACRE_OK);
    if (mapping_load(path, t, &m, NULL) == NACRE_OK) {
        int before = answer(m, text), shoes = answer(m, "обувь мужская");
        require(mapping_save(m, NULL, NULL) == NACRE_OK);
        require(mapping_load(path, t, &again, NULL) == NACRE_OK);
        require(mapping_count(m) == mapping_count(again));
        require(answer(again, text) == before && answer(again, "обувь мужская") == shoes);
        const struct mapping_entry entry = {
            .id = "1", .path = "A > B", .answer = MAPPING_IGNORED, .comment = "--x--"};
        require(mapping_edit(again, &entry, 1, NULL) == NACRE_OK);
        mapping_free(again);
        mapping_free(m);
    }
    memory_free(text);
    return 0;
}
