/* Requests that take a while wait here, so many and no more, and a few threads answer them in order. */
#ifndef ALFA_SERVE_QUEUE_H
#define ALFA_SERVE_QUEUE_H

#include "alfa.h"
#include "serve/request.h"

struct alfa__queue;

/* answer() is called by a worker; afterwards the request's connection is resumed. */
enum alfa_status alfa__queue_open(struct alfa__queue **out, int limit, int workers,
                                  void (*answer)(struct alfa__request *), struct alfa_error *err);

/* False when it is full; the request's connection must be suspended already. */
bool alfa__queue_push(struct alfa__queue *queue, struct alfa__request *request);

/* Requests that wait, and those that are being answered. */
int alfa__queue_waiting(struct alfa__queue *queue);
int alfa__queue_working(struct alfa__queue *queue);
bool alfa__queue_full(struct alfa__queue *queue);

/* Answers what waits, then ends the threads. */
void alfa__queue_close(struct alfa__queue *queue);

#endif
