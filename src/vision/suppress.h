// SPDX-License-Identifier: Apache-2.0
// From a detector's many guesses to one box a thing. Pure functions, the same answer for the same guesses in
// any order.
#ifndef NACRE_VISION_SUPPRESS_H
#define NACRE_VISION_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>

struct rectangle {
    float left, top, right, bottom;
};

struct candidate {
    struct rectangle box; // in pixels of the photo
    float score;
    int class;
    int anchor; // its place in the detector's output
};

// Intersection over union, 0 for empty ones.
float rectangle_iou(struct rectangle a, struct rectangle b);

struct suppression {
    float same_iou;    // of one family: one of two that overlap more is left
    float same_inside; // of one family: one that lies in another by more than this share is a part of it
    float other_iou;   // of different families: one thing that was given two names
};

// Greedy suppression: sorts by score and keeps the survivors in front, each with the mean box of all the
// guesses at its place; gives their number. `family` has a number for each class; classes with the same one
// are names for one kind of thing, such as boot and shoe.
size_t suppress(struct candidate *candidates, size_t count, const int *family,
                const struct suppression *limits);

// Two things that are offered as one, such as a pair of shoes.
struct group {
    size_t first;
    size_t second; // equal to first: alone
};

// Joins candidates of the classes with `pair`, best scores first: neighbours of one family, about one size
// and about one score. `groups` has room for `count`; gives the number of groups, in the order of their first
// members.
size_t join_pairs(const struct candidate *candidates, size_t count, const int *family, const bool *pair,
                  struct group *groups);

#endif
