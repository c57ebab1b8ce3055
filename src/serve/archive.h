/* What was judged: a SQLite database and, beside it, files that are named by what is in them.
 *
 *     FOLDER/alfa.db          WAL; user_version says which layout it has
 *     FOLDER/files/3f/9a...   pictures, maps and banks, named by XXH128 of their bytes
 *     FOLDER/lock             held while a server runs
 *
 * A file is written before the row that names it is committed, so that a row never names a file that is not
 * there; what a killed program left without a row is removed when the store is opened again. One lock
 * serialises all calls, which may come from any thread. Times are milliseconds since 1970 (UTC). */
#ifndef ALFA_SERVE_ARCHIVE_H
#define ALFA_SERVE_ARCHIVE_H

#include <jansson.h>

#include "alfa.h"
#include "base/strings.h"

struct alfa__archive;

enum { ALFA__ARCHIVE_HASH = 33 }; /* hexadecimal digits and a zero */

/* What alfa__archive_open() is for: a server has the folder to itself, a reader takes it as it is. */
enum alfa__archive_use { ALFA__ARCHIVE_SERVE, ALFA__ARCHIVE_READ };

/* Makes folder and database when they are missing, brings an older database to this version's layout, and
 * refuses a newer one, a folder that another server has, and what is no store. */
enum alfa_status alfa__archive_open(struct alfa__archive **out, const char *folder,
                                    enum alfa__archive_use use, struct alfa_error *err);
void alfa__archive_close(struct alfa__archive *archive);

/* One thing that was judged. Strings are borrowed; NAN and NULL where there is nothing. */
struct alfa__inspection {
    const char *name; /* the file's, as the client said it */
    const char *class_name, *method;
    long long bank; /* 0: none */
    double score, p_value, threshold;
    int decision; /* 1 anomaly, 0 normal, -1 none */
    int width, height;
    const char *report; /* the whole answer as JSON, without id, time and links */
    const void *image;  /* the bytes as they came */
    size_t image_size;
    const void *map; /* .npy; NULL: none */
    size_t map_size;
};

/* On success the inspection survives the end of the program at any moment. */
enum alfa_status alfa__archive_add(struct alfa__archive *archive, long long *id, long long *time,
                                   const struct alfa__inspection *inspection, struct alfa_error *err);

/* Which inspections; zero-initialise, then set what matters. The newest first. */
struct alfa__filter {
    const char *class_name, *decision, *verdict; /* verdict "none": without one */
    const char *name;                            /* a part of the file's name */
    bool has_low, has_high;
    double low, high;               /* scores */
    long long since, until, before; /* times; only ids below before, 0: all */
    long long bank;                 /* 0: any */
    int limit;
};

/* A page as {"items": [...], "next": id or null}; NULL when out of memory or the database failed. */
json_t *alfa__archive_list(struct alfa__archive *archive, const struct alfa__filter *filter);

/* One inspection with its whole report; NULL when there is none. */
json_t *alfa__archive_get(struct alfa__archive *archive, long long id);

/* The same as the CSV table that alfa__archive_list() would be, all pages of it. */
enum alfa_status alfa__archive_csv(struct alfa__archive *archive, struct alfa__string *out,
                                   const struct alfa__filter *filter, struct alfa_error *err);

/* verdict "agree", "false_alarm", "missed", or NULL to take it away. ALFA_ERROR_INPUT: no such inspection, or
 * a verdict that its decision does not allow. */
enum alfa_status alfa__archive_judge(struct alfa__archive *archive, long long id, const char *verdict,
                                     struct alfa_error *err);

/* Scores of a class (and a bank) with what is known about them: [{"id","score","truth"}...], the newest
 * most. */
json_t *alfa__archive_scores(struct alfa__archive *archive, const char *class_name, long long bank, int most);

/* The latest inspections of a class: [{"id", "score", "decision", "truth"}...]; one for each picture. */
json_t *alfa__archive_latest(struct alfa__archive *archive, const char *class_name, int most);

/* The names of all classes that were inspected, with counts. */
json_t *alfa__archive_classes(struct alfa__archive *archive);

enum alfa__archive_kind { ALFA__ARCHIVE_IMAGE, ALFA__ARCHIVE_MAP };

/* A file of the archive in memory. */
struct alfa__archived {
    char *bytes; /* freed with free() */
    size_t size;
    char hash[ALFA__ARCHIVE_HASH]; /* the name of its content */
};

/* An inspection's picture or map. */
enum alfa_status alfa__archive_read(struct alfa__archived *out, struct alfa__archive *archive, long long id,
                                    enum alfa__archive_kind kind, struct alfa_error *err);

/* Removes an inspection; ALFA_ERROR_INPUT when there is none, ALFA_ERROR_OUTPUT when the disk is full. */
enum alfa_status alfa__archive_remove(struct alfa__archive *archive, long long id, struct alfa_error *err);

/* Whether the store has room for 16 MB: 0, or the number of the system's error. tried: a file is made, which
 * tells also of a quota; without it nothing is written, as disks may sleep. */
int alfa__archive_trouble(const struct alfa__archive *archive, bool tried);

/* The machine's date as the store has it: milliseconds since 1970. */
long long alfa__archive_now(void);

/* Removes inspections older than keep_days and then the oldest while the files take more than keep_gb, a
 * bounded number a call; 0: no such limit. *removed gets how many. */
enum alfa_status alfa__archive_tidy(struct alfa__archive *archive, double keep_days, double keep_gb,
                                    int *removed, struct alfa_error *err);

/* How many inspections, and the bytes of all files. */
void alfa__archive_count(struct alfa__archive *archive, long long *inspections, long long *bytes);

/* Prompt sets that were edited: the text, freed with free(), or NULL; NULL takes one away. */
char *alfa__archive_prompts(struct alfa__archive *archive, const char *class_name);
enum alfa_status alfa__archive_set_prompts(struct alfa__archive *archive, const char *class_name,
                                           const char *text, struct alfa_error *err);
json_t *alfa__archive_prompt_classes(struct alfa__archive *archive);

#endif
