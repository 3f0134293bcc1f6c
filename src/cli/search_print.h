// SPDX-License-Identifier: Apache-2.0
// Replies of `search` and `similar` for a person.
#ifndef NACRE_CLI_SEARCH_PRINT_H
#define NACRE_CLI_SEARCH_PRINT_H

#include <jansson.h>

void print_search_reply(const json_t *reply);
void print_similar_reply(const json_t *reply);

#endif
