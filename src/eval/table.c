#include "eval/table.h"
#include "eval/shots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ Markdown */

/* "83.1", "83.1 ± 0.4" or "-". */
static void put_spread(struct alfa__string *out, struct alfa__spread spread)
{
    if (!spread.count)
        alfa__string_append(out, "-");
    else if (spread.count == 1)
        alfa__string_appendf(out, "%.1f", 100 * spread.mean);
    else
        alfa__string_appendf(out, "%.1f ± %.1f", 100 * spread.mean, 100 * spread.deviation);
}

/* A name in a cell: what would end it is escaped, control characters are not shown. */
static void put_name(struct alfa__string *out, const char *name)
{
    for (; *name; name++)
        alfa__string_appendf(out, *name == '|' ? "\\%c" : "%c", (unsigned char)*name < 32 ? '?' : *name);
}

static void put_shots(struct alfa__string *out, int shots)
{
    char text[16];
    alfa__string_appendf(out, "| %s ", alfa__eval_shots_text(text, shots));
}

/* Whether any class has a result of the entrant with so many normal images. */
static bool took_part(const struct alfa__table *table, const struct alfa__entrant *entrant, int shots)
{
    for (int c = 0; c < table->class_count; c++)
        for (int seed = 0; seed < alfa__eval_seeds_of(shots, table->seeds); seed++)
            if (alfa__eval_results_find(table->results, table->classes[c], entrant->label, shots, seed))
                return true;
    return false;
}

/* Seconds for an image: mean over the classes, deviation within them. */
static void put_timing(struct alfa__string *out, const struct alfa__table *table,
                       const struct alfa__entrant *entrant, int shots)
{
    double sum = 0, squares = 0;
    int classes = 0;
    for (int c = 0; c < table->class_count; c++) {
        const struct alfa__eval_result *r =
            alfa__eval_results_find(table->results, table->classes[c], entrant->label, shots, 0);
        if (!r || !r->timing.count)
            continue;
        sum += r->timing.mean;
        squares += r->timing.deviation * r->timing.deviation;
        classes++;
    }
    if (classes)
        alfa__string_appendf(out, "| %.3f ± %.3f ", sum / classes, sqrt(squares / classes));
    else
        alfa__string_append(out, "| - ");
}

static void put_macro_row(struct alfa__string *out, const struct alfa__table *table,
                          const struct alfa__entrant *entrant, int shots)
{
    put_shots(out, shots);
    alfa__string_appendf(out, "| %s ", entrant->title);
    for (int m = 0; m < ALFA__EVAL_METRICS; m++) {
        int classes;
        const struct alfa__spread spread =
            alfa__table_macro(table, entrant->label, shots, (enum alfa__eval_metric)m, &classes);
        alfa__string_append(out, "| ");
        put_spread(out, spread);
        if (spread.count && classes < table->class_count)
            alfa__string_appendf(out, " (%d)", classes);
        alfa__string_append(out, " ");
    }
    if (table->timed)
        put_timing(out, table, entrant, shots);
    alfa__string_append(out, "|\n");
}

static void put_macro(struct alfa__string *out, const struct alfa__table *table)
{
    alfa__string_appendf(out, "## Mean over %d class%s\n\n| normal images | method ", table->class_count,
                         table->class_count == 1 ? "" : "es");
    for (int m = 0; m < ALFA__EVAL_METRICS; m++)
        alfa__string_appendf(out, "| %s ", alfa__eval_metric_title((enum alfa__eval_metric)m));
    alfa__string_append(out, table->timed ? "| seconds an image " : "");
    alfa__string_append(out, "|\n|--:|---");
    for (int m = 0; m < ALFA__EVAL_METRICS + (table->timed > 0); m++)
        alfa__string_append(out, "|--:");
    alfa__string_append(out, "|\n");
    for (int s = 0; s < table->shot_count; s++)
        for (int e = 0; e < table->entrants->count; e++)
            if (took_part(table, &table->entrants->items[e], table->shots[s]))
                put_macro_row(out, table, &table->entrants->items[e], table->shots[s]);
    alfa__string_append(out, "\n");
}

static void put_class_row(struct alfa__string *out, const struct alfa__table *table,
                          const struct alfa__entrant *entrant, int shots, enum alfa__eval_metric metric)
{
    put_shots(out, shots);
    alfa__string_appendf(out, "| %s ", entrant->title);
    for (int c = 0; c < table->class_count; c++) {
        alfa__string_append(out, "| ");
        put_spread(out, alfa__table_cell(table, table->classes[c], entrant->label, shots, metric));
        alfa__string_append(out, " ");
    }
    alfa__string_append(out, "|\n");
}

static void put_classes(struct alfa__string *out, const struct alfa__table *table,
                        enum alfa__eval_metric metric)
{
    alfa__string_appendf(out, "## %s of each class\n\n| normal images | method ",
                         alfa__eval_metric_title(metric));
    for (int c = 0; c < table->class_count; c++) {
        alfa__string_append(out, "| ");
        put_name(out, table->classes[c]);
        alfa__string_append(out, " ");
    }
    alfa__string_append(out, "|\n|--:|---");
    for (int c = 0; c < table->class_count; c++)
        alfa__string_append(out, "|--:");
    alfa__string_append(out, "|\n");
    for (int s = 0; s < table->shot_count; s++)
        for (int e = 0; e < table->entrants->count; e++)
            if (took_part(table, &table->entrants->items[e], table->shots[s]))
                put_class_row(out, table, &table->entrants->items[e], table->shots[s], metric);
    alfa__string_append(out, "\n");
}

/* Images of each class; any result of it knows them. */
static void put_counts(struct alfa__string *out, const struct alfa__table *table)
{
    alfa__string_append(out, "## Images\n\n| class | normal | anomalous | with mask | could not be judged |\n"
                             "|---|--:|--:|--:|--:|\n");
    for (int c = 0; c < table->class_count; c++)
        for (size_t i = 0; i < table->results->count; i++) {
            const struct alfa__eval_result *r = &table->results->items[i];
            if (strcmp(r->class_name, table->classes[c]) != 0)
                continue;
            alfa__string_append(out, "| ");
            put_name(out, r->class_name);
            alfa__string_appendf(out, " | %d | %d | %d | %d |\n", r->normal, r->anomalous, r->masked,
                                 r->failed);
            break;
        }
    alfa__string_append(out, "\n");
}

/* The normal images of each class and seed; a larger number begins with those of a smaller one. */
static void put_references(struct alfa__string *out, const struct alfa__table *table)
{
    bool any = false;
    for (int c = 0; c < table->class_count; c++)
        for (int seed = 0; seed < table->seeds; seed++) {
            const struct alfa__eval_result *most = NULL;
            for (size_t i = 0; i < table->results->count; i++) {
                const struct alfa__eval_result *r = &table->results->items[i];
                if (r->seed == seed && r->shots && strcmp(r->class_name, table->classes[c]) == 0 &&
                    (!most || r->shots > most->shots))
                    most = r;
            }
            if (!most)
                continue;
            alfa__string_append(out,
                                any ? "" : "## Normal images learnt from\n\nOf each seed in this order.\n\n");
            any = true;
            alfa__string_append(out, "- ");
            put_name(out, table->classes[c]);
            alfa__string_appendf(out, ", seed %d:", seed);
            for (size_t k = 0; k < most->references.count; k++) {
                alfa__string_append(out, " ");
                put_name(out, most->references.items[k]);
            }
            alfa__string_append(out, "\n");
        }
    alfa__string_append(out, any ? "\n" : "");
}

/* How the contextual score treated ALFA's prompts. */
static void put_prompts(struct alfa__string *out, const struct alfa__table *table)
{
    double kept = 0, fallback = 0;
    int images = 0;
    for (int c = 0; c < table->class_count; c++) {
        const struct alfa__eval_result *r =
            alfa__eval_results_find(table->results, table->classes[c], "alfa", 0, 0);
        const int judged = r ? r->normal + r->anomalous : 0;
        kept += r ? r->kept * judged : 0;
        fallback += r ? r->fallback * judged : 0;
        images += judged;
    }
    if (images)
        alfa__string_appendf(
            out,
            "ALFA's contextual score kept %.1f %% of the prompts of an image on average; one side kept "
            "nothing, so that all were used, for %.1f %% of %d images.\n\n",
            100 * kept / images, 100 * fallback / images, images);
}

/* Whether anything was learned more than once. */
static bool has_deviations(const struct alfa__table *table)
{
    for (int s = 0; s < table->shot_count; s++)
        if (alfa__eval_seeds_of(table->shots[s], table->seeds) > 1)
            return true;
    return false;
}

static void put_head(struct alfa__string *out, const struct alfa__table *table)
{
    alfa__string_appendf(out, "# Methods compared with %s (%s)\n\n", table->model, table->fingerprint);
    if (table->missing)
        alfa__string_appendf(out,
                             "**%d of %d results are missing**: the run was stopped, or they failed. Means "
                             "are over those that are there.\n\n",
                             table->missing, table->wanted);
    alfa__string_append(out, "Percent. ");
    if (has_deviations(table))
        alfa__string_appendf(out, "With normal images: mean ± deviation over %d seeds. ", table->seeds);
    alfa__string_appendf(
        out,
        "AP is scikit-learn's "
        "average_precision_score, AUPR the trapezoids under its precision_recall_curve. pAUROC, PRO (exact, "
        "to a false positive rate of 0.3), PRO-200 (200 thresholds, as many repositories count) and pF1-max "
        "at %s size, "
        "over all pixels of a class; (n): over the n classes that define the number; "
        "-: undefined, or the method has no map.\n\n",
        table->original ? "each photograph's own" : "the model's image");
}

void alfa__table_markdown(struct alfa__string *out, const struct alfa__table *table)
{
    put_head(out, table);
    put_macro(out, table);
    alfa__table_decisions(out, table);
    put_prompts(out, table);
    alfa__table_quoted(out, table);
    put_classes(out, table, ALFA__EVAL_IMAGE_AUROC);
    put_classes(out, table, ALFA__EVAL_IMAGE_F1);
    put_classes(out, table, ALFA__EVAL_PIXEL_AUROC);
    put_classes(out, table, ALFA__EVAL_PRO);
    put_classes(out, table, ALFA__EVAL_PIXEL_F1);
    put_counts(out, table);
    put_references(out, table);
    if (table->settings)
        alfa__settings_markdown(out, table->settings);
}

/* ------------------------------------------------------------------ CSV and JSON */

/* A field in quotes, quotes inside doubled (RFC 4180). */
static void put_field(struct alfa__string *out, const char *text)
{
    alfa__string_append(out, "\"");
    for (; *text; text++)
        alfa__string_appendf(out, *text == '"' ? "\"%c" : "%c", *text);
    alfa__string_append(out, "\"");
}

/* Nothing where there is no number: a sign would make words of the whole column. */
static void put_number(struct alfa__string *out, bool defined, double value)
{
    alfa__string_append(out, ",");
    if (defined)
        alfa__string_appendf(out, "%.6f", value);
}

static void put_csv_class(struct alfa__string *out, const struct alfa__eval_result *r)
{
    char shots[16];
    put_field(out, r->class_name);
    alfa__string_append(out, ",");
    put_field(out, r->method);
    alfa__string_appendf(out, ",%s,%d", alfa__eval_shots_text(shots, r->shots), r->seed);
    for (int m = 0; m < ALFA__EVAL_METRICS; m++)
        put_number(out, r->values[m].defined, r->values[m].value);
    alfa__string_appendf(out, ",%d,%d,%d,%d,%.6f\n", r->normal, r->anomalous, r->masked, r->failed,
                         r->seconds);
}

static void put_csv_macro(struct alfa__string *out, const struct alfa__table *table,
                          const struct alfa__entrant *entrant, int shots)
{
    char text[16];
    const int rows = alfa__eval_seeds_of(shots, table->seeds) > 1 ? 2 : 1;
    for (int row = 0; row < rows; row++) {
        alfa__string_append(out, row ? "\"(deviation)\"," : "\"(mean)\",");
        put_field(out, entrant->label);
        alfa__string_appendf(out, ",%s,", alfa__eval_shots_text(text, shots));
        for (int m = 0; m < ALFA__EVAL_METRICS; m++) {
            int classes;
            const struct alfa__spread s =
                alfa__table_macro(table, entrant->label, shots, (enum alfa__eval_metric)m, &classes);
            put_number(out, s.count > row, row ? s.deviation : s.mean);
        }
        alfa__string_append(out, ",,,,,\n");
    }
}

/* Calls put for every result that belongs to the table, in its order. */
static void each_result(struct alfa__string *out, const struct alfa__table *table,
                        void (*put)(struct alfa__string *, const struct alfa__eval_result *))
{
    for (int s = 0; s < table->shot_count; s++)
        for (int e = 0; e < table->entrants->count; e++)
            for (int c = 0; c < table->class_count; c++)
                for (int seed = 0; seed < alfa__eval_seeds_of(table->shots[s], table->seeds); seed++) {
                    const struct alfa__eval_result *r =
                        alfa__eval_results_find(table->results, table->classes[c],
                                                table->entrants->items[e].label, table->shots[s], seed);
                    if (r)
                        put(out, r);
                }
}

void alfa__table_csv(struct alfa__string *out, const struct alfa__table *table)
{
    alfa__string_append(out, "class,method,shots,seed");
    for (int m = 0; m < ALFA__EVAL_METRICS; m++)
        alfa__string_appendf(out, ",%s", alfa__eval_metric_name((enum alfa__eval_metric)m));
    alfa__string_append(out, ",normal,anomalous,masked,failed,seconds\n");
    each_result(out, table, put_csv_class);
    for (int s = 0; s < table->shot_count; s++)
        for (int e = 0; e < table->entrants->count; e++)
            if (took_part(table, &table->entrants->items[e], table->shots[s]))
                put_csv_macro(out, table, &table->entrants->items[e], table->shots[s]);
}

static void put_json(struct alfa__string *out, const struct alfa__eval_result *result)
{
    char *text = alfa__eval_result_json(result);
    const bool first = out->size && out->text[out->size - 1] == '[';
    if (text)
        alfa__string_appendf(out, "%s\n  %s", first ? "" : ",", text);
    else
        out->failed = true;
    free(text);
}

static void put_line(struct alfa__string *out, const struct alfa__eval_result *result)
{
    char *text = alfa__eval_result_json(result);
    out->failed = out->failed || !text;
    alfa__string_appendf(out, "%s\n", text ? text : "");
    free(text);
}

void alfa__table_lines(struct alfa__string *out, const struct alfa__table *table)
{
    each_result(out, table, put_line);
}

static void put_json_macro(struct alfa__string *out, const struct alfa__table *table,
                           const struct alfa__entrant *entrant, int shots)
{
    const bool first = out->text[out->size - 1] == '[', all = shots == ALFA__EVAL_ALL_SHOTS;
    char text[16];
    alfa__string_appendf(out, "%s\n  {\"method\": \"%s\", \"shots\": %s%s%s", first ? "" : ",",
                         entrant->label, all ? "\"" : "", alfa__eval_shots_text(text, shots),
                         all ? "\"" : "");
    for (int m = 0; m < ALFA__EVAL_METRICS; m++) {
        int classes;
        const struct alfa__spread s =
            alfa__table_macro(table, entrant->label, shots, (enum alfa__eval_metric)m, &classes);
        alfa__string_appendf(out, ", \"%s\": ", alfa__eval_metric_name((enum alfa__eval_metric)m));
        if (s.count)
            alfa__string_appendf(out, "{\"mean\": %.6f, \"deviation\": %.6f, \"seeds\": %d, \"classes\": %d}",
                                 s.mean, s.deviation, s.count, classes);
        else
            alfa__string_append(out, "null");
    }
    alfa__string_append(out, "}");
}

void alfa__table_json(struct alfa__string *out, const struct alfa__table *table)
{
    alfa__string_append(out, "{");
    if (table->run)
        alfa__string_appendf(out, "\"run\": \"%s\", ", table->run);
    alfa__string_appendf(out, "\"fingerprint\": \"%s\", ", table->fingerprint);
    if (table->settings) {
        alfa__string_append(out, "\"settings\": ");
        alfa__settings_json(out, table->settings);
        alfa__string_append(out, ",\n");
    }
    alfa__string_append(out, "\"results\": [");
    each_result(out, table, put_json);
    alfa__string_append(out, "\n], \"means\": [");
    for (int s = 0; s < table->shot_count; s++)
        for (int e = 0; e < table->entrants->count; e++)
            if (took_part(table, &table->entrants->items[e], table->shots[s]))
                put_json_macro(out, table, &table->entrants->items[e], table->shots[s]);
    alfa__string_append(out, "\n]}\n");
}
