// SPDX-License-Identifier: Apache-2.0
#include "label/seg.h"

#include <glib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

enum {
    FORMAT_VERSION = 1,
    MAX_OBJECTS = 10000,
    MAX_POINTS = 100000, // of one polygon
    MAX_WORDS = 10000,   // of one list
};

static const char *const DOMAINS[SEG_DOMAINS] = {"unknown", "street", "user", "studio"};
static const char *const STATES[SEG_STATES] = {"drawn", "checked", "doubtful"};

const char *seg_domain_word(enum seg_domain domain) {
    return DOMAINS[domain];
}

const char *seg_state_word(enum seg_state state) {
    return STATES[state];
}

bool seg_parse_domain(const char *word, enum seg_domain *domain) {
    for (int i = 0; i < SEG_DOMAINS; i++) {
        if (strcmp(word, DOMAINS[i]) == 0) {
            *domain = (enum seg_domain)i;
            return true;
        }
    }
    return false;
}

bool seg_parse_state(const char *word, enum seg_state *state) {
    for (int i = 0; i < SEG_STATES; i++) {
        if (strcmp(word, STATES[i]) == 0) {
            *state = (enum seg_state)i;
            return true;
        }
    }
    return false;
}

void seg_format_number(double number, char text[SEG_NUMBER_BYTES]) {
    for (int digits = 15; digits <= 17; digits++) {
        char format[16];
        snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, SEG_NUMBER_BYTES, format, number == 0 ? 0 : number); // no -0
        if (g_ascii_strtod(text, NULL) == number)
            return;
    }
}

// --- Reading ---

struct reader {
    const char *at, *end;
    size_t line;
    arena *arena;
    nacre_error *error;
    struct seg *seg;
    struct seg_object *object; // the one being read; NULL in the head
    size_t capacity;           // of seg->objects
    bool seen_photo;
};

static nacre_status wrong(struct reader *r, nacre_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static nacre_status wrong(struct reader *r, nacre_status status, const char *format, ...) {
    char what[NACRE_ERROR_MESSAGE_BYTES - 32];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(r->error, status, "line %zu: %s", r->line, what);
}

static nacre_status no_memory(struct reader *r) {
    return wrong(r, NACRE_ERROR_LIMIT, "the file holds more than nacre reads");
}

// Room for one more element in a list of the arena that doubles as it grows; NULL at the arena's end.
static void *grow(arena *a, void *list, size_t count, size_t size) {
    if (count & (count - 1)) // room is made at 0, 1, 2, 4, 8 …
        return list;
    void *larger = arena_new(a, count ? 2 * count : 1, size);
    if (larger && count)
        memcpy(larger, list, count * size);
    return larger;
}

static nacre_status parse_int(struct reader *r, const char *word, int64_t least, int64_t most,
                              int64_t *number) {
    char *end;
    gint64 value = word ? g_ascii_strtoll(word, &end, 10) : 0;
    if (!word || *end || end == word || value < least || value > most)
        return wrong(r, NACRE_ERROR_FORMAT, "\"%s\" is not a whole number from %lld to %lld",
                     word ? word : "", (long long)least, (long long)most);
    *number = value;
    return NACRE_OK;
}

// The next word of `rest`, cut out of it; NULL at its end.
static char *next_word(char **rest) {
    char *word = *rest + strspn(*rest, " ");
    if (!*word)
        return NULL;
    char *end = word + strcspn(word, " ");
    *rest = *end ? end + 1 : end;
    *end = 0;
    return word;
}

static nacre_status parse_numbers(struct reader *r, char *rest, double *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *end, *word = next_word(&rest);
        numbers[i] = word ? g_ascii_strtod(word, &end) : NAN;
        if (!word || *end || !isfinite(numbers[i]))
            return wrong(r, NACRE_ERROR_FORMAT, "\"%s\" is not a number", word ? word : "");
    }
    return next_word(&rest) ? wrong(r, NACRE_ERROR_FORMAT, "there are too many numbers") : NACRE_OK;
}

static nacre_status read_photo(struct reader *r, char *rest) {
    int64_t width, height;
    nacre_status status = parse_int(r, next_word(&rest), 1, LIMIT_PICTURE_SIDE, &width);
    if (!status)
        status = parse_int(r, next_word(&rest), 1, LIMIT_PICTURE_SIDE, &height);
    if (status)
        return status;
    rest += strspn(rest, " ");
    if (!*rest || r->seen_photo)
        return wrong(r, NACRE_ERROR_FORMAT, "one line must be: photo WIDTH HEIGHT NAME");
    r->seen_photo = true;
    r->seg->photo = rest;
    r->seg->width = (int)width;
    r->seg->height = (int)height;
    return NACRE_OK;
}

static nacre_status add_text(struct reader *r, const char ***list, size_t *count, const char *text) {
    if (*count >= MAX_WORDS)
        return no_memory(r);
    *list = grow(r->arena, *list, *count, sizeof **list);
    if (!*list)
        return no_memory(r);
    (*list)[(*count)++] = text;
    return NACRE_OK;
}

static nacre_status read_polygon(struct reader *r, char *rest) {
    struct seg_object *o = r->object;
    size_t words = 0;
    for (const char *c = rest; *c; c++)
        words += *c != ' ' && (c == rest || c[-1] == ' ');
    if (words < 6 || words % 2 || words / 2 > MAX_POINTS)
        return wrong(r, NACRE_ERROR_FORMAT, "a polygon has the x and y of 3 to %d points", MAX_POINTS);
    if (o->polygon_count >= MAX_WORDS)
        return no_memory(r);
    o->polygons = grow(r->arena, o->polygons, o->polygon_count, sizeof *o->polygons);
    double *points = arena_new(r->arena, words, sizeof *points);
    if (!o->polygons || !points)
        return no_memory(r);
    o->polygons[o->polygon_count++] = (struct seg_polygon){points, words / 2};
    return parse_numbers(r, rest, points, words);
}

static nacre_status begin_object(struct reader *r) {
    struct seg *s = r->seg;
    if (s->object_count >= MAX_OBJECTS)
        return wrong(r, NACRE_ERROR_LIMIT, "there are more than %d objects", MAX_OBJECTS);
    s->objects = grow(r->arena, s->objects, s->object_count, sizeof *s->objects);
    if (!s->objects)
        return no_memory(r);
    r->object = &s->objects[s->object_count++];
    *r->object = (struct seg_object){.box = {NAN}};
    return NACRE_OK;
}

static nacre_status end_object(struct reader *r) {
    const struct seg_object *o = r->object;
    if (!o)
        return NACRE_OK;
    if (!o->category || isnan(o->box[0]))
        return wrong(r, NACRE_ERROR_FORMAT, "the object that ends here has no category or no box");
    if (o->mask && o->polygon_count)
        return wrong(r, NACRE_ERROR_FORMAT, "the object that ends here has both polygons and a mask");
    return NACRE_OK;
}

// A text that may be there once.
static nacre_status set_once(struct reader *r, const char **field, const char *text) {
    if (*field || !*text)
        return wrong(r, NACRE_ERROR_FORMAT, "this stands there twice, or is empty");
    *field = text;
    return NACRE_OK;
}

static nacre_status read_area(struct reader *r, char *text) {
    char *end;
    double area = g_ascii_strtod(text, &end);
    if (*end || !isfinite(area) || area < 0)
        return wrong(r, NACRE_ERROR_FORMAT, "\"%s\" is not an area", text);
    return set_once(r, &r->object->area, text);
}

static nacre_status read_head_line(struct reader *r, const char *key, char *rest) {
    struct seg *s = r->seg;
    if (strcmp(key, "photo") == 0)
        return read_photo(r, rest);
    if (strcmp(key, "id") == 0)
        return parse_int(r, rest, 1, INT64_MAX, &s->id);
    if (strcmp(key, "domain") == 0)
        return seg_parse_domain(rest, &s->domain)
                   ? NACRE_OK
                   : wrong(r, NACRE_ERROR_FORMAT, "the domain is street, user, studio or unknown");
    if (strcmp(key, "complete") == 0 && *rest)
        return add_text(r, &s->complete, &s->complete_count, rest);
    if (strcmp(key, "coco") == 0)
        return set_once(r, &s->extra, rest);
    return wrong(r, NACRE_ERROR_FORMAT, "the head has no line \"%s\"", key);
}

static nacre_status read_object_line(struct reader *r, const char *key, char *rest) {
    struct seg_object *o = r->object;
    if (strcmp(key, "category") == 0)
        return set_once(r, &o->category, rest);
    if (strcmp(key, "id") == 0)
        return parse_int(r, rest, 1, INT64_MAX, &o->id);
    if (strcmp(key, "box") == 0)
        return parse_numbers(r, rest, o->box, 4);
    if (strcmp(key, "polygon") == 0)
        return read_polygon(r, rest);
    if (strcmp(key, "mask") == 0)
        return set_once(r, &o->mask, rest);
    if (strcmp(key, "crowd") == 0 && !*rest) {
        o->crowd = true;
        return NACRE_OK;
    }
    if (strcmp(key, "colour") == 0 && *rest)
        return add_text(r, &o->colours, &o->colour_count, rest);
    if (strcmp(key, "drawn") == 0)
        return set_once(r, &o->drawn_by, rest);
    if (strcmp(key, "checked") == 0)
        return set_once(r, &o->checked_by, rest);
    if (strcmp(key, "state") == 0)
        return seg_parse_state(rest, &o->state)
                   ? NACRE_OK
                   : wrong(r, NACRE_ERROR_FORMAT, "the state is drawn, checked or doubtful");
    if (strcmp(key, "area") == 0)
        return read_area(r, rest);
    if (strcmp(key, "coco") == 0)
        return set_once(r, &o->extra, rest);
    return wrong(r, NACRE_ERROR_FORMAT, "an object has no line \"%s\"", key);
}

// The next line without spaces around it, as a copy in the arena; NULL when that is full.
static char *take_line(struct reader *r) {
    const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    size_t length = (size_t)((end ? end : r->end) - r->at);
    char *line = arena_text_n(r->arena, r->at, length);
    r->at = end ? end + 1 : r->end;
    r->line++;
    return line ? g_strstrip(line) : NULL;
}

static nacre_status read_line(struct reader *r, char *line) {
    if (!*line || *line == '#')
        return NACRE_OK;
    for (const char *c = line; *c; c++) {
        if ((unsigned char)*c < 0x20)
            return wrong(r, NACRE_ERROR_FORMAT, "there is a control character");
    }
    char *space = strchr(line, ' ');
    char *rest = space ? space + 1 + strspn(space + 1, " ") : line + strlen(line);
    if (space)
        *space = 0;
    if (strcmp(line, "object") == 0 && !*rest) {
        nacre_status status = end_object(r);
        return status ? status : begin_object(r);
    }
    return r->object ? read_object_line(r, line, rest) : read_head_line(r, line, rest);
}

static nacre_status read_first_line(struct reader *r) {
    char *line = take_line(r);
    if (!line)
        return no_memory(r);
    if (strncmp(line, "seg ", 4) != 0)
        return wrong(r, NACRE_ERROR_FORMAT, "a .seg file begins with \"seg %d\"", FORMAT_VERSION);
    int64_t version;
    nacre_status status = parse_int(r, line + 4, 1, INT32_MAX, &version);
    if (!status && version > FORMAT_VERSION)
        status = wrong(r, NACRE_ERROR_VERSION, "the file is of version %lld, this nacre reads up to %d",
                       (long long)version, FORMAT_VERSION);
    return status;
}

nacre_status seg_parse(const char *text, size_t length, arena *a, struct seg *result, nacre_error *error) {
    struct seg seg = {0};
    struct reader r = {.at = text, .end = text + length, .arena = a, .error = error, .seg = &seg};
    if (!g_utf8_validate(text, (gssize)length, NULL))
        return error_set(error, NACRE_ERROR_FORMAT, "the file is not UTF-8 text");
    nacre_status status = read_first_line(&r);
    while (!status && r.at < r.end) {
        char *line = take_line(&r);
        status = line ? read_line(&r, line) : no_memory(&r);
    }
    if (!status)
        status = end_object(&r);
    if (!status && !r.seen_photo)
        status = wrong(&r, NACRE_ERROR_FORMAT, "the head has no photo");
    if (!status)
        *result = seg;
    return status;
}

// --- Writing ---

struct writer {
    buffer *out;
    nacre_status status; // the first that went wrong; nothing is written after it
};

static void put(struct writer *w, const char *text) {
    if (!w->status)
        w->status = buffer_append_text(w->out, text);
}

// A line of a key and a text, where there is one. A text that would not be read back as it is is refused.
static void put_line(struct writer *w, const char *key, const char *text) {
    if (!text)
        return;
    size_t length = strlen(text);
    bool good = length > 0 && text[0] != ' ' && text[length - 1] != ' ' && g_utf8_validate(text, -1, NULL);
    for (const char *c = text; *c && good; c++)
        good = (unsigned char)*c >= 0x20;
    if (!good && !w->status)
        w->status = NACRE_ERROR_FORMAT;
    put(w, key);
    put(w, " ");
    put(w, text);
    put(w, "\n");
}

static void put_numbers(struct writer *w, const char *key, const double *numbers, size_t count) {
    put(w, key);
    for (size_t i = 0; i < count; i++) {
        char text[SEG_NUMBER_BYTES];
        seg_format_number(numbers[i], text);
        put(w, " ");
        put(w, text);
    }
    put(w, "\n");
}

static void put_id(struct writer *w, int64_t id) {
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)id);
    put_line(w, "id", id ? text : NULL);
}

static void put_object(struct writer *w, const struct seg_object *o) {
    put(w, "\nobject\n");
    put_line(w, "category", o->category);
    put_id(w, o->id);
    put_numbers(w, "box", o->box, 4);
    for (size_t i = 0; i < o->polygon_count; i++)
        put_numbers(w, "polygon", o->polygons[i].points, 2 * o->polygons[i].count);
    put_line(w, "mask", o->mask);
    if (o->crowd)
        put(w, "crowd\n");
    for (size_t i = 0; i < o->colour_count; i++)
        put_line(w, "colour", o->colours[i]);
    put_line(w, "drawn", o->drawn_by);
    put_line(w, "checked", o->checked_by);
    put_line(w, "state", seg_state_word(o->state));
    put_line(w, "area", o->area);
    put_line(w, "coco", o->extra);
}

nacre_status seg_print(const struct seg *s, buffer *out, nacre_error *error) {
    struct writer w = {.out = out};
    char size[64];
    snprintf(size, sizeof size, "photo %d %d", s->width, s->height);
    put(&w, "seg 1\n");
    put_line(&w, size, s->photo);
    put_id(&w, s->id);
    put_line(&w, "domain", seg_domain_word(s->domain));
    for (size_t i = 0; i < s->complete_count; i++)
        put_line(&w, "complete", s->complete[i]);
    put_line(&w, "coco", s->extra);
    for (size_t i = 0; i < s->object_count; i++)
        put_object(&w, &s->objects[i]);
    if (w.status == NACRE_ERROR_FORMAT)
        return error_set(error, w.status,
                         "writing labels: a name is empty, or has line feeds or spaces at its ends");
    return w.status ? error_set(error, w.status, "writing labels: they take too much memory") : NACRE_OK;
}

nacre_status seg_read(const char *path, arena *a, struct seg *result, nacre_error *error) {
    char *bytes;
    size_t length;
    nacre_status status = file_read(path, LIMIT_SEG_BYTES, &bytes, &length, error);
    if (status)
        return status;
    status = seg_parse(bytes, length, a, result, error);
    memory_free(bytes);
    return status ? error_prefix(error, status, "%s", path) : NACRE_OK;
}

nacre_status seg_write(const char *path, const struct seg *s, nacre_error *error) {
    buffer text;
    buffer_init(&text, LIMIT_SEG_BYTES);
    nacre_status status = seg_print(s, &text, error);
    status =
        status ? error_prefix(error, status, "%s", path) : file_write(path, text.bytes, text.length, error);
    buffer_fini(&text);
    return status;
}
