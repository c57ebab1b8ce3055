/* NumPy's .npy, version 1.0: what numpy.load() reads. */
#ifndef ALFA_REPORT_NPY_H
#define ALFA_REPORT_NPY_H

#include "base/status.h"
#include "base/strings.h"

/* height x width floats as a 2-D array of float32, rows from the top. */
enum alfa_status alfa__npy_write(const char *path, const float *map, int width, int height,
                                 struct alfa_error *err);

/* The same file in memory. */
void alfa__npy_append(struct alfa__string *out, const float *map, int width, int height);

#endif
