#include "report/html_histogram.h"
#include "report/html_text.h"

#include <math.h>
#include <string.h>

enum { BINS = 50, HEIGHT = 96 };

/* Scores from low to high in BINS bins; a score outside is in the nearest one. Returns the largest bin. */
static size_t count_bins(size_t good[BINS], size_t bad[BINS], const struct alfa__score *scores, size_t count,
                         double low, double high)
{
    size_t most = 1;
    memset(good, 0, BINS * sizeof *good);
    memset(bad, 0, BINS * sizeof *bad);
    for (size_t i = 0; i < count; i++) {
        const double part = (scores[i].score - low) / (high - low) * BINS;
        const int bin = !(part > 0) ? 0 : part >= BINS ? BINS - 1 : (int)part;
        ++(scores[i].bad ? bad : good)[bin];
        most = good[bin] + bad[bin] > most ? good[bin] + bad[bin] : most;
    }
    return most;
}

static void append_bar(struct alfa__string *out, int bin, double from, double size, const char *kind)
{
    if (size <= 0)
        return;
    alfa__string_appendf(out, "<rect class=\"%s\" x=\"%d\" width=\"11\" y=\"", kind, 12 * bin);
    alfa__html_number(out, 100 - from - size, "\" height=\"");
    alfa__html_number(out, size, "\"/>");
}

static void append_axis(struct alfa__string *out, double low, double high, double threshold)
{
    alfa__string_append(out, "<text y=\"118\">");
    alfa__html_number(out, low, "</text><text x=\"600\" y=\"118\" text-anchor=\"end\">");
    alfa__html_number(out, high, "</text>");
    if (isnan(threshold))
        return;
    const double x = 600 * (threshold - low) / (high - low);
    alfa__string_append(out, "<path d=\"M");
    alfa__html_number(out, x, " 0V104\"/><text x=\"");
    alfa__html_number(out, fmin(fmax(x, 110), 490), "\" y=\"118\" text-anchor=\"middle\">threshold ");
    alfa__html_number(out, threshold, "</text>");
}

/* The range of all scores and of the threshold, to twentieths. */
static void find_range(double *low, double *high, const struct alfa__score *scores, size_t count,
                       double threshold)
{
    *low = isnan(threshold) ? scores[0].score : threshold;
    *high = *low;
    for (size_t i = 0; i < count; i++) {
        *low = fmin(*low, scores[i].score);
        *high = fmax(*high, scores[i].score);
    }
    *low = fmax(0, floor(20 * *low) / 20);
    *high = fmax(*low + 0.05, ceil(20 * *high) / 20);
}

void alfa__html_histogram(struct alfa__string *out, const struct alfa__score *scores, size_t count,
                          double threshold, const char *caption)
{
    size_t good[BINS], bad[BINS];
    double low, high;
    find_range(&low, &high, scores, count, threshold);
    const double unit = HEIGHT / (double)count_bins(good, bad, scores, count, low, high);
    alfa__string_append(out, "<figure><svg viewBox=\"0 0 600 122\" role=\"img\" aria-label=\"How many images "
                             "have which score\"><path class=\"line\" d=\"M0 100H600\"/>");
    for (int b = 0; b < BINS; b++) {
        append_bar(out, b, 0, unit * (double)good[b], isnan(threshold) ? "soft" : "good");
        append_bar(out, b, unit * (double)good[b], unit * (double)bad[b], "bad");
    }
    append_axis(out, low, high, threshold);
    alfa__string_appendf(out, "</svg><figcaption>%s</figcaption></figure>\n", caption);
}
