/* Files of torch.save(): the numbers are those that torch has, and what is no plain data is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/weights/archive.h"
#include "weights/safetensors.h"
#include "weights/torch.h"

#include <unistd.h>

#define TENSORS "tests/data/containers/torch-tensors/"

static struct alfa_error err;

/* Writes bytes to a new temporary file; path has room for 64. */
static void archive_write(char path[64], const struct alfa__string *bytes)
{
    snprintf(path, 64, "/tmp/alfa-archive-XXXXXX");
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes->text, bytes->size), (ssize_t)bytes->size);
    close(file);
}

/* ------------------------------------------------------------------ what torch wrote */

static void test_numbers(void **state)
{
    struct alfa__tensors file, golden;
    (void)state;
    assert_int_equal(alfa__tensors_open(&file, TENSORS "tensors.pt", &err), ALFA_OK);
    assert_int_equal(alfa__safetensors_open(&golden, TENSORS "golden.safetensors", &err), ALFA_OK);
    assert_int_equal(file.count, golden.count + 5);
    for (size_t i = 0; i < golden.count; i++) {
        const struct alfa__tensor *wanted = &golden.list[i], *got = alfa__tensors_find(&file, wanted->name);
        float ours[64], theirs[64];
        assert_non_null(got);
        assert_int_equal(got->rank, wanted->rank);
        assert_int_equal(got->count, wanted->count);
        for (int axis = 0; axis < got->rank; axis++)
            assert_int_equal(got->shape[axis], wanted->shape[axis]);
        alfa__tensor_read(got, 0, got->count, ours);
        alfa__tensor_read(wanted, 0, wanted->count, theirs);
        for (size_t n = 0; n < got->count; n++)
            if (ours[n] != theirs[n])
                fail_msg("%s[%zu] is %g, not %g", got->name, n, ours[n], theirs[n]);
        if (got->count > 3) { /* from the middle */
            alfa__tensor_read(got, 2, 2, ours);
            assert_true(ours[0] == theirs[2] && ours[1] == theirs[3]);
        }
    }
    assert_int_equal(alfa__tensors_find(&file, "ids")->dtype, ALFA__DTYPE_I64);
    assert_int_equal(alfa__tensors_find(&file, "double")->dtype, ALFA__DTYPE_OTHER);
    assert_true(alfa__tensors_find(&file, "tied")->bytes == alfa__tensors_find(&file, "parameter")->bytes);
    assert_true(alfa__tensors_find(&file, "transposed")->strided);
    assert_false(alfa__tensors_find(&file, "ones")->strided);
    alfa__tensors_close(&file);
    alfa__tensors_close(&golden);
}

/* ------------------------------------------------------------------ bad archives */

static const float numbers[24] = {1, 2, 3};

/* Writes an archive with this pickle and 24 numbers, and opens it. */
static enum alfa_status open_pickle(struct alfa__tensors *out, struct alfa__string *pickle)
{
    struct archive archive = {0};
    char path[64];
    archive_add_bytes(&archive, "a/data.pkl", pickle->text, pickle->size);
    archive_add_bytes(&archive, "a/data/0", numbers, sizeof numbers);
    archive_end(&archive, false);
    archive_write(path, &archive.bytes);
    const enum alfa_status status = alfa__torch_open(out, path, &err);
    unlink(path);
    alfa__string_free(&archive.bytes);
    alfa__string_free(pickle);
    return status;
}

static void refuse(struct alfa__string *pickle, const char *part)
{
    struct alfa__tensors file;
    memset(&err, 0, sizeof err);
    const enum alfa_status status = open_pickle(&file, pickle);
    if (status != ALFA_ERROR_MODEL || !strstr(err.message, part) || strchr(err.message, '\n'))
        fail_msg("status %d, \"%s\" instead of \"%s\"", status, err.message, part);
    assert_null(file.list);
}

static void begin(struct alfa__string *pickle, const char *key)
{
    *pickle = (struct alfa__string){0};
    pickle_begin(pickle);
    pickle_op(pickle, '}');
    pickle_text(pickle, key);
}

/* { "w": tensor } */
static void tensor_alone(struct alfa__string *pickle, const struct pickle_tensor *tensor)
{
    begin(pickle, "w");
    pickle_tensor(pickle, tensor);
    alfa__string_append(pickle, "s.");
}

static void refuse_tensor(struct pickle_tensor tensor, const char *part)
{
    struct alfa__string pickle;
    tensor_alone(&pickle, &tensor);
    refuse(&pickle, part);
}

static void test_tensors(void **state)
{
    struct alfa__tensors file;
    struct alfa__string pickle;
    (void)state;
    tensor_alone(&pickle,
                 &(struct pickle_tensor){.numbers = 24, .rank = 2, .shape = {4, 6}, .stride = {6, 1}});
    assert_int_equal(open_pickle(&file, &pickle), ALFA_OK);
    assert_int_equal(file.count, 1);
    alfa__tensors_close(&file);
    refuse_tensor((struct pickle_tensor){.numbers = 24, .rank = 2, .shape = {5, 6}, .stride = {6, 1}},
                  "outside");
    refuse_tensor((struct pickle_tensor){.numbers = 24, .offset = 1, .rank = 1, .shape = {24}, .stride = {1}},
                  "outside");
    refuse_tensor((struct pickle_tensor){.numbers = 24, .offset = -1, .rank = 1, .shape = {2}, .stride = {1}},
                  "outside");
    refuse_tensor(
        (struct pickle_tensor){.numbers = 24, .rank = 1, .shape = {2}, .stride = {INT64_C(1) << 40}},
        "outside");
    refuse_tensor((struct pickle_tensor){.numbers = 24, .rank = 1, .shape = {-2}, .stride = {1}},
                  "impossible");
    refuse_tensor(
        (struct pickle_tensor){
            .numbers = 24, .rank = 2, .shape = {INT64_C(1) << 40, INT64_C(1) << 40}, .stride = {1, 1}},
        "impossible");
    refuse_tensor((struct pickle_tensor){.numbers = 25, .rank = 1, .shape = {2}, .stride = {1}},
                  "25 numbers");
    refuse_tensor((struct pickle_tensor){.numbers = 24, .rank = 2, .shape = {1000000, 24}, .stride = {0, 1}},
                  "repeats");
    refuse_tensor((struct pickle_tensor){.numbers = 24, .key = "1", .rank = 1, .shape = {2}, .stride = {1}},
                  "missing");
    refuse_tensor(
        (struct pickle_tensor){.numbers = 24, .key = "../data/0", .rank = 1, .shape = {2}, .stride = {1}},
        "no storage");
    refuse_tensor(
        (struct pickle_tensor){
            .storage = "DoubleStorage", .numbers = 24, .rank = 1, .shape = {2}, .stride = {1}},
        "24 numbers");
    refuse_tensor(
        (struct pickle_tensor){
            .storage = "ComplexFloatStorage", .numbers = 12, .rank = 1, .shape = {2}, .stride = {1}},
        "torch.ComplexFloatStorage");
}

/* Tensors that together are far larger than the file cost nothing. */
static void test_overlap(void **state)
{
    struct alfa__string pickle = {0};
    char name[16];
    (void)state;
    pickle_begin(&pickle);
    pickle_op(&pickle, '}');
    for (int i = 0; i < 3; i++) {
        pickle_text(&pickle, i ? "b" : "a");
        pickle_tensor(&pickle,
                      &(struct pickle_tensor){.numbers = 24, .rank = 1, .shape = {24}, .stride = {1}});
        alfa__string_append(&pickle, "q");
        put_number(&pickle, (uint64_t)i, 1);
        alfa__string_append(&pickle, "s");
    }
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "t%d", i);
        pickle_text(&pickle, name);
        alfa__string_append(&pickle, "h");
        put_number(&pickle, 0, 1);
        alfa__string_append(&pickle, "s");
    }
    alfa__string_append(&pickle, ".");
    refuse(&pickle, "overlap");
}

/* ------------------------------------------------------------------ bad pickles */

/* { "w": what this text says }; part is in the message. */
static void refuse_value(const char *text, const char *part)
{
    struct alfa__string pickle;
    begin(&pickle, "w");
    alfa__string_append(&pickle, text);
    alfa__string_append(&pickle, "s.");
    refuse(&pickle, part);
}

static void test_globals(void **state)
{
    (void)state;
    refuse_value("cos\nsystem\n(X\4\0\0\0trueetR", "os.system");
    refuse_value("cposix\nsystem\n)R", "posix.system");
    refuse_value("cargparse\nNamespace\n)\x81", "argparse.Namespace");
    refuse_value("copen_clip.model\nCLIP\n)\x81", "open_clip.model.CLIP");
    refuse_value("cnumpy.core.multiarray\nscalar\n)R", "numpy.core.multiarray.scalar");
    refuse_value("cbuiltins\neval\n)R", "builtins.eval");
    refuse_value("ctorch\nload\n)R", "torch.load");
    refuse_value("ctorch._utils\n_rebuild_tensor_v3\n)R", "_rebuild_tensor_v3");
}

static void test_opcodes(void **state)
{
    (void)state;
    refuse_value("i", "opcode 0x69");        /* INST */
    refuse_value("o", "opcode 0x6f");        /* OBJ */
    refuse_value("\x82\x01", "opcode 0x82"); /* EXT1 */
    refuse_value("\x8c\x01", "opcode 0x8c"); /* of protocol 4 */
    refuse_value("I1\n", "opcode 0x49");     /* of protocol 0 */
    refuse_value("\x80\x04N", "protocol 4");
    refuse_value("(", "damaged");
    refuse_value("ss", "damaged");
    refuse_value("t", "damaged");
    refuse_value("h\x05", "damaged");
    refuse_value("Nq\x05", "damaged"); /* picklers count the memo one by one */
    refuse_value("X\xff\xff\xff\xff", "damaged");
    refuse_value("NR", "damaged");
    refuse_value("NN\x81", "damaged");
    refuse_value("N(u", "damaged");
    refuse_value("}(Nu", "damaged");
    refuse_value("(NNN\x87\x87", "damaged");
    refuse_value("N", "holds no state_dict: it has w");
    refuse_value("]", "holds no state_dict");
}

/* A million memo entries, a stack without end, and values without end are refused on the way. */
static void test_many(void **state)
{
    struct alfa__string pickle;
    (void)state;
    begin(&pickle, "w");
    pickle_op(&pickle, 'N');
    for (uint32_t i = 0; i < 1000000; i++) {
        pickle_op(&pickle, 'r');
        put_number(&pickle, i, 4);
    }
    refuse(&pickle, "262144 memo entries");
    begin(&pickle, "w");
    for (int i = 0; i < 100000; i++)
        pickle_op(&pickle, '(');
    refuse(&pickle, "65536 values at once");
    begin(&pickle, "w");
    for (int i = 0; i < 1100000; i++)
        alfa__string_append(&pickle, i ? "Na" : "]");
    refuse(&pickle, "1048576 values");
    begin(&pickle, "w"); /* a tall stack makes no step slow */
    for (int i = 0; i < 60000; i++)
        pickle_op(&pickle, 'N');
    for (int i = 0; i < 1000000; i++)
        pickle_op(&pickle, 0x85);
    refuse(&pickle, "1048576 values");
}

/* Modules that hold themselves, many times: neither endless nor exponential. */
static void test_cycle(void **state)
{
    struct alfa__string pickle = {0};
    char name[16];
    (void)state;
    pickle_begin(&pickle);
    alfa__string_append(&pickle, "c__torch__\nModule\n)\x81q");
    put_number(&pickle, 0, 1);
    pickle_op(&pickle, '}');
    pickle_text(&pickle, "w");
    pickle_tensor(&pickle, &(struct pickle_tensor){.numbers = 24, .rank = 1, .shape = {2}, .stride = {1}});
    pickle_op(&pickle, 's');
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%d", i);
        pickle_text(&pickle, name);
        pickle_op(&pickle, 'h');
        put_number(&pickle, 0, 1);
        pickle_op(&pickle, 's');
    }
    alfa__string_append(&pickle, "b.");
    refuse(&pickle, "nested too deep");
}

/* A pickle cut anywhere is refused. */
static void test_cut(void **state)
{
    struct alfa__string whole;
    (void)state;
    tensor_alone(&whole,
                 &(struct pickle_tensor){.numbers = 24, .rank = 2, .shape = {4, 6}, .stride = {6, 1}});
    for (size_t size = 1; size < whole.size; size++) {
        struct alfa__string cut = {0};
        alfa__string_append_bytes(&cut, whole.text, size);
        refuse(&cut, "");
    }
    alfa__string_free(&whole);
}

/* ------------------------------------------------------------------ other files */

static void refuse_file(const void *bytes, size_t size, const char *part)
{
    struct alfa__string text = {0};
    struct alfa__tensors file;
    char path[64];
    alfa__string_append_bytes(&text, bytes, size);
    archive_write(path, &text);
    const enum alfa_status status = alfa__tensors_open(&file, path, &err);
    if (status != ALFA_ERROR_MODEL || !strstr(err.message, part))
        fail_msg("status %d, \"%s\" instead of \"%s\"", status, err.message, part);
    unlink(path);
    alfa__string_free(&text);
}

static void test_strangers(void **state)
{
    struct archive archive = {0};
    (void)state;
    refuse_file("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15, "before 1.6");
    refuse_file("version https://git-lfs.github.com/spec/v1\n", 43, "Git LFS");
    refuse_file("<!DOCTYPE html><html>", 21, "web page");
    refuse_file("GGUF\3\0\0\0", 8, "GGUF");
    refuse_file("\x80\x02}q\0.", 6, "pickle without an archive");
    refuse_file("\x1f\x8b\x08\0", 4, "gzip");
    refuse_file("x", 1, "not a safetensors file");
    archive_add_bytes(&archive, "a/readme.txt", "hello", 5);
    archive_end(&archive, false);
    refuse_file(archive.bytes.text, archive.bytes.size, "not one that torch.save() wrote");
    alfa__string_free(&archive.bytes);
}

static void test_byte_order(void **state)
{
    struct archive archive = {0};
    (void)state;
    archive_add_bytes(&archive, "a/data.pkl", "\x80\x02}.", 4);
    archive_add_bytes(&archive, "a/byteorder", "big", 3);
    archive_end(&archive, false);
    refuse_file(archive.bytes.text, archive.bytes.size, "big-endian");
    alfa__string_free(&archive.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers),   cmocka_unit_test(test_tensors),
                                       cmocka_unit_test(test_overlap),   cmocka_unit_test(test_globals),
                                       cmocka_unit_test(test_opcodes),   cmocka_unit_test(test_many),
                                       cmocka_unit_test(test_cycle),     cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_strangers), cmocka_unit_test(test_byte_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
