/* JSON objects on standard output, one a line, in the form of report/json.h. */
#ifndef ALFA_CLI_JSON_H
#define ALFA_CLI_JSON_H

#include <jansson.h>

/* Adds a text; bytes that are not UTF-8 become U+FFFD. Ends the program when there is not enough memory. */
void alfa__json_add_text(json_t *object, const char *key, const char *text);
/* Such a text as a value. */
json_t *alfa__json_clean(const char *text);
/* Adds a value and takes it over. */
void alfa__json_add(json_t *object, const char *key, json_t *value);
void alfa__json_append(json_t *list, json_t *value);
/* Prints the object on a line of its own and frees it. */
void alfa__json_print(json_t *object);

#endif
