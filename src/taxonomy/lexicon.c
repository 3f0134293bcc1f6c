// SPDX-License-Identifier: Apache-2.0
// Stems are numbered by a sorted table; each has the list of phrases that hold it, so that a text is compared
// with the few phrases that share a stem with it.
#include "taxonomy/lexicon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "taxonomy/stems.h"

enum { MAX_ARENA_BYTES = 64 * 1024 * 1024, MAX_PHRASE_STEMS = 12 };

struct phrase {
    int category;
    int count;
    unsigned wearers; // that it names: its words for them are no stems
    bool borrowed;    // from what the category is like
    bool lists;       // "salwar and dupatta"
    float weight;
    const char *words[MAX_PHRASE_STEMS]; // while building
    int stems[MAX_PHRASE_STEMS];
};

struct stem {
    const char *text;
    float weight;
    const int *phrases;
    int phrase_count;
    int categories; // that have it among their own words
    int last_category;
};

enum word_kind { WORD_STOPS, WORD_TELLS_WEARER, WORD_IS_ALIEN, WORD_IS_WEAK };

// A word that is no ordinary stem of a phrase.
struct word_class {
    const char *text; // stem
    enum word_kind kind;
    unsigned wearers;
};

struct lexicon {
    const taxonomy *t;
    arena memory;
    stemmer *stemmer;
    struct phrase *phrases;
    size_t phrase_count, phrase_room;
    struct stem *stems;
    int stem_count;
    struct word_class *classes; // sorted
    size_t class_count;
    unsigned *wearers; // by category
    float *shared;     // by phrase; all 0 between calls
    int *touched;      // phrases that have shared something in this call
};

// Words that say nothing of what a thing is.
static const char STOP_WORDS[] =
    "premium luxury премиум люкс and or for with of in the a an to by from at on all new sale other "
    "others more etc our your shop store online buy collection brand brands best top100 outlet "
    "discount home default category products product catalog catalogue и или для с со на в во из по "
    "от до к у о об не без все всё весь новинки новинка новое распродажа скидки скидка акция акции "
    "прочее прочие другое другие остальное разное каталог товары товар магазин купить коллекция бренд "
    "бренды хиты аутлет та і зі";

// Words that nearly every shop puts beside the telling one.
static const char WEAK_WORDS[] =
    "clothing clothes cloth wear apparel garment garments fashion одежда одяг мода вещи изделия "
    "изделие style стиль type тип model модель";

static const char KIDS_WORDS[] =
    "kid kids kids' children child childrens childrens' junior juniors teen teens детская детский "
    "детские дети детям детей ребенок ребенку подростки подростковая подросткам школьникам дитячий "
    "дитяча дітям";

static const char BOTH_WORDS[] = "unisex унисекс";

// What nobody wears, though a word of it may also be one of ours ("phone pouch", "cosmetic bag").
static const char ALIEN_WORDS[] =
    "dog dogs cat cats pet pets animal doll dolls barbie toy toys phone phones smartphone smartphones "
    "headphones electronics computer computers laptop laptops tablet tablets appliances furniture "
    "bedding towel towels curtains kitchen tableware garden candle candles decor lighting cosmetics "
    "makeup perfume perfumes fragrance skincare haircare shampoo book books food grocery car "
    "automotive tyres tires tent stroller strollers gift cards vouchers homeware tools stationery "
    "bottle bottles собак собаки собака кошек кошки животных животные питомцев зоотовары кукол куклы "
    "кукла игрушки игрушка телефоны телефонов смартфоны смартфонов наушники электроника компьютеры "
    "ноутбуки планшеты техника холодильники пылесосы мебель постельное полотенца полотенце шторы "
    "кухня посуда текстиль сад свечи декор освещение настенные косметика макияж парфюмерия духи книги "
    "питание продукты авто автотовары шины велосипеды палатки коляски подгузники конструкторы "
    "сертификаты сертификат подарки подарок сувениры сувенир инструменты канцтовары бутылка бутылки";

static const char *const wearer_ids[WEARERS] = {"women", "men", "girls", "boys", "newborn"};

// ---- Word classes

static int compare_classes(const void *left, const void *right) {
    const struct word_class *a = left, *b = right;
    return strcmp(a->text, b->text);
}

static nacre_status stem_of(lexicon *l, const struct words *word, char stem[WORD_BYTES], nacre_error *error) {
    return stemmer_stem(l->stemmer, word, stem) ? NACRE_OK : error_memory(error, "taking stems of words");
}

static nacre_status add_class(lexicon *l, const char *stem, enum word_kind kind, unsigned wearers,
                              nacre_error *error) {
    for (size_t i = 0; i < l->class_count; i++) {
        if (strcmp(l->classes[i].text, stem) == 0) {
            l->classes[i].wearers |= wearers;
            return NACRE_OK;
        }
    }
    struct word_class *grown = memory_resize(l->classes, l->class_count + 1, sizeof *grown);
    if (!grown)
        return error_memory(error, "reading the taxonomy's words");
    l->classes = grown;
    const char *copy = arena_text(&l->memory, stem);
    if (!copy)
        return error_memory(error, "reading the taxonomy's words");
    l->classes[l->class_count++] = (struct word_class){.text = copy, .kind = kind, .wearers = wearers};
    return NACRE_OK;
}

static nacre_status add_classes(lexicon *l, const char *list, enum word_kind kind, unsigned wearers,
                                nacre_error *error) {
    struct words words = words_of(list);
    while (words_next(&words)) {
        char stem[WORD_BYTES];
        nacre_status status = stem_of(l, &words, stem, error);
        if (status == NACRE_OK)
            status = add_class(l, stem, kind, wearers, error);
        if (status != NACRE_OK)
            return status;
    }
    return NACRE_OK;
}

static bool is_in(lexicon *l, const char *list, const char *stem) {
    struct words words = words_of(list);
    char other[WORD_BYTES];
    while (words_next(&words))
        if (stemmer_stem(l->stemmer, &words, other) && strcmp(other, stem) == 0)
            return true;
    return false;
}

// A phrase for a wearer of which one word is left without stop words and weak ones tells the wearer.
static nacre_status add_wearer_phrase(lexicon *l, const char *phrase, unsigned wearer, nacre_error *error) {
    char telling[WORD_BYTES] = "", stem[WORD_BYTES];
    struct words words = words_of(phrase);
    while (words_next(&words)) {
        nacre_status status = stem_of(l, &words, stem, error);
        if (status != NACRE_OK)
            return status;
        if (is_in(l, STOP_WORDS, stem) || is_in(l, WEAK_WORDS, stem))
            continue;
        if (*telling)
            return NACRE_OK;
        memcpy(telling, stem, sizeof telling);
    }
    return *telling ? add_class(l, telling, WORD_TELLS_WEARER, wearer, error) : NACRE_OK;
}

static nacre_status add_wearers(lexicon *l, nacre_error *error) {
    nacre_status status = NACRE_OK;
    for (int w = 0; w < WEARERS && status == NACRE_OK; w++) {
        int category = taxonomy_find(l->t, wearer_ids[w]);
        if (category == CATEGORY_NONE)
            continue;
        for (enum taxonomy_language i = 0; i < TAXONOMY_LANGUAGES && status == NACRE_OK; i++)
            status = add_wearer_phrase(l, taxonomy_name(l->t, category, i), 1U << w, error);
        const char *synonym;
        for (size_t i = 0; status == NACRE_OK && (synonym = taxonomy_synonym(l->t, category, i)); i++)
            status = add_wearer_phrase(l, synonym, 1U << w, error);
    }
    return status;
}

static nacre_status build_classes(lexicon *l, nacre_error *error) {
    nacre_status status = add_classes(l, STOP_WORDS, WORD_STOPS, 0, error);
    if (status == NACRE_OK)
        status = add_wearers(l, error);
    if (status == NACRE_OK)
        status = add_classes(l, KIDS_WORDS, WORD_TELLS_WEARER, WEARER_CHILDREN, error);
    if (status == NACRE_OK)
        status = add_classes(l, BOTH_WORDS, WORD_TELLS_WEARER, WEARER_ADULTS, error);
    if (status == NACRE_OK)
        status = add_classes(l, ALIEN_WORDS, WORD_IS_ALIEN, 0, error);
    if (status == NACRE_OK)
        status = add_classes(l, WEAK_WORDS, WORD_IS_WEAK, 0, error);
    if (status == NACRE_OK)
        qsort(l->classes, l->class_count, sizeof *l->classes, compare_classes);
    return status;
}

static const struct word_class *find_class(const lexicon *l, const char *stem) {
    const struct word_class key = {.text = stem};
    return bsearch(&key, l->classes, l->class_count, sizeof *l->classes, compare_classes);
}

// ---- Phrases

static struct phrase *new_phrase(lexicon *l, int category) {
    if (l->phrase_count == l->phrase_room) {
        size_t room = l->phrase_room ? 2 * l->phrase_room : 1024;
        struct phrase *grown = memory_resize(l->phrases, room, sizeof *grown);
        if (!grown)
            return NULL;
        l->phrases = grown;
        l->phrase_room = room;
    }
    struct phrase *phrase = &l->phrases[l->phrase_count];
    memset(phrase, 0, sizeof *phrase);
    phrase->category = category;
    return phrase;
}

static bool lists_several(const char *text) {
    static const char *const joints[] = {" и ", " and ", " та ", "&", "/", ","};
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++)
        if (strstr(text, joints[i]))
            return true;
    return false;
}

// "flip flops" is written "flipflops" as well.
static nacre_status add_joined(lexicon *l, int category, const char *text, nacre_error *error) {
    struct words first = words_of(text), both;
    if (!words_next(&first))
        return NACRE_OK;
    both = first;
    if (!words_next(&both) || first.length + both.length >= WORD_BYTES)
        return NACRE_OK;
    struct words joined = first, more = both;
    memcpy(joined.word + joined.length, both.word, both.length + 1);
    joined.length += both.length;
    if (words_next(&more))
        return NACRE_OK;
    char stem[WORD_BYTES];
    struct phrase *phrase = new_phrase(l, category);
    if (!phrase)
        return error_memory(error, "reading the taxonomy's words");
    nacre_status status = stem_of(l, &joined, stem, error);
    phrase->words[0] = status == NACRE_OK ? arena_text(&l->memory, stem) : NULL;
    if (!phrase->words[0])
        return error_memory(error, "reading the taxonomy's words");
    phrase->count = 1;
    l->phrase_count++;
    return NACRE_OK;
}

static nacre_status add_phrase(lexicon *l, int category, const char *text, nacre_error *error) {
    struct phrase *phrase = new_phrase(l, category);
    if (!phrase)
        return error_memory(error, "reading the taxonomy's words");
    phrase->lists = lists_several(text);
    struct words words = words_of(text);
    while (phrase->count < MAX_PHRASE_STEMS && words_next(&words)) {
        char stem[WORD_BYTES];
        nacre_status status = stem_of(l, &words, stem, error);
        if (status != NACRE_OK)
            return status;
        const struct word_class *class = find_class(l, stem);
        bool repeated = class && class->kind != WORD_IS_WEAK && class->kind != WORD_IS_ALIEN;
        if (class)
            phrase->wearers |= class->wearers;
        for (int i = 0; i < phrase->count; i++)
            repeated = repeated || strcmp(phrase->words[i], stem) == 0;
        if (repeated)
            continue;
        phrase->words[phrase->count] = arena_text(&l->memory, stem);
        if (!phrase->words[phrase->count++])
            return error_memory(error, "reading the taxonomy's words");
    }
    if (phrase->count == 0)
        return NACRE_OK;
    bool joins = phrase->count == 2;
    l->phrase_count++;
    return joins ? add_joined(l, category, text, error) : NACRE_OK;
}

// The words of `from` as phrases of `category`.
static nacre_status add_words(lexicon *l, int category, int from, nacre_error *error) {
    nacre_status status = NACRE_OK;
    size_t first = l->phrase_count;
    for (enum taxonomy_language i = 0; i < TAXONOMY_LANGUAGES && status == NACRE_OK; i++)
        status = add_phrase(l, category, taxonomy_name(l->t, from, i), error);
    const char *synonym;
    for (size_t i = 0; status == NACRE_OK && (synonym = taxonomy_synonym(l->t, from, i)); i++)
        status = add_phrase(l, category, synonym, error);
    for (size_t p = first; p < l->phrase_count; p++)
        l->phrases[p].borrowed = category != from;
    return status;
}

static bool is_wearer_top(const lexicon *l, int category) {
    for (int w = 0; w < WEARERS; w++)
        if (strcmp(taxonomy_id(l->t, category), wearer_ids[w]) == 0)
            return true;
    return false;
}

static nacre_status build_phrases(lexicon *l, nacre_error *error) {
    nacre_status status = NACRE_OK;
    for (int c = 0; c < taxonomy_count(l->t) && status == NACRE_OK; c++)
        if (!is_wearer_top(l, c))
            for (int from = c; from != CATEGORY_NONE && status == NACRE_OK; from = taxonomy_like(l->t, from))
                status = add_words(l, c, from, error);
    return status;
}

// ---- Stems

static int compare_texts(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int compare_stems(const void *left, const void *right) {
    const struct stem *a = left, *b = right;
    return strcmp(a->text, b->text);
}

static int find_stem(const lexicon *l, const char *text) {
    const struct stem key = {.text = text};
    const struct stem *found =
        bsearch(&key, l->stems, (size_t)l->stem_count, sizeof *l->stems, compare_stems);
    return found ? (int)(found - l->stems) : -1;
}

static nacre_status number_stems(lexicon *l, nacre_error *error) {
    size_t total = 0, filled = 0;
    for (size_t p = 0; p < l->phrase_count; p++)
        total += (size_t)l->phrases[p].count;
    const char **all = memory_new(total + 1, sizeof *all);
    l->stems = arena_new(&l->memory, total + 1, sizeof *l->stems);
    if (!all || !l->stems) {
        memory_free(all);
        return error_memory(error, "reading the taxonomy's words");
    }
    for (size_t p = 0; p < l->phrase_count; p++)
        for (int i = 0; i < l->phrases[p].count; i++)
            all[filled++] = l->phrases[p].words[i];
    qsort(all, total, sizeof *all, compare_texts);
    for (size_t i = 0; i < total; i++)
        if (i == 0 || strcmp(all[i - 1], all[i]) != 0)
            l->stems[l->stem_count++] = (struct stem){.text = all[i], .last_category = CATEGORY_NONE};
    memory_free(all);
    return NACRE_OK;
}

// Gives phrases their stems' numbers, and stems their phrases.
static nacre_status link_stems(lexicon *l, nacre_error *error) {
    for (size_t p = 0; p < l->phrase_count; p++) {
        struct phrase *phrase = &l->phrases[p];
        for (int i = 0; i < phrase->count; i++) {
            phrase->stems[i] = find_stem(l, phrase->words[i]);
            struct stem *stem = &l->stems[phrase->stems[i]];
            stem->phrase_count++;
            // What is only like another does not make the word more common.
            if (stem->last_category != phrase->category &&
                taxonomy_like(l->t, phrase->category) == CATEGORY_NONE)
                stem->categories++;
            stem->last_category = phrase->category;
        }
    }
    for (int s = 0; s < l->stem_count; s++) {
        int *list = arena_new(&l->memory, (size_t)l->stems[s].phrase_count, sizeof *list);
        if (!list)
            return error_memory(error, "reading the taxonomy's words");
        l->stems[s].phrases = list;
        l->stems[s].phrase_count = 0;
    }
    for (size_t p = 0; p < l->phrase_count; p++) {
        for (int i = 0; i < l->phrases[p].count; i++) {
            struct stem *stem = &l->stems[l->phrases[p].stems[i]];
            ((int *)stem->phrases)[stem->phrase_count++] = (int)p;
        }
    }
    return NACRE_OK;
}

static void weigh(lexicon *l) {
    float categories = (float)taxonomy_count(l->t);
    for (int s = 0; s < l->stem_count; s++) {
        struct stem *stem = &l->stems[s];
        const struct word_class *class = find_class(l, stem->text);
        bool weak = class && class->kind == WORD_IS_WEAK;
        stem->weight = weak ? 0.4f : logf(1 + categories / (float)(1 + stem->categories));
    }
    for (size_t p = 0; p < l->phrase_count; p++)
        for (int i = 0; i < l->phrases[p].count; i++)
            l->phrases[p].weight += l->stems[l->phrases[p].stems[i]].weight;
}

// A stem that no phrase has is half as telling as the rarest that one has.
static float unknown_weight(const lexicon *l) {
    return 0.5f * logf(1 + (float)taxonomy_count(l->t) / 2);
}

// ---- Wearers of categories

static unsigned wearers_of_word(const char *word, size_t length) {
    for (int w = 0; w < WEARERS; w++)
        if (strlen(wearer_ids[w]) == length && memcmp(word, wearer_ids[w], length) == 0)
            return 1U << w;
    return length == 4 && memcmp(word, "kids", 4) == 0 ? (unsigned)WEARER_CHILDREN : 0;
}

static unsigned wearers_of_id(const char *id) {
    unsigned wearers = 0;
    while (*id) {
        size_t length = strcspn(id, ".");
        wearers |= wearers_of_word(id, length);
        id += length + (id[length] == '.');
    }
    return wearers;
}

// ---- The public side

static nacre_status build(lexicon *l, nacre_error *error) {
    nacre_status status = stemmer_new(&l->stemmer, error);
    if (status != NACRE_OK || (status = build_classes(l, error)) != NACRE_OK ||
        (status = build_phrases(l, error)) != NACRE_OK || (status = number_stems(l, error)) != NACRE_OK ||
        (status = link_stems(l, error)) != NACRE_OK)
        return status;
    weigh(l);
    size_t categories = (size_t)taxonomy_count(l->t);
    l->wearers = arena_new(&l->memory, categories, sizeof *l->wearers);
    l->shared = arena_new(&l->memory, l->phrase_count, sizeof *l->shared);
    l->touched = arena_new(&l->memory, l->phrase_count, sizeof *l->touched);
    if (!l->wearers || !l->shared || !l->touched)
        return error_memory(error, "reading the taxonomy's words");
    for (size_t c = 0; c < categories; c++)
        l->wearers[c] = wearers_of_id(taxonomy_id(l->t, (int)c));
    return NACRE_OK;
}

nacre_status lexicon_new(const taxonomy *t, lexicon **result, nacre_error *error) {
    lexicon *l = memory_new(1, sizeof *l);
    if (!l)
        return error_memory(error, "reading the taxonomy's words");
    l->t = t;
    arena_init(&l->memory, MAX_ARENA_BYTES);
    nacre_status status = build(l, error);
    if (status != NACRE_OK)
        lexicon_free(l);
    else
        *result = l;
    return status;
}

void lexicon_free(lexicon *l) {
    if (!l)
        return;
    stemmer_free(l->stemmer);
    memory_free(l->phrases);
    memory_free(l->classes);
    arena_fini(&l->memory);
    memory_free(l);
}

static void add_stem(const lexicon *l, struct lexicon_text *into, int stem) {
    if (into->count == LEXICON_TEXT_STEMS)
        return;
    for (int i = 0; i < into->count && stem >= 0; i++)
        if (into->stems[i] == stem)
            return;
    into->stems[into->count++] = stem;
    into->weight += stem >= 0 ? l->stems[stem].weight : unknown_weight(l);
}

static bool ends_with(const struct words *word, const char *end) {
    size_t length = strlen(end);
    return word->length > length && memcmp(word->word + word->length - length, end, length) == 0;
}

static bool is_russian_adjective(const struct words *word) {
    static const char *const ends[] = {"ые", "ие", "ый", "ий", "ая", "яя", "ое", "ее"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(word, ends[i]))
            return true;
    return false;
}

// In English the last word is the head ("oxford shirts"), in Russian the first that is no adjective.
static void take_head(struct lexicon_text *into, const struct words *word, int stem, bool *russian_head) {
    bool english = (unsigned char)word->word[0] < 0x80;
    if (english && !*russian_head) {
        into->head = stem;
    } else if (!english && !*russian_head && !is_russian_adjective(word)) {
        into->head = stem;
        *russian_head = true;
    }
}

nacre_status lexicon_add(lexicon *l, const char *text, struct lexicon_text *into, nacre_error *error) {
    into->lists = into->lists || lists_several(text);
    bool has_head = into->head != LEXICON_NO_HEAD, russian_head = has_head;
    struct words words = words_of(text);
    while (words_next(&words)) {
        char stem[WORD_BYTES];
        nacre_status status = stem_of(l, &words, stem, error);
        if (status != NACRE_OK)
            return status;
        const struct word_class *class = find_class(l, stem);
        bool dropped = class && (class->kind == WORD_STOPS || class->kind == WORD_TELLS_WEARER);
        bool weak = class && class->kind == WORD_IS_WEAK;
        int number = dropped ? LEXICON_UNKNOWN : find_stem(l, stem);
        bool size = g_ascii_isdigit(words.word[0]);
        if (number >= 0 || (!dropped && !weak && !size))
            add_stem(l, into, number);
        if (!dropped && !has_head)
            take_head(into, &words, weak ? LEXICON_NO_HEAD : number, &russian_head);
        if (class) {
            into->wearers |= class->wearers;
            into->alien = into->alien || class->kind == WORD_IS_ALIEN;
        }
    }
    return NACRE_OK;
}

// Sums, for every phrase that shares a stem with the text, the weights of those shared; gives their number.
static int share(lexicon *l, const struct lexicon_text *text) {
    int touched = 0;
    for (int i = 0; i < text->count; i++) {
        if (text->stems[i] < 0)
            continue;
        const struct stem *stem = &l->stems[text->stems[i]];
        bool opens = text->core == 0 || i < text->core;
        for (int p = 0; p < stem->phrase_count; p++) {
            int phrase = stem->phrases[p];
            if (l->shared[phrase] == 0 && opens)
                l->touched[touched++] = phrase;
            if (l->shared[phrase] > 0 || opens)
                l->shared[phrase] += stem->weight;
        }
    }
    return touched;
}

// Whether the head is in the phrase, or is what a branch above is called: clutch bags are bags.
static bool holds_head(const lexicon *l, const struct phrase *phrase, int head) {
    for (int i = 0; i < phrase->count; i++)
        if (phrase->stems[i] == head)
            return true;
    for (int p = 0; head >= 0 && p < l->stems[head].phrase_count; p++) {
        const struct phrase *other = &l->phrases[l->stems[head].phrases[p]];
        if (other->count == 1 && taxonomy_contains(l->t, other->category, phrase->category))
            return true;
    }
    return false;
}

void lexicon_compare(lexicon *l, const struct lexicon_text *text, unsigned wearers, float factor,
                     float *likeness) {
    static const float BORROWED = 0.98f, WITHOUT_HEAD = 0.7f, NAMES_WEARER = 1.03f, ONE_OF_A_LIST = 0.8f;
    int touched = share(l, text);
    for (int i = 0; i < touched; i++) {
        const struct phrase *phrase = &l->phrases[l->touched[i]];
        float found = factor * l->shared[l->touched[i]] / sqrtf(text->weight * phrase->weight);
        l->shared[l->touched[i]] = 0;
        if (phrase->borrowed)
            found *= BORROWED;
        if (text->head != LEXICON_NO_HEAD && !holds_head(l, phrase, text->head))
            found *= WITHOUT_HEAD;
        if (text->lists && !phrase->lists && phrase->count > 1)
            found *= ONE_OF_A_LIST;
        if (phrase->wearers)
            found *= wearers && !(wearers & ~phrase->wearers) ? NAMES_WEARER : 0;
        if (found > likeness[phrase->category])
            likeness[phrase->category] = found;
    }
}

int lexicon_spot(lexicon *l, const struct lexicon_text *text, unsigned wearers) {
    int touched = share(l, text), best = CATEGORY_NONE;
    float most = 0.5f; // a weak word alone tells nothing
    for (int i = 0; i < touched; i++) {
        const struct phrase *phrase = &l->phrases[l->touched[i]];
        float shared = l->shared[l->touched[i]];
        l->shared[l->touched[i]] = 0;
        bool whole = shared > 0.999f * phrase->weight;
        unsigned own = l->wearers[phrase->category];
        bool allowed = !wearers || !own || (own & wearers);
        bool named = !phrase->wearers || (phrase->wearers & (wearers | text->wearers));
        if (whole && allowed && named && shared > most) {
            most = shared;
            best = phrase->category;
        }
    }
    return best;
}

unsigned lexicon_wearers(const lexicon *l, int category) {
    return l->wearers[category];
}
