#include "cli/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/talk.h"

enum { WIDEST_BAR = 30 };

static struct {
    int total;
    const char *unit;
    double start, drawn; /* when the work began and when the bar was last drawn */
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

void alfa__progress_say(const char *what)
{
    if (!wanted())
        return;
    alfa__progress_hide();
    alfa__talk_put(stderr, what);
    bar.visible = true;
}

void alfa__progress_start(int total, const char *unit)
{
    alfa__progress_hide();
    bar.total = total;
    bar.unit = unit;
    bar.start = alfa__clock();
    bar.drawn = 0;
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

static void draw(int done, double elapsed)
{
    char text[160], left[32], line[WIDEST_BAR + 1];
    double rate = done / elapsed;
    format_left(left, sizeof left, (bar.total - done) / rate);
    int length = snprintf(text, sizeof text, " %d/%d  %.*f %s/s  %s", done, bar.total, rate < 9.95 ? 1 : 0,
                          rate, bar.unit, left);
    int width = columns() - 3 - length;
    width = width > WIDEST_BAR ? WIDEST_BAR : width;
    if (width > 4) {
        int filled = (int)((long long)width * done / bar.total);
        memset(line, ' ', (size_t)width);
        memset(line, '=', (size_t)filled);
        if (filled < width)
            line[filled] = '>';
        fprintf(stderr, "\r\033[K[%.*s]%s", width, line, text);
    } else {
        fprintf(stderr, "\r\033[K%.*s", columns() - 1, text + 1);
    }
    bar.visible = true;
}

void alfa__progress_step(int done)
{
    double now = alfa__clock(), elapsed = now - bar.start;
    if (!wanted() || bar.total < 2 || done < 1 || done >= bar.total || elapsed < 1)
        return;
    if (bar.visible && now - bar.drawn < 0.1)
        return;
    draw(done, elapsed);
    bar.drawn = now;
}

void alfa__progress_stop(void)
{
    alfa__progress_hide();
    bar.total = 0;
}
