// SPDX-License-Identifier: Apache-2.0
#include "label/coco.h"

#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "vision/rle.h"

enum { IMAGE_ARENA_BYTES = 256 * 1024 * 1024 };

static const char BESIDE[] = "coco.json"; // what is of the whole file

// --- Import ---

struct import {
    const char *path, *folder;
    json_t *json;
    GHashTable *categories;  // int64 → name
    GHashTable *annotations; // image's int64 → GPtrArray of json_t
    GHashTable *written;     // names of photos without their endings
    arena arena;             // of one image
    struct label_counts *counts;
    nacre_error *error;
};

static nacre_status wrong(struct import *im, const char *what, json_int_t id) {
    return error_set(im->error, NACRE_ERROR_FORMAT, "%s: %s %lld", im->path, what, (long long)id);
}

static nacre_status no_memory(struct import *im) {
    return error_set(im->error, NACRE_ERROR_LIMIT, "%s: an image has more labels than nacre reads", im->path);
}

static json_int_t integer(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

// What is left of `object` without `known` keys, as compact JSON; NULL where nothing is.
static nacre_status keep_rest(struct import *im, json_t *object, const char *const *known,
                              const char **text) {
    json_t *rest = json_copy(object);
    for (size_t i = 0; known[i]; i++)
        json_object_del(rest, known[i]);
    char *printed = json_object_size(rest) ? json_dumps(rest, JSON_COMPACT) : NULL;
    *text = printed ? arena_text(&im->arena, printed) : NULL;
    bool failed = json_object_size(rest) && !*text;
    memory_free(printed);
    json_decref(rest);
    return failed ? no_memory(im) : NACRE_OK;
}

static const char *text_or_null(struct import *im, const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text ? arena_text(&im->arena, text) : NULL;
}

static nacre_status copy_texts(struct import *im, const json_t *array, const char ***texts, size_t *count) {
    *count = 0;
    *texts = arena_new(&im->arena, json_array_size(array) + 1, sizeof **texts);
    if (!*texts)
        return no_memory(im);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text && !((*texts)[(*count)++] = arena_text(&im->arena, text)))
            return no_memory(im);
    }
    return NACRE_OK;
}

static nacre_status take_polygons(struct import *im, const json_t *list, json_int_t id,
                                  struct seg_object *o) {
    size_t count = json_array_size(list);
    o->polygons = arena_new(&im->arena, count + 1, sizeof *o->polygons);
    if (!o->polygons)
        return no_memory(im);
    for (size_t i = 0; i < count; i++) {
        const json_t *numbers = json_array_get(list, i);
        size_t size = json_array_size(numbers);
        double *points = arena_new(&im->arena, size + 1, sizeof *points);
        if (!points)
            return no_memory(im);
        bool good = size >= 6 && size % 2 == 0;
        for (size_t j = 0; j < size; j++) {
            good = good && json_is_number(json_array_get(numbers, j));
            points[j] = json_number_value(json_array_get(numbers, j));
        }
        if (!good)
            return wrong(im, "there is a polygon without the x and y of 3 points in annotation", id);
        o->polygons[o->polygon_count++] = (struct seg_polygon){points, size / 2};
    }
    return NACRE_OK;
}

// Run lengths as a list of numbers become COCO's text.
static nacre_status compress_mask(struct import *im, const json_t *lengths, struct seg_object *o) {
    struct runs runs = {0};
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < json_array_size(lengths) && !status; i++) {
        json_int_t length = json_integer_value(json_array_get(lengths, i));
        if (length < 0 || length > LIMIT_PICTURE_PIXELS)
            status = NACRE_ERROR_FORMAT;
        else
            status = runs_add(&runs, i % 2, (uint32_t)length);
    }
    if (!status)
        status = runs_print(&runs, &im->arena, &o->mask);
    runs_fini(&runs);
    return status;
}

static nacre_status take_outline(struct import *im, const json_t *outline, json_int_t id, const struct seg *s,
                                 struct seg_object *o) {
    if (json_is_array(outline))
        return take_polygons(im, outline, id, o);
    if (!json_is_object(outline))
        return NACRE_OK;
    const json_t *size = json_object_get(outline, "size"), *counts = json_object_get(outline, "counts");
    if (json_integer_value(json_array_get(size, 0)) != s->height ||
        json_integer_value(json_array_get(size, 1)) != s->width)
        return wrong(im, "the mask is not of the image's size in annotation", id);
    if (json_is_string(counts))
        o->mask = text_or_null(im, outline, "counts");
    else if (json_is_array(counts) && compress_mask(im, counts, o))
        return wrong(im, "the mask's run lengths are wrong in annotation", id);
    return o->mask ? NACRE_OK : wrong(im, "the mask has no run lengths in annotation", id);
}

// COCO's area is kept only where it is not what the outline gives.
static nacre_status take_area(struct import *im, const json_t *number, json_int_t id, const struct seg *s,
                              struct seg_object *o) {
    double area;
    if (!seg_area(s, o, &area))
        return wrong(im, "the mask's run lengths are wrong in annotation", id);
    if (!json_is_number(number) || json_number_value(number) == area)
        return NACRE_OK;
    char text[SEG_NUMBER_BYTES];
    seg_format_number(json_number_value(number), text);
    o->area = arena_text(&im->arena, text);
    return o->area ? NACRE_OK : no_memory(im);
}

// Whether the export gave the number, since the .seg had none.
static bool is_given(const json_t *object) {
    return json_is_true(json_object_get(json_object_get(object, "nacre"), "given"));
}

static nacre_status take_own_words(struct import *im, const json_t *own, json_int_t id,
                                   struct seg_object *o) {
    const char *state = json_string_value(json_object_get(own, "state"));
    if (state && !seg_parse_state(state, &o->state))
        return wrong(im, "the state is unknown in annotation", id);
    o->drawn_by = text_or_null(im, own, "drawn");
    o->checked_by = text_or_null(im, own, "checked");
    return copy_texts(im, json_object_get(own, "colours"), &o->colours, &o->colour_count);
}

static nacre_status take_annotation(struct import *im, json_t *json, const struct seg *s,
                                    struct seg_object *o) {
    static const char *const known[] = {"id",      "image_id", "category_id", "bbox", "segmentation",
                                        "iscrowd", "area",     "nacre",       NULL};
    json_int_t id = integer(json, "id"), category_id = integer(json, "category_id");
    const json_t *box = json_object_get(json, "bbox");
    const char *category = g_hash_table_lookup(im->categories, &category_id);
    if (!category)
        return wrong(im, "the category is not listed in annotation", id);
    *o = (struct seg_object){
        .id = is_given(json) ? 0 : id, .category = category, .crowd = integer(json, "iscrowd") == 1};
    for (size_t i = 0; i < 4; i++) {
        if (!json_is_number(json_array_get(box, i)))
            return wrong(im, "bbox is no list of four numbers in annotation", id);
        o->box[i] = json_number_value(json_array_get(box, i));
    }
    nacre_status status = take_outline(im, json_object_get(json, "segmentation"), id, s, o);
    if (!status)
        status = take_area(im, json_object_get(json, "area"), id, s, o);
    if (!status)
        status = take_own_words(im, json_object_get(json, "nacre"), id, o);
    return status ? status : keep_rest(im, json, known, &o->extra);
}

static nacre_status take_objects(struct import *im, json_int_t image_id, struct seg *s) {
    GPtrArray *list = g_hash_table_lookup(im->annotations, &image_id);
    if (!list)
        return NACRE_OK;
    s->objects = arena_new(&im->arena, list->len, sizeof *s->objects);
    if (!s->objects)
        return no_memory(im);
    nacre_status status = NACRE_OK;
    for (guint i = 0; i < list->len && !status; i++)
        status = take_annotation(im, list->pdata[i], s, &s->objects[s->object_count++]);
    g_hash_table_remove(im->annotations, &image_id);
    return status;
}

static nacre_status take_image(struct import *im, json_t *json) {
    static const char *const known[] = {"id", "file_name", "width", "height", "nacre", NULL};
    const char *name = json_string_value(json_object_get(json, "file_name"));
    json_int_t id = integer(json, "id"), width = integer(json, "width"), height = integer(json, "height");
    const json_t *own = json_object_get(json, "nacre");
    const char *domain = json_string_value(json_object_get(own, "domain"));
    if (!name || width < 1 || height < 1 || width > LIMIT_PICTURE_SIDE || height > LIMIT_PICTURE_SIDE)
        return wrong(im, "file_name, width or height is missing or wrong in image", id);
    struct seg s = {.id = is_given(json) ? 0 : id,
                    .photo = strrchr(name, '/') ? strrchr(name, '/') + 1 : name,
                    .width = (int)width,
                    .height = (int)height};
    if (domain && !seg_parse_domain(domain, &s.domain))
        return wrong(im, "the domain is unknown in image", id);
    const char *dot = strrchr(name, '.');
    if (!g_hash_table_add(im->written, g_strndup(name, dot ? (gsize)(dot - name) : strlen(name))))
        return wrong(im, "another image has the same name, in image", id);
    nacre_status status = copy_texts(im, json_object_get(own, "complete"), &s.complete, &s.complete_count);
    if (!status)
        status = keep_rest(im, json, known, &s.extra);
    if (!status)
        status = take_objects(im, id, &s);
    if (!status)
        status = label_put(im->folder, name, &s, im->error);
    im->counts->photos += !status;
    im->counts->objects += status ? 0 : s.object_count;
    return status;
}

static void index_file(struct import *im) {
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(im->json, "categories"), i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));
        json_int_t id = integer(entry, "id");
        if (name)
            g_hash_table_insert(im->categories, g_memdup2(&id, sizeof id), g_strdup(name));
    }
    json_array_foreach(json_object_get(im->json, "annotations"), i, entry) {
        json_int_t id = integer(entry, "image_id");
        GPtrArray *list = g_hash_table_lookup(im->annotations, &id);
        if (!list) {
            list = g_ptr_array_new();
            g_hash_table_insert(im->annotations, g_memdup2(&id, sizeof id), list);
        }
        g_ptr_array_add(list, entry);
    }
}

static nacre_status take_images(struct import *im) {
    nacre_status status = NACRE_OK;
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(im->json, "images"), i, entry) {
        arena_reset(&im->arena);
        status = take_image(im, entry);
        if (status)
            return status;
    }
    GHashTableIter left;
    gpointer image_id;
    g_hash_table_iter_init(&left, im->annotations);
    if (g_hash_table_iter_next(&left, &image_id, NULL))
        status = wrong(im, "there are annotations of an image that is not listed:", *(json_int_t *)image_id);
    return status;
}

// What is of the whole file goes beside the .seg files.
static nacre_status put_beside(struct import *im) {
    json_object_del(im->json, "images");
    json_object_del(im->json, "annotations");
    char *text = json_dumps(im->json, JSON_INDENT(1));
    char *path = g_build_filename(im->folder, BESIDE, NULL);
    nacre_status status =
        text ? file_write(path, text, strlen(text), im->error) : error_memory(im->error, "importing labels");
    g_free(path);
    memory_free(text);
    return status;
}

static nacre_status load(const char *path, json_t **json, nacre_error *error) {
    char *bytes;
    size_t length;
    nacre_status status = file_read(path, LIMIT_LABEL_BYTES, &bytes, &length, error);
    if (status)
        return status;
    json_error_t problem;
    *json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &problem);
    memory_free(bytes);
    if (!*json)
        return error_set(error, NACRE_ERROR_FORMAT, "%s: line %d: %s", path, problem.line, problem.text);
    return NACRE_OK;
}

nacre_status coco_import(const char *path, const char *folder, struct label_counts *counts,
                         nacre_error *error) {
    *counts = (struct label_counts){0};
    struct import im = {.path = path, .folder = folder, .counts = counts, .error = error};
    nacre_status status = load(path, &im.json, error);
    if (status)
        return status;
    if (!json_is_array(json_object_get(im.json, "images"))) {
        json_decref(im.json);
        return error_set(error, NACRE_ERROR_FORMAT, "%s: it has no images: it is no COCO file", path);
    }
    im.categories = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    im.annotations =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    im.written = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    arena_init(&im.arena, IMAGE_ARENA_BYTES);
    index_file(&im);
    status = file_make_folder(folder, error);
    if (!status)
        status = take_images(&im);
    if (!status)
        status = put_beside(&im);
    arena_fini(&im.arena);
    g_hash_table_unref(im.written);
    g_hash_table_unref(im.annotations);
    g_hash_table_unref(im.categories);
    json_decref(im.json);
    return status;
}

// --- Export ---

struct export {
    json_t *json, *images, *annotations, *categories; // the lists are borrowed from json
    json_t *numbers;                                  // category name → its number
    json_int_t last_category, last_image, last_annotation;
    struct label_counts *counts;
};

// 1 instead of 1.0, as COCO's own files have it.
static json_t *number_json(double number) {
    bool whole = number == (double)(json_int_t)number && number > -1e15 && number < 1e15;
    return whole ? json_integer((json_int_t)number) : json_real(number);
}

static json_t *numbers_json(const double *numbers, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, number_json(numbers[i]));
    return list;
}

static json_t *texts_json(const char *const *texts, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(texts[i]));
    return list;
}

// Adds what was kept of a COCO object.
static void add_rest(json_t *object, const char *extra) {
    json_t *rest = extra ? json_loads(extra, 0, NULL) : NULL;
    if (json_is_object(rest))
        json_object_update_missing(object, rest);
    json_decref(rest);
}

static json_int_t category_number(struct export *ex, const char *name) {
    json_t *number = json_object_get(ex->numbers, name);
    if (number)
        return json_integer_value(number);
    ex->last_category++;
    json_object_set_new(ex->numbers, name, json_integer(ex->last_category));
    json_array_append_new(ex->categories, json_pack("{s:I, s:s}", "id", ex->last_category, "name", name));
    return ex->last_category;
}

static json_t *outline_json(const struct seg *s, const struct seg_object *o) {
    if (o->mask)
        return json_pack("{s:[i,i], s:s}", "size", s->height, s->width, "counts", o->mask);
    json_t *list = json_array();
    for (size_t i = 0; i < o->polygon_count; i++)
        json_array_append_new(list, numbers_json(o->polygons[i].points, 2 * o->polygons[i].count));
    return list;
}

static json_t *area_json(const struct seg *s, const struct seg_object *o) {
    double area = 0;
    if (o->area)
        area = g_ascii_strtod(o->area, NULL);
    else
        (void)!seg_area(s, o, &area);
    return number_json(area);
}

static void add_object(struct export *ex, const struct seg *s, const struct seg_object *o,
                       json_int_t image_id) {
    json_t *own = json_pack("{s:s, s:o}", "state", seg_state_word(o->state), "colours",
                            texts_json(o->colours, o->colour_count));
    if (!o->id)
        json_object_set_new(own, "given", json_true());
    if (o->drawn_by)
        json_object_set_new(own, "drawn", json_string(o->drawn_by));
    if (o->checked_by)
        json_object_set_new(own, "checked", json_string(o->checked_by));
    json_t *annotation = json_pack("{s:I, s:I, s:I, s:o, s:o, s:o, s:i, s:o}", "id",
                                   o->id ? (json_int_t)o->id : ++ex->last_annotation, "image_id", image_id,
                                   "category_id", category_number(ex, o->category), "segmentation",
                                   outline_json(s, o), "area", area_json(s, o), "bbox",
                                   numbers_json(o->box, 4), "iscrowd", o->crowd ? 1 : 0, "nacre", own);
    add_rest(annotation, o->extra);
    json_array_append_new(ex->annotations, annotation);
    ex->counts->objects++;
}

static nacre_status add_photo(void *context, const char *path, const struct seg *s) {
    struct export *ex = context;
    json_int_t id = s->id ? (json_int_t)s->id : ++ex->last_image;
    char *folder = g_path_get_dirname(path);
    char *name = strcmp(folder, ".") == 0 ? g_strdup(s->photo) : g_build_filename(folder, s->photo, NULL);
    json_t *image = json_pack("{s:I, s:s, s:i, s:i, s:{s:s, s:o}}", "id", id, "file_name", name, "width",
                              s->width, "height", s->height, "nacre", "domain", seg_domain_word(s->domain),
                              "complete", texts_json(s->complete, s->complete_count));
    if (!s->id)
        json_object_set_new(json_object_get(image, "nacre"), "given", json_true());
    add_rest(image, s->extra);
    json_array_append_new(ex->images, image);
    for (size_t i = 0; i < s->object_count; i++)
        add_object(ex, s, &s->objects[i], id);
    ex->counts->photos++;
    g_free(name);
    g_free(folder);
    return NACRE_OK;
}

// New numbers begin behind those that are there.
static nacre_status find_last(void *context, const char *path, const struct seg *s) {
    (void)path;
    struct export *ex = context;
    ex->last_image = s->id > ex->last_image ? s->id : ex->last_image;
    for (size_t i = 0; i < s->object_count; i++)
        ex->last_annotation = s->objects[i].id > ex->last_annotation ? s->objects[i].id : ex->last_annotation;
    return NACRE_OK;
}

static nacre_status begin_export(struct export *ex, const char *folder, nacre_error *error) {
    char *beside = g_build_filename(folder, BESIDE, NULL);
    nacre_status status = file_exists(beside) ? load(beside, &ex->json, error) : NACRE_OK;
    g_free(beside);
    if (status)
        return status;
    if (!json_is_object(ex->json)) {
        json_decref(ex->json);
        ex->json = json_object();
    }
    if (!json_is_array(json_object_get(ex->json, "categories")))
        json_object_set_new(ex->json, "categories", json_array());
    json_object_set_new(ex->json, "images", json_array());
    json_object_set_new(ex->json, "annotations", json_array());
    ex->categories = json_object_get(ex->json, "categories");
    ex->images = json_object_get(ex->json, "images");
    ex->annotations = json_object_get(ex->json, "annotations");
    ex->numbers = json_object();
    size_t i;
    json_t *entry;
    json_array_foreach(ex->categories, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));
        json_int_t id = integer(entry, "id");
        if (name)
            json_object_set_new(ex->numbers, name, json_integer(id));
        ex->last_category = id > ex->last_category ? id : ex->last_category;
    }
    return NACRE_OK;
}

nacre_status coco_export(const char *folder, const char *path, struct label_counts *counts,
                         nacre_error *error) {
    *counts = (struct label_counts){0};
    struct export ex = {.counts = counts};
    nacre_status status = begin_export(&ex, folder, error);
    if (!status)
        status = label_each(folder, find_last, &ex, error);
    if (!status)
        status = label_each(folder, add_photo, &ex, error);
    char *text = status ? NULL : json_dumps(ex.json, JSON_INDENT(1));
    if (!status)
        status = text ? file_write(path, text, strlen(text), error) : error_memory(error, "exporting labels");
    memory_free(text);
    json_decref(ex.numbers);
    json_decref(ex.json);
    return status;
}
