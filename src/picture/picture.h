// SPDX-License-Identifier: Apache-2.0
// Pictures: bytes from anywhere in, upright RGB pixels out. libvips decodes; only the loaders of known
// picture formats are allowed, with limits on bytes, pixels and time (base/limits.h). Any thread, after
// picture_start.
#ifndef NACRE_PICTURE_PICTURE_H
#define NACRE_PICTURE_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// Upright, sRGB, 8 bits a channel, rows without gaps: pixels[3 * (y * width + x)]. Transparent parts are
// white.
struct picture {
    uint8_t *pixels;
    int width, height;
    int full_width, full_height; // of the upright original; larger where the picture was shrunk while loading
};

struct picture_info {
    char format[16];   // "jpeg", "png", "webp", "gif", "heif"
    int width, height; // upright
};

// A rectangle in pixels of the upright original.
struct box {
    int x, y, width, height;
};

// Starts libvips; once, before threads. picture_stop at the end of the program.
nacre_status picture_start(nacre_error *error) MUST_CHECK;
void picture_stop(void);

// Reads the header only. Errors: format (not a picture, says what it is instead), limit (too large).
nacre_status picture_probe(const void *bytes, size_t length, struct picture_info *info,
                           nacre_error *error) MUST_CHECK;

// Decodes. Where `shrink_to` is above 0 the picture may be shrunk while loading, as long as its shorter side
// stays at least `shrink_to` pixels. A truncated file is an error.
nacre_status picture_decode(const void *bytes, size_t length, int shrink_to, struct picture *result,
                            nacre_error *error) MUST_CHECK;

// Reads and decodes a file ("-": standard input). Messages name it; further error: not-found.
nacre_status picture_load(const char *path, int shrink_to, struct picture *result,
                          nacre_error *error) MUST_CHECK;

void picture_fini(struct picture *p);

// The part of `p` in `box` (of the full size; cut at the edges; NULL: all), scaled to fit width x height with
// its proportions kept, centred on `background`.
nacre_status picture_fit(const struct picture *p, const struct box *box, int width, int height,
                         const uint8_t background[3], struct picture *result, nacre_error *error) MUST_CHECK;

// Where picture_fit puts a picture (or part) of `width` x `height`.
struct box picture_fitted(int width, int height, int into_width, int into_height);

// Encodes as JPEG, without metadata; `*bytes` on the heap (memory_free).
nacre_status picture_encode_jpeg(const struct picture *p, int quality, char **bytes, size_t *length,
                                 nacre_error *error) MUST_CHECK;

// Writes a PNG file, whole or not at all.
nacre_status picture_write_png(const struct picture *p, const char *path, nacre_error *error) MUST_CHECK;

// For tests: another limit than LIMIT_PICTURE_DECODE_MS.
void picture_limit_time(int milliseconds);

#endif
