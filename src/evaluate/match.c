// SPDX-License-Identifier: Apache-2.0
#include "evaluate/match.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

// As NumPy's linspace(.5, .95, 10) makes them, to the last bit.
double match_level(int i) {
    return i + 1 == MATCH_LEVELS ? .95 : .5 + i * ((.95 - .5) / (MATCH_LEVELS - 1));
}

bool match_is_ignored(const struct scene_object *o, enum overlap overlap) {
    return o->ignored || (overlap == OVERLAP_MASK && !o->outlined);
}

// The object for one detection: an ignored one only where no other is covered enough.
static int best_object(const struct scene *s, size_t detection, enum overlap overlap, double iou,
                       const bool *taken) {
    const double *overlaps = s->iou[overlap] + detection * s->object_count;
    int best = MATCH_NONE;
    for (int ignored = 0; ignored < 2 && best == MATCH_NONE; ignored++) {
        double least = fmin(iou, 1 - 1e-10);
        for (size_t o = 0; o < s->object_count; o++) {
            const struct scene_object *object = &s->objects[o];
            if (object->class != s->detections[detection].class ||
                match_is_ignored(object, overlap) != (ignored == 1) || (taken[o] && !ignored) ||
                overlaps[o] < least)
                continue;
            least = overlaps[o];
            best = (int)o;
        }
    }
    return best;
}

nacre_status match_class(const struct scene *s, int class, enum overlap overlap, double iou, int *object,
                         nacre_error *error) {
    bool *taken = memory_new(s->object_count, sizeof *taken);
    if (!taken)
        return error_memory(error, "matching detections");
    for (size_t d = 0; d < s->detection_count; d++) {
        if (s->detections[d].class != class)
            continue;
        object[d] = best_object(s, d, overlap, iou, taken);
        if (object[d] != MATCH_NONE)
            taken[object[d]] = true;
    }
    memory_free(taken);
    return NACRE_OK;
}

enum outcome match_outcome(const struct scene *s, enum overlap overlap, int class, int object) {
    if (object == MATCH_NONE)
        return s->complete[class] ? OUTCOME_WRONG : OUTCOME_NEITHER;
    return match_is_ignored(&s->objects[object], overlap) ? OUTCOME_NEITHER : OUTCOME_RIGHT;
}

// --- Rankings ---

static int compare(const void *left, const void *right) {
    const struct curve_point *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

// Adds one photo; the list has room for its detections.
static nacre_status rank_scene(const struct scene *s, int class, enum overlap overlap, double iou,
                               struct curve *r, nacre_error *error) {
    int *object = memory_new(s->detection_count, sizeof *object);
    if (!object)
        return error_memory(error, "matching detections");
    nacre_status status = match_class(s, class, overlap, iou, object, error);
    for (size_t o = 0; o < s->object_count; o++)
        r->objects += s->objects[o].class == class && !match_is_ignored(&s->objects[o], overlap);
    for (size_t d = 0; d < s->detection_count && !status; d++) {
        if (s->detections[d].class != class)
            continue;
        enum outcome outcome = match_outcome(s, overlap, class, object[d]);
        if (outcome == OUTCOME_NEITHER)
            continue;
        r->list[r->count] = (struct curve_point){s->detections[d].score, outcome == OUTCOME_RIGHT, r->count};
        r->count++;
    }
    memory_free(object);
    return status;
}

static size_t count_of_class(const struct scene *s, int class) {
    size_t count = 0;
    for (size_t d = 0; d < s->detection_count; d++)
        count += s->detections[d].class == class;
    return count;
}

nacre_status curve_make(const struct scene *scenes, size_t count, enum seg_domain domain, int class,
                        enum overlap overlap, double iou, struct curve *result, nacre_error *error) {
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        room += scenes[i].domain == domain ? count_of_class(&scenes[i], class) : 0;
    struct curve r = {.list = memory_new(room, sizeof *r.list)};
    if (!r.list)
        return error_memory(error, "ranking detections");
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (scenes[i].domain == domain)
            status = rank_scene(&scenes[i], class, overlap, iou, &r, error);
    }
    if (status) {
        curve_fini(&r);
        return status;
    }
    qsort(r.list, r.count, sizeof *r.list, compare);
    *result = r;
    return NACRE_OK;
}

void curve_fini(struct curve *r) {
    memory_free(r->list);
    *r = (struct curve){0};
}

enum { RECALLS = 101 };

double curve_average_precision(const struct curve *r) {
    if (!r->objects)
        return NAN;
    // From the last detection to the first: the best precision so far is that at the recalls down to the next
    // lower one.
    size_t right = 0;
    for (size_t i = 0; i < r->count; i++)
        right += r->list[i].right;
    double sum = 0, best = 0;
    int next = RECALLS - 1; // the highest recall not yet summed
    for (size_t i = r->count; i-- > 0;) {
        // Recalls above that of this detection are those of what comes later.
        double recall = (double)right / (double)r->objects;
        for (; next >= 0 && next * .01 > recall; next--)
            sum += best;
        best = fmax(best, (double)right / ((double)(i + 1) + DBL_EPSILON));
        right -= r->list[i].right;
    }
    return (sum + (next + 1) * best) / RECALLS;
}
