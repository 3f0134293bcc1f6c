// SPDX-License-Identifier: Apache-2.0
// How an answer is found. Each class adds its probability to its category. Where the answer must lie within
// some nodes, a class outside them counts for the category within that is of the same kind (a mapping that
// says men's T-shirts turns women's T-shirts into men's), and one with no such category does not count. Where
// it should lie within them, a class outside counts a part of its probability, for its own category.
//
// Then each kind (taxonomy_kind) has the probability of all that is of this kind or below it, whoever wears
// it. The answer is the deepest category whose kind is sure, for the wearer with the most of the probability:
// a picture tells the kind far more surely than the wearer, so the doubt about the wearer must not make the
// answer «clothing». Where no kind is sure, the nodes that it should lie within name it.
#include "vision/categories.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

nacre_status categories_find(const network *n, const taxonomy *t, const json_t *ids, int **categories,
                             nacre_error *error) {
    size_t count = json_array_size(ids), unknown_count = 0;
    int *found = memory_new(count, sizeof *found);
    if (!found)
        return error_memory(error, "loading a model");
    char unknown[512] = "";
    for (size_t i = 0; i < count; i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        found[i] = id ? taxonomy_find(t, id) : CATEGORY_NONE;
        if (found[i] != CATEGORY_NONE)
            continue;
        size_t used = strlen(unknown);
        snprintf(unknown + used, sizeof unknown - used, "%s%s", unknown_count ? ", " : "",
                 id ? id : "(no text)");
        unknown_count++;
    }
    if (unknown_count) {
        memory_free(found);
        return network_refuse(n, error, "the taxonomy does not know %zu of its classes: %s", unknown_count,
                              unknown);
    }
    *categories = found;
    return NACRE_OK;
}

static bool is_related(const taxonomy *t, struct within a, struct within b) {
    for (size_t i = 0; i < a.count; i++) {
        for (size_t j = 0; j < b.count; j++) {
            if (taxonomy_contains(t, a.nodes[i], b.nodes[j]) || taxonomy_contains(t, b.nodes[j], a.nodes[i]))
                return true;
        }
    }
    return false;
}

void categories_families(const taxonomy *t, const struct within *names, size_t count, int *family) {
    for (size_t i = 0; i < count; i++) {
        family[i] = (int)i;
        for (size_t j = 0; j < i; j++) {
            int one = family[j], other = family[i];
            for (size_t k = 0; k <= i && is_related(t, names[i], names[j]); k++) {
                if (family[k] == one || family[k] == other)
                    family[k] = one < other ? one : other;
            }
        }
    }
}

struct tally {
    const taxonomy *t;
    int count;       // of categories
    double *own;     // by category: what its classes have
    double *subtree; // the same with all below it
    double *kinds;   // by kind: what is of this kind or below it
    double total;
    int *home; // by kind: the category within that stands for it, CATEGORY_NONE
    int *seen; // by kind: the last category that was added to it, plus 1
};

static nacre_status tally_new(const taxonomy *t, struct tally *tally, nacre_error *error) {
    size_t count = (size_t)taxonomy_count(t);
    *tally = (struct tally){.t = t, .count = (int)count};
    tally->own = memory_new(3 * count, sizeof *tally->own);
    tally->home = memory_new(2 * count, sizeof *tally->home);
    if (!tally->own || !tally->home) {
        memory_free(tally->own);
        memory_free(tally->home);
        return error_memory(error, "naming categories");
    }
    tally->subtree = tally->own + count;
    tally->kinds = tally->subtree + count;
    tally->seen = tally->home + count;
    return NACRE_OK;
}

static void tally_free(struct tally *tally) {
    memory_free(tally->own);
    memory_free(tally->home);
}

static bool lies_within(const taxonomy *t, struct within within, int category) {
    for (size_t i = 0; i < within.count; i++) {
        if (taxonomy_contains(t, within.nodes[i], category))
            return true;
    }
    return within.count == 0;
}

static void find_homes(struct tally *tally, struct within within) {
    for (int c = 0; c < tally->count; c++)
        tally->home[c] = CATEGORY_NONE;
    for (int c = tally->count - 1; c >= 0; c--) { // the first of a kind stays
        if (lies_within(tally->t, within, c))
            tally->home[taxonomy_kind(tally->t, c)] = c;
    }
}

// Adds to the kinds of the category and of all above it, and to what lies above these kinds, once each.
static void add_to_kinds(struct tally *tally, int category) {
    const taxonomy *t = tally->t;
    for (int c = category; c != CATEGORY_NONE; c = taxonomy_parent(t, c)) {
        for (int k = taxonomy_kind(t, c); k != CATEGORY_NONE; k = taxonomy_parent(t, k)) {
            int kind = taxonomy_kind(t, k);
            if (tally->seen[kind] != category + 1)
                tally->kinds[kind] += tally->own[category];
            tally->seen[kind] = category + 1;
        }
    }
}

static void fill(struct tally *tally, const struct classes *classes, const float *probabilities,
                 struct within within) {
    memset(tally->own, 0, 3 * (size_t)tally->count * sizeof *tally->own);
    memset(tally->seen, 0, (size_t)tally->count * sizeof *tally->seen);
    tally->total = 0;
    find_homes(tally, within);
    for (size_t i = 0; i < classes->count; i++) {
        int category = classes->categories[i];
        double probability = (double)probabilities[i];
        if (!lies_within(tally->t, within, category)) {
            if (within.outside > 0)
                probability *= (double)within.outside;
            else
                category = tally->home[taxonomy_kind(tally->t, category)];
        }
        if (category == CATEGORY_NONE)
            continue;
        tally->own[category] += probability;
        tally->total += probability;
    }
    for (int c = tally->count - 1; c >= 0; c--) { // children come after their parents
        int parent = taxonomy_parent(tally->t, c);
        tally->subtree[c] += tally->own[c];
        if (parent != CATEGORY_NONE)
            tally->subtree[parent] += tally->subtree[c];
        if (tally->own[c] > 0)
            add_to_kinds(tally, c);
    }
}

static float share(const struct tally *tally, double mass) {
    return tally->total > 0 ? (float)(mass / tally->total) : 0;
}

// Where the answer starts: the likeliest of the nodes it must lie in, or of the top ones.
static int likeliest_start(const struct tally *tally, struct within within) {
    int best = within.count ? within.nodes[0] : 0;
    if (within.count) {
        for (size_t i = 1; i < within.count; i++) {
            if (tally->subtree[within.nodes[i]] > tally->subtree[best])
                best = within.nodes[i];
        }
        return best;
    }
    for (int c = 0; c < tally->count; c = taxonomy_end(tally->t, c)) {
        if (tally->subtree[c] > tally->subtree[best])
            best = c;
    }
    return best;
}

// Whether `a` is the better answer: of the deeper kind, then of the likelier kind, then for the likelier
// wearer.
static bool is_better(const struct tally *tally, int a, int b) {
    int kind_a = taxonomy_kind(tally->t, a), kind_b = taxonomy_kind(tally->t, b);
    int depth_a = taxonomy_depth(tally->t, kind_a), depth_b = taxonomy_depth(tally->t, kind_b);
    if (depth_a != depth_b)
        return depth_a > depth_b;
    if (tally->kinds[kind_a] != tally->kinds[kind_b])
        return tally->kinds[kind_a] > tally->kinds[kind_b];
    return tally->subtree[a] > tally->subtree[b];
}

static int answer(const struct tally *tally, const struct classes *classes, struct within within,
                  float *score) {
    int best = likeliest_start(tally, within);
    for (int c = 0; c < tally->count; c++) {
        int kind = taxonomy_kind(tally->t, c);
        bool sure = taxonomy_depth(tally->t, kind) > 0 && tally->subtree[c] > 0 &&
                    share(tally, tally->kinds[kind]) >= classes->sure;
        if (sure && lies_within(tally->t, within, c) && is_better(tally, c, best))
            best = c;
    }
    *score = share(tally, tally->kinds[taxonomy_kind(tally->t, best)]);
    return best;
}

static void list_likeliest(const struct tally *tally, struct encoding *e) {
    e->category_count = 0;
    for (int c = 0; c < tally->count; c++) {
        if (tally->own[c] <= 0)
            continue;
        size_t place = e->category_count;
        while (place > 0 && tally->own[c] > tally->own[e->categories[place - 1].category])
            place--;
        if (place == VISION_CATEGORIES)
            continue;
        if (e->category_count < VISION_CATEGORIES)
            e->category_count++;
        for (size_t i = e->category_count - 1; i > place; i--)
            e->categories[i] = e->categories[i - 1];
        e->categories[place] = (struct vision_category){c, share(tally, tally->own[c])};
    }
}

nacre_status categories_name(const struct classes *classes, const float *probabilities, struct within within,
                             struct encoding *e, nacre_error *error) {
    struct tally tally;
    nacre_status status = tally_new(classes->taxonomy, &tally, error);
    if (status)
        return status;
    const struct within anything = {0};
    fill(&tally, classes, probabilities, anything);
    e->seen = answer(&tally, classes, anything, &e->seen_score);
    e->category = e->seen;
    e->category_score = e->seen_score;
    if (within.count) {
        fill(&tally, classes, probabilities, within);
        e->category = answer(&tally, classes, within.outside > 0 ? anything : within, &e->category_score);
        if (taxonomy_depth(tally.t, taxonomy_kind(tally.t, e->category)) == 0) // «women» says not what it is
            e->category = answer(&tally, classes, within, &e->category_score);
    }
    list_likeliest(&tally, e);
    tally_free(&tally);
    return NACRE_OK;
}
