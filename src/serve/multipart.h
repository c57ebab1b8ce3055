/* multipart/form-data (RFC 7578), as the clients of a line write it: names with and without quotes (.NET has
 * none), file names in UTF-8 and percent signs (filename*, RFC 5987), parameters behind the boundary, lines
 * that end with LF alone. */
#ifndef ALFA_SERVE_MULTIPART_H
#define ALFA_SERVE_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

struct alfa__multipart {
    char *delimiter; /* "--" and the boundary */
    char *at, *end;  /* at: behind the delimiter that the next part begins with */
};

/* One part. name and file are freed with free(); the data, which a zero follows, lies in the body. */
struct alfa__multipart_part {
    char *name, *file; /* file: "" where a file has no name, NULL where it is a plain field */
    char *data;
    size_t size;
};

enum alfa__multipart_found { ALFA__MULTIPART_PART, ALFA__MULTIPART_END, ALFA__MULTIPART_DAMAGED };

/* Begins with the size bytes of a body, which is changed; type: its Content-Type. False when that names no
 * boundary or the body does not have it. */
bool alfa__multipart_begin(struct alfa__multipart *m, const char *type, char *body, size_t size);

/* The next part, or why there is none: *part is empty then. A name that memory is missing for is NULL. */
enum alfa__multipart_found alfa__multipart_next(struct alfa__multipart *m, struct alfa__multipart_part *part);
void alfa__multipart_end(struct alfa__multipart *m);

#endif
