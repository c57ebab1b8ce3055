/* One thread that learns the versions of banks that wait, one after the other, while judgements go on. */
#ifndef ALFA_SERVE_TEACHER_H
#define ALFA_SERVE_TEACHER_H

#include "serve/banks.h"
#include "serve/events.h"

struct alfa__teacher;

/* folder: of the store, for the file while it is written. Events "bank" tell how far it is. */
enum alfa_status alfa__teacher_open(struct alfa__teacher **out, struct alfa__archive *archive,
                                    struct alfa__judge *judge, struct alfa__events *events,
                                    const char *folder, struct alfa_error *err);

/* There is something new to learn. */
void alfa__teacher_wake(struct alfa__teacher *teacher);

/* The version that is being learned and how far: pictures done of all; 0: none. */
long long alfa__teacher_now(struct alfa__teacher *teacher, int *done, int *total);

/* Stops after the picture that it looks at; what was being learned waits for the next start. */
void alfa__teacher_close(struct alfa__teacher *teacher);

#endif
