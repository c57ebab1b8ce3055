#include "serve/judge_inside.h"

#include <stdlib.h>

struct alfa__lesson {
    struct alfa__judge *judge;
    struct alfa_prompts *prompts;
    struct alfa_detector *detector;
    struct alfa_bank *bank;
};

static enum alfa_status open_parts(struct alfa__lesson *lesson, const char *class_name, const char *prompts,
                                   int tiles, double rate, struct alfa_error *err)
{
    struct alfa_bank_options how = ALFA_BANK_OPTIONS_INIT;
    struct alfa_detector_options look = ALFA_DETECTOR_OPTIONS_INIT;
    look.tiles = tiles;
    how.false_alarm_rate = rate;
    ALFA__TRY(
        alfa__judge_prompts(lesson->judge, &lesson->prompts, class_name, prompts, ALFA_METHOD_ALFA, err));
    ALFA__TRY(alfa_detector_open(&lesson->detector, lesson->judge->model, lesson->prompts, &look, err));
    return alfa_bank_new(&lesson->bank, lesson->detector, &how, err);
}

enum alfa_status alfa__lesson_open(struct alfa__lesson **out, struct alfa__judge *judge,
                                   const char *class_name, const char *prompts, int tiles, double rate,
                                   struct alfa_error *err)
{
    struct alfa__lesson *lesson = *out = calloc(1, sizeof *lesson);
    if (!lesson)
        return alfa__fail_memory(err, sizeof *lesson);
    lesson->judge = judge;
    pthread_mutex_lock(&judge->lock);
    enum alfa_status status = open_parts(lesson, class_name, prompts, tiles, rate, err);
    pthread_mutex_unlock(&judge->lock);
    if (status != ALFA_OK) {
        alfa__lesson_close(lesson);
        *out = NULL;
    }
    return status;
}

enum alfa_status alfa__lesson_add(struct alfa__lesson *lesson, const struct alfa_image *image,
                                  const char *name, bool bad, struct alfa_error *err)
{
    pthread_mutex_lock(&lesson->judge->lock);
    enum alfa_status status = alfa_bank_add_known(lesson->bank, lesson->detector, image, name,
                                                  bad ? ALFA_ROLE_BAD : ALFA_ROLE_NORMAL, NULL, err);
    pthread_mutex_unlock(&lesson->judge->lock);
    return status;
}

/* Without the lock: judgements go on beside it. */
enum alfa_status alfa__lesson_finish(struct alfa__lesson *lesson, const char *path, struct alfa_error *err)
{
    ALFA__TRY(alfa_bank_finish(lesson->bank, err));
    return alfa_bank_save(lesson->bank, path, err);
}

const struct alfa_bank_info *alfa__lesson_info(const struct alfa__lesson *lesson)
{
    return alfa_bank_info(lesson->bank);
}

const struct alfa_picture *alfa__lesson_picture(const struct alfa__lesson *lesson, int index)
{
    return alfa_bank_picture(lesson->bank, index);
}

void alfa__lesson_close(struct alfa__lesson *lesson)
{
    if (!lesson)
        return;
    alfa_bank_free(lesson->bank);
    alfa_detector_free(lesson->detector);
    alfa_prompts_free(lesson->prompts);
    free(lesson);
}
