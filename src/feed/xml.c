// SPDX-License-Identifier: Apache-2.0
// The XML dialects on libxml2's push parser and its SAX2 interface: YML (and Admitad's, which is YML with
// more), Google's RSS and Atom. Nothing is loaded, no entity is declared: mend.c keeps the DOCTYPE from the
// parser.
//
// A record is an <offer>, <item> or <entry>; its fields are its children. What lies deeper is no field
// (g:price inside g:shipping), except for markup in a text that nobody escaped: its text belongs to the
// field.
#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>

#include "base/limits.h"
#include "base/memory.h"
#include "feed/mend.h"
#include "feed/reader.h"
#include "feed/vector.h"

// What an element of that name is, by dialect. Outside of records only `role` counts.
enum role {
    ROLE_NONE,
    ROLE_YML,
    ROLE_RSS,
    ROLE_ATOM,
    ROLE_HTML,
    ROLE_CHANNEL, // holds RSS's records
    ROLE_OFFERS,  // holds YML's records
    ROLE_CATEGORIES,
    ROLE_CATEGORY,
    ROLE_OFFER,
    ROLE_ITEM,
    ROLE_ENTRY,
    ROLE_SHOP_NAME,
    ROLE_COMPANY,
    ROLE_SHOP_URL,
};

struct element {
    const char *name;
    enum role role;
    enum field yml;
    enum field google;
    const char *param; // the name of the param that it becomes
};

static const struct element elements[] = {
    {"Category", ROLE_NONE, FIELD_CATEGORY_PATH, FIELD_NONE, NULL},
    {"ISBN", ROLE_NONE, FIELD_PARAM, FIELD_NONE, "ISBN"},
    {"RDF", ROLE_RSS, FIELD_NONE, FIELD_NONE, NULL},
    {"additional_image_link", ROLE_NONE, FIELD_NONE, FIELD_PICTURE, NULL},
    {"adult", ROLE_NONE, FIELD_NONE, FIELD_PARAM, "adult"},
    {"age_group", ROLE_NONE, FIELD_NONE, FIELD_PARAM, "age_group"},
    {"author", ROLE_NONE, FIELD_PARAM, FIELD_NONE, "author"},
    {"availability", ROLE_NONE, FIELD_AVAILABLE, FIELD_AVAILABLE, NULL},
    {"available", ROLE_NONE, FIELD_AVAILABLE, FIELD_AVAILABLE, NULL},
    {"barcode", ROLE_NONE, FIELD_BARCODE, FIELD_BARCODE, NULL},
    {"body", ROLE_HTML, FIELD_NONE, FIELD_NONE, NULL},
    {"brand", ROLE_NONE, FIELD_VENDOR, FIELD_VENDOR, NULL},
    {"categories", ROLE_CATEGORIES, FIELD_NONE, FIELD_NONE, NULL},
    {"category", ROLE_CATEGORY, FIELD_CATEGORY_PATH, FIELD_NONE, NULL},
    {"categoryId", ROLE_NONE, FIELD_CATEGORY_ID, FIELD_NONE, NULL},
    {"channel", ROLE_CHANNEL, FIELD_NONE, FIELD_NONE, NULL},
    {"color", ROLE_NONE, FIELD_PARAM, FIELD_PARAM, "color"},
    {"company", ROLE_COMPANY, FIELD_NONE, FIELD_NONE, NULL},
    {"condition", ROLE_NONE, FIELD_NONE, FIELD_PARAM, "condition"},
    {"country_of_origin", ROLE_NONE, FIELD_PARAM, FIELD_NONE, "country_of_origin"},
    {"currencyId", ROLE_NONE, FIELD_CURRENCY, FIELD_NONE, NULL},
    {"description", ROLE_NONE, FIELD_DESCRIPTION, FIELD_DESCRIPTION, NULL},
    {"ean", ROLE_NONE, FIELD_BARCODE, FIELD_BARCODE, NULL},
    {"entry", ROLE_ENTRY, FIELD_NONE, FIELD_NONE, NULL},
    {"expiration_date", ROLE_NONE, FIELD_NONE, FIELD_EXPIRES, NULL},
    {"feed", ROLE_ATOM, FIELD_NONE, FIELD_NONE, NULL},
    {"gender", ROLE_NONE, FIELD_PARAM, FIELD_PARAM, "gender"},
    {"google_product_category", ROLE_NONE, FIELD_GOOGLE_CATEGORY, FIELD_GOOGLE_CATEGORY, NULL},
    {"group_id", ROLE_NONE, FIELD_GROUP, FIELD_NONE, NULL},
    {"gtin", ROLE_NONE, FIELD_NONE, FIELD_BARCODE, NULL},
    {"html", ROLE_HTML, FIELD_NONE, FIELD_NONE, NULL},
    {"id", ROLE_NONE, FIELD_ID, FIELD_ID, NULL},
    {"image", ROLE_NONE, FIELD_PICTURE, FIELD_NONE, NULL},
    {"image_link", ROLE_NONE, FIELD_PICTURE, FIELD_PICTURE, NULL},
    {"item", ROLE_ITEM, FIELD_NONE, FIELD_NONE, NULL},
    {"item_group_id", ROLE_NONE, FIELD_GROUP, FIELD_GROUP, NULL},
    {"lifestyle_image_link", ROLE_NONE, FIELD_NONE, FIELD_PICTURE, NULL},
    {"link", ROLE_NONE, FIELD_NONE, FIELD_URL, NULL},
    {"market_category", ROLE_NONE, FIELD_GOOGLE_CATEGORY, FIELD_NONE, NULL},
    {"material", ROLE_NONE, FIELD_PARAM, FIELD_PARAM, "material"},
    {"model", ROLE_NONE, FIELD_MODEL, FIELD_NONE, NULL},
    {"modified_time", ROLE_NONE, FIELD_MODIFIED, FIELD_NONE, NULL},
    {"mpn", ROLE_NONE, FIELD_NONE, FIELD_VENDOR_CODE, NULL},
    {"name", ROLE_SHOP_NAME, FIELD_NAME, FIELD_NONE, NULL},
    {"offer", ROLE_OFFER, FIELD_NONE, FIELD_NONE, NULL},
    {"offers", ROLE_OFFERS, FIELD_NONE, FIELD_NONE, NULL},
    {"oldprice", ROLE_NONE, FIELD_OLD_PRICE, FIELD_NONE, NULL},
    {"old_price", ROLE_NONE, FIELD_OLD_PRICE, FIELD_NONE, NULL},
    {"param", ROLE_NONE, FIELD_PARAM, FIELD_NONE, NULL},
    {"pattern", ROLE_NONE, FIELD_NONE, FIELD_PARAM, "pattern"},
    {"picture", ROLE_NONE, FIELD_PICTURE, FIELD_NONE, NULL},
    {"price", ROLE_NONE, FIELD_PRICE, FIELD_PRICE, NULL},
    {"product_type", ROLE_NONE, FIELD_CATEGORY_PATH, FIELD_CATEGORY_PATH, NULL},
    {"rdf", ROLE_RSS, FIELD_NONE, FIELD_NONE, NULL},
    {"rss", ROLE_RSS, FIELD_NONE, FIELD_NONE, NULL},
    {"sale_price", ROLE_NONE, FIELD_SALE_PRICE, FIELD_SALE_PRICE, NULL},
    {"size", ROLE_NONE, FIELD_PARAM, FIELD_PARAM, "size"},
    {"summary", ROLE_NONE, FIELD_NONE, FIELD_DESCRIPTION, NULL},
    {"title", ROLE_NONE, FIELD_NAME, FIELD_NAME, NULL},
    {"typePrefix", ROLE_NONE, FIELD_TYPE_PREFIX, FIELD_NONE, NULL},
    {"url", ROLE_SHOP_URL, FIELD_URL, FIELD_NONE, NULL},
    {"vendor", ROLE_NONE, FIELD_VENDOR, FIELD_NONE, NULL},
    {"vendorCode", ROLE_NONE, FIELD_VENDOR_CODE, FIELD_NONE, NULL},
    {"vendor_code", ROLE_NONE, FIELD_VENDOR_CODE, FIELD_NONE, NULL},
    {"yml_catalog", ROLE_YML, FIELD_NONE, FIELD_NONE, NULL},
};

enum { ELEMENT_COUNT = sizeof elements / sizeof *elements, NAME_SLOTS = 512 };

static const char google_namespace[] = "http://base.google.com/ns/1.0";

// Attributes' values in libxml2's array of five pointers an attribute.
struct attribute {
    const char *name;
    const char *value;
    size_t length;
};

struct xml {
    feed_reader *reader;
    xmlParserCtxtPtr parser;
    struct mend mend;
    struct asides asides;
    size_t aside_lines;           // line feeds that the parser did not see
    char chunk[FEED_BLOCK_BYTES]; // mended text on its way to the parser
    size_t chunk_length;
    // The parser interns names, so that equal names are equal pointers: they find their element by hash.
    struct {
        const xmlChar *name;
        const struct element *element;
    } names[NAME_SLOTS];
    struct {
        const xmlChar *g, *id, *available, *group_id, *deleted, *name, *unit;
    } words;          // prefixes and attributes, interned as well
    bool google;      // fields are Google's
    int depth;        // of the element just started, 1 for the root
    int record_depth; // 0: in no record
    int field_depth;  // 0: in no text of interest
    int list_depth;   // of <offers> or <channel>, 0: not in it
    int categories_depth;
    enum role collecting; // outside of records: what the open text is
    bool root_ended;
    bool shop_told;
    bool finishing;      // errors now only say that the end is missing
    nacre_status status; // of the callbacks
};

// ---- names

static size_t name_slot(const xmlChar *name) {
    return (size_t)(((uintptr_t)name >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 40) % NAME_SLOTS;
}

static bool intern_names(struct xml *x) {
    for (size_t i = 0; i < ELEMENT_COUNT; i++) {
        const xmlChar *name = xmlDictLookup(x->parser->dict, (const xmlChar *)elements[i].name, -1);
        if (!name)
            return false;
        size_t slot = name_slot(name);
        while (x->names[slot].name)
            slot = (slot + 1) % NAME_SLOTS;
        x->names[slot].name = name;
        x->names[slot].element = &elements[i];
    }
    struct {
        const xmlChar **place;
        const char *word;
    } words[] = {{&x->words.g, "g"},
                 {&x->words.id, "id"},
                 {&x->words.available, "available"},
                 {&x->words.group_id, "group_id"},
                 {&x->words.deleted, "deleted"},
                 {&x->words.name, "name"},
                 {&x->words.unit, "unit"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!(*words[i].place = xmlDictLookup(x->parser->dict, (const xmlChar *)words[i].word, -1)))
            return false;
    return true;
}

static const struct element *find_element(const struct xml *x, const xmlChar *name) {
    static const struct element unknown = {0};
    size_t slot = name_slot(name);
    while (x->names[slot].name && x->names[slot].name != name)
        slot = (slot + 1) % NAME_SLOTS;
    return x->names[slot].name ? x->names[slot].element : &unknown;
}

static struct attribute attribute_at(const xmlChar **attributes, int index) {
    const xmlChar **a = attributes + (ptrdiff_t)5 * index;
    return (struct attribute){(const char *)a[0], (const char *)a[3], (size_t)(a[4] - a[3])};
}

static size_t current_line(const struct xml *x) {
    return (size_t)xmlSAX2GetLineNumber(x->parser) + x->aside_lines + x->reader->first_line - 1;
}

// ---- records

static nacre_status add_attribute(struct xml *x, enum field field, struct attribute a) {
    return record_add(&x->reader->record, field, true, x->reader->record.line, a.value, a.length);
}

static enum field field_of_attribute(const struct xml *x, const char *name) {
    const xmlChar *word = (const xmlChar *)name;
    return word == x->words.id          ? FIELD_ID
           : word == x->words.available ? FIELD_AVAILABLE
           : word == x->words.group_id  ? FIELD_GROUP
           : word == x->words.deleted   ? FIELD_DELETED
                                        : FIELD_NONE;
}

static nacre_status start_record(struct xml *x, int attribute_count, const xmlChar **attributes) {
    struct record *record = &x->reader->record;
    x->record_depth = x->depth;
    nacre_status status = record_start(record, current_line(x));
    for (int i = 0; i < attribute_count && status == NACRE_OK && !x->google; i++) {
        struct attribute a = attribute_at(attributes, i);
        enum field field = field_of_attribute(x, a.name);
        if (field != FIELD_NONE)
            status = add_attribute(x, field, a);
    }
    return status;
}

// A param's name and unit: attributes in YML, fixed for Google's elements.
static nacre_status name_param(struct xml *x, const struct element *element, int attribute_count,
                               const xmlChar **attributes, size_t *name, size_t *unit) {
    struct record *record = &x->reader->record;
    *name = *unit = RECORD_NO_TEXT;
    if (element->param)
        return record_text(record, element->param, strlen(element->param), name);
    nacre_status status = NACRE_OK;
    for (int i = 0; i < attribute_count && status == NACRE_OK; i++) {
        struct attribute a = attribute_at(attributes, i);
        if ((const xmlChar *)a.name == x->words.name)
            status = record_text(record, a.value, a.length, name);
        else if ((const xmlChar *)a.name == x->words.unit)
            status = record_text(record, a.value, a.length, unit);
    }
    return status;
}

// Atom's <link href="…"/>; those that lead elsewhere than to the product are none.
static nacre_status add_link(struct xml *x, enum field field, int attribute_count,
                             const xmlChar **attributes) {
    struct attribute href = {0};
    for (int i = 0; i < attribute_count; i++) {
        struct attribute a = attribute_at(attributes, i);
        if (strcmp(a.name, "href") == 0)
            href = a;
        if (strcmp(a.name, "rel") == 0 && !(a.length == 9 && memcmp(a.value, "alternate", 9) == 0))
            return NACRE_OK;
    }
    return href.value ? record_add(&x->reader->record, field, false, current_line(x), href.value, href.length)
                      : NACRE_OK;
}

static bool is_googles(const struct xml *x, const xmlChar *prefix, const xmlChar *uri) {
    return prefix == x->words.g || (uri && strcmp((const char *)uri, google_namespace) == 0);
}

static nacre_status start_field(struct xml *x, const struct element *element, const xmlChar *prefix,
                                const xmlChar *uri, int attribute_count, const xmlChar **attributes) {
    struct record *record = &x->reader->record;
    bool googles = is_googles(x, prefix, uri);
    if (x->google && prefix && !googles)
        return NACRE_OK; // atom:link, media:title …
    enum field field = x->google ? element->google : element->yml;
    size_t name = RECORD_NO_TEXT, unit = RECORD_NO_TEXT;
    nacre_status status = NACRE_OK;
    if (field == FIELD_NONE)
        return NACRE_OK;
    if (field == FIELD_PARAM)
        status = name_param(x, element, attribute_count, attributes, &name, &unit);
    if (field == FIELD_URL && attribute_count)
        status = add_link(x, FIELD_URL, attribute_count, attributes);
    if (status == NACRE_OK)
        status = record_open(record, field, googles, current_line(x));
    if (status == NACRE_OK && record->open) {
        record->fields[record->field_count - 1].name_start = name;
        record->fields[record->field_count - 1].unit_start = unit;
        record->fields[record->field_count - 1].is_named = !element->param;
        x->field_depth = x->depth;
    }
    return status;
}

// ---- outside of records

static nacre_status tell_shop(struct xml *x) {
    if (x->shop_told)
        return NACRE_OK;
    x->shop_told = true;
    return reader_shop(x->reader);
}

static nacre_status start_text(struct xml *x, enum role role, enum field field) {
    x->collecting = role;
    x->field_depth = x->depth;
    return record_open(&x->reader->record, field, false, current_line(x));
}

static nacre_status start_category(struct xml *x, int attribute_count, const xmlChar **attributes) {
    struct record *record = &x->reader->record;
    nacre_status status = tell_shop(x);
    if (status == NACRE_OK)
        status = record_start(record, current_line(x));
    for (int i = 0; i < attribute_count && status == NACRE_OK; i++) {
        struct attribute a = attribute_at(attributes, i);
        if (strcmp(a.name, "id") == 0)
            status = add_attribute(x, FIELD_ID, a);
        else if (strcmp(a.name, "parentId") == 0 || strcmp(a.name, "parent_id") == 0)
            status = add_attribute(x, FIELD_PARENT_ID, a);
    }
    return status ? status : start_text(x, ROLE_CATEGORY, FIELD_CATEGORY_NAME);
}

static nacre_status start_root(struct xml *x, enum role role, const xmlChar *name) {
    feed_reader *r = x->reader;
    enum feed_dialect found = role == ROLE_RSS                          ? FEED_GOOGLE_RSS
                              : role == ROLE_ATOM                       ? FEED_GOOGLE_ATOM
                              : r->wanted == FEED_ADMITAD               ? FEED_ADMITAD
                              : role == ROLE_YML || role == ROLE_OFFERS ? FEED_YML
                                                                        : FEED_AUTO;
    if (role == ROLE_HTML)
        return reader_fail(r, NACRE_ERROR_FORMAT,
                           "this is a web page, not a feed: is the address right, does it ask for a login?");
    if (found != FEED_AUTO)
        r->summary.dialect = found;
    x->google = found == FEED_GOOGLE_RSS || found == FEED_GOOGLE_ATOM;
    if (r->wanted != FEED_AUTO && found != FEED_AUTO && found != r->wanted)
        return reader_fail(r, NACRE_ERROR_FORMAT,
                           "this feed is %s (its root is <%.60s>), not %s as was asked for",
                           feed_dialect_word(found), (const char *)name, feed_dialect_word(r->wanted));
    return NACRE_OK;
}

// A record's first tag also tells the dialect, where the root did not.
static nacre_status start_first(struct xml *x, enum feed_dialect dialect, int attribute_count,
                                const xmlChar **attributes) {
    feed_reader *r = x->reader;
    if (r->summary.dialect == FEED_AUTO)
        r->summary.dialect = dialect;
    x->google = r->summary.dialect == FEED_GOOGLE_RSS || r->summary.dialect == FEED_GOOGLE_ATOM;
    nacre_status status = tell_shop(x);
    return status ? status : start_record(x, attribute_count, attributes);
}

static nacre_status start_outside(struct xml *x, const struct element *element, const xmlChar *name,
                                  int attribute_count, const xmlChar **attributes) {
    nacre_status status = NACRE_OK;
    if (x->depth == 1 && (status = start_root(x, element->role, name)))
        return status;
    switch (element->role) {
    case ROLE_OFFERS:
    case ROLE_CHANNEL:
        if (!x->list_depth)
            x->list_depth = x->depth;
        x->reader->whole = false;
        return element->role == ROLE_OFFERS ? tell_shop(x) : NACRE_OK;
    case ROLE_CATEGORIES:
        x->categories_depth = x->depth;
        return tell_shop(x);
    case ROLE_CATEGORY:
        return x->categories_depth ? start_category(x, attribute_count, attributes) : NACRE_OK;
    case ROLE_OFFER:
        return start_first(x, FEED_YML, attribute_count, attributes);
    case ROLE_ITEM:
        return start_first(x, FEED_GOOGLE_RSS, attribute_count, attributes);
    case ROLE_ENTRY:
        return start_first(x, FEED_GOOGLE_ATOM, attribute_count, attributes);
    case ROLE_SHOP_NAME:
        return x->shop_told ? NACRE_OK : start_text(x, ROLE_SHOP_NAME, FIELD_SHOP_NAME);
    case ROLE_COMPANY:
        return x->shop_told ? NACRE_OK : start_text(x, ROLE_COMPANY, FIELD_COMPANY);
    case ROLE_SHOP_URL:
        return x->shop_told ? NACRE_OK : start_text(x, ROLE_SHOP_URL, FIELD_SHOP_URL);
    default:
        break;
    }
    // Google's channel names itself by <title> and <link>.
    if (x->google && !x->shop_told && element->google == FIELD_NAME)
        return start_text(x, ROLE_SHOP_NAME, FIELD_SHOP_NAME);
    if (x->google && !x->shop_told && element->google == FIELD_URL)
        status = attribute_count ? add_link(x, FIELD_SHOP_URL, attribute_count, attributes)
                                 : start_text(x, ROLE_SHOP_URL, FIELD_SHOP_URL);
    return status;
}

// ---- libxml2's callbacks

static void settle(struct xml *x, nacre_status status) {
    if (status && x->status == NACRE_OK)
        x->status = status;
    if (status || x->reader->ended)
        xmlStopParser(x->parser);
}

static nacre_status too_deep(struct xml *x) {
    return reader_stop(x->reader, current_line(x), "elements are nested more than %d deep", LIMIT_FEED_DEPTH);
}

// Where a text was kept aside inside a tag: it had a '<', or was CDATA, in an attribute.
static bool has_mark(int attribute_count, const xmlChar **attributes) {
    for (int i = 0; i < attribute_count; i++) {
        struct attribute a = attribute_at(attributes, i);
        if (memchr(a.value, ASIDE_MARK, a.length))
            return true;
    }
    return false;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespace_count, const xmlChar **namespaces, int attribute_count,
                     int defaulted_count, const xmlChar **attributes) {
    (void)namespace_count;
    (void)namespaces;
    (void)defaulted_count;
    struct xml *x = context;
    nacre_status status = NACRE_OK;
    x->depth++;
    if (x->depth > LIMIT_FEED_DEPTH) {
        settle(x, too_deep(x));
        return;
    }
    if (asides_wait(&x->asides) && has_mark(attribute_count, attributes)) {
        settle(x, reader_stop(x->reader, current_line(x), "CDATA in an attribute"));
        return;
    }
    const struct element *element = find_element(x, name);
    if (x->record_depth && element->role == ROLE_OFFER) {
        x->reader->summary.bad++;
        status =
            reader_tell(x->reader, PROBLEM_NESTED, current_line(x), NULL, "an offer inside another offer");
    } else if (x->field_depth) {
        status = record_append(&x->reader->record, " ", 1);
    } else if (x->record_depth) {
        if (x->depth == x->record_depth + 1)
            status = start_field(x, element, prefix, uri, attribute_count, attributes);
    } else {
        status = start_outside(x, element, name, attribute_count, attributes);
    }
    if (status || x->reader->ended)
        settle(x, status);
}

static nacre_status end_field(struct xml *x) {
    nacre_status status = record_close(&x->reader->record);
    enum role role = x->collecting;
    x->field_depth = 0;
    x->collecting = ROLE_NONE;
    return status == NACRE_OK && role == ROLE_CATEGORY ? reader_category(x->reader) : status;
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)name;
    (void)prefix;
    (void)uri;
    struct xml *x = context;
    nacre_status status = NACRE_OK;
    if (x->depth == x->field_depth) {
        status = end_field(x);
    } else if (x->depth == x->record_depth) {
        x->record_depth = 0;
        status = reader_offer(x->reader);
    } else if (x->depth == x->categories_depth) {
        x->categories_depth = 0;
        status = reader_categories_end(x->reader);
    } else if (x->depth == x->list_depth) {
        x->list_depth = 0;
        x->reader->whole = true;
    } else if (x->field_depth) {
        status = record_append(&x->reader->record, " ", 1);
    }
    x->depth--;
    if (x->depth == 0)
        x->root_ended = x->reader->whole = true;
    if (status)
        settle(x, status);
}

static nacre_status take_text(struct xml *x, const char *text, size_t length) {
    return x->field_depth ? record_append(&x->reader->record, text, length) : NACRE_OK;
}

// Text with the marks of texts that were kept aside.
static nacre_status take_marked(struct xml *x, const char *text, size_t length) {
    nacre_status status = NACRE_OK;
    while (status == NACRE_OK && asides_wait(&x->asides)) {
        const char *mark = memchr(text, ASIDE_MARK, length);
        if (!mark)
            break;
        status = take_text(x, text, (size_t)(mark - text));
        length -= (size_t)(mark + 1 - text);
        text = mark + 1;
        const char *aside;
        size_t aside_length;
        asides_take(&x->asides, &aside, &aside_length);
        x->aside_lines += count_lines(aside, aside_length);
        if (status == NACRE_OK)
            status = take_text(x, aside, aside_length);
    }
    return status ? status : take_text(x, text, length);
}

static void on_text(void *context, const xmlChar *bytes, int length) {
    struct xml *x = context;
    const char *text = (const char *)bytes;
    nacre_status status =
        asides_wait(&x->asides) ? take_marked(x, text, (size_t)length) : take_text(x, text, (size_t)length);
    if (status)
        settle(x, status);
}

// </shop> where </offers> was due: every offer was read.
static bool only_list_is_open(const struct xml *x) {
    return x->list_depth && x->depth == x->list_depth && !x->record_depth && !x->field_depth;
}

// Whether what the parser stands at is one more feed, as a shop's script that appends to its file leaves it.
static bool another_feed_follows(const struct xml *x) {
    static const char *const starts[] = {"<?xml", "<!DOCTYPE", "<yml_catalog", "<rss",  "<rdf:RDF",
                                         "<feed", "<shop",     "<offer",       "<item", "<entry"};
    const xmlParserInput *input = x->parser->input;
    size_t left = (size_t)(input->end - input->cur);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t length = strlen(starts[i]);
        if (left >= length && memcmp(input->cur, starts[i], length) == 0)
            return true;
    }
    return false;
}

static nacre_status take_error(struct xml *x, const xmlError *error) {
    feed_reader *r = x->reader;
    size_t line = (size_t)error->line + x->aside_lines + r->first_line - 1;
    if (error->domain == XML_FROM_NAMESPACE) {
        if (error->code != XML_NS_ERR_UNDEFINED_NAMESPACE || r->told[PROBLEM_PREFIX])
            return NACRE_OK; // once is enough
        return reader_tell(r, PROBLEM_PREFIX, line, NULL, "a prefix is not declared: %s", error->message);
    }
    if (error->level < XML_ERR_ERROR)
        return NACRE_OK;
    if (error->code == XML_ERR_NO_MEMORY)
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    if (error->code == XML_ERR_DOCUMENT_END && x->root_ended) {
        r->ended = true;
        if (another_feed_follows(x)) {
            r->whole = false; // or its offers would count as gone
            return reader_stop(r, line, "another feed begins behind the end of this one");
        }
        return reader_tell(r, PROBLEM_JUNK_AFTER, line, NULL,
                           "something follows the end of the feed; left out");
    }
    if (error->code == XML_ERR_TAG_NAME_MISMATCH && only_list_is_open(x)) {
        r->ended = r->whole = true;
        return reader_tell(r, PROBLEM_END_TAGS, line, NULL, "the end tag of the list of offers is missing");
    }
    if (x->finishing)
        return NACRE_OK;
    if (r->whole) { // what is broken stands behind the offers
        r->ended = true;
        return reader_tell(r, PROBLEM_JUNK_AFTER, line, NULL, "a fault behind the list of offers: %s",
                           error->message);
    }
    return reader_stop(r, line, "%s", error->message);
}

#if LIBXML_VERSION < 21200
typedef xmlError *error_pointer;
#else
typedef const xmlError *error_pointer;
#endif

static void on_error(void *context, error_pointer error) {
    struct xml *x = context;
    if (x->status || x->reader->ended)
        return;
    nacre_status status = take_error(x, error);
    if (status || x->reader->ended)
        settle(x, status);
}

// ---- the reader's side

static nacre_status parse_chunk(struct xml *x) {
    if (x->chunk_length && !x->reader->ended)
        (void)xmlParseChunk(x->parser, x->chunk, (int)x->chunk_length, 0);
    x->chunk_length = 0;
    return x->status;
}

// Collects, for the parser is slow with small pieces.
static nacre_status take_mended(void *context, const char *text, size_t length) {
    struct xml *x = context;
    if (!text)
        return parse_chunk(x);
    nacre_status status = NACRE_OK;
    while (length && status == NACRE_OK) {
        size_t room = sizeof x->chunk - x->chunk_length;
        size_t part = length < room ? length : room;
        memcpy(x->chunk + x->chunk_length, text, part);
        x->chunk_length += part;
        text += part;
        length -= part;
        if (x->chunk_length == sizeof x->chunk)
            status = parse_chunk(x);
    }
    return status;
}

nacre_status feed_xml_new(feed_reader *r, struct xml **result) {
    struct xml *x = memory_new(1, sizeof *x);
    if (!x)
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    xmlSAXHandler handler = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .serror = on_error,
    };
    x->reader = r;
    x->mend.reader = r;
    x->mend.sink = take_mended;
    x->mend.context = x;
    x->mend.asides = &x->asides;
    asides_init(&x->asides);
    x->parser = xmlCreatePushParserCtxt(&handler, x, NULL, 0, NULL);
    if (!x->parser ||
        xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC) != 0 ||
        !intern_names(x)) {
        feed_xml_free(x);
        return reader_fail(r, NACRE_ERROR_MEMORY, "out of memory while reading a feed");
    }
    nacre_status status = record_start(&r->record, 1); // for the shop's texts
    if (status) {
        feed_xml_free(x);
        return status;
    }
    *result = x;
    return NACRE_OK;
}

void feed_xml_free(struct xml *x) {
    if (!x)
        return;
    if (x->parser)
        xmlFreeParserCtxt(x->parser);
    asides_fini(&x->asides);
    memory_free(x);
}

// The file is over but its root is not: all is there only where the list of offers was closed.
static nacre_status end_early(struct xml *x) {
    feed_reader *r = x->reader;
    size_t line = reader_last_line(r);
    if (r->whole)
        return reader_tell(r, PROBLEM_END_TAGS, line, NULL, "end tags are missing behind the list of offers");
    return reader_stop(r, line, "the feed ends in the middle%s", x->record_depth ? " of an offer" : "");
}

nacre_status feed_xml_read(struct xml *x, bool final, size_t *consumed) {
    feed_reader *r = x->reader;
    nacre_status status = mend_read(&x->mend, r->text.bytes, r->text.length, r->line, final, consumed);
    if (status == NACRE_OK)
        status = parse_chunk(x);
    if (status == NACRE_OK)
        status = asides_hold(&x->asides);
    if (status || r->ended || !final)
        return status;
    x->finishing = true;
    (void)xmlParseChunk(x->parser, NULL, 0, 1);
    if (x->status)
        return x->status;
    if (r->summary.dialect == FEED_AUTO)
        return reader_fail(r, NACRE_ERROR_FORMAT,
                           "this is no feed: there is neither <yml_catalog>, <rss> nor <feed>");
    return x->root_ended ? NACRE_OK : end_early(x);
}
