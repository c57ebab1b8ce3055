#include "cli/fetching.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strings.h"
#include "cli/talk.h"

#define CONNECT 10L /* seconds */
#define SILENCE 30L /* seconds without a byte */

struct alfa__fetching {
    char *root; /* without links in it */
    dev_t device;
    ino_t inode;
    char *urls; /* each ends with a zero, the last with two */
    size_t most;
    CURL *curl;
};

/* ------------------------------------------------------------------ opening */

static enum alfa_status open_root(struct alfa__fetching *f, const char *root, struct alfa_error *err)
{
    struct stat info;
    f->root = realpath(root, NULL);
    if (!f->root || stat(f->root, &info) != 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, root, "cannot be opened: %s", strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return alfa__fail(err, ALFA_ERROR_INPUT, root, "is no folder");
    f->device = info.st_dev;
    f->inode = info.st_ino;
    return ALFA_OK;
}

/* A prefix ends with a slash behind the host: "http://cam" would also begin "http://camera.example". */
static enum alfa_status open_urls(struct alfa__fetching *f, const char *list, struct alfa_error *err)
{
    f->urls = alfa__must(calloc(1, strlen(list) + 2));
    strcpy(f->urls, list);
    for (char *p = f->urls, *next; *p; p = next) {
        next = p + strcspn(p, ",");
        if (*next)
            *next++ = 0;
        const char *host = strncmp(p, "https://", 8) == 0  ? p + 8
                           : strncmp(p, "http://", 7) == 0 ? p + 7
                                                           : NULL;
        if (!host || !strchr(host, '/') || *host == '/' || strchr(host, '@'))
            return alfa__fail(
                err, ALFA_ERROR_USAGE, "--allow-url",
                "\"%s\" is not http://HOST/ or https://HOST/ with what else an address begins with", p);
    }
    return ALFA_OK;
}

enum alfa_status alfa__fetching_open(struct alfa__fetching **out,
                                     const struct alfa__fetching_options *options, struct alfa_error *err)
{
    struct alfa__fetching *f = alfa__must(calloc(1, sizeof *f));
    enum alfa_status status = ALFA_OK;
    *out = NULL;
    f->most = options->most;
    if (options->root)
        status = open_root(f, options->root, err);
    if (status == ALFA_OK && options->urls)
        status = open_urls(f, options->urls, err);
    if (status == ALFA_OK && options->urls) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        f->curl = alfa__must(curl_easy_init());
    }
    if (status == ALFA_OK)
        *out = f;
    else
        alfa__fetching_free(f);
    return status;
}

void alfa__fetching_free(struct alfa__fetching *f)
{
    if (!f)
        return;
    if (f->curl)
        curl_easy_cleanup(f->curl);
    free(f->root);
    free(f->urls);
    free(f);
}

/* As a bank of 16-bit images was read, when the job says so. */
static struct alfa_image_options reading(const struct alfa__job *job)
{
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    how.bits = job->bits;
    return how;
}

/* ------------------------------------------------------------------ files */

/* A share that is no longer mounted must not let every job fail. */
static bool is_there(const struct alfa__fetching *f)
{
    struct stat info;
    return stat(f->root, &info) == 0 && info.st_dev == f->device && info.st_ino == f->inode;
}

enum alfa_status alfa__fetching_place(char **out, const struct alfa__fetching *f, const struct alfa__job *job,
                                      struct alfa_error *err)
{
    *out = NULL;
    if (!f->root)
        return alfa__fail(err, ALFA_ERROR_INPUT, job->name,
                          "is named by a path, and this worker opens none: start it with --root DIR");
    char *typed = *job->path == '/' ? alfa__must(alfa__strdup(job->path))
                                    : alfa__must(alfa__format("%s/%s", f->root, job->path));
    char *path = realpath(typed, NULL);
    const int problem = errno;
    free(typed);
    if (is_there(f) && path && alfa__path_behind(path, f->root)) {
        *out = path;
        return ALFA_OK;
    }
    const bool found = path != NULL;
    free(path);
    if (!is_there(f))
        return alfa__fail(err, ALFA_ERROR_RUNTIME, f->root,
                          "is not the folder that it was at the start: unmounted?");
    if (found)
        return alfa__fail(err, ALFA_ERROR_INPUT, job->name, "does not lie in the folder of --root");
    return alfa__fail(err,
                      problem == ENOENT || problem == ENOTDIR || problem == EACCES || problem == ELOOP
                          ? ALFA_ERROR_INPUT
                          : ALFA_ERROR_RUNTIME,
                      job->name, "%s", problem == ENOENT ? "there is no such file" : strerror(problem));
}

static enum alfa_status load_file(struct alfa_image **out, struct alfa__fetching *f,
                                  const struct alfa__job *job, struct alfa_error *err)
{
    const struct alfa_image_options how = reading(job);
    char *path;
    ALFA__TRY(alfa__fetching_place(&path, f, job, err));
    enum alfa_status status = alfa_image_load_as(out, path, &how, err);
    if (status == ALFA_ERROR_INPUT && err && strcmp(err->source, path) == 0)
        snprintf(err->source, sizeof err->source, "%s", job->name);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ addresses */

struct received {
    struct alfa__string bytes;
    size_t most;
    bool over;
};

static size_t receive(char *bytes, size_t one, size_t size, void *context)
{
    struct received *r = context;
    (void)one;
    r->over = r->bytes.size + size > r->most;
    if (!r->over)
        alfa__string_append_bytes(&r->bytes, bytes, size);
    return r->over || !alfa__string_ok(&r->bytes) ? 0 : size;
}

/* A way out of the prefix would be "..", as it is or as %2e; a user in front of the host cannot be, as the
 * prefix has it. */
static bool is_allowed(const struct alfa__fetching *f, const char *url)
{
    if (strstr(url, "..") || strcasestr(url, "%2e") || strchr(url, '\\') || strpbrk(url, " \r\n\t"))
        return false;
    for (const char *p = f->urls; p && *p; p += strlen(p) + 1)
        if (strncmp(url, p, strlen(p)) == 0)
            return true;
    return false;
}

static enum alfa_status judge_answer(const struct received *r, CURLcode code, long answer,
                                     const struct alfa__job *job, struct alfa_error *err)
{
    if (r->over)
        return alfa__fail(err, ALFA_ERROR_LIMIT, job->name, "has more than %zu bytes (--limit)", r->most);
    if (code != CURLE_OK)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, job->name, "cannot be fetched: %s",
                          curl_easy_strerror(code));
    if (answer >= 500 || answer == 429 || answer == 408)
        return alfa__fail(err, ALFA_ERROR_RUNTIME, job->name, "cannot be fetched: the server answers %ld",
                          answer);
    if (answer != 200)
        return alfa__fail(err, ALFA_ERROR_INPUT, job->name, "cannot be fetched: the server answers %ld",
                          answer);
    return r->bytes.size ? ALFA_OK : alfa__fail(err, ALFA_ERROR_INPUT, job->name, "is empty: not an image");
}

/* Redirects are not followed: they would lead out of what is allowed. */
static enum alfa_status load_url(struct alfa_image **out, struct alfa__fetching *f,
                                 const struct alfa__job *job, struct alfa_error *err)
{
    struct received r = {.most = f->most};
    const struct alfa_image_options how = reading(job);
    long answer = 0;
    if (!is_allowed(f, job->url))
        return alfa__fail(err, ALFA_ERROR_INPUT, job->name,
                          "is an address that this worker may not fetch (--allow-url)");
    curl_easy_reset(f->curl);
    curl_easy_setopt(f->curl, CURLOPT_URL, job->url);
    curl_easy_setopt(f->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(f->curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(f->curl, CURLOPT_CONNECTTIMEOUT, CONNECT);
    curl_easy_setopt(f->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(f->curl, CURLOPT_LOW_SPEED_TIME, SILENCE);
    curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, &r);
    const CURLcode code = curl_easy_perform(f->curl);
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &answer);
    enum alfa_status status = judge_answer(&r, code, answer, job, err);
    if (status == ALFA_OK)
        status = alfa_image_decode_as(out, r.bytes.text, r.bytes.size, job->name, &how, err);
    alfa__string_free(&r.bytes);
    return status;
}

/* ------------------------------------------------------------------ inside the job */

static enum alfa_status load_inline(struct alfa_image **out, const struct alfa__fetching *f,
                                    const struct alfa__job *job, struct alfa_error *err)
{
    const struct alfa_image_options how = reading(job);
    size_t size = 0;
    if (strlen(job->base64) / 4 * 3 > f->most + 2)
        return alfa__fail(err, ALFA_ERROR_LIMIT, job->name, "has more than %zu bytes (--limit)", f->most);
    unsigned char *bytes = alfa__base64_read(&size, job->base64);
    if (!bytes)
        return alfa__fail(err, ALFA_ERROR_INPUT, job->name, "is no base64");
    enum alfa_status status = alfa_image_decode_as(out, bytes, size, job->name, &how, err);
    free(bytes);
    return status;
}

enum alfa_status alfa__fetching_load(struct alfa_image **out, struct alfa__fetching *f,
                                     const struct alfa__job *job, struct alfa_error *err)
{
    *out = NULL;
    if (job->path)
        return load_file(out, f, job, err);
    return job->url ? load_url(out, f, job, err) : load_inline(out, f, job, err);
}
