/* Where things are: the data that comes with the program (models/, prompts/) and the user's cache.
 * Strings that come back are allocated; free() them. */
#ifndef ALFA_CLI_LOCATE_H
#define ALFA_CLI_LOCATE_H

#include "alfa.h"

struct alfa__options;

/* $ALFA_DATA, or the first folder beside the program that holds models/: its parents (a build folder), then
 * ../share/alfa (installed). NULL when there is none. */
char *alfa__locate_data(void);

/* "$VARIABLE/alfa", or "~/BELOW/alfa" when it is not set to a path; NULL: neither is HOME. */
char *alfa__locate_home(const char *variable, const char *below);

/* $XDG_CACHE_HOME/alfa or ~/.cache/alfa, made when missing; NULL with --no-cache or when it cannot be made.
 */
char *alfa__locate_cache(const struct alfa__options *options);

/* What --model means. */
struct alfa__located {
    char *path;                      /* of a folder or of a file of weights */
    char *name;                      /* what the model is called when its path does not say it, or NULL */
    enum alfa_activation activation; /* of weights without a config whose table of known models says it */
};

/* A path; the name of a model that comes with the program; or of one of the hub that was downloaded, by
 * whatever program. Freed with alfa__located_free(). */
enum alfa_status alfa__locate_model(struct alfa__located *out, const struct alfa__options *options,
                                    struct alfa_error *err);
void alfa__located_free(struct alfa__located *located);

/* The folder of --prompt-sets, with descriptors/ in it; NULL when the data was not found. Freed with free().
 */
char *alfa__locate_prompt_sets(const struct alfa__options *options);

/* The prompt file for --class (its noun): that of --prompts, or one of --prompts-dir, or the shipped one of
 * the noun among --prompt-sets, or the generic one there, said in a note; NULL, with a note, when there is
 * none. class_name: the folder of the class in a data set, or NULL; it comes before the noun where sets are
 * kept by class (--prompts-dir, expert). Freed with free(). */
char *alfa__locate_prompts(const struct alfa__options *options, const char *class_name);

/* The descriptor file for --class and --descriptors, chosen like the prompt file; *generic says that it is
 * the generic one. Fails when none is there. */
enum alfa_status alfa__locate_descriptors(char **out, bool *generic, const struct alfa__options *options,
                                          struct alfa_error *err);

/* Opens the model that the options name, with a note the first time the built-in one is used. */
enum alfa_status alfa__open_model(struct alfa_model **out, const struct alfa__options *options,
                                  struct alfa_error *err);

#endif
