/* Linear layers, convolutions and batched matrix products. oneDNN lies below this header and nowhere else.
 *
 * Layers are immutable after they are made and may be shared by threads: what differs from call to call (the
 * primitive for a number of rows) is kept inside, behind a lock. Scratch memory comes from the caller's
 * arena. */
#ifndef ALFA_NN_LINEAR_H
#define ALFA_NN_LINEAR_H

#include "base/arena.h"
#include "base/status.h"

#include <stdint.h>

/* Type of the numbers in a buffer of activations. A layer of U8 has s8 weights and an S32 result: quantised.h
 * is made of it. */
enum alfa__type { ALFA__F32, ALFA__BF16, ALFA__U8, ALFA__S32 };

static inline size_t alfa__type_size(enum alfa__type type)
{
    return type == ALFA__U8 ? 1 : type == ALFA__BF16 ? 2 : 4;
}

enum alfa__activation { ALFA__IDENTITY, ALFA__GELU, ALFA__QUICK_GELU };

/* Before any of the following is asked, and before layers: without it they would say less than the processor
 * has while memory is out. ALFA_ERROR_MEMORY. */
enum alfa_status alfa__processor_know(struct alfa_error *err);

/* True when the processor multiplies bf16 natively (AVX-512 BF16 or AMX). */
bool alfa__has_bf16(void);

/* True when that is faster than f32. It is half as fast on Intel's processors from Sapphire Rapids on when
 * they do not show their AMX, as in many virtual machines: they then issue one AVX-512 product of bf16 in two
 * cycles but four of f32 (bench/peak.c: 167 and 338 billion operations a second on an Emerald Rapids). */
bool alfa__has_fast_bf16(void);

/* Rows that the processor multiplies as quickly as one of them: callers that can, give a product a multiple
 * of this. 16 for AMX, 1 for all else. AMX holds 16 rows in a tile, but oneDNN 2.6 fills a tile with as many
 * as divide the number of rows: 245 = 5 x 7 x 7 rows go by sevens and take longer than 512. */
int alfa__row_step(enum alfa__type type);

/* Steps of a byte that oneDNN multiplies exactly: 255, or 127 on processors without VNNI, where the sum of
 * two products saturates at 16 bits. */
int alfa__byte_levels(void);

/* ---- y = activation(x W^T + b), optionally added to what y holds */

struct alfa__linear;

/* W x + b for x of a type. weight: outputs x inputs (row-major f32, as checkpoints store it), bias: outputs
 * or NULL. */
struct alfa__affine {
    const float *weight, *bias;
    int outputs, inputs;
    enum alfa__type type;
};

/* Both are copied (packed for the processor, rounded to bf16 when type says so; for U8 they are whole
 * numbers). */
enum alfa_status alfa__linear_new(struct alfa__linear **out, const struct alfa__affine *affine,
                                  struct alfa_error *err);

/* The layer's weights as it packed them, lent: bytes to keep and to make the same layer of later. They name
 * their layout, of which alfa__linear_packing() is a part: the version of oneDNN and the kind of processor.
 * NULL when oneDNN does not tell the layout, and once the layer is quantised. */
const void *alfa__linear_packed(const struct alfa__linear *linear, size_t *size);
uint64_t alfa__linear_packing(void);

/* The layer made of such bytes, which are not copied, lie at a multiple of 64 bytes and must outlive it; they
 * take the place of affine's weight. *out is NULL, with ALFA_OK, when the bytes are those of another layer or
 * layout. */
enum alfa_status alfa__linear_from_packed(struct alfa__linear **out, const void *packed, size_t size,
                                          const struct alfa__affine *affine, struct alfa_error *err);

/* x: rows x inputs of the layer's type; y: rows x outputs of y_type. With add, y (f32) += x W^T + b.
 *
 * The rows are multiplied in parts of at most part rows (0: all together), each by one thread; threads take
 * parts, so that more than one helps only where there are parts. Parts begin at multiples of 16 rows. On some
 * processors a row's last digits depend on how many rows are multiplied beside it, so on rows and part, but
 * on no processor on the number of threads. */
struct alfa__linear_call {
    const void *x;
    void *y;
    int rows, part;
    enum alfa__type y_type;
    enum alfa__activation activation;
    bool add;
};
enum alfa_status alfa__linear_run(const struct alfa__linear *linear, const struct alfa__linear_call *call,
                                  struct alfa__arena *arena, struct alfa_error *err);

/* The MLP of a block, second(activation(first(x))), for rows of the first layer's type, which is the second's
 * as well; call says the rest. */
struct alfa__mlp {
    const struct alfa__linear *first;
    enum alfa__activation activation;
    const struct alfa__linear *second;
};
enum alfa_status alfa__linear_mlp(const struct alfa__mlp *mlp, const struct alfa__linear_call *call,
                                  struct alfa__arena *arena, struct alfa_error *err);
void alfa__linear_free(struct alfa__linear *linear);

/* From now on the layer notes how large each of its inputs gets. Before it is shared by threads. */
enum alfa_status alfa__linear_watch(struct alfa__linear *linear, struct alfa_error *err);

/* Turns the layer (F32 or BF16) into one that multiplies bytes inside and has the same face (quantised.h);
 * inputs that were far larger than others while it watched stay in the layer's type. weight and bias as they
 * were for alfa__linear_new(). Before it is shared by threads. */
enum alfa_status alfa__linear_quantise(struct alfa__linear *linear, const float *weight, const float *bias,
                                       struct alfa_error *err);

#endif
