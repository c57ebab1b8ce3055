#include "eval/place.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t add_path(uint64_t hash, const char *path)
{
    char *real = path ? realpath(path, NULL) : NULL;
    hash = alfa__hash_text(hash, real ? real : path ? path : "");
    free(real);
    return hash;
}

enum alfa_status alfa__eval_run_id(char out[17], const struct alfa__settings *settings,
                                   struct alfa_error *err)
{
    const struct alfa__eval_options *o = settings->options;
    struct alfa__string text = {0};
    alfa__settings_json(&text, settings);
    if (!alfa__string_ok(&text))
        return alfa__fail_memory(err, text.size);
    uint64_t hash = alfa__hash_text(ALFA__HASH_START, text.text);
    alfa__string_free(&text);
    hash = alfa__hash_text(hash, o->model->info.fingerprint);
    for (int i = 0; i < settings->entrants->count; i++)
        hash = alfa__hash_text(hash, settings->entrants->items[i].label);
    hash = alfa__hash(hash, o->shots, (size_t)o->shot_count * sizeof *o->shots);
    hash = alfa__hash(hash, &o->seeds, sizeof o->seeds);
    hash = alfa__hash(hash, o->original ? "o" : "m", 1);
    for (int i = 0; i < o->folder_count; i++)
        hash = add_path(hash, o->folders[i]);
    hash = add_path(add_path(hash, o->own.normal), o->own.abnormal);
    hash = add_path(add_path(hash, o->own.masks), o->own.learn);
    snprintf(out, 17, "%016" PRIx64, hash);
    return ALFA_OK;
}

char *alfa__eval_place(const char *folder, const char *name, int number, const char *end)
{
    return number > 1 ? alfa__format("%s/%s-%d%s", folder, name, number, end)
                      : alfa__format("%s/%s%s", folder, name, end);
}

/* Whether the file with results is that of the run; it begins with the run's id. */
static bool is_of(const char *path, const char *id)
{
    char *text = NULL, wanted[40];
    size_t size;
    snprintf(wanted, sizeof wanted, "{\"run\": \"%s\"", id);
    const bool same = alfa__file_read(&text, &size, path, (size_t)1 << 30, NULL) == ALFA_OK &&
                      strncmp(text, wanted, strlen(wanted)) == 0;
    free(text);
    return same;
}

enum alfa_status alfa__eval_run_number(int *out, const char *folder, const char *id, struct alfa_error *err)
{
    for (*out = 1; *out <= ALFA__EVAL_MOST_RUNS; ++*out) {
        char *path = alfa__eval_place(folder, "results", *out, ".json");
        if (!path)
            return alfa__fail_memory(err, strlen(folder));
        const bool mine = !alfa__file_exists(path) || is_of(path, id);
        free(path);
        if (mine)
            return ALFA_OK;
    }
    return alfa__fail(err, ALFA_ERROR_LIMIT, folder, "holds the tables of %d runs: take another folder",
                      ALFA__EVAL_MOST_RUNS);
}
