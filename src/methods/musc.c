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
#include "base/watch.h"
#include "methods/methods.h"
#include "methods/share.h"
#include "nn/layers.h"
#include "nn/product.h"

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

#define RADII (MAX_RADIUS + 1)
#define BLOCK 8 /* images that are compared with one at a time */

/* One block of the tower for all images. The lists of an r are those with r = 2 * index + 1. */
struct comparison {
    int count, side, width;
    float *tokens;         /* count x cells x width, raw */
    float *lengths[RADII]; /* 1 / length of the sum over r x r cells, count x cells; 0 for a sum of zeros */
    float *largest[RADII]; /* [i][j][p]: max over q of <t_ip, t_jq> */
    float *products;       /* of a block of images with one: BLOCK x cells x cells */
    float *sums;           /* scratch, twice as much */
};

static enum alfa_status new_comparison(struct comparison *out, const struct state *s,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
    const size_t cells = (size_t)(s->side * s->side), line = (size_t)s->count * cells;
    *out = (struct comparison){.count = s->count, .side = s->side, .width = s->width};
    out->tokens = alfa__arena_array(arena, line * (size_t)s->width, sizeof *out->tokens);
    out->products = alfa__arena_array(arena, BLOCK * cells * cells, sizeof *out->products);
    out->sums = alfa__arena_array(arena, 2 * BLOCK * cells * cells, sizeof *out->sums);
    bool complete = out->tokens && out->products && out->sums;
    for (int r = 0; r < RADII; r++) {
        out->lengths[r] = alfa__arena_array(arena, line, sizeof *out->lengths[r]);
        out->largest[r] = alfa__arena_array(arena, (size_t)s->count * line, sizeof *out->largest[r]);
        complete = complete && out->lengths[r] && out->largest[r];
    }
    return complete ? ALFA_OK : alfa__fail_memory(err, line * (size_t)(s->width + RADII * s->count) * 4);
}

/* out[p] = sum of the rows of in at the cells up to radius steps from p in one direction of the side x side
 * cells: 1 along a line of cells, side across the lines. Rows of length floats. */
ALFA__VECTORISED static void add_along(float *out, const float *in, int side, int step, int radius,
                                       int length)
{
    const int next_line = step == 1 ? side : 1;
    for (int line = 0; line < side; line++)
        for (int at = 0; at < side; at++) {
            const int from = at < radius ? 0 : at - radius, to = at + radius < side ? at + radius : side - 1;
            float *sum = out + (size_t)(line * next_line + at * step) * (size_t)length;
            memset(sum, 0, (size_t)length * sizeof *sum);
            for (int k = from; k <= to; k++) {
                const float *row = in + (size_t)(line * next_line + k * step) * (size_t)length;
                for (int i = 0; i < length; i++)
                    sum[i] += row[i];
            }
        }
}

/* The lengths of an image's sums of tokens. sums: room for twice its tokens. */
static void measure(struct comparison *c, int image, float *sums)
{
    const int cells = c->side * c->side;
    const size_t numbers = (size_t)cells * (size_t)c->width;
    for (int r = 0; r < RADII; r++) {
        add_along(sums + numbers, c->tokens + (size_t)image * numbers, c->side, 1, r, c->width);
        add_along(sums, sums + numbers, c->side, c->side, r, c->width);
        for (int p = 0; p < cells; p++) {
            double square = 0;
            for (int i = 0; i < c->width; i++) {
                const double number = (double)sums[(size_t)p * (size_t)c->width + (size_t)i];
                square += number * number;
            }
            c->lengths[r][image * cells + p] = square > 0 ? (float)(1 / sqrt(square)) : 0;
        }
    }
}

ALFA__VECTORISED static void transpose(float *out, const float *in, int size)
{
    enum { TILE = 16 };
    for (int top = 0; top < size; top += TILE)
        for (int left = 0; left < size; left += TILE)
            for (int x = left; x < left + TILE && x < size; x++)
                for (int y = top; y < top + TILE && y < size; y++)
                    out[(size_t)x * (size_t)size + (size_t)y] = in[(size_t)y * (size_t)size + (size_t)x];
}

/* Divides the products of the cells of two images by the lengths of both, and takes the largest of each row
 * and of each column. */
ALFA__VECTORISED static void take_largest(float *of_rows, float *of_columns, float *products, int cells,
                                          const float *rows, const float *columns)
{
    enum { LANES = 16 };
    for (int q = 0; q < cells; q++)
        of_columns[q] = -INFINITY;
    for (int p = 0; p < cells; p++) {
        float *row = products + (size_t)p * (size_t)cells, best[LANES];
        for (int q = 0; q < cells; q++) {
            row[q] *= rows[p] * columns[q];
            of_columns[q] = row[q] > of_columns[q] ? row[q] : of_columns[q];
        }
        for (int k = 0; k < LANES; k++)
            best[k] = row[k < cells ? k : 0];
        for (int q = 0; q + LANES <= cells; q += LANES)
            for (int k = 0; k < LANES; k++)
                best[k] = row[q + k] > best[k] ? row[q + k] : best[k];
        for (int q = cells / LANES * LANES; q < cells; q++)
            best[0] = row[q] > best[0] ? row[q] : best[0];
        for (int k = 1; k < LANES; k++)
            best[0] = best[k] > best[0] ? best[k] : best[0];
        of_rows[p] = best[0];
    }
}

/* Images i and j for every r. products: cells of j x cells of i, raw tokens, spoilt; sums: twice as much
 * room. A token averaged over r x r cells has the direction of their sum, so its products are sums of the raw
 * ones over the cells around it in both images. */
static void compare_pair(const struct comparison *c, int i, int j, float *products, float *sums)
{
    const int cells = c->side * c->side;
    const size_t area = (size_t)cells * (size_t)cells, line = (size_t)c->count * (size_t)cells;
    const size_t at_i = (size_t)(i * cells), at_j = (size_t)(j * cells);
    float *left = sums, *right = sums + area;
    for (int r = 1; r < RADII; r++) {
        add_along(left, products, c->side, 1, r, cells);
        add_along(right, left, c->side, c->side, r, cells);
        transpose(left, right, cells);
        add_along(right, left, c->side, 1, r, cells);
        add_along(left, right, c->side, c->side, r, cells);
        take_largest(c->largest[r] + (size_t)i * line + at_j, c->largest[r] + (size_t)j * line + at_i, left,
                     cells, c->lengths[r] + at_i, c->lengths[r] + at_j);
    }
    take_largest(c->largest[0] + (size_t)j * line + at_i, c->largest[0] + (size_t)i * line + at_j, products,
                 cells, c->lengths[0] + at_j, c->lengths[0] + at_i);
}

/* Fills largest. */
static enum alfa_status compare(const struct comparison *c, struct alfa__arena *arena, struct alfa_error *err)
{
    const int cells = c->side * c->side;
    const size_t numbers = (size_t)cells * (size_t)c->width, area = (size_t)cells * (size_t)cells;
    for (int i = 0; i < c->count; i++) {
        ALFA__TRY(alfa__watch_tell("comparing", i, c->count, err));
        for (int first = i + 1; first < c->count; first += BLOCK) {
            const int images = c->count - first < BLOCK ? c->count - first : BLOCK;
            const struct alfa__product product = {.a = c->tokens + (size_t)first * numbers,
                                                  .b = c->tokens + (size_t)i * numbers,
                                                  .c = c->products,
                                                  .a_strides = {(int64_t)numbers * images, c->width, 1},
                                                  .b_strides = {(int64_t)numbers, 1, c->width},
                                                  .c_strides = {(int64_t)area * images, cells, 1},
                                                  .batch = 1,
                                                  .m = images * cells,
                                                  .n = cells,
                                                  .k = c->width};
            ALFA__TRY(alfa__product_run(&product, arena, err));
#pragma omp parallel for schedule(static)
            for (int k = 0; k < images; k++)
                compare_pair(c, i, first + k, c->products + (size_t)k * area, c->sums + (size_t)k * 2 * area);
        }
    }
    return ALFA_OK;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Adds, for this r, weight times the mean of the smallest 30 % of the distances to the others. distances:
 * room for count. */
static void add_scores(double *map, const struct comparison *c, int r, int image, double weight,
                       double *distances)
{
    const int count = c->count, cells = c->side * c->side;
    const float *largest = c->largest[r] + (size_t)image * (size_t)count * (size_t)cells;
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

/* One block of the tower for all images. */
static enum alfa_status score_mutually(const struct state *s, struct alfa__verdict *out, int layer,
                                       struct alfa__arena *arena, struct alfa_error *err)
{
    const int cells = s->side * s->side;
    const size_t numbers = (size_t)cells * (size_t)s->width;
    const double weight = 1.0 / (s->layer_count * RADII);
    struct comparison c;
    struct alfa__mark mark = alfa__arena_mark(arena);
    ALFA__TRY(new_comparison(&c, s, arena, err));
    double *distances = alfa__arena_array(arena, (size_t)s->count, sizeof *distances);
    float *sums = alfa__arena_array(arena, 2 * numbers, sizeof *sums);
    if (!distances || !sums)
        return alfa__fail_memory(err, 2 * numbers * sizeof *sums);
    for (int i = 0; i < s->count; i++) {
        memcpy(c.tokens + (size_t)i * numbers, s->seen[i].tokens[layer], numbers * sizeof *c.tokens);
        measure(&c, i, sums);
    }
    ALFA__TRY(compare(&c, arena, err));
    for (int r = 0; r < RADII; r++)
        for (int i = 0; i < s->count; i++)
            add_scores(out[i].map, &c, r, i, weight, distances);
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
        ALFA__TRY(score_mutually(s, out, layer, arena, err));
    for (int i = 0; i < count; i++)
        scores[i] = alfa__largest(out[i].map, s->side * s->side);
    for (int i = 0; i < count; i++)
        out[i].score = smooth_score(s, scores, i);
    return ALFA_OK;
}

const struct alfa__method alfa__method_musc = {.kind = ALFA_METHOD_MUSC,
                                               .pipeline = &alfa__pipeline_verdict,
                                               .name = "musc",
                                               .title = "MuSc",
                                               .paper = "Li et al. 2024",
                                               .zero_shot = true,
                                               .open = open,
                                               .request = request,
                                               .score = score,
                                               .finish = finish,
                                               .free = close};
