#include "cli/arrivals.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/strings.h"
#include "cli/paths.h"
#include "cli/talk.h"
#include "cli/walk.h"

#define AGAIN 1.0 /* seconds until a file that may be growing is looked at again */
#define EVENTS \
    (IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

/* A picture that a look found. */
struct found {
    char *path;
    int folder;
    long long size, modified;
};

struct list {
    struct found *items;
    size_t count, room;
};

struct place { /* a folder that the system tells about */
    char *path;
    int folder;
};

struct root { /* a folder that was given, as the last look found it */
    bool gone;
    dev_t device;
    ino_t number; /* 0: there was no look */
};

struct alfa__arrivals {
    struct alfa__arrivals_options options;
    int inotify;          /* -1: nobody tells */
    int mounts;           /* tells that disks were mounted; -1: it does not */
    struct place *places; /* by the number that inotify has for them */
    int place_room;
    struct list written; /* is being written, as the system has told */
    struct list last;    /* of the last look, by path, while another one is to come */
    struct list queue;   /* what waits; what is before head was handed out */
    size_t head;
    double look_at; /* when the next look is due; infinity: not before something happens */
    struct root *roots;
    double roots_at; /* when it is due to see whether these are what they were */
    bool told;       /* of a picture that is not read */
    int bell;
};

/* ------------------------------------------------------------------ lists */

static void add(struct list *list, char *path, int folder, long long size, long long modified)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 64;
        list->items = alfa__must(realloc(list->items, list->room * sizeof *list->items));
    }
    list->items[list->count++] = (struct found){path, folder, size, modified};
}

static void clear(struct list *list, size_t from)
{
    for (size_t i = from; i < list->count; i++)
        free(list->items[i].path);
    free(list->items);
    *list = (struct list){0};
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct found *)a)->path, ((const struct found *)b)->path);
}

/* In the order in which they were written; of the same moment by name with numbers in sequence. */
static int by_time(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->modified != y->modified)
        return x->modified < y->modified ? -1 : 1;
    return strverscmp(x->path, y->path);
}

static void sort(struct list *list, int (*order)(const void *, const void *))
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, order);
}

int alfa__arrivals_waiting(const struct alfa__arrivals *a)
{
    return (int)(a->queue.count - a->head);
}

/* Takes over the path. What finds no room is found again by a look. */
static void enqueue(struct alfa__arrivals *a, char *path, int folder)
{
    if (alfa__arrivals_waiting(a) < a->options.most) {
        add(&a->queue, path, folder, 0, 0);
        return;
    }
    free(path);
    a->look_at = 0;
}

/* ------------------------------------------------------------------ what the system tells */

static void stop_telling(struct alfa__arrivals *a, const char *path)
{
    if (a->inotify < 0)
        return;
    alfa__talk_note(path, "cannot be watched (%s): looking every %.0f s instead",
                    errno == ENOSPC ? "the limit fs.inotify.max_user_watches is reached" : strerror(errno),
                    AGAIN);
    close(a->inotify);
    a->inotify = -1;
    a->options.poll = AGAIN;
}

static void listen_to(struct alfa__arrivals *a, const char *path, int folder)
{
    if (a->inotify < 0)
        return;
    const int number = inotify_add_watch(a->inotify, path, EVENTS);
    if (number < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            stop_telling(a, path);
        return;
    }
    if (number >= a->place_room) {
        const int room = 2 * number + 16;
        a->places = alfa__must(realloc(a->places, (size_t)room * sizeof *a->places));
        memset(a->places + a->place_room, 0, (size_t)(room - a->place_room) * sizeof *a->places);
        a->place_room = room;
    }
    free(a->places[number].path); /* a folder that was moved has the number that it had */
    a->places[number] = (struct place){alfa__must(alfa__strdup(path)), folder};
}

/* A folder may have become a report since it was looked into. */
static bool is_in_report(const struct alfa__arrivals *a, const struct place *place)
{
    const size_t root = strlen(a->options.folders[place->folder]);
    char *folder = alfa__must(alfa__strdup(place->path));
    bool found = alfa__walk_is_report(folder);
    for (char *slash; !found && (slash = strrchr(folder, '/')) && (size_t)(slash - folder) >= root;) {
        *slash = 0;
        found = alfa__walk_is_report(folder);
    }
    free(folder);
    return found;
}

/* Writers that make a file before they write it close it twice: an empty one is looked at later, as what was
 * there before is. */
static bool is_begun(struct alfa__arrivals *a, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0 || info.st_size > 0)
        return false;
    a->look_at = fmin(a->look_at, alfa__clock() + AGAIN);
    return true;
}

/* Once is enough: who saves such pictures saves them all so. */
static void pass_over(struct alfa__arrivals *a, const char *path)
{
    if (!a->told && alfa__input_is_stranger(path)) {
        alfa__talk_note(path, "is a picture of a kind that is not read; more of them are passed over unsaid");
        a->told = true;
    }
}

static size_t find_written(const struct alfa__arrivals *a, const char *path)
{
    size_t i = 0;
    while (i < a->written.count && strcmp(a->written.items[i].path, path) != 0)
        i++;
    return i;
}

static void begin_writing(struct alfa__arrivals *a, const char *path, int folder)
{
    if (alfa__input_is_picture(path) && find_written(a, path) == a->written.count)
        add(&a->written, alfa__must(alfa__strdup(path)), folder, 0, 0);
}

static void end_writing(struct alfa__arrivals *a, const char *path)
{
    const size_t i = find_written(a, path);
    if (i == a->written.count)
        return;
    free(a->written.items[i].path);
    a->written.items[i] = a->written.items[--a->written.count];
}

/* A file that was written, closed or moved here; takes over the path. */
static void hear_file(struct alfa__arrivals *a, const struct inotify_event *event, const struct place *place,
                      char *path)
{
    if (event->mask & IN_MODIFY) {
        begin_writing(a, path, place->folder);
        free(path);
        return;
    }
    end_writing(a, path);
    if (alfa__input_is_picture(path) && !is_in_report(a, place) && !is_begun(a, path)) {
        enqueue(a, path, place->folder);
    } else {
        pass_over(a, path);
        free(path);
    }
}

static void hear(struct alfa__arrivals *a, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW) /* closings may be among what is lost */
        clear(&a->written, 0);
    const bool of_folder = event->mask & IN_ISDIR;
    if (event->mask & (IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
        a->look_at = 0;
    } else if (of_folder && event->mask & (IN_CREATE | IN_MOVED_TO)) {
        a->look_at = 0;
    } else if (!of_folder && event->mask & (IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO) &&
               event->wd < a->place_room && a->places[event->wd].path) {
        const struct place *place = &a->places[event->wd];
        const bool slash = place->path[strlen(place->path) - 1] == '/';
        char *path = alfa__must(alfa__format("%s%s%s", place->path, slash ? "" : "/", event->name));
        hear_file(a, event, place, path);
    }
}

static void hear_all(struct alfa__arrivals *a)
{
    _Alignas(struct inotify_event) char bytes[65536];
    const ssize_t size = read(a->inotify, bytes, sizeof bytes);
    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
        hear(a, event);
        at += (ssize_t)(sizeof *event + event->len);
    }
}

/* ------------------------------------------------------------------ a look */

struct look {
    struct alfa__arrivals *arrivals;
    struct list found;
    int folder;
};

/* Before it is read: what comes meanwhile is told. */
static void enter(void *context, const char *path)
{
    struct look *look = context;
    listen_to(look->arrivals, path, look->folder);
}

static void take_file(void *context, const char *path, const struct stat *info)
{
    struct look *look = context;
    if (alfa__input_is_picture(path))
        add(&look->found, alfa__must(alfa__strdup(path)), look->folder, (long long)info->st_size,
            (long long)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec);
    else
        pass_over(look->arrivals, path);
}

/* Whether another folder has its name since the last look: a disk was mounted or went, a link was laid
 * elsewhere, a folder above it was moved. Of these the system tells nothing. */
static bool is_another(const struct root *root, const char *path)
{
    struct stat info;
    return root->number && stat(path, &info) == 0 &&
           (info.st_dev != root->device || info.st_ino != root->number);
}

static void look_into_root(struct look *look, struct alfa__walk *walk, int i)
{
    struct alfa__arrivals *a = look->arrivals;
    struct root *root = &a->roots[i];
    struct stat info;
    look->folder = i;
    const bool another = is_another(root, a->options.folders[i]);
    if (stat(a->options.folders[i], &info) != 0) /* before it is read: it may become another meanwhile */
        info = (struct stat){0};
    const bool gone = !alfa__walk_into(walk, a->options.folders[i]);
    if (gone && !root->gone)
        alfa__talk_note(a->options.folders[i], "is gone: waiting for it to come back");
    if (!gone && root->gone)
        alfa__talk_note(a->options.folders[i], "is back");
    else if (!gone && another)
        alfa__talk_note(a->options.folders[i], "is another folder now (mounted, unmounted, moved or a link)");
    *root = (struct root){gone, info.st_dev, info.st_ino};
    if (gone)
        a->look_at = fmin(a->look_at, alfa__clock() + AGAIN);
}

static void look_after_roots(struct alfa__arrivals *a)
{
    if (a->inotify < 0 || alfa__clock() < a->roots_at)
        return;
    for (int i = 0; i < a->options.count; i++)
        if (is_another(&a->roots[i], a->options.folders[i]))
            a->look_at = 0;
    a->roots_at = alfa__clock() + AGAIN;
}

/* Whether the last look found it as it is. */
static bool is_whole(const struct alfa__arrivals *a, const struct found *found)
{
    const struct found *before =
        a->last.count ? bsearch(found, a->last.items, a->last.count, sizeof *found, by_path) : NULL;
    return before && before->size == found->size && before->modified == found->modified;
}

/* Nothing waits when this is called. */
static void take_look(struct alfa__arrivals *a)
{
    struct look look = {.arrivals = a};
    struct alfa__walk walk = {.file = take_file, .enter = enter, .context = &look};
    struct list whole = {0};
    bool growing = false;
    a->look_at = a->options.poll > 0 ? alfa__clock() + a->options.poll : INFINITY;
    alfa__walk_skip(&walk, a->options.skip);
    for (int i = 0; i < a->options.count; i++)
        look_into_root(&look, &walk, i);
    alfa__walk_end(&walk);
    sort(&look.found, by_path);
    for (size_t i = 0; i < look.found.count; i++) {
        const struct found *found = &look.found.items[i];
        if (a->options.known(a->options.context, found->path) ||
            find_written(a, found->path) < a->written.count)
            continue;
        if (is_whole(a, found))
            add(&whole, found->path, found->folder, found->size, found->modified);
        else
            growing = true;
    }
    sort(&whole, by_time);
    for (size_t i = 0; i < whole.count; i++)
        enqueue(a, alfa__must(alfa__strdup(whole.items[i].path)), whole.items[i].folder);
    free(whole.items);
    clear(&a->last, 0);
    a->last = look.found;
    if (growing)
        a->look_at = fmin(a->look_at, alfa__clock() + AGAIN);
}

/* ------------------------------------------------------------------ all of it */

enum alfa_status alfa__arrivals_open(struct alfa__arrivals **out,
                                     const struct alfa__arrivals_options *options, struct alfa_error *err)
{
    struct stat info;
    *out = NULL;
    for (int i = 0; i < options->count; i++)
        if (stat(options->folders[i], &info) != 0 || !S_ISDIR(info.st_mode))
            return alfa__fail(err, ALFA_ERROR_USAGE, options->folders[i],
                              "is no folder; 'alfa watch' judges what appears in folders");
        else if (alfa__walk_is_report(options->folders[i]))
            return alfa__fail(err, ALFA_ERROR_USAGE, options->folders[i],
                              "is a report: its pictures are heat maps, which are not judged");
    struct alfa__arrivals *a = alfa__must(calloc(1, sizeof *a));
    a->options = *options;
    a->bell = -1;
    a->roots = alfa__must(calloc((size_t)options->count + 1, sizeof *a->roots));
    a->inotify = options->poll > 0 ? -1 : inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (a->inotify < 0 && options->poll <= 0)
        a->options.poll = AGAIN;
    a->mounts = a->inotify < 0 ? -1 : open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    *out = a;
    return ALFA_OK;
}

void alfa__arrivals_set_bell(struct alfa__arrivals *a, int handle)
{
    a->bell = handle;
}

/* Hands out a picture that was taken from the queue. */
static void hand_out(struct alfa__arrival *out, struct alfa__arrivals *a, const struct found *found)
{
    out->path = found->path;
    out->folder = found->folder;
    out->below = out->path + strlen(a->options.folders[found->folder]);
    out->below += strspn(out->below, "/");
    if (a->head == a->queue.count) {
        clear(&a->queue, a->head);
        a->head = 0;
    }
}

static bool pop(struct alfa__arrival *out, struct alfa__arrivals *a)
{
    if (alfa__arrivals_waiting(a) == 0)
        return false;
    const struct found next = a->queue.items[a->head++];
    hand_out(out, a, &next);
    return true;
}

/* What the system has told until now. */
static void hear_what_waits(struct alfa__arrivals *a)
{
    struct pollfd wait = {a->inotify, POLLIN, 0};
    if (a->inotify >= 0 && poll(&wait, 1, 0) > 0)
        hear_all(a);
}

bool alfa__arrivals_more(struct alfa__arrival *out, struct alfa__arrivals *a)
{
    hear_what_waits(a);
    return pop(out, a);
}

bool alfa__arrivals_newest(struct alfa__arrival *out, struct alfa__arrivals *a)
{
    hear_what_waits(a);
    if (alfa__arrivals_waiting(a) == 0)
        return false;
    const struct found last = a->queue.items[--a->queue.count];
    hand_out(out, a, &last);
    return true;
}

bool alfa__arrivals_next(struct alfa__arrival *out, struct alfa__arrivals *a, double seconds)
{
    const double end = alfa__clock() + seconds;
    for (;;) {
        struct pollfd waits[] = {
            {a->inotify, POLLIN, 0}, {a->bell, POLLIN, 0}, {a->mounts, POLLPRI, 0}}; /* -1: passed over */
        hear_what_waits(a);
        if (pop(out, a))
            return true;
        look_after_roots(a);
        if (alfa__clock() >= a->look_at) {
            take_look(a);
            if (pop(out, a))
                return true;
        }
        const double left =
            fmin(fmin(end, a->look_at), a->inotify < 0 ? INFINITY : a->roots_at) - alfa__clock();
        if (left > 0 && poll(waits, 3, (int)(left * 1000) + 1) < 0)
            return false; /* a signal */
        if (waits[2].revents)
            a->look_at = 0;
        if (waits[1].revents || alfa__clock() >= end)
            return false;
    }
}

void alfa__arrivals_free(struct alfa__arrivals *a)
{
    if (!a)
        return;
    if (a->inotify >= 0)
        close(a->inotify);
    if (a->mounts >= 0)
        close(a->mounts);
    for (int i = 0; i < a->place_room; i++)
        free(a->places[i].path);
    free(a->places);
    clear(&a->written, 0);
    clear(&a->last, 0);
    clear(&a->queue, a->head);
    free(a->roots);
    free(a);
}
