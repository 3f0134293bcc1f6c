// SPDX-License-Identifier: Apache-2.0
#include "vision/suppress.h"

#include <math.h>
#include <stdlib.h>

static float area(struct rectangle r) {
    return r.right > r.left && r.bottom > r.top ? (r.right - r.left) * (r.bottom - r.top) : 0;
}

static float intersection(struct rectangle a, struct rectangle b) {
    struct rectangle common = {fmaxf(a.left, b.left), fmaxf(a.top, b.top), fminf(a.right, b.right),
                               fminf(a.bottom, b.bottom)};
    return area(common);
}

float rectangle_iou(struct rectangle a, struct rectangle b) {
    float common = intersection(a, b);
    float all = area(a) + area(b) - common;
    return all > 0 ? common / all : 0;
}

// The share of the smaller one that lies in the other.
static float share_inside(struct rectangle a, struct rectangle b) {
    float smaller = fminf(area(a), area(b));
    return smaller > 0 ? intersection(a, b) / smaller : 0;
}

// Best first; ties by class and place, so that the order is one and the same everywhere.
static int compare(const void *left, const void *right) {
    const struct candidate *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    return (a->anchor > b->anchor) - (a->anchor < b->anchor);
}

static bool is_same_thing(const struct candidate *a, const struct candidate *b, const int *family,
                          const struct suppression *limits) {
    float iou = rectangle_iou(a->box, b->box);
    if (family[a->class] != family[b->class])
        return iou > limits->other_iou;
    return iou > limits->same_iou || share_inside(a->box, b->box) > limits->same_inside;
}

// What overlaps a survivor so far is a guess at its place too.
static const float NEARLY_IN_PLACE = 0.7F;

// The mean box of a survivor and of those that it left out nearly in its place, weighed by score and by the
// square of the overlap. Gidaris and Komodakis 2015, arXiv:1505.01749.
static struct rectangle mean_box(const struct candidate *survivor, const struct candidate *left_out,
                                 size_t count, const int *family) {
    const struct rectangle *own = &survivor->box;
    struct rectangle away = {0}; // the others' sides from its own: alone, it stays exactly where it is
    float weight = survivor->score;
    for (size_t i = 0; i < count; i++) {
        const struct candidate *other = &left_out[i];
        float iou = rectangle_iou(*own, other->box);
        if (family[other->class] != family[survivor->class] || iou < NEARLY_IN_PLACE)
            continue;
        float part = other->score * iou * iou;
        away.left += part * (other->box.left - own->left);
        away.top += part * (other->box.top - own->top);
        away.right += part * (other->box.right - own->right);
        away.bottom += part * (other->box.bottom - own->bottom);
        weight += part;
    }
    if (weight <= 0)
        return *own;
    return (struct rectangle){own->left + away.left / weight, own->top + away.top / weight,
                              own->right + away.right / weight, own->bottom + away.bottom / weight};
}

size_t suppress(struct candidate *candidates, size_t count, const int *family,
                const struct suppression *limits) {
    qsort(candidates, count, sizeof *candidates, compare);
    size_t kept = 0; // they stand in front, what they left out behind them
    for (size_t i = 0; i < count; i++) {
        bool repeats = false;
        for (size_t j = 0; j < kept && !repeats; j++)
            repeats = is_same_thing(&candidates[i], &candidates[j], family, limits);
        if (!repeats) {
            struct candidate survivor = candidates[i];
            candidates[i] = candidates[kept];
            candidates[kept++] = survivor;
        }
    }
    for (size_t i = 0; i < kept; i++)
        candidates[i].box = mean_box(&candidates[i], candidates + kept, count - kept, family);
    return kept;
}

// A pair's members are of about one size and near each other: at most so many of their own sizes apart. One
// is found about as surely as the other: beside a pair that is found whole, what is less sure is no third.
static const float MAX_SIZE_RATIO = 2.5F, MAX_DISTANCE_SIZES = 2.5F, LEAST_SCORE_RATIO = 0.85F;

// How far apart two of a pair are, in their own sizes; INFINITY where they are no pair.
static float pair_distance(struct rectangle a, struct rectangle b) {
    float area_a = area(a), area_b = area(b);
    if (area_a <= 0 || area_b <= 0 || fmaxf(area_a, area_b) > MAX_SIZE_RATIO * fminf(area_a, area_b))
        return INFINITY;
    float x = (a.left + a.right - b.left - b.right) / 2, y = (a.top + a.bottom - b.top - b.bottom) / 2;
    float distance = hypotf(x, y) / sqrtf(fmaxf(area_a, area_b));
    return distance <= MAX_DISTANCE_SIZES ? distance : INFINITY;
}

size_t join_pairs(const struct candidate *candidates, size_t count, const int *family, const bool *pair,
                  struct group *groups) {
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        bool taken = false;
        for (size_t g = 0; g < made && !taken; g++)
            taken = groups[g].second == i;
        if (taken)
            continue;
        struct group group = {i, i};
        float nearest = INFINITY;
        for (size_t j = i + 1; j < count && pair[candidates[i].class]; j++) {
            int class = candidates[j].class;
            bool free = pair[class] && family[class] == family[candidates[i].class] &&
                        candidates[j].score >= LEAST_SCORE_RATIO * candidates[i].score;
            for (size_t g = 0; g < made && free; g++)
                free = groups[g].second != j;
            float distance = free ? pair_distance(candidates[i].box, candidates[j].box) : INFINITY;
            if (distance < nearest) {
                nearest = distance;
                group.second = j;
            }
        }
        groups[made++] = group;
    }
    return made;
}
