// SPDX-License-Identifier: Apache-2.0
// Puts what was measured into tables: a summary, a section a domain, a section a class.
#include <glib.h>
#include <math.h>
#include <string.h>

#include "evaluate/detection_parts.h"

static const char *const DOMAIN_NAMES[SEG_DOMAINS] = {
    [SEG_UNKNOWN] = "Unknown domain", [SEG_STREET] = "Street", [SEG_USER] = "User", [SEG_STUDIO] = "Studio"};

// In the order in which they are told.
static const enum seg_domain DOMAINS[SEG_DOMAINS] = {SEG_STREET, SEG_USER, SEG_STUDIO, SEG_UNKNOWN};

struct telling {
    const struct measurement *measurement;
    report *report;
};

static const struct measured *model_before(const struct telling *t, size_t model) {
    return model ? &t->measurement->models[model - 1] : NULL;
}

static bool has_photos(const struct telling *t, enum seg_domain domain) {
    return t->measurement->models[0].figures.domains[domain].photos > 0;
}

// The class of the same name of the model before; -1: none.
static int class_before(const struct telling *t, size_t model, size_t class) {
    const struct measured *now = &t->measurement->models[model], *before = model_before(t, model);
    for (size_t c = 0; before && c < before->model.class_count; c++) {
        if (strcmp(before->classes[c].id, now->classes[class].id) == 0)
            return (int)c;
    }
    return -1;
}

// --- Figures ---

// A table begins with names, one of them the model's where there are several.
enum { MAX_COLUMNS = 24 };

struct columns {
    struct report_column list[MAX_COLUMNS];
    size_t count;
};

static void add_columns(struct columns *c, const struct report_column *more, size_t count) {
    memcpy(c->list + c->count, more, count * sizeof *more);
    c->count += count;
}

static struct columns begin_columns(const struct telling *t, const char *key, const char *title) {
    struct columns c = {.list = {{key, title, 0, REPORT_NEITHER}}, .count = 1};
    if (t->measurement->how->model_count > 1)
        add_columns(&c, &(struct report_column){"model", "Model", 0, REPORT_NEITHER}, 1);
    return c;
}

static void begin_row(const struct telling *t, report_table *table, const char *name, size_t model) {
    report_row(table);
    report_text(table, name);
    if (t->measurement->how->model_count > 1)
        report_text(table, detector_identity(t->measurement->models[model].detector));
}

static const struct report_column FIGURES[] = {
    {"photos", "Photos", 0, REPORT_NEITHER},
    {"objects", "Objects", 0, REPORT_NEITHER},
    {"right", "Right", 0, REPORT_NEITHER},
    {"wrong", "False alarms", 0, REPORT_NEITHER},
    {"tpr", "TPR", 3, REPORT_HIGHER},
    {"fpr", "FPR", 3, REPORT_LOWER},
    {"false_alarms_per_photo", "False alarms a photo", 3, REPORT_LOWER},
    {"precision", "Precision", 3, REPORT_HIGHER},
    {"recall", "Recall", 3, REPORT_HIGHER},
    {"f1", "F1", 3, REPORT_HIGHER},
    {"ap50", "AP50", 3, REPORT_HIGHER},
    {"ap", "AP50–95", 3, REPORT_HIGHER},
    {"mask_ap50", "Mask AP50", 3, REPORT_HIGHER},
    {"mask_ap", "Mask AP50–95", 3, REPORT_HIGHER},
};

static const struct report_column POINTS[] = {
    {"threshold", "Working point", 3, REPORT_NEITHER},
    {"stored_threshold", "Stored in the model", 3, REPORT_NEITHER},
};

static double per_photo(const struct class_figures *f) {
    return f->photos ? (double)f->wrong / (double)f->photos : NAN;
}

// A share of counts with its interval.
static void put_share(report_table *table, double value, double before, size_t of, size_t all) {
    struct report_number n = {value, before, NAN, NAN};
    if (all)
        share_interval(of, all, &n.low, &n.high);
    report_number(table, n);
}

static void put_change(report_table *table, double value, double before) {
    report_number(table, (struct report_number){value, before, NAN, NAN});
}

// `before` is NULL where there is no model before.
static void put_figures(report_table *table, const struct class_figures *f, const struct class_figures *b) {
    report_value(table, (double)f->photos);
    report_value(table, (double)f->objects);
    report_value(table, (double)f->right);
    report_value(table, (double)f->wrong);
    put_share(table, figures_recall(f), b ? figures_recall(b) : NAN, f->right, f->objects);
    put_share(table, 1 - figures_precision(f), b ? 1 - figures_precision(b) : NAN, f->wrong,
              f->right + f->wrong);
    put_change(table, per_photo(f), b ? per_photo(b) : NAN);
    put_change(table, figures_precision(f), b ? figures_precision(b) : NAN);
    put_change(table, figures_recall(f), b ? figures_recall(b) : NAN);
    put_change(table, figures_f1(f), b ? figures_f1(b) : NAN);
    for (int o = 0; o < OVERLAPS; o++) {
        put_change(table, f->ap[o][0], b ? b->ap[o][0] : NAN);
        put_change(table, figures_mean_ap(f, (enum overlap)o), b ? figures_mean_ap(b, (enum overlap)o) : NAN);
    }
}

// --- Summary ---

static void tell_domains(const struct telling *t) {
    static const struct report_column rest[] = {
        {"calibration_error", "Calibration error", 3, REPORT_LOWER},
        {"empty_photos", "Photos with nothing to wear", 0, REPORT_NEITHER},
        {"empty_photos_with_alarm", "Share of them with a false alarm", 3, REPORT_LOWER},
        {"median_ms", "Median ms a photo", 0, REPORT_LOWER},
        {"p95_ms", "95 % of photos within ms", 0, REPORT_LOWER},
    };
    struct columns c = begin_columns(t, "domain", "Domain");
    add_columns(&c, FIGURES, G_N_ELEMENTS(FIGURES));
    add_columns(&c, rest, G_N_ELEMENTS(rest));
    report_table *table = report_add_table(t->report, "Summary", NULL, c.list, c.count);
    for (size_t i = 0; i < SEG_DOMAINS; i++) {
        for (size_t m = 0; m < t->measurement->how->model_count && has_photos(t, DOMAINS[i]); m++) {
            const struct domain_figures *d = &t->measurement->models[m].figures.domains[DOMAINS[i]];
            const struct domain_figures *b = m ? &model_before(t, m)->figures.domains[DOMAINS[i]] : NULL;
            double alarms = d->empty ? (double)d->empty_with_alarm / (double)d->empty : NAN;
            double alarms_before = b && b->empty ? (double)b->empty_with_alarm / (double)b->empty : NAN;
            begin_row(t, table, DOMAIN_NAMES[DOMAINS[i]], m);
            put_figures(table, &d->all, b ? &b->all : NULL);
            put_change(table, calibration_error(&d->calibration),
                       b ? calibration_error(&b->calibration) : NAN);
            report_value(table, (double)d->empty);
            put_share(table, alarms, alarms_before, d->empty_with_alarm, d->empty);
            put_change(table, d->median_ms, b ? b->median_ms : NAN);
            put_change(table, d->slow_ms, b ? b->slow_ms : NAN);
        }
    }
}

static size_t count_objects_of(const struct telling *t, size_t model, int class) {
    size_t count = 0;
    for (size_t i = 0; i < t->measurement->photo_count; i++) {
        const struct scene *s = &t->measurement->models[model].scenes[i];
        for (size_t o = 0; o < s->object_count; o++)
            count += s->objects[o].class == class;
    }
    return count;
}

static char *point_rule(const struct point_choice *choice) {
    if (choice->rule == POINT_STORED)
        return g_strdup("those stored in the model");
    if (choice->rule == POINT_FPR)
        return g_strdup_printf("chosen on these photos: the most found with an FPR of %g or less",
                               choice->fpr);
    return g_strdup("chosen on these photos: the best F1 of each class");
}

static void tell_fact(report_table *table, const char *name, const char *value) {
    report_row(table);
    report_text(table, name);
    report_text(table, value);
}

static void tell_facts(const struct telling *t) {
    static const struct report_column columns[] = {{"what", "What", 0, REPORT_NEITHER},
                                                   {"value", "Value", 0, REPORT_NEITHER}};
    report_table *table = report_add_table(t->report, "Summary", "What was measured", columns, 2);
    char *rule = point_rule(&t->measurement->how->points);
    tell_fact(table, "Truth", t->measurement->how->truth);
    for (size_t m = 0; m < t->measurement->how->model_count; m++) {
        const struct measured *model = &t->measurement->models[m];
        char *name = g_strdup_printf("Model %zu", m + 1);
        char *value =
            g_strdup_printf("%s (%s), %zu classes%s", detector_identity(model->detector), model->path,
                            model->model.class_count, model->model.has_masks ? "" : ", without masks");
        tell_fact(table, name, value);
        g_free(name);
        g_free(value);
        name = g_strdup_printf("Objects that model %zu has no class for", m + 1);
        value = g_strdup_printf("%zu", count_objects_of(t, m, CLASS_OTHER));
        tell_fact(table, name, value);
        g_free(name);
        g_free(value);
    }
    tell_fact(table, "Working points", rule);
    tell_fact(table, "nacre", nacre_version());
    g_free(rule);
}

// --- A domain ---

static void tell_classes(const struct telling *t, enum seg_domain domain) {
    struct columns c = begin_columns(t, "category", "Category");
    add_columns(&c, FIGURES, G_N_ELEMENTS(FIGURES));
    add_columns(&c, POINTS, G_N_ELEMENTS(POINTS));
    report_table *table = report_add_table(t->report, DOMAIN_NAMES[domain], NULL, c.list, c.count);
    for (size_t m = 0; m < t->measurement->how->model_count; m++) {
        const struct measured *model = &t->measurement->models[m];
        const struct domain_figures *d = &model->figures.domains[domain];
        const struct domain_figures *b = m ? &model_before(t, m)->figures.domains[domain] : NULL;
        begin_row(t, table, "all", m);
        put_figures(table, &d->all, b ? &b->all : NULL);
        for (size_t i = 0; i < model->model.class_count; i++) {
            int before = class_before(t, m, i);
            begin_row(t, table, model->classes[i].id, m);
            put_figures(table, &d->classes[i], before >= 0 ? &b->classes[before] : NULL);
            report_value(table, model->figures.thresholds[i]);
            report_value(table, model->stored[i]);
        }
    }
}

static void put_causes(report_table *table, const struct class_figures *f, const struct class_figures *b) {
    for (int i = 0; i < CAUSES; i++)
        put_change(table, (double)f->causes[i], b ? (double)b->causes[i] : NAN);
}

static struct columns cause_columns(const struct telling *t, const char *key, const char *title) {
    static const struct report_column causes[CAUSES] = {
        {"class", "Class", 0, REPORT_LOWER},
        {"place", "Place", 0, REPORT_LOWER},
        {"both", "Both", 0, REPORT_LOWER},
        {"twice", "Twice", 0, REPORT_LOWER},
        {"background", "Background", 0, REPORT_LOWER},
        {"missed", "Missed", 0, REPORT_LOWER},
    };
    struct columns c = begin_columns(t, key, title);
    add_columns(&c, causes, CAUSES);
    return c;
}

static void tell_causes(const struct telling *t, enum seg_domain domain) {
    struct columns c = cause_columns(t, "category", "Category");
    report_table *table =
        report_add_table(t->report, DOMAIN_NAMES[domain], "Causes of error", c.list, c.count);
    for (size_t m = 0; m < t->measurement->how->model_count; m++) {
        const struct measured *model = &t->measurement->models[m];
        const struct domain_figures *d = &model->figures.domains[domain];
        const struct domain_figures *b = m ? &model_before(t, m)->figures.domains[domain] : NULL;
        begin_row(t, table, "all", m);
        put_causes(table, &d->all, b ? &b->all : NULL);
        for (size_t i = 0; i < model->model.class_count; i++) {
            int before = class_before(t, m, i);
            begin_row(t, table, model->classes[i].id, m);
            put_causes(table, &d->classes[i], before >= 0 ? &b->classes[before] : NULL);
        }
    }
}

// Classes that are neither marked nor found have no row and column.
static bool occurs(const struct domain_figures *d, size_t class_count, size_t class) {
    for (size_t i = 0; i <= class_count; i++) {
        if (d->taken_for[class * (class_count + 1) + i] || d->taken_for[i * (class_count + 1) + class])
            return true;
    }
    return false;
}

static void tell_confusion(const struct telling *t, enum seg_domain domain, const struct measured *model) {
    const struct domain_figures *d = &model->figures.domains[domain];
    size_t classes = model->model.class_count, count = 0;
    struct report_column *columns = g_new(struct report_column, classes + 2);
    columns[count++] = (struct report_column){"truth", "Truth \\ found as", 0, REPORT_NEITHER};
    for (size_t c = 0; c <= classes; c++) {
        const char *name = c < classes ? model->classes[c].id : "missed";
        if (c == classes || occurs(d, classes, c))
            columns[count++] = (struct report_column){name, name, 0, REPORT_NEITHER};
    }
    char *title = g_strdup_printf("What was taken for what: %s", detector_identity(model->detector));
    report_table *table = report_add_table(t->report, DOMAIN_NAMES[domain], title, columns, count);
    for (size_t row = 0; row <= classes; row++) {
        if (row < classes && !occurs(d, classes, row))
            continue;
        report_row(table);
        report_text(table, row < classes ? model->classes[row].id : "other");
        for (size_t c = 0; c <= classes; c++) {
            if (c == classes || occurs(d, classes, c))
                report_value(table, (double)d->taken_for[row * (classes + 1) + c]);
        }
    }
    g_free(title);
    g_free(columns);
}

static void tell_calibration(const struct telling *t, enum seg_domain domain) {
    static const struct report_column columns[] = {
        {"detections", "Detections", 0, REPORT_NEITHER},
        {"mean_score", "Mean score", 3, REPORT_NEITHER},
        {"share_right", "Share right", 3, REPORT_NEITHER},
    };
    struct columns c = begin_columns(t, "score", "Score");
    add_columns(&c, columns, G_N_ELEMENTS(columns));
    report_table *table = report_add_table(t->report, DOMAIN_NAMES[domain], "Calibration", c.list, c.count);
    for (size_t m = 0; m < t->measurement->how->model_count; m++) {
        const struct calibration *bins = &t->measurement->models[m].figures.domains[domain].calibration;
        for (int i = 0; i < CALIBRATION_BINS; i++) {
            double count = (double)bins->count[i];
            char *name = g_strdup_printf("%.1f to %.1f", i * .1, (i + 1) * .1);
            begin_row(t, table, name, m);
            report_value(table, count);
            report_value(table, bins->score_sum[i] / count);
            put_share(table, (double)bins->right[i] / count, NAN, bins->right[i], bins->count[i]);
            g_free(name);
        }
    }
}

// --- A class ---

static void tell_confusions_of(const struct telling *t, const struct measured *model, size_t class) {
    static const struct report_column columns[] = {
        {"domain", "Domain", 0, REPORT_NEITHER},
        {"truth", "Truth", 0, REPORT_NEITHER},
        {"found_as", "Found as", 0, REPORT_NEITHER},
        {"count", "Count", 0, REPORT_LOWER},
    };
    size_t classes = model->model.class_count;
    report_table *table = report_add_table(t->report, model->classes[class].id, "Mistakes", columns, 4);
    for (size_t i = 0; i < SEG_DOMAINS; i++) {
        const struct domain_figures *d = &model->figures.domains[DOMAINS[i]];
        for (size_t cell = 0; cell < (classes + 1) * (classes + 1); cell++) {
            size_t row = cell / (classes + 1), column = cell % (classes + 1);
            if (row == column || (row != class && column != class) || !d->taken_for[cell])
                continue;
            report_row(table);
            report_text(table, DOMAIN_NAMES[DOMAINS[i]]);
            report_text(table, row < classes ? model->classes[row].id : "other");
            report_text(table, column < classes ? model->classes[column].id : "missed");
            report_value(table, (double)d->taken_for[cell]);
        }
    }
}

// One tab a class, its domains below each other. Classes are those of the last model.
static void tell_class(const struct telling *t, size_t class) {
    size_t last = t->measurement->how->model_count - 1;
    const struct measured *newest = &t->measurement->models[last];
    struct columns c = begin_columns(t, "domain", "Domain"), k = cause_columns(t, "domain", "Domain");
    add_columns(&c, FIGURES, G_N_ELEMENTS(FIGURES));
    add_columns(&c, POINTS, G_N_ELEMENTS(POINTS));
    const char *id = newest->classes[class].id;
    report_table *table = report_add_table(t->report, id, NULL, c.list, c.count);
    report_table *causes = report_add_table(t->report, id, "Causes of error", k.list, k.count);
    for (size_t i = 0; i < SEG_DOMAINS; i++) {
        for (size_t m = 0; m <= last && has_photos(t, DOMAINS[i]); m++) {
            const struct measured *model = &t->measurement->models[m];
            const struct domain_figures *d = &model->figures.domains[DOMAINS[i]];
            for (size_t own = 0; own < model->model.class_count; own++) {
                if (strcmp(model->classes[own].id, id) != 0)
                    continue;
                int before = class_before(t, m, own);
                const struct class_figures *b =
                    before < 0 ? NULL : &model_before(t, m)->figures.domains[DOMAINS[i]].classes[before];
                begin_row(t, table, DOMAIN_NAMES[DOMAINS[i]], m);
                put_figures(table, &d->classes[own], b);
                report_value(table, model->figures.thresholds[own]);
                report_value(table, model->stored[own]);
                begin_row(t, causes, DOMAIN_NAMES[DOMAINS[i]], m);
                put_causes(causes, &d->classes[own], b);
            }
        }
    }
    tell_confusions_of(t, newest, class);
}

// --- Definitions ---

static const char *const DEFINITIONS[][2] = {
    {"Domain",
     "Where photos come from: street, user, studio, as their .seg files say. Figures of different domains "
     "are never added together."},
    {"Object",
     "A thing that is marked on a photo and is of a category that the model has a class for. Crowds and "
     "doubtful objects are not counted: what lies in them by half is neither right nor wrong."},
    {"Category of an object",
     "An object belongs to the class with the deepest taxonomy node that is its category or lies above "
     "it. Where its category is coarser than the classes, any class below it is right: the "
     "object counts for that of the surest detection there."},
    {"Complete, unknown",
     "A .seg file names the categories of which everything on the photo is marked. For any other "
     "category the photo is unknown: a detection of it that finds no object is neither right nor "
     "wrong."},
    {"Working point",
     "The score from which on a detection of the class counts. AP does without it: it takes all "
     "detections with a score of 0.01 or more, at most 100 a photo."},
    {"Right",
     "A detection that counts, whose box and that of an object of its class have an IoU (intersection over "
     "union) of 0.5 or more. Each object is found once: by the surest detection; further ones are false "
     "alarms."},
    {"False alarms",
     "Detections that count and are not right, on photos where their category is complete or where they "
     "have found nothing that is not counted."},
    {"TPR", "True positive rate: right detections / objects. The same as recall."},
    {"FPR",
     "Share of false alarms among detections: false alarms / (right detections + false alarms). There is no "
     "number of true negatives in detection, so that the other FPR of statistics does not exist here; false "
     "alarms a photo stand beside it."},
    {"False alarms a photo",
     "False alarms / photos on which the category is complete; for \"all\": / all photos."},
    {"Precision", "Right detections / (right detections + false alarms): 1 − FPR."},
    {"Recall", "Right detections / objects."},
    {"F1", "2 · precision · recall / (precision + recall)."},
    {"AP50", "Average precision: the mean of the precision at the 101 recalls 0, 0.01 … 1, where a detection "
             "is right at "
             "an IoU of 0.5 or more, as COCO's tool computes it. As with published detectors a detection "
             "stands in the ranking of every class that it may be, by its score for that class; all other "
             "figures know it by its likeliest class alone. For \"all\": the mean over the categories with "
             "objects."},
    {"AP50–95", "The mean of AP at the IoUs 0.50, 0.55 … 0.95."},
    {"Mask AP50, mask AP50–95",
     "The same with the IoU of masks. Objects that are marked by a box alone are not counted."},
    {"Photos with nothing to wear",
     "Photos without any object on which all categories are complete; the share of them with "
     "any detection that counts."},
    {"Class", "Cause of error (TIDE, Bolya et al. 2020): the false alarm covers an object of another class "
              "with an IoU of "
              "0.5 or more."},
    {"Place", "It covers one of its own class with an IoU from 0.1 to 0.5. Looked at before class."},
    {"Both", "It covers one of another class with an IoU from 0.1 to 0.5."},
    {"Twice", "It covers one of its own class that a surer detection has found."},
    {"Background", "It covers nothing with an IoU of 0.1."},
    {"Missed", "An object that no detection found, nor found in the wrong class or place."},
    {"What was taken for what",
     "Rows: what is marked; columns: what it was found as. The row \"other\": what is no object, "
     "or of no class of the model, or marked too coarsely; the column \"missed\": objects that "
     "no detection covers with an IoU of 0.5."},
    {"Calibration", "Detections by their score: a score of 0.8 should be right 8 times in 10."},
    {"Calibration error",
     "The expected calibration error (ECE): the mean distance of score and share of right detections over "
     "the bins, each weighted with its detections; detections with a score below 0.1 are left out."},
    {"Time", "Decoding, network and post-processing of one photo, one after the other, on all processors of "
             "the machine that "
             "made this report."},
    {"95 % from, to",
     "The interval that holds the true share with a probability of 95 % (Wilson), if the photos are a fair "
     "sample."},
    {"Before, change", "The figure of the model named before this one. Green: better, red: worse; whether a "
                       "change is more than "
                       "chance, the intervals tell."},
};

// --- All ---

nacre_status detection_report(const struct measurement *m, report **result, nacre_error *error) {
    struct telling t = {.measurement = m};
    nacre_status status = report_new("Detection", &t.report, error);
    if (status)
        return status;
    tell_domains(&t);
    tell_facts(&t);
    for (size_t i = 0; i < SEG_DOMAINS; i++) {
        if (!has_photos(&t, DOMAINS[i]))
            continue;
        tell_classes(&t, DOMAINS[i]);
        tell_causes(&t, DOMAINS[i]);
        for (size_t k = 0; k < m->how->model_count; k++)
            tell_confusion(&t, DOMAINS[i], &m->models[k]);
        tell_calibration(&t, DOMAINS[i]);
    }
    if (m->how->with_photos)
        status = detection_show_worst(m, t.report, error);
    const struct measured *newest = &m->models[m->how->model_count - 1];
    for (size_t c = 0; c < newest->model.class_count && !status; c++)
        tell_class(&t, c);
    for (size_t i = 0; i < G_N_ELEMENTS(DEFINITIONS); i++)
        report_define(t.report, DEFINITIONS[i][0], DEFINITIONS[i][1]);
    if (status)
        report_free(t.report);
    else
        *result = t.report;
    return status;
}
