// SPDX-License-Identifier: Apache-2.0
// Lines for the operator, on standard error: "nacre: warning: …". Any thread; a line is written whole.
#ifndef NACRE_BASE_LOG_H
#define NACRE_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

// Lines above this level are dropped; the default is LOG_INFO. Set once, before threads start.
void log_set_level(enum log_level level);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
