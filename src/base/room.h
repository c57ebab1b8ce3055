/* How much memory this process may still take, as far as the system says. */
#ifndef ALFA_BASE_ROOM_H
#define ALFA_BASE_ROOM_H

/* Bytes: the least of what the machine has available, what the limits of this process's control groups (a
 * container's, a service's) leave, and what a limit of the address space leaves. What the system keeps of
 * files counts as free. -1: nobody says. root: "" for this machine; a test gives a folder that looks like
 * one, where no limit of the address space counts. */
long long alfa__room_free(const char *root);

#endif
