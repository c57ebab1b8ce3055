/* How much memory this process may still take, as far as the system says. */
#ifndef ALFA_BASE_ROOM_H
#define ALFA_BASE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes: the least of what the machine has available, what the limits of this process's control groups (a
 * container's, a service's) leave, and what a limit of the address space leaves. What the system keeps of
 * files counts as free. -1: nobody says. root: "" for this machine; a test gives a folder that looks like
 * one, where no limit of the address space counts. */
long long alfa__room_free(const char *root);

/* Whether so many bytes can be had just now; they are given back at once. To be asked before work is handed
 * to a library that takes small pieces of memory without looking whether it got them. */
bool alfa__room_for(size_t bytes);

#endif
