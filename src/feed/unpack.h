// SPDX-License-Identifier: Apache-2.0
// gzip and zip, recognised by their first bytes, unpacked as a stream; anything else passes through.
// Of a zip archive the first file is taken (folders and macOS's own entries are skipped).
#ifndef NACRE_FEED_UNPACK_H
#define NACRE_FEED_UNPACK_H

#include <stddef.h>

#include "base/error.h"

struct unpack;

// Where unpacked bytes go; a status other than NACRE_OK is passed on.
typedef nacre_status unpack_sink(void *context, const char *bytes, size_t length);

nacre_status unpack_new(unpack_sink *sink, void *context, struct unpack **result,
                        nacre_error *error) MUST_CHECK;
void unpack_free(struct unpack *u);
nacre_status unpack_push(struct unpack *u, const char *bytes, size_t length, nacre_error *error) MUST_CHECK;

// NACRE_ERROR_FORMAT where the archive ends too early.
nacre_status unpack_finish(struct unpack *u, nacre_error *error) MUST_CHECK;

#endif
