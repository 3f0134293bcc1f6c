// SPDX-License-Identifier: Apache-2.0
#include "crawl/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const struct crawl_settings defaults = {
    .connections_per_host = 4,
    .hosts = 32,
    .requests_per_second = 0,
    .timeout_s = 20,
    .tries = 3,
    .wait_ms = 1000,
    .recheck_days = 30,
    .keep_days = 30,
    .full_days = 7,
    .smallest_share = 50,
    .placeholder_products = 20,
    .obey_robots = true,
    .allow_private = false,
};

static nacre_status read_user_agent(const workspace *w, struct crawl_settings *settings, nacre_error *error) {
    char *contact = NULL;
    nacre_status status = w ? workspace_text(w, "crawl", "contact", NULL, &contact, error) : NACRE_OK;
    if (status)
        return status;
    for (const char *c = contact; c && *c; c++) {
        if ((unsigned char)*c < 0x20) {
            memory_free(contact);
            return error_set(error, NACRE_ERROR_FORMAT, "[crawl] contact holds a control character");
        }
    }
    snprintf(settings->user_agent, sizeof settings->user_agent, "nacre/%s%s%s%s", nacre_version(),
             contact ? " (+" : "", contact ? contact : "", contact ? ")" : "");
    memory_free(contact);
    return NACRE_OK;
}

nacre_status crawl_settings_read(const workspace *w, struct crawl_settings *settings, nacre_error *error) {
    struct crawl_settings s = defaults;
    const struct {
        const char *key;
        int64_t minimum, maximum;
        int64_t *value;
    } numbers[] = {
        {"connections_per_host", 1, 64, &s.connections_per_host},
        {"hosts", 1, 256, &s.hosts},
        {"requests_per_second", 0, 100000, &s.requests_per_second},
        {"timeout_s", 1, 600, &s.timeout_s},
        {"tries", 1, 20, &s.tries},
        {"wait_ms", 1, 600000, &s.wait_ms},
        {"recheck_days", 0, 3650, &s.recheck_days},
        {"keep_days", 0, 3650, &s.keep_days},
        {"full_days", 0, 3650, &s.full_days},
        {"smallest_share", 0, 100, &s.smallest_share},
        {"placeholder_products", 1, 1000000, &s.placeholder_products},
    };
    nacre_status status = NACRE_OK;
    for (size_t i = 0; w && !status && i < sizeof numbers / sizeof *numbers; i++)
        status = workspace_integer(w, "crawl", numbers[i].key, numbers[i].minimum, numbers[i].maximum,
                                   *numbers[i].value, numbers[i].value, error);
    if (w && !status)
        status = workspace_boolean(w, "crawl", "obey_robots", s.obey_robots, &s.obey_robots, error);
    if (w && !status)
        status = workspace_boolean(w, "crawl", "allow_private", s.allow_private, &s.allow_private, error);
    if (!status)
        status = read_user_agent(w, &s, error);
    if (!status)
        *settings = s;
    return status;
}
