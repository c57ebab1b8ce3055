#include "clip/merges.h"

/* ALFA_MERGES_FILE comes from the build. */
__asm__(".section .rodata\n"
        ".global alfa__clip_merges\n"
        ".hidden alfa__clip_merges\n"
        ".hidden alfa__clip_merges_end\n"
        "alfa__clip_merges:\n"
        ".incbin \"" ALFA_MERGES_FILE "\"\n"
        ".global alfa__clip_merges_end\n"
        "alfa__clip_merges_end:\n"
        ".previous\n");

extern const char alfa__clip_merges_end[] __attribute__((visibility("hidden")));

size_t alfa__clip_merges_size(void)
{
    return (size_t)(alfa__clip_merges_end - alfa__clip_merges);
}
