#include "eval/twins.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 16384 };

/* A file by its size and, once it was asked for, the hash of its end: of pictures of one size (BMP) only
 * twins have both in common. */
struct print {
    const char *path;
    off_t size;
    uint64_t end;
    bool known;
};

static int compare_sizes(const void *a, const void *b)
{
    const off_t x = ((const struct print *)a)->size, y = ((const struct print *)b)->size;
    return (x > y) - (x < y);
}

static struct print print_of(const char *path)
{
    struct stat info;
    return (struct print){.path = path, .size = stat(path, &info) == 0 ? info.st_size : 0};
}

static uint64_t end_of(struct print *print)
{
    unsigned char bytes[BLOCK];
    int fd;
    size_t size;
    if (print->known)
        return print->end;
    print->known = true;
    if (alfa__file_open(&fd, &size, print->path, NULL) != ALFA_OK)
        return 0;
    size = alfa__file_read_at(fd, bytes, BLOCK, size > BLOCK ? size - BLOCK : 0);
    close(fd);
    return print->end = alfa__hash(ALFA__HASH_START, bytes, size);
}

static bool same_bytes(int a, int b)
{
    unsigned char left[BLOCK], right[BLOCK];
    for (size_t at = 0;; at += BLOCK) {
        const size_t size = alfa__file_read_at(a, left, BLOCK, at);
        if (alfa__file_read_at(b, right, BLOCK, at) != size || memcmp(left, right, size) != 0)
            return false;
        if (size < BLOCK)
            return true;
    }
}

static bool are_twins(struct print *a, struct print *b)
{
    int left, right;
    size_t size;
    bool same = false;
    if (a->size == 0 || a->size != b->size || end_of(a) != end_of(b) ||
        alfa__file_open(&left, &size, a->path, NULL) != ALFA_OK)
        return false;
    if (alfa__file_open(&right, &size, b->path, NULL) == ALFA_OK) {
        same = same_bytes(left, right);
        close(right);
    }
    close(left);
    return same;
}

/* prints: of the normal images, by size. */
static bool is_learnt(struct print *prints, size_t count, const char *path)
{
    struct print print = print_of(path);
    struct print *found = bsearch(&print, prints, count, sizeof *prints, compare_sizes);
    if (!found)
        return false;
    while (found > prints && found[-1].size == print.size)
        found--;
    for (; found < prints + count && found->size == print.size; found++)
        if (are_twins(found, &print))
            return true;
    return false;
}

void alfa__twins_note(struct alfa__notices *notices, const struct alfa__class *class)
{
    struct alfa__names twins = {0};
    const size_t count = class->normals.count;
    struct print *prints = calloc(count ? count : 1, sizeof *prints);
    for (size_t i = 0; i < count && prints; i++)
        prints[i] = print_of(class->normals.items[i]);
    if (prints && count)
        qsort(prints, count, sizeof *prints, compare_sizes);
    for (size_t i = 0; i < class->count && prints; i++)
        if (is_learnt(prints, count, class->items[i].image))
            alfa__names_add(&twins, alfa__path_tail(class->items[i].image));
    alfa__notices_add_names(notices, class->name, "has images to judge that are among those to learn from",
                            &twins);
    notices->failed = notices->failed || !prints || twins.failed;
    alfa__names_free(&twins);
    free(prints);
}
