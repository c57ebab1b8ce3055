/* What a file says about its samples and pages that libvips does not tell. Nothing is decoded. */
#ifndef ALFA_IMAGE_HEADER_H
#define ALFA_IMAGE_HEADER_H

#include "image/image.h"

#define ALFA__MOST_PAGES 10000

struct alfa__header {
    int bits;      /* of 16 in which the picture is, by PNG's sBIT or TIFF's (S)MaxSampleValue; 0: not said */
    int stored;    /* bits a sample of a TIFF or JPEG; 0: not known */
    bool floating; /* samples are floating-point numbers */
    bool lossless; /* a lossless JPEG, or JPEG-LS */
    int samples;   /* a pixel of a TIFF has; 0: not known */
    int strange;   /* what a TIFF calls colours that libvips would take for others (its tag 262), or 0 */
    int colours;   /* samples a pixel of a TIFF that are colour or alpha; 0: not known. What is behind them is
                      called neither */
    bool luma;     /* a TIFF's samples are brightness and two differences of colour, and not in JPEGs */
    bool apart;    /* a TIFF's samples of grey, of a palette or of L*a*b* lie in a plane each, which libvips
                      reads as if they lay together */
    bool white_is_zero; /* in a TIFF */
    bool inside;        /* a TIFF's pages are smaller copies, the picture is in a directory below them */
    int frames;         /* of an animated PNG */
    int pages;          /* of a TIFF, without thumbnails, smaller copies and masks; 0: not known */
    int page;           /* the wanted one of them, as libvips counts them */
    int scans;          /* of a progressive JPEG; 0: another file */
};

/* page: the wanted one, from 1. A file that is damaged says less; that is for its reader to find. */
struct alfa__header alfa__header_read(enum alfa__format format, const unsigned char *bytes, size_t size,
                                      int page);

#endif
