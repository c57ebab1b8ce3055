/* In the place of clean.c in a build without GLib, which knows Unicode: plain ASCII without HTML references
 * and control characters, for which all of the cleaning is white space and case. Other texts are refused. */
#include "base/strings.h"
#include "clip/clean.h"

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool alfa__text_is_known(const char *text)
{
    for (; *text; text++)
        if (!is_space(*text) && (*text < 0x21 || *text > 0x7e || *text == '&' || *text == '<'))
            return false;
    return true;
}

char *alfa__text_clean(const char *text)
{
    char *out = alfa__strdup(text);
    size_t size = 0;
    for (; out && *text; text++) {
        if (!is_space(*text))
            out[size++] = (char)(*text >= 'A' && *text <= 'Z' ? *text + 32 : *text);
        else if (size && out[size - 1] != ' ')
            out[size++] = ' ';
    }
    if (size && out[size - 1] == ' ')
        size--;
    if (out)
        out[size] = 0;
    return out;
}

char *alfa__text_normalise(const char *text)
{
    return alfa__text_clean(text);
}
