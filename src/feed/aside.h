// SPDX-License-Identifier: Apache-2.0
// Texts that go around the XML parser. libxml2 looks at every character of a text, and takes a long way for
// those above ASCII: a Russian description costs it more than all tags of its offer. But a text without
// markup holds nothing to find. So mend.c keeps such texts aside and gives the parser a mark in their place,
// and xml.c puts them back where the parser hands it the mark. The mark is DEL, which is taken out of feeds
// as the control character that it is.
#ifndef NACRE_FEED_ASIDE_H
#define NACRE_FEED_ASIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

enum { ASIDE_MARK = 0x7F, ASIDES = 4096 };

struct aside {
    const char *text; // NULL: in `held`
    size_t start;     // there
    size_t length;
};

struct asides {
    struct aside queue[ASIDES]; // in the order of the feed
    size_t first;
    size_t end;
    buffer held; // texts whose block is gone before the parser came to their mark
};

void asides_init(struct asides *a);
void asides_fini(struct asides *a);

// Keeps the text, which must stay where it is until asides_hold; false where there is no room.
bool asides_put(struct asides *a, const char *text, size_t length);

// Whether a mark is still with the parser.
static inline bool asides_wait(const struct asides *a) {
    return a->first < a->end;
}

// The text of the next mark; it lives until the next call of another function.
void asides_take(struct asides *a, const char **text, size_t *length);

// The texts put so far are about to go: copies those that wait.
nacre_status asides_hold(struct asides *a) MUST_CHECK;

#endif
