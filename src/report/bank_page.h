/* A page about a bank: what it was learned from, the strangest images first, with thumbnails; scores and the
 * threshold as a drawing. One file that needs no network and nothing beside it. */
#ifndef ALFA_REPORT_BANK_PAGE_H
#define ALFA_REPORT_BANK_PAGE_H

#include "alfa.h"

/* Writes the page. Of many images the MOST strangest normal ones and as many known bad ones that look most
 * normal are shown. trace: a line for the head that says which file of a bank this is. */
enum { ALFA__BANK_PAGE_MOST = 120 };
enum alfa_status alfa__bank_page_write(const struct alfa_bank *bank, const char *trace, const char *path,
                                       struct alfa_error *err);

#endif
