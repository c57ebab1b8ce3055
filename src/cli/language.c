#include "cli/language.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/writer.h"
#include "cli/locate.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/talk.h"

enum { KEY_FILE_LIMIT = 8192, LONGEST_SLUG = 40 };

typedef enum alfa_status generate(struct alfa_generation *, const char *, const char *,
                                  const struct alfa_llm_options *, struct alfa_error *);

/* ------------------------------------------------------------------ checks */

enum alfa_status alfa__language_check(const struct alfa__options *options, struct alfa_error *err)
{
    static const char *const need_llm[] = {
        "llm-model", "llm-key-file", "llm-key-header", "llm-ca", "llm-timeout",
        "llm-tries", "again",        "save",           "count",  "no-syntactic-consistency",
        NULL};
    char dashed[ALFA__OPTION_DASHED];
    if (!options->llm && alfa__options_any(dashed, options, need_llm))
        return alfa__fail(err, ALFA_ERROR_USAGE, dashed,
                          "needs --llm URL, for example http://localhost:11434/v1");
    if (options->llm && !options->llm_model)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--llm",
                          "needs the name of a language model: --llm-model NAME");
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the key */

/* *out is NULL when there is no key. */
static enum alfa_status read_key(char **out, const struct alfa__options *options, struct alfa_error *err)
{
    const char *variable = getenv("ALFA_LLM_KEY");
    size_t size;
    *out = NULL;
    if (options->llm_key_file)
        ALFA__TRY(alfa__file_read(out, &size, options->llm_key_file, KEY_FILE_LIMIT, err));
    else if (variable && *variable)
        *out = alfa__must(alfa__strdup(variable));
    if (!*out)
        return ALFA_OK;
    alfa__drop_mark(*out);
    for (size = strlen(*out); size > 0 && isspace((unsigned char)(*out)[size - 1]); size--)
        (*out)[size - 1] = 0;
    if (size > 0)
        return ALFA_OK;
    free(*out);
    *out = NULL;
    return alfa__fail(err, ALFA_ERROR_USAGE, options->llm_key_file ? options->llm_key_file : "ALFA_LLM_KEY",
                      "has no key in it");
}

/* "localhost", 127.0.0.1 and its like, ::1: what is sent there stays on this machine. */
static bool is_near(const char *host, size_t size)
{
    static const char *const names[] = {"localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == size && strncasecmp(host, names[i], size) == 0)
            return true;
    return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == size;
}

/* libcurl takes the scheme in any case, and from one to three slashes behind it. */
static bool is_plain_and_far(const char *url)
{
    if (strncasecmp(url, "http:", 5) != 0)
        return false;
    const char *host = url + 5 + strspn(url + 5, "/");
    return !is_near(host, *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#"));
}

/* ------------------------------------------------------------------ the file */

/* "Metal nut" -> "metal_nut"; what is neither letter nor digit becomes '_'. */
static void make_slug(char out[LONGEST_SLUG + 1], const char *noun)
{
    size_t size = 0;
    for (; noun[size] && size < LONGEST_SLUG; size++)
        out[size] = (char)(isalnum((unsigned char)noun[size]) ? tolower((unsigned char)noun[size]) : '_');
    out[size] = 0;
}

/* Where the file about the class is kept. kind is "prompts" or "descriptors". */
static enum alfa_status place(char **out, const struct alfa__options *options, const char *kind,
                              struct alfa_error *err)
{
    char slug[LONGEST_SLUG + 1];
    uint64_t hash = alfa__hash_text(ALFA__HASH_START, options->class_name);
    struct alfa__options kept = *options;
    kept.no_cache = false; /* that is about embeddings and weights */
    char *cache = alfa__locate_cache(&kept);
    *out = NULL;
    if (!cache)
        return alfa__fail(
            err, ALFA_ERROR_OUTPUT, "cache",
            "cannot be written, so the sentences have no place; set XDG_CACHE_HOME to a folder");
    hash = alfa__hash_text(alfa__hash_text(hash, options->llm_model), options->domain);
    make_slug(slug, options->class_name);
    char *folder = alfa__must(alfa__format("%s/%s", cache, kind));
    enum alfa_status status = alfa__folder_make(folder, err);
    if (status == ALFA_OK)
        *out = alfa__must(alfa__format("%s/%s-%016llx-%d-%d%s.txt", folder, slug, (unsigned long long)hash,
                                       options->count, ALFA_LLM_QUERIES,
                                       options->no_syntactic_consistency ? "-own" : ""));
    free(folder);
    free(cache);
    return status;
}

/* ------------------------------------------------------------------ asking */

static bool is_interrupted(void *context)
{
    (void)context;
    return alfa__signals_caught() != 0;
}

static void note_result(const char *path, const struct alfa_generation *result, bool descriptors)
{
    struct alfa__string drops = {0};
    for (enum alfa_drop i = 0; i < ALFA_DROP_COUNT; i++)
        if (result->dropped[i])
            alfa__string_appendf(&drops, "%s%d %s", drops.size ? ", " : "; left out: ", result->dropped[i],
                                 alfa_drop_text(i));
    const char *left_out =
        alfa__must(drops.size || alfa__string_ok(&drops) ? (drops.text ? drops.text : "") : NULL);
    if (descriptors)
        alfa__talk_note(path, "%d descriptors in %d answer%s%s", result->kept[ALFA_ABNORMAL],
                        result->requests, result->requests == 1 ? "" : "s", left_out);
    else
        alfa__talk_note(path, "%d normal and %d abnormal sentences in %d answers%s",
                        result->kept[ALFA_NORMAL], result->kept[ALFA_ABNORMAL], result->requests, left_out);
    alfa__string_free(&drops);
}

static enum alfa_status ask(struct alfa_generation *out, const char *path,
                            const struct alfa__options *options, const struct alfa_model *clip,
                            bool descriptors, struct alfa_error *err)
{
    struct alfa_llm_options how = ALFA_LLM_OPTIONS_INIT;
    generate *make = descriptors ? alfa_descriptors_generate : alfa_prompts_generate;
    char *key, saying[128];
    ALFA__TRY(read_key(&key, options, err));
    if (key && is_plain_and_far(options->llm))
        alfa__talk_note("--llm", "is not https: the key can be read on the way");
    how.url = options->llm;
    how.model = options->llm_model;
    how.key = key;
    how.key_header = options->llm_key_header;
    how.ca_file = options->llm_ca;
    how.domain = options->domain;
    how.count = options->count;
    how.own_words = options->no_syntactic_consistency;
    how.tries = options->llm_tries;
    how.timeout = options->llm_timeout;
    how.clip = clip;
    how.stop = is_interrupted;
    snprintf(saying, sizeof saying, "asking %s", options->llm_model);
    alfa__progress_say(saying);
    enum alfa_status status = make(out, path, options->class_name, &how, err);
    alfa__progress_hide();
    free(key);
    if (status == ALFA_ERROR_USAGE && strcmp(err->source, "url") == 0)
        memcpy(err->source, "--llm", sizeof "--llm");
    return status;
}

/* Before anything is asked: whether the answer will have a place. */
static enum alfa_status check_save(const struct alfa__options *options, struct alfa_error *err)
{
    const char *path = options->save;
    if (alfa__file_exists(path) && !options->again)
        return alfa__fail(err, ALFA_ERROR_USAGE, "--save", "%s is there already; --again replaces it", path);
    return alfa__writer_check_place(path, err);
}

/* Chooses the path, and asks unless the file is there. */
static enum alfa_status provide(char **out, struct alfa_generation *generation,
                                const struct alfa__options *options, const struct alfa_model *clip,
                                bool descriptors, struct alfa_error *err)
{
    struct alfa_generation result = ALFA_GENERATION_INIT;
    enum alfa_status status = ALFA_OK;
    *out = NULL;
    if (options->save)
        ALFA__TRY(check_save(options, err));
    if (options->save)
        *out = alfa__must(alfa__strdup(options->save));
    else
        ALFA__TRY(place(out, options, descriptors ? "descriptors" : "prompts", err));
    if (alfa__file_exists(*out) && !options->again) {
        alfa__talk_note(*out, "was written by %s before; --again asks anew", options->llm_model);
    } else {
        status = ask(&result, *out, options, clip, descriptors, err);
        if (status == ALFA_OK)
            note_result(*out, &result, descriptors);
    }
    if (generation)
        *generation = result;
    if (status != ALFA_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

enum alfa_status alfa__language_prompts(char **out, struct alfa_generation *generation,
                                        const struct alfa__options *options, const struct alfa_model *clip,
                                        struct alfa_error *err)
{
    return provide(out, generation, options, clip, false, err);
}

enum alfa_status alfa__language_descriptors(char **out, const struct alfa__options *options,
                                            const struct alfa_model *clip, struct alfa_error *err)
{
    return provide(out, NULL, options, clip, true, err);
}
