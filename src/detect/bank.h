/* The handle of a bank (alfa.h), for those who fill it. */
#ifndef ALFA_DETECT_BANK_H
#define ALFA_DETECT_BANK_H

#include "detect/detector.h"

/* Brings what alfa_bank_info() says up to date. */
void alfa__bank_inform(struct alfa_bank *bank);

#endif
