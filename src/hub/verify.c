#include "hub/verify.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/files.h"
#include "base/strings.h"
#include "hub/cache.h"
#include "hub/hub.h"

#define SUMS "SHA256SUMS"
#define LONGEST_SUMS ((size_t)1 << 20)

/* ------------------------------------------------------------------ what a file should be */

/* The line of a file in SHA256SUMS: hash, two spaces or a space and a star, name. */
static bool read_sums(char hash[ALFA__DIGEST_TEXT], const char *sums, const char *name)
{
    for (const char *line = sums; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        const size_t size = strcspn(line, "\r\n");
        if (size != 66 + strlen(name) || strncmp(line + 66, name, strlen(name)) != 0)
            continue;
        snprintf(hash, ALFA__DIGEST_TEXT, "%.64s", line);
        return alfa__digest_kind(hash) == ALFA__DIGEST_SHA256;
    }
    return false;
}

/* What the hub's client keeps about a file in a folder that it downloaded to: commit, etag and time, a line
 * each. */
static bool read_metadata(char hash[ALFA__DIGEST_TEXT], const char *folder, const char *name)
{
    char *text = NULL, *path = alfa__format("%s/.cache/huggingface/download/%s.metadata", folder, name);
    size_t size;
    bool good = false;
    if (path && alfa__file_read(&text, &size, path, 4096, NULL) == ALFA_OK) {
        const char *etag = text + strcspn(text, "\n");
        etag += *etag == '\n';
        snprintf(hash, ALFA__DIGEST_TEXT, "%.*s", (int)strcspn(etag, "\r\n"), etag);
        good = alfa__digest_kind(hash) != ALFA__DIGEST_NONE;
    }
    free(text);
    free(path);
    return good;
}

/* ------------------------------------------------------------------ comparing */

static enum alfa_status judge(enum alfa__verdict *out, const char *folder, const char *sums, const char *name,
                              const struct alfa__verify *verify, struct alfa_error *err)
{
    char hash[ALFA__DIGEST_TEXT], digest[ALFA__DIGEST_TEXT];
    char *path = alfa__format("%s/%s", folder, name);
    enum alfa_status status = ALFA_OK;
    if (!path)
        return alfa__fail_memory(err, strlen(folder));
    const bool known =
        alfa__cache_etag(hash, path) || read_sums(hash, sums, name) || read_metadata(hash, folder, name);
    if (!alfa__file_exists(path)) {
        *out = ALFA__VERDICT_MISSING;
    } else if (!known) {
        *out = ALFA__VERDICT_UNKNOWN;
    } else {
        status = alfa__digest_file(digest, path, alfa__digest_kind(hash), verify->step, verify->context, err);
        *out = status == ALFA_OK && strcmp(digest, hash) == 0 ? ALFA__VERDICT_GOOD : ALFA__VERDICT_DAMAGED;
    }
    free(path);
    return status;
}

static int is_file(const struct dirent *entry)
{
    const size_t size = strlen(entry->d_name);
    static const char end[] = ".incomplete";
    return entry->d_name[0] != '.' && strcmp(entry->d_name, SUMS) != 0 && entry->d_type != DT_DIR &&
           (size < sizeof end || strcmp(entry->d_name + size - sizeof end + 1, end) != 0);
}

static enum alfa_status verify_name(int *counts, const char *folder, const char *sums, const char *name,
                                    const struct alfa__verify *verify, struct alfa_error *err)
{
    enum alfa__verdict verdict = ALFA__VERDICT_UNKNOWN;
    ALFA__TRY(judge(&verdict, folder, sums, name, verify, err));
    counts[verdict]++;
    if (verify->file)
        verify->file(verify->context, name, verdict);
    return ALFA_OK;
}

/* Files that SHA256SUMS names and that are not there. */
static enum alfa_status verify_missing(int *counts, const char *folder, const char *sums,
                                       const struct alfa__verify *verify, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    for (const char *line = sums; status == ALFA_OK && line && *line;) {
        const size_t size = strcspn(line, "\r\n");
        char *name = size > 66 ? alfa__format("%.*s", (int)size - 66, line + 66) : NULL;
        char *path = name && alfa__hub_is_safe_name(name) ? alfa__format("%s/%s", folder, name) : NULL;
        if (path && !alfa__file_exists(path))
            status = verify_name(counts, folder, sums, name, verify, err);
        free(name);
        free(path);
        line = strchr(line, '\n');
        line += line != NULL;
    }
    return status;
}

enum alfa_status alfa__verify_folder(int counts[ALFA__VERDICTS], const char *folder,
                                     const struct alfa__verify *verify, struct alfa_error *err)
{
    struct dirent **entries;
    size_t size;
    char *sums = NULL, *path = alfa__format("%s/" SUMS, folder);
    const int count = scandir(folder, &entries, is_file, versionsort);
    enum alfa_status status = path ? ALFA_OK : alfa__fail_memory(err, strlen(folder));
    memset(counts, 0, ALFA__VERDICTS * sizeof *counts);
    if (count < 0)
        status = alfa__fail(err, ALFA_ERROR_INPUT, folder, "is not a folder that can be read");
    if (status == ALFA_OK && alfa__file_exists(path))
        status = alfa__file_read(&sums, &size, path, LONGEST_SUMS, err);
    for (int i = 0; i < count; i++) {
        if (status == ALFA_OK)
            status = verify_name(counts, folder, sums, entries[i]->d_name, verify, err);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    if (status == ALFA_OK)
        status = verify_missing(counts, folder, sums, verify, err);
    free(sums);
    free(path);
    return status;
}

enum alfa_status alfa__sums_write(const char *folder, const char *const *names, int count,
                                  struct alfa_error *err)
{
    struct alfa__string text = {0};
    char digest[ALFA__DIGEST_TEXT], *sums = alfa__format("%s/" SUMS, folder);
    enum alfa_status status = ALFA_OK;
    for (int i = 0; i < count && status == ALFA_OK; i++) {
        char *path = alfa__format("%s/%s", folder, names[i]);
        status = path ? alfa__digest_file(digest, path, ALFA__DIGEST_SHA256, NULL, NULL, err)
                      : alfa__fail_memory(err, strlen(folder));
        if (status == ALFA_OK)
            alfa__string_appendf(&text, "%s  %s\n", digest, names[i]);
        free(path);
    }
    if (status == ALFA_OK && (!sums || !alfa__string_ok(&text)))
        status = alfa__fail_memory(err, text.size);
    if (status == ALFA_OK)
        status = alfa__file_write(sums, text.text, text.size, err);
    alfa__string_free(&text);
    free(sums);
    return status;
}
