/* Option place, for parts that always lie alike: a row of a layer also says where in the picture it was, so
 * that what is normal at one place is not so at another. */
#ifndef ALFA_BANK_PLACE_H
#define ALFA_BANK_PLACE_H

#define ALFA__PLACE_NUMBERS 4       /* behind the row */
#define ALFA__PLACE_MAX_WEIGHT 10.0 /* or halves hold too little of the row beside its place */

/* out gets a row of dim floats, brought to length 1, and behind it its place at x and y (0 to 1 across the
 * picture): dim + ALFA__PLACE_NUMBERS floats. Each coordinate is a point on an arc of one radian and radius
 * weight, two numbers, and not one number: so all rows are equally long, and cosines between them order as
 *
 *     (1 - <x, m>) / 2 + weight^2 / 4 (|x_i - x_m|^2 + |y_i - y_m|^2)
 *
 * with chords, 2 sin(d / 2), for the distances d along the arcs: at most 4 % less. */
void alfa__place_put(float *out, const float *row, int dim, double x, double y, double weight);

/* That sum is (1 - cosine) / 2 of two such rows times this, the square of their length. */
double alfa__place_stretch(double weight);

#endif
