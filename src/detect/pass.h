/* One pass over a picture: the whole of it, or a tile. A picture is judged by a pass over the whole, then by
 * one over each tile. */
#ifndef ALFA_DETECT_PASS_H
#define ALFA_DETECT_PASS_H

#include "detect/detector.h"
#include "detect/tiles.h"

/* What to compute for an image that is judged with a bank that has these layers, or without one (count 0). */
struct alfa__feature_request alfa__detector_request(const struct alfa_detector_options *options,
                                                    const struct alfa__layer *layers, int count);

/* The judgement from words (detect/judge.h) at the temperature for such that a memory joins, or not. */
enum alfa_status alfa__pass_judge(struct alfa__judgement *out, const struct alfa_detector *d,
                                  const struct alfa__features *features, bool joined,
                                  struct alfa__arena *arena, struct alfa_error *err);

/* How a picture is cut into passes. */
struct alfa__passes {
    const struct alfa_image *image;
    struct alfa__frame whole;
    struct alfa__tiling tiling;
    bool joined; /* by a memory, now or later: not words alone judge */
};

/* tiles: a side; ALFA_TILES_AUTO: as the size asks for. pose says how the picture was turned. Joined, unless
 * the caller says otherwise. */
enum alfa_status alfa__passes_plan(struct alfa__passes *out, const struct alfa_detector *d,
                                   const struct alfa_image *image, struct alfa__pose pose, int tiles,
                                   struct alfa_error *err);

/* Passes over it: 1 and the tiles. */
int alfa__passes_count(const struct alfa__passes *passes);

struct alfa__pass {
    bool whole;             /* of the picture, no tile */
    bool blank;             /* a tile without a patch that counts: there is nothing else here then */
    struct alfa__spot spot; /* where it lies in the picture */
    struct alfa__features features;
    struct alfa__judgement judgement; /* from words, of alfa__pass_run() */
};

/* Pass number i, 0 is the whole; in the detector's arena. request is the detector's; which patches count is
 * found out here. Fails with ALFA_ERROR_INPUT when no patch of the whole counts. alfa__pass_look() leaves the
 * judgement out, for those who only remember. */
enum alfa_status alfa__pass_look(struct alfa__pass *out, struct alfa_detector *d,
                                 const struct alfa__passes *passes, int i,
                                 const struct alfa__feature_request *request, struct alfa_error *err);
enum alfa_status alfa__pass_run(struct alfa__pass *out, struct alfa_detector *d,
                                const struct alfa__passes *passes, int i,
                                const struct alfa__feature_request *request, struct alfa_error *err);

#endif
