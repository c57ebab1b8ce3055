/* All of it, from the pixels of a file to scores and maps, against an independent computation in double
 * (tests/reference/make_whole.py): every reading of docs/method.md, and what normal images change. */
#include "unit/fixture.h"

#include "detect/recall.h"
#include "weights/safetensors.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define MOST 64 /* patches, or other numbers of one kind */
#define FOLDER "tests/data/whole/"
#define WORDS 1e-6
/* A bank keeps halves: where single precision falls on the other side of one, a distance moves by some 1e-6,
 * and odds of distances as small as these are up to ten times as far apart. */
#define MEMORY 3e-5

static const char *const judged[] = {"scratched", "clean"};

static struct {
    struct fixture alfa, winclip; /* of one model, with the sentences of each */
    struct alfa__tensors golden;
    json_t *cases;
} all;

static int open_all(void **state)
{
    struct alfa_error err;
    (void)state;
    fixture_open(&all.alfa, "openclip-gelu", "screw");
    all.winclip.model = all.alfa.model;
    assert_int_equal(alfa_prompts_winclip(&all.winclip.prompts, "screw", &err), ALFA_OK);
    assert_int_equal(alfa__safetensors_open(&all.golden, FOLDER "golden.safetensors", &err), ALFA_OK);
    json_t *metadata = json_loads(all.golden.metadata, 0, NULL);
    all.cases = json_loads(json_string_value(json_object_get(metadata, "cases")), 0, NULL);
    json_decref(metadata);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    json_decref(all.cases);
    alfa__tensors_close(&all.golden);
    alfa_prompts_free(all.winclip.prompts);
    fixture_close(&all.alfa);
    return 0;
}

/* ------------------------------------------------------------------ a case's options */

static const char *word(const json_t *how, const char *key, const char *otherwise)
{
    const char *value = json_string_value(json_object_get(how, key));
    return value ? value : otherwise;
}

static double number(const json_t *how, const char *key, double otherwise)
{
    const json_t *value = json_object_get(how, key);
    return value ? json_number_value(value) : otherwise;
}

static int find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fail_msg("no %s", name);
    return 0;
}

static struct alfa_detector_options detector_options(const json_t *how)
{
    static const char *const aligners[] = {"auto", "r4", "r3", "none", "procrustes"},
                             *const contextual[] = {"hard", "weighted", "off"},
                             *const scores[] = {"auto", "eq12", "top"};
    struct alfa_detector_options options = ALFA_DETECTOR_OPTIONS_INIT;
    const json_t *scales = json_object_get(how, "scales");
    options.method = strcmp(word(how, "method", ""), "winclip") ? ALFA_METHOD_ALFA : ALFA_METHOD_WINCLIP;
    options.aligner = (enum alfa_aligner)find(aligners, 5, word(how, "aligner", "none"));
    options.aligner_strength = number(how, "strength", 1);
    options.contextual = (enum alfa_contextual)find(contextual, 3, word(how, "contextual", "hard"));
    options.image_score = (enum alfa_image_score)find(scores, 3, word(how, "score", "eq12"));
    options.temperature = number(how, "tau", 0.07);
    options.contextual_k = number(how, "k_c", 1);
    if (strcmp(word(how, "mask", ""), "pixels") == 0)
        options.window_mask = ALFA_WINDOW_PIXELS;
    options.scales[0] = 2;
    options.scales[1] = 3;
    for (size_t i = 0; i < json_array_size(scales) || (scales && i < ALFA_MAX_SCALES); i++)
        options.scales[i] = (int)json_integer_value(json_array_get(scales, i));
    return options;
}

static struct alfa_image *load(const char *name)
{
    char path[128];
    struct alfa_image *image;
    struct alfa_error err;
    snprintf(path, sizeof path, FOLDER "%s.png", name);
    assert_int_equal(alfa_image_load(&image, path, &err), ALFA_OK);
    return image;
}

static enum alfa_fusion fusion_of(const json_t *how)
{
    static const char *const kinds[] = {"auto", "paper", "odds", "top"};
    return (enum alfa_fusion)find(kinds, 4, word(how, "fusion", "odds"));
}

/* What the detector remembers of the first normal pictures; NULL: none are wanted. */
static struct alfa_bank *learn(struct alfa_detector *detector, const json_t *how)
{
    struct alfa_bank_options options = ALFA_BANK_OPTIONS_INIT;
    const int shots = (int)number(how, "shots", 0);
    struct alfa_bank *bank;
    struct alfa_error err;
    char name[32];
    options.fusion = fusion_of(how);
    options.memory_weight = number(how, "weight", options.memory_weight);
    options.map_weight = number(how, "map_weight", options.map_weight);
    if (!shots)
        return NULL;
    assert_int_equal(alfa_bank_new(&bank, detector, &options, &err), ALFA_OK);
    for (int i = 1; i <= shots; i++) {
        snprintf(name, sizeof name, "normal-%d", i);
        struct alfa_image *image = load(name);
        assert_int_equal(alfa_bank_add(bank, detector, image, name, &err), ALFA_OK);
        alfa_image_free(image);
    }
    assert_int_equal(alfa_bank_finish(bank, &err), ALFA_OK);
    assert_int_equal(alfa_detector_use_bank(detector, bank, &err), ALFA_OK);
    return bank;
}

/* ------------------------------------------------------------------ comparing */

/* The numbers of a tensor; returns how many, at most MOST. */
static int expect(double *out, const char *name, const char *picture, const char *what)
{
    char key[128];
    float value;
    snprintf(key, sizeof key, "%s/%s/%s", name, picture, what);
    const struct alfa__tensor *tensor = alfa__tensors_find(&all.golden, key);
    if (!tensor)
        fail_msg("no %s", key);
    assert_in_range(tensor->count, 1, MOST);
    for (size_t i = 0; i < tensor->count; i++) {
        alfa__tensor_read(tensor, i, 1, &value);
        out[i] = (double)value;
    }
    return (int)tensor->count;
}

static void compare(const char *name, const char *picture, const char *what, const double *ours, int count,
                    double tolerance)
{
    double theirs[MOST];
    assert_int_equal(expect(theirs, name, picture, what), count);
    for (int i = 0; i < count; i++)
        if (!(fabs(ours[i] - theirs[i]) <= tolerance))
            fail_msg("%s/%s/%s[%d]: %.9f instead of %.9f", name, picture, what, i, ours[i], theirs[i]);
}

static void judge(struct alfa_detector *detector, const char *name, const char *picture, double tolerance)
{
    struct alfa_image *image = load(picture);
    struct alfa_result *result;
    struct alfa_error err;
    double map[MOST];
    int side;
    assert_int_equal(alfa_detector_run(&result, detector, image, &err), ALFA_OK);
    const struct alfa_summary *s = alfa_result_summary(result);
    const double scores[] = {s->score, s->score_global, s->score_local};
    const float *grid = alfa_result_grid(result, &side);
    assert_in_range(side * side, 1, MOST);
    for (int i = 0; i < side * side; i++)
        map[i] = (double)grid[i];
    compare(name, picture, "score", scores, 3, tolerance);
    compare(name, picture, "map", map, side * side, tolerance);
    alfa_result_free(result);
    alfa_image_free(image);
}

static void test_every_reading(void **state)
{
    size_t i;
    json_t *how;
    (void)state;
    assert_in_range(json_array_size(all.cases), 20, 100);
    json_array_foreach(all.cases, i, how)
    {
        const struct alfa_detector_options options = detector_options(how);
        const struct fixture *f = options.method == ALFA_METHOD_WINCLIP ? &all.winclip : &all.alfa;
        struct alfa_detector *detector = fixture_detector(f, &options);
        struct alfa_bank *bank = learn(detector, how);
        for (size_t p = 0; p < sizeof judged / sizeof *judged; p++)
            judge(detector, word(how, "name", ""), judged[p], bank ? MEMORY : WORDS);
        alfa_detector_free(detector);
        alfa_bank_free(bank);
    }
}

/* How the memory joins the words, from the reference's own words and distances. */
static void check_joining(const json_t *how, const char *picture)
{
    const char *name = word(how, "name", "");
    double words[3], windows[MOST], map[MOST], few[MOST];
    assert_int_equal(expect(words, name, picture, "words"), 3);
    const int patches = expect(few, name, picture, "few");
    assert_int_equal(expect(windows, name, picture, "words_local"), patches);
    assert_int_equal(expect(map, name, picture, "words_map"), patches);
    const struct alfa__fusion fusion = {.winclip = strcmp(word(how, "method", ""), "winclip") == 0,
                                        .top = strcmp(word(how, "score", ""), "top") == 0,
                                        .kind = fusion_of(how),
                                        .weight = number(how, "weight", 0.9),
                                        .map_weight = number(how, "map_weight", 0.8),
                                        .level = words[2]};
    struct alfa__judgement judgement = {
        .global = words[1], .score = words[0], .windows = windows, .map = map};
    const struct alfa__ground ground = {(int)lround(sqrt(patches)), NULL};
    struct alfa__arena arena = {0};
    struct alfa_error err;
    assert_int_equal(alfa__judge_with_memory(&judgement, few, ground, &fusion, &arena, &err), ALFA_OK);
    alfa__arena_free(&arena);
    const double scores[] = {judgement.score, judgement.global, judgement.local};
    compare(name, picture, "score", scores, 3, WORDS);
    compare(name, picture, "map", map, patches, WORDS);
}

static void test_joining(void **state)
{
    size_t i;
    json_t *how;
    int joined = 0;
    (void)state;
    json_array_foreach(all.cases, i, how) for (size_t p = 0; p < sizeof judged / sizeof *judged; p++)
    {
        if (number(how, "shots", 0) > 0) {
            check_joining(how, judged[p]);
            joined++;
        }
    }
    assert_in_range(joined, 12, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_reading), cmocka_unit_test(test_joining)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
