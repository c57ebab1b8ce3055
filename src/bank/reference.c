#include "bank/reference.h"
#include "bank/coreset.h"
#include "base/half.h"

#include <stdlib.h>
#include <string.h>

static const char *const role_names[] = {
#define ROLE_NAME(name, text) text,
    ALFA__ROLE_LIST(ROLE_NAME)
#undef ROLE_NAME
};

const char *alfa__role_name(enum alfa__role role)
{
    return role_names[role];
}

bool alfa__role_from_name(enum alfa__role *out, const char *name)
{
    for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++)
        if (strcmp(role_names[i], name) == 0) {
            *out = (enum alfa__role)i;
            return true;
        }
    return false;
}

/* ------------------------------------------------------------------ passes */

struct alfa__kept_pass *alfa__kept_passes_add(struct alfa__kept_passes *passes)
{
    struct alfa__kept_pass *items = realloc(passes->items, ((size_t)passes->count + 1) * sizeof *items);
    if (!items)
        return NULL;
    passes->items = items;
    items[passes->count] = (struct alfa__kept_pass){.whole = false};
    return &items[passes->count++];
}

void alfa__kept_passes_free(struct alfa__kept_passes *passes)
{
    for (int i = 0; i < passes->count; i++) {
        for (int p = 0; p < ALFA__BANK_MAX_PARTS; p++)
            free(passes->items[i].rows[p].halves);
        free(passes->items[i].windows);
        free(passes->items[i].inside);
    }
    free(passes->items);
    *passes = (struct alfa__kept_passes){0};
}

void alfa__reference_free(struct alfa__reference *reference)
{
    alfa__kept_passes_free(&reference->passes);
    alfa__kept_passes_free(&reference->copies);
    for (int p = 0; p < ALFA__BANK_MAX_PARTS; p++) {
        free(reference->offers[p].turned.halves);
        free(reference->offers[p].kept.rows);
        free(reference->offers[p].own.rows);
    }
    free(reference->name);
    free(reference->kind);
    free(reference->thumbnail);
    *reference = (struct alfa__reference){0};
}

/* ------------------------------------------------------------------ rows */

enum alfa_status alfa__rows_append(struct alfa__rows *out, const float *rows, int count, int dim,
                                   const char *name, struct alfa_error *err)
{
    const size_t size = ((size_t)out->count + (size_t)count) * (size_t)dim;
    uint16_t *halves = realloc(out->halves, (size + 1) * sizeof *halves);
    float *unit = malloc((size_t)dim * sizeof *unit);
    if (halves)
        out->halves = halves;
    if (!halves || !unit) {
        free(unit);
        return alfa__fail_memory(err, size * sizeof *halves);
    }
    halves += (size_t)out->count * (size_t)dim;
    for (int i = 0; i < count; i++) {
        if (!alfa__unit_row(unit, rows + (size_t)i * (size_t)dim, dim)) {
            free(unit);
            return alfa__fail(err, ALFA_ERROR_RUNTIME, name, "row %d is not finite", i);
        }
        alfa__halves_pack(halves, unit, (size_t)dim);
        halves += dim;
    }
    out->count += count;
    free(unit);
    return ALFA_OK;
}

static void unpack(float *out, const uint16_t *halves, int dim)
{
    alfa__halves_unpack(out, halves, (size_t)dim);
    (void)alfa__unit_row(out, out, dim);
}

enum alfa_status alfa__rows_unpack(float **out, const struct alfa__rows *rows, int dim,
                                   struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t size = (size_t)rows->count * (size_t)dim;
    *out = alfa__arena_array(arena, size + 1, sizeof **out);
    if (!*out)
        return alfa__fail_memory(err, size * sizeof **out);
    for (int i = 0; i < rows->count; i++)
        unpack(*out + (size_t)i * (size_t)dim, rows->halves + (size_t)i * (size_t)dim, dim);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ offers */

static int pass_rows(const struct alfa__reference *reference, int part)
{
    int count = 0;
    for (int i = 0; i < reference->passes.count; i++)
        count += reference->passes.items[i].rows[part].count;
    return count;
}

int alfa__offer_rows(const struct alfa__reference *reference, int part)
{
    return pass_rows(reference, part) + reference->offers[part].turned.count;
}

struct alfa__picked alfa__offer(const struct alfa__reference *reference, int part, bool turned, int most)
{
    const struct alfa__offer *offer = &reference->offers[part];
    const bool all = turned && offer->turned.count > 0;
    const int count = all ? alfa__offer_rows(reference, part) : pass_rows(reference, part);
    const struct alfa__picked some = all ? offer->kept : offer->own;
    if (!some.rows || most == 0 || count <= most)
        return (struct alfa__picked){NULL, count};
    return (struct alfa__picked){some.rows, some.count < most ? some.count : most};
}

static const uint16_t *row_at(const struct alfa__reference *reference, int part, int dim, int index)
{
    for (int i = 0; i < reference->passes.count; i++) {
        const struct alfa__rows *rows = &reference->passes.items[i].rows[part];
        if (index < rows->count)
            return rows->halves + (size_t)index * (size_t)dim;
        index -= rows->count;
    }
    return reference->offers[part].turned.halves + (size_t)index * (size_t)dim;
}

void alfa__offer_get(float *out, const struct alfa__reference *reference, int part, int dim, int index)
{
    unpack(out, row_at(reference, part, dim, index), dim);
}

/* Picks most of the first count rows. */
static enum alfa_status choose(struct alfa__picked *out, const struct alfa__reference *reference, int part,
                               int dim, int count, int most, struct alfa__arena *arena,
                               struct alfa_error *err)
{
    float *rows = alfa__arena_array(arena, (size_t)count * (size_t)dim, sizeof *rows);
    int *kept = malloc((size_t)most * sizeof *kept), picked = 0;
    if (!rows || !kept) {
        free(kept);
        return alfa__fail_memory(err, (size_t)count * (size_t)dim * sizeof *rows);
    }
    for (int i = 0; i < count; i++)
        alfa__offer_get(rows + (size_t)i * (size_t)dim, reference, part, dim, i);
    const struct alfa__coreset offered = {.rows = rows, .count = count, .dim = dim};
    const struct alfa__choice among = {&offered, NULL, count};
    enum alfa_status status = alfa__coreset_pick(kept, &picked, &among, most, arena, err);
    if (status != ALFA_OK) {
        free(kept);
        return status;
    }
    *out = (struct alfa__picked){kept, picked};
    return ALFA_OK;
}

/* Cuts a choice among the first count rows. Who asks for all of them needs no order: one fewer are picked. */
static enum alfa_status cut(struct alfa__picked *some, const struct alfa__reference *reference, int part,
                            int dim, int count, struct alfa__share share, struct alfa__arena *arena,
                            struct alfa_error *err)
{
    const struct alfa__mark mark = alfa__arena_mark(arena);
    const int most = share.most < count ? share.most : count - 1;
    if (some->rows && some->count > share.most)
        some->count = share.most;
    if (!some->rows && count > share.least)
        ALFA__TRY(choose(some, reference, part, dim, count, most, arena, err));
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}

/* Forgets the turned rows that are not kept. */
static enum alfa_status drop_turned(struct alfa__reference *reference, int part, int dim,
                                    struct alfa_error *err)
{
    struct alfa__offer *offer = &reference->offers[part];
    const int first = pass_rows(reference, part);
    struct alfa__rows fewer = {.side = offer->turned.side};
    const size_t size = (size_t)offer->kept.count * (size_t)dim;
    fewer.halves = malloc((size + 1) * sizeof *fewer.halves);
    if (!fewer.halves)
        return alfa__fail_memory(err, size * sizeof *fewer.halves);
    for (int i = 0; i < offer->kept.count; i++) {
        int *row = &offer->kept.rows[i];
        if (*row < first)
            continue;
        memcpy(fewer.halves + (size_t)fewer.count * (size_t)dim, row_at(reference, part, dim, *row),
               (size_t)dim * sizeof *fewer.halves);
        *row = first + fewer.count++;
    }
    free(offer->turned.halves);
    offer->turned = fewer;
    return ALFA_OK;
}

static void drop_order(struct alfa__picked *some)
{
    free(some->rows);
    *some = (struct alfa__picked){0};
}

enum alfa_status alfa__offer_cut(struct alfa__reference *reference, int part, int dim,
                                 struct alfa__share share, struct alfa__arena *arena, struct alfa_error *err)
{
    struct alfa__offer *offer = &reference->offers[part];
    const int own = pass_rows(reference, part), all = alfa__offer_rows(reference, part);
    drop_order(&offer->own);
    ALFA__TRY(cut(&offer->own, reference, part, dim, own, share, arena, err));
    if (all == own)
        drop_order(&offer->kept); /* older programs kept it in the file */
    else
        ALFA__TRY(cut(&offer->kept, reference, part, dim, all, share, arena, err));
    return all > own && all > share.most ? drop_turned(reference, part, dim, err) : ALFA_OK;
}
