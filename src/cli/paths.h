/* From what was typed to a list of images.
 * A file is taken as it is; a folder is searched with its sub-folders for images (by extension, hidden names
 * skipped, each folder once, so that links cannot loop); a quoted pattern is expanded; "-" is standard input.
 * The order is the order of the arguments, inside a folder by name with numbers in sequence (2 before 10). */
#ifndef ALFA_CLI_PATHS_H
#define ALFA_CLI_PATHS_H

#include "cli/stream.h"

struct alfa__input {
    char *path; /* as it is shown: the argument, or the argument with what is below it */
    char *file; /* what is read, when it is not called path: a page of it; or NULL */
    int page;   /* of file, from 1; 0: as --pages says */
    char *name; /* for output files: unique, without extension, folders kept; NULL when there is a problem */
    struct alfa_error *error; /* why this cannot be judged, or NULL */
};

#define ALFA__MOST_LEFT 6

struct alfa__inputs {
    struct alfa__input *items;
    int count, capacity;
    int good;                    /* items without error */
    int left_out;                /* files in folders that are pictures of a kind that is not read, */
    bool unnamed;                /* or that are of a kind that is read, and not named so, */
    char *left[ALFA__MOST_LEFT]; /* the names of some of them, */
    char *left_names;            /* and those as one text; NULL when there are none */
};

/* Never fails as a whole: what is wrong with an argument becomes an item with an error. The folders called
 * skip (NULL ends the list) are not searched: they are where this program writes. */
void alfa__inputs_expand(struct alfa__inputs *out, char **arguments, int count, const char *const *skip);
/* Gives every good item its name (alfa__inputs_expand does it). */
void alfa__inputs_name(struct alfa__inputs *inputs);
void alfa__inputs_free(struct alfa__inputs *inputs);

/* Whether a file in a folder is taken for an image: by its extension, of HEIC and AVIF whether they are read
 * here; hidden ones are not. */
bool alfa__input_is_picture(const char *path);

/* Whether it is a picture, or holds some, of a kind that is not read here, likewise by its extension. */
bool alfa__input_is_stranger(const char *path);

/* Reads an image from a stream: the first, when there are several, which is noted. */
enum alfa_status alfa__input_load_from(struct alfa_image **out, const struct alfa__input *input,
                                       struct alfa__stream *stream, struct alfa_error *err);

/* Reads an image file; says nothing. */
enum alfa_status alfa__input_read(struct alfa_image **out, const struct alfa__input *input,
                                  struct alfa_error *err);

/* Reads an image; "-" is read from standard input. What is strange about it is said (cli/reading.h). */
enum alfa_status alfa__input_load(struct alfa_image **out, const struct alfa__input *input,
                                  struct alfa_error *err);

#endif
