// SPDX-License-Identifier: Apache-2.0
// Searches: every view of the wanted categories goes through the kernel, which reports only rows at least as
// good as the k-th best so far; each of those is tested (removed? filtered out?) and inserted. The better the
// list, the rarer that is: the rest is reading memory. Where few rows pass the filter it is the other way
// round: the filter is asked first, once for searches of a batch that share it, and of the codes only blocks
// with a row that passes are read.
//
// An approximate search first finds the nearest centres of each category with lists (lists.h), by the same
// scan, as if they were items. In a segment with lists it then scans only the blocks of theirs. Where few
// rows pass its filter it is exact: that is cheap, and the lists might hold none of them.
//
// A batch takes all queries over each group of blocks while it is in the first-level cache. A
// large search is a job: parts of its views are taken from a counter by the caller and by threads of the
// pool, whoever comes first; each keeps lists of its own, which are merged at the end. A thread that comes
// when nothing is left goes home; nobody waits for it.
#include "index/index.h"

#include <string.h>

#include "base/memory.h"
#include "index/lists.h"
#include "index/top.h"

enum {
    SMALL_GROUP = 4, // blocks: 8 kB of codes
    SKEWED = 4,      // ratio of weights from which most blocks are decided by the first plane
    PART_BLOCKS = SEGMENT_ROWS / BLOCK_ITEMS, // that a thread takes at once
    ROWS_FOR_THREADS = 4 * SEGMENT_ROWS,      // rows times queries below which one thread is faster
    ROWS_A_PAIR = 16,    // rows for each pair of shop and brand from which asking all pairs first is cheaper
    SAMPLED_BLOCKS = 16, // that tell how many rows of a part pass
};

// Of what a row's offer may be.
struct offer_filter {
    uint32_t price_min, price_max; // 0 .. PRICE_UNKNOWN: any
    bool only_available;
};

// A query made ready.
struct search {
    struct query_codes codes;
    bool shape_first;
    uint32_t group; // blocks a step
    const nacre_query *query;
    uint64_t *categories; // bit set up to the highest category of the edition; NULL: all
    struct offer_filter offers;
    bool filters, filters_sellers;
    size_t same_filter;  // first of the searches just before with the same filter, itself where there is none
    uint8_t *sellers;    // of that search: 1 for each pair of shop and brand that passes; NULL: not looked up
    atomic_uint limit;   // the smallest of all threads' lists
    struct top *nearest; // centres, for each of the job's; NULL: the search is exact
};

// What a thread takes at once: blocks of a view that a query wants.
struct part {
    const struct view *view;
    size_t block, end;
};

struct job {
    atomic_uint references; // the caller's and one for each task given to the pool
    struct search *searches;
    size_t search_count, k;
    const struct kernel *kernel;
    const struct sellers *sellers;
    struct part *parts;
    size_t part_count;
    uint64_t rows, listed_rows;     // of all of them; of those with lists
    const struct segment **centres; // of the categories with lists among them
    size_t centres_count;
    atomic_size_t next; // part to take
    pthread_mutex_t mutex;
    pthread_cond_t is_done;
    size_t done;      // parts, guarded by mutex
    struct top *tops; // merged, one for each query; guarded by mutex
};

// ---- One query over one view

static uint32_t clamp_price(int64_t price) {
    return price < 0 ? 0 : price > PRICE_HIGHEST ? PRICE_HIGHEST : (uint32_t)price;
}

static bool is_one_of(uint32_t number, const uint32_t *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return count == 0;
}

static bool offer_passes(struct offer_filter filter, uint32_t offer) {
    uint32_t price = offer >> 1;
    return (offer | !filter.only_available) & (price >= filter.price_min) & (price <= filter.price_max);
}

static bool seller_passes(const nacre_filter *filter, struct seller seller) {
    return is_one_of(seller.shop, filter->shops, filter->shop_count) &&
           is_one_of(seller.brand, filter->brands, filter->brand_count);
}

static bool passes(const struct search *s, const struct sellers *sellers, const struct segment *segment,
                   size_t row) {
    const nacre_filter *filter = &s->query->filter;
    if (!offer_passes(s->offers, atomic_load_explicit(&segment->offers[row], memory_order_relaxed)))
        return false;
    if (filter->without_product && (int64_t)segment->products[row] == filter->not_product)
        return false;
    return !s->filters_sellers || seller_passes(filter, sellers_get(sellers, segment_seller(segment, row)));
}

// Bit set of the rows of a block that pass, but for not_product. Loops without branches over local variables,
// which compilers turn into vectors; sellers are asked only of rows whose offers pass.
static uint64_t filter_block(const struct search *s, const struct segment *segment, size_t block) {
    const struct offer_filter wanted = s->offers;
    const _Atomic uint32_t *offers = segment->offers + block * BLOCK_ITEMS;
    uint32_t offer[BLOCK_ITEMS];
    uint8_t fits[BLOCK_ITEMS];
    for (size_t i = 0; i < BLOCK_ITEMS; i++)
        offer[i] = atomic_load_explicit(&offers[i], memory_order_relaxed);
    for (size_t i = 0; i < BLOCK_ITEMS; i++)
        fits[i] = offer_passes(wanted, offer[i]);
    uint64_t pass = 0;
    for (size_t i = 0; i < BLOCK_ITEMS; i += 8) {
        uint64_t bytes;
        memcpy(&bytes, fits + i, 8);
        pass |= (bytes * UINT64_C(0x0102040810204080)) >> 56 << i; // their lowest bits, side by side
    }
    for (uint64_t rest = s->sellers ? pass : 0; rest; rest &= rest - 1) {
        unsigned i = (unsigned)__builtin_ctzll(rest);
        pass &= ~((uint64_t)!s->sellers[segment_seller(segment, block * BLOCK_ITEMS + i)] << i);
    }
    return pass;
}

// Whether asking the filter first is cheaper. Where a share p of n rows passes, it asks 7 bytes of each row,
// and reads blocks here and there for p * n of them; the codes first, and about k / p rows are asked one by
// one. Both cost about the same for each (bench/README.md).
static bool few_pass(const struct job *job, const struct search *s, const struct part *part) {
    if (!s->filters || (s->filters_sellers && !s->sellers))
        return false;
    size_t step = (part->end - part->block) / SAMPLED_BLOCKS + 1, sampled = 0, rows = 0;
    for (size_t block = part->block + step / 2; block < part->end; block += step, sampled++)
        rows += (size_t)__builtin_popcountll(filter_block(s, part->view->segment, block));
    double share = (double)rows / (double)(sampled * BLOCK_ITEMS);
    return share * share * (double)job->rows < (double)job->k;
}

static bool wants(const struct search *s, uint16_t category) {
    return !s->categories || (s->categories[category / 64] >> category % 64 & 1);
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static uint32_t current_limit(struct search *s, const struct top *top) {
    return smaller(top_limit(top), atomic_load_explicit(&s->limit, memory_order_relaxed));
}

// Tells the other threads how good a row must be.
static void lower_limit(struct search *s, uint32_t limit) {
    uint32_t known = atomic_load_explicit(&s->limit, memory_order_relaxed);
    while (limit < known && !atomic_compare_exchange_weak_explicit(
                                &s->limit, &known, limit, memory_order_relaxed, memory_order_relaxed))
        ;
}

// What the kernel found, to be looked at by and by: the other columns of a row are lines of their own, and
// going there after each find would stop the stream of codes again and again.
enum { FINDINGS = 32 };
struct findings {
    size_t count;
    struct candidate rows[FINDINGS + GROUP_ITEMS]; // numbered from the view's first row
};

static void take(const struct job *job, struct search *s, struct top *top, const struct view *v,
                 struct findings *f) {
    const struct segment *segment = v->segment;
    for (size_t i = 0; i < f->count; i++) {
        size_t row = f->rows[i].item;
        if (f->rows[i].distance > top_limit(top) || row >= segment->rows || view_is_dead(v, row))
            continue;
        if (s->filters && !passes(s, job->sellers, segment, row))
            continue;
        struct place place = {
            .key = (uint64_t)f->rows[i].distance << 32 | segment->items[row],
            .product = segment->products[row],
            .category = segment->category,
            .first = f->rows[i].first,
            .second = f->rows[i].second,
        };
        top_add(top, place);
    }
    f->count = 0;
    lower_limit(s, top_limit(top));
}

// What a filter is asked of a row.
static void prefetch_filtered(const struct segment *segment, size_t row) {
    __builtin_prefetch((const void *)&segment->offers[row]);
    __builtin_prefetch(&segment->sellers_low[row]);
    __builtin_prefetch(&segment->sellers_high[row]);
}

// Adds what the kernel finds in n blocks, and has the rest of those rows come to be looked at.
static void find(const struct job *job, bool in_cache, struct search *s, const struct top *top,
                 const struct segment *segment, size_t block, size_t n, struct findings *f) {
    const uint8_t *first = s->shape_first ? segment->shape : segment->colour;
    const uint8_t *second = s->shape_first ? segment->colour : segment->shape;
    struct candidate *found = f->rows + f->count;
    size_t count = kernel_scan(job->kernel, in_cache, &s->codes, first + block * BLOCK_BYTES,
                               second + block * BLOCK_BYTES, n, current_limit(s, top), found);
    for (size_t i = 0; i < count; i++) {
        found[i].item += (uint32_t)(block * BLOCK_ITEMS);
        __builtin_prefetch(&segment->items[found[i].item]);
        __builtin_prefetch(&segment->products[found[i].item]);
        if (s->filters)
            prefetch_filtered(segment, found[i].item);
    }
    f->count += count;
}

static void scan_blocks(const struct job *job, bool in_cache, struct search *s, struct top *top,
                        const struct view *v, size_t block, size_t end) {
    struct findings f;
    f.count = 0;
    for (size_t n; block < end; block += n) {
        bool has_limit = top_limit(top) < UINT32_MAX;
        n = has_limit ? smaller((uint32_t)(end - block), s->group) : 1;
        find(job, in_cache, s, top, v->segment, block, n, &f);
        if (f.count > (has_limit ? FINDINGS : 0))
            take(job, s, top, v, &f);
    }
    take(job, s, top, v, &f);
}

static void prefetch_block(const struct segment *segment, size_t block) {
    for (size_t at = block * BLOCK_BYTES; at < (block + 1) * BLOCK_BYTES; at += BLOCK_ITEMS) {
        __builtin_prefetch(segment->shape + at);
        __builtin_prefetch(segment->colour + at);
    }
}

// Asks the filter of a group of blocks; codes of those where a row passes are on their way meanwhile.
static void filter_group(const struct search *s, const struct segment *segment, size_t block, size_t end,
                         uint64_t pass[GROUP_BLOCKS]) {
    for (size_t i = 0; block + i < end; i++) {
        pass[i] = filter_block(s, segment, block + i);
        if (pass[i])
            prefetch_block(segment, block + i);
    }
}

static void scan_passing(const struct job *job, struct search *s, struct top *top, const struct view *v,
                         size_t block, size_t end, const uint64_t pass[GROUP_BLOCKS]) {
    struct findings f;
    for (size_t i = 0; block + i < end; i++) {
        if (!pass[i])
            continue;
        f.count = 0;
        find(job, true, s, top, v->segment, block + i, 1, &f);
        size_t count = 0;
        for (size_t n = 0; n < f.count; n++)
            if (pass[i] >> f.rows[n].item % BLOCK_ITEMS & 1)
                f.rows[count++] = f.rows[n];
        f.count = count;
        take(job, s, top, v, &f);
    }
}

// Scans what lies in the part of the lists of the nearest centres, the nearest first. A block that two lists
// share may be scanned twice; a row comes in once all the same. To the kernel these are blocks read here and
// there: prefetching behind the end of a list would be in vain.
static void scan_lists(const struct job *job, struct search *s, struct top *top, const struct part *part) {
    const struct view *v = part->view;
    size_t category = 0;
    while (job->centres[category] != v->segment->centres)
        category++;
    const struct top *nearest = &s->nearest[category];
    for (size_t i = 0; i < nearest->count; i++) {
        uint32_t list = nearest->places[i].product;
        size_t first = list ? v->segment->list_ends[list - 1] : 0, last = v->segment->list_ends[list];
        size_t block = first / BLOCK_ITEMS, end = first < last ? block_count(last) : block;
        block = block < part->block ? part->block : block;
        end = end > part->end ? part->end : end;
        if (block < end)
            scan_blocks(job, true, s, top, v, block, end);
    }
}

static void scan_part(const struct job *job, struct top *tops, const struct part *part) {
    const struct view *v = part->view;
    bool filter_first[NACRE_MAX_QUERIES];
    for (size_t i = 0; i < job->search_count; i++) {
        size_t same = job->searches[i].same_filter;
        filter_first[i] = same < i ? filter_first[same] : few_pass(job, &job->searches[i], part);
    }
    bool in_lists[NACRE_MAX_QUERIES];
    size_t others = 0;
    for (size_t i = 0; i < job->search_count; i++) {
        struct search *s = &job->searches[i];
        in_lists[i] = s->nearest && v->segment->centres && !filter_first[i];
        others += !in_lists[i];
        if (in_lists[i] && wants(s, v->segment->category))
            scan_lists(job, s, &tops[i], part);
    }
    if (others == 0)
        return;
    size_t step = job->search_count > 1 ? SMALL_GROUP : filter_first[0] ? GROUP_BLOCKS : PART_BLOCKS;
    for (size_t block = part->block; block < part->end; block += step) {
        size_t end = block + step < part->end ? block + step : part->end, asked = SIZE_MAX;
        uint64_t pass[GROUP_BLOCKS]; // by the filter of search `asked`
        for (size_t i = 0; i < job->search_count; i++) {
            struct search *s = &job->searches[i];
            if (in_lists[i] || !wants(s, v->segment->category))
                continue;
            if (filter_first[i] && s->same_filter != asked) {
                asked = s->same_filter;
                filter_group(s, v->segment, block, end, pass);
            }
            if (filter_first[i])
                scan_passing(job, s, &tops[i], v, block, end, pass);
            else
                scan_blocks(job, job->search_count > 1, s, &tops[i], v, block, end);
        }
    }
}

// ---- Jobs

_Static_assert((int)NACRE_MAX_HITS <= TOP_LARGEST && (int)MAX_LISTS <= TOP_LARGEST, "any k fits");

// Lists for all queries in one block of memory; NULL when out of memory.
static struct top *tops_new(size_t count, size_t k) {
    size_t places = k + TOP_SPARE;
    struct top *tops = memory_new(count, sizeof *tops + places * sizeof(struct place));
    if (!tops)
        return NULL;
    struct place *first = (struct place *)(tops + count);
    for (size_t i = 0; i < count; i++)
        tops[i] = (struct top){.k = k, .worst = UINT64_MAX, .places = first + i * places};
    return tops;
}

static void tops_merge(struct top *into, const struct top *from, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t n = 0; n < from[i].count; n++)
            top_add(&into[i], from[i].places[n]);
}

static void job_release(struct job *job) {
    if (atomic_fetch_sub(&job->references, 1) != 1)
        return;
    for (size_t i = 0; job->searches && i < job->search_count; i++) {
        memory_free(job->searches[i].categories);
        memory_free(job->searches[i].nearest);
        if (job->searches[i].same_filter == i)
            memory_free(job->searches[i].sellers);
    }
    memory_free(job->searches);
    memory_free(job->parts);
    memory_free(job->centres);
    memory_free(job->tops);
    pthread_cond_destroy(&job->is_done);
    pthread_mutex_destroy(&job->mutex);
    memory_free(job);
}

// Takes parts until none is left.
static void work(struct job *job, struct top *tops) {
    size_t done = 0;
    for (size_t i; (i = atomic_fetch_add(&job->next, 1)) < job->part_count; done++)
        scan_part(job, tops, &job->parts[i]);
    if (done == 0)
        return;
    pthread_mutex_lock(&job->mutex);
    if (tops != job->tops)
        tops_merge(job->tops, tops, job->search_count);
    job->done += done;
    if (job->done == job->part_count)
        pthread_cond_signal(&job->is_done);
    pthread_mutex_unlock(&job->mutex);
}

static void help(void *argument) {
    struct job *job = argument;
    if (atomic_load(&job->next) < job->part_count) {
        struct top *tops = tops_new(job->search_count, job->k);
        if (tops)
            work(job, tops);
        memory_free(tops);
    }
    job_release(job);
}

// About how many rows all searches go over, each counting its own.
static uint64_t rows_to_scan(const struct job *job) {
    uint64_t rows = 0;
    for (size_t i = 0; i < job->search_count; i++) {
        const struct search *s = &job->searches[i];
        uint64_t in_lists = s->nearest && !s->filters ? job->listed_rows : 0;
        rows += job->rows - in_lists + in_lists * (s->nearest ? s->nearest->k : 0) / MAX_LISTS;
    }
    return rows;
}

static void run(nacre_index *index, struct job *job) {
    size_t helpers = index->pool && rows_to_scan(job) >= ROWS_FOR_THREADS ? index->threads - 1 : 0;
    struct top *own = helpers ? tops_new(job->search_count, job->k) : NULL;
    for (size_t i = 0; own && i < helpers && i + 1 < job->part_count; i++) {
        atomic_fetch_add(&job->references, 1);
        if (pool_try_submit(index->pool, help, job) != NACRE_OK) {
            job_release(job);
            break;
        }
    }
    work(job, own ? own : job->tops);
    pthread_mutex_lock(&job->mutex);
    while (job->done < job->part_count)
        pthread_cond_wait(&job->is_done, &job->mutex);
    pthread_mutex_unlock(&job->mutex);
    memory_free(own);
}

// ---- Making a job

static nacre_status check_query(const nacre_query *query, size_t number, nacre_error *error) {
    if (query->shape_weight == 0 && query->colour_weight == 0)
        return error_set(error, NACRE_ERROR_ARGUMENT, "query %zu: shape and colour weights are both 0",
                         number);
    return NACRE_OK;
}

static bool same_filter(const nacre_filter *a, const nacre_filter *b) {
    return a->shops == b->shops && a->shop_count == b->shop_count && a->brands == b->brands &&
           a->brand_count == b->brand_count && a->price_min == b->price_min && a->price_max == b->price_max &&
           a->only_available == b->only_available;
}

static bool search_init(struct search *s, const nacre_query *query, size_t category_limit) {
    s->query = query;
    s->shape_first = query->shape_weight >= query->colour_weight;
    query_plane_init(s->shape_first ? &s->codes.first : &s->codes.second, query->shape, query->shape_weight);
    query_plane_init(s->shape_first ? &s->codes.second : &s->codes.first, query->colour,
                     query->colour_weight);
    atomic_init(&s->limit, UINT32_MAX);
    // The two planes by turns read fastest in small pieces. Where the second is read here and there only,
    // larger groups let those reads overlap.
    s->group = s->codes.first.weight >= SKEWED * s->codes.second.weight ? GROUP_BLOCKS : SMALL_GROUP;
    const nacre_filter *filter = &query->filter;
    bool filters_price = filter->price_min > 0 || filter->price_max > 0;
    s->offers.only_available = filter->only_available;
    s->offers.price_min = clamp_price(filter->price_min);
    s->offers.price_max = filter->price_max > 0 ? clamp_price(filter->price_max)
                          : filters_price       ? PRICE_HIGHEST
                                                : PRICE_UNKNOWN;
    s->filters_sellers = filter->shop_count || filter->brand_count;
    s->filters = filters_price || filter->only_available || filter->without_product || s->filters_sellers;
    if (!query->categories)
        return true;
    s->categories = memory_new(category_limit / 64 + 1, sizeof *s->categories);
    for (size_t i = 0; s->categories && i < query->category_count; i++)
        if (query->categories[i] < category_limit)
            s->categories[query->categories[i] / 64] |= UINT64_C(1) << query->categories[i] % 64;
    return s->categories;
}

// Finds which searches have the same filter, and asks for each all pairs of shop and brand, where that pays.
// False: out of memory.
static bool filters_init(struct job *job) {
    uint32_t count = atomic_load(&job->sellers->count);
    for (size_t i = 0; i < job->search_count; i++) {
        struct search *s = &job->searches[i];
        bool same = i > 0 && same_filter(&s->query->filter, &s[-1].query->filter);
        s->same_filter = same ? s[-1].same_filter : i;
        s->sellers = same ? s[-1].sellers : NULL;
        if (same || !s->filters_sellers || job->rows <= (uint64_t)count * ROWS_A_PAIR)
            continue;
        s->sellers = memory_new(count, sizeof *s->sellers);
        if (!s->sellers)
            return false;
        for (uint32_t n = 0; n < count; n++)
            s->sellers[n] = seller_passes(&s->query->filter, sellers_get(job->sellers, n));
    }
    return true;
}

// Finds the centres nearest to a search. False: out of memory.
static bool nearest_init(const struct job *job, struct search *s) {
    if (s->query->lists == 0 || job->centres_count == 0)
        return true;
    s->nearest = tops_new(job->centres_count, smaller(s->query->lists, MAX_LISTS));
    for (size_t i = 0; s->nearest && i < job->centres_count; i++) {
        struct segment *centres = (struct segment *)job->centres[i];
        struct search unfiltered = {.codes = s->codes, .shape_first = s->shape_first, .group = s->group};
        atomic_init(&unfiltered.limit, UINT32_MAX);
        scan_blocks(job, true, &unfiltered, &s->nearest[i], &(struct view){.segment = centres}, 0,
                    block_count(centres->rows));
        top_sort(&s->nearest[i]);
    }
    return s->nearest;
}

// Finds the categories with lists among the job's parts, and each search's centres. False: out of memory.
static bool lists_init(struct job *job) {
    const struct segment *last = NULL;
    job->centres = memory_new(job->part_count, sizeof(struct segment *));
    for (size_t i = 0; job->centres && i < job->part_count; i++) {
        const struct segment *centres = job->parts[i].view->segment->centres;
        if (centres && centres != last)
            job->centres[job->centres_count++] = last = centres;
    }
    for (size_t i = 0; job->centres && i < job->search_count; i++)
        if (!nearest_init(job, &job->searches[i]))
            return false;
    return job->centres;
}

static bool anyone_wants(const struct job *job, uint16_t category) {
    for (size_t i = 0; i < job->search_count; i++)
        if (wants(&job->searches[i], category))
            return true;
    return false;
}

static void add_parts(struct job *job, const struct view *v) {
    size_t blocks = block_count(v->segment->rows);
    for (size_t block = 0; block < blocks; block += PART_BLOCKS)
        job->parts[job->part_count++] = (struct part){
            .view = v,
            .block = block,
            .end = block + PART_BLOCKS < blocks ? block + PART_BLOCKS : blocks,
        };
    job->rows += v->segment->rows;
    job->listed_rows += v->segment->centres ? v->segment->rows : 0;
}

// The job of one reference; NULL when out of memory.
static struct job *job_new(const struct sellers *sellers, const struct edition *e, const nacre_query *queries,
                           size_t count, size_t k) {
    struct job *job = memory_new(1, sizeof *job);
    if (!job)
        return NULL;
    pthread_mutex_init(&job->mutex, NULL);
    pthread_cond_init(&job->is_done, NULL);
    atomic_init(&job->references, 1);
    job->search_count = count;
    job->k = k;
    job->kernel = kernel_chosen();
    job->sellers = sellers;
    job->searches = memory_new(count, sizeof *job->searches);
    job->parts = memory_new(e->count + (e->live + e->dead) / SEGMENT_ROWS, sizeof *job->parts);
    job->tops = tops_new(count, k);
    bool good = job->searches && job->parts && job->tops;
    size_t category_limit = e->count ? e->views[e->count - 1].segment->category + 1u : 0;
    for (size_t i = 0; good && i < count; i++)
        good = search_init(&job->searches[i], &queries[i], category_limit);
    if (!good) {
        job_release(job);
        return NULL;
    }
    for (size_t i = 0; i < e->count; i++)
        if (anyone_wants(job, e->views[i].segment->category))
            add_parts(job, &e->views[i]);
    if (!filters_init(job) || !lists_init(job)) {
        job_release(job);
        return NULL;
    }
    return job;
}

static nacre_hit make_hit(const struct place *place, bool shape_first) {
    return (nacre_hit){
        .item = (uint32_t)place->key,
        .product = place->product,
        .category = place->category,
        .distance = (uint32_t)(place->key >> 32),
        .shape_distance = shape_first ? place->first : place->second,
        .colour_distance = shape_first ? place->second : place->first,
    };
}

nacre_status nacre_index_search(nacre_index *index, const nacre_query *queries, size_t query_count, size_t k,
                                nacre_hit *hits, size_t *found, nacre_error *error) {
    if (k == 0 || k > NACRE_MAX_HITS || query_count > NACRE_MAX_QUERIES)
        return error_set(error, NACRE_ERROR_ARGUMENT,
                         "search for %zu hits of %zu queries: from 1 to %d hits and at most %d queries", k,
                         query_count, NACRE_MAX_HITS, NACRE_MAX_QUERIES);
    for (size_t i = 0; i < query_count; i++) {
        nacre_status status = check_query(&queries[i], i, error);
        if (status != NACRE_OK)
            return status;
    }
    unsigned slot;
    const struct edition *e = shelf_pin(&index->shelf, &slot);
    struct job *job = job_new(&index->sellers, e, queries, query_count, k);
    if (job) {
        run(index, job);
        for (size_t i = 0; i < query_count; i++) {
            struct top *top = &job->tops[i];
            top_sort(top);
            found[i] = top->count;
            for (size_t n = 0; n < found[i]; n++)
                hits[i * k + n] = make_hit(&top->places[n], job->searches[i].shape_first);
        }
        job_release(job);
    }
    shelf_unpin(&index->shelf, slot);
    return job ? NACRE_OK : error_memory(error, "searching the index");
}
