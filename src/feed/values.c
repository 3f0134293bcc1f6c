// SPDX-License-Identifier: Apache-2.0
#include "feed/values.h"

#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>

#include "base/limits.h"
#include "feed/vector.h"

enum { REFERENCE_BYTES = 32 }; // the longest "&name;" that is looked at

// Bytes of white space at the end (or start) of text: ASCII blanks, and U+00A0 as shops paste it.
static size_t blank_at_end(const char *text, size_t length) {
    if (length && value_is_blank(text[length - 1]))
        return 1;
    if (length >= 2 && text[length - 2] == '\xC2' && text[length - 1] == '\xA0')
        return 2;
    return 0;
}

static size_t blank_at_start(const char *text, size_t length) {
    if (length && value_is_blank(text[0]))
        return 1;
    if (length >= 2 && text[0] == '\xC2' && text[1] == '\xA0')
        return 2;
    return 0;
}

char *value_trim(char *text, size_t *length) {
    size_t left = *length, blank;
    while ((blank = blank_at_end(text, left)))
        left -= blank;
    while ((blank = blank_at_start(text, left))) {
        text += blank;
        left -= blank;
    }
    text[left] = 0;
    *length = left;
    return text;
}

size_t value_collapse(char *text, size_t length) {
    size_t to = 0;
    for (size_t from = 0; from < length; from++) {
        char c = value_is_blank(text[from]) ? ' ' : text[from];
        if (c == ' ' && to && text[to - 1] == ' ')
            continue;
        text[to++] = c;
    }
    text[to] = 0;
    return to;
}

bool value_is_xml_character(uint32_t c) {
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return c < 0xD800 || (c >= 0xE000 && c != 0xFFFE && c != 0xFFFF && c <= 0x10FFFF);
}

size_t value_put_utf8(uint32_t c, char bytes[4]) {
    if (c < 0x80) {
        bytes[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        bytes[0] = (char)(0xC0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        bytes[0] = (char)(0xE0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    bytes[0] = (char)(0xF0 | c >> 18);
    bytes[1] = (char)(0x80 | (c >> 12 & 0x3F));
    bytes[2] = (char)(0x80 | (c >> 6 & 0x3F));
    bytes[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static bool is_letter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static int digit_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static uint32_t numeric_reference(const char *digits, size_t length) {
    int base = 10;
    if (length && (digits[0] == 'x' || digits[0] == 'X')) {
        base = 16;
        digits++;
        length--;
    }
    uint32_t code_point = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = digit_value(digits[i]);
        if (digit < 0 || digit >= base)
            return 0;
        code_point = code_point * (uint32_t)base + (uint32_t)digit;
        if (code_point > 0x10FFFF)
            return 0xFFFF; // no character
    }
    return length == 0 ? 0 : code_point == 0 ? 0xFFFF : code_point;
}

uint32_t value_reference(const char *text, size_t length, size_t *reference_length, bool *complete) {
    char name[REFERENCE_BYTES];
    size_t most = length < REFERENCE_BYTES ? length : REFERENCE_BYTES;
    size_t end = 1;
    *complete = true;
    while (end < most && text[end] != ';') {
        char c = text[end];
        if (digit_value(c) < 0 && !is_letter(c) && !(c == '#' && end == 1))
            return 0;
        name[end - 1] = c;
        end++;
    }
    if (end == most) {
        *complete = most == REFERENCE_BYTES;
        return 0;
    }
    name[end - 1] = 0;
    *reference_length = end + 1;
    if (name[0] == '#')
        return numeric_reference(name + 1, end - 2);
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
    return entity ? entity->value : 0;
}

size_t value_unescape(char *text, size_t length) {
    const char *ampersand = memchr(text, '&', length);
    if (!ampersand)
        return length;
    size_t to = (size_t)(ampersand - text);
    for (size_t from = to; from < length;) {
        size_t taken = 0;
        bool complete;
        uint32_t code_point =
            text[from] == '&' ? value_reference(text + from, length - from, &taken, &complete) : 0;
        if (code_point && value_is_xml_character(code_point)) {
            char bytes[4];
            size_t put = value_put_utf8(code_point, bytes);
            memcpy(text + to, bytes, put);
            to += put;
            from += taken;
        } else {
            text[to++] = text[from++];
        }
    }
    text[to] = 0;
    return to;
}

// ---- prices

static const struct {
    const char *sign;
    char code[4];
} currency_signs[] = {
    {"₽", "RUB"},   {"руб", "RUB"}, {"Руб", "RUB"}, {"РУБ", "RUB"}, {"р.", "RUB"},  {"$", "USD"},
    {"€", "EUR"},     {"£", "GBP"},   {"₴", "UAH"},   {"грн", "UAH"}, {"ГРН", "UAH"}, {"₸", "KZT"},
    {"тенге", "KZT"}, {"zł", "PLN"},  {"643", "RUB"}, {"810", "RUB"}, {"840", "USD"}, {"978", "EUR"},
};

static void find_currency(const char *text, bool signs_of_digits, char currency[4]) {
    currency[0] = 0;
    if (!signs_of_digits && text[strspn(text, "0123456789., ")] == 0)
        return;
    for (const char *c = text; *c;) {
        size_t letters = 0;
        while (is_letter(c[letters]))
            letters++;
        if (letters == 3) {
            for (int i = 0; i < 3; i++)
                currency[i] = (char)(c[i] & ~0x20);
            currency[3] = 0;
            if (memcmp(currency, "RUR", 3) == 0)
                memcpy(currency, "RUB", 4);
            return;
        }
        c += letters ? letters : 1;
    }
    for (size_t i = 0; i < sizeof currency_signs / sizeof *currency_signs; i++) {
        bool digits = currency_signs[i].sign[0] >= '0' && currency_signs[i].sign[0] <= '9';
        if (digits ? signs_of_digits && strcmp(text, currency_signs[i].sign) == 0
                   : strstr(text, currency_signs[i].sign) != NULL) {
            memcpy(currency, currency_signs[i].code, 4);
            return;
        }
    }
}

void value_currency(const char *text, char currency[4]) {
    find_currency(text, true, currency);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Bytes of a thousands separator that is no point or comma: space, U+00A0, U+2009, U+202F, apostrophe.
static size_t thousands_gap(const char *c) {
    size_t gap = 0;
    if (*c == ' ' || *c == '\'')
        gap = 1;
    else if (c[0] == '\xC2' && c[1] == '\xA0')
        gap = 2;
    else if (c[0] == '\xE2' && c[1] == '\x80' && (c[2] == '\x89' || c[2] == '\xAF'))
        gap = 3;
    if (gap && is_digit(c[gap]) && is_digit(c[gap + 1]) && is_digit(c[gap + 2]) && !is_digit(c[gap + 3]))
        return gap;
    return 0;
}

// The decimal separator of the number that starts at `c`, NULL where it has none. The last point or comma is
// it, unless it stands several times, or is a comma before exactly three digits ("1,299").
static const char *decimal_separator(const char *c) {
    const char *last = NULL;
    int points = 0, commas = 0;
    for (;;) {
        size_t gap;
        if (is_digit(*c)) {
            c++;
        } else if ((*c == '.' || *c == ',') && is_digit(c[1])) {
            last = c;
            *c == '.' ? points++ : commas++;
            c++;
        } else if ((gap = thousands_gap(c))) {
            c += gap;
        } else {
            break;
        }
    }
    if (!last || (*last == '.' ? points : commas) > 1)
        return NULL;
    bool three_digits = c - last == 4;
    if (*last == ',' && three_digits)
        return NULL;
    return last;
}

bool value_price(const char *text, int64_t *hundredths, char currency[4]) {
    find_currency(text, false, currency);
    const char *c = text;
    while (*c && !is_digit(*c))
        c++;
    if (!*c || (c > text && c[-1] == '-'))
        return false;
    const char *decimals = decimal_separator(c);
    int64_t value = 0;
    int places = -1; // digits behind the separator
    bool round_up = false;
    for (;; c++) {
        size_t gap;
        if (is_digit(*c)) {
            if (places >= 2) {
                round_up = places == 2 ? *c >= '5' : round_up;
                places++;
                continue;
            }
            if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *c - '0', &value))
                return false;
            places += places >= 0;
        } else if (c == decimals) {
            places = 0;
        } else if ((*c == '.' || *c == ',') && is_digit(c[1]) && places < 0) {
            continue;
        } else if (places < 0 && (gap = thousands_gap(c))) {
            c += gap - 1;
        } else {
            break;
        }
    }
    if ((*c | 0x20) == 'e' && (is_digit(c[1]) || ((c[1] == '+' || c[1] == '-') && is_digit(c[2]))))
        return false; // "1.0E+15": what a shop's program prints where it has lost the price
    for (int i = places < 0 ? 0 : places; i < 2; i++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    *hundredths = value + round_up;
    return true;
}

bool value_available(const char *text, bool fallback) {
    static const char *const yes[] = {"true",
                                      "1",
                                      "yes",
                                      "in stock",
                                      "in_stock",
                                      "instock",
                                      "available",
                                      "available for order",
                                      "available_for_order",
                                      "preorder",
                                      "pre-order",
                                      "pre_order",
                                      "backorder",
                                      "back-order",
                                      "back_order",
                                      "да",
                                      "в наличии",
                                      "limited availability"};
    static const char *const no[] = {"false",        "0",          "no",           "out of stock",
                                     "out_of_stock", "outofstock", "out-of-stock", "discontinued",
                                     "sold out",     "sold_out",   "нет",          "нет в наличии"};
    const char *word = strrchr(text, '/'); // schema.org's addresses: https://schema.org/InStock
    word = word && strstr(text, "schema.org") ? word + 1 : text;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (strcasecmp(word, yes[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (strcasecmp(word, no[i]) == 0)
            return false;
    return fallback;
}

// ---- params

// Lower case of the first letters of a text, ASCII and Cyrillic, for comparing with our own words.
static void lower_case(const char *text, char *lower, size_t size) {
    size_t to = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c && to + 3 < size;) {
        if (c[0] == 0xD0 && c[1] >= 0x90 && c[1] <= 0x9F) { // А..П
            lower[to++] = (char)0xD0;
            lower[to++] = (char)(c[1] + 0x20);
            c += 2;
        } else if (c[0] == 0xD0 && c[1] >= 0xA0 && c[1] <= 0xAF) { // Р..Я
            lower[to++] = (char)0xD1;
            lower[to++] = (char)(c[1] - 0x20);
            c += 2;
        } else if (c[0] == 0xD0 && c[1] >= 0x80 && c[1] <= 0x8F) { // Ё, Є, І, Ї …
            lower[to++] = (char)0xD1;
            lower[to++] = (char)(c[1] + 0x10);
            c += 2;
        } else {
            lower[to++] = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
            c++;
        }
    }
    lower[to] = 0;
}

// Whether the name begins as one of the words below do: tells most names apart at once.
static bool may_have_meaning(const char *name) {
    switch ((unsigned char)name[0]) {
    case 0xD0: // Ц, К, Р, П, С, О in both cases
        return strchr("\xA6\x9A\xA0\x9F\xA1\x9E\xBA\xBF\xBE", name[1]) != NULL;
    case 0xD1: // ц, р, с
        return strchr("\x86\x80\x81", name[1]) != NULL;
    default:
        return strchr("cCsSgG", name[0]) != NULL;
    }
}

enum value_meaning value_param_meaning(const char *name) {
    // `whole` words must be the whole name; the others may be followed by more ("Размер одежды", "Цвет
    // верха").
    static const struct {
        const char *word;
        enum value_meaning meaning;
        bool whole;
    } words[] = {
        {"цвет", MEANING_COLOUR, false},         {"колір", MEANING_COLOUR, false},
        {"основной цвет", MEANING_COLOUR, true}, {"color", MEANING_COLOUR, false},
        {"colour", MEANING_COLOUR, false},       {"размер", MEANING_SIZE, false},
        {"розмір", MEANING_SIZE, false},         {"российский размер", MEANING_SIZE, true},
        {"size", MEANING_SIZE, false},           {"пол", MEANING_GENDER, true},
        {"стать", MEANING_GENDER, true},         {"gender", MEANING_GENDER, true},
        {"sex", MEANING_GENDER, true},
    };
    if (!name[0] || !may_have_meaning(name))
        return MEANING_NONE;
    char lower[64];
    lower_case(name, lower, sizeof lower);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].word[1] != lower[1])
            continue; // the second byte tells Cyrillic words apart
        size_t length = strlen(words[i].word);
        if (strncmp(lower, words[i].word, length) == 0 &&
            (lower[length] == 0 || (!words[i].whole && strchr(" _(:", lower[length]))))
            return words[i].meaning;
    }
    return MEANING_NONE;
}

// ---- addresses

static bool starts_with(const char *text, size_t length, const char *start) {
    size_t start_length = strlen(start);
    return length >= start_length && strncasecmp(text, start, start_length) == 0;
}

static bool starts_address(const char *text) {
    static const char *const starts[] = {"http://", "https://", "http%3A", "https%3A"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncasecmp(text, starts[i], strlen(starts[i])) == 0)
            return true;
    return text[0] == '/' && text[1] == '/' && text[2] && text[2] != '/';
}

static bool separates(char c) {
    return value_is_blank(c) || c == ',' || c == ';' || c == '|';
}

bool value_next_address(const char **cursor, const char **address, size_t *length) {
    const char *start = *cursor;
    while (separates(*start))
        start++;
    if (!*start)
        return false;
    const char *end = start;
    for (;;) {
        while (*end && !separates(*end))
            end++;
        const char *next = end;
        while (separates(*next))
            next++;
        if (!*next || starts_address(next))
            break;
        end = next;
    }
    *cursor = end;
    *address = start;
    *length = (size_t)(end - start);
    return true;
}

// "http%3A%2F%2Fhost%2Fa": the whole address was percent-encoded once too often.
static size_t decode_percent(char *text, size_t length) {
    size_t to = 0;
    for (size_t from = 0; from < length; from++) {
        int high, low;
        if (text[from] == '%' && from + 2 < length && (high = digit_value(text[from + 1])) >= 0 &&
            (low = digit_value(text[from + 2])) >= 0) {
            text[to++] = (char)(high * 16 + low);
            from += 2;
        } else {
            text[to++] = text[from];
        }
    }
    text[to] = 0;
    return to;
}

static bool must_be_encoded(unsigned char c) {
    if (c <= 0x20 || c >= 0x7F)
        return true;
    switch (c) {
    case '"':
    case '<':
    case '>':
    case '\\':
    case '^':
    case '`':
    case '{':
    case '|':
    case '}':
        return true;
    default:
        return false;
    }
}

static size_t host_end(const char *text, size_t length) {
    size_t end = (size_t)(strchr(text, ':') - text) + 3;
    while (end < length && !strchr("/?#", text[end]))
        end++;
    return end;
}

// Percent-encodes what must not stand in an address; its host is left alone (a Cyrillic one is the
// downloader's).
static char *encode_percent(const char *text, size_t length, arena *a) {
    size_t path = host_end(text, length);
    size_t extra = 0;
    for (size_t i = path; i < length; i++)
        extra += must_be_encoded((unsigned char)text[i]);
    char *result = arena_new(a, length + 2 * extra + 1, 1);
    if (!result)
        return NULL;
    char *to = result;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (i >= path && must_be_encoded(c)) {
            *to++ = '%';
            *to++ = "0123456789ABCDEF"[c >> 4];
            *to++ = "0123456789ABCDEF"[c & 15];
        } else {
            *to++ = (char)c;
        }
    }
    return result;
}

static bool has_scheme(const char *text, size_t length) {
    for (size_t i = 0; i < length && i < 16; i++) {
        if (text[i] == ':')
            return i > 0;
        if (!is_letter(text[i]))
            return false;
    }
    return false;
}

// Scheme and host of the shop's address, without what follows.
static size_t origin_length(const char *base) {
    const char *host = strstr(base, "://");
    return host ? (size_t)(host + 3 - base) + strcspn(host + 3, "/?#") : 0;
}

// Whether the bytes are all such that an address may hold them, and none separates addresses.
static bool is_plain_address(const char *text, size_t length) {
    size_t at = 0;
    mask16 bad = {0};
    for (; length - at >= 16; at += 16) {
        mask16 c = (mask16)load16(text + at);
        bad |= (c <= ' ') | (c == 0x7F) | (c == '"') | (c == '<') | (c == '>') | (c == '\\') | (c == '^') |
               (c == '`') | (c == '{') | (c == '|') | (c == '}') | (c == ',') | (c == ';');
    }
    bool good = !any16(bad);
    for (; at < length && good; at++)
        good = !must_be_encoded((unsigned char)text[at]) && text[at] != ',' && text[at] != ';';
    return good;
}

bool value_is_good_address(const char *text, size_t length) {
    if (length < 9 || memcmp(text, "http", 4) != 0)
        return false;
    size_t host = text[4] == 's' ? 8 : 7;
    return memcmp(text + host - 3, "://", 3) == 0 && text[host] != '/' && text[host] != '?' &&
           text[host] != '#' && is_plain_address(text, length);
}

static bool host_is_good(const char *address, size_t length, bool was_encoded) {
    size_t end = host_end(address, length);
    size_t start = (size_t)(strchr(address, ':') - address) + 3;
    for (size_t i = start; i < end; i++) {
        unsigned char c = (unsigned char)address[i];
        if (must_be_encoded(c) && (c < 0x80 || was_encoded))
            return false;
    }
    return start < end;
}

// The address with a scheme and a host; NULL where it can have none, or when out of memory.
static char *make_absolute(char *address, size_t length, const char *base, arena *a, bool *out_of_memory) {
    char *result = address;
    if (starts_with(address, length, "//")) {
        result = arena_printf(a, "https:%s", address);
    } else if (starts_with(address, length, "www.")) {
        result = arena_printf(a, "http://%s", address);
    } else if (address[0] == '/' && base && origin_length(base)) {
        result = arena_printf(a, "%.*s%s", (int)origin_length(base), base, address);
    } else if (!starts_with(address, length, "http://") && !starts_with(address, length, "https://")) {
        // Without a scheme: "shop.ru/a.jpg" is an address, "a.jpg" or "-" is none.
        const char *slash = memchr(address, '/', length);
        if (has_scheme(address, length) || !slash || !memchr(address, '.', (size_t)(slash - address)))
            return NULL;
        result = arena_printf(a, "http://%s", address);
    }
    *out_of_memory = !result;
    return result;
}

const char *value_address(const char *text, size_t length, const char *base, arena *a, bool *out_of_memory) {
    *out_of_memory = false;
    if (length == 0 || length > LIMIT_URL_BYTES)
        return NULL;
    if (text[length] == 0 && value_is_good_address(text, length))
        return text;
    char *address = arena_text_n(a, text, length);
    if (!address)
        goto memory;
    bool was_encoded = starts_with(address, length, "http%3A") || starts_with(address, length, "https%3A");
    if (was_encoded)
        length = decode_percent(address, length);
    if (strlen(address) != length)
        return NULL; // "%00"
    for (char *c = address; (c = strchr(c, '\\'));)
        *c = '/';
    address = make_absolute(address, length, base, a, out_of_memory);
    if (!address)
        return NULL;
    length = strlen(address);
    if (!host_is_good(address, length, was_encoded))
        return NULL;
    address = encode_percent(address, length, a);
    if (!address)
        goto memory;
    return strlen(address) <= LIMIT_URL_BYTES ? address : NULL;
memory:
    *out_of_memory = true;
    return NULL;
}
