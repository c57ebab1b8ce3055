#include "cli/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "base/strings.h"
#include "cli/talk.h"
#include "report/csv.h"
#include "report/json.h"

enum { ID = 16 };
#define JSON_START "{\"id\": \""
#define CSV_START "id,path,"

/* A set. */
struct ids {
    uint64_t *at; /* open addressing; 0: empty */
    size_t count, room;
};

struct alfa__ledger {
    const char *path; /* "-": standard output */
    int file;
    enum alfa__csv csv;
    off_t end; /* behind the last whole line */
    bool unsaved;
    off_t whole; /* bytes of the file while it is read */
    struct ids finished, failed;
    uint64_t last; /* id of the row that is read */
    long long before;
};

/* ------------------------------------------------------------------ ids */

/* Where it is, or the empty place for it: there is always one. */
static size_t place_of(const struct ids *ids, uint64_t id)
{
    const uint64_t spread = id * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    size_t at = (size_t)(spread * ids->room >> 32);
    while (ids->at[at] && ids->at[at] != id)
        at = at + 1 < ids->room ? at + 1 : 0;
    return at;
}

static bool has(const struct ids *ids, uint64_t id)
{
    return ids->room && ids->at[place_of(ids, id)] == id;
}

/* How many ids there may soon be. While a file is read, as many as all of it will have by its lines so far,
 * so that ten million ids are not moved again and again. */
static size_t foresee(const struct alfa__ledger *l, const struct ids *ids)
{
    const size_t soon = ids->count + ids->count / 4 + 1024;
    const double all =
        l->whole > l->end && l->end > 0 ? 1.02 * (double)ids->count * (double)l->whole / (double)l->end : 0;
    return all > (double)soon ? (size_t)all : soon;
}

/* An eighth at least stays empty, so that searches are short: 9 to 12 bytes an id. */
static void note(const struct alfa__ledger *l, struct ids *ids, uint64_t id)
{
    if (ids->count + ids->count / 7 + 1 >= ids->room) {
        uint64_t *old = ids->at;
        const size_t size = ids->room, wanted = foresee(l, ids);
        ids->room = wanted + wanted / 7 + 2;
        ids->at = alfa__must(calloc(ids->room, sizeof *ids->at));
        for (size_t i = 0; i < size; i++)
            if (old[i])
                ids->at[place_of(ids, old[i])] = old[i];
        free(old);
    }
    const size_t at = place_of(ids, id);
    ids->count += ids->at[at] != id;
    ids->at[at] = id;
}

void alfa__ledger_note(struct alfa__ledger *l, uint64_t id)
{
    note(l, &l->finished, id);
}

bool alfa__ledger_has(const struct alfa__ledger *l, uint64_t id)
{
    return has(&l->finished, id);
}

bool alfa__ledger_failed(const struct alfa__ledger *l, uint64_t id)
{
    return has(&l->failed, id);
}

long long alfa__ledger_before(const struct alfa__ledger *l)
{
    return l->before;
}

/* ------------------------------------------------------------------ opening */

/* A row of CSV may go on in the next line, inside a quoted field: only what begins with an id counts. */
static bool read_id(uint64_t *id, const struct alfa__ledger *l, const char *line, size_t size)
{
    const char *from = l->csv ? line : line + strlen(JSON_START);
    char digits[ID + 1] = "";
    if (size < ID + strlen(JSON_START) || (!l->csv && strncmp(line, JSON_START, strlen(JSON_START)) != 0))
        return false;
    memcpy(digits, from, ID);
    if (strspn(digits, "0123456789abcdef") != ID || from[ID] != (l->csv ? ',' : '"'))
        return false;
    *id = strtoull(digits, NULL, 16);
    return true;
}

/* Whether the line ends the row of one that failed. The error is the last field of CSV, and a key of JSON
 * stands before a colon, unlike a value that reads the same. */
static bool tells_failure(const struct alfa__ledger *l, const char *line, size_t size)
{
    if (!l->csv)
        return strstr(line, "\"error\": ");
    return size > 2 && strcmp(line + size - 2, "\r\n") == 0 && line[size - 3] != ',';
}

static void read_line(struct alfa__ledger *l, const char *line, size_t size)
{
    if (read_id(&l->last, l, line, size))
        alfa__ledger_note(l, l->last);
    if (l->last && tells_failure(l, line, size))
        note(l, &l->failed, l->last);
}

static enum alfa_status fail_foreign(const struct alfa__ledger *l, struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_INPUT, l->path,
                      "holds no answers in %s: choose another file, or remove it",
                      l->csv ? "CSV" : "JSON lines");
}

/* Whether a file that begins so is one of ours, as far as it was written. */
static bool is_ours(const struct alfa__ledger *l, const char *line, size_t size)
{
    const char *start = l->csv ? CSV_START : JSON_START;
    return strncmp(line, start, size < strlen(start) ? size : strlen(start)) == 0;
}

static enum alfa_status read_lines(struct alfa__ledger *l, FILE *file, struct alfa_error *err)
{
    char *line = NULL;
    size_t room = 0;
    enum alfa_status status = ALFA_OK;
    for (ssize_t size; status == ALFA_OK && (size = getline(&line, &room, file)) > 0;) {
        if (l->end == 0 && !is_ours(l, line, (size_t)size))
            status = fail_foreign(l, err);
        else if (line[size - 1] != '\n') /* was not written to its end */
            break;
        else
            read_line(l, line, (size_t)size);
        l->end += size;
    }
    if (status == ALFA_OK && ferror(file))
        status = alfa__fail(err, ALFA_ERROR_OUTPUT, l->path, "cannot be read: %s", strerror(errno));
    l->before = (long long)l->finished.count;
    free(line);
    return status;
}

static enum alfa_status fail_write(const struct alfa__ledger *l, struct alfa_error *err)
{
    return alfa__fail(err, ALFA_ERROR_OUTPUT, l->path, "cannot be written: %s", strerror(errno));
}

static enum alfa_status write_all(struct alfa__ledger *l, const char *text, size_t size,
                                  struct alfa_error *err)
{
    for (size_t done = 0; done < size;) {
        const ssize_t wrote = write(l->file, text + done, size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            enum alfa_status status = fail_write(l, err);
            if (l->file != STDOUT_FILENO)
                (void)!ftruncate(l->file, l->end);
            return status;
        }
        done += (size_t)wrote;
    }
    l->end += (off_t)size;
    l->unsaved = true;
    return ALFA_OK;
}

static enum alfa_status open_file(struct alfa__ledger *l, struct alfa_error *err)
{
    struct stat info;
    l->file = open(l->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (l->file < 0 || fstat(l->file, &info) != 0)
        return fail_write(l, err);
    if (!S_ISREG(info.st_mode))
        return alfa__fail(err, ALFA_ERROR_OUTPUT, l->path,
                          "is no file; without -o answers go to standard output");
    if (flock(l->file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return alfa__fail(err, ALFA_ERROR_OUTPUT, l->path, "is being written by another 'alfa submit'");
    FILE *file = fopen(l->path, "re");
    if (!file)
        return fail_write(l, err);
    l->whole = info.st_size;
    enum alfa_status status = read_lines(l, file, err);
    l->whole = 0;
    fclose(file);
    if (status == ALFA_OK && ftruncate(l->file, l->end) != 0)
        return fail_write(l, err);
    return status;
}

enum alfa_status alfa__ledger_open(struct alfa__ledger **out, const char *path, enum alfa__csv csv,
                                   struct alfa_error *err)
{
    struct alfa__ledger *l = alfa__must(calloc(1, sizeof *l));
    struct alfa__string head = {0};
    *out = NULL;
    l->path = path ? path : "-";
    l->csv = csv;
    l->file = STDOUT_FILENO;
    enum alfa_status status = path ? open_file(l, err) : ALFA_OK;
    if (status == ALFA_OK && csv && l->end == 0) {
        alfa__string_append(&head, "id,");
        alfa__csv_header(&head);
        alfa__must(alfa__string_ok(&head) ? l : NULL);
        status = write_all(l, head.text, head.size, err);
    }
    alfa__string_free(&head);
    if (status == ALFA_OK)
        *out = l;
    else
        alfa__ledger_free(l);
    return status;
}

void alfa__ledger_free(struct alfa__ledger *l)
{
    if (!l)
        return;
    if (l->file > STDOUT_FILENO)
        close(l->file);
    free(l->finished.at);
    free(l->failed.at);
    free(l);
}

/* ------------------------------------------------------------------ writing */

static void make_csv(struct alfa__string *out, const struct alfa__ledger *l, const json_t *answer)
{
    const size_t regions = json_array_size(json_object_get(answer, "regions"));
    for (size_t i = 0; i == 0 || (l->csv == ALFA__CSV_REGIONS && i < regions); i++) {
        alfa__string_appendf(out, "%s,", json_string_value(json_object_get(answer, "id")));
        alfa__csv_object(out, answer, (int)i);
    }
}

/* What only workers and askers need is left out. */
static void make_json(struct alfa__string *out, const json_t *answer)
{
    json_t *line = json_copy((json_t *)answer);
    json_object_del(line, "alfa");
    char *text = line ? json_dumps(line, JSON_REAL_PRECISION(9)) : NULL;
    alfa__must(text);
    alfa__json_plain(out, text);
    alfa__string_append(out, "\n");
    json_decref(line);
    free(text);
}

enum alfa_status alfa__ledger_write(struct alfa__ledger *l, json_t *answer, struct alfa_error *err)
{
    struct alfa__string text = {0};
    if (l->csv)
        make_csv(&text, l, answer);
    else
        make_json(&text, answer);
    alfa__must(alfa__string_ok(&text) ? l : NULL);
    enum alfa_status status = write_all(l, text.text, text.size, err);
    alfa__string_free(&text);
    return status;
}

enum alfa_status alfa__ledger_save(struct alfa__ledger *l, struct alfa_error *err)
{
    if (!l->unsaved || l->file == STDOUT_FILENO)
        return ALFA_OK;
    l->unsaved = false;
    return fdatasync(l->file) == 0 ? ALFA_OK : fail_write(l, err);
}
