/* Numbers that are joined to groups (union-find). first[i] is the number itself or a smaller one of its
 * group; at the start each is itself. */
#ifndef ALFA_BASE_GROUPS_H
#define ALFA_BASE_GROUPS_H

/* The smallest number of the group. */
static inline int alfa__group_first(int *first, int number)
{
    while (first[number] != number) {
        first[number] = first[first[number]];
        number = first[number];
    }
    return number;
}

/* Makes one group of two; returns its smallest number. */
static inline int alfa__group_join(int *first, int a, int b)
{
    a = alfa__group_first(first, a);
    b = alfa__group_first(first, b);
    return first[a > b ? a : b] = a > b ? b : a;
}

#endif
