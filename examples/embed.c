/* embed.c - use libalfa in a program of your own: the score of one photograph and the worst place in it.
 *
 *     cc -std=c17 -Iinclude examples/embed.c -Lbuild -lalfa -Wl,-rpath,"$PWD/build" -o build/embed
 *     build/embed models/alfa-tiny prompts/generic.txt "lime slice" examples/images/lime_slice/rot.jpg
 */
#include <alfa.h>
#include <stdbool.h>
#include <stdio.h>

static void print_result(const struct alfa_result *result)
{
    const struct alfa_summary *s = alfa_result_summary(result);
    int width, height, at = 0;
    const float *map = alfa_result_map(result, &width, &height);

    for (int i = 1; i < width * height; i++)
        if (map[i] > map[at])
            at = i;
    int x = (int)((at % width + 0.5) * s->width / width); /* the map covers the whole image */
    int y = (int)((at / width + 0.5) * s->height / height);
    printf("score %.3f (%s), map maximum %.3f at %d,%d\n", s->score, s->anomalous ? "anomaly" : "normal",
           (double)map[at], x, y);
}

int main(int argc, char **argv)
{
    struct alfa_model *model = NULL;
    struct alfa_prompts *prompts = NULL;
    struct alfa_detector *detector = NULL;
    struct alfa_image *image = NULL;
    struct alfa_result *result = NULL;
    struct alfa_error err;

    if (argc != 5) {
        fprintf(stderr, "usage: embed MODEL-FOLDER PROMPT-FILE NOUN IMAGE\n");
        return 2;
    }
    bool ok = !alfa_model_open(&model, argv[1], NULL, &err) &&
              !alfa_prompts_open(&prompts, argv[3], argv[2], &err) &&
              !alfa_detector_open(&detector, model, prompts, NULL, &err) &&
              !alfa_image_load(&image, argv[4], &err) && !alfa_detector_run(&result, detector, image, &err);
    if (ok)
        print_result(result);
    else
        fprintf(stderr, "%s: %s\n", err.source, err.message);
    alfa_result_free(result); /* the reverse of opening: the detector before its model */
    alfa_image_free(image);
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    alfa_model_free(model);
    return ok ? 0 : 1;
}
