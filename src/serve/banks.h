/* Banks in the store: each row is one version of a bank, and while it is being learned the job for that. */
#ifndef ALFA_SERVE_BANKS_H
#define ALFA_SERVE_BANKS_H

#include "serve/archive.h"
#include "serve/judge.h"

/* A bank that a request judges with. */
struct alfa__version_use {
    char *name, *class_name, *path, *prompts;
    int version;
};

/* Finds "NAME" (the version in use), "NAME@3" or the number of a version, and puts bank, path, class,
 * sentences, bits and threshold into the question, which borrows them. ALFA_ERROR_INPUT when there is none
 * that is ready. */
enum alfa_status alfa__version_use_find(struct alfa__version_use *out, struct alfa__archive *archive,
                                        const char *text, struct alfa__question *question,
                                        struct alfa_error *err);
void alfa__version_use_free(struct alfa__version_use *use);

/* ------------------------------------------------------------------ making a version */

/* A picture that it is made from: sent along, or of an inspection. */
struct alfa__lesson_picture {
    const char *name;
    const void *bytes; /* NULL: of the inspection */
    size_t size;
    long long inspection;
    bool bad;
    bool keep; /* a normal one that belongs to the others, however strange it looks */
};

/* What is to be learned. base: all pictures of that version too; 0: none. keep_base: its normal ones belong,
 * however strange they look. */
struct alfa__lesson_plan {
    const char *name, *class_name;
    long long base;
    bool keep_base;
    double rate; /* of false alarms; NAN: the base's, or 5 % */
    int tiles;   /* as in struct alfa_detector_options; 0: none, -1: as the base */
    const struct alfa__lesson_picture *pictures;
    int count;
};

/* Adds a version that waits to be learned. ALFA_ERROR_USAGE: the plan makes no sense. */
enum alfa_status alfa__version_add(long long *id, struct alfa__archive *archive,
                                   const struct alfa__lesson_plan *plan, struct alfa_error *err);

/* A .bank file that was made elsewhere and that the judge has admitted. */
struct alfa__version_file {
    const char *name, *class_name;
    const void *bytes;
    size_t size;
    double threshold, pixel_threshold, rate;
    int tiles, normal, bad;
    const json_t *facts;
};

/* Adds it as a version, which waits until it is known what it changes; the same file under the same name
 * again is the version that it is already. */
enum alfa_status alfa__version_bring(long long *id, struct alfa__archive *archive,
                                     const struct alfa__version_file *file, struct alfa_error *err);

/* What a name may be: it stands in addresses, commands and tables. */
bool alfa__version_is_name(const char *name);
#define ALFA__VERSION_NAME_RULE "is missing, too long, a number, or has signs such as @ / < in it"

/* All versions, or one (NULL: there is none), as JSON. */
json_t *alfa__version_list(struct alfa__archive *archive);
json_t *alfa__version_get(struct alfa__archive *archive, long long id);

/* Makes a version the one in use under its name; it has to be ready. */
enum alfa_status alfa__version_take(struct alfa__archive *archive, long long id, struct alfa_error *err);
/* NAN: the one that was learned. */
enum alfa_status alfa__version_set_threshold(struct alfa__archive *archive, long long id, double threshold,
                                             struct alfa_error *err);
/* As alfa__archive_remove(). */
enum alfa_status alfa__version_remove(struct alfa__archive *archive, long long id, struct alfa_error *err);
/* The bytes of the .bank file, freed with free(). */
enum alfa_status alfa__version_read(struct alfa__archive *archive, long long id, char **bytes, size_t *size,
                                    struct alfa_error *err);

/* ------------------------------------------------------------------ for the teacher */

/* The oldest version that waits, now learning; 0: none. Versions that a killed program was learning wait
 * again once alfa__version_requeue() was called. */
long long alfa__version_next(struct alfa__archive *archive);
void alfa__version_requeue(struct alfa__archive *archive);
/* Its pictures: [{"image": hash, "name", "role", "keep"}...]. */
json_t *alfa__version_pictures(struct alfa__archive *archive, long long id);
/* The path of the .bank file that it begins with, freed with free(), or NULL. *whole: that file is the
 * version, and nothing is to be learned. *keep: its normal pictures belong, however strange they look. */
char *alfa__version_start(struct alfa__archive *archive, long long id, bool *whole, bool *keep);
enum alfa_status alfa__version_load_picture(struct alfa__archive *archive, const char *hash, char **bytes,
                                            size_t *size, struct alfa_error *err);
/* What a lesson ends with: the bank's file, its thresholds, and what is to be told. */
struct alfa__version_outcome {
    const void *bytes;
    size_t size;
    double threshold, pixel_threshold;
    const json_t *facts;
};
/* It can be judged with. */
enum alfa_status alfa__version_done(struct alfa__archive *archive, long long id,
                                    const struct alfa__version_outcome *outcome, struct alfa_error *err);
/* All is known about it. The first version of a name is taken at once. */
enum alfa_status alfa__version_ready(struct alfa__archive *archive, long long id, struct alfa_error *err);
void alfa__version_failed(struct alfa__archive *archive, long long id, const char *why);
enum alfa_status alfa__version_set_effect(struct alfa__archive *archive, long long id, const json_t *effect,
                                          struct alfa_error *err);

#endif
