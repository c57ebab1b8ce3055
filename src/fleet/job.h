/* What is asked of a worker and what it answers, as JSON (docs/fleet.md). The number of the protocol stands
 * in each: a reader refuses a newer one, and a member that it does not know, rather than judge otherwise than
 * was meant. */
#ifndef ALFA_FLEET_JOB_H
#define ALFA_FLEET_JOB_H

#include "base/status.h"

#include <jansson.h>

enum { ALFA__PROTOCOL = 1, ALFA__JOB_ID = 128, ALFA__BANK_ID = 64, ALFA__JOB_PROMPTS = 10 };

/* Strings are borrowed, from json where a job was read; NULL and NAN: not said. One of path, url and bytes is
 * there. */
struct alfa__job {
    json_t *json; /* NULL: the job was not read */
    const char *id;
    const char *name; /* what the answer calls the picture */
    const char *path, *url;
    const char *base64; /* the picture itself */
    const char *class_name;
    const char *bank;             /* SHA-256 of the .bank file, 64 hexadecimal digits in lower case */
    const char *model;            /* name of one that the worker has; NULL: the worker's own */
    const char *method, *prompts; /* prompts: text of a prompt set */
    int tiles;
    int bits; /* of a 16-bit file, as in struct alfa_image_options; 0: as it says */
    double threshold;
    bool explain;     /* tell descriptors and kept prompts as well */
    int prompt_count; /* at most so many of these */
    bool map;         /* send the map as well */
    const char *look; /* not to be judged but looked at, for 'alfa eval' (eval/look.h) */
};

/* ALFA_ERROR_LIMIT: a newer protocol, which another worker may speak; ALFA_ERROR_INPUT: no job, and why. *out
 * is to be freed also then: id and name are there when they could be read. */
enum alfa_status alfa__job_read(struct alfa__job *out, const char *body, size_t size, struct alfa_error *err);
void alfa__job_free(struct alfa__job *job);

/* The job as JSON, freed with free(); NULL: no memory. */
char *alfa__job_write(const struct alfa__job *job);

/* Whether text is the name of a bank: 64 hexadecimal digits in lower case. */
bool alfa__job_is_bank(const char *text);

/* Whether text may name a model in a job: letters, digits, '.', '_' and '-', no path. */
bool alfa__job_is_model(const char *text);

/* ------------------------------------------------------------------ answers */

/* The beginning of an answer: protocol, id, worker, path. */
json_t *alfa__answer_begin(const struct alfa__job *job, const char *id, const char *worker);
/* The same of a job that failed: error says why, code what kind of failure ("input", "limit", "model",
 * "runtime"...). */
json_t *alfa__answer_failed(const struct alfa__job *job, const char *id, const char *worker,
                            const struct alfa_error *problem);
/* What an answer failed for, as it was told to alfa__answer_failed(); name: what the picture is called here.
 * ALFA_OK: it is no failed one. */
enum alfa_status alfa__answer_why(const json_t *answer, const char *name, struct alfa_error *err);
/* "normal", "anomaly", "none" (no threshold) or "failed". */
const char *alfa__answer_decision(const json_t *answer);
/* "CLASS.DECISION", each made of letters, digits, '-' and '_'. */
void alfa__answer_key(char out[256], const json_t *answer);

/* Bytes as base64 and back; freed with free(). NULL: no memory, or no base64. */
char *alfa__base64_write(const void *bytes, size_t size);
unsigned char *alfa__base64_read(size_t *size, const char *text);

#endif
