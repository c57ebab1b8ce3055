/* How pictures are read, as --bits and --pages say, and what a person should know about them. */
#ifndef ALFA_CLI_READING_H
#define ALFA_CLI_READING_H

#include "cli/options.h"
#include "cli/paths.h"

/* Takes --bits and --pages for all that is read from now on. ALFA_ERROR_USAGE when they say nothing sensible.
 */
enum alfa_status alfa__reading_plan(const struct alfa__options *options, struct alfa_error *err);

/* How an input is read. */
struct alfa_image_options alfa__reading_options(const struct alfa__input *input);

/* Whether --pages all is given. */
bool alfa__reading_all(void);

/* With --pages all every page of a file becomes an input of its own: scan.tif, scan.tif[2] ... */
void alfa__reading_spread(struct alfa__inputs *inputs);

/* What is to be said about an image that was read: with --pages there are no pages that nobody looks at. */
struct alfa_image_facts alfa__reading_facts(const struct alfa_image *image);

/* Says what is strange about a picture that was read: the first time that it is seen, with its name. */
void alfa__reading_note(struct alfa_image_facts facts, const struct alfa__input *input);

/* A mask that is laid over all pictures that are read from now on, of so many pixels; path is lent. */
void alfa__reading_mask(const char *path, int width, int height);

/* Says that a picture has another shape than such a mask: the first time that it happens. */
void alfa__reading_shape(int width, int height, const struct alfa__input *input);

/* Which files of folders were left out, when there are some. */
void alfa__reading_left_out(const struct alfa__inputs *inputs);

/* At the end: of how many more pictures that was true, and which files were left out. */
void alfa__reading_sum_up(const struct alfa__inputs *inputs);

#endif
