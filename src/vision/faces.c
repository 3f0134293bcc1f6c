// SPDX-License-Identifier: Apache-2.0
#include "vision/faces.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/resource.h"
#include "vision/detector.h"

enum {
    MARGIN_PERCENT = 30, // of a face's sides, on each side: hair, ears and chin tell who it is too
    SQUARES = 6,         // along the longer side of what is blurred
    ARENA_BYTES = 16 * 1024 * 1024,
};

struct faces {
    detector *detector;
};

nacre_status faces_open(const workspace *w, int threads, faces **result, nacre_error *error) {
    bool blurs = true;
    nacre_status status = w ? workspace_boolean(w, "privacy", "blur_faces", true, &blurs, error) : NACRE_OK;
    if (status)
        return status;
    *result = NULL;
    if (!blurs)
        return NACRE_OK;
    char *path;
    status = resource_find(w, "models/faces.onnx", &path, error);
    if (status)
        return error_prefix(error, status, "blurring faces ([privacy] blur_faces in nacre.ini)");
    faces *f = memory_new(1, sizeof *f);
    status =
        f ? detector_open(path, NULL, threads, &f->detector, error) : error_memory(error, "loading a model");
    memory_free(path);
    if (status) {
        faces_close(f);
        return status;
    }
    *result = f;
    return NACRE_OK;
}

void faces_close(faces *f) {
    if (!f)
        return;
    detector_close(f->detector);
    memory_free(f);
}

static int clip(int64_t value, int most) {
    return value < 0 ? 0 : value > most ? most : (int)value;
}

// The face with its margin, in the picture's own pixels.
static struct box grow(struct box face, const struct picture *p) {
    int64_t x = (int64_t)face.width * MARGIN_PERCENT / 100, y = (int64_t)face.height * MARGIN_PERCENT / 100;
    int left = clip((face.x - x) * p->width / p->full_width, p->width);
    int top = clip((face.y - y) * p->height / p->full_height, p->height);
    int right = clip((face.x + face.width + x) * p->width / p->full_width + 1, p->width);
    int bottom = clip((face.y + face.height + y) * p->height / p->full_height + 1, p->height);
    return (struct box){left, top, right - left, bottom - top};
}

// Gives all pixels of the square their mean colour.
static void flatten(struct picture *p, int left, int top, int right, int bottom) {
    uint64_t sums[3] = {0}, pixels = (uint64_t)(right - left) * (uint64_t)(bottom - top);
    for (int y = top; y < bottom; y++) {
        const uint8_t *row = p->pixels + 3 * (size_t)y * (size_t)p->width;
        for (int x = left; x < right; x++) {
            for (int i = 0; i < 3; i++)
                sums[i] += row[3 * x + i];
        }
    }
    for (int y = top; y < bottom; y++) {
        uint8_t *row = p->pixels + 3 * (size_t)y * (size_t)p->width;
        for (int x = left; x < right; x++) {
            for (int i = 0; i < 3; i++)
                row[3 * x + i] = (uint8_t)(sums[i] / pixels);
        }
    }
}

static void blur(struct picture *p, struct box box) {
    int longer = box.width > box.height ? box.width : box.height;
    int side = longer / SQUARES + 1;
    int right = box.x + box.width, bottom = box.y + box.height;
    for (int y = box.y; y < bottom; y += side) {
        for (int x = box.x; x < right; x += side)
            flatten(p, x, y, x + side < right ? x + side : right, y + side < bottom ? y + side : bottom);
    }
}

nacre_status faces_blur(const faces *f, struct picture *photo, nacre_error *error) {
    if (!f)
        return NACRE_OK;
    arena a;
    arena_init(&a, ARENA_BYTES);
    struct detection *found;
    size_t count = 0;
    nacre_status status = detector_run(f->detector, photo, -1, false, &a, &found, &count, error);
    for (size_t i = 0; i < count && !status; i++)
        blur(photo, grow(found[i].box, photo));
    arena_fini(&a);
    return status ? error_prefix(error, status, "blurring faces") : NACRE_OK;
}
