// Memory runs out inside oneDNN, which is C++: whatever allocation it is, the caller gets a status.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alfa.h"
}
#include <cstdlib>
#include <new>

// Allocations until one fails; below 0: none does. With forever all after it fail too.
static long left = -1;
static bool forever, failed;

void *operator new(std::size_t size)
{
    if (left >= 0 && (left == 0 || --left == 0)) {
        left = forever ? 0 : -1;
        failed = true;
        throw std::bad_alloc();
    }
    void *memory = std::malloc(size ? size : 1);
    if (!memory)
        throw std::bad_alloc();
    return memory;
}

void operator delete(void *memory) noexcept
{
    std::free(memory);
}

void operator delete(void *memory, std::size_t) noexcept
{
    std::free(memory);
}

static enum alfa_status embed(void)
{
    static const unsigned char pixels[3 * 8 * 8] = {1};
    const char *text = "a plate";
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    struct alfa_image *image;
    struct alfa_error err;

    float row[2048];
    options.threads = 1; // what is thrown on a thread of oneDNN's own cannot be caught
    if (alfa_image_from_rgb(&image, pixels, 8, 8, 24, &err) != ALFA_OK)
        return ALFA_ERROR_RUNTIME;
    enum alfa_status status = alfa_model_open(&model, "tests/data/models/openclip-gelu", &options, &err);
    if (status == ALFA_OK)
        status = alfa_model_embed_image(row, model, image, ALFA_RESIZE_SQUASH, &err);
    if (status == ALFA_OK)
        status = alfa_model_embed_texts(row, nullptr, model, &text, 1, &err);
    alfa_model_free(model);
    alfa_image_free(image);
    return status;
}

// From the first allocation to the last, in strides that grow: failures early in the work differ most.
static void sweep(bool all_after)
{
    long n = 1, wrong = 0;
    forever = all_after;
    do {
        left = n;
        failed = false;
        const enum alfa_status status = embed();
        left = -1;
        wrong += failed ? status != ALFA_ERROR_MEMORY && status != ALFA_OK : status != ALFA_OK;
        n += 1 + n / 16;
    } while (failed);
    assert_true(n > 50); // or nothing of oneDNN's was caught
    assert_int_equal(wrong, 0);
    assert_int_equal(embed(), ALFA_OK);
}

static void one_allocation_fails(void **)
{
    sweep(false);
}

static void all_allocations_fail_from_one_on(void **)
{
    sweep(true);
}

int main()
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_allocation_fails),
                                       cmocka_unit_test(all_allocations_fail_from_one_on)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
