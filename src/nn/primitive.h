/* oneDNN's primitives, as the files of this folder use them. A primitive is made for one shape. A layer keeps
 * those that it has made in a short list; making one costs about a millisecond, so callers keep the number of
 * different shapes small. */
#ifndef ALFA_NN_PRIMITIVE_H
#define ALFA_NN_PRIMITIVE_H

#include "base/arena.h"
#include "base/status.h"
#include "nn/linear.h"
#include "nn/onednn.h"

extern dnnl_engine_t alfa__engine; /* NULL before the first alfa__engine_get() */

/* Makes the engine at its first call. */
enum alfa_status alfa__engine_get(struct alfa_error *err);

/* The set of instructions that oneDNN uses here (its number, dnnl_cpu_isa_t); -1 until
 * alfa__processor_know(). */
int alfa__processor_isa(void);

/* what: "a linear layer". ALFA_ERROR_MEMORY or ALFA_ERROR_RUNTIME. */
enum alfa_status alfa__onednn_fail(struct alfa_error *err, const char *what, dnnl_status_t status);

dnnl_data_type_t alfa__data_type(enum alfa__type type);

/* How oneDNN divides a product among threads may change its last digits, and so may what it prepares for a
 * number of threads. Between begin and end it is asked with one; threads of ours take parts of the product.
 */
int alfa__alone_begin(void);
void alfa__alone_end(int threads);

/* One argument of a primitive: which, what it looks like, where it lies. */
struct alfa__argument {
    int index;
    alfa__const_md md;
    const void *bytes;
};
#define ALFA__MAX_ARGUMENTS 5 /* with the scratchpad */

/* Bytes of scratch that a run needs. */
size_t alfa__scratch_size(dnnl_primitive_t primitive);

/* Runs; arguments has room for one more, the scratchpad. scratch: alfa__scratch_size() bytes. */
enum alfa_status alfa__execute_in(dnnl_primitive_t primitive, struct alfa__argument *arguments, int count,
                                  void *scratch, const char *what, struct alfa_error *err);
/* The same with scratch from the arena. */
enum alfa_status alfa__execute_with_scratch(dnnl_primitive_t primitive, struct alfa__argument *arguments,
                                            int count, struct alfa__arena *arena, const char *what,
                                            struct alfa_error *err);

/* Copies bytes from one layout (and type) into another. */
enum alfa_status alfa__reorder(alfa__const_md from, const void *source, alfa__const_md to, void *target,
                               struct alfa_error *err);

/* Scratch memory is ours; then y += result, then ReLU6, if wanted. */
dnnl_status_t alfa__attributes(dnnl_primitive_attr_t *attr, bool add, bool relu6);

/* Primitives that a layer has made, by what differs from call to call. */
struct alfa__made {
    int rows;    /* or side, for a convolution */
    int threads; /* a convolution takes so many, whatever the team that runs it; 0: one */
    enum alfa__type y_type;
    bool add;
    dnnl_primitive_t primitive;
    struct alfa__made *next;
};
dnnl_primitive_t alfa__made_find(const struct alfa__made *list, const struct alfa__made *key);
/* False when memory is out; the primitive is the caller's then. */
bool alfa__made_remember(struct alfa__made **list, const struct alfa__made *key, dnnl_primitive_t primitive);
void alfa__made_forget(struct alfa__made *list);

#endif
