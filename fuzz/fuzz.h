/* What the targets have in common. A target is one file, fuzz/fuzz_NAME.c, with LLVMFuzzerTestOneInput(): it
 * gives the bytes to one reader of alfa and looks at what comes back. Run from the root of the repository.
 *
 *     clang: libFuzzer calls it with bytes that it makes up (make fuzz)
 *     any:   fuzz/replay.c calls it with files (make test: fuzz/corpus and tests/data)
 */
#ifndef ALFA_FUZZ_H
#define ALFA_FUZZ_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that has to hold; ends the process with a message when it does not. */
#define FUZZ_HOLDS(promise) fuzz_holds(promise, #promise, __FILE__, __LINE__)
void fuzz_holds(bool good, const char *promise, const char *file, int line);

/* A failure has its status in err and says something in one line. */
void fuzz_holds_status(enum alfa_status status, const struct alfa_error *err);

/* Path of name in a folder of this process, which goes when it ends; name may have folders in it. Lent until
 * the eighth call after this one. */
const char *fuzz_path(const char *name);

/* The same, with a file of these bytes there. */
const char *fuzz_file(const char *name, const void *data, size_t size);

/* The bytes with a zero behind them, freed with free(). */
char *fuzz_text(const uint8_t *data, size_t size);

/* A model of 14 KB, opened once, with a cache of texts. */
struct alfa_model *fuzz_model(void);

/* An image of 9 x 7 pixels, made once. */
struct alfa_image *fuzz_image(void);

#endif
