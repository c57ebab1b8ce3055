/* JSON when memory may run out. */
#ifndef ALFA_BASE_JSON_H
#define ALFA_BASE_JSON_H

#include "base/status.h"

#include <jansson.h>

/* json_object_set_new(), whose only failure here is ALFA_ERROR_MEMORY; value may be NULL then. */
enum alfa_status alfa__json_put(json_t *object, const char *key, json_t *value, struct alfa_error *err);

/* The object or array that was written in several calls, or NULL (and it is gone) when one of them failed. */
json_t *alfa__json_whole(json_t *json, int failed);

/* Objects and lists that are built step by step: one that could not take something is freed and becomes NULL,
 * and what is added to NULL is freed too, so that only the end has to be looked at. value NULL: it could not
 * be made. */
void alfa__json_set(json_t **object, const char *key, json_t *value);
void alfa__json_push(json_t **list, json_t *value);

/* null for what JSON has no number for: NaN and infinity. NULL: no memory. */
json_t *alfa__json_number(double value);

/* As many values as anything holds that is no list of a user's own images. */
#define ALFA__JSON_VALUES ((size_t)1 << 17)

/* json_loadb(), *out freed with json_decref(). ALFA_ERROR_INPUT when the text is no JSON or has more than
 * about most values (objects, lists and what is in them), and then reason (which may be NULL) says what and
 * where; ALFA_ERROR_MEMORY, which jansson does not tell from that. Says nothing in words: that is the
 * caller's. A value takes up to 300 bytes however short its text is, so values are counted first. */
enum alfa_status alfa__json_read(json_t **out, const char *text, size_t size, size_t most, size_t flags,
                                 json_error_t *reason);

#endif
