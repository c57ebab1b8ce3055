/* Learning from normal images: each is looked at, its rows go into the memory, and what its calibration needs
 * is kept (sighting.h). Of one image alone nothing is left when its own rows are passed over, so the
 * first one is also judged as slightly changed copies, in case it stays alone. */
#include "base/strings.h"
#include "detect/compared.h"
#include "detect/sighting.h"
#include "detect/terms.h"
#include "image/resize.h"
#include "image/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPIES 4
#define THUMBNAIL 160 /* pixels of the longer side */

/* ------------------------------------------------------------------ changed pictures */

/* out[y, x] of a picture turned by quarter turns, and mirrored first when flip is set. */
static enum alfa_status turn(struct alfa_image **out, const struct alfa_image *image, struct alfa__pose pose,
                             struct alfa_error *err)
{
    const int quarters = pose.quarters, w = image->width, h = image->height, tw = quarters % 2 ? h : w,
              th = quarters % 2 ? w : h;
    ALFA__TRY(alfa__image_new(out, tw, th, NULL, err));
    for (int y = 0; y < th; y++)
        for (int x = 0; x < tw; x++) {
            int u = quarters == 0 ? x : quarters == 1 ? y : quarters == 2 ? w - 1 - x : w - 1 - y;
            int v = quarters == 0 ? y : quarters == 1 ? h - 1 - x : quarters == 2 ? h - 1 - y : x;
            u = pose.flip ? w - 1 - u : u;
            memcpy((*out)->rgb + 3 * ((size_t)y * (size_t)tw + (size_t)x),
                   image->rgb + 3 * ((size_t)v * (size_t)w + (size_t)u), 3);
        }
    return ALFA_OK;
}

/* A copy as the next photograph of the same thing might look: a little darker or brighter, a little shifted.
 */
static enum alfa_status change(struct alfa_image **out, const struct alfa_image *image, int which,
                               struct alfa_error *err)
{
    const int dx = image->width / 32, dy = image->height / 32, corner = which & 1;
    const int gain = which < 2 ? 244 : 268; /* of 256 */
    const unsigned char *first =
        image->rgb + 3 * ((size_t)(corner ? dy : 0) * (size_t)image->width + (size_t)(corner ? dx : 0));
    ALFA__TRY(alfa_image_from_rgb(out, first, image->width - dx, image->height - dy, (size_t)image->width * 3,
                                  err));
    const size_t size = (size_t)(*out)->width * (size_t)(*out)->height * 3;
    for (size_t i = 0; i < size; i++) {
        int value = (*out)->rgb[i] * gain >> 8;
        (*out)->rgb[i] = (unsigned char)(value > 255 ? 255 : value);
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ adding an image */

/* Puts a look's rows into the memory; with a sighting also notes where they are. */
static enum alfa_status remember(struct alfa_bank *bank, const struct alfa__features *features,
                                 struct alfa__sighting *sighting, struct alfa_error *err)
{
    struct alfa__query queries[ALFA__BANK_MAX_PARTS];
    alfa__recall_queries(queries, &bank->store, features);
    for (int p = 0, layer = 0; p < bank->store.part_count; p++) {
        struct alfa__memory *part = &bank->store.parts[p];
        if (part->window == 0 && part->rows == 0)
            part->dim = features->layers[layer].dim;
        layer += part->window == 0;
        if (sighting) {
            sighting->starts[p] = part->rows;
            sighting->counts[p] = queries[p].count;
            sighting->sides[p] = queries[p].side;
        }
        ALFA__TRY(alfa__memory_add(part, queries[p].rows, queries[p].count,
                                   (struct alfa__origin){bank->store.reference_count, 0}, err));
    }
    return ALFA_OK;
}

/* What a picture is shown for. */
enum purpose {
    REFERENCE, /* to remember it, and to judge it as if it were new */
    TURNED,    /* only to remember it */
    COPY       /* only to judge it */
};

static enum alfa_status add_look(struct alfa_bank *bank, const struct alfa__look *look, enum purpose purpose,
                                 bool whole, struct alfa_error *err)
{
    struct alfa__sighting *sighting = NULL;
    if (purpose != TURNED) {
        sighting = alfa__sighting_new(bank, look, whole);
        if (!sighting)
            return alfa__fail_memory(err, sizeof *sighting);
    }
    return purpose == COPY ? alfa__sighting_keep_rows(sighting, bank, &look->features, err)
                           : remember(bank, &look->features, sighting, err);
}

/* All looks at a picture, the whole and its tiles. */
static enum alfa_status add_picture(struct alfa_bank *bank, struct alfa_detector *d,
                                    const struct alfa_image *image, struct alfa__pose pose,
                                    enum purpose purpose, struct alfa_error *err)
{
    struct alfa__sight sight;
    if (d->compared)
        return alfa__compared_add(bank, d, image, err);
    ALFA__TRY(alfa__sight_plan(&sight, d, image, pose, bank->tiles, err));
    for (int i = 0; i < alfa__sight_looks(&sight); i++) {
        const struct alfa__mark mark = alfa__arena_mark(&d->arena);
        struct alfa__look look;
        ALFA__TRY(alfa__look_take(&look, d, &sight, i, bank->layers, bank->layer_count, err));
        if (!look.blank)
            ALFA__TRY(add_look(bank, &look, purpose, i == 0, err));
        alfa__arena_reset(&d->arena, mark);
    }
    return ALFA_OK;
}

static enum alfa_status refuse_twice(const struct alfa_bank *bank, const char *sum, const char *name,
                                     struct alfa_error *err)
{
    size_t i;
    const json_t *one;
    json_array_foreach(
        json_object_get(bank->store.options, "pictures"), i,
        one) if (strcmp(json_string_value(one) ? json_string_value(one) : "", sum) ==
                 0) return alfa__fail(err, ALFA_ERROR_INPUT, name,
                                      "is the same picture as %s: each normal image counts once",
                                      i < (size_t)bank->store.reference_count ? bank->store.references[i].name
                                                                              : "another one");
    return ALFA_OK;
}

/* A small JPEG of the reference, so that a bank can show what it was learned from. */
static enum alfa_status add_reference(struct alfa_bank *bank, const struct alfa_image *image,
                                      const char *name, struct alfa_error *err)
{
    const int longer = image->width > image->height ? image->width : image->height;
    const double scale = longer > THUMBNAIL ? (double)THUMBNAIL / longer : 1.0;
    const int width = image->width * scale < 1 ? 1 : (int)(image->width * scale);
    const int height = image->height * scale < 1 ? 1 : (int)(image->height * scale);
    const struct alfa__view view = {width, height, 0, 0};
    unsigned char *small = malloc((size_t)width * (size_t)height * 3), *jpeg = NULL;
    size_t size = 0;
    enum alfa_status status = small ? alfa__resize_rgb(small, width, height, image, &view, err)
                                    : alfa__fail_memory(err, (size_t)width * (size_t)height * 3);
    if (status == ALFA_OK)
        status = alfa__image_encode_jpeg(&jpeg, &size, small, width, height, 85, err);
    if (status == ALFA_OK)
        status = alfa__bank_add_reference(&bank->store, name, image->width, image->height, jpeg, size, err);
    free(small);
    free(jpeg);
    return status;
}

static enum alfa_status add_pictures(struct alfa_bank *bank, struct alfa_detector *d,
                                     const struct alfa_image *image, struct alfa_error *err)
{
    const struct alfa__pose upright = {0, false};
    enum alfa_status status = add_picture(bank, d, image, upright, REFERENCE, err);
    for (int i = 1; bank->turned && i < 8 && status == ALFA_OK; i++) {
        const struct alfa__pose pose = {i % 4, i >= 4};
        struct alfa_image *turned = NULL;
        status = turn(&turned, image, pose, err);
        if (status == ALFA_OK)
            status = add_picture(bank, d, turned, pose, TURNED, err);
        alfa_image_free(turned);
    }
    for (int i = 0; i < COPIES && bank->store.reference_count == 0 && status == ALFA_OK; i++) {
        struct alfa_image *copy = NULL;
        status = change(&copy, image, i, err);
        if (status == ALFA_OK)
            status = add_picture(bank, d, copy, upright, COPY, err);
        alfa_image_free(copy);
    }
    return status;
}

/* The first image says how many tiles there are when nobody else did. */
static void settle_tiles(struct alfa_bank *bank, const struct alfa_detector *d,
                         const struct alfa_image *image)
{
    if (bank->tiles != ALFA_TILES_AUTO)
        return;
    bank->tiles = alfa__tiles_auto(image->width, image->height, d->model->info.image_size);
    json_object_set_new(bank->store.options, "tiles", json_integer(bank->tiles));
}

/* Forgets what an image that could not be added left behind. */
static void take_back(struct alfa_bank *bank, const int rows[ALFA__BANK_MAX_PARTS], int sightings)
{
    for (int p = 0; p < bank->store.part_count; p++)
        bank->store.parts[p].rows = rows[p];
    alfa__sightings_cut(bank, sightings);
}

enum alfa_status alfa_bank_add(struct alfa_bank *bank, struct alfa_detector *d,
                               const struct alfa_image *image, const char *name, struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(&d->arena);
    const int sightings = bank->sighting_count;
    int rows[ALFA__BANK_MAX_PARTS];
    char sum[33];
    alfa__image_digest(sum, image);
    ALFA__TRY(refuse_twice(bank, sum, name, err));
    ALFA__TRY(alfa__terms_check(bank, d, err));
    ALFA__TRY(alfa__terms_layers(bank->layers, &bank->layer_count, bank, d->model, err));
    bank->grid = d->model->info.grid;
    settle_tiles(bank, d, image);
    for (int p = 0; p < bank->store.part_count; p++)
        rows[p] = bank->store.parts[p].rows;
    enum alfa_status status = add_pictures(bank, d, image, err);
    if (status == ALFA_OK)
        status = add_reference(bank, image, name, err);
    if (status == ALFA_OK)
        json_array_append_new(json_object_get(bank->store.options, "pictures"), json_string(sum));
    else
        take_back(bank, rows, sightings);
    alfa__arena_reset(&d->arena, mark);
    return status;
}
