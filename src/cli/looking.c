#include "cli/looking.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/asking.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/talk.h"
#include "fleet/job.h"

#define FULL_PAUSE 1.0 /* seconds until a full queue is asked again */

/* An image that is not finished; body NULL: the place is free. */
struct place {
    char id[48], *body;
    unsigned long long number; /* of the letter; 0: it is to be sent */
    bool safe;                 /* the broker has it */
    double due;
};

struct alfa__looking {
    const struct alfa__options *options;
    struct alfa__session session;
    char queue[256], run[17];
    struct place *places; /* --window of them */
    int busy;
    unsigned long long asked; /* since the beginning */
    bool blocked;
    double heard;
    /* of the call at hand */
    const char *look, *const *images;
    size_t count, next, done, failed;
    char why[512]; /* of the first that failed */
};

/* ------------------------------------------------------------------ jobs */

static void clear(struct alfa__looking *l, struct place *place)
{
    free(place->body);
    *place = (struct place){.body = NULL};
    l->busy--;
    l->done++;
}

static enum alfa_status put(struct alfa__looking *l, struct place *place, const char *image,
                            struct alfa_error *err)
{
    char *path;
    ALFA__TRY(alfa__asking_place(&path, l->options->root, false, image, err));
    *place = (struct place){.safe = false};
    snprintf(place->id, sizeof place->id, "look-%s-%llu", l->run, ++l->asked);
    const struct alfa__job job = {
        .id = place->id, .name = image, .path = path, .look = l->look, .threshold = NAN};
    place->body = alfa__job_write(&job);
    free(path);
    l->busy += place->body != NULL;
    return place->body ? ALFA_OK : alfa__fail(err, ALFA_ERROR_INPUT, image, "has a name that is not UTF-8");
}

static enum alfa_status fill(struct alfa__looking *l, struct alfa_error *err)
{
    for (int i = 0; i < l->options->window && l->next < l->count; i++)
        if (!l->places[i].body)
            ALFA__TRY(put(l, &l->places[i], l->images[l->next++], err));
    return ALFA_OK;
}

static enum alfa_status send_all(struct alfa__looking *l, struct alfa_error *err)
{
    for (int i = 0; i < l->options->window && !l->blocked; i++) {
        struct place *place = &l->places[i];
        if (!place->body || place->safe || place->number || alfa__clock() < place->due)
            continue;
        const struct alfa__letter letter = {.exchange = "",
                                            .key = l->session.fleet.jobs,
                                            .id = place->id,
                                            .answer_to = l->queue,
                                            .body = place->body,
                                            .size = strlen(place->body)};
        ALFA__TRY(alfa__link_send(l->session.link, &place->number, &letter, err));
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ what comes back */

static void note_failure(struct alfa__looking *l, const char *body, size_t size)
{
    json_t *answer = NULL;
    struct alfa_error problem;
    if (alfa__json_read(&answer, body, size, ALFA__JSON_VALUES, 0, NULL) != ALFA_OK)
        return;
    const char *image = json_string_value(json_object_get(answer, "path"));
    if (alfa__answer_why(answer, image ? image : "", &problem) != ALFA_OK && l->failed++ == 0)
        snprintf(l->why, sizeof l->why, "%.100s: %.380s", problem.source, problem.message);
    json_decref(answer);
}

/* One that nobody waits for came twice. */
static enum alfa_status take_answer(struct alfa__looking *l, const struct alfa__event *event,
                                    struct alfa_error *err)
{
    l->heard = alfa__clock();
    for (int i = 0; i < l->options->window; i++)
        if (l->places[i].body && strcmp(l->places[i].id, event->id) == 0) {
            note_failure(l, event->body, event->size);
            clear(l, &l->places[i]);
            break;
        }
    return alfa__link_done(l->session.link, event->tag, false, err);
}

static void take_verdict(struct alfa__looking *l, const struct alfa__event *event)
{
    for (int i = 0; i < l->options->window; i++) {
        struct place *place = &l->places[i];
        if (!alfa__event_covers(event, place->number))
            continue;
        place->number = 0;
        place->safe = event->kind == ALFA__EVENT_CONFIRMED;
        place->due = alfa__clock() + FULL_PAUSE;
    }
}

static enum alfa_status take_event(void *context, const struct alfa__event *event, struct alfa_error *err)
{
    struct alfa__looking *l = context;
    switch (event->kind) {
    case ALFA__EVENT_LETTER:
        return take_answer(l, event, err);
    case ALFA__EVENT_CONFIRMED:
    case ALFA__EVENT_REFUSED:
        take_verdict(l, event);
        return ALFA_OK;
    case ALFA__EVENT_BLOCKED:
    case ALFA__EVENT_UNBLOCKED:
        l->blocked = event->kind == ALFA__EVENT_BLOCKED;
        alfa__talk_note(alfa__link_place(l->session.link),
                        l->blocked ? "is short of memory or disk: waiting" : "takes jobs again");
        return ALFA_OK;
    case ALFA__EVENT_RETURNED: /* somebody removed the queue: it is declared again with the next connection */
        return alfa__fail(err, ALFA_ERROR_INPUT, l->session.fleet.jobs, "is gone");
    case ALFA__EVENT_NONE:
        return ALFA_OK;
    }
    return ALFA_OK;
}

/* ------------------------------------------------------------------ the broker */

static enum alfa_status begin(void *context, struct alfa_error *err)
{
    struct alfa__looking *l = context;
    l->blocked = false;
    l->heard = alfa__clock();
    for (int i = 0; i < l->options->window; i++)
        l->places[i].number = 0;
    ALFA__TRY(alfa__fleet_declare(&l->session.fleet, l->session.link, err));
    ALFA__TRY(alfa__fleet_declare_answers(l->session.link, l->queue, err));
    return alfa__link_read(l->session.link, l->queue, 256, err);
}

static enum alfa_status step(struct alfa__looking *l, struct alfa_error *err)
{
    char words[96];
    ALFA__TRY(send_all(l, err));
    ALFA__TRY(alfa__session_take(&l->session, -1, 0.25, take_event, l, err));
    snprintf(words, sizeof words, "workers look at images: %zu of %zu", l->done, l->count);
    alfa__progress_say(words);
    return alfa__session_look_around(&l->session, l->heard, err);
}

/* Jobs that were at the broker are not there any more, or their answers. */
static void lose_all(struct alfa__looking *l)
{
    for (int i = 0; i < l->options->window; i++)
        l->places[i].safe = false;
}

/* What the broker fails for is waited for; *err is of an image. */
static enum alfa_status run(struct alfa__looking *l, struct alfa_error *err)
{
    while (l->done < l->count && !alfa__signals_caught()) {
        struct alfa_error problem;
        ALFA__TRY(fill(l, err));
        ALFA__TRY(alfa__session_keep(&l->session, begin, l, err));
        if (!alfa__link_is_up(l->session.link)) {
            usleep(100000);
            continue;
        }
        enum alfa_status status = step(l, &problem);
        if (status == ALFA_ERROR_INPUT)
            lose_all(l);
        if (status != ALFA_OK)
            alfa__session_lost(&l->session, &problem);
    }
    return ALFA_OK;
}

/* Jobs that are on their way stay there; their answers are nobody's. */
static void forget(struct alfa__looking *l)
{
    for (int i = 0; i < l->options->window; i++)
        if (l->places[i].body)
            clear(l, &l->places[i]);
}

enum alfa_status alfa__looking_ask(struct alfa__looking *l, const char *look, const char *const *images,
                                   size_t count, struct alfa_error *err)
{
    l->look = look;
    l->images = images;
    l->count = count;
    l->next = l->done = l->failed = 0;
    l->heard = alfa__clock();
    enum alfa_status status = run(l, err);
    forget(l);
    alfa__progress_hide();
    if (l->failed > 0)
        alfa__talk_note(NULL, "workers did not look at %zu of %zu images, so they are looked at here (%s)",
                        l->failed, count, l->why);
    return status;
}

/* ------------------------------------------------------------------ beginning and end */

enum alfa_status alfa__looking_open(struct alfa__looking **out, const struct alfa__options *options,
                                    struct alfa_error *err)
{
    uint64_t random = 0;
    struct alfa__looking *l = alfa__must(calloc(1, sizeof *l));
    *out = NULL;
    l->options = options;
    l->places = alfa__must(calloc((size_t)options->window, sizeof *l->places));
    while (getrandom(&random, sizeof random, 0) != sizeof random)
        ;
    snprintf(l->run, sizeof l->run, "%016" PRIx64, random);
    enum alfa_status status =
        options->features ? ALFA_OK
                          : alfa__fail(err, ALFA_ERROR_USAGE, "--features",
                                       "is needed with --amqp: a folder that the workers have as --features");
    if (status == ALFA_OK)
        status = alfa__session_open(&l->session, options, err);
    if (status == ALFA_OK) {
        alfa__fleet_answers(l->queue, options->fleet, l->run);
        *out = l;
    } else {
        alfa__looking_close(l);
    }
    return status;
}

void alfa__looking_close(struct alfa__looking *l)
{
    struct alfa_error err;
    if (!l)
        return;
    if (l->session.link && alfa__link_is_up(l->session.link))
        (void)!alfa__link_remove(l->session.link, l->queue, &err);
    alfa__session_close(&l->session);
    free(l->places);
    free(l);
}
