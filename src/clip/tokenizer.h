/* CLIP's byte-pair tokenizer: a text becomes the ids that a text tower reads, as open_clip's SimpleTokenizer
 * or transformers' CLIPTokenizer (the fast one) finds them.
 *
 * Ids: 0..255 are byte symbols, 256..511 byte symbols that end a word,
 * 512.. one id a merge in the order of the file, vocab_size - 2 starts a text, vocab_size - 1 ends it. A
 * model with a smaller vocabulary uses the first vocab_size - 514 merges.
 *
 * A text is cleaned (clip/clean.h), split into words, numbers' digits and runs of other signs, and each piece
 * is merged pair by pair, lowest rank first.
 *
 * A tokenizer is immutable after opening and may be shared by threads. */
#ifndef ALFA_CLIP_TOKENIZER_H
#define ALFA_CLIP_TOKENIZER_H

#include "base/status.h"

struct alfa__tokenizer;

/* Whose cleaning a text gets, and whose names for the two special ids are read in it. */
enum alfa__cleaning {
    ALFA__CLEANING_OPEN_CLIP,   /* ftfy, references, white space; <start_of_text>, <end_of_text> */
    ALFA__CLEANING_TRANSFORMERS /* NFC and white space alone; <|startoftext|>, <|endoftext|> */
};

/* The longest text in bytes that alfa__tokenizer_encode() takes. */
#define ALFA__TOKENIZER_TEXT_LIMIT 65536

/* What a model's texts are made of. */
struct alfa__vocabulary {
    int size;           /* ids */
    int context_length; /* ids of a text at most */
    enum alfa__cleaning cleaning;
};

/* Reads a merges file: a header line that starts with '#' or '"bpe_simple_vocab', then one pair of symbols
 * "a b" a line; lines after the ones that are needed are ignored. Freed with alfa__tokenizer_free().
 * Fails with ALFA_ERROR_MODEL when the file is missing, malformed or has too few merges. */
enum alfa_status alfa__tokenizer_open(struct alfa__tokenizer **out, const char *merges_path,
                                      struct alfa__vocabulary vocabulary, struct alfa_error *err);

/* The same from size bytes of text; name is only used in error messages. */
enum alfa_status alfa__tokenizer_parse(struct alfa__tokenizer **out, const char *merges, size_t size,
                                       const char *name, struct alfa__vocabulary vocabulary,
                                       struct alfa_error *err);
void alfa__tokenizer_free(struct alfa__tokenizer *tokenizer);

/* Ids of a text: start, the text's, end; at most context_length into ids (caller's), *count gets how many.
 * A longer text is cut to context_length ids of which the last is the end, and *truncated is set.
 * count and truncated may be NULL. Any bytes are fine as text; fails with ALFA_ERROR_LIMIT when it is longer
 * than ALFA__TOKENIZER_TEXT_LIMIT bytes. */
enum alfa_status alfa__tokenizer_encode(const struct alfa__tokenizer *tokenizer, int *ids, int *count,
                                        bool *truncated, const char *text, struct alfa_error *err);

#endif
