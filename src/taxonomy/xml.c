// SPDX-License-Identifier: Apache-2.0
#include "taxonomy/xml.h"

#include <ctype.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

nacre_status xml_error(nacre_error *error, nacre_status status, const char *path, const xmlNode *node,
                       const char *format, ...) {
    char text[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(error, status, "%s:%ld: %s", path, xmlGetLineNo(node), text);
}

bool xml_is(const xmlNode *node, const char *name) {
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static nacre_status check_root(xmlDocPtr document, const char *path, const char *root, int version,
                               nacre_error *error) {
    const xmlNode *node = xmlDocGetRootElement(document);
    if (document->intSubset)
        return error_set(error, NACRE_ERROR_FORMAT, "%s: a DOCTYPE is not allowed here; remove it", path);
    if (!xml_is(node, root))
        return xml_error(error, NACRE_ERROR_FORMAT, path, node, "the root element is <%s>, not <%s>",
                         node->name, root);
    char text[16] = "";
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)"version");
    if (value)
        snprintf(text, sizeof text, "%s", (const char *)value);
    xmlFree(value);
    char *end;
    long found = strtol(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || found < 1)
        return xml_error(error, NACRE_ERROR_FORMAT, path, node, "<%s> needs version=\"%d\"", root, version);
    if (found > version)
        return xml_error(error, NACRE_ERROR_VERSION, path, node,
                         "this file is of version %ld, but this nacre reads up to %d; update nacre", found,
                         version);
    return NACRE_OK;
}

nacre_status xml_parse(const char *text, size_t length, const char *path, const char *root, int version,
                       xmlDocPtr *result, nacre_error *error) {
    if (length > LIMIT_XML_FILE_BYTES)
        return error_set(error, NACRE_ERROR_LIMIT, "%s: larger than %d bytes", path, LIMIT_XML_FILE_BYTES);
    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (!parser)
        return error_memory(error, "reading XML");
    xmlDocPtr document =
        xmlCtxtReadMemory(parser, text, (int)length, NULL, NULL,
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
    nacre_status status = NACRE_OK;
    if (!document) {
        const xmlError *why = xmlCtxtGetLastError(parser);
        status = error_set(error, NACRE_ERROR_FORMAT, "%s:%d: not well-formed XML: %s", path,
                           why ? why->line : 0, why && why->message ? why->message : "no root element");
    } else {
        status = check_root(document, path, root, version, error);
    }
    xmlFreeParserCtxt(parser);
    if (status != NACRE_OK)
        xmlFreeDoc(document);
    else
        *result = document;
    return status;
}

nacre_status xml_read(const char *path, const char *root, int version, xmlDocPtr *result,
                      nacre_error *error) {
    char *text;
    size_t length;
    nacre_status status = file_read(path, LIMIT_XML_FILE_BYTES, &text, &length, error);
    if (status != NACRE_OK)
        return status;
    status = xml_parse(text, length, path, root, version, result, error);
    memory_free(text);
    return status;
}

nacre_status xml_attribute(arena *a, const xmlNode *node, const char *name, char **value,
                           nacre_error *error) {
    *value = NULL;
    xmlChar *raw = xmlGetNoNsProp(node, (const xmlChar *)name);
    if (!raw)
        return NACRE_OK;
    const char *start = (const char *)raw;
    size_t length = strlen(start);
    while (length > 0 && isspace((unsigned char)start[length - 1]))
        length--;
    while (length > 0 && isspace((unsigned char)*start)) {
        start++;
        length--;
    }
    *value = arena_text_n(a, start, length);
    xmlFree(raw);
    return *value ? NACRE_OK : error_memory(error, "reading XML");
}

static bool is_listed(const char *name, const char *names) {
    size_t length = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += length) {
        bool starts = at == names || at[-1] == ' ';
        if (starts && (at[length] == ' ' || at[length] == 0))
            return true;
    }
    return false;
}

nacre_status xml_check_attributes(const xmlNode *node, const char *path, const char *names,
                                  nacre_error *error) {
    for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
        const char *name = (const char *)attribute->name;
        if (attribute->ns || !is_listed(name, names))
            return xml_error(error, NACRE_ERROR_FORMAT, path, node,
                             "<%s> has no attribute \"%s\"; it knows: %s", node->name, name, names);
    }
    return NACRE_OK;
}

nacre_status xml_element(const char *path, xmlNode *node, xmlNode **element, nacre_error *error) {
    *element = NULL;
    for (; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE) {
            *element = node;
            return NACRE_OK;
        }
        if (node->type != XML_COMMENT_NODE && node->type != XML_PI_NODE && !xmlIsBlankNode(node))
            return xml_error(error, NACRE_ERROR_FORMAT, path, node,
                             "text between elements; make it a comment: <!-- … -->");
    }
    return NACRE_OK;
}

bool xml_append_line(xmlNode *parent, xmlNode *child) {
    static const char line[] = "\n                                ";
    size_t depth = 0;
    for (const xmlNode *up = parent; up && up->type == XML_ELEMENT_NODE && depth < 16; up = up->parent)
        depth++;
    bool has_line = parent->last && xmlIsBlankNode(parent->last);
    xmlNode *before = has_line ? xmlNewText((const xmlChar *)"  ")
                               : xmlNewTextLen((const xmlChar *)line, (int)(1 + 2 * depth));
    if (!before || !xmlAddChild(parent, before) || !xmlAddChild(parent, child))
        return false;
    return xmlAddChild(parent, xmlNewTextLen((const xmlChar *)line, (int)(2 * depth - 1))) != NULL;
}

// libxml2 writes every ">" of an attribute as "&gt;", which nobody wants to read in a path: turns them back,
// inside tags only. Gives the new length.
static size_t unescape_tags(char *text, size_t length) {
    static const struct span {
        const char *open, *close;
    } verbatim[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};
    size_t written = 0;
    bool in_tag = false;
    for (size_t i = 0; i < length;) {
        size_t run = 1;
        for (size_t v = 0; v < sizeof verbatim / sizeof *verbatim && !in_tag; v++) {
            if (strncmp(text + i, verbatim[v].open, strlen(verbatim[v].open)) == 0) {
                const char *end = strstr(text + i, verbatim[v].close);
                run = end ? (size_t)(end - text) + strlen(verbatim[v].close) - i : length - i;
            }
        }
        if (run == 1 && in_tag && strncmp(text + i, "&gt;", 4) == 0) {
            text[written++] = '>';
            i += 4;
            continue;
        }
        if (run == 1 && (text[i] == '<' || text[i] == '>'))
            in_tag = text[i] == '<';
        memmove(text + written, text + i, run);
        written += run;
        i += run;
    }
    text[written] = 0;
    return written;
}

nacre_status xml_text(xmlDocPtr document, char **text, size_t *length, nacre_error *error) {
    xmlChar *dumped = NULL;
    int dumped_length = 0;
    xmlDocDumpMemoryEnc(document, &dumped, &dumped_length, document->encoding ? NULL : "UTF-8");
    char *copy = dumped ? memory_new((size_t)dumped_length + 1, 1) : NULL;
    if (copy) {
        *length = unescape_tags((char *)dumped, (size_t)dumped_length);
        memcpy(copy, dumped, *length + 1); // by length: in UTF-16 it is full of 0 bytes
        *text = copy;
    }
    xmlFree(dumped);
    return copy ? NACRE_OK : error_memory(error, "writing XML");
}

nacre_status xml_write(xmlDocPtr document, const char *path, nacre_error *error) {
    char *text = NULL, *folder = memory_copy_text(path);
    size_t length;
    nacre_status status =
        folder ? xml_text(document, &text, &length, error) : error_memory(error, "writing XML");
    if (status == NACRE_OK)
        status = file_make_folder(dirname(folder), error);
    if (status == NACRE_OK)
        status = file_write(path, text, length, error);
    memory_free(folder);
    memory_free(text);
    return status;
}
