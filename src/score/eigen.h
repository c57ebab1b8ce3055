/* Eigenvectors of a small symmetric matrix. */
#ifndef ALFA_SCORE_EIGEN_H
#define ALFA_SCORE_EIGEN_H

/* matrix: n rows of stride doubles, symmetric, destroyed. values: n eigenvalues, in no order; vectors: n rows
 * of stride, row i of length 1 belongs to values[i]. Cyclic Jacobi rotations (Golub & Van Loan, 8.5). */
void alfa__eigen_symmetric(double *matrix, double *values, double *vectors, int n, int stride);

#endif
