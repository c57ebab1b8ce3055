#include "cli/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strings.h"
#include "cli/talk.h"

enum { WIDEST_BAR = 30 };

static struct {
    long long total, begin;
    const char *unit;    /* NULL: bytes */
    double start, drawn; /* when the work began and when the bar was last drawn */
    struct {
        double time;
        long long done;
    } before, since; /* the rate is that of the last few seconds */
    bool visible;
} bar;

static bool wanted(void)
{
    return isatty(STDERR_FILENO) && !alfa__talk_is_quiet();
}

static int columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

void alfa__progress_hide(void)
{
    if (bar.visible)
        fputs("\r\033[K", stderr);
    bar.visible = false;
}

static void show(void)
{
    bar.visible = true;
    alfa__talk_clear_with(alfa__progress_hide);
}

void alfa__progress_say(const char *what)
{
    if (!wanted())
        return;
    alfa__progress_hide();
    alfa__talk_put(stderr, what);
    show();
}

static void start(long long total, long long begin, const char *unit)
{
    alfa__progress_hide();
    bar.total = total;
    bar.begin = begin;
    bar.unit = unit;
    bar.start = bar.before.time = bar.since.time = alfa__clock();
    bar.before.done = bar.since.done = begin;
    bar.drawn = 0;
}

void alfa__progress_start(int total, const char *unit)
{
    start(total, 0, unit);
}

void alfa__progress_start_bytes(long long total, long long begin)
{
    start(total, begin, NULL);
}

static void format_left(char *out, size_t size, double seconds)
{
    if (seconds < 99.5)
        snprintf(out, size, "%.0f s left", seconds);
    else if (seconds < 5970)
        snprintf(out, size, "%.0f min left", seconds / 60);
    else
        snprintf(out, size, "%.1f h left", seconds / 3600);
}

static int format(char *out, size_t size, long long done, double rate, const char *left)
{
    char now[ALFA__BYTES_TEXT], total[ALFA__BYTES_TEXT], speed[ALFA__BYTES_TEXT];
    if (bar.unit)
        return snprintf(out, size, " %lld/%lld  %.*f %s/s  %s", done, bar.total, rate < 9.95 ? 1 : 0, rate,
                        bar.unit, left);
    alfa__format_bytes(now, done);
    alfa__format_bytes(total, bar.total);
    alfa__format_bytes(speed, (long long)rate);
    return snprintf(out, size, " %s/%s  %s/s  %s", now, total, speed, left);
}

/* That of bytes, which changes with the network, over the last five to ten seconds; of other things, over
 * all. */
static double rate_of(long long done, double now)
{
    if (bar.unit)
        return (double)done / (now - bar.start);
    if (now - bar.since.time > 5) {
        bar.before = bar.since;
        bar.since.time = now;
        bar.since.done = done;
    }
    return (double)(done - bar.before.done) / (now - bar.before.time);
}

static void draw(long long done, double now)
{
    char text[160], left[32], line[WIDEST_BAR + 1];
    const double rate = rate_of(done, now);
    format_left(left, sizeof left, (double)(bar.total - done) / rate);
    int length = format(text, sizeof text, done, rate, left);
    int width = columns() - 3 - length;
    width = width > WIDEST_BAR ? WIDEST_BAR : width;
    if (width > 4) {
        int filled = (int)(width * done / bar.total);
        memset(line, ' ', (size_t)width);
        memset(line, '=', (size_t)filled);
        if (filled < width)
            line[filled] = '>';
        fprintf(stderr, "\r\033[K[%.*s]%s", width, line, text);
    } else {
        fprintf(stderr, "\r\033[K%.*s", columns() - 1, text + 1);
    }
    show();
}

void alfa__progress_step(long long done)
{
    double now = alfa__clock(), elapsed = now - bar.start;
    if (!wanted() || bar.total < 2 || done <= bar.begin || done >= bar.total || elapsed < 1)
        return;
    if (bar.visible && now - bar.drawn < 0.1)
        return;
    draw(done, now);
    bar.drawn = now;
}

void alfa__progress_stop(void)
{
    alfa__progress_hide();
    bar.total = 0;
}
