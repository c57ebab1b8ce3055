#include "prompt/file.h"
#include "base/files.h"
#include "base/strings.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define CLASS "{class}"
#define DOMAIN_WORD "{domain}" /* of templates (set.c) */
#define NO_SIDE (-1)

struct reader {
    struct alfa__sentences *sides;
    const char *name, *noun;
    int line, side; /* line number from 1; side of the current section */
    int sentences;
    int counts[2];
    bool templates; /* {domain} stands for something, too */
    struct alfa_error *err;
};

static enum alfa_status fail(const struct reader *reader, enum alfa_status code, const char *what)
{
    return alfa__fail(reader->err, code, reader->name, "line %d: %s", reader->line, what);
}

static enum alfa_status start_section(struct reader *reader, const char *line)
{
    if (strcmp(line, "[normal]") == 0)
        reader->side = ALFA_NORMAL;
    else if (strcmp(line, "[abnormal]") == 0)
        reader->side = ALFA_ABNORMAL;
    else
        return fail(reader, ALFA_ERROR_INPUT, "unknown section; a section is [normal] or [abnormal]");
    return ALFA_OK;
}

/* The line with the noun in place of every {class}; NULL when out of memory; freed with free(). */
static char *put_noun(const char *line, const char *noun)
{
    struct alfa__string out = {0};
    for (const char *place; (place = strstr(line, CLASS)); line = place + strlen(CLASS)) {
        alfa__string_append_bytes(&out, line, (size_t)(place - line));
        alfa__string_append(&out, noun);
    }
    alfa__string_append(&out, line);
    if (!alfa__string_ok(&out))
        alfa__string_free(&out);
    return out.text;
}

/* A misspelt placeholder would be taken as text, silently. */
static bool has_unknown_placeholder(const char *line, bool templates)
{
    while ((line = strchr(line, '{')) && strchr(line, '}')) {
        if (strncmp(line, CLASS, strlen(CLASS)) != 0 &&
            !(templates && strncmp(line, DOMAIN_WORD, strlen(DOMAIN_WORD)) == 0))
            return true;
        line++;
    }
    return false;
}

static enum alfa_status add_sentence(struct reader *reader, const char *line)
{
    if (has_unknown_placeholder(line, reader->templates))
        return fail(reader, ALFA_ERROR_INPUT,
                    reader->templates
                        ? "unknown placeholder; only {class} and {domain} stand for something here"
                        : "unknown placeholder; only {class} stands for something here");
    if (reader->side == NO_SIDE)
        return fail(reader, ALFA_ERROR_INPUT, "text before a section; write [normal] or [abnormal] above it");
    if (++reader->sentences > ALFA__PROMPT_FILE_SENTENCES)
        return fail(reader, ALFA_ERROR_LIMIT, "more than 4096 sentences; use fewer");
    char *sentence = strlen(line) <= ALFA__PROMPT_SENTENCE_LIMIT ? put_noun(line, reader->noun) : NULL;
    enum alfa_status status;
    if (strlen(line) > ALFA__PROMPT_SENTENCE_LIMIT ||
        (sentence && strlen(sentence) > ALFA__PROMPT_SENTENCE_LIMIT))
        status = fail(reader, ALFA_ERROR_LIMIT, "the sentence has more than 1000 bytes; shorten it");
    else if (!sentence)
        status = alfa__fail_memory(reader->err, ALFA__PROMPT_SENTENCE_LIMIT);
    else
        status = alfa__sentences_add(&reader->sides[reader->side], sentence, reader->err);
    free(sentence);
    reader->counts[reader->side]++;
    return status;
}

static bool has_control(const char *line)
{
    for (; *line; line = g_utf8_next_char(line))
        if (g_unichar_iscntrl(g_utf8_get_char(line)) && *line != '\t')
            return true;
    return false;
}

/* line: size bytes of which any may be zero; it is changed. */
static enum alfa_status read_line(struct reader *reader, char *line, size_t size)
{
    if (memchr(line, 0, size))
        return fail(reader, ALFA_ERROR_INPUT, "a zero byte; a prompt file is text in UTF-8");
    line[size] = 0;
    if (!g_utf8_validate(line, (gssize)size, NULL))
        return fail(reader, ALFA_ERROR_INPUT, "is not UTF-8; save the file as UTF-8");
    g_strstrip(line); /* takes the CR of CRLF, too */
    if (!*line || *line == '#')
        return ALFA_OK;
    if (has_control(line))
        return fail(reader, ALFA_ERROR_INPUT, "a control character; remove it");
    return *line == '[' ? start_section(reader, line) : add_sentence(reader, line);
}

/* text: size bytes and one more that may be written; it is changed. */
static enum alfa_status read_lines(struct reader *reader, char *text, size_t size)
{
    char *end = text + size;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    while (text < end) {
        char *stop = memchr(text, '\n', (size_t)(end - text));
        if (!stop)
            stop = end;
        reader->line++;
        ALFA__TRY(read_line(reader, text, (size_t)(stop - text)));
        text = stop + 1;
    }
    for (int side = 0; side < 2; side++)
        if (!reader->counts[side])
            return alfa__fail(reader->err, ALFA_ERROR_INPUT, reader->name,
                              "has no sentence under [%s]; both sides need at least one",
                              side == ALFA_NORMAL ? "normal" : "abnormal");
    return ALFA_OK;
}

enum alfa_status alfa__prompt_file_parse(struct alfa__sentences sides[2], const char *text, size_t size,
                                         const char *name, const char *noun, bool templates,
                                         struct alfa_error *err)
{
    struct reader reader = {
        .sides = sides, .name = name, .noun = noun, .side = NO_SIDE, .templates = templates, .err = err};
    if (size > ALFA__PROMPT_FILE_LIMIT)
        return alfa__fail(err, ALFA_ERROR_LIMIT, name, "has %zu bytes, the limit is %zu", size,
                          ALFA__PROMPT_FILE_LIMIT);
    char *copy = malloc(size + 1);
    if (!copy)
        return alfa__fail_memory(err, size + 1);
    if (size)
        memcpy(copy, text, size);
    copy[size] = 0;
    enum alfa_status status = read_lines(&reader, copy, size);
    free(copy);
    return status;
}

enum alfa_status alfa__prompt_file_read(struct alfa__sentences sides[2], const char *path, const char *noun,
                                        bool templates, struct alfa_error *err)
{
    char *text;
    size_t size;
    ALFA__TRY(alfa__file_read(&text, &size, path, ALFA__PROMPT_FILE_LIMIT, err));
    enum alfa_status status = alfa__prompt_file_parse(sides, text, size, path, noun, templates, err);
    free(text);
    return status;
}
