// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include <pthread.h>
#include <vips/vips.h>
#include <zlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "picture/picture.h"

// --- Pictures to decode, made by libvips's own encoders ---

enum { WIDTH = 64, HEIGHT = 48 };

// Left half red, right half blue, a black corner at the top left.
static VipsImage *flag(int width, int height) {
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *pixel = pixels + 3 * (y * width + x);
            bool corner = x < width / 4 && y < height / 4;
            pixel[0] = !corner && x < width / 2 ? 255 : 0;
            pixel[1] = 0;
            pixel[2] = x >= width / 2 ? 255 : 0;
        }
    VipsImage *image = vips_image_new_from_memory_copy(pixels, (size_t)width * (size_t)height * 3, width,
                                                       height, 3, VIPS_FORMAT_UCHAR);
    free(pixels);
    image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

struct file {
    void *bytes;
    size_t length;
};

static struct file saved(VipsImage *image, const char *suffix) {
    struct file file = {NULL, 0};
    if (vips_image_write_to_buffer(image, suffix, &file.bytes, &file.length, NULL))
        fail_msg("%s: %s", suffix, vips_error_buffer());
    g_object_unref(image);
    return file;
}

static const uint8_t *pixel(const struct picture *p, int x, int y) {
    return p->pixels + 3 * ((size_t)y * (size_t)p->width + (size_t)x);
}

static void assert_colour(const struct picture *p, int x, int y, int red, int green, int blue) {
    const uint8_t *c = pixel(p, x, y);
    if (abs(c[0] - red) > 12 || abs(c[1] - green) > 12 || abs(c[2] - blue) > 12)
        fail_msg("pixel %d,%d is %d,%d,%d, not %d,%d,%d", x, y, c[0], c[1], c[2], red, green, blue);
}

static void assert_is_flag(const struct picture *p) {
    assert_int_equal(p->width, WIDTH);
    assert_int_equal(p->height, HEIGHT);
    assert_colour(p, 24, 40, 255, 0, 0);
    assert_colour(p, 56, 40, 0, 0, 255);
    assert_colour(p, 4, 4, 0, 0, 0);
}

static struct picture decoded(struct file file, int shrink_to) {
    struct picture p;
    nacre_error error;
    assert_ok(picture_decode(file.bytes, file.length, shrink_to, &p, &error), error);
    return p;
}

// --- Good pictures ---

static void formats_are_decoded(void **state) {
    (void)state;
    static const char *const suffixes[][2] = {
        {".jpg[Q=95,subsample_mode=off]", "jpeg"},
        {".png", "png"},
        {".webp[lossless]", "webp"},
        {".gif", "gif"},
        {".png[interlace]", "png"},
        {".jpg[Q=95,subsample_mode=off,interlace]", "jpeg"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        struct file file = saved(flag(WIDTH, HEIGHT), suffixes[i][0]);
        struct picture_info info;
        nacre_error error;
        assert_ok(picture_probe(file.bytes, file.length, &info, &error), error);
        assert_string_equal(info.format, suffixes[i][1]);
        assert_int_equal(info.width, WIDTH);
        assert_int_equal(info.height, HEIGHT);
        struct picture p = decoded(file, 0);
        assert_is_flag(&p);
        picture_fini(&p);
        g_free(file.bytes);
    }
}

static void avif_is_decoded_where_libvips_can(void **state) {
    (void)state;
    VipsImage *image = flag(WIDTH, HEIGHT);
    struct file file;
    int failed = vips_heifsave_buffer(image, &file.bytes, &file.length, "compression",
                                      VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "lossless", TRUE, NULL);
    g_object_unref(image);
    if (failed) {
        print_message("skipped: this libvips cannot write AVIF: %s", vips_error_buffer());
        vips_error_clear();
        skip();
    }
    struct picture p = decoded(file, 0);
    assert_is_flag(&p);
    picture_fini(&p);
    g_free(file.bytes);
}

static void exif_orientation_is_obeyed(void **state) {
    (void)state;
    for (int orientation = 1; orientation <= 8; orientation++) {
        // Stored as a camera does that was held so: turned or mirrored, with the way back in the metadata.
        VipsImage *upright = flag(WIDTH, HEIGHT), *stored = NULL;
        vips_image_set_int(upright, VIPS_META_ORIENTATION, orientation);
        static const int way_back[] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
        VipsImage *tagged = vips_image_copy_memory(upright);
        vips_image_set_int(tagged, VIPS_META_ORIENTATION, way_back[orientation]);
        assert_int_equal(vips_autorot(tagged, &stored, NULL), 0);
        VipsImage *file_image = vips_image_copy_memory(stored);
        vips_image_set_int(file_image, VIPS_META_ORIENTATION, orientation);
        g_object_unref(upright);
        g_object_unref(tagged);
        g_object_unref(stored);
        struct file file = saved(file_image, ".jpg[Q=95,subsample_mode=off]");
        struct picture p = decoded(file, 0);
        assert_is_flag(&p);
        assert_int_equal(p.full_width, WIDTH);
        assert_int_equal(p.full_height, HEIGHT);
        picture_fini(&p);
        g_free(file.bytes);
    }
}

static VipsImage *cast(VipsImage *image, VipsInterpretation space) {
    VipsImage *out = NULL;
    if (vips_colourspace(image, &out, space, NULL))
        fail_msg("%s", vips_error_buffer());
    g_object_unref(image);
    return out;
}

static void colour_spaces_become_srgb(void **state) {
    (void)state;
    struct file grey = saved(cast(flag(WIDTH, HEIGHT), VIPS_INTERPRETATION_B_W), ".jpg[Q=95]");
    struct picture p = decoded(grey, 0);
    const uint8_t *c = pixel(&p, 24, 40);
    assert_int_equal(c[0], c[1]);
    assert_int_equal(c[1], c[2]);
    assert_colour(&p, 4, 4, 0, 0, 0);
    picture_fini(&p);
    g_free(grey.bytes);

    struct file deep = saved(cast(flag(WIDTH, HEIGHT), VIPS_INTERPRETATION_RGB16), ".png[bitdepth=16]");
    p = decoded(deep, 0);
    assert_is_flag(&p);
    picture_fini(&p);
    g_free(deep.bytes);

    // Ink cannot show pure red or blue: only that red is reddest where it should be.
    struct file ink = saved(cast(flag(WIDTH, HEIGHT), VIPS_INTERPRETATION_CMYK), ".jpg[Q=95]");
    p = decoded(ink, 0);
    assert_int_equal(p.width, WIDTH);
    c = pixel(&p, 24, 40);
    assert_true(c[0] > 180 && c[1] < 80 && c[2] < 80);
    c = pixel(&p, 56, 40);
    assert_true(c[0] < 100 && c[2] > 100);
    picture_fini(&p);
    g_free(ink.bytes);
}

static void embedded_profile_is_used(void **state) {
    (void)state;
    VipsImage *image = flag(WIDTH, HEIGHT), *wide = NULL;
    assert_int_equal(vips_icc_transform(image, &wide, "p3", "input_profile", "srgb", NULL), 0);
    g_object_unref(image);
    struct file file = saved(wide, ".png");
    struct picture p = decoded(file, 0);
    assert_is_flag(&p);
    picture_fini(&p);
    g_free(file.bytes);
}

static void broken_profile_is_passed_over(void **state) {
    (void)state;
    VipsImage *image = vips_image_copy_memory(flag(WIDTH, HEIGHT));
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, "no profile at all, only words", 29);
    struct file file = saved(image, ".jpg[Q=95,subsample_mode=off]");
    struct picture p = decoded(file, 0);
    assert_is_flag(&p);
    picture_fini(&p);
    g_free(file.bytes);
}

static void transparent_parts_are_white(void **state) {
    (void)state;
    VipsImage *opaque = flag(WIDTH, HEIGHT), *alpha = NULL, *joined = NULL;
    // Full on the left, none on the right.
    VipsImage *left = NULL;
    assert_int_equal(vips_extract_band(opaque, &left, 0, NULL), 0);
    assert_int_equal(vips_relational_const1(left, &alpha, VIPS_OPERATION_RELATIONAL_MORE, 128, NULL), 0);
    assert_int_equal(vips_bandjoin2(opaque, alpha, &joined, NULL), 0);
    g_object_unref(opaque);
    g_object_unref(left);
    g_object_unref(alpha);
    struct file file = saved(joined, ".png");
    struct picture p = decoded(file, 0);
    assert_colour(&p, 24, 40, 255, 0, 0);
    assert_colour(&p, 56, 40, 255, 255, 255);
    assert_colour(&p, 4, 4, 255, 255, 255);
    picture_fini(&p);
    g_free(file.bytes);
}

static void shrinking_keeps_the_shorter_side(void **state) {
    (void)state;
    static const char *const suffixes[] = {".jpg[Q=95]", ".png", ".webp", ".gif"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        struct file file = saved(flag(1600, 1200), suffixes[i]);
        struct picture p = decoded(file, 250);
        assert_int_equal(p.full_width, 1600);
        assert_int_equal(p.full_height, 1200);
        assert_in_range(p.height, 250, 300);
        assert_in_range(p.width, 4 * p.height / 3 - 2, 4 * p.height / 3 + 2);
        assert_colour(&p, p.width * 3 / 8, p.height * 7 / 8, 255, 0, 0);
        picture_fini(&p);
        p = decoded(file, 1201);
        assert_int_equal(p.width, 1600);
        picture_fini(&p);
        g_free(file.bytes);
    }
}

static void large_progressive_picture_is_decoded(void **state) {
    (void)state;
    struct file file = saved(flag(4200, 4000), ".jpg[Q=80,interlace]");
    struct picture p = decoded(file, 480);
    assert_int_equal(p.width, 525);
    assert_colour(&p, p.width * 3 / 8, p.height * 7 / 8, 255, 0, 0);
    picture_fini(&p);
    g_free(file.bytes);
}

// --- What is refused ---

static void assert_refused(const void *bytes, size_t length, nacre_status expected, const char *words) {
    struct picture p;
    nacre_error error;
    nacre_status status = picture_decode(bytes, length, 0, &p, &error);
    if (status == NACRE_OK)
        fail_msg("accepted, but expected to be refused with: %s", words);
    if (status != expected || !strstr(error.message, words))
        fail_msg("refused with %s: %s; expected: %s", nacre_status_word(status), error.message, words);
}

static void other_things_are_named(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *words;
    } cases[] = {
        {"", "it is empty"},
        {"hello, this is no picture", "it is a text"},
        {"\n<!DOCTYPE html><html><body>404", "it is an HTML page"},
        {"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>", "it is an SVG drawing"},
        {"<?xml version=\"1.0\"?><yml_catalog/>", "it is an XML file"},
        {"%PDF-1.7\n", "it is a PDF document"},
        {"BM\x1a\x2b\x01", "it is a BMP picture"},
        {"PK\3\4\x14", "it is a ZIP archive"},
        {"\1\2\3\4\5\6\7\10", "it is data of an unknown kind"},
        {"\xff\xd8\xff", "not a readable picture"},
        {"\x89PNG\r\n\x1a\n", "not a readable picture"},
        {"GIF89a", "not a readable picture"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(cases[i].bytes, strlen(cases[i].bytes), NACRE_ERROR_FORMAT, cases[i].words);
    assert_refused("RIFF\0\0\0\0WEBPVP8 ", 16, NACRE_ERROR_FORMAT, "not a readable picture");
    assert_refused("\0\0\0\x18"
                   "ftypheic\0\0\0\0mif1heic",
                   24, NACRE_ERROR_FORMAT, "not a readable picture");
    assert_refused("\0\0\0\x18"
                   "ftypisom\0\0\0\0mp41",
                   20, NACRE_ERROR_FORMAT, "it is a video");
}

static void loaders_of_other_formats_are_off(void **state) {
    (void)state;
    VipsImage *image = NULL;
    const char *svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
    assert_int_not_equal(vips_svgload_buffer((void *)(uintptr_t)svg, strlen(svg), &image, NULL), 0);
    vips_error_clear();
    image = vips_image_new_from_buffer("P3 1 1 255 0 0 0", 16, "", NULL);
    assert_null(image);
    vips_error_clear();
}

static void truncated_picture_is_an_error(void **state) {
    (void)state;
    static const char *const suffixes[] = {".jpg", ".png[compression=0]", ".webp", ".gif"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        VipsImage *noise = NULL, *bytes = NULL;
        assert_int_equal(vips_gaussnoise(&noise, 300, 200, "mean", 128.0, "sigma", 40.0, NULL), 0);
        assert_int_equal(vips_cast(noise, &bytes, VIPS_FORMAT_UCHAR, NULL), 0);
        g_object_unref(noise);
        struct file file = saved(bytes, suffixes[i]);
        assert_refused(file.bytes, file.length / 2, NACRE_ERROR_FORMAT, "picture: ");
        struct picture p;
        nacre_error error;
        assert_int_equal(picture_decode(file.bytes, file.length / 2, 20, &p, &error), NACRE_ERROR_FORMAT);
        g_free(file.bytes);
    }
}

static void damaged_bytes_never_crash(void **state) {
    (void)state;
    static const char *const suffixes[] = {".jpg", ".png", ".webp", ".gif"};
    unsigned seed = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        struct file file = saved(flag(WIDTH, HEIGHT), suffixes[i]);
        uint8_t *damaged = malloc(file.length);
        for (int round = 0; round < 100; round++) {
            memcpy(damaged, file.bytes, file.length);
            for (int hit = 0; hit < 4; hit++)
                damaged[(size_t)rand_r(&seed) % file.length] = (uint8_t)rand_r(&seed);
            struct picture p;
            nacre_error error;
            if (picture_decode(damaged, file.length, 0, &p, &error) == NACRE_OK)
                picture_fini(&p);
        }
        free(damaged);
        g_free(file.bytes);
    }
}

static void put_chunk(uint8_t *file, size_t *length, const char *type, const uint8_t *data, uint32_t size) {
    uint8_t *chunk = file + *length;
    for (int i = 0; i < 4; i++)
        chunk[i] = (uint8_t)(size >> (24 - 8 * i));
    memcpy(chunk + 4, type, 4);
    memcpy(chunk + 8, data, size);
    unsigned long sum = crc32(0, chunk + 4, size + 4);
    for (int i = 0; i < 4; i++)
        chunk[8 + size + (uint32_t)i] = (uint8_t)(sum >> (24 - 8 * i));
    *length += 12 + size;
}

// The header of a white PNG of any size, with no more than the first bytes of its pixels.
static size_t make_png_header(uint8_t file[256], uint32_t width, uint32_t height, bool interlaced) {
    size_t length = 8;
    memcpy(file, "\x89PNG\r\n\x1a\n", 8);
    uint8_t header[13] = {(uint8_t)(width >> 24),
                          (uint8_t)(width >> 16),
                          (uint8_t)(width >> 8),
                          (uint8_t)width,
                          (uint8_t)(height >> 24),
                          (uint8_t)(height >> 16),
                          (uint8_t)(height >> 8),
                          (uint8_t)height,
                          8,
                          0,
                          0,
                          0,
                          interlaced};
    put_chunk(file, &length, "IHDR", header, sizeof header);
    uint8_t zeroes[64] = {0}, packed[128];
    uLongf packed_length = sizeof packed;
    assert_int_equal(compress(packed, &packed_length, zeroes, sizeof zeroes), Z_OK);
    put_chunk(file, &length, "IDAT", packed, (uint32_t)packed_length);
    put_chunk(file, &length, "IEND", zeroes, 0);
    return length;
}

static void size_limits_hold(void **state) {
    (void)state;
    static const struct {
        uint32_t width, height;
        nacre_status expected;
        bool interlaced;
    } cases[] = {
        {65535, 65535, NACRE_ERROR_LIMIT, false},
        {LIMIT_PICTURE_SIDE, 2, NACRE_OK, false},
        {LIMIT_PICTURE_SIDE - 1, 2, NACRE_OK, false},
        {LIMIT_PICTURE_SIDE + 1, 2, NACRE_ERROR_LIMIT, false},
        {2, LIMIT_PICTURE_SIDE + 1, NACRE_ERROR_LIMIT, false},
        {10000, LIMIT_PICTURE_PIXELS / 10000, NACRE_OK, false},
        {10000, LIMIT_PICTURE_PIXELS / 10000 + 1, NACRE_ERROR_LIMIT, false},
        {10000, LIMIT_PICTURE_PIXELS / 10000 - 1, NACRE_OK, false},
        {10000, LIMIT_PICTURE_WHOLE_PIXELS / 10000, NACRE_OK, true},
        {10000, LIMIT_PICTURE_WHOLE_PIXELS / 10000 + 1, NACRE_ERROR_LIMIT, true},
        {10000, LIMIT_PICTURE_WHOLE_PIXELS / 10000 - 1, NACRE_OK, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t file[256];
        size_t length = make_png_header(file, cases[i].width, cases[i].height, cases[i].interlaced);
        struct picture_info info;
        nacre_error error;
        nacre_status status = picture_probe(file, length, &info, &error);
        if (status != cases[i].expected)
            fail_msg("%ux%u: %s", cases[i].width, cases[i].height, status ? error.message : "accepted");
    }
    uint8_t bomb[256];
    size_t length = make_png_header(bomb, 65535, 65535, false);
    assert_refused(bomb, length, NACRE_ERROR_LIMIT, "65535x65535");
}

static void byte_limit_holds(void **state) {
    (void)state;
    struct file file = saved(flag(WIDTH, HEIGHT), ".jpg");
    char *padded = calloc(1, LIMIT_PICTURE_BYTES + 1);
    memcpy(padded, file.bytes, file.length);
    struct picture p;
    nacre_error error;
    for (int over = -1; over <= 0; over++) {
        assert_ok(picture_decode(padded, (size_t)(LIMIT_PICTURE_BYTES + over), 0, &p, &error), error);
        picture_fini(&p);
    }
    assert_refused(padded, LIMIT_PICTURE_BYTES + 1, NACRE_ERROR_LIMIT, "send a smaller one");
    free(padded);
    g_free(file.bytes);
}

static void time_limit_holds(void **state) {
    (void)state;
    struct file file = saved(flag(2000, 2000), ".png");
    picture_limit_time(-1);
    assert_refused(file.bytes, file.length, NACRE_ERROR_LIMIT, "to decode");
    picture_limit_time(LIMIT_PICTURE_DECODE_MS);
    struct picture p = decoded(file, 0);
    picture_fini(&p);
    g_free(file.bytes);
}

// --- Fitting and encoding ---

static void fitting_keeps_proportions(void **state) {
    (void)state;
    struct file file = saved(flag(WIDTH, HEIGHT), ".png");
    struct picture p = decoded(file, 0), fitted;
    nacre_error error;
    const uint8_t green[] = {0, 255, 0};
    assert_ok(picture_fit(&p, NULL, 128, 128, green, &fitted, &error), error);
    assert_int_equal(fitted.width, 128);
    assert_int_equal(fitted.height, 128);
    // 64x48 becomes 128x96, with 16 lines of background above and below.
    assert_colour(&fitted, 64, 8, 0, 255, 0);
    assert_colour(&fitted, 64, 120, 0, 255, 0);
    assert_colour(&fitted, 8, 24, 0, 0, 0);
    assert_colour(&fitted, 40, 100, 255, 0, 0);
    assert_colour(&fitted, 120, 100, 0, 0, 255);
    picture_fini(&fitted);

    const struct box blue = {40, 20, 100, 10}; // reaches past the right edge
    assert_ok(picture_fit(&p, &blue, 24, 24, green, &fitted, &error), error);
    assert_colour(&fitted, 12, 12, 0, 0, 255);
    assert_colour(&fitted, 12, 1, 0, 255, 0);
    picture_fini(&fitted);

    const struct box outside = {-50, 4000, 10, 10}; // the nearest pixel stands for it
    assert_ok(picture_fit(&p, &outside, 8, 8, green, &fitted, &error), error);
    assert_colour(&fitted, 4, 4, 255, 0, 0);
    picture_fini(&fitted);
    picture_fini(&p);
    g_free(file.bytes);
}

static void boxes_are_of_the_full_size(void **state) {
    (void)state;
    struct file file = saved(flag(1600, 1200), ".jpg[Q=95]");
    struct picture p = decoded(file, 150), fitted;
    assert_int_equal(p.width, 200);
    nacre_error error;
    const uint8_t white[] = {255, 255, 255};
    const struct box right_half = {800, 0, 800, 1200};
    assert_ok(picture_fit(&p, &right_half, 60, 90, white, &fitted, &error), error);
    assert_colour(&fitted, 3, 45, 0, 0, 255);
    assert_colour(&fitted, 57, 45, 0, 0, 255);
    picture_fini(&fitted);
    picture_fini(&p);
    g_free(file.bytes);
}

static void encodings_are_read_back(void **state) {
    (void)state;
    struct file file = saved(flag(WIDTH, HEIGHT), ".png");
    struct picture p = decoded(file, 0), again;
    g_free(file.bytes);
    nacre_error error;
    char *bytes;
    size_t length;
    assert_ok(picture_encode_jpeg(&p, 95, &bytes, &length, &error), error);
    assert_ok(picture_decode(bytes, length, 0, &again, &error), error);
    assert_int_equal(again.width, WIDTH);
    assert_colour(&again, 10, 40, 255, 0, 0);
    picture_fini(&again);
    memory_free(bytes);

    char *folder = test_new_folder();
    char path[512];
    snprintf(path, sizeof path, "%s/out.png", folder);
    assert_ok(picture_write_png(&p, path, &error), error);
    assert_ok(file_read(path, LIMIT_PICTURE_BYTES, &bytes, &length, &error), error);
    assert_ok(picture_decode(bytes, length, 0, &again, &error), error);
    assert_memory_equal(again.pixels, p.pixels, WIDTH * HEIGHT * 3);
    picture_fini(&again);
    picture_fini(&p);
    memory_free(bytes);
    snprintf(path, sizeof path, "%s/none/out.png", folder);
    p = (struct picture){.pixels = g_malloc0(3), .width = 1, .height = 1, .full_width = 1, .full_height = 1};
    assert_int_equal(picture_write_png(&p, path, &error), NACRE_ERROR_NOT_FOUND);
    picture_fini(&p);
    test_remove_folder(folder);
}

static void *decode_often(void *argument) {
    const struct file *file = argument;
    for (int i = 0; i < 20; i++) {
        struct picture p, fitted;
        const uint8_t white[] = {255, 255, 255};
        if (picture_decode(file->bytes, file->length, 30, &p, NULL))
            return "decode failed";
        if (picture_fit(&p, NULL, 32, 32, white, &fitted, NULL))
            return "fit failed";
        picture_fini(&p);
        picture_fini(&fitted);
        if (picture_decode(file->bytes, file->length / 2, 30, &p, NULL) == NACRE_OK)
            return "a truncated file was accepted";
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state) {
    (void)state;
    struct file file = saved(flag(300, 200), ".jpg");
    pthread_t threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, decode_often, &file), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        void *problem;
        pthread_join(threads[i], &problem);
        if (problem)
            fail_msg("%s", (const char *)problem);
    }
    g_free(file.bytes);
}

static int start(void **state) {
    (void)state;
    return picture_start(NULL) ? -1 : 0;
}

static int stop(void **state) {
    (void)state;
    picture_stop();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_decoded),
        cmocka_unit_test(avif_is_decoded_where_libvips_can),
        cmocka_unit_test(exif_orientation_is_obeyed),
        cmocka_unit_test(colour_spaces_become_srgb),
        cmocka_unit_test(embedded_profile_is_used),
        cmocka_unit_test(broken_profile_is_passed_over),
        cmocka_unit_test(transparent_parts_are_white),
        cmocka_unit_test(shrinking_keeps_the_shorter_side),
        cmocka_unit_test(large_progressive_picture_is_decoded),
        cmocka_unit_test(other_things_are_named),
        cmocka_unit_test(loaders_of_other_formats_are_off),
        cmocka_unit_test(truncated_picture_is_an_error),
        cmocka_unit_test(damaged_bytes_never_crash),
        cmocka_unit_test(size_limits_hold),
        cmocka_unit_test(byte_limit_holds),
        cmocka_unit_test(time_limit_holds),
        cmocka_unit_test(fitting_keeps_proportions),
        cmocka_unit_test(boxes_are_of_the_full_size),
        cmocka_unit_test(encodings_are_read_back),
        cmocka_unit_test(threads_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests_name("picture", tests, start, stop);
}
