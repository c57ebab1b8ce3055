/* What the readers of configs share: JSON with limits, and messages that name the member. */
#ifndef ALFA_WEIGHTS_CONFIG_JSON_H
#define ALFA_WEIGHTS_CONFIG_JSON_H

#include "weights/config.h"

#include <jansson.h>

/* A JSON object of at most 4 MiB; freed with json_decref(). */
enum alfa_status alfa__config_json(json_t **out, const char *path, struct alfa_error *err);

/* An integer member within limits, or a list of two that are the same. */
struct alfa__config_number {
    const char *name;
    int *out;
    int fallback; /* 0: must be there */
    int most;
};
enum alfa_status alfa__config_numbers(const json_t *object, const char *where,
                                      const struct alfa__config_number *numbers, int count, const char *path,
                                      struct alfa_error *err);
#define ALFA__CONFIG_NUMBERS(object, where, numbers) \
    alfa__config_numbers(object, where, numbers, (int)(sizeof(numbers) / sizeof *(numbers)), path, err)

/* Three numbers, or fallback when array is NULL. */
enum alfa_status alfa__config_triple(float out[3], const json_t *array, const float fallback[3],
                                     const char *path, struct alfa_error *err);
extern const float alfa__clip_mean[3], alfa__clip_std[3];

/* Whether a member is absent, null, false, or an empty list or object: as if nobody had said anything. */
bool alfa__config_is_unsaid(const json_t *value);

/* A value for a message: a text as it is, others as JSON, both cut. */
void alfa__config_value_text(char *out, size_t size, const json_t *value);

/* The two formats. root is the object in path. */
enum alfa_status alfa__config_open_clip(struct alfa__config *out, const json_t *root, const char *path,
                                        struct alfa_error *err);
enum alfa_status alfa__config_hugging_face(struct alfa__config *out, const json_t *root, const char *path,
                                           struct alfa_error *err);

#endif
