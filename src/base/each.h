/* Pieces of work that do not depend on each other, on all threads of the team.
 *
 *     static enum alfa_status judge(void *context, int i, struct alfa__arena *arena, struct alfa_error *err);
 *
 *     ALFA__TRY(alfa__each("images", count, judge, &context, err));
 */
#ifndef ALFA_BASE_EACH_H
#define ALFA_BASE_EACH_H

#include "base/arena.h"
#include "base/status.h"

/* Piece i, with scratch memory that belongs to the thread; what it takes there need not be given back. */
typedef enum alfa_status alfa__piece(void *context, int i, struct alfa__arena *arena, struct alfa_error *err);

/* Pieces 0 .. count - 1, each on one thread. After a failure no more are begun; of several one is told.
 * Before each of its own the calling thread tells whoever watches (base/watch.h) how far this part is. */
enum alfa_status alfa__each(const char *part, int count, alfa__piece *piece, void *context,
                            struct alfa_error *err);

#endif
