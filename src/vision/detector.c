// SPDX-License-Identifier: Apache-2.0
#include "vision/detector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "vision/mask.h"
#include "vision/network.h"
#include "vision/suppress.h"

enum {
    MAX_CLASSES = 1000,
    MAX_CANDIDATES = 400, // the best ones that suppression looks at
    MAX_DETECTIONS = 100,
};

// A class is believed so far that the encoder must hold a category elsewhere for twenty times as likely.
// Of 0 to 1, on products of two shops and users' photos together, 0.02 to 0.1 name the most items rightly.
static const float OUTSIDE = 0.05F;

// Where nacre.suppress says nothing else.
static const struct suppression DEFAULT_SUPPRESSION = {
    .same_iou = 0.5F, .same_inside = 0.85F, .other_iou = 0.85F};

struct detector {
    network *network;
    size_t class_count;
    char **ids;
    struct within *nodes; // of each class
    float *thresholds;    // the classes' working points
    bool *pair;
    int *family; // of each class (categories_families)
    struct suppression suppression;
    bool has_masks;
};

const char *detector_identity(const detector *d) {
    return network_identity(d->network);
}

bool detector_has_masks(const detector *d) {
    return d->has_masks;
}

size_t detector_class_count(const detector *d) {
    return d->class_count;
}

struct detector_class detector_class(const detector *d, int class) {
    return (struct detector_class){d->ids[class], d->nodes[class], d->thresholds[class]};
}

// --- Opening ---

static nacre_status read_class(detector *d, const taxonomy *t, size_t i, const json_t *json,
                               nacre_error *error) {
    const json_t *nodes = json_object_get(json, "nodes"), *threshold = json_object_get(json, "threshold");
    const char *id = json_string_value(json_object_get(json, "id"));
    double value = json_number_value(threshold);
    if (!id || (t && json_array_size(nodes) == 0) || !json_is_number(threshold) || value < 0 || value > 1)
        return network_refuse(
            d->network, error,
            "entry %zu of nacre.classes must be {\"id\":…,\"nodes\":[category ids],\"threshold\":0 to 1,"
            "\"pair\":true|false} (docs/models.md)",
            i + 1);
    d->thresholds[i] = (float)value;
    d->pair[i] = json_is_true(json_object_get(json, "pair"));
    d->ids[i] = memory_copy_text(id);
    if (!d->ids[i])
        return error_memory(error, "loading a model");
    if (!t)
        return NACRE_OK;
    int *categories;
    nacre_status status = categories_find(d->network, t, nodes, &categories, error);
    if (!status)
        d->nodes[i] = (struct within){categories, json_array_size(nodes), OUTSIDE};
    return status;
}

static nacre_status read_classes(detector *d, const taxonomy *t, nacre_error *error) {
    json_t *classes;
    nacre_status status = network_setting(d->network, "classes", &classes, error);
    if (status)
        return status;
    size_t count = json_array_size(classes);
    if (count == 0 || count > MAX_CLASSES) {
        status = network_refuse(
            d->network, error, "its metadata entry nacre.classes is no list of 1 to %d classes", MAX_CLASSES);
        goto out;
    }
    d->class_count = count;
    d->ids = memory_new(count, sizeof *d->ids);
    d->nodes = memory_new(count, sizeof *d->nodes);
    d->thresholds = memory_new(count, sizeof *d->thresholds);
    d->pair = memory_new(count, sizeof *d->pair);
    d->family = memory_new(count, sizeof *d->family);
    if (!d->ids || !d->nodes || !d->thresholds || !d->pair || !d->family)
        status = error_memory(error, "loading a model");
    for (size_t i = 0; i < count && !status; i++)
        status = read_class(d, t, i, json_array_get(classes, i), error);
    if (!status)
        categories_families(t, d->nodes, count, d->family);
out:
    json_decref(classes);
    return status;
}

static bool read_share(const json_t *json, const char *key, float *share) {
    const json_t *number = json_object_get(json, key);
    double value = json_number_value(number);
    if (number && json_is_number(number) && value > 0 && value <= 1)
        *share = (float)value;
    return !number || (json_is_number(number) && value > 0 && value <= 1);
}

static nacre_status read_suppression(detector *d, nacre_error *error) {
    json_t *json;
    nacre_status status = network_setting(d->network, "suppress", &json, error);
    if (status)
        return status;
    d->suppression = DEFAULT_SUPPRESSION;
    if (!read_share(json, "same", &d->suppression.same_iou) ||
        !read_share(json, "inside", &d->suppression.same_inside) ||
        !read_share(json, "other", &d->suppression.other_iou))
        status = network_refuse(d->network, error,
                                "its metadata entry nacre.suppress must be {\"same\":…,\"inside\":…,"
                                "\"other\":…}, each above 0, up to 1");
    json_decref(json);
    return status;
}

static nacre_status check_outputs(detector *d, nacre_error *error) {
    const struct network_output outputs[] = {
        {"boxes", 2, {-1, 4}, false},
        {"scores", 2, {-1, (int64_t)d->class_count}, false},
        {"prototypes", 3, {-1, -1, -1}, true},
        {"coefficients", 2, {-1, -1}, true},
    };
    bool has[NETWORK_OUTPUTS];
    nacre_status status = network_check_outputs(d->network, outputs, NETWORK_OUTPUTS, has, error);
    if (!status && has[2] != has[3])
        status =
            network_refuse(d->network, error,
                           "it has one of the outputs \"prototypes\" and \"coefficients\"; masks need both");
    d->has_masks = !status && has[2];
    return status;
}

nacre_status detector_open(const char *path, const taxonomy *t, int threads, detector **result,
                           nacre_error *error) {
    detector *d = memory_new(1, sizeof *d);
    if (!d)
        return error_memory(error, "loading a model");
    nacre_status status = network_open(path, t ? "detector" : "faces", "photo", threads, &d->network, error);
    if (!status)
        status = read_classes(d, t, error);
    if (!status)
        status = read_suppression(d, error);
    if (!status)
        status = check_outputs(d, error);
    if (status) {
        detector_close(d);
        return status;
    }
    *result = d;
    return NACRE_OK;
}

void detector_close(detector *d) {
    if (!d)
        return;
    network_close(d->network);
    for (size_t i = 0; d->ids && i < d->class_count; i++)
        memory_free(d->ids[i]);
    memory_free(d->ids);
    for (size_t i = 0; d->nodes && i < d->class_count; i++)
        memory_free((void *)(uintptr_t)d->nodes[i].nodes);
    memory_free(d->nodes);
    memory_free(d->thresholds);
    memory_free(d->pair);
    memory_free(d->family);
    memory_free(d);
}

// --- From the network's numbers to candidates ---

// One run: what the network gave, and how its input lies on the photo.
struct reading {
    const detector *detector;
    struct tensor tensors[NETWORK_OUTPUTS]; // boxes, scores, prototypes, coefficients
    int width, height;                      // of the photo
    // Pixel x of the input is at (x - left) * x_scale on the photo.
    double left, top, x_scale, y_scale;
};

static void place_photo(struct reading *r, const struct picture *photo) {
    const struct network_input *input = network_input(r->detector->network);
    struct box fitted = picture_fitted(photo->width, photo->height, input->width, input->height);
    r->width = photo->full_width;
    r->height = photo->full_height;
    r->left = fitted.x;
    r->top = fitted.y;
    r->x_scale = (double)photo->full_width / fitted.width;
    r->y_scale = (double)photo->full_height / fitted.height;
}

static nacre_status check_shapes(const struct reading *r, nacre_error *error) {
    const detector *d = r->detector;
    const struct tensor *boxes = &r->tensors[0], *scores = &r->tensors[1], *prototypes = &r->tensors[2],
                        *coefficients = &r->tensors[3];
    int64_t anchors = boxes->shape[0];
    bool good =
        boxes->shape[1] == 4 && scores->shape[0] == anchors && scores->shape[1] == (int64_t)d->class_count;
    if (d->has_masks)
        good = good && coefficients->shape[0] == anchors && coefficients->shape[1] == prototypes->shape[0] &&
               prototypes->shape[1] > 0 && prototypes->shape[2] > 0;
    return good ? NACRE_OK
                : network_refuse(d->network, error, "the shapes of its outputs do not fit each other");
}

static float limit(double value, int most) {
    return (float)fmin(fmax(value, 0), most);
}

// The guess at one anchor; false where it is below its threshold or no box on the photo.
static bool read_candidate(const struct reading *r, int anchor, float min_score, struct candidate *c) {
    const detector *d = r->detector;
    const float *scores = r->tensors[1].values + (size_t)anchor * d->class_count;
    int best = 0;
    for (int i = 1; i < (int)d->class_count; i++) {
        if (scores[i] > scores[best])
            best = i;
    }
    float least = min_score < 0 ? d->thresholds[best] : min_score;
    if (!(scores[best] >= least)) // not for NaN either
        return false;
    const float *box = r->tensors[0].values + 4 * (size_t)anchor;
    for (int i = 0; i < 4; i++) {
        if (!isfinite(box[i]))
            return false;
    }
    *c = (struct candidate){
        .box = {limit(((double)box[0] - r->left) * r->x_scale, r->width),
                limit(((double)box[1] - r->top) * r->y_scale, r->height),
                limit(((double)box[2] - r->left) * r->x_scale, r->width),
                limit(((double)box[3] - r->top) * r->y_scale, r->height)},
        .score = scores[best],
        .class = best,
        .anchor = anchor,
    };
    return c->box.right - c->box.left >= 1 && c->box.bottom - c->box.top >= 1;
}

static int compare_scores(const void *left, const void *right) {
    const struct candidate *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->anchor > b->anchor) - (a->anchor < b->anchor);
}

// The best candidates in the arena.
static nacre_status read_candidates(const struct reading *r, float min_score, arena *a,
                                    struct candidate **candidates, size_t *count, nacre_error *error) {
    size_t anchors = (size_t)r->tensors[0].shape[0], found = 0;
    struct candidate *list = arena_new(a, anchors + 1, sizeof *list);
    if (!list)
        return error_memory(error, "finding items");
    for (size_t i = 0; i < anchors; i++)
        found += read_candidate(r, (int)i, min_score, &list[found]);
    if (found > MAX_CANDIDATES) {
        qsort(list, found, sizeof *list, compare_scores);
        found = MAX_CANDIDATES;
    }
    *candidates = list;
    *count = found;
    return NACRE_OK;
}

// --- From candidates to detections ---

static struct rectangle join(struct rectangle a, struct rectangle b) {
    return (struct rectangle){fminf(a.left, b.left), fminf(a.top, b.top), fmaxf(a.right, b.right),
                              fmaxf(a.bottom, b.bottom)};
}

static struct box to_pixels(struct rectangle r) {
    int left = (int)floorf(r.left), top = (int)floorf(r.top);
    return (struct box){left, top, (int)ceilf(r.right) - left, (int)ceilf(r.bottom) - top};
}

static nacre_status draw_mask(const struct reading *r, const struct candidate *candidates, struct group group,
                              arena *a, const struct mask **result, nacre_error *error) {
    const struct tensor *maps = &r->tensors[2], *coefficients = &r->tensors[3];
    const struct network_input *input = network_input(r->detector->network);
    const struct prototypes prototypes = {
        .values = maps->values,
        .count = (int)maps->shape[0],
        .height = (int)maps->shape[1],
        .width = (int)maps->shape[2],
        .x_scale = (double)maps->shape[2] / (input->width * r->x_scale),
        .y_scale = (double)maps->shape[1] / (input->height * r->y_scale),
        .x_offset = r->left * (double)maps->shape[2] / input->width,
        .y_offset = r->top * (double)maps->shape[1] / input->height,
    };
    const size_t members[] = {group.first, group.second};
    struct mask_part parts[2];
    for (size_t i = 0; i < 2; i++) {
        const struct candidate *c = &candidates[members[i]];
        parts[i] =
            (struct mask_part){c->box, coefficients->values + (size_t)c->anchor * (size_t)prototypes.count};
    }
    struct mask *mask = arena_new(a, 1, sizeof *mask);
    if (!mask)
        return error_memory(error, "drawing a mask");
    struct runs runs = {0};
    nacre_status status =
        mask_draw(&prototypes, parts, group.first == group.second ? 1 : 2, r->width, r->height, &runs, error);
    if (!status && runs_print(&runs, a, &mask->counts))
        status = error_memory(error, "drawing a mask");
    runs_fini(&runs);
    mask->width = r->width;
    mask->height = r->height;
    *result = mask;
    return status;
}

static const float *copy_scores(const struct reading *r, int anchor, arena *a) {
    size_t count = r->detector->class_count;
    float *scores = arena_new(a, count, sizeof *scores);
    if (scores)
        memcpy(scores, r->tensors[1].values + (size_t)anchor * count, count * sizeof *scores);
    return scores;
}

// Large and sure things first.
static int compare_detections(const void *left, const void *right) {
    const struct detection *a = left, *b = right;
    double rank_a = (double)a->score * sqrt((double)a->box.width * a->box.height);
    double rank_b = (double)b->score * sqrt((double)b->box.width * b->box.height);
    if (rank_a != rank_b)
        return rank_a > rank_b ? -1 : 1;
    if (a->box.x != b->box.x)
        return a->box.x < b->box.x ? -1 : 1;
    if (a->box.y != b->box.y)
        return a->box.y < b->box.y ? -1 : 1;
    return (a->class > b->class) - (a->class < b->class);
}

static nacre_status make_detections(const struct reading *r, struct candidate *candidates, size_t count,
                                    bool with_masks, arena *a, struct detection **detections,
                                    size_t *detection_count, nacre_error *error) {
    const detector *d = r->detector;
    count = suppress(candidates, count, d->family, &d->suppression);
    if (count > MAX_DETECTIONS)
        count = MAX_DETECTIONS;
    struct group *groups = arena_new(a, count + 1, sizeof *groups);
    struct detection *list = arena_new(a, count + 1, sizeof *list);
    if (!groups || !list)
        return error_memory(error, "finding items");
    size_t group_count = join_pairs(candidates, count, d->family, d->pair, groups);
    for (size_t i = 0; i < group_count; i++) {
        const struct candidate *first = &candidates[groups[i].first], *second = &candidates[groups[i].second];
        list[i] = (struct detection){
            .box = to_pixels(join(first->box, second->box)),
            .score = first->score,
            .class = first->class,
            .scores = copy_scores(r, first->anchor, a),
            .within = d->nodes[first->class],
        };
        if (!list[i].scores)
            return error_memory(error, "finding items");
        if (d->has_masks && with_masks) {
            nacre_status status = draw_mask(r, candidates, groups[i], a, &list[i].mask, error);
            if (status)
                return status;
        }
    }
    qsort(list, group_count, sizeof *list, compare_detections);
    *detections = list;
    *detection_count = group_count;
    return NACRE_OK;
}

static nacre_status run_network(const detector *d, const struct picture *photo, struct tensor *tensors,
                                nacre_error *error) {
    static const char *const names[NETWORK_OUTPUTS] = {"boxes", "scores", "prototypes", "coefficients"};
    float *values = memory_new(network_input_values(d->network), sizeof *values);
    if (!values)
        return error_memory(error, "finding items");
    nacre_status status = network_fill(d->network, photo, NULL, values, error);
    if (!status)
        status = network_run(d->network, values, 1, names, d->has_masks ? 4 : 2, tensors, error);
    memory_free(values);
    return status;
}

nacre_status detector_run(const detector *d, const struct picture *photo, float min_score, bool with_masks,
                          arena *a, struct detection **detections, size_t *count, nacre_error *error) {
    struct reading r = {.detector = d};
    nacre_status status = run_network(d, photo, r.tensors, error);
    if (status)
        return status;
    place_photo(&r, photo);
    struct candidate *candidates = NULL;
    size_t candidate_count = 0;
    status = check_shapes(&r, error);
    if (!status)
        status = read_candidates(&r, min_score, a, &candidates, &candidate_count, error);
    if (!status)
        status = make_detections(&r, candidates, candidate_count, with_masks, a, detections, count, error);
    network_free_outputs(d->network, r.tensors, NETWORK_OUTPUTS);
    return status;
}
