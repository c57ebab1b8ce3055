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

#endif
