/* A picture of how near an image is to each of its sentences, and which of them the contextual score kept:
 * the paper's Figure 4, for one image. */
#ifndef ALFA_REPORT_SIMILARITY_H
#define ALFA_REPORT_SIMILARITY_H

#include "base/status.h"

/* Writes a PNG of 720 pixels across, at most some 1,150 high: one square a sentence (of many sentences one
 * for several, which is said), stacked where its cosine is, normal ones from the line up, abnormal ones from
 * the line down; full colour when it was kept, pale when it was dropped. A bar beside the line spans each
 * side's interval (Eq. 2, 3). name: of the image, for the title. Fails with ALFA_ERROR_USAGE for a result
 * without similarities (alfa_detector_explain(), and not ALFA_METHOD_WINCLIP). */
enum alfa_status alfa__similarity_write(const struct alfa_result *result, const char *name, const char *path,
                                        struct alfa_error *err);

#endif
