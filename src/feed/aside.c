// SPDX-License-Identifier: Apache-2.0
#include "feed/aside.h"

#include "base/limits.h"

void asides_init(struct asides *a) {
    a->first = a->end = 0;
    buffer_init(&a->held, 2 * LIMIT_FEED_RECORD_BYTES);
}

void asides_fini(struct asides *a) {
    buffer_fini(&a->held);
}

bool asides_put(struct asides *a, const char *text, size_t length) {
    // Where a text fills block after block, the parser sees nothing but marks, and waits: then it must get
    // the text.
    if (a->end == ASIDES || a->held.length > LIMIT_FEED_RECORD_BYTES)
        return false;
    a->queue[a->end++] = (struct aside){.text = text, .length = length};
    return true;
}

void asides_take(struct asides *a, const char **text, size_t *length) {
    const struct aside *aside = &a->queue[a->first++];
    *text = aside->text ? aside->text : a->held.bytes + aside->start;
    *length = aside->length;
}

nacre_status asides_hold(struct asides *a) {
    size_t count = a->end - a->first;
    if (count == 0)
        buffer_clear(&a->held);
    for (size_t i = 0; i < count; i++) {
        struct aside aside = a->queue[a->first + i];
        if (aside.text) {
            aside.start = a->held.length;
            nacre_status status = buffer_append(&a->held, aside.text, aside.length);
            if (status)
                return status;
            aside.text = NULL;
        }
        a->queue[i] = aside;
    }
    a->first = 0;
    a->end = count;
    return NACRE_OK;
}
