// SPDX-License-Identifier: Apache-2.0
// What is wrong with labels that are well-formed.
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "label/seg.h"
#include "vision/rle.h"

static double polygon_area(const struct seg_polygon *p) {
    double twice = 0;
    for (size_t i = 0; i < p->count; i++) {
        const double *a = p->points + 2 * i, *b = p->points + 2 * ((i + 1) % p->count);
        twice += a[0] * b[1] - b[0] * a[1];
    }
    return fabs(twice) / 2;
}

bool seg_area(const struct seg *s, const struct seg_object *o, double *area) {
    *area = 0;
    if (!o->mask && !o->polygon_count)
        *area = o->box[2] * o->box[3];
    for (size_t i = 0; i < o->polygon_count; i++)
        *area += polygon_area(&o->polygons[i]);
    if (!o->mask)
        return true;
    struct runs runs = {0};
    nacre_status status = runs_parse(o->mask, (uint32_t)s->width * (uint32_t)s->height, &runs, NULL);
    for (size_t i = 1; i < runs.count; i += 2)
        *area += runs.lengths[i];
    runs_fini(&runs);
    return !status;
}

struct checker {
    const struct seg *seg;
    const taxonomy *taxonomy;
    void (*tell)(void *context, size_t object, const char *what);
    void *context;
    size_t faults;
};

static void tell(struct checker *c, size_t object, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct checker *c, size_t object, const char *format, ...) {
    char what[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    c->faults++;
    c->tell(c->context, object, what);
}

static void check_category(struct checker *c, size_t object, const char *category) {
    if (c->taxonomy && taxonomy_find(c->taxonomy, category) == CATEGORY_NONE)
        tell(c, object, "the taxonomy does not know the category %s", category);
}

static void check_rest(struct checker *c, size_t object, const char *extra) {
    json_t *json = extra ? json_loads(extra, 0, NULL) : NULL;
    if (extra && !json_is_object(json))
        tell(c, object, "what stands behind \"coco\" is not a JSON object");
    json_decref(json);
}

enum { TOLERANCE_PIXELS = 1 }; // tools round boxes and outlines each in their own way

static void check_outline(struct checker *c, size_t object, const struct seg_object *o) {
    for (size_t i = 0; i < o->polygon_count; i++) {
        const struct seg_polygon *p = &o->polygons[i];
        bool inside = true;
        for (size_t j = 0; j < p->count && inside; j++) {
            double x = p->points[2 * j], y = p->points[2 * j + 1];
            inside = x >= o->box[0] - TOLERANCE_PIXELS && x <= o->box[0] + o->box[2] + TOLERANCE_PIXELS &&
                     y >= o->box[1] - TOLERANCE_PIXELS && y <= o->box[1] + o->box[3] + TOLERANCE_PIXELS;
        }
        if (!inside)
            tell(c, object, "polygon %zu leaves its box", i + 1);
    }
    double area;
    if (!seg_area(c->seg, o, &area))
        tell(c, object, "the mask is broken or of another size than the photo");
    else if (area <= 0)
        tell(c, object, "the outline is empty");
}

static void check_object(struct checker *c, size_t object, const struct seg_object *o) {
    check_category(c, object, o->category);
    bool inside = o->box[2] > 0 && o->box[3] > 0 && o->box[0] >= -TOLERANCE_PIXELS &&
                  o->box[1] >= -TOLERANCE_PIXELS &&
                  o->box[0] + o->box[2] <= c->seg->width + TOLERANCE_PIXELS &&
                  o->box[1] + o->box[3] <= c->seg->height + TOLERANCE_PIXELS;
    if (!inside)
        tell(c, object, "the box is empty or leaves the photo");
    check_outline(c, object, o);
    check_rest(c, object, o->extra);
    if (o->state == SEG_CHECKED && !o->checked_by)
        tell(c, object, "it is checked, but by whom is not told");
}

size_t seg_check(const struct seg *s, const taxonomy *t,
                 void (*say)(void *context, size_t object, const char *what), void *context) {
    struct checker c = {s, t, say, context, 0};
    for (size_t i = 0; i < s->complete_count; i++)
        check_category(&c, 0, s->complete[i]);
    check_rest(&c, 0, s->extra);
    for (size_t i = 0; i < s->object_count; i++)
        check_object(&c, i + 1, &s->objects[i]);
    return c.faults;
}
