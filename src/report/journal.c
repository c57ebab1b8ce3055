#include "report/journal.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMIT ((size_t)1 << 30)
#define FORMAT 1 /* goes up when lines or what a page makes of them change */

struct alfa__journal {
    char *path;
    size_t size; /* bytes of whole lines; what is behind them is cut off before the next one */
};

/* ------------------------------------------------------------------ reading */

static enum alfa_status fail_foreign(const char *path, struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_OUTPUT, path,
                      "is not from this version of alfa: choose another folder, or remove it and lose what "
                      "the report says of earlier images");
}

static enum alfa_status read_line(const struct alfa__content *text, bool first, alfa__journal_visit *visit,
                                  void *context, struct alfa_error *err)
{
    json_t *line = NULL;
    enum alfa_status status = alfa__json_read(&line, text->bytes, text->size, ALFA__JSON_VALUES, 0, NULL);
    if (status == ALFA_ERROR_MEMORY)
        return alfa__fail_memory(err, text->size);
    if (status != ALFA_OK || !json_is_object(line))
        status = fail_foreign(text->name, err);
    else if (first && json_integer_value(json_object_get(line, "report")) != FORMAT)
        status = fail_foreign(text->name, err);
    else if (!first)
        status = visit(context, line, err);
    json_decref(line);
    return status;
}

static enum alfa_status read_all(struct alfa__journal *journal, alfa__journal_visit *visit, void *context,
                                 struct alfa_error *err)
{
    char *text, *end;
    size_t size;
    if (access(journal->path, F_OK) != 0)
        return ALFA_OK;
    ALFA__TRY(alfa__file_read(&text, &size, journal->path, LIMIT, err));
    enum alfa_status status = ALFA_OK;
    for (char *at = text; status == ALFA_OK && (end = memchr(at, '\n', size - (size_t)(at - text)));
         at = end + 1) {
        const struct alfa__content line = {at, (size_t)(end - at), journal->path};
        status = read_line(&line, at == text, visit, context, err);
        journal->size = (size_t)(end + 1 - text);
    }
    free(text);
    return status;
}

enum alfa_status alfa__journal_open(struct alfa__journal **out, const char *path, alfa__journal_visit *visit,
                                    void *context, struct alfa_error *err)
{
    struct alfa__journal *journal = calloc(1, sizeof *journal);
    char *copy = alfa__strdup(path);
    *out = NULL;
    if (!journal || !copy) {
        free(journal);
        free(copy);
        return alfa__fail_memory(err, sizeof *journal);
    }
    journal->path = copy;
    enum alfa_status status = read_all(journal, visit, context, err);
    if (status == ALFA_OK)
        *out = journal;
    else
        alfa__journal_free(journal);
    return status;
}

void alfa__journal_free(struct alfa__journal *journal)
{
    if (journal)
        free(journal->path);
    free(journal);
}

/* ------------------------------------------------------------------ writing */

static enum alfa_status append(struct alfa__journal *journal, const char *text, size_t size,
                               struct alfa_error *err)
{
    const int file = open(journal->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    bool good = file >= 0 && ftruncate(file, (off_t)journal->size) == 0 &&
                alfa__file_write_at(file, text, size, journal->size);
    const int problem = errno;
    if (file >= 0 && !good)
        (void)!ftruncate(file, (off_t)journal->size);
    if (file >= 0 && close(file) != 0)
        good = false;
    if (!good)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, journal->path, "cannot be written: %s", strerror(problem));
    journal->size += size;
    return ALFA_OK;
}

static enum alfa_status put(struct alfa__journal *journal, const json_t *line, struct alfa_error *err)
{
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (!text)
        return alfa__fail_memory(err, 0);
    const size_t size = strlen(text);
    text[size] = '\n'; /* instead of the closing zero */
    enum alfa_status status = append(journal, text, size + 1, err);
    free(text);
    return status;
}

/* A file that somebody removed or cut begins anew. */
static void notice_loss(struct alfa__journal *journal)
{
    struct stat info;
    if (stat(journal->path, &info) != 0 || (size_t)info.st_size < journal->size)
        journal->size = 0;
}

enum alfa_status alfa__journal_add(struct alfa__journal *journal, json_t *line, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    notice_loss(journal);
    if (journal->size == 0) {
        json_t *head = json_pack("{s:i}", "report", FORMAT);
        status = put(journal, head, err);
        json_decref(head);
    }
    if (status == ALFA_OK)
        status = put(journal, line, err);
    json_decref(line);
    return status;
}
