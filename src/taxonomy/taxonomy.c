// SPDX-License-Identifier: Apache-2.0
// Loading goes in three steps: the XML becomes a linked tree of nodes, the workspace's merges edit that tree,
// and a walk numbers what is left. All of a taxonomy lies in one arena.
#include "taxonomy/taxonomy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/resource.h"
#include "taxonomy/xml.h"

enum {
    FORMAT_VERSION = 1,
    MAX_ID_BYTES = 100,
    MAX_NAME_BYTES = 200,
    MAX_CATEGORIES = 20000,
    MAX_DEPTH = 16,
    MAX_ARENA_BYTES = 64 * 1024 * 1024,
};

struct node {
    const char *id;
    const char *names[TAXONOMY_LANGUAGES];
    const char **synonyms; // ends with NULL
    const char *like_id;   // NULL where absent
    const xmlNode *xml;    // for messages; valid while loading
    struct node *parent, *first, *last, *next;
    struct node *merged_into; // NULL unless merged away
    struct node *like;        // NULL where absent
    struct weights own;       // 0:0 where not set
    int category;
    int end;
    int depth;
};

struct alias {
    const char *id;
    int category;
};

struct taxonomy {
    arena memory;
    struct node top;     // the root element; its children are the top categories
    struct node **nodes; // by category
    struct alias *ids;   // sorted; holds the merged ids as well
    int count;
    int id_count;
    char digest[SHA256_HEX_BYTES];
};

// One load: what the steps share.
struct load {
    taxonomy *t;
    const char *path;
    nacre_error *error;
    struct node **all; // in the file's order, merged nodes behind
    int all_count;
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

static nacre_status read_weights(struct load *load, struct node *node) {
    char *text;
    nacre_status status = xml_attribute(&load->t->memory, node->xml, "weights", &text, load->error);
    if (status == NACRE_OK && text && !parse_weights(text, &node->own))
        return xml_error(load->error, NACRE_ERROR_FORMAT, load->path, node->xml,
                         "weights=\"%s\" is not shape:colour, two numbers from 0 to 255 that are not both 0",
                         text);
    return status;
}

static nacre_status read_names(struct load *load, struct node *node) {
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

static nacre_status read_id(struct load *load, struct node *node) {
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

static void append_child(struct node *parent, struct node *child) {
    child->parent = parent;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

static nacre_status keep(struct load *load, struct node *node) {
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
    if ((status = read_id(load, node)) != NACRE_OK ||
        (status = check_place(load, node, parent)) != NACRE_OK ||
        (status = read_names(load, node)) != NACRE_OK || (status = read_weights(load, node)) != NACRE_OK ||
        (status = xml_attribute(memory, xml, "also", &also, load->error)) != NACRE_OK ||
        (status = xml_attribute(memory, xml, "like", &like, load->error)) != NACRE_OK)
        return status;
    node->like_id = like;
    if (also && (status = split_synonyms(load, node, also)) != NACRE_OK)
        return status;
    append_child(parent, node);
    *result = node;
    return keep(load, node);
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
        status = read_weights(load, top);
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

static struct node *find_node(struct node **sorted, int count, const char *id) {
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
        node->like = find_node(load->all, load->all_count, node->like_id);
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

// ---- Merges

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
    *parent = find_node(load->all, sorted, id);
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
    struct node *node = id ? find_node(load->all, sorted, id) : NULL;
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
    if (status != NACRE_OK || (status = read_id(load, merged)) != NACRE_OK ||
        (status = read_names(load, merged)) != NACRE_OK ||
        (status = read_weights(load, merged)) != NACRE_OK ||
        (status = find_place(load, merged, sorted, &parent)) != NACRE_OK)
        return status;
    for (int i = 0; i < load->all_count; i++)
        if (strcmp(load->all[i]->id, merged->id) == 0)
            return xml_error(load->error, NACRE_ERROR_EXISTS, load->path, xml,
                             "the category %s exists already; give the merged one an id of its own",
                             merged->id);
    append_child(parent, merged);
    merged->depth = parent->depth + 1;
    status = merge_leaves(load, merged, sorted);
    return status == NACRE_OK ? keep(load, merged) : status;
}

static nacre_status read_merges(struct load *load, const xmlNode *root) {
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
    return status;
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

// ---- Numbering

static void number_below(taxonomy *t, const struct node *parent) {
    for (struct node *child = parent->first; child; child = child->next) {
        child->category = t->count;
        t->nodes[t->count++] = child;
        number_below(t, child);
        child->end = t->count;
    }
}

static int compare_aliases(const void *left, const void *right) {
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
    qsort(t->ids, count, sizeof *t->ids, compare_aliases);
    return take_digest(t, load->error);
}

// ---- The public side

static nacre_status load_merges(struct load *load, const char *path) {
    if (!path || !file_exists(path))
        return NACRE_OK;
    xmlDocPtr document;
    nacre_status status = xml_read(path, "merges", FORMAT_VERSION, &document, load->error);
    if (status != NACRE_OK)
        return status;
    load->path = path;
    status = read_merges(load, xmlDocGetRootElement(document));
    if (status == NACRE_OK)
        settle_merges(load);
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

nacre_status taxonomy_open(const workspace *w, taxonomy **result, nacre_error *error) {
    char *path = NULL, *merges_path = NULL;
    nacre_status status = resource_find(w, "data/taxonomy.xml", &path, error);
    if (status == NACRE_OK && w && !(merges_path = workspace_path(w, "taxonomy-merges.xml")))
        status = error_memory(error, "opening the taxonomy");
    if (status == NACRE_OK)
        status = taxonomy_load(path, merges_path, result, error);
    memory_free(path);
    memory_free(merges_path);
    return status;
}

void taxonomy_free(taxonomy *t) {
    if (!t)
        return;
    arena_fini(&t->memory);
    memory_free(t);
}

int taxonomy_count(const taxonomy *t) {
    return t->count;
}

int taxonomy_find(const taxonomy *t, const char *id) {
    const struct alias key = {.id = id};
    const struct alias *found = bsearch(&key, t->ids, (size_t)t->id_count, sizeof *t->ids, compare_aliases);
    return found ? found->category : CATEGORY_NONE;
}

const char *taxonomy_id(const taxonomy *t, int category) {
    return t->nodes[category]->id;
}

const char *taxonomy_name(const taxonomy *t, int category, enum taxonomy_language language) {
    return t->nodes[category]->names[language];
}

int taxonomy_parent(const taxonomy *t, int category) {
    const struct node *parent = t->nodes[category]->parent;
    return parent == &t->top ? CATEGORY_NONE : parent->category;
}

int taxonomy_top(const taxonomy *t, int category) {
    for (int parent; (parent = taxonomy_parent(t, category)) != CATEGORY_NONE;)
        category = parent;
    return category;
}

int taxonomy_depth(const taxonomy *t, int category) {
    return t->nodes[category]->depth;
}

int taxonomy_end(const taxonomy *t, int category) {
    return t->nodes[category]->end;
}

bool taxonomy_is_leaf(const taxonomy *t, int category) {
    return t->nodes[category]->end == category + 1;
}

bool taxonomy_contains(const taxonomy *t, int ancestor, int category) {
    return category >= ancestor && category < t->nodes[ancestor]->end;
}

int taxonomy_like(const taxonomy *t, int category) {
    const struct node *like = t->nodes[category]->like;
    return like ? like->category : CATEGORY_NONE;
}

int taxonomy_kind(const taxonomy *t, int category) {
    const struct node *node = t->nodes[category];
    while (node->like)
        node = node->like;
    return node->category;
}

// Whether `category` or one of its ancestors is of this kind.
static bool lies_in_kind(const taxonomy *t, int category, int kind) {
    for (; category != CATEGORY_NONE; category = taxonomy_parent(t, category))
        if (taxonomy_contains(t, kind, taxonomy_kind(t, category)))
            return true;
    return false;
}

bool taxonomy_agree(const taxonomy *t, int a, int b) {
    return lies_in_kind(t, a, taxonomy_kind(t, b)) || lies_in_kind(t, b, taxonomy_kind(t, a));
}

// Whether the wearer's name is one of the words of the category's id.
static bool is_worn_by(const taxonomy *t, int category, const char *wearer) {
    const char *id = taxonomy_id(t, category);
    size_t length = strlen(wearer);
    for (const char *at = id; (at = strstr(at, wearer)); at += length)
        if ((at == id || at[-1] == '.') && (at[length] == '.' || at[length] == 0))
            return true;
    return false;
}

static int find_kind_for(const taxonomy *t, int kind, const char *wearer) {
    for (int c = 0; c < t->count; c++)
        if (taxonomy_kind(t, c) == kind && is_worn_by(t, c, wearer))
            return c;
    return CATEGORY_NONE;
}

// accessories.watches has accessories.watches.men below it.
static int find_child_for(const taxonomy *t, int category, const char *wearer) {
    for (int c = category + 1; c < taxonomy_end(t, category); c++)
        if (taxonomy_parent(t, c) == category && is_worn_by(t, c, wearer))
            return c;
    return CATEGORY_NONE;
}

static int find_for_wearer(const taxonomy *t, int category, const char *wearer) {
    if (is_worn_by(t, category, wearer))
        return category;
    int found = find_child_for(t, category, wearer);
    for (int c = category; c != CATEGORY_NONE && found == CATEGORY_NONE; c = taxonomy_parent(t, c))
        found = find_kind_for(t, taxonomy_kind(t, c), wearer);
    return found;
}

int taxonomy_for_wearer(const taxonomy *t, int category, const char *wearer) {
    int found = find_for_wearer(t, category, wearer);
    if (found == CATEGORY_NONE && (strcmp(wearer, "girls") == 0 || strcmp(wearer, "boys") == 0))
        found = find_for_wearer(t, category, "kids");
    return found == CATEGORY_NONE ? category : found;
}

struct weights taxonomy_weights(const taxonomy *t, int category) {
    for (const struct node *node = t->nodes[category]; node; node = node->parent)
        for (const struct node *like = node; like; like = like->like)
            if (like->own.shape || like->own.colour)
                return like->own;
    return t->top.own;
}

void taxonomy_digest(const taxonomy *t, char hex[SHA256_HEX_BYTES]) {
    memcpy(hex, t->digest, sizeof t->digest);
}

const char *taxonomy_synonym(const taxonomy *t, int category, size_t i) {
    const char **synonyms = t->nodes[category]->synonyms;
    for (size_t skipped = 0; synonyms && synonyms[skipped]; skipped++)
        if (skipped == i)
            return synonyms[i];
    return NULL;
}
