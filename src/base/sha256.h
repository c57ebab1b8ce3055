/* SHA-256. */
#ifndef ALFA_BASE_SHA256_H
#define ALFA_BASE_SHA256_H

#include <stddef.h>

enum { ALFA__SHA256 = 32 /* bytes */ };

void alfa__sha256(unsigned char out[ALFA__SHA256], const void *bytes, size_t size);

#endif
