#include "eval/shots.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int alfa__eval_shots_of(int shots, size_t normals)
{
    if (shots == ALFA__EVAL_ALL_SHOTS)
        return normals ? (int)normals : -1;
    return (size_t)shots <= normals ? shots : -1;
}

int alfa__eval_seeds_of(int shots, int seeds)
{
    return shots && shots != ALFA__EVAL_ALL_SHOTS ? seeds : 1;
}

const char *alfa__eval_shots_text(char out[16], int shots)
{
    snprintf(out, 16, shots == ALFA__EVAL_ALL_SHOTS ? "all" : "%d", shots);
    return out;
}

/* The number that a list goes on with; false when it is none. */
static bool read_shots(int *out, const char *at)
{
    int used = 3;
    if (strncmp(at, "all", 3) == 0)
        *out = ALFA__EVAL_ALL_SHOTS;
    else if (sscanf(at, "%4d%n", out, &used) != 1 || *out < 0 || *out > ALFA__EVAL_MOST_SHOTS)
        return false;
    return !at[used] || at[used] == ',';
}

enum alfa_status alfa__eval_read_shots(int shots[ALFA__EVAL_MAX_SHOTS], int *count, const char *text,
                                       struct alfa_error *err)
{
    char word[16];
    *count = 0;
    for (const char *at = text; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        int number;
        if (!read_shots(&number, at) || *count == ALFA__EVAL_MAX_SHOTS)
            return alfa__fail(err, ALFA_ERROR_USAGE, "shots",
                              "\"%s\" is not a list of numbers from 0 to %d such as 0,1,4, or all", text,
                              ALFA__EVAL_MOST_SHOTS);
        for (int i = 0; i < *count; i++)
            if (shots[i] == number)
                return alfa__fail(err, ALFA_ERROR_USAGE, "shots", "has %s twice",
                                  alfa__eval_shots_text(word, number));
        shots[(*count)++] = number;
    }
    return ALFA_OK;
}
