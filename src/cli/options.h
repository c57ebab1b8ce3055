/* The command line as data: one table of verbs and one of options.
 * Parsing, help screens, the man page and the completion scripts are all made from these two tables, so an
 * option that is added to options.c appears everywhere. */
#ifndef ALFA_CLI_OPTIONS_H
#define ALFA_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "alfa.h"

/* Verbs are bits, so that an option can belong to several. */
enum alfa__verb_bit {
    ALFA__VERB_DETECT = 1,
    ALFA__VERB_EMBED = 2,
    ALFA__VERB_MODEL = 4,
    ALFA__VERB_COMPLETION = 8,
    ALFA__VERB_HELP = 16,
    ALFA__VERB_PROMPTS = 32,
    ALFA__VERB_EXPLAIN = 64,
    ALFA__VERB_LEARN = 128,
    ALFA__VERB_EVAL = 256,
    ALFA__VERB_BENCH = 512,
    ALFA__VERB_SERVE = 1024,
    ALFA__VERB_EXPORT = 2048,
    ALFA__VERB_THRESHOLD = 4096,
    ALFA__VERB_WATCH = 8192,
    ALFA__VERB_WORKER = 16384,
    ALFA__VERB_SUBMIT = 32768,
    ALFA__VERB_ALL = 65535
};

struct alfa__options;

struct alfa__verb {
    const char *name;
    enum alfa__verb_bit bit;
    const char *subjects;    /* "image|text": words of which the first argument must be one; NULL: free */
    const char *arguments;   /* what follows the verb in the usage line */
    const char *summary;     /* for the list of verbs, without a full stop */
    const char *description; /* paragraphs for the help screen and the man page */
    const char *examples;    /* pairs of lines: command, what it does */
};

enum alfa__option_kind {
    ALFA__OPTION_FLAG,   /* bool */
    ALFA__OPTION_TEXT,   /* const char * */
    ALFA__OPTION_FILE,   /* const char *, completed as a file */
    ALFA__OPTION_FOLDER, /* const char *, completed as a folder */
    ALFA__OPTION_COUNT,  /* int, minimum..maximum */
    ALFA__OPTION_NUMBER, /* double, minimum..maximum */
    ALFA__OPTION_CHOICE, /* int, index of the word in argument ("r4|r3|none") */
    ALFA__OPTION_MAYBE,  /* int, 1 alone, 2 with =argument (a word) */
    ALFA__OPTION_SCALES  /* int[ALFA_MAX_SCALES] */
};

struct alfa__option {
    const char *group;    /* heading on the help screen */
    const char *name;     /* long name without dashes */
    char letter;          /* short name or 0 */
    const char *argument; /* placeholder or the words to choose from; NULL for a flag */
    enum alfa__option_kind kind;
    size_t offset;       /* of the value in struct alfa__options */
    const char *initial; /* the default as one would type it; NULL: none */
    double minimum, maximum;
    unsigned verbs;
    const char *help;
};

#define ALFA__MOST_OPTIONS 160
#define ALFA__OPTION_DASHED 64 /* bytes of "--name" */

/* What was typed, with defaults filled in. Strings and arguments point into argv. */
struct alfa__options {
    const struct alfa__verb *verb; /* NULL: only general options were given */
    const char *subject;           /* one of verb->subjects, or NULL */
    char **arguments;              /* what is left: paths or texts */
    int argument_count;
    bool given[ALFA__MOST_OPTIONS]; /* row i of the option table was typed */

    bool help, version;
    const char *class_name, *prompts, *prompts_dir, *templates, *descriptors, *domain, *model, *out,
        *save_maps;
    const char *to;
    const char *llm, *llm_model, *llm_key_file, *llm_key_header, *llm_ca, *save;
    int prompt_sets; /* 0: noun, 1: expert */
    bool paper;
    int method, contextual, aligner, image_score, resize, precision, activation, color, threads;
    int scales[ALFA_MAX_SCALES], window_stride;
    int window_mask;
    double contextual_k, aligner_strength, temperature, threshold, llm_timeout;
    int llm_tries, count;
    const char *bank, *normal, *add, *layers; /* few-shot */
    const char *bad, *at, *plot;              /* thresholds */
    const char *roi, *ignore, *tiles, *pages, *raw;
    int bits;
    double false_alarm_rate, memory_weight, map_weight, min_area, place_threshold;
    int overlay, overlay_size, overlay_only; /* overlay_only 1: of anomalies */
    bool align, resume;
    int bank_budget, fusion;
    int turned; /* enum alfa_turned */
    bool keep_all, place;
    const char *methods, *shots, *nouns, *features; /* eval */
    const char *normal_dir, *abnormal_dir, *mask_dir, *learn_dir;
    int ablation, seeds, size, timed;
    double features_limit;
    int rounds;                                                        /* bench */
    const char *host, *name, *store, *banks, *token_file, *cert, *key; /* serve */
    int port, queue;
    const char *move_to, *link_to, *journal; /* watch */
    const char *mqtt, *topic, *mqtt_trigger, *mqtt_user_file, *mqtt_ca;
    double poll;
    double keep_days, keep_gb;
    const char *amqp, *amqp_user_file, *amqp_ca, *fleet; /* worker, submit, serve */
    const char *root, *allow_url, *list;
    double limit, memory;
    const char *share;
    int prefetch, tries, window, at_once;
    bool send;
    int dtype; /* model convert */
    bool show, again, explain_prompts, no_syntactic_consistency;
    int csv; /* enum alfa__csv */
    bool json, fail_on_anomaly, no_cache, quiet;
};

enum alfa__overlay { ALFA__OVERLAY_PNG, ALFA__OVERLAY_JPEG, ALFA__OVERLAY_NONE };
enum alfa__csv { ALFA__CSV_NONE, ALFA__CSV_IMAGES, ALFA__CSV_REGIONS };
enum alfa__color { ALFA__COLOR_AUTO, ALFA__COLOR_ALWAYS, ALFA__COLOR_NEVER };

/* Both end with a row whose name is NULL. */
extern const struct alfa__verb alfa__verbs[];
extern const struct alfa__option alfa__option_table[];

/* Reads the command line; reorders argv. Fails with ALFA_ERROR_USAGE and a message that says what was meant.
 */
enum alfa_status alfa__options_parse(struct alfa__options *out, int argc, char **argv,
                                     struct alfa_error *err);

/* Whether --name was typed (rather than left at its default). */
bool alfa__options_given(const struct alfa__options *options, const char *name);

/* Whether one of names, which end with NULL, was typed: the first, as "--name", into dashed. */
bool alfa__options_any(char dashed[ALFA__OPTION_DASHED], const struct alfa__options *options,
                       const char *const *names);

/* The verb called name, or NULL. */
const struct alfa__verb *alfa__verb_find(const char *name);

/* The word number index of "a|b|c" into out (cut to size); false when there are fewer. */
bool alfa__choice_get(char *out, size_t size, const char *choices, int index);
/* The index of word in "a|b|c", or -1. */
int alfa__choice_find(const char *choices, const char *word);

#endif
