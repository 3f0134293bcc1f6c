// SPDX-License-Identifier: Apache-2.0
// bench_feed FILE…: how fast a feed is read, against libxml2's own pass over the same bytes with empty
// callbacks. Both read the file from memory, in turns, and the least processor time of ROUNDS counts: a
// ratio, not a stopwatch.
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "feed/feed.h"

enum { ROUNDS = 3, PIECE_BYTES = 256 * 1024 };

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces, const xmlChar **namespace_list, int attributes, int defaulted,
                     const xmlChar **list) {
    (void)context, (void)name, (void)prefix, (void)uri, (void)namespaces, (void)namespace_list;
    (void)attributes, (void)defaulted, (void)list;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)context, (void)name, (void)prefix, (void)uri;
}

static void on_text(void *context, const xmlChar *text, int length) {
    (void)context, (void)text, (void)length;
}

static xmlSAXHandler empty_handler(void) {
    return (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                           .startElementNs = on_start,
                           .endElementNs = on_end,
                           .characters = on_text,
                           .cdataBlock = on_text};
}

static double time_pull(const char *bytes, size_t length) {
    double start = now_s();
    xmlSAXHandler handler = empty_handler();
    if (xmlSAXUserParseMemory(&handler, NULL, bytes, (int)length) != 0)
        fprintf(stderr, "bench_feed: libxml2 found a fault\n");
    return now_s() - start;
}

static double time_push(const char *bytes, size_t length) {
    double start = now_s();
    xmlSAXHandler handler = empty_handler();
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL);
    for (size_t at = 0; at < length; at += PIECE_BYTES)
        xmlParseChunk(parser, bytes + at, (int)(length - at < PIECE_BYTES ? length - at : PIECE_BYTES), 0);
    xmlParseChunk(parser, NULL, 0, 1);
    xmlFreeParserCtxt(parser);
    return now_s() - start;
}

static double time_reader(const char *bytes, size_t length, struct feed_summary *summary) {
    double start = now_s();
    const struct feed_handler handler = {0};
    feed_reader *reader;
    nacre_error error;
    if (feed_reader_new(FEED_AUTO, &handler, &reader, &error) != NACRE_OK)
        return 0;
    nacre_status status = NACRE_OK;
    for (size_t at = 0; at < length && status == NACRE_OK; at += PIECE_BYTES)
        status = feed_reader_push(reader, bytes + at, length - at < PIECE_BYTES ? length - at : PIECE_BYTES,
                                  &error);
    if (feed_reader_finish(reader, summary, &error) != NACRE_OK)
        fprintf(stderr, "bench_feed: %s\n", error.message);
    feed_reader_free(reader);
    return now_s() - start;
}

static void measure(const char *path, const char *bytes, size_t length) {
    double pull = 1e9, push = 1e9, reader = 1e9;
    struct feed_summary summary = {0};
    for (int round = 0; round < ROUNDS; round++) {
        double t = time_pull(bytes, length);
        pull = t < pull ? t : pull;
        t = time_push(bytes, length);
        push = t < push ? t : push;
        t = time_reader(bytes, length, &summary);
        reader = t < reader ? t : reader;
    }
    double fastest = pull < push ? pull : push;
    double mb = (double)length / 1e6;
    printf("{\"case\":\"feed/sax/%s\",\"ratio\":%.3f,\"bytes\":%zu,\"offers\":%zu,\"merged\":%zu,"
           "\"libxml2_pull_mb_s\":%.0f,\"libxml2_push_mb_s\":%.0f,\"nacre_mb_s\":%.0f}\n",
           path, fastest / reader, length, summary.offers, summary.merged, mb / pull, mb / push, mb / reader);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: bench_feed FILE...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        struct stat info;
        int file = open(argv[i], O_RDONLY);
        if (file < 0 || fstat(file, &info) < 0) {
            perror(argv[i]);
            return 1;
        }
        const char *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
        if (bytes == MAP_FAILED) {
            perror(argv[i]);
            return 1;
        }
        measure(argv[i], bytes, (size_t)info.st_size);
        munmap((void *)(uintptr_t)bytes, (size_t)info.st_size);
        close(file);
    }
    return 0;
}
