// SPDX-License-Identifier: Apache-2.0
// The body of a search request, multipart or JSON, taken in as it arrives. Nothing is written to disk.
#ifndef NACRE_SERVE_FORM_H
#define NACRE_SERVE_FORM_H

#include <microhttpd.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "serve/reply.h"

enum { FORM_FIELDS = 8, FORM_NAME_BYTES = 16, FORM_VALUE_BYTES = 8192 };

struct form_field {
    char name[FORM_NAME_BYTES];
    buffer value;
};

struct form {
    struct MHD_PostProcessor *processor; // of a multipart body, else NULL
    buffer json;                         // a JSON body
    bool is_json;
    buffer photo;
    buffer colour_picture; // the part `colour`, where it is a file
    char photo_name[256];  // the file name that was sent; empty: none
    struct form_field fields[FORM_FIELDS];
    size_t field_count;
    size_t received_bytes;
    bool failed; // then `problem` and `detail` say why; the rest of the body is dropped
    enum problem problem;
    char detail[NACRE_ERROR_MESSAGE_BYTES];
};

// Looks at the headers. A body of another type, or longer than allowed, makes it failed.
void form_init(struct form *form, struct MHD_Connection *connection);

// The next bytes of the body. False: the body has no end within the limit; close the connection.
bool form_take(struct form *form, const char *bytes, size_t length);

// The body is complete: a JSON body becomes fields.
void form_finish(struct form *form);

// The field's value, or NULL.
const char *form_value(const struct form *form, const char *name);

void form_fini(struct form *form);

#endif
