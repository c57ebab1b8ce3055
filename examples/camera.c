/* camera.c - judge a stream of raw frames as a camera gives them: 12 bits of grey in 16-bit little endian
 * words.
 *
 * What "alfa learn good/ --class NOUN -o part.bank" made is all that is needed besides the model:
 *
 *     cc -std=c17 examples/camera.c $(pkg-config --cflags --libs alfa) -o camera
 *     ./camera $(pkg-config --variable=models alfa)/alfa-tiny part.bank 1280 1024 < frames.raw
 */
#include <alfa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct station {
    struct alfa_model *model;
    struct alfa_bank *bank;
    struct alfa_detector *detector;
};

static enum alfa_status open_station(struct station *s, const char *model, const char *bank,
                                     struct alfa_error *err)
{
    enum alfa_status status = alfa_model_open(&s->model, model, NULL, err);
    if (status == ALFA_OK)
        status = alfa_bank_load(&s->bank, bank, err);
    if (status == ALFA_OK)
        status = alfa_detector_open_bank(&s->detector, s->model, s->bank, NULL, err);
    return status == ALFA_OK ? alfa_detector_warm_up(s->detector, err) : status;
}

/* The reverse of opening. */
static void close_station(struct station *s)
{
    alfa_detector_free(s->detector);
    alfa_bank_free(s->bank);
    alfa_model_free(s->model);
}

static enum alfa_status judge(struct station *s, const struct alfa_frame *frame, long number,
                              struct alfa_error *err)
{
    struct alfa_image *image;
    struct alfa_result *result = NULL;
    enum alfa_status status =
        alfa_image_from_frame(&image, frame, err); /* copies: the buffer is free again */
    if (status == ALFA_OK)
        status = alfa_detector_run(&result, s->detector, image, err);
    if (status == ALFA_OK) {
        const struct alfa_summary *summary = alfa_result_summary(result);
        printf("%ld %.3f %s\n", number, summary->score, summary->anomalous ? "reject" : "accept");
        fflush(stdout);
    }
    alfa_result_free(result);
    alfa_image_free(image);
    return status;
}

static enum alfa_status judge_all(struct station *s, int width, int height, struct alfa_error *err)
{
    struct alfa_frame frame = ALFA_FRAME_INIT;
    const size_t size = 2 * (size_t)width * (size_t)height;
    void *pixels = malloc(size);
    enum alfa_status status = pixels ? ALFA_OK : ALFA_ERROR_MEMORY;
    frame.format = ALFA_FRAME_MONO16;
    frame.bits = 12;
    frame.width = width;
    frame.height = height;
    frame.pixels = pixels;
    for (long number = 1; status == ALFA_OK && fread(pixels, size, 1, stdin) == 1; number++)
        status = judge(s, &frame, number, err);
    free(pixels);
    return status;
}

int main(int argc, char **argv)
{
    struct station station = {NULL, NULL, NULL};
    struct alfa_error err = {ALFA_OK, "", "not enough memory"};
    if (argc != 5 || !ALFA_VERSION_FITS()) {
        fprintf(stderr, "usage: camera MODEL BANK WIDTH HEIGHT < FRAMES (libalfa %s)\n", alfa_version());
        return 2;
    }
    enum alfa_status status = open_station(&station, argv[1], argv[2], &err);
    if (status == ALFA_OK)
        status = judge_all(&station, atoi(argv[3]), atoi(argv[4]), &err);
    if (status != ALFA_OK)
        fprintf(stderr, "camera: %s%s%s\n", err.source, *err.source ? ": " : "", err.message);
    close_station(&station);
    return status == ALFA_OK ? 0 : 1;
}
