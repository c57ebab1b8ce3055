/* The last part of a .bank file (file.h): what the references' passes and offers hold, from which memory and
 * thresholds can be made anew when pictures join. Judging does not need it, so it is read only then. All
 * numbers are little-endian:
 *
 *     u32 grid
 *     for each reference
 *         u32 passes, then each; u32 copies, then each
 *         for each part: u32 turned rows, u32 side, the rows; u32 0, or 1 + kept rows and their indices
 *     SHA-256 over everything before it in this part, 32 bytes
 * A pass: u32 flags (1: whole, 2: patches inside follow, 4: maps follow), f64 S_G, f64 S, the two maps (2 x
 * grid x grid f32), the patches inside (grid x grid bytes), then for each part u32 rows, u32 side, the rows.
 * A row has dim halves. */
#ifndef ALFA_BANK_KEPT_H
#define ALFA_BANK_KEPT_H

#include "bank/data.h"

#define ALFA__BANK_MAX_KEPT ((size_t)1 << 30) /* bytes */

/* The bytes of this part, freed with free(). *size 0 and *out NULL: there is nothing, or more than
 * ALFA__BANK_MAX_KEPT. */
enum alfa_status alfa__kept_make(unsigned char **out, size_t *size, const struct alfa__bank_data *bank,
                                 struct alfa_error *err);

/* Reads what alfa__bank_read() left in the file, unless it is here already. Fails with ALFA_ERROR_INPUT when
 * the file has none, or it is altered or inconsistent. */
enum alfa_status alfa__bank_complete(struct alfa__bank_data *bank, struct alfa_error *err);

#endif
