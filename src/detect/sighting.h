/* From looks (look.h) to what a reference keeps of them (bank/reference.h), and back to a judgement: by a
 * memory that is made later, or that lacks some references. */
#ifndef ALFA_DETECT_SIGHTING_H
#define ALFA_DETECT_SIGHTING_H

#include "detect/look.h"

/* Keeps a look: the judgement from words and the rows that it asks a memory about. On failure nothing is
 * kept. */
enum alfa_status alfa__sighting_add(struct alfa__looks *out, struct alfa_bank *bank,
                                    const struct alfa__look *look, bool whole, struct alfa__arena *arena,
                                    struct alfa_error *err);

/* Only the rows, as what a turned picture offers to the memory. */
enum alfa_status alfa__sighting_offer(struct alfa__reference *out, struct alfa_bank *bank,
                                      const struct alfa__look *look, struct alfa__arena *arena,
                                      struct alfa_error *err);

/* The rows of one part that a kept look asks a memory about, in the arena. Fails with ALFA_ERROR_INPUT when a
 * look that came from a file is inconsistent. */
enum alfa_status alfa__sighting_query(struct alfa__query *out, const struct alfa_bank *bank,
                                      const struct alfa__sighting *sighting, int part,
                                      struct alfa__arena *arena, struct alfa_error *err);

/* M_few of a kept look by a memory with the parts of the bank, grid x grid into few; rows of the reference
 * except are passed over. Fails as alfa__sighting_query(). */
enum alfa_status alfa__sighting_recall(double *few, const struct alfa_bank *bank,
                                       const struct alfa__sighting *sighting,
                                       const struct alfa__memory parts[ALFA__BANK_MAX_PARTS], int except,
                                       struct alfa__arena *arena, struct alfa_error *err);

/* The image score and the largest value of the map that a look has with this M_few and, unless shares is
 * NULL, with what its patches share with known defects (known.h). */
enum alfa_status alfa__sighting_judge(double *score, double *peak, const struct alfa_bank *bank,
                                      const struct alfa__sighting *sighting, const double *few,
                                      const double *shares, struct alfa__arena *arena,
                                      struct alfa_error *err);

#endif
