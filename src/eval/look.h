/* What eval keeps of an image in its folder of features (eval/store.h), made by another program, perhaps on
 * another machine, that sees the same folder. A look is a line of text that says for which model and what to
 * compute; what comes of it is what eval would have computed itself, bit for bit. */
#ifndef ALFA_EVAL_LOOK_H
#define ALFA_EVAL_LOOK_H

#include "alfa.h"

struct alfa__store;
struct alfa__feature_request;

/* The look of a store for a pass, freed with free(); NULL: no memory. */
char *alfa__look_write(const struct alfa__store *store, const struct alfa__feature_request *request);

/* Looks at the image in a file and puts into folder what folder has not. Fails with ALFA_ERROR_MODEL when the
 * numbers would not be the asker's: another model, precision, version, or kind of processor; with
 * ALFA_ERROR_INPUT when the text is no look or the image cannot be read; with ALFA_ERROR_OUTPUT when the
 * folder cannot be written. */
enum alfa_status alfa__look_run(const char *look, const struct alfa_model *model, const char *folder,
                                const char *image, struct alfa_error *err);

#endif
