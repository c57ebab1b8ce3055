/* A header of 64 bytes, blobs that begin at multiples of 64, and a table with one entry a blob at the end.
 * The header's checksum covers header and table. Numbers are in the processor's own order: others have other
 * blobs. */
#include "weights/packs.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "base/writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALIGN 64u

struct header {
    char magic[8];
    uint64_t identity, size, count; /* size: of the whole file */
    uint64_t checksum;              /* computed with 0 here */
    uint64_t unused[3];
};

struct entry {
    char name[112];
    uint64_t offset, size;
};

static const char magic[8] = "alfapak1";

struct alfa__packs {
    char *path;
    uint64_t identity;
    struct alfa__map map;        /* of a file that is believed */
    bool lacking;                /* ... but was not whole */
    struct alfa__writer *writer; /* of a new file; NULL: nothing is written */
    struct entry *entries;
    size_t count, room;
};

/* ------------------------------------------------------------------ reading */

static uint64_t checksum(struct header header, const struct entry *entries)
{
    header.checksum = 0;
    return alfa__hash(alfa__hash(ALFA__HASH_START, &header, sizeof header), entries,
                      header.count * sizeof *entries);
}

static bool good_entry(const struct entry *entry, uint64_t table)
{
    return entry->name[sizeof entry->name - 1] == 0 && entry->offset % ALIGN == 0 && entry->offset <= table &&
           entry->size <= table - entry->offset;
}

/* Copies the table; false when the file is not whole or not of this identity. */
static bool read_table(struct alfa__packs *packs)
{
    struct header header;
    const size_t size = packs->map.size;
    if (size < sizeof header)
        return false;
    memcpy(&header, packs->map.bytes, sizeof header);
    if (memcmp(header.magic, magic, sizeof magic) != 0 || header.identity != packs->identity ||
        header.size != size || header.count > (size - sizeof header) / sizeof *packs->entries)
        return false;
    const size_t table = size - header.count * sizeof *packs->entries;
    packs->entries = malloc(size - table + 1);
    if (!packs->entries)
        return false;
    memcpy(packs->entries, packs->map.bytes + table, size - table);
    packs->count = header.count;
    bool good = checksum(header, packs->entries) == header.checksum;
    for (size_t i = 0; i < packs->count && good; i++)
        good = good_entry(&packs->entries[i], table);
    return good;
}

static bool map(struct alfa__packs *packs)
{
    if (alfa__file_map(&packs->map, packs->path, NULL) != ALFA_OK)
        return false;
    if (read_table(packs)) {
        madvise((void *)packs->map.bytes, packs->map.size, MADV_WILLNEED); /* all of it, and soon */
        return true;
    }
    alfa__file_unmap(&packs->map);
    free(packs->entries);
    packs->entries = NULL;
    packs->count = 0;
    return false;
}

const void *alfa__packs_find(const struct alfa__packs *packs, const char *name, size_t *size)
{
    for (size_t i = 0; packs && packs->map.bytes && i < packs->count; i++)
        if (strcmp(packs->entries[i].name, name) == 0) {
            *size = packs->entries[i].size;
            return packs->map.bytes + packs->entries[i].offset;
        }
    return NULL;
}

void alfa__packs_drop(const struct alfa__packs *packs, const char *name)
{
    size_t size;
    const void *bytes = alfa__packs_find(packs, name, &size);
    if (bytes)
        alfa__pages_drop(bytes, size);
}

/* ------------------------------------------------------------------ writing */

static bool append(struct alfa__packs *packs, const char *name, const void *bytes, size_t size)
{
    static const char zeros[ALIGN];
    if (packs->count == packs->room) {
        const size_t room = packs->room ? 2 * packs->room : 64;
        struct entry *larger = realloc(packs->entries, room * sizeof *larger);
        if (!larger)
            return false;
        packs->entries = larger;
        packs->room = room;
    }
    struct entry *entry = &packs->entries[packs->count];
    *entry = (struct entry){.offset = alfa__writer_size(packs->writer), .size = size};
    if (strlen(name) >= sizeof entry->name)
        return false;
    strcpy(entry->name, name);
    packs->count++;
    return alfa__writer_put(packs->writer, bytes, size, NULL) == ALFA_OK &&
           alfa__writer_put(packs->writer, zeros, (ALIGN - size % ALIGN) % ALIGN, NULL) == ALFA_OK;
}

/* Table and header. */
static bool complete(struct alfa__packs *packs)
{
    struct header header = {.identity = packs->identity, .count = packs->count};
    if (alfa__writer_put(packs->writer, packs->entries, packs->count * sizeof *packs->entries, NULL) !=
        ALFA_OK)
        return false;
    memcpy(header.magic, magic, sizeof magic);
    header.size = alfa__writer_size(packs->writer);
    header.checksum = checksum(header, packs->entries);
    return alfa__writer_put_at(packs->writer, &header, sizeof header, 0, NULL) == ALFA_OK &&
           alfa__writer_finish(packs->writer, ALFA__WRITER_TO_DISK, NULL) == ALFA_OK;
}

static void end_writing(struct alfa__packs *packs)
{
    alfa__writer_close(packs->writer);
    packs->writer = NULL;
}

static void begin_writing(struct alfa__packs *packs, const char *folder)
{
    const struct header nothing = {0};
    if (alfa__folder_make(folder, NULL) != ALFA_OK)
        return;
    alfa__writer_sweep(folder);
    if (alfa__writer_open(&packs->writer, packs->path, NULL) == ALFA_OK &&
        alfa__writer_put(packs->writer, &nothing, sizeof nothing, NULL) != ALFA_OK)
        end_writing(packs);
}

void alfa__packs_add(struct alfa__packs *packs, const char *name, const void *bytes, size_t size)
{
    if (!packs || !bytes)
        return;
    if (packs->map.bytes)
        packs->lacking = true;
    else if (packs->writer && !append(packs, name, bytes, size))
        end_writing(packs);
}

void alfa__packs_finish(struct alfa__packs *packs)
{
    if (packs && packs->lacking)
        unlink(packs->path);
    if (packs && packs->writer) {
        (void)complete(packs);
        end_writing(packs);
    }
}

/* ------------------------------------------------------------------ both */

struct alfa__packs *alfa__packs_open(const char *folder, const char *name, uint64_t identity)
{
    struct alfa__packs *packs = calloc(1, sizeof *packs);
    if (!packs)
        return NULL;
    packs->identity = identity;
    packs->path = alfa__format("%s/%s", folder, name);
    if (!packs->path) {
        alfa__packs_close(packs);
        return NULL;
    }
    if (!map(packs))
        begin_writing(packs, folder);
    return packs;
}

void alfa__packs_close(struct alfa__packs *packs)
{
    if (!packs)
        return;
    end_writing(packs);
    alfa__file_unmap(&packs->map);
    free(packs->entries);
    free(packs->path);
    free(packs);
}
