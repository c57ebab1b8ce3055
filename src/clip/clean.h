/* Cleaning of a text before it is tokenized, as open_clip's SimpleTokenizer does it:
 * ftfy.fix_text -> html.unescape twice -> strip -> runs of white space to one space -> lower case.
 *
 * Of ftfy this has: HTML references with a semicolon (off from the first line with a '<' on), C1 controls as
 * Windows-1252, Latin ligatures, full- and half-width forms, curly quotes, line breaks, terminal escapes,
 * control characters, NFC; all repeated until nothing changes. Left out on purpose: the repair of mojibake
 * (UTF-8 that was decoded as another encoding), which guesses. Bytes that are not UTF-8 become U+FFFD.
 * Lower case is Unicode's full mapping as Python's str.lower() does it, whatever the locale. */
#ifndef ALFA_CLIP_CLEAN_H
#define ALFA_CLIP_CLEAN_H

#include <stdbool.h>

/* What the tokenizer of transformers does instead: NFC -> runs of white space to one space -> lower case,
 * letter by letter. Control characters, references and quotes stay. <|startoftext|> and <|endoftext|> stand
 * for ids of their own: they come out in capitals, which nothing else does. */
char *alfa__text_normalise(const char *text);

/* Whether a text can be cleaned: always, but in a build without GLib only plain ASCII (plain_clean.c). */
bool alfa__text_is_known(const char *text);

/* The cleaned text, freed with free(); NULL when out of memory. Any bytes are fine as text. */
char *alfa__text_clean(const char *text);

#endif
