#include "cli/judged.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/strings.h"
#include "cli/talk.h"

static long long nanoseconds(struct timespec time)
{
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static unsigned long long place_of(const char *path, int page)
{
    const uint64_t hash = alfa__hash(alfa__hash_text(ALFA__HASH_START, path), &page, sizeof page);
    return hash ? hash : 1;
}

struct alfa__origin alfa__judged_origin(const struct alfa__input *input)
{
    const char *file = input->file ? input->file : input->path;
    struct stat info;
    char *path = strcmp(file, "-") == 0 ? NULL : realpath(file, NULL);
    if (!path || stat(path, &info) != 0) {
        free(path);
        return (struct alfa__origin){0};
    }
    const unsigned long long place = place_of(path, input->page);
    free(path);
    return (struct alfa__origin){
        .place = place, .size = (long long)info.st_size, .modified = nanoseconds(info.st_mtim)};
}

struct alfa__origin alfa__judged_absent(const struct alfa__input *input)
{
    const char *file = input->file ? input->file : input->path, *name = alfa__path_name(file);
    struct alfa__origin origin = {0};
    if (strcmp(file, "-") == 0)
        return origin;
    char *folder = alfa__must(alfa__format("%.*s.", (int)(name - file), file));
    char *real = realpath(folder, NULL);
    char *path = alfa__must(real ? alfa__format("%s/%s", real, name) : alfa__strdup(file));
    origin.place = place_of(path, input->page);
    free(folder);
    free(real);
    free(path);
    return origin;
}

/* ------------------------------------------------------------------ how */

static uint64_t hash_number(uint64_t hash, double number)
{
    return alfa__hash(hash, &number, sizeof number);
}

/* The same file wherever the program runs, however it was typed. */
static uint64_t hash_file(uint64_t hash, const char *path)
{
    struct stat info;
    char *real = realpath(path, NULL);
    hash = alfa__hash_text(hash, real ? real : path);
    free(real);
    if (stat(path, &info) != 0)
        return hash;
    return hash_number(hash_number(hash, (double)info.st_size), (double)nanoseconds(info.st_mtim));
}

static uint64_t hash_value(uint64_t hash, const struct alfa__options *options,
                           const struct alfa__option *option)
{
    const void *field = (const char *)options + option->offset;
    switch (option->kind) {
    case ALFA__OPTION_FLAG:
        return hash_number(hash, *(const bool *)field);
    case ALFA__OPTION_TEXT:
        return alfa__hash_text(hash, *(const char *const *)field);
    case ALFA__OPTION_FILE:
    case ALFA__OPTION_FOLDER:
        return hash_file(hash, *(const char *const *)field);
    case ALFA__OPTION_COUNT:
    case ALFA__OPTION_CHOICE:
    case ALFA__OPTION_MAYBE:
        return hash_number(hash, *(const int *)field);
    case ALFA__OPTION_NUMBER:
        return hash_number(hash, *(const double *)field);
    case ALFA__OPTION_SCALES:
        return alfa__hash(hash, field, ALFA_MAX_SCALES * sizeof(int));
    }
    return hash;
}

/* What was typed of the groups of options that change judgements. */
static uint64_t hash_options(uint64_t hash, const struct alfa__options *options)
{
    for (const struct alfa__option *option = alfa__option_table; option->name; option++) {
        const bool aside = strcmp(option->group, "Output") == 0 || strcmp(option->group, "General") == 0;
        if (!aside && options->given[option - alfa__option_table])
            hash = hash_value(alfa__hash_text(hash, option->name), options, option);
    }
    return hash;
}

void alfa__judged_key(char out[17], const struct alfa__kit *kit)
{
    uint64_t hash = alfa__hash_text(ALFA__HASH_START, alfa_version());
    if (kit->model)
        hash = alfa__hash_text(hash, alfa_model_info(kit->model)->fingerprint);
    hash = hash_options(hash, &kit->options);
    if (kit->bank) {
        const struct alfa_bank_info *info = alfa_bank_info(kit->bank);
        hash = hash_number(hash_number(hash, info->threshold), info->pixel_threshold);
        hash = hash_number(hash_number(hash, info->references), (double)info->vectors);
        hash = hash_number(hash, info->known_bad);
    }
    snprintf(out, 17, "%016" PRIx64, hash);
}
