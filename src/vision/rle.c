// SPDX-License-Identifier: Apache-2.0
#include "vision/rle.h"

#include <string.h>

#include "base/memory.h"

enum { FIRST_CHARACTER = '0', GROUP_BITS = 5, GROUP_MASK = 0x1f, GROUP_SIGN = 0x10, GROUP_MORE = 0x20 };

void runs_fini(struct runs *r) {
    memory_free(r->lengths);
    *r = (struct runs){0};
}

static nacre_status push(struct runs *r, uint32_t length) {
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 64;
        uint32_t *lengths = memory_resize(r->lengths, capacity, sizeof *lengths);
        if (!lengths)
            return NACRE_ERROR_MEMORY;
        r->lengths = lengths;
        r->capacity = capacity;
    }
    r->lengths[r->count++] = length;
    return NACRE_OK;
}

nacre_status runs_add(struct runs *r, bool value, uint32_t length) {
    if (length == 0)
        return NACRE_OK;
    bool continues = r->count > 0 && value == ((r->count - 1) % 2 == 1);
    if (continues) {
        r->lengths[r->count - 1] += length;
        return NACRE_OK;
    }
    if (r->count == 0 && value) {
        nacre_status status = push(r, 0);
        if (status)
            return status;
    }
    return push(r, length);
}

// A 32-bit number and its sign take at most 7 groups of 5 bits.
enum { MAX_GROUPS = 7 };

nacre_status runs_print(const struct runs *r, arena *a, const char **text) {
    char *out = arena_new(a, r->count * MAX_GROUPS + 1, 1);
    if (!out)
        return NACRE_ERROR_MEMORY;
    size_t length = 0;
    for (size_t i = 0; i < r->count; i++) {
        int64_t rest = r->lengths[i];
        if (i > 2)
            rest -= r->lengths[i - 2];
        for (bool more = true; more;) {
            int group = (int)(rest & GROUP_MASK);
            rest >>= GROUP_BITS;
            more = rest != (group & GROUP_SIGN ? -1 : 0);
            out[length++] = (char)(FIRST_CHARACTER + (more ? group | GROUP_MORE : group));
        }
    }
    out[length] = 0;
    *text = out;
    return NACRE_OK;
}

// Reads one number; false at a character that cannot stand here.
static bool parse_number(const char **text, int64_t *number) {
    int64_t value = 0;
    for (int i = 0; i < MAX_GROUPS; i++) {
        int group = **text - FIRST_CHARACTER;
        if (group < 0 || group >= 2 * GROUP_MORE)
            return false;
        ++*text;
        value |= (int64_t)(group & GROUP_MASK) << (GROUP_BITS * i);
        if (group & GROUP_MORE)
            continue;
        if (group & GROUP_SIGN)
            value -= INT64_C(1) << (GROUP_BITS * (i + 1));
        *number = value;
        return true;
    }
    return false;
}

nacre_status runs_parse(const char *text, uint32_t pixels, struct runs *r, nacre_error *error) {
    int64_t left = pixels;
    while (*text) {
        int64_t length;
        if (!parse_number(&text, &length))
            return error_set(error, NACRE_ERROR_FORMAT, "the mask's run lengths have a wrong character");
        if (r->count > 2)
            length += r->lengths[r->count - 2];
        left -= length;
        if (length < 0 || left < 0)
            return error_set(error, NACRE_ERROR_FORMAT, "the mask's run lengths do not fit its size");
        if (push(r, (uint32_t)length))
            return error_memory(error, "reading a mask");
    }
    if (left)
        return error_set(error, NACRE_ERROR_FORMAT, "the mask's run lengths do not fit its size");
    return NACRE_OK;
}
