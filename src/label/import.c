// SPDX-License-Identifier: Apache-2.0
#include "label/import.h"

#include <glib.h>
#include <libxml/parser.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "picture/picture.h"
#include "vision/rle.h"

enum { PHOTO_ARENA_BYTES = 256 * 1024 * 1024, MAX_OBJECTS = 10000, GREYS = 256 };

struct import {
    const struct label_import *how;
    char **classes; // NULL-terminated
    size_t class_count;
    arena arena;      // of one photo
    const char *path; // of the label file at hand
    struct seg *seg;  // of the photo at hand, with room for MAX_OBJECTS
    struct label_counts *counts;
    nacre_error *error;
};

static const char *const SUFFIXES[] = {".txt", ".xml", ".png"};

static nacre_status add_object(struct import *im, const char *category, double x, double y, double width,
                               double height, struct seg_object **object) {
    if (im->seg->object_count == MAX_OBJECTS)
        return error_set(im->error, NACRE_ERROR_LIMIT, "%s: there are more than %d objects", im->path,
                         MAX_OBJECTS);
    struct seg_object *o = &im->seg->objects[im->seg->object_count++];
    *o = (struct seg_object){.category = arena_text(&im->arena, category), .box = {x, y, width, height}};
    *object = o;
    return o->category ? NACRE_OK : error_memory(im->error, "importing labels");
}

// --- YOLO: class, then centre and size of the box, or the outline's points, as fractions of the photo ---

static nacre_status take_outline(struct import *im, const double *fractions, size_t count,
                                 const char *category) {
    double *points = arena_new(&im->arena, count, sizeof *points);
    struct seg_polygon *polygon = arena_new(&im->arena, 1, sizeof *polygon);
    if (!points || !polygon)
        return error_memory(im->error, "importing labels");
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < count; i++) {
        points[i] = fractions[i] * (i % 2 ? im->seg->height : im->seg->width);
        low[i % 2] = fmin(low[i % 2], points[i]);
        high[i % 2] = fmax(high[i % 2], points[i]);
    }
    struct seg_object *o;
    nacre_status status = add_object(im, category, low[0], low[1], high[0] - low[0], high[1] - low[1], &o);
    if (status)
        return status;
    *polygon = (struct seg_polygon){points, count / 2};
    o->polygons = polygon;
    o->polygon_count = 1;
    return NACRE_OK;
}

static nacre_status read_yolo_line(struct import *im, char **words, size_t count, size_t line) {
    double *numbers = arena_new(&im->arena, count, sizeof *numbers);
    if (!numbers)
        return error_memory(im->error, "importing labels");
    bool good = count >= 5 && count % 2 == 1;
    for (size_t i = 0; i < count; i++) {
        char *end;
        numbers[i] = g_ascii_strtod(words[i], &end);
        good = good && !*end && isfinite(numbers[i]) && (i == 0 || (numbers[i] >= 0 && numbers[i] <= 1));
    }
    if (!good || numbers[0] < 0 || numbers[0] >= (double)im->class_count || numbers[0] != floor(numbers[0]))
        return error_set(
            im->error, NACRE_ERROR_FORMAT,
            "%s: line %zu: expected a class from 0 to %zu, then centre x, centre y, width and height, or the "
            "points of an outline, as fractions of the photo",
            im->path, line, im->class_count - 1);
    const char *category = im->classes[(size_t)numbers[0]];
    if (count > 5)
        return take_outline(im, numbers + 1, count - 1, category);
    double width = numbers[3] * im->seg->width, height = numbers[4] * im->seg->height;
    struct seg_object *o;
    return add_object(im, category, numbers[1] * im->seg->width - width / 2,
                      numbers[2] * im->seg->height - height / 2, width, height, &o);
}

static nacre_status read_yolo(struct import *im, const char *bytes, size_t length) {
    char *text = g_strndup(bytes, length);
    char **lines = g_strsplit(text, "\n", -1);
    nacre_status status = NACRE_OK;
    for (size_t i = 0; lines[i] && !status; i++) {
        // Several spaces in a row give empty words, which are closed up.
        char **words = g_strsplit_set(g_strstrip(lines[i]), " \t", -1);
        size_t count = 0;
        for (size_t j = 0; words[j]; j++) {
            if (*words[j])
                words[count++] = words[j];
            else
                g_free(words[j]);
        }
        words[count] = NULL;
        if (count)
            status = read_yolo_line(im, words, count, i + 1);
        g_strfreev(words);
    }
    g_strfreev(lines);
    g_free(text);
    return status;
}

// --- Pascal VOC ---

static const xmlNode *child(const xmlNode *node, const char *name) {
    for (const xmlNode *c = node ? node->children : NULL; c; c = c->next) {
        if (c->type == XML_ELEMENT_NODE && strcmp((const char *)c->name, name) == 0)
            return c;
    }
    return NULL;
}

static bool read_number(const xmlNode *box, const char *name, double *number) {
    const xmlNode *node = child(box, name);
    xmlChar *text = node ? xmlNodeGetContent(node) : NULL;
    char *end = NULL;
    if (text)
        *number = g_ascii_strtod((const char *)text, &end);
    bool good = text && end != (const char *)text && !end[strspn(end, " \t\r\n")] && isfinite(*number);
    xmlFree(text);
    return good;
}

static nacre_status read_voc_object(struct import *im, const xmlNode *node) {
    const xmlNode *box = child(node, "bndbox");
    double left, top, right, bottom, difficult = 0;
    xmlChar *name = child(node, "name") ? xmlNodeGetContent(child(node, "name")) : NULL;
    bool good = name && *g_strstrip((char *)name) && read_number(box, "xmin", &left) &&
                read_number(box, "ymin", &top) && read_number(box, "xmax", &right) &&
                read_number(box, "ymax", &bottom);
    nacre_status status;
    if (!good) {
        status = error_set(im->error, NACRE_ERROR_FORMAT,
                           "%s: line %ld: the object has no name or no whole bndbox", im->path,
                           xmlGetLineNo(node));
    } else {
        struct seg_object *o;
        status = add_object(im, (const char *)name, left, top, right - left, bottom - top, &o);
        if (!status && read_number(node, "difficult", &difficult) && difficult == 1)
            o->state = SEG_DOUBTFUL;
    }
    xmlFree(name);
    return status;
}

static nacre_status read_voc(struct import *im, const char *bytes, size_t length) {
    xmlDocPtr document = xmlReadMemory(bytes, (int)length, im->path, NULL,
                                       XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    nacre_status status = NACRE_OK;
    if (!root || document->intSubset || strcmp((const char *)root->name, "annotation") != 0)
        status = error_set(im->error, NACRE_ERROR_FORMAT,
                           "%s: it is no Pascal VOC file (XML with <annotation>, no DOCTYPE)", im->path);
    for (const xmlNode *c = status ? NULL : root->children; c && !status; c = c->next) {
        if (c->type == XML_ELEMENT_NODE && strcmp((const char *)c->name, "object") == 0)
            status = read_voc_object(im, c);
    }
    xmlFreeDoc(document);
    return status;
}

// --- Pictures of labels ---

// The mask of one grey value, and the box around it.
static nacre_status take_label(struct import *im, const struct picture *p, uint8_t value) {
    struct runs runs = {0};
    int left = p->width, top = p->height, right = 0, bottom = 0;
    nacre_status status = NACRE_OK;
    for (int x = 0; x < p->width; x++) {
        for (int y = 0; y < p->height && !status; y++) {
            bool set = p->pixels[3 * ((size_t)y * (size_t)p->width + (size_t)x)] == value;
            status = runs_add(&runs, set, 1);
            if (!set)
                continue;
            left = x < left ? x : left;
            right = x + 1;
            top = y < top ? y : top;
            bottom = y + 1 > bottom ? y + 1 : bottom;
        }
    }
    struct seg_object *o = NULL;
    if (!status)
        status = add_object(im, im->classes[value], left, top, right - left, bottom - top, &o);
    if (!status)
        status = runs_print(&runs, &im->arena, &o->mask);
    runs_fini(&runs);
    return status == NACRE_ERROR_MEMORY ? error_memory(im->error, "importing labels") : status;
}

static nacre_status take_labels(struct import *im, const struct picture *p) {
    bool there[GREYS] = {false};
    size_t pixels = (size_t)p->width * (size_t)p->height;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *pixel = p->pixels + 3 * i;
        if (pixel[0] != pixel[1] || pixel[1] != pixel[2])
            return error_set(im->error, NACRE_ERROR_FORMAT, "%s: labels must be grey values, it has colours",
                             im->path);
        there[pixel[0]] = true;
    }
    nacre_status status = NACRE_OK;
    for (int value = 1; value < GREYS && !status; value++) { // 0 is the background
        if (there[value] && (size_t)value >= im->class_count)
            status =
                error_set(im->error, NACRE_ERROR_FORMAT, "%s: label %d has no name: there are %zu classes",
                          im->path, value, im->class_count);
        else if (there[value])
            status = take_label(im, p, (uint8_t)value);
    }
    return status;
}

static nacre_status read_png(struct import *im, const char *bytes, size_t length) {
    struct picture p;
    nacre_status status = picture_decode(bytes, length, 0, &p, im->error);
    if (status)
        return error_prefix(im->error, status, "%s", im->path);
    if (p.width != im->seg->width || p.height != im->seg->height)
        status = error_set(im->error, NACRE_ERROR_FORMAT, "%s: it has %dx%d pixels, its photo %dx%d",
                           im->path, p.width, p.height, im->seg->width, im->seg->height);
    else
        status = take_labels(im, &p);
    picture_fini(&p);
    return status;
}

// --- Photos ---

static nacre_status read_labels(struct import *im, const char *bytes, size_t length) {
    switch (im->how->format) {
    case LABEL_YOLO:
        return read_yolo(im, bytes, length);
    case LABEL_VOC:
        return read_voc(im, bytes, length);
    case LABEL_PNG:
        break;
    }
    return read_png(im, bytes, length);
}

static nacre_status measure_photo(struct import *im, const char *photo) {
    char *path = g_build_filename(im->how->photos, photo, NULL), *bytes;
    size_t length;
    struct picture_info info;
    nacre_status status = file_read(path, LIMIT_PICTURE_BYTES, &bytes, &length, im->error);
    if (!status) {
        status = picture_probe(bytes, length, &info, im->error);
        memory_free(bytes);
        if (status)
            status = error_prefix(im->error, status, "%s", path);
    }
    g_free(path);
    if (status)
        return status;
    im->seg->width = info.width;
    im->seg->height = info.height;
    im->seg->photo = strrchr(photo, '/') ? strrchr(photo, '/') + 1 : photo;
    return NACRE_OK;
}

static nacre_status begin_photo(struct import *im, const char *photo) {
    struct seg *s = im->seg;
    *s = (struct seg){.domain = im->how->domain};
    s->objects = arena_new(&im->arena, MAX_OBJECTS, sizeof *s->objects);
    s->complete = arena_new(&im->arena, im->class_count + 1, sizeof *s->complete);
    if (!s->objects || !s->complete)
        return error_memory(im->error, "importing labels");
    // The first name of a picture's labels is that of the background.
    size_t first = im->how->format == LABEL_PNG;
    for (size_t i = first; im->how->complete && i < im->class_count; i++)
        s->complete[s->complete_count++] = im->classes[i];
    return measure_photo(im, photo);
}

static nacre_status take_photo(struct import *im, const char *photo) {
    const char *dot = strrchr(photo, '.');
    char *name = g_strdup_printf("%.*s%s", (int)(dot - photo), photo, SUFFIXES[im->how->format]);
    char *path = g_build_filename(im->how->labels, name, NULL), *bytes = NULL;
    size_t length;
    struct seg s;
    im->path = path;
    im->seg = &s;
    nacre_status status = NACRE_OK;
    if (file_exists(path)) {
        arena_reset(&im->arena);
        status = file_read(path, LIMIT_LABEL_BYTES, &bytes, &length, im->error);
        if (!status)
            status = begin_photo(im, photo);
        if (!status)
            status = read_labels(im, bytes, length);
        if (!status)
            status = label_put(im->how->photos, photo, &s, im->error);
        im->counts->photos += !status;
        im->counts->objects += status ? 0 : s.object_count;
    }
    memory_free(bytes);
    g_free(path);
    g_free(name);
    return status;
}

static nacre_status read_classes(struct import *im) {
    char *text;
    size_t length;
    nacre_status status = file_read(im->how->classes, LIMIT_JSON_BYTES, &text, &length, im->error);
    if (status)
        return status;
    im->classes = g_strsplit(g_strchomp(text), "\n", -1);
    memory_free(text);
    for (; im->classes[im->class_count]; im->class_count++)
        g_strstrip(im->classes[im->class_count]);
    return NACRE_OK;
}

static nacre_status take_photos(struct import *im, const char *suffix) {
    char **photos;
    nacre_status status = label_list(im->how->photos, suffix, &photos, im->error);
    if (status)
        return status;
    for (size_t i = 0; photos[i] && !status; i++)
        status = take_photo(im, photos[i]);
    g_strfreev(photos);
    return status;
}

nacre_status label_import(const struct label_import *import, struct label_counts *counts,
                          nacre_error *error) {
    static const char *const photos[] = {".jpg", ".jpeg", ".png", ".webp"};
    *counts = (struct label_counts){0};
    struct import im = {.how = import, .counts = counts, .error = error};
    nacre_status status = import->classes ? read_classes(&im) : NACRE_OK;
    if (!status && import->format != LABEL_VOC && im.class_count == 0)
        status = error_set(error, NACRE_ERROR_ARGUMENT, "the names of the classes are missing");
    arena_init(&im.arena, PHOTO_ARENA_BYTES);
    for (size_t i = 0; i < G_N_ELEMENTS(photos) && !status; i++)
        status = take_photos(&im, photos[i]);
    arena_fini(&im.arena);
    g_strfreev(im.classes);
    return status;
}
