#include "cli/line.h"

#include <glib.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/status.h"
#include "cli/ahead.h"
#include "cli/judged.h"
#include "cli/talk.h"

struct alfa__line {
    struct alfa__arrivals *arrivals;
    alfa__line_known *known;
    void *context;
    const struct alfa__kit *kit;
    const struct alfa__outputs *outputs;
    struct alfa__ahead *ahead; /* NULL: one picture after the other */
    bool begun;                /* it was decided about ahead */
    int threads, given;        /* given: looked at ahead, and not taken */
    long long next;            /* number */
    GQueue comers;
};

struct alfa__line *alfa__line_new(struct alfa__arrivals *arrivals, int threads, alfa__line_known *known,
                                  void *context)
{
    struct alfa__line *line = alfa__must(calloc(1, sizeof *line));
    line->arrivals = arrivals;
    line->threads = threads;
    line->known = known;
    line->context = context;
    g_queue_init(&line->comers);
    return line;
}

static void comer_free(void *pointer)
{
    struct alfa__comer *comer = pointer;
    free(comer->arrival.path);
    free(comer->input.name);
    free(comer);
}

void alfa__line_free(struct alfa__line *line)
{
    if (!line)
        return;
    alfa__line_halt(line);
    g_queue_clear_full(&line->comers, comer_free);
    free(line);
}

void alfa__line_halt(struct alfa__line *line)
{
    alfa__ahead_stop(line->ahead);
    line->ahead = NULL;
    line->given = 0;
    for (GList *item = line->comers.head; item; item = item->next)
        ((struct alfa__comer *)item->data)->given = false;
}

void alfa__line_use(struct alfa__line *line, const struct alfa__kit *kit, const struct alfa__outputs *outputs)
{
    alfa__line_halt(line);
    line->kit = kit;
    line->outputs = outputs;
    line->begun = false;
}

int alfa__line_waiting(const struct alfa__line *line)
{
    return (int)line->comers.length + alfa__arrivals_waiting(line->arrivals);
}

/* ------------------------------------------------------------------ coming and going */

static struct alfa__comer *add(struct alfa__line *line, const struct alfa__arrival *arrival)
{
    struct alfa__comer *comer = alfa__must(calloc(1, sizeof *comer));
    comer->arrival = *arrival;
    comer->input.path = arrival->path;
    comer->number = line->next++;
    g_queue_push_tail(&line->comers, comer);
    return comer;
}

/* Somebody wrote the file twice, and it waits already. */
static bool is_given(const struct alfa__line *line, const struct alfa__origin *file)
{
    for (const GList *item = line->comers.head; item; item = item->next) {
        const struct alfa__comer *comer = item->data;
        if (comer->given && comer->seen.place == file->place)
            return true;
    }
    return false;
}

/* What is not given is looked at when its turn comes. */
static void give(struct alfa__line *line)
{
    const bool enough = line->comers.length >= 2 && 2 * (int)line->comers.length >= line->threads;
    if (line->given == 0 && !enough)
        return;
    for (GList *item = line->comers.head; item && alfa__ahead_has_room(line->ahead); item = item->next) {
        struct alfa__comer *comer = item->data;
        if (comer->seen.place || comer->over)
            continue;
        comer->seen = alfa__judged_origin(&comer->input);
        if (!comer->seen.place || line->known(line->context, &comer->seen) || is_given(line, &comer->seen))
            continue;
        alfa__ahead_give(line->ahead, &comer->input, comer->number, 1);
        comer->given = true;
        line->given++;
    }
}

struct alfa__comer *alfa__line_first(struct alfa__line *line, double seconds)
{
    struct alfa__arrival arrival;
    if (g_queue_is_empty(&line->comers)) {
        if (!alfa__arrivals_next(&arrival, line->arrivals, seconds))
            return NULL;
        add(line, &arrival);
    }
    while (line->ahead && (int)line->comers.length <= 2 * line->threads &&
           alfa__arrivals_more(&arrival, line->arrivals))
        add(line, &arrival);
    give(line);
    return g_queue_peek_head(&line->comers);
}

struct alfa__comer *alfa__line_last(struct alfa__line *line)
{
    struct alfa__arrival arrival;
    struct alfa__comer *comer = NULL;
    if (alfa__arrivals_newest(&arrival, line->arrivals))
        comer = add(line, &arrival);
    for (GList *item = line->comers.tail; !comer && item; item = item->prev)
        comer = ((struct alfa__comer *)item->data)->over ? NULL : item->data;
    if (comer)
        comer->over = true;
    return comer;
}

/* The picture of one who is given may be read at this moment. */
void alfa__line_leave(struct alfa__line *line, struct alfa__comer *comer)
{
    struct alfa__found unwanted;
    if (comer->given && alfa__ahead_take(&unwanted, line->ahead, comer->number)) {
        const bool stopped = unwanted.status == ALFA_ERROR_STOPPED;
        alfa__found_free(&unwanted);
        if (stopped)
            return;
        line->given--;
    }
    g_queue_remove(&line->comers, comer);
    comer_free(comer);
}

/* ------------------------------------------------------------------ looking */

static bool is_same(const struct alfa__origin *a, const struct alfa__origin *b)
{
    return a->place == b->place && a->size == b->size && a->modified == b->modified;
}

/* What was found ahead; false: nothing that counts. */
static bool take(struct alfa__found *out, struct alfa__line *line, struct alfa__comer *comer,
                 const struct alfa__origin *file)
{
    if (comer->over || !comer->given || !alfa__ahead_take(out, line->ahead, comer->number))
        return false;
    if (out->status == ALFA_ERROR_STOPPED)
        return true;
    comer->given = false;
    line->given--;
    if (is_same(&comer->seen, file))
        return true;
    alfa__found_free(out);
    return false;
}

void alfa__line_look(struct alfa__found *out, struct alfa__line *line, struct alfa__comer *comer,
                     const struct alfa__origin *file)
{
    const double start = alfa__clock();
    if (take(out, line, comer, file))
        return;
    alfa__judging_look(out, line->kit, line->outputs, &comer->input);
    if (!line->begun)
        line->ahead = alfa__ahead_start(line->kit, line->outputs, line->threads, alfa__clock() - start);
    line->begun = true;
}
