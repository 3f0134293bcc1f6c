// SPDX-License-Identifier: Apache-2.0
// Whatever a shop or a visitor sends is taken for an attack until it is pixels. The first bytes choose the
// loader, never a file's name or a server's word; libvips is told to have no other loaders. The header tells
// the size before anything is decoded, and a decoder that is too slow is stopped from its own progress
// signal.
//
// Order matters for memory and time: a JPEG shrinks while its blocks are decoded, other formats while their
// lines stream past; colours are converted and the picture turned upright only then, on what is left.
#include "picture/picture.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <vips/vips.h>

#include <vips/vector.h> // stands on vips.h

#include "base/file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"

enum { BANDS = 3 };

// --- What the bytes are ---

struct magic {
    size_t offset;
    const char *bytes;
    size_t length;
    const char *name;
};

// clang-format off
static const struct magic pictures[] = {
    {0, "\xff\xd8\xff", 3, "jpeg"},
    {0, "\x89PNG\r\n\x1a\n", 8, "png"},
    {0, "GIF87a", 6, "gif"},
    {0, "GIF89a", 6, "gif"},
    {8, "WEBP", 4, "webp"},
    {4, "ftypheic", 8, "heif"}, {4, "ftypheix", 8, "heif"}, {4, "ftypheim", 8, "heif"}, {4, "ftypheis", 8, "heif"},
    {4, "ftypmif1", 8, "heif"}, {4, "ftypavif", 8, "heif"}, {4, "ftypavis", 8, "heif"},
};

// What people send instead.
static const struct magic others[] = {
    {0, "%PDF-", 5, "a PDF document"},
    {0, "II*\0", 4, "a TIFF picture"},
    {0, "MM\0*", 4, "a TIFF picture"},
    {0, "BM", 2, "a BMP picture"},
    {0, "8BPS", 4, "a Photoshop file"},
    {0, "\xff\x0a", 2, "a JPEG XL picture"},
    {4, "JXL ", 4, "a JPEG XL picture"},
    {4, "jP  ", 4, "a JPEG 2000 picture"},
    {4, "ftyp", 4, "a video"},
    {0, "\x1a\x45\xdf\xa3", 4, "a video"},
    {0, "PK\3\4", 4, "a ZIP archive"},
    {0, "\x1f\x8b", 2, "a gzip archive"},
};
// clang-format on

static const char *match(const struct magic *table, size_t count, const char *bytes, size_t length) {
    for (size_t i = 0; i < count; i++) {
        const struct magic *m = &table[i];
        if (length >= m->offset + m->length && memcmp(bytes + m->offset, m->bytes, m->length) == 0)
            return m->name;
    }
    return NULL;
}

enum { TEXT_SAMPLE_BYTES = 512 };

// The kind of text, or NULL where the bytes are no text.
static const char *describe_text(const char *bytes, size_t length) {
    static const char *const marks[][2] = {
        {"<!doctype html", "an HTML page"},
        {"<html", "an HTML page"},
        {"<svg", "an SVG drawing"},
        {"<?xml", "an XML file"},
    };
    char sample[TEXT_SAMPLE_BYTES + 1];
    size_t sampled = length < TEXT_SAMPLE_BYTES ? length : TEXT_SAMPLE_BYTES;
    for (size_t i = 0; i < sampled; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 && !strchr("\t\n\r\f", c))
            return NULL;
        sample[i] = g_ascii_tolower(bytes[i]);
    }
    sample[sampled] = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (strstr(sample, marks[i][0]))
            return marks[i][1];
    }
    return "a text";
}

static const char *describe_other(const char *bytes, size_t length) {
    const char *found = match(others, G_N_ELEMENTS(others), bytes, length);
    if (!found)
        found = describe_text(bytes, length);
    return found ? found : "data of an unknown kind";
}

// The format's name by the first bytes.
static nacre_status recognise(const char *bytes, size_t length, const char **format, nacre_error *error) {
    if (length == 0)
        return error_set(error, NACRE_ERROR_FORMAT, "not a picture: it is empty");
    if (length > LIMIT_PICTURE_BYTES)
        return error_set(error, NACRE_ERROR_LIMIT,
                         "the picture has %zu bytes, the limit is %d: send a smaller one", length,
                         LIMIT_PICTURE_BYTES);
    const char *found = match(pictures, G_N_ELEMENTS(pictures), bytes, length);
    if (!found)
        return error_set(error, NACRE_ERROR_FORMAT,
                         "not a picture that nacre reads: it is %s; send JPEG, PNG, WebP, GIF, HEIC or AVIF",
                         describe_other(bytes, length));
    if (strcmp(found, "heif") == 0 && !vips_type_find("VipsOperation", "heifload_buffer"))
        return error_set(
            error, NACRE_ERROR_FORMAT,
            "a HEIC or AVIF picture, which this machine's libvips cannot read: send JPEG or PNG");
    *format = found;
    return NACRE_OK;
}

// --- libvips ---

static atomic_int decode_ms = LIMIT_PICTURE_DECODE_MS;

void picture_limit_time(int milliseconds) {
    atomic_store(&decode_ms, milliseconds);
}

static void log_vips(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer context) {
    (void)level;
    (void)context;
    log_debug("%s: %s", domain, message);
}

nacre_status picture_start(nacre_error *error) {
    static const char *const loaders[] = {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp",
                                          "VipsForeignLoadNsgif", "VipsForeignLoadHeif"};
    if (vips_init("nacre"))
        return error_set(error, NACRE_ERROR_IO, "libvips does not start: %s", vips_error_buffer());
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(loaders); i++)
        vips_operation_block_set(loaders[i], FALSE);
    // Every picture is decoded once: nothing is worth keeping. Callers bring their own threads.
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    // libvips before 8.15 shrinks by code that liborc compiles anew for every picture; liborc before 0.4.34
    // loses count of its memory where two threads do that at once, and the program crashes.
    if (vips_version(0) == 8 && vips_version(1) < 15)
        vips_vector_set_enabled(FALSE);
    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, log_vips, NULL);
    return NACRE_OK;
}

void picture_stop(void) {
    vips_shutdown();
}

// libvips keeps its words for a person in one buffer: the first line is the cause.
static nacre_status error_vips(nacre_error *error, const char *doing) {
    char *words = vips_error_buffer_copy();
    words[strcspn(words, "\n")] = 0;
    nacre_status status = error_set(error, NACRE_ERROR_FORMAT, "%s: %s", doing, words);
    g_free(words);
    return status;
}

// The picture with its header read; pixels come when they are asked for. JPEG and WebP can shrink by
// themselves.
static VipsImage *open_lazily(const char *bytes, size_t length, const char *format, int shrink) {
    VipsImage *image = NULL;
    void *start = (void *)(uintptr_t)bytes; // libvips only reads it
    const char *const access = "access", *const fail_on = "fail_on";
    int failed;
    if (strcmp(format, "jpeg") == 0)
        failed = vips_jpegload_buffer(start, length, &image, "shrink", shrink, access, VIPS_ACCESS_SEQUENTIAL,
                                      fail_on, VIPS_FAIL_ON_TRUNCATED, NULL);
    else if (strcmp(format, "png") == 0)
        failed = vips_pngload_buffer(start, length, &image, access, VIPS_ACCESS_SEQUENTIAL, fail_on,
                                     VIPS_FAIL_ON_TRUNCATED, NULL);
    else if (strcmp(format, "webp") == 0)
        failed = vips_webpload_buffer(start, length, &image, "scale", 1.0 / shrink, access,
                                      VIPS_ACCESS_SEQUENTIAL, fail_on, VIPS_FAIL_ON_TRUNCATED, NULL);
    else if (strcmp(format, "gif") == 0)
        failed = vips_gifload_buffer(start, length, &image, access, VIPS_ACCESS_SEQUENTIAL, fail_on,
                                     VIPS_FAIL_ON_TRUNCATED, NULL);
    else
        failed = vips_heifload_buffer(start, length, &image, access, VIPS_ACCESS_SEQUENTIAL, fail_on,
                                      VIPS_FAIL_ON_TRUNCATED, NULL);
    return failed ? NULL : image;
}

// Whether the decoder holds all of the picture at once, at up to 6 bytes a pixel: a baseline JPEG and a plain
// PNG come line by line, all others do not.
static bool is_held_whole(VipsImage *image, const char *format) {
    bool by_line = strcmp(format, "jpeg") == 0 || strcmp(format, "png") == 0;
    return !by_line || vips_image_get_typeof(image, "interlaced");
}

static nacre_status check_size(VipsImage *image, const char *format, nacre_error *error) {
    int64_t width = vips_image_get_width(image), height = vips_image_get_height(image);
    int64_t most = is_held_whole(image, format) ? LIMIT_PICTURE_WHOLE_PIXELS : LIMIT_PICTURE_PIXELS;
    if (width > LIMIT_PICTURE_SIDE || height > LIMIT_PICTURE_SIDE || width * height > most)
        return error_set(error, NACRE_ERROR_LIMIT,
                         "the picture has %" PRId64 "x%" PRId64 " pixels; at most %d a side and %" PRId64
                         " million in all are read of this kind: send a smaller one",
                         width, height, LIMIT_PICTURE_SIDE, most / 1000000);
    return NACRE_OK;
}

static nacre_status open_checked(const char *bytes, size_t length, struct picture_info *info,
                                 VipsImage **result, nacre_error *error) {
    const char *format;
    nacre_status status = recognise(bytes, length, &format, error);
    if (status)
        return status;
    VipsImage *image = open_lazily(bytes, length, format, 1);
    snprintf(info->format, sizeof info->format, "%s", format);
    if (!image)
        return error_vips(error, "not a readable picture");
    status = check_size(image, format, error);
    if (status) {
        g_object_unref(image);
        return status;
    }
    bool lies_on_its_side = vips_image_get_orientation_swap(image);
    info->width = lies_on_its_side ? image->Ysize : image->Xsize;
    info->height = lies_on_its_side ? image->Xsize : image->Ysize;
    *result = image;
    return NACRE_OK;
}

nacre_status picture_probe(const void *bytes, size_t length, struct picture_info *info, nacre_error *error) {
    VipsImage *image;
    struct picture_info found;
    nacre_status status = open_checked(bytes, length, &found, &image, error);
    if (status)
        return status;
    g_object_unref(image);
    *info = found;
    return NACRE_OK;
}

// --- Decoding ---

struct deadline {
    gint64 until_us;
    atomic_bool passed; // libvips calls from a thread of its own
};

static void stop_when_late(VipsImage *image, VipsProgress *progress, struct deadline *deadline) {
    (void)progress;
    if (g_get_monotonic_time() > deadline->until_us) {
        deadline->passed = true;
        vips_image_set_kill(image, TRUE);
    }
}

// By how much a picture may shrink so that its shorter side keeps `shrink_to` pixels.
static int shrink_factor(const struct picture_info *info, int shrink_to) {
    int shorter = info->width < info->height ? info->width : info->height;
    return shrink_to > 0 && shorter > shrink_to ? shorter / shrink_to : 1;
}

// The part of it that the decoder can do: WebP's any, JPEG's a power of two, others' none.
static int decoder_shrink_factor(int factor, const char *format) {
    if (strcmp(format, "webp") == 0)
        return factor;
    if (strcmp(format, "jpeg") == 0)
        return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1;
    return 1;
}

// After a step that made `*result` out of `*image`: puts it in its place. False: libvips has said why not.
static bool replaced(VipsImage **image, int failed, VipsImage **result) {
    if (failed)
        return false;
    g_object_unref(*image);
    *image = *result;
    return true;
}

static bool flatten_on_white(VipsImage **image) {
    if (!vips_image_hasalpha(*image))
        return true;
    double white = (*image)->BandFmt == VIPS_FORMAT_USHORT ? 65535 : 255;
    VipsArrayDouble *background = vips_array_double_newv(1, white);
    VipsImage *flat = NULL;
    int failed = vips_flatten(*image, &flat, "background", background, NULL);
    vips_area_unref(VIPS_AREA(background));
    return replaced(image, failed, &flat);
}

static bool shrink_by(VipsImage **image, int factor) {
    if (factor == 1)
        return true;
    VipsImage *small = NULL;
    int failed = vips_shrink(*image, &small, factor, factor, NULL);
    return replaced(image, failed, &small);
}

// To sRGB: by the picture's own profile, or by its colour space where the profile is missing or broken.
static bool convert_to_srgb(VipsImage **image) {
    VipsImage *converted = NULL;
    int failed = -1;
    if (vips_image_get_typeof(*image, VIPS_META_ICC_NAME)) {
        failed = vips_icc_transform(*image, &converted, "srgb", "embedded", TRUE, "intent",
                                    VIPS_INTENT_PERCEPTUAL, NULL);
        if (failed)
            vips_error_clear();
    }
    if (failed)
        failed = vips_colourspace(*image, &converted, VIPS_INTERPRETATION_sRGB, NULL);
    return replaced(image, failed, &converted);
}

static bool to_three_bytes(VipsImage **image) {
    VipsImage *bytes = NULL;
    if ((*image)->BandFmt != VIPS_FORMAT_UCHAR &&
        !replaced(image, vips_cast(*image, &bytes, VIPS_FORMAT_UCHAR, NULL), &bytes))
        return false;
    if ((*image)->Bands == BANDS)
        return true;
    VipsImage *bands = NULL;
    int failed = (*image)->Bands > BANDS
                     ? vips_extract_band(*image, &bands, 0, "n", BANDS, NULL)
                     : vips_bandjoin((VipsImage *[]){*image, *image, *image}, &bands, BANDS, NULL);
    return replaced(image, failed, &bands);
}

// Turning needs all lines at once, so what streamed so far is gathered in memory first.
static bool turn_upright(VipsImage **image) {
    if (vips_image_get_orientation(*image) <= 1)
        return true;
    VipsImage *gathered = vips_image_copy_memory(*image);
    if (!replaced(image, gathered ? 0 : -1, &gathered))
        return false;
    VipsImage *upright = NULL;
    int failed = vips_autorot(*image, &upright, NULL);
    return replaced(image, failed, &upright);
}

static bool gather_pixels(VipsImage *image, struct picture *result) {
    size_t size;
    void *pixels = vips_image_write_to_memory(image, &size);
    if (!pixels)
        return false;
    result->pixels = pixels;
    result->width = image->Xsize;
    result->height = image->Ysize;
    return true;
}

// Large pictures that are held whole wait for each other, so that many at once do not fill the memory.
enum { LARGE_PIXELS = 16 * 1000 * 1000 };
static pthread_mutex_t large = PTHREAD_MUTEX_INITIALIZER;

// Runs all steps and lets the image go, whose decoder holds the most of the memory; false: libvips has said
// why, or the time is up.
static bool decode_pixels(VipsImage *image, const struct picture_info *info, int factor,
                          struct deadline *deadline, struct picture *result) {
    bool waits = is_held_whole(image, info->format) && (int64_t)info->width * info->height > LARGE_PIXELS;
    if (waits)
        pthread_mutex_lock(&large);
    deadline->until_us = g_get_monotonic_time() + INT64_C(1000) * atomic_load(&decode_ms);
    vips_image_set_progress(image, TRUE);
    // The signal lives as long as the loader's image, which the steps below keep alive.
    g_signal_connect(image, "eval", G_CALLBACK(stop_when_late), deadline);
    bool good = flatten_on_white(&image) && shrink_by(&image, factor) && convert_to_srgb(&image) &&
                to_three_bytes(&image) && turn_upright(&image) && gather_pixels(image, result);
    g_object_unref(image);
    if (waits)
        pthread_mutex_unlock(&large);
    return good;
}

static nacre_status error_decoding(const struct picture_info *info, const struct deadline *deadline,
                                   nacre_error *error) {
    if (deadline->passed) {
        vips_error_clear();
        return error_set(error, NACRE_ERROR_LIMIT,
                         "the picture took longer than %d ms to decode: send a smaller one",
                         atomic_load(&decode_ms));
    }
    char doing[64];
    snprintf(doing, sizeof doing, "a broken %s picture", info->format);
    return error_vips(error, doing);
}

nacre_status picture_decode(const void *bytes, size_t length, int shrink_to, struct picture *result,
                            nacre_error *error) {
    VipsImage *image = NULL;
    struct picture_info info;
    nacre_status status = open_checked(bytes, length, &info, &image, error);
    if (status)
        return status;
    int factor = shrink_factor(&info, shrink_to);
    int by_decoder = decoder_shrink_factor(factor, info.format);
    if (by_decoder > 1) {
        g_object_unref(image);
        image = open_lazily(bytes, length, info.format, by_decoder);
    }
    struct deadline deadline = {0};
    struct picture decoded = {.full_width = info.width, .full_height = info.height};
    if (image && decode_pixels(image, &info, factor / by_decoder, &deadline, &decoded))
        *result = decoded;
    else
        status = error_decoding(&info, &deadline, error);
    return status;
}

nacre_status picture_load(const char *path, int shrink_to, struct picture *result, nacre_error *error) {
    char *bytes;
    size_t length;
    nacre_status status = file_read(path, LIMIT_PICTURE_BYTES, &bytes, &length, error);
    if (status)
        return status;
    status = picture_decode(bytes, length, shrink_to, result, error);
    memory_free(bytes);
    return status ? error_prefix(error, status, "%s", path) : NACRE_OK;
}

void picture_fini(struct picture *p) {
    g_free(p->pixels);
    *p = (struct picture){0};
}

// --- From pixels ---

static VipsImage *borrow(const struct picture *p) {
    size_t size = (size_t)p->width * (size_t)p->height * BANDS;
    VipsImage *image =
        vips_image_new_from_memory(p->pixels, size, p->width, p->height, BANDS, VIPS_FORMAT_UCHAR);
    if (image)
        image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

static int clamp(double value, int least, int most) {
    return value < least ? least : value > most ? most : (int)value;
}

// `box`, which is in pixels of the full size, in pixels of the picture as it is: at least one, none outside.
static struct box scaled_box(const struct picture *p, const struct box *box) {
    if (!box)
        return (struct box){0, 0, p->width, p->height};
    double x_scale = (double)p->width / p->full_width, y_scale = (double)p->height / p->full_height;
    int left = clamp(floor(box->x * x_scale), 0, p->width - 1);
    int top = clamp(floor(box->y * y_scale), 0, p->height - 1);
    int right = clamp(ceil(((double)box->x + box->width) * x_scale), left + 1, p->width);
    int bottom = clamp(ceil(((double)box->y + box->height) * y_scale), top + 1, p->height);
    return (struct box){left, top, right - left, bottom - top};
}

struct box picture_fitted(int width, int height, int into_width, int into_height) {
    double scale = fmin((double)into_width / width, (double)into_height / height);
    int fitted_width = clamp(width * scale + 0.5, 1, into_width);
    int fitted_height = clamp(height * scale + 0.5, 1, into_height);
    return (struct box){(into_width - fitted_width) / 2, (into_height - fitted_height) / 2, fitted_width,
                        fitted_height};
}

// The three steps of fitting, each on what the one before left in `*image`.
static bool crop(VipsImage **image, struct box part) {
    VipsImage *cropped = NULL;
    int failed = vips_extract_area(*image, &cropped, part.x, part.y, part.width, part.height, NULL);
    return replaced(image, failed, &cropped);
}

static bool scale_to(VipsImage **image, struct box to) {
    VipsImage *scaled = NULL;
    int failed = vips_resize(*image, &scaled, (double)to.width / (*image)->Xsize, "vscale",
                             (double)to.height / (*image)->Ysize, NULL);
    return replaced(image, failed, &scaled);
}

static bool pad(VipsImage **image, struct box at, int width, int height, const uint8_t background[3]) {
    VipsArrayDouble *colour =
        vips_array_double_newv(BANDS, (double)background[0], (double)background[1], (double)background[2]);
    VipsImage *padded = NULL;
    int failed = vips_embed(*image, &padded, at.x, at.y, width, height, "extend", VIPS_EXTEND_BACKGROUND,
                            "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    return replaced(image, failed, &padded);
}

nacre_status picture_fit(const struct picture *p, const struct box *box, int width, int height,
                         const uint8_t background[3], struct picture *result, nacre_error *error) {
    struct box part = scaled_box(p, box);
    struct box at = picture_fitted(part.width, part.height, width, height);
    struct picture fitted = {.full_width = width, .full_height = height};
    VipsImage *image = borrow(p);
    bool good = image && crop(&image, part) && scale_to(&image, at) &&
                pad(&image, at, width, height, background) && gather_pixels(image, &fitted);
    if (image)
        g_object_unref(image);
    if (!good)
        return error_vips(error, "scaling a picture");
    *result = fitted;
    return NACRE_OK;
}

nacre_status picture_encode_jpeg(const struct picture *p, int quality, char **bytes, size_t *length,
                                 nacre_error *error) {
    VipsImage *image = borrow(p);
    void *encoded = NULL;
    size_t encoded_length = 0;
    bool good = image && !vips_jpegsave_buffer(image, &encoded, &encoded_length, "Q", quality, NULL);
    if (image)
        g_object_unref(image);
    if (!good)
        return error_vips(error, "encoding a JPEG");
    char *copy = memory_new(encoded_length, 1);
    if (copy)
        memcpy(copy, encoded, encoded_length);
    g_free(encoded);
    if (!copy)
        return error_memory(error, "encoding a JPEG");
    *bytes = copy;
    *length = encoded_length;
    return NACRE_OK;
}

nacre_status picture_write_png(const struct picture *p, const char *path, nacre_error *error) {
    VipsImage *image = borrow(p);
    void *encoded = NULL;
    size_t length = 0;
    bool good = image && !vips_pngsave_buffer(image, &encoded, &length, NULL);
    if (image)
        g_object_unref(image);
    if (!good)
        return error_vips(error, "encoding a PNG");
    nacre_status status = file_write(path, encoded, length, error);
    g_free(encoded);
    return status;
}
