#include "base/files.h"
#include "base/strings.h"
#include "dataset/layouts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT ((size_t)1 << 20)

/* Classes of VisA that people call otherwise than their folder. */
static const struct {
    const char *name, *noun;
} said[] = {
    {"chewinggum", "chewing gum"},
    {"macaroni1", "macaroni"},
    {"macaroni2", "macaroni"},
    {"pcb1", "pcb"},
    {"pcb2", "pcb"},
    {"pcb3", "pcb"},
    {"pcb4", "pcb"},
};

char *alfa__noun_for(const char *class_name)
{
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (alfa__same_noun(class_name, said[i].name))
            return alfa__strdup(said[i].noun);
    char *noun = alfa__strdup(class_name);
    for (char *at = noun; at && *at; at++)
        if (*at == '_')
            *at = ' ';
    return noun;
}

/* ------------------------------------------------------------------ a file of nouns */

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && isspace((unsigned char)text[size - 1]))
        text[--size] = 0;
    return text;
}

static enum alfa_status set_noun(struct alfa__dataset *set, const char *path, const char *name,
                                 const char *noun, struct alfa_error *err)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!alfa__same_noun(set->classes[i].name, name))
            continue;
        char *copy = alfa__strdup(noun);
        if (!copy)
            return alfa__fail_memory(err, strlen(noun) + 1);
        free(set->classes[i].noun);
        set->classes[i].noun = copy;
        return ALFA_OK;
    }
    alfa__notices_add(&set->notices, path, "names a class that the data set does not have: %s", name);
    return ALFA_OK;
}

static enum alfa_status read_line(struct alfa__dataset *set, const char *path, char *line, int number,
                                  struct alfa__names *seen, struct alfa_error *err)
{
    char *name = trim(line), *equals = strchr(name, '=');
    if (*name == 0 || *name == '#')
        return ALFA_OK;
    char *noun = equals ? trim(equals + 1) : NULL;
    if (equals)
        *equals = 0;
    name = trim(name);
    if (!noun || *name == 0 || *noun == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, path, "line %d is not \"class = noun\"", number);
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->items[i], name) == 0)
            return alfa__fail(err, ALFA_ERROR_INPUT, path, "line %d names %.100s a second time", number,
                              name);
    alfa__names_add(seen, name);
    return set_noun(set, path, name, noun, err);
}

enum alfa_status alfa__nouns_read(struct alfa__dataset *set, const char *path, struct alfa_error *err)
{
    char *text, *next;
    size_t size;
    struct alfa__names seen = {0};
    enum alfa_status status = ALFA_OK;
    ALFA__TRY(alfa__file_read(&text, &size, path, LIMIT, err));
    if (memchr(text, 0, size))
        status = alfa__fail(err, ALFA_ERROR_INPUT, path, "is not a text file");
    alfa__drop_mark(text);
    next = text;
    for (int number = 1; status == ALFA_OK && next; number++) {
        char *line = strsep(&next, "\n");
        status = read_line(set, path, line, number, &seen, err);
    }
    if (status == ALFA_OK && (seen.failed || set->notices.failed))
        status = alfa__fail_memory(err, size);
    alfa__names_free(&seen);
    free(text);
    return status;
}
