/* struct alfa_prompts: the noun and its sentences, as alfa.h describes them. */
#include "prompt/set.h"
#include "base/options.h"
#include "base/strings.h"
#include "prompt/file.h"
#include "prompt/templates.h"

#include <glib.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct alfa_prompts {
    char *noun, *source;
    struct alfa__sentences sides[2];
    atomic_int holders; /* beside the one that made them */
};

/* ------------------------------------------------------------------ the noun */

/* Copies with underscores and white space as single spaces, none at the ends. out has room for strlen(name)
 * + 1. */
static void copy_noun(char *out, const char *name)
{
    size_t size = 0;
    for (; *name; name++) {
        bool space = *name == '_' || *name == ' ';
        if (!space)
            out[size++] = *name;
        else if (size && out[size - 1] != ' ')
            out[size++] = ' ';
    }
    size -= size && out[size - 1] == ' ';
    out[size] = 0;
}

/* What is wrong with a class name in UTF-8, NULL when nothing is. */
static const char *find_fault(const char *name)
{
    bool has_sign = false;
    if (!g_utf8_validate(name, -1, NULL))
        return "is not UTF-8; name the thing in UTF-8 text";
    for (; *name; name = g_utf8_next_char(name)) {
        gunichar c = g_utf8_get_char(name);
        if (g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029)
            return "holds a control character; use a plain noun such as 'bottle'";
        has_sign = has_sign || g_unichar_isalnum(c);
    }
    return has_sign ? NULL : "has no letter or digit; use a noun such as 'bottle'";
}

static enum alfa_status read_noun(char **out, const char *name, struct alfa_error *err)
{
    size_t size = strlen(name);
    const char *fault = size <= ALFA_MAX_CLASS ? find_fault(name) : NULL;
    *out = NULL;
    if (size > ALFA_MAX_CLASS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "class",
                          "has %zu bytes, the limit is %d; use a shorter noun", size, ALFA_MAX_CLASS);
    if (fault)
        return alfa__fail(err, ALFA_ERROR_USAGE, "class", "%s", fault);
    *out = malloc(size + 1);
    if (!*out)
        return alfa__fail_memory(err, size + 1);
    copy_noun(*out, name);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ opening */

enum alfa_status alfa__prompts_new(struct alfa_prompts **out, const char *class_name, struct alfa_error *err)
{
    *out = NULL;
    if (!class_name)
        return alfa__fail(err, ALFA_ERROR_USAGE, "class", "is missing; name what the images show");
    struct alfa_prompts *prompts = calloc(1, sizeof *prompts);
    if (!prompts)
        return alfa__fail_memory(err, sizeof *prompts);
    enum alfa_status status = read_noun(&prompts->noun, class_name, err);
    if (status == ALFA_OK)
        *out = prompts;
    else
        alfa_prompts_free(prompts);
    return status;
}

enum alfa_status alfa__prompts_add(struct alfa_prompts *prompts, enum alfa_side side, const char *text,
                                   struct alfa_error *err)
{
    return alfa__sentences_add(&prompts->sides[side], text, err);
}

/* Gives *out back when something failed. */
static enum alfa_status finish(struct alfa_prompts **out, enum alfa_status status)
{
    if (status != ALFA_OK) {
        alfa_prompts_free(*out);
        *out = NULL;
    }
    return status;
}

/* The sentences of a file, once for each domain, instead of the built-in templates. */
static enum alfa_status add_own_templates(struct alfa_prompts *prompts, const char *path,
                                          const struct alfa__domains *domains, struct alfa_error *err)
{
    struct alfa__sentences sides[2] = {0};
    enum alfa_status status = alfa__prompt_file_read(sides, path, prompts->noun, true, err);
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < sides[side].count && status == ALFA_OK; i++)
            status = alfa__templates_expand(&prompts->sides[side], sides[side].texts[i], domains, err);
        alfa__sentences_free(&sides[side]);
    }
    return status;
}

static enum alfa_status add_templates(struct alfa_prompts *prompts,
                                      const struct alfa_prompts_options *options, struct alfa_error *err)
{
    struct alfa__domains domains;
    ALFA__TRY(alfa__domains_read(&domains, options->domain, err));
    if (options->templates)
        return add_own_templates(prompts, options->templates, &domains, err);
    for (int side = 0; side < 2; side++)
        ALFA__TRY(alfa__templates_alfa(&prompts->sides[side], side, prompts->noun, &domains, err));
    return ALFA_OK;
}

/* "72 templates (industrial), prompts/bottle.txt" */
static enum alfa_status name_source(struct alfa_prompts *prompts, const struct alfa_prompts_options *options,
                                    int templates, struct alfa_error *err)
{
    char *words = options->templates ? alfa__format("templates of %s", alfa__path_tail(options->templates))
                                     : alfa__format("%d templates (%s)", templates,
                                                    options->domain ? options->domain : "industrial");
    char *all = words && options->set ? alfa__format("%s, %s", words, alfa__path_tail(options->set)) : NULL;
    const char *text = options->set ? all : words;
    enum alfa_status status = text ? alfa__prompts_set_source(prompts, text, err) : alfa__fail_memory(err, 1);
    free(words);
    free(all);
    return status;
}

enum alfa_status alfa_prompts_compose(struct alfa_prompts **out, const char *class_name,
                                      const struct alfa_prompts_options *given, struct alfa_error *err)
{
    struct alfa_prompts_options options = ALFA_PROMPTS_OPTIONS_INIT;
    ALFA__NEED_OUT(out, err);
    ALFA__TRY(alfa__options_take(&options, sizeof options, given, "ALFA_PROMPTS_OPTIONS_INIT", err));
    ALFA__TRY(alfa__prompts_new(out, class_name, err));
    enum alfa_status status = add_templates(*out, &options, err);
    const int templates = (*out)->sides[ALFA_NORMAL].count;
    if (status == ALFA_OK && options.set)
        status = alfa__prompt_file_read((*out)->sides, options.set, (*out)->noun, false, err);
    if (status == ALFA_OK)
        status = name_source(*out, &options, templates, err);
    return finish(out, status);
}

enum alfa_status alfa_prompts_open(struct alfa_prompts **out, const char *class_name, const char *set_path,
                                   struct alfa_error *err)
{
    struct alfa_prompts_options options = ALFA_PROMPTS_OPTIONS_INIT;
    options.set = set_path;
    return alfa_prompts_compose(out, class_name, &options, err);
}

enum alfa_status alfa_prompts_winclip(struct alfa_prompts **out, const char *class_name,
                                      struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__TRY(alfa__prompts_new(out, class_name, err));
    struct alfa_prompts *prompts = *out;
    enum alfa_status status = ALFA_OK;
    for (int side = 0; side < 2 && status == ALFA_OK; side++)
        status = alfa__templates_winclip(&prompts->sides[side], side, prompts->noun, err);
    if (status == ALFA_OK)
        status = alfa__prompts_set_source(prompts, "WinCLIP's", err);
    return finish(out, status);
}

/* ------------------------------------------------------------------ reading */

const char *alfa_prompts_class(const struct alfa_prompts *prompts)
{
    return prompts ? prompts->noun : NULL;
}

int alfa_prompts_count(const struct alfa_prompts *prompts, enum alfa_side side)
{
    return prompts && (side == ALFA_NORMAL || side == ALFA_ABNORMAL) ? prompts->sides[side].count : 0;
}

const char *alfa_prompts_get(const struct alfa_prompts *prompts, enum alfa_side side, int index)
{
    return index >= 0 && index < alfa_prompts_count(prompts, side) ? prompts->sides[side].texts[index] : NULL;
}

enum alfa_status alfa__prompts_set_source(struct alfa_prompts *prompts, const char *text,
                                          struct alfa_error *err)
{
    char *valid = g_utf8_make_valid(text, -1); /* paths may be anything */
    free(prompts->source);
    prompts->source = alfa__strdup(valid);
    g_free(valid);
    return prompts->source ? ALFA_OK : alfa__fail_memory(err, strlen(text) + 1);
}

const char *alfa__prompts_source(const struct alfa_prompts *prompts)
{
    return prompts->source ? prompts->source : "";
}

struct alfa_prompts *alfa__prompts_hold(const struct alfa_prompts *prompts)
{
    struct alfa_prompts *held = (struct alfa_prompts *)prompts;
    atomic_fetch_add(&held->holders, 1);
    return held;
}

void alfa_prompts_free(struct alfa_prompts *prompts)
{
    if (!prompts || atomic_fetch_sub(&prompts->holders, 1) > 0)
        return;
    free(prompts->noun);
    free(prompts->source);
    alfa__sentences_free(&prompts->sides[ALFA_NORMAL]);
    alfa__sentences_free(&prompts->sides[ALFA_ABNORMAL]);
    free(prompts);
}
