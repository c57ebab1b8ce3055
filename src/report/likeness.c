#include "report/likeness.h"

#include "report/html_text.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_REGIONS = 12 }; /* with a number and a list; the others are hardly above the threshold */

static int told(const struct alfa__record *record)
{
    return record->region_count < MOST_REGIONS ? record->region_count : MOST_REGIONS;
}

/* Gives the text away; NULL when it did not fit into memory. */
static char *take(struct alfa__string *text)
{
    alfa__string_append(text, "");
    if (alfa__string_ok(text))
        return text->text;
    alfa__string_free(text);
    return NULL;
}

/* ---------------------------------------------------------------- on the picture */

/* A number stands above the upper left corner of its region, inside where there is no room above. */
static void append_mark(struct alfa__string *out, int number, double left, double top)
{
    alfa__string_appendf(out, "<b class=\"no%s\" style=\"left:min(", top > 0.1 ? " over" : "");
    alfa__html_number(out, 100 * left, "%,100% - 1.1rem);top:min(");
    alfa__html_number(out, 100 * top, "%,100% - 1.1rem)\">");
    alfa__string_appendf(out, "%d</b>", number);
}

char *alfa__likeness_marks(const struct alfa__record *record)
{
    struct alfa__string out = {0};
    for (int i = 0; i < told(record); i++)
        append_mark(&out, i + 1, (double)record->regions[i].x / record->summary->width,
                    (double)record->regions[i].y / record->summary->height);
    return take(&out);
}

/* ---------------------------------------------------------------- below it */

static void append_clean(struct alfa__string *out, const char *text)
{
    struct alfa__string clean = {0};
    alfa__utf8_append(&clean, text);
    if (!alfa__string_ok(&clean))
        out->failed = true;
    else if (clean.text)
        alfa__html_text(out, clean.text);
    alfa__string_free(&clean);
}

/* A bar for 0..1 with what it says behind it. */
static void append_bar(struct alfa__string *out, double part)
{
    alfa__string_append(out, "<span class=\"rod\"><i style=\"width:");
    alfa__html_number(out, 100 * fmin(fmax(part, 0), 1), "%\"></i></span><span class=\"says\">");
}

static void append_descriptor(struct alfa__string *out, const struct alfa__descriptor *descriptor)
{
    const long permille = lround(1000 * descriptor->share);
    alfa__string_append(out, "<li><p>");
    append_clean(out, descriptor->text);
    alfa__string_append(out, "</p>");
    append_bar(out, descriptor->similarity);
    alfa__html_number(out, descriptor->similarity, "</span>");
    append_bar(out, descriptor->share);
    alfa__string_appendf(out, "%ld.%ld %%</span></li>\n", permille / 10, permille % 10);
}

/* What can be folded, after its title: the nearest descriptor in the line that stays, then all. */
static void append_likeness(struct alfa__string *out, const struct alfa__likeness *likeness)
{
    if (likeness->count > 0) {
        alfa__string_append(out, " <span>most like ");
        append_clean(out, likeness->found[0].text);
        alfa__string_append(out, "</span>");
    }
    alfa__string_append(out, "</summary>\n<div class=\"key\"><span>similarity, 0 to 1</span>"
                             "<span>share of all descriptors</span></div>\n<ol>");
    for (int i = 0; i < likeness->count; i++)
        append_descriptor(out, &likeness->found[i]);
    alfa__string_append(out, "</ol></details>\n");
}

/* [2] 42 × 17 at 120, 80, highest 0.731 */
static void append_title(struct alfa__string *out, const struct alfa_region *region, int number)
{
    alfa__string_appendf(out, "<b class=\"no\">%d</b> %d × %d at %d, %d, highest ", number, region->width,
                         region->height, region->x, region->y);
    alfa__html_number(out, region->peak, "");
}

char *alfa__likeness_lists(const struct alfa__record *record)
{
    struct alfa__string out = {0};
    if (record->likenesses) {
        alfa__string_append(&out, "<section class=\"like\">\n<details><summary>Whole image");
        append_likeness(&out, &record->likenesses[0]);
        for (int i = 0; i < told(record); i++) {
            alfa__string_append(&out, "<details><summary>");
            append_title(&out, &record->regions[i], i + 1);
            append_likeness(&out, &record->likenesses[i + 1]);
        }
        if (record->region_count > told(record))
            alfa__string_appendf(&out, "<p class=\"more\">and %d weaker regions</p>\n",
                                 record->region_count - told(record));
        alfa__string_append(&out, "</section>\n");
    }
    return take(&out);
}
