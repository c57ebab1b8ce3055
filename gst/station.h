/* What judges frames: model, bank or sentences, and the detector made of them, from an element's properties.
 */
#ifndef ALFA_GST_STATION_H
#define ALFA_GST_STATION_H

#include <alfa.h>

/* Texts may be NULL. */
struct alfa__station_options {
    const char *class_name, *bank, *model, *prompts, *roi;
    double threshold; /* ALFA_THRESHOLD_AUTO: the bank's, or 0.5 */
    const char *data; /* the folder with models/ and prompts/, or NULL */
    alfa_progress *progress;
    void *context;
};

struct alfa__station {
    struct alfa_model *model;
    struct alfa_bank *bank; /* NULL: judged by words alone */
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    char *note; /* what a person should know: that there are no sentences for the class; or NULL */
    int bits;   /* of 16-bit frames, as the bank's images were read; 0: nobody says */
};

/* Ready to judge at full speed. On failure nothing is left open. */
ALFA_CHECK enum alfa_status alfa__station_open(struct alfa__station *out,
                                               const struct alfa__station_options *options,
                                               struct alfa_error *err);
void alfa__station_close(struct alfa__station *station);

/* The folder with the data that comes with alfa: $ALFA_DATA, or FOLDER or FOLDER/share/alfa above a path.
 * Freed with g_free(); NULL when there is none. */
char *alfa__station_data(const char *path);

#endif
