/* What a threshold that was made of normal images alone finds, and what it costs. */
#include "eval/shots.h"
#include "eval/table.h"

#include <math.h>
#include <string.h>

#define RATE 2 /* of alfa__eval_rates: 5 % */

/* Shares of the images of a class over the seeds. */
struct shares {
    int count;
    double found, alarms;                /* sums */
    double found_squares, alarm_squares; /* of their squares */
    int normal, anomalous;
};

static void add(struct shares *s, const struct alfa__eval_result *r)
{
    const double found = r->anomalous ? (double)r->decisions[RATE].found / r->anomalous : 0;
    const double alarms = r->normal ? (double)r->decisions[RATE].alarms / r->normal : 0;
    s->count++;
    s->found += found;
    s->alarms += alarms;
    s->found_squares += found * found;
    s->alarm_squares += alarms * alarms;
    s->normal = r->normal;
    s->anomalous = r->anomalous;
}

static struct shares gather(const struct alfa__table *table, const char *class_name, const char *label,
                            int shots)
{
    struct shares s = {0};
    for (int seed = 0; seed < alfa__eval_seeds_of(shots, table->seeds) && shots; seed++) {
        const struct alfa__eval_result *r =
            alfa__eval_results_find(table->results, class_name, label, shots, seed);
        if (r && r->decides)
            add(&s, r);
    }
    return s;
}

/* "75.5 ± 3.1" */
static void put(struct alfa__string *out, int count, double sum, double squares)
{
    const double mean = sum / count;
    const double deviation = count > 1 ? sqrt(fmax(squares - count * mean * mean, 0) / (count - 1)) : 0;
    alfa__string_appendf(out, count > 1 ? "%.1f ± %.1f" : "%.1f", 100 * mean, 100 * deviation);
}

static void put_row(struct alfa__string *out, const struct alfa__table *table, const char *class_name,
                    const struct alfa__entrant *entrant, int shots)
{
    const struct shares s = gather(table, class_name, entrant->label, shots);
    if (s.count == 0)
        return;
    alfa__string_append(out, "| ");
    for (const char *p = class_name; *p; p++)
        alfa__string_appendf(out, *p == '|' ? "\\%c" : "%c", (unsigned char)*p < 32 ? '?' : *p);
    char text[16];
    alfa__string_appendf(out, " | %s | %s | ", alfa__eval_shots_text(text, shots), entrant->title);
    put(out, s.count, s.found, s.found_squares);
    alfa__string_appendf(out, " of %d | ", s.anomalous);
    put(out, s.count, s.alarms, s.alarm_squares);
    alfa__string_appendf(out, " of %d |\n", s.normal);
}

void alfa__table_decisions(struct alfa__string *out, const struct alfa__table *table)
{

    struct alfa__string rows = {0};
    for (int c = 0; c < table->class_count; c++)
        for (int s = 0; s < table->shot_count; s++)
            for (int e = 0; e < table->entrants->count; e++)
                put_row(&rows, table, table->classes[c], &table->entrants->items[e], table->shots[s]);
    if (rows.size)
        alfa__string_appendf(
            out,
            "## Decisions\n\nAnomalous images found and normal ones called (false alarms), in "
            "percent, at the threshold that the normal images alone give for a wanted rate "
            "of %g %%.\n\n| class | normal images | method | found | false alarms "
            "|\n|---|--:|---|--:|--:|\n%s\n",
            100 * alfa__eval_rates[RATE], rows.text);
    out->failed = out->failed || rows.failed;
    alfa__string_free(&rows);
}
