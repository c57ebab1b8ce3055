#include "report/html_histogram.h"
#include "report/html_inside.h"
#include "report/html_script.h"
#include "report/html_style.h"
#include "report/html_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 8 };

/* What is counted once for the page. */
struct facts {
    size_t images, failed, anomalies, decided;
    size_t judged;
    const struct alfa__html_entry **order; /* the judged ones, the highest score first */
    size_t *of_run;                        /* files of each run */
    bool mapped;
};

/* ---------------------------------------------------------------- head */

static void append_count(struct alfa__string *out, size_t count, const char *what)
{
    alfa__string_appendf(out, "<li><b>%zu</b>%s</li>", count, what);
}

/* The classes of all runs, each once. */
static void append_classes(struct alfa__string *out, const struct alfa__html *html, const struct facts *facts)
{
    bool any = false;
    for (int i = 0; i < html->run_count; i++) {
        bool known = facts->of_run[i] == 0;
        for (int k = 0; k < i && !known; k++)
            known = facts->of_run[k] && strcmp(html->runs[i].class_name, html->runs[k].class_name) == 0;
        if (known)
            continue;
        alfa__string_append(out, any ? ", " : "");
        alfa__html_text(out, html->runs[i].class_name);
        any = true;
    }
    if (!any)
        alfa__string_append(out, "no image judged");
}

/* "model alfa-tiny · method alfa", and what else is known */
static void append_run(struct alfa__string *out, const struct alfa__html_run *run)
{
    alfa__string_append(out, "model ");
    alfa__html_text(out, run->model);
    alfa__string_append(out, " · method ");
    alfa__html_text(out, run->method);
    if (run->with) {
        alfa__string_append(out, "<br>");
        alfa__html_text(out, run->with);
    }
    if (run->settings) {
        alfa__string_append(out, "<br>");
        alfa__html_text(out, run->settings);
    }
}

/* How many files each way of judging has; the latest ways when there are many. */
static void append_runs(struct alfa__string *out, const struct alfa__html *html, const struct facts *facts)
{
    int used = 0, told = 0;
    for (int i = 0; i < html->run_count; i++)
        used += facts->of_run[i] > 0;
    for (int i = html->run_count - 1; i >= 0 && told < MOST_RUNS; i--) {
        if (!facts->of_run[i])
            continue;
        if (used > 1)
            alfa__string_appendf(out, "%s%zu image%s: class ", told ? "<br>" : "", facts->of_run[i],
                                 facts->of_run[i] == 1 ? "" : "s");
        if (used > 1)
            alfa__html_text(out, html->runs[i].class_name);
        alfa__string_append(out, used > 1 ? ", " : "");
        append_run(out, &html->runs[i]);
        told++;
    }
    if (used > told)
        alfa__string_appendf(out, "<br>and %d earlier ways of judging", used - told);
}

static void append_about(struct alfa__string *out, const struct alfa__html *html, const struct facts *facts)
{
    alfa__string_append(out, "<p class=\"about\">");
    append_runs(out, html, facts);
    if (html->about) {
        alfa__string_append(out, facts->judged ? "<br>" : "");
        alfa__string_append(out, html->before ? "last run " : "");
        alfa__html_text(out, html->about);
    }
    alfa__string_append(out, "</p>\n");
}

static void append_head(struct alfa__string *out, const struct alfa__html *html, const struct facts *facts)
{
    alfa__string_append(
        out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
             "content=\"width=device-width,initial-scale=1\">\n<title>Inspection: ");
    append_classes(out, html, facts);
    alfa__string_append(out, "</title>\n<style>\n");
    alfa__string_append(out, html_style);
    alfa__string_append(out, html_style_cards);
    alfa__string_append(out, html_style_likeness);
    alfa__string_append(out, "</style></head>\n<body><main>\n<h1>Inspection: ");
    append_classes(out, html, facts);
    alfa__string_append(out, "</h1>\n");
    append_about(out, html, facts);
    alfa__string_append(out, "<ul class=\"counts\">");
    append_count(out, facts->images, facts->images == 1 ? "image" : "images");
    if (facts->decided) {
        append_count(out, facts->anomalies, facts->anomalies == 1 ? "anomaly" : "anomalies");
        append_count(out, facts->decided - facts->anomalies, "normal");
    }
    append_count(out, facts->failed, "failed");
    alfa__string_append(out, "</ul>\n");
}

/* ---------------------------------------------------------------- scores */

/* The threshold of the last run that has one; a report of several thresholds shows theirs on the cards. */
static double shown_threshold(const struct facts *facts)
{
    const struct alfa__html_entry *last = NULL;
    for (size_t i = 0; i < facts->judged; i++)
        if (!isnan(facts->order[i]->threshold) && (!last || facts->order[i]->run > last->run))
            last = facts->order[i];
    return last ? last->threshold : NAN;
}

/* How many images have which score, anomalies on top of the normal ones. */
static void append_scores(struct alfa__string *out, const struct facts *facts)
{
    struct alfa__score *scores = malloc(facts->judged * sizeof *scores);
    for (size_t k = 0; k < facts->judged && scores; k++)
        scores[k] = (struct alfa__score){facts->order[k]->score, facts->order[k]->anomalous};
    if (scores)
        alfa__html_histogram(out, scores, facts->judged, shown_threshold(facts), "Images by score");
    else
        out->failed = true;
    free(scores);
}

/* ---------------------------------------------------------------- tools */

/* The colours of the heat map as they look over a light grey. */
static void append_scale(struct alfa__string *out, double threshold)
{
    const double t = threshold > 0 ? threshold : 0.5, step = (1 - t) / 4;
    const double scores[] = {0, t, t + 1e-9, t + step, t + 2 * step, t + 3 * step, 1};
    alfa__string_append(out, "<div class=\"scale\"><i style=\"background:linear-gradient(90deg");
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
        struct alfa__colour colour = alfa__heat_colour(scores[i], threshold);
        int seen[3];
        for (int c = 0; c < 3; c++)
            seen[c] = (205 * (255 - colour.opacity) + colour.rgb[c] * colour.opacity) / 255;
        alfa__string_appendf(out, ",rgb(%d %d %d) ", seen[0], seen[1], seen[2]);
        alfa__html_number(out, 100 * scores[i], "%");
    }
    alfa__string_append(out, ")\"></i><span><span>0</span><span>colour begins at ");
    alfa__html_number(out, t, "</span><span>1</span></span></div>");
}

/* What the script does stays hidden without it. */
static void append_find(struct alfa__string *out)
{
    alfa__string_append(
        out, "<div id=\"find\" hidden><input id=\"q\" type=\"search\" placeholder=\"Part of a name\" "
             "aria-label=\"Part of a name\"><select id=\"by\" aria-label=\"Order\">"
             "<option value=\"high\">Highest score first</option><option value=\"low\">Lowest score "
             "first</option><option value=\"name\">By name</option><option value=\"new\">Last judged "
             "first</option><option value=\"old\">First judged first</option></select><output "
             "id=\"n\"></output></div>");
}

static void append_help(struct alfa__string *out)
{
    alfa__string_append(
        out,
        "<details class=\"help\"><summary>What the numbers mean</summary><p>The score goes from 0 to 1; the "
        "line in its bar is the threshold, and an image above it is an anomaly. Places that are coloured lie "
        "above the threshold of a place; each that is large enough is a region, with its size and corner in "
        "pixels. An anomaly without a region was called by the whole picture.</p><p>Under Details an image "
        "or a region is compared with descriptions of damage. Similarity is the cosine between what the "
        "model sees and the description; it says little by itself, and differences of 0.01 count. The share "
        "says how the descriptions compare with each other: all shares together are 100 %. Both are hints "
        "at what to look for, and decide nothing.</p></details>\n");
}

/* Which cards to see, when there are decisions; what the colours mean, when there are maps. */
static void append_tools(struct alfa__string *out, const struct alfa__html *html, const struct facts *facts)
{
    int last = 0;
    for (size_t i = 0; i < facts->judged; i++)
        last = facts->order[i]->run > last ? facts->order[i]->run : last;
    append_scores(out, facts);
    append_help(out);
    if (facts->decided)
        alfa__string_append(out, "<input class=\"pick\" type=\"radio\" name=\"pick\" id=\"all\" checked>"
                                 "<input class=\"pick\" type=\"radio\" name=\"pick\" id=\"bad\">"
                                 "<input class=\"pick\" type=\"radio\" name=\"pick\" id=\"good\">\n");
    alfa__string_append(out, "<div class=\"tools\">");
    if (facts->decided)
        alfa__string_append(out, "<div class=\"picks\"><label for=\"all\">All</label><label "
                                 "for=\"bad\">Anomalies</label><label for=\"good\">Normal</label></div>");
    append_find(out);
    if (facts->mapped)
        append_scale(out, html->runs[last].place);
    alfa__string_append(out, "</div>\n");
}

/* ---------------------------------------------------------------- all of it */

static void append_cards(struct alfa__string *out, const struct alfa__html *html, const struct facts *facts)
{
    if (facts->judged == 0)
        return;
    append_tools(out, html, facts);
    alfa__string_append(out, "<noscript id=\"cards\"><div class=\"cards\">\n");
    for (size_t i = 0; i < facts->judged; i++)
        alfa__string_append(out, facts->order[i]->card);
    alfa__string_append(out, "</div></noscript>\n");
}

static void append_failed(struct alfa__string *out, const struct alfa__html *html)
{
    bool open = false;
    for (size_t i = 0; i < html->count; i++) {
        if (!html->entries[i].error || html->entries[i].replaced)
            continue;
        alfa__string_append(out, open ? "<li><b>" : "<h2>Failed</h2>\n<ul class=\"failed\">\n<li><b>");
        open = true;
        alfa__html_text(out, html->entries[i].path);
        alfa__string_append(out, "</b> <span>");
        alfa__html_text(out, html->entries[i].error);
        alfa__string_append(out, "</span></li>\n");
    }
    if (open)
        alfa__string_append(out, "</ul>\n");
}

/* Highest score first; equal ones in the order of adding. */
static int compare(const void *a, const void *b)
{
    const struct alfa__html_entry *const *x = a, *const *y = b;
    if ((*x)->score != (*y)->score)
        return (*x)->score > (*y)->score ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

/* The run that stands for all with the same options. */
static int first_of(const struct alfa__html *html, int run)
{
    for (int i = 0; i < run; i++)
        if (strcmp(html->runs[i].key, html->runs[run].key) == 0)
            return i;
    return run;
}

static void count(struct facts *facts, const struct alfa__html *html)
{
    for (size_t i = 0; i < html->count; i++) {
        const struct alfa__html_entry *entry = &html->entries[i];
        if (entry->replaced)
            continue;
        facts->images++;
        facts->failed += entry->error != NULL;
        if (entry->error)
            continue;
        facts->order[facts->judged++] = entry;
        facts->of_run[first_of(html, entry->run)]++;
        facts->decided += !isnan(entry->threshold);
        facts->anomalies += entry->anomalous;
        facts->mapped = facts->mapped || entry->mapped;
    }
    if (facts->judged > 1)
        qsort(facts->order, facts->judged, sizeof *facts->order, compare);
}

void alfa__html_page(struct alfa__string *out, const struct alfa__html *html)
{
    struct facts facts = {.order = malloc((html->count + 1) * sizeof *facts.order),
                          .of_run = calloc((size_t)html->run_count + 1, sizeof *facts.of_run)};
    if (facts.order && facts.of_run) {
        count(&facts, html);
        append_head(out, html, &facts);
        append_cards(out, html, &facts);
        append_failed(out, html);
        alfa__string_append(out, "</main>");
        if (facts.judged) {
            alfa__string_append(out, "<script>\n");
            alfa__string_append(out, html_script);
            alfa__string_append(out, "</script>");
        }
        alfa__string_append(out, "</body></html>\n");
    } else {
        out->failed = true;
    }
    free((void *)facts.order);
    free(facts.of_run);
}
