#include "image/vipslib.h"
#include "base/room.h"
#include "base/threads.h"

#include <glib.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <vips/vips.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool started;

static void ignore_log(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data)
{
    (void)domain, (void)level, (void)message, (void)data;
}

/* Older versions of libvips do not mark all of these as untrusted. Unknown names are fine. */
static void block_loaders(void)
{
    static const char *const names[] = {
        "VipsForeignLoadMagick",    "VipsForeignLoadMagick7", "VipsForeignLoadPdf", "VipsForeignLoadSvg",
        "VipsForeignLoadOpenslide", "VipsForeignLoadOpenexr", "VipsForeignLoadMat", "VipsForeignLoadFits",
        "VipsForeignLoadNifti",     "VipsForeignLoadAnalyze", "VipsForeignLoadRad", "VipsForeignLoadVips",
        "VipsForeignLoadCsv",       "VipsForeignLoadMatrix",  "VipsForeignLoadRaw"};
    vips_block_untrusted_set(TRUE);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        vips_operation_block_set(names[i], TRUE);
}

static void start(void)
{
    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, ignore_log, NULL);
    if (VIPS_INIT("alfa") != 0)
        return;
    block_loaders();
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    started = true;
}

/* GLib ends the process when it gets no memory for a small piece, and what libvips loads when it starts does
 * worse. */
enum { ROOM = 1024 * 1024 };

enum alfa_status alfa__vips_start(struct alfa_error *err)
{
    if (!alfa__room_for(ROOM))
        return alfa__fail(err, ALFA_ERROR_MEMORY, "libvips", "cannot be used: there is not enough memory");
    pthread_once(&once, start);
    if (!started)
        return alfa__vips_fail(err, ALFA_ERROR_RUNTIME, "libvips", "cannot be started");
    return ALFA_OK;
}

/* "VipsJpeg: premature end\nVipsJpeg: ..." becomes "premature end": the first line says why, the others
 * follow from it, and the word before the colon is a class name of libvips. */
static void first_line(char *out, size_t size, const char *text)
{
    size_t word = strcspn(text, ": \n");
    if (text[word] == ':' && text[word + 1] == ' ')
        text += word + 2;
    snprintf(out, size, "%.*s", (int)strcspn(text, "\n"), text);
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
}

/* Libraries below libvips say in words that there was no memory. */
static bool is_about_memory(const char *text)
{
    static const char *const words[] = {"out of memory", "unable to allocate", "insufficient memory",
                                        "not enough memory", "cannot allocate"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(text, words[i]))
            return true;
    return false;
}

/* A picture that libvips cannot decode may be damaged, or the system may have no memory or threads left:
 * libheif decodes on threads of its own. */
static enum alfa_status fail_input(struct alfa_error *err, const char *source, const char *what,
                                   const char *text, const char *line)
{
    if (is_about_memory(text))
        return alfa__fail(err, ALFA_ERROR_MEMORY, source, "cannot be decoded: there is not enough memory");
    if (strcasestr(text, "thread") || !alfa__threads_possible(1))
        return alfa__fail(err, ALFA_ERROR_RUNTIME, source,
                          "cannot be decoded: the system makes no more threads");
    if (strstr(text, "not implemented") || strstr(text, "not supported") || strstr(text, "unsupported tiff"))
        return alfa__fail(err, ALFA_ERROR_INPUT, source, "is of a kind that is not read (%s): save it as PNG",
                          line);
    return alfa__fail(err, ALFA_ERROR_INPUT, source, *line ? "%s: %s" : "%s%s", what, line);
}

enum alfa_status alfa__vips_fail(struct alfa_error *err, enum alfa_status code, const char *source,
                                 const char *what)
{
    char line[200];
    char *text = vips_error_buffer_copy(); /* copies and clears under libvips' lock */
    first_line(line, sizeof line, text);
    if (code == ALFA_ERROR_INPUT)
        code = fail_input(err, source, what, text, line);
    else
        code = alfa__fail(err, code, source, *line ? "%s: %s" : "%s%s", what, line);
    g_free(text);
    return code;
}
