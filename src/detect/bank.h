/* The handle of a bank (alfa.h), for those who fill it. */
#ifndef ALFA_DETECT_BANK_H
#define ALFA_DETECT_BANK_H

#include "detect/detector.h"

/* Brings what alfa_bank_info() and alfa_bank_picture() say up to date. */
enum alfa_status alfa__bank_inform(struct alfa_bank *bank, struct alfa_error *err);

/* Both thresholds at the bank's rate, from image scores and the largest values of their maps, one an image
 * that was judged as if it were new. Those of a normal image that is alone are of its copies, which stand for
 * no rate: there is a threshold for a place, from experience, and none for the image. */
enum alfa_status alfa__bank_set_thresholds(struct alfa_bank *bank, const double *scores, const double *peaks,
                                           int count, struct alfa_error *err);

/* Makes the bank's choice with the scores that it has now. One that is not possible any more gives way to the
 * rate. */
enum alfa_status alfa__bank_decide(struct alfa_bank *bank, struct alfa_error *err);

/* Finds the choice's thresholds and makes it the bank's; *bank is as it was when there are none. */
enum alfa_status alfa__choice_apply(struct alfa_bank *bank, enum alfa_choice choice, double wanted,
                                    struct alfa_error *err);

/* The choice in the bank's options, and back; false when that is not what is written. */
enum alfa_status alfa__choice_write(struct alfa_bank *bank, struct alfa_error *err);
bool alfa__choice_read(struct alfa_bank *bank);

/* A sentence about a choice other than the rate, cut to size bytes. */
void alfa__choice_sentence(char *out, size_t size, const struct alfa_bank *bank);

#endif
