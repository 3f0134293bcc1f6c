// SPDX-License-Identifier: Apache-2.0
// Loading goes in three steps: the XML becomes a linked tree of nodes, the workspace's merges edit that tree,
// and a walk numbers what is left. All of a taxonomy lies in one arena.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "taxonomy/taxonomy_parts.h"
#include "taxonomy/xml.h"

enum {
    FORMAT_VERSION = 1,
    MAX_NAME_BYTES = 200,
    MAX_CATEGORIES = 20000,
    MAX_DEPTH = 16,
    MAX_ARENA_BYTES = 64 * 1024 * 1024,
};

// ---- Reading

static bool is_id(const char *text) {
    bool word_starts = true;
    for (const char *c = text; *c; c++) {
        bool letter = *c >= 'a' && *c <= 'z';
        bool inside = letter || (*c >= '0' && *c <= '9') || *c == '-';
        if (word_starts ? !letter : !inside && *c != '.')
            return false;
        word_starts = *c == '.';
    }
    return *text && !word_starts && strlen(text) <= MAX_ID_BYTES;
}

static bool parse_weights(const char *text, struct weights *result) {
    unsigned parts[2];
    for (int i = 0; i < 2; i++) {
        if (!isdigit((unsigned char)*text))
            return false;
        char *end;
        unsigned long part = strtoul(text, &end, 10);
        if (part > UINT8_MAX || *end != (i == 0 ? ':' : 0))
            return false;
        parts[i] = (unsigned)part;
        text = end + 1;
    }
    if (parts[0] == 0 && parts[1] == 0)
        return false;
    *result = (struct weights){(uint8_t)parts[0], (uint8_t)parts[1]};
    return true;
}

nacre_status load_weights(struct load *load, struct node *node) {
    char *text;
    nacre_status status = xml_attribute(&load->t->memory, node->xml, "weights", &text, load->error);
    if (status == NACRE_OK && text && !parse_weights(text, &node->own))
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, node->xml,
                         "weights=\"%s\" is not shape:colour, two numbers from 0 to 255 that are not both 0",
                         text);
    return status;
}

nacre_status load_names(struct load *load, struct node *node) {
    static const char *const attributes[TAXONOMY_LANGUAGES] = {"en", "ru"};
    for (int i = 0; i < TAXONOMY_LANGUAGES; i++) {
        char *name;
        nacre_status status = xml_attribute(&load->t->memory, node->xml, attributes[i], &name, load->error);
        if (status != NACRE_OK)
            return status;
        if (!name || !*name || strlen(name) > MAX_NAME_BYTES)
            return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, node->xml,
                             "%s needs a name in the attribute %s, at most %d bytes long", node->id,
                             attributes[i], MAX_NAME_BYTES);
        node->names[i] = name;
    }
    return NACRE_OK;
}

// Cuts `text` at its commas, in place.
static nacre_status split_synonyms(struct load *load, struct node *node, char *text) {
    size_t count = 1;
    for (const char *c = text; *c; c++)
        count += *c == ',';
    node->synonyms = arena_new(&load->t->memory, count + 1, sizeof *node->synonyms);
    if (!node->synonyms)
        return error_memory(load->error, "reading the taxonomy");
    size_t filled = 0;
    char *rest = text;
    for (char *word; (word = strsep(&rest, ","));) {
        word += strspn(word, " \t\r\n");
        size_t length = strlen(word);
        while (length > 0 && isspace((unsigned char)word[length - 1]))
            word[--length] = 0;
        if (length > 0)
            node->synonyms[filled++] = word;
    }
    return NACRE_OK;
}

nacre_status load_id(struct load *load, struct node *node) {
    char *id;
    nacre_status status = xml_attribute(&load->t->memory, node->xml, "id", &id, load->error);
    if (status != NACRE_OK)
        return status;
    if (!id || !is_id(id))
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, node->xml,
                         "id=\"%s\" is not an id: words of a-z, 0-9 and -, joined by dots, at most %d bytes",
                         id ? id : "", MAX_ID_BYTES);
    node->id = id;
    return NACRE_OK;
}

// The id must be the parent's, a dot and one word more.
static nacre_status check_place(struct load *load, const struct node *node, const struct node *parent) {
    size_t length = parent->id ? strlen(parent->id) : 0;
    bool below = length == 0 || (strncmp(node->id, parent->id, length) == 0 && node->id[length] == '.');
    if (below && !strchr(node->id + (length ? length + 1 : 0), '.'))
        return NACRE_OK;
    const char *word = strrchr(node->id, '.');
    return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, node->xml,
                     "%s stands below %s; make its id \"%s%s%s\" or move it", node->id,
                     length ? parent->id : "the root", length ? parent->id : "", length ? "." : "",
                     word ? word + 1 : node->id);
}

void load_append(struct node *parent, struct node *child) {
    child->parent = parent;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

nacre_status load_keep(struct load *load, struct node *node) {
    if (load->all_count == MAX_CATEGORIES)
        return xml_error(load->error, NACRE_ERROR_LIMIT, load->path, node->xml, "more than %d categories",
                         MAX_CATEGORIES);
    load->all[load->all_count++] = node;
    return NACRE_OK;
}

static nacre_status read_category(struct load *load, const xmlNode *xml, struct node *parent,
                                  struct node **result) {
    arena *memory = &load->t->memory;
    if (!xml_is(xml, "category"))
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, xml,
                         "<%s> is not known here; only <category> is", xml->name);
    nacre_status status = xml_check_attributes(xml, load->path, "id en ru also like weights", load->error);
    if (status != NACRE_OK)
        return status;
    struct node *node = arena_new(memory, 1, sizeof *node);
    if (!node)
        return error_memory(load->error, "reading the taxonomy");
    node->xml = xml;
    node->depth = parent->depth + 1;
    if (node->depth >= MAX_DEPTH)
        return xml_error(load->error, NACRE_ERROR_LIMIT, load->path, xml, "categories nested deeper than %d",
                         MAX_DEPTH);
    char *also = NULL, *like = NULL;
    if ((status = load_id(load, node)) != NACRE_OK ||
        (status = check_place(load, node, parent)) != NACRE_OK ||
        (status = load_names(load, node)) != NACRE_OK || (status = load_weights(load, node)) != NACRE_OK ||
        (status = xml_attribute(memory, xml, "also", &also, load->error)) != NACRE_OK ||
        (status = xml_attribute(memory, xml, "like", &like, load->error)) != NACRE_OK)
        return status;
    node->like_id = like;
    if (also && (status = split_synonyms(load, node, also)) != NACRE_OK)
        return status;
    load_append(parent, node);
    *result = node;
    return load_keep(load, node);
}

static nacre_status read_children(struct load *load, const xmlNode *xml, struct node *parent) {
    xmlNode *child;
    nacre_status status = xml_element(load->path, xml->children, &child, load->error);
    while (status == NACRE_OK && child) {
        struct node *node;
        status = read_category(load, child, parent, &node);
        if (status == NACRE_OK)
            status = read_children(load, child, node);
        if (status == NACRE_OK)
            status = xml_element(load->path, child->next, &child, load->error);
    }
    return status;
}

static nacre_status read_taxonomy(struct load *load, const xmlNode *root) {
    struct node *top = &load->t->top;
    top->xml = root;
    top->depth = -1;
    nacre_status status = xml_check_attributes(root, load->path, "version weights", load->error);
    if (status == NACRE_OK)
        status = load_weights(load, top);
    if (status == NACRE_OK && top->own.shape == 0 && top->own.colour == 0)
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, root,
                         "<taxonomy> needs weights=\"1:1\"");
    if (status == NACRE_OK)
        status = read_children(load, root, top);
    if (status == NACRE_OK && !top->first)
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, root, "there is no category in it");
    return status;
}

// ---- Ids

static int compare_nodes(const void *left, const void *right) {
    const struct node *const *a = left, *const *b = right;
    return strcmp((*a)->id, (*b)->id);
}

struct node *load_find(struct node **sorted, int count, const char *id) {
    const struct node key = {.id = id}, *wanted = &key;
    struct node **found = bsearch(&wanted, sorted, (size_t)count, sizeof *sorted, compare_nodes);
    return found ? *found : NULL;
}

// Sorts `all` by id; an id that occurs twice is an error.
static nacre_status sort_by_id(struct load *load) {
    qsort(load->all, (size_t)load->all_count, sizeof *load->all, compare_nodes);
    for (int i = 1; i < load->all_count; i++) {
        const struct node *a = load->all[i - 1], *b = load->all[i];
        if (strcmp(a->id, b->id) == 0) {
            const struct node *later = xmlGetLineNo(a->xml) > xmlGetLineNo(b->xml) ? a : b;
            return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, later->xml,
                             "the id %s is there already in line %ld; choose another", a->id,
                             xmlGetLineNo((later == a ? b : a)->xml));
        }
    }
    return NACRE_OK;
}

static nacre_status resolve_likes(struct load *load) {
    for (int i = 0; i < load->all_count; i++) {
        struct node *node = load->all[i];
        if (!node->like_id)
            continue;
        node->like = load_find(load->all, load->all_count, node->like_id);
        if (!node->like)
            return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, node->xml,
                             "%s is like \"%s\", which is no category", node->id, node->like_id);
    }
    for (int i = 0; i < load->all_count; i++) {
        const struct node *node = load->all[i];
        int steps = 0;
        for (const struct node *like = node->like; like; like = like->like)
            if (like == node || ++steps > load->all_count)
                return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, node->xml,
                                 "%s is like itself, through %s; break the circle", node->id, node->like_id);
    }
    return NACRE_OK;
}

// ---- Numbering

static void number_below(taxonomy *t, const struct node *parent) {
    for (struct node *child = parent->first; child; child = child->next) {
        child->category = t->count;
        t->nodes[t->count++] = child;
        number_below(t, child);
        child->end = t->count;
    }
}

int taxonomy_compare_aliases(const void *left, const void *right) {
    const struct alias *a = left, *b = right;
    return strcmp(a->id, b->id);
}

// Over "ID=ID OF ITS CATEGORY" of every id.
static nacre_status take_digest(taxonomy *t, nacre_error *error) {
    buffer text;
    buffer_init(&text, MAX_ARENA_BYTES);
    nacre_status status = NACRE_OK;
    for (int i = 0; i < t->id_count && status == NACRE_OK; i++)
        status = buffer_printf(&text, "%s=%s\n", t->ids[i].id, t->nodes[t->ids[i].category]->id);
    if (status == NACRE_OK)
        sha256_hex(text.bytes, text.length, t->digest);
    else
        (void)error_memory(error, "reading the taxonomy");
    buffer_fini(&text);
    return status;
}

static nacre_status number(struct load *load) {
    taxonomy *t = load->t;
    size_t count = (size_t)load->all_count;
    t->nodes = arena_new(&t->memory, count, sizeof *t->nodes);
    t->ids = arena_new(&t->memory, count, sizeof *t->ids);
    if (!t->nodes || !t->ids)
        return error_memory(load->error, "reading the taxonomy");
    number_below(t, &t->top);
    for (int i = 0; i < load->all_count; i++) {
        struct node *node = load->all[i];
        t->ids[t->id_count++] =
            (struct alias){node->id, node->merged_into ? node->merged_into->category : node->category};
        node->xml = NULL;
    }
    qsort(t->ids, count, sizeof *t->ids, taxonomy_compare_aliases);
    return take_digest(t, load->error);
}

// ---- Together

static nacre_status load_merges(struct load *load, const char *path) {
    if (!path || !file_exists(path))
        return NACRE_OK;
    xmlDocPtr document;
    nacre_status status = xml_read(path, "merges", FORMAT_VERSION, &document, load->error);
    if (status != NACRE_OK)
        return status;
    load->path = path;
    status = load_merged(load, xmlDocGetRootElement(document));
    xmlFreeDoc(document);
    return status;
}

static nacre_status load_both(struct load *load, const char *path, const char *merges_path) {
    xmlDocPtr document;
    nacre_status status = xml_read(path, "taxonomy", FORMAT_VERSION, &document, load->error);
    if (status != NACRE_OK)
        return status;
    load->path = path;
    status = read_taxonomy(load, xmlDocGetRootElement(document));
    if (status == NACRE_OK)
        status = sort_by_id(load);
    if (status == NACRE_OK)
        status = resolve_likes(load);
    if (status == NACRE_OK)
        status = load_merges(load, merges_path);
    if (status == NACRE_OK)
        status = number(load);
    xmlFreeDoc(document);
    return status;
}

nacre_status taxonomy_load(const char *path, const char *merges_path, taxonomy **result, nacre_error *error) {
    taxonomy *t = memory_new(1, sizeof *t);
    struct node **all = memory_new(MAX_CATEGORIES, sizeof *all);
    nacre_status status = NACRE_ERROR_MEMORY;
    if (!t || !all) {
        (void)error_memory(error, "reading the taxonomy");
        memory_free(t);
        t = NULL;
    } else {
        arena_init(&t->memory, MAX_ARENA_BYTES);
        struct load load = {.t = t, .error = error, .all = all};
        status = load_both(&load, path, merges_path);
    }
    memory_free(all);
    if (status != NACRE_OK)
        taxonomy_free(t);
    else
        *result = t;
    return status;
}
