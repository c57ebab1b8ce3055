#include "base/each.h"
#include "base/watch.h"

enum alfa_status alfa__each(const char *part, int count, alfa__piece *piece, void *context,
                            struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
#pragma omp parallel
    {
        struct alfa__arena arena = {0};
#pragma omp for schedule(dynamic)
        for (int i = 0; i < count; i++) {
            struct alfa_error own;
            enum alfa_status found;
#pragma omp atomic read
            found = status;
            if (found != ALFA_OK)
                continue;
            found = alfa__watch_tell(part, i, count, &own); /* nobody watches the other threads */
            if (found == ALFA_OK)
                found = piece(context, i, &arena, &own);
            alfa__arena_reset(&arena, (struct alfa__mark){0, 0});
            if (found != ALFA_OK) {
#pragma omp critical(alfa__each)
                {
                    if (status == ALFA_OK && err)
                        *err = own;
#pragma omp atomic write
                    status = found;
                }
            }
        }
        alfa__arena_free(&arena);
    }
    return status;
}
