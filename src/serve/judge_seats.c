/* Detectors that are kept: the one that was not used for longest gives way to a new one. */
#include "serve/judge_inside.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"

enum { LONGEST_SET = 1 << 20 };

/* ------------------------------------------------------------------ sentences */

/* The name of the class's file among those that are there: only names from the folder are opened. near may be
 * NULL, and is set only where the generic one is taken. */
static char *shipped_path(const struct alfa__judge *judge, const char *below, const char *noun, bool *own,
                          char **near)
{
    char *folder = judge->prompts ? alfa__format("%s/%s", judge->prompts, below) : NULL, *path = NULL;
    *own = false;
    if (folder && alfa_prompts_find(&path, near, own, folder, noun, NULL) != ALFA_OK)
        path = NULL;
    free(folder);
    return path;
}

char *alfa__judge_shipped(const struct alfa__judge *judge, const char *class_name, bool *generic, char **near)
{
    bool own;
    *near = NULL;
    char *path = shipped_path(judge, "", class_name, &own, near), *text = NULL;
    size_t size;
    if (path && alfa__file_read(&text, &size, path, LONGEST_SET, NULL) != ALFA_OK)
        text = NULL;
    *generic = !own;
    free(path);
    return text;
}

/* As people look for them: whatever case they are in. */
static int by_name(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    const int order = strcasecmp(x, y);
    return order ? order : strcmp(x, y);
}

json_t *alfa__judge_classes(const struct alfa__judge *judge)
{
    json_t *list = json_array();
    char *names[256];
    DIR *folder = judge->prompts ? opendir(judge->prompts) : NULL;
    size_t count = 0;
    for (struct dirent *entry; folder && count < 256 && (entry = readdir(folder));) {
        const size_t size = strlen(entry->d_name);
        if (size > 4 && strcmp(entry->d_name + size - 4, ".txt") == 0 &&
            strcmp(entry->d_name, "generic.txt") != 0 && (names[count] = strndup(entry->d_name, size - 4)))
            count++;
    }
    if (folder)
        closedir(folder);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        for (char *p = names[i]; *p; p++)
            *p = *p == '_' ? ' ' : *p;
        alfa__json_push(&list, alfa__json_text(names[i]));
        free(names[i]);
    }
    return list;
}

/* The library reads sets from files: this one is in memory alone. */
static enum alfa_status compose_text(struct alfa_prompts **out, const char *class_name, const char *text,
                                     struct alfa_error *err)
{
    struct alfa_prompts_options how = ALFA_PROMPTS_OPTIONS_INIT;
    char path[64];
    const int fd = memfd_create("prompts", MFD_CLOEXEC);
    const size_t size = strlen(text);
    *out = NULL;
    if (fd < 0 || !alfa__file_write_at(fd, text, size, 0)) {
        if (fd >= 0)
            close(fd);
        return alfa__fail_memory(err, size);
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    how.set = path;
    enum alfa_status status = alfa_prompts_compose(out, class_name, &how, err);
    if (status != ALFA_OK && err && strcmp(err->source, path) == 0)
        snprintf(err->source, sizeof err->source, "prompts");
    close(fd);
    return status;
}

static char *make_note(const char *class_name, const char *near)
{
    return near ? alfa__format("no prompt set for \"%s\": using the generic set; did you mean \"%s\"?",
                               class_name, near)
                : alfa__format("no prompt set for \"%s\": using the generic set", class_name);
}

enum alfa_status alfa__judge_prompts(const struct alfa__judge *judge, struct alfa_prompts **out, char **note,
                                     const struct alfa__question *question, struct alfa_error *err)
{
    const char *class_name = question->class_name;
    const enum alfa_method method = question->method;
    bool own;
    char *near = NULL;
    if (note)
        *note = NULL;
    if (method != ALFA_METHOD_ALFA && method != ALFA_METHOD_ONE_CLASS)
        return alfa_prompts_winclip(out, class_name, err); /* of which most only take the noun */
    if (question->prompts)
        return compose_text(out, class_name, question->prompts, err);
    char *path = shipped_path(judge, "", class_name, &own, &near);
    enum alfa_status status = alfa_prompts_open(out, class_name, path, err);
    if (status == ALFA_OK && note && path && !own)
        *note = make_note(class_name, near);
    free(near);
    free(path);
    return status;
}

/* ------------------------------------------------------------------ seats */

void alfa__seat_clear(struct alfa__seat *seat)
{
    alfa_detector_free(seat->detector);
    alfa_bank_free(seat->bank);
    alfa__descriptors_free(seat->descriptors);
    alfa_prompts_free(seat->prompts);
    free(seat->note);
    free(seat->key);
    *seat = (struct alfa__seat){0};
}

/* All that makes two detectors different. */
static char *make_key(const struct alfa__question *q)
{
    return alfa__format("%d %d %d %lld %016llx %s", (int)q->method, q->tiles, q->plain, q->bank,
                        q->prompts ? (unsigned long long)alfa__hash_text(ALFA__HASH_START, q->prompts) : 0ull,
                        q->class_name);
}

/* Phrases that say what may be wrong; a judgement does not need them. */
static void open_descriptors(struct alfa__judge *judge, struct alfa__seat *seat, const char *class_name)
{
    bool own;
    char *path = shipped_path(judge, "descriptors", class_name, &own, NULL);
    if (path && alfa__descriptors_open(&seat->descriptors, path, class_name, judge->model, NULL) != ALFA_OK)
        seat->descriptors = NULL;
    free(path);
}

/* A bank has sentences, masks and options of its own. */
static enum alfa_status open_bank(struct alfa__judge *judge, struct alfa__seat *seat,
                                  enum alfa_method *method, const struct alfa__question *q,
                                  struct alfa_error *err)
{
    ALFA__TRY(alfa_bank_load(&seat->bank, q->bank_path, err));
    ALFA__TRY(alfa__digest_file(seat->bank_digest, q->bank_path, ALFA__DIGEST_SHA256, NULL, NULL, err));
    *method = alfa_bank_info(seat->bank)->method;
    return alfa_detector_open_bank(&seat->detector, judge->model, seat->bank, NULL, err);
}

static enum alfa_status open_plain(struct alfa__judge *judge, struct alfa__seat *seat,
                                   const struct alfa__question *q, struct alfa_error *err)
{
    struct alfa_detector_options how = ALFA_DETECTOR_OPTIONS_INIT;
    how.method = q->method;
    how.tiles = q->tiles;
    ALFA__TRY(alfa__judge_prompts(judge, &seat->prompts, &seat->note, q, err));
    return alfa_detector_open(&seat->detector, judge->model, seat->prompts, &how, err);
}

static enum alfa_status open_detector(struct alfa__judge *judge, struct alfa__seat *seat,
                                      const struct alfa__question *q, struct alfa_error *err)
{
    enum alfa_method method = q->method;
    ALFA__TRY(q->bank ? open_bank(judge, seat, &method, q, err) : open_plain(judge, seat, q, err));
    const bool windows = alfa_method_info(method)->windows;
    if (!q->plain && windows) {
        alfa_detector_explain(seat->detector, true);
        open_descriptors(judge, seat, q->class_name);
    }
    seat->alone = !windows;
    return ALFA_OK;
}

static struct alfa__seat *find_seat(struct alfa__judge *judge, const char *key)
{
    for (int i = 0; i < judge->room; i++)
        if (judge->seats[i].key && strcmp(judge->seats[i].key, key) == 0)
            return &judge->seats[i];
    return NULL;
}

/* An empty seat, or the one that was not used for longest, and by nobody now; or NULL. */
static struct alfa__seat *oldest_seat(struct alfa__judge *judge)
{
    struct alfa__seat *oldest = NULL;
    for (int i = 0; i < judge->room; i++) {
        struct alfa__seat *seat = &judge->seats[i];
        oldest = !seat->visitors && (!oldest || seat->used < oldest->used) ? seat : oldest;
    }
    return oldest;
}

/* With the lock held. Takes over the key. */
static enum alfa_status make_seat(struct alfa__judge *judge, struct alfa__seat **out, char *key,
                                  const struct alfa__question *question, struct alfa_error *err)
{
    struct alfa__seat *seat = *out = oldest_seat(judge);
    if (!seat) {
        free(key);
        return alfa__fail(err, ALFA_ERROR_RUNTIME, NULL, "too many detectors are in use; try again");
    }
    alfa__seat_clear(seat);
    seat->key = key;
    enum alfa_status status = open_detector(judge, seat, question, err);
    if (status == ALFA_OK)
        return ALFA_OK;
    alfa__seat_clear(seat);
    *out = NULL;
    return status;
}

enum alfa_status alfa__judge_enter(struct alfa__judge *judge, struct alfa__seat **out,
                                   const struct alfa__question *question, bool make, struct alfa_error *err)
{
    enum alfa_status status = ALFA_OK;
    char *key = make_key(question);
    *out = NULL;
    if (!key)
        return alfa__fail_memory(err, 256);
    pthread_mutex_lock(&judge->lock);
    struct alfa__seat *seat = find_seat(judge, key);
    if (!seat && make)
        status = make_seat(judge, &seat, key, question, err);
    else
        free(key);
    if (seat) {
        seat->used = ++judge->clock;
        seat->visitors++;
    }
    *out = seat;
    pthread_mutex_unlock(&judge->lock);
    return status;
}

void alfa__judge_leave(struct alfa__judge *judge, struct alfa__seat *seat)
{
    pthread_mutex_lock(&judge->lock);
    seat->visitors--;
    pthread_mutex_unlock(&judge->lock);
}

void alfa__judge_keep(struct alfa__judge *judge, int detectors)
{
    pthread_mutex_lock(&judge->lock);
    for (int i = detectors; i < judge->room; i++)
        alfa__seat_clear(&judge->seats[i]);
    judge->room = detectors < ALFA__JUDGE_MOST ? detectors : ALFA__JUDGE_MOST;
    pthread_mutex_unlock(&judge->lock);
}

/* The open detector of a question, as it is now. */
static struct alfa__seat look_for(struct alfa__judge *judge, const struct alfa__question *question)
{
    char *key = make_key(question);
    pthread_mutex_lock(&judge->lock);
    const struct alfa__seat *seat = key ? find_seat(judge, key) : NULL;
    const struct alfa__seat found = seat ? *seat : (struct alfa__seat){0};
    pthread_mutex_unlock(&judge->lock);
    free(key);
    return found;
}

bool alfa__judge_has(struct alfa__judge *judge, const struct alfa__question *question)
{
    return look_for(judge, question).detector;
}

bool alfa__judge_shares(struct alfa__judge *judge, const struct alfa__question *question)
{
    const struct alfa__seat seat = look_for(judge, question);
    return seat.detector && !seat.alone;
}

bool alfa__judge_shrink(struct alfa__judge *judge)
{
    struct alfa__seat *oldest = NULL;
    int count = 0;
    pthread_mutex_lock(&judge->lock);
    for (int i = 0; i < judge->room; i++) {
        struct alfa__seat *seat = &judge->seats[i];
        count += seat->key != NULL;
        oldest = seat->key && !seat->visitors && (!oldest || seat->used < oldest->used) ? seat : oldest;
    }
    const bool shrinks = count > 1 && oldest;
    if (shrinks)
        alfa__seat_clear(oldest);
    pthread_mutex_unlock(&judge->lock);
    return shrinks;
}
