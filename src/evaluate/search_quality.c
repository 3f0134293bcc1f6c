// SPDX-License-Identifier: Apache-2.0
#include "evaluate/search_quality.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "evaluate/proposal.h"
#include "evaluate/ranking.h"
#include "evaluate/statistics.h"

enum {
    PICTURE_SIDE = 132, // in the report, in pixels
    SAMPLED = 24,       // queries shown of each domain
    WORST = 12,
};
static const char SUMMARY[] = "Summary";

// What all queries get with one model and one weighing.
typedef double measures[RANKING_MEASURES];

struct evaluation {
    const struct search_quality_options *options;
    const taxonomy *taxonomy;
    struct truth *truth;
    report *report;
    char **models;       // names
    size_t judged;       // the last model
    struct codes *codes; // its codes
    measures *values;    // by model, weighing, query
    ranker *ranker;
    // Queries of one figure, and their values.
    size_t *chosen, chosen_count;
    double *column, *other;
};

static measures *values_of(const struct evaluation *ev, size_t model, size_t weighing) {
    return ev->values + (model * ev->options->weighing_count + weighing) * ev->truth->query_count;
}

// --- Measuring ---

static struct weights weights_of(const struct weighing *weighing, const struct truth_query *query,
                                 const struct codes *codes, const taxonomy *t) {
    if (!weighing->own)
        return weighing->weights;
    return taxonomy_weights(t,
                            query->category == CATEGORY_NONE ? codes[query->picture].seen : query->category);
}

static void measure(struct evaluation *ev, const struct codes *codes, size_t model) {
    for (size_t w = 0; w < ev->options->weighing_count; w++) {
        for (size_t q = 0; q < ev->truth->query_count; q++) {
            const struct truth_query *query = &ev->truth->queries[q];
            struct weights weights = weights_of(&ev->options->weighings[w], query, codes, ev->taxonomy);
            size_t count;
            const struct ranked *ranking = ranker_run(ev->ranker, codes, query, weights, &count);
            ranking_measure(ranker_grades(ev->ranker, query, ranking, count), count,
                            values_of(ev, model, w)[q]);
        }
    }
}

// A model's name and version; where two are alike, with the file.
static char *model_name(const struct evaluation *ev, size_t model, const char *identity) {
    for (size_t i = 0; i < model; i++) {
        if (strcmp(ev->models[i], identity) == 0)
            return g_strdup_printf("%s %s", identity, ev->options->models[model]);
    }
    return g_strdup(identity);
}

static nacre_status run_model(struct evaluation *ev, size_t model, nacre_error *error) {
    encoder *e;
    nacre_status status = encoder_open(ev->options->models[model], ev->taxonomy, 0, &e, error);
    if (status)
        return status;
    ev->models[model] = model_name(ev, model, encoder_identity(e));
    struct codes *codes = memory_new(ev->truth->picture_count, sizeof *codes);
    status =
        codes ? codes_make(ev->truth, e, ev->options->progress, ev->options->progress_context, codes, error)
              : error_memory(error, "measuring a model");
    encoder_close(e);
    if (!status)
        measure(ev, codes, model);
    if (!status && model == ev->judged)
        ev->codes = codes;
    else
        memory_free(codes);
    return status;
}

// --- Figures ---

// Chooses the queries of a domain, and of a category unless that is CATEGORY_NONE, that have an answer.
static size_t choose(struct evaluation *ev, size_t domain, int category) {
    ev->chosen_count = 0;
    for (size_t q = 0; q < ev->truth->query_count; q++) {
        const struct truth_query *query = &ev->truth->queries[q];
        bool has_answer = values_of(ev, ev->judged, 0)[q][AVERAGE_PRECISION] > 0;
        if (has_answer && query->domain == domain &&
            (category == CATEGORY_NONE || query->category == category))
            ev->chosen[ev->chosen_count++] = q;
    }
    return ev->chosen_count;
}

static const double *take_column(const struct evaluation *ev, size_t model, size_t weighing,
                                 size_t measure_number, double *column) {
    const measures *values = values_of(ev, model, weighing);
    for (size_t i = 0; i < ev->chosen_count; i++)
        column[i] = values[ev->chosen[i]][measure_number];
    return column;
}

// The chosen queries' mean for the judged model, beside that of the one named before.
static struct report_number figure(const struct evaluation *ev, size_t weighing, size_t measure_number) {
    size_t count = ev->chosen_count;
    const double *column = take_column(ev, ev->judged, weighing, measure_number, ev->column);
    struct interval interval = statistics_interval(column, count);
    struct report_number number = {statistics_mean(column, count), NAN, interval.low, interval.high};
    if (ev->judged > 0)
        number.before =
            statistics_mean(take_column(ev, ev->judged - 1, weighing, measure_number, ev->other), count);
    return number;
}

static const char *weighing_name(const struct weighing *weighing, char name[16]) {
    if (weighing->own)
        return "own";
    snprintf(name, 16, "%u:%u", weighing->weights.shape, weighing->weights.colour);
    return name;
}

// Columns of text, then the number of queries, then the measures.
static report_table *add_measures(struct evaluation *ev, const char *section, const char *title,
                                  const struct report_column *texts, size_t text_count) {
    struct report_column columns[8 + RANKING_MEASURES];
    size_t count = 0;
    for (; count < text_count; count++)
        columns[count] = texts[count];
    columns[count++] = (struct report_column){"queries", "Queries", 0, REPORT_NEITHER};
    for (size_t m = 0; m < RANKING_MEASURES; m++)
        columns[count++] = (struct report_column){ranking_key(m), ranking_title(m), 3, REPORT_HIGHER};
    return report_add_table(ev->report, section, title, columns, count);
}

static void fill_measures(struct evaluation *ev, report_table *table, size_t weighing) {
    report_value(table, (double)ev->chosen_count);
    for (size_t m = 0; m < RANKING_MEASURES; m++)
        report_number(table, figure(ev, weighing, m));
}

static void add_summary(struct evaluation *ev) {
    static const struct report_column texts[] = {
        {"domain", "Domain", 0, REPORT_NEITHER},
        {"weights", "Shape:colour", 0, REPORT_NEITHER},
    };
    char name[16], title[400];
    snprintf(title, sizeof title, ev->judged > 0 ? "%s, beside %s" : "%s", ev->models[ev->judged],
             ev->judged > 0 ? ev->models[ev->judged - 1] : "");
    report_table *table = add_measures(ev, SUMMARY, title, texts, 2);
    for (size_t domain = 0; domain < ev->truth->domain_count; domain++) {
        for (size_t w = 0; w < ev->options->weighing_count && choose(ev, domain, CATEGORY_NONE); w++) {
            report_row(table);
            report_text(table, ev->truth->domains[domain]);
            report_text(table, weighing_name(&ev->options->weighings[w], name));
            fill_measures(ev, table, w);
        }
    }
}

static void add_categories(struct evaluation *ev) {
    static const struct report_column texts[] = {
        {"domain", "Domain", 0, REPORT_NEITHER},
        {"category", "Category", 0, REPORT_NEITHER},
        {"weights", "Shape:colour", 0, REPORT_NEITHER},
    };
    char name[16];
    report_table *table = NULL;
    for (size_t domain = 0; domain < ev->truth->domain_count; domain++) {
        for (int category = 0; category < taxonomy_count(ev->taxonomy); category++) {
            if (choose(ev, domain, category) == 0)
                continue;
            if (!table)
                table = add_measures(ev, "Categories", NULL, texts, 3);
            for (size_t w = 0; w < ev->options->weighing_count; w++) {
                report_row(table);
                report_text(table, ev->truth->domains[domain]);
                report_text(table, taxonomy_id(ev->taxonomy, category));
                report_text(table, weighing_name(&ev->options->weighings[w], name));
                fill_measures(ev, table, w);
            }
        }
    }
}

// --- Comparisons ---

// The verdicts as a row of the summary, then a row a measure with the test's numbers.
static void compare_measures(struct evaluation *ev, size_t other, size_t domain, size_t weighing,
                             report_table *words, report_table *details) {
    char name[16];
    const char *weights = weighing_name(&ev->options->weighings[weighing], name);
    struct difference differences[RANKING_MEASURES];
    double means[RANKING_MEASURES], others[RANKING_MEASURES];
    size_t count = ev->chosen_count;
    for (size_t m = 0; m < RANKING_MEASURES; m++) {
        const double *a = take_column(ev, ev->judged, weighing, m, ev->column);
        const double *b = take_column(ev, other, weighing, m, ev->other);
        differences[m] = statistics_compare(a, b, count);
        means[m] = statistics_mean(a, count);
        others[m] = statistics_mean(b, count);
    }
    report_row(words);
    report_text(words, ev->models[other]);
    report_text(words, ev->truth->domains[domain]);
    report_text(words, weights);
    for (size_t m = 0; m < RANKING_MEASURES; m++)
        report_text(words, verdict_word(differences[m].verdict));
    for (size_t m = 0; m < RANKING_MEASURES; m++) {
        const struct difference *d = &differences[m];
        report_row(details);
        report_text(details, ev->truth->domains[domain]);
        report_text(details, weights);
        report_text(details, ranking_title(m));
        report_value(details, (double)count);
        report_number(details, (struct report_number){means[m], others[m], NAN, NAN});
        report_number(details, (struct report_number){d->mean, NAN, d->interval.low, d->interval.high});
        report_value(details, d->p);
        report_text(details, verdict_word(d->verdict));
    }
}

static void add_comparison(struct evaluation *ev, size_t other, report_table *words) {
    const struct report_column columns[] = {
        {"domain", "Domain", 0, REPORT_NEITHER},
        {"weights", "Shape:colour", 0, REPORT_NEITHER},
        {"measure", "Measure", 0, REPORT_NEITHER},
        {"queries", "Queries", 0, REPORT_NEITHER},
        {"mean", ev->models[ev->judged], 3, REPORT_HIGHER},
        {"difference", "Difference", 3, REPORT_HIGHER},
        {"p", "p", 4, REPORT_NEITHER},
        {"verdict", "Verdict", 0, REPORT_NEITHER},
    };
    char *section = g_strdup_printf("Against %s", ev->models[other]);
    report_table *details = report_add_table(ev->report, section, NULL, columns, G_N_ELEMENTS(columns));
    for (size_t domain = 0; domain < ev->truth->domain_count; domain++) {
        for (size_t w = 0; w < ev->options->weighing_count && choose(ev, domain, CATEGORY_NONE); w++)
            compare_measures(ev, other, domain, w, words, details);
    }
    g_free(section);
}

static void add_comparisons(struct evaluation *ev) {
    if (ev->judged == 0)
        return;
    struct report_column columns[3 + RANKING_MEASURES] = {
        {"against", "Against", 0, REPORT_NEITHER},
        {"domain", "Domain", 0, REPORT_NEITHER},
        {"weights", "Shape:colour", 0, REPORT_NEITHER},
    };
    for (size_t m = 0; m < RANKING_MEASURES; m++)
        columns[3 + m] = (struct report_column){ranking_key(m), ranking_title(m), 0, REPORT_NEITHER};
    char *title = g_strdup_printf("%s is", ev->models[ev->judged]);
    report_table *words = report_add_table(ev->report, SUMMARY, title, columns, G_N_ELEMENTS(columns));
    for (size_t other = ev->judged; other-- > 0;)
        add_comparison(ev, other, words);
    g_free(title);
}

// --- Pictures ---

// What a query shows may be a person; pictures of products are public.
static nacre_status show(struct evaluation *ev, size_t picture, enum report_frame frame, const char *caption,
                         nacre_error *error) {
    const struct truth_picture *from = &ev->truth->pictures[picture];
    struct picture whole, shown;
    nacre_status status = picture_load(from->path, from->has_box ? 0 : PICTURE_SIDE, &whole, error);
    if (status)
        return status;
    if (frame == REPORT_PLAIN)
        status = faces_blur(ev->options->faces, &whole, error);
    static const uint8_t white[3] = {255, 255, 255};
    int width = from->has_box ? from->box.width : whole.full_width;
    int height = from->has_box ? from->box.height : whole.full_height;
    struct box fitted = picture_fitted(width, height, PICTURE_SIDE, PICTURE_SIDE);
    if (!status)
        status = picture_fit(&whole, from->has_box ? &from->box : NULL, fitted.width, fitted.height, white,
                             &shown, error);
    picture_fini(&whole);
    if (status)
        return status;
    report_picture(ev->report, &shown, PICTURE_SIDE, frame, caption);
    picture_fini(&shown);
    return NACRE_OK;
}

// What a person can tell a product by: its name, or the end of a path.
static const char *short_name(const char *name) {
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

// A query and its first ten, as the judged model and the first weights have them.
static nacre_status show_query(struct evaluation *ev, const char *section, size_t number,
                               nacre_error *error) {
    const struct truth_query *query = &ev->truth->queries[number];
    const double *values = values_of(ev, ev->judged, 0)[number];
    struct weights weights = weights_of(ev->options->weighings, query, ev->codes, ev->taxonomy);
    int category = query->category == CATEGORY_NONE ? ev->codes[query->picture].seen : query->category;
    size_t count;
    const struct ranked *ranking = ranker_run(ev->ranker, ev->codes, query, weights, &count);
    const uint8_t *grades = ranker_grades(ev->ranker, query, ranking, count);
    char *caption = g_strdup_printf("%s, %s %d:%d: %.0f of ten right, average precision %.2f",
                                    short_name(ev->truth->pictures[query->picture].path),
                                    taxonomy_name(ev->taxonomy, category, TAXONOMY_ENGLISH), weights.shape,
                                    weights.colour, 10 * values[PRECISION_10], values[AVERAGE_PRECISION]);
    report_strip(ev->report, section, caption);
    g_free(caption);
    nacre_status status = show(ev, query->picture, REPORT_PLAIN, "asked", error);
    for (size_t i = 0; i < count && i < RANKING_TOP && !status; i++) {
        double similarity = 1 - (double)ranking[i].distance / (128.0 * (weights.shape + weights.colour));
        caption =
            g_strdup_printf("%.2f  %s", similarity, short_name(ev->truth->products[ranking[i].product].name));
        status = show(ev, ranking[i].picture, grades[i] ? REPORT_RIGHT : REPORT_WRONG, caption, error);
        g_free(caption);
    }
    return status;
}

static int compare_precision(const void *a, const void *b, void *context) {
    const measures *values = context;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    double x = values[i][AVERAGE_PRECISION], y = values[j][AVERAGE_PRECISION];
    return x != y ? (x > y) - (x < y) : (i > j) - (i < j);
}

// Queries evenly over the file, then the worst: of each domain.
static nacre_status add_pictures(struct evaluation *ev, nacre_error *error) {
    nacre_status status = NACRE_OK;
    for (size_t domain = 0; domain < ev->truth->domain_count && !status; domain++) {
        size_t count = choose(ev, domain, CATEGORY_NONE), shown = count < SAMPLED ? count : SAMPLED;
        char *section = g_strdup_printf("A sample: %s", ev->truth->domains[domain]);
        for (size_t i = 0; i < shown && !status; i++)
            status = show_query(ev, section, ev->chosen[i * count / shown], error);
        g_free(section);
        if (count <= SAMPLED)
            continue; // all have been shown
        qsort_r(ev->chosen, count, sizeof *ev->chosen, compare_precision, values_of(ev, ev->judged, 0));
        section = g_strdup_printf("The worst: %s", ev->truth->domains[domain]);
        for (size_t i = 0; i < WORST && !status; i++)
            status = show_query(ev, section, ev->chosen[i], error);
        g_free(section);
    }
    return status;
}

// --- The whole ---

static void define_words(struct evaluation *ev) {
    report *r = ev->report;
    size_t answered = 0;
    for (size_t domain = 0; domain < ev->truth->domain_count; domain++)
        answered += choose(ev, domain, CATEGORY_NONE);
    char text[400];
    snprintf(
        text, sizeof text,
        "%s: %zu queries, %zu products with %zu pictures. %zu queries have no right product there and are "
        "left out; %zu names that queries call relevant are not in it.",
        ev->options->truth, ev->truth->query_count, ev->truth->product_count, ev->truth->entry_count,
        ev->truth->query_count - answered, ev->truth->unknown);
    report_define(r, "Truth", text);
    report_define(r, "Search",
                  "The query's codes against those of the whole gallery, without regard to "
                  "category; a product counts once, by its nearest picture, and the query's own "
                  "picture is not in the gallery. Of equals the one that the file names first "
                  "stands first.");
    snprintf(text, sizeof text,
             ev->options->refine ? "The first %zu are put in order again by the fine values behind the codes."
                                 : "None: the order is that of the codes.",
             ev->options->refine);
    report_define(r, "Second stage", text);
    report_define(r, "Right", "Of grade 1 to 3; framed green. What the truth does not name is wrong.");
    report_define(r, "Shape:colour",
                  "The weights of the two codes. own: those that the taxonomy has for the "
                  "query's category.");
    report_define(r, "P@k", "The share of right ones among the first k products, averaged over the queries.");
    report_define(r, "R@k", "The share of queries with a right one among the first k. R@1 equals P@1.");
    report_define(r, "mAP",
                  "The mean, over a query's right products, of the precision at the rank of each; "
                  "averaged over the queries.");
    report_define(r, "nDCG@10",
                  "The sum of (2^grade − 1) / log2(1 + rank) over the first ten, divided by "
                  "that of the best order.");
    report_define(r, "Interval", "95 %, by 2000 bootstrap samples of the queries.");
    report_define(r, "Verdict",
                  "better or worse where a paired randomization test over the queries (10 000 "
                  "rounds) gives p below 0.05; else it cannot be told.");
    if (ev->options->propose_weights)
        proposal_define(r);
}

static nacre_status fill(struct evaluation *ev, nacre_error *error) {
    struct truth *t = ev->truth;
    char *title =
        g_strdup_printf("Search quality: %s on %s", ev->models[ev->judged], short_name(ev->options->truth));
    nacre_status status = report_new(title, &ev->report, error);
    g_free(title);
    if (status)
        return status;
    add_summary(ev);
    add_comparisons(ev);
    if (ev->options->propose_weights)
        status = propose_weights(t, ev->codes, ev->options->refine, ev->taxonomy, SUMMARY, ev->report, error);
    if (status)
        return status;
    add_categories(ev);
    define_words(ev);
    return ev->options->with_pictures ? add_pictures(ev, error) : NACRE_OK;
}

static nacre_status evaluate(struct evaluation *ev, nacre_error *error) {
    const struct search_quality_options *o = ev->options;
    nacre_status status = truth_read(o->truth, ev->taxonomy, &ev->truth, error);
    if (status)
        return status;
    size_t queries = ev->truth->query_count;
    ev->models = memory_new(o->model_count, sizeof *ev->models);
    ev->values = memory_new(o->model_count * o->weighing_count * queries, sizeof *ev->values);
    ev->chosen = memory_new(queries, sizeof *ev->chosen);
    ev->column = memory_new(queries, sizeof *ev->column);
    ev->other = memory_new(queries, sizeof *ev->other);
    if (!ev->models || !ev->values || !ev->chosen || !ev->column || !ev->other)
        return error_memory(error, "measuring a model");
    status = ranker_new(ev->truth, o->refine, &ev->ranker, error);
    for (size_t model = 0; model < o->model_count && !status; model++)
        status = run_model(ev, model, error);
    return status ? status : fill(ev, error);
}

nacre_status search_quality(const struct search_quality_options *options, const taxonomy *t, report **result,
                            nacre_error *error) {
    struct evaluation ev = {.options = options, .taxonomy = t, .judged = options->model_count - 1};
    nacre_status status = evaluate(&ev, error);
    for (size_t i = 0; i < options->model_count && ev.models; i++)
        g_free(ev.models[i]);
    void *const parts[] = {ev.models, ev.codes, ev.values, ev.chosen, ev.column, ev.other};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        memory_free(parts[i]);
    ranker_free(ev.ranker);
    truth_free(ev.truth);
    if (status)
        report_free(ev.report);
    else
        *result = ev.report;
    return status;
}
