/* Loops that the compiler turns into vectors, for processors with different ones. */
#ifndef ALFA_BASE_VECTOR_H
#define ALFA_BASE_VECTOR_H

/* Compiles a function once for each level of x86-64 and picks at load time. Sanitizers cannot follow that. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define ALFA__DISPATCH 1
#define ALFA__VECTORISED __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define ALFA__VECTORISED
#endif

/* Sanitizers do not look into such a function: for a loop in which tests would spend all their time, over
 * memory that was read before where they do look. */
#ifdef __GNUC__
#define ALFA__UNWATCHED __attribute__((no_sanitize("address", "undefined")))
#else
#define ALFA__UNWATCHED
#endif

#endif
