#include "hub/hub.h"

#include <stdio.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* A part of a repository's name: letters, digits and -_. but no dot or dash at an end, no ".." and no "--",
 * which stands for the slash in the cache. */
static bool is_part(const char *text, size_t size)
{
    static const char other[] = LETTERS "-_.";
    if (size < 1 || size > 96 || strspn(text, other) < size)
        return false;
    for (size_t i = 0; i + 1 < size; i++)
        if ((text[i] == '.' || text[i] == '-') && text[i + 1] == text[i])
            return false;
    return !strchr("-.", text[0]) && !strchr("-.", text[size - 1]);
}

/* Branches may hold slashes; "refs/pr/1" is one. */
static bool is_revision(const char *text)
{
    return alfa__hub_is_safe_name(text) && strspn(text, LETTERS "-_./+") == strlen(text);
}

enum alfa_status alfa__repository_read(struct alfa__repository *out, const char *text, struct alfa_error *err)
{
    const size_t size = strcspn(text, "@"), owner = strcspn(text, "/@");
    const char *revision = text[size] ? text + size + 1 : "main";
    if (text[owner] != '/' || !is_part(text, owner) || !is_part(text + owner + 1, size - owner - 1))
        return alfa__fail(err, ALFA_ERROR_USAGE, text,
                          "is not the name of a repository; write ORG/REPO, such as "
                          "laion/CLIP-ViT-B-16-laion2B-s34B-b88K");
    if (!is_revision(revision) || strlen(revision) >= sizeof out->revision)
        return alfa__fail(err, ALFA_ERROR_USAGE, text, "\"%s\" is not a branch, a tag or a commit", revision);
    snprintf(out->name, sizeof out->name, "%.*s", (int)size, text);
    snprintf(out->revision, sizeof out->revision, "%s", revision);
    return ALFA_OK;
}

bool alfa__hub_is_safe_name(const char *name)
{
    for (const char *part = name;; part++) {
        const size_t size = strcspn(part, "/");
        if (size == 0 || (size == 1 && part[0] == '.') || (size == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        for (size_t i = 0; i < size; i++)
            if ((unsigned char)part[i] < 32 || part[i] == 127 || part[i] == '\\')
                return false;
        part += size;
        if (!*part)
            return true;
    }
}

bool alfa__hub_is_commit(const char *text)
{
    return strspn(text, "0123456789abcdef") == 40 && !text[40];
}
