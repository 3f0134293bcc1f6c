// SPDX-License-Identifier: Apache-2.0
#include "evaluate/overlap.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

double overlap_boxes(const double a[4], const double b[4], bool crowd) {
    double width = fmin(a[0] + a[2], b[0] + b[2]) - fmax(a[0], b[0]);
    double height = fmin(a[1] + a[3], b[1] + b[3]) - fmax(a[1], b[1]);
    if (width <= 0 || height <= 0)
        return 0;
    double common = width * height, area = a[2] * a[3];
    return common / (crowd ? area : area + b[2] * b[3] - common);
}

double overlap_masks(const struct runs *a, const struct runs *b, bool crowd) {
    uint64_t common = 0, all = 0, own = 0;
    uint32_t left_a = 0, left_b = 0; // of the runs at hand
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        left_a = left_a ? left_a : a->lengths[i];
        left_b = left_b ? left_b : b->lengths[j];
        uint32_t step = left_a < left_b ? left_a : left_b;
        bool in_a = i % 2, in_b = j % 2;
        own += in_a ? step : 0;
        common += in_a && in_b ? step : 0;
        all += in_a || in_b ? step : 0;
        left_a -= step;
        left_b -= step;
        i += left_a == 0;
        j += left_b == 0;
    }
    uint64_t whole = crowd ? own : all;
    return common ? (double)common / (double)whole : 0;
}

// --- Polygons ---

// Where a polygon's edge crosses columns: numbers of pixels, counted down the columns, from which on a pixel
// is on the other side.
struct crossings {
    uint32_t *at;
    size_t count, capacity;
    int width, height;
};

static nacre_status push(struct crossings *c, uint32_t at) {
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 256;
        uint32_t *larger = memory_resize(c->at, capacity, sizeof *larger);
        if (!larger)
            return NACRE_ERROR_MEMORY;
        c->at = larger;
        c->capacity = capacity;
    }
    c->at[c->count++] = at;
    return NACRE_OK;
}

// COCO walks along edges in fifths of a pixel.
enum { STEPS = 5 };

struct point {
    int x, y; // in fifths
};

// A step of the walk: where it passes the middle of a column, the pixels below are on the other side.
static nacre_status step(struct crossings *c, struct point from, struct point to) {
    if (from.x == to.x)
        return NACRE_OK;
    double x = ((to.x < from.x ? to.x : to.x - 1) + .5) / STEPS - .5;
    if (floor(x) != x || x < 0 || x > c->width - 1)
        return NACRE_OK;
    double y = ((to.y < from.y ? to.y : from.y) + .5) / STEPS - .5;
    y = ceil(fmin(fmax(y, 0), c->height));
    return push(c, (uint32_t)x * (uint32_t)c->height + (uint32_t)y);
}

// The longer side goes in single steps, the other by its slope; always from the smaller coordinate on, so
// that an edge that two polygons share is the same for both.
static nacre_status walk(struct crossings *c, struct point from, struct point to, struct point *last) {
    int width = abs(to.x - from.x), height = abs(to.y - from.y), length = width >= height ? width : height;
    bool turned = width >= height ? from.x > to.x : from.y > to.y;
    struct point begin = turned ? to : from, end = turned ? from : to;
    double slope = !length           ? 0
                   : width >= height ? (double)(end.y - begin.y) / width
                                     : (double)(end.x - begin.x) / height;
    for (int i = 0; i <= length; i++) {
        int t = turned ? length - i : i;
        struct point at = width >= height ? (struct point){begin.x + t, (int)(begin.y + slope * t + .5)}
                                          : (struct point){(int)(begin.x + slope * t + .5), begin.y + t};
        if (step(c, *last, at))
            return NACRE_ERROR_MEMORY;
        *last = at;
    }
    return NACRE_OK;
}

// Points far outside say no more than points a photo's size outside, and would take long to walk to.
static struct point place(const struct seg_polygon *p, size_t i, int width, int height) {
    double x = fmin(fmax(p->points[2 * i], -width), 2.0 * width);
    double y = fmin(fmax(p->points[2 * i + 1], -height), 2.0 * height);
    return (struct point){(int)(STEPS * x + .5), (int)(STEPS * y + .5)};
}

static int compare(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static nacre_status fill_polygon(const struct seg_polygon *p, int width, int height, struct runs *runs) {
    struct crossings c = {.width = width, .height = height};
    struct point first = place(p, 0, width, height), last = first, from = first;
    nacre_status status = NACRE_OK;
    for (size_t i = 1; i <= p->count && !status; i++) {
        struct point to = i < p->count ? place(p, i, width, height) : first;
        status = walk(&c, from, to, &last);
        from = to;
    }
    if (c.count)
        qsort(c.at, c.count, sizeof *c.at, compare);
    uint32_t at = 0;
    for (size_t i = 0; i < c.count && !status; i++) {
        status = runs_add(runs, i % 2, c.at[i] - at);
        at = c.at[i];
    }
    if (!status)
        status = runs_add(runs, c.count % 2, (uint32_t)width * (uint32_t)height - at);
    memory_free(c.at);
    return status;
}

// --- Objects ---

// `a` becomes what is in `a` or in `b`.
static nacre_status unite(struct runs *a, const struct runs *b) {
    struct runs both = {0};
    uint32_t left_a = 0, left_b = 0;
    nacre_status status = NACRE_OK;
    for (size_t i = 0, j = 0; i < a->count && j < b->count && !status;) {
        left_a = left_a ? left_a : a->lengths[i];
        left_b = left_b ? left_b : b->lengths[j];
        uint32_t length = left_a < left_b ? left_a : left_b;
        status = runs_add(&both, i % 2 || j % 2, length);
        left_a -= length;
        left_b -= length;
        i += left_a == 0;
        j += left_b == 0;
    }
    runs_fini(a);
    *a = both;
    return status;
}

static nacre_status fill_polygons(const struct seg_object *o, int width, int height, struct runs *runs) {
    nacre_status status = fill_polygon(&o->polygons[0], width, height, runs);
    for (size_t i = 1; i < o->polygon_count && !status; i++) {
        struct runs more = {0};
        status = fill_polygon(&o->polygons[i], width, height, &more);
        if (!status)
            status = unite(runs, &more);
        runs_fini(&more);
    }
    return status;
}

static nacre_status fill_box(const double box[4], int width, int height, struct runs *runs) {
    double left = box[0], top = box[1], right = box[0] + box[2], bottom = box[1] + box[3];
    double points[] = {left, top, left, bottom, right, bottom, right, top};
    return fill_polygon(&(struct seg_polygon){points, 4}, width, height, runs);
}

nacre_status overlap_outline(const struct seg_object *o, int width, int height, struct runs *runs,
                             nacre_error *error) {
    if (o->mask)
        return runs_parse(o->mask, (uint32_t)width * (uint32_t)height, runs, error);
    nacre_status status =
        o->polygon_count ? fill_polygons(o, width, height, runs) : fill_box(o->box, width, height, runs);
    return status ? error_memory(error, "filling an outline") : NACRE_OK;
}
