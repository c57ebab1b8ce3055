/* A library that is loaded before all others (LD_PRELOAD) and lets one call of a kind fail, or all from one
 * on.
 *
 *     FAULT      memory, read, write, short (half of what was asked for is read or written), sync, rename
 *     FAULT_AT   number of the call, from 1; 0: none, they are only counted
 *     FAULT_ALL  1: all calls from that one on
 *     FAULT_ERRNO  what a system call says, such as 28 (ENOSPC)
 *     FAULT_COUNT  a file that gets how many calls there were
 *
 * Memory that the loader, GLib, GObject, GIO and the OpenMP library ask for does not fail: the first three
 * stop the process when they get none (g_malloc), and so does OpenMP. Nor do oneDNN's own objects of less
 * than ROOM bytes, which it fills without a look: nn/guard.cpp asks for that much before each call of oneDNN,
 * and that may fail. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

int vips_init(const char *program);
int __vasprintf_chk(char **out, int flag, const char *format, va_list arguments);
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t items, size_t size);
extern void *__libc_realloc(void *bytes, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
int posix_memalign(void **out, size_t alignment, size_t size);

static atomic_long count;
static long fail_at;
static bool fail_all, ready;
static char kind[16];
static int error = ENOSPC;

/* Parts of the process that are spared, and those of oneDNN. */
enum { MOST = 64, ROOM = 64 * 1024 };
struct parts {
    struct {
        uintptr_t begin, end;
    } part[MOST];
    int count;
};
static struct parts spared, onednn;

static bool within(const struct parts *parts, const void *place)
{
    const uintptr_t at = (uintptr_t)place;
    for (int i = 0; i < parts->count; i++)
        if (at >= parts->part[i].begin && at < parts->part[i].end)
            return true;
    return false;
}

static void note_parts(struct parts *parts, const struct dl_phdr_info *info)
{
    for (int p = 0; p < info->dlpi_phnum && parts->count < MOST; p++)
        if (info->dlpi_phdr[p].p_type == PT_LOAD) {
            const uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[p].p_vaddr;
            parts->part[parts->count].begin = begin;
            parts->part[parts->count++].end = begin + info->dlpi_phdr[p].p_memsz;
        }
}

static int note_library(struct dl_phdr_info *info, size_t size, void *context)
{
    static const char *const names[] = {"libglib", "libgobject", "libgio",  "libgmodule",
                                        "libgomp", "libomp",     "ld-linux"};
    (void)size, (void)context;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(info->dlpi_name, names[i]))
            note_parts(&spared, info);
    if (strstr(info->dlpi_name, "libdnnl"))
        note_parts(&onednn, info);
    return 0;
}

__attribute__((constructor)) static void start(void)
{
    const char *text = getenv("FAULT");
    if (!text)
        return;
    snprintf(kind, sizeof kind, "%s", text);
    fail_at = (text = getenv("FAULT_AT")) ? atol(text) : 0;
    fail_all = (text = getenv("FAULT_ALL")) && *text == '1';
    if ((text = getenv("FAULT_ERRNO")))
        error = atoi(text);
    dl_iterate_phdr(note_library, NULL);
    ready = true;
}

__attribute__((destructor)) static void finish(void)
{
    const char *path = getenv("FAULT_COUNT");
    char text[32];
    ready = false;
    const int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    const int size = snprintf(text, sizeof text, "%ld\n", (long)count);
    if (write(fd, text, (size_t)size) != size)
        _exit(99);
    close(fd);
}

static bool fails(const char *which)
{
    if (!ready || strcmp(kind, which) != 0)
        return false;
    const long now = ++count;
    return fail_at && (fail_all ? now >= fail_at : now == fail_at);
}

/* ------------------------------------------------------------------ memory */

/* The function of that name behind this library, into a pointer to one. */
#define NEXT(pointer, name) (*(void **)(pointer) = dlsym(RTLD_NEXT, name))

/* While libvips starts nothing fails: libraries that it loads then fill memory without a look, and their
 * constructors end the process. image/vipslib.c asks for room before, and that may fail. */
static atomic_int calm;

int vips_init(const char *program)
{
    int (*real)(const char *);
    NEXT(&real, "vips_init");
    calm++;
    const int code = real(program);
    calm--;
    return code;
}

/* GLib stops the process when this one fails, too. */
int __vasprintf_chk(char **out, int flag, const char *format, va_list arguments)
{
    int (*real)(char **, int, const char *, va_list);
    NEXT(&real, "__vasprintf_chk");
    const bool is_spared = within(&spared, __builtin_return_address(0));
    calm += is_spared;
    const int size = real(out, flag, format, arguments);
    calm -= is_spared;
    return size;
}

static bool memory_fails(const void *caller)
{
    if (calm || within(&spared, caller))
        return false;
    if (!fails("memory"))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t items, size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL : __libc_calloc(items, size);
}

void *realloc(void *bytes, size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL : __libc_realloc(bytes, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    const void *caller = __builtin_return_address(0);
    const bool is_small = size < ROOM && within(&onednn, caller);
    if ((!is_small && memory_fails(caller)) || !(*out = __libc_memalign(alignment, size)))
        return ENOMEM;
    return 0;
}

/* ------------------------------------------------------------------ files */

/* Only regular files: what goes to the terminal and to threads is left alone. */
static bool is_file(int fd)
{
    struct stat info;
    return ready && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

/* How much of size goes through: all, half, or -1. */
static ssize_t through(const char *which, size_t size)
{
    if (fails(which)) {
        errno = error;
        return -1;
    }
    return (ssize_t)(size > 1 && fails("short") ? size / 2 : size);
}

ssize_t read(int fd, void *bytes, size_t size)
{
    ssize_t (*real)(int, void *, size_t);
    NEXT(&real, "read");
    const ssize_t part = is_file(fd) ? through("read", size) : (ssize_t)size;
    return part < 0 ? -1 : real(fd, bytes, (size_t)part);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
    ssize_t (*real)(int, void *, size_t, off_t);
    NEXT(&real, "pread");
    const ssize_t part = is_file(fd) ? through("read", size) : (ssize_t)size;
    return part < 0 ? -1 : real(fd, bytes, (size_t)part, offset);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    ssize_t (*real)(int, const void *, size_t);
    NEXT(&real, "write");
    const ssize_t part = is_file(fd) ? through("write", size) : (ssize_t)size;
    return part < 0 ? -1 : real(fd, bytes, (size_t)part);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    ssize_t (*real)(int, const void *, size_t, off_t);
    NEXT(&real, "pwrite");
    const ssize_t part = is_file(fd) ? through("write", size) : (ssize_t)size;
    return part < 0 ? -1 : real(fd, bytes, (size_t)part, offset);
}

int fsync(int fd)
{
    int (*real)(int);
    NEXT(&real, "fsync");
    if (!fails("sync"))
        return real(fd);
    errno = error;
    return -1;
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *);
    NEXT(&real, "rename");
    if (!fails("rename"))
        return real(from, to);
    errno = error;
    return -1;
}
