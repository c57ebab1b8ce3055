/* From a folder of normal images to a bank: what 'alfa learn' and 'alfa detect --normal' do alike. */
#ifndef ALFA_CLI_LEARNING_H
#define ALFA_CLI_LEARNING_H

#include "cli/kit.h"
#include "cli/paths.h"

/* The options that say how a bank is learned; NULL at the end. */
extern const char *const alfa__learning_options[];

/* What came of it. */
struct alfa__lesson {
    int done, failed;    /* images */
    int known;           /* of those done: their pixels were in the bank already, which is no failure */
    int objects;         /* of those done: with one object before a plain background, */
    double across, down; /* sums of the directions that it lay in */
    int code;            /* the worst exit code of an image that failed, 0 when all went well */
};

/* Adds the images to the kit's bank, which is made when there is none, and calibrates it. Images that fail
 * are reported and the others go on; it fails as a whole when all do. */
enum alfa_status alfa__learn_images(struct alfa__kit *kit, struct alfa__lesson *out,
                                    const struct alfa__inputs *inputs, struct alfa_error *err);

/* Suggests --align when the images show one object each that lies in many directions. */
void alfa__learn_suggest_align(const struct alfa__lesson *lesson, const struct alfa__options *options);

/* Says when images are remembered turned without having been asked for; suggests --place when leaving images
 * out shows that it would help. */
void alfa__learn_note_poses(const struct alfa_bank *bank, const struct alfa__options *options);

/* Adds the images of two folders, either of which may be NULL, as known to be good or bad, and measures the
 * bank's thresholds on them too. */
enum alfa_status alfa__learn_known(struct alfa__kit *kit, struct alfa__lesson *out, const char *good,
                                   const char *bad, struct alfa_error *err);

/* Whether a reference of a bank is a strange one, neither remembered nor calibrated with. */
bool alfa__learn_left_out(const struct alfa_bank *bank, int i);

/* What is to be said of a bank that was learned, as notes: counts, thresholds, what they promise. source may
 * be NULL. */
void alfa__learn_note(const struct alfa_bank *bank, const char *source);

#endif
