// SPDX-License-Identifier: Apache-2.0
// Whoever takes the best of nine on some queries and praises it on the same ones praises chance. So each half
// of a category's queries is measured with the weights that are best on the other half; only that gain is
// tested. The weights proposed are those that are best on all of them.
#include "evaluate/proposal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/ranking.h"
#include "evaluate/statistics.h"

enum { GRID = 9, LEAST_QUERIES = 40 };

// P@10 of every query with each pair of weights, and with those its category has now.
struct tried {
    double grid[GRID], now;
    struct weights weights_now;
    int kind; // of its category; CATEGORY_NONE: it has no answer
    size_t domain;
};

struct proposer {
    const taxonomy *taxonomy;
    const struct truth *truth;
    struct tried *tried; // by query
    const struct tried **chosen;
    size_t chosen_count;
    double *better, *now; // of the chosen
    report_table *all, *proposed;
    size_t proposed_count;
};

static struct weights grid_weights(size_t i) {
    return (struct weights){(uint8_t)(i + 1), (uint8_t)(GRID - i)};
}

static double precision(ranker *r, const struct codes *codes, const struct truth_query *query,
                        struct weights weights, bool *has_answer) {
    size_t count;
    double values[RANKING_MEASURES];
    const struct ranked *ranking = ranker_run(r, codes, query, weights, &count);
    ranking_measure(ranker_grades(r, query, ranking, count), count, values);
    *has_answer = values[AVERAGE_PRECISION] > 0;
    return values[PRECISION_10];
}

static void try_query(struct proposer *p, ranker *r, const struct codes *codes, size_t number) {
    const struct truth_query *query = &p->truth->queries[number];
    struct tried *tried = &p->tried[number];
    int category = query->category == CATEGORY_NONE ? codes[query->picture].seen : query->category;
    bool has_answer;
    tried->domain = query->domain;
    tried->weights_now = taxonomy_weights(p->taxonomy, category);
    tried->now = precision(r, codes, query, tried->weights_now, &has_answer);
    tried->kind = has_answer ? taxonomy_kind(p->taxonomy, category) : CATEGORY_NONE;
    for (size_t i = 0; i < GRID && has_answer; i++)
        tried->grid[i] = precision(r, codes, query, grid_weights(i), &has_answer);
}

// The best of the grid over the chosen queries from `first` on, every `step`th; of equals the most even.
static size_t best(const struct proposer *p, size_t first, size_t step) {
    size_t found = 0;
    double most = -1;
    for (size_t i = 0; i < GRID; i++) {
        size_t weighing = (GRID / 2 + (i % 2 ? (i + 1) / 2 : GRID - i / 2)) % GRID; // 5:5, 6:4, 4:6, …
        double sum = 0;
        for (size_t q = first; q < p->chosen_count; q += step)
            sum += p->chosen[q]->grid[weighing];
        if (sum > most + 1e-9) {
            most = sum;
            found = weighing;
        }
    }
    return found;
}

static bool choose(struct proposer *p, size_t domain, int category) {
    p->chosen_count = 0;
    for (size_t q = 0; q < p->truth->query_count; q++) {
        const struct tried *tried = &p->tried[q];
        if (tried->kind != CATEGORY_NONE && tried->domain == domain &&
            taxonomy_contains(p->taxonomy, category, tried->kind))
            p->chosen[p->chosen_count++] = tried;
    }
    return p->chosen_count >= LEAST_QUERIES;
}

// "2:8"; false where the queries' categories have different ones.
static bool name_now(const struct proposer *p, char name[16]) {
    struct weights first = p->chosen[0]->weights_now;
    snprintf(name, 16, "%u:%u", first.shape, first.colour);
    for (size_t q = 1; q < p->chosen_count; q++) {
        struct weights other = p->chosen[q]->weights_now;
        if (other.shape * first.colour != first.shape * other.colour) {
            snprintf(name, 16, "several");
            return false;
        }
    }
    return true;
}

static void fill_row(struct proposer *p, size_t domain, int category) {
    size_t count = p->chosen_count, of_half[2] = {best(p, 1, 2), best(p, 0, 2)}, found = best(p, 0, 1);
    double sum = 0;
    for (size_t q = 0; q < count; q++) {
        p->better[q] = p->chosen[q]->grid[of_half[q % 2]];
        p->now[q] = p->chosen[q]->now;
        sum += p->chosen[q]->grid[found];
    }
    struct difference gain = statistics_compare(p->better, p->now, count);
    double now = statistics_mean(p->now, count), then = sum / (double)count;
    struct weights weights = grid_weights(found);
    const char *id = taxonomy_id(p->taxonomy, category);
    char name[16], text[200];
    // All that women wear has no weights in common.
    if (!name_now(p, name) && taxonomy_depth(p->taxonomy, category) == 0)
        return;
    report_row(p->all);
    report_text(p->all, p->truth->domains[domain]);
    report_text(p->all, id);
    report_value(p->all, (double)count);
    report_text(p->all, name);
    report_value(p->all, now);
    snprintf(text, sizeof text, "%u:%u", weights.shape, weights.colour);
    report_text(p->all, text);
    report_value(p->all, then);
    report_number(p->all, (struct report_number){gain.mean, NAN, gain.interval.low, gain.interval.high});
    report_value(p->all, gain.p);
    report_text(p->all, verdict_word(gain.verdict));
    if (gain.verdict != VERDICT_BETTER)
        return;
    p->proposed_count++;
    snprintf(text, sizeof text, "id=\"%s\" weights=\"%u:%u\"", id, weights.shape, weights.colour);
    report_row(p->proposed);
    report_text(p->proposed, text);
    report_text(p->proposed, p->truth->domains[domain]);
    report_text(p->proposed, name);
    report_value(p->proposed, (double)count);
    report_number(p->proposed, (struct report_number){gain.mean, NAN, gain.interval.low, gain.interval.high});
}

static void fill(struct proposer *p, const char *summary, report *r) {
    static const struct report_column all[] = {
        {"domain", "Domain", 0, REPORT_NEITHER},
        {"category", "Category", 0, REPORT_NEITHER},
        {"queries", "Queries", 0, REPORT_NEITHER},
        {"now", "Now", 0, REPORT_NEITHER},
        {"p_at_10", "P@10 now", 3, REPORT_NEITHER},
        {"best", "Best", 0, REPORT_NEITHER},
        {"best_p_at_10", "P@10", 3, REPORT_NEITHER},
        {"gain", "Gain", 3, REPORT_NEITHER},
        {"p", "p", 4, REPORT_NEITHER},
        {"verdict", "Verdict", 0, REPORT_NEITHER},
    };
    static const struct report_column proposed[] = {
        {"attributes", "For the taxonomy", 0, REPORT_NEITHER},
        {"domain", "Domain", 0, REPORT_NEITHER},
        {"now", "Now", 0, REPORT_NEITHER},
        {"queries", "Queries", 0, REPORT_NEITHER},
        {"gain", "Gain in P@10", 3, REPORT_NEITHER},
    };
    p->all = report_add_table(r, "Weights", NULL, all, sizeof all / sizeof *all);
    p->proposed =
        report_add_table(r, summary, "Proposed weights", proposed, sizeof proposed / sizeof *proposed);
    for (size_t domain = 0; domain < p->truth->domain_count; domain++) {
        for (int category = 0; category < taxonomy_count(p->taxonomy); category++) {
            if (choose(p, domain, category))
                fill_row(p, domain, category);
        }
    }
    if (p->proposed_count == 0) {
        report_row(p->proposed);
        report_text(p->proposed, "none: no others are better beyond chance");
    }
}

nacre_status propose_weights(const struct truth *truth, const struct codes *codes, size_t refine,
                             const taxonomy *t, const char *summary, report *r, nacre_error *error) {
    size_t queries = truth->query_count;
    struct proposer p = {.taxonomy = t, .truth = truth};
    ranker *ranks = NULL;
    p.tried = memory_new(queries, sizeof *p.tried);
    p.chosen = memory_new(queries, sizeof *p.chosen);
    p.better = memory_new(queries, sizeof *p.better);
    p.now = memory_new(queries, sizeof *p.now);
    nacre_status status = p.tried && p.chosen && p.better && p.now ? ranker_new(truth, refine, &ranks, error)
                                                                   : error_memory(error, "trying weights");
    for (size_t q = 0; q < queries && !status; q++)
        try_query(&p, ranks, codes, q);
    if (!status)
        fill(&p, summary, r);
    ranker_free(ranks);
    void *const parts[] = {p.tried, p.chosen, p.better, p.now};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        memory_free(parts[i]);
    return status;
}

void proposal_define(report *r) {
    report_define(r, "Proposed weights",
                  "Of 1:9 to 9:1, for each category with 40 queries or more, wearers together. Best: the "
                  "highest P@10 over all its queries. Gain: of each half of the queries with what is best on "
                  "the other half, against the weights of now; proposed where that is better beyond chance. "
                  "A truth that "
                  "does not ask for colour proposes shape.");
}
