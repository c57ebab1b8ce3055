#include "base/suggest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 32 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap neighbours) from a to b, case ignored; both shorter than LONGEST. */
static int distance(const char *a, const char *b)
{
    int rows[LONGEST + 1][LONGEST + 1];
    int m = (int)strlen(a), n = (int)strlen(b);
    for (int i = 0; i <= m; i++)
        for (int j = 0; j <= n; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            int differs = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
            rows[i][j] = smaller(rows[i - 1][j - 1] + differs, 1 + smaller(rows[i - 1][j], rows[i][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = smaller(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[m][n];
}

static void take(const char **near, int *best, const char *candidate, size_t length, int edits)
{
    if (edits <= 1 + (int)length / 4 && edits < *best) {
        *best = edits;
        *near = candidate;
    }
}

void alfa__suggest_word(const char **near, int *best, const char *candidate, const char *typed)
{
    const size_t length = strlen(typed);
    if (length >= 2 && length < LONGEST && strlen(candidate) < LONGEST)
        take(near, best, candidate, length, distance(candidate, typed));
}

void alfa__suggest(const char **near, int *best, const char *candidate, const char *typed)
{
    const size_t length = strlen(typed);
    if (length >= 2 && length < LONGEST && strlen(candidate) < LONGEST &&
        strncasecmp(candidate, typed, length) == 0)
        take(near, best, candidate, length, 1);
    else
        alfa__suggest_word(near, best, candidate, typed);
}
