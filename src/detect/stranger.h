/* Strange normal images: a cookie among pans, a defective pan among good ones. */
#ifndef ALFA_DETECT_STRANGER_H
#define ALFA_DETECT_STRANGER_H

#include "detect/bank.h"

/* Sets strange of every normal reference, by the rule of bank/strange.h on the logarithm of its largest
 * distance from others (max M_few). Of up to ten references the others are all others. Of more they are
 * groups of five, and the median over up to seven groups counts: one bad picture that has its like among the
 * others would hide behind it, and a tenth of bad ones cannot be in most groups. Nothing is strange to a bank
 * that keeps all. The references are sorted, and their offers cut. */
enum alfa_status alfa__bank_find_strange(struct alfa_bank *bank, struct alfa_error *err);

#endif
