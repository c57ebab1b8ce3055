#include "base/strings.h"
#include "report/html_inside.h"
#include "report/html_text.h"
#include "report/likeness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of a text that are UTF-8, as HTML. */
static void append_clean(struct alfa__string *out, const char *text, size_t size)
{
    struct alfa__string part = {0}, clean = {0};
    if (size == 0)
        return;
    alfa__string_append_bytes(&part, text, size);
    if (alfa__string_ok(&part))
        alfa__utf8_append(&clean, part.text);
    if (!alfa__string_ok(&part) || !alfa__string_ok(&clean))
        out->failed = true;
    else
        alfa__html_text(out, clean.text);
    alfa__string_free(&part);
    alfa__string_free(&clean);
}

static void append_picture(struct alfa__string *out, const struct alfa__record *record,
                           const struct alfa__html_pictures *pictures, const char *kind, const char *caption)
{
    const bool map = strcmp(kind, "map") == 0;
    char *marks = map ? alfa__likeness_marks(record) : NULL;
    alfa__string_append(out, "<a href=\"");
    if (record->overlay && map)
        alfa__html_url(out, record->overlay);
    else
        alfa__string_appendf(out, ALFA__HTML_FILES "/%05d-%s.jpg", pictures->number, kind);
    alfa__string_appendf(
        out,
        "\"><span class=\"fit\" style=\"width:min(100%%,14rem*%d/%d)\"><img loading=\"lazy\" "
        "src=\"" ALFA__HTML_FILES "/%05d-%s.jpg\" width=\"%d\" height=\"%d\" alt=\"%s\">%s</span></a>",
        pictures->width, pictures->height, pictures->number, kind, pictures->width, pictures->height, caption,
        marks ? marks : "");
    out->failed = out->failed || (map && !marks);
    free(marks);
}

static void append_pictures(struct alfa__string *out, const struct alfa__record *record,
                            const struct alfa__html_pictures *pictures)
{
    if (!pictures->number)
        return;
    alfa__string_append(out, "<div class=\"pair\">");
    append_picture(out, record, pictures, "photo", "Photograph");
    if (pictures->mapped)
        append_picture(out, record, pictures, "map", "Heat map");
    alfa__string_append(out, "</div>\n");
}

static void append_name(struct alfa__string *out, const char *path)
{
    const char *name = alfa__path_name(path);
    alfa__string_append(out, "<div class=\"name\"><b>");
    append_clean(out, name, strlen(name));
    alfa__string_append(out, "</b>");
    if (name > path) {
        alfa__string_append(out, "<small>");
        append_clean(out, path, (size_t)(name - path));
        alfa__string_append(out, "</small>");
    }
    alfa__string_append(out, "</div>\n");
}

/* 3 regions, the strongest 42 × 17 at 120, 80 */
static void append_regions(struct alfa__string *out, const struct alfa__record *record)
{
    const struct alfa_region *r = record->regions;
    const int count = record->region_count;
    if (isnan(record->summary->pixel_threshold))
        return;
    alfa__string_append(out, "<p class=\"places\">");
    if (count == 0)
        alfa__string_append(out, record->summary->anomalous ? "no region: called by the whole picture"
                                                            : "no region");
    else
        alfa__string_appendf(out, "%d region%s %d × %d at %d, %d", count,
                             count == 1 ? "," : "s, the strongest", r->width, r->height, r->x, r->y);
    alfa__string_append(out, "</p>\n");
}

/* looks like scratch_03.png (scratch) */
static void append_known(struct alfa__string *out, const struct alfa_summary *summary)
{
    if (!summary->looks_like)
        return;
    alfa__string_append(out, "<p class=\"places\">looks like ");
    append_clean(out, summary->looks_like, strlen(summary->looks_like));
    if (*summary->looks_like_kind) {
        alfa__string_append(out, " (");
        append_clean(out, summary->looks_like_kind, strlen(summary->looks_like_kind));
        alfa__string_append(out, ")");
    }
    alfa__string_append(out, "</p>\n");
}

static void append_facts(struct alfa__string *out, const struct alfa_summary *summary)
{
    alfa__string_append(out, "<dl>");
    if (summary->normal_count > 0) { /* ALFA and WinCLIP */
        alfa__string_append(out, "<dt>Global (whole image)</dt><dd>");
        alfa__html_number(out, summary->score_global, "</dd><dt>Local (worst place)</dt><dd>");
        alfa__html_number(out, summary->score_local, "</dd>");
        alfa__string_appendf(out, "<dt>Prompts kept</dt><dd>%d/%d normal, %d/%d abnormal</dd>",
                             summary->kept_normal, summary->normal_count, summary->kept_abnormal,
                             summary->abnormal_count);
    }
    if (!isnan(summary->threshold)) {
        alfa__string_append(out, "<dt>Threshold</dt><dd>");
        alfa__html_number(out, summary->threshold, "</dd>");
    }
    if (summary->references > 0) {
        alfa__string_appendf(out, "<dt>Normal images</dt><dd>%d, p ", summary->references);
        alfa__html_number(out, summary->p_value, "</dd>");
    }
    if (summary->fallback)
        alfa__string_append(out, "<dt>Fallback</dt><dd>one side kept none, all used</dd>");
    alfa__string_appendf(out, "<dt>Size</dt><dd>%d × %d</dd></dl>\n", summary->width, summary->height);
}

/* What is read of few cards: folded. */
static void append_details(struct alfa__string *out, const struct alfa__record *record)
{
    char *likeness = alfa__likeness_lists(record);
    alfa__string_append(out, "<details class=\"facts\"><summary>Details</summary>\n");
    append_facts(out, record->summary);
    alfa__string_append(out, likeness ? likeness : "");
    alfa__string_append(out, "</details>\n");
    out->failed = out->failed || !likeness;
    free(likeness);
}

static void append_verdict(struct alfa__string *out, const struct alfa_summary *summary, int number)
{
    const bool decided = !isnan(summary->threshold);
    alfa__string_appendf(out, "<article class=\"card%s\" data-number=\"%d\" data-score=\"",
                         !decided             ? ""
                         : summary->anomalous ? " anomaly"
                                              : " normal",
                         number);
    alfa__html_number(out, summary->score, "\">\n");
    alfa__string_appendf(out, "<div class=\"head\"><span class=\"mark\">%s</span><span class=\"score\">",
                         !decided             ? "No threshold"
                         : summary->anomalous ? "Anomaly"
                                              : "Normal");
    alfa__html_number(out, summary->score, "</span></div>\n<div class=\"bar\"><i style=\"width:");
    alfa__html_number(out, 100 * fmin(summary->score, 1), "%\"></i>");
    if (decided) {
        alfa__string_append(out, "<u style=\"left:");
        alfa__html_number(out, 100 * fmin(summary->threshold, 1), "%\"></u>");
    }
    alfa__string_append(out, "</div>\n");
}

char *alfa__html_card(const struct alfa__record *record, const struct alfa__html_pictures *pictures)
{
    struct alfa__string out = {0};
    append_verdict(&out, record->summary, pictures->number);
    append_pictures(&out, record, pictures);
    append_name(&out, record->path);
    if (pictures->mapped)
        append_regions(&out, record);
    append_known(&out, record->summary);
    append_details(&out, record);
    alfa__string_append(&out, "</article>\n");
    if (alfa__string_ok(&out))
        return out.text;
    alfa__string_free(&out);
    return NULL;
}
