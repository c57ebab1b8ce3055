/* Kept features are those of a fresh pass; what is damaged or does not fit is made anew. */
#include "base/files.h"
#include "eval/store.h"
#include "image/write.h"
#include "unit/folder.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 100000000LL

static char root[] = "/tmp/alfa-store-XXXXXX";
static struct alfa_model *model;
static struct alfa__arena arena;

static const struct alfa__feature_request windows = {.scales = {2}, .values = true},
                                          layers = {.scales = {3},
                                                    .value_path = true,
                                                    .layers = {{false, 1}, {false, 2}},
                                                    .layer_count = 2};

static int make_root(void **state)
{
    unsigned char rgb[40 * 30 * 3];
    char path[64];
    (void)state;
    strcpy(root + strlen(root) - 6, "XXXXXX");
    if (!mkdtemp(root))
        return 1;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (unsigned char)(i * i >> 3);
    snprintf(path, sizeof path, "%s/photo.png", root);
    return alfa__image_write_png(path, rgb, 40, 30, NULL) != ALFA_OK;
}

static int remove_root(void **state)
{
    (void)state;
    alfa__arena_free(&arena);
    arena = (struct alfa__arena){0};
    return folder_remove(root);
}

static int open_model(void **state)
{
    (void)state;
    return alfa_model_open(&model, "tests/data/models/openclip-quickgelu", NULL, NULL) != ALFA_OK;
}

static int close_model(void **state)
{
    (void)state;
    alfa_model_free(model);
    return 0;
}

static char *under(const char *name)
{
    static char full[2][512];
    static int turn;
    turn = !turn;
    snprintf(full[turn], sizeof *full, "%s/%s", root, name);
    return full[turn];
}

/* Path of the only file in the store; NULL when there is none. */
static char *only_file(void)
{
    static char path[800];
    DIR *dir = opendir(under("kept"));
    int count = 0;
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", under("kept"), entry->d_name);
            count++;
        }
    closedir(dir);
    assert_true(count <= 1);
    return count ? path : NULL;
}

static void open_store(struct alfa__store *store, long long limit)
{
    static char folder[512];
    snprintf(folder, sizeof folder, "%s/kept", root);
    assert_int_equal(alfa__store_open(store, model, folder, limit, NULL), ALFA_OK);
}

static void ask(struct alfa__store *store, struct alfa__features *out,
                const struct alfa__feature_request *request)
{
    struct alfa_error err;
    struct alfa__seen seen;
    if (alfa__store_features(store, &seen, under("photo.png"), request, &arena, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    assert_int_equal(seen.width, 40);
    assert_int_equal(seen.height, 30);
    *out = seen.features;
}

/* Whatever else is asked for, the same rows are multiplied together. */
static void assert_rows(const float *got, const float *expected, size_t count)
{
    assert_non_null(got);
    assert_memory_equal(got, expected, count * sizeof *got);
}

static void assert_fresh(const struct alfa__features *got, const struct alfa__feature_request *request)
{
    struct alfa_image *image;
    struct alfa__features fresh;
    assert_int_equal(alfa_image_load(&image, under("photo.png"), NULL), ALFA_OK);
    assert_int_equal(alfa__features_run(model, &fresh, image, ALFA_RESIZE_SQUASH, request, &arena, NULL),
                     ALFA_OK);
    alfa_image_free(image);
    const size_t dim = (size_t)fresh.dim, tokens = (size_t)(fresh.grid * fresh.grid) + 1;
    assert_int_equal(got->grid, fresh.grid);
    assert_int_equal(got->dim, fresh.dim);
    assert_rows(got->image, fresh.image, dim);
    if (request->values)
        assert_rows(got->values, fresh.values, tokens * dim);
    if (request->value_path)
        assert_rows(got->value_path, fresh.value_path, tokens * dim);
    assert_int_equal(got->scale_count, fresh.scale_count);
    for (int i = 0; i < fresh.scale_count; i++) {
        const struct alfa__windows *a = &got->windows[i], *b = &fresh.windows[i];
        assert_int_equal(a->scale, b->scale);
        assert_int_equal(a->count, b->count);
        assert_int_equal(a->length, b->length);
        assert_null(a->places);
        assert_memory_equal(a->index, b->index, (size_t)(b->count * b->length) * sizeof *b->index);
        assert_rows(a->embeddings, b->embeddings, (size_t)b->count * dim);
        if (request->values)
            assert_rows(a->values, b->values, (size_t)(b->count * b->length) * dim);
    }
    for (int i = 0; i < request->layer_count; i++) {
        const struct alfa__dense *a = &got->layers[i], *b = &fresh.layers[i];
        const size_t width = (size_t)b->dim;
        assert_int_equal(a->side, b->side);
        assert_int_equal(a->dim, b->dim);
        assert_int_equal(a->count, b->count);
        assert_null(a->places);
        assert_rows(a->rows - width, b->rows - width,
                    (size_t)(b->side * b->side + 1) * width); /* class token too */
    }
}

/* ------------------------------------------------------------------ tests */

static void test_same(void **state)
{
    struct alfa__store store;
    struct alfa__features features;
    (void)state;
    open_store(&store, ROOM);
    for (int again = 0; again < 2; again++) {
        ask(&store, &features, &windows);
        assert_fresh(&features, &windows);
        assert_int_equal(store.found, again);
    }
    for (int again = 0; again < 2; again++) { /* more is asked for: the file holds both from then on */
        ask(&store, &features, &layers);
        assert_fresh(&features, &layers);
        assert_int_equal(store.found, 1 + again);
    }
    ask(&store, &features, &windows);
    assert_fresh(&features, &windows);
    assert_int_equal(store.found, 3);
    assert_int_equal(store.refused, 0);
    const long long used = store.used;
    open_store(&store, ROOM); /* what another run finds */
    assert_int_equal(store.used, used);
    ask(&store, &features, &layers);
    assert_fresh(&features, &layers);
    assert_int_equal(store.found, 1);
}

static void test_damaged(void **state)
{
    struct alfa__store store;
    struct alfa__features features;
    char *bytes, *path;
    size_t size;
    (void)state;
    open_store(&store, ROOM);
    ask(&store, &features, &layers);
    path = only_file();
    assert_int_equal(alfa__file_read(&bytes, &size, path, 1 << 30, NULL), ALFA_OK);
    for (size_t at = 0; at < size + 4;
         at += at < 200 ? 1 : size / 50) { /* a bit turned, or cut there, or too long */
        const size_t length = at % 3 == 1 && at < size ? at : at >= size ? size + 1 : size;
        char *spoilt = calloc(size + 1, 1);
        memcpy(spoilt, bytes, size);
        if (length == size)
            spoilt[at] ^= 4;
        assert_int_equal(alfa__file_write(path, spoilt, length, NULL), ALFA_OK);
        free(spoilt);
        store.found = 0;
        ask(&store, &features, &layers);
        assert_int_equal(store.found, 0);
        ask(&store, &features, &layers);
        assert_int_equal(store.found, 1); /* it was written again */
        assert_fresh(&features, &layers);
        alfa__arena_free(&arena);
        arena = (struct alfa__arena){0};
    }
    free(bytes);
}

static void test_limit(void **state)
{
    struct alfa__store store;
    struct alfa__features features;
    (void)state;
    open_store(&store, 1000);
    ask(&store, &features, &windows);
    assert_fresh(&features, &windows);
    assert_int_equal(store.refused, 1);
    assert_null(only_file());
    open_store(&store, ROOM);
    ask(&store, &features, &windows);
    open_store(&store, store.used); /* the file may not grow, but it stays */
    ask(&store, &features, &layers);
    assert_fresh(&features, &layers);
    assert_int_equal(store.refused, 1);
    ask(&store, &features, &windows);
    assert_int_equal(store.found, 1);
}

static void test_none(void **state)
{
    struct alfa__store store = {.model = model};
    struct alfa__features features;
    struct alfa_error err;
    struct alfa__seen seen;
    (void)state;
    ask(&store, &features, &windows);
    assert_fresh(&features, &windows);
    assert_int_equal(alfa__store_features(&store, &seen, under("nothing.png"), &windows, &arena, &err),
                     ALFA_ERROR_INPUT);
    open_store(&store, ROOM);
    assert_int_equal(alfa__store_features(&store, &seen, under("nothing.png"), &windows, &arena, &err),
                     ALFA_ERROR_INPUT);
    assert_int_equal(alfa__file_write(under("text.png"), "no image", 8, NULL), ALFA_OK);
    assert_int_equal(alfa__store_features(&store, &seen, under("text.png"), &windows, &arena, &err),
                     ALFA_ERROR_INPUT);
    assert_null(only_file());
    assert_int_equal(alfa__store_open(&store, model, under("photo.png"), ROOM, &err), ALFA_ERROR_OUTPUT);
}

static void ask_file(struct alfa__store *store, struct alfa__features *out, const char *name, int bits)
{
    struct alfa_error err;
    struct alfa__seen seen;
    store->bits = bits;
    if (alfa__store_features(store, &seen, name, &windows, &arena, &err) != ALFA_OK)
        fail_msg("%s: %s", err.source, err.message);
    *out = seen.features;
}

/* Twelve bits at the lower end of sixteen: as said, not as kept from when nobody said so. */
static void test_bits(void **state)
{
    const char low[] = "tests/data/images/kinds/low12.png",
               high[] = "tests/data/images/kinds/high12-sbit.png";
    struct alfa__features dark, twelve, wanted;
    struct alfa__store store;
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        store = (struct alfa__store){.model = model};
        if (kept)
            open_store(&store, ROOM);
        ask_file(&store, &wanted, high, 0);
        assert_int_equal(store.facts.count[ALFA__FACT_DARK], 0);
        ask_file(&store, &dark, low, 0);
        assert_int_equal(store.facts.count[ALFA__FACT_DARK], 1);
        assert_int_equal(store.facts.bits, 12);
        assert_string_equal(store.facts.path[ALFA__FACT_DARK], low);
        ask_file(&store, &twelve, low, 12);
        assert_int_equal(store.facts.count[ALFA__FACT_DARK], 1);
        double off = 0, apart = 0;
        for (int i = 0; i < wanted.dim; i++) {
            off += fabs((double)twelve.image[i] - (double)wanted.image[i]);
            apart += fabs((double)dark.image[i] - (double)wanted.image[i]);
        }
        assert_true(off < 0.1 * apart);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_damaged, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_limit, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_none, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_bits, make_root, remove_root),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
