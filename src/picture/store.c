// SPDX-License-Identifier: Apache-2.0
// A content is written aside, in the folder aside/, and renamed to its place: what stands in its place is
// whole. What a killed process left aside is removed when the store is opened next.
#include "picture/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"

enum { ABANDONED_AFTER_S = 3600 };

struct picture_store {
    char *folder;
    int descriptor; // of the folder
};

// Files that nobody has written to for an hour belong to no living process.
static void remove_abandoned(const picture_store *s) {
    int descriptor = openat(s->descriptor, "aside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (!folder) {
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    time_t now = time(NULL);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        struct stat info;
        if (fstatat(descriptor, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
            now - info.st_mtime > ABANDONED_AFTER_S)
            unlinkat(descriptor, entry->d_name, 0);
    }
    closedir(folder);
}

nacre_status picture_store_open(const char *folder, picture_store **result, nacre_error *error) {
    char aside[PATH_MAX];
    if (snprintf(aside, sizeof aside, "%s/aside", folder) >= (int)sizeof aside)
        return error_set(error, NACRE_ERROR_ARGUMENT, "opening the picture store %s: the path is too long",
                         folder);
    nacre_status status = file_make_folder(aside, error);
    if (status)
        return status;
    picture_store *s = memory_new(1, sizeof *s);
    if (!s)
        return error_memory(error, "opening the picture store");
    s->descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->descriptor < 0) {
        status = error_errno(error, errno, "opening the picture store %s", folder);
    } else {
        s->folder = memory_copy_text(folder);
        if (!s->folder)
            status = error_memory(error, "opening the picture store");
    }
    if (status) {
        picture_store_close(s);
        return status;
    }
    remove_abandoned(s);
    *result = s;
    return NACRE_OK;
}

nacre_status picture_store_open_workspace(const workspace *w, picture_store **result, nacre_error *error) {
    char *folder = workspace_path(w, "pictures");
    nacre_status status =
        folder ? picture_store_open(folder, result, error) : error_memory(error, "opening the picture store");
    memory_free(folder);
    return status;
}

void picture_store_close(picture_store *s) {
    if (!s)
        return;
    if (s->descriptor >= 0)
        close(s->descriptor);
    memory_free(s->folder);
    memory_free(s);
}

enum { PLACE_BYTES = SHA256_HEX_BYTES + 3 };

// "ab/abcd…", relative to the store's folder.
static void place_of(const char *hash, char place[PLACE_BYTES]) {
    snprintf(place, PLACE_BYTES, "%.2s/%.64s", hash, hash);
}

enum { ASIDE_BYTES = 64 };

// A new file of a name that no other thread or process has; its descriptor, or -1.
static int create_aside(const picture_store *s, char name[ASIDE_BYTES]) {
    static atomic_ulong counter;
    int descriptor;
    do {
        snprintf(name, ASIDE_BYTES, "aside/%ld-%lu", (long)getpid(), atomic_fetch_add(&counter, 1));
        descriptor = openat(s->descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    } while (descriptor < 0 && errno == EEXIST); // left by a killed process
    return descriptor;
}

static int write_all(int descriptor, const char *bytes, size_t length) {
    while (length) {
        ssize_t written = write(descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

// Into its place, whose folder is made where it is the first one there.
static int move_into_place(const picture_store *s, const char *aside, const char *place) {
    if (renameat(s->descriptor, aside, s->descriptor, place) == 0)
        return 0;
    char folder[] = {place[0], place[1], 0};
    if (errno != ENOENT || (mkdirat(s->descriptor, folder, 0755) && errno != EEXIST))
        return -1;
    return renameat(s->descriptor, aside, s->descriptor, place);
}

nacre_status picture_store_put(picture_store *s, const void *bytes, size_t length,
                               char hash[SHA256_HEX_BYTES], nacre_error *error) {
    char place[PLACE_BYTES];
    struct stat info;
    sha256_hex(bytes, length, hash);
    place_of(hash, place);
    // Another length is a file that a power cut tore: it is replaced.
    if (fstatat(s->descriptor, place, &info, 0) == 0 && (size_t)info.st_size == length)
        return NACRE_OK;
    char aside[ASIDE_BYTES];
    int descriptor = create_aside(s, aside);
    if (descriptor < 0)
        return error_errno(error, errno, "storing a picture in %s", s->folder);
    int failed_with = 0;
    if (write_all(descriptor, bytes, length))
        failed_with = errno;
    if (close(descriptor) && !failed_with)
        failed_with = errno;
    if (!failed_with && move_into_place(s, aside, place))
        failed_with = errno;
    if (failed_with) {
        unlinkat(s->descriptor, aside, 0);
        return error_errno(error, failed_with, "storing a picture in %s", s->folder);
    }
    return NACRE_OK;
}

nacre_status picture_store_sync(picture_store *s, nacre_error *error) {
    if (syncfs(s->descriptor))
        return error_errno(error, errno, "writing the pictures in %s to disk", s->folder);
    return NACRE_OK;
}

nacre_status picture_store_get(picture_store *s, const char *hash, char **bytes, size_t *length,
                               nacre_error *error) {
    if (!picture_store_is_hash(hash))
        return error_set(error, NACRE_ERROR_ARGUMENT, "\"%s\" is not the hash of a picture", hash);
    char place[PLACE_BYTES], path[PATH_MAX];
    place_of(hash, place);
    if (snprintf(path, sizeof path, "%s/%s", s->folder, place) >= (int)sizeof path)
        return error_set(error, NACRE_ERROR_ARGUMENT, "reading from %s: the path is too long", s->folder);
    return file_read(path, LIMIT_PICTURE_BYTES, bytes, length, error);
}

nacre_status picture_store_remove(picture_store *s, const char *hash, nacre_error *error) {
    char place[PLACE_BYTES];
    if (!picture_store_is_hash(hash))
        return error_set(error, NACRE_ERROR_ARGUMENT, "\"%s\" is not the hash of a picture", hash);
    place_of(hash, place);
    if (unlinkat(s->descriptor, place, 0) && errno != ENOENT)
        return error_errno(error, errno, "removing %s/%s", s->folder, place);
    return NACRE_OK;
}

bool picture_store_is_hash(const char *text) {
    return strspn(text, "0123456789abcdef") == SHA256_HEX_BYTES - 1 && !text[SHA256_HEX_BYTES - 1];
}
