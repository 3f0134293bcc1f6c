// SPDX-License-Identifier: Apache-2.0
#include "crawl/whole.h"

#include <stdint.h>
#include <string.h>

// Cameras and shop systems leave padding or comments behind the end; a thumbnail's end, far from the file's,
// must not count.
enum { TRAILING_BYTES = 1024 };

static bool ends_with(const char *bytes, size_t length, const char *mark, size_t mark_length) {
    size_t least = length > TRAILING_BYTES ? length - TRAILING_BYTES : 0;
    for (size_t at = length; at >= least + mark_length; at--) {
        if (memcmp(bytes + at - mark_length, mark, mark_length) == 0)
            return true;
    }
    return false;
}

static bool gif_is_whole(const char *bytes, size_t length) {
    while (length && bytes[length - 1] == 0)
        length--;
    return length && bytes[length - 1] == ';';
}

static bool riff_is_whole(const char *bytes, size_t length) {
    if (length < 8)
        return false;
    const uint8_t *size = (const uint8_t *)bytes + 4;
    uint64_t declared =
        (uint64_t)size[0] | (uint64_t)size[1] << 8 | (uint64_t)size[2] << 16 | (uint64_t)size[3] << 24;
    return declared + 8 <= length;
}

bool whole_picture(const char *format, const char *bytes, size_t length) {
    if (strcmp(format, "jpeg") == 0)
        return ends_with(bytes, length, "\xff\xd9", 2);
    if (strcmp(format, "png") == 0)
        return ends_with(bytes, length, "IEND", 4);
    if (strcmp(format, "gif") == 0)
        return gif_is_whole(bytes, length);
    if (strcmp(format, "webp") == 0)
        return riff_is_whole(bytes, length);
    return true;
}
