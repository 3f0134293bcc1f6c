// SPDX-License-Identifier: Apache-2.0
// The photos with the most mistakes: what is marked on them beside what was found.
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/detection_parts.h"

enum { WORST_OF_DOMAIN = 12, SHOWN_SIDE = 420, JUDGEMENT_BYTES = 64 << 20 };

static const uint8_t GOOD[] = {40, 150, 80}, BAD[] = {215, 40, 75}, NEITHER[] = {140, 140, 150};

struct worst {
    size_t photo, mistakes;
};

static int compare(const void *left, const void *right) {
    const struct worst *a = left, *b = right;
    if (a->mistakes != b->mistakes)
        return a->mistakes > b->mistakes ? -1 : 1;
    return (a->photo > b->photo) - (a->photo < b->photo);
}

static size_t count_mistakes(const struct scene *s, const struct judgement *j) {
    size_t count = 0;
    for (size_t d = 0; d < s->detection_count; d++)
        count += j->detections[d].counts && j->detections[d].outcome == OUTCOME_WRONG;
    for (size_t o = 0; o < s->object_count; o++)
        count += j->objects[o].missed;
    return count;
}

// --- One photo ---

// Draws, and names in the caption, one thing.
static nacre_status paint(struct picture *p, const struct box *box, const struct mask *mask,
                          const uint8_t *colour, GString *caption, const char *name, nacre_error *error) {
    g_string_append_printf(caption, "%s%s", caption->len ? " · " : "", name);
    return item_paint(p, box, mask, colour, error);
}

static nacre_status paint_objects(const struct scene *s, const struct judgement *j, struct picture *p,
                                  GString *caption, nacre_error *error) {
    nacre_status status = NACRE_OK;
    for (size_t o = 0; o < s->object_count && !status; o++) {
        const struct scene_object *object = &s->objects[o];
        const struct judged_object *judged = &j->objects[o];
        const char *what = !judged->asked ? "not asked for" : judged->found ? "found" : "not found";
        char *name = g_strdup_printf("%s (%s)", object->category, what);
        status = paint(p, &object->box, object->mask,
                       !judged->asked  ? NEITHER
                       : judged->found ? GOOD
                                       : BAD,
                       caption, name, error);
        g_free(name);
    }
    return status;
}

static nacre_status paint_detections(const struct measured *model, const struct scene *s,
                                     const struct judgement *j, struct picture *p, GString *caption,
                                     nacre_error *error) {
    nacre_status status = NACRE_OK;
    for (size_t d = 0; d < s->detection_count && !status; d++) {
        const struct judged_detection *judged = &j->detections[d];
        if (!judged->counts)
            continue;
        const char *what = judged->outcome == OUTCOME_RIGHT     ? "right"
                           : judged->outcome == OUTCOME_NEITHER ? "unknown"
                                                                : cause_word(judged->cause);
        char *name = g_strdup_printf("%s %.2f (%s)", model->classes[s->detections[d].class].id,
                                     s->detections[d].score, what);
        const uint8_t *colour = judged->outcome == OUTCOME_RIGHT     ? GOOD
                                : judged->outcome == OUTCOME_NEITHER ? NEITHER
                                                                     : BAD;
        status = paint(p, &s->detections[d].box, s->detections[d].mask, colour, caption, name, error);
        g_free(name);
    }
    return status;
}

// The photo twice: with what is marked, and with what was found.
static nacre_status show_photo(const struct measured *model, const struct scene *s, const struct judgement *j,
                               const faces *f, report *r, nacre_error *error) {
    nacre_status status = NACRE_OK;
    char *title = g_strdup_printf("%s: %s", seg_domain_word(s->domain), s->photo);
    report_strip(r, "Worst photos", title);
    g_free(title);
    for (int side = 0; side < 2 && !status; side++) {
        struct picture photo;
        GString *caption = g_string_new("");
        status = picture_load(s->photo, SHOWN_SIDE, &photo, error);
        if (!status) {
            status = faces_blur(f, &photo, error);
            if (!status)
                status = side ? paint_detections(model, s, j, &photo, caption, error)
                              : paint_objects(s, j, &photo, caption, error);
            g_string_prepend(caption, side ? "found: " : "marked: ");
            if (!status)
                report_picture(r, &photo, SHOWN_SIDE, REPORT_PLAIN, caption->str);
            picture_fini(&photo);
        }
        g_string_free(caption, TRUE);
    }
    return status;
}

// --- All ---

static nacre_status judge_photo(const struct measured *model, size_t photo, arena *a, struct judgement *j,
                                nacre_error *error) {
    arena_reset(a);
    return judge_scene(&model->scenes[photo], model->figures.thresholds, model->model.class_count, a, j,
                       error);
}

static nacre_status show_domain(const struct measurement *m, int domain, struct worst *list, arena *a,
                                report *r, nacre_error *error) {
    const struct measured *model = &m->models[m->how->model_count - 1];
    struct judgement j;
    size_t count = 0;
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < m->photo_count && !status; i++) {
        if ((int)model->scenes[i].domain != domain)
            continue;
        status = judge_photo(model, i, a, &j, error);
        if (!status)
            list[count++] = (struct worst){i, count_mistakes(&model->scenes[i], &j)};
    }
    if (status)
        return status;
    qsort(list, count, sizeof *list, compare);
    for (size_t i = 0; i < count && i < WORST_OF_DOMAIN && list[i].mistakes && !status; i++) {
        status = judge_photo(model, list[i].photo, a, &j, error);
        if (!status)
            status = show_photo(model, &model->scenes[list[i].photo], &j, m->how->faces, r, error);
    }
    return status;
}

nacre_status detection_show_worst(const struct measurement *m, report *r, nacre_error *error) {
    struct worst *list = memory_new(m->photo_count, sizeof *list);
    if (!list)
        return error_memory(error, "showing photos");
    arena a;
    arena_init(&a, JUDGEMENT_BYTES);
    nacre_status status = NACRE_OK;
    for (int i = 1; i <= SEG_DOMAINS && !status; i++) // the unknown domain, 0, comes last
        status = show_domain(m, i % SEG_DOMAINS, list, &a, r, error);
    arena_fini(&a);
    memory_free(list);
    return status;
}
