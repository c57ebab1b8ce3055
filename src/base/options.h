/* Structs that grow: programs and the library may have been compiled with different headers.
 *
 * Such a struct begins with its size, as its maker knows it, and only ever gets members at its end, in whole
 * blocks of 8 bytes and with 0 for "as before". So a program with an older header gives a smaller one, and
 * what it lacks has its default; a program with a newer header gives a larger one, and what this library does
 * not know must be 0, or the program asked for something that it would not get. */
#ifndef ALFA_BASE_OPTIONS_H
#define ALFA_BASE_OPTIONS_H

#include "base/status.h"

/* Copies the caller's options over own, which holds the defaults and is size bytes long. given NULL: the
 * defaults stay. init names the macro that one begins with, for the message. */
enum alfa_status alfa__options_take(void *own, size_t size, const void *given, const char *init,
                                    struct alfa_error *err);

/* Copies own into the caller's struct, as much as it has room for; its size stays as it was. */
enum alfa_status alfa__options_give(void *out, const void *own, size_t size, const char *init,
                                    struct alfa_error *err);

#endif
