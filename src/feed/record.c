// SPDX-License-Identifier: Apache-2.0
#include "feed/record.h"

#include <string.h>

#include "base/limits.h"
#include "base/memory.h"

enum { FIRST_CAPACITY = 16 * 1024 };

void record_init(struct record *r) {
    *r = (struct record){0};
}

void record_fini(struct record *r) {
    memory_free(r->text);
    memory_free(r->fields);
    *r = (struct record){0};
}

// Room for `more` bytes; what does not fit under the record's ceiling makes it too large.
static nacre_status grow(struct record *r, size_t more) {
    if (more > LIMIT_FEED_RECORD_BYTES - r->length) {
        r->too_large = true;
        return NACRE_OK;
    }
    size_t capacity = r->capacity ? r->capacity : FIRST_CAPACITY;
    while (capacity < r->length + more)
        capacity *= 2;
    char *text = memory_resize(r->text, capacity, 1);
    if (!text)
        return NACRE_ERROR_MEMORY;
    r->text = text;
    r->capacity = capacity;
    return NACRE_OK;
}

// Appends, unless the record is too large.
static nacre_status append(struct record *r, const char *bytes, size_t length) {
    if (r->too_large)
        return NACRE_OK;
    if (length > r->capacity - r->length) {
        nacre_status status = grow(r, length);
        if (status || r->too_large)
            return status;
    }
    memcpy(r->text + r->length, bytes, length);
    r->length += length;
    return NACRE_OK;
}

nacre_status record_start(struct record *r, size_t line) {
    r->length = 0;
    r->field_count = 0;
    r->line = line;
    r->open = false;
    r->too_large = false;
    r->text_cut = false;
    return append(r, "", 1);
}

static nacre_status reserve_field(struct record *r) {
    if (r->field_count == LIMIT_FEED_RECORD_FIELDS) {
        r->too_large = true;
        return NACRE_OK;
    }
    if (r->field_count < r->field_capacity)
        return NACRE_OK;
    size_t capacity = r->field_capacity ? 2 * r->field_capacity : 64;
    struct field_text *fields = memory_resize(r->fields, capacity, sizeof *fields);
    if (!fields)
        return NACRE_ERROR_MEMORY;
    r->fields = fields;
    r->field_capacity = capacity;
    return NACRE_OK;
}

nacre_status record_open(struct record *r, enum field field, bool preferred, size_t line) {
    if (r->too_large)
        return NACRE_OK;
    nacre_status status = reserve_field(r);
    if (status || r->too_large)
        return status;
    r->fields[r->field_count++] =
        (struct field_text){.field = field, .preferred = preferred, .line = line, .start = r->length};
    r->open = true;
    return NACRE_OK;
}

nacre_status record_close(struct record *r) {
    if (!r->open)
        return NACRE_OK;
    r->open = false;
    struct field_text *field = &r->fields[r->field_count - 1];
    field->length = r->length - field->start;
    return append(r, "", 1);
}

nacre_status record_append(struct record *r, const char *bytes, size_t length) {
    if (!r->open)
        return NACRE_OK;
    size_t room = LIMIT_FEED_TEXT_BYTES - (r->length - r->fields[r->field_count - 1].start);
    if (length > room) {
        length = room;
        while (length && ((unsigned char)bytes[length] & 0xC0) == 0x80)
            length--; // whole characters only
        r->text_cut = true;
        nacre_status status = append(r, bytes, length);
        return status ? status : record_close(r);
    }
    return append(r, bytes, length);
}

nacre_status record_add(struct record *r, enum field field, bool preferred, size_t line, const char *bytes,
                        size_t length) {
    nacre_status status = record_open(r, field, preferred, line);
    if (status == NACRE_OK)
        status = record_append(r, bytes, length);
    return status ? status : record_close(r);
}

nacre_status record_text(struct record *r, const char *bytes, size_t length, size_t *start) {
    *start = RECORD_NO_TEXT;
    if (length == 0 || r->too_large)
        return NACRE_OK;
    size_t before = r->length;
    nacre_status status = append(r, bytes, length);
    if (status == NACRE_OK)
        status = append(r, "", 1);
    if (status == NACRE_OK && !r->too_large)
        *start = before;
    return status;
}
