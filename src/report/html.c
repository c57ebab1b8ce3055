#include "report/html.h"

#include "base/files.h"
#include "image/boxes.h"
#include "image/write.h"
#include "report/html_style.h"
#include "report/html_text.h"
#include "report/likeness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FILES "report_files"
enum { THUMBNAIL = 480, QUALITY = 85 };

/* What the page says about one file. path and error are valid UTF-8, overlay keeps its bytes for the link. */
struct entry {
    char *path, *error, *overlay; /* error is NULL when all went well, overlay when there is none */
    char *marks, *likeness;       /* parts of the page (likeness.h) */
    int number;                   /* of its pictures; 0: none */
    bool mapped;                  /* one of them is a heat map */
    int width, height;            /* of the pictures */
    struct alfa_summary summary;  /* strings are not used */
    struct alfa_region strongest; /* of region_count */
    int region_count;
};

struct alfa__html {
    char *folder;
    char *class_name, *model, *method; /* of the first file that did not fail */
    char *about;                       /* what else was used, for the head; NULL: nothing is said */
    struct entry *entries;
    size_t count, capacity;
    int pictures;
};

/* ---------------------------------------------------------------- collect */

static char *clean(const char *text)
{
    struct alfa__string out = {0};
    alfa__utf8_append(&out, text ? text : "");
    char *copy = alfa__string_ok(&out) ? alfa__strdup(out.text ? out.text : "") : NULL;
    alfa__string_free(&out);
    return copy;
}

static char *reason(const struct alfa__record *record)
{
    struct alfa__string out = {0};
    alfa__record_error(&out, record);
    char *copy = alfa__string_ok(&out) ? alfa__strdup(out.text) : NULL;
    alfa__string_free(&out);
    return copy;
}

enum alfa_status alfa__html_new(struct alfa__html **out, const char *folder, struct alfa_error *err)
{
    char *files = alfa__format("%s/" FILES, folder);
    *out = NULL;
    if (!files)
        return alfa__fail_memory(err, strlen(folder));
    enum alfa_status status = alfa__folder_make(files, err);
    free(files);
    if (status != ALFA_OK)
        return status;
    struct alfa__html *html = calloc(1, sizeof *html);
    char *copy = alfa__strdup(folder);
    if (!html || !copy) {
        free(html);
        free(copy);
        return alfa__fail_memory(err, sizeof *html);
    }
    html->folder = copy;
    *out = html;
    return ALFA_OK;
}

enum alfa_status alfa__html_describe(struct alfa__html *html, const char *about, struct alfa_error *err)
{
    char *copy = clean(about);
    if (!copy)
        return alfa__fail_memory(err, strlen(about) + 1);
    free(html->about);
    html->about = copy;
    return ALFA_OK;
}

static void free_entry(struct entry *entry)
{
    free(entry->path);
    free(entry->error);
    free(entry->overlay);
    free(entry->marks);
    free(entry->likeness);
}

void alfa__html_free(struct alfa__html *html)
{
    if (!html)
        return;
    for (size_t i = 0; i < html->count; i++)
        free_entry(&html->entries[i]);
    free(html->entries);
    free(html->folder);
    free(html->class_name);
    free(html->model);
    free(html->method);
    free(html->about);
    free(html);
}

/* Room for one more, so that nothing can fail between making an entry and keeping it. */
static bool reserve(struct alfa__html *html)
{
    if (html->count < html->capacity)
        return true;
    size_t capacity = html->capacity ? 2 * html->capacity : 64;
    struct entry *entries = realloc(html->entries, capacity * sizeof *entries);
    if (!entries)
        return false;
    html->entries = entries;
    html->capacity = capacity;
    return true;
}

static bool remember_names(struct alfa__html *html, const struct alfa_summary *summary)
{
    if (!html->class_name)
        html->class_name = clean(summary->class_name);
    if (!html->model)
        html->model = clean(summary->model);
    if (!html->method)
        html->method = clean(summary->method);
    return html->class_name && html->model && html->method;
}

static bool fill_entry(struct entry *entry, struct alfa__html *html, const struct alfa__record *record)
{
    bool failed = record->error || !record->summary;
    *entry = (struct entry){.path = clean(record->path)};
    if (failed)
        return entry->path && (entry->error = reason(record));
    entry->summary = *record->summary;
    entry->region_count = record->region_count;
    if (record->region_count > 0)
        entry->strongest = record->regions[0];
    if (record->overlay && !(entry->overlay = alfa__strdup(record->overlay)))
        return false;
    if (!(entry->marks = alfa__likeness_marks(record)) || !(entry->likeness = alfa__likeness_lists(record)))
        return false;
    return entry->path && remember_names(html, record->summary);
}

/* ---------------------------------------------------------------- pictures */

static enum alfa_status write_picture(const struct alfa__html *html, int number, const char *kind,
                                      const struct alfa_image *picture, struct alfa_error *err)
{
    char *path = alfa__format("%s/" FILES "/%05d-%s.jpg", html->folder, number, kind);
    if (!path)
        return alfa__fail_memory(err, strlen(html->folder));
    enum alfa_status status =
        alfa__image_write_jpeg(path, picture->rgb, picture->width, picture->height, QUALITY, err);
    free(path);
    return status;
}

/* The photograph with its map over it. */
static enum alfa_status write_map(const struct alfa__html *html, int number, const struct alfa_image *small,
                                  const struct alfa__record *record, const struct alfa_image *photo,
                                  const struct alfa__heat *heat, struct alfa_error *err)
{
    const double across = (double)small->width / photo->width, down = (double)small->height / photo->height;
    const struct alfa__box box = heat->box;
    struct alfa_image *hot;
    struct alfa__heat on_small = *heat;
    on_small.box = (struct alfa__box){box.x * across, box.y * down, box.width * across, box.height * down};
    struct alfa__box *boxes = alfa__record_boxes(record, across, down);
    enum alfa_status status = boxes ? alfa__image_alloc(&hot, small->width, small->height, err)
                                    : alfa__fail_memory(err, (size_t)record->region_count * sizeof *boxes);
    if (status == ALFA_OK) {
        alfa__heat_overlay(hot->rgb, small, &on_small);
        alfa__boxes_draw(hot, hot->width, hot->height, boxes, record->region_count);
        status = write_picture(html, number, "map", hot, err);
        alfa_image_free(hot);
    }
    free(boxes);
    return status;
}

static enum alfa_status write_pictures(struct entry *entry, struct alfa__html *html,
                                       const struct alfa__record *record, const struct alfa_image *photo,
                                       const struct alfa__heat *heat, struct alfa_error *err)
{
    struct alfa_image *small;
    const int number = html->pictures + 1;
    ALFA__TRY(alfa__resize_fit(&small, photo, THUMBNAIL, err));
    enum alfa_status status = write_picture(html, number, "photo", small, err);
    if (status == ALFA_OK && heat)
        status = write_map(html, number, small, record, photo, heat, err);
    if (status == ALFA_OK) {
        html->pictures = entry->number = number;
        entry->mapped = heat;
        entry->width = small->width;
        entry->height = small->height;
    }
    alfa_image_free(small);
    return status;
}

enum alfa_status alfa__html_add(struct alfa__html *html, const struct alfa__record *record,
                                const struct alfa_image *photo, const struct alfa__heat *heat,
                                struct alfa_error *err)
{
    struct entry entry = {0};
    enum alfa_status status = ALFA_OK;
    if (!reserve(html) || !fill_entry(&entry, html, record))
        status = alfa__fail_memory(err, sizeof entry);
    else if (!entry.error && photo)
        status = write_pictures(&entry, html, record, photo, heat, err);
    if (status == ALFA_OK)
        html->entries[html->count++] = entry;
    else
        free_entry(&entry);
    return status;
}

/* ---------------------------------------------------------------- page */

static void append_picture(struct alfa__string *out, const struct entry *entry, const char *kind,
                           const char *caption)
{
    const bool map = strcmp(kind, "map") == 0;
    alfa__string_append(out, "<a href=\"");
    if (entry->overlay && map)
        alfa__html_url(out, entry->overlay);
    else
        alfa__string_appendf(out, FILES "/%05d-%s.jpg", entry->number, kind);
    alfa__string_appendf(
        out,
        "\"><span class=\"fit\" style=\"width:min(100%%,14rem*%d/%d)\"><img loading=\"lazy\" "
        "src=\"" FILES "/%05d-%s.jpg\" width=\"%d\" height=\"%d\" alt=\"%s\">%s</span></a>",
        entry->width, entry->height, entry->number, kind, entry->width, entry->height, caption,
        map ? entry->marks : "");
}

static void append_name(struct alfa__string *out, const char *path)
{
    const char *name = alfa__path_name(path);
    alfa__string_append(out, "<div class=\"name\"><b>");
    alfa__html_bytes(out, name, strlen(name));
    alfa__string_append(out, "</b>");
    if (name > path) {
        alfa__string_append(out, "<small>");
        alfa__html_bytes(out, path, (size_t)(name - path));
        alfa__string_append(out, "</small>");
    }
    alfa__string_append(out, "</div>\n");
}

/* 3, the strongest 42 × 17 at 120, 80 */
static void append_regions(struct alfa__string *out, const struct entry *entry)
{
    const struct alfa_region *r = &entry->strongest;
    alfa__string_append(out, "<dt>Regions</dt><dd>");
    if (entry->region_count == 0)
        alfa__string_append(out, entry->summary.anomalous ? "none: called by the whole picture" : "none");
    else if (entry->region_count > 1)
        alfa__string_appendf(out, "%d, the strongest ", entry->region_count);
    if (entry->region_count > 0)
        alfa__string_appendf(out, "%d × %d at %d, %d", r->width, r->height, r->x, r->y);
    alfa__string_append(out, "</dd>");
}

static void append_facts(struct alfa__string *out, const struct entry *entry)
{
    const struct alfa_summary *summary = &entry->summary;
    alfa__string_append(out, "<dl>");
    if (summary->normal_count > 0) { /* ALFA and WinCLIP */
        alfa__string_append(out, "<dt>Global (whole image)</dt><dd>");
        alfa__html_number(out, summary->score_global, "</dd><dt>Local (worst place)</dt><dd>");
        alfa__html_number(out, summary->score_local, "</dd>");
        alfa__string_appendf(out, "<dt>Prompts kept</dt><dd>%d/%d normal, %d/%d abnormal</dd>",
                             summary->kept_normal, summary->normal_count, summary->kept_abnormal,
                             summary->abnormal_count);
    }
    if (entry->mapped && !isnan(summary->pixel_threshold))
        append_regions(out, entry);
    if (summary->references > 0) {
        alfa__string_appendf(out, "<dt>Normal images</dt><dd>%d, p ", summary->references);
        alfa__html_number(out, summary->p_value, "</dd>");
    }
    if (summary->fallback)
        alfa__string_append(out, "<dt>Fallback</dt><dd>one side kept none, all used</dd>");
    alfa__string_appendf(out, "<dt>Size</dt><dd>%d × %d</dd></dl>\n", summary->width, summary->height);
}

static bool is_decided(const struct entry *entry)
{
    return !entry->error && !isnan(entry->summary.threshold);
}

static void append_card(struct alfa__string *out, const struct entry *entry)
{
    const struct alfa_summary *summary = &entry->summary;
    const bool decided = is_decided(entry);
    alfa__string_appendf(out, "<article class=\"card%s\">\n",
                         !decided             ? ""
                         : summary->anomalous ? " anomaly"
                                              : " normal");
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
    if (entry->number) {
        alfa__string_append(out, "<div class=\"pair\">");
        append_picture(out, entry, "photo", "Photograph");
        if (entry->mapped)
            append_picture(out, entry, "map", "Heat map");
        alfa__string_append(out, "</div>\n");
    }
    append_name(out, entry->path);
    append_facts(out, entry);
    alfa__string_append(out, entry->likeness);
    alfa__string_append(out, "</article>\n");
}

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

static void append_count(struct alfa__string *out, size_t count, const char *what)
{
    alfa__string_appendf(out, "<li><b>%zu</b>%s</li>", count, what);
}

static void append_head(struct alfa__string *out, const struct alfa__html *html)
{
    size_t failed = 0, anomalies = 0, decided = 0;
    for (size_t i = 0; i < html->count; i++) {
        failed += html->entries[i].error != NULL;
        anomalies += !html->entries[i].error && html->entries[i].summary.anomalous;
        decided += is_decided(&html->entries[i]);
    }
    const char *name = html->class_name ? html->class_name : "no image judged";
    alfa__string_append(
        out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
             "content=\"width=device-width,initial-scale=1\">\n<title>Inspection: ");
    alfa__html_text(out, name);
    alfa__string_append(out, "</title>\n<style>\n");
    alfa__string_append(out, html_style);
    alfa__string_append(out, html_style_likeness);
    alfa__string_append(out, "</style></head>\n<body><main>\n<h1>Inspection: ");
    alfa__html_text(out, name);
    alfa__string_append(out, "</h1>\n<p class=\"about\">");
    if (html->model) {
        alfa__string_append(out, "model ");
        alfa__html_text(out, html->model);
        alfa__string_append(out, " · method ");
        alfa__html_text(out, html->method);
    }
    if (html->about) {
        alfa__string_append(out, "<br>");
        alfa__html_text(out, html->about);
    }
    alfa__string_append(out, "</p>\n<ul class=\"counts\">");
    append_count(out, html->count, html->count == 1 ? "image" : "images");
    if (decided) {
        append_count(out, anomalies, anomalies == 1 ? "anomaly" : "anomalies");
        append_count(out, decided - anomalies, "normal");
    }
    append_count(out, failed, "failed");
    alfa__string_append(out, "</ul>\n");
}

/* Highest score first; equal ones in the order of adding. */
static int compare(const void *a, const void *b)
{
    const struct entry *const *x = a, *const *y = b;
    double left = (*x)->summary.score, right = (*y)->summary.score;
    if (left != right)
        return left > right ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

/* Which cards to see, when there are decisions; what the colours mean, when there are maps. */
static void append_tools(struct alfa__string *out, const struct alfa__html *html)
{
    const struct entry *mapped = NULL;
    bool decided = false;
    for (size_t i = 0; i < html->count; i++) {
        decided = decided || is_decided(&html->entries[i]);
        mapped = !mapped && html->entries[i].mapped ? &html->entries[i] : mapped;
    }
    if (decided)
        alfa__string_append(out, "<input class=\"pick\" type=\"radio\" name=\"pick\" id=\"all\" checked>"
                                 "<input class=\"pick\" type=\"radio\" name=\"pick\" id=\"bad\">"
                                 "<input class=\"pick\" type=\"radio\" name=\"pick\" id=\"good\">\n");
    alfa__string_append(out, "<div class=\"tools\">");
    if (decided)
        alfa__string_append(out, "<div class=\"picks\"><label for=\"all\">All</label><label "
                                 "for=\"bad\">Anomalies</label><label for=\"good\">Normal</label></div>");
    if (mapped)
        append_scale(out, mapped->summary.pixel_threshold);
    alfa__string_append(out, "</div>\n");
}

static void append_cards(struct alfa__string *out, const struct alfa__html *html, const struct entry **order)
{
    size_t judged = 0;
    for (size_t i = 0; i < html->count; i++)
        if (!html->entries[i].error)
            order[judged++] = &html->entries[i];
    if (judged == 0)
        return;
    qsort(order, judged, sizeof *order, compare);
    append_tools(out, html);
    alfa__string_append(out, "<div class=\"cards\">\n");
    for (size_t i = 0; i < judged; i++)
        append_card(out, order[i]);
    alfa__string_append(out, "</div>\n");
}

static void append_failed(struct alfa__string *out, const struct alfa__html *html)
{
    bool open = false;
    for (size_t i = 0; i < html->count; i++) {
        if (!html->entries[i].error)
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

enum alfa_status alfa__html_write(const struct alfa__html *html, struct alfa_error *err)
{
    struct alfa__string page = {0};
    char *path = alfa__format("%s/report.html", html->folder);
    const struct entry **order = malloc((html->count + 1) * sizeof *order);
    enum alfa_status status = ALFA_OK;
    if (path && order) {
        append_head(&page, html);
        append_cards(&page, html, order);
        append_failed(&page, html);
        alfa__string_append(&page, "</main></body></html>\n");
    }
    if (!path || !order || !alfa__string_ok(&page))
        status = alfa__fail_memory(err, page.size);
    else
        status = alfa__file_save(path, page.text, page.size, err);
    alfa__string_free(&page);
    free(order);
    free(path);
    return status;
}
