#include "detect/scratch.h"

#include <stdlib.h>

struct alfa__scratch *alfa__scratch_new(void)
{
    struct alfa__scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch) {
        pthread_mutex_init(&scratch->turn, NULL);
        pthread_mutex_init(&scratch->lock, NULL);
    }
    return scratch;
}

void alfa__scratch_free(struct alfa__scratch *scratch)
{
    if (!scratch)
        return;
    for (struct alfa__spare *spare = scratch->spares, *next; spare; spare = next) {
        next = spare->next;
        alfa__arena_free(&spare->arena);
        free(spare);
    }
    pthread_mutex_destroy(&scratch->lock);
    pthread_mutex_destroy(&scratch->turn);
    free(scratch);
}

enum alfa_status alfa__scratch_borrow(struct alfa__arena *out, struct alfa__spare **spare,
                                      struct alfa__scratch *scratch, const struct alfa__arena *own,
                                      struct alfa_error *err)
{
    pthread_mutex_lock(&scratch->lock);
    const bool first = !scratch->lent;
    *spare = first ? NULL : scratch->spares;
    if (*spare)
        scratch->spares = (*spare)->next;
    scratch->lent = true;
    pthread_mutex_unlock(&scratch->lock);
    if (!first && !*spare && !(*spare = calloc(1, sizeof **spare)))
        return alfa__fail_memory(err, sizeof **spare);
    *out = first ? *own : (*spare)->arena;
    return ALFA_OK;
}

void alfa__scratch_return(struct alfa__scratch *scratch, struct alfa__arena *own, struct alfa__spare *spare,
                          const struct alfa__arena *arena)
{
    pthread_mutex_lock(&scratch->lock);
    *(spare ? &spare->arena : own) = *arena;
    if (spare) {
        spare->next = scratch->spares;
        scratch->spares = spare;
    } else {
        scratch->lent = false;
    }
    pthread_mutex_unlock(&scratch->lock);
}
