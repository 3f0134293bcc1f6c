// SPDX-License-Identifier: Apache-2.0
// The engine: taxonomy, networks and index of one workspace, loaded and ready to search. It follows the
// catalogue: engine_follow takes in what crawler and indexer changed since.
//
// Any thread may search; engine_follow belongs to one thread at a time, and runs beside searches.
#ifndef NACRE_SEARCH_ENGINE_H
#define NACRE_SEARCH_ENGINE_H

#include "base/workspace.h"
#include "catalogue/catalogue.h"
#include "picture/store.h"
#include "taxonomy/taxonomy.h"
#include "vision/vision.h"

typedef struct engine engine;

// Loads everything. `threads` for networks and searches; 0: one per processor. `w` must outlive the engine;
// picture_start must have been called.
nacre_status engine_open(const workspace *w, int threads, engine **result, nacre_error *error) MUST_CHECK;

void engine_close(engine *e);

// Takes in the catalogue's changes since the last call; `*changes` counts items put, changed or removed.
nacre_status engine_follow(engine *e, size_t *changes, nacre_error *error) MUST_CHECK;

// Saves the index beside the catalogue, so that the next start need not read every item from it. Does nothing
// where little has changed since the last time; `at_end` of a server's life a little is enough.
nacre_status engine_save(engine *e, bool at_end, nacre_error *error) MUST_CHECK;

const workspace *engine_workspace(const engine *e);
const taxonomy *engine_taxonomy(const engine *e);
vision *engine_vision(const engine *e);
nacre_index *engine_index(const engine *e);
picture_store *engine_pictures(const engine *e);

// Names and versions of the networks, "detector-1, encoder-1".
const char *engine_models(const engine *e);

// Whether an item of this category is searched in siblings too ([search] siblings).
bool engine_searches_siblings(const engine *e);

// nacre_query's `lists` ([search] lists).
uint16_t engine_search_lists(const engine *e);

// How many of the best hits the second stage puts in order again ([search] refine); 0: none.
size_t engine_search_refine(const engine *e);

// A catalogue connection of the caller's own until it gives it back.
nacre_status engine_borrow_catalogue(engine *e, catalogue **c, nacre_error *error) MUST_CHECK;
void engine_return_catalogue(engine *e, catalogue *c);

#endif
