/* What normal images look like: one memory is a flat list of unit vectors of one kind (window embeddings of
 * one scale, patch tokens, a stem's features) taken from the reference images. Positions do not matter for
 * the distance (WinCLIP+); each row still remembers where it came from, so that a finding can be explained
 * and an image can be judged without its own rows. */
#ifndef ALFA_BANK_MEMORY_H
#define ALFA_BANK_MEMORY_H

#include "base/arena.h"
#include "base/status.h"

#define ALFA__MEMORY_MAX_NAME 31            /* bytes */
#define ALFA__MEMORY_MAX_DIM 8192           /* numbers in a row */
#define ALFA__MEMORY_MAX_ROWS (4 * 1048576) /* rows of one memory */
#define ALFA__MEMORY_MAX_IMAGES 10000       /* images that rows may come from */

/* Distances below this are 0: single precision and storage as halves cannot tell such rows apart. */
#define ALFA__MEMORY_ROUNDING 2.5e-7

#define ALFA__NO_IMAGE (-1)
#define ALFA__NO_ROW (-1)

/* Where a row came from: the number of the reference image, and what the caller counts in it (window, patch).
 */
struct alfa__origin {
    int image, place;
};

/* Free with alfa__memory_free(), which does nothing on a zeroed one. */
struct alfa__memory {
    char name[ALFA__MEMORY_MAX_NAME + 1]; /* "window2", "patch", "stem8"... */
    int window; /* rows embed windows of this side in patches; 0: rows are patches */
    int dim, rows, capacity;
    float *vectors;               /* rows x dim, unit length */
    struct alfa__origin *origins; /* rows */
};

/* An empty memory. Fails with ALFA_ERROR_USAGE for an empty or long name, or a window or dim out of range. */
enum alfa_status alfa__memory_init(struct alfa__memory *out, const char *name, int window, int dim,
                                   struct alfa_error *err);

/* Makes room for so many rows in all, to save growing step by step. */
enum alfa_status alfa__memory_reserve(struct alfa__memory *memory, int rows, struct alfa_error *err);

/* Copies count rows of dim floats, brought to unit length. Row i gets the origin {first.image, first.place +
 * i}. Fails with ALFA_ERROR_LIMIT when there are too many rows, ALFA_ERROR_RUNTIME when a number is not
 * finite; the memory is then as it was. */
enum alfa_status alfa__memory_add(struct alfa__memory *memory, const float *rows, int count,
                                  struct alfa__origin first, struct alfa_error *err);

/* Keeps the rows kept[0], kept[1]... in this order and forgets the others. Indices must differ. */
enum alfa_status alfa__memory_keep(struct alfa__memory *memory, const int *kept, int count,
                                   struct alfa_error *err);

/* What a memory is asked about; lent. */
struct alfa__queries {
    const float *rows; /* count x dim of the memory; they need not have unit length */
    int count;
    int except; /* rows of this image are passed over (leave one out); ALFA__NO_IMAGE: of none */
};

/* a(x) = min over the rows m of (1 - <x, m>) / 2, in [0, 1], for every query (WinCLIP+, section 4.3).
 * distances: count; nearest: count indices of rows, or NULL. Where no row is left, the distance is 1 and
 * nearest ALFA__NO_ROW. A query that equals a row has a distance of exactly 0.
 * Fails with ALFA_ERROR_RUNTIME when a number of a query is not finite. */
enum alfa_status alfa__memory_associate(const struct alfa__memory *memory, double *distances, int *nearest,
                                        struct alfa__queries queries, struct alfa__arena *arena,
                                        struct alfa_error *err);

void alfa__memory_free(struct alfa__memory *memory);

/* out = row / |row|; out may be row. A zero row has no direction and gets that of equal parts, so that it is
 * still at a distance of 0 from itself. False when a number is not finite. */
bool alfa__unit_row(float *out, const float *row, int dim);

#endif
