// SPDX-License-Identifier: Apache-2.0
#include "evaluate/match.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

static const float LEAST_SCORE = 0.01F; // of a name besides the likeliest

// As NumPy's linspace(.5, .95, 10) makes them, to the last bit.
double match_level(int i) {
    return i + 1 == MATCH_LEVELS ? .95 : .5 + i * ((.95 - .5) / (MATCH_LEVELS - 1));
}

bool match_is_ignored(const struct scene_object *o, enum overlap overlap) {
    return o->ignored || (overlap == OVERLAP_MASK && !o->outlined);
}

// The score by which a detection counts for a class; 0: it does not.
static double score_for(const struct scene_detection *d, int class, enum names names) {
    if (d->class == class)
        return d->score;
    return names == NAMES_ALL && d->scores && d->scores[class] >= LEAST_SCORE ? (double)d->scores[class] : 0;
}

struct claim {
    double score;
    size_t detection;
};

static int compare_claims(const void *left, const void *right) {
    const struct claim *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->detection > b->detection) - (a->detection < b->detection);
}

// The detections that count for the class, surest first, on the heap; NULL when out of memory.
static struct claim *list_claims(const struct scene *s, int class, enum names names, size_t *count) {
    struct claim *claims = memory_new(s->detection_count, sizeof *claims);
    *count = 0;
    for (size_t d = 0; claims && d < s->detection_count; d++) {
        double score = score_for(&s->detections[d], class, names);
        if (score > 0)
            claims[(*count)++] = (struct claim){score, d};
    }
    if (claims)
        qsort(claims, *count, sizeof *claims, compare_claims);
    return claims;
}

// Whether finding it by the name of this class is neither right nor wrong: what is marked too coarsely may
// have that name beside the one that it counts by.
static bool is_ignored(const struct scene_object *o, int class, enum overlap overlap) {
    return match_is_ignored(o, overlap) || o->class != class;
}

static bool may_be(const struct scene_object *o, int class, enum names names) {
    return o->class == class || (names == NAMES_ALL && o->may && o->may[class]);
}

// The object for one detection: an ignored one only where no other is covered enough.
static int best_object(const struct scene *s, size_t detection, int class, enum names names,
                       enum overlap overlap, double iou, const bool *taken) {
    const double *overlaps = s->iou[overlap] + detection * s->object_count;
    int best = MATCH_NONE;
    for (int ignored = 0; ignored < 2 && best == MATCH_NONE; ignored++) {
        double least = fmin(iou, 1 - 1e-10);
        for (size_t o = 0; o < s->object_count; o++) {
            const struct scene_object *object = &s->objects[o];
            if (!may_be(object, class, names) || is_ignored(object, class, overlap) != (ignored == 1) ||
                (taken[o] && !ignored) || overlaps[o] < least)
                continue;
            least = overlaps[o];
            best = (int)o;
        }
    }
    return best;
}

static nacre_status match_claims(const struct scene *s, const struct claim *claims, size_t count, int class,
                                 enum names names, enum overlap overlap, double iou, int *object,
                                 nacre_error *error) {
    bool *taken = memory_new(s->object_count, sizeof *taken);
    if (!taken)
        return error_memory(error, "matching detections");
    for (size_t i = 0; i < count; i++) {
        size_t d = claims[i].detection;
        object[d] = best_object(s, d, class, names, overlap, iou, taken);
        if (object[d] != MATCH_NONE)
            taken[object[d]] = true;
    }
    memory_free(taken);
    return NACRE_OK;
}

nacre_status match_class(const struct scene *s, int class, enum overlap overlap, double iou, int *object,
                         nacre_error *error) {
    size_t count;
    struct claim *claims = list_claims(s, class, NAMES_FIRST, &count);
    nacre_status status =
        claims ? match_claims(s, claims, count, class, NAMES_FIRST, overlap, iou, object, error)
               : error_memory(error, "matching detections");
    memory_free(claims);
    return status;
}

enum outcome match_outcome(const struct scene *s, enum overlap overlap, int class, int object) {
    if (object == MATCH_NONE)
        return s->complete[class] ? OUTCOME_WRONG : OUTCOME_NEITHER;
    return is_ignored(&s->objects[object], class, overlap) ? OUTCOME_NEITHER : OUTCOME_RIGHT;
}

// --- Rankings ---

static int compare(const void *left, const void *right) {
    const struct curve_point *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

// Adds one photo; the list has room for its detections.
static nacre_status rank_scene(const struct scene *s, int class, enum names names, enum overlap overlap,
                               double iou, struct curve *r, nacre_error *error) {
    size_t count;
    struct claim *claims = list_claims(s, class, names, &count);
    int *object = memory_new(s->detection_count, sizeof *object);
    nacre_status status = claims && object
                              ? match_claims(s, claims, count, class, names, overlap, iou, object, error)
                              : error_memory(error, "ranking detections");
    for (size_t o = 0; o < s->object_count; o++)
        r->objects += !is_ignored(&s->objects[o], class, overlap);
    for (size_t i = 0; i < count && !status; i++) {
        enum outcome outcome = match_outcome(s, overlap, class, object[claims[i].detection]);
        if (outcome == OUTCOME_NEITHER)
            continue;
        r->list[r->count] = (struct curve_point){claims[i].score, outcome == OUTCOME_RIGHT, r->count};
        r->count++;
    }
    memory_free(claims);
    memory_free(object);
    return status;
}

nacre_status curve_make(const struct scene *scenes, size_t count, enum seg_domain domain, int class,
                        enum names names, enum overlap overlap, double iou, struct curve *result,
                        nacre_error *error) {
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        room += scenes[i].domain == domain ? scenes[i].detection_count : 0;
    struct curve r = {.list = memory_new(room, sizeof *r.list)};
    if (!r.list)
        return error_memory(error, "ranking detections");
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (scenes[i].domain == domain)
            status = rank_scene(&scenes[i], class, names, overlap, iou, &r, error);
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
