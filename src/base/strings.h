/* Strings that grow. Failure is remembered: append freely, then check alfa__string_ok() once. */
#ifndef ALFA_BASE_STRINGS_H
#define ALFA_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialise. text is always zero-terminated once something was appended (NULL before). */
struct alfa__string {
    char *text;
    size_t size; /* bytes without the terminating zero */
    size_t capacity;
    bool failed; /* an allocation failed; the text is incomplete */
};

void alfa__string_append(struct alfa__string *string, const char *text);
void alfa__string_append_bytes(struct alfa__string *string, const void *bytes, size_t size);
void alfa__string_appendf(struct alfa__string *string, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool alfa__string_ok(const struct alfa__string *string);
void alfa__string_free(struct alfa__string *string);

/* strdup and a printf that allocates; NULL when out of memory; freed with free(). */
char *alfa__strdup(const char *text);
char *alfa__format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Bytes as people read them, in powers of ten with three digits: "833 MB", "1.71 GB"; "" when negative. */
#define ALFA__BYTES_TEXT 24
void alfa__format_bytes(char out[ALFA__BYTES_TEXT], long long bytes);

/* Whether a name is the noun, up to capitals, spaces, '_' and '-': "chewinggum" is "chewing gum" and
 * "Chewing_Gum". */
bool alfa__is_noun(const char *name, size_t length, const char *noun);
bool alfa__same_noun(const char *a, const char *b);

/* Looks at no more of the text than the beginning is long. GLib's g_str_has_prefix() measures the whole text
 * from 2.76 on, so that a walk through a text would cost the square of its length. */
bool alfa__starts_with(const char *text, const char *beginning);

/* Takes the mark away that Windows' editors put before UTF-8. */
void alfa__drop_mark(char *text);

/* Last part of a path ("a/b/c.png" -> "c.png"); points into path. */
const char *alfa__path_name(const char *path);

/* Whether what stands behind its last dot is one of the words, in whatever case. list ends with NULL. */
bool alfa__ends_in(const char *path, const char *const *list);

/* Whether a file or folder of that name is passed over when a folder is searched: it begins with a dot, or
 * systems and network storages keep something of their own in it, such as smaller copies of pictures. */
bool alfa__name_is_hidden(const char *name);

/* The last two parts, which say what a file is on every machine ("/usr/share/alfa/prompts/bottle.txt" ->
 * "prompts/bottle.txt"); points into path. */
const char *alfa__path_tail(const char *path);

/* What stands behind a folder in a path ("/a/b/c.png" behind "/a" or "/a/" -> "b/c.png"), as both are
 * written; NULL when the path is not below it, nor for the folder itself without a slash behind it; points
 * into path. */
const char *alfa__path_behind(const char *path, const char *folder);

/* Whether list, words with a space before and behind each, has the word. */
bool alfa__among(const char *list, const char *word);

/* a * b, false on overflow. */
bool alfa__multiply(size_t *out, size_t a, size_t b);

#endif
