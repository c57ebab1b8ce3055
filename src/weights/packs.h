/* The matrices of a tower as its layers packed them, in a file: packed at the first start, read at every
 * later one, so that the large tensors of the model are neither read nor converted again.
 *
 * Such a file is never needed. One that is missing, damaged in any bit, cut or made from something else is
 * not believed and is written anew (base/writer.h), complete and on the disk before it gets its name; a
 * folder that cannot be written costs nothing but the time that the file would have saved. It is read and not
 * mapped: a mapping would save some tens of milliseconds of a start, could not be compared with its checksums
 * for less than that, and ends the program when somebody cuts the file short. Processes may use the same
 * folder at once: the last to finish stays. All functions take NULL for packs and then find and keep nothing.
 */
#ifndef ALFA_WEIGHTS_PACKS_H
#define ALFA_WEIGHTS_PACKS_H

#include <stddef.h>
#include <stdint.h>

struct alfa__packs;

/* Reads the file of that name in the folder when its identity is the one given; or else begins a new one (and
 * makes the folder). NULL when there is no memory for either. Closed with alfa__packs_close(). */
struct alfa__packs *alfa__packs_open(const char *folder, const char *name, uint64_t identity);

/* The bytes of that name, at a multiple of 64 bytes and there until packs are closed; NULL when there are
 * none. */
const void *alfa__packs_find(const struct alfa__packs *packs, const char *name, size_t *size);

/* Gives back the memory of such bytes, which are not needed any more. */
void alfa__packs_drop(const struct alfa__packs *packs, const char *name);

/* Writes bytes that have just been packed; NULL for bytes does nothing. Where packs were read, which then
 * lack them, the file is removed at the end, and the next start writes a whole one. */
void alfa__packs_add(struct alfa__packs *packs, const char *name, const void *bytes, size_t size);

/* All have been found or added: completes a new file. Without it alfa__packs_close() throws it away. */
void alfa__packs_finish(struct alfa__packs *packs);
void alfa__packs_close(struct alfa__packs *packs);

#endif
