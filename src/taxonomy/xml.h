// SPDX-License-Identifier: Apache-2.0
// Reading the room's small hand-edited XML files with libxml2: no network, no DOCTYPE, limits, and errors
// that name file and line. Any thread, as long as a document belongs to one.
#ifndef NACRE_TAXONOMY_XML_H
#define NACRE_TAXONOMY_XML_H

#include <stdbool.h>

#include <libxml/tree.h>

#include "base/arena.h"
#include "base/error.h"

// Parses the file; its root must be <`root` version="N"> with 1 <= N <= `version`. Free with xmlFreeDoc.
// Errors: not-found, io, limit, format, version, memory.
nacre_status xml_read(const char *path, const char *root, int version, xmlDocPtr *result,
                      nacre_error *error) MUST_CHECK;

// As xml_read from text; `path` is the name that errors use.
nacre_status xml_parse(const char *text, size_t length, const char *path, const char *root, int version,
                       xmlDocPtr *result, nacre_error *error) MUST_CHECK;

// The attribute's value with outer spaces cut off, copied into `a`; `*value` is NULL where it is absent.
// Error: memory.
nacre_status xml_attribute(arena *a, const xmlNode *node, const char *name, char **value,
                           nacre_error *error) MUST_CHECK;

// Refuses attributes that are not in `names` (separated by spaces), so that a misspelt one is never ignored.
nacre_status xml_check_attributes(const xmlNode *node, const char *path, const char *names,
                                  nacre_error *error) MUST_CHECK;

// The first element at or after `node` among its siblings, or NULL; text other than white space is an error.
nacre_status xml_element(const char *path, xmlNode *node, xmlNode **element, nacre_error *error) MUST_CHECK;

bool xml_is(const xmlNode *node, const char *name);

// Puts `child`, which is taken over, on a line of its own behind all others; false where memory ran out.
bool xml_append_line(xmlNode *parent, xmlNode *child) MUST_CHECK;

// The document with comments, order and encoding as they were read; `*text` is on the heap (memory_free).
nacre_status xml_text(xmlDocPtr document, char **text, size_t *length, nacre_error *error) MUST_CHECK;

// Writes that text into a file; folders on the way are made.
nacre_status xml_write(xmlDocPtr document, const char *path, nacre_error *error) MUST_CHECK;

// "PATH:LINE: " and the message.
nacre_status xml_error(nacre_error *error, nacre_status status, const char *path, const xmlNode *node,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
