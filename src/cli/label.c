// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "label/coco.h"
#include "label/import.h"
#include "picture/picture.h"

static struct {
    gboolean json, complete;
    char *format, *classes, *domain;
} options;

static int print_counts(const char *done, const struct label_counts *counts) {
    if (options.json)
        cli_print_json(json_pack("{s:I, s:I}", "photos", (json_int_t)counts->photos, "objects",
                                 (json_int_t)counts->objects));
    else
        printf("%zu photos with %zu objects %s\n", counts->photos, counts->objects, done);
    return CLI_GOOD;
}

// --- import, export ---

static bool parse_format(const char *word, enum label_format *format) {
    static const char *const words[] = {"yolo", "voc", "png"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(word, words[i]) == 0) {
            *format = (enum label_format)i;
            return true;
        }
    }
    return false;
}

static int import_labels(const char *labels, const char *folder) {
    struct label_counts counts;
    struct label_import how = {
        .labels = labels, .photos = folder, .classes = options.classes, .complete = options.complete};
    nacre_error error;
    bool coco = strcmp(options.format, "coco") == 0;
    if (!coco && !parse_format(options.format, &how.format))
        return cli_wrong_usage("label import", "--format is coco, yolo, voc or png");
    if (options.domain && !seg_parse_domain(options.domain, &how.domain))
        return cli_wrong_usage("label import", "--domain is street, user, studio or unknown");
    if (!coco && how.format != LABEL_VOC && !options.classes)
        return cli_wrong_usage("label import", "--classes is missing: a file with the names of the classes");
    if (picture_start(&error))
        return cli_fail(&error);
    nacre_status status =
        coco ? coco_import(labels, folder, &counts, &error) : label_import(&how, &counts, &error);
    picture_stop();
    return status ? cli_fail(&error) : print_counts("imported", &counts);
}

static int command_import(int argc, char **argv) {
    options.format = "coco";
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &options.format, "coco (unless given), yolo, voc or png",
         "FORMAT"},
        {"classes", 0, 0, G_OPTION_ARG_FILENAME, &options.classes,
         "Names of the classes, one a line (yolo, png)", "FILE"},
        {"domain", 0, 0, G_OPTION_ARG_STRING, &options.domain, "street, user or studio (not coco)", "DOMAIN"},
        {"complete", 0, 0, G_OPTION_ARG_NONE, &options.complete,
         "All classes are marked completely on every photo (not coco)", NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print the counts as one object", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("label import", "LABELS FOLDER",
                   "Makes .seg files beside the photos in FOLDER from labels of other tools: a COCO file, or "
                   "a folder "
                   "with one file a photo.",
                   entries, 2, 2, &argc, &argv, &exit_code))
        return exit_code;
    return import_labels(argv[1], argv[2]);
}

static int command_export(int argc, char **argv) {
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print the counts as one object", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("label export", "FOLDER FILE", "Writes the .seg files of FOLDER as one COCO file.",
                   entries, 2, 2, &argc, &argv, &exit_code))
        return exit_code;
    struct label_counts counts;
    nacre_error error;
    if (coco_export(argv[1], argv[2], &counts, &error))
        return cli_fail(&error);
    return print_counts("exported", &counts);
}

// --- check ---

struct check {
    const taxonomy *taxonomy;
    const char *path; // of the file at hand
    size_t files, faults;
};

static void print_fault(void *context, size_t object, const char *what) {
    const struct check *check = context;
    if (options.json)
        cli_print_json(
            json_pack("{s:s, s:I, s:s}", "file", check->path, "object", (json_int_t)object, "what", what));
    else if (object)
        printf("%s: object %zu: %s\n", check->path, object, what);
    else
        printf("%s: %s\n", check->path, what);
}

// A file that cannot be read is a fault as others are: the rest is looked at too.
static void check_file(struct check *check, const char *folder, const char *name) {
    char *path = g_build_filename(folder, name, NULL);
    arena a;
    arena_init(&a, 256 << 20);
    struct seg s;
    nacre_error error;
    check->path = path;
    check->files++;
    if (seg_read(path, &a, &s, &error)) {
        check->faults++;
        print_fault(check, 0, error.message);
    } else {
        check->faults += seg_check(&s, check->taxonomy, print_fault, check);
    }
    arena_fini(&a);
    g_free(path);
}

static nacre_status check_folder(const char *folder, struct check *check, nacre_error *error) {
    workspace *w = NULL;
    taxonomy *t = NULL;
    char **names = NULL;
    nacre_status status = cli_find_workspace(&w, error);
    if (!status)
        status = taxonomy_open(w, &t, error);
    if (!status)
        status = label_list(folder, ".seg", &names, error);
    check->taxonomy = t;
    for (size_t i = 0; !status && names[i]; i++)
        check_file(check, folder, names[i]);
    g_strfreev(names);
    taxonomy_free(t);
    workspace_free(w);
    return status;
}

static int command_check(int argc, char **argv) {
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "One object a fault, one a line", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("label check", "FOLDER", "Tells what is wrong with the .seg files of FOLDER.", entries, 1,
                   1, &argc, &argv, &exit_code))
        return exit_code;
    struct check check = {0};
    nacre_error error;
    if (check_folder(argv[1], &check, &error))
        return cli_fail(&error);
    if (!options.json)
        printf("%zu files, %zu faults\n", check.files, check.faults);
    return check.faults ? CLI_FAILED : CLI_GOOD;
}

// --- stats ---

struct stats {
    GHashTable *categories; // name → struct category_stats
    size_t photos[SEG_DOMAINS], objects, checked;
};

struct category_stats {
    int64_t objects, photos, complete; // photos on which it is marked completely
    size_t last_photo;                 // the last that counted, so that each counts once
};

static struct category_stats *stats_of(struct stats *stats, const char *category) {
    struct category_stats *found = g_hash_table_lookup(stats->categories, category);
    if (!found) {
        found = g_new0(struct category_stats, 1);
        g_hash_table_insert(stats->categories, g_strdup(category), found);
    }
    return found;
}

static nacre_status count_photo(void *context, const char *path, const struct seg *s) {
    (void)path;
    struct stats *stats = context;
    size_t number = 1;
    stats->photos[s->domain]++;
    for (int i = 0; i < SEG_DOMAINS; i++)
        number += stats->photos[i];
    for (size_t i = 0; i < s->complete_count; i++)
        stats_of(stats, s->complete[i])->complete++;
    for (size_t i = 0; i < s->object_count; i++) {
        struct category_stats *category = stats_of(stats, s->objects[i].category);
        category->objects++;
        category->photos += category->last_photo != number;
        category->last_photo = number;
        stats->objects++;
        stats->checked += s->objects[i].state == SEG_CHECKED;
    }
    return NACRE_OK;
}

static gint compare_names(gconstpointer a, gconstpointer b) {
    return strcmp(a, b);
}

static void print_stats(const struct stats *stats) {
    json_t *domains = json_object(), *categories = json_object();
    for (int i = 0; i < SEG_DOMAINS; i++)
        json_object_set_new(domains, seg_domain_word((enum seg_domain)i),
                            json_integer((json_int_t)stats->photos[i]));
    GList *names = g_list_sort(g_hash_table_get_keys(stats->categories), compare_names);
    if (!options.json) {
        printf("photos:");
        for (int i = 0; i < SEG_DOMAINS; i++)
            printf(" %zu %s", stats->photos[i], seg_domain_word((enum seg_domain)i));
        printf("\nobjects: %zu, %zu of them checked\n%10s %8s %9s  category\n", stats->objects,
               stats->checked, "objects", "photos", "complete");
    }
    for (const GList *name = names; name; name = name->next) {
        const struct category_stats *c = g_hash_table_lookup(stats->categories, name->data);
        if (!options.json)
            printf("%10" PRId64 " %8" PRId64 " %9" PRId64 "  %s\n", c->objects, c->photos, c->complete,
                   (const char *)name->data);
        json_object_set_new(categories, name->data,
                            json_pack("{s:I, s:I, s:I}", "objects", (json_int_t)c->objects, "photos",
                                      (json_int_t)c->photos, "complete", (json_int_t)c->complete));
    }
    g_list_free(names);
    json_t *all = json_pack("{s:o, s:I, s:I, s:o}", "photos", domains, "objects", (json_int_t)stats->objects,
                            "checked", (json_int_t)stats->checked, "categories", categories);
    if (options.json)
        cli_print_json(all);
    else
        json_decref(all);
}

static int command_stats(int argc, char **argv) {
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print one object", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("label stats", "FOLDER",
                   "Counts photos, objects and categories in the .seg files of FOLDER.", entries, 1, 1, &argc,
                   &argv, &exit_code))
        return exit_code;
    struct stats stats = {.categories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    nacre_error error;
    nacre_status status = label_each(argv[1], count_photo, &stats, &error);
    if (!status)
        print_stats(&stats);
    g_hash_table_unref(stats.categories);
    return status ? cli_fail(&error) : CLI_GOOD;
}

int command_label(int argc, char **argv) {
    static const struct command commands[] = {
        {"import", "make .seg files from COCO, YOLO, Pascal VOC or label pictures", command_import},
        {"export", "write .seg files as COCO", command_export},
        {"check", "tell what is wrong with .seg files", command_check},
        {"stats", "count what is marked", command_stats},
        {NULL, NULL, NULL},
    };
    return cli_dispatch("nacre label",
                        "Labels: what is marked on which photo, in .seg files beside the photos.", commands,
                        argc, argv);
}
