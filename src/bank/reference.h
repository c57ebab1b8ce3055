/* A reference image: what a bank remembers of a picture that it was shown. All that memory and thresholds are
 * made of is kept, so that both can be made anew when pictures join, and come out the same whether the
 * pictures came at once, one by one or in any parts: rows are rounded to halves before anything is made of
 * them, and pictures are ordered by their pixels (digest), not by when they came. */
#ifndef ALFA_BANK_REFERENCE_H
#define ALFA_BANK_REFERENCE_H

#include "bank/memory.h"

#include <stdint.h>

#define ALFA__BANK_MAX_PARTS 16
#define ALFA__BANK_DIGEST 33 /* bytes of a digest with its zero */

/* What a picture is known as. */
#define ALFA__ROLE_LIST(X)                                                                              \
    X(ALFA__ROLE_NORMAL, "normal") /* learned */                                                        \
    X(ALFA__ROLE_GOOD, "good")     /* known to be normal, not learned: thresholds are measured on it */ \
    X(ALFA__ROLE_BAD, "bad")       /* known to be bad; likewise */

enum alfa__role {
#define ALFA__ROLE_ENUM(name, text) name,
    ALFA__ROLE_LIST(ALFA__ROLE_ENUM)
#undef ALFA__ROLE_ENUM
};

/* "normal"; and back, false for an unknown name. */
const char *alfa__role_name(enum alfa__role role);
bool alfa__role_from_name(enum alfa__role *out, const char *name);

/* Rows of one part, of places of a side x side grid (which, follows from the patches inside). */
struct alfa__rows {
    uint16_t *halves; /* count x dim, unit length */
    int count, side;
};

/* What is kept of one pass over a picture: the whole of it or a tile. */
struct alfa__kept_pass {
    bool whole;            /* rather than a tile */
    double global, words;  /* S_G and S of the judgement from words */
    float *windows, *map;  /* S~_L and the pixel map, grid x grid each, one block */
    unsigned char *inside; /* grid x grid: patches that count; NULL: all */
    struct alfa__rows rows[ALFA__BANK_MAX_PARTS];
};

/* Indices of rows, in the order of choice (coreset.h); NULL: all, in their order. */
struct alfa__picked {
    int *rows, count;
};

/* The rows of one part that a picture offers to the memory: those of its passes, one after the other, and
 * behind them those of the picture turned. */
struct alfa__offer {
    struct alfa__rows turned;
    struct alfa__picked kept, /* of all rows, where there are turned ones */
        own;                  /* of those of the passes alone; made anew with every cut, in no file */
};

struct alfa__kept_passes {
    struct alfa__kept_pass *items; /* each whole is followed by its tiles */
    int count;
};

/* Its number in the bank is what struct alfa__origin calls image. */
struct alfa__reference {
    char *name, *kind; /* kind: of a bad one, "scratch"; "" when nobody said */
    char digest[ALFA__BANK_DIGEST];
    enum alfa__role role;
    bool strange;  /* does not belong to the others (strange.h) */
    bool keep;     /* never strange: somebody said that it belongs */
    int same_part; /* number + 1 of the first that shows the same part (detect/repeats.h), 0: it is that one
                    */
    double score, peak;       /* as if it were new: image score, largest value of its map */
    int width, height;        /* pixels */
    unsigned char *thumbnail; /* JPEG, or whatever the caller gave; NULL when size is 0 */
    size_t thumbnail_size;
    struct alfa__kept_passes passes, copies; /* copies: of slightly changed copies, while it is alone */
    struct alfa__offer offers[ALFA__BANK_MAX_PARTS];
};

/* Adds a pass with zeroed members, lent until the next one is added; NULL when out of memory. */
struct alfa__kept_pass *alfa__kept_passes_add(struct alfa__kept_passes *passes);
void alfa__kept_passes_free(struct alfa__kept_passes *passes);
/* Frees what the reference points to. */
void alfa__reference_free(struct alfa__reference *reference);

/* Appends count rows of dim floats, brought to unit length and rounded to halves. Fails with
 * ALFA_ERROR_RUNTIME when a number is not finite (name is for the message). */
enum alfa_status alfa__rows_append(struct alfa__rows *out, const float *rows, int count, int dim,
                                   const char *name, struct alfa_error *err);
/* The rows as count x dim floats in the arena. */
enum alfa_status alfa__rows_unpack(float **out, const struct alfa__rows *rows, int dim,
                                   struct alfa__arena *arena, struct alfa_error *err);

/* Which rows the reference offers to the part when it may offer at most so many (0: all), not more than it
 * was cut for: those picked first, and all in their order when there are no more. turned: with those of the
 * picture turned, if there are any. The list is the reference's. */
struct alfa__picked alfa__offer(const struct alfa__reference *reference, int part, bool turned, int most);
/* Row number index of the reference, dim floats. */
void alfa__offer_get(float *out, const struct alfa__reference *reference, int part, int dim, int index);
int alfa__offer_rows(const struct alfa__reference *reference, int part); /* how many it has */

/* How many rows may be asked for: at least and at most so many. */
struct alfa__share {
    int least, most;
};

/* Picks, by greedy k-centre, what the reference offers when it is asked for any number within its share.
 * Cutting twice is the same as cutting once to the second share, if its most is not larger; turned rows that
 * cannot be asked for any more are forgotten. */
enum alfa_status alfa__offer_cut(struct alfa__reference *reference, int part, int dim,
                                 struct alfa__share share, struct alfa__arena *arena, struct alfa_error *err);

#endif
