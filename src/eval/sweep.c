#include "eval/sweep.h"

#include <math.h>

void alfa__sweep_start(struct alfa__sweep *out, uint64_t positives, uint64_t negatives)
{
    *out = (struct alfa__sweep){.positives = positives, .negatives = negatives, .precision = 1};
}

void alfa__sweep_step(struct alfa__sweep *sweep, double score, uint64_t positives, uint64_t negatives)
{
    sweep->area += negatives * (2 * sweep->tp + positives); /* ties count one half */
    sweep->tp += positives;
    sweep->fp += negatives;
    if (sweep->positives == 0)
        return;
    double recalled = (double)positives / (double)sweep->positives;
    double precision = (double)sweep->tp / (double)(sweep->tp + sweep->fp);
    double f1 = 2.0 * (double)sweep->tp / (double)(sweep->positives + sweep->tp + sweep->fp);
    sweep->average_precision += recalled * precision;
    sweep->aupr += recalled * (sweep->precision + precision) / 2;
    sweep->precision = precision;
    if (f1 > sweep->f1_max) {
        sweep->f1_max = f1;
        sweep->threshold = score;
    }
}

struct alfa__metric alfa__metric_of(double value)
{
    return (struct alfa__metric){true, value};
}

struct alfa__metric alfa__metric_undefined(void)
{
    return (struct alfa__metric){false, NAN};
}

struct alfa__ranking alfa__sweep_end(const struct alfa__sweep *sweep)
{
    struct alfa__metric none = alfa__metric_undefined();
    if (sweep->positives == 0 || sweep->negatives == 0)
        return (struct alfa__ranking){none, none, none, none, none};
    double cells = 2.0 * (double)sweep->positives * (double)sweep->negatives;
    return (struct alfa__ranking){
        .auroc = alfa__metric_of((double)sweep->area / cells),
        .average_precision = alfa__metric_of(sweep->average_precision),
        .aupr = alfa__metric_of(sweep->aupr),
        .f1_max = alfa__metric_of(sweep->f1_max),
        .threshold = alfa__metric_of(sweep->threshold),
    };
}
