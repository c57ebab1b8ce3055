/* A header of 64 bytes, blobs that begin at multiples of 64, and a table with one entry a blob at the end.
 * The header's checksum covers header and table, each entry's its blob. Numbers are in the processor's own
 * order: others have other blobs. */
#include "weights/packs.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "base/writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#define ALIGN 64u
#define PART ((size_t)256 << 10) /* bytes read at once, and hashed before they leave the cache */

struct header {
    char magic[8];
    uint64_t identity, size, count; /* size: of the whole file */
    uint64_t checksum;              /* computed with 0 here */
    uint64_t unused[3];
};

struct entry {
    char name[104];
    uint64_t offset, size, checksum;
};

static const char magic[8] = "alfapak2";

struct alfa__packs {
    char *path;
    uint64_t identity;
    unsigned char *bytes; /* of a file that is believed, up to its table; or NULL */
    size_t size;
    bool lacking;                /* what was packed is not all in it */
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

/* Reads the table; false when the file is not whole or not of this identity. */
static bool read_table(struct alfa__packs *packs, int fd, size_t size)
{
    struct header header;
    if (size < sizeof header || alfa__file_read_at(fd, &header, sizeof header, 0) != sizeof header)
        return false;
    if (memcmp(header.magic, magic, sizeof magic) != 0 || header.identity != packs->identity ||
        header.size != size || header.count > (size - sizeof header) / sizeof *packs->entries)
        return false;
    const size_t table = header.count * sizeof *packs->entries;
    packs->size = size - table;
    packs->count = header.count;
    packs->entries = malloc(table + 1);
    if (!packs->entries || alfa__file_read_at(fd, packs->entries, table, packs->size) != table)
        return false;
    bool good = checksum(header, packs->entries) == header.checksum;
    for (size_t i = 0; i < packs->count && good; i++)
        good = good_entry(&packs->entries[i], packs->size);
    return good;
}

static bool read_blob(unsigned char *out, const struct entry *entry, int fd)
{
    XXH3_state_t *state = XXH3_createState();
    if (!state)
        return false;
    XXH3_64bits_reset(state);
    size_t done = 0, got = 1;
    for (; done < entry->size && got; done += got) {
        got = entry->size - done < PART ? entry->size - done : PART;
        got = alfa__file_read_at(fd, out + done, got, entry->offset + done);
        XXH3_64bits_update(state, out + done, got);
    }
    const bool good = done == entry->size && XXH3_64bits_digest(state) == entry->checksum;
    XXH3_freeState(state);
    return good;
}

/* Reads the blobs to where they lie in the file, and compares them with their checksums while they are still
 * in the processor's cache. All threads at once: most of it is waiting for fresh memory. In large pages where
 * the system has them: every picture reads all of it, and finding small ones costs 3 to 5 % of the time. */
static bool read_blobs(struct alfa__packs *packs, int fd)
{
    int bad = 0;
    void *bytes = mmap(NULL, packs->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        return false;
    packs->bytes = bytes;
    madvise(bytes, packs->size, MADV_HUGEPAGE);
#pragma omp parallel for schedule(dynamic) reduction(+ : bad)
    for (size_t i = 0; i < packs->count; i++) {
        const struct entry *entry = &packs->entries[i];
        bad += !read_blob(packs->bytes + entry->offset, entry, fd);
    }
    return bad == 0;
}

static void forget(struct alfa__packs *packs)
{
    if (packs->bytes)
        munmap(packs->bytes, packs->size);
    free(packs->entries);
    packs->bytes = NULL;
    packs->entries = NULL;
    packs->count = packs->size = 0;
}

static bool read_file(struct alfa__packs *packs)
{
    int fd;
    size_t size;
    if (alfa__file_open(&fd, &size, packs->path, NULL) != ALFA_OK)
        return false;
    const bool good = read_table(packs, fd, size) && read_blobs(packs, fd);
    close(fd);
    if (!good)
        forget(packs);
    return good;
}

const void *alfa__packs_find(const struct alfa__packs *packs, const char *name, size_t *size)
{
    for (size_t i = 0; packs && packs->bytes && i < packs->count; i++)
        if (strcmp(packs->entries[i].name, name) == 0) {
            *size = packs->entries[i].size;
            return packs->bytes + packs->entries[i].offset;
        }
    return NULL;
}

void alfa__packs_drop(const struct alfa__packs *packs, const char *name)
{
    size_t size;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE),
                    place = (uintptr_t)alfa__packs_find(packs, name, &size);
    if (!place)
        return;
    const uintptr_t begin = (place + page - 1) / page * page, end = (place + size) / page * page;
    if (end > begin)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
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
    *entry = (struct entry){
        .offset = alfa__writer_size(packs->writer), .size = size, .checksum = XXH3_64bits(bytes, size)};
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
    if (packs->bytes)
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
    if (!read_file(packs))
        begin_writing(packs, folder);
    return packs;
}

void alfa__packs_close(struct alfa__packs *packs)
{
    if (!packs)
        return;
    end_writing(packs);
    forget(packs);
    free(packs->path);
    free(packs);
}
