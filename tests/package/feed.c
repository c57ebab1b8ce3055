/* Feeds the examples. "feed learn MODEL BANK WIDTH HEIGHT" makes a bank of the first frames; "feed run BYTES
 * COUNT PROGRAM MODEL BANK WIDTH HEIGHT" writes so many frames of BYTES bytes a pixel to the program, expects
 * a line for each, and looks at its memory after 100 frames and at the end. */
#include <alfa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 1 << 21, SLACK_KB = 2048 };

/* Noise over a slope; 2 bytes a pixel: 12 bits of grey, 3: BGR. */
static size_t make_frame(unsigned char *out, unsigned which, int bytes, int width, int height)
{
    unsigned noise = 12345u + 977u * which;
    size_t size = 0;
    for (int i = 0; i < width * height; i++)
        for (int b = 0; b < bytes; b++) {
            noise = noise * 1664525u + 1013904223u;
            out[size++] =
                (unsigned char)(bytes == 2 && b == 1 ? (unsigned)(i % width * 15 / width) : noise >> 25);
        }
    return size;
}

static enum alfa_status add(struct alfa_bank *bank, struct alfa_detector *detector, unsigned which, int width,
                            int height, struct alfa_error *err)
{
    static unsigned char pixels[ROOM];
    struct alfa_frame frame = ALFA_FRAME_INIT;
    struct alfa_image *image;
    char name[16];
    (void)make_frame(pixels, which, 2, width, height);
    frame.format = ALFA_FRAME_MONO16;
    frame.bits = 12;
    frame.width = width;
    frame.height = height;
    frame.pixels = pixels;
    enum alfa_status status = alfa_image_from_frame(&image, &frame, err);
    snprintf(name, sizeof name, "frame %u", which);
    if (status == ALFA_OK)
        status = alfa_bank_add(bank, detector, image, name, err);
    alfa_image_free(image);
    return status;
}

static int learn(const char *model_path, const char *bank_path, int width, int height)
{
    struct alfa_model *model = NULL;
    struct alfa_prompts *prompts = NULL;
    struct alfa_detector *detector = NULL;
    struct alfa_bank *bank = NULL;
    struct alfa_error err;
    enum alfa_status status = alfa_model_open(&model, model_path, NULL, &err);
    if (status == ALFA_OK)
        status = alfa_prompts_open(&prompts, "part", NULL, &err);
    if (status == ALFA_OK)
        status = alfa_detector_open(&detector, model, prompts, NULL, &err);
    if (status == ALFA_OK)
        status = alfa_bank_new(&bank, detector, NULL, &err);
    for (unsigned i = 0; i < 3 && status == ALFA_OK; i++)
        status = add(bank, detector, 100000 + i, width, height, &err);
    if (status == ALFA_OK)
        status = alfa_bank_finish(bank, &err);
    if (status == ALFA_OK)
        status = alfa_bank_save(bank, bank_path, &err);
    if (status != ALFA_OK)
        fprintf(stderr, "feed: %s: %s\n", err.source, err.message);
    alfa_bank_free(bank);
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    alfa_model_free(model);
    return status != ALFA_OK;
}

static long memory_of(pid_t process)
{
    char path[64], line[256];
    long kilobytes = -1;
    snprintf(path, sizeof path, "/proc/%ld/status", (long)process);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &kilobytes) == 1)
            break;
    if (file)
        fclose(file);
    return kilobytes;
}

/* One frame after the other, each when the line about the one before has come. */
static int feed(pid_t process, int in, FILE *out, int bytes, int count, int width, int height)
{
    static unsigned char pixels[ROOM];
    static char line[1 << 16];
    long early = 0, late = 0;
    for (int i = 0; i < count; i++) {
        const size_t size = make_frame(pixels, (unsigned)i, bytes, width, height);
        for (size_t done = 0; done < size;) {
            const ssize_t wrote = write(in, pixels + done, size - done);
            if (wrote <= 0)
                return fprintf(stderr, "feed: the program went away at frame %d\n", i), 1;
            done += (size_t)wrote;
        }
        if (!fgets(line, sizeof line, out))
            return fprintf(stderr, "feed: no line about frame %d\n", i), 1;
        early = i == 100 ? memory_of(process) : early;
        late = memory_of(process);
    }
    printf("%d frames, %ld KB after 100, %ld KB at the end; the last line: %s", count, early, late, line);
    return early > 0 && late > early + SLACK_KB;
}

static int run(char **argv)
{
    int to[2], from[2], status = 1;
    if (pipe(to) != 0 || pipe(from) != 0)
        return 1;
    const pid_t process = fork();
    if (process == 0) {
        dup2(to[0], 0), dup2(from[1], 1);
        close(to[0]), close(to[1]), close(from[0]), close(from[1]);
        execv(argv[4], argv + 4);
        _exit(127);
    }
    close(to[0]), close(from[1]);
    FILE *out = fdopen(from[0], "r");
    int code = feed(process, to[1], out, atoi(argv[2]), atoi(argv[3]), atoi(argv[7]), atoi(argv[8]));
    close(to[1]);
    fclose(out);
    waitpid(process, &status, 0);
    return code || status != 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "learn") == 0)
        return learn(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]));
    if (argc == 9 && strcmp(argv[1], "run") == 0)
        return run(argv);
    return 2;
}
