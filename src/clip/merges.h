/* CLIP's vocabulary, models/clip-merges.txt, compiled in: open_clip folders need not carry it. */
#ifndef ALFA_CLIP_MERGES_H
#define ALFA_CLIP_MERGES_H

#include <stddef.h>

extern const char alfa__clip_merges[]; /* not zero-terminated */
size_t alfa__clip_merges_size(void);

#endif
