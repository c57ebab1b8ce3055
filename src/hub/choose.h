/* Which files of a repository, or of a folder, are the model. */
#ifndef ALFA_HUB_CHOOSE_H
#define ALFA_HUB_CHOOSE_H

#include "hub/hub.h"

enum { ALFA__MOST_CHOSEN = 512 };

struct alfa__choice {
    const char *names[ALFA__MOST_CHOSEN]; /* those that were given */
    int count;
    bool open_clip; /* the layout: open_clip's or transformers' */
    char *owned;    /* the bytes of names that nobody else keeps; NULL: somebody does */
};

/* The config and its weights: .safetensors, whole or in parts with their index, or else PyTorch's .bin; what
 * open_clip wrote before what transformers wrote. Fails with ALFA_ERROR_MODEL, source as given, when there is
 * no config, when there are no weights, or when one part of them is missing. */
enum alfa_status alfa__choose_files(struct alfa__choice *out, const char *const *names, int count,
                                    const char *source, struct alfa_error *err);

/* The same for what is in a folder, freed with alfa__choice_free(). */
enum alfa_status alfa__choose_in_folder(struct alfa__choice *out, const char *folder, struct alfa_error *err);

void alfa__choice_free(struct alfa__choice *choice);

#endif
