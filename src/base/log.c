// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level current_level = LOG_INFO;

void log_set_level(enum log_level level) {
    current_level = level;
}

// One write() a line, so that lines of several threads and processes do not mix.
static void write_line(enum log_level level, const char *format, va_list arguments) {
    static const char *const words[] = {"error: ", "warning: ", "", "debug: "};
    if (level > current_level)
        return;
    char line[2048];
    int prefix = snprintf(line, sizeof line, "nacre: %s", words[level]);
    vsnprintf(line + prefix, sizeof line - (size_t)prefix - 1, format, arguments);
    size_t length = strlen(line);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = ' ';
    }
    line[length++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written; // nobody is left to tell
}

#define DEFINE_LOG(name, level)                                                                              \
    void name(const char *format, ...) {                                                                     \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        write_line(level, format, arguments);                                                                \
        va_end(arguments);                                                                                   \
    }

DEFINE_LOG(log_error, LOG_ERROR)
DEFINE_LOG(log_warning, LOG_WARNING)
DEFINE_LOG(log_info, LOG_INFO)
DEFINE_LOG(log_debug, LOG_DEBUG)
