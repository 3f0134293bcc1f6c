// SPDX-License-Identifier: Apache-2.0
#include "evaluate/truth.h"

#include <glib.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "evaluate/ranking.h"

enum { ARENA_BYTES = 1 << 30, NOT_GIVEN = 255 };
static const char UNKNOWN_DOMAIN[] = "unknown";

// What truth_free releases besides the lists.
struct truth_parts {
    arena arena; // texts, groups, grades
    GArray *pictures, *entries, *products, *queries, *domains;
    GHashTable *names, *files, *parts_of_files; // text → number + 1
    GHashTable *product_numbers;                // number of a name + 1 → number of the product + 1
    const taxonomy *taxonomy;
    const char *path;
    char *folder; // of the file: relative paths begin there
    size_t line;
};

// --- Reading a line ---

static nacre_status __attribute__((format(printf, 3, 4)))
wrong(const struct truth_parts *p, nacre_error *error, const char *format, ...) {
    char what[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, NACRE_ERROR_FORMAT, "%s line %zu: %s", p->path, p->line, what);
}

static nacre_status no_memory(nacre_error *error) {
    return error_memory(error, "reading a truth file");
}

// The number of a text in `table`: they are counted in the order of their first use.
static nacre_status number_of(struct truth_parts *p, GHashTable *table, const char *text, size_t *number,
                              nacre_error *error) {
    gpointer found = g_hash_table_lookup(table, text);
    if (!found) {
        char *key = arena_text(&p->arena, text);
        if (!key)
            return no_memory(error);
        found = GSIZE_TO_POINTER((gsize)g_hash_table_size(table) + 1);
        g_hash_table_insert(table, key, found);
    }
    *number = GPOINTER_TO_SIZE(found) - 1;
    return NACRE_OK;
}

static nacre_status check_keys(const struct truth_parts *p, const json_t *object, const char *const *known,
                               nacre_error *error) {
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return wrong(p, error, "\"%s\" is not known beside \"%s\"", key, known[0]);
    }
    return NACRE_OK;
}

static nacre_status read_box(const struct truth_parts *p, const json_t *json, struct truth_picture *picture,
                             nacre_error *error) {
    int sides[4];
    picture->has_box = json != NULL;
    if (!json)
        return NACRE_OK;
    for (size_t i = 0; i < 4; i++) {
        json_int_t side = json_integer_value(json_array_get(json, i));
        if (json_array_size(json) != 4 || !json_is_integer(json_array_get(json, i)) ||
            side < (i < 2 ? 0 : 1) || side > LIMIT_PICTURE_SIDE)
            return wrong(p, error,
                         "\"box\" must be [x, y, width, height] in whole pixels of the upright picture");
        sides[i] = (int)side;
    }
    picture->box = (struct box){sides[0], sides[1], sides[2], sides[3]};
    return NACRE_OK;
}

// The number of the picture that "gallery" or "query" names, with its box.
static nacre_status read_picture(struct truth_parts *p, const json_t *line, const char *key, size_t *number,
                                 nacre_error *error) {
    const char *name = json_string_value(json_object_get(line, key));
    struct truth_picture picture = {0};
    nacre_status status = read_box(p, json_object_get(line, "box"), &picture, error);
    if (status)
        return status;
    if (!name || !*name)
        return wrong(p, error, "\"%s\" must be the path of a picture", key);
    picture.path = g_path_is_absolute(name) ? arena_text(&p->arena, name)
                                            : arena_printf(&p->arena, "%s/%s", p->folder, name);
    if (!picture.path)
        return no_memory(error);
    char *part = g_strdup_printf("%d %d %d %d %s", picture.box.x, picture.box.y, picture.box.width,
                                 picture.box.height, picture.path);
    status = number_of(p, p->files, picture.path, &picture.file, error);
    if (!status)
        status = number_of(p, p->parts_of_files, part, number, error);
    g_free(part);
    if (!status && *number == p->pictures->len)
        g_array_append_val(p->pictures, picture);
    return status;
}

// --- The gallery ---

static nacre_status read_groups(struct truth_parts *p, const json_t *json, struct truth_product *product,
                                nacre_error *error) {
    size_t more = json_array_size(json), count = product->group_count;
    if (json && !json_is_array(json))
        return wrong(p, error, "\"groups\" must be a list of names");
    size_t *groups = arena_new(&p->arena, count + more + 1, sizeof *groups);
    if (!groups)
        return no_memory(error);
    if (count)
        memcpy(groups, product->groups, count * sizeof *groups);
    for (size_t i = 0; i < more; i++) {
        const char *name = json_string_value(json_array_get(json, i));
        if (!name)
            return wrong(p, error, "\"groups\" must be a list of names");
        nacre_status status = number_of(p, p->names, name, &groups[count + i], error);
        if (status)
            return status;
    }
    product->groups = groups;
    product->group_count = count + more;
    return NACRE_OK;
}

static nacre_status read_entry(struct truth_parts *p, const json_t *line, nacre_error *error) {
    static const char *const keys[] = {"gallery", "box", "product", "groups", NULL};
    struct truth_entry entry;
    nacre_status status = check_keys(p, line, keys, error);
    if (!status)
        status = read_picture(p, line, "gallery", &entry.picture, error);
    if (status)
        return status;
    const json_t *given = json_object_get(line, "product");
    const char *name = json_string_value(given ? given : json_object_get(line, "gallery"));
    if (!name || !*name)
        return wrong(p, error, "\"product\" must be a name");
    size_t own;
    status = number_of(p, p->names, name, &own, error);
    if (status)
        return status;
    gpointer found = g_hash_table_lookup(p->product_numbers, GSIZE_TO_POINTER(own + 1));
    entry.product = found ? GPOINTER_TO_SIZE(found) - 1 : p->products->len;
    if (!found) {
        struct truth_product product = {.name = arena_text(&p->arena, name), .own = own};
        if (!product.name)
            return no_memory(error);
        g_array_append_val(p->products, product);
        g_hash_table_insert(p->product_numbers, GSIZE_TO_POINTER(own + 1),
                            GSIZE_TO_POINTER(entry.product + 1));
    }
    g_array_append_val(p->entries, entry);
    return read_groups(p, json_object_get(line, "groups"),
                       &g_array_index(p->products, struct truth_product, entry.product), error);
}

// --- Queries ---

static nacre_status read_relevant(struct truth_parts *p, const json_t *json, struct truth_query *query,
                                  nacre_error *error) {
    if (!json_is_object(json) || json_object_size(json) == 0)
        return wrong(p, error, "\"relevant\" must name products or groups with their grades, {\"NAME\": 1}");
    struct truth_grade *list = arena_new(&p->arena, json_object_size(json), sizeof *list);
    if (!list)
        return no_memory(error);
    const char *name;
    const json_t *value;
    json_object_foreach((json_t *)json, name, value) {
        json_int_t grade = json_integer_value(value);
        if (!json_is_integer(value) || grade < 0 || grade > RANKING_MAX_GRADE)
            return wrong(p, error, "the grade of \"%s\" must be 0, 1, 2 or 3", name);
        struct truth_grade *place = &list[query->relevant_count++];
        place->grade = (uint8_t)grade;
        nacre_status status = number_of(p, p->names, name, &place->name, error);
        if (status)
            return status;
    }
    query->relevant = list;
    return NACRE_OK;
}

static nacre_status read_domain(struct truth_parts *p, const json_t *json, size_t *domain,
                                nacre_error *error) {
    const char *name = json ? json_string_value(json) : UNKNOWN_DOMAIN;
    if (!name || !*name)
        return wrong(p, error, "\"domain\" must be a word such as \"user\" or \"studio\"");
    for (*domain = 0; *domain < p->domains->len; ++*domain) {
        if (strcmp(g_array_index(p->domains, const char *, *domain), name) == 0)
            return NACRE_OK;
    }
    const char *kept = arena_text(&p->arena, name);
    if (!kept)
        return no_memory(error);
    g_array_append_val(p->domains, kept);
    return NACRE_OK;
}

static nacre_status read_category(const struct truth_parts *p, const json_t *json, int *category,
                                  nacre_error *error) {
    *category = CATEGORY_NONE;
    if (!json)
        return NACRE_OK;
    const char *id = json_string_value(json);
    *category = id ? taxonomy_find(p->taxonomy, id) : CATEGORY_NONE;
    if (*category == CATEGORY_NONE)
        return wrong(p, error, "there is no category \"%s\": `nacre taxonomy search WORD` finds the right id",
                     id ? id : "");
    return NACRE_OK;
}

static nacre_status read_query(struct truth_parts *p, const json_t *line, nacre_error *error) {
    static const char *const keys[] = {"query", "box", "domain", "category", "relevant", NULL};
    struct truth_query query = {0};
    nacre_status status = check_keys(p, line, keys, error);
    if (!status)
        status = read_picture(p, line, "query", &query.picture, error);
    if (!status)
        status = read_domain(p, json_object_get(line, "domain"), &query.domain, error);
    if (!status)
        status = read_category(p, json_object_get(line, "category"), &query.category, error);
    if (!status)
        status = read_relevant(p, json_object_get(line, "relevant"), &query, error);
    if (!status)
        g_array_append_val(p->queries, query);
    return status;
}

static nacre_status read_line(struct truth_parts *p, const char *text, size_t length, nacre_error *error) {
    json_error_t problem;
    json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    if (!line)
        return wrong(p, error, "it is not JSON: %s", problem.text);
    nacre_status status;
    if (json_object_get(line, "query"))
        status = read_query(p, line, error);
    else if (json_object_get(line, "gallery"))
        status = read_entry(p, line, error);
    else
        status = wrong(p, error, "it has neither \"gallery\" nor \"query\"");
    json_decref(line);
    return status;
}

// --- The file ---

static nacre_status read_lines(struct truth_parts *p, const char *bytes, size_t length, nacre_error *error) {
    nacre_status status = NACRE_OK;
    for (size_t at = 0; at < length && !status;) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t size = end ? (size_t)(end - bytes) - at : length - at;
        p->line++;
        if (strspn(bytes + at, " \t\r") < size)
            status = read_line(p, bytes + at, size, error);
        at += size + 1;
    }
    if (!status && (p->entries->len == 0 || p->queries->len == 0))
        status = error_set(error, NACRE_ERROR_FORMAT, "%s: it has no %s: see docs/evaluate.md", p->path,
                           p->entries->len ? "queries" : "gallery");
    return status;
}

// Names that are relevant to a query, and that neither a product nor a group of the gallery has.
static size_t count_unknown(const struct truth *truth) {
    uint8_t *known = g_new0(uint8_t, truth->name_count);
    size_t unknown = 0;
    for (size_t i = 0; i < truth->product_count; i++) {
        known[truth->products[i].own] = 1;
        for (size_t g = 0; g < truth->products[i].group_count; g++)
            known[truth->products[i].groups[g]] = 1;
    }
    for (size_t i = 0; i < truth->query_count; i++) {
        for (size_t r = 0; r < truth->queries[i].relevant_count; r++) {
            uint8_t *name = &known[truth->queries[i].relevant[r].name];
            unknown += !*name;
            *name = 1;
        }
    }
    g_free(known);
    return unknown;
}

static void set_lists(struct truth *truth) {
    struct truth_parts *p = truth->parts;
    truth->pictures = (struct truth_picture *)(void *)p->pictures->data;
    truth->picture_count = p->pictures->len;
    truth->entries = (struct truth_entry *)(void *)p->entries->data;
    truth->entry_count = p->entries->len;
    truth->products = (struct truth_product *)(void *)p->products->data;
    truth->product_count = p->products->len;
    truth->queries = (struct truth_query *)(void *)p->queries->data;
    truth->query_count = p->queries->len;
    truth->domains = (const char **)(void *)p->domains->data;
    truth->domain_count = p->domains->len;
    truth->name_count = g_hash_table_size(p->names);
    truth->unknown = count_unknown(truth);
}

static struct truth_parts *new_parts(const char *path, const taxonomy *t) {
    struct truth_parts *p = memory_new(1, sizeof *p);
    if (!p)
        return NULL;
    arena_init(&p->arena, ARENA_BYTES);
    p->pictures = g_array_new(FALSE, TRUE, sizeof(struct truth_picture));
    p->entries = g_array_new(FALSE, TRUE, sizeof(struct truth_entry));
    p->products = g_array_new(FALSE, TRUE, sizeof(struct truth_product));
    p->queries = g_array_new(FALSE, TRUE, sizeof(struct truth_query));
    p->domains = g_array_new(FALSE, TRUE, sizeof(const char *));
    p->names = g_hash_table_new(g_str_hash, g_str_equal);
    p->files = g_hash_table_new(g_str_hash, g_str_equal);
    p->parts_of_files = g_hash_table_new(g_str_hash, g_str_equal);
    p->product_numbers = g_hash_table_new(NULL, NULL);
    p->taxonomy = t;
    p->path = path;
    p->folder = g_path_get_dirname(path);
    return p;
}

nacre_status truth_read(const char *path, const taxonomy *t, struct truth **result, nacre_error *error) {
    char *bytes;
    size_t length;
    nacre_status status = file_read(path, LIMIT_TRUTH_BYTES, &bytes, &length, error);
    if (status)
        return status;
    struct truth *truth = memory_new(1, sizeof *truth);
    if (truth)
        truth->parts = new_parts(path, t);
    status = truth && truth->parts ? read_lines(truth->parts, bytes, length, error) : no_memory(error);
    memory_free(bytes);
    if (status) {
        truth_free(truth);
        return status;
    }
    set_lists(truth);
    *result = truth;
    return NACRE_OK;
}

void truth_free(struct truth *truth) {
    if (truth && truth->parts) {
        struct truth_parts *p = truth->parts;
        GArray *const lists[] = {p->pictures, p->entries, p->products, p->queries, p->domains};
        GHashTable *const tables[] = {p->names, p->files, p->parts_of_files, p->product_numbers};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
            g_array_unref(lists[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
            g_hash_table_unref(tables[i]);
        g_free(p->folder);
        arena_fini(&p->arena);
        memory_free(p);
    }
    memory_free(truth);
}

void truth_grades(const struct truth *truth, const struct truth_query *query, uint8_t *scratch,
                  uint8_t *grades) {
    memset(scratch, NOT_GIVEN, truth->name_count);
    for (size_t i = 0; i < query->relevant_count; i++)
        scratch[query->relevant[i].name] = query->relevant[i].grade;
    for (size_t i = 0; i < truth->product_count; i++) {
        const struct truth_product *product = &truth->products[i];
        uint8_t grade = scratch[product->own];
        if (grade == NOT_GIVEN) {
            grade = 0;
            for (size_t g = 0; g < product->group_count; g++) {
                uint8_t of_group = scratch[product->groups[g]];
                if (of_group != NOT_GIVEN && of_group > grade)
                    grade = of_group;
            }
        }
        grades[i] = grade;
    }
}
