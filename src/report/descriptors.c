#include "report/descriptors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"

enum { LONGEST_DESCRIPTOR = 500, FILE_LIMIT = 1 << 20 };

struct alfa__descriptors {
    const char *path, *model; /* lent while opening; the model's name is for messages */
    char *text;               /* of the file */
    const char *items[ALFA__DESCRIPTORS_MAX];
    int count, truncated, dim;
    float *rows; /* count x dim */
};

/* ------------------------------------------------------------------ the file */

static enum alfa_status add_line(struct alfa__descriptors *d, const char *line, int number,
                                 struct alfa_error *err)
{
    if (d->count == ALFA__DESCRIPTORS_MAX)
        return alfa__fail(err, ALFA_ERROR_LIMIT, d->path, "more than %d descriptors; use fewer",
                          (int)ALFA__DESCRIPTORS_MAX);
    if (strlen(line) > LONGEST_DESCRIPTOR)
        return alfa__fail(err, ALFA_ERROR_LIMIT, d->path, "line %d: has more than %d bytes; shorten it",
                          number, (int)LONGEST_DESCRIPTOR);
    for (const char *p = line; *p; p++)
        if ((unsigned char)*p < 32 || *p == 127)
            return alfa__fail(err, ALFA_ERROR_INPUT, d->path, "line %d: a control character; remove it",
                              number);
    d->items[d->count++] = line;
    return ALFA_OK;
}

static enum alfa_status read_lines(struct alfa__descriptors *d, struct alfa_error *err)
{
    size_t size;
    int number = 0;
    ALFA__TRY(alfa__file_read(&d->text, &size, d->path, FILE_LIMIT, err));
    if (memchr(d->text, 0, size))
        return alfa__fail(err, ALFA_ERROR_INPUT, d->path, "has a zero byte; it has to be text");
    alfa__drop_mark(d->text);
    for (char *line = d->text, *next; line; line = next) {
        number++;
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        line += strspn(line, " \t");
        for (size_t end = strlen(line); end > 0 && strchr(" \t\r", line[end - 1]); end--)
            line[end - 1] = 0;
        if (*line && *line != '#')
            ALFA__TRY(add_line(d, line, number, err));
    }
    if (d->count == 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, d->path, "has no descriptor in it");
    return ALFA_OK;
}

static enum alfa_status embed(struct alfa__descriptors *d, const char *noun, const struct alfa_model *model,
                              struct alfa_error *err)
{
    char *texts[ALFA__DESCRIPTORS_MAX];
    const size_t size = (size_t)d->count * (size_t)alfa_model_info(model)->embed_dim * sizeof *d->rows;
    enum alfa_status status = ALFA_OK;
    d->dim = alfa_model_info(model)->embed_dim;
    d->rows = malloc(size);
    if (!d->rows)
        status = alfa__fail_memory(err, size);
    for (int i = 0; i < d->count; i++) {
        texts[i] = alfa__format("An abnormal image of %s with %s", noun, d->items[i]);
        if (!texts[i])
            status = alfa__fail_memory(err, strlen(noun) + LONGEST_DESCRIPTOR);
    }
    if (status == ALFA_OK)
        status =
            alfa_model_embed_texts(d->rows, &d->truncated, model, (const char *const *)texts, d->count, err);
    for (int i = 0; i < d->count; i++)
        free(texts[i]);
    return status;
}

enum alfa_status alfa__descriptors_open(struct alfa__descriptors **out, const char *path, const char *noun,
                                        const struct alfa_model *model, struct alfa_error *err)
{
    struct alfa__descriptors *d = calloc(1, sizeof *d);
    *out = NULL;
    if (!d)
        return alfa__fail_memory(err, sizeof *d);
    d->path = path;
    d->model = alfa_model_info(model)->name;
    enum alfa_status status = read_lines(d, err);
    if (status == ALFA_OK)
        status = embed(d, noun, model, err);
    d->path = NULL;
    *out = d;
    if (status != ALFA_OK) {
        alfa__descriptors_free(d);
        *out = NULL;
    }
    return status;
}

int alfa__descriptors_count(const struct alfa__descriptors *descriptors)
{
    return descriptors->count;
}

int alfa__descriptors_truncated(const struct alfa__descriptors *descriptors)
{
    return descriptors->truncated;
}

void alfa__descriptors_free(struct alfa__descriptors *descriptors)
{
    if (!descriptors)
        return;
    free(descriptors->text);
    free(descriptors->rows);
    free(descriptors);
}

/* ------------------------------------------------------------------ ranking */

static int compare(const void *a, const void *b)
{
    double x = ((const struct alfa__descriptor *)a)->similarity,
           y = ((const struct alfa__descriptor *)b)->similarity;
    return (x < y) - (x > y);
}

/* All of them beside an embedding of length 1, the most similar first. */
static enum alfa_status rank(struct alfa__descriptor found[ALFA__DESCRIPTORS_MAX],
                             const struct alfa__descriptors *d, const float *embedding, double temperature,
                             struct alfa_error *err)
{
    double sum = 0;
    for (int i = 0; i < d->count; i++) {
        found[i] = (struct alfa__descriptor){.text = d->items[i]};
        for (int k = 0; k < d->dim; k++)
            found[i].similarity += (double)embedding[k] * d->rows[(size_t)i * (size_t)d->dim + (size_t)k];
        if (!isfinite(found[i].similarity))
            return alfa__fail(err, ALFA_ERROR_MODEL, d->model,
                              "gives similarities that are not numbers; its weights are damaged");
    }
    qsort(found, (size_t)d->count, sizeof *found, compare);
    for (int i = 0; i < d->count; i++)
        sum += found[i].share = exp((found[i].similarity - found[0].similarity) / temperature);
    for (int i = 0; i < d->count; i++)
        found[i].share /= sum;
    return ALFA_OK;
}

static enum alfa_status keep_nearest(struct alfa__likeness *out, const struct alfa__descriptors *d,
                                     const float *embedding, double temperature, struct alfa_error *err)
{
    struct alfa__descriptor found[ALFA__DESCRIPTORS_MAX];
    ALFA__TRY(rank(found, d, embedding, temperature, err));
    out->count = d->count < ALFA__LIKENESS_MOST ? d->count : ALFA__LIKENESS_MOST;
    memcpy(out->found, found, (size_t)out->count * sizeof *found);
    return ALFA_OK;
}

enum alfa_status alfa__descriptors_compare(struct alfa__likeness **out, const struct alfa__descriptors *d,
                                           const struct alfa_result *result, double temperature,
                                           struct alfa_error *err)
{
    const int count = alfa_result_region_count(result);
    *out = calloc((size_t)count + 1, sizeof **out);
    if (!*out)
        return alfa__fail_memory(err, ((size_t)count + 1) * sizeof **out);
    enum alfa_status status = keep_nearest(*out, d, alfa_result_embedding(result), temperature, err);
    for (int i = 0; i < count && status == ALFA_OK; i++)
        status = keep_nearest(*out + 1 + i, d, alfa_result_region_embedding(result, i), temperature, err);
    if (status != ALFA_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}
