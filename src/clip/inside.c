#include "clip/inside.h"

void alfa__inside_stride(unsigned char *out, const unsigned char *given, int grid, int stride)
{
    for (int p = 0; p < grid * grid; p++)
        out[p] = !given || given[p] ? (unsigned char)stride : 0;
}

/* Whether a window at this place of a row or column is one of every second. */
static bool is_second(int at, int windows, int scale)
{
    return at % 2 != scale % 2 || at == 0 || at == windows - 1;
}

bool alfa__inside_window(const unsigned char *inside, int grid, int scale, int w)
{
    const int windows = grid - scale + 1, first = w / windows * grid + w % windows;
    for (int i = 0; inside && i < scale * scale; i++)
        if (!inside[first + i / scale * grid + i % scale])
            return false;
    return !inside || inside[first] == 1 || scale == 1 ||
           (is_second(w / windows, windows, scale) && is_second(w % windows, windows, scale));
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* The windows that cover a coordinate: from first to last. */
static void covering(int *first, int *last, int at, int grid, int scale)
{
    *first = at < scale ? 0 : at - scale + 1;
    *last = smaller(at, grid - scale);
}

bool alfa__inside_lonely(const unsigned char *inside, int grid, int scale, int patch)
{
    int left, right, top, bottom;
    if (!inside || !inside[patch])
        return false;
    covering(&top, &bottom, patch / grid, grid, scale);
    covering(&left, &right, patch % grid, grid, scale);
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++)
            if (alfa__inside_window(inside, grid, scale, y * (grid - scale + 1) + x))
                return false;
    return true;
}

static bool covers_lonely(const unsigned char *inside, int grid, int scale, int w)
{
    const int windows = grid - scale + 1, first = w / windows * grid + w % windows;
    for (int i = 0; i < scale * scale; i++)
        if (alfa__inside_lonely(inside, grid, scale, first + i / scale * grid + i % scale))
            return true;
    return false;
}

int alfa__inside_windows(int *places, const unsigned char *inside, int grid, int scale)
{
    const int windows = grid - scale + 1;
    int count = 0;
    for (int w = 0; w < windows * windows; w++)
        if (alfa__inside_window(inside, grid, scale, w) || covers_lonely(inside, grid, scale, w))
            places[count++] = w;
    return count;
}

static bool cell_shares(const unsigned char *inside, int grid, int side, int x, int y)
{
    for (int i = y * grid / side; i <= ((y + 1) * grid - 1) / side; i++)
        for (int j = x * grid / side; j <= ((x + 1) * grid - 1) / side; j++)
            if (inside[i * grid + j])
                return true;
    return false;
}

int alfa__inside_cells(int *places, const unsigned char *inside, int grid, int side)
{
    int count = 0;
    for (int i = 0; i < side * side; i++)
        if (!inside || cell_shares(inside, grid, side, i % side, i / side))
            places[count++] = i;
    return count;
}

void alfa__inside_tokens(int *index, const unsigned char *inside, int length)
{
    int good[ALFA__MAX_WINDOW + 1], count = 0, next = 0;
    for (int i = 1; i < length && count <= ALFA__MAX_WINDOW; i++)
        if (inside[index[i] - 1])
            good[count++] = index[i];
    for (int i = 1; i < length && count > 0; i++)
        if (!inside[index[i] - 1])
            index[i] = good[next++ % count];
}
