// SPDX-License-Identifier: Apache-2.0
// What is installed, what is in use, and what is wrong.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>
#include <libxml/xmlversion.h>
#include <microhttpd.h>
#include <sqlite3.h>
#include <vips/vips.h>

#include "base/resource.h"
#include "catalogue/catalogue.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "vision/vision.h"

// A report under way: facts by section, and the problems found.
struct report {
    json_t *facts;
    json_t *problems;
};

static void add_problem(struct report *report, const nacre_error *error) {
    json_array_append_new(report->problems, json_string(error->message));
}

static void report_versions(struct report *report) {
    json_object_set_new(report->facts, "versions",
                        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "nacre", nacre_version(), "libvips",
                                  vips_version_string(), "libxml2", LIBXML_DOTTED_VERSION, "libcurl",
                                  curl_version_info(CURLVERSION_NOW)->version, "libmicrohttpd",
                                  MHD_get_version(), "sqlite", sqlite3_libversion(), "jansson",
                                  jansson_version_str()));
    json_object_set_new(report->facts, "kernel", json_string(nacre_index_kernel()));
}

static void report_runtime(struct report *report) {
    struct vision_runtime runtime;
    nacre_error error;
    if (vision_runtime_describe(&runtime, &error)) {
        add_problem(report, &error);
        return;
    }
    json_object_set_new(report->facts, "onnxruntime",
                        json_pack("{s:s, s:s, s:s}", "version", runtime.version, "path", runtime.path,
                                  "providers", runtime.providers));
}

static void report_models(struct report *report, const workspace *w) {
    taxonomy *t = NULL;
    vision *v = NULL;
    nacre_error error;
    if (taxonomy_open(w, &t, &error)) {
        add_problem(report, &error);
        return;
    }
    json_object_set_new(report->facts, "taxonomy", json_pack("{s:i}", "categories", taxonomy_count(t)));
    if (vision_open(w, t, 1, &v, &error)) {
        add_problem(report, &error);
    } else {
        json_object_set_new(
            report->facts, "models",
            json_pack("{s:s, s:s}", "encoder", vision_encoder(v), "detector",
                      vision_detector(v) ? vision_detector(v) : "none: a whole photo is one item"));
        vision_close(v);
    }
    taxonomy_free(t);
}

static void add_index_age(struct report *report, const struct catalogue_counts *counts, int64_t due) {
    nacre_error error;
    if (counts->shops == 0) {
        (void)error_set(&error, NACRE_ERROR_NOT_FOUND,
                        "the workspace has no shop: add one with `nacre feed add NAME URL`");
        add_problem(report, &error);
    } else if (counts->last_run_s == 0) {
        (void)error_set(&error, NACRE_ERROR_NOT_FOUND, "no feed was read yet: run `nacre crawl`");
        add_problem(report, &error);
    } else if (due > 0) {
        (void)error_set(&error, NACRE_ERROR_NOT_FOUND, "%lld products wait to be indexed: run `nacre index`",
                        (long long)due);
        add_problem(report, &error);
    }
}

static void report_catalogue(struct report *report, const workspace *w) {
    catalogue *c = NULL;
    struct catalogue_counts counts;
    nacre_error error;
    int64_t due = 0;
    const char *encoder =
        json_string_value(json_object_get(json_object_get(report->facts, "models"), "encoder"));
    nacre_status status = catalogue_open_workspace(w, &c, &error);
    if (!status)
        status = catalogue_count(c, &counts, &error);
    if (!status && encoder)
        status = catalogue_count_due_products(c, 0, encoder, &due, &error);
    if (status) {
        add_problem(report, &error);
    } else {
        json_object_set_new(
            report->facts, "catalogue",
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "workspace", workspace_folder(w), "shops",
                      (json_int_t)counts.shops, "products", (json_int_t)counts.products, "pictures",
                      (json_int_t)counts.pictures, "items", (json_int_t)counts.items, "pictures_due",
                      (json_int_t)counts.addresses_due, "pictures_failed",
                      (json_int_t)counts.addresses_failed, "products_to_index", (json_int_t)due));
        add_index_age(report, &counts, due);
    }
    catalogue_close(c);
}

static void print_facts(const json_t *facts, int depth) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)facts, key, value) {
        if (json_is_object(value)) {
            printf("%s\n", key);
            print_facts(value, depth + 1);
        } else if (json_is_string(value)) {
            printf("%*s%-18s %s\n", 2 * depth, "", key, json_string_value(value));
        } else {
            printf("%*s%-18s %" JSON_INTEGER_FORMAT "\n", 2 * depth, "", key, json_integer_value(value));
        }
    }
}

static void print_report(const struct report *report) {
    size_t i;
    json_t *problem;
    print_facts(report->facts, 0);
    if (json_array_size(report->problems) == 0)
        printf("nothing is wrong\n");
    json_array_foreach(report->problems, i, problem) {
        printf("wrong: %s\n", json_string_value(problem));
    }
}

int command_doctor(int argc, char **argv) {
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int exit_code;
    if (!cli_parse("doctor", "",
                   "Tells versions, kernels in use, models, the catalogue's state, and what is wrong.",
                   entries, 0, 0, &argc, &argv, &exit_code))
        return exit_code;
    workspace *w = NULL;
    nacre_error error;
    if (cli_find_workspace(&w, &error))
        return cli_fail(&error);
    struct report report = {json_object(), json_array()};
    report_versions(&report);
    report_runtime(&report);
    report_models(&report, w);
    if (w)
        report_catalogue(&report, w);
    exit_code = json_array_size(report.problems) ? CLI_FAILED : CLI_GOOD;
    if (as_json)
        cli_print_json(json_pack("{s:O, s:O}", "facts", report.facts, "problems", report.problems));
    else
        print_report(&report);
    json_decref(report.facts);
    json_decref(report.problems);
    workspace_free(w);
    return exit_code;
}
