/* A picture that is compressed has another size when it is another one; reading gigabytes to know it for
 * certain would cost what a run saves that finds its results. Masks are small, and corrected in place. */
#include "eval/contents.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "dataset/mask.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { BLOCK = 65536 };

static bool size_says_nothing(const char *path)
{
    static const char *const ends[] = {"bmp", "dib", "pbm", "pgm", "ppm", "pnm", "pam", "pfm", "tif", "tiff"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(dot + 1, ends[i]) == 0)
            return true;
    return false;
}

static uint64_t add_file(uint64_t hash, const char *path, bool whole)
{
    unsigned char bytes[BLOCK];
    size_t size, got = 1;
    int fd;
    if (alfa__file_open(&fd, &size, path, NULL) != ALFA_OK)
        return alfa__hash_text(hash, "not there");
    hash = alfa__hash(hash, &size, sizeof size);
    for (size_t at = 0; whole && got > 0; at += got) {
        got = alfa__file_read_at(fd, bytes, BLOCK, at);
        hash = alfa__hash(hash, bytes, got);
    }
    close(fd);
    return hash;
}

static uint64_t add_mask(uint64_t hash, const char *path)
{
    struct alfa__names files;
    if (alfa__mask_files(&files, path, NULL) != ALFA_OK)
        hash = alfa__hash_text(hash, "not there");
    for (size_t i = 0; i < files.count; i++)
        hash = add_file(hash, files.items[i], true);
    alfa__names_free(&files);
    return hash;
}

static uint64_t add_image(uint64_t hash, const char *path)
{
    return add_file(alfa__hash_text(hash, alfa__path_name(path)), path, size_says_nothing(path));
}

uint64_t alfa__contents_hash(const struct alfa__class *class)
{
    uint64_t hash = ALFA__HASH_START;
    for (size_t i = 0; i < class->count; i++) {
        const struct alfa__item *item = &class->items[i];
        hash = add_image(alfa__hash_text(hash, item->kind), item->image);
        hash = item->mask ? add_mask(hash, item->mask) : alfa__hash_text(hash, "no mask");
    }
    for (size_t i = 0; i < class->normals.count; i++)
        hash = add_image(hash, class->normals.items[i]);
    return hash;
}
