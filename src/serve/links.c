#include "serve/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"

void alfa__time_text(char out[40], long long time)
{
    struct tm parts;
    const int part = (int)((time % 1000 + 1000) % 1000); /* before 1970 as well */
    const time_t seconds = (time_t)((time - part) / 1000);
    gmtime_r(&seconds, &parts);
    const size_t used = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out + used, 40 - used, ".%03dZ", part);
}

/* Goes past ".789" and tells the thousandths; what is finer is left out. */
static int read_fraction(const char **text)
{
    const size_t digits = **text == '.' ? strspn(*text + 1, "0123456789") : 0;
    int out = 0, unit = 100;
    for (size_t i = 1; i <= digits && unit; i++, unit /= 10)
        out += unit * ((*text)[i] - '0');
    *text += digits ? 1 + digits : 0;
    return out;
}

bool alfa__time_read(long long *out, const char *text)
{
    struct tm parts = {0};
    int used = 0, milliseconds = 0;
    if (*text && strspn(text, "0123456789") == strlen(text) && strlen(text) > 8) {
        *out = strtoll(text, NULL, 10);
        return true;
    }
    int found = sscanf(text, "%4d-%2d-%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &used);
    if (found != 3 || parts.tm_year < 1970 || parts.tm_mon < 1 || parts.tm_mon > 12 || parts.tm_mday < 1 ||
        parts.tm_mday > 31)
        return false;
    text += used;
    used = 0;
    if (*text == 'T' || *text == ' ') {
        if (sscanf(text + 1, "%2d:%2d%n", &parts.tm_hour, &parts.tm_min, &used) != 2)
            return false;
        text += 1 + used;
        used = 0;
        if (sscanf(text, ":%2d%n", &parts.tm_sec, &used) == 1)
            text += used;
        milliseconds = read_fraction(&text);
    }
    if (*text && strcmp(text, "Z") != 0 && strcmp(text, "+00:00") != 0)
        return false;
    parts.tm_year -= 1900;
    parts.tm_mon--;
    const struct tm said = parts;
    *out = (long long)timegm(&parts) * 1000 + milliseconds; /* makes March of the 30th of February */
    return parts.tm_mday == said.tm_mday && parts.tm_hour == said.tm_hour && parts.tm_min == said.tm_min &&
           parts.tm_sec == said.tm_sec;
}

void alfa__links_add(json_t **inspection, bool has_map)
{
    static const struct {
        const char *name, *path;
        bool map;
    } rows[] = {{"image", "image", false},
                {"thumbnail", "thumbnail.jpg", false},
                {"overlay", "overlay.jpg", true},
                {"map_png", "map.png", true},
                {"map_npy", "map.npy", true}};
    const long long id = json_integer_value(json_object_get(*inspection, "id"));
    json_t *links = json_object();
    alfa__json_set(&links, "self", json_sprintf("/v1/inspections/%lld", id));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (has_map || !rows[i].map)
            alfa__json_set(&links, rows[i].name, json_sprintf("/v1/inspections/%lld/%s", id, rows[i].path));
    alfa__json_set(inspection, "links", links);
}

void alfa__links_kept(json_t **report, long long id, long long time, bool has_map)
{
    char text[40];
    alfa__time_text(text, time);
    alfa__json_set(report, "id", json_integer(id));
    alfa__json_set(report, "time", json_string(text));
    alfa__json_set(report, "verdict", json_null());
    alfa__json_set(report, "verdict_time", json_null());
    alfa__links_add(report, has_map);
}
