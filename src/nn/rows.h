/* How the rows of a product are cut into parts. It depends on nothing but the rows and the limit: neither on
 * the number of threads nor on the processor. */
#ifndef ALFA_NN_ROWS_H
#define ALFA_NN_ROWS_H

/* Parts begin at multiples of this many rows of the whole, so that only the last may have another number. */
#define ALFA__PART_STEP 16

/* How many parts of at most so many rows, 0 being no limit. Where part p begins; its rows. */
int alfa__part_count(int rows, int most);
int alfa__part_begin(int rows, int parts, int p);
int alfa__part_rows(int rows, int parts, int p);

/* The multiple of step that has room for so many rows. */
int alfa__rows_up(int rows, int step);

#endif
