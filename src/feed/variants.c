// SPDX-License-Identifier: Apache-2.0
#include "feed/variants.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <xxhash.h>

#include "base/memory.h"

enum { TABLE_FIRST_CAPACITY = 1024, VARIANT_TEXT_BYTES = INT32_MAX };

void variants_init(struct variants *v) {
    *v = (struct variants){0};
    buffer_init(&v->texts, VARIANT_TEXT_BYTES);
    if (getrandom(&v->seed, sizeof v->seed, GRND_NONBLOCK) != (ssize_t)sizeof v->seed)
        v->seed = (uint64_t)time(NULL);
}

void variants_fini(struct variants *v) {
    variant_table_fini(&v->ids);
    variant_table_fini(&v->products);
    buffer_fini(&v->texts);
}

// ---- the table

static size_t slot_of(const struct variant_table *t, uint64_t key) {
    size_t slot = (size_t)key & (t->capacity - 1);
    while (t->keys[slot] && t->keys[slot] != key)
        slot = (slot + 1) & (t->capacity - 1);
    return slot;
}

static bool grow(struct variant_table *t) {
    size_t capacity = t->capacity ? 2 * t->capacity : TABLE_FIRST_CAPACITY;
    struct variant_table larger = {.capacity = capacity, .count = t->count};
    larger.keys = memory_new(capacity, sizeof *larger.keys);
    larger.values = memory_new(capacity, sizeof *larger.values);
    if (!larger.keys || !larger.values) {
        variant_table_fini(&larger);
        return false;
    }
    for (size_t i = 0; i < t->capacity; i++) {
        if (!t->keys[i])
            continue;
        size_t slot = slot_of(&larger, t->keys[i]);
        larger.keys[slot] = t->keys[i];
        larger.values[slot] = t->values[i];
    }
    variant_table_fini(t);
    *t = larger;
    return true;
}

uint32_t *variant_table_put(struct variant_table *t, uint64_t key, bool *is_new) {
    if (4 * t->count >= 3 * t->capacity && !grow(t))
        return NULL;
    size_t slot = slot_of(t, key);
    *is_new = t->keys[slot] == 0;
    if (*is_new) {
        t->keys[slot] = key;
        t->count++;
    }
    return &t->values[slot];
}

bool variant_table_has(const struct variant_table *t, uint64_t key) {
    return t->count && t->keys[slot_of(t, key)] == key;
}

void variant_table_fini(struct variant_table *t) {
    memory_free(t->keys);
    memory_free(t->values);
    *t = (struct variant_table){0};
}

// ---- hashing

static uint64_t hash_bytes(const struct variants *v, uint64_t start, const char *bytes, size_t length) {
    uint64_t hash = XXH3_64bits_withSeed(bytes, length, v->seed ^ start);
    return hash ? hash : 1; // 0 marks a free slot
}

uint64_t variants_hash(const struct variants *v, uint64_t start, const char *text) {
    return hash_bytes(v, start, text, strlen(text));
}

static bool is_word_byte(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c & 0x80) || c == '.' ||
           c == '-';
}

static bool names_size(const char *word, size_t length) {
    static const char *const names[] = {"размер", "Размер", "розмір", "Розмір", "р.", "р-р", "size", "Size"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0)
            return true;
    return false;
}

// The name's words without the size: "Платье Lea, размер 42" and "Платье Lea, размер 44" are alike.
static uint64_t hash_name(const struct variants *v, uint64_t state, const char *name, const char *size) {
    if (!size || !strstr(name, size))
        return variants_hash(v, state, name);
    size_t size_length = strlen(size);
    while (*name) {
        size_t length = 0;
        if (strncmp(name, size, size_length) == 0 && !is_word_byte(name[size_length])) {
            name += size_length;
            continue;
        }
        while (is_word_byte(name[length]))
            length++;
        if (length == 0) {
            name++;
            continue;
        }
        if (!names_size(name, length))
            state = hash_bytes(v, state, name, length);
        name += length;
    }
    return state;
}

// What makes offers sizes of one product; 0 where nothing can tie this one to others.
static uint64_t product_key(const struct variants *v, const struct feed_offer *offer) {
    uint64_t state = 0;
    if (offer->group_id) {
        // Where no colour is given, the first picture tells colours apart.
        state = variants_hash(v, 'g', offer->group_id);
        if (offer->colour)
            return variants_hash(v, state ^ 'c', offer->colour);
        return offer->picture_count ? variants_hash(v, state ^ 'p', offer->pictures[0]) : state;
    }
    if (offer->picture_count == 0)
        return 0;
    state = hash_name(v, 'n', offer->name, offer->size);
    for (size_t i = 0; i < offer->picture_count; i++)
        state = variants_hash(v, state, offer->pictures[i]);
    return offer->colour ? variants_hash(v, state ^ 'c', offer->colour) : state;
}

nacre_status variants_find(struct variants *v, const struct feed_offer *offer, const char **into) {
    *into = NULL;
    bool is_new;
    if (!variant_table_put(&v->ids, variants_hash(v, 'i', offer->id), &is_new))
        return NACRE_ERROR_MEMORY;
    if (!is_new) {
        *into = offer->id;
        return NACRE_OK;
    }
    uint64_t key = product_key(v, offer);
    if (key == 0)
        return NACRE_OK;
    uint32_t *start = variant_table_put(&v->products, key, &is_new);
    if (!start)
        return NACRE_ERROR_MEMORY;
    if (!is_new) {
        *into = v->texts.bytes + *start;
        return NACRE_OK;
    }
    *start = (uint32_t)v->texts.length;
    return buffer_append(&v->texts, offer->id, strlen(offer->id) + 1);
}
