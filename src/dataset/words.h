/* What the name of a folder says about what is in it, in any case and with any separators: "good",
 * "OK_images", "not good", "NODefect_images", "Test", "test_public", "Ground-Truth". */
#ifndef ALFA_DATASET_WORDS_H
#define ALFA_DATASET_WORDS_H

#include <stdbool.h>

/* Whether images in it are normal ("good", "ok", "defect-free"), or not ("bad", "ko", "not ok", "def_front").
 * A name that says both, or neither, is none of the two. */
bool alfa__name_is_good(const char *name);
bool alfa__name_is_bad(const char *name);

/* "Negative", "pos": says what was found, or what somebody thought of it, so that either may be the good one.
 */
bool alfa__name_is_sign(const char *name);

bool alfa__name_is_train(const char *name); /* images to learn from */
bool alfa__name_is_test(const char *name);  /* images to judge, whose truth is known: not "test_private" */
bool alfa__name_is_validation(const char *name); /* for choosing numbers; judged where there is no test */
bool alfa__name_is_truth(const char *name);      /* masks: "ground_truth", "mask", "Label", "Masks" */
bool alfa__name_is_images(const char *name);     /* says nothing but that images are in it: "Images", "rgb" */
bool alfa__name_is_date(const char *name);       /* nothing but digits and separators, and looks like a day */

/* A file that official data sets and systems put beside images: licences, readmes, checksums, Thumbs.db. */
bool alfa__name_is_expected(const char *name);

/* The words that mark the mask of an image in a file's name, as in 000_mask.png or 10301_GT.png: how many
 * bytes of a stem's end (or beginning) are one with its separator; 0: none. */
int alfa__mask_suffix(const char *stem, int size);
int alfa__mask_prefix(const char *stem);

/* The same of what programs draw beside an image: 000_heatmap.png, 000_overlay.png. */
int alfa__drawing_suffix(const char *stem, int size);

#endif
