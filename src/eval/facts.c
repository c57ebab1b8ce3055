#include "eval/facts.h"

#include <stdio.h>

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
}
