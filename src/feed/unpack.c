// SPDX-License-Identifier: Apache-2.0
#include "feed/unpack.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <zlib.h>

#include "base/memory.h"

enum {
    OUT_BYTES = 64 * 1024,
    ZIP_HEADER_BYTES = 30, // of a local file header, without name and extra field
    ZIP_NAME_BYTES = 1024,
    GZIP_OR_ZLIB = 15 + 32, // inflateInit2: the largest window, and the header tells which
    RAW_DEFLATE = -15,
};

enum place {
    PLACE_MAGIC, // the first bytes are collected
    PLACE_PLAIN,
    PLACE_GZIP,
    PLACE_GZIP_NEXT, // a member has ended; another may follow
    PLACE_ZIP_HEADER,
    PLACE_ZIP_NAME, // name and extra field
    PLACE_ZIP_STORED,
    PLACE_ZIP_DEFLATED,
    PLACE_ZIP_SKIP, // the sizes behind an entry that is not wanted
    PLACE_END,
};

struct unpack {
    unpack_sink *sink;
    void *context;
    enum place place;
    unsigned char head[ZIP_HEADER_BYTES + ZIP_NAME_BYTES];
    size_t head_length;
    size_t name_length;
    size_t extra_left;
    uint64_t stored_left;
    bool sizes_follow; // a zip entry whose header does not know its size
    uint32_t wanted_crc;
    uint32_t crc;
    bool skips; // the present zip entry is not wanted
    z_stream stream;
    bool stream_open;
    char *out;
};

nacre_status unpack_new(unpack_sink *sink, void *context, struct unpack **result, nacre_error *error) {
    struct unpack *u = memory_new(1, sizeof *u);
    if (!u)
        return error_memory(error, "opening a feed");
    u->sink = sink;
    u->context = context;
    *result = u;
    return NACRE_OK;
}

void unpack_free(struct unpack *u) {
    if (!u)
        return;
    if (u->stream_open)
        inflateEnd(&u->stream);
    memory_free(u->out);
    memory_free(u);
}

static nacre_status start_inflate(struct unpack *u, int window_bits, nacre_error *error) {
    if (!u->out && !(u->out = memory_new(OUT_BYTES, 1)))
        return error_memory(error, "unpacking a feed");
    int done =
        u->stream_open ? inflateReset2(&u->stream, window_bits) : inflateInit2(&u->stream, window_bits);
    if (done != Z_OK)
        return error_memory(error, "unpacking a feed");
    u->stream_open = true;
    u->crc = (uint32_t)crc32(0, NULL, 0);
    return NACRE_OK;
}

static nacre_status put(struct unpack *u, const char *bytes, size_t length) {
    if (u->place == PLACE_ZIP_STORED || u->place == PLACE_ZIP_DEFLATED)
        u->crc = (uint32_t)crc32_z(u->crc, (const unsigned char *)bytes, length);
    return u->skips || length == 0 ? NACRE_OK : u->sink(u->context, bytes, length);
}

// Inflates from *bytes; *ended at the end of the compressed data.
static nacre_status inflate_some(struct unpack *u, const char **bytes, size_t *length, bool *ended,
                                 nacre_error *error) {
    uInt in = *length > (1u << 30) ? 1u << 30 : (uInt)*length;
    u->stream.next_in = (unsigned char *)(uintptr_t)*bytes;
    u->stream.avail_in = in;
    *ended = false;
    nacre_status status;
    do {
        u->stream.next_out = (unsigned char *)u->out;
        u->stream.avail_out = OUT_BYTES;
        int done = inflate(&u->stream, Z_NO_FLUSH);
        status = put(u, u->out, OUT_BYTES - u->stream.avail_out); // also what came before a damage
        if (status)
            return status;
        if (done == Z_MEM_ERROR)
            return error_memory(error, "unpacking a feed");
        if (done != Z_OK && done != Z_STREAM_END && done != Z_BUF_ERROR)
            return error_set(error, NACRE_ERROR_FORMAT, "the compressed file is damaged: %s",
                             u->stream.msg ? u->stream.msg : "it needs a dictionary");
        *ended = done == Z_STREAM_END;
    } while (!*ended && u->stream.avail_out == 0);
    *bytes += in - u->stream.avail_in;
    *length -= in - u->stream.avail_in;
    return NACRE_OK;
}

// Collects header bytes up to `wanted`; false while some are missing.
static bool collect(struct unpack *u, const char **bytes, size_t *length, size_t wanted) {
    if (u->head_length >= wanted)
        return true;
    size_t part = wanted - u->head_length < *length ? wanted - u->head_length : *length;
    memcpy(u->head + u->head_length, *bytes, part);
    u->head_length += part;
    *bytes += part;
    *length -= part;
    return u->head_length == wanted;
}

static uint32_t little_endian(const unsigned char *p, int bytes) {
    uint32_t value = 0;
    for (int i = bytes; i-- > 0;)
        value = value << 8 | p[i];
    return value;
}

// ---- zip: local file headers one behind the other, without the directory at the end

static nacre_status read_zip_header(struct unpack *u, nacre_error *error) {
    const unsigned char *h = u->head;
    if (memcmp(h, "PK\3\4", 4) != 0) {
        if (memcmp(h, "PK\1\2", 4) == 0 || memcmp(h, "PK\5\6", 4) == 0)
            return error_set(error, NACRE_ERROR_FORMAT, "the zip archive holds no file");
        return error_set(error, NACRE_ERROR_FORMAT, "the zip archive is damaged");
    }
    uint32_t flags = little_endian(h + 6, 2), method = little_endian(h + 8, 2);
    u->wanted_crc = little_endian(h + 14, 4);
    u->stored_left = little_endian(h + 18, 4);
    u->name_length = little_endian(h + 26, 2);
    u->extra_left = little_endian(h + 28, 2);
    u->sizes_follow = flags & 8;
    if (flags & 1)
        return error_set(error, NACRE_ERROR_FORMAT,
                         "the zip archive is encrypted; ask the shop for a plain one");
    if (method != 0 && method != 8)
        return error_set(error, NACRE_ERROR_FORMAT, "the zip archive uses method %u; only deflate is known",
                         method);
    if (method == 0 && (u->sizes_follow || u->stored_left == UINT32_MAX))
        return error_set(error, NACRE_ERROR_FORMAT, "the zip archive does not say how long its file is");
    if (u->name_length > ZIP_NAME_BYTES)
        return error_set(error, NACRE_ERROR_FORMAT, "the zip archive has a file name of %zu bytes",
                         u->name_length);
    u->place = PLACE_ZIP_NAME;
    return NACRE_OK;
}

static nacre_status start_zip_entry(struct unpack *u, nacre_error *error) {
    const char *name = (const char *)u->head + ZIP_HEADER_BYTES;
    bool folder = u->name_length == 0 || name[u->name_length - 1] == '/';
    u->skips = folder || (u->name_length >= 8 && memcmp(name, "__MACOSX", 8) == 0);
    bool deflated = little_endian(u->head + 8, 2) == 8;
    u->head_length = 0;
    u->place = deflated ? PLACE_ZIP_DEFLATED : PLACE_ZIP_STORED;
    return start_inflate(u, RAW_DEFLATE, error);
}

// The data of an entry is over. A skipped one may be followed by the size descriptor, which has a signature
// or none; macOS's entries have it.
static nacre_status end_zip_entry(struct unpack *u, nacre_error *error) {
    if (!u->skips) {
        if (!u->sizes_follow && u->crc != u->wanted_crc)
            return error_set(error, NACRE_ERROR_FORMAT, "the zip archive is damaged: its checksum is wrong");
        u->place = PLACE_END;
        return NACRE_OK;
    }
    u->place = u->sizes_follow ? PLACE_ZIP_SKIP : PLACE_ZIP_HEADER;
    return NACRE_OK;
}

// Checksum and sizes: 12 bytes, or 16 with their signature.
static nacre_status skip_descriptor(struct unpack *u, const char **bytes, size_t *length) {
    if (!collect(u, bytes, length, 4))
        return NACRE_OK;
    size_t wanted = memcmp(u->head, "PK\7\10", 4) == 0 ? 16 : 12;
    if (!collect(u, bytes, length, wanted))
        return NACRE_OK;
    u->head_length = 0;
    u->place = PLACE_ZIP_HEADER;
    return NACRE_OK;
}

static nacre_status read_zip_stored(struct unpack *u, const char **bytes, size_t *length,
                                    nacre_error *error) {
    size_t part = *length < u->stored_left ? *length : (size_t)u->stored_left;
    nacre_status status = put(u, *bytes, part);
    *bytes += part;
    *length -= part;
    u->stored_left -= part;
    return status || u->stored_left ? status : end_zip_entry(u, error);
}

static nacre_status read_magic(struct unpack *u, const char **bytes, size_t *length, bool final,
                               nacre_error *error) {
    if (!collect(u, bytes, length, 4) && !final)
        return NACRE_OK;
    if (u->head_length == 4 && memcmp(u->head, "PK\3\4", 4) == 0) {
        u->place = PLACE_ZIP_HEADER; // goes on behind the four bytes
        return NACRE_OK;
    }
    if (u->head_length == 4 && memcmp(u->head, "PK\5\6", 4) == 0)
        return error_set(error, NACRE_ERROR_FORMAT, "the zip archive holds no file");
    size_t head_length = u->head_length;
    u->head_length = 0;
    const char *head = (const char *)u->head;
    if (head_length >= 2 && memcmp(head, "\x1F\x8B", 2) == 0) {
        u->place = PLACE_GZIP;
        nacre_status status = start_inflate(u, GZIP_OR_ZLIB, error);
        bool ended;
        return status ? status : inflate_some(u, &head, &head_length, &ended, error);
    }
    u->place = PLACE_PLAIN;
    return head_length ? u->sink(u->context, head, head_length) : NACRE_OK;
}

// Behind a gzip member: another one, or padding that is of no interest.
static nacre_status read_gzip_next(struct unpack *u, const char *bytes, nacre_error *error) {
    if (*bytes != '\x1F') {
        u->place = PLACE_END;
        return NACRE_OK;
    }
    u->place = PLACE_GZIP;
    return start_inflate(u, GZIP_OR_ZLIB, error);
}

static nacre_status read_some(struct unpack *u, const char **bytes, size_t *length, nacre_error *error) {
    nacre_status status = NACRE_OK;
    bool ended = false;
    size_t part;
    switch (u->place) {
    case PLACE_MAGIC:
        return read_magic(u, bytes, length, false, error);
    case PLACE_PLAIN:
        part = *length;
        *length = 0;
        return u->sink(u->context, *bytes, part);
    case PLACE_GZIP:
        status = inflate_some(u, bytes, length, &ended, error);
        if (ended)
            u->place = PLACE_GZIP_NEXT;
        return status;
    case PLACE_GZIP_NEXT:
        return read_gzip_next(u, *bytes, error);
    case PLACE_ZIP_HEADER:
        return collect(u, bytes, length, ZIP_HEADER_BYTES) ? read_zip_header(u, error) : NACRE_OK;
    case PLACE_ZIP_NAME:
        if (!collect(u, bytes, length, ZIP_HEADER_BYTES + u->name_length))
            return NACRE_OK;
        part = *length < u->extra_left ? *length : u->extra_left;
        *bytes += part;
        *length -= part;
        u->extra_left -= part;
        return u->extra_left ? NACRE_OK : start_zip_entry(u, error);
    case PLACE_ZIP_STORED:
        return read_zip_stored(u, bytes, length, error);
    case PLACE_ZIP_DEFLATED:
        status = inflate_some(u, bytes, length, &ended, error);
        return status || !ended ? status : end_zip_entry(u, error);
    case PLACE_ZIP_SKIP:
        return skip_descriptor(u, bytes, length);
    case PLACE_END:
        *length = 0;
        return NACRE_OK;
    }
    return NACRE_OK;
}

nacre_status unpack_push(struct unpack *u, const char *bytes, size_t length, nacre_error *error) {
    nacre_status status = NACRE_OK;
    while (length && status == NACRE_OK)
        status = read_some(u, &bytes, &length, error);
    return status;
}

nacre_status unpack_finish(struct unpack *u, nacre_error *error) {
    if (u->place == PLACE_MAGIC) {
        const char *none = "";
        size_t length = 0;
        nacre_status status = read_magic(u, &none, &length, true, error);
        if (status)
            return status;
    }
    if (u->place == PLACE_PLAIN || u->place == PLACE_GZIP_NEXT || u->place == PLACE_END)
        return NACRE_OK;
    return error_set(error, NACRE_ERROR_FORMAT, "the compressed file ends in the middle");
}
