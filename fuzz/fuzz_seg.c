// SPDX-License-Identifier: Apache-2.0
// Any bytes as a .seg file: no crash, no leak; what is read can be written, and is then read as the same
// again.
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "label/seg.h"

static void require(bool condition) {
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    arena a;
    arena_init(&a, 64 << 20);
    buffer once, twice;
    buffer_init(&once, LIMIT_SEG_BYTES);
    buffer_init(&twice, LIMIT_SEG_BYTES);
    struct seg s, again;
    nacre_error error;
    if (seg_parse((const char *)bytes, length, &a, &s, &error) == NACRE_OK) {
        require(seg_print(&s, &once, &error) == NACRE_OK);
        require(seg_parse(once.bytes, once.length, &a, &again, &error) == NACRE_OK);
        require(seg_print(&again, &twice, &error) == NACRE_OK);
        require(once.length == twice.length && memcmp(once.bytes, twice.bytes, once.length) == 0);
    }
    buffer_fini(&once);
    buffer_fini(&twice);
    arena_fini(&a);
    return 0;
}
