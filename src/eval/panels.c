#include "eval/panels.h"
#include "base/files.h"
#include "base/strings.h"
#include "eval/place.h"
#include "eval/shots.h"
#include "image/heat.h"
#include "image/text.h"
#include "image/write.h"
#include "report/html_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 240, GAP = 10, LABEL = 26, DIGIT = 11, COLUMNS = 6, MOST = 4 };

/* ------------------------------------------------------------------ which images */

struct chosen {
    size_t item;
    const char *rule; /* for the caption */
};

struct ranked {
    double score;
    size_t item;
};

static int ascending(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

/* The judged items that are anomalous or normal, ascending; returns how many. */
static size_t rank(struct ranked *out, const struct alfa__panel_class *p, bool anomalous)
{
    size_t count = 0;
    for (size_t i = 0; i < p->class->count; i++)
        if (p->judged[i] && p->class->items[i].anomalous == anomalous)
            out[count++] = (struct ranked){p->scores[i], i};
    qsort(out, count, sizeof *out, ascending);
    return count;
}

/* Returns how many; room for MOST. */
static enum alfa_status choose(struct chosen out[MOST], int *count, const struct alfa__panel_class *p,
                               struct alfa_error *err)
{
    struct ranked *list = malloc((p->class->count + 1) * sizeof *list);
    if (!list)
        return alfa__fail_memory(err, p->class->count * sizeof *list);
    const size_t bad = rank(list, p, true);
    *count = 0;
    if (bad)
        out[(*count)++] = (struct chosen){list[0].item, "lowest score of the anomalous images"};
    if (bad > 2)
        out[(*count)++] = (struct chosen){list[bad / 2].item, "middle score of the anomalous images"};
    if (bad > 1)
        out[(*count)++] = (struct chosen){list[bad - 1].item, "highest score of the anomalous images"};
    const size_t good = rank(list, p, false);
    if (good)
        out[(*count)++] = (struct chosen){list[good - 1].item, "highest score of the normal images"};
    free(list);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ drawing */

static const unsigned char paper[3] = {250, 250, 250}, ink[3] = {32, 33, 36};
static const unsigned char light[3] = {255, 255, 255}, dark[3] = {20, 20, 20};

/* Whether the mask is set anywhere under pixel (x, y) of a width x height picture of it. */
static bool is_set(const struct alfa__mask *mask, int x, int y, int width, int height)
{
    if (x < 0 || y < 0 || x >= width || y >= height)
        return false;
    const int left = (int)((long long)x * mask->width / width),
              top = (int)((long long)y * mask->height / height);
    int right = (int)((long long)(x + 1) * mask->width / width),
        bottom = (int)((long long)(y + 1) * mask->height / height);
    right = right > left ? right : left + 1;
    bottom = bottom > top ? bottom : top + 1;
    for (int row = top; row < bottom; row++)
        if (memchr(mask->pixels + (size_t)row * (size_t)mask->width + left, 1, (size_t)(right - left)))
            return true;
    return false;
}

static bool touches(const struct alfa__mask *mask, int x, int y, int width, int height, bool set)
{
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            if (is_set(mask, x + dx, y + dy, width, height) == set)
                return true;
    return false;
}

/* A light line on the edge of the regions, a dark one around it. */
static void outline(struct alfa_image *picture, const struct alfa__mask *mask)
{
    for (int y = 0; y < picture->height; y++)
        for (int x = 0; x < picture->width; x++) {
            const bool inside = is_set(mask, x, y, picture->width, picture->height);
            if (touches(mask, x, y, picture->width, picture->height, !inside))
                memcpy(picture->rgb + ((size_t)y * (size_t)picture->width + (size_t)x) * 3,
                       inside ? light : dark, 3);
        }
}

/* Tile number at of the sheet: a picture in the middle of its place, a label below. */
static void put_tile(struct alfa_image *sheet, int at, const struct alfa_image *picture, const char *label)
{
    const int left = GAP + at % COLUMNS * (TILE + GAP), top = GAP + at / COLUMNS * (TILE + LABEL + GAP);
    const int x = left + (TILE - picture->width) / 2, y = top + (TILE - picture->height) / 2;
    int digit = DIGIT;
    for (int row = 0; row < picture->height; row++)
        memcpy(sheet->rgb + ((size_t)(y + row) * (size_t)sheet->width + (size_t)x) * 3,
               picture->rgb + (size_t)row * (size_t)picture->width * 3, (size_t)picture->width * 3);
    while (digit > 6 && alfa__text_width(label, digit) > TILE)
        digit--;
    alfa__text_draw(sheet, left, top + TILE + 8, digit, label, ink);
}

/* One item of a class on its way to a sheet of tiles. */
struct shown {
    const struct alfa__panel_class *class;
    size_t item;
    const struct alfa_image *photo;
};

/* The map of a method over the photograph. map: room for side x side. */
static enum alfa_status put_map(struct alfa_image *sheet, const struct shown *shown, int m, float *map,
                                struct alfa_error *err)
{
    const struct alfa__panel_class *p = shown->class;
    const struct alfa__panel_method *method = &p->methods[m];
    const struct alfa_image *photo = shown->photo;
    const struct alfa__heat heat = {map, p->side, p->side, {0, 0, photo->width, photo->height}, 0};
    const double range = method->high > method->low ? method->high - method->low : 1;
    struct alfa_image *hot;
    char label[96], shots[16];
    ALFA__TRY(p->map(p->context, map, m, shown->item, err));
    for (int i = 0; i < p->side * p->side; i++)
        map[i] = (float)(((double)map[i] - method->low) / range);
    ALFA__TRY(alfa__image_alloc(&hot, photo->width, photo->height, err));
    alfa__heat_overlay(hot->rgb, photo, &heat);
    snprintf(label, sizeof label, method->shots ? "%s, %s normal" : "%s", method->label,
             alfa__eval_shots_text(shots, method->shots));
    put_tile(sheet, 1 + m, hot, label);
    alfa_image_free(hot);
    return ALFA_OK;
}

static enum alfa_status fill_sheet(struct alfa_image *sheet, const struct shown *shown,
                                   struct alfa_error *err)
{
    const struct alfa__panel_class *p = shown->class;
    const struct alfa_image *photo = shown->photo;
    const struct alfa__mask *mask = &p->masks[shown->item];
    struct alfa_image *marked;
    float *map = malloc((size_t)p->side * (size_t)p->side * sizeof *map);
    if (!map)
        return alfa__fail_memory(err, (size_t)p->side * (size_t)p->side * sizeof *map);
    enum alfa_status status = alfa__image_alloc(&marked, photo->width, photo->height, err);
    if (status == ALFA_OK) {
        memcpy(marked->rgb, photo->rgb, (size_t)photo->width * (size_t)photo->height * 3);
        if (mask->pixels)
            outline(marked, mask);
        put_tile(sheet, 0, marked,
                 mask->pixels                             ? "mask"
                 : p->class->items[shown->item].anomalous ? "no mask"
                                                          : "normal");
        alfa_image_free(marked);
    }
    for (int m = 0; m < p->method_count && status == ALFA_OK; m++)
        status = put_map(sheet, shown, m, map, err);
    free(map);
    return status;
}

/* The square in the middle of a photograph, in its place. */
static enum alfa_status cut_middle(struct alfa_image **image, struct alfa_error *err)
{
    const struct alfa_image *whole = *image;
    const int side = whole->width < whole->height ? whole->width : whole->height;
    const size_t left = (size_t)(whole->width - side) / 2, top = (size_t)(whole->height - side) / 2;
    struct alfa_image *middle;
    ALFA__TRY(alfa__image_alloc(&middle, side, side, err));
    for (size_t y = 0; y < (size_t)side; y++)
        memcpy(middle->rgb + y * (size_t)side * 3, whole->rgb + ((y + top) * (size_t)whole->width + left) * 3,
               (size_t)side * 3);
    alfa_image_free(*image);
    *image = middle;
    return ALFA_OK;
}

/* The photograph with the mask's outline and all maps in one picture. */
static enum alfa_status draw(struct alfa_image **out, size_t item, const struct alfa__panel_class *p,
                             struct alfa_error *err)
{
    const int tiles = 1 + p->method_count, columns = tiles < COLUMNS ? tiles : COLUMNS;
    const int rows = (tiles + COLUMNS - 1) / COLUMNS;
    struct alfa_image_options how = ALFA_IMAGE_OPTIONS_INIT;
    struct alfa_image *image, *photo;
    how.bits = p->bits;
    ALFA__TRY(alfa_image_load_as(&image, p->class->items[item].image, &how, err));
    enum alfa_status status = p->crop ? cut_middle(&image, err) : ALFA_OK;
    if (status == ALFA_OK)
        status = alfa__resize_fit(&photo, image, TILE, ALFA__RESIZE_HAMMING, err);
    alfa_image_free(image);
    ALFA__TRY(status);
    status = alfa__image_alloc(out, GAP + columns * (TILE + GAP), GAP + rows * (TILE + LABEL + GAP), err);
    if (status == ALFA_OK) {
        memset((*out)->rgb, paper[0], (size_t)(*out)->width * (size_t)(*out)->height * 3);
        status = fill_sheet(*out, &(struct shown){p, item, photo}, err);
        if (status != ALFA_OK)
            alfa_image_free(*out);
    }
    alfa_image_free(photo);
    return status;
}

/* ------------------------------------------------------------------ sections */

static void put_text(struct alfa__string *out, const char *text)
{
    alfa__html_text(out, text);
}

/* What the tiles of all pictures of a class are, in reading order. */
static void put_tiles(struct alfa__string *out, const struct alfa__panel_class *p)
{
    char shots[16];
    alfa__string_append(out,
                        "<p class=\"about\">In reading order: the photograph with the outline of its mask");
    for (int m = 0; m < p->method_count; m++) {
        const int learnt = p->methods[m].shots;
        alfa__string_append(out, m ? "; " : "; the maps of ");
        put_text(out, p->methods[m].label);
        if (learnt)
            alfa__string_appendf(out, " with %s normal image%s", alfa__eval_shots_text(shots, learnt),
                                 learnt == 1 ? "" : "s");
    }
    alfa__string_append(out, ".</p>\n");
}

/* A class as a part of a file's name: a noun that was given may have a slash in it. Freed by the caller. */
static char *file_name(const char *class_name)
{
    char *name = alfa__strdup(class_name);
    for (char *slash = name; slash && (slash = strchr(slash, '/'));)
        *slash = '_';
    return name;
}

static void put_figure(struct alfa__string *out, const struct alfa__panel_class *p,
                       const struct chosen *chosen, int number, const struct alfa_image *picture,
                       const char *name)
{
    const struct alfa__item *item = &p->class->items[chosen->item];
    alfa__string_append(out, "<figure><img loading=\"lazy\" src=\"panels");
    if (p->number > 1)
        alfa__string_appendf(out, "-%d", p->number);
    alfa__string_append(out, "/");
    alfa__html_url(out, name);
    alfa__string_appendf(
        out, "-%d.png\" width=\"%d\" height=\"%d\" alt=\"The photograph and its maps\"><figcaption><b>",
        number, picture->width, picture->height);
    put_text(out, item->kind);
    alfa__string_append(out, "/");
    put_text(out, alfa__path_name(item->image));
    alfa__string_appendf(out, "</b> %s by ", chosen->rule);
    put_text(out, p->first);
    alfa__string_appendf(out, ": %.3f</figcaption></figure>\n", p->scores[chosen->item]);
}

static enum alfa_status put_panel(struct alfa__string *out, const struct alfa__panel_class *p,
                                  const struct chosen *chosen, int number, struct alfa_error *err)
{
    struct alfa_image *picture;
    char *folder = alfa__eval_place(p->folder, "panels", p->number, ""), *name = file_name(p->class->name);
    char *path = folder && name ? alfa__format("%s/%s-%d.png", folder, name, number) : NULL;
    enum alfa_status status =
        path ? draw(&picture, chosen->item, p, err) : alfa__fail_memory(err, strlen(p->folder));
    if (status == ALFA_OK) {
        status = alfa__image_write_png(path, picture->rgb, picture->width, picture->height, err);
        put_figure(out, p, chosen, number, picture, name);
        alfa_image_free(picture);
    }
    free(folder);
    free(name);
    free(path);
    return status;
}

static char *section_path(const char *folder, int number, const char *class_name)
{
    char *panels = alfa__eval_place(folder, "panels", number, ""), *name = file_name(class_name);
    char *path = panels && name ? alfa__format("%s/%s.html", panels, name) : NULL;
    free(panels);
    free(name);
    return path;
}

static void put_key(char out[32], uint64_t key)
{
    snprintf(out, 32, "<!-- %016" PRIx64 " -->\n", key);
}

bool alfa__panels_there(const char *folder, int number, const char *class_name, uint64_t key)
{
    char *path = section_path(folder, number, class_name), *text = NULL, wanted[32];
    size_t size;
    put_key(wanted, key);
    const bool there = path && alfa__file_read(&text, &size, path, (size_t)1 << 24, NULL) == ALFA_OK &&
                       strncmp(text, wanted, strlen(wanted)) == 0;
    free(text);
    free(path);
    return there;
}

enum alfa_status alfa__panels_draw(const struct alfa__panel_class *p, struct alfa_error *err)
{
    struct alfa__string out = {0};
    struct chosen chosen[MOST];
    char *folder = alfa__eval_place(p->folder, "panels", p->number, ""),
         *path = section_path(p->folder, p->number, p->class->name), key[32];
    int count = 0;
    enum alfa_status status =
        folder && path ? alfa__folder_make(folder, err) : alfa__fail_memory(err, strlen(p->folder));
    if (status == ALFA_OK)
        status = choose(chosen, &count, p, err);
    put_key(key, p->key);
    alfa__string_append(&out, key);
    alfa__string_append(&out, "<section><h2>");
    put_text(&out, p->class->name);
    alfa__string_append(&out, "</h2>\n");
    put_tiles(&out, p);
    for (int i = 0; i < count && status == ALFA_OK; i++)
        status = put_panel(&out, p, &chosen[i], i + 1, err);
    alfa__string_append(&out, "</section>\n");
    if (status == ALFA_OK)
        status = alfa__string_ok(&out) ? alfa__file_write(path, out.text, out.size, err)
                                       : alfa__fail_memory(err, out.size);
    alfa__string_free(&out);
    free(folder);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ page */

static const char top[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>alfa eval: "
    "panels</title>\n<style>\n"
    ":root{color-scheme:light dark;--page:#f3f4f6;--ink:#1b1d21;--soft:#5c636e;--line:#dfe2e7}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#131518;--ink:#eceef1;--soft:#a0a7b2;--line:#30353d}}\n"
    "body{margin:0;background:var(--page);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"
    "main{max-width:1520px;margin:0 auto;padding:2rem 1.25rem 4rem}\n"
    "h1{margin:0;font-size:1.7rem;line-height:1.2}h2{margin:2.5rem 0 .75rem;font-size:1.15rem}\n"
    ".about,figcaption{color:var(--soft)}.about{max-width:60rem}figcaption b{color:var(--ink)}\n"
    "figure{margin:0 0 1.5rem}figure img{max-width:100%;height:auto;border:1px solid "
    "var(--line);border-radius:10px}\n"
    "</style>\n<main>\n<h1>Maps of the compared methods</h1>\n";

static const char about[] = "Left the photograph with the outline of its mask, then each method's map. Which "
                            "images are shown follows from the "
                            "scores of the first method: of the anomalous ones the lowest, the middle and "
                            "the highest score, of the normal ones "
                            "the highest. Colours run from the lowest (clear) to the highest value (red) "
                            "that a method gives any image of the class: "
                            "they can be compared between the images of a method, not between methods. With "
                            "normal images: the first seed.";

static void put_section(struct alfa__string *out, const char *folder, int number, const char *class_name)
{
    char *path = section_path(folder, number, class_name), *text;
    size_t size;
    if (path && alfa__file_read(&text, &size, path, (size_t)1 << 24, NULL) == ALFA_OK) {
        alfa__string_append(out, text);
        free(text);
    }
    free(path);
}

enum alfa_status alfa__panels_page(const char *folder, int number, const char *const *classes,
                                   int class_count, const char *model, struct alfa_error *err)
{
    struct alfa__string out = {0};
    char *path = alfa__eval_place(folder, "panels", number, ".html");
    alfa__string_append(&out, top);
    alfa__string_append(&out, "<p class=\"about\">Model: ");
    put_text(&out, model);
    alfa__string_appendf(&out, ". %s</p>\n", about);
    for (int i = 0; i < class_count; i++)
        put_section(&out, folder, number, classes[i]);
    alfa__string_append(&out, "</main>\n</html>\n");
    enum alfa_status status = path && alfa__string_ok(&out) ? alfa__file_save(path, out.text, out.size, err)
                                                            : alfa__fail_memory(err, out.size);
    alfa__string_free(&out);
    free(path);
    return status;
}
