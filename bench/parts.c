/* The tokens of each part that an image's windows are cut into, in the order in which threads take them
 * (clip/parts.h). bench_parts GRID SCALE...: patches a side, windows' sides. For bench/cores.py. */
#include "clip/parts.h"
#include "clip/model.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    struct alfa__windows windows[ALFA_MAX_SCALES] = {{0}};
    const int grid = argc > 1 ? atoi(argv[1]) : 0;
    int total = 0, count = 0;
    for (int i = 2; i < argc && count < ALFA_MAX_SCALES; i++) {
        const int scale = atoi(argv[i]);
        if (scale < 2 || scale > grid)
            continue;
        windows[count] = (struct alfa__windows){
            .scale = scale, .count = alfa__window_count(grid, scale), .length = scale * scale + 1};
        total += windows[count++].count;
    }
    struct alfa__image_part *parts = malloc(((size_t)total + 1) * sizeof *parts);
    if (!count || !parts) {
        fprintf(stderr, "usage: bench_parts GRID SCALE...\n");
        free(parts);
        return 2;
    }
    const int cut = alfa__parts_cut(parts, windows);
    for (int p = 1; p < cut; p++) { /* the first is the whole image */
        int tokens = 0;
        for (int i = 0, at = 0; i < count; at += windows[i++].count)
            if (parts[p].begin >= at && parts[p].begin < at + windows[i].count)
                tokens = (parts[p].end - parts[p].begin) * windows[i].length;
        printf("%d\n", tokens);
    }
    free(parts);
    return 0;
}
