// SPDX-License-Identifier: Apache-2.0
#include "vision/vision.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/resource.h"
#include "vision/encoder.h"

struct vision {
    encoder *encoder;
};

nacre_status vision_open(const workspace *w, const taxonomy *t, int threads, vision **result,
                         nacre_error *error) {
    vision *v = memory_new(1, sizeof *v);
    if (!v)
        return error_memory(error, "loading the models");
    char *path;
    nacre_status status = resource_find(w, "models/encoder.onnx", &path, error);
    if (!status) {
        status = encoder_open(path, t, threads, &v->encoder, error);
        memory_free(path);
    }
    if (status) {
        vision_close(v);
        return status;
    }
    *result = v;
    return NACRE_OK;
}

void vision_close(vision *v) {
    if (!v)
        return;
    encoder_close(v->encoder);
    memory_free(v);
}

const char *vision_encoder(const vision *v) {
    return encoder_identity(v->encoder);
}

const char *vision_detector(const vision *v) {
    (void)v;
    return NULL;
}

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

nacre_status vision_detect(vision *v, const struct picture *photo, float min_score, arena *a,
                           struct item **items, size_t *count, struct vision_times *times,
                           nacre_error *error) {
    (void)min_score;
    double start_ms = now_ms();
    struct item *whole = arena_new(a, 1, sizeof *whole);
    if (!whole)
        return error_memory(error, "finding items");
    const struct encoder_crop crop = {.picture = photo};
    nacre_status status = encoder_run(v->encoder, &crop, 1, &whole->encoding, error);
    if (status)
        return status;
    whole->box = (struct box){0, 0, photo->full_width, photo->full_height};
    whole->score = whole->encoding.category_score;
    if (times)
        *times = (struct vision_times){.encode_ms = now_ms() - start_ms};
    *items = whole;
    *count = 1;
    return NACRE_OK;
}

nacre_status vision_encode(vision *v, const struct crop *crops, size_t count, struct encoding *encodings,
                           nacre_error *error) {
    struct encoder_crop *given = memory_new(count, sizeof *given);
    if (!given)
        return error_memory(error, "encoding pictures");
    for (size_t i = 0; i < count; i++)
        given[i] = (struct encoder_crop){
            crops[i].picture, crops[i].box, {&crops[i].within, crops[i].within != CATEGORY_NONE}};
    nacre_status status = encoder_run(v->encoder, given, count, encodings, error);
    memory_free(given);
    return status;
}
