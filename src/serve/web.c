#include "serve/web.h"

#include <string.h>

/* One line a file: a symbol, its name and its type. ALFA_WEB_FOLDER comes from the build. */
#define FILES(X)                                               \
    X(index, "index.html", "text/html; charset=utf-8")         \
    X(style, "style.css", "text/css; charset=utf-8")           \
    X(app, "app.js", "text/javascript; charset=utf-8")         \
    X(inspect, "inspect.js", "text/javascript; charset=utf-8") \
    X(history, "history.js", "text/javascript; charset=utf-8") \
    X(teach, "teach.js", "text/javascript; charset=utf-8")     \
    X(viewer, "viewer.js", "text/javascript; charset=utf-8")   \
    X(common, "common.js", "text/javascript; charset=utf-8")   \
    X(openapi, "openapi.json", "application/json")             \
    X(icon, "icon.svg", "image/svg+xml")

#define INCLUDE(symbol, file, type)                                               \
    __asm__(".section .rodata\n"                                                  \
            ".globl alfa__web_" #symbol "\n"                                      \
            ".hidden alfa__web_" #symbol "\n"                                     \
            "alfa__web_" #symbol ":\n"                                            \
            ".incbin \"" ALFA_WEB_FOLDER "/" file "\"\n"                          \
            ".globl alfa__web_" #symbol "_end\n"                                  \
            ".hidden alfa__web_" #symbol "_end\n"                                 \
            "alfa__web_" #symbol "_end:\n"                                        \
            ".byte 0\n"                                                           \
            ".previous\n");                                                       \
    extern const char alfa__web_##symbol[] __attribute__((visibility("hidden"))); \
    extern const char alfa__web_##symbol##_end[] __attribute__((visibility("hidden")));
FILES(INCLUDE)

const struct alfa__web_file *alfa__web_find(const char *name)
{
#define ROW(symbol, file, type) {file, type, alfa__web_##symbol, 0},
#define END(symbol, file, type) alfa__web_##symbol##_end,
    static struct alfa__web_file table[] = {FILES(ROW)};
    static const char *const ends[] = {FILES(END)};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0) {
            table[i].size = (size_t)(ends[i] - table[i].bytes);
            return &table[i];
        }
    return NULL;
}
