// SPDX-License-Identifier: Apache-2.0
// A workspace's merges: several leaves become one category of its own, while the taxonomy is loaded.
#include <string.h>

#include "taxonomy/taxonomy_parts.h"
#include "taxonomy/xml.h"

static void remove_child(struct node *child) {
    struct node *parent = child->parent, *before = NULL;
    for (struct node *at = parent->first; at != child; at = at->next)
        before = at;
    if (before)
        before->next = child->next;
    else
        parent->first = child->next;
    if (parent->last == child)
        parent->last = before;
}

// The node that the merged category is to stand under, by its id.
static nacre_status find_place(struct load *load, const struct node *merged, int sorted,
                               struct node **parent) {
    const char *dot = strrchr(merged->id, '.');
    if (!dot) {
        *parent = &load->t->top;
        return NACRE_OK;
    }
    char id[MAX_ID_BYTES + 1];
    memcpy(id, merged->id, (size_t)(dot - merged->id));
    id[dot - merged->id] = 0;
    *parent = load_find(load->all, sorted, id);
    if (!*parent || !(*parent)->first)
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, merged->xml,
                         "the merged category %s would stand below %s, which is %s", merged->id, id,
                         *parent ? "a leaf; choose an id below a branch"
                                 : "no category; choose an id below one");
    return NACRE_OK;
}

static nacre_status find_leaf(struct load *load, const struct node *merged, const xmlNode *from, int sorted,
                              struct node **leaf) {
    char *id;
    if (!xml_is(from, "from"))
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, from,
                         "<%s> is not known here; only <from> is", from->name);
    nacre_status status = xml_check_attributes(from, load->path, "id", load->error);
    if (status == NACRE_OK)
        status = xml_attribute(&load->t->memory, from, "id", &id, load->error);
    if (status != NACRE_OK)
        return status;
    struct node *node = id ? load_find(load->all, sorted, id) : NULL;
    if (!node) {
        for (int i = sorted; i < load->all_count && id; i++)
            if (strcmp(load->all[i]->id, id) == 0)
                return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, from,
                                 "%s is itself merged; list the leaves that it is made of in %s instead", id,
                                 merged->id);
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, from,
                         "\"%s\" is no category; nacre taxonomy search finds the right id", id ? id : "");
    }
    if (node->merged_into)
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, from, "%s is merged into %s already",
                         id, node->merged_into->id);
    if (node->first)
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, from,
                         "%s is a branch; only leaves can be merged", id);
    *leaf = node;
    return NACRE_OK;
}

// The merged category answers to every name of its leaves.
static nacre_status take_words(struct load *load, struct node *merged, const struct node *leaf) {
    size_t have = 0, more = 0;
    while (merged->synonyms && merged->synonyms[have])
        have++;
    while (leaf->synonyms && leaf->synonyms[more])
        more++;
    size_t total = have + more + TAXONOMY_LANGUAGES + 1;
    const char **words = arena_new(&load->t->memory, total, sizeof *words);
    if (!words)
        return error_memory(load->error, "merging categories");
    if (have)
        memcpy(words, merged->synonyms, have * sizeof *words);
    memcpy(words + have, leaf->names, sizeof leaf->names);
    if (more)
        memcpy(words + have + TAXONOMY_LANGUAGES, leaf->synonyms, more * sizeof *words);
    merged->synonyms = words;
    return NACRE_OK;
}

static nacre_status merge_leaves(struct load *load, struct node *merged, int sorted) {
    xmlNode *from;
    nacre_status status = xml_element(load->path, merged->xml->children, &from, load->error);
    if (status == NACRE_OK && !from)
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, merged->xml,
                         "%s merges nothing; it needs <from id=\"…\"/>", merged->id);
    while (status == NACRE_OK && from) {
        struct node *leaf;
        status = find_leaf(load, merged, from, sorted, &leaf);
        if (status == NACRE_OK)
            status = take_words(load, merged, leaf);
        if (status != NACRE_OK)
            break;
        if (!merged->like)
            merged->like = leaf->like;
        if (merged->own.shape == 0 && merged->own.colour == 0)
            merged->own = leaf->own;
        leaf->merged_into = merged;
        remove_child(leaf);
        status = xml_element(load->path, from->next, &from, load->error);
    }
    return status;
}

static nacre_status read_merge(struct load *load, const xmlNode *xml, int sorted) {
    if (!xml_is(xml, "merge"))
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, xml,
                         "<%s> is not known here; only <merge> is", xml->name);
    struct node *merged = arena_new(&load->t->memory, 1, sizeof *merged), *parent;
    if (!merged)
        return error_memory(load->error, "merging categories");
    merged->xml = xml;
    nacre_status status = xml_check_attributes(xml, load->path, "id en ru weights", load->error);
    if (status != NACRE_OK || (status = load_id(load, merged)) != NACRE_OK ||
        (status = load_names(load, merged)) != NACRE_OK ||
        (status = load_weights(load, merged)) != NACRE_OK ||
        (status = find_place(load, merged, sorted, &parent)) != NACRE_OK)
        return status;
    for (int i = 0; i < load->all_count; i++)
        if (strcmp(load->all[i]->id, merged->id) == 0)
            return xml_error(load->error, NACRE_ERROR_EXISTS, load->path, xml,
                             "the category %s exists already; give the merged one an id of its own",
                             merged->id);
    load_append(parent, merged);
    merged->depth = parent->depth + 1;
    status = merge_leaves(load, merged, sorted);
    return status == NACRE_OK ? load_keep(load, merged) : status;
}

// What was like a merged leaf is now like the merged category. Two merges can be like each other then: the
// circle is cut at its first member.
static void settle_merges(struct load *load) {
    for (int i = 0; i < load->all_count; i++) {
        struct node *node = load->all[i];
        if (node->like && node->like->merged_into)
            node->like = node->like->merged_into;
    }
    for (int i = 0; i < load->all_count; i++) {
        struct node *node = load->all[i], *like = node->like;
        for (int steps = 0; like && like != node && steps < load->all_count; steps++)
            like = like->like;
        if (like == node)
            node->like = NULL;
    }
}

nacre_status load_merged(struct load *load, const xmlNode *root) {
    int sorted = load->all_count;
    nacre_status status = xml_check_attributes(root, load->path, "version", load->error);
    xmlNode *child = NULL;
    if (status == NACRE_OK)
        status = xml_element(load->path, root->children, &child, load->error);
    while (status == NACRE_OK && child) {
        status = read_merge(load, child, sorted);
        if (status == NACRE_OK)
            status = xml_element(load->path, child->next, &child, load->error);
    }
    if (status == NACRE_OK)
        settle_merges(load);
    return status;
}
