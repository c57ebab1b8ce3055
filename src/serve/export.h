/* alfa export: the store as a table and folders that 'alfa learn' takes. */
#ifndef ALFA_SERVE_EXPORT_H
#define ALFA_SERVE_EXPORT_H

#include "alfa.h"

struct alfa__export_options {
    const char *store;               /* folder of the server; it may be running */
    const char *out;                 /* made when missing */
    const char *class_name;          /* NULL: all */
    bool (*stop)(void);              /* asked before each picture */
    void (*step)(int done, int all); /* told after each */
};

struct alfa__export_counts {
    int good, bad, unknown; /* pictures */
    int failed;             /* could not be read or written; the others went on */
};

/* Writes OUT/inspections.csv and each picture once, as its newest inspection was called by the operator:
 * OUT/good, OUT/bad, OUT/unknown. */
enum alfa_status alfa__export(struct alfa__export_counts *out, const struct alfa__export_options *options,
                              struct alfa_error *err);

#endif
