#include "cli/hub.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/files.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/suggest.h"
#include "cli/talk.h"
#include "hub/cache.h"

/* ------------------------------------------------------------------ environment */

/* NULL when it is not set, or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* 1, on, yes and true, as the hub's client reads them. */
static bool is_true(const char *name)
{
    static const char *const words[] = {"1", "on", "yes", "true"};
    const char *value = variable(name);
    for (size_t i = 0; value && i < sizeof words / sizeof *words; i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}

/* A path of the environment, where a leading ~ is the home folder. */
static char *expand(const char *path)
{
    const char *home = variable("HOME");
    if (path[0] == '~' && (path[1] == '/' || !path[1]) && home)
        return alfa__must(alfa__format("%s%s", home, path + 1));
    return alfa__must(alfa__strdup(path));
}

/* Hugging Face's own folder: the cache, the token. */
static char *home_folder(void)
{
    const char *home = variable("HF_HOME"), *caches = variable("XDG_CACHE_HOME");
    char *folder = home ? expand(home) : caches ? expand(caches) : expand("~/.cache");
    if (home)
        return folder;
    char *path = alfa__must(alfa__format("%s/huggingface", folder));
    free(folder);
    return path;
}

static char *cache_folder(void)
{
    const char *chosen = variable("HF_HUB_CACHE");
    chosen = chosen ? chosen : variable("HUGGINGFACE_HUB_CACHE");
    if (chosen)
        return expand(chosen);
    char *home = home_folder(), *path = alfa__must(alfa__format("%s/hub", home));
    free(home);
    return path;
}

/* Without the spaces and line ends around it; NULL when nothing is left. */
static char *trimmed(const char *text)
{
    size_t size;
    while (isspace((unsigned char)*text))
        text++;
    for (size = strlen(text); size && isspace((unsigned char)text[size - 1]);)
        size--;
    return size ? alfa__must(alfa__format("%.*s", (int)size, text)) : NULL;
}

static char *token_of_file(void)
{
    const char *chosen = variable("HF_TOKEN_PATH");
    char *home = home_folder(), *text = NULL, *token = NULL;
    char *path = chosen ? expand(chosen) : alfa__must(alfa__format("%s/token", home));
    size_t size;
    if (alfa__file_exists(path) && alfa__file_read(&text, &size, path, 4096, NULL) == ALFA_OK)
        token = trimmed(text);
    free(text);
    free(path);
    free(home);
    return token;
}

static char *find_token(void)
{
    const char *given = variable("HF_TOKEN");
    char *token = NULL;
    if (is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
        return NULL;
    given = given ? given : variable("HUGGING_FACE_HUB_TOKEN");
    token = given ? trimmed(given) : NULL;
    return token ? token : token_of_file();
}

static char *find_endpoint(void)
{
    const char *given = variable("HF_ENDPOINT");
    char *endpoint = alfa__must(alfa__strdup(given ? given : ALFA__HUB_ENDPOINT));
    for (size_t size = strlen(endpoint); size && endpoint[size - 1] == '/'; size--)
        endpoint[size - 1] = 0;
    return endpoint;
}

/* The hub's client reads the first two today, the others in its versions on top of requests. */
static const char *find_trusted(void)
{
    static const char *const names[] = {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
                                        "CURL_CA_BUNDLE"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = variable(names[i]);
    return found;
}

static void say_note(void *context, const char *text)
{
    (void)context;
    alfa__talk_note(NULL, "%s", text);
}

static bool is_stopped(void *context)
{
    (void)context;
    return alfa__signals_caught() != 0;
}

void alfa__hub_settings_read(struct alfa__hub_settings *out)
{
    const char *timeout = variable("HF_HUB_DOWNLOAD_TIMEOUT");
    *out = (struct alfa__hub_settings){
        .endpoint = find_endpoint(), .token = find_token(), .cache = cache_folder()};
    out->options = (struct alfa__hub_options){
        .endpoint = out->endpoint,
        .token = out->token,
        .cache = out->cache,
        .trusted = find_trusted(),
        .offline = is_true("HF_HUB_OFFLINE") || is_true("TRANSFORMERS_OFFLINE"),
        .copies = is_true("HF_HUB_DISABLE_SYMLINKS"),
        .timeout = timeout ? strtod(timeout, NULL) : 0,
        .pause = 1,
        .note = say_note,
        .stop = is_stopped,
    };
    if (!(out->options.timeout > 0 && out->options.timeout <= 86400))
        out->options.timeout = 10;
}

void alfa__hub_settings_free(struct alfa__hub_settings *settings)
{
    free(settings->endpoint);
    free(settings->token);
    free(settings->cache);
}

/* ------------------------------------------------------------------ names */

bool alfa__hub_is_model(const char *name)
{
    return strncmp(name, "hf:", 3) == 0 || alfa__known_find(name);
}

void alfa__hub_model_known(struct alfa__hub_model *out, const struct alfa__known *known)
{
    *out = (struct alfa__hub_model){.known = known};
    snprintf(out->repository.name, sizeof out->repository.name, "%s", known->repository);
    snprintf(out->repository.revision, sizeof out->repository.revision, "main");
    snprintf(out->name, sizeof out->name, "%s:%s", known->shape, known->tag);
}

static enum alfa_status fail_name(const char *name, struct alfa_error *err)
{
    const char *near = NULL;
    int best = INT32_MAX;
    for (const struct alfa__known *row = alfa__known_models; row->shape; row++)
        alfa__suggest(&near, &best, row->shape, name);
    if (strchr(name, '/') && !strchr(name, ':'))
        return alfa__fail(err, ALFA_ERROR_USAGE, name,
                          "is not a model that alfa knows; for a repository of the hub write hf:%s", name);
    if (near)
        return alfa__fail(err, ALFA_ERROR_USAGE, name, "is not a model that alfa knows; did you mean %s?",
                          near);
    return alfa__fail(
        err, ALFA_ERROR_USAGE, name,
        "is not a model that alfa knows; 'alfa model list' shows them, and hf:ORG/REPO takes any "
        "other of the hub");
}

enum alfa_status alfa__hub_model_read(struct alfa__hub_model *out, const char *name, struct alfa_error *err)
{
    const struct alfa__known *known = alfa__known_find(name);
    if (known) {
        alfa__hub_model_known(out, known);
        return ALFA_OK;
    }
    if (strncmp(name, "hf:", 3) != 0)
        return fail_name(name, err);
    *out = (struct alfa__hub_model){0};
    ALFA__TRY(alfa__repository_read(&out->repository, name + 3, err));
    const bool plain = strcmp(out->repository.revision, "main") == 0;
    snprintf(out->name, sizeof out->name, "hf:%s%s%s", out->repository.name, plain ? "" : "@",
             plain ? "" : out->repository.revision);
    out->known = plain ? alfa__known_repository(out->repository.name) : NULL;
    return ALFA_OK;
}

/* open_clip downloads what it loads: the weights without a config. */
static char *find_bare(const struct alfa__hub_options *hub, const struct alfa__hub_model *model)
{
    static const char *const names[] = {"open_clip_model.safetensors", "open_clip_pytorch_model.bin"};
    char commit[41], *found = NULL;
    if (!model->known || model->known->half || !alfa__cache_commit(commit, hub->cache, &model->repository))
        return NULL;
    char *folder = alfa__must(alfa__cache_snapshot(hub->cache, &model->repository, commit));
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) {
        found = alfa__must(alfa__format("%s/%s", folder, names[i]));
        if (!alfa__file_exists(found)) {
            free(found);
            found = NULL;
        }
    }
    free(folder);
    return found;
}

char *alfa__hub_model_find(bool *bare, const struct alfa__hub_options *hub,
                           const struct alfa__hub_model *model)
{
    char *path = alfa__cache_model(hub->cache, &model->repository);
    *bare = !path;
    return path ? path : find_bare(hub, model);
}

void alfa__hub_model_size(char out[24], const struct alfa__known *known)
{
    struct alfa__config config;
    alfa__known_config(&config, known);
    alfa__format_bytes(out, 4 * alfa__known_parameters(&config));
}
