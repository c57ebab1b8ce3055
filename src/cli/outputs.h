/* Where the results of a batch go: lines on standard output, pictures and a report into --out, maps into
 * --save-maps. */
#ifndef ALFA_CLI_OUTPUTS_H
#define ALFA_CLI_OUTPUTS_H

#include "cli/options.h"
#include "cli/paths.h"
#include "report/html.h"

struct alfa__outputs;

/* Fails with ALFA_ERROR_USAGE when --out is one of the arguments: the next time it would be full of heat
 * maps. */
enum alfa_status alfa__outputs_check_apart(const struct alfa__options *options, struct alfa_error *err);

/* Makes the folders and tries to write into them, so that a batch does not fail at its end. options and
 * inputs are kept. Fails with ALFA_ERROR_USAGE when a picture of a result would replace one of the inputs. */
enum alfa_status alfa__outputs_open(struct alfa__outputs **out, const struct alfa__options *options,
                                    const struct alfa__inputs *inputs, struct alfa_error *err);

/* With --out: from now on the report says what each anomaly and each region looks most like, by the
 * descriptors of the class or the generic ones; without any it says nothing. Results must come from
 * alfa_detector_explain(). */
enum alfa_status alfa__outputs_describe(struct alfa__outputs *outputs, const struct alfa_model *model,
                                        const char *noun, struct alfa_error *err);

/* From now on told everything that is said of an image, as it is said. */
typedef void alfa__outputs_hear(void *context, const struct alfa__record *record);
void alfa__outputs_tell(struct alfa__outputs *outputs, alfa__outputs_hear *hear, void *context);

/* What comes next is another image: for a caller whose inputs follow each other in one place. */
void alfa__outputs_next(struct alfa__outputs *outputs);

/* The SHA-256 of the bank that judges from now on, for records; "": none. Copied. */
void alfa__outputs_bank(struct alfa__outputs *outputs, const char *digest);

/* With --out: how what follows is judged. key of alfa__judged_key(), with for the head of the report. */
enum alfa_status alfa__outputs_begin(struct alfa__outputs *outputs, const char *key, const char *with,
                                     struct alfa_error *err);

/* Whether the report in the folder of --out shows the input as it is, judged so. */
bool alfa__outputs_knows(const struct alfa__outputs *outputs, const struct alfa__input *input);

/* What is written about one picture, ready to be written. Zero-initialise. */
struct alfa__drawn {
    unsigned char *overlay; /* a picture file; NULL: none */
    size_t overlay_size;
    struct alfa__html_drawn small;
    struct alfa__likeness *likenesses; /* of the image, then one a region; NULL: none */
    struct alfa_image_facts facts;     /* of the picture, set by the caller */
};

/* Draws and encodes it: by any number of threads at once, while the outputs are written. */
enum alfa_status alfa__outputs_draw(struct alfa__drawn *out, const struct alfa__outputs *outputs,
                                    const struct alfa_image *image, const struct alfa_result *result,
                                    struct alfa_error *err);
void alfa__drawn_free(struct alfa__drawn *drawn);

/* Writes the line of one result, then its files. */
enum alfa_status alfa__outputs_result(struct alfa__outputs *outputs, const struct alfa__input *input,
                                      const struct alfa_result *result, const struct alfa__drawn *drawn,
                                      struct alfa_error *err);

/* The files alone, drawn and written. likenesses of the image and its regions are for the report; NULL: none.
 */
enum alfa_status alfa__outputs_files(struct alfa__outputs *outputs, const struct alfa__input *input,
                                     const struct alfa_image *image, const struct alfa_result *result,
                                     const struct alfa__likeness *likenesses, struct alfa_error *err);

/* Tells standard output and the report that an input could not be judged. */
void alfa__outputs_failure(struct alfa__outputs *outputs, const struct alfa__input *input,
                           const struct alfa_error *problem);

/* Writes the report. about: a line for its head, whether all was judged; NULL: none. */
enum alfa_status alfa__outputs_finish(struct alfa__outputs *outputs, const char *about,
                                      struct alfa_error *err);
void alfa__outputs_free(struct alfa__outputs *outputs);

#endif
