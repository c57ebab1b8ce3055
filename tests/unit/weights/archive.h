/* Zip archives and pickles written byte by byte, so that tests can write bad ones. */
#ifndef ALFA_TESTS_ARCHIVE_H
#define ALFA_TESTS_ARCHIVE_H

#include "base/files.h"
#include "base/strings.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void put_number(struct alfa__string *out, uint64_t number, int size)
{
    for (int i = 0; i < size; i++, number >>= 8)
        alfa__string_append_bytes(out, &(unsigned char){(unsigned char)number}, 1);
}

/* ------------------------------------------------------------------ zip */

/* What one entry claims; local and central records say the same. */
struct archive_entry {
    const char *name;
    const void *bytes;
    size_t size;
    unsigned method, flags;
    uint64_t claimed; /* size in the records, 0: the true one */
    uint64_t place;   /* of the local header, 0: the true one */
    bool zip64;       /* sizes and place stand in the extra field */
};

struct archive {
    struct alfa__string bytes, directory;
    unsigned count;
};

static inline void archive_extra(struct alfa__string *out, uint64_t size, const uint64_t *place)
{
    put_number(out, 1, 2);
    put_number(out, place ? 24 : 16, 2);
    put_number(out, size, 8);
    put_number(out, size, 8);
    if (place)
        put_number(out, *place, 8);
}

static inline void archive_add(struct archive *archive, const struct archive_entry *entry)
{
    struct alfa__string *b = &archive->bytes, *d = &archive->directory;
    const uint64_t place = entry->place ? entry->place : b->size;
    const uint64_t size = entry->claimed ? entry->claimed : entry->size;
    const uint64_t shown = entry->zip64 ? UINT32_MAX : size, name = strlen(entry->name);
    alfa__string_append_bytes(b, "PK\3\4", 4);
    put_number(b, 45, 2);
    put_number(b, entry->flags, 2);
    put_number(b, entry->method, 2);
    put_number(b, 0, 8);
    put_number(b, shown, 4);
    put_number(b, shown, 4);
    put_number(b, name, 2);
    put_number(b, entry->zip64 ? 20 : 0, 2);
    alfa__string_append_bytes(b, entry->name, name);
    if (entry->zip64)
        archive_extra(b, size, NULL);
    alfa__string_append_bytes(b, entry->bytes, entry->size);
    alfa__string_append_bytes(d, "PK\1\2", 4);
    put_number(d, 45, 2);
    put_number(d, 45, 2);
    put_number(d, entry->flags, 2);
    put_number(d, entry->method, 2);
    put_number(d, 0, 8);
    put_number(d, shown, 4);
    put_number(d, shown, 4);
    put_number(d, name, 2);
    put_number(d, entry->zip64 ? 28 : 0, 2);
    put_number(d, 0, 10);
    put_number(d, entry->zip64 ? UINT32_MAX : place, 4);
    alfa__string_append_bytes(d, entry->name, name);
    if (entry->zip64)
        archive_extra(d, size, &place);
    archive->count++;
}

static inline void archive_add_bytes(struct archive *archive, const char *name, const void *bytes,
                                     size_t size)
{
    archive_add(archive, &(struct archive_entry){.name = name, .bytes = bytes, .size = size});
}

/* The 64-bit end record and its locator. */
static inline void archive_end64(struct alfa__string *b, uint64_t count, uint64_t size, uint64_t begin)
{
    const uint64_t place = b->size;
    alfa__string_append_bytes(b, "PK\6\6", 4);
    put_number(b, 44, 8);
    put_number(b, 45 | 45 << 16, 4);
    put_number(b, 0, 8);
    put_number(b, count, 8);
    put_number(b, count, 8);
    put_number(b, size, 8);
    put_number(b, begin, 8);
    alfa__string_append_bytes(b, "PK\6\7", 4);
    put_number(b, 0, 4);
    put_number(b, place, 8);
    put_number(b, 1, 4);
}

static inline void archive_end(struct archive *archive, bool zip64)
{
    struct alfa__string *b = &archive->bytes;
    const uint64_t begin = b->size, size = archive->directory.size;
    alfa__string_append_bytes(b, archive->directory.text ? archive->directory.text : "", size);
    if (zip64)
        archive_end64(b, archive->count, size, begin);
    alfa__string_append_bytes(b, "PK\5\6\0\0\0\0", 8);
    put_number(b, zip64 ? 0xFFFF : archive->count, 2);
    put_number(b, zip64 ? 0xFFFF : archive->count, 2);
    put_number(b, zip64 ? UINT32_MAX : size, 4);
    put_number(b, zip64 ? UINT32_MAX : begin, 4);
    put_number(b, 0, 2);
    alfa__string_free(&archive->directory);
}

/* ------------------------------------------------------------------ pickles */

static inline void pickle_op(struct alfa__string *out, int code)
{
    put_number(out, (uint64_t)code, 1);
}

static inline void pickle_text(struct alfa__string *out, const char *text)
{
    pickle_op(out, 'X');
    put_number(out, strlen(text), 4);
    alfa__string_append(out, text);
}

static inline void pickle_integer(struct alfa__string *out, int64_t number)
{
    pickle_op(out, 0x8a);
    put_number(out, 8, 1);
    put_number(out, (uint64_t)number, 8);
}

static inline void pickle_begin(struct alfa__string *out)
{
    pickle_op(out, 0x80);
    pickle_op(out, 2);
}

/* A tensor as torch.save() writes it: rank axes of shape and stride in the storage "0" of so many numbers. */
struct pickle_tensor {
    const char *storage, *key;
    int64_t numbers, offset;
    int rank;
    int64_t shape[4], stride[4];
};

static inline void pickle_tuple(struct alfa__string *out, const int64_t *numbers, int count)
{
    pickle_op(out, '(');
    for (int i = 0; i < count; i++)
        pickle_integer(out, numbers[i]);
    pickle_op(out, 't');
}

static inline void pickle_tensor(struct alfa__string *out, const struct pickle_tensor *tensor)
{
    alfa__string_append(out, "ctorch._utils\n_rebuild_tensor_v2\n((");
    pickle_text(out, "storage");
    alfa__string_appendf(out, "ctorch\n%s\n", tensor->storage ? tensor->storage : "FloatStorage");
    pickle_text(out, tensor->key ? tensor->key : "0");
    pickle_text(out, "cpu");
    pickle_integer(out, tensor->numbers);
    alfa__string_append(out, "tQ");
    pickle_integer(out, tensor->offset);
    pickle_tuple(out, tensor->shape, tensor->rank);
    pickle_tuple(out, tensor->stride, tensor->rank);
    pickle_op(out, 0x89);
    alfa__string_append(out, "ccollections\nOrderedDict\n)RtR");
}

#endif
