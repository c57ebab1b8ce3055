/* A bank: everything that was learned from the normal images of one class with one model. It is filled by
 * learning (or by alfa__bank_read(), file.h), then only read, and may then be shared by threads.
 *
 *     alfa__bank_init(&bank, info->name, info->fingerprint, "bottle", options, &err);
 *     alfa__bank_add_part(&bank, &part, "window2", 2, info->embed_dim, &err);
 *     for each normal image:
 *         alfa__bank_add_reference(&bank, name, width, height, &err);
 *         its thumbnail, digest, role, passes and offers (reference.h)
 *     alfa__bank_sort(&bank);
 *     alfa__pool_open(&pool, &bank, 0, used, &arena, &err);
 *     alfa__pool_build(&memory, &pool, used, budget, &arena, &err);
 *     for each normal image: its score by a memory that was built without it
 *     alfa__calibration_set(&bank.image, scores, count, 0.05, &err);
 *     alfa__bank_write(&bank, "bottle.bank", &err);
 */
#ifndef ALFA_BANK_DATA_H
#define ALFA_BANK_DATA_H

#include "bank/calibrate.h"
#include "bank/reference.h"
#include "base/files.h"

#include <jansson.h>

#define ALFA__BANK_MAX_REFERENCES ALFA__MEMORY_MAX_IMAGES
#define ALFA__BANK_MAX_TEXT 1024              /* bytes of a name, a fingerprint, a noun */
#define ALFA__BANK_MAX_THUMBNAIL (256 * 1024) /* bytes */

/* Free with alfa__bank_free(), which does nothing on a zeroed one. */
struct alfa__bank_data {
    char *model, *fingerprint; /* of alfa_model_info() */
    char *noun;
    json_t *options; /* object: what the detector must use with this bank (scales, aligner, resize...) */
    struct alfa__memory parts[ALFA__BANK_MAX_PARTS];
    int part_count;
    struct alfa__memory defects; /* known ones (defects.h); no rows: none */
    struct alfa__calibration image, pixel;
    struct alfa__reference *references;
    int reference_count;
    int grid;               /* patches a side of the maps in the references' passes */
    double place;           /* weight of where a row of a layer was (place.h); 0: positions are forgotten */
    int offered;            /* at most so many rows of a reference go into a memory; 0: all that it offers */
    bool as_they_lie;       /* memories are made without what references offer turned */
    bool complete;          /* the references' passes are here; false: in the file (alfa__bank_complete()), */
    struct alfa__map map;   /* which stays mapped, */
    size_t kept, kept_size; /* there; size 0: the file has none */
};

/* An empty bank; takes a reference of its own to options, an object that must not change any more. Texts are
 * copied; bytes that are not UTF-8 are replaced. */
enum alfa_status alfa__bank_init(struct alfa__bank_data *out, const char *model, const char *fingerprint,
                                 const char *noun, json_t *options, struct alfa_error *err);
void alfa__bank_free(struct alfa__bank_data *bank);

/* A new empty part, lent; add rows with alfa__memory_add(). Names must differ (ALFA_ERROR_USAGE). */
enum alfa_status alfa__bank_add_part(struct alfa__bank_data *bank, struct alfa__memory **out,
                                     const char *name, int window, int dim, struct alfa_error *err);

/* The part with this name, lent; NULL when there is none. */
const struct alfa__memory *alfa__bank_part(const struct alfa__bank_data *bank, const char *name);

/* A reference that belongs to no bank yet, with copies of the name; empty after a failure. */
enum alfa_status alfa__reference_begin(struct alfa__reference *out, const char *name, int width, int height,
                                       struct alfa_error *err);

/* Moves it into the bank, where it gets the number reference_count; *reference is empty then, and as it was
 * after a failure. Fails with ALFA_ERROR_LIMIT when there are too many. */
enum alfa_status alfa__bank_take_reference(struct alfa__bank_data *bank, struct alfa__reference *reference,
                                           struct alfa_error *err);

/* Both. */
enum alfa_status alfa__bank_add_reference(struct alfa__bank_data *bank, const char *name, int width,
                                          int height, struct alfa_error *err);

/* Gives one that has none a thumbnail, which is copied; size may be 0: none. Fails with ALFA_ERROR_LIMIT when
 * it is too large. */
enum alfa_status alfa__bank_set_thumbnail(struct alfa__reference *reference, const void *thumbnail,
                                          size_t size, struct alfa_error *err);

/* Says what is wrong with a bad one. */
enum alfa_status alfa__bank_set_kind(struct alfa__reference *reference, const char *kind,
                                     struct alfa_error *err);

/* How many references have the role. */
int alfa__bank_count(const struct alfa__bank_data *bank, enum alfa__role role);

/* The reference with this digest, lent; NULL when there is none. */
const struct alfa__reference *alfa__bank_find(const struct alfa__bank_data *bank, const char *digest);

/* The first part that is of a layer; -1 when there is none. */
int alfa__bank_layer(const struct alfa__bank_data *bank);

/* Fails with ALFA_ERROR_INPUT when the bank was learned with another model (its fingerprint decides; model is
 * only said) or for another noun. source is the bank's file, for the message; noun may be NULL. */
enum alfa_status alfa__bank_check(const struct alfa__bank_data *bank, const char *source, const char *model,
                                  const char *fingerprint, const char *noun, struct alfa_error *err);

#endif
