// SPDX-License-Identifier: Apache-2.0
// What became of each detection and each object of a photo at the working points, and why what is wrong is
// wrong: the causes are those of TIDE, Bolya et al. 2020, https://arxiv.org/abs/2008.08115. By boxes.
#ifndef NACRE_EVALUATE_JUDGE_H
#define NACRE_EVALUATE_JUDGE_H

#include "base/arena.h"
#include "evaluate/match.h"

enum cause {
    CAUSE_CLASS,      // covers an object of another class by half
    CAUSE_PLACE,      // covers one of its own class by a tenth, but not by half
    CAUSE_BOTH,       // covers one of another class so
    CAUSE_TWICE,      // covers one of its own class by half that a surer one has found
    CAUSE_BACKGROUND, // covers no object by a tenth
    CAUSE_MISSED,     // an object that nothing has found, nor found in the wrong class or place
    CAUSES,
};

const char *cause_word(enum cause cause);

struct judged_detection {
    bool counts; // its score reaches its class's working point
    enum outcome outcome;
    enum cause cause; // where it is wrong
    int object;       // that it has found, or that was taken for its class; MATCH_NONE
};

struct judged_object {
    bool asked;    // it was to be found
    bool found;    // as what it is
    bool missed;   // CAUSE_MISSED
    int detection; // that has found it, or taken it for something else; MATCH_NONE
};

struct judgement {
    struct judged_detection *detections;
    struct judged_object *objects;
};

enum { HALF_COVERED_PERCENT = 50, HARDLY_COVERED_PERCENT = 10 };

// `thresholds`: the working point of each class. Lives in the arena.
nacre_status judge_scene(const struct scene *s, const double *thresholds, size_t class_count, arena *a,
                         struct judgement *result, nacre_error *error) MUST_CHECK;

#endif
