/* Rules of thumb about English, each a short list of words. tests/unit/prompt/test_answer.c holds them
 * against the shipped prompt sets, of which they must leave every sentence alone. */
#include "prompt/answer_text.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "clip/entities.h"
#include "prompt/reasoning.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ cleaning */

/* A line of its own for every text in a JSON value; without reasoning what a member is called so. */
static void append_json(struct alfa__string *out, const json_t *value, bool reasoning)
{
    size_t i;
    const char *key;
    json_t *child;
    if (json_is_string(value)) {
        alfa__string_append(out, json_string_value(value));
        alfa__string_append(out, "\n");
    }
    json_array_foreach((json_t *)value, i, child) append_json(out, child, reasoning);
    json_object_foreach((json_t *)value, key, child)
    {
        if (reasoning || !alfa__reasoning_is_word(key))
            append_json(out, child, reasoning);
    }
}

/* When most of the answer is JSON (in a code fence or not): the texts in it. NULL otherwise. */
static char *from_json(const char *text)
{
    struct alfa__string all = {0}, out = {0};
    const char *fence = strstr(text, "```");
    const char *start = strpbrk(fence ? fence : text, "[{");
    json_t *value = NULL;
    if (start && alfa__json_read(&value, start, strlen(start), ALFA__JSON_VALUES, JSON_DISABLE_EOF_CHECK,
                                 NULL) == ALFA_OK)
        append_json(&all, value, true);
    if (all.size && all.size >= strlen(text) / 2) {
        alfa__string_append(&out, "");
        append_json(&out, value, false);
    }
    json_decref(value);
    alfa__string_free(&all);
    return out.text;
}

/* A tag of HTML or XML at text, its bytes; 0 when there is none. *within: one that only dresses a word. */
static size_t tag_size(const char *text, bool *within)
{
    static const char dresses[] = " a b big code em font i mark small span strong tt u ";
    enum { LONGEST = 200 };
    char name[32];
    size_t size = 0;
    const char *start = text + 1 + (text[1] == '/');
    if (*text != '<' || !g_ascii_isalpha(*start))
        return 0;
    for (; size + 1 < sizeof name && g_ascii_isalnum(start[size]); size++)
        name[size] = g_ascii_tolower(start[size]);
    name[size] = 0;
    const size_t reach = strnlen(start, LONGEST), whole = strcspn(start, "<>\n");
    if (!strchr(" />", start[size]) || whole >= reach || start[whole] != '>')
        return 0;
    *within = alfa__among(dresses, name);
    return (size_t)(start - text) + whole + 1;
}

/* The bytes of "&quot;" or "&#39;" at text, whose character is appended; 0 when there is none. */
static size_t unescape(struct alfa__string *out, const char *text)
{
    enum { LONGEST = 12 };
    char letter[8], *end;
    const bool number = text[0] == '&' && text[1] == '#';
    const char *stop = text[0] == '&' ? memchr(text, ';', strnlen(text, LONGEST)) : NULL;
    const size_t size = stop ? (size_t)(stop - text) : 0;
    if (size < 3)
        return 0;
    gunichar code = 0;
    if (number) {
        const bool hex = text[2] == 'x' || text[2] == 'X';
        code = (gunichar)strtoul(text + 2 + hex, &end, hex ? 16 : 10);
        code = end == text + size ? code : 0;
    } else {
        const struct alfa__entity *entity = alfa__entity_find(text + 1, size - 1);
        code = entity ? entity->code : 0;
    }
    if (code == 0 || !g_unichar_validate(code))
        return 0;
    alfa__string_append_bytes(out, letter, (size_t)g_unichar_to_utf8(code, letter));
    return size + 1;
}

/* The bytes of a reference to a source at text, "[3]" or the kind in lenticular brackets; 0 when there is
 * none. */
static size_t reference_size(const char *text)
{
    enum { LONGEST = 60 };
    static const char open[] = "\u3010", close[] = "\u3011";
    const size_t digits = *text == '[' ? strspn(text + 1, "0123456789") : 0;
    if (digits && digits < 4 && text[1 + digits] == ']')
        return digits + 2;
    const char *end = alfa__starts_with(text, open) ? g_strstr_len(text, LONGEST, close) : NULL;
    return end ? (size_t)(end - text) + strlen(close) : 0;
}

/* Without what dresses it for a page or for a program: tags end a line or go, entities are what they say, and
 * so is "\\n" that nobody unpacked; references to sources go. Freed with free(). */
static char *undress(const char *text)
{
    struct alfa__string out = {0};
    bool within;
    alfa__string_append(&out, "");
    while (*text) {
        size_t size = tag_size(text, &within);
        if (size) {
            alfa__string_append(&out, within ? "" : "\n");
        } else if (text[0] == '\\' && text[1] == 'n' && !g_ascii_islower(text[2])) {
            alfa__string_append(&out, "\n");
            size = 2;
        } else if (!(size = reference_size(text)) && !(size = unescape(&out, text))) {
            alfa__string_append_bytes(&out, text, size = 1);
        }
        text += size;
    }
    if (!alfa__string_ok(&out))
        alfa__string_free(&out);
    return out.text;
}

/* What one character becomes; NULL: itself. */
static const char *plain(gunichar c)
{
    if (c == '\r' || c == 0x0B || c == 0x0C || c == 0x85 || c == 0x2028 || c == 0x2029)
        return "\n";
    if (c == '\n')
        return NULL;
    if (c == '*' || c == '`' || c == '\\' || c == 0xFEFF || g_unichar_type(c) == G_UNICODE_FORMAT)
        return "";
    if (g_unichar_isspace(c) || g_unichar_iscntrl(c))
        return " ";
    if (c == 0x2018 || c == 0x2019)
        return "'";
    if (c == 0x201C || c == 0x201D || c == 0x201E || c == 0xAB || c == 0xBB)
        return "\"";
    if (c == 0x2010 || c == 0x2011)
        return "-";
    if (c >= 0x2600 && g_unichar_type(c) == G_UNICODE_OTHER_SYMBOL)
        return " "; /* an emoji */
    if (c == 0xFE0F || c == 0x20E3)
        return ""; /* what makes one of another character */
    return NULL;
}

static void append_plain(struct alfa__string *out, const char *text)
{
    const char *start = text;
    for (const char *next; *text; text = next) {
        next = g_utf8_next_char(text);
        const char *other = plain(g_utf8_get_char(text));
        if (other)
            alfa__string_append(out, other);
        else if (text[0] != '_' || (next[0] != '_' && (text == start || text[-1] != '_'))) /* __bold__ */
            alfa__string_append_bytes(out, text, (size_t)(next - text));
    }
}

char *alfa__answer_clean(const char *text)
{
    struct alfa__string out = {0};
    char *valid = g_utf8_make_valid(text, -1), *spoken = alfa__reasoning_drop(valid);
    g_free(valid);
    if (!spoken)
        return NULL;
    char *unpacked = from_json(spoken), *bare = undress(unpacked ? unpacked : spoken);
    alfa__string_append(&out, "");
    if (bare)
        append_plain(&out, bare);
    free(unpacked);
    free(spoken);
    const bool complete = bare && alfa__string_ok(&out);
    free(bare);
    if (!complete)
        alfa__string_free(&out);
    return out.text;
}

/* ------------------------------------------------------------------ words */

bool alfa__answer_word(char *out, size_t size, const char **text)
{
    size_t used = 0;
    const char *p = *text;
    while (*p && !g_unichar_isalnum(g_utf8_get_char(p)))
        p = g_utf8_next_char(p);
    for (; *p && g_unichar_isalnum(g_utf8_get_char(p)); p = g_utf8_next_char(p)) {
        char letter[8];
        int length = g_unichar_to_utf8(g_unichar_tolower(g_utf8_get_char(p)), letter);
        if (used + (size_t)length < size) {
            memcpy(out + used, letter, (size_t)length);
            used += (size_t)length;
        }
    }
    out[used] = 0;
    *text = p;
    return used > 0;
}

static int count_among(const char *list, const char *text)
{
    char word[64];
    int count = 0;
    while (alfa__answer_word(word, sizeof word, &text))
        count += alfa__among(list, word);
    return count;
}

/* ------------------------------------------------------------------ language and manners */

bool alfa__answer_is_foreign(const char *text)
{
    static const char english[] =
        " the of with and is are on where has have that from shows showing without no ";
    static const char foreign[] = " der das und mit ein eine einem einen einer ist nicht von im auf ohne "
                                  "sich bild le les une des avec est "
                                  "dans sur du et sans el los las una con del por sin il gli di che della "
                                  "con una um uma com do da em het "
                                  "een van met op zonder ";
    int letters = 0, other = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        letters += g_unichar_isalpha(c) != 0;
        other += g_unichar_isalpha(c) && g_unichar_get_script(c) != G_UNICODE_SCRIPT_LATIN;
    }
    if (other * 5 > letters)
        return true;
    return count_among(foreign, text) >= 2 && count_among(english, text) == 0;
}

bool alfa__answer_is_refusal(const char *text)
{
    static const char *const phrases[] = {"i'm sorry",    "i am sorry",   "i cannot",    "i can't",
                                          "as an ai",     "i'm unable",   "i am unable", "cannot assist",
                                          "can't assist", "cannot help",  "can't help",  "i won't",
                                          "i'm not able", "i am not able"};
    char *lower = g_utf8_strdown(text, -1);
    bool refuses = false;
    for (size_t i = 0; i < G_N_ELEMENTS(phrases); i++)
        refuses = refuses || strstr(lower, phrases[i]);
    g_free(lower);
    return refuses;
}

/* ------------------------------------------------------------------ meaning */

static const char denials[] =
    " no not without free never none neither nor absent absence lack lacks lacking "
    "devoid instead rather cannot isn aren doesn don clear zero any nothing nowhere ";

/* Beginnings of words that no normal thing has without a denial. */
static bool names_fault(const char *text, const char *noun)
{
    static const char *const faults[] = {"crack",  "scratch",  "dented",    "damag", "defect",     "flawed",
                                         "stain",  "deform",   "blemish",   "fault", "contaminat", "fractur",
                                         "broken", "discolor", "discolour", "rusty", "corroded"};
    char word[64];
    while (alfa__answer_word(word, sizeof word, &text))
        for (size_t i = 0; i < G_N_ELEMENTS(faults); i++)
            if (alfa__starts_with(word, faults[i]) && !g_str_has_suffix(word, "less") && !strstr(noun, word))
                return true;
    return false;
}

/* "free of defects", "without any visible damage", "no flaws": a denial, then a fault in general, with
 * nothing but small words between. */
static bool denies_fault(const char *text)
{
    static const char small[] =
        " any of from visible obvious apparent noticeable signs sign a the all other ";
    static const char general[] =
        " defect defects damage flaw flaws anomaly anomalies fault faults imperfection "
        "imperfections blemish blemishes ";
    char word[64];
    bool denied = false;
    while (alfa__answer_word(word, sizeof word, &text)) {
        if (denied && alfa__among(general, word))
            return true;
        denied = alfa__among(" no without free ", word) || (denied && alfa__among(small, word));
    }
    return false;
}

bool alfa__answer_contradicts(const char *text, enum alfa_side side, const char *noun)
{
    char *lower = g_utf8_strdown(noun, -1);
    bool wrong = side == ALFA_NORMAL ? names_fault(text, lower) && count_among(denials, text) == 0
                                     : denies_fault(text);
    g_free(lower);
    return wrong;
}

bool alfa__answer_is_unfinished(const char *text)
{
    static const char dangling[] =
        " a an the of with without and or on at to from by for its that which where "
        "whose is are has no any as into near some ";
    char word[64], last[64] = "";
    size_t size = strlen(text);
    if (g_str_has_suffix(text, "...") || g_str_has_suffix(text, "\u2026") || (size && text[size - 1] == '-'))
        return true;
    while (alfa__answer_word(word, sizeof word, &text))
        memcpy(last, word, sizeof last);
    return alfa__among(dangling, last);
}

/* ------------------------------------------------------------------ overlap */

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void alfa__answer_words(struct alfa__words *out, const char *text)
{
    static const char filling[] =
        " a an the of with and or in on at its is are that which some image class normal "
        "abnormal has have ";
    char word[64];
    int count = 0;
    out->count = 0;
    while (count < ALFA__MOST_WORDS && alfa__answer_word(word, sizeof word, &text)) {
        size_t size = strlen(word);
        if (alfa__among(filling, word))
            continue;
        size -= size > 3 && word[size - 1] == 's';
        out->hashes[count++] = alfa__hash(ALFA__HASH_START, word, size);
    }
    qsort(out->hashes, (size_t)count, sizeof *out->hashes, compare_hashes);
    for (int i = 0; i < count; i++)
        if (i == 0 || out->hashes[i] != out->hashes[i - 1])
            out->hashes[out->count++] = out->hashes[i];
}

double alfa__answer_overlap(const struct alfa__words *a, const struct alfa__words *b)
{
    int both = 0;
    for (int i = 0, j = 0; i < a->count && j < b->count;) {
        both += a->hashes[i] == b->hashes[j];
        const bool next = a->hashes[i] <= b->hashes[j];
        j += a->hashes[i] >= b->hashes[j];
        i += next;
    }
    const int either = a->count + b->count - both;
    return either ? (double)both / either : 1;
}
