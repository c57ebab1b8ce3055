/* The fine-grained aligner (ALFA, "Fine-grained Aligner"; the paper gives its W no equation number):
 * F_TL,ij = F_TG W_T,ij, where W_T,ij carries what the whole image knows about a window to what the window
 * alone knows about itself, W v_G = v_L.
 *
 * Of the many W that do so, these stay close to the identity (docs/method.md): the obvious others make both
 * prototypes the same, the map constant, or noise. With strength alpha W = I + alpha (...): 0 leaves the
 * prototypes as they are, bit for bit, so that scores are WinCLIP's; 1 is the constraint itself.
 *
 * W (dim x dim) is never formed. Vectors v need not have length 1: they are divided by their length first.
 * The two prototypes [2 x dim] have length 1 before and after. Zero vectors and linearly dependent tokens are
 * fine: what they cannot determine is left out. */
#ifndef ALFA_SCORE_ALIGNER_H
#define ALFA_SCORE_ALIGNER_H

/* Tokens of the largest window: 4 x 4 patches. The class token is not among them (docs/method.md). */
#define ALFA__ALIGNER_MAX_TOKENS 16

/* Ridges that docs/method.md settles on. */
#define ALFA__ALIGNER_RIDGE_TOKENS 0.1
#define ALFA__ALIGNER_RIDGE_POOLED 0.0

struct alfa__aligner {
    double strength; /* alpha */
    double ridge;    /* lambda in units of the mean squared length of v_G */
    int dim;
};

/* The patches of a window as the whole image saw them, and as the window's own pass did; lent. */
struct alfa__patches {
    const float *values;        /* value tokens of the full pass in the joint space, rows of dim; */
    const int *tokens;          /* the count rows of it that are in the window */
    const float *window_values; /* count x dim, the same patches in the window's own pass */
    int count;
};

/* Reading R4: one v a patch of the window. With V_G, V_L of unit rows and G = V_G V_G^T, lambda = ridge
 * trace(G) / count: W t = t + alpha (V_L - V_G)^T (G + lambda I)^-1 V_G t */
void alfa__align_tokens(const struct alfa__aligner *aligner, double *out, const double *prototypes,
                        const struct alfa__patches *patches);

/* Orthogonal Procrustes on the same pairs: the rotation of the window's own span that brings V_G nearest to
 * V_L, and the identity elsewhere. With V_L^T V_G = sum_i s_i u_i v_i^T (singular vectors, s_i > 0):
 *     W t = t + alpha sum_i (u_i - v_i) v_i^T t
 * The ridge has no part in it. */
void alfa__align_procrustes(const struct alfa__aligner *aligner, double *out, const double *prototypes,
                            const struct alfa__patches *patches);

/* Reading R3: v_G = f(x), v_L = f_I,ij, the pooled embeddings, lambda = ridge |v_G|^2:
 *     W t = t + alpha (v_L - v_G) v_G^T t / (|v_G|^2 + lambda) */
void alfa__align_pooled(const struct alfa__aligner *aligner, double *out, const double *prototypes,
                        const float *image, const float *window);

#endif
