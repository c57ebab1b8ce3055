#include "prompt/templates.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof array / sizeof *array)

/* ------------------------------------------------------------------ ALFA */

static const char *const domains[] = {"industrial", "manufacturing", "product-inspection"};

/* One row a label, in the order of enum alfa_side. */
static const struct {
    const char *states[6];
    const char *details[4];
} words[] = {
    {{"normal", "flawless", "perfect", "unblemished", "undamaged", "intact"},
     {"", " with no flaw", " with no defect", " with no damage"}},
    {{"abnormal", "damaged", "defective", "imperfect", "blemished", "flawed"},
     {"", " with flaw", " with defect", " with damage"}},
};

static const char *article(const char *word)
{
    return strchr("aeiou", word[0]) ? "an" : "a";
}

/* Adds a sentence that was just formatted and frees it. */
static enum alfa_status add(struct alfa__sentences *out, char *sentence, struct alfa_error *err)
{
    enum alfa_status status = sentence ? alfa__sentences_add(out, sentence, err) : alfa__fail_memory(err, 1);
    free(sentence);
    return status;
}

enum alfa_status alfa__templates_alfa(struct alfa__sentences *out, enum alfa_side side, const char *noun,
                                      struct alfa_error *err)
{
    for (size_t i = 0; i < COUNT(domains); i++)
        for (size_t j = 0; j < COUNT(words->states); j++)
            for (size_t k = 0; k < COUNT(words->details); k++) {
                const char *state = words[side].states[j];
                char *sentence =
                    alfa__format("A%s %s image of %s %s %s%s", article(domains[i]) + 1, domains[i],
                                 article(state), state, noun, words[side].details[k]);
                ALFA__TRY(add(out, sentence, err));
            }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ WinCLIP */

/* %s stands for the noun. */
static const char *const normal_states[] = {
    "%s",
    "flawless %s",
    "perfect %s",
    "unblemished %s",
    "%s without flaw",
    "%s without defect",
    "%s without damage",
};
static const char *const abnormal_states[] = {"damaged %s", "%s with flaw", "%s with defect",
                                              "%s with damage"};

/* The first text stands before the article, the second between article and state, the third after the state.
 */
static const char *const photos[][3] = {
    {"a cropped photo of", "", "."},
    {"a close-up photo of", "", "."},
    {"a bright photo of", "", "."},
    {"a dark photo of", "", "."},
    {"a jpeg corrupted photo of", "", "."},
    {"a blurry photo of", "", "."},
    {"a photo of", "", "."},
    {"a photo of", "small ", "."},
    {"a photo of", "large ", "."},
    {"a photo of", "", " for visual inspection."},
    {"a photo of", "", " for anomaly detection."},
};
static const char *const articles[] = {"a", "the"};

/* The noun in one of its states. */
static char *in_state(const char *state, const char *noun)
{
    const char *place = strstr(state, "%s");
    return alfa__format("%.*s%s%s", (int)(place - state), state, noun, place + 2);
}

static enum alfa_status add_photos(struct alfa__sentences *out, const char *thing, struct alfa_error *err)
{
    for (size_t i = 0; i < COUNT(photos); i++)
        for (size_t j = 0; j < COUNT(articles); j++)
            ALFA__TRY(add(
                out,
                alfa__format("%s %s %s%s%s", photos[i][0], articles[j], photos[i][1], thing, photos[i][2]),
                err));
    return ALFA_OK;
}

enum alfa_status alfa__templates_winclip(struct alfa__sentences *out, enum alfa_side side, const char *noun,
                                         struct alfa_error *err)
{
    const char *const *states = side == ALFA_NORMAL ? normal_states : abnormal_states;
    size_t count = side == ALFA_NORMAL ? COUNT(normal_states) : COUNT(abnormal_states);
    for (size_t i = 0; i < count; i++) {
        char *thing = in_state(states[i], noun);
        enum alfa_status status = thing ? add_photos(out, thing, err) : alfa__fail_memory(err, 1);
        free(thing);
        ALFA__TRY(status);
    }
    return ALFA_OK;
}
