// SPDX-License-Identifier: Apache-2.0
#include "serve/form.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

enum { PROCESSOR_BYTES = 64 * 1024 };

static void fail(struct form *form, enum problem problem, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(struct form *form, enum problem problem, const char *format, ...) {
    if (form->failed)
        return; // the first reason counts
    form->failed = true;
    form->problem = problem;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(form->detail, sizeof form->detail, format, arguments);
    va_end(arguments);
}

static void append(struct form *form, buffer *b, const char *name, const char *bytes, size_t length) {
    nacre_status status = buffer_append(b, bytes, length);
    if (status == NACRE_ERROR_LIMIT)
        fail(form, b->max_bytes > FORM_VALUE_BYTES ? PROBLEM_TOO_LARGE : PROBLEM_BAD_REQUEST,
             "%s is larger than the limit of %zu bytes: send a smaller one", name, b->max_bytes);
    else if (status)
        fail(form, PROBLEM_INTERNAL, "out of memory; try again later");
}

// The field of this name; a new one where there is none yet, NULL where there are too many.
static buffer *field_value(struct form *form, const char *name) {
    for (size_t i = 0; i < form->field_count; i++) {
        if (strcmp(form->fields[i].name, name) == 0)
            return &form->fields[i].value;
    }
    if (form->field_count == FORM_FIELDS || strlen(name) >= FORM_NAME_BYTES)
        return NULL;
    struct form_field *field = &form->fields[form->field_count++];
    snprintf(field->name, sizeof field->name, "%s", name);
    buffer_init(&field->value, FORM_VALUE_BYTES);
    return &field->value;
}

static void append_field(struct form *form, const char *name, uint64_t offset, const char *bytes,
                         size_t length) {
    if (offset == 0 && form_value(form, name)) {
        fail(form, PROBLEM_BAD_REQUEST, "the part \"%.15s\" comes twice: send it once", name);
        return;
    }
    buffer *value = field_value(form, name);
    if (!value)
        fail(form, PROBLEM_BAD_REQUEST, "there is no option \"%.40s\"", name);
    else
        append(form, value, name, bytes, length);
}

static enum MHD_Result take_part(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *file_name, const char *content_type,
                                 const char *transfer_encoding, const char *bytes, uint64_t offset,
                                 size_t length) {
    (void)kind;
    (void)content_type;
    (void)transfer_encoding;
    struct form *form = context;
    if (!name || form->failed)
        return MHD_YES;
    if (strcmp(name, "photo") == 0) {
        if (offset == 0 && form->photo.length) {
            fail(form, PROBLEM_BAD_REQUEST, "there are two photos: send one");
            return MHD_YES;
        }
        if (file_name)
            snprintf(form->photo_name, sizeof form->photo_name, "%s", file_name);
        append(form, &form->photo, "the photo", bytes, length);
    } else if (strcmp(name, "colour") == 0 && file_name) {
        append(form, &form->colour_picture, "the picture of the colour", bytes, length);
    } else {
        append_field(form, name, offset, bytes, length);
    }
    return MHD_YES;
}

static bool starts_with(const char *text, const char *start) {
    return text && strncasecmp(text, start, strlen(start)) == 0;
}

void form_init(struct form *form, struct MHD_Connection *connection) {
    *form = (struct form){0};
    buffer_init(&form->json, LIMIT_JSON_BYTES);
    buffer_init(&form->photo, LIMIT_PICTURE_BYTES);
    buffer_init(&form->colour_picture, LIMIT_PICTURE_BYTES);
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    if (length && strtoull(length, NULL, 10) > LIMIT_BODY_BYTES)
        fail(form, PROBLEM_TOO_LARGE,
             "the request is larger than the limit of %d bytes: send a smaller photo", LIMIT_BODY_BYTES);
    const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    if (starts_with(type, "application/json")) {
        form->is_json = true;
    } else if (starts_with(type, "multipart/form-data")) {
        form->processor = MHD_create_post_processor(connection, PROCESSOR_BYTES, take_part, form);
        if (!form->processor)
            fail(form, PROBLEM_BAD_REQUEST, "the multipart body has no boundary in its Content-Type");
    } else {
        fail(form, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
             "the body is of type \"%.80s\": send multipart/form-data with the photo in the part \"photo\"",
             type ? type : "none");
    }
}

bool form_take(struct form *form, const char *bytes, size_t length) {
    form->received_bytes += length;
    if (form->received_bytes > LIMIT_BODY_BYTES) {
        fail(form, PROBLEM_TOO_LARGE, "the request is larger than the limit of %d bytes", LIMIT_BODY_BYTES);
        return false;
    }
    if (form->failed)
        return true;
    if (form->is_json)
        append(form, &form->json, "the JSON body", bytes, length);
    else if (MHD_post_process(form->processor, bytes, length) == MHD_NO)
        fail(form, PROBLEM_BAD_REQUEST, "the multipart body is broken at byte %zu", form->received_bytes);
    return true;
}

// A JSON value as the text that a multipart part would have.
static void take_member(struct form *form, const char *name, const json_t *value) {
    char number[64];
    const char *text = json_string_value(value);
    if (json_is_integer(value))
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        snprintf(number, sizeof number, "%.6f", json_real_value(value));
    else if (!text) {
        fail(form, PROBLEM_BAD_REQUEST, "\"%.40s\" is neither a text nor a number", name);
        return;
    }
    text = text ? text : number;
    append_field(form, name, 0, text, strlen(text));
}

static void read_json(struct form *form) {
    json_error_t problem;
    const char *text = form->json.bytes ? form->json.bytes : "";
    json_t *object = json_loadb(text, form->json.length, JSON_REJECT_DUPLICATES, &problem);
    if (!object) {
        fail(form, PROBLEM_BAD_REQUEST, "the body is no JSON: line %d, column %d: %s", problem.line,
             problem.column, problem.text);
    } else if (!json_is_object(object)) {
        fail(form, PROBLEM_BAD_REQUEST, "the JSON body is no object: send {\"image_url\": …}");
    } else {
        const char *name;
        json_t *value;
        json_object_foreach(object, name, value) {
            take_member(form, name, value);
        }
    }
    json_decref(object);
}

void form_finish(struct form *form) {
    if (form->processor && MHD_destroy_post_processor(form->processor) == MHD_NO)
        fail(form, PROBLEM_BAD_REQUEST, "the multipart body ends before its last boundary");
    form->processor = NULL;
    if (form->is_json && !form->failed)
        read_json(form);
}

const char *form_value(const struct form *form, const char *name) {
    for (size_t i = 0; i < form->field_count; i++) {
        if (strcmp(form->fields[i].name, name) == 0)
            return form->fields[i].value.bytes ? form->fields[i].value.bytes : "";
    }
    return NULL;
}

void form_fini(struct form *form) {
    if (form->processor)
        MHD_destroy_post_processor(form->processor);
    for (size_t i = 0; i < form->field_count; i++)
        buffer_fini(&form->fields[i].value);
    buffer_fini(&form->json);
    buffer_fini(&form->photo);
    buffer_fini(&form->colour_picture);
    *form = (struct form){0};
}
