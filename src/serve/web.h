/* The files of the page, which are inside the program. */
#ifndef ALFA_SERVE_WEB_H
#define ALFA_SERVE_WEB_H

#include <stddef.h>

struct alfa__web_file {
    const char *name, *type;
    const char *bytes;
    size_t size;
};

/* The file of a name, or NULL. */
const struct alfa__web_file *alfa__web_find(const char *name);

#endif
