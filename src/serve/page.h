// SPDX-License-Identifier: Apache-2.0
// The page's files, read once at start: a request can name nothing else. Read only afterwards, by any thread.
#ifndef NACRE_SERVE_PAGE_H
#define NACRE_SERVE_PAGE_H

#include "base/workspace.h"
#include "serve/reply.h"

typedef struct page page;

nacre_status page_load(const workspace *w, page **result, nacre_error *error) MUST_CHECK;
void page_free(page *p);

// Answers with the file behind `path` ("/" is /index.html); false where there is none.
bool page_answer(const page *p, const char *path, struct reply *reply);

#endif
