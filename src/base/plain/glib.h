/* The few things of GLib that reading and judging need, for a build without libvips, which brings GLib along.
 * The names are GLib's, so that the rest of the source is one. Found by its include path; never beside GLib
 * itself. */
#ifndef ALFA_BASE_PLAIN_GLIB_H
#define ALFA_BASE_PLAIN_GLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef unsigned char guchar;
typedef char gchar;
typedef size_t gsize;
typedef ssize_t gssize;
typedef uint32_t gunichar;

/* SHA-256 (FIPS 180-4). NULL when there is no memory. */
typedef struct alfa__checksum GChecksum;
typedef enum { G_CHECKSUM_SHA256 } GChecksumType;
GChecksum *g_checksum_new(GChecksumType type);
void g_checksum_update(GChecksum *sum, const guchar *bytes, gssize size); /* size -1: up to the zero */
const gchar *g_checksum_get_string(GChecksum *sum);
void g_checksum_get_digest(GChecksum *sum, uint8_t *out, gsize *size);
void g_checksum_free(GChecksum *sum);
void g_free(void *memory);

/* UTF-8; valid text is expected but by the first two. */
bool g_utf8_validate(const gchar *text, gssize size, const gchar **end);
gchar *g_utf8_make_valid(const gchar *text, gssize size);
gunichar g_utf8_get_char(const gchar *text);
const gchar *alfa__utf8_next(const gchar *text);
#define g_utf8_next_char(text) ((char *)alfa__utf8_next(text))
bool g_unichar_iscntrl(gunichar c);
bool g_unichar_isalnum(gunichar c);
gchar *g_strstrip(gchar *text);

gchar g_ascii_tolower(gchar c);
bool g_ascii_isalnum(gchar c);

#endif
