/* Learning from images: each is looked at, and what memory and thresholds are made of is kept (kept_pass.h).
 * Of one image alone nothing is left when its own rows are left out, so the first one is also looked at as
 * slightly changed copies, in case it stays alone. */
#include "bank/kept.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/threads.h"
#include "detect/aligned.h"
#include "detect/kept_pass.h"
#include "detect/terms.h"
#include "detect/windows.h"
#include "image/resize.h"
#include "image/turn.h"
#include "image/write.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPIES 4
#define THUMBNAIL 160 /* pixels of the longer side */

/* ------------------------------------------------------------------ changed pictures */

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

static enum alfa_status add_pass(struct alfa_bank *bank, struct alfa__reference *reference,
                                 const struct alfa__pass *pass, enum alfa__purpose purpose,
                                 struct alfa__arena *arena, struct alfa_error *err)
{
    if (purpose == ALFA__FOR_MEMORY)
        return alfa__kept_pass_offer(reference, bank, pass, arena, err);
    return alfa__kept_pass_add(purpose == ALFA__FOR_SCORES ? &reference->copies : &reference->passes, bank,
                               pass, arena, err);
}

/* The rows that the bank remembers, and nothing that words need. */
static struct alfa__feature_request request_rows(const struct alfa_bank *bank, const struct alfa_detector *d)
{
    struct alfa__feature_request request = {.whole_unused = true};
    int scales = 0;
    for (int p = 0; p < bank->store.part_count; p++)
        if (bank->store.parts[p].window)
            request.scales[scales++] = bank->store.parts[p].window;
    request.pixels = scales && d->options.window_mask == ALFA_WINDOW_PIXELS;
    for (int i = 0; i < bank->layer_count; i++)
        request.layers[request.layer_count++] = bank->layers[i];
    return request;
}

enum alfa_status alfa__windows_add(struct alfa_bank *bank, struct alfa__reference *reference,
                                   struct alfa_detector *d, const struct alfa__showing *showing,
                                   struct alfa_error *err)
{
    const struct alfa__feature_request request =
        showing->purpose == ALFA__FOR_MEMORY
            ? request_rows(bank, d)
            : alfa__detector_request(&d->options, bank->layers, bank->layer_count);
    struct alfa__passes passes;
    ALFA__TRY(alfa__passes_plan(&passes, d, showing->image, showing->pose, bank->tiles, err));
    for (int i = 0; i < alfa__passes_count(&passes); i++) {
        const struct alfa__mark mark = alfa__arena_mark(&d->arena);
        struct alfa__pass pass;
        ALFA__TRY(alfa__watch_tell("passes", i, alfa__passes_count(&passes), err));
        ALFA__TRY((showing->purpose == ALFA__FOR_MEMORY ? alfa__pass_look : alfa__pass_run)(
            &pass, d, &passes, i, &request, err));
        if (!pass.blank)
            ALFA__TRY(add_pass(bank, reference, &pass, showing->purpose, &d->arena, err));
        alfa__arena_reset(&d->arena, mark);
    }
    return ALFA_OK;
}

static enum alfa_status refuse_twice(const struct alfa_bank *bank, const char *digest, const char *name,
                                     struct alfa_error *err)
{
    const struct alfa__reference *same = alfa__bank_find(&bank->store, digest);
    return same ? alfa__fail(err, ALFA_ERROR_INPUT, name, "is the same picture as %s: each image counts once",
                             same->name)
                : ALFA_OK;
}

/* An image to learn from, or to be tried with. All but digest is lent. */
struct example {
    const struct alfa_image *image;
    const char *name;
    enum alfa__role role;
    const char *kind; /* of a bad one; "" */
    bool first;       /* normal image of its bank: copies stand for others, in case it stays alone */
    char digest[ALFA__BANK_DIGEST];
};

/* A reference with a small JPEG, so that a bank can show what it was learned from. */
static enum alfa_status begin(struct alfa__reference *out, const struct example *example,
                              struct alfa_error *err)
{
    const struct alfa_image *image = example->image;
    struct alfa_image *small;
    unsigned char *jpeg = NULL;
    size_t size = 0;
    ALFA__TRY(alfa__resize_fit(&small, image, THUMBNAIL, ALFA__RESIZE_HAMMING, err));
    enum alfa_status status = alfa__image_encode_jpeg(&jpeg, &size, small, 85, err);
    alfa_image_free(small);
    if (status == ALFA_OK)
        status = alfa__reference_begin(out, example->name, image->width, image->height, err);
    if (status != ALFA_OK) {
        free(jpeg);
        return status;
    }
    out->role = example->role;
    memcpy(out->digest, example->digest, sizeof out->digest);
    status = alfa__bank_set_thumbnail(out, jpeg, size, err);
    free(jpeg);
    if (status == ALFA_OK)
        status = alfa__bank_set_kind(out, example->kind, err);
    if (status != ALFA_OK)
        alfa__reference_free(out);
    return status;
}

/* Whether the picture may be made small before it is turned instead of each time after. */
static bool seen_as_square(const struct alfa_bank *bank, const struct alfa_detector *d)
{
    return bank->tiles == 0 && d->options.resize == ALFA_RESIZE_SQUASH && !alfa__roi_active(&d->roi);
}

/* The picture turned and mirrored, of which only the memory knows. squares: of it; NULL: each is turned
 * large. */
static enum alfa_status add_poses(struct alfa_bank *bank, struct alfa__reference *reference,
                                  struct alfa_detector *d, const struct alfa_image *image,
                                  const struct alfa__squares *squares, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    for (int i = 1; i < 8 && status == ALFA_OK; i++) {
        const struct alfa__pose pose = {i % 4, i >= 4};
        struct alfa_image *turned = NULL;
        status = alfa__watch_tell("turned copies", i - 1, 7, err);
        if (status == ALFA_OK)
            status = squares ? alfa__squares_turn(&turned, squares, pose, err)
                             : alfa__image_turn(&turned, image, pose, err);
        if (status == ALFA_OK)
            status = d->method->pipeline->add(bank, reference, d,
                                              &(struct alfa__showing){turned, pose, ALFA__FOR_MEMORY}, err);
        alfa_image_free(turned);
    }
    return status;
}

static enum alfa_status add_turned(struct alfa_bank *bank, struct alfa__reference *reference,
                                   struct alfa_detector *d, const struct alfa_image *image,
                                   struct alfa_error *err)
{
    struct alfa__squares squares;
    if (!seen_as_square(bank, d))
        return add_poses(bank, reference, d, image, NULL, err);
    ALFA__TRY(alfa__squares_make(&squares, image, d->model->info.image_size, err));
    const enum alfa_status status = add_poses(bank, reference, d, image, &squares, err);
    alfa__squares_free(&squares);
    return status;
}

/* first: copies of it as well. */
static enum alfa_status add_pictures(struct alfa_bank *bank, struct alfa__reference *reference,
                                     struct alfa_detector *d, const struct alfa_image *image, bool first,
                                     struct alfa_error *err)
{
    const struct alfa__pose upright = {0, false};
    const struct alfa__showing itself = {image, upright, ALFA__FOR_ALL};
    enum alfa_status status = d->method->pipeline->add(bank, reference, d, &itself, err);
    if (reference->role != ALFA__ROLE_NORMAL)
        return status;
    if (bank->turned != ALFA_TURNED_NEVER && status == ALFA_OK)
        status = add_turned(bank, reference, d, image, err);
    for (int i = 0; i < COPIES && first && status == ALFA_OK; i++) {
        struct alfa_image *copy = NULL;
        status = alfa__watch_tell("changed copies", i, COPIES, err);
        if (status == ALFA_OK)
            status = change(&copy, image, i, err);
        if (status == ALFA_OK)
            status = d->method->pipeline->add(bank, reference, d,
                                              &(struct alfa__showing){copy, upright, ALFA__FOR_SCORES}, err);
        alfa_image_free(copy);
    }
    return status;
}

/* The first image says how many tiles there are when nobody else did. */
static enum alfa_status settle_tiles(struct alfa_bank *bank, const struct alfa_detector *d,
                                     const struct alfa_image *image, struct alfa_error *err)
{
    if (bank->tiles != ALFA_TILES_AUTO)
        return ALFA_OK;
    const int tiles =
        d->options.align ? 0 : alfa__tiles_auto(image->width, image->height, d->model->info.image_size);
    ALFA__TRY(alfa__json_put(bank->store.options, "tiles", json_integer(tiles), err));
    bank->tiles = tiles;
    return ALFA_OK;
}

/* Tiles are not turned unasked: an image would take many seconds. */
static enum alfa_status settle_poses(struct alfa_bank *bank, struct alfa_error *err)
{
    if (bank->tiles == 0 || bank->turned != ALFA_TURNED_AUTO)
        return ALFA_OK;
    bank->turned = ALFA_TURNED_NEVER;
    (void)json_object_del(bank->store.options, "turned_auto");
    return alfa__json_put(bank->store.options, "turned", json_false(), err);
}

static enum alfa_status look(struct alfa__reference *out, struct alfa_bank *bank, struct alfa_detector *d,
                             const struct example *example, struct alfa_error *err)
{
    struct alfa__aligned aligned;
    ALFA__TRY(alfa__aligned_take(&aligned, d->options.align, example->image, err));
    enum alfa_status status = begin(out, example, err);
    if (status == ALFA_OK) {
        status = add_pictures(bank, out, d, aligned.seen, example->first, err);
        if (status != ALFA_OK)
            alfa__reference_free(out);
    }
    alfa__aligned_free(&aligned);
    return status;
}

/* What the bank is to remember of the image; *out is empty after a failure. */
static enum alfa_status look_beside(struct alfa__reference *out, struct alfa_bank *bank,
                                    struct alfa_detector *d, const struct example *example,
                                    struct alfa_error *err)
{
    struct alfa__loan loan;
    *out = (struct alfa__reference){.width = 0};
    ALFA__TRY(alfa__detector_lend(&loan, d, err));
    const struct alfa__watch *before = alfa__watch_set(&d->watch);
    const struct alfa__team team = alfa__team_enter(d->model->threads);
    enum alfa_status status = look(out, bank, &loan.own, example, err);
    alfa__team_leave(team);
    alfa__watch_set(before);
    alfa__detector_return(&loan, d);
    return status;
}

static enum alfa_status take(struct alfa_bank *bank, struct alfa__reference *reference,
                             struct alfa_error *err)
{
    ALFA__TRY(refuse_twice(bank, reference->digest, reference->name, err));
    pthread_mutex_lock(&bank->lock);
    enum alfa_status status = alfa__bank_take_reference(&bank->store, reference, err);
    pthread_mutex_unlock(&bank->lock);
    if (status == ALFA_OK)
        bank->finished = false;
    return status;
}

/* All that finishing needs to know of the detector. */
static enum alfa_status begin_with(struct alfa_bank *bank, const struct alfa_detector *d,
                                   struct alfa_error *err)
{
    ALFA__TRY(alfa__terms_check(bank, d, err));
    ALFA__TRY(alfa__terms_layers(bank->layers, &bank->layer_count, bank, d->model, err));
    ALFA__TRY(alfa__bank_complete(&bank->store, err));
    bank->grid = d->model->info.grid;
    bank->threads = d->model->threads;
    bank->watch = d->watch;
    bank->method = d->method;
    bank->begun = bank->store.reference_count > 0;
    if (bank->store.grid != bank->grid)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "is inconsistent: learn it again");
    return ALFA_OK;
}

static enum alfa_status prepare(struct alfa_bank *bank, const struct alfa_detector *d,
                                struct example *example, struct alfa_error *err)
{
    ALFA__NEED(bank, "bank", err);
    ALFA__NEED(d, "detector", err);
    ALFA__NEED(example->image, "image", err);
    ALFA__NEED(example->name, "name", err);
    alfa__image_digest(example->digest, example->image);
    ALFA__TRY(refuse_twice(bank, example->digest, example->name, err));
    ALFA__TRY(begin_with(bank, d, err));
    example->first = alfa__bank_count(&bank->store, ALFA__ROLE_NORMAL) == 0;
    ALFA__TRY(settle_tiles(bank, d, example->image, err));
    return settle_poses(bank, err);
}

static enum alfa_status add(struct alfa_bank *bank, struct alfa_detector *d, struct example *example,
                            struct alfa_error *err)
{
    struct alfa__reference reference;
    ALFA__TRY(prepare(bank, d, example, err));
    ALFA__TRY(look_beside(&reference, bank, d, example, err));
    enum alfa_status status = take(bank, &reference, err);
    bank->begun = bank->store.reference_count > 0;
    alfa__reference_free(&reference);
    return status;
}

enum alfa_status alfa_bank_add(struct alfa_bank *bank, struct alfa_detector *d,
                               const struct alfa_image *image, const char *name, struct alfa_error *err)
{
    return add(bank, d, &(struct example){image, name, ALFA__ROLE_NORMAL, "", false, ""}, err);
}

enum alfa_status alfa_bank_add_known(struct alfa_bank *bank, struct alfa_detector *d,
                                     const struct alfa_image *image, const char *name, enum alfa_role role,
                                     const char *kind, struct alfa_error *err)
{
    static const enum alfa__role roles[] = {[ALFA_ROLE_NORMAL] = ALFA__ROLE_NORMAL,
                                            [ALFA_ROLE_GOOD] = ALFA__ROLE_GOOD,
                                            [ALFA_ROLE_BAD] = ALFA__ROLE_BAD};
    ALFA__NEED(d, "detector", err);
    if ((unsigned)role > ALFA_ROLE_BAD)
        return alfa__fail(err, ALFA_ERROR_USAGE, "role", "is none of enum alfa_role");
    if (!d->method->pipeline->windows)
        return alfa__fail(err, ALFA_ERROR_USAGE, "known images", "have no meaning with the method %s",
                          d->method->name);
    const char *what = kind && role == ALFA_ROLE_BAD ? kind : "";
    return add(bank, d, &(struct example){image, name, roles[role], what, false, ""}, err);
}

/* ------------------------------------------------------------------ in two steps */

struct alfa_lesson {
    struct alfa__reference reference;
};

static bool is_known(struct alfa_bank *bank, const char *digest)
{
    pthread_mutex_lock(&bank->lock);
    const bool known = alfa__bank_find(&bank->store, digest);
    pthread_mutex_unlock(&bank->lock);
    return known;
}

enum alfa_status alfa_bank_keep(struct alfa_bank *bank, struct alfa_detector *detector,
                                const struct alfa_image *image, struct alfa_error *err)
{
    char digest[ALFA__BANK_DIGEST] = "";
    int kept = 0;
    ALFA__NEED(bank, "bank", err);
    ALFA__NEED(detector, "detector", err);
    ALFA__TRY(begin_with(bank, detector, err));
    if (image)
        alfa__image_digest(digest, image);
    for (int r = 0; r < bank->store.reference_count; r++) {
        struct alfa__reference *reference = &bank->store.references[r];
        if (reference->role != ALFA__ROLE_NORMAL || (image && strcmp(reference->digest, digest) != 0))
            continue;
        reference->keep = true;
        kept++;
    }
    if (!kept)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank", "has no %snormal image", image ? "such " : "");
    bank->finished = false;
    return ALFA_OK;
}

/* A reference of which alfa_bank_take() says that its pixels are there: what they look like nobody asks. */
static enum alfa_status look_at_known(struct alfa__reference *out, const struct example *example,
                                      struct alfa_error *err)
{
    ALFA__TRY(alfa__reference_begin(out, example->name, example->image->width, example->image->height, err));
    memcpy(out->digest, example->digest, sizeof out->digest);
    return ALFA_OK;
}

enum alfa_status alfa_bank_look(struct alfa_lesson **out, struct alfa_bank *bank, struct alfa_detector *d,
                                const struct alfa_image *image, const char *name, struct alfa_error *err)
{
    ALFA__NEED_OUT(out, err);
    ALFA__NEED(bank, "bank", err);
    ALFA__NEED(d, "detector", err);
    ALFA__NEED(image, "image", err);
    ALFA__NEED(name, "name", err);
    if (!d->method->pipeline->windows || bank->method != d->method || !bank->begun)
        return alfa__fail(err, ALFA_ERROR_USAGE, "alfa_bank_look",
                          "needs a bank that this detector has added an image to, and ALFA or WINCLIP");
    ALFA__TRY(alfa__terms_check(bank, d, err));
    struct example example = {image, name, ALFA__ROLE_NORMAL, "", false, ""};
    struct alfa_lesson *lesson = malloc(sizeof *lesson);
    if (!lesson)
        return alfa__fail_memory(err, sizeof *lesson);
    alfa__image_digest(example.digest, image);
    enum alfa_status status = is_known(bank, example.digest)
                                  ? look_at_known(&lesson->reference, &example, err)
                                  : look_beside(&lesson->reference, bank, d, &example, err);
    if (status == ALFA_OK)
        *out = lesson;
    else
        free(lesson);
    return status;
}

enum alfa_status alfa_bank_take(struct alfa_bank *bank, struct alfa_lesson *lesson, struct alfa_error *err)
{
    ALFA__NEED(bank, "bank", err);
    ALFA__NEED(lesson, "lesson", err);
    if (!lesson->reference.name)
        return alfa__fail(err, ALFA_ERROR_USAGE, "lesson", "was taken already");
    return take(bank, &lesson->reference, err);
}

void alfa_lesson_free(struct alfa_lesson *lesson)
{
    if (lesson)
        alfa__reference_free(&lesson->reference);
    free(lesson);
}
