/* One request, from its first byte to its answer. */
#ifndef ALFA_SERVE_REQUEST_H
#define ALFA_SERVE_REQUEST_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "alfa.h"
#include "base/strings.h"

/* Limits of a request (docs/limits.md). */
enum {
    ALFA__REQUEST_MAX_PARTS = 1024,         /* of a multipart body */
    ALFA__REQUEST_MAX_FIELD = 1 << 18,      /* bytes of a part that is no file */
    ALFA__REQUEST_MAX_JSON = 1 << 20,       /* bytes of any body that is no picture */
    ALFA__REQUEST_MAX_VALUES = 1 << 14,     /* of JSON */
    ALFA__REQUEST_MAX_NAME = 200,           /* bytes of a file's name that are kept */
    ALFA__REQUEST_MAX_BODY = 256 * 1000000, /* bytes of a whole body */
    ALFA__REQUEST_MAX_HEADER = 16 * 1024,   /* bytes of the request line and all header lines */
    ALFA__REQUEST_SECONDS = 60,             /* from the first byte to the last of a request */
    ALFA__REQUEST_IDLE = 20                 /* seconds without any byte */
};

/* A part of a form. A file has a file name, maybe "". */
struct alfa__part {
    char *name, *file; /* file NULL: a plain field */
    struct {
        char *text; /* in the request's form */
        size_t size;
    } value;
};

struct alfa__server;
struct alfa__route;

struct alfa__request {
    struct alfa__server *server;
    struct MHD_Connection *connection;
    const struct alfa__route *route;
    long long id;             /* the number in the path, 0 when there is none */
    char *word;               /* the noun in the path, decoded; NULL when there is none */
    double start;             /* alfa__clock() */
    bool local;               /* needs no token or has shown it */
    const char *type;         /* Content-Type, "" when there is none */
    bool is_form;             /* multipart/form-data, or fields alone */
    struct alfa__string form; /* all of it: the parts lie in it */
    struct alfa__part *parts;
    int part_count;
    struct alfa__string body; /* of anything else */
    size_t received;
    bool too_large, broken;
    bool queued, done; /* waits for a worker; was answered by one */
    unsigned status;   /* the answer, when response is not NULL */
    struct MHD_Response *response;
    struct alfa__request *next; /* in the queue */
};

/* A field of the form, of a JSON body's top level it is NOT, or of the query; NULL when it is not there. */
const char *alfa__request_text(const struct alfa__request *request, const char *name);

/* The body, or a field, as JSON; NULL when it is none (text may be NULL) or has too many values. */
json_t *alfa__request_json(const char *text);

/* The first member of an object that is none of the known ones, words with a space before and behind each;
 * NULL: there is none. */
const char *alfa__request_json_stranger(json_t *body, const char *known);

/* Fails with ALFA_ERROR_USAGE for the first field, of the form, the query or the body (which may be NULL), of
 * another name: a misspelt one would be passed over in silence; and for one that is there more than once with
 * different values. told: names, written likewise, that the message lists; silent: further ones, not of the
 * body. */
enum alfa_status alfa__request_check(const struct alfa__request *request, json_t *body, const char *told,
                                     const char *silent, struct alfa_error *err);

/* Reads a number; false when it is not one or outside minimum..maximum. *out stays when it is absent. */
bool alfa__request_number(double *out, const struct alfa__request *request, const char *name, double minimum,
                          double maximum);
bool alfa__request_whole(long long *out, const struct alfa__request *request, const char *name,
                         long long minimum, long long maximum);
/* "1", "true", "yes"; *out stays when it is absent. */
bool alfa__request_flag(bool *out, const struct alfa__request *request, const char *name);

/* Begins with the body of a request whose headers are there; takes a piece of it. */
void alfa__request_begin(struct alfa__request *request);
void alfa__request_take(struct alfa__request *request, const char *bytes, size_t size);
/* After the last piece. */
void alfa__request_end(struct alfa__request *request);
void alfa__request_free(struct alfa__request *request);

#endif
