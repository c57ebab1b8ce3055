/* Sentences are found by their opening words, not by the form of the list around them. */
#include "prompt/answer.h"
#include "base/strings.h"
#include "prompt/file.h"
#include "prompt/reasoning.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define NEAR 0.8            /* overlap from which two sentences say the same */
#define WORDS_BEFORE_NOUN 3 /* "An abnormal image of a badly cracked bottle" */
#define DESCRIPTOR_WORDS 15
#define FEWEST_OWN_WORDS 3
#define LINES_BETWEEN 256 /* two questions whether to stop */

/* ------------------------------------------------------------------ the opening words */

struct opening {
    const char *start, *end; /* from its article to behind "of " */
    enum alfa_side side;
};

static bool is_word_byte(char c)
{
    return g_ascii_isalnum(c) || (unsigned char)c >= 0x80;
}

/* Takes one of the words (lower case, a '|' between them) at *at, and the white space behind it. */
static bool take_word(const char **at, const char *words)
{
    for (; *words; words += strcspn(words, "|"), words += *words == '|') {
        size_t size = strcspn(words, "|");
        const char *end = *at + size;
        if (g_ascii_strncasecmp(*at, words, size) != 0 || is_word_byte(*end))
            continue;
        *at = end + strspn(end, " ");
        return true;
    }
    return false;
}

/* The first opening in text. */
static bool find_opening(struct opening *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (p > text && is_word_byte(p[-1]))
            continue;
        const char *at = p;
        take_word(&at, "a|an|the");
        bool normal = take_word(&at, "normal"), abnormal = !normal && take_word(&at, "abnormal|anomalous");
        if ((normal || abnormal) && take_word(&at, "image|photo|picture|photograph") &&
            take_word(&at, "of")) {
            *out = (struct opening){p, at, normal ? ALFA_NORMAL : ALFA_ABNORMAL};
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ the noun */

static bool is_gap(char c)
{
    return c == ' ' || c == '_' || c == '-';
}

/* Behind the noun (or its plural) at text, or NULL. */
static const char *match_noun(const char *text, const char *noun)
{
    if (alfa__starts_with(text, "{class}"))
        return text + strlen("{class}");
    for (; *noun; noun++)
        if (is_gap(*noun) && is_gap(*text))
            text++;
        else if (!*text || g_ascii_tolower(*text++) != g_ascii_tolower(*noun))
            return NULL;
    for (const char *plural = "s"; plural; plural = *plural == 's' ? "es" : NULL) {
        size_t size = strlen(plural);
        if (g_ascii_strncasecmp(text, plural, size) == 0 && !is_word_byte(text[size]))
            return text + size;
    }
    return is_word_byte(*text) ? NULL : text;
}

/* The noun in quotes or brackets, as models set off what they were given: "gear", [gear]. */
static const char *match_marked_noun(const char *text, const char *noun)
{
    const char *rest = *text && strchr("\"'[(", *text) ? match_noun(text + 1, noun) : NULL;
    return rest && *rest && strchr("\"'])", *rest) ? rest + 1 : NULL;
}

/* "a cracked bottle near its rim" -> "cracked {class} near its rim"; false when the noun is not there. */
static bool put_class(struct alfa__string *out, const char *text, const char *noun)
{
    take_word(&text, "a|an|the|this|your");
    const char *start = text;
    for (int words = 0; words <= WORDS_BEFORE_NOUN && *text; words++) {
        const char *plain = match_noun(text, noun), *rest = plain ? plain : match_marked_noun(text, noun);
        if (rest) {
            alfa__string_append_bytes(out, start, (size_t)(text - start));
            alfa__string_append(out, "{class}");
            alfa__string_append(out, rest);
            return true;
        }
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    return false;
}

/* ------------------------------------------------------------------ one sentence */

/* Where the sentence that begins in text ends: at its quotation mark, a table cell, a full stop before
 * another sentence, or at the end. quote: the mark before it, if there is one; an apostrophe ends it where a
 * list or an object goes on. */
static size_t sentence_size(const char *text, char quote)
{
    size_t size = strcspn(text, "|");
    if (quote == '"')
        size = MIN(size, strcspn(text, "\""));
    for (size_t i = 0; quote == '\'' && i + 1 < size; i++)
        if (text[i] == '\'' && strchr(",]}:;", text[i + 1]))
            size = i;
    for (size_t i = 1; i + 2 < size; i++)
        if (strchr(".!?;", text[i]) && text[i + 1] == ' ' && g_ascii_isupper(text[i + 2]))
            return i;
    return size;
}

/* White space in the middle becomes single spaces, and what only closes a sentence goes. In place. */
static void tidy(char *text)
{
    size_t size = 0;
    const char *bracket = strchr(text, '(');
    for (const char *p = text; *p; p++)
        if (*p != ' ' || (size && text[size - 1] != ' '))
            text[size++] = *p;
    const size_t opened = bracket ? (size_t)(bracket - text) : size; /* no earlier than its place now */
    while (size &&
           (strchr(" .,;:!\"'|]}_#$~", text[size - 1]) || (text[size - 1] == ')' && size <= opened))) {
        if (size >= 7 && memcmp(text + size - 7, "{class}", 7) == 0)
            break;
        size--;
    }
    text[size] = 0;
}

static bool fits(const struct alfa__harvest *harvest, const char *sentence)
{
    bool cut = false;
    int count;
    const char *place = strstr(sentence, "{class}");
    size_t before = place ? (size_t)(place - sentence) : strlen(sentence);
    char *said = alfa__format("%.*s%s%s", (int)before, sentence, place ? harvest->noun : "",
                              place ? place + strlen("{class}") : "");
    if (!said || strlen(said) > ALFA__PROMPT_SENTENCE_LIMIT ||
        strlen(sentence) > ALFA__PROMPT_SENTENCE_LIMIT) {
        free(said);
        return false;
    }
    if (harvest->clip) {
        int *ids = calloc((size_t)alfa_model_info(harvest->clip)->context_length, sizeof *ids);
        cut = !ids || alfa_model_tokenize(ids, &count, &cut, harvest->clip, said, NULL) != ALFA_OK || cut;
        free(ids);
    }
    free(said);
    return !cut;
}

/* Words of sentences that are known, so that each text is cut into words once. */
static enum alfa_status remember(struct alfa__harvest *harvest, struct alfa_error *err)
{
    const struct alfa__sentences *kept = harvest->kept;
    if (harvest->known_count == kept->count)
        return ALFA_OK;
    struct alfa__words *larger = realloc(harvest->known, (size_t)kept->count * sizeof *larger);
    if (!larger)
        return alfa__fail_memory(err, (size_t)kept->count * sizeof *larger);
    harvest->known = larger;
    for (; harvest->known_count < kept->count; harvest->known_count++)
        alfa__answer_words(&larger[harvest->known_count], kept->texts[harvest->known_count]);
    return ALFA_OK;
}

void alfa__harvest_free(struct alfa__harvest *harvest)
{
    free(harvest->known);
    harvest->known = NULL;
    harvest->known_count = 0;
}

/* Keeps the text, or counts why not. */
static enum alfa_status keep(struct alfa__harvest *harvest, const char *text, struct alfa_error *err)
{
    struct alfa__words words;
    for (int i = 0; i < harvest->kept->count; i++)
        if (g_ascii_strcasecmp(harvest->kept->texts[i], text) == 0)
            return harvest->dropped[ALFA_DROP_DUPLICATE]++, ALFA_OK;
    if (harvest->kept->count >= harvest->limit)
        return ALFA_OK;
    if (!fits(harvest, text))
        return harvest->dropped[ALFA_DROP_LONG]++, ALFA_OK;
    ALFA__TRY(remember(harvest, err));
    alfa__answer_words(&words, text);
    for (int i = 0; i < harvest->kept->count; i++)
        if (alfa__answer_overlap(&harvest->known[i], &words) >= NEAR)
            return harvest->dropped[ALFA_DROP_NEAR]++, ALFA_OK;
    return alfa__sentences_add(harvest->kept, text, err);
}

/* Why a sentence, of which rest is what follows {class}, cannot be kept; ALFA_DROP_COUNT when it can. raw is
 * as the model wrote it. */
static enum alfa_drop find_fault(const struct alfa__harvest *harvest, const char *sentence, const char *raw)
{
    char word[64];
    const char *rest = strstr(sentence, "{class}") + strlen("{class}"), *p = rest;
    bool bare = strstr(sentence, "of {class}") != NULL;
    if (alfa__answer_is_unfinished(raw) || (*rest && alfa__answer_is_unfinished(rest)))
        return ALFA_DROP_CUT;
    if (bare && !alfa__answer_word(word, sizeof word, &p))
        return ALFA_DROP_EMPTY;
    if (alfa__answer_is_foreign(rest))
        return ALFA_DROP_LANGUAGE;
    if (alfa__answer_contradicts(sentence, harvest->side, harvest->noun))
        return ALFA_DROP_SIDE;
    return ALFA_DROP_COUNT;
}

/* raw: what follows the opening words; it is changed. */
static enum alfa_status read_sentence(struct alfa__harvest *harvest, enum alfa_side side, char *raw,
                                      struct alfa_error *err)
{
    struct alfa__string sentence = {0};
    g_strstrip(raw);
    if (side != harvest->side)
        return harvest->dropped[ALFA_DROP_SIDE]++, ALFA_OK;
    alfa__string_append(&sentence, side == ALFA_NORMAL ? "A normal image of " : "An abnormal image of ");
    if (!put_class(&sentence, raw, harvest->noun)) {
        alfa__string_free(&sentence);
        return harvest->dropped[*raw ? ALFA_DROP_OPENING : ALFA_DROP_EMPTY]++, ALFA_OK;
    }
    enum alfa_status status = ALFA_OK;
    if (alfa__string_ok(&sentence)) {
        tidy(sentence.text);
        enum alfa_drop fault = find_fault(harvest, sentence.text, raw);
        if (fault != ALFA_DROP_COUNT)
            harvest->dropped[fault]++;
        else
            status = keep(harvest, sentence.text, err);
    } else {
        status = alfa__fail_memory(err, sentence.size);
    }
    alfa__string_free(&sentence);
    return status;
}

/* ------------------------------------------------------------------ lines */

/* Counts a line without opening words. */
static void count_stray(struct alfa__harvest *harvest, const char *line)
{
    char word[64];
    const char *p = line;
    if (!alfa__answer_word(word, sizeof word, &p))
        return;
    harvest->dropped[alfa__answer_is_refusal(line)   ? ALFA_DROP_REFUSAL
                     : alfa__answer_is_foreign(line) ? ALFA_DROP_LANGUAGE
                                                     : ALFA_DROP_OPENING]++;
}

/* The size without the number of the next item, "... its rim. 2." or "(3)", of a list in one line. */
static size_t without_number(const char *text, size_t size)
{
    size_t end = size, start;
    while (end && strchr(" \t", text[end - 1]))
        end--;
    start = end;
    while (start && strchr(".)]:", text[start - 1]))
        start--;
    const size_t mark = start;
    while (start && g_ascii_isdigit(text[start - 1]))
        start--;
    if (mark == end || start == mark || !start || !strchr(" ([#", text[start - 1]))
        return size;
    return start - (strchr("([#", text[start - 1]) != NULL);
}

/* All sentences of a line; the last one is left out when last_cut. */
static enum alfa_status read_line(struct alfa__harvest *harvest, const char *line, bool last_cut,
                                  struct alfa_error *err)
{
    struct opening at, next;
    if (!find_opening(&at, line))
        return count_stray(harvest, line), ALFA_OK;
    for (bool more = true; more; at = next) {
        more = find_opening(&next, at.end);
        const char quote = at.start > line ? at.start[-1] : 0;
        size_t size = more ? without_number(at.end, (size_t)(next.start - at.end)) : strlen(at.end);
        char *raw = g_strndup(at.end, size);
        size_t end = sentence_size(raw, quote);
        bool ended = more || end < size || (size && raw[size - 1] == '.');
        raw[end] = 0;
        enum alfa_status status = ALFA_OK;
        if (last_cut && !ended)
            harvest->dropped[ALFA_DROP_CUT]++;
        else
            status = read_sentence(harvest, at.side, raw, err);
        g_free(raw);
        ALFA__TRY(status);
    }
    return ALFA_OK;
}

typedef enum alfa_status read_function(struct alfa__harvest *, const char *, bool, struct alfa_error *);

/* Calls read for every line; last_cut is true for the last one of an answer that was cut inside it. */
static enum alfa_status read_lines(struct alfa__harvest *harvest, const char *text, bool cut,
                                   read_function *read, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    char *clean = alfa__answer_clean(text);
    if (!clean)
        return alfa__fail_memory(err, strlen(text));
    if (!clean[strspn(clean, " \t\r\n")])
        harvest->dropped[ALFA_DROP_EMPTY]++;
    int number = 0;
    for (char *line = clean, *end; *line && status == ALFA_OK; line = end) {
        if (++number % LINES_BETWEEN == 0 && harvest->stop && harvest->stop(harvest->context)) {
            status = alfa__fail(err, ALFA_ERROR_STOPPED, "answer", "was not read to its end: stopped");
            break;
        }
        end = line + strcspn(line, "\n");
        bool last = !*end;
        if (!last)
            *end++ = 0;
        status = read(harvest, g_strstrip(line), cut && last, err);
    }
    free(clean);
    return status;
}

bool alfa__answer_is_blank(const char *text)
{
    char *left = alfa__reasoning_drop(text);
    const bool blank = !left || !left[strspn(left, " \t\r\n")];
    free(left);
    return blank;
}

enum alfa_status alfa__answer_read(struct alfa__harvest *harvest, const char *text, bool cut,
                                   struct alfa_error *err)
{
    return read_lines(harvest, text, cut, read_line, err);
}

/* ------------------------------------------------------------------ descriptors */

static int count_words(const char *text)
{
    char word[64];
    int count = 0;
    while (alfa__answer_word(word, sizeof word, &text))
        count++;
    return count;
}

/* Of a row of a table the first cell that has letters and so many words, "" when none has; another line as it
 * is. In place. */
static char *choose_cell(char *line, int words)
{
    if (*line != '|')
        return line;
    for (char *cell = line + 1, *end; *cell; cell = end) {
        end = cell + strcspn(cell, "|");
        if (*end)
            *end++ = 0;
        if (count_words(cell) >= words && cell[strcspn(cell, "abcdefghijklmnopqrstuvwxyz")])
            return g_strstrip(cell);
    }
    *line = 0;
    return line;
}

/* Behind 'text: "' of YAML and '"text": "' of JSON that is damaged; where there is no key, where it was. */
static const char *skip_key(const char *text)
{
    const char *end = text;
    while (g_ascii_isalnum(*end) || *end == '_' || *end == '-')
        end++;
    end += end > text && *end == '"';
    return end > text && alfa__starts_with(end, ": \"") ? end + 3 : text;
}

/* Behind "- ", "3. ", "(3) ", "a) ", '3,"' of a table or a quotation mark; *marked says whether there was a
 * mark. */
static const char *skip_mark(const char *line, bool *marked)
{
    const char *p = line + strspn(line, "-#>|(+ ");
    if (alfa__starts_with(p, "\u2022") || alfa__starts_with(p, "\u2013"))
        p += 3;
    *marked = p > line;
    const char *number = p + strspn(p, "0123456789");
    if (number > p && number[0] && (strchr(".):", number[0]) || (number[0] == ',' && number[1] == '"'))) {
        p = number + 1;
        *marked = true;
    }
    p = skip_key(p + strspn(p, " \"'"));
    return p + strspn(p, " \"'");
}

/* "Cracks or chips: fine lines" -> "Cracks or chips"; "Shape: a bent rim" -> "a bent rim". In place. */
static char *choose_part(char *text)
{
    char *colon = strstr(text, ": ");
    if (!colon)
        return text;
    *colon = 0;
    return count_words(text) >= 2 ? text : g_strstrip(colon + 1);
}

static enum alfa_drop find_descriptor_fault(const struct alfa__harvest *harvest, const char *text,
                                            bool marked)
{
    size_t size = strlen(text);
    int words = count_words(text);
    if (alfa__answer_is_refusal(text))
        return ALFA_DROP_REFUSAL;
    if (alfa__answer_is_foreign(text))
        return ALFA_DROP_LANGUAGE;
    if (text[size - 1] == ':' || (!marked && (text[size - 1] == '!' || words > DESCRIPTOR_WORDS)))
        return ALFA_DROP_OPENING; /* a preface */
    if (words > DESCRIPTOR_WORDS)
        return ALFA_DROP_LONG;
    if (alfa__answer_is_unfinished(text))
        return ALFA_DROP_CUT;
    return alfa__answer_contradicts(text, harvest->side, harvest->noun) ? ALFA_DROP_SIDE : ALFA_DROP_COUNT;
}

static enum alfa_status read_descriptor(struct alfa__harvest *harvest, const char *line, bool last_cut,
                                        struct alfa_error *err)
{
    bool marked;
    char *whole = g_strdup(line), *cell = choose_cell(whole, 1);
    char *copy = g_strdup(skip_mark(cell, &marked)), *text = g_strstrip(choose_part(copy));
    marked = marked || cell != whole;
    g_free(whole);
    enum alfa_status status = ALFA_OK;
    if (count_words(text) > 0) {
        enum alfa_drop fault = last_cut ? ALFA_DROP_CUT : find_descriptor_fault(harvest, text, marked);
        tidy(text);
        if (g_ascii_isupper(text[0]) && !g_ascii_isupper(text[1]))
            text[0] = g_ascii_tolower(text[0]);
        if (fault != ALFA_DROP_COUNT)
            harvest->dropped[fault]++;
        else
            status = keep(harvest, text, err);
    }
    g_free(copy);
    return status;
}

enum alfa_status alfa__answer_descriptors(struct alfa__harvest *harvest, const char *text, bool cut,
                                          struct alfa_error *err)
{
    return read_lines(harvest, text, cut, read_descriptor, err);
}

/* ------------------------------------------------------------------ descriptions in the model's own words */

/* "cracks in the bottle" -> "cracks in the {class}", wherever the noun is; as it is where it is not. */
static void put_class_anywhere(struct alfa__string *out, const char *text, const char *noun)
{
    for (const char *p = text; *p; p++) {
        const char *rest = p > text && is_word_byte(p[-1]) ? NULL : match_noun(p, noun);
        if (rest) {
            alfa__string_append(out, "{class}");
            p = rest - 1;
        } else {
            alfa__string_append_bytes(out, p, 1);
        }
    }
}

static enum alfa_drop find_own_fault(const struct alfa__harvest *harvest, const char *text, bool last_cut)
{
    const size_t size = strlen(text);
    if (alfa__answer_is_refusal(text))
        return ALFA_DROP_REFUSAL;
    if (alfa__answer_is_foreign(text))
        return ALFA_DROP_LANGUAGE;
    if (strchr("[#:!?", text[size - 1]) || strchr("[#{", text[0]) || strpbrk(text, "{}"))
        return ALFA_DROP_OPENING; /* a preface, a heading, or what a prompt file would take for something else
                                   */
    if (last_cut || alfa__answer_is_unfinished(text))
        return ALFA_DROP_CUT;
    if (count_words(text) < FEWEST_OWN_WORDS)
        return ALFA_DROP_EMPTY;
    return alfa__answer_contradicts(text, harvest->side, harvest->noun) ? ALFA_DROP_SIDE : ALFA_DROP_COUNT;
}

static enum alfa_status read_own_words(struct alfa__harvest *harvest, const char *line, bool last_cut,
                                       struct alfa_error *err)
{
    bool marked;
    struct alfa__string sentence = {0};
    char *whole = g_strdup(line);
    const char *text = skip_mark(choose_cell(whole, FEWEST_OWN_WORDS), &marked);
    const enum alfa_drop fault = count_words(text) == 0 ? ALFA_DROP_EMPTY
                                 : *line == '#'         ? ALFA_DROP_OPENING /* a heading */
                                                        : find_own_fault(harvest, text, last_cut);
    enum alfa_status status = ALFA_OK;
    if (fault == ALFA_DROP_COUNT)
        put_class_anywhere(&sentence, text, harvest->noun);
    else if (count_words(text) > 0)
        harvest->dropped[fault]++;
    if (fault == ALFA_DROP_COUNT && alfa__string_ok(&sentence)) {
        tidy(sentence.text);
        status = keep(harvest, sentence.text, err);
    } else if (fault == ALFA_DROP_COUNT) {
        status = alfa__fail_memory(err, strlen(text));
    }
    alfa__string_free(&sentence);
    g_free(whole);
    return status;
}

enum alfa_status alfa__answer_own_words(struct alfa__harvest *harvest, const char *text, bool cut,
                                        struct alfa_error *err)
{
    return read_lines(harvest, text, cut, read_own_words, err);
}
