/* Convolution on channels-last f32 images, with ReLU6 or nothing after it. */
#ifndef ALFA_NN_CONVOLUTION_H
#define ALFA_NN_CONVOLUTION_H

#include "base/arena.h"
#include "base/status.h"

struct alfa__convolution;

struct alfa__convolution_shape {
    int outputs, inputs, groups, kernel, stride; /* groups = inputs for a depthwise one */
    bool same_padding; /* TensorFlow's SAME (uneven for stride 2); otherwise kernel / 2 on all sides */
    bool relu6;
};

/* weight: outputs x inputs/groups x kernel x kernel, bias: outputs; both are copied. */
enum alfa_status alfa__convolution_new(struct alfa__convolution **out,
                                       const struct alfa__convolution_shape *shape, const float *weight,
                                       const float *bias, struct alfa_error *err);

/* Side of the output for an input of this side. */
int alfa__convolution_side(const struct alfa__convolution *convolution, int side);

/* x: side x side x inputs, y: output side x output side x outputs. With add, y += result (no ReLU6 then). */
struct alfa__convolution_call {
    const float *x;
    int side;
    float *y;
    bool add;
};
enum alfa_status alfa__convolution_run(const struct alfa__convolution *convolution,
                                       const struct alfa__convolution_call *call, struct alfa__arena *arena,
                                       struct alfa_error *err);
void alfa__convolution_free(struct alfa__convolution *convolution);

#endif
