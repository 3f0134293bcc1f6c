// SPDX-License-Identifier: Apache-2.0
#include "feed/charset.h"

#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "feed/values.h"
#include "feed/vector.h"

// The charsets of Russian shops are built in: a small Debian has no iconv module for them.
static const uint16_t windows_1251[128] = {
    0x0402, 0x0403, 0x201A, 0x0453, 0x201E, 0x2026, 0x2020, 0x2021, 0x20AC, 0x2030, 0x0409, 0x2039, 0x040A,
    0x040C, 0x040B, 0x040F, 0x0452, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0xFFFD, 0x2122,
    0x0459, 0x203A, 0x045A, 0x045C, 0x045B, 0x045F, 0x00A0, 0x040E, 0x045E, 0x0408, 0x00A4, 0x0490, 0x00A6,
    0x00A7, 0x0401, 0x00A9, 0x0404, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x0407, 0x00B0, 0x00B1, 0x0406, 0x0456,
    0x0491, 0x00B5, 0x00B6, 0x00B7, 0x0451, 0x2116, 0x0454, 0x00BB, 0x0458, 0x0405, 0x0455, 0x0457, 0x0410,
    0x0411, 0x0412, 0x0413, 0x0414, 0x0415, 0x0416, 0x0417, 0x0418, 0x0419, 0x041A, 0x041B, 0x041C, 0x041D,
    0x041E, 0x041F, 0x0420, 0x0421, 0x0422, 0x0423, 0x0424, 0x0425, 0x0426, 0x0427, 0x0428, 0x0429, 0x042A,
    0x042B, 0x042C, 0x042D, 0x042E, 0x042F, 0x0430, 0x0431, 0x0432, 0x0433, 0x0434, 0x0435, 0x0436, 0x0437,
    0x0438, 0x0439, 0x043A, 0x043B, 0x043C, 0x043D, 0x043E, 0x043F, 0x0440, 0x0441, 0x0442, 0x0443, 0x0444,
    0x0445, 0x0446, 0x0447, 0x0448, 0x0449, 0x044A, 0x044B, 0x044C, 0x044D, 0x044E, 0x044F,
};

static const uint16_t koi8_r[128] = {
    0x2500, 0x2502, 0x250C, 0x2510, 0x2514, 0x2518, 0x251C, 0x2524, 0x252C, 0x2534, 0x253C, 0x2580, 0x2584,
    0x2588, 0x258C, 0x2590, 0x2591, 0x2592, 0x2593, 0x2320, 0x25A0, 0x2219, 0x221A, 0x2248, 0x2264, 0x2265,
    0x00A0, 0x2321, 0x00B0, 0x00B2, 0x00B7, 0x00F7, 0x2550, 0x2551, 0x2552, 0x0451, 0x2553, 0x2554, 0x2555,
    0x2556, 0x2557, 0x2558, 0x2559, 0x255A, 0x255B, 0x255C, 0x255D, 0x255E, 0x255F, 0x2560, 0x2561, 0x0401,
    0x2562, 0x2563, 0x2564, 0x2565, 0x2566, 0x2567, 0x2568, 0x2569, 0x256A, 0x256B, 0x256C, 0x00A9, 0x044E,
    0x0430, 0x0431, 0x0446, 0x0434, 0x0435, 0x0444, 0x0433, 0x0445, 0x0438, 0x0439, 0x043A, 0x043B, 0x043C,
    0x043D, 0x043E, 0x043F, 0x044F, 0x0440, 0x0441, 0x0442, 0x0443, 0x0436, 0x0432, 0x044C, 0x044B, 0x0437,
    0x0448, 0x044D, 0x0449, 0x0447, 0x044A, 0x042E, 0x0410, 0x0411, 0x0426, 0x0414, 0x0415, 0x0424, 0x0413,
    0x0425, 0x0418, 0x0419, 0x041A, 0x041B, 0x041C, 0x041D, 0x041E, 0x041F, 0x042F, 0x0420, 0x0421, 0x0422,
    0x0423, 0x0416, 0x0412, 0x042C, 0x042B, 0x0417, 0x0428, 0x042D, 0x0429, 0x0427, 0x042A,
};

static const uint16_t windows_1252[128] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
    0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178, 0x00A0, 0x00A1, 0x00A2, 0x00A3, 0x00A4, 0x00A5, 0x00A6,
    0x00A7, 0x00A8, 0x00A9, 0x00AA, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x00AF, 0x00B0, 0x00B1, 0x00B2, 0x00B3,
    0x00B4, 0x00B5, 0x00B6, 0x00B7, 0x00B8, 0x00B9, 0x00BA, 0x00BB, 0x00BC, 0x00BD, 0x00BE, 0x00BF, 0x00C0,
    0x00C1, 0x00C2, 0x00C3, 0x00C4, 0x00C5, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD,
    0x00CE, 0x00CF, 0x00D0, 0x00D1, 0x00D2, 0x00D3, 0x00D4, 0x00D5, 0x00D6, 0x00D7, 0x00D8, 0x00D9, 0x00DA,
    0x00DB, 0x00DC, 0x00DD, 0x00DE, 0x00DF, 0x00E0, 0x00E1, 0x00E2, 0x00E3, 0x00E4, 0x00E5, 0x00E6, 0x00E7,
    0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF, 0x00F0, 0x00F1, 0x00F2, 0x00F3, 0x00F4,
    0x00F5, 0x00F6, 0x00F7, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x00FD, 0x00FE, 0x00FF,
};

static const struct {
    const char *alias;
    const char *name;
    enum charset_kind kind;
    const uint16_t *high;
} known[] = {
    {"utf-8", "UTF-8", CHARSET_UTF8, NULL},
    {"utf8", "UTF-8", CHARSET_UTF8, NULL},
    {"us-ascii", "UTF-8", CHARSET_UTF8, NULL},
    {"ascii", "UTF-8", CHARSET_UTF8, NULL},
    {"utf-16", "UTF-16", CHARSET_UTF16LE, NULL},
    {"utf-16le", "UTF-16", CHARSET_UTF16LE, NULL},
    {"utf-16be", "UTF-16", CHARSET_UTF16BE, NULL},
    {"windows-1251", "windows-1251", CHARSET_SINGLE_BYTE, windows_1251},
    {"windows1251", "windows-1251", CHARSET_SINGLE_BYTE, windows_1251},
    {"win-1251", "windows-1251", CHARSET_SINGLE_BYTE, windows_1251},
    {"win1251", "windows-1251", CHARSET_SINGLE_BYTE, windows_1251},
    {"cp1251", "windows-1251", CHARSET_SINGLE_BYTE, windows_1251},
    {"cp-1251", "windows-1251", CHARSET_SINGLE_BYTE, windows_1251},
    {"koi8-r", "KOI8-R", CHARSET_SINGLE_BYTE, koi8_r},
    {"koi8r", "KOI8-R", CHARSET_SINGLE_BYTE, koi8_r},
    // As browsers do: the second is a subset of the first, and whoever declares it writes the first.
    {"windows-1252", "windows-1252", CHARSET_SINGLE_BYTE, windows_1252},
    {"iso-8859-1", "windows-1252", CHARSET_SINGLE_BYTE, windows_1252},
    {"latin1", "windows-1252", CHARSET_SINGLE_BYTE, windows_1252},
};

// Any other charset of one byte a character, if the system's iconv has it.
static bool ask_iconv(const char *name, struct charset *result) {
    iconv_t converter = iconv_open("UTF-16LE", name);
    if (converter == (iconv_t)-1)
        return false;
    bool good = true;
    for (int byte = 0; byte < 256 && good; byte++) {
        char in = (char)byte, *from = &in;
        unsigned char out[8] = {0};
        char *to = (char *)out;
        size_t in_left = 1, out_left = sizeof out;
        size_t done = iconv(converter, &from, &in_left, &to, &out_left);
        unsigned unit = out[0] | (unsigned)out[1] << 8;
        uint16_t code_point = done == (size_t)-1 ? 0xFFFD : (uint16_t)unit;
        if (byte < 128)
            good = code_point == byte || byte < 32;
        else
            result->high[byte - 128] = code_point;
        iconv(converter, NULL, NULL, NULL, NULL);
    }
    iconv_close(converter);
    return good;
}

static void set_single_byte(struct charset *charset, const char *name, const uint16_t high[128]) {
    charset->kind = CHARSET_SINGLE_BYTE;
    strncpy(charset->name, name, sizeof charset->name - 1);
    memcpy(charset->high, high, sizeof charset->high);
}

bool charset_find(const char *name, struct charset *result) {
    *result = (struct charset){0};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcasecmp(name, known[i].alias) != 0)
            continue;
        if (known[i].high)
            set_single_byte(result, known[i].name, known[i].high);
        result->kind = known[i].kind;
        strncpy(result->name, known[i].name, sizeof result->name - 1);
        return true;
    }
    if (strlen(name) >= sizeof result->name || !ask_iconv(name, result))
        return false;
    result->kind = CHARSET_SINGLE_BYTE;
    strncpy(result->name, name, sizeof result->name - 1);
    return true;
}

// ---- what the bytes say

// Counts well-formed characters above 7F and ill-formed bytes; a character cut off at the end counts as
// neither.
static void count_utf8(const char *bytes, size_t length, size_t *good, size_t *bad) {
    *good = *bad = 0;
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x80) {
            i++;
            continue;
        }
        size_t size = c >= 0xC2 && c <= 0xDF ? 2 : (c & 0xF0) == 0xE0 ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 1;
        size_t have = 1;
        while (have < size && i + have < length && ((unsigned char)bytes[i + have] & 0xC0) == 0x80)
            have++;
        if (size > 1 && have == size)
            ++*good;
        else if (size == 1 || i + have < length)
            ++*bad;
        i += have;
    }
}

enum { DECISIVE_CHARACTERS = 16 };

// Running text is mostly small letters: E0..FF in windows-1251, C0..DF in KOI8-R.
static const uint16_t *guess_cyrillic(const char *bytes, size_t length, const char **name) {
    size_t low = 0, high = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        low += c >= 0xC0 && c <= 0xDF;
        high += c >= 0xE0;
    }
    bool koi8 = low > 2 * high;
    *name = koi8 ? "KOI8-R" : "windows-1251";
    return koi8 ? koi8_r : windows_1251;
}

void charset_decide(struct charset *charset, const char *bytes, size_t length, bool final, bool *wrong) {
    *wrong = false;
    if (charset->kind == CHARSET_UTF16LE || charset->kind == CHARSET_UTF16BE)
        return;
    size_t good, bad;
    count_utf8(bytes, length, &good, &bad);
    charset->decided = final || good + bad >= DECISIVE_CHARACTERS;
    if (!charset->decided)
        return;
    if (charset->kind == CHARSET_UTF8 && bad > good) {
        const char *name;
        const uint16_t *high = guess_cyrillic(bytes, length, &name);
        set_single_byte(charset, name, high);
        *wrong = true;
    } else if (charset->kind == CHARSET_SINGLE_BYTE && good >= 4 && bad == 0) {
        (void)charset_find("UTF-8", charset);
        charset->decided = *wrong = true;
    }
}

// ---- to UTF-8

static nacre_status decode_utf16(const struct charset *charset, const unsigned char *bytes, size_t length,
                                 bool final, buffer *text, size_t *consumed) {
    bool big = charset->kind == CHARSET_UTF16BE;
    size_t at = 0;
    nacre_status status = NACRE_OK;
    while (at + 1 < length && status == NACRE_OK) {
        uint32_t unit =
            big ? (uint32_t)(bytes[at] << 8 | bytes[at + 1]) : (uint32_t)(bytes[at + 1] << 8 | bytes[at]);
        size_t size = 2;
        if (unit >= 0xD800 && unit <= 0xDBFF) {
            if (at + 3 >= length && !final)
                break;
            uint32_t low = at + 3 >= length ? 0
                           : big            ? (uint32_t)(bytes[at + 2] << 8 | bytes[at + 3])
                                            : (uint32_t)(bytes[at + 3] << 8 | bytes[at + 2]);
            if (low >= 0xDC00 && low <= 0xDFFF) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                size = 4;
            }
        }
        char utf8[4];
        if (unit >= 0xD800 && unit <= 0xDFFF)
            unit = 0xFFFD;
        status = buffer_append(text, utf8, value_put_utf8(unit, utf8));
        at += size;
    }
    *consumed = final ? length : at;
    return status;
}

static nacre_status decode_single(const struct charset *charset, const unsigned char *bytes, size_t length,
                                  buffer *text) {
    char out[3 * 1024];
    size_t used = 0;
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < length && status == NACRE_OK; i++) {
        if (bytes[i] < 0x80)
            out[used++] = (char)bytes[i];
        else
            used += value_put_utf8(charset->high[bytes[i] - 128], out + used);
        if (used + 3 > sizeof out || i + 1 == length) {
            status = buffer_append(text, out, used);
            used = 0;
        }
    }
    return status;
}

// Bytes at the end that begin a character which is not all there.
static size_t cut_character(const char *bytes, size_t length) {
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        unsigned char c = (unsigned char)bytes[length - back];
        if (c >= 0xC0) {
            size_t size = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
            return size > back ? back : 0;
        }
        if (c < 0x80)
            return 0;
    }
    return 0;
}

nacre_status charset_decode(const struct charset *charset, const char *bytes, size_t length, bool final,
                            buffer *text, size_t *consumed) {
    *consumed = length;
    switch (charset->kind) {
    case CHARSET_UTF16LE:
    case CHARSET_UTF16BE:
        return decode_utf16(charset, (const unsigned char *)bytes, length, final, text, consumed);
    case CHARSET_SINGLE_BYTE:
        return decode_single(charset, (const unsigned char *)bytes, length, text);
    case CHARSET_UTF8:
        break;
    }
    if (!final)
        *consumed -= cut_character(bytes, length);
    return buffer_append(text, bytes, *consumed);
}

// ---- faults

enum { CHECK_BYTES = 64 };

static inline mask16 controls(mask16 c) {
    return ((c < ' ') & (c >= 0) & (c != '\t') & (c != '\n') & (c != '\r')) | (c == 0x7F);
}

// Whether 64 bytes are ASCII and two-byte characters only, without controls. Also looks at the byte behind.
static bool is_plain(const unsigned char *p) {
    mask16 high = {0}, bad = {0};
    for (int i = 0; i < CHECK_BYTES; i += 16) {
        mask16 c = (mask16)load16(p + i); // signed: 80..FF are below 0
        high |= c;
        bad |= controls(c);
    }
    high |= (mask16)load16(p + CHECK_BYTES - 15); // the byte behind as well
    if (any16(bad) || !any16(high < 0))
        return !any16(bad);
    for (int i = 0; i < CHECK_BYTES; i += 16) {
        mask16 c = (mask16)load16(p + i), next = (mask16)load16(p + i + 1);
        mask16 lead = (c > -65) & (c < -32); // C0..DF
        mask16 longer = (c > -33) & (c < 0); // E0..FF
        bad |= longer | ((c & -2) == -64) | (lead ^ (next < -64));
    }
    return !any16(bad);
}

// The length of the character at p, 0 where it is ill-formed.
static size_t character_length(const unsigned char *p, size_t left) {
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    size_t size = c >= 0xC2 && c <= 0xDF ? 2 : (c & 0xF0) == 0xE0 ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
    if (size == 0 || size > left)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (c == 0xE0 && p[1] < 0xA0) || (c == 0xF0 && p[1] < 0x90);
    bool surrogate = c == 0xED && p[1] > 0x9F;
    bool too_high = c == 0xF4 && p[1] > 0x8F;
    return overlong || surrogate || too_high ? 0 : size;
}

enum charset_fault charset_next_fault(const char *text, size_t length, size_t *at, size_t *fault_length) {
    const unsigned char *p = (const unsigned char *)text;
    size_t i = *at;
    bool inside = false; // text[i] is the second byte of a character that is_plain has seen
    while (i < length) {
        if (length - i > CHECK_BYTES && (inside || (p[i] & 0xC0) != 0x80) && is_plain(p + i)) {
            i += CHECK_BYTES;
            inside = (p[i] & 0xC0) == 0x80;
            continue;
        }
        if (inside)
            i++;
        inside = false;
        for (size_t end = i + CHECK_BYTES; i < end && i < length;) {
            size_t size = character_length(p + i, length - i);
            bool control =
                size == 1 && ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7F);
            bool no_character = size == 3 && p[i] == 0xEF && p[i + 1] == 0xBF && p[i + 2] >= 0xBE;
            if (size == 0 || control || no_character) {
                *at = i;
                *fault_length = size ? size : 1;
                return size ? FAULT_CONTROL : FAULT_BYTES;
            }
            i += size;
        }
    }
    *at = length;
    return FAULT_NONE;
}
