#include "report/bank_page.h"
#include "base/files.h"
#include "report/html_histogram.h"
#include "report/html_style.h"
#include "report/html_text.h"
#include "report/record.h"

#include <math.h>
#include <stdlib.h>

/* The finished images of a bank, normal ones (learned and known) before bad ones. */
struct images {
    struct alfa_picture *items;
    int count, normal;
};

/* ---------------------------------------------------------------- order */

/* Normal ones: those that do not belong, then the highest score. Bad ones: the lowest score. */
static int compare(const void *a, const void *b)
{
    const struct alfa_picture *x = a, *y = b;
    const bool bad = x->role == ALFA_ROLE_BAD;
    if (bad != (y->role == ALFA_ROLE_BAD))
        return bad ? 1 : -1;
    if (x->strange != y->strange)
        return x->strange ? -1 : 1;
    const int lower = (x->score > y->score) - (x->score < y->score);
    return bad ? lower : -lower;
}

static enum alfa_status gather(struct images *out, const struct alfa_bank *bank, struct alfa_error *err)
{
    const struct alfa_bank_info *info = alfa_bank_info(bank);
    const int count = info->references + info->known_good + info->known_bad;
    *out = (struct images){.items = malloc(((size_t)count + 1) * sizeof *out->items)};
    if (!out->items)
        return alfa__fail_memory(err, (size_t)count * sizeof *out->items);
    for (int i = 0; i < count; i++) {
        const struct alfa_picture *picture = alfa_bank_picture(bank, i);
        if (!picture)
            continue;
        out->items[out->count++] = *picture;
        out->normal += picture->role != ALFA_ROLE_BAD;
    }
    qsort(out->items, (size_t)out->count, sizeof *out->items, compare);
    return ALFA_OK;
}

/* ---------------------------------------------------------------- page */

static void append_clean(struct alfa__string *out, const char *text)
{
    struct alfa__string clean = {0};
    alfa__utf8_append(&clean, text);
    if (clean.text && alfa__string_ok(&clean))
        alfa__html_text(out, clean.text);
    out->failed = out->failed || clean.failed;
    alfa__string_free(&clean);
}

static void append_head(struct alfa__string *out, const struct alfa_bank_info *info, const char *trace)
{
    alfa__string_append(
        out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
             "content=\"width=device-width,initial-scale=1\">\n<title>Bank: ");
    append_clean(out, info->class_name);
    alfa__string_append(out, "</title>\n<style>\n");
    alfa__string_append(out, html_style);
    alfa__string_append(out, html_style_cards);
    alfa__string_append(out, html_style_bank);
    alfa__string_append(out, "</style></head>\n<body><main>\n<h1>Bank: ");
    append_clean(out, info->class_name);
    alfa__string_append(out, "</h1>\n<p class=\"about\">model ");
    append_clean(out, info->model);
    alfa__string_append(out, " ");
    append_clean(out, info->fingerprint);
    alfa__string_appendf(out, " · %d normal image%s", info->references, info->references == 1 ? "" : "s");
    if (info->strange)
        alfa__string_appendf(out, ", %d of them not learned", info->strange);
    if (info->known_good || info->known_bad)
        alfa__string_appendf(out, " · known images: %d good, %d bad", info->known_good, info->known_bad);
    alfa__string_append(out, " · threshold ");
    if (isnan(info->threshold))
        alfa__string_append(out, "none");
    else
        alfa__html_number(out, info->threshold, "");
    alfa__string_append(out, ", of a place ");
    alfa__html_number(out, info->pixel_threshold, "<br>");
    append_clean(out, info->calibration);
    alfa__string_append(out, "<br>");
    append_clean(out, trace);
    alfa__string_append(out, "</p>\n");
}

/* Without those that were not learned: no threshold was made with them. */
static void append_scores(struct alfa__string *out, const struct images *images, double threshold)
{
    struct alfa__score *scores = malloc(((size_t)images->count + 1) * sizeof *scores);
    size_t count = 0;
    for (int i = 0; i < images->count && scores; i++)
        if (!images->items[i].strange)
            scores[count++] =
                (struct alfa__score){images->items[i].score, images->items[i].role == ALFA_ROLE_BAD};
    if (!scores)
        out->failed = true;
    else if (count)
        alfa__html_histogram(out, scores, count, threshold,
                             "Images by score, each judged as if it were new; known bad ones in red");
    free(scores);
}

static void append_card(struct alfa__string *out, const struct alfa_picture *picture)
{
    alfa__string_appendf(out, "<article class=\"card%s\">",
                         picture->strange || picture->role == ALFA_ROLE_BAD ? " anomaly" : "");
    if (picture->jpeg_size) {
        alfa__string_append(out, "<img alt=\"\" src=\"data:image/jpeg;base64,");
        alfa__html_base64(out, picture->jpeg, picture->jpeg_size);
        alfa__string_append(out, "\">");
    }
    alfa__string_append(out, "<div class=\"head\"><span class=\"mark\">");
    if (picture->strange)
        alfa__string_append(out, "Does not belong: not learned");
    else if (picture->role == ALFA_ROLE_BAD)
        append_clean(out, *picture->kind ? picture->kind : "Bad");
    else if (picture->same_part) {
        alfa__string_append(out, picture->role == ALFA_ROLE_GOOD
                                     ? "Known good, not counted: shows again what is in "
                                     : "Shows again what is in ");
        append_clean(out, picture->same_part);
    } else
        alfa__string_append(out, picture->role == ALFA_ROLE_GOOD ? "Known good"
                                 : picture->kept                 ? "Kept: somebody said that it belongs"
                                                                 : "");
    alfa__string_append(out, "</span><span class=\"score\">");
    alfa__html_number(out, picture->score, "</span></div><div class=\"name\"><b>");
    append_clean(out, picture->name);
    alfa__string_append(out, "</b></div></article>\n");
}

static void append_cards(struct alfa__string *out, const struct alfa_picture *items, int count,
                         const char *title)
{
    const int shown = count < ALFA__BANK_PAGE_MOST ? count : ALFA__BANK_PAGE_MOST;
    if (count == 0)
        return;
    alfa__string_appendf(out, "<h2>%s</h2>\n<div class=\"cards\">\n", title);
    for (int i = 0; i < shown; i++)
        append_card(out, &items[i]);
    alfa__string_append(out, "</div>\n");
    if (count > shown)
        alfa__string_appendf(out, "<p class=\"about\">and %d more</p>\n", count - shown);
}

enum alfa_status alfa__bank_page_write(const struct alfa_bank *bank, const char *trace, const char *path,
                                       struct alfa_error *err)
{
    struct alfa__string page = {0};
    struct images images;
    ALFA__TRY(gather(&images, bank, err));
    append_head(&page, alfa_bank_info(bank), trace);
    append_scores(&page, &images, alfa_bank_info(bank)->threshold);
    append_cards(&page, images.items, images.normal, "Normal images, the strangest first");
    append_cards(&page, images.items + images.normal, images.count - images.normal,
                 "Known bad images, those that look most normal first");
    alfa__string_append(&page, "</main></body></html>\n");
    free(images.items);
    enum alfa_status status = alfa__string_ok(&page) ? alfa__file_save(path, page.text, page.size, err)
                                                     : alfa__fail_memory(err, page.size);
    alfa__string_free(&page);
    return status;
}
