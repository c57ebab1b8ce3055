/* Prompt files: the sentences that a person or a language model wrote about a class, as text that anyone can
 * edit.
 *
 *     # a comment
 *     [normal]
 *     A normal image of {class} with a smooth, unbroken rim
 *     [abnormal]
 *     An abnormal image of {class} with a chipped rim
 *
 * One sentence a line; {class} stands for the noun; white space at both ends, empty lines and lines that
 * start with '#' are skipped; sections may come in any order and more than once. UTF-8, with or without a
 * byte order mark, lines end with LF or CRLF. */
#ifndef ALFA_PROMPT_FILE_H
#define ALFA_PROMPT_FILE_H

#include "prompt/sentences.h"

#define ALFA__PROMPT_FILE_LIMIT ((size_t)1 << 20) /* bytes of a file */
#define ALFA__PROMPT_FILE_SENTENCES 4096          /* sentences of a file, both sides together */
#define ALFA__PROMPT_SENTENCE_LIMIT \
    1000 /* bytes of a sentence, with {class} and with the noun in its place */

/* Appends the sentences of a file to the two lists sides[ALFA_NORMAL] and sides[ALFA_ABNORMAL]. templates:
 * {domain} may stand in them, and stays (templates.h). Fails with
 * ALFA_ERROR_INPUT, naming the line, when the file is not as above or a side is empty, and with
 * ALFA_ERROR_LIMIT when it is too large; the lists then hold what was read before. */
enum alfa_status alfa__prompt_file_read(struct alfa__sentences sides[2], const char *path, const char *noun,
                                        bool templates, struct alfa_error *err);

/* The same from memory: size bytes; name is used in messages. */
enum alfa_status alfa__prompt_file_parse(struct alfa__sentences sides[2], const char *text, size_t size,
                                         const char *name, const char *noun, bool templates,
                                         struct alfa_error *err);

#endif
