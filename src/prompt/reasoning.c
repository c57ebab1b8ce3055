#include "prompt/reasoning.h"
#include "base/strings.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_MARK = 160, LONGEST_LINE = 60 };

/* What a mark does to the text around it. */
enum effect {
    NOTHING,
    OPENS,  /* reasoning begins */
    CLOSES, /* it ends; when nothing had begun, all before was reasoning */
    STARTS, /* the answer begins: all before was something else */
    SHUTS,  /* it ends if it had begun; otherwise the mark goes */
    GOES    /* a special token without meaning for us */
};

struct mark {
    enum effect effect;
    size_t size; /* bytes */
};

static const char reasoning_words[] =
    " think thinking thought thoughts reasoning reason reflection analysis scratchpad "
    "reasoningcontent thoughtprocess thinkingprocess monologue innermonologue antthinking deliberation "
    "planning cot ";
static const char answer_words[] = " answer output response solution final finalanswer ";

/* ------------------------------------------------------------------ tags */

/* "end_thinking" -> end, "thinking"; the letters of the word in lower case, without what separates them. */
static bool read_name(char out[32], bool *ends, bool *begins, const char *name, size_t size)
{
    static const char *const edges[] = {"begin_of_", "start_of_", "end_of_", "begin_", "start_", "end_"};
    const char *colon = memchr(name, ':', size); /* <seed:think> */
    *ends = *begins = false;
    if (colon) {
        size -= (size_t)(colon + 1 - name);
        name = colon + 1;
    }
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        const size_t edge = strlen(edges[i]);
        if (size > edge && g_ascii_strncasecmp(name, edges[i], edge) == 0) {
            *ends = edges[i][0] == 'e';
            *begins = !*ends;
            name += edge;
            size -= edge;
            break;
        }
    }
    size_t used = 0;
    for (size_t i = 0; i < size && used < 31; i++) {
        if (g_ascii_isalpha(name[i]))
            out[used++] = g_ascii_tolower(name[i]);
        else if (name[i] != '_' && name[i] != '-')
            return false;
    }
    out[used] = 0;
    return used > 0;
}

static enum effect effect_of(const char *word, bool ends)
{
    if (alfa__among(reasoning_words, word))
        return ends ? CLOSES : OPENS;
    if (alfa__among(answer_words, word))
        return ends ? GOES : STARTS;
    return NOTHING;
}

/* <think>, </think>, <|end_of_thought|>, [THINK], <details type="reasoning" ...> and so on. */
static struct mark match_tag(const char *text)
{
    const char close = *text == '[' ? ']' : '>';
    const char *p = text + 1;
    const bool bar = *p == '|';
    char word[32];
    bool ends, begins;
    p += bar;
    const bool slash = *p == '/';
    p += slash;
    size_t size = 0;
    while (size < 40 && (g_ascii_isalpha(p[size]) || p[size] == '_' || p[size] == ':' || p[size] == '-'))
        size++;
    const char *end = memchr(p + size, close, strnlen(p + size, LONGEST_MARK));
    if (!size || !end || !read_name(word, &ends, &begins, p, size))
        return (struct mark){NOTHING, 0};
    const size_t whole = (size_t)(end + 1 - text);
    if (close == '>' && strcmp(word, "details") == 0) {
        const char *kind = g_strstr_len(text, (gssize)whole, "reasoning");
        return (struct mark){slash ? SHUTS : kind ? OPENS : NOTHING, whole};
    }
    if (p[size] != close && p[size] != ' ' && p[size] != '|')
        return (struct mark){NOTHING, 0};
    enum effect effect = effect_of(word, slash || ends);
    if (close == ']' && (effect == STARTS || effect == GOES)) /* "[answer]" is a word of people */
        effect = NOTHING;
    return (struct mark){effect == NOTHING && bar && p[size] == '|' ? GOES : effect, whole};
}

/* ------------------------------------------------------------------ other marks */

/* <|channel|>NAME<|message|> of harmony, also <|channel>thought of Gemma. */
static struct mark match_channel(const char *text)
{
    static const char *const ends[] = {"<|message|>", "\n"};
    size_t start = 0;
    if (alfa__starts_with(text, "<|channel|>"))
        start = 11;
    else if (alfa__starts_with(text, "<|channel>"))
        start = 10;
    else if (alfa__starts_with(text, "<channel|>"))
        return (struct mark){CLOSES, 10};
    if (!start)
        return (struct mark){NOTHING, 0};
    const char *name = text + start;
    size_t size = 0;
    while (size < LONGEST_MARK && name[size] && !strchr("<\n ", name[size]))
        size++;
    const bool final = size == 5 && strncmp(name, "final", 5) == 0;
    const char *rest = name + strnlen(name, LONGEST_MARK);
    for (size_t i = 0; i < 2; i++) {
        const char *end = g_strstr_len(name, rest - name, ends[i]);
        if (end)
            return (struct mark){final ? STARTS : OPENS, (size_t)(end - text) + strlen(ends[i])};
    }
    return (struct mark){final ? STARTS : OPENS, start + size};
}

/* Where a template lets somebody speak: what the user, the system or a tool says is no answer. A model that
 * does not stop goes on in the user's part, and one may repeat the question. */
static struct mark match_turn(const char *text)
{
    static const char *const heads[] = {
        "<|im_start|>", "<|start_header_id|>", "<start_of_turn>", "<|", "[", "[/"};
    static const struct {
        const char *role;
        enum effect effect;
    } roles[] = {{"user", OPENS},      {"human", OPENS}, {"system", OPENS}, {"tool", OPENS},
                 {"assistant", SHUTS}, {"model", SHUTS}, {"INST", OPENS}};
    enum { HEADS = sizeof heads / sizeof *heads, BAR = 3, OPEN, CLOSE };
    for (size_t i = 0; i < HEADS; i++)
        for (size_t k = 0; k < sizeof roles / sizeof *roles; k++) {
            const size_t head = strlen(heads[i]), size = head + strlen(roles[k].role);
            const bool bracket = i == OPEN || i == CLOSE;
            if (!alfa__starts_with(text, heads[i]) || !alfa__starts_with(text + head, roles[k].role) ||
                bracket != (strcmp(roles[k].role, "INST") == 0))
                continue;
            if (bracket && text[size] == ']')
                return (struct mark){i == OPEN ? OPENS : SHUTS, size + 1};
            if (i == BAR && alfa__starts_with(text + size, "|>"))
                return (struct mark){roles[k].effect, size + 2};
            if (i < BAR && (text[size] == '\n' || text[size] == '<'))
                return (struct mark){roles[k].effect, size};
        }
    return (struct mark){NOTHING, 0};
}

/* Marks that are what they are. */
static struct mark match_fixed(const char *text)
{
    static const struct {
        const char *text;
        enum effect effect;
    } marks[] = {
        {"\u25C1think\u25B7", OPENS}, {"\u25C1/think\u25B7", CLOSES},
        {"<|end|>", SHUTS},           {"<|return|>", GOES},
        {"<unused94>", OPENS},        {"<unused95>", CLOSES},
        {"<|inner_prefix|>", OPENS},  {"<|inner_suffix|>", CLOSES},
        {"assistantfinal", STARTS},   {"assistant<|channel|>final<|message|>", STARTS},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (alfa__starts_with(text, marks[i].text))
            return (struct mark){marks[i].effect, strlen(marks[i].text)};
    return (struct mark){NOTHING, 0};
}

/* ------------------------------------------------------------------ lines */

/* The letters of a line in lower case with single spaces, without marks of Markdown: "## Final **answer**:"
 * -> "final answer". Returns the bytes of the line with its end; 0 when it is long. */
static size_t read_line(char out[LONGEST_LINE], const char *text)
{
    size_t used = 0, size = 0;
    *out = 0;
    while (text[size] && text[size] != '\n')
        if (++size >= LONGEST_LINE)
            return 0;
    for (size_t i = 0; i < size; i++) {
        if (g_ascii_isalpha(text[i]))
            out[used++] = g_ascii_tolower(text[i]);
        else if (used && out[used - 1] != ' ' && (text[i] == ' ' || text[i] == '\t'))
            out[used++] = ' ';
        else if (!strchr("#*_:.!-> \t\r`", text[i]) && (unsigned char)text[i] < 0x80)
            return 0;
    }
    while (used && out[used - 1] == ' ')
        used--;
    out[used] = 0;
    return used ? size + (text[size] == '\n') : 0;
}

/* Lines that say what follows; fenced: whether the line is a fence that opens. */
static struct mark match_line(const char *text)
{
    static const char *const opens[] = {"thinking",
                                        "thinking process",
                                        "thought process",
                                        "here is my thought process",
                                        "heres my thought process",
                                        "my thought process",
                                        "reasoning",
                                        "lets think step by step",
                                        "chain of thought",
                                        NULL};
    static const char *const closes[] = {"done thinking", "end of thinking", "end of reasoning", NULL};
    static const char *const starts[] = {"final answer",
                                         "here is my response",
                                         "heres my response",
                                         "here is my answer",
                                         "here is my final answer",
                                         "final response",
                                         "final list",
                                         "my final answer",
                                         "answer",
                                         "response",
                                         "output",
                                         "final output",
                                         NULL};
    char line[LONGEST_LINE];
    const size_t size = read_line(line, text);
    if (!size)
        return (struct mark){NOTHING, 0};
    for (int i = 0; closes[i]; i++)
        if (strcmp(line, closes[i]) == 0)
            return (struct mark){CLOSES, size};
    for (int i = 0; starts[i]; i++)
        if (strcmp(line, starts[i]) == 0)
            return (struct mark){STARTS, size};
    for (int i = 0; opens[i]; i++)
        if (strcmp(line, opens[i]) == 0)
            return (struct mark){OPENS, size};
    return (struct mark){NOTHING, 0};
}

/* ------------------------------------------------------------------ the walk */

/* *line: whether it is a line of words instead of a mark that only machines write. */
static struct mark match(const char *text, bool line_start, bool *line)
{
    struct mark mark = {NOTHING, 0};
    if (line_start)
        mark = match_line(text);
    *line = mark.effect != NOTHING;
    if (mark.effect == NOTHING && *text == '<')
        mark = match_channel(text);
    if (mark.effect == NOTHING && (*text == '<' || *text == '['))
        mark = match_turn(text);
    if (mark.effect == NOTHING && strchr("<a\xE2", *text))
        mark = match_fixed(text);
    if (mark.effect == NOTHING && (*text == '<' || *text == '['))
        mark = match_tag(text);
    return mark;
}

/* Where the last mark stands that ends reasoning: a line "Thinking..." begins some only before it, since
 * people write such lines as well. */
static const char *find_last_end(const char *text)
{
    const char *last = NULL;
    bool line_start = true, line;
    while (*text) {
        const struct mark mark = match(text, line_start, &line);
        if (mark.effect == CLOSES || mark.effect == STARTS)
            last = text;
        line_start = mark.size || *text == '\n';
        text += mark.size ? mark.size : 1;
    }
    return last;
}

/* A decoder that drops harmony's special tokens leaves "analysisThe user wants ... assistantfinal". */
static bool is_bare_harmony(const char *text)
{
    return alfa__starts_with(text, "analysis") && strstr(text, "assistantfinal");
}

/* The bytes of quoted lines ("> ...") at text, with blank ones between them, when more than that follows;
 * else 0, and *last says whether all to the end is quoted, so that nobody asks again. */
static size_t quote_size(const char *text, bool *last)
{
    const char *end = text, *line = text;
    while (*(line += strspn(line, " \t\r\n")) == '>') {
        line += strcspn(line, "\n");
        end = line;
    }
    *last = *line == 0;
    return *last ? 0 : (size_t)(end - text);
}

bool alfa__reasoning_is_word(const char *name)
{
    char word[32];
    bool ends, begins;
    return read_name(word, &ends, &begins, name, strlen(name)) && alfa__among(reasoning_words, word);
}

char *alfa__reasoning_drop(const char *text)
{
    struct alfa__string out = {0};
    const char *last_end = find_last_end(text);
    bool open = is_bare_harmony(text), line_start = true, last_quote = false, line;
    alfa__string_append(&out, "");
    while (*text) {
        const struct mark mark = match(text, line_start, &line);
        const bool counts =
            mark.effect != NOTHING && !(mark.effect == OPENS && line && (!last_end || text > last_end));
        const bool quotes = mark.effect == OPENS && line && !counts && !last_quote;
        const size_t quoted = quotes ? quote_size(text + mark.size, &last_quote) : 0;
        if (quoted) { /* "Thinking..." and what was thought as a quotation (Poe) */
            text += mark.size + quoted;
            line_start = false;
            continue;
        }
        const size_t size = counts ? mark.size : 1;
        if (counts && (mark.effect == STARTS || (mark.effect == CLOSES && !open)))
            out.size = 0;
        if (!open || (counts && mark.effect != OPENS && mark.effect != GOES))
            alfa__string_append_bytes(&out, counts ? "\n" : text, 1);
        if (counts && mark.effect != GOES)
            open = mark.effect == OPENS;
        line_start = counts || *text == '\n';
        text += size;
    }
    if (!alfa__string_ok(&out))
        alfa__string_free(&out);
    return out.text;
}
