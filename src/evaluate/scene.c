// SPDX-License-Identifier: Apache-2.0
#include "evaluate/scene.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/match.h"
#include "evaluate/overlap.h"

// --- Categories and classes ---

// Whether `node` is the category or lies above it, whoever wears it.
static bool covers(const taxonomy *t, int node, int category) {
    int kind = taxonomy_kind(t, node);
    for (; category != CATEGORY_NONE; category = taxonomy_parent(t, category)) {
        if (taxonomy_contains(t, kind, taxonomy_kind(t, category)))
            return true;
    }
    return false;
}

typedef bool contains(const taxonomy *t, int ancestor, int category);

// The depth of the class's deepest node at or above the category; -1: none.
static int depth_above(const taxonomy *t, struct within nodes, int category, contains *is_above) {
    int deepest = -1;
    for (size_t i = 0; i < nodes.count; i++) {
        int depth = taxonomy_depth(t, nodes.nodes[i]);
        if (depth > deepest && is_above(t, nodes.nodes[i], category))
            deepest = depth;
    }
    return deepest;
}

static bool has_below(const taxonomy *t, struct within nodes, int category, contains *is_above) {
    for (size_t i = 0; i < nodes.count; i++) {
        if (is_above(t, category, nodes.nodes[i]))
            return true;
    }
    return false;
}

// Adds the classes that the category may be of; false where there is none.
static bool mark(const struct scene_model *m, int category, contains *is_above, bool *may) {
    int deepest = 0;
    bool any = false;
    for (size_t c = 0; c < m->class_count; c++) {
        int depth = depth_above(m->taxonomy, m->classes[c].nodes, category, is_above);
        deepest = depth > deepest ? depth : deepest;
    }
    for (size_t c = 0; c < m->class_count; c++) {
        struct within nodes = m->classes[c].nodes;
        bool fits = depth_above(m->taxonomy, nodes, category, is_above) == deepest ||
                    has_below(m->taxonomy, nodes, category, is_above);
        may[c] |= fits;
        any |= fits;
    }
    return any;
}

static void mark_id(const struct scene_model *m, const char *id, bool *may) {
    int category = taxonomy_find(m->taxonomy, id);
    if (category != CATEGORY_NONE) {
        if (!mark(m, category, taxonomy_contains, may))
            mark(m, category, covers, may);
        return;
    }
    for (size_t c = 0; c < m->class_count; c++)
        may[c] |= strcmp(m->classes[c].id, id) == 0;
}

size_t scene_classes(const struct scene_model *m, const char *name, bool *may) {
    const struct word *word = words_find(&m->words, name);
    size_t count = 0;
    memset(may, 0, m->class_count * sizeof *may);
    if (!word)
        mark_id(m, name, may);
    for (size_t i = 0; word && word->ids[i]; i++)
        mark_id(m, word->ids[i], may);
    for (size_t c = 0; c < m->class_count; c++)
        count += may[c];
    return count;
}

// Whether every node of the class lies in a category that is marked completely.
static bool is_covered(const struct scene_model *m, const struct detector_class *class,
                       const struct seg *marked) {
    for (size_t n = 0; n < class->nodes.count; n++) {
        bool covered = false;
        for (size_t i = 0; i < marked->complete_count && !covered; i++) {
            int category = taxonomy_find(m->taxonomy, marked->complete[i]);
            covered = category == CATEGORY_NONE ? strcmp(marked->complete[i], class->id) == 0
                                                : covers(m->taxonomy, category, class->nodes.nodes[n]);
        }
        if (!covered)
            return false;
    }
    return true;
}

// A class is complete on a photo by its nodes, or by a word that may mean it.
static void find_complete(const struct scene_model *m, const struct seg *marked, bool *may, bool *complete) {
    for (size_t c = 0; c < m->class_count; c++)
        complete[c] = is_covered(m, &m->classes[c], marked);
    for (size_t i = 0; i < marked->complete_count; i++) {
        if (!words_find(&m->words, marked->complete[i]))
            continue;
        scene_classes(m, marked->complete[i], may);
        for (size_t c = 0; c < m->class_count; c++)
            complete[c] |= may[c];
    }
}

// --- Making ---

struct making {
    const struct scene_model *model;
    const struct seg *marked;
    arena *arena;
    struct scene *scene;
    bool *may; // room for an answer of scene_classes
    // Of each object of the scene, on the heap.
    struct runs *runs;
    double (*boxes)[4];
};

static nacre_status copy_mask(const struct making *m, const struct mask *mask, const struct mask **result,
                              nacre_error *error) {
    struct mask *copy = arena_new(m->arena, 1, sizeof *copy);
    if (!copy)
        return error_memory(error, "looking at a photo");
    *copy = *mask;
    copy->counts = arena_text(m->arena, mask->counts);
    *result = copy;
    return copy->counts ? NACRE_OK : error_memory(error, "looking at a photo");
}

static nacre_status copy_scores(const struct making *m, const float *scores, const float **result,
                                nacre_error *error) {
    float *copy = arena_new(m->arena, m->model->class_count, sizeof *copy);
    if (!copy)
        return error_memory(error, "looking at a photo");
    memcpy(copy, scores, m->model->class_count * sizeof *copy);
    *result = copy;
    return NACRE_OK;
}

// Best first; equal ones stay in the detector's order.
static nacre_status add_detections(const struct making *m, const struct detection *found, size_t count,
                                   nacre_error *error) {
    struct scene_detection *list = arena_new(m->arena, count, sizeof *list);
    if (!list)
        return error_memory(error, "looking at a photo");
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < count && !status; i++) {
        struct scene_detection d = {
            .class = found[i].class, .score = (double)found[i].score, .box = found[i].box};
        if (found[i].scores)
            status = copy_scores(m, found[i].scores, &d.scores, error);
        if (found[i].mask && !status)
            status = copy_mask(m, found[i].mask, &d.mask, error);
        size_t place = i;
        for (; place > 0 && list[place - 1].score < d.score; place--)
            list[place] = list[place - 1];
        list[place] = d;
    }
    m->scene->detections = list;
    m->scene->detection_count = count;
    return status;
}

static struct box rounded(const double box[4]) {
    int left = (int)floor(box[0]), top = (int)floor(box[1]);
    return (struct box){left, top, (int)ceil(box[0] + box[2]) - left, (int)ceil(box[1] + box[3]) - top};
}

static bool is_ignored(const struct seg_object *o) {
    return o->crowd || o->state == SEG_DOUBTFUL;
}

static nacre_status add_object(const struct making *m, const struct seg_object *o, int class,
                               nacre_error *error) {
    size_t i = m->scene->object_count++;
    struct scene_object *object = &m->scene->objects[i];
    *object = (struct scene_object){
        .class = class,
        .ignored = is_ignored(o),
        .outlined = o->mask || o->polygon_count,
        .category = arena_text(m->arena, o->category),
        .box = rounded(o->box),
    };
    memcpy(m->boxes[i], o->box, sizeof m->boxes[i]);
    struct mask mask = {m->marked->width, m->marked->height, NULL};
    nacre_status status = overlap_outline(o, mask.width, mask.height, &m->runs[i], error);
    if (!status && (!object->category || runs_print(&m->runs[i], m->arena, &mask.counts)))
        status = error_memory(error, "looking at a photo");
    if (!status && object->outlined)
        status = copy_mask(m, &mask, &object->mask, error);
    return status;
}

// What is ignored is so for every class that it may be of, by one object each.
static nacre_status add_objects(const struct making *m, nacre_error *error) {
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < m->marked->object_count && !status; i++) {
        const struct seg_object *o = &m->marked->objects[i];
        size_t count = scene_classes(m->model, o->category, m->may);
        if (count == 0)
            status = add_object(m, o, CLASS_OTHER, error);
        else if (count > 1 && !is_ignored(o))
            status = add_object(m, o, CLASS_OPEN, error);
        for (size_t c = 0; c < m->model->class_count && !status; c++) {
            if (m->may[c] && (count == 1 || is_ignored(o)))
                status = add_object(m, o, (int)c, error);
        }
    }
    return status;
}

static size_t count_objects(const struct making *m) {
    size_t all = 0;
    for (size_t i = 0; i < m->marked->object_count; i++) {
        size_t count = scene_classes(m->model, m->marked->objects[i].category, m->may);
        all += is_ignored(&m->marked->objects[i]) && count ? count : 1;
    }
    return all;
}

// Overlaps of all detections with all objects. A thing without an outline hides what lies in its box.
static nacre_status measure_overlaps(const struct making *m, nacre_error *error) {
    struct scene *s = m->scene;
    size_t count = s->detection_count * s->object_count;
    s->iou[OVERLAP_BOX] = arena_new(m->arena, count, sizeof(double));
    s->iou[OVERLAP_MASK] = m->model->has_masks ? arena_new(m->arena, count, sizeof(double)) : NULL;
    if (!s->iou[OVERLAP_BOX] || (m->model->has_masks && !s->iou[OVERLAP_MASK]))
        return error_memory(error, "looking at a photo");
    nacre_status status = NACRE_OK;
    for (size_t d = 0; d < s->detection_count && !status; d++) {
        const struct scene_detection *found = &s->detections[d];
        double box[4] = {found->box.x, found->box.y, found->box.width, found->box.height};
        struct runs runs = {0};
        if (found->mask && s->iou[OVERLAP_MASK])
            status = runs_parse(found->mask->counts,
                                (uint32_t)found->mask->width * (uint32_t)found->mask->height, &runs, error);
        for (size_t o = 0; o < s->object_count && !status; o++) {
            const struct scene_object *object = &s->objects[o];
            size_t at = d * s->object_count + o;
            s->iou[OVERLAP_BOX][at] = overlap_boxes(box, m->boxes[o], object->ignored);
            if (s->iou[OVERLAP_MASK])
                s->iou[OVERLAP_MASK][at] =
                    overlap_masks(&runs, &m->runs[o], match_is_ignored(object, OVERLAP_MASK));
        }
        runs_fini(&runs);
    }
    return status;
}

// A thing that is marked too coarsely is taken for what the surest detection there says, of the classes that
// it may be of.
static nacre_status settle_objects(const struct making *m, nacre_error *error) {
    struct scene *s = m->scene;
    for (size_t o = 0; o < s->object_count; o++) {
        struct scene_object *object = &s->objects[o];
        if (object->class != CLASS_OPEN)
            continue;
        bool *may = arena_new(m->arena, m->model->class_count, sizeof *may);
        if (!may)
            return error_memory(error, "looking at a photo");
        scene_classes(m->model, object->category, may);
        object->may = may;
        for (size_t d = 0; d < s->detection_count && object->class == CLASS_OPEN; d++) {
            int class = s->detections[d].class;
            if (may[class] && s->iou[OVERLAP_BOX][d * s->object_count + o] >= match_level(0))
                object->class = class;
        }
    }
    return NACRE_OK;
}

static nacre_status make(const struct making *m, const struct detection *found, size_t count,
                         nacre_error *error) {
    struct scene *s = m->scene;
    s->domain = m->marked->domain;
    s->complete = arena_new(m->arena, m->model->class_count, sizeof *s->complete);
    if (!s->objects || !m->runs || !m->boxes || !s->complete)
        return error_memory(error, "looking at a photo");
    find_complete(m->model, m->marked, m->may, s->complete);
    nacre_status status = add_detections(m, found, count, error);
    if (!status)
        status = add_objects(m, error);
    if (!status)
        status = measure_overlaps(m, error);
    if (!status)
        status = settle_objects(m, error);
    return status;
}

nacre_status scene_make(const struct scene_model *model, const struct seg *marked,
                        const struct detection *found, size_t count, arena *a, struct scene *result,
                        nacre_error *error) {
    struct making m = {.model = model, .marked = marked, .arena = a, .scene = result};
    *result = (struct scene){0};
    m.may = memory_new(model->class_count, sizeof *m.may);
    if (!m.may)
        return error_memory(error, "looking at a photo");
    size_t objects = count_objects(&m);
    m.runs = memory_new(objects, sizeof *m.runs);
    m.boxes = memory_new(objects, sizeof *m.boxes);
    result->objects = arena_new(a, objects, sizeof *result->objects);
    nacre_status status = make(&m, found, count, error);
    for (size_t i = 0; m.runs && i < objects; i++)
        runs_fini(&m.runs[i]);
    memory_free(m.runs);
    memory_free(m.boxes);
    memory_free(m.may);
    return status;
}
