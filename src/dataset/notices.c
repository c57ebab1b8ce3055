#include "dataset/notices.h"
#include "base/strings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 3 };

/* Takes text. */
static void add(struct alfa__notices *notices, const char *source, char *text, const char *kind)
{
    char *copy = alfa__strdup(source);
    if (notices->count == notices->room) {
        size_t room = notices->room ? 2 * notices->room : 16;
        struct alfa__notice *larger = realloc(notices->items, room * sizeof *larger);
        if (larger) {
            notices->items = larger;
            notices->room = room;
        }
    }
    if (!copy || !text || notices->count == notices->room) {
        notices->failed = true;
        free(copy);
        free(text);
        return;
    }
    notices->items[notices->count++] = (struct alfa__notice){copy, text, kind};
}

void alfa__notices_add(struct alfa__notices *notices, const char *source, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    add(notices, source, text, format);
}

void alfa__notices_add_names(struct alfa__notices *notices, const char *source, const char *what,
                             const struct alfa__names *names)
{
    struct alfa__string text = {0};
    if (names->count == 0)
        return;
    alfa__string_append(&text, what);
    for (size_t i = 0; i < names->count && i < SHOWN; i++)
        alfa__string_appendf(&text, "%s %s", i ? "," : ":", names->items[i]);
    if (names->count > SHOWN)
        alfa__string_appendf(&text, " and %zu more", names->count - SHOWN);
    if (!alfa__string_ok(&text))
        alfa__string_free(&text);
    add(notices, source, text.text, what);
}

static void drop(struct alfa__notice *notice)
{
    free(notice->source);
    free(notice->text);
}

static void append_more(struct alfa__notices *notices, struct alfa__notice *notice, size_t more)
{
    char *text = alfa__format("%s; like %zu more", notice->text, more);
    notices->failed = notices->failed || !text;
    if (!text)
        return;
    free(notice->text);
    notice->text = text;
}

static size_t count_like(const struct alfa__notices *notices, size_t one)
{
    size_t count = 0;
    for (size_t i = one; i < notices->count; i++)
        count += notices->items[i].kind == notices->items[one].kind;
    return count;
}

void alfa__notices_fold(struct alfa__notices *notices, size_t first, size_t most)
{
    for (size_t i = first; i < notices->count; i++) {
        size_t kept = i + 1;
        const char *kind = notices->items[i].kind;
        const bool fold = count_like(notices, i) > most;
        for (size_t k = i + 1; k < notices->count; k++)
            if (fold && notices->items[k].kind == kind)
                drop(&notices->items[k]);
            else
                notices->items[kept++] = notices->items[k];
        if (kept < notices->count)
            append_more(notices, &notices->items[i], notices->count - kept);
        notices->count = kept;
    }
}

void alfa__notices_move(struct alfa__notices *out, struct alfa__notices *from)
{
    for (size_t i = 0; i < from->count; i++)
        add(out, from->items[i].source, alfa__strdup(from->items[i].text), from->items[i].kind);
    out->failed = out->failed || from->failed;
    alfa__notices_free(from);
}

void alfa__notices_free(struct alfa__notices *notices)
{
    for (size_t i = 0; i < notices->count; i++)
        drop(&notices->items[i]);
    free(notices->items);
    *notices = (struct alfa__notices){0};
}
