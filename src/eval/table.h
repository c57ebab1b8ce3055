/* Results as tables: means over seeds and classes, in Markdown, CSV and JSON. What is undefined is "-", never
 * 0. */
#ifndef ALFA_EVAL_TABLE_H
#define ALFA_EVAL_TABLE_H

#include "base/strings.h"
#include "eval/cache.h"
#include "eval/run_entrants.h"
#include "eval/settings.h"

/* What the tables are about. */
struct alfa__table {
    const char *model, *fingerprint;
    const char *const *classes;
    int class_count;
    const struct alfa__entrants *entrants;
    const int *shots;
    int shot_count, seeds;
    enum alfa__ablation ablation;             /* of which the paper's numbers stand beside */
    int timed;                                /* images that each was timed on; 0: none */
    int wanted, missing;                      /* results; those that were not made */
    bool original;                            /* pixel metrics at each photograph's own size */
    const struct alfa__eval_results *results; /* only current ones are shown */
    const struct alfa__settings *settings;    /* NULL: what was run is not said */
    const char *run;                          /* id of the run (eval/place.h); NULL: none */
};

/* Mean and deviation of a number over the seeds that have it. */
struct alfa__spread {
    int count; /* 0: undefined */
    double mean;
    double deviation; /* with count - 1; 0 for one */
};

/* Of a class; and of the mean over classes, where a seed counts with the classes that define the number:
 * *classes gets of how many (the fewest of a seed). */
struct alfa__spread alfa__table_cell(const struct alfa__table *table, const char *class_name,
                                     const char *method, int shots, enum alfa__eval_metric metric);
struct alfa__spread alfa__table_macro(const struct alfa__table *table, const char *method, int shots,
                                      enum alfa__eval_metric metric, int *classes);

/* The report; one row a result with the means below; everything, with the references. */
void alfa__table_markdown(struct alfa__string *out, const struct alfa__table *table);
void alfa__table_csv(struct alfa__string *out, const struct alfa__table *table);
void alfa__table_json(struct alfa__string *out, const struct alfa__table *table);
/* The results alone, a JSON object a line. */
void alfa__table_lines(struct alfa__string *out, const struct alfa__table *table);

/* table_paper.c: the published rows for a benchmark, when the classes are those of MVTec AD or of VisA, and
 * the paper's own for an ablation, whatever the classes; nothing otherwise. */
void alfa__table_quoted(struct alfa__string *out, const struct alfa__table *table);

/* table_decisions.c: what thresholds from the normal images alone find in each class, at a wanted rate of 5
 * %; nothing when no entrant has any. */
void alfa__table_decisions(struct alfa__string *out, const struct alfa__table *table);

#endif
