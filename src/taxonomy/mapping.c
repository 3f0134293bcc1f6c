// SPDX-License-Identifier: Apache-2.0
// The XML tree is kept as the one truth; beside it stands what was compiled from it. An edit changes a copy
// of the tree and compiles anew.
#include "taxonomy/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "taxonomy/mapping_parts.h"
#include "taxonomy/xml.h"

enum { FORMAT_VERSION = 1 };

// ---- Opening

static const char EMPTY[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<mapping version=\"1\">\n"
                            "</mapping>\n";

static void take_digest(mapping *m, const char *text, size_t length) {
    char both[2 * SHA256_HEX_BYTES];
    sha256_hex(text, length, both);
    taxonomy_digest(m->t, both + SHA256_HEX_BYTES);
    sha256_hex(both, sizeof both, m->digest);
}

// `text` NULL: nothing is there yet.
static nacre_status read_text(const char *path, const char *text, size_t length, const taxonomy *t,
                              mapping **result, nacre_error *error) {
    if (!text) {
        text = EMPTY;
        length = sizeof EMPTY - 1;
    }
    nacre_status status = NACRE_OK;
    mapping *m = memory_new(1, sizeof *m);
    if (!m)
        return error_memory(error, "reading a mapping");
    arena_init(&m->compiled.memory, MAX_ARENA_BYTES);
    m->t = t;
    m->path = memory_copy_text(path);
    if (!m->path)
        status = error_memory(error, "reading a mapping");
    if (status == NACRE_OK)
        status = xml_parse(text, length, path, "mapping", FORMAT_VERSION, &m->document, error);
    if (status == NACRE_OK) {
        take_digest(m, text, length);
        status = mapping_compile(m, m->document, &m->compiled, error);
    }
    if (status != NACRE_OK)
        mapping_free(m);
    else
        *result = m;
    return status;
}

nacre_status mapping_load(const char *path, const taxonomy *t, mapping **result, nacre_error *error) {
    char *text = NULL;
    size_t length = 0;
    nacre_status status = NACRE_OK;
    if (file_exists(path))
        status = file_read(path, LIMIT_XML_FILE_BYTES, &text, &length, error);
    if (status == NACRE_OK)
        status = read_text(path, text, length, t, result, error);
    memory_free(text);
    return status;
}

static nacre_status path_of(const workspace *w, const char *shop, char **path, nacre_error *error) {
    char name[300];
    if ((size_t)snprintf(name, sizeof name, "mapping/%s.xml", shop) >= sizeof name || strchr(shop, '/'))
        return error_set(error, NACRE_ERROR_ARGUMENT, "\"%s\" is not a shop's name", shop);
    *path = workspace_path(w, name);
    return *path ? NACRE_OK : error_memory(error, "opening a mapping");
}

nacre_status mapping_open(const workspace *w, const char *shop, const taxonomy *t, mapping **result,
                          nacre_error *error) {
    char *path;
    nacre_status status = path_of(w, shop, &path, error);
    if (status != NACRE_OK)
        return status;
    status = mapping_load(path, t, result, error);
    memory_free(path);
    return status;
}

nacre_status mapping_parse(const workspace *w, const char *shop, const char *text, size_t length,
                           const taxonomy *t, mapping **result, nacre_error *error) {
    char *path;
    nacre_status status = path_of(w, shop, &path, error);
    if (status != NACRE_OK)
        return status;
    status = read_text(path, text, length, t, result, error);
    memory_free(path);
    return status;
}

// The folder itself is locked: no file of its own has to be made, or left.
nacre_status mapping_lock(const workspace *w, int *lock, nacre_error *error) {
    char *folder = workspace_path(w, "mapping");
    if (!folder)
        return error_memory(error, "changing a mapping");
    nacre_status status = file_make_folder(folder, error);
    int descriptor = status == NACRE_OK ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (status == NACRE_OK && (descriptor < 0 || flock(descriptor, LOCK_EX))) {
        status = error_errno(error, errno, "locking %s", folder);
        if (descriptor >= 0)
            close(descriptor);
    }
    memory_free(folder);
    if (status == NACRE_OK)
        *lock = descriptor;
    return status;
}

void mapping_free(mapping *m) {
    if (!m)
        return;
    arena_fini(&m->compiled.memory);
    xmlFreeDoc(m->document);
    memory_free(m->path);
    memory_free(m);
}

const char *mapping_path(const mapping *m) {
    return m->path;
}

void mapping_digest(const mapping *m, char hex[SHA256_HEX_BYTES]) {
    memcpy(hex, m->digest, SHA256_HEX_BYTES);
}

size_t mapping_count(const mapping *m) {
    return m->compiled.count;
}

struct mapping_entry mapping_get(const mapping *m, size_t i) {
    const struct entry *entry = &m->compiled.entries[i];
    return (struct mapping_entry){
        .id = entry->id,
        .path = entry->path,
        .answer = entry->answer,
        .category = entry->answer == MAPPING_MAPPED ? entry->category : CATEGORY_NONE,
        .has_rules = entry->rules != NULL,
        .line = xmlGetLineNo(entry->xml),
    };
}

// ---- Editing

static bool set_attribute(xmlNode *node, const char *name, const char *value) {
    if (value)
        return xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value) != NULL;
    xmlAttr *attribute = xmlHasProp(node, (const xmlChar *)name);
    return !attribute || xmlRemoveProp(attribute) == 0;
}

static bool set_answer(const mapping *m, xmlNode *node, const struct mapping_entry *entry) {
    bool mapped = entry->answer == MAPPING_MAPPED, ignored = entry->answer == MAPPING_IGNORED;
    return set_attribute(node, "to",
                         mapped    ? taxonomy_id(m->t, entry->category)
                         : ignored ? NULL
                                   : "") &&
           set_attribute(node, "ignore", ignored ? "yes" : NULL);
}

static bool append_comment(xmlNode *root, const char *text) {
    // "--" must not stand inside a comment.
    char comment[1024];
    size_t length = 0;
    comment[length++] = ' ';
    for (const char *c = text; *c && length < sizeof comment - 2; c++)
        if (*c != '-' || comment[length - 1] != '-')
            comment[length++] = *c;
    comment[length++] = ' ';
    comment[length] = 0;
    xmlNode *node = xmlNewComment((const xmlChar *)comment);
    return node && xml_append_line(root, node);
}

static bool append_rules(const mapping *m, xmlNode *node, const struct mapping_entry *entry) {
    bool good = true;
    for (size_t i = 0; i < entry->rule_count && good; i++) {
        const struct mapping_rule *rule = &entry->rules[i];
        xmlNode *child = xmlNewNode(NULL, (const xmlChar *)"rule");
        good = child && set_attribute(child, "param", rule->param) && set_attribute(child, "is", rule->is) &&
               set_attribute(child, "to", taxonomy_id(m->t, rule->category));
        if (!good)
            xmlFreeNode(child);
        else
            good = xml_append_line(node, child);
    }
    return good;
}

static bool append_entry(const mapping *m, xmlNode *root, const struct mapping_entry *entry) {
    if (entry->comment && !append_comment(root, entry->comment))
        return false;
    xmlNode *node = xmlNewNode(NULL, (const xmlChar *)"category");
    if (!node)
        return false;
    if ((entry->id && !set_attribute(node, "id", entry->id)) ||
        (entry->path && !set_attribute(node, "path", entry->path)) || !set_answer(m, node, entry)) {
        xmlFreeNode(node);
        return false;
    }
    return xml_append_line(root, node) && append_rules(m, node, entry);
}

// The entry in the file for the category that `wanted` names.
static const struct entry *find_entry(const struct compiled *compiled, const struct mapping_entry *wanted) {
    char path[MAX_PATH_BYTES] = "";
    if (wanted->path)
        mapping_canonical_path(wanted->path, path);
    return mapping_find(compiled, wanted->id, wanted->id ? NULL : path);
}

bool mapping_has_rules(const mapping *m, const struct mapping_entry *entry) {
    const struct entry *found = find_entry(&m->compiled, entry);
    return found && found->rules;
}

static nacre_status edit_document(const mapping *m, const struct compiled *compiled, xmlDocPtr document,
                                  const struct mapping_entry *entries, size_t count, nacre_error *error) {
    for (size_t i = 0; i < count; i++) {
        const struct mapping_entry *entry = &entries[i];
        const struct entry *found = find_entry(compiled, entry);
        bool with_rules = found && !found->rules;
        if (!(found ? set_answer(m, found->xml, entry) && (!with_rules || append_rules(m, found->xml, entry))
                    : append_entry(m, xmlDocGetRootElement(document), entry)))
            return error_memory(error, "editing a mapping");
    }
    return NACRE_OK;
}

// Works on a copy, so that a failure leaves the mapping as it was.
nacre_status mapping_edit(mapping *m, const struct mapping_entry *entries, size_t count, nacre_error *error) {
    xmlDocPtr document = xmlCopyDoc(m->document, 1);
    if (!document)
        return error_memory(error, "editing a mapping");
    struct compiled before = {0}, after = {0};
    nacre_status status = mapping_compile(m, document, &before, error);
    if (status == NACRE_OK)
        status = edit_document(m, &before, document, entries, count, error);
    if (status == NACRE_OK)
        status = mapping_compile(m, document, &after, error);
    arena_fini(&before.memory);
    if (status != NACRE_OK) {
        xmlFreeDoc(document);
        return status;
    }
    arena_fini(&m->compiled.memory);
    xmlFreeDoc(m->document);
    m->compiled = after;
    m->document = document;
    return NACRE_OK;
}

nacre_status mapping_save(const mapping *m, const char *path, nacre_error *error) {
    return xml_write(m->document, path ? path : m->path, error);
}

nacre_status mapping_text(const mapping *m, char **text, size_t *length, nacre_error *error) {
    return xml_text(m->document, text, length, error);
}
