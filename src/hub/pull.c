#include "hub/pull.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "hub/cache.h"
#include "hub/choose.h"
#include "hub/fetch.h"
#include "hub/say.h"
#include "hub/verify.h"

#define LONGEST_LIST ((size_t)32 << 20)
#define MOST_VALUES ((size_t)1 << 18) /* two a file */

struct work {
    const struct alfa__hub_options *options;
    const struct alfa__repository *repository;
    const struct alfa__pull *pull;
    struct alfa__line *line;
    char commit[41];
    json_t *list; /* owns the names */
    struct alfa__choice choice;
    struct alfa__remote files[ALFA__MOST_CHOSEN];
    char *folder; /* where the files will be seen */
    long long total, missing;
    struct alfa__fetch fetch;
};

/* ------------------------------------------------------------------ what there is */

static enum alfa_status read_list(struct work *work, const struct alfa__line_answer *answer, const char *text,
                                  struct alfa_error *err)
{
    const char *name = work->repository->name, **names;
    size_t i, count = 0;
    json_t *file;
    if (alfa__json_read(&work->list, text, strlen(text), MOST_VALUES, 0, NULL) == ALFA_ERROR_MEMORY)
        return alfa__fail_memory(err, strlen(text));
    const char *commit = json_string_value(json_object_get(work->list, "sha"));
    const json_t *files = json_object_get(work->list, "siblings");
    if (!commit || !alfa__hub_is_commit(commit) || !json_is_array(files))
        return alfa__hub_fail(work->options, work->repository, NULL, answer, err);
    memcpy(work->commit, commit, sizeof work->commit);
    names = calloc(json_array_size(files) + 1, sizeof *names);
    if (!names)
        return alfa__fail_memory(err, json_array_size(files));
    json_array_foreach((json_t *)files, i, file)
    {
        names[count] = json_string_value(json_object_get(file, "rfilename"));
        count += names[count] && alfa__hub_is_safe_name(names[count]);
    }
    const enum alfa_status status = alfa__choose_files(&work->choice, names, (int)count, name, err);
    free(names);
    return status;
}

/* The revision in an address is one part of it. */
static char *list_address(const struct work *work)
{
    struct alfa__string text = {0};
    alfa__string_appendf(&text, "%s/api/models/%s/revision/", work->options->endpoint,
                         work->repository->name);
    for (const char *p = work->repository->revision; *p; p++)
        alfa__string_appendf(&text, *p == '/' ? "%%2F" : *p == '+' ? "%%2B" : "%c", *p);
    if (alfa__string_ok(&text))
        return text.text;
    alfa__string_free(&text);
    return NULL;
}

static enum alfa_status ask_list(struct work *work, struct alfa_error *err)
{
    struct alfa__line_answer answer;
    char *text = NULL, *address = list_address(work);
    if (!address)
        return alfa__fail_memory(err, sizeof *work);
    enum alfa_status status = alfa__line_text(work->line, &text, &answer, address, LONGEST_LIST, err);
    if (status == ALFA_OK)
        status = text ? read_list(work, &answer, text, err)
                      : alfa__hub_fail(work->options, work->repository, NULL, &answer, err);
    free(text);
    free(address);
    return status;
}

/* An etag becomes the name of a file. */
static bool is_usable(const char *etag)
{
    return *etag && !strchr(etag, '/') && alfa__hub_is_safe_name(etag);
}

static enum alfa_status ask_file(struct work *work, struct alfa__remote *file, struct alfa_error *err)
{
    struct alfa__line_answer answer;
    char *address = alfa__format("%s/%s/resolve/%s/%s", work->options->endpoint, work->repository->name,
                                 work->commit, file->name);
    if (!address)
        return alfa__fail_memory(err, strlen(file->name));
    enum alfa_status status = alfa__line_head(work->line, &answer, address, err);
    free(address);
    if (status == ALFA_OK && (answer.status >= 400 || !*answer.commit || !is_usable(answer.etag)))
        status = alfa__hub_fail(work->options, work->repository, file->name, &answer, err);
    snprintf(file->etag, sizeof file->etag, "%s", answer.etag);
    file->size = answer.size;
    return status;
}

static enum alfa_status ask_files(struct work *work, struct alfa_error *err)
{
    for (int i = 0; i < work->choice.count; i++) {
        work->files[i].name = work->choice.names[i];
        ALFA__TRY(ask_file(work, &work->files[i], err));
        work->total += work->files[i].size > 0 ? work->files[i].size : 0;
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ what is here */

static long long size_of(const char *path)
{
    struct stat info;
    return path && stat(path, &info) == 0 && S_ISREG(info.st_mode) ? (long long)info.st_size : -1;
}

/* A file that is here and as long as it should be; with --again its hash must be right as well. */
static bool is_here(struct work *work, const struct alfa__remote *file, const char *path)
{
    const long long size = size_of(path);
    if (size < 0 || (file->size >= 0 && size != file->size))
        return false;
    return !work->pull->again || alfa__fetch_check(&work->fetch, file, path, NULL) == ALFA_OK;
}

/* The paths of a file: where it will be seen, and its blob; both NULL when there is no memory. */
struct paths {
    char *seen, *blob;
};

static struct paths paths_of(const struct work *work, const struct alfa__remote *file)
{
    struct paths paths = {alfa__format("%s/%s", work->folder, file->name),
                          alfa__cache_blob(work->options->cache, work->repository, file->etag)};
    if (paths.seen && paths.blob)
        return paths;
    free(paths.seen), free(paths.blob);
    return (struct paths){NULL, NULL};
}

static void free_paths(struct paths *paths)
{
    free(paths->seen), free(paths->blob);
}

/* What a download still lacks; what only has to be copied counts too. */
static long long missing_of(struct work *work, const struct alfa__remote *file, const struct paths *paths)
{
    const bool plain = work->pull->to;
    if (size_of(paths->seen) == file->size || (!plain && size_of(paths->blob) == file->size))
        return 0;
    char *incomplete = alfa__format("%s.incomplete", plain ? paths->seen : paths->blob);
    const long long begun = size_of(incomplete);
    free(incomplete);
    return file->size > 0 ? file->size - (begun > 0 && begun <= file->size ? begun : 0) : 0;
}

/* Before anything is fetched, not after an hour. */
static enum alfa_status check_space(struct work *work, const char *place, struct alfa_error *err)
{
    struct statvfs disk;
    char needed[ALFA__BYTES_TEXT], there[ALFA__BYTES_TEXT];
    work->missing = 0;
    for (int i = 0; i < work->choice.count; i++) {
        struct paths paths = paths_of(work, &work->files[i]);
        work->missing += paths.seen ? missing_of(work, &work->files[i], &paths) : 0;
        free_paths(&paths);
    }
    if (statvfs(place, &disk) != 0)
        return ALFA_OK;
    const double room = (double)disk.f_bavail * (double)disk.f_frsize;
    alfa__format_bytes(needed, work->missing);
    alfa__format_bytes(there, (long long)room);
    if ((double)work->missing > room)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, place, "has too little space: %s are needed, %s are free",
                          needed, there);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ fetching */

static enum alfa_status fail_memory_for(const struct alfa__remote *file, struct alfa_error *err)
{
    return alfa__fail_memory(err, strlen(file->name));
}

/* The blob by its lock, and the snapshot's link to it. */
static enum alfa_status pull_to_cache(struct work *work, const struct alfa__remote *file,
                                      const struct paths *paths, struct alfa_error *err)
{
    int lock = -1;
    if (is_here(work, file, paths->seen))
        return ALFA_OK;
    ALFA__TRY(alfa__cache_lock(&lock, work->options, work->repository, file->etag, err));
    enum alfa_status status = ALFA_OK;
    if (!is_here(work, file, paths->blob))
        status = alfa__fetch_file(&work->fetch, file, paths->blob, err);
    if (status == ALFA_OK)
        status = alfa__cache_link(paths->seen, paths->blob, work->options->copies, err);
    alfa__cache_unlock(lock);
    return status;
}

static bool is_right(struct work *work, const struct alfa__remote *file, const char *path)
{
    return size_of(path) == file->size && alfa__fetch_check(&work->fetch, file, path, NULL) == ALFA_OK;
}

/* What is in the cache is copied and its copy checked; the rest is fetched to where it will be. */
static enum alfa_status pull_to_folder(struct work *work, const struct alfa__remote *file,
                                       const struct paths *paths, struct alfa_error *err)
{
    if (is_right(work, file, paths->seen))
        return ALFA_OK;
    if (size_of(paths->blob) == file->size && alfa__file_copy(paths->blob, paths->seen, err) == ALFA_OK &&
        is_right(work, file, paths->seen))
        return ALFA_OK;
    return alfa__fetch_file(&work->fetch, file, paths->seen, err);
}

static enum alfa_status pull_files(struct work *work, struct alfa_error *err)
{
    struct alfa__hub_progress *progress = &work->fetch.progress;
    *progress = (struct alfa__hub_progress){
        .count = work->choice.count, .total = work->total, .begin = work->total - work->missing};
    for (int i = 0; i < work->choice.count; i++) {
        const struct alfa__remote *file = &work->files[i];
        struct paths paths = paths_of(work, file);
        progress->file = file->name;
        progress->number = i + 1;
        enum alfa_status status = !paths.seen      ? fail_memory_for(file, err)
                                  : work->pull->to ? pull_to_folder(work, file, &paths, err)
                                                   : pull_to_cache(work, file, &paths, err);
        free_paths(&paths);
        if (status != ALFA_OK)
            return status;
        progress->done += file->size > 0 ? file->size : 0;
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ all of it */

/* The folder that files are fetched into, made when it is not there. */
static enum alfa_status make_place(struct work *work, struct alfa_error *err)
{
    char *place = work->pull->to ? alfa__strdup(work->pull->to)
                                 : alfa__cache_blob(work->options->cache, work->repository, "");
    work->folder = work->pull->to
                       ? alfa__strdup(work->pull->to)
                       : alfa__cache_snapshot(work->options->cache, work->repository, work->commit);
    enum alfa_status status =
        place && work->folder ? alfa__folder_make(place, err) : alfa__fail_memory(err, 256);
    if (status == ALFA_OK)
        status = check_space(work, place, err);
    free(place);
    return status;
}

static void say_plan(const struct work *work)
{
    char text[400], total[ALFA__BYTES_TEXT], missing[ALFA__BYTES_TEXT];
    if (!work->options->note || work->missing == 0)
        return;
    alfa__format_bytes(total, work->total);
    alfa__format_bytes(missing, work->missing);
    const bool part = strcmp(total, missing) != 0;
    snprintf(text, sizeof text, "%s: %d files, %s%s%s", work->repository->name, work->choice.count, total,
             part ? ", still missing: " : "", part ? missing : "");
    work->options->note(work->options->context, text);
}

/* Asks nobody yet. */
static enum alfa_status open_line(struct work *work, struct alfa_error *err)
{
    if (!work->line)
        ALFA__TRY(alfa__line_open(&work->line, work->options, err));
    work->fetch = (struct alfa__fetch){work->options, work->line, work->repository, work->commit, {0}, 0, 0};
    return ALFA_OK;
}

static enum alfa_status pull_all(struct work *work, struct alfa_error *err)
{
    ALFA__TRY(open_line(work, err));
    ALFA__TRY(ask_list(work, err));
    ALFA__TRY(ask_files(work, err));
    ALFA__TRY(make_place(work, err));
    say_plan(work);
    ALFA__TRY(pull_files(work, err));
    if (work->pull->to)
        return alfa__sums_write(work->folder, work->choice.names, work->choice.count, err);
    return alfa__cache_set_commit(work->options->cache, work->repository, work->commit, err);
}

static enum alfa_status drop_copy(struct work *work, const char *from, const char *to, struct alfa_error *err)
{
    unlink(to);
    if (alfa__line_is_stopped(work->line))
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "stopped");
    return alfa__fail(err, ALFA_ERROR_INPUT, from,
                      "is damaged: 'alfa model pull --again' fetches it anew where there is internet");
}

/* A file of the cache's snapshot into the folder. */
static enum alfa_status carry_file(struct work *work, const char *snapshot, const struct alfa__remote *file,
                                   struct alfa_error *err)
{
    char *from = alfa__format("%s/%s", snapshot, file->name);
    char *to = alfa__format("%s/%s", work->folder, file->name);
    enum alfa_status status = from && to ? ALFA_OK : alfa__fail_memory(err, strlen(snapshot));
    if (status == ALFA_OK && !is_right(work, file, to))
        status = alfa__file_copy(from, to, err);
    if (status == ALFA_OK && !is_right(work, file, to))
        status = drop_copy(work, from, to, err);
    free(from), free(to);
    return status;
}

/* The links in the snapshot say the hashes of what they point to. */
static enum alfa_status describe_snapshot(struct work *work, const char *snapshot, struct alfa_error *err)
{
    ALFA__TRY(alfa__choose_in_folder(&work->choice, snapshot, err));
    for (int i = 0; i < work->choice.count; i++) {
        struct alfa__remote *file = &work->files[i];
        char *path = alfa__format("%s/%s", snapshot, work->choice.names[i]);
        if (!path)
            return alfa__fail_memory(err, strlen(snapshot));
        *file = (struct alfa__remote){.name = work->choice.names[i], .size = size_of(path)};
        alfa__cache_etag(file->etag, path);
        work->total += file->size;
        free(path);
    }
    return ALFA_OK;
}

/* The cache's model as a folder with its sums, without the hub. */
static enum alfa_status carry_cache(struct work *work, const char *snapshot, struct alfa_error *err)
{
    struct alfa__hub_progress *progress = &work->fetch.progress;
    ALFA__TRY(open_line(work, err));
    ALFA__TRY(describe_snapshot(work, snapshot, err));
    work->folder = alfa__strdup(work->pull->to);
    if (!work->folder)
        return alfa__fail_memory(err, strlen(snapshot));
    ALFA__TRY(alfa__folder_make(work->folder, err));
    *progress = (struct alfa__hub_progress){.count = work->choice.count, .total = work->total};
    for (int i = 0; i < work->choice.count; i++) {
        progress->file = work->files[i].name;
        progress->number = i + 1;
        ALFA__TRY(carry_file(work, snapshot, &work->files[i], err));
        progress->done += work->files[i].size;
    }
    return alfa__sums_write(work->folder, work->choice.names, work->choice.count, err);
}

/* What is in the cache when the hub cannot be asked; why is the reason, NULL when it was not to be asked. */
static enum alfa_status use_cache(struct work *work, const struct alfa_error *why, struct alfa_error *err)
{
    char text[900], *snapshot = alfa__cache_model(work->options->cache, work->repository);
    if (!snapshot && why)
        return *err = *why, why->code;
    if (!snapshot)
        return alfa__fail(err, ALFA_ERROR_INPUT, work->repository->name,
                          "is not in %s, and HF_HUB_OFFLINE forbids to ask for it", work->options->cache);
    alfa__cache_commit(work->commit, work->options->cache, work->repository);
    snprintf(text, sizeof text, "%s: %s; using what is here already", why ? why->source : "offline",
             why ? why->message : "the hub is not asked");
    if (work->options->note)
        work->options->note(work->options->context, text);
    if (!work->pull->to) {
        work->folder = snapshot;
        return ALFA_OK;
    }
    const enum alfa_status status = carry_cache(work, snapshot, err);
    free(snapshot);
    return status;
}

static enum alfa_status pull_somehow(struct work *work, struct alfa__pulled *out, struct alfa_error *err)
{
    struct alfa_error why = {0}, reason = {0};
    enum alfa_status status = ALFA_OK;
    if (!work->options->offline)
        status = pull_all(work, &why);
    out->unasked = work->options->offline || (status == ALFA_ERROR_RUNTIME && !work->list);
    if (out->unasked && !(work->line && alfa__line_is_stopped(work->line))) {
        reason = why;
        status = use_cache(work, work->options->offline ? NULL : &reason, &why);
    }
    if (status != ALFA_OK && err)
        *err = why;
    return status;
}

enum alfa_status alfa__hub_pull(struct alfa__pulled *out, const struct alfa__hub_options *options,
                                const struct alfa__repository *repository, const struct alfa__pull *pull,
                                struct alfa_error *err)
{
    *out = (struct alfa__pulled){0};
    struct work *work = calloc(1, sizeof *work);
    if (!work)
        return alfa__fail_memory(err, sizeof *work);
    work->options = options;
    work->repository = repository;
    work->pull = pull;
    const enum alfa_status status = pull_somehow(work, out, err);
    out->fetched = work->fetch.fetched;
    out->kept = work->fetch.kept;
    if (status == ALFA_OK) {
        out->folder = work->folder;
        memcpy(out->commit, work->commit, sizeof out->commit);
        out->files = work->choice.count;
        out->total = work->total;
    } else {
        free(work->folder);
    }
    alfa__choice_free(&work->choice);
    alfa__line_close(work->line);
    json_decref(work->list);
    free(work);
    return status;
}
