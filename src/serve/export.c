#include "serve/export.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json.h"
#include "base/status.h"
#include "base/strings.h"
#include "serve/archive.h"
#include "serve/picture.h"

enum { PAGE = 200, LONGEST_STEM = 80 };

struct job {
    const struct alfa__export_options *options;
    struct alfa__archive *archive;
    struct alfa__filter filter;
    json_t *written; /* hashes of pictures that are there already */
    bool judged; /* only what has a verdict: that comes first, as a picture may be judged again without one */
    int done, all;
    struct alfa__export_counts *counts;
};

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

/* What the operator's verdict makes of the decision. */
static const char *folder_of(const json_t *row, struct alfa__export_counts *counts)
{
    const char *verdict = text_of(row, "verdict");
    const bool anomaly = strcmp(text_of(row, "decision"), "anomaly") == 0;
    if (!*verdict)
        return counts->unknown++, "unknown";
    if (strcmp(verdict, "missed") == 0 || (strcmp(verdict, "agree") == 0 && anomaly))
        return counts->bad++, "bad";
    return counts->good++, "good";
}

/* The client's name without folders and extension, plain letters only: it is a name on this machine now. */
static void make_stem(char out[LONGEST_STEM + 1], const char *name)
{
    size_t used = 0;
    const char *dot;
    name = alfa__path_name(name);
    dot = strrchr(name, '.');
    const size_t size = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    for (size_t i = 0; i < size && used < LONGEST_STEM; i++) {
        const char c = name[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || (c == '.' && used > 0);
        out[used++] = plain ? c : '_';
    }
    if (used == 0)
        out[used++] = '_';
    out[used] = 0;
}

/* From a folder of an earlier export, when the verdict has changed since. */
static void take_away(const struct job *job, const char *folder, const char *name)
{
    static const char *const all[] = {"good", "bad", "unknown"};
    for (int i = 0; i < 3; i++) {
        char *old = strcmp(all[i], folder) ? alfa__format("%s/%s/%s", job->options->out, all[i], name) : NULL;
        if (old)
            unlink(old);
        free(old);
    }
}

static enum alfa_status write_picture(const struct job *job, const json_t *row, const char *bytes,
                                      size_t size, const char *hash, struct alfa_error *err)
{
    char stem[LONGEST_STEM + 1];
    make_stem(stem, text_of(row, "name"));
    const char *kind = folder_of(row, job->counts);
    char *folder = alfa__format("%s/%s", job->options->out, kind);
    char *name = alfa__format("%s-%.8s.%s", stem, hash, alfa__picture_extension(bytes, size));
    char *path = folder && name ? alfa__format("%s/%s", folder, name) : NULL;
    enum alfa_status status = path ? alfa__folder_make(folder, err) : alfa__fail_memory(err, 256);
    if (status == ALFA_OK)
        status = alfa__file_write(path, bytes, size, err);
    if (status == ALFA_OK)
        take_away(job, kind, name);
    free(path);
    free(name);
    free(folder);
    return status;
}

/* A picture that cannot be read is counted; a folder that cannot be written to ends it all. */
static enum alfa_status export_row(struct job *job, const json_t *row, struct alfa_error *err)
{
    const long long id = json_integer_value(json_object_get(row, "id"));
    struct alfa__archived picture;
    enum alfa_status status = ALFA_OK;
    if (alfa__archive_read(&picture, job->archive, id, ALFA__ARCHIVE_IMAGE, NULL) != ALFA_OK) {
        job->counts->failed++;
        return ALFA_OK;
    }
    if (!json_object_get(job->written, picture.hash)) {
        status = alfa__json_put(job->written, picture.hash, json_true(), err);
        if (status == ALFA_OK)
            status = write_picture(job, row, picture.bytes, picture.size, picture.hash, err);
    }
    free(picture.bytes);
    return status;
}

static enum alfa_status export_page(struct job *job, bool *more, struct alfa_error *err)
{
    json_t *page = alfa__archive_list(job->archive, &job->filter), *row;
    size_t i;
    enum alfa_status status =
        page ? ALFA_OK : alfa__fail(err, ALFA_ERROR_INPUT, job->options->store, "cannot be read");
    json_array_foreach(json_object_get(page, "items"), i, row)
    {
        if (job->judged != (*text_of(row, "verdict") != 0))
            continue;
        if (status == ALFA_OK && job->options->stop())
            status = alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "stopped after %d of %d inspections",
                                job->done, job->all);
        if (status == ALFA_OK)
            status = export_row(job, row, err);
        job->options->step(++job->done, job->all);
    }
    job->filter.before = json_integer_value(json_object_get(page, "next"));
    *more = job->filter.before > 0;
    json_decref(page);
    return status;
}

static enum alfa_status export_table(struct job *job, struct alfa_error *err)
{
    struct alfa__string table = {0};
    char *path = alfa__format("%s/inspections.csv", job->options->out);
    enum alfa_status status =
        path ? alfa__archive_csv(job->archive, &table, &job->filter, err) : alfa__fail_memory(err, 256);
    for (size_t i = 0; i + 1 < table.size; i++) /* names have no line ends in them, or quoted ones: about */
        job->all += table.text[i] == '\n';
    if (status == ALFA_OK)
        status = alfa__file_write(path, table.text, table.size, err);
    alfa__string_free(&table);
    free(path);
    return status;
}

enum alfa_status alfa__export(struct alfa__export_counts *out, const struct alfa__export_options *options,
                              struct alfa_error *err)
{
    struct job job = {.options = options, .counts = out};
    *out = (struct alfa__export_counts){0};
    ALFA__TRY(alfa__archive_open(&job.archive, options->store, ALFA__ARCHIVE_READ, err));
    job.filter = (struct alfa__filter){.class_name = options->class_name, .limit = PAGE};
    job.written = json_object();
    enum alfa_status status = alfa__folder_make(options->out, err);
    if (status == ALFA_OK)
        status = export_table(&job, err);
    for (int pass = 0; pass < 2; pass++) {
        job.judged = pass == 0;
        job.filter.before = 0;
        for (bool more = true; status == ALFA_OK && more;)
            status = export_page(&job, &more, err);
    }
    json_decref(job.written);
    alfa__archive_close(job.archive);
    return status;
}
