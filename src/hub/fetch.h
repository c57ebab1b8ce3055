/* One file from the hub: fetched, gone on with where an earlier try stopped, checked, and only then there. */
#ifndef ALFA_HUB_FETCH_H
#define ALFA_HUB_FETCH_H

#include "hub/line.h"

/* A file as the hub describes it. */
struct alfa__remote {
    const char *name;
    char etag[132];
    long long size; /* -1: not said */
};

struct alfa__fetch {
    const struct alfa__hub_options *options;
    struct alfa__line *line;
    const struct alfa__repository *repository;
    const char *commit;
    struct alfa__hub_progress progress; /* the file's share of all files begins at its done */
    long long fetched;                  /* bytes that came over the line, of all files */
    long long kept;                     /* bytes of a file that failed which the next call goes on from */
};

/* Fetches the file to path. Until it is complete and its hash is right its bytes lie in path.incomplete, and
 * the next call goes on from there, so that what was fetched before a cut or a stop is kept. A wrong hash
 * keeps nothing. Connections that break are tried again as long as they bring something. */
enum alfa_status alfa__fetch_file(struct alfa__fetch *fetch, const struct alfa__remote *file,
                                  const char *path, struct alfa_error *err);

/* Fails when path is not what the hub's hash says: ALFA_ERROR_INPUT; a hub that gives no hash has only the
 * size compared. */
enum alfa_status alfa__fetch_check(struct alfa__fetch *fetch, const struct alfa__remote *file,
                                   const char *path, struct alfa_error *err);

/* Tells whoever watches that the file in work has done bytes. */
void alfa__fetch_tell(struct alfa__fetch *fetch, long long done, bool checking);

#endif
