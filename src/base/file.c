// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

enum { READ_CHUNK_BYTES = 64 * 1024 };

static nacre_status read_descriptor(int descriptor, const char *path, buffer *b, nacre_error *error) {
    char chunk[READ_CHUNK_BYTES];
    for (;;) {
        ssize_t got = read(descriptor, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(error, errno, "reading %s", path);
        if (got == 0)
            return NACRE_OK;
        nacre_status status = buffer_append(b, chunk, (size_t)got);
        if (status == NACRE_ERROR_LIMIT)
            return error_set(error, status, "reading %s: larger than the limit of %zu bytes", path,
                             b->max_bytes);
        if (status)
            return error_memory(error, "reading a file");
    }
}

nacre_status file_read(const char *path, size_t max_bytes, char **bytes, size_t *length, nacre_error *error) {
    bool is_stdin = strcmp(path, "-") == 0;
    int descriptor = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_errno(error, errno, "opening %s", path);
    buffer b;
    buffer_init(&b, max_bytes);
    nacre_status status = read_descriptor(descriptor, is_stdin ? "standard input" : path, &b, error);
    if (!is_stdin)
        close(descriptor);
    if (status)
        goto out;
    size_t read_length = b.length;
    char *taken = buffer_take(&b);
    if (!taken) {
        status = error_memory(error, "reading a file");
        goto out;
    }
    *bytes = taken;
    *length = read_length;
out:
    buffer_fini(&b);
    return status;
}

static nacre_status write_all(int descriptor, const char *bytes, size_t length) {
    while (length) {
        ssize_t written = write(descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return NACRE_ERROR_IO;
        bytes += written;
        length -= (size_t)written;
    }
    return fsync(descriptor) ? NACRE_ERROR_IO : NACRE_OK;
}

nacre_status file_write(const char *path, const void *bytes, size_t length, nacre_error *error) {
    char aside[PATH_MAX];
    if (snprintf(aside, sizeof aside, "%s.XXXXXX", path) >= (int)sizeof aside)
        return error_set(error, NACRE_ERROR_ARGUMENT, "writing %s: the path is too long", path);
    int descriptor = mkostemp(aside, O_CLOEXEC);
    if (descriptor < 0)
        return error_errno(error, errno, "writing %s", path);
    nacre_status status = NACRE_OK;
    int failed_with = 0;
    if (write_all(descriptor, bytes, length) || fchmod(descriptor, 0644))
        failed_with = errno;
    if (close(descriptor) && !failed_with)
        failed_with = errno;
    if (!failed_with && rename(aside, path))
        failed_with = errno;
    if (failed_with) {
        unlink(aside);
        status = error_errno(error, failed_with, "writing %s", path);
    }
    return status;
}

nacre_status file_make_folder(const char *path, nacre_error *error) {
    if (g_mkdir_with_parents(path, 0755))
        return error_errno(error, errno, "making the folder %s", path);
    return NACRE_OK;
}

bool file_exists(const char *path) {
    return access(path, F_OK) == 0;
}

void sha256_hex(const void *bytes, size_t length, char hex[SHA256_HEX_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_bytes = 0;
    // Fails only where a policy forbids SHA-256; then nothing could be stored by its content.
    if (EVP_Digest(bytes, length, digest, &digest_bytes, EVP_sha256(), NULL) != 1 ||
        2 * digest_bytes != SHA256_HEX_BYTES - 1)
        abort();
    for (unsigned i = 0; i < digest_bytes; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[SHA256_HEX_BYTES - 1] = 0;
}
