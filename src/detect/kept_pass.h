/* From passes (pass.h) to what a reference keeps of them (bank/reference.h), and back to a judgement: by a
 * memory that is made later, or that lacks some references. */
#ifndef ALFA_DETECT_KEPT_PASS_H
#define ALFA_DETECT_KEPT_PASS_H

#include "detect/pass.h"

/* Keeps a pass: the judgement from words and the rows that it asks a memory about. On failure nothing is
 * kept. */
enum alfa_status alfa__kept_pass_add(struct alfa__kept_passes *out, struct alfa_bank *bank,
                                     const struct alfa__pass *pass, struct alfa__arena *arena,
                                     struct alfa_error *err);

/* Only the rows, as what a turned picture offers to the memory. */
enum alfa_status alfa__kept_pass_offer(struct alfa__reference *out, struct alfa_bank *bank,
                                       const struct alfa__pass *pass, struct alfa__arena *arena,
                                       struct alfa_error *err);

/* The rows of one part that a kept pass asks a memory about, in the arena. Fails with ALFA_ERROR_INPUT when a
 * pass that came from a file is inconsistent. */
enum alfa_status alfa__kept_pass_query(struct alfa__query *out, const struct alfa_bank *bank,
                                       const struct alfa__kept_pass *pass, int part,
                                       struct alfa__arena *arena, struct alfa_error *err);

/* M_few of a kept pass by a memory with the parts of the bank, grid x grid into few; rows of the reference
 * except are passed over. Fails as alfa__kept_pass_query(). */
enum alfa_status alfa__kept_pass_recall(double *few, const struct alfa_bank *bank,
                                        const struct alfa__kept_pass *pass,
                                        const struct alfa__memory parts[ALFA__BANK_MAX_PARTS], int except,
                                        struct alfa__arena *arena, struct alfa_error *err);

/* What a pass says of its picture. */
struct alfa__pass_score {
    double image; /* score */
    double peak;  /* largest value of the map */
};
/* The scores that a pass has with this M_few and, unless shares is
 * NULL, with what its patches share with known defects (known.h). */
enum alfa_status alfa__kept_pass_judge(struct alfa__pass_score *out, const struct alfa_bank *bank,
                                       const struct alfa__kept_pass *kept, const double *few,
                                       const double *shares, struct alfa__arena *arena,
                                       struct alfa_error *err);

#endif
