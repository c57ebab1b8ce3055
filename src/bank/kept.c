#include "bank/kept.h"
#include "bank/format.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LOOKS 4096 /* at one picture */
#define MAX_SIDE 4096  /* of a grid of rows */

enum { WHOLE = 1, INSIDE = 2, MAPS = 4 };

/* ------------------------------------------------------------------ writing */

/* Counts bytes when out is NULL. */
struct writer {
    unsigned char *out;
    size_t size;
    const struct alfa__bank_data *bank;
};

static void put(struct writer *w, uint64_t number, int bytes)
{
    if (w->out)
        alfa__put_number(w->out + w->size, number, bytes);
    w->size += (size_t)bytes;
}

static void put_double(struct writer *w, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    put(w, bits, 8);
}

static void put_floats(struct writer *w, const float *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        put(w, bits, 4);
    }
}

static void put_rows(struct writer *w, const struct alfa__rows *rows, int part)
{
    const size_t count = (size_t)rows->count * (size_t)w->bank->parts[part].dim;
    put(w, (uint64_t)rows->count, 4);
    put(w, (uint64_t)rows->side, 4);
    for (size_t i = 0; i < count; i++)
        put(w, rows->halves[i], 2);
}

static void put_passes(struct writer *w, const struct alfa__kept_passes *passes)
{
    const size_t patches = (size_t)w->bank->grid * (size_t)w->bank->grid;
    put(w, (uint64_t)passes->count, 4);
    for (int i = 0; i < passes->count; i++) {
        const struct alfa__kept_pass *s = &passes->items[i];
        put(w, (s->whole ? WHOLE : 0) | (s->inside ? INSIDE : 0) | (s->windows ? MAPS : 0), 4);
        put_double(w, s->global);
        put_double(w, s->words);
        put_floats(w, s->windows, s->windows ? 2 * patches : 0);
        for (size_t p = 0; p < patches && s->inside; p++)
            put(w, s->inside[p], 1);
        for (int p = 0; p < w->bank->part_count; p++)
            put_rows(w, &s->rows[p], p);
    }
}

static void put_offer(struct writer *w, const struct alfa__offer *offer, int part)
{
    put_rows(w, &offer->turned, part);
    put(w, offer->kept.rows ? (uint64_t)offer->kept.count + 1 : 0, 4);
    for (int i = 0; i < offer->kept.count && offer->kept.rows; i++)
        put(w, (uint64_t)offer->kept.rows[i], 4);
}

static void put_all(struct writer *w)
{
    put(w, (uint64_t)w->bank->grid, 4);
    for (int i = 0; i < w->bank->reference_count; i++) {
        put_passes(w, &w->bank->references[i].passes);
        put_passes(w, &w->bank->references[i].copies);
        for (int p = 0; p < w->bank->part_count; p++)
            put_offer(w, &w->bank->references[i].offers[p], p);
    }
}

/* What was not read goes from file to file. */
static enum alfa_status copy(unsigned char **out, size_t *size, const struct alfa__bank_data *bank,
                             struct alfa_error *err)
{
    if (bank->kept_size == 0)
        return ALFA_OK;
    *out = malloc(bank->kept_size);
    if (!*out)
        return alfa__fail_memory(err, bank->kept_size);
    memcpy(*out, bank->map.bytes + bank->kept, bank->kept_size);
    *size = bank->kept_size;
    return ALFA_OK;
}

enum alfa_status alfa__kept_make(unsigned char **out, size_t *size, const struct alfa__bank_data *bank,
                                 struct alfa_error *err)
{
    struct writer w = {NULL, 0, bank};
    *out = NULL;
    *size = 0;
    if (!bank->complete)
        return copy(out, size, bank, err);
    if (bank->reference_count == 0)
        return ALFA_OK;
    put_all(&w);
    if (w.size + ALFA__BANK_CHECKSUM > ALFA__BANK_MAX_KEPT)
        return ALFA_OK;
    *size = w.size + ALFA__BANK_CHECKSUM;
    w = (struct writer){malloc(*size), 0, bank};
    if (!w.out)
        return alfa__fail_memory(err, *size);
    put_all(&w);
    alfa__sha256(w.out + w.size, w.out, w.size);
    *out = w.out;
    return ALFA_OK;
}

/* ------------------------------------------------------------------ reading */

/* Once something is missing or wrong, all that follows reads as 0. */
struct reader {
    const unsigned char *at;
    size_t left;
    bool bad, full; /* full: out of memory */
    struct alfa__bank_data *bank;
};

static const unsigned char *take(struct reader *r, size_t size)
{
    r->bad = r->bad || size > r->left;
    if (r->bad)
        return NULL;
    r->at += size;
    r->left -= size;
    return r->at - size;
}

static uint64_t get(struct reader *r, int bytes)
{
    const unsigned char *at = take(r, (size_t)bytes);
    return at ? alfa__get_number(at, bytes) : 0;
}

/* At most this; more is wrong. */
static int get_count(struct reader *r, int most)
{
    const uint64_t number = get(r, 4);
    r->bad = r->bad || number > (uint64_t)most;
    return r->bad ? 0 : (int)number;
}

static double get_double(struct reader *r)
{
    const uint64_t bits = get(r, 8);
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* size bytes of memory, for bytes that are there. */
static void *room(struct reader *r, size_t size)
{
    void *memory = r->bad ? NULL : malloc(size + 1);
    r->full = r->full || (!memory && !r->bad);
    r->bad = r->bad || r->full;
    return memory;
}

static void get_rows(struct reader *r, struct alfa__rows *out, int part, int most)
{
    const size_t dim = (size_t)r->bank->parts[part].dim;
    out->count = get_count(r, most);
    out->side = get_count(r, MAX_SIDE);
    const size_t count = (size_t)out->count * dim;
    const unsigned char *from = take(r, count * 2);
    out->halves = from && count ? room(r, count * sizeof *out->halves) : NULL;
    for (size_t i = 0; i < count && out->halves; i++)
        out->halves[i] = (uint16_t)alfa__get_number(from + 2 * i, 2);
    if (!out->halves)
        out->count = 0;
}

/* Rows of a pass lie on the places of their part's grid. */
static void get_places(struct reader *r, struct alfa__rows *out, int part)
{
    const int window = r->bank->parts[part].window;
    get_rows(r, out, part, MAX_SIDE * MAX_SIDE);
    r->bad = r->bad || out->count > out->side * out->side || out->side < 1 ||
             (window > 0 && out->side != r->bank->grid - window + 1);
}

static void get_maps(struct reader *r, struct alfa__kept_pass *s, size_t patches)
{
    const unsigned char *from = take(r, 2 * patches * 4);
    s->windows = from ? room(r, 2 * patches * sizeof *s->windows) : NULL;
    for (size_t i = 0; i < 2 * patches && s->windows; i++) {
        const uint32_t bits = (uint32_t)alfa__get_number(from + 4 * i, 4);
        memcpy(&s->windows[i], &bits, sizeof bits);
    }
    s->map = s->windows ? s->windows + patches : NULL;
}

static void get_passes(struct reader *r, struct alfa__kept_passes *out)
{
    const size_t patches = (size_t)r->bank->grid * (size_t)r->bank->grid;
    const int count = get_count(r, MAX_LOOKS);
    for (int i = 0; i < count && !r->bad; i++) {
        struct alfa__kept_pass *s = alfa__kept_passes_add(out);
        r->full = r->full || !s;
        r->bad = r->bad || r->full;
        if (!s)
            return;
        const int flags = get_count(r, WHOLE | INSIDE | MAPS);
        s->whole = flags & WHOLE;
        s->global = get_double(r);
        s->words = get_double(r);
        if (flags & MAPS)
            get_maps(r, s, patches);
        const unsigned char *inside = flags & INSIDE ? take(r, patches) : NULL;
        s->inside = inside ? room(r, patches) : NULL;
        if (s->inside)
            memcpy(s->inside, inside, patches);
        for (int p = 0; p < r->bank->part_count && !r->bad; p++)
            get_places(r, &s->rows[p], p);
    }
    r->bad = r->bad || (out->count > 0 && !out->items[0].whole);
}

static void get_offer(struct reader *r, struct alfa__reference *reference, int part)
{
    struct alfa__offer *offer = &reference->offers[part];
    get_rows(r, &offer->turned, part, ALFA__MEMORY_MAX_ROWS);
    const int all = alfa__offer_rows(reference, part), kept = get_count(r, all + 1);
    if (kept == 0 || r->bad)
        return;
    int *indices = room(r, (size_t)kept * sizeof *indices);
    for (int i = 0; i < kept - 1 && indices; i++)
        indices[i] = get_count(r, all - 1);
    offer->kept = (struct alfa__picked){indices, indices ? kept - 1 : 0};
}

static void get_all(struct reader *r)
{
    struct alfa__bank_data *bank = r->bank;
    bank->grid = get_count(r, MAX_SIDE);
    r->bad = r->bad || bank->grid < 1;
    for (int i = 0; i < bank->reference_count && !r->bad; i++) {
        get_passes(r, &bank->references[i].passes);
        get_passes(r, &bank->references[i].copies);
        for (int p = 0; p < bank->part_count && !r->bad; p++)
            get_offer(r, &bank->references[i], p);
    }
    r->bad = r->bad || r->left != 0;
}

enum alfa_status alfa__bank_complete(struct alfa__bank_data *bank, struct alfa_error *err)
{
    unsigned char sum[ALFA__BANK_CHECKSUM];
    if (bank->complete)
        return ALFA_OK;
    if (bank->kept_size < ALFA__BANK_CHECKSUM)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank",
                          "was made from more than a file can keep: learn from all pictures at once");
    const unsigned char *bytes = bank->map.bytes + bank->kept;
    const size_t size = bank->kept_size - ALFA__BANK_CHECKSUM;
    alfa__sha256(sum, bytes, size);
    if (memcmp(sum, bytes + size, sizeof sum) != 0)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank",
                          "is altered or damaged: the checksum of its pictures is wrong");
    struct reader r = {.at = bytes, .left = size, .bank = bank};
    get_all(&r);
    if (r.full)
        return alfa__fail_memory(err, size);
    if (r.bad)
        return alfa__fail(err, ALFA_ERROR_INPUT, "bank",
                          "is a bank with wrong contents: what it keeps of its pictures");
    bank->complete = true;
    return ALFA_OK;
}
