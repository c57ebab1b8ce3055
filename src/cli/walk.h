/* The files in a folder and below it: one walk for all that search folders.
 * Hidden names are passed over, and a report: a folder that --out filled, whose pictures are heat maps. Each
 * folder is entered once, so that links cannot loop. */
#ifndef ALFA_CLI_WALK_H
#define ALFA_CLI_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct alfa__walk {
    void (*file)(void *context, const char *path, const struct stat *info);
    void (*enter)(void *context, const char *path); /* before a folder is read; NULL: nobody wants to know */
    /* What is passed over although it may hold pictures: a folder with an errno, or ELOOP when it is too
     * deep, or a link that leads to nothing with ENOLINK. NULL: nobody wants to know. */
    void (*problem)(void *context, const char *path, int error);
    void *context;
    /* The walk's own, to begin with all 0: */
    struct alfa__walked {
        dev_t device;
        ino_t number;
        bool used;
    } * seen; /* folders that were entered or are not to be: a table with open addressing */
    size_t count, room;
    int depth;
};

#define ALFA__WALK_DEEPEST 64

/* These folders (NULL ends the list) are not entered; one that is not there does no harm. */
void alfa__walk_skip(struct alfa__walk *walk, const char *const *folders);

/* Names in each folder come in order, with numbers in sequence (2 before 10), what is below a folder in its
 * place. False when the folder itself cannot be read (errno says why; it is a problem too). */
bool alfa__walk_into(struct alfa__walk *walk, const char *folder);

void alfa__walk_end(struct alfa__walk *walk);

/* Whether a folder is a report. */
bool alfa__walk_is_report(const char *folder);

#endif
