// SPDX-License-Identifier: Apache-2.0
#include "evaluate/judge.h"

#include <math.h>

static const double HALF = HALF_COVERED_PERCENT / 100.0, TENTH = HARDLY_COVERED_PERCENT / 100.0;

const char *cause_word(enum cause cause) {
    static const char *const words[CAUSES] = {"class", "place", "both", "twice", "background", "missed"};
    return words[cause];
}

// The object of the detection's class, or of another one, that it covers most.
static int most_covered(const struct scene *s, size_t d, bool same_class, double *iou) {
    int most = MATCH_NONE;
    *iou = 0;
    for (size_t o = 0; o < s->object_count; o++) {
        double covered = s->iou[OVERLAP_BOX][d * s->object_count + o];
        bool same = s->objects[o].class == s->detections[d].class;
        if (same == same_class && !s->objects[o].ignored && covered > *iou) {
            *iou = covered;
            most = (int)o;
        }
    }
    return most;
}

// Why a wrong detection is wrong; `*explained` is the object that it would have found otherwise.
static enum cause find_cause(const struct scene *s, size_t d, int *explained) {
    double same_iou, other_iou;
    int same = most_covered(s, d, true, &same_iou), other = most_covered(s, d, false, &other_iou);
    *explained = MATCH_NONE;
    if (same_iou >= TENTH && same_iou < HALF) {
        *explained = same;
        return CAUSE_PLACE;
    }
    if (other_iou >= HALF) {
        *explained = other;
        return CAUSE_CLASS;
    }
    if (same_iou >= HALF)
        return CAUSE_TWICE;
    return other_iou >= TENTH ? CAUSE_BOTH : CAUSE_BACKGROUND;
}

static nacre_status match_all(const struct scene *s, size_t class_count, arena *a, int **result,
                              nacre_error *error) {
    int *object = arena_new(a, s->detection_count, sizeof *object);
    bool *done = arena_new(a, class_count, sizeof *done);
    if (!object || !done)
        return error_memory(error, "judging detections");
    nacre_status status = NACRE_OK;
    for (size_t d = 0; d < s->detection_count && !status; d++) {
        int class = s->detections[d].class;
        if (!done[class])
            status = match_class(s, class, OVERLAP_BOX, HALF, object, error);
        done[class] = true;
    }
    *result = object;
    return status;
}

// A wrong detection has taken the object that it covers most, of those that nothing has, for its class.
static void take_for_another(const struct scene *s, size_t d, struct judgement *j) {
    double most = HALF;
    for (size_t o = 0; o < s->object_count; o++) {
        double covered = s->iou[OVERLAP_BOX][d * s->object_count + o];
        bool free = !s->objects[o].ignored && j->objects[o].detection == MATCH_NONE;
        if (free && s->objects[o].class != s->detections[d].class && covered >= most) {
            most = covered;
            j->detections[d].object = (int)o;
        }
    }
    if (j->detections[d].object != MATCH_NONE)
        j->objects[j->detections[d].object].detection = (int)d;
}

nacre_status judge_scene(const struct scene *s, const double *thresholds, size_t class_count, arena *a,
                         struct judgement *result, nacre_error *error) {
    int *object;
    nacre_status status = match_all(s, class_count, a, &object, error);
    struct judgement j = {arena_new(a, s->detection_count, sizeof *j.detections),
                          arena_new(a, s->object_count, sizeof *j.objects)};
    if (!status && (!j.detections || !j.objects))
        status = error_memory(error, "judging detections");
    if (status)
        return status;
    for (size_t o = 0; o < s->object_count; o++) {
        bool asked = !s->objects[o].ignored && s->objects[o].class != CLASS_OTHER;
        j.objects[o] = (struct judged_object){.asked = asked, .missed = asked, .detection = MATCH_NONE};
    }
    for (size_t d = 0; d < s->detection_count; d++) {
        int class = s->detections[d].class;
        j.detections[d] =
            (struct judged_detection){.counts = s->detections[d].score >= thresholds[class],
                                      .outcome = match_outcome(s, OVERLAP_BOX, class, object[d]),
                                      .object = object[d]};
        if (j.detections[d].counts && j.detections[d].outcome == OUTCOME_RIGHT)
            j.objects[object[d]] = (struct judged_object){.asked = true, .found = true, .detection = (int)d};
    }
    for (size_t d = 0; d < s->detection_count; d++) {
        if (!j.detections[d].counts || j.detections[d].outcome != OUTCOME_WRONG)
            continue;
        int explained;
        j.detections[d].cause = find_cause(s, d, &explained);
        if (explained != MATCH_NONE)
            j.objects[explained].missed = false;
        take_for_another(s, d, &j);
    }
    *result = j;
    return NACRE_OK;
}
