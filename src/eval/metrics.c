#include "eval/metrics.h"
#include "eval/sweep.h"

#include <math.h>
#include <stdlib.h>

struct judged {
    double score;
    bool anomalous;
};

static int compare_descending(const void *a, const void *b)
{
    double x = ((const struct judged *)a)->score, y = ((const struct judged *)b)->score;
    return (x < y) - (x > y);
}

static void rank(struct alfa__ranking *out, struct judged *items, size_t count)
{
    struct alfa__sweep sweep;
    uint64_t positives = 0;
    qsort(items, count, sizeof *items, compare_descending);
    for (size_t i = 0; i < count; i++)
        positives += items[i].anomalous;
    alfa__sweep_start(&sweep, positives, count - positives);
    for (size_t first = 0, end; first < count; first = end) {
        uint64_t found = 0;
        for (end = first; end < count && items[end].score == items[first].score; end++)
            found += items[end].anomalous;
        alfa__sweep_step(&sweep, items[first].score, found, end - first - found);
    }
    *out = alfa__sweep_end(&sweep);
}

enum alfa_status alfa__metrics_rank(struct alfa__ranking *out, const double *scores, const bool *labels,
                                    size_t count, struct alfa_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(scores[i]))
            return alfa__fail(err, ALFA_ERROR_INPUT, NULL, "score %zu of %zu is not a finite number", i + 1,
                              count);
    struct judged *items = calloc(count ? count : 1, sizeof *items);
    if (!items)
        return alfa__fail_memory(err, count * sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct judged){scores[i], labels[i]};
    rank(out, items, count);
    free(items);
    return ALFA_OK;
}
