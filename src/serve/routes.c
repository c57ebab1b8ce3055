/* The table of everything that can be asked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "serve/server.h"

enum { WORK = ALFA__ROUTE_WORK, OPEN = ALFA__ROUTE_OPEN, PICTURE = ALFA__ROUTE_PICTURE, LONGEST_WORD = 200 };

static const struct alfa__route table[] = {
    {"POST", "/v1/detect", alfa__api_detect, WORK | PICTURE},
    {"POST", "/v1/embed", alfa__api_embed, WORK | PICTURE},
    {"GET", "/v1/inspections", alfa__api_list, WORK},
    {"GET", "/v1/inspections/#", alfa__api_get, 0},
    {"PATCH", "/v1/inspections/#", alfa__api_verdict, 0},
    {"DELETE", "/v1/inspections/#", alfa__api_delete, 0},
    {"GET", "/v1/inspections/#/image", alfa__api_image, WORK},
    {"GET", "/v1/inspections/#/map.png", alfa__api_map_png, WORK},
    {"GET", "/v1/inspections/#/map.npy", alfa__api_map_npy, WORK},
    {"GET", "/v1/inspections/#/overlay.jpg", alfa__api_overlay, WORK},
    {"GET", "/v1/inspections/#/thumbnail.jpg", alfa__api_thumbnail, WORK},
    {"GET", "/v1/banks", alfa__api_banks, 0},
    {"POST", "/v1/banks", alfa__api_learn, WORK},
    {"GET", "/v1/banks/#", alfa__api_bank, 0},
    {"PATCH", "/v1/banks/#", alfa__api_change_bank, 0},
    {"DELETE", "/v1/banks/#", alfa__api_drop_bank, 0},
    {"GET", "/v1/banks/#/file", alfa__api_bank_file, WORK},
    {"GET", "/v1/banks/#/pictures/*", alfa__api_bank_picture, WORK},
    {"GET", "/v1/events", alfa__api_events, 0},
    {"GET", "/v1/scores", alfa__api_scores, 0},
    {"GET", "/v1/classes", alfa__api_classes, 0},
    {"GET", "/v1/prompts/*", alfa__api_prompts, 0},
    {"PUT", "/v1/prompts/*", alfa__api_set_prompts, WORK},
    {"DELETE", "/v1/prompts/*", alfa__api_drop_prompts, 0},
    {"GET", "/v1/models", alfa__api_models, 0},
    {"POST", "/v1/session", alfa__api_session, OPEN},
    {"GET", "/healthz", alfa__api_health, OPEN},
    {"GET", "/readyz", alfa__api_ready, OPEN},
    {"GET", "/metrics", alfa__api_metrics, 0},
    {"GET", "/", alfa__api_page, OPEN},
    {"GET", "/*", alfa__api_page, OPEN},
};
enum { ROUTES = sizeof table / sizeof *table };

/* A whole number from 1 in a segment of size characters; 0 when it is none. */
static long long read_id(const char *text, size_t size)
{
    char digits[20] = "";
    if (size == 0 || size >= sizeof digits || strspn(text, "0123456789") < size)
        return 0;
    memcpy(digits, text, size);
    errno = 0;
    const long long id = strtoll(digits, NULL, 10);
    return errno ? 0 : id;
}

static bool take_segment(struct alfa__request *request, char kind, const char *text, size_t size)
{
    if (kind == '#')
        return (request->id = read_id(text, size)) > 0;
    if (size == 0 || size > LONGEST_WORD)
        return false;
    free(request->word);
    request->word = strndup(text, size);
    return request->word != NULL;
}

static bool match(struct alfa__request *request, const char *pattern, const char *path)
{
    while (*pattern && *path) {
        if (*pattern == '#' || *pattern == '*') {
            const size_t size = strcspn(path, "/");
            if (!take_segment(request, *pattern, path, size))
                return false;
            pattern++;
            path += size;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return !*pattern && !*path;
}

const struct alfa__route *alfa__route_find(struct alfa__request *request, const char *method,
                                           const char *path, char allow[64])
{
    const bool head = strcmp(method, "HEAD") == 0; /* the daemon leaves the body away */
    size_t used = 0;
    allow[0] = 0;
    for (int i = 0; i < ROUTES; i++) {
        if (!match(request, table[i].pattern, path))
            continue;
        if (strcmp(table[i].method, head ? "GET" : method) == 0)
            return &table[i];
        used += (size_t)snprintf(allow + used, 64 - used, "%s%s", used ? ", " : "", table[i].method);
    }
    return NULL;
}

int alfa__route_index(const struct alfa__route *route)
{
    return (int)(route - table);
}

char *alfa__route_name(int index)
{
    return index < ROUTES ? alfa__format("%s %s", table[index].method, table[index].pattern) : NULL;
}
