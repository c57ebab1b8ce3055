/* MuSc (Li et al., "MuSc: Zero-Shot Industrial Anomaly Classification and Segmentation with Mutual Scoring of
 * the Unlabeled Images", ICLR 2024): no sentences and no normal images; images of a class judge each other,
 * since what is normal can be found in most of them. It sees all images to be judged at once, which the other
 * methods do not: compare with care.
 *
 *     t_p    tokens of a block, averaged over r x r cells (r = 1, 3, 5), unit length             (LNAMD)
 *     a_ij,p = min over patches q of image j of | t_ip - t_jq |
 *     map_ip = mean of the smallest 30 % of a_ij,p over j, then mean over blocks and r            (MSM)
 *     s_i    = max over p of map_ip
 *     S_i    = mean over k = 1, 2, 3 of sum_j w_ij s_j / sum_j w_ij, j the k images nearest to i,
 *              itself among them, w_ij = <f(x_i), f(x_j)>                                         (RsCIN)
 *
 * Changed because the backbone may be any CLIP: of L blocks those at a quarter, half, three quarters and the
 * end (5, 11, 17 and 23 of ViT-L in the paper). Means count only cells that exist. At least one image is
 * among the 30 %. */
#include "methods/methods.h"
#include "methods/share.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BLOCKS 4
#define MAX_RADIUS 2 /* r = 2 radius + 1 */
#define MAX_NEIGHBOURS 3
#define SHARE 0.3

/* What is kept of an image. */
struct seen {
    float *embedding;          /* f(x) */
    float *tokens[MAX_BLOCKS]; /* side^2 x width, raw */
};

struct state {
    struct alfa__layer layers[MAX_BLOCKS];
    int layer_count, side, width, dim;
    struct seen *seen;
    int count;
};

static void close(void *pointer)
{
    struct state *s = pointer;
    for (int i = 0; s && i < s->count; i++) {
        free(s->seen[i].embedding);
        for (int l = 0; l < MAX_BLOCKS; l++)
            free(s->seen[i].tokens[l]);
    }
    if (s)
        free(s->seen);
    free(s);
}

static enum alfa_status open(void **out, const struct alfa__method_setup *setup, struct alfa_error *err)
{
    const int layers = setup->model->info.vision_layers;
    struct state *s = *out = calloc(1, sizeof *s);
    if (!s)
        return alfa__fail_memory(err, sizeof *s);
    for (int i = 1, last = 0; i <= MAX_BLOCKS; i++) {
        const int block = (i * layers + MAX_BLOCKS - 1) / MAX_BLOCKS;
        if (block != last)
            s->layers[s->layer_count++] = (struct alfa__layer){false, block};
        last = block;
    }
    return ALFA_OK;
}

static void request(const void *pointer, struct alfa__feature_request *out)
{
    const struct state *s = pointer;
    *out = (struct alfa__feature_request){.layer_count = s->layer_count};
    memcpy(out->layers, s->layers, (size_t)s->layer_count * sizeof *s->layers);
}

static float *copy(const float *from, size_t count)
{
    float *out = malloc(count * sizeof *out);
    return out ? memcpy(out, from, count * sizeof *out) : NULL;
}

/* Only looks. */
static enum alfa_status score(void *pointer, struct alfa__verdict *out, const struct alfa__features *features,
                              struct alfa__arena *arena, struct alfa_error *err)
{
    struct state *s = pointer;
    struct seen *list = realloc(s->seen, ((size_t)s->count + 1) * sizeof *list);
    (void)arena;
    *out = (struct alfa__verdict){.side = 0};
    if (!list)
        return alfa__fail_memory(err, ((size_t)s->count + 1) * sizeof *list);
    s->seen = list;
    s->side = features->grid;
    s->width = features->layers[0].dim;
    s->dim = features->dim;
    const size_t numbers = (size_t)(s->side * s->side) * (size_t)s->width;
    struct seen *seen = &list[s->count++];
    *seen = (struct seen){.embedding = copy(features->image, (size_t)s->dim)};
    bool complete = seen->embedding;
    for (int l = 0; l < s->layer_count; l++)
        complete = (seen->tokens[l] = copy(features->layers[l].rows, numbers)) && complete;
    return complete ? ALFA_OK : alfa__fail_memory(err, numbers * sizeof *seen->embedding);
}

/* ------------------------------------------------------------------ mutual scoring */

/* t_p of an image: out is side^2 x width. */
static void aggregate(float *out, const float *tokens, int side, int width, int radius)
{
    for (int p = 0; p < side * side; p++) {
        float *row = memset(out + (size_t)p * (size_t)width, 0, (size_t)width * sizeof *row);
        for (int y = p / side - radius; y <= p / side + radius; y++)
            for (int x = p % side - radius; x <= p % side + radius; x++)
                for (int i = 0; i < width && y >= 0 && x >= 0 && y < side && x < side; i++)
                    row[i] += tokens[(size_t)(y * side + x) * (size_t)width + (size_t)i];
    }
    alfa__normalise_rows(out, side * side, width); /* so the number of cells does not matter */
}

/* Raises out[p] to the largest of row p and across[q] to the largest of column q. cosines: cells x cells. */
static void take_largest(float *out, float *across, const float *cosines, int cells)
{
    for (int i = 0; i < cells; i++)
        out[i] = across[i] = -INFINITY;
    for (int p = 0; p < cells; p++) {
        const float *row = cosines + (size_t)p * (size_t)cells;
        float best = row[0];
        for (int q = 0; q < cells; q++) {
            best = row[q] > best ? row[q] : best;
            across[q] = row[q] > across[q] ? row[q] : across[q];
        }
        out[p] = best;
    }
}

/* largest[i][j][p] = max over q of <t_ip, t_jq> for every pair of count images: one product serves both of a
 * pair, since those of j with i are its columns. rows: all images' t; cosines: cells x cells. */
static enum alfa_status compare(float *largest, const float *rows, int count, int cells, int width,
                                float *cosines, struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t numbers = (size_t)cells * (size_t)width, line = (size_t)count * (size_t)cells;
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++) {
            const struct alfa__product product = {.a = rows + (size_t)i * numbers,
                                                  .b = rows + (size_t)j * numbers,
                                                  .c = cosines,
                                                  .a_strides = {(int64_t)cells * width, width, 1},
                                                  .b_strides = {(int64_t)cells * width, 1, width},
                                                  .c_strides = {(int64_t)cells * cells, cells, 1},
                                                  .batch = 1,
                                                  .m = cells,
                                                  .n = cells,
                                                  .k = width};
            ALFA__TRY(alfa__product_run(&product, arena, err));
            take_largest(largest + (size_t)i * line + (size_t)j * (size_t)cells,
                         largest + (size_t)j * line + (size_t)i * (size_t)cells, cosines, cells);
        }
    return ALFA_OK;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Adds weight times the mean of the smallest 30 % of the distances to the others. distances: room for count.
 */
static void add_scores(double *map, const float *largest, int image, int count, int cells, double weight,
                       double *distances)
{
    const int kept = (int)(SHARE * (count - 1)) > 0 ? (int)(SHARE * (count - 1)) : 1;
    for (int p = 0; p < cells; p++) {
        double sum = 0;
        int others = 0;
        for (int j = 0; j < count; j++)
            if (j != image)
                distances[others++] =
                    sqrt(fmax(0, 2 - 2 * (double)largest[(size_t)j * (size_t)cells + (size_t)p]));
        qsort(distances, (size_t)others, sizeof *distances, ascending);
        for (int k = 0; k < kept; k++)
            sum += distances[k];
        map[p] += weight * sum / kept;
    }
}

/* One block and one r for all images. */
static enum alfa_status score_mutually(const struct state *s, struct alfa__verdict *out, int layer,
                                       int radius, struct alfa__arena *arena, struct alfa_error *err)
{
    const int cells = s->side * s->side;
    const size_t numbers = (size_t)cells * (size_t)s->width;
    const double weight = 1.0 / (s->layer_count * (MAX_RADIUS + 1));
    struct alfa__mark mark = alfa__arena_mark(arena);
    float *rows = alfa__arena_array(arena, (size_t)s->count * numbers, sizeof *rows);
    const size_t line = (size_t)s->count * (size_t)cells;
    float *largest = alfa__arena_array(arena, (size_t)s->count * line, sizeof *largest);
    float *cosines = alfa__arena_array(arena, (size_t)cells * (size_t)cells, sizeof *cosines);
    double *distances = alfa__arena_array(arena, (size_t)s->count, sizeof *distances);
    if (!rows || !largest || !cosines || !distances)
        return alfa__fail_memory(err, (size_t)s->count * (numbers + line) * sizeof *rows);
    for (int i = 0; i < s->count; i++)
        aggregate(rows + (size_t)i * numbers, s->seen[i].tokens[layer], s->side, s->width, radius);
    ALFA__TRY(compare(largest, rows, s->count, cells, s->width, cosines, arena, err));
    for (int i = 0; i < s->count; i++)
        add_scores(out[i].map, largest + (size_t)i * line, i, s->count, cells, weight, distances);
    alfa__arena_reset(arena, mark);
    return ALFA_OK;
}

/* ------------------------------------------------------------------ smoothing over neighbours */

static double similarity(const struct state *s, int i, int j)
{
    double sum = 0;
    for (int k = 0; k < s->dim; k++)
        sum += (double)s->seen[i].embedding[k] * (double)s->seen[j].embedding[k];
    return sum;
}

/* S_i from s_0, s_1, ... */
static double smooth_score(const struct state *s, const double *scores, int image)
{
    int nearest[MAX_NEIGHBOURS] = {image}, found = 1;
    double sum = 0, weight = 0, mean = 0;
    for (; found < MAX_NEIGHBOURS && found < s->count; found++) {
        double best = -INFINITY;
        for (int j = 0; j < s->count; j++) {
            bool taken = false;
            for (int k = 0; k < found; k++)
                taken = taken || nearest[k] == j;
            const double here = taken ? -INFINITY : similarity(s, image, j);
            if (here > best) {
                best = here;
                nearest[found] = j;
            }
        }
    }
    for (int k = 0; k < found; k++) {
        const double w = similarity(s, image, nearest[k]);
        sum += w * scores[nearest[k]];
        weight += w;
        mean += sum / weight / found;
    }
    return mean;
}

static enum alfa_status finish(void *pointer, struct alfa__verdict *out, int count, struct alfa__arena *arena,
                               struct alfa_error *err)
{
    struct state *s = pointer;
    if (count != s->count || count < 2)
        return alfa__fail(err, ALFA_ERROR_INPUT, "musc",
                          "needs at least two images to compare with each other");
    double *scores = alfa__arena_array(arena, (size_t)count, sizeof *scores);
    if (!scores)
        return alfa__fail_memory(err, (size_t)count * sizeof *scores);
    for (int i = 0; i < count; i++) {
        out[i] = (struct alfa__verdict){.side = 0};
        if (!alfa__verdict_map(&out[i], s->side, arena))
            return alfa__fail_memory(err, (size_t)(s->side * s->side) * sizeof *scores);
        memset(out[i].map, 0, (size_t)(s->side * s->side) * sizeof *scores);
    }
    for (int layer = 0; layer < s->layer_count; layer++)
        for (int radius = 0; radius <= MAX_RADIUS; radius++)
            ALFA__TRY(score_mutually(s, out, layer, radius, arena, err));
    for (int i = 0; i < count; i++)
        scores[i] = alfa__largest(out[i].map, s->side * s->side);
    for (int i = 0; i < count; i++)
        out[i].score = smooth_score(s, scores, i);
    return ALFA_OK;
}

const struct alfa__method alfa__method_musc = {.kind = ALFA_METHOD_MUSC,
                                               .name = "musc",
                                               .title = "MuSc",
                                               .paper = "Li et al. 2024",
                                               .zero_shot = true,
                                               .open = open,
                                               .request = request,
                                               .score = score,
                                               .finish = finish,
                                               .free = close};
