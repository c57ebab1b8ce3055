/* A program that was compiled when the structs of alfa.h were shorter: this is what its header said. */
#include <stdio.h>
#include <stdlib.h>

struct alfa_error {
    int code;
    char source[256], message[512];
};
struct alfa_model_options {
    size_t size;
    int precision, threads;
};
struct alfa_detector_options {
    size_t size;
    int method, contextual, aligner, image_score;
    double aligner_strength, temperature;
};
struct alfa_summary {
    const char *class_name, *model, *method;
    double score;
};
struct alfa_model;
struct alfa_prompts;
struct alfa_detector;
struct alfa_image;
struct alfa_result;
int alfa_model_open(struct alfa_model **, const char *, const struct alfa_model_options *,
                    struct alfa_error *);
int alfa_prompts_open(struct alfa_prompts **, const char *, const char *, struct alfa_error *);
int alfa_detector_open(struct alfa_detector **, const struct alfa_model *, const struct alfa_prompts *,
                       const struct alfa_detector_options *, struct alfa_error *);
int alfa_image_load(struct alfa_image **, const char *, struct alfa_error *);
int alfa_detector_run(struct alfa_result **, struct alfa_detector *, const struct alfa_image *,
                      struct alfa_error *);
const struct alfa_summary *alfa_result_summary(const struct alfa_result *);
void alfa_result_free(struct alfa_result *);
void alfa_image_free(struct alfa_image *);
void alfa_detector_free(struct alfa_detector *);
void alfa_prompts_free(struct alfa_prompts *);
void alfa_model_free(struct alfa_model *);

/* The bytes behind the short structs would make no sense as options. */
static struct {
    struct alfa_model_options options;
    unsigned char behind[64];
} model_options = {{sizeof(struct alfa_model_options), 1, 1},
                   {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
static struct {
    struct alfa_detector_options options;
    unsigned char behind[64];
} options = {{sizeof(struct alfa_detector_options), 0, 0, 0, 0, 1.0, 0.07},
             {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

int main(int argc, char **argv)
{
    struct alfa_model *model = NULL;
    struct alfa_prompts *prompts = NULL;
    struct alfa_detector *detector = NULL;
    struct alfa_image *image = NULL;
    struct alfa_result *result = NULL;
    struct alfa_error err = {0, "", ""};
    int failed = argc != 3 || alfa_model_open(&model, argv[1], &model_options.options, &err) ||
                 alfa_prompts_open(&prompts, "plate", NULL, &err) ||
                 alfa_detector_open(&detector, model, prompts, &options.options, &err) ||
                 alfa_image_load(&image, argv[2], &err) || alfa_detector_run(&result, detector, image, &err);
    if (failed)
        fprintf(stderr, "older: %s: %s\n", err.source, err.message);
    else
        printf("%.6f\n", alfa_result_summary(result)->score);
    alfa_result_free(result);
    alfa_image_free(image);
    alfa_detector_free(detector);
    alfa_prompts_free(prompts);
    alfa_model_free(model);
    return failed ? 1 : 0;
}
