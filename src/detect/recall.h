/* The few-shot half of a judgement: how far an image's windows and patches are from all remembered normal
 * ones (WinCLIP+, paper 5.5), and how that joins the judgement from words. */
#ifndef ALFA_DETECT_RECALL_H
#define ALFA_DETECT_RECALL_H

#include "bank/data.h"
#include "bank/map.h"
#include "detect/judge.h"

/* Rows of one kind that an image asks the memory about; lent. */
struct alfa__query {
    const float *rows;
    int count;
    int side;          /* they are of side x side windows or cells, */
    const int *places; /* these; NULL: all in order */
    double stretch;    /* of distances from the memory (place.h), 1 */
    double *distances; /* of its rows from the memory, unstretched: room that alfa__recall() fills; or NULL */
};

/* Where a pass lies in the picture, in shares of its sides. */
struct alfa__spot {
    double x, y, width, height;
};
#define ALFA__SPOT_ALL ((struct alfa__spot){0, 0, 1, 1})

/* The rows of a layer of a pass with their places behind them (place.h), in the arena. */
enum alfa_status alfa__recall_placed(float **out, const struct alfa__dense *dense, struct alfa__spot spot,
                                     double weight, struct alfa__arena *arena, struct alfa_error *err);

/* The rows of a pass for every part of the bank, in the bank's order: a part with a window takes the
 * embeddings of that scale, the others take the layers one after the other, with their places when the bank
 * has them (in the arena then). Fails with ALFA_ERROR_INPUT when the bank has rows of another length. */
enum alfa_status alfa__recall_queries(struct alfa__query queries[ALFA__BANK_MAX_PARTS],
                                      const struct alfa__bank_data *bank,
                                      const struct alfa__features *features, struct alfa__spot spot,
                                      struct alfa__arena *arena, struct alfa_error *err);

/* Numbers in a row of the part, of a layer or windows that have dim. */
int alfa__recall_dim(const struct alfa__bank_data *bank, const struct alfa__memory *part, int dim);
/* The stretch of its queries. */
double alfa__recall_stretch(const struct alfa__bank_data *bank, const struct alfa__memory *part);

/* By what is recalled. */
struct alfa__recollected {
    const struct alfa__memory *parts; /* a memory each */
    int part_count;
    const unsigned char *inside; /* patches that count (clip/inside.h); NULL: all */
    int grid;
    int except; /* rows of this image are passed over; or ALFA__NO_IMAGE */
};

/* M_few, grid x grid in the arena: mean over the parts of their distance maps. */
enum alfa_status alfa__recall(double **map, const struct alfa__recollected *by,
                              const struct alfa__query queries[ALFA__BANK_MAX_PARTS],
                              struct alfa__arena *arena, struct alfa_error *err);

/* How the memory joins the words. */
struct alfa__fusion {
    bool winclip; /* PAPER: S = 1/2 (S_G + max M_few), as WinCLIP+ */
    bool top;     /* ODDS: the words' image score is the mean of the top of their map, not Eq. 12 */
    enum alfa_fusion kind;
    double weight;     /* beta of ODDS in the image score, and in S~_L, 0..1 */
    double map_weight; /* the same in the map */
    double level; /* a_0 of ODDS and TOP: the largest distance that a normal image usually has, mean over the
                     references */
};

/* "odds". */
const char *alfa__fusion_name(enum alfa_fusion kind);

/* What AUTO is for a model with or without a stem; the options are settled. */
enum alfa_fusion alfa__fusion_settle(enum alfa_fusion given, const struct alfa_detector_options *options,
                                     bool stem);

/* Lets M_few into the judgement.
 * PAPER: S~_L becomes 1/2 (S~_L + M_few), the pixel map likewise, and Eq. 12 takes the new maximum.
 * ODDS: distances become probabilities first, A = M_few / (M_few + a_0), so that both speak on one scale and
 * 0.5 means as far as the strangest place of a normal image; then maps and image scores are (1 - beta) words
 * + beta A, each with its own beta. Where the words' image score is their map's top, its share is that of
 * TOP. TOP: the same, but the image score is the mean of the top of that map (score/top.h). */
enum alfa_status alfa__judge_with_memory(struct alfa__judgement *judgement, const double *few,
                                         struct alfa__ground ground, const struct alfa__fusion *fusion,
                                         struct alfa__arena *arena, struct alfa_error *err);

#endif
