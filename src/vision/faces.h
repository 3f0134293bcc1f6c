// SPDX-License-Identifier: Apache-2.0
// Faces: made unrecognisable on a photo before it is stored, or shown to anyone but who sent it. May be used
// by several threads at once.
#ifndef NACRE_VISION_FACES_H
#define NACRE_VISION_FACES_H

#include "base/workspace.h"
#include "picture/picture.h"

typedef struct faces faces;

// Opens faces.onnx, as resource_find finds it. Where the workspace (NULL: none) says [privacy] blur_faces =
// false, `*result` is NULL. Without the file a photo must not be kept: error not-found.
nacre_status faces_open(const workspace *w, int threads, faces **result, nacre_error *error) MUST_CHECK;
void faces_close(faces *f);

// Blurs every face that is found on `photo`, for good: a few flat squares are left of each and of what is
// around it. `f` NULL: leaves the photo as it is.
nacre_status faces_blur(const faces *f, struct picture *photo, nacre_error *error) MUST_CHECK;

#endif
