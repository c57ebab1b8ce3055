/* Known defects: rows of pictures that are known to be bad, from places that the normal ones do not explain.
 * They are a memory like a part of the bank, of the same rows as its first layer; in a .bank file (file.h)
 * they are the member "defects" of the header: {"dim", "images": [reference of each row...], "rows": halves
 * in hexadecimal digits, little-endian}. A program that does not know the member judges as if it were not
 * there. */
#ifndef ALFA_BANK_DEFECTS_H
#define ALFA_BANK_DEFECTS_H

#include "bank/data.h"

#define ALFA__DEFECTS_NAME "defects"

/* NULL: no memory. */
json_t *alfa__defects_json(const struct alfa__memory *defects);

/* And back, into the bank's; its references and parts must be there. path is for the message. Fails with
 * ALFA_ERROR_INPUT when it is not what alfa__defects_json() makes. */
enum alfa_status alfa__defects_read(struct alfa__bank_data *bank, const json_t *object, const char *path,
                                    struct alfa_error *err);

#endif
