#include "prompt/templates.h"
#include "base/strings.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof array / sizeof *array)

/* ------------------------------------------------------------------ ALFA */

/* A name for --domain, its words. */
static const char *const known_domains[][2] = {
    {"industrial", "industrial,manufacturing,product-inspection"},
    {"medical", "medical,clinical,diagnostic"},
    {"surface", "industrial,textural,surface"},
};

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

/* One word of a list; size bytes of text. */
static enum alfa_status add_domain(struct alfa__domains *out, const char *text, size_t size,
                                   struct alfa_error *err)
{
    while (size && *text == ' ')
        text++, size--;
    while (size && text[size - 1] == ' ')
        size--;
    if (!size || size >= sizeof *out->words || out->count == ALFA__MAX_DOMAINS)
        return alfa__fail(err, ALFA_ERROR_USAGE, "domain",
                          "is not a list of at most %d words of 1 to %zu bytes with commas between",
                          ALFA__MAX_DOMAINS, sizeof *out->words - 1);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 32 || text[i] == 127)
            return alfa__fail(err, ALFA_ERROR_USAGE, "domain", "holds a control character");
    memcpy(out->words[out->count], text, size);
    out->words[out->count++][size] = 0;
    return ALFA_OK;
}

enum alfa_status alfa__domains_read(struct alfa__domains *out, const char *domain, struct alfa_error *err)
{
    *out = (struct alfa__domains){0};
    if (!domain)
        domain = "industrial";
    if (!g_utf8_validate(domain, -1, NULL))
        return alfa__fail(err, ALFA_ERROR_USAGE, "domain", "is not UTF-8");
    for (size_t i = 0; i < COUNT(known_domains); i++)
        if (strcmp(known_domains[i][0], domain) == 0) {
            domain = known_domains[i][1];
            break;
        }
    for (bool more = true; more;) {
        size_t size = strcspn(domain, ",");
        ALFA__TRY(add_domain(out, domain, size, err));
        more = domain[size] == ',';
        domain += size + more;
    }
    return ALFA_OK;
}

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
                                      const struct alfa__domains *domains, struct alfa_error *err)
{
    for (int i = 0; i < domains->count; i++)
        for (size_t j = 0; j < COUNT(words->states); j++)
            for (size_t k = 0; k < COUNT(words->details); k++) {
                const char *state = words[side].states[j], *domain = domains->words[i];
                char *sentence = alfa__format("A%s %s image of %s %s %s%s", article(domain) + 1, domain,
                                              article(state), state, noun, words[side].details[k]);
                ALFA__TRY(add(out, sentence, err));
            }
    return ALFA_OK;
}

enum alfa_status alfa__templates_expand(struct alfa__sentences *out, const char *sentence,
                                        const struct alfa__domains *domains, struct alfa_error *err)
{
    static const char mark[] = "{domain}";
    if (!strstr(sentence, mark))
        return alfa__sentences_add(out, sentence, err);
    for (int i = 0; i < domains->count; i++) {
        struct alfa__string text = {0};
        const char *rest = sentence;
        for (const char *place; (place = strstr(rest, mark)); rest = place + strlen(mark)) {
            alfa__string_append_bytes(&text, rest, (size_t)(place - rest));
            alfa__string_append(&text, domains->words[i]);
        }
        alfa__string_append(&text, rest);
        enum alfa_status status = alfa__string_ok(&text) ? alfa__sentences_add(out, text.text, err)
                                                         : alfa__fail_memory(err, strlen(sentence));
        alfa__string_free(&text);
        ALFA__TRY(status);
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
