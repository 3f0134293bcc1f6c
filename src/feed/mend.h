// SPDX-License-Identifier: Apache-2.0
// Between a feed's bytes and the XML parser: mends what shops break and can mean only one thing, and takes
// out what the parser need not see (declarations, comments, instructions, the DOCTYPE, of which nothing is
// ever loaded). Lines stay where they are.
#ifndef NACRE_FEED_MEND_H
#define NACRE_FEED_MEND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "feed/aside.h"
#include "feed/feed.h"

enum mend_place { MEND_MARKUP, MEND_CDATA, MEND_COMMENT, MEND_INSTRUCTION, MEND_DOCTYPE };

// Takes mended text, and parses what it has where `text` is NULL; a status other than NACRE_OK is passed on.
typedef nacre_status mend_sink(void *context, const char *text, size_t length);

struct mend {
    feed_reader *reader;
    mend_sink *sink;
    void *context;
    enum mend_place place;
    size_t doctype_bytes;  // of the DOCTYPE so far
    bool in_subset;        // between its brackets
    char quote;            // open in the DOCTYPE, 0 for none
    bool in_comment;       // in the DOCTYPE
    bool declares_html;    // the DOCTYPE declares names of HTML: those are no fault then
    struct asides *asides; // texts for which the parser gets a mark
    const char *text;      // being read
    size_t length;
    size_t at;
    size_t bare; // where the last bare '<' was, SIZE_MAX for none
    size_t kept; // text[kept..at) is good as it is and waits to be handed on
    bool final;
    size_t line; // of `counted`
    size_t counted;
};

// Reads from the front of text[0..length) (valid UTF-8, a readable byte behind it; first_line is the line it
// starts in) and says how much it consumed: a few bytes may wait for what comes next.
nacre_status mend_read(struct mend *m, const char *text, size_t length, size_t first_line, bool final,
                       size_t *consumed) MUST_CHECK;

#endif
