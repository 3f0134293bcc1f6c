// SPDX-License-Identifier: Apache-2.0
// A changed file is written beside the old one, loaded as a whole, and renamed only where that went well.
#include "taxonomy/merges.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/resource.h"
#include "taxonomy/taxonomy.h"
#include "taxonomy/xml.h"

enum { FORMAT_VERSION = 1 };

static const char EMPTY[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<merges version=\"1\">\n"
                            "</merges>\n";

// The paths that an edit touches.
struct files {
    char *taxonomy, *merges, *fresh;
};

static void files_fini(struct files *files) {
    memory_free(files->taxonomy);
    memory_free(files->merges);
    memory_free(files->fresh);
}

static nacre_status files_init(struct files *files, const workspace *w, nacre_error *error) {
    *files = (struct files){0};
    nacre_status status = resource_find(w, "data/taxonomy.xml", &files->taxonomy, error);
    if (status != NACRE_OK)
        return status;
    files->merges = workspace_path(w, "taxonomy-merges.xml");
    files->fresh = workspace_path(w, "taxonomy-merges.xml.new");
    return files->merges && files->fresh ? NACRE_OK : error_memory(error, "editing merges");
}

static nacre_status read_merges(const struct files *files, xmlDocPtr *document, nacre_error *error) {
    if (file_exists(files->merges))
        return xml_read(files->merges, "merges", FORMAT_VERSION, document, error);
    return xml_parse(EMPTY, sizeof EMPTY - 1, files->merges, "merges", FORMAT_VERSION, document, error);
}

static nacre_status replace_file(const struct files *files, xmlDocPtr document, nacre_error *error) {
    taxonomy *t = NULL;
    nacre_status status = xml_write(document, files->fresh, error);
    if (status == NACRE_OK)
        status = taxonomy_load(files->taxonomy, files->fresh, &t, error);
    taxonomy_free(t);
    if (status == NACRE_OK && rename(files->fresh, files->merges) != 0)
        status = error_set(error, NACRE_ERROR_IO, "%s cannot be replaced", files->merges);
    if (status != NACRE_OK)
        unlink(files->fresh);
    return status;
}

static bool set(xmlNode *node, const char *name, const char *value) {
    return xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value) != NULL;
}

static xmlNode *new_merge(const struct merge *merge) {
    xmlNode *node = xmlNewNode(NULL, (const xmlChar *)"merge");
    bool good = node && set(node, "id", merge->id) && set(node, "en", merge->english) &&
                set(node, "ru", merge->russian);
    for (size_t i = 0; i < merge->leaf_count && good; i++) {
        xmlNode *from = xmlNewChild(node, NULL, (const xmlChar *)"from", NULL);
        good = from && set(from, "id", merge->leaves[i]);
    }
    if (good)
        return node;
    xmlFreeNode(node);
    return NULL;
}

nacre_status merges_add(const workspace *w, const struct merge *merge, nacre_error *error) {
    struct files files;
    xmlDocPtr document = NULL;
    nacre_status status = files_init(&files, w, error);
    if (status == NACRE_OK)
        status = read_merges(&files, &document, error);
    if (status == NACRE_OK) {
        xmlNode *node = new_merge(merge);
        if (!node || !xml_append_line(xmlDocGetRootElement(document), node))
            status = error_memory(error, "editing merges");
    }
    if (status == NACRE_OK)
        status = replace_file(&files, document, error);
    xmlFreeDoc(document);
    files_fini(&files);
    return status;
}

static xmlNode *find_merge(xmlDocPtr document, const char *id) {
    for (xmlNode *node = xmlDocGetRootElement(document)->children; node; node = node->next) {
        xmlChar *found = xml_is(node, "merge") ? xmlGetNoNsProp(node, (const xmlChar *)"id") : NULL;
        bool same = found && strcmp((const char *)found, id) == 0;
        xmlFree(found);
        if (same)
            return node;
    }
    return NULL;
}

nacre_status merges_remove(const workspace *w, const char *id, nacre_error *error) {
    struct files files;
    xmlDocPtr document = NULL;
    nacre_status status = files_init(&files, w, error);
    if (status == NACRE_OK)
        status = read_merges(&files, &document, error);
    if (status == NACRE_OK) {
        xmlNode *node = find_merge(document, id);
        if (node) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
            status = replace_file(&files, document, error);
        } else {
            status = error_set(error, NACRE_ERROR_NOT_FOUND, "%s: there is no merge with the id %s",
                               files.merges, id);
        }
    }
    xmlFreeDoc(document);
    files_fini(&files);
    return status;
}
