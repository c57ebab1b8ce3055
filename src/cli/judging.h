/* One image from its file to its place in the results: what judging a batch and watching a folder have in
 * common. */
#ifndef ALFA_CLI_JUDGING_H
#define ALFA_CLI_JUDGING_H

#include "cli/kit.h"
#include "cli/outputs.h"

enum alfa__verdict {
    ALFA__VERDICT_UNSAID, /* as the caller begins with: nothing was said of the image */
    ALFA__VERDICT_NONE,   /* no threshold */
    ALFA__VERDICT_NORMAL,
    ALFA__VERDICT_ANOMALY
};

/* Tells the report how what follows is judged. */
enum alfa_status alfa__judging_begin(struct alfa__outputs *outputs, const struct alfa__kit *kit,
                                     struct alfa_error *err);

/* What a look at one image found, before anything is said or written of it. */
struct alfa__found {
    enum alfa_status status;
    struct alfa_error err;      /* when status is not ALFA_OK */
    struct alfa_result *result; /* NULL then */
    long long pixels;           /* of the picture; 0: it could not be read */
    struct alfa__drawn drawn;
};

/* Reads the image of an input that is a file, judges it and draws what will be written. Says and writes
 * nothing: any number of threads may look at once. Freed with alfa__found_free(). */
void alfa__judging_look(struct alfa__found *out, const struct alfa__kit *kit,
                        const struct alfa__outputs *outputs, const struct alfa__input *input);

/* Says and writes what was found: *out also when it was said and could not be written. */
enum alfa_status alfa__judging_write(enum alfa__verdict *out, struct alfa__outputs *outputs,
                                     const struct alfa__input *input, const struct alfa__found *found,
                                     struct alfa_error *err);
void alfa__found_free(struct alfa__found *found);

/* Judges and writes; image is what was read of the input. */
enum alfa_status alfa__judging_image(enum alfa__verdict *out, const struct alfa__kit *kit,
                                     struct alfa__outputs *outputs, const struct alfa__input *input,
                                     const struct alfa_image *image, struct alfa_error *err);

/* Reads, judges and writes. */
enum alfa_status alfa__judging_run(enum alfa__verdict *out, const struct alfa__kit *kit,
                                   struct alfa__outputs *outputs, const struct alfa__input *input,
                                   struct alfa_error *err);

/* What to do where a bank calls (nearly) everything; which: "nearly all are", "the last 20 are". Nothing is
 * said of judging without a file of a bank. */
void alfa__judging_suggest_adding(const char *which, const struct alfa__kit *kit);

#endif
