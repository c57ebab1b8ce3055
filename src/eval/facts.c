#include "eval/facts.h"

#include <stdio.h>

enum { FEW = 8 };

/* Whether it has no more than a few colours: a mask that nothing tells from the photographs beside it. */
static bool is_flat(const struct alfa_image *image)
{
    const size_t size = (size_t)image->width * (size_t)image->height;
    int seen[FEW], count = 0, last = -1;
    for (size_t i = 0; i < size; i++) {
        const unsigned char *rgb = image->rgb + 3 * i;
        const int colour = rgb[0] << 16 | rgb[1] << 8 | rgb[2];
        int known = 0;
        if (colour == last)
            continue;
        while (known < count && seen[known] != colour)
            known++;
        if (known == FEW)
            return false;
        seen[known] = last = colour;
        count += known == count;
    }
    return true;
}

void alfa__facts_add(struct alfa__facts *facts, const struct alfa_image *image, const char *path)
{
    const struct alfa_image_facts of = alfa_image_facts(image);
    char text[ALFA__FACT_ROOM];
    for (enum alfa__fact fact = 0; fact < ALFA__FACTS; fact++)
        if (alfa__image_fact(text, of, fact) && facts->count[fact]++ == 0) {
            facts->bits = fact == ALFA__FACT_DARK ? of.bits : facts->bits;
            snprintf(facts->text[fact], sizeof facts->text[fact], "%s", text);
            snprintf(facts->path[fact], sizeof facts->path[fact], "%s", path);
        }
    if (is_flat(image) && facts->flat++ == 0)
        snprintf(facts->flat_path, sizeof facts->flat_path, "%s", path);
}

void alfa__facts_note(const struct alfa__facts *facts, struct alfa__notices *notices, bool with_bits)
{
    for (enum alfa__fact fact = 0; fact < ALFA__FACTS; fact++) {
        char way[32] = "", more[32] = "";
        if (fact == ALFA__FACT_DARK && with_bits)
            snprintf(way, sizeof way, " --bits %d reads it so", facts->bits);
        if (facts->count[fact] > 1)
            snprintf(more, sizeof more, "; like %d more", facts->count[fact] - 1);
        if (facts->count[fact])
            alfa__notices_add(notices, facts->path[fact], "%s%s%s", facts->text[fact], way, more);
    }
    char more[32] = "";
    if (facts->flat > 1)
        snprintf(more, sizeof more, "; like %d more", facts->flat - 1);
    if (facts->flat)
        alfa__notices_add(
            notices, facts->flat_path,
            "has no more than %d colours, as a mask, and counts as a photograph: what is taken for "
            "a mask is in docs/data.md%s",
            FEW, more);
}
