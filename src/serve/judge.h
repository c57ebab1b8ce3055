/* One model, and the detectors that were made of it lately: each for a class, its sentences, a method and a
 * bank. Detectors share the model's weights. One image is judged with all processors, or, when several wait,
 * as many at once as there are processors, one thread each (desk.h); what comes before and after (decoding,
 * storing) goes on beside it. All functions may be called from any thread. */
#ifndef ALFA_SERVE_JUDGE_H
#define ALFA_SERVE_JUDGE_H

#include <jansson.h>

#include "alfa.h"
#include "base/strings.h"

struct alfa__judge;

/* prompts: as in struct alfa__serve_options. The model is lent. threads: as in struct alfa_model_options. */
enum alfa_status alfa__judge_open(struct alfa__judge **out, const struct alfa_model *model,
                                  const char *prompts, int threads, struct alfa_error *err);
void alfa__judge_close(struct alfa__judge *judge);

/* What is to be judged how. Strings are borrowed. */
struct alfa__question {
    const char *class_name;
    enum alfa_method method;
    int tiles;           /* as in struct alfa_detector_options */
    const char *prompts; /* text of a prompt set; NULL: the shipped one of the class, or the generic one */
    long long bank;      /* 0: none */
    const char *bank_path;
    int bits;         /* how its pictures were read, and others are to be: as in struct alfa_bank_info */
    double threshold; /* NAN: the bank's, or the method's */
    int most_prompts; /* of the kept ones, so many are told */
    bool plain;       /* tell neither what things look like nor prompts: quicker */
};

/* Reads the picture that is to be judged; name is for messages. Freed with alfa_image_free(). */
enum alfa_status alfa__judge_read(struct alfa_image **out, const struct alfa__question *question,
                                  const void *bytes, size_t size, const char *name, struct alfa_error *err);

struct alfa__opinion {
    json_t *report; /* all that is to be said, without name and time */
    double score, p_value, threshold;
    int decision; /* 1, 0, -1: none */
    int width, height;
    float *map; /* NULL: none */
    int map_width, map_height;
};

enum alfa_status alfa__judge_run(struct alfa__judge *judge, struct alfa__opinion *out,
                                 const struct alfa__question *question, const struct alfa_image *image,
                                 struct alfa_error *err);
void alfa__opinion_free(struct alfa__opinion *opinion);

/* For a judge whose detectors are limited by memory rather than by number: keeps so many (at most 256; 8
 * without this). */
void alfa__judge_keep(struct alfa__judge *judge, int detectors);
/* Whether the detector that the question needs is open. */
bool alfa__judge_has(struct alfa__judge *judge, const struct alfa__question *question);
/* Closes the detector that was not used for longest, unless it is the only one; whether it did. */
bool alfa__judge_shrink(struct alfa__judge *judge);

/* Reads a method's name; false when there is none, or it cannot judge images one by one. */
bool alfa__judge_method(enum alfa_method *out, const char *name);

/* Says whether a class and a prompt set (NULL: the shipped one) make sense. */
enum alfa_status alfa__judge_check(struct alfa__judge *judge, const char *class_name, const char *prompts,
                                   struct alfa_error *err);

/* The shipped prompt set of a class, or the generic one, and then in *near the class that was perhaps meant,
 * or NULL; freed with free(), NULL when there is none. */
char *alfa__judge_shipped(const struct alfa__judge *judge, const char *class_name, bool *generic,
                          char **near);
/* Names of classes that have a shipped set. */
json_t *alfa__judge_classes(const struct alfa__judge *judge);

/* ------------------------------------------------------------------ learning */

/* A bank that is being made, between the judgements that go on. One thread at a time. */
struct alfa__lesson;

/* What is to be learned about. */
struct alfa__subject {
    const char *class_name, *prompts; /* as in struct alfa__question */
    int tiles;                        /* likewise */
    double rate;                      /* wanted share of false alarms */
    const char *start; /* the path of a .bank file that goes on, and says all the others; or NULL */
    bool keep_start;   /* its normal pictures belong, however strange they look */
};
/* With a start the lesson is finished already, unless pictures are added. Fails as alfa_detector_open_bank()
 * when it was learned with another model. */
enum alfa_status alfa__lesson_open(struct alfa__lesson **out, struct alfa__judge *judge,
                                   const struct alfa__subject *subject, struct alfa_error *err);
/* A bad one is not remembered; the threshold is measured on it. keep: a normal one belongs to the others,
 * however strange it looks, also when it is there already. */
enum alfa_status alfa__lesson_add(struct alfa__lesson *lesson, const struct alfa_image *image,
                                  const char *name, enum alfa_role role, bool keep, struct alfa_error *err);
/* Calibrates, and writes the bank to a file. */
enum alfa_status alfa__lesson_finish(struct alfa__lesson *lesson, const char *path, struct alfa_error *err);
const struct alfa_bank_info *alfa__lesson_info(const struct alfa__lesson *lesson);
/* Reads a picture as the lesson's bank wants it. */
enum alfa_status alfa__lesson_read(struct alfa_image **out, const struct alfa__lesson *lesson,
                                   const void *bytes, size_t size, const char *name, struct alfa_error *err);
/* What is to be told about a finished bank; skipped: [{"name", "why"}...], noted: [{"name", "notes"}...],
 * of which it takes its own references; noted gets the pictures of a part that is there twice as well. NULL:
 * no memory. */
json_t *alfa__lesson_facts(const struct alfa__lesson *lesson, json_t *skipped, json_t **noted);
void alfa__lesson_close(struct alfa__lesson *lesson);

/* ------------------------------------------------------------------ the rest */

const struct alfa_model_info *alfa__judge_model(const struct alfa__judge *judge);
/* Embeddings as JSON numbers; of an image, or of texts. NULL: err says why. */
json_t *alfa__judge_embed_image(struct alfa__judge *judge, const struct alfa_image *image,
                                struct alfa_error *err);
json_t *alfa__judge_embed_texts(struct alfa__judge *judge, const char *const *texts, int count,
                                struct alfa_error *err);

int alfa__judge_detectors(struct alfa__judge *judge); /* that are open */

#endif
