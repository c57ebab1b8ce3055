/* The handle of a bank (alfa.h), for those who fill it. */
#ifndef ALFA_DETECT_BANK_H
#define ALFA_DETECT_BANK_H

#include "detect/detector.h"

/* Brings what alfa_bank_info() says up to date. */
void alfa__bank_inform(struct alfa_bank *bank);

/* The threshold of scores at the bank's rate. Copies of one image cannot stand for a rate, however large:
 * there no order statistic is taken. */
enum alfa_status alfa__bank_set_threshold(struct alfa__calibration *out, const struct alfa_bank *bank,
                                          const double *scores, int count, struct alfa_error *err);

#endif
