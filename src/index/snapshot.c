// SPDX-License-Identifier: Apache-2.0
// Snapshot files: an edition on disk.
//
//   header      512 bytes: what this is, of which model, how long, checksums
//   directory   32 bytes for each segment
//   sellers     8 bytes for each pair of shop and brand
//   columns     of each segment, as they lie in RAM (segment.h), aligned to 64 bytes
//   lists       of each segment that has them (lists.h), behind its columns: those of the centres, only
//               in the first one of its category, then the ends of the lists, 4 bytes each
//
// Numbers are little-endian, as all machines are that nacre runs on. Every part has its CRC-32 (zlib), and
// all are checked before the first search, so a damaged file is refused and never searched. Opening maps the
// file privately: nothing is parsed or copied, and a changed price costs a page of RAM.
//
// A snapshot is written aside, synced, renamed: the path holds the old file or the new one, whole. While it
// is written, rows are packed: removed ones left out, a category's small segments put together. Segments with
// lists stay by themselves.
#include "index/index.h"

#include "index/lists.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/memory.h"

enum { SNAPSHOT_VERSION = 3 }; // 1: no segment of more than SEGMENT_ROWS rows; 2: at most 2048 lists

static const char MAGIC[8] = "nacreIDX";

struct header {
    char magic[8];
    uint32_t version;
    uint32_t segments;
    uint32_t sellers;
    uint32_t directory_checksum; // of all between the header and the columns
    uint64_t file_bytes;
    uint64_t items;
    char model[NACRE_MODEL_BYTES];
    uint8_t reserved[340];
    uint32_t checksum; // of all before
};
_Static_assert(sizeof(struct header) == 512, "the header's layout is part of the format");

struct entry { // of the directory
    uint64_t offset;
    uint32_t rows, lowest, highest;
    uint32_t checksum;
    uint16_t category, lists; // how many; 0: none
    uint32_t lists_checksum;
};
_Static_assert(sizeof(struct entry) == 32, "the directory's layout is part of the format");

static uint32_t checksum(const void *bytes, size_t length) {
    return (uint32_t)crc32_z(0, bytes, length);
}

static size_t list_ends_bytes(size_t lists) {
    return block_count(lists) * BLOCK_ITEMS * sizeof(uint32_t); // keeps what follows aligned
}

static uint64_t columns_offset(uint32_t segments, uint32_t sellers) {
    uint64_t end = sizeof(struct header) + (uint64_t)segments * sizeof(struct entry) +
                   (uint64_t)sellers * sizeof(struct seller);
    return (end + BLOCK_ITEMS - 1) / BLOCK_ITEMS * BLOCK_ITEMS;
}

// ---- Writing

struct writer {
    int file;
    const char *path; // of the file written aside
    struct header header;
    void *head; // directory and sellers, up to the columns
    size_t head_bytes;
    uint64_t end; // of what has been written
    struct segment *packed;
    uint64_t category_left; // live rows of the category's segments without lists that are still to be packed
    bool category_has_centres; // in the file
    nacre_error *error;
};

static nacre_status write_at(struct writer *w, const void *bytes, size_t length, uint64_t offset) {
    for (size_t done = 0; done < length;) {
        ssize_t n = pwrite(w->file, (const char *)bytes + done, length - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_errno(w->error, n < 0 ? errno : ENOSPC, "writing the index's snapshot %s", w->path);
        done += (size_t)n;
    }
    return NACRE_OK;
}

// Writes at the end; `sum` is the checksum of what it follows, and then of all.
static nacre_status append(struct writer *w, const void *bytes, size_t length, uint32_t *sum) {
    nacre_status status = write_at(w, bytes, length, w->end);
    *sum = (uint32_t)crc32_z(*sum, bytes, length);
    w->end += length;
    return status;
}

static nacre_status write_segment(struct writer *w, const struct segment *s) {
    struct entry *entry = (struct entry *)w->head + w->header.segments++;
    *entry = (struct entry){
        .offset = w->end,
        .rows = s->rows,
        .lowest = s->lowest,
        .highest = s->highest,
        .category = s->category,
    };
    return append(w, s->shape, segment_bytes(s->rows), &entry->checksum);
}

static nacre_status write_lists(struct writer *w, const struct segment *s, const struct segment *centres) {
    struct entry *entry = (struct entry *)w->head + w->header.segments - 1;
    const char padding[BLOCK_ITEMS * sizeof *s->list_ends] = {0};
    size_t length = centres->rows * sizeof *s->list_ends;
    entry->lists = (uint16_t)centres->rows;
    nacre_status status = NACRE_OK;
    if (!w->category_has_centres)
        status = append(w, centres->shape, segment_bytes(centres->rows), &entry->lists_checksum);
    w->category_has_centres = true;
    if (status == NACRE_OK)
        status = append(w, s->list_ends, length, &entry->lists_checksum);
    if (status == NACRE_OK)
        status = append(w, padding, list_ends_bytes(centres->rows) - length, &entry->lists_checksum);
    return status;
}

static nacre_status write_listed(struct writer *w, const struct view *v) {
    struct segment *s = lists_copy(v); // prices change meanwhile, and a checksum must not
    if (!s)
        return error_memory(w->error, "writing the index's snapshot");
    nacre_status status = write_segment(w, s);
    if (status == NACRE_OK)
        status = write_lists(w, s, v->segment->centres);
    segment_release(s);
    return status;
}

static nacre_status pack_view(struct writer *w, const struct view *v) {
    for (uint32_t n = 0; n < v->segment->rows; n++) {
        if (view_is_dead(v, n))
            continue;
        if (!w->packed) {
            size_t rows = w->category_left < SEGMENT_ROWS ? w->category_left : SEGMENT_ROWS;
            w->packed = segment_new(v->segment->category, rows);
            if (!w->packed)
                return error_memory(w->error, "writing the index's snapshot");
            w->category_left -= rows;
        }
        struct row row;
        segment_get(v->segment, n, &row);
        segment_add(w->packed, &row);
        if (w->packed->rows == w->packed->capacity) {
            nacre_status status = write_segment(w, w->packed);
            segment_release(w->packed);
            w->packed = NULL;
            if (status != NACRE_OK)
                return status;
        }
    }
    return NACRE_OK;
}

// The first view behind the category of view `first`; counts its views with lists, and the others' live rows.
static size_t look_at_category(const struct edition *e, size_t first, uint64_t *listed, uint64_t *left) {
    size_t end = edition_category_end(e, first, left);
    *listed = 0;
    for (size_t i = first; i < end; i++)
        if (e->views[i].segment->centres) {
            *left -= e->views[i].live;
            ++*listed;
        }
    return end;
}

static uint32_t count_segments(const struct edition *e) {
    uint64_t count = 0, listed, left;
    for (size_t i = 0; i < e->count;) {
        i = look_at_category(e, i, &listed, &left);
        count += listed + (left + SEGMENT_ROWS - 1) / SEGMENT_ROWS;
    }
    return (uint32_t)count;
}

static nacre_status write_columns(struct writer *w, const struct edition *e) {
    nacre_status status = NACRE_OK;
    uint64_t listed;
    for (size_t i = 0; i < e->count && status == NACRE_OK;) {
        size_t end = look_at_category(e, i, &listed, &w->category_left);
        w->category_has_centres = false;
        for (; i < end && status == NACRE_OK; i++)
            status = (e->views[i].segment->centres ? write_listed : pack_view)(w, &e->views[i]);
    }
    segment_release(w->packed); // left only after a failure
    return status;
}

static nacre_status write_snapshot(struct writer *w, const struct sellers *sellers, const struct edition *e) {
    uint32_t segments = count_segments(e);
    w->end = columns_offset(segments, w->header.sellers);
    w->head_bytes = w->end - sizeof w->header;
    w->head = memory_new(1, w->head_bytes);
    if (!w->head)
        return error_memory(w->error, "writing the index's snapshot");
    nacre_status status = write_columns(w, e);
    if (status != NACRE_OK)
        return status;
    struct seller *pairs = (struct seller *)((struct entry *)w->head + segments);
    for (uint32_t i = 0; i < w->header.sellers; i++)
        pairs[i] = sellers_get(sellers, i);
    memcpy(w->header.magic, MAGIC, sizeof MAGIC);
    w->header.version = SNAPSHOT_VERSION;
    w->header.items = e->live;
    w->header.file_bytes = w->end;
    w->header.directory_checksum = checksum(w->head, w->head_bytes);
    w->header.checksum = checksum(&w->header, offsetof(struct header, checksum));
    status = write_at(w, w->head, w->head_bytes, sizeof w->header);
    if (status == NACRE_OK)
        status = write_at(w, &w->header, sizeof w->header, 0);
    if (status == NACRE_OK && (ftruncate(w->file, (off_t)w->end) || fsync(w->file)))
        status = error_errno(w->error, errno, "writing the index's snapshot %s", w->path);
    return status;
}

// Makes the rename itself safe against a power cut.
static void sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int file = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (file >= 0) {
        fsync(file);
        close(file);
    }
    free(folder);
}

nacre_status nacre_index_save(nacre_index *index, const char *path, nacre_error *error) {
    nacre_status status = nacre_index_commit(index, error);
    if (status != NACRE_OK)
        return status;
    char *aside = NULL;
    if (asprintf(&aside, "%s.XXXXXX", path) < 0)
        return error_memory(error, "writing the index's snapshot");
    struct writer w = {.file = mkostemp(aside, O_CLOEXEC), .path = aside, .error = error};
    if (w.file < 0) {
        status = error_errno(error, errno, "writing the index's snapshot %s", path);
        free(aside);
        return status;
    }
    memcpy(w.header.model, index->model, sizeof index->model);
    unsigned slot;
    const struct edition *e = shelf_pin(&index->shelf, &slot);
    pthread_mutex_lock(&index->writer); // all pairs that the pinned edition's rows name are there by now
    w.header.sellers = index->sellers.count;
    pthread_mutex_unlock(&index->writer);
    status = write_snapshot(&w, &index->sellers, e);
    shelf_unpin(&index->shelf, slot);
    close(w.file);
    if (status == NACRE_OK && rename(aside, path))
        status = error_errno(error, errno, "renaming %s to %s", aside, path);
    if (status == NACRE_OK)
        sync_folder(path);
    else
        unlink(aside);
    memory_free(w.head);
    free(aside);
    return status;
}

// ---- Reading

static nacre_status map_file(const char *path, struct mapping **result, nacre_error *error) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return error_set(error, NACRE_ERROR_NOT_FOUND, "there is no snapshot of the index at %s", path);
    if (file < 0)
        return error_errno(error, errno, "opening the index's snapshot %s", path);
    struct stat about;
    void *bytes = MAP_FAILED;
    nacre_status status = NACRE_OK;
    if (fstat(file, &about))
        status = error_errno(error, errno, "opening the index's snapshot %s", path);
    else if (!S_ISREG(about.st_mode) || about.st_size < (off_t)sizeof(struct header))
        status = error_set(error, NACRE_ERROR_FORMAT, "%s is no snapshot of an index: it is too short", path);
    else
        bytes =
            mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (status == NACRE_OK && bytes == MAP_FAILED)
        status = error_errno(error, errno, "mapping the index's snapshot %s", path);
    close(file);
    if (status != NACRE_OK)
        return status;
    *result = mapping_new(bytes, (size_t)about.st_size);
    return *result ? NACRE_OK : error_memory(error, "opening the index's snapshot");
}

static nacre_status damaged(const char *path, uint64_t offset, const char *what, nacre_error *error) {
    return error_set(error, NACRE_ERROR_FORMAT,
                     "the index's snapshot %s is damaged at byte %llu: %s; delete it, it is made again", path,
                     (unsigned long long)offset, what);
}

static nacre_status check_header(const struct header *h, const char *path, const struct mapping *m,
                                 const char *model, nacre_error *error) {
    if (memcmp(h->magic, MAGIC, sizeof MAGIC) != 0)
        return error_set(error, NACRE_ERROR_FORMAT, "%s is no snapshot of an index", path);
    if (h->version > SNAPSHOT_VERSION)
        return error_set(
            error, NACRE_ERROR_VERSION,
            "the index's snapshot %s is of version %u, written by a newer nacre; this one reads %d", path,
            h->version, SNAPSHOT_VERSION);
    if (checksum(h, offsetof(struct header, checksum)) != h->checksum)
        return damaged(path, 0, "the header's checksum is wrong", error);
    if (h->file_bytes != m->length)
        return error_set(error, NACRE_ERROR_FORMAT,
                         "the index's snapshot %s is cut: %zu of %llu bytes; delete it, it is made again",
                         path, m->length, (unsigned long long)h->file_bytes);
    if (memcmp(h->model, model, NACRE_MODEL_BYTES) != 0)
        return error_set(error, NACRE_ERROR_VERSION,
                         "the codes in the snapshot %s are of model \"%.127s\", not \"%s\"", path, h->model,
                         model);
    if (columns_offset(h->segments, h->sellers) > m->length)
        return damaged(path, sizeof *h, "the directory is longer than the file", error);
    if (checksum(h + 1, columns_offset(h->segments, h->sellers) - sizeof *h) != h->directory_checksum)
        return damaged(path, sizeof *h, "the directory's checksum is wrong", error);
    return NACRE_OK;
}

// What follows the columns of a segment with lists; `first`: of its category.
static size_t lists_bytes(const struct entry *entry, bool first) {
    return entry->lists ? list_ends_bytes(entry->lists) + (first ? segment_bytes(entry->lists) : 0) : 0;
}

static nacre_status check_entry(const struct entry *entry, bool first, const char *path,
                                const struct mapping *m, nacre_error *error) {
    if (entry->rows == 0 || entry->rows > (entry->lists ? LISTED_ROWS : SEGMENT_ROWS) ||
        entry->offset % BLOCK_ITEMS || entry->lists > MAX_LISTS || entry->offset > m->length ||
        segment_bytes(entry->rows) + lists_bytes(entry, first) > m->length - entry->offset)
        return damaged(path, entry->offset, "a segment lies outside of the file", error);
    if (checksum(m->bytes + entry->offset, segment_bytes(entry->rows)) != entry->checksum)
        return damaged(path, entry->offset, "a segment's checksum is wrong", error);
    uint64_t lists = entry->offset + segment_bytes(entry->rows);
    if (checksum(m->bytes + lists, lists_bytes(entry, first)) != entry->lists_checksum)
        return damaged(path, lists, "the checksum of a segment's lists is wrong", error);
    return NACRE_OK;
}

// A segment whose columns lie in the file; NULL when out of memory.
static struct segment *map_segment(struct mapping *m, uint64_t offset, uint16_t category, uint32_t rows) {
    struct segment *s = memory_new(1, sizeof *s);
    if (!s)
        return NULL;
    *s =
        (struct segment){.references = 1, .category = category, .rows = rows, .capacity = rows, .mapping = m};
    m->references++;
    segment_lay_out(s, m->bytes + offset, rows);
    return s;
}

// Gives a segment its lists; `centres` are its category's, NULL: they lie here. False: out of memory.
static bool map_lists(struct segment *s, const struct entry *entry, struct mapping *m,
                      struct segment *centres) {
    uint64_t offset = entry->offset + segment_bytes(entry->rows);
    s->list_ends = (const uint32_t *)(m->bytes + offset + (centres ? 0 : segment_bytes(entry->lists)));
    s->centres = centres;
    if (centres)
        centres->references++;
    else
        s->centres = map_segment(m, offset, entry->category, entry->lists);
    return s->centres;
}

static nacre_status add_view(struct edition *e, const struct entry *entry, struct mapping *m,
                             struct segment *centres, nacre_error *error) {
    struct segment *s = map_segment(m, entry->offset, entry->category, entry->rows);
    if (!s)
        return error_memory(error, "opening the index's snapshot");
    s->lowest = entry->lowest;
    s->highest = entry->highest;
    if (entry->lists && !map_lists(s, entry, m, centres)) {
        segment_release(s);
        return error_memory(error, "opening the index's snapshot");
    }
    e->views[e->count++] = (struct view){.segment = s, .live = s->rows};
    e->live += s->rows;
    return NACRE_OK;
}

static bool sellers_are_known(const struct segment *s, uint32_t count) {
    uint32_t highest = 0;
    for (size_t n = 0; n < block_count(s->rows) * BLOCK_ITEMS; n++) { // filters look at whole blocks
        uint32_t seller = segment_seller(s, n);
        highest = seller > highest ? seller : highest;
    }
    return highest < count;
}

static nacre_status read_edition(const struct header *h, const char *path, struct mapping *m,
                                 struct edition *e, nacre_error *error) {
    const struct entry *entries = (const struct entry *)(h + 1);
    struct segment *centres = NULL; // of the category
    for (uint32_t i = 0; i < h->segments; i++) {
        if (centres && centres->category != entries[i].category)
            centres = NULL;
        nacre_status status = check_entry(&entries[i], !centres, path, m, error);
        if (status == NACRE_OK)
            status = add_view(e, &entries[i], m, centres, error);
        if (status != NACRE_OK)
            return status;
        const struct segment *s = e->views[i].segment;
        if ((i && entries[i].category < entries[i - 1].category) || !sellers_are_known(s, h->sellers) ||
            (s->centres && (s->centres->rows != entries[i].lists || !lists_are_whole(s))))
            return damaged(path, entries[i].offset, "a segment's numbers are impossible", error);
        centres = s->centres ? s->centres : centres;
    }
    return NACRE_OK;
}

static nacre_status read_sellers(nacre_index *index, const struct header *h, const char *path,
                                 nacre_error *error) {
    const struct seller *pairs = (const struct seller *)((const struct entry *)(h + 1) + h->segments);
    for (uint32_t i = 0, number; i < h->sellers; i++) {
        nacre_status status = sellers_intern(&index->sellers, pairs[i], &number, error);
        if (status != NACRE_OK)
            return status;
        if (number != i)
            return damaged(path, sizeof *h, "a pair of shop and brand stands there twice", error);
    }
    return NACRE_OK;
}

static nacre_status load(nacre_index *index, const char *path, struct mapping *m, nacre_error *error) {
    const struct header *h = (const struct header *)m->bytes;
    nacre_status status = check_header(h, path, m, index->model, error);
    if (status == NACRE_OK)
        status = read_sellers(index, h, path, error);
    if (status != NACRE_OK)
        return status;
    struct edition *e = edition_new(h->segments);
    if (!e)
        return error_memory(error, "opening the index's snapshot");
    status = read_edition(h, path, m, e, error);
    if (status != NACRE_OK) {
        edition_free(e);
        return status;
    }
    shelf_publish(&index->shelf, e);
    return NACRE_OK;
}

nacre_status nacre_index_open(const char *path, const nacre_index_options *options, nacre_index **result,
                              nacre_error *error) {
    nacre_index *index = NULL;
    struct mapping *m = NULL;
    nacre_status status = index_new(options, &index, error);
    if (status == NACRE_OK)
        status = map_file(path, &m, error);
    if (status == NACRE_OK)
        status = load(index, path, m, error);
    mapping_release(m);
    if (status == NACRE_OK)
        status = index_start(index, options, error);
    if (status == NACRE_OK)
        *result = index;
    else
        nacre_index_free(index);
    return status;
}
