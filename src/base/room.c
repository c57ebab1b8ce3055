/* proc(5) and the kernel's admin-guide/cgroup-v2. Whatever cannot be read sets no limit. */
#include "base/room.h"
#include "base/files.h"
#include "base/strings.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LONGEST = 16384 };

/* A file of the kernel's, which has no size before it is read; false when there is none. */
static bool read_text(char text[LONGEST], const char *root, const char *folder, const char *name)
{
    char *path = alfa__format("%s%s/%s", root, folder, name);
    const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    const ssize_t size = file >= 0 ? read(file, text, LONGEST - 1) : -1;
    text[size > 0 ? size : 0] = 0;
    if (file >= 0)
        close(file);
    free(path);
    return size > 0;
}

/* The number behind a word at the beginning of a line; -1 when there is none. */
static long long number_of(const char *text, const char *word)
{
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL)
        if (strncmp(line, word, strlen(word)) == 0)
            return strtoll(line + strlen(word), NULL, 10);
    return -1;
}

static void lower(long long *least, long long bytes)
{
    if (*least < 0 || bytes < *least)
        *least = bytes > 0 ? bytes : 0;
}

static void ask_machine(long long *least, const char *root)
{
    char text[LONGEST];
    const long long kilobytes =
        read_text(text, root, "/proc", "meminfo") ? number_of(text, "MemAvailable:") : -1;
    if (kilobytes >= 0)
        lower(least, kilobytes * 1024);
}

/* memory.max is a number or "max"; pages of files are given back when others need them. */
static void ask_group(long long *least, const char *root, const char *folder)
{
    char text[LONGEST];
    if (!read_text(text, root, folder, "memory.max") || text[0] < '0' || text[0] > '9')
        return;
    const long long most = strtoll(text, NULL, 10);
    if (!read_text(text, root, folder, "memory.current"))
        return;
    const long long used = strtoll(text, NULL, 10);
    long long files = 0;
    if (read_text(text, root, folder, "memory.stat")) {
        const long long active = number_of(text, "active_file "), idle = number_of(text, "inactive_file ");
        files = (active > 0 ? active : 0) + (idle > 0 ? idle : 0);
    }
    lower(least, most - used + files);
}

/* The group of this process and all above it. */
static void ask_groups(long long *least, const char *root)
{
    char text[LONGEST], folder[LONGEST];
    if (!read_text(text, root, "/proc/self", "cgroup"))
        return;
    const char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    if (!line)
        return;
    line += line[0] == '\n';
    snprintf(folder, sizeof folder, "/sys/fs/cgroup%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    for (char *slash; (slash = strrchr(folder, '/')) && slash >= folder + strlen("/sys/fs"); *slash = 0)
        ask_group(least, root, folder);
}

static void ask_limit(long long *least)
{
    struct rlimit limit;
    char text[LONGEST];
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        !read_text(text, "", "/proc/self", "statm"))
        return;
    lower(least, (long long)limit.rlim_cur - strtoll(text, NULL, 10) * sysconf(_SC_PAGESIZE));
}

long long alfa__room_free(const char *root)
{
    long long least = -1;
    ask_machine(&least, root);
    ask_groups(&least, root);
    if (!*root)
        ask_limit(&least);
    return least;
}

bool alfa__room_for(size_t bytes)
{
    void *volatile room = malloc(bytes); /* volatile: the compiler may leave out a pair of malloc and free */
    free(room);
    return room != NULL;
}
