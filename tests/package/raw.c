/* Judges raw frames with and without a bank, and says what it came to: with a libalfa that has everything and
 * with one for raw frames alone it must be the same. With an argument more it asks for what the latter has
 * not. */
#include <alfa.h>
#include <alfa_llm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct alfa_error err;

static void need(enum alfa_status status)
{
    if (status == ALFA_OK)
        return;
    fprintf(stderr, "raw: %s: %s\n", err.source, err.message);
    exit(1);
}

static struct alfa_image *frame(unsigned which)
{
    static unsigned char pixels[2 * 64 * 48];
    struct alfa_frame frame = ALFA_FRAME_INIT;
    struct alfa_image *image;
    unsigned noise = 12345u + 977u * which;
    for (size_t i = 0; i < sizeof pixels; i++) {
        noise = noise * 1664525u + 1013904223u;
        pixels[i] = (unsigned char)(i % 2 ? i / 2 % 64 / 4 : noise >> 25);
    }
    frame.format = ALFA_FRAME_MONO16;
    frame.bits = 12;
    frame.width = 64;
    frame.height = 48;
    frame.pixels = pixels;
    need(alfa_image_from_frame(&image, &frame, &err));
    return image;
}

static void judge(struct alfa_detector *detector, unsigned which)
{
    struct alfa_image *image = frame(which);
    struct alfa_result *result;
    char *text;
    need(alfa_detector_run(&result, detector, image, &err));
    need(alfa_result_json(&text, result, NULL, &err));
    printf("%.6f %d\n", alfa_result_summary(result)->score, (int)(strstr(text, "\"score\"") != NULL));
    alfa_free(text);
    alfa_result_free(result);
    alfa_image_free(image);
}

static void judge_with_bank(struct alfa_detector *detector, const struct alfa_model *model, const char *path)
{
    struct alfa_bank *bank, *loaded;
    struct alfa_detector *other;
    need(alfa_bank_new(&bank, detector, NULL, &err));
    for (unsigned i = 0; i < 3; i++) {
        struct alfa_image *image = frame(i);
        need(alfa_bank_add(bank, detector, image, i ? "second" : "first", &err));
        alfa_image_free(image);
    }
    need(alfa_bank_finish(bank, &err));
    need(alfa_bank_save(bank, path, &err));
    need(alfa_bank_load(&loaded, path, &err));
    need(alfa_detector_open_bank(&other, model, loaded, NULL, &err));
    judge(other, 9);
    alfa_detector_free(other);
    alfa_bank_free(loaded);
    alfa_bank_free(bank);
}

static int ask_for_more(void)
{
    struct alfa_llm_options options = ALFA_LLM_OPTIONS_INIT;
    struct alfa_image *image = frame(1), *png = NULL;
    unsigned char *bytes;
    size_t size;
    options.url = "http://localhost:1/v1";
    options.model = "none";
    const bool refused =
        alfa_image_decode(&png, "\x89PNG\r\n\x1a\n....", 12, "a.png", &err) == ALFA_ERROR_USAGE &&
        alfa_image_encode_png(&bytes, &size, image, &err) == ALFA_ERROR_USAGE &&
        alfa_prompts_generate(NULL, "/nonexistent/x", "part", &options, &err) == ALFA_ERROR_USAGE;
    alfa_image_free(image);
    return refused ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct alfa_model_options options = ALFA_MODEL_OPTIONS_INIT;
    struct alfa_model *model;
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    int ids[512], count;
    if (argc < 4)
        return 2;
    options.precision = ALFA_PRECISION_F32;
    options.threads = 1;
    options.cache_dir = argv[3];
    need(alfa_model_open(&model, argv[1], &options, &err));
    need(alfa_model_tokenize(ids, &count, NULL, model,
                             "  An abnormal\tImage of a PART (scratched), 5 mm wide ", &err));
    for (int i = 0; i < count; i++)
        printf("%d ", ids[i]);
    need(alfa_prompts_open(&prompts, "metal part", argv[2], &err));
    need(alfa_detector_open(&detector, model, prompts, NULL, &err));
    judge(detector, 7);
    char path[4096];
    snprintf(path, sizeof path, "%s/part.bank", argv[3]);
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    need(alfa_prompts_open(&prompts, "metal part", NULL, &err)); /* what a bank alone can make again */
    need(alfa_detector_open(&detector, model, prompts, NULL, &err));
    judge_with_bank(detector, model, path);
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    alfa_model_free(model);
    return argc > 4 ? ask_for_more() : 0;
}
