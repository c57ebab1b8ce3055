/* The directory of a zip archive in memory, zip64 included, for files that lie in it uncompressed.
 *
 * Nothing is copied. Refused: names that leave the archive or occur twice, entries that overlap each other or
 * the directory, sizes that the archive contradicts, encryption, several disks, more than 65,536 entries. */
#ifndef ALFA_WEIGHTS_ZIP_H
#define ALFA_WEIGHTS_ZIP_H

#include "base/status.h"

#include <stdint.h>

#define ALFA__MAX_ZIP_ENTRIES 65536u

struct alfa__zip_entry {
    const char *name; /* in the archive, not terminated */
    size_t name_size;
    unsigned method;        /* 0: stored */
    uint64_t header, limit; /* its local header, and where the next thing begins */
    uint64_t size, packed;  /* bytes, and as they are stored */
};

/* Zero-initialise; freed with alfa__zip_close(). */
struct alfa__zip {
    const unsigned char *bytes;
    size_t size;
    struct alfa__zip_entry *entries; /* sorted by name */
    size_t count;
};

/* bytes must stay until the archive is closed; path is for messages. */
enum alfa_status alfa__zip_open(struct alfa__zip *out, const unsigned char *bytes, size_t size,
                                const char *path, struct alfa_error *err);
void alfa__zip_close(struct alfa__zip *zip);

/* NULL when there is no entry of that name. */
const struct alfa__zip_entry *alfa__zip_find(const struct alfa__zip *zip, const char *name);

/* The bytes of an entry, entry->size of them. Fails when it is compressed or lies outside its place. */
enum alfa_status alfa__zip_bytes(const struct alfa__zip *zip, const unsigned char **out,
                                 const struct alfa__zip_entry *entry, const char *path,
                                 struct alfa_error *err);

#endif
