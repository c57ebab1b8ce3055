/* The .bank file: one file that holds a whole bank. All numbers are little-endian:
 *
 *      0  "ALFABANK"
 *      8  u32 version, 3
 *     12  u32 size of the header in bytes
 *     16  u64 size of the file in bytes
 *     24  u64 size of what judging needs, all up to the first checksum and with it
 *     32  header: JSON, UTF-8, without a terminating zero
 *      .  data: the thumbnails of the references, one after the other; then for each part its vectors
 *         (rows x dim halves) and their origins (rows x {u32 image, u32 place})
 *      .  SHA-256 over everything before it, 32 bytes
 *      .  what learning needs when pictures join (kept.h), or nothing
 *
 * The header: {"model": {"name", "fingerprint"}, "class", "options": {...},
 *     "defects": {...} (defects.h; only where there are some),
 *     "calibration": {"image": {"rule", "value", "rate", "rank", "scores": [...]}, "pixel": {...}},
 *     "references": [{"name", "kind", "digest", "role", "strange", "score", "peak", "width", "height",
 *                     "offset", "size",         of the thumbnail
 *                     "keep",                   only where it is true
 *                     "same_part"}...],         number of an earlier one; only where there is one
 *     "parts": [{"name", "window", "rows", "dim", "offset"}...]}
 * Offsets count from the start of the data. There are no gaps. The same bank gives the same bytes. */
#ifndef ALFA_BANK_FILE_H
#define ALFA_BANK_FILE_H

#include "bank/data.h"

#define ALFA__BANK_VERSION 3
#define ALFA__BANK_MAX_HEADER ((size_t)32 << 20) /* bytes */
#define ALFA__BANK_MAX_VALUES ((size_t)1 << 18)  /* of its JSON; an image has up to 13 */
#define ALFA__BANK_MAX_FILE ((size_t)2 << 30)    /* bytes */

/* Writes the bank so that path holds either all of it or what it held before. Fails with ALFA_ERROR_LIMIT for
 * a bank that could not be read again and ALFA_ERROR_OUTPUT when the file cannot be written. */
enum alfa_status alfa__bank_write(const struct alfa__bank_data *bank, const char *path,
                                  struct alfa_error *err);

/* Reads a bank into *out, freed with alfa__bank_free(); on failure it is zeroed. Vectors come back with unit
 * length. Fails with ALFA_ERROR_INPUT when the file is something else, of another version, truncated, altered
 * or inconsistent, and says which. What learning needs stays in the file until alfa__bank_complete(). Whether
 * the bank fits the model is alfa__bank_check()'s to say. */
enum alfa_status alfa__bank_read(struct alfa__bank_data *out, const char *path, struct alfa_error *err);

#endif
