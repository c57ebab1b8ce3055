#include "report/html_histogram.h"
#include "report/html_text.h"

#include <math.h>

enum { HEIGHT = 96 };

static void append_bar(struct alfa__string *out, int bin, double from, double size, const char *kind)
{
    if (size <= 0)
        return;
    alfa__string_appendf(out, "<rect class=\"%s\" x=\"%d\" width=\"11\" y=\"", kind, 12 * bin);
    alfa__html_number(out, 100 - from - size, "\" height=\"");
    alfa__html_number(out, size, "\"/>");
}

static void append_axis(struct alfa__string *out, const struct alfa__bins *bins, double threshold)
{
    alfa__string_append(out, "<text y=\"118\">");
    alfa__html_number(out, bins->low, "</text><text x=\"600\" y=\"118\" text-anchor=\"end\">");
    alfa__html_number(out, bins->high, "</text>");
    if (isnan(threshold))
        return;
    const double x = 600 * alfa__bins_place(bins, threshold);
    alfa__string_append(out, "<path d=\"M");
    alfa__html_number(out, x, " 0V104\"/><text x=\"");
    alfa__html_number(out, fmin(fmax(x, 110), 490), "\" y=\"118\" text-anchor=\"middle\">threshold ");
    alfa__html_number(out, threshold, "</text>");
}

void alfa__html_histogram(struct alfa__string *out, const struct alfa__score *scores, size_t count,
                          double threshold, const char *caption)
{
    struct alfa__bins bins;
    int most = 1;
    alfa__bins_make(&bins, scores, count, threshold);
    for (int b = 0; b < ALFA__BINS; b++)
        most = bins.good[b] + bins.bad[b] > most ? bins.good[b] + bins.bad[b] : most;
    const double unit = HEIGHT / (double)most;
    alfa__string_append(out, "<figure><svg viewBox=\"0 0 600 122\" role=\"img\" aria-label=\"How many images "
                             "have which score\"><path class=\"line\" d=\"M0 100H600\"/>");
    for (int b = 0; b < ALFA__BINS; b++) {
        append_bar(out, b, 0, unit * bins.good[b], isnan(threshold) ? "soft" : "good");
        append_bar(out, b, unit * bins.good[b], unit * bins.bad[b], "bad");
    }
    append_axis(out, &bins, threshold);
    alfa__string_appendf(out, "</svg><figcaption>%s</figcaption></figure>\n", caption);
}
