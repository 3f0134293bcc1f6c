// SPDX-License-Identifier: Apache-2.0
#include "evaluate/figures.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

// --- Working points ---

// A detection of any domain on the way from the surest to the least sure.
struct sample {
    double score;
    int domain;
    bool right;
};

static int compare_samples(const void *left, const void *right) {
    const struct sample *a = left, *b = right;
    return (a->score < b->score) - (a->score > b->score);
}

static double f1(size_t right, size_t wrong, size_t objects) {
    size_t all = right + wrong + objects;
    return all ? 2.0 * (double)right / (double)all : NAN;
}

// How good it would be to stop here; higher is better, 0 is no good at all.
static double rate(const struct curve *curves, const size_t *right, const size_t *wrong,
                   const struct point_choice *choice) {
    double sum = 0;
    for (int d = 0; d < SEG_DOMAINS; d++) {
        size_t found = right[d] + wrong[d];
        if (!curves[d].objects)
            continue;
        if (choice->rule == POINT_BEST_F1)
            sum += f1(right[d], wrong[d], curves[d].objects);
        else if (found && (double)wrong[d] > choice->fpr * (double)found)
            return 0;
        else
            sum += (double)right[d];
    }
    return sum;
}

double choose_point(const struct curve curves[SEG_DOMAINS], const struct point_choice *choice, double stored,
                    nacre_error *error, nacre_status *status) {
    size_t count = 0, right[SEG_DOMAINS] = {0}, wrong[SEG_DOMAINS] = {0};
    bool asked = false;
    for (int d = 0; d < SEG_DOMAINS; d++) {
        asked |= curves[d].objects > 0;
        count += curves[d].objects ? curves[d].count : 0;
    }
    *status = NACRE_OK;
    if (choice->rule == POINT_STORED || !asked)
        return stored;
    struct sample *samples = memory_new(count, sizeof *samples);
    if (!samples) {
        *status = error_memory(error, "choosing working points");
        return stored;
    }
    size_t filled = 0;
    for (int d = 0; d < SEG_DOMAINS; d++) {
        for (size_t i = 0; i < curves[d].count && curves[d].objects; i++)
            samples[filled++] = (struct sample){curves[d].list[i].score, d, curves[d].list[i].right};
    }
    qsort(samples, count, sizeof *samples, compare_samples);
    double best = 0, point = choice->rule == POINT_FPR ? INFINITY : stored;
    for (size_t i = 0; i < count; i++) {
        right[samples[i].domain] += samples[i].right;
        wrong[samples[i].domain] += !samples[i].right;
        if (i + 1 < count && samples[i + 1].score == samples[i].score)
            continue;
        double rating = rate(curves, right, wrong, choice);
        if (rating > best) {
            best = rating;
            point = samples[i].score;
        }
    }
    memory_free(samples);
    return point;
}

// --- Shares ---

double figures_recall(const struct class_figures *f) {
    return f->objects ? (double)f->right / (double)f->objects : NAN;
}

double figures_precision(const struct class_figures *f) {
    size_t found = f->right + f->wrong;
    return found ? (double)f->right / (double)found : NAN;
}

double figures_f1(const struct class_figures *f) {
    return f->objects ? f1(f->right, f->wrong, f->objects) : NAN;
}

double figures_mean_ap(const struct class_figures *f, enum overlap overlap) {
    double sum = 0;
    for (int i = 0; i < MATCH_LEVELS; i++)
        sum += f->ap[overlap][i];
    return sum / MATCH_LEVELS;
}

void share_interval(size_t of, size_t all, double *low, double *high) {
    static const double Z = 1.959964; // 95 % of a normal distribution lie within so many deviations
    double n = (double)all, share = (double)of / n, spread = Z * Z / n;
    double middle = (share + spread / 2) / (1 + spread);
    double reach = Z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread);
    *low = all ? middle - reach : NAN;
    *high = all ? middle + reach : NAN;
}

// --- Calibration ---

static void add_to_calibration(struct calibration *c, const struct curve *r) {
    for (size_t i = 0; i < r->count; i++) {
        int bin = (int)(r->list[i].score * CALIBRATION_BINS);
        bin = bin < CALIBRATION_BINS ? bin : CALIBRATION_BINS - 1;
        c->count[bin]++;
        c->right[bin] += r->list[i].right;
        c->score_sum[bin] += r->list[i].score;
    }
}

double calibration_error(const struct calibration *c) {
    double sum = 0;
    size_t count = 0;
    for (int i = 1; i < CALIBRATION_BINS; i++) {
        sum += fabs(c->score_sum[i] - (double)c->right[i]);
        count += c->count[i];
    }
    return count ? sum / (double)count : NAN;
}

// --- Domains ---

struct making {
    const struct scene *scenes;
    size_t count, class_count;
    arena *arena;
    struct figures *figures;
};

static bool has_masks(const struct making *m) {
    return m->count && m->scenes[0].iou[OVERLAP_MASK];
}

// Objects, average precisions and calibration, which need no working point. `at_half`: by boxes that cover by
// half, of what is named so.
static nacre_status measure_class(const struct making *m, int domain, int class, struct curve *at_half,
                                  nacre_error *error) {
    struct domain_figures *d = &m->figures->domains[domain];
    struct class_figures *f = &d->classes[class];
    nacre_status status = curve_make(m->scenes, m->count, (enum seg_domain)domain, class, NAMES_FIRST,
                                     OVERLAP_BOX, match_level(0), at_half, error);
    for (int o = 0; o < OVERLAPS; o++) {
        for (int i = 0; i < MATCH_LEVELS && !status; i++) {
            struct curve r;
            f->ap[o][i] = NAN;
            if (o == OVERLAP_MASK && !has_masks(m))
                continue;
            status = curve_make(m->scenes, m->count, (enum seg_domain)domain, class, NAMES_ALL,
                                (enum overlap)o, match_level(i), &r, error);
            if (status)
                break;
            f->ap[o][i] = curve_average_precision(&r);
            curve_fini(&r);
        }
    }
    if (!status) {
        f->objects = at_half->objects;
        add_to_calibration(&d->calibration, at_half);
    }
    return status;
}

static nacre_status measure_classes(const struct making *m, const double *stored,
                                    const struct point_choice *choice, nacre_error *error) {
    nacre_status status = NACRE_OK;
    for (size_t c = 0; c < m->class_count && !status; c++) {
        struct curve curves[SEG_DOMAINS] = {0};
        for (int d = 0; d < SEG_DOMAINS && !status; d++)
            status = measure_class(m, d, (int)c, &curves[d], error);
        if (!status)
            m->figures->thresholds[c] = choose_point(curves, choice, stored[c], error, &status);
        for (int d = 0; d < SEG_DOMAINS; d++)
            curve_fini(&curves[d]);
    }
    return status;
}

static void count_detections(const struct making *m, const struct scene *s, const struct judgement *j,
                             struct domain_figures *d) {
    size_t columns = m->class_count + 1;
    for (size_t i = 0; i < s->detection_count; i++) {
        const struct judged_detection *found = &j->detections[i];
        size_t class = (size_t)s->detections[i].class, row = m->class_count;
        if (!found->counts || found->outcome == OUTCOME_NEITHER)
            continue;
        if (found->object != MATCH_NONE && s->objects[found->object].class >= 0)
            row = (size_t)s->objects[found->object].class;
        d->taken_for[row * columns + class]++;
        d->classes[class].right += found->outcome == OUTCOME_RIGHT;
        d->classes[class].wrong += found->outcome == OUTCOME_WRONG;
        if (found->outcome == OUTCOME_WRONG)
            d->classes[class].causes[found->cause]++;
    }
}

static void count_objects(const struct making *m, const struct scene *s, const struct judgement *j,
                          struct domain_figures *d) {
    size_t columns = m->class_count + 1;
    for (size_t i = 0; i < s->object_count; i++) {
        const struct judged_object *object = &j->objects[i];
        size_t row = s->objects[i].class >= 0 ? (size_t)s->objects[i].class : m->class_count;
        if (!object->asked)
            continue;
        d->taken_for[row * columns + m->class_count] += object->detection == MATCH_NONE;
        struct class_figures *f = s->objects[i].class >= 0 ? &d->classes[row] : &d->all;
        f->causes[CAUSE_MISSED] += object->missed;
        d->all.objects += s->objects[i].class == CLASS_OPEN;
    }
}

static void count_photo(const struct making *m, const struct scene *s, const struct judgement *j,
                        struct domain_figures *d) {
    bool complete = true, alarm = false;
    for (size_t c = 0; c < m->class_count; c++) {
        d->classes[c].photos += s->complete[c];
        complete = complete && s->complete[c];
    }
    for (size_t i = 0; i < s->detection_count; i++)
        alarm |= j->detections[i].counts;
    d->photos++;
    d->empty += complete && !s->object_count;
    d->empty_with_alarm += complete && !s->object_count && alarm;
}

static nacre_status judge_scenes(const struct making *m, nacre_error *error) {
    arena a;
    arena_init(&a, 64 << 20);
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < m->count && !status; i++) {
        const struct scene *s = &m->scenes[i];
        struct domain_figures *d = &m->figures->domains[s->domain];
        struct judgement j;
        arena_reset(&a);
        status = judge_scene(s, m->figures->thresholds, m->class_count, &a, &j, error);
        if (status)
            break;
        count_photo(m, s, &j, d);
        count_detections(m, s, &j, d);
        count_objects(m, s, &j, d);
    }
    arena_fini(&a);
    return status;
}

static void add_up(const struct making *m, struct domain_figures *d) {
    d->all.photos = d->photos;
    for (size_t c = 0; c < m->class_count; c++) {
        d->all.objects += d->classes[c].objects;
        d->all.right += d->classes[c].right;
        d->all.wrong += d->classes[c].wrong;
        for (int i = 0; i < CAUSES; i++)
            d->all.causes[i] += d->classes[c].causes[i];
    }
    for (int o = 0; o < OVERLAPS; o++) {
        for (int i = 0; i < MATCH_LEVELS; i++) {
            double sum = 0;
            size_t known = 0;
            for (size_t c = 0; c < m->class_count; c++) {
                double ap = d->classes[c].ap[o][i];
                sum += isnan(ap) ? 0 : ap;
                known += isnan(ap) ? 0 : 1;
            }
            d->all.ap[o][i] = known ? sum / (double)known : NAN;
        }
    }
}

static int compare_numbers(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static nacre_status measure_time(const struct making *m, int domain, nacre_error *error) {
    struct domain_figures *d = &m->figures->domains[domain];
    double *times = memory_new(m->count, sizeof *times);
    if (!times)
        return error_memory(error, "measuring times");
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++) {
        if ((int)m->scenes[i].domain == domain)
            times[count++] = m->scenes[i].decode_ms + m->scenes[i].detect_ms;
    }
    qsort(times, count, sizeof *times, compare_numbers);
    d->median_ms = count ? times[count / 2] : NAN;
    d->slow_ms = count ? times[count * 19 / 20] : NAN;
    memory_free(times);
    return NACRE_OK;
}

nacre_status figures_make(const struct scene *scenes, size_t count, size_t class_count, const double *stored,
                          const struct point_choice *choice, arena *a, struct figures *result,
                          nacre_error *error) {
    struct making m = {scenes, count, class_count, a, result};
    *result = (struct figures){.thresholds = arena_new(a, class_count, sizeof(double))};
    bool good = result->thresholds != NULL;
    for (int d = 0; d < SEG_DOMAINS; d++) {
        struct domain_figures *domain = &result->domains[d];
        domain->classes = arena_new(a, class_count, sizeof *domain->classes);
        domain->taken_for = arena_new(a, (class_count + 1) * (class_count + 1), sizeof(size_t));
        good = good && domain->classes && domain->taken_for;
    }
    if (!good)
        return error_memory(error, "measuring detection");
    nacre_status status = measure_classes(&m, stored, choice, error);
    if (!status)
        status = judge_scenes(&m, error);
    for (int d = 0; d < SEG_DOMAINS && !status; d++) {
        add_up(&m, &result->domains[d]);
        status = measure_time(&m, d, error);
    }
    return status;
}
