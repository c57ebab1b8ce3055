/* Learning from an image in two steps, so that several threads can look at images while one takes them in
 * order. alfa_bank_add() and alfa_bank_add_known() are both steps; what they check of bank and detector was
 * checked when the first image was added. */
#ifndef ALFA_DETECT_LEARN_H
#define ALFA_DETECT_LEARN_H

#include "detect/bank.h"

/* All but digest is lent. */
struct alfa__example {
    const struct alfa_image *image;
    const char *name;
    enum alfa__role role;
    const char *kind; /* of a bad one; "" */
    bool first;       /* normal image of its bank: copies stand for others, in case it stays alone */
    char digest[ALFA__BANK_DIGEST]; /* alfa__image_digest() */
};

/* What the bank is to remember of the image; *out is to be taken or freed with alfa__reference_free(), and
 * empty after a failure. Of a method that judges windows any number of threads may look at once; nobody may
 * add to the bank's parts or finish it meanwhile. */
enum alfa_status alfa__example_look(struct alfa__reference *out, struct alfa_bank *bank,
                                    struct alfa_detector *d, const struct alfa__example *example,
                                    struct alfa_error *err);

/* Moves it into the bank. Fails with ALFA_ERROR_INPUT when its pixels are there already. */
enum alfa_status alfa__example_take(struct alfa_bank *bank, struct alfa__reference *reference,
                                    struct alfa_error *err);

#endif
