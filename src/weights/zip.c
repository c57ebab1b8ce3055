/* After APPNOTE.TXT 6.3.10: the end record at the end of the file says where the directory is, the directory
 * where each entry's local header is, and the bytes follow that header. */
#include "weights/zip.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

#define END_SIZE 22u
#define LOCATOR_SIZE 20u
#define END64_SIZE 56u
#define ENTRY_SIZE 46u
#define LOCAL_SIZE 30u
#define MOST_COMMENT 65535u
#define EXTRA_ZIP64 1u
#define FLAG_ENCRYPTED 1u
#define MAX_NAME 512u

#define bad(...) alfa__fail(err, ALFA_ERROR_MODEL, path, __VA_ARGS__)

/* ------------------------------------------------------------------ numbers */

static uint64_t read_number(const unsigned char *bytes, int size)
{
    uint64_t number = 0;
    for (int i = size - 1; i >= 0; i--)
        number = number << 8 | bytes[i];
    return number;
}

#define U16(place) ((uint32_t)read_number((place), 2))
#define U32(place) ((uint32_t)read_number((place), 4))
#define U64(place) read_number((place), 8)

static bool is_record(const unsigned char *bytes, const char signature[4])
{
    return memcmp(bytes, signature, 4) == 0;
}

/* ------------------------------------------------------------------ the end record */

struct directory {
    uint64_t begin, end, count; /* of bytes; of entries */
};

/* The last end record whose comment fills the file. */
static bool find_end(uint64_t *out, const struct alfa__zip *zip)
{
    if (zip->size < END_SIZE)
        return false;
    const uint64_t last = zip->size - END_SIZE, first = last > MOST_COMMENT ? last - MOST_COMMENT : 0;
    for (uint64_t at = last + 1; at-- > first;)
        if (is_record(zip->bytes + at, "PK\5\6") && U16(zip->bytes + at + 20) == last - at) {
            *out = at;
            return true;
        }
    return false;
}

/* The 64-bit record that stands before the end record, when there is one. */
static enum alfa_status read_end64(struct directory *out, uint64_t *end, const struct alfa__zip *zip,
                                   const char *path, struct alfa_error *err)
{
    if (*end < LOCATOR_SIZE || !is_record(zip->bytes + *end - LOCATOR_SIZE, "PK\6\7"))
        return ALFA_OK;
    const uint64_t locator = *end - LOCATOR_SIZE, at = U64(zip->bytes + locator + 8);
    if (locator < END64_SIZE || at > locator - END64_SIZE || !is_record(zip->bytes + at, "PK\6\6") ||
        U64(zip->bytes + at + 4) != locator - at - 12)
        return bad("is a damaged zip archive: its 64-bit end record is not where it says");
    const unsigned char *record = zip->bytes + at;
    if (U32(record + 16) || U32(record + 20) || U64(record + 24) != U64(record + 32))
        return bad("is a zip archive in several parts");
    *out = (struct directory){U64(record + 48), U64(record + 40), U64(record + 32)};
    *end = at;
    return ALFA_OK;
}

static enum alfa_status find_directory(struct directory *out, const struct alfa__zip *zip, const char *path,
                                       struct alfa_error *err)
{
    uint64_t end;
    if (!find_end(&end, zip))
        return bad("is a zip archive without its end: the file is cut");
    const unsigned char *record = zip->bytes + end;
    if (U16(record + 4) || U16(record + 6) || U16(record + 8) != U16(record + 10))
        return bad("is a zip archive in several parts");
    *out = (struct directory){U32(record + 16), U32(record + 12), U16(record + 10)};
    ALFA__TRY(read_end64(out, &end, zip, path, err));
    if (out->begin > end || out->end != end - out->begin)
        return bad("is a damaged zip archive: its directory is not where it says");
    out->end += out->begin;
    if (out->count > ALFA__MAX_ZIP_ENTRIES || out->count > (out->end - out->begin) / ENTRY_SIZE)
        return bad("is a damaged zip archive: its directory has no room for %llu entries",
                   (unsigned long long)out->count);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ entries */

/* Takes the 64-bit values from an entry's extra field, in the order in which they are needed. */
static bool read_extra(struct alfa__zip_entry *entry, const unsigned char *extra, size_t size)
{
    uint64_t *wanted[] = {&entry->size, &entry->packed, &entry->header};
    while (size >= 4) {
        const uint32_t id = U16(extra), length = U16(extra + 2);
        if (length > size - 4)
            return false;
        size_t at = 0;
        for (int i = 0; i < 3 && id == EXTRA_ZIP64; i++)
            if (*wanted[i] == UINT32_MAX) {
                if (at + 8 > length)
                    return false;
                *wanted[i] = U64(extra + 4 + at);
                at += 8;
            }
        extra += 4 + length;
        size -= 4 + length;
        if (id == EXTRA_ZIP64)
            return true;
    }
    return size == 0 || entry->size != UINT32_MAX;
}

/* Relative, without "..": a name that stays inside. */
static bool good_name(const char *name, size_t size)
{
    if (size == 0 || size > MAX_NAME || name[0] == '/' || memchr(name, 0, size) || memchr(name, '\\', size))
        return false;
    for (size_t begin = 0; begin < size;) {
        const char *slash = memchr(name + begin, '/', size - begin);
        const size_t end = slash ? (size_t)(slash - name) : size;
        if (end - begin == 2 && memcmp(name + begin, "..", 2) == 0)
            return false;
        begin = end + 1;
    }
    return true;
}

static enum alfa_status read_entry(struct alfa__zip_entry *entry, const unsigned char **at,
                                   const struct directory *directory, const struct alfa__zip *zip,
                                   const char *path, struct alfa_error *err)
{
    const unsigned char *record = *at, *end = zip->bytes + directory->end;
    if ((size_t)(end - record) < ENTRY_SIZE || !is_record(record, "PK\1\2"))
        return bad("is a damaged zip archive: its directory is cut");
    const size_t name = U16(record + 28), extra = U16(record + 30), comment = U16(record + 32);
    if (name + extra + comment > (size_t)(end - record) - ENTRY_SIZE)
        return bad("is a damaged zip archive: its directory is cut");
    *entry = (struct alfa__zip_entry){.name = (const char *)record + ENTRY_SIZE,
                                      .name_size = name,
                                      .method = U16(record + 10),
                                      .header = U32(record + 42),
                                      .size = U32(record + 24),
                                      .packed = U32(record + 20)};
    *at = record + ENTRY_SIZE + name + extra + comment;
    if (!good_name(entry->name, name))
        return bad("is refused: its archive holds the name \"%.*s\"", (int)(name > 100 ? 100 : name),
                   entry->name);
    if (U16(record + 8) & FLAG_ENCRYPTED)
        return bad("is an encrypted zip archive");
    if (!read_extra(entry, record + ENTRY_SIZE + name, extra) || entry->header > directory->begin ||
        directory->begin - entry->header < LOCAL_SIZE ||
        entry->packed > directory->begin - entry->header - LOCAL_SIZE)
        return bad("is a damaged zip archive: %.*s lies outside the file", (int)(name > 100 ? 100 : name),
                   entry->name);
    return ALFA_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct alfa__zip_entry *x = a, *y = b;
    return (x->header > y->header) - (x->header < y->header);
}

static int compare_names(const char *a, size_t a_size, const char *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int by_name(const void *a, const void *b)
{
    const struct alfa__zip_entry *x = a, *y = b;
    return compare_names(x->name, x->name_size, y->name, y->name_size);
}

/* Each entry must end before the next one begins, and each name must occur once. */
static enum alfa_status check_entries(struct alfa__zip *zip, const struct directory *directory,
                                      const char *path, struct alfa_error *err)
{
    qsort(zip->entries, zip->count, sizeof *zip->entries, by_place);
    for (size_t i = 0; i < zip->count; i++) {
        struct alfa__zip_entry *entry = &zip->entries[i];
        entry->limit = i + 1 < zip->count ? zip->entries[i + 1].header : directory->begin;
        if (entry->limit - entry->header < LOCAL_SIZE ||
            entry->packed > entry->limit - entry->header - LOCAL_SIZE)
            return bad("is a damaged zip archive: entries overlap");
    }
    qsort(zip->entries, zip->count, sizeof *zip->entries, by_name);
    for (size_t i = 1; i < zip->count; i++)
        if (by_name(&zip->entries[i - 1], &zip->entries[i]) == 0)
            return bad("is a damaged zip archive: it holds \"%.*s\" twice",
                       (int)(zip->entries[i].name_size > 100 ? 100 : zip->entries[i].name_size),
                       zip->entries[i].name);
    return ALFA_OK;
}

static enum alfa_status read_entries(struct alfa__zip *zip, const char *path, struct alfa_error *err)
{
    struct directory directory = {0};
    ALFA__TRY(find_directory(&directory, zip, path, err));
    zip->entries = calloc((size_t)directory.count + 1, sizeof *zip->entries);
    if (!zip->entries)
        return alfa__fail_memory(err, (size_t)directory.count * sizeof *zip->entries);
    const unsigned char *at = zip->bytes + directory.begin;
    for (; zip->count < directory.count; zip->count++)
        ALFA__TRY(read_entry(&zip->entries[zip->count], &at, &directory, zip, path, err));
    if (at != zip->bytes + directory.end)
        return bad("is a damaged zip archive: its directory has bytes left over");
    return check_entries(zip, &directory, path, err);
}

enum alfa_status alfa__zip_open(struct alfa__zip *out, const unsigned char *bytes, size_t size,
                                const char *path, struct alfa_error *err)
{
    *out = (struct alfa__zip){.bytes = bytes, .size = size};
    enum alfa_status status = read_entries(out, path, err);
    if (status != ALFA_OK)
        alfa__zip_close(out);
    return status;
}

void alfa__zip_close(struct alfa__zip *zip)
{
    free(zip->entries);
    *zip = (struct alfa__zip){0};
}

const struct alfa__zip_entry *alfa__zip_find(const struct alfa__zip *zip, const char *name)
{
    const struct alfa__zip_entry key = {.name = name, .name_size = strlen(name)};
    return zip->count ? bsearch(&key, zip->entries, zip->count, sizeof key, by_name) : NULL;
}

enum alfa_status alfa__zip_bytes(const struct alfa__zip *zip, const unsigned char **out,
                                 const struct alfa__zip_entry *entry, const char *path,
                                 struct alfa_error *err)
{
    const int name_size = (int)(entry->name_size > 100 ? 100 : entry->name_size);
    const unsigned char *local = zip->bytes + entry->header;
    if (entry->method != 0)
        return bad("holds %.*s compressed: torch.save() does not compress; unpack the archive and pack it "
                   "with 'zip -0'",
                   name_size, entry->name);
    if (!is_record(local, "PK\3\4") || U16(local + 8) != 0)
        return bad("is a damaged zip archive: %.*s is not where it says", name_size, entry->name);
    const uint64_t skip = LOCAL_SIZE + U16(local + 26) + U16(local + 28);
    if (entry->size != entry->packed || skip > entry->limit - entry->header ||
        entry->size > entry->limit - entry->header - skip)
        return bad("is a damaged zip archive: %.*s is not as long as it says", name_size, entry->name);
    if (U16(local + 26) != entry->name_size || memcmp(local + LOCAL_SIZE, entry->name, entry->name_size) != 0)
        return bad("is a damaged zip archive: %.*s has two names", name_size, entry->name);
    *out = local + skip;
    return ALFA_OK;
}
