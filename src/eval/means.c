/* Means over seeds and classes, as the cells of tables. */
#include "eval/shots.h"
#include "eval/table.h"

#include <math.h>

static void add_number(struct alfa__spread *spread, double value)
{
    /* Welford: deviation holds the sum of squares until finish() */
    const double before = value - spread->mean;
    spread->mean += before / ++spread->count;
    spread->deviation += before * (value - spread->mean);
}

static void finish(struct alfa__spread *spread)
{
    spread->deviation = spread->count > 1 ? sqrt(spread->deviation / (spread->count - 1)) : 0;
}

static int seeds_of(const struct alfa__table *table, int shots)
{
    return alfa__eval_seeds_of(shots, table->seeds);
}

static const struct alfa__metric *value_of(const struct alfa__table *table, const char *class_name,
                                           const char *method, int shots, int seed,
                                           enum alfa__eval_metric metric)
{
    const struct alfa__eval_result *result =
        alfa__eval_results_find(table->results, class_name, method, shots, seed);
    return result && result->values[metric].defined ? &result->values[metric] : NULL;
}

struct alfa__spread alfa__table_cell(const struct alfa__table *table, const char *class_name,
                                     const char *method, int shots, enum alfa__eval_metric metric)
{
    struct alfa__spread spread = {0};
    for (int seed = 0; seed < seeds_of(table, shots); seed++) {
        const struct alfa__metric *value = value_of(table, class_name, method, shots, seed, metric);
        if (value)
            add_number(&spread, value->value);
    }
    finish(&spread);
    return spread;
}

struct alfa__spread alfa__table_macro(const struct alfa__table *table, const char *method, int shots,
                                      enum alfa__eval_metric metric, int *classes)
{
    struct alfa__spread spread = {0};
    *classes = table->class_count;
    for (int seed = 0; seed < seeds_of(table, shots); seed++) {
        struct alfa__spread over = {0};
        for (int c = 0; c < table->class_count; c++) {
            const struct alfa__metric *value =
                value_of(table, table->classes[c], method, shots, seed, metric);
            if (value)
                add_number(&over, value->value);
        }
        if (over.count)
            add_number(&spread, over.mean);
        *classes = over.count < *classes ? over.count : *classes;
    }
    finish(&spread);
    return spread;
}
