/* Strange normal images: a cookie among pans, a defective pan among good ones. */
#ifndef ALFA_DETECT_STRANGER_H
#define ALFA_DETECT_STRANGER_H

#include "detect/bank.h"

/* Sets strange of every normal reference, by the rule of bank/strange.h on the logarithms of its largest
 * distance from others (max M_few: a defect) and of its mean one (another thing is far all over). Of up to
 * ten references the others are all others. Of more they are groups of five, up to seven of them: one bad
 * picture that has its like among the others would hide behind it. Of the largest distance the median over
 * the groups counts, of the mean one the largest: there is always a group without the like of a few. Nothing
 * is strange to a bank that keeps all. The references are sorted, and their offers cut. */
enum alfa_status alfa__bank_find_strange(struct alfa_bank *bank, struct alfa_error *err);

#endif
