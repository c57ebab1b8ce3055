/* The pipeline of ALFA and WinCLIP, part by part; each file has the part of its subject. */
#ifndef ALFA_DETECT_WINDOWS_H
#define ALFA_DETECT_WINDOWS_H

#include "detect/pipeline.h"

/* detector.c */
enum alfa_status alfa__windows_open(struct alfa_detector *d, struct alfa_error *err);
void alfa__windows_close(struct alfa_detector *d);
enum alfa_status alfa__windows_run(struct alfa_result **out, struct alfa_detector *d,
                                   const struct alfa_image *image, struct alfa_error *err);

/* bank.c */
enum alfa_status alfa__windows_use_bank(struct alfa_detector *d, const struct alfa_bank *bank,
                                        struct alfa_error *err);
enum alfa_status alfa__windows_begin(struct alfa_bank *bank, const struct alfa_detector *d,
                                     struct alfa_error *err);

/* learn.c: all passes over a picture, the whole and its tiles. */
enum alfa_status alfa__windows_add(struct alfa_bank *bank, struct alfa__reference *reference,
                                   struct alfa_detector *d, const struct alfa__showing *showing,
                                   struct alfa_error *err);

/* finish.c */
enum alfa_status alfa__windows_finish(struct alfa_bank *bank, struct alfa_error *err);

#endif
