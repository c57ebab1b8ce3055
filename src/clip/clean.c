/* Each step reads a whole text and appends to a new one; texts are short. Steps of ftfy first, then those of
 * html.unescape(), then white space and case. */
#include "clip/clean.h"
#include "base/strings.h"
#include "clip/entities.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT 0xFFFD
/* ftfy repeats its steps without bound; only nested references ("&amp;amp;amp;") need more than three rounds.
 */
#define MAX_ROUNDS 32
/* ftfy's unescape_html() reads names of at most 24 letters and digits. */
#define MAX_STRICT_NAME 24

struct range {
    const char *text;
    size_t size;
};

static void append_char(struct alfa__string *out, gunichar c)
{
    char bytes[6];
    alfa__string_append_bytes(out, bytes, (size_t)g_unichar_to_utf8(c, bytes));
}

/* ------------------------------------------------------------------ HTML references */

/* What Windows-1252 has at 0x80..0x9F; where it has nothing the control character stays. */
static gunichar windows_1252(gunichar c)
{
    static const guint16 table[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                      0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                      0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                      0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    return c >= 0x80 && c < 0xA0 ? table[c - 0x80] : c;
}

/* Code points that html.unescape() drops. */
static bool is_dropped_reference(gunichar c)
{
    return (c >= 0x1 && c <= 0x8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F ||
           (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

static void append_numeric(struct alfa__string *out, gunichar c)
{
    if (c == 0 || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
        append_char(out, REPLACEMENT);
    else if (!is_dropped_reference(c))
        append_char(out, windows_1252(c));
}

/* Reads "#123" or "#x1F" after an '&'. Returns the bytes read, 0 when there are no digits. */
static size_t read_number(gunichar *value, const char *text)
{
    bool hex = text[1] == 'x' || text[1] == 'X';
    size_t start = hex ? 2 : 1, i = start;
    *value = 0;
    for (; hex ? g_ascii_isxdigit(text[i]) : g_ascii_isdigit(text[i]); i++)
        if (*value <= 0x10FFFF)
            *value = *value * (hex ? 16 : 10) + (gunichar)g_ascii_xdigit_value(text[i]);
    return i > start ? i : 0;
}

/* Bytes of the name after an '&', at most 32 characters of html.unescape()'s [^\t\n\f <&#;]. */
static size_t name_size(const char *text)
{
    const char *p = text;
    for (int count = 0; count < 32 && *p && !strchr("\t\n\f <&#;", *p); count++)
        p = g_utf8_next_char(p);
    return (size_t)(p - text);
}

static void append_entity(struct alfa__string *out, const struct alfa__entity *entity)
{
    append_char(out, entity->code);
    if (entity->second_code)
        append_char(out, entity->second_code);
}

/* A named reference at text (after the '&'): the whole name with its semicolon, or its longest legacy start.
 * Returns the bytes read, 0 when it is none. */
static size_t unescape_name(struct alfa__string *out, const char *text)
{
    size_t size = name_size(text);
    const struct alfa__entity *entity = alfa__entity_find(text, size);
    if (entity && text[size] == ';') {
        append_entity(out, entity);
        return size + 1;
    }
    for (size_t n = size; n > 1; n--) {
        entity = alfa__entity_find(text, n);
        if (entity && entity->legacy) {
            append_entity(out, entity);
            return n;
        }
    }
    return 0;
}

static size_t unescape_number(struct alfa__string *out, const char *text)
{
    gunichar c;
    size_t size = read_number(&c, text);
    if (size)
        append_numeric(out, c);
    return size + (size && text[size] == ';');
}

/* Python's html.unescape(). */
static void unescape(struct alfa__string *out, struct range in)
{
    const char *text = in.text;
    for (const char *amp; (amp = strchr(text, '&'));) {
        alfa__string_append_bytes(out, text, (size_t)(amp - text));
        text = amp + 1;
        size_t used = *text == '#' ? unescape_number(out, text) : unescape_name(out, text);
        if (!used)
            alfa__string_append(out, "&");
        text += used;
    }
    alfa__string_append(out, text);
}

/* ftfy also reads names whose letters were all made capital: &EACUTE; and &SZLIG; */
static bool unescape_capitals(struct alfa__string *out, const char *name, size_t size)
{
    char lower[MAX_STRICT_NAME];
    for (size_t n = 2; n <= size; n++) {
        const struct alfa__entity *start = alfa__entity_find(name, n);
        if (start && start->legacy)
            return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (g_ascii_islower(name[i]))
            return false;
        lower[i] = g_ascii_tolower(name[i]);
    }
    const struct alfa__entity *entity = alfa__entity_find(lower, size);
    if (entity && entity->code == 0xDF)
        alfa__string_append(out, "SS");
    else if (entity)
        append_entity(out, &(struct alfa__entity){.code = g_unichar_toupper(entity->code),
                                                  .second_code = g_unichar_toupper(entity->second_code)});
    return entity != NULL;
}

/* ftfy's unescape_html(): only references that end in a semicolon and are known as a whole.
 * Returns the bytes read after the '&', 0 when it is none. */
static size_t unescape_strict(struct alfa__string *out, const char *text)
{
    size_t start = text[0] == '#', size = start;
    gunichar c;
    while (size < start + MAX_STRICT_NAME && g_ascii_isalnum(text[size]))
        size++;
    if (text[size] != ';')
        return 0;
    const struct alfa__entity *entity = start ? NULL : alfa__entity_find(text, size);
    if (entity)
        append_entity(out, entity);
    else if (start && read_number(&c, text) == size && c != ';')
        append_numeric(out, c);
    else if (start || !unescape_capitals(out, text, size))
        return 0;
    return size + 1;
}

static void fix_references(struct alfa__string *out, struct range in)
{
    for (size_t i = 0; i < in.size; i++) {
        size_t used = in.text[i] == '&' ? unescape_strict(out, in.text + i + 1) : 0;
        if (!used)
            alfa__string_append_bytes(out, in.text + i, 1);
        i += used;
    }
}

/* ------------------------------------------------------------------ characters */

/* The letters of a Latin ligature or digraph, NULL for any other character. */
static const char *ligature(gunichar c)
{
    static const struct {
        guint16 code;
        char letters[6];
    } table[] = {{0x0132, "IJ"}, {0x0133, "ij"}, {0x0149, "ʼn"}, {0x01C4, "DŽ"},  {0x01C5, "Dž"},
                 {0x01C6, "dž"}, {0x01C7, "LJ"}, {0x01C8, "Lj"}, {0x01C9, "lj"},  {0x01CA, "NJ"},
                 {0x01CB, "Nj"}, {0x01CC, "nj"}, {0x01F1, "DZ"}, {0x01F2, "Dz"},  {0x01F3, "dz"},
                 {0xFB00, "ff"}, {0xFB01, "fi"}, {0xFB02, "fl"}, {0xFB03, "ffi"}, {0xFB04, "ffl"},
                 {0xFB05, "ſt"}, {0xFB06, "st"}};
    for (size_t i = 0; c >= 0x132 && i < sizeof table / sizeof *table; i++)
        if (table[i].code == c)
            return table[i].letters;
    return NULL;
}

static gunichar straight_quote(gunichar c)
{
    if (c == 0x02BC || (c >= 0x2018 && c <= 0x201B))
        return '\'';
    return c >= 0x201C && c <= 0x201F ? '"' : c;
}

/* Full- and half-width forms have their usual form as compatibility mapping. */
static void append_usual_width(struct alfa__string *out, gunichar c)
{
    char bytes[7] = {0};
    g_unichar_to_utf8(c, bytes);
    char *usual = g_utf8_normalize(bytes, -1, G_NORMALIZE_NFKC);
    alfa__string_append(out, usual ? usual : bytes);
    g_free(usual);
}

/* One character through ftfy's fixers of single characters, in ftfy's order; "\r\n" is seen to by the caller.
 */
static void fix_character(struct alfa__string *out, gunichar c)
{
    c = windows_1252(c);
    const char *letters = ligature(c);
    if (letters)
        alfa__string_append(out, letters);
    else if (c == 0x3000)
        append_char(out, ' ');
    else if (c >= 0xFF01 && c < 0xFFF0)
        append_usual_width(out, c);
    else if (c == '\r' || c == 0x2028 || c == 0x2029 || c == 0x85)
        append_char(out, '\n');
    else
        append_char(out, straight_quote(c));
}

static void fix_characters(struct alfa__string *out, struct range in)
{
    for (const char *p = in.text; *p; p = g_utf8_next_char(p))
        if (p[0] != '\r' || p[1] != '\n')
            fix_character(out, g_utf8_get_char(p));
}

static bool is_removed_control(gunichar c)
{
    return c < 0x09 || c == 0x0B || (c >= 0x0E && c < 0x20) || c == 0x7F || (c >= 0x206A && c <= 0x206F) ||
           c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFC);
}

/* Bytes of a terminal escape such as "ESC [ 1 ; 31 m" at text, 0 when there is none. */
static size_t terminal_escape(const char *text)
{
    size_t size = 2;
    if (text[0] != 0x1B || text[1] != '[')
        return 0;
    while (g_ascii_isdigit(text[size]) || text[size] == ';')
        size++;
    return g_ascii_isalpha(text[size]) ? size + 1 : 0;
}

static void remove_controls(struct alfa__string *out, struct range in)
{
    for (const char *p = in.text, *next; *p; p = next) {
        size_t escape = terminal_escape(p);
        next = escape ? p + escape : g_utf8_next_char(p);
        if (!escape && !is_removed_control(g_utf8_get_char(p)))
            alfa__string_append_bytes(out, p, (size_t)(next - p));
    }
}

static void compose(struct alfa__string *out, struct range in)
{
    char *composed = g_utf8_normalize(in.text, (gssize)in.size, G_NORMALIZE_NFC);
    if (composed)
        alfa__string_append(out, composed);
    g_free(composed);
}

/* ------------------------------------------------------------------ white space and case */

/* Unicode's White_Space; what Python's str.strip() takes beyond it are control characters, gone by now. */
static bool is_space(gunichar c)
{
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

static void collapse_spaces(struct alfa__string *out, struct range in)
{
    bool pending = false;
    for (const char *p = in.text, *next; *p; p = next) {
        next = g_utf8_next_char(p);
        if (is_space(g_utf8_get_char(p))) {
            pending = out->size > 0;
            continue;
        }
        if (pending)
            alfa__string_append(out, " ");
        alfa__string_append_bytes(out, p, (size_t)(next - p));
        pending = false;
    }
}

/* Unicode's Case_Ignorable: marks, format characters, modifiers and the word-internal points. */
static bool is_case_ignorable(gunichar c)
{
    static const guint16 points[] = {'\'',   '.',    ':',    0x00B7, 0x0387, 0x055F, 0x05F4, 0x2018, 0x2019,
                                     0x2024, 0x2027, 0xFE13, 0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A};
    GUnicodeType type = g_unichar_type(c);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        if (points[i] == c)
            return true;
    return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK ||
           type == G_UNICODE_FORMAT || type == G_UNICODE_MODIFIER_LETTER || type == G_UNICODE_MODIFIER_SYMBOL;
}

static bool is_cased(gunichar c)
{
    return g_unichar_isupper(c) || g_unichar_islower(c) || g_unichar_istitle(c) || c == 0xAA || c == 0xBA ||
           (c >= 0x2160 && c <= 0x217F) || (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) ||
           (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
}

/* Unicode's Final_Sigma: a cased letter before it and none after it, case-ignorable ones skipped. */
static bool is_final_sigma(const char *start, const char *p)
{
    const char *before = p, *after = g_utf8_next_char(p);
    do {
        before = g_utf8_find_prev_char(start, before);
    } while (before && is_case_ignorable(g_utf8_get_char(before)));
    while (*after && is_case_ignorable(g_utf8_get_char(after)))
        after = g_utf8_next_char(after);
    return before && is_cased(g_utf8_get_char(before)) && !is_cased(g_utf8_get_char(after));
}

/* GLib knows the case of letters only, not of Roman numerals and circled letters. */
static gunichar lower_character(gunichar c)
{
    if (c >= 0x2160 && c <= 0x216F)
        return c + 16;
    return c >= 0x24B6 && c <= 0x24CF ? c + 26 : g_unichar_tolower(c);
}

static void lower(struct alfa__string *out, struct range in)
{
    for (const char *p = in.text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == 0x03A3)
            append_char(out, is_final_sigma(in.text, p) ? 0x03C2 : 0x03C3);
        else if (c == 0x0130)
            alfa__string_append(out, "i\xCC\x87");
        else
            append_char(out, lower_character(c));
    }
}

/* ------------------------------------------------------------------ the whole */

/* The case of each letter by itself: no final sigma. */
static void lower_letters(struct alfa__string *out, struct range in)
{
    for (const char *p = in.text; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (c == 0x0130)
            alfa__string_append(out, "i\xCC\x87");
        else
            append_char(out, lower_character(c));
    }
}

/* Replaces string by what step makes of it. */
static void apply(struct alfa__string *string, void (*step)(struct alfa__string *, struct range))
{
    struct alfa__string out = {0};
    alfa__string_append(&out, "");
    if (alfa__string_ok(string) && string->size)
        step(&out, (struct range){string->text, string->size});
    out.failed = out.failed || string->failed;
    alfa__string_free(string);
    *string = out;
}

/* ftfy.fix_text() on whole lines. */
static void fix_text(struct alfa__string *string, bool references)
{
    for (int round = 0; round < MAX_ROUNDS && alfa__string_ok(string); round++) {
        struct alfa__string before = {0};
        alfa__string_append_bytes(&before, string->text, string->size);
        if (references)
            apply(string, fix_references);
        apply(string, fix_characters);
        apply(string, remove_controls);
        apply(string, compose);
        string->failed |= before.failed;
        bool same = (string->size == before.size &&
                     (before.size == 0 || memcmp(string->text, before.text, before.size) == 0));
        alfa__string_free(&before);
        if (same)
            return;
    }
}

/* Where ftfy stops reading HTML references: the start of the first line with a '<'. */
static size_t html_start(const char *text)
{
    const char *tag = strchr(text, '<');
    if (!tag)
        return strlen(text);
    while (tag > text && tag[-1] != '\n')
        tag--;
    return (size_t)(tag - text);
}

static void fix_part(struct alfa__string *out, const char *text, size_t size, bool references)
{
    struct alfa__string part = {0};
    alfa__string_append_bytes(&part, text, size);
    fix_text(&part, references);
    if (alfa__string_ok(&part))
        alfa__string_append_bytes(out, part.text, part.size);
    out->failed = out->failed || part.failed;
    alfa__string_free(&part);
}

char *alfa__text_clean(const char *text)
{
    struct alfa__string string = {0};
    char *valid = g_utf8_make_valid(text, -1);
    size_t plain = html_start(valid);
    alfa__string_append(&string, "");
    fix_part(&string, valid, plain, true);
    fix_part(&string, valid + plain, strlen(valid) - plain, false);
    g_free(valid);
    apply(&string, unescape);
    apply(&string, unescape);
    apply(&string, collapse_spaces);
    apply(&string, lower);
    if (!alfa__string_ok(&string))
        alfa__string_free(&string);
    return string.text;
}

/* A part of a text without special ones. */
static void normalise_part(struct alfa__string *out, const char *text, size_t size)
{
    struct alfa__string part = {0};
    alfa__string_append_bytes(&part, text, size);
    apply(&part, compose);
    apply(&part, collapse_spaces);
    apply(&part, lower_letters);
    if (alfa__string_ok(&part))
        alfa__string_append_bytes(out, part.text, part.size);
    out->failed = out->failed || part.failed;
    alfa__string_free(&part);
}

char *alfa__text_normalise(const char *text)
{
    static const char *const specials[][2] = {{"<|startoftext|>", "<|STARTOFTEXT|>"},
                                              {"<|endoftext|>", "<|ENDOFTEXT|>"}};
    struct alfa__string string = {0};
    char *valid = g_utf8_make_valid(text, -1);
    alfa__string_append(&string, "");
    for (const char *at = valid; *at;) {
        const char *start = strstr(at, specials[0][0]), *end = strstr(at, specials[1][0]);
        const int which = start && (!end || start < end) ? 0 : 1;
        const char *next = which == 0 ? start : end;
        normalise_part(&string, at, next ? (size_t)(next - at) : strlen(at));
        if (!next)
            break;
        alfa__string_append(&string, specials[which][1]);
        at = next + strlen(specials[which][0]);
    }
    g_free(valid);
    if (!alfa__string_ok(&string))
        alfa__string_free(&string);
    return string.text;
}

bool alfa__text_is_known(const char *text)
{
    (void)text;
    return true;
}
