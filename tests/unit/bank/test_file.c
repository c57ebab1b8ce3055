/* A bank goes to a file and comes back; every altered, cut or invented file is refused. */
#include "bank/file.h"
#include "bank/kept.h"
#include "base/files.h"
#include "unit/bank/support.h"

#include <glib.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAME 32
#define CHECKSUM 32
#define DIM 11

struct folder {
    char path[64], file[96];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "/tmp/alfa-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->file, sizeof folder->file, "%s/a.bank", folder->path);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    unlink(folder->file);
    assert_int_equal(rmdir(folder->path), 0); /* no temporary file was left */
    free(folder);
    return 0;
}

/* ------------------------------------------------------------------ a small bank */

static void add_rows(struct alfa__bank_data *bank, const char *name, int window, int dim, int rows)
{
    struct alfa__memory *part;
    float *numbers = random_rows(2 * rows, dim, (uint64_t)(dim + window));
    check(alfa__bank_add_part(bank, &part, name, window, dim, &err));
    check(alfa__memory_add(part, numbers, rows, (struct alfa__origin){0, 0}, &err));
    check(alfa__memory_add(part, numbers + rows * dim, rows, (struct alfa__origin){1, 1000}, &err));
    free(numbers);
}

static void start_bank(struct alfa__bank_data *bank)
{
    json_t *options =
        json_pack("{s:[i,i], s:f, s:s}", "scales", 2, 3, "temperature", 0.07, "resize", "squash");
    check(alfa__bank_init(bank, "alfa-tiny", "0123456789abcdef", "metal nut", options, &err));
    json_decref(options);
}

#define GRID 4

static void keep_rows(struct alfa__kept_pass *pass, const struct alfa__bank_data *bank, int part, int side,
                      int count)
{
    float *numbers = random_rows(count, bank->parts[part].dim, (uint64_t)(count + part));
    check(alfa__rows_append(&pass->rows[part], numbers, count, bank->parts[part].dim, "rows", &err));
    pass->rows[part].side = side;
    free(numbers);
}

/* A look with maps, with patches inside when some do not count. */
static void keep_pass(struct alfa__kept_passes *passes, const struct alfa__bank_data *bank, bool whole,
                      bool some)
{
    struct alfa__kept_pass *pass = alfa__kept_passes_add(passes);
    pass->whole = whole;
    pass->global = 1.0 / 3;
    pass->words = -0.0;
    pass->windows = calloc(2 * GRID * GRID, sizeof *pass->windows);
    pass->map = pass->windows + GRID * GRID;
    pass->windows[3] = 0.25f;
    pass->map[5] = 1e-30f;
    pass->inside = some ? calloc(1, GRID * GRID) : NULL;
    keep_rows(pass, bank, 0, 3, some ? 2 : 9);
    keep_rows(pass, bank, 1, 2, some ? 0 : 4);
    keep_rows(pass, bank, 2, 5, 25);
}

static void keep_all(struct alfa__bank_data *bank)
{
    struct alfa__reference *first = &bank->references[0], *second = &bank->references[1];
    struct alfa__arena arena = {0};
    float *turned = random_rows(6, 3, 77);
    bank->grid = GRID;
    keep_pass(&first->passes, bank, true, false);
    keep_pass(&first->passes, bank, false, true);
    keep_pass(&first->copies, bank, true, false);
    keep_pass(&second->passes, bank, true, true);
    check(alfa__rows_append(&first->offers[2].turned, turned, 6, 3, "turned", &err));
    check(alfa__offer_cut(first, 2, 3, (struct alfa__share){20, 20}, &arena, &err));
    strcpy(first->digest, "00ff");
    first->strange = true;
    second->role = ALFA__ROLE_BAD;
    second->score = 0.1 + 0.2;
    check(alfa__bank_set_kind(second, "scratch \xC3\xA9", &err));
    alfa__arena_free(&arena);
    free(turned);
}

static void make_bank(struct alfa__bank_data *bank)
{
    const double scores[4] = {0.31, 0.1 + 0.2, 0.25, 0.29}, peaks[4] = {1.0 / 3, 0.5, 0.4, 1e-17};
    start_bank(bank);
    check(alfa__bank_add_reference(bank, "good \"1\" \xC3\xA9.png", 640, 480, &err));
    check(alfa__bank_set_thumbnail(&bank->references[bank->reference_count - 1], "\xFF\xD8jpeg", 6, &err));
    check(alfa__bank_add_reference(bank, "good2.png", 1, 65500, &err));
    add_rows(bank, "window2", 2, DIM, 5);
    add_rows(bank, "window3", 3, DIM, 0);
    add_rows(bank, "patch", 0, 3, 7);
    check(alfa__calibration_set(&bank->image, scores, 4, false, 0.2, &err));
    check(alfa__calibration_set(&bank->pixel, peaks, 4, false, 0.01, &err));
    keep_all(bank);
}

static void compare_parts(const struct alfa__memory *a, const struct alfa__memory *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->window, b->window);
    assert_int_equal(a->dim, b->dim);
    assert_int_equal(a->rows, b->rows);
    for (int i = 0; i < a->rows; i++) {
        const float *row = b->vectors + i * b->dim;
        double square = 0;
        for (int j = 0; j < b->dim; j++) {
            assert_true(fabsf(a->vectors[i * a->dim + j] - row[j]) < 1e-3f);
            square += (double)row[j] * (double)row[j];
        }
        assert_true(fabs(square - 1) < 1e-6);
        assert_memory_equal(&a->origins[i], &b->origins[i], sizeof *a->origins);
    }
}

static void compare_calibrations(const struct alfa__calibration *a, const struct alfa__calibration *b)
{
    assert_int_equal(a->threshold.rule, b->threshold.rule);
    assert_int_equal(a->threshold.count, b->threshold.count);
    assert_int_equal(a->threshold.rank, b->threshold.rank);
    assert_true(a->threshold.value == b->threshold.value && a->threshold.rate == b->threshold.rate);
    if (a->threshold.count > 0)
        assert_memory_equal(a->scores, b->scores, (size_t)a->threshold.count * sizeof *a->scores);
}

static void compare_banks(const struct alfa__bank_data *a, const struct alfa__bank_data *b)
{
    assert_string_equal(a->model, b->model);
    assert_string_equal(a->fingerprint, b->fingerprint);
    assert_string_equal(a->noun, b->noun);
    assert_true(json_equal(a->options, b->options));
    compare_calibrations(&a->image, &b->image);
    compare_calibrations(&a->pixel, &b->pixel);
    assert_int_equal(a->part_count, b->part_count);
    for (int i = 0; i < a->part_count; i++)
        compare_parts(&a->parts[i], &b->parts[i]);
    assert_int_equal(a->reference_count, b->reference_count);
    for (int i = 0; i < a->reference_count; i++) {
        const struct alfa__reference *r = &a->references[i], *s = &b->references[i];
        assert_string_equal(r->name, s->name);
        assert_true(r->width == s->width && r->height == s->height && r->thumbnail_size == s->thumbnail_size);
        assert_string_equal(r->kind, s->kind);
        assert_string_equal(r->digest, s->digest);
        assert_true(r->role == s->role && r->strange == s->strange && r->score == s->score);
        assert_true(r->thumbnail_size > 0 ? memcmp(r->thumbnail, s->thumbnail, r->thumbnail_size) == 0
                                          : s->thumbnail == NULL);
    }
}

/* ------------------------------------------------------------------ there and back */

static char *read_file(const char *path, size_t *size)
{
    char *bytes;
    check(alfa__file_read(&bytes, size, path, (size_t)1 << 30, &err));
    return bytes;
}

static void test_round_trip(void **state)
{
    const struct folder *folder = *state;
    struct alfa__bank_data bank, back;
    size_t first_size, second_size;
    make_bank(&bank);
    check(alfa__bank_write(&bank, folder->file, &err));
    char *first = read_file(folder->file, &first_size);
    check(alfa__bank_read(&back, folder->file, &err));
    compare_banks(&bank, &back);
    check(alfa__bank_write(&back, folder->file, &err));
    char *second = read_file(folder->file, &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    alfa__bank_free(&bank);
    alfa__bank_free(&back);
    free(first);
    free(second);
}

static void compare_passes(const struct alfa__kept_passes *a, const struct alfa__kept_passes *b)
{
    assert_int_equal(a->count, b->count);
    for (int i = 0; i < a->count; i++) {
        const struct alfa__kept_pass *x = &a->items[i], *y = &b->items[i];
        assert_true(x->whole == y->whole && x->global == y->global && x->words == y->words);
        assert_memory_equal(x->windows, y->windows, 2 * GRID * GRID * sizeof *x->windows);
        assert_true((x->inside != NULL) == (y->inside != NULL));
        for (int p = 0; p < 3; p++)
            assert_true(x->rows[p].count == y->rows[p].count && x->rows[p].side == y->rows[p].side);
    }
}

/* What learning needs is read when it is asked for, and is the same again. */
static void test_completed(void **state)
{
    const struct folder *folder = *state;
    struct alfa__bank_data bank, back;
    size_t first_size, second_size;
    make_bank(&bank);
    check(alfa__bank_write(&bank, folder->file, &err));
    char *first = read_file(folder->file, &first_size);
    check(alfa__bank_read(&back, folder->file, &err));
    assert_false(back.complete);
    assert_int_equal(back.references[0].passes.count, 0);
    check(alfa__bank_complete(&back, &err));
    assert_int_equal(back.grid, GRID);
    for (int i = 0; i < 2; i++) {
        compare_passes(&bank.references[i].passes, &back.references[i].passes);
        compare_passes(&bank.references[i].copies, &back.references[i].copies);
        for (int p = 0; p < 3; p++)
            assert_int_equal(alfa__offer(&bank.references[i], p, true, 20).count,
                             alfa__offer(&back.references[i], p, true, 20).count);
    }
    check(alfa__bank_write(&back, folder->file, &err));
    char *second = read_file(folder->file, &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    alfa__bank_free(&bank);
    alfa__bank_free(&back);
    free(first);
    free(second);
}

static void test_empty_bank(void **state)
{
    const struct folder *folder = *state;
    struct alfa__bank_data bank, back;
    start_bank(&bank);
    check(alfa__bank_write(&bank, folder->file, &err));
    check(alfa__bank_read(&back, folder->file, &err));
    compare_banks(&bank, &back);
    assert_int_equal(back.image.threshold.rule, ALFA__RULE_NONE);
    alfa__bank_free(&bank);
    alfa__bank_free(&back);
}

/* What was learned is still at a distance of 0 after storage as halves. */
static void test_references_stay_at_zero(void **state)
{
    const struct folder *folder = *state;
    struct alfa__arena arena = {0};
    struct alfa__bank_data bank, back;
    struct alfa__memory *part;
    double distances[200];
    float *rows = random_rows(200, 640, 8);
    start_bank(&bank);
    check(alfa__bank_add_reference(&bank, "a", 1, 1, &err));
    check(alfa__bank_add_part(&bank, &part, "window2", 2, 640, &err));
    check(alfa__memory_add(part, rows, 200, (struct alfa__origin){0, 0}, &err));
    check(alfa__bank_write(&bank, folder->file, &err));
    check(alfa__bank_read(&back, folder->file, &err));
    check(alfa__memory_associate(alfa__bank_part(&back, "window2"), distances, NULL,
                                 (struct alfa__queries){rows, 200, ALFA__NO_IMAGE}, &arena, &err));
    for (int i = 0; i < 200; i++)
        assert_true(distances[i] == 0);
    assert_null(alfa__bank_part(&back, "window3"));
    alfa__arena_free(&arena);
    alfa__bank_free(&bank);
    alfa__bank_free(&back);
    free(rows);
}

/* ------------------------------------------------------------------ damage */

static void write_bytes(const char *path, const void *bytes, size_t size)
{
    remove(path); /* some file systems wait for the disk when a file is cut and written again */
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Refused, with a sentence that contains word, and nothing to free. */
static void refuse(const char *path, const char *word)
{
    struct alfa__bank_data bank;
    memset(&bank, 0x5A, sizeof bank);
    enum alfa_status status = alfa__bank_read(&bank, path, &err);
    if (status == ALFA_OK) { /* then it is what learning needs that is refused */
        status = alfa__bank_complete(&bank, &err);
        snprintf(err.source, sizeof err.source, "%s", path);
        alfa__bank_free(&bank);
    }
    if (status != ALFA_ERROR_INPUT || !strstr(err.message, word))
        fail_msg("status %d, \"%s\" instead of \"%s\"", status, err.message, word);
    assert_string_equal(err.source, path);
    assert_true(bank.part_count == 0 && bank.reference_count == 0 && !bank.options && !bank.model);
}

static char *written_bank(const char *path, size_t *size)
{
    struct alfa__bank_data bank;
    make_bank(&bank);
    check(alfa__bank_write(&bank, path, &err));
    alfa__bank_free(&bank);
    return read_file(path, size);
}

static const char *word_for_flip(size_t at)
{
    if (at < 8)
        return "is not a bank";
    if (at < 12)
        return "version";
    if (at >= 24 && at < FRAME) /* the size of what judging needs */
        return "";
    return at >= 16 && at < FRAME ? "it has" : "checksum";
}

static void test_every_flipped_byte(void **state)
{
    const struct folder *folder = *state;
    size_t size;
    char *bytes = written_bank(folder->file, &size);
    for (size_t at = 0; at < size; at += at < 200 ? 1 : 7) {
        const int masks[] = {1, 0xFF};
        for (int i = 0; i < 2; i++) {
            bytes[at] = (char)(bytes[at] ^ masks[i]);
            write_bytes(folder->file, bytes, size);
            refuse(folder->file, word_for_flip(at));
            bytes[at] = (char)(bytes[at] ^ masks[i]);
        }
    }
    free(bytes);
}

/* Contents that are wrong under a right checksum: nothing is read beyond the file, or believed. */
static void test_altered_and_signed(void **state)
{
    const struct folder *folder = *state;
    size_t size;
    gsize length = CHECKSUM;
    char *bytes = written_bank(folder->file, &size);
    uint64_t judged = 0;
    for (int i = 8; i-- > 0;)
        judged = judged << 8 | (unsigned char)bytes[24 + i];
    for (size_t at = (size_t)judged; at < size - CHECKSUM; at += at < judged + 64 ? 1 : 3) {
        struct alfa__bank_data bank;
        char *altered = malloc(size);
        memcpy(altered, bytes, size);
        altered[at] = (char)(altered[at] ^ 0xFF);
        GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
        g_checksum_update(sum, (unsigned char *)altered + judged, (gssize)(size - CHECKSUM - judged));
        g_checksum_get_digest(sum, (unsigned char *)altered + size - CHECKSUM, &length);
        g_checksum_free(sum);
        write_bytes(folder->file, altered, size);
        check(alfa__bank_read(&bank, folder->file, &err));
        enum alfa_status status = alfa__bank_complete(&bank, &err); /* numbers may be any, counts not */
        assert_true(status == ALFA_OK || status == ALFA_ERROR_INPUT);
        alfa__bank_free(&bank);
        free(altered);
    }
    free(bytes);
}

static void test_every_length(void **state)
{
    const struct folder *folder = *state;
    size_t size;
    char *bytes = written_bank(folder->file, &size);
    for (size_t length = 0; length < size; length += length < 200 ? 1 : 7) {
        write_bytes(folder->file, bytes, length);
        refuse(folder->file, length == 0 ? "empty" : "truncated");
    }
    char *longer = calloc(1, size + 1);
    memcpy(longer, bytes, size);
    write_bytes(folder->file, longer, size + 1);
    refuse(folder->file, "altered");
    free(longer);
    free(bytes);
}

static void test_other_files(void **state)
{
    const struct folder *folder = *state;
    write_bytes(folder->file,
                "\x89PNG\r\n\x1A\n and so on, long enough to be a bank, were it one at all.....", 70);
    refuse(folder->file, "is not a bank");
    write_bytes(folder->file, "A", 1);
    refuse(folder->file, "truncated");
    write_bytes(folder->file, "B", 1);
    refuse(folder->file, "is not a bank");
    unlink(folder->file);
    refuse(folder->file, "cannot be opened");
    refuse(folder->path, "regular");
}

/* ------------------------------------------------------------------ files with a good checksum */

static void put_number(unsigned char *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (unsigned char)(number >> 8 * i);
}

/* A file with this header and this data; claimed is the size of the header that it says. */
static void forge(const char *path, const char *header, size_t claimed, const void *data, size_t data_size)
{
    size_t header_size = strlen(header), size = FRAME + header_size + data_size + CHECKSUM;
    unsigned char *bytes = malloc(size);
    gsize length = CHECKSUM;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    memcpy(bytes, "ALFABANK", 8);
    put_number(bytes + 8, ALFA__BANK_VERSION, 4);
    put_number(bytes + 12, claimed, 4);
    put_number(bytes + 16, size, 8);
    put_number(bytes + 24, size, 8);
    memcpy(bytes + FRAME, header, header_size);
    if (data_size > 0)
        memcpy(bytes + FRAME + header_size, data, data_size);
    g_checksum_update(sum, bytes, (gssize)(size - CHECKSUM));
    g_checksum_get_digest(sum, bytes + size - CHECKSUM, &length);
    g_checksum_free(sum);
    write_bytes(path, bytes, size);
    free(bytes);
}

#define NONE "{\"rule\":\"none\",\"value\":0,\"rate\":0,\"rank\":0,\"scores\":[]}"
#define MODEL "\"model\":{\"name\":\"m\",\"fingerprint\":\"f\"},\"class\":\"nut\",\"options\":{}"
#define HEADER(image, references, parts)                                                              \
    "{" MODEL ",\"calibration\":{\"image\":" image ",\"pixel\":" NONE "},\"references\":[" references \
    "],\"parts\":[" parts "]}"
#define KNOWN \
    "{\"kind\":\"\",\"digest\":\"0f\",\"role\":\"normal\",\"strange\":false,\"score\":0.5,\"peak\":0.5,"
#define ONE_REFERENCE KNOWN "\"name\":\"a\",\"width\":2,\"height\":2,\"offset\":0,\"size\":2}"
#define PART(name, rows, dim, offset) \
    "{\"name\":\"" name "\",\"window\":2,\"rows\":" #rows ",\"dim\":" #dim ",\"offset\":" #offset "}"

/* Two bytes of thumbnail, one row {1, 0} of two halves, its origin. */
static const unsigned char data[14] = {0xFF, 0xD8, 0x00, 0x3C, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0};

/* The forger can make a good file, so what is refused below is refused for its contents. */
static void test_forged_good_file(void **state)
{
    const struct folder *folder = *state;
    const char *header = HEADER(NONE, ONE_REFERENCE, PART("p", 1, 2, 2));
    struct alfa__bank_data bank;
    forge(folder->file, header, strlen(header), data, sizeof data);
    check(alfa__bank_read(&bank, folder->file, &err));
    assert_true(bank.parts[0].rows == 1 && bank.parts[0].vectors[0] == 1 && bank.parts[0].vectors[1] == 0);
    assert_int_equal(bank.parts[0].origins[0].place, 5);
    assert_memory_equal(bank.references[0].thumbnail, data, 2);
    alfa__bank_free(&bank);
}

#define SCORED(rule, rank, scores) \
    "{\"rule\":\"" rule "\",\"value\":0.5,\"rate\":0.1,\"rank\":" #rank ",\"scores\":" scores "}"

static void test_wrong_headers(void **state)
{
    const struct folder *folder = *state;
    static const struct {
        const char *header, *word;
    } cases[] = {
        {"", "JSON"},
        {"[]", "JSON"},
        {"{\"model\":1", "JSON"},
        {"{" MODEL ",\"class\":\"twice\"}", "JSON"},
        {"{}", "model"},
        {"{\"model\":{\"name\":\"m\",\"fingerprint\":7},\"class\":\"nut\",\"options\":{}}", "model"},
        {"{\"model\":{\"name\":\"m\",\"fingerprint\":\"f\"},\"class\":\"nut\",\"options\":[]}", "options"},
        {"{" MODEL "}", "threshold"},
        {HEADER(SCORED("guess", 0, "[0.1]"), "", ""), "threshold"},
        {HEADER(SCORED("none", 0, "[0.1]"), "", ""), "threshold"},
        {HEADER(SCORED("predicted", 0, "[]"), "", ""), "threshold"},
        {HEADER(SCORED("predicted", 1, "[0.1]"), "", ""), "threshold"},
        {HEADER(SCORED("conformal", 0, "[0.1]"), "", ""), "threshold"},
        {HEADER(SCORED("conformal", 2, "[0.1]"), "", ""), "threshold"},
        {HEADER(SCORED("conformal", 1, "{}"), "", ""), "threshold"},
        {HEADER(SCORED("conformal", 1, "[0.2,0.1]"), "", ""), "scores"},
        {HEADER(SCORED("conformal", 1, "[\"a\"]"), "", ""), "scores"},
        {HEADER(NONE, "7", ""), "reference"},
        {HEADER(NONE, KNOWN "\"name\":\"a\",\"width\":0,\"height\":2,\"offset\":0,\"size\":2}", ""),
         "reference"},
        {HEADER(NONE, KNOWN "\"name\":\"a\",\"width\":2,\"height\":2,\"offset\":0,\"size\":-1}", ""),
         "reference"},
        {HEADER(NONE, KNOWN "\"name\":\"a\",\"width\":2,\"height\":2,\"offset\":1,\"size\":2}", ""),
         "thumbnail"},
        {HEADER(NONE, KNOWN "\"name\":\"a\",\"width\":2,\"height\":2,\"offset\":0,\"size\":15}", ""),
         "thumbnail"},
        {HEADER(NONE, "{\"name\":\"a\",\"width\":2,\"height\":2,\"offset\":0,\"size\":2}", ""), "reference"},
        {HEADER(NONE, ONE_REFERENCE, ""), "no part owns"},
        {HEADER(NONE, ONE_REFERENCE, "null"), "a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", -1, 2, 2)), "a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 4194305, 2, 2)), "a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 1.0, 2, 2)), "a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 1, 0, 2)), "a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 1, 8193, 2)), "a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 4194304, 8192, 2)), "place of a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 1, 3, 2)), "place of a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 1, 2, 0)), "place of a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 1, 2, -9223372036854775807)), "place of a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("", 1, 2, 2)), "name of a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 0, 2, 2) "," PART("p", 1, 2, 2)), "name of a part"},
        {HEADER(NONE, ONE_REFERENCE, PART("p", 1, 2, 2) "," PART("q", 1, 2, 14)), "place of a part"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        forge(folder->file, cases[i].header, strlen(cases[i].header), data, sizeof data);
        refuse(folder->file, cases[i].word);
    }
}

static void test_wrong_rows(void **state)
{
    const struct folder *folder = *state;
    const char *header = HEADER(NONE, ONE_REFERENCE, PART("p", 1, 2, 2));
    unsigned char wrong[sizeof data];
    memcpy(wrong, data, sizeof data);
    wrong[3] = 0x7C; /* infinity */
    forge(folder->file, header, strlen(header), wrong, sizeof wrong);
    refuse(folder->file, "not finite");
    memcpy(wrong, data, sizeof data);
    wrong[6] = 1; /* image 1 of 1 */
    forge(folder->file, header, strlen(header), wrong, sizeof wrong);
    refuse(folder->file, "origin");
    memcpy(wrong, data, sizeof data);
    memset(wrong + 10, 0xFF, 4);
    forge(folder->file, header, strlen(header), wrong, sizeof wrong);
    refuse(folder->file, "origin");
    forge(folder->file, header, strlen(header) + sizeof data + 1, data, sizeof data);
    refuse(folder->file, "too long");
    forge(folder->file, header, 0xFFFFFFFFu, data, sizeof data);
    refuse(folder->file, "too long");
    forge(folder->file, header, strlen(header) - 1, data, sizeof data);
    refuse(folder->file, "JSON");
}

/* ------------------------------------------------------------------ writing that fails */

static void test_unwritable(void **state)
{
    const struct folder *folder = *state;
    char path[128];
    struct alfa__bank_data bank;
    make_bank(&bank);
    snprintf(path, sizeof path, "%s/missing/a.bank", folder->path);
    assert_int_equal(alfa__bank_write(&bank, path, &err), ALFA_ERROR_OUTPUT);
    assert_false(alfa__file_exists(folder->file));
    bank.image.threshold.value = NAN;
    assert_int_equal(alfa__bank_write(&bank, folder->file, &err), ALFA_ERROR_RUNTIME);
    bank.image.threshold.value = 0.5;
    bank.parts[1].name[0] = (char)0xFF; /* not UTF-8 */
    assert_int_equal(alfa__bank_write(&bank, folder->file, &err), ALFA_ERROR_RUNTIME);
    assert_false(alfa__file_exists(folder->file));
    alfa__bank_free(&bank);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(test_round_trip),         WITH_FOLDER(test_completed),
        WITH_FOLDER(test_empty_bank),         WITH_FOLDER(test_references_stay_at_zero),
        WITH_FOLDER(test_every_flipped_byte), WITH_FOLDER(test_altered_and_signed),
        WITH_FOLDER(test_every_length),       WITH_FOLDER(test_other_files),
        WITH_FOLDER(test_forged_good_file),   WITH_FOLDER(test_wrong_headers),
        WITH_FOLDER(test_wrong_rows),         WITH_FOLDER(test_unwritable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
