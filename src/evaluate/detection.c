// SPDX-License-Identifier: Apache-2.0
// Every model sees every photo once, with all detections that are not hopeless: average precision needs the
// unsure ones too. Working points are applied afterwards, to what is kept of each photo.
#include "evaluate/detection.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "evaluate/detection_parts.h"
#include "label/folder.h"

static const float LEAST_SCORE = 0.01F;

enum { MAX_PHOTO_BYTES = 256 << 20 };
static const size_t MAX_MEASUREMENT_BYTES = (size_t)8 << 30;

// --- Models ---

// What the words mean must be a category, or a class of the model.
static nacre_status check_ids(const struct measurement *m, const struct scene_model *model,
                              nacre_error *error) {
    for (size_t w = 0; w < m->words.count; w++) {
        for (const char **id = m->words.list[w].ids; *id; id++) {
            bool known = taxonomy_find(model->taxonomy, *id) != CATEGORY_NONE;
            for (size_t c = 0; c < model->class_count && !known; c++)
                known = strcmp(model->classes[c].id, *id) == 0;
            if (!known)
                return error_set(error, NACRE_ERROR_FORMAT,
                                 "%s: \"%s\", for the word \"%s\", is no category and no class of the model",
                                 m->how->words, *id, m->words.list[w].word);
        }
    }
    return NACRE_OK;
}

static nacre_status open_model(struct measurement *m, const char *path, const taxonomy *t,
                               struct measured *model, nacre_error *error) {
    model->path = path;
    nacre_status status = detector_open(path, t, 0, &model->detector, error);
    if (status)
        return status;
    size_t count = detector_class_count(model->detector);
    model->classes = arena_new(&m->arena, count, sizeof *model->classes);
    model->stored = arena_new(&m->arena, count, sizeof *model->stored);
    model->scenes = arena_new(&m->arena, m->photo_count, sizeof *model->scenes);
    if (!model->classes || !model->stored || !model->scenes)
        return error_memory(error, "measuring detection");
    for (size_t i = 0; i < count; i++) {
        model->classes[i] = detector_class(model->detector, (int)i);
        model->stored[i] = (double)model->classes[i].threshold;
    }
    model->model =
        (struct scene_model){t, model->classes, count, detector_has_masks(model->detector), m->words};
    return check_ids(m, &model->model, error);
}

// --- Photos ---

struct walk {
    struct measurement *measurement;
    nacre_error *error;
    size_t done;
};

static nacre_status see(struct measurement *m, struct measured *model, const struct seg *s,
                        const struct picture *photo, struct scene *scene, nacre_error *error) {
    arena a;
    arena_init(&a, MAX_PHOTO_BYTES);
    struct detection *found;
    size_t count;
    double start_ms = clock_ms();
    nacre_status status = detector_run(model->detector, photo, LEAST_SCORE, true, &a, &found, &count, error);
    double detect_ms = clock_ms() - start_ms;
    if (!status)
        status = scene_make(&model->model, s, found, count, &m->arena, scene, error);
    scene->detect_ms = detect_ms;
    arena_fini(&a);
    return status;
}

static nacre_status see_photo(struct measurement *m, const char *path, const struct seg *s, size_t number,
                              nacre_error *error) {
    struct picture photo;
    double start_ms = clock_ms();
    nacre_status status = picture_load(path, VISION_PHOTO_SIDE, &photo, error);
    if (status)
        return status;
    double decode_ms = clock_ms() - start_ms;
    const char *kept = arena_text(&m->arena, path);
    if (!kept)
        status = error_memory(error, "measuring detection");
    else if (photo.full_width != s->width || photo.full_height != s->height)
        status = error_set(error, NACRE_ERROR_FORMAT, "%s is of %d x %d pixels, its .seg file says %d x %d",
                           path, photo.full_width, photo.full_height, s->width, s->height);
    for (size_t i = 0; i < m->how->model_count && !status; i++) {
        struct scene *scene = &m->models[i].scenes[number];
        status = see(m, &m->models[i], s, &photo, scene, error);
        scene->photo = kept;
        scene->decode_ms = decode_ms;
    }
    picture_fini(&photo);
    return status;
}

static nacre_status see_labels(void *context, const char *name, const struct seg *s) {
    struct walk *w = context;
    struct measurement *m = w->measurement;
    if (w->done == m->photo_count)
        return error_set(w->error, NACRE_ERROR_IO, "%s changed while it was read", m->how->truth);
    char *folder = g_path_get_dirname(name);
    char *path = g_build_filename(m->how->truth, strcmp(folder, ".") == 0 ? "" : folder, s->photo, NULL);
    nacre_status status = see_photo(m, path, s, w->done, w->error);
    if (status)
        status = error_prefix(w->error, status, "%s", name);
    w->done++;
    if (!status && m->how->progress)
        m->how->progress(w->done, m->photo_count);
    g_free(path);
    g_free(folder);
    return status;
}

static nacre_status count_photos(struct measurement *m, nacre_error *error) {
    char **names;
    nacre_status status = label_list(m->how->truth, ".seg", &names, error);
    if (status)
        return status;
    m->photo_count = g_strv_length(names);
    g_strfreev(names);
    return m->photo_count ? NACRE_OK
                          : error_set(error, NACRE_ERROR_NOT_FOUND,
                                      "%s has no .seg files: nacre label import makes them from other labels",
                                      m->how->truth);
}

// A truth of other words than the model's would give figures of nothing.
static nacre_status check_words(const struct measurement *m, const struct measured *model,
                                nacre_error *error) {
    size_t objects = 0;
    for (size_t i = 0; i < m->photo_count; i++) {
        for (size_t o = 0; o < model->scenes[i].object_count; o++) {
            if (model->scenes[i].objects[o].class != CLASS_OTHER)
                return NACRE_OK;
            objects++;
        }
    }
    return objects
               ? error_set(
                     error, NACRE_ERROR_FORMAT,
                     "none of the %zu objects in %s is of a category that %s has a class for; nacre label "
                     "check tells which are not known, --words says what they mean",
                     objects, m->how->truth, model->path)
               : NACRE_OK;
}

static nacre_status measure(struct measurement *m, const taxonomy *t, nacre_error *error) {
    nacre_status status = count_photos(m, error);
    m->models = arena_new(&m->arena, m->how->model_count, sizeof *m->models);
    if (!status && !m->models)
        status = error_memory(error, "measuring detection");
    if (!status && m->how->words)
        status = words_read(m->how->words, &m->arena, &m->words, error);
    for (size_t i = 0; i < m->how->model_count && !status; i++)
        status = open_model(m, m->how->models[i], t, &m->models[i], error);
    struct walk walk = {.measurement = m, .error = error};
    if (!status)
        status = label_each(m->how->truth, see_labels, &walk, error);
    for (size_t i = 0; i < m->how->model_count && !status; i++) {
        struct measured *model = &m->models[i];
        status = check_words(m, model, error);
        if (!status)
            status = figures_make(model->scenes, m->photo_count, model->model.class_count, model->stored,
                                  &m->how->points, &m->arena, &model->figures, error);
    }
    return status;
}

nacre_status detection_quality(const struct detection_quality *how, const taxonomy *t, report **result,
                               nacre_error *error) {
    struct measurement m = {.how = how};
    arena_init(&m.arena, MAX_MEASUREMENT_BYTES);
    nacre_status status = measure(&m, t, error);
    if (!status)
        status = detection_report(&m, result, error);
    for (size_t i = 0; m.models && i < how->model_count; i++)
        detector_close(m.models[i].detector);
    arena_fini(&m.arena);
    return status;
}
