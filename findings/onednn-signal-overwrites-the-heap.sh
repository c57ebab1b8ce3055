#!/usr/bin/env bash
# One would guess that a signal may come at any time while oneDNN multiplies matrices, as in any other function: what the system puts down for the handler lies on
# the thread's stack, below everything that is in use.
# With AVX-512, f32 and an inner side from 128 on (not all: 256 is spared), the kernels of dnnl_sgemm() (and of matmul, inner products and convolutions that go through it) set the stack
# pointer to a buffer that malloc() gave. A handler then runs there, and its frame with all registers, some 3 KB, overwrites what lies before that buffer: free()
# ends the program ("double free or corruption"), or other data is wrong and nobody says so.
# It matters to programs that catch SIGTERM, SIGINT, SIGHUP or SIGALRM while they judge, to profilers, and to Python, whose Ctrl-C is such a handler. What helps:
# pthread_sigmask() around the call, or handlers with SA_ONSTACK and sigaltstack() in each thread.
# Versions: onednn-cpu-gomp 2023.2.0 (oneDNN 3.2; that of Debian 12, 2.6.3, does the same), gcc 12; a processor with AVX-512.
set -euo pipefail
grep -qw avx512f /proc/cpuinfo || { echo 'needs a processor with AVX-512'; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --no-cache-dir --disable-pip-version-check --no-deps onednn-cpu-gomp==2023.2.0 onednn-devel-cpu-gomp==2023.2.0
cat >signals.c <<'EOF'
#define _GNU_SOURCE
#include <dnnl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static char *begin, *end;
static volatile sig_atomic_t handled, elsewhere;

static void look(int number)
{
    char here = (char)number;
    handled++;
    elsewhere += &here < begin || &here >= end;
}

int main(int count, char **arguments)
{
    const int m = 2000, n = 256, k = atoi(arguments[1]), masked = strcmp(arguments[2], "masked") == 0;
    float *a = calloc((size_t)m * k, 4), *b = calloc((size_t)n * k, 4), *c = calloc((size_t)m * n, 4);
    struct sigaction action = {.sa_handler = look};
    struct itimerval often = {{0, 500}, {0, 500}};
    pthread_attr_t attributes;
    size_t size;
    sigset_t all, before;
    (void)count;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, (void **)&begin, &size);
    end = begin + size;
    sigfillset(&all);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 200; i++) {
        if (masked)
            pthread_sigmask(SIG_SETMASK, &all, &before);
        dnnl_sgemm('N', 'T', m, n, k, 1, a, k, b, k, 0, c, n);
        if (masked)
            pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (elsewhere)
            break;
    }
    printf("%s, inner side %d: ", arguments[2], k);
    puts(elsewhere ? "a handler runs outside the thread's stack" : "handlers run on the thread's stack");
    fflush(stdout);
    return !handled;
}
EOF
gcc -O2 -Iv/include signals.c -Lv/lib -ldnnl -lpthread -Wl,-rpath,"$PWD/v/lib" -o signals
export OMP_NUM_THREADS=1
for inner in 64 400; do
    for how in plain masked; do
        ./signals $inner $how || echo "ends with $?"
    done
done 2>&1 | tee said
grep -q '^plain, inner side 64: handlers run on' said && grep -q '^masked, inner side 400: handlers run on' said || { echo 'changed: other signals go astray'; exit 1; }
grep -q '^plain, inner side 400: a handler runs outside' said || grep -q 'corruption\|ends with' said || { echo 'changed: handlers run on the stack'; exit 1; }
