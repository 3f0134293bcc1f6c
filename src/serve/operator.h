// SPDX-License-Identifier: Apache-2.0
// The operator's part of the interface, /v1/operator/…: shops and their mappings. Whoever asks must show the
// token that nacre.ini holds ([access] operator_token); without one in there nobody is let in.
#ifndef NACRE_SERVE_OPERATOR_H
#define NACRE_SERVE_OPERATOR_H

#include "serve/server.h"

// Reads the token; `*token` is on the heap (memory_free), NULL where none is set. Error format: one too short
// to be secret. No message repeats it.
nacre_status operator_read_token(const workspace *w, char **token, nacre_error *error) MUST_CHECK;

bool operator_owns(const char *path);

// Whether the request may go on; else it is answered. To be asked before its body is taken in.
bool operator_lets_in(const struct server *server, const struct request *request, struct reply *reply);

// Answers a request that was let in.
void operator_answer(struct server *server, engine *e, const struct request *request, struct reply *reply);

#endif
