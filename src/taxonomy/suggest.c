// SPDX-License-Identifier: Apache-2.0
// How a guess comes about:
//
//   1. Who wears it: words of the path ("Женщинам", "Boys"), the nearest level first; else the offers'
//      params and names. Categories for others are all but excluded.
//   2. What it is by name: the name's likeness to each category's phrases, alone and together with its
//      parent's name; parents that are like a category's own ancestors add to it. A name that lists several
//      things ("Шапки, шарфы и перчатки") is the branch that holds them all.
//   3. What the offers say: the phrase that each offer's name contains, and what the encoder saw. They
//      confirm or weaken the name's guess, and answer alone where it says nothing ("New in", a brand).
//
// The confidence is the square of the likeness, less for what contradicts it: a rival of another kind that is
// nearly as like, an unknown wearer, offers that say otherwise. The constants were tuned on tests/suggest.
#include "taxonomy/suggest.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "taxonomy/lexicon.h"
#include "taxonomy/words.h"

enum { MAX_LEVELS = 12, MAX_NAME_BYTES = 512, MAX_PARTS = 6, MAX_CANDIDATES = 8 };

static const float NAME_TELLS = 0.55f;   // likeness from which on the name alone gives the guess
static const float NAME_HINTS = 0.4f;    // from which on something worn is meant
static const float EXACT = 0.8f;         // likeness from which on a word of what nobody wears does not matter
static const float WITH_PARENT = 0.85f;  // worth of a likeness that needs the parent's name
static const float OF_CONTEXT = 0.12f;   // added where the parents agree wholly
static const float SHARE_TELLS = 0.7f;   // share of votes that a category needs to be the offers' guess
static const float WRONG_WEARER = 0.05f; // odds of a wearer that the path excludes
static const float SMALL_CHILD = 0.5f;   // odds that a thing for girls or boys is one for the newborn

struct suggester {
    const taxonomy *t;
    lexicon *words;
    int count;       // categories
    float *likeness; // to the name, by category
    float *score;    // likeness with parents and wearer
    float *level;    // likeness to one parent's name
    float *context;  // of all parents
    float *votes;    // of offers' names
    float *seen;     // of their pictures
};

struct level {
    char name[MAX_NAME_BYTES];
    struct lexicon_text text;
};

// What is known of one shop category.
struct query {
    struct level levels[MAX_LEVELS]; // from the top
    size_t depth;
    unsigned wearers; // that the path names; 0: none
    unsigned named;   // the same, or where the path names none, the one that the offers agree on
    bool alien;       // its own name has a word of what nobody wears
    bool alien_above; // a parent's has
    float odds[WEARERS];
    bool wearer_known;
    bool wearer_by_rule; // the offers' params tell it, one way or the other
    const struct suggest_offer *offers;
    size_t offer_count;
    float likeness; // of the name to its best guess, 0..1
    bool exact;     // so like it that a word of what nobody wears does not matter
    float spotted;  // offers whose name says what they are
    float seen;     // offers with a category from their pictures
};

// ---- The path

static nacre_status read_levels(suggester *s, const char *path, struct query *q, nacre_error *error) {
    while (*path) {
        const char *end = strstr(path, " > ");
        size_t length = end ? (size_t)(end - path) : strlen(path);
        if (q->depth == MAX_LEVELS) { // what is nearest counts
            memmove(q->levels, q->levels + 1, sizeof q->levels - sizeof *q->levels);
            q->depth--;
        }
        struct level *level = &q->levels[q->depth++];
        *level = (struct level){.text = LEXICON_EMPTY};
        memcpy(level->name, path, length < MAX_NAME_BYTES ? length : MAX_NAME_BYTES - 1);
        nacre_status status = lexicon_add(s->words, level->name, &level->text, error);
        if (status != NACRE_OK)
            return status;
        path += length + (end ? 3 : 0);
    }
    return NACRE_OK;
}

// A level of weak words only ("Одежда") says nothing.
static bool says_what(const struct lexicon_text *text) {
    return text->weight > 1;
}

static void read_wearers(struct query *q) {
    for (size_t i = 0; i + 1 < q->depth; i++)
        q->alien_above = q->alien_above || q->levels[i].text.alien;
    q->alien = q->depth > 0 && q->levels[q->depth - 1].text.alien;
    for (size_t i = q->depth; i-- > 0;) {
        unsigned here = q->levels[i].text.wearers;
        if (!q->wearers)
            q->wearers = here;
        else if (q->wearers & here)
            q->wearers &= here;
        else if (here == WEARER_NEWBORN && (q->wearers & WEARER_CHILDREN))
            q->wearers = WEARER_NEWBORN;
    }
}

// ---- Wearers

static int best_of(const float *values, int count) {
    int best = 0;
    for (int c = 1; c < count; c++)
        if (values[c] > values[best])
            best = c;
    return best;
}

static bool tells_wearer(const char *param) {
    static const char *const names[] = {
        "пол",   "стать", "gender",   "sex",    "age_group", "возрастная группа",
        "g:age", "кому",  "для кого", "возраст"};
    char folded[WORD_BYTES * 2] = "";
    struct words words = words_of(param);
    while (words_next(&words) && strlen(folded) + words.length + 2 < sizeof folded) {
        if (*folded)
            strcat(folded, " ");
        strcat(folded, words.word);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(folded, names[i]) == 0 ||
            (strcmp(names[i], "age_group") == 0 && strcmp(folded, "age group") == 0))
            return true;
    return false;
}

static nacre_status wearers_of_value(suggester *s, const char *value, unsigned *wearers, nacre_error *error) {
    struct lexicon_text text = LEXICON_EMPTY;
    nacre_status status = lexicon_add(s->words, value ? value : "", &text, error);
    *wearers = text.wearers;
    return status;
}

// Params first; a child's param with "male" is a boy.
static nacre_status wearers_of_offer(suggester *s, const struct suggest_offer *offer, unsigned *wearers,
                                     bool *by_param, nacre_error *error) {
    unsigned all = 0, value;
    for (size_t i = 0; i < offer->param_count; i++) {
        if (!tells_wearer(offer->params[i].name))
            continue;
        nacre_status status = wearers_of_value(s, offer->params[i].value, &value, error);
        if (status != NACRE_OK)
            return status;
        all |= value;
    }
    if ((all & WEARER_CHILDREN) == WEARER_CHILDREN && (all & WEARER_ADULTS)) {
        bool boy = all & WEARER_MEN, girl = all & WEARER_WOMEN;
        all = (boy ? WEARER_BOYS : 0U) | (girl ? WEARER_GIRLS : 0U);
    }
    *wearers = all;
    *by_param = all && !(all & (all - 1));
    return all ? NACRE_OK : wearers_of_value(s, offer->name, wearers, error);
}

static void share_out(unsigned wearers, float shares[WEARERS]) {
    float among = 0;
    for (int w = 0; w < WEARERS; w++)
        among += (float)(wearers >> w & 1U);
    for (int w = 0; w < WEARERS; w++)
        shares[w] += (float)(wearers >> w & 1U) / among;
}

// Odds of each wearer, the likeliest 1.
static nacre_status weigh_wearers(suggester *s, struct query *q, nacre_error *error) {
    static const float unknown[WEARERS] = {1, 0.97f, 0.85f, 0.84f, 0.8f};
    float shares[WEARERS] = {0}, told = 0, most = 0, by_params = 0;
    for (size_t i = 0; i < q->offer_count; i++) {
        unsigned wearers;
        bool by_param;
        nacre_status status = wearers_of_offer(s, &q->offers[i], &wearers, &by_param, error);
        if (status != NACRE_OK)
            return status;
        by_params += by_param;
        if (q->wearers)
            wearers &= q->wearers;
        if (wearers) {
            share_out(wearers, shares);
            told++;
        }
    }
    for (int w = 0; w < WEARERS; w++)
        most = shares[w] > most ? shares[w] : most;
    for (int w = 0; w < WEARERS; w++) {
        bool excluded = q->wearers && !(q->wearers >> w & 1U);
        bool small_child = 1 << w == WEARER_NEWBORN && (q->wearers & WEARER_CHILDREN);
        q->odds[w] = !excluded ? unknown[w] : small_child ? SMALL_CHILD : WRONG_WEARER;
        if (told > 0)
            q->odds[w] *= 0.3f + 0.7f * shares[w] / most;
    }
    float likeliest = q->odds[best_of(q->odds, WEARERS)];
    for (int w = 0; w < WEARERS; w++)
        q->odds[w] /= likeliest;
    q->wearer_by_rule = by_params > 0 && by_params >= 0.8f * (float)q->offer_count;
    q->wearer_known = q->wearers || (told > 0 && most > 0.8f * told);
    q->named = q->wearers ? q->wearers : q->wearer_known ? 1U << best_of(q->odds, WEARERS) : 0;
    return NACRE_OK;
}

static float odds_of(const suggester *s, const struct query *q, int category) {
    unsigned wearers = lexicon_wearers(s->words, category);
    float most = wearers ? 0 : 1;
    for (int w = 0; w < WEARERS; w++)
        if ((wearers >> w & 1U) && q->odds[w] > most)
            most = q->odds[w];
    return most;
}

// ---- The name

static void clear(const suggester *s, float *values) {
    memset(values, 0, (size_t)s->count * sizeof *values);
}

// Raises each category to what its parent has.
static void inherit(const suggester *s, float *values) {
    for (int c = 0; c < s->count; c++) {
        int parent = taxonomy_parent(s->t, c);
        if (parent != CATEGORY_NONE && values[parent] > values[c])
            values[c] = values[parent];
    }
}

// context: how well the shop's parents agree with the category's ancestors and itself, 0..1.
static void compare_parents(suggester *s, const struct query *q, size_t own) {
    clear(s, s->context);
    float levels = 0;
    for (size_t i = 0; i < own; i++) {
        if (!says_what(&q->levels[i].text))
            continue;
        clear(s, s->level);
        lexicon_compare(s->words, &q->levels[i].text, q->named, 1, s->level);
        inherit(s, s->level);
        for (int c = 0; c < s->count; c++)
            s->context[c] += s->level[c];
        levels++;
    }
    for (int c = 0; c < s->count && levels > 1; c++)
        s->context[c] /= levels;
}

// Scores every category for this text, given the parents' context; gives the best.
static int score_text(suggester *s, const struct query *q, const struct lexicon_text *text,
                      const struct lexicon_text *with_parent) {
    clear(s, s->likeness);
    lexicon_compare(s->words, text, q->named, 1, s->likeness);
    if (with_parent)
        lexicon_compare(s->words, with_parent, q->named, WITH_PARENT, s->likeness);
    for (int c = 0; c < s->count; c++)
        s->score[c] =
            s->likeness[c] > 0 ? (s->likeness[c] + OF_CONTEXT * s->context[c]) * odds_of(s, q, c) : 0;
    return best_of(s->score, s->count);
}

// The level whose text says what the category is: the last, or where that tells the wearer only, one above.
static size_t telling_level(const struct query *q) {
    for (size_t i = q->depth; i-- > 0;)
        if (says_what(&q->levels[i].text))
            return i;
    return q->depth;
}

static nacre_status join_with_parent(suggester *s, const struct query *q, size_t own,
                                     struct lexicon_text *both, nacre_error *error) {
    *both = q->levels[own].text;
    both->core = both->count;
    return own > 0 ? lexicon_add(s->words, q->levels[own - 1].name, both, error) : NACRE_OK;
}

static int common_ancestor(const taxonomy *t, int a, int b) {
    while (a != CATEGORY_NONE && !taxonomy_contains(t, a, b))
        a = taxonomy_parent(t, a);
    return a;
}

// Cuts a name that lists several things at commas, slashes, "&", "и", "and"; gives the number of parts.
static size_t cut_list(char *name, char *parts[MAX_PARTS]) {
    static const char *const joints[] = {" и ", " and ", " та ", " или ", " or "};
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++)
        for (char *at; (at = strstr(name, joints[i]));)
            memset(at, ',', strlen(joints[i]));
    size_t count = 0;
    for (char *rest = name, *part; count < MAX_PARTS && (part = strsep(&rest, ",/&+;"));)
        if (part[strspn(part, " ")])
            parts[count++] = part;
    return count;
}

// What one part of a list may be.
struct part {
    int candidates[MAX_CANDIDATES];
    int count;
    float likeness;
};

static void take_candidates(const suggester *s, int best, struct part *part) {
    part->likeness = s->likeness[best];
    part->candidates[part->count++] = best;
    for (int c = 0; c < s->count && part->count < MAX_CANDIDATES; c++)
        if (c != best && s->score[c] > 0.9f * s->score[best])
            part->candidates[part->count++] = c;
}

static int depth_of(const taxonomy *t, int category) {
    return category == CATEGORY_NONE ? -1 : taxonomy_depth(t, category);
}

// The deepest branch that holds one candidate of each part, starting with this one of the first.
static int join_parts(const taxonomy *t, const struct part *parts, size_t count, int branch) {
    for (size_t i = 1; i < count && branch != CATEGORY_NONE; i++) {
        int deepest = CATEGORY_NONE;
        for (int c = 0; c < parts[i].count; c++) {
            int common = common_ancestor(t, branch, parts[i].candidates[c]);
            if (depth_of(t, common) > depth_of(t, deepest))
                deepest = common;
        }
        branch = deepest;
    }
    return branch;
}

// What a name that lists several things says.
struct list {
    struct part parts[MAX_PARTS];
    size_t count;
    int branch;     // that holds them all, or CATEGORY_NONE
    float likeness; // of the least like part
};

static nacre_status guess_list(suggester *s, const struct query *q, size_t own, struct list *list,
                               nacre_error *error) {
    char name[MAX_NAME_BYTES], *parts[MAX_PARTS];
    memcpy(name, q->levels[own].name, sizeof name);
    size_t count = cut_list(name, parts);
    *list = (struct list){.branch = CATEGORY_NONE, .likeness = 1};
    for (size_t i = 0; i < count; i++) {
        struct lexicon_text text = LEXICON_EMPTY;
        nacre_status status = lexicon_add(s->words, parts[i], &text, error);
        if (status != NACRE_OK)
            return status;
        if (!says_what(&text))
            continue;
        int best = score_text(s, q, &text, NULL);
        if (s->likeness[best] < 0.5f)
            continue;
        struct part *part = &list->parts[list->count++];
        take_candidates(s, best, part);
        if (part->likeness < list->likeness)
            list->likeness = part->likeness;
    }
    for (int c = 0; list->count > 1 && c < list->parts[0].count; c++) {
        int branch = join_parts(s->t, list->parts, list->count, list->parts[0].candidates[c]);
        if (depth_of(s->t, branch) > depth_of(s->t, list->branch))
            list->branch = branch;
    }
    return NACRE_OK;
}

// Whether the list's branch is a better guess than `best`, which the name as a whole is like.
static bool list_wins(const suggester *s, const struct list *list, bool wide, int best) {
    if (list->branch == CATEGORY_NONE || list->branch == best)
        return false;
    bool is_part = false;
    for (size_t i = 0; i < list->count; i++)
        is_part = is_part || list->parts[i].candidates[0] == best;
    return 0.95f * list->likeness > s->likeness[best] || (is_part && !wide && list->likeness > 0.6f);
}

// ---- The offers

static nacre_status count_votes(suggester *s, struct query *q, nacre_error *error) {
    clear(s, s->votes);
    clear(s, s->seen);
    for (size_t i = 0; i < q->offer_count; i++) {
        struct lexicon_text text = LEXICON_EMPTY;
        nacre_status status = lexicon_add(s->words, q->offers[i].name ? q->offers[i].name : "", &text, error);
        if (status != NACRE_OK)
            return status;
        int spotted = lexicon_spot(s->words, &text, q->wearers);
        if (spotted != CATEGORY_NONE) {
            s->votes[spotted]++;
            q->spotted++;
        }
        if (q->offers[i].seen != CATEGORY_NONE) {
            s->seen[q->offers[i].seen]++;
            q->seen++;
        }
    }
    return NACRE_OK;
}

// The share of votes that agree with the category, wearer aside.
static float agreement(const suggester *s, const float *votes, float total, int category) {
    float agreeing = 0;
    for (int c = 0; c < s->count; c++)
        if (votes[c] > 0 && taxonomy_agree(s->t, category, c))
            agreeing += votes[c];
    return total > 0 ? agreeing / total : 0;
}

// The deepest category below which enough of the votes lie, wearer aside, or CATEGORY_NONE.
static int voted(const suggester *s, const float *votes, float total, float *share) {
    int best = CATEGORY_NONE;
    *share = 0;
    for (int c = 0; c < s->count; c++) {
        float below = 0;
        for (int v = c; v < taxonomy_end(s->t, c); v++)
            below += votes[v];
        if (below < SHARE_TELLS * total)
            continue;
        best = c; // depth-first order: a later one that holds as many lies below or is as good
        *share = below / total;
    }
    return best;
}

// ---- Putting it together

static int likeliest_wearer(const struct query *q) {
    return best_of(q->odds, WEARERS);
}

static const char *const wearer_words[WEARERS] = {"women", "men", "girls", "boys", "newborn"};

// accessories.watches for a man is accessories.watches.men.
static int narrow_to_wearer(const suggester *s, const struct query *q, int category) {
    if (!q->wearer_known || lexicon_wearers(s->words, category))
        return category;
    unsigned wearer = 1U << likeliest_wearer(q);
    for (int c = category + 1; c < taxonomy_end(s->t, category); c++)
        if (taxonomy_parent(s->t, c) == category && (lexicon_wearers(s->words, c) & wearer) &&
            !(q->wearers & ~lexicon_wearers(s->words, c)))
            return c;
    return category;
}

// Whether men have the same kind of thing, so that without a word of the wearer women's may be wrong.
static bool is_shared_kind(const suggester *s, int category) {
    if (!lexicon_wearers(s->words, category))
        return false;
    int other = taxonomy_for_wearer(s->t, category,
                                    lexicon_wearers(s->words, category) & WEARER_MEN ? "women" : "men");
    return taxonomy_kind(s->t, other) == taxonomy_kind(s->t, category) && other != category;
}

// The score of the best category that is neither `best` nor its ancestor, descendant or kind.
static float rival(const suggester *s, int best) {
    float most = 0;
    for (int c = 0; c < s->count; c++)
        if (s->score[c] > most && !taxonomy_agree(s->t, best, c))
            most = s->score[c];
    return most;
}

// What a rival with this part of its score leaves of a confidence: all up to 0.6, half at a tie.
static float beats(float ratio) {
    float near = ratio > 1 ? 1 : ratio < 0.6f ? 0 : (ratio - 0.6f) / 0.4f;
    return 1 - 0.57f * near * near;
}

// Puts a guess in its place by confidence, behind equal ones; the last of too many falls off.
static void offer_guess(struct suggest_result *result, enum mapping_answer answer, int category,
                        float confidence, const char *because) {
    size_t at = 0;
    for (size_t i = 0; i < result->count; i++) {
        const struct suggestion *guess = &result->guesses[i];
        if (guess->answer == answer && guess->category == category)
            return;
        if (guess->confidence >= confidence)
            at = i + 1;
    }
    if (at == SUGGESTIONS)
        return;
    if (result->count < SUGGESTIONS)
        result->count++;
    memmove(result->guesses + at + 1, result->guesses + at,
            (result->count - at - 1) * sizeof *result->guesses);
    result->guesses[at] = (struct suggestion){answer, category, confidence > 1 ? 1 : confidence, because};
}

// Weakens a confidence by what the offers, the pictures and the wearer say.
static float doubt(const suggester *s, const struct query *q, int category, float confidence) {
    if (q->spotted >= 3)
        confidence *= 0.6f + 0.4f * agreement(s, s->votes, q->spotted, category);
    else
        confidence *= 0.95f;
    if (q->seen >= 3)
        confidence *= 0.6f + 0.4f * agreement(s, s->seen, q->seen, category);
    if (!q->wearer_known && !q->wearer_by_rule && lexicon_wearers(s->words, category))
        confidence *= is_shared_kind(s, category) ? 0.7f : 0.9f;
    return confidence;
}

// How sure the name alone makes of `best`, the category of the highest score.
static float name_confidence(const suggester *s, const struct query *q, size_t own, int best) {
    float odds = odds_of(s, q, best), confidence = s->likeness[best] * s->likeness[best];
    confidence *= beats(rival(s, best) / s->score[best]);
    if (odds < 0.3f)
        confidence *= odds;
    if (own + 1 < q->depth) // the category's own name told the wearer only
        confidence *= 0.95f;
    return doubt(s, q, best, confidence);
}

// Offers the two categories whose names are most like, none with more confidence than `ceiling`.
static void offer_most_like(suggester *s, const struct query *q, size_t own, int best, float ceiling,
                            struct suggest_result *result) {
    for (int i = 0; i < 2 && s->score[best] > 0; i++) {
        float confidence = name_confidence(s, q, own, best);
        confidence = confidence < ceiling ? confidence : ceiling;
        offer_guess(result, MAPPING_MAPPED, narrow_to_wearer(s, q, best), confidence, "name");
        ceiling = 0.98f * confidence; // the order is that of the scores
        s->score[best] = 0;
        best = best_of(s->score, s->count);
    }
}

static nacre_status guess_by_name(suggester *s, struct query *q, struct suggest_result *result,
                                  nacre_error *error) {
    size_t own = telling_level(q);
    if (own == q->depth)
        return NACRE_OK;
    struct lexicon_text both;
    struct list list;
    compare_parents(s, q, own);
    nacre_status status = join_with_parent(s, q, own, &both, error);
    if (status == NACRE_OK)
        status = guess_list(s, q, own, &list, error);
    if (status != NACRE_OK)
        return status;
    int best = score_text(s, q, &q->levels[own].text, &both);
    bool has_branch = list.branch != CATEGORY_NONE;
    q->likeness = s->likeness[best];
    q->exact = q->likeness >= EXACT || (has_branch && list.likeness >= EXACT);
    bool wide = has_branch && taxonomy_parent(s->t, list.branch) == CATEGORY_NONE &&
                lexicon_wearers(s->words, list.branch);
    float ceiling = 1;
    if (list_wins(s, &list, wide, best)) {
        float confidence = doubt(s, q, list.branch, wide ? 0.45f : 0.95f * list.likeness * list.likeness);
        offer_guess(result, MAPPING_MAPPED, narrow_to_wearer(s, q, list.branch), confidence, "name");
        ceiling = 0.9f * confidence;
    }
    offer_most_like(s, q, own, best, ceiling, result);
    return NACRE_OK;
}

static void guess_by_votes(const suggester *s, const struct query *q, const float *votes, float total,
                           float trust, const char *because, struct suggest_result *result) {
    float share;
    int category = total >= 3 ? voted(s, votes, total, &share) : CATEGORY_NONE;
    if (category == CATEGORY_NONE)
        return;
    const char *wearer = wearer_words[likeliest_wearer(q)];
    if (q->wearer_known && lexicon_wearers(s->words, category))
        category = taxonomy_for_wearer(s->t, category, wearer);
    if (taxonomy_parent(s->t, category) == CATEGORY_NONE && lexicon_wearers(s->words, category))
        trust *= 0.6f;
    float doubted =
        !q->wearer_known && lexicon_wearers(s->words, category) && is_shared_kind(s, category) ? 0.8f : 1;
    offer_guess(result, MAPPING_MAPPED, narrow_to_wearer(s, q, category),
                trust * share * total / (float)q->offer_count * doubted, because);
}

// "Женщинам" and nothing more.
static void guess_wearer_only(const suggester *s, const struct query *q, struct suggest_result *result) {
    int wearer = likeliest_wearer(q), category = taxonomy_find(s->t, wearer_words[wearer]);
    if (telling_level(q) == q->depth && q->wearers == 1U << wearer && category != CATEGORY_NONE)
        offer_guess(result, MAPPING_MAPPED, category, 0.5f, "name");
}

static void guess_not_worn(const struct query *q, struct suggest_result *result) {
    float confidence = 0.36f;
    if (q->alien && !q->exact)
        confidence = 0.8f;
    else if (q->alien_above && !q->exact)
        confidence = 0.6f;
    else if (q->likeness >= NAME_HINTS || q->seen > 0)
        return;
    else if (q->offer_count >= 10 && q->spotted == 0)
        confidence = 0.6f;
    for (size_t i = 0; i < result->count && confidence > 0.5f; i++)
        result->guesses[i].confidence *= 0.5f;
    offer_guess(result, MAPPING_IGNORED, CATEGORY_NONE, confidence, "name");
}

static bool has_rule(const struct suggest_result *result, const struct mapping_param *param) {
    for (size_t i = 0; i < result->rule_count; i++)
        if (strcmp(result->rules[i].param, param->name) == 0 &&
            strcmp(result->rules[i].value, param->value) == 0)
            return true;
    return false;
}

// A rule for this param where it tells one wearer for whom there is another category than the guess.
static nacre_status add_rule(suggester *s, const struct mapping_param *param, struct suggest_result *result,
                             nacre_error *error) {
    int category = result->guesses[0].category;
    unsigned wearers = 0;
    nacre_status status =
        tells_wearer(param->name) ? wearers_of_value(s, param->value, &wearers, error) : NACRE_OK;
    if (status != NACRE_OK || result->rule_count == SUGGEST_RULES || has_rule(result, param))
        return status;
    for (int w = 0; w < WEARERS; w++) {
        int target = wearers == 1U << w ? taxonomy_for_wearer(s->t, category, wearer_words[w]) : category;
        if (target != category)
            result->rules[result->rule_count++] = (struct suggest_rule){param->name, param->value, target};
    }
    return NACRE_OK;
}

// Where the path names one wearer, the params of single offers are not asked.
static nacre_status add_rules(suggester *s, const struct query *q, struct suggest_result *result,
                              nacre_error *error) {
    bool path_tells = q->wearers && !(q->wearers & (q->wearers - 1));
    if (result->count == 0 || result->guesses[0].answer != MAPPING_MAPPED || path_tells)
        return NACRE_OK;
    for (size_t i = 0; i < q->offer_count; i++) {
        for (size_t p = 0; p < q->offers[i].param_count; p++) {
            nacre_status status = add_rule(s, &q->offers[i].params[p], result, error);
            if (status != NACRE_OK)
                return status;
        }
    }
    return NACRE_OK;
}

static nacre_status guess(suggester *s, struct query *q, struct suggest_result *result, nacre_error *error) {
    read_wearers(q);
    nacre_status status = weigh_wearers(s, q, error);
    if (status == NACRE_OK)
        status = count_votes(s, q, error);
    if (status == NACRE_OK)
        status = guess_by_name(s, q, result, error);
    if (status != NACRE_OK)
        return status;
    guess_by_votes(s, q, s->votes, q->spotted, q->likeness >= NAME_TELLS ? 0.3f : 0.85f, "offers", result);
    guess_by_votes(s, q, s->seen, q->seen, q->likeness >= NAME_TELLS ? 0.2f : 0.6f, "pictures", result);
    guess_wearer_only(s, q, result);
    guess_not_worn(q, result);
    return add_rules(s, q, result, error);
}

// ---- The public side

nacre_status suggester_new(const taxonomy *t, suggester **result, nacre_error *error) {
    suggester *s = memory_new(1, sizeof *s);
    if (!s)
        return error_memory(error, "preparing suggestions");
    s->t = t;
    s->count = taxonomy_count(t);
    float **arrays[] = {&s->likeness, &s->score, &s->level, &s->context, &s->votes, &s->seen};
    nacre_status status = lexicon_new(t, &s->words, error);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays && status == NACRE_OK; i++)
        if (!(*arrays[i] = memory_new((size_t)s->count, sizeof(float))))
            status = error_memory(error, "preparing suggestions");
    if (status != NACRE_OK)
        suggester_free(s);
    else
        *result = s;
    return status;
}

void suggester_free(suggester *s) {
    if (!s)
        return;
    lexicon_free(s->words);
    memory_free(s->likeness);
    memory_free(s->score);
    memory_free(s->level);
    memory_free(s->context);
    memory_free(s->votes);
    memory_free(s->seen);
    memory_free(s);
}

nacre_status suggest_category(suggester *s, const char *path, const struct suggest_offer *offers,
                              size_t count, struct suggest_result *result, nacre_error *error) {
    struct query *q = memory_new(1, sizeof *q);
    if (!q)
        return error_memory(error, "suggesting a category");
    q->offers = offers;
    q->offer_count = count;
    memset(result, 0, sizeof *result);
    nacre_status status = read_levels(s, path, q, error);
    if (status == NACRE_OK)
        status = guess(s, q, result, error);
    memory_free(q);
    return status;
}

nacre_status suggest_search(suggester *s, const char *text, int *categories, size_t most, size_t *count,
                            nacre_error *error) {
    struct lexicon_text words = LEXICON_EMPTY;
    nacre_status status = lexicon_add(s->words, text, &words, error);
    if (status != NACRE_OK)
        return status;
    struct query q = {.wearers = words.wearers, .named = words.wearers};
    for (int w = 0; w < WEARERS; w++)
        q.odds[w] = !q.wearers || (q.wearers >> w & 1U) ? 1 : WRONG_WEARER;
    clear(s, s->context);
    *count = 0;
    for (int best = score_text(s, &q, &words, NULL); *count < most && s->score[best] > 0.3f;
         best = best_of(s->score, s->count)) {
        categories[(*count)++] = best;
        s->score[best] = 0;
    }
    for (int c = 0; c < s->count && words.count == 0 && *count < most; c++)
        if (words.wearers && taxonomy_parent(s->t, c) == CATEGORY_NONE && odds_of(s, &q, c) > 0.5f &&
            lexicon_wearers(s->words, c))
            categories[(*count)++] = c;
    return NACRE_OK;
}
