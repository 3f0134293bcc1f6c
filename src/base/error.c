// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *nacre_version(void) {
    return NACRE_VERSION;
}

const char *nacre_status_word(nacre_status status) {
    switch (status) {
    case NACRE_OK:
        return "ok";
    case NACRE_ERROR_MEMORY:
        return "memory";
    case NACRE_ERROR_ARGUMENT:
        return "argument";
    case NACRE_ERROR_IO:
        return "io";
    case NACRE_ERROR_FORMAT:
        return "format";
    case NACRE_ERROR_LIMIT:
        return "limit";
    case NACRE_ERROR_NOT_FOUND:
        return "not-found";
    case NACRE_ERROR_EXISTS:
        return "exists";
    case NACRE_ERROR_VERSION:
        return "version";
    case NACRE_ERROR_NETWORK:
        return "network";
    case NACRE_ERROR_DATABASE:
        return "database";
    case NACRE_ERROR_MODEL:
        return "model";
    case NACRE_ERROR_BUSY:
        return "busy";
    case NACRE_ERROR_CANCELLED:
        return "cancelled";
    }
    return "unknown";
}

// A message shows text from outside (file names, a shop's bytes): it must stay one line and must not
// carry terminal escapes.
static void make_one_line(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7f)
            *c = ' ';
    }
}

nacre_status error_set(nacre_error *error, nacre_status status, const char *format, ...) {
    if (error) {
        error->status = status;
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
        make_one_line(error->message);
    }
    return status;
}

nacre_status error_prefix(nacre_error *error, nacre_status status, const char *format, ...) {
    if (!error)
        return status;
    char context[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    char message[NACRE_ERROR_MESSAGE_BYTES];
    memcpy(message, error->message, sizeof message);
    return error_set(error, status, "%s: %s", context, message);
}

nacre_status error_errno(nacre_error *error, int errno_value, const char *format, ...) {
    nacre_status status = errno_value == ENOENT   ? NACRE_ERROR_NOT_FOUND
                          : errno_value == ENOMEM ? NACRE_ERROR_MEMORY
                          : errno_value == EEXIST ? NACRE_ERROR_EXISTS
                                                  : NACRE_ERROR_IO;
    char doing[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(doing, sizeof doing, format, arguments);
    va_end(arguments);
    char reason[128];
    return error_set(error, status, "%s: %s", doing, strerror_r(errno_value, reason, sizeof reason));
}

nacre_status error_memory(nacre_error *error, const char *doing) {
    return error_set(error, NACRE_ERROR_MEMORY, "out of memory while %s", doing);
}
