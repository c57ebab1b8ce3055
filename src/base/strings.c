#include "base/strings.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool reserve(struct alfa__string *string, size_t more)
{
    if (string->failed || more > SIZE_MAX / 2 - string->size - 1)
        return !(string->failed = true);
    size_t needed = string->size + more + 1;
    if (needed > string->capacity) {
        size_t capacity = needed < 64 ? 64 : needed * 2;
        char *text = realloc(string->text, capacity);
        if (!text)
            return !(string->failed = true);
        string->text = text;
        string->capacity = capacity;
    }
    return true;
}

void alfa__string_append_bytes(struct alfa__string *string, const void *bytes, size_t size)
{
    if (!reserve(string, size))
        return;
    if (size)
        memcpy(string->text + string->size, bytes, size);
    string->size += size;
    string->text[string->size] = 0;
}

void alfa__string_append(struct alfa__string *string, const char *text)
{
    alfa__string_append_bytes(string, text, strlen(text));
}

void alfa__string_appendf(struct alfa__string *string, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size >= 0 && reserve(string, (size_t)size)) {
        vsnprintf(string->text + string->size, (size_t)size + 1, format, again);
        string->size += (size_t)size;
    } else {
        string->failed = true;
    }
    va_end(again);
}

bool alfa__string_ok(const struct alfa__string *string)
{
    return !string->failed;
}

void alfa__string_free(struct alfa__string *string)
{
    free(string->text);
    *string = (struct alfa__string){0};
}

char *alfa__strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

char *alfa__format(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (text)
        vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

bool alfa__multiply(size_t *out, size_t a, size_t b)
{
    return !__builtin_mul_overflow(a, b, out);
}

void alfa__format_bytes(char out[ALFA__BYTES_TEXT], long long bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double number = (double)bytes;
    int unit = 0;
    out[0] = 0;
    if (bytes < 0)
        return;
    for (; number >= 999.5; number /= 1000)
        unit++;
    const int digits = unit == 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
    snprintf(out, ALFA__BYTES_TEXT, "%.*f %s", digits, number, units[unit]);
}

bool alfa__is_noun(const char *name, size_t length, const char *noun)
{
    size_t i = 0;
    for (;; i++, noun++) {
        while (i < length && strchr(" _-", name[i]))
            i++;
        while (*noun && strchr(" _-", *noun))
            noun++;
        if (i == length || !*noun)
            return i == length && !*noun;
        if (tolower((unsigned char)name[i]) != tolower((unsigned char)*noun))
            return false;
    }
}

bool alfa__same_noun(const char *a, const char *b)
{
    return alfa__is_noun(a, strlen(a), b);
}

void alfa__drop_mark(char *text)
{
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0)
        memmove(text, text + 3, strlen(text + 3) + 1);
}

bool alfa__among(const char *list, const char *word)
{
    const size_t size = strlen(word);
    for (const char *p = list; size && (p = strstr(p, word)); p++)
        if (p > list && p[-1] == ' ' && p[size] == ' ')
            return true;
    return false;
}

bool alfa__starts_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

const char *alfa__path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool alfa__ends_in(const char *path, const char *const *list)
{
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && list[i]; i++)
        if (strcasecmp(dot + 1, list[i]) == 0)
            return true;
    return false;
}

bool alfa__name_is_hidden(const char *name)
{
    static const char *const kept[] = {
        "@eaDir",   "@Recycle",     "@Recently-Snapshot", "#recycle",   "#snapshot",
        "__MACOSX", "$RECYCLE.BIN", "RECYCLER",           "lost+found", "System Volume Information"};
    bool hidden = *name == '.';
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        hidden = hidden || strcmp(name, kept[i]) == 0;
    return hidden;
}

const char *alfa__path_tail(const char *path)
{
    const char *at = alfa__path_name(path);
    if (at - path < 2)
        return path;
    for (at -= 2; at > path && *at == '/';) /* "a//b" */
        at--;
    while (at > path && *at != '/')
        at--;
    return *at == '/' ? at + 1 : at;
}

const char *alfa__path_behind(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    while (size > 1 && folder[size - 1] == '/')
        size--;
    if (strncmp(path, folder, size) != 0 || (path[size] != '/' && !(size == 1 && *folder == '/')))
        return NULL;
    path += size;
    return path + strspn(path, "/");
}
