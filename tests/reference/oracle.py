"""ALFA's and WinCLIP's scores in plain numpy, double precision, one equation a function (numbers of arXiv 2404.09654).

Vectors are rows. Wherever an embedding enters it is brought to unit length first."""

import numpy as np

TAU = 0.07
K = 1.0
RIDGE = 0.1
EPS = 1e-12


def unit(x):
    x = np.asarray(x, np.float64)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def abnormal_probability(f, prototypes, tau=TAU):
    """Eq. 1, 10: softmax over the cosines to [normal, abnormal], the abnormal entry."""
    c = unit(f) @ unit(prototypes).T / tau
    c = np.exp(c - c.max(-1, keepdims=True))
    return (c / c.sum(-1, keepdims=True))[..., 1]


def distances(f, prompts):
    """Eq. 2 (normal) and 3 (abnormal prompts): d(t) = cosine of the image to each prompt."""
    return (unit(prompts) * unit(f)).sum(-1)          # row by row: equal prompts give equal numbers


def interval(d):
    """[min, max] of one label, which Eq. 4 measures distances to."""
    return np.array([d.min(), d.max()])


def outside(p, i):
    """Distance of a point to an interval."""
    return np.maximum(0, np.maximum(i[0] - p, p - i[1]))


def contextual_score(d, normal, abnormal, k=K):
    """Eq. 4: D = | dist(d, I+) - dist(d, I-) |, S_c = D / (D + exp(-k D))."""
    big_d = np.abs(outside(d, normal) - outside(d, abnormal))
    return big_d / (big_d + np.exp(-k * big_d))


def contextual(d_normal, d_abnormal, k=K):
    """Eq. 2-4 for both labels: scores, who survives, who is used; an empty side puts both sides back to their full set."""
    i, j = interval(d_normal), interval(d_abnormal)
    s = contextual_score(d_normal, i, j, k), contextual_score(d_abnormal, i, j, k)
    positive = s[0] > 0, s[1] > 0
    fallback = not (positive[0].any() and positive[1].any())
    kept = tuple(np.ones_like(p) if fallback else p for p in positive)
    return {"intervals": np.stack([i, j]), "scores": s, "positive": positive, "kept": kept, "fallback": fallback}


def margin_of_decision(d_normal, d_abnormal):
    """How far the nearest cosine is from an end of the other label's interval: below that, rounding may change who survives."""
    out = []
    for a, b in ((d_normal, d_abnormal), (d_abnormal, d_normal)):
        out += [np.abs(a - e).min() for e in interval(b)]
    return min(out)


def prototype(prompts, weights=None):
    """Mean of unit-length prompt embeddings, brought to unit length again; weighted if asked."""
    w = np.full(len(prompts), 1 / len(prompts)) if weights is None else np.asarray(weights) / np.sum(weights)
    return unit(w @ unit(prompts))


def prototype_of_raw_mean(prompts):
    """WinCLIP: mean of the embeddings as they come, then unit length."""
    return unit(np.asarray(prompts, np.float64).mean(0))


def prototypes(f, normal, abnormal, reading="hard", k=K):
    """F_TG [2,d] for one image. reading: 'hard' (mean of the survivors), 'weighted' (w = S_c / sum), 'off'. Also the filter's record."""
    c = contextual(distances(f, normal), distances(f, abnormal), k)
    rows = []
    for side, prompts in enumerate((normal, abnormal)):
        if reading == "off":
            rows.append(prototype(prompts))
        elif reading == "hard" or c["fallback"]:
            rows.append(prototype(prompts[c["kept"][side]]))
        else:
            rows.append(prototype(prompts, c["scores"][side]))
    return np.stack(rows), c


def aligned_tokens(prototypes, v_global, v_local, alpha=1.0, ridge=RIDGE):
    """The aligner on the patches of a window (reading R4): W t = t + alpha dV^T (V_G V_G^T + lambda I)^-1 V_G t, lambda = ridge trace(V_G V_G^T) / n; unit length after."""
    g, l = unit(v_global), unit(v_local)
    gram = g @ g.T
    n = len(gram)
    c = np.linalg.solve(gram + ridge * np.trace(gram) / n * np.eye(n), g @ prototypes.T)
    return unit(prototypes + alpha * c.T @ (l - g))


def alignment_tokens(v_global, v_local, alpha=1.0, ridge=RIDGE):
    """The same W [d,d], written out."""
    g, l = unit(v_global), unit(v_local)
    gram = g @ g.T
    lam = ridge * np.trace(gram) / len(gram)
    return np.eye(g.shape[1]) + alpha * (l - g).T @ np.linalg.solve(gram + lam * np.eye(len(gram)), g)


def alignment_procrustes(v_global, v_local, alpha=1.0):
    """Orthogonal Procrustes on the window's span, the identity elsewhere: W = I + alpha sum (u_i - v_i) v_i^T, V_L^T V_G = sum s_i u_i v_i^T."""
    g, l = unit(v_global), unit(v_local)
    u, s, v = np.linalg.svd(l.T @ g)
    n = int((s > 1e-6 * s[0]).sum())
    return np.eye(g.shape[1]) + alpha * (u[:, :n] - v[:n].T) @ v[:n]


def alignment_pooled(v_global, v_local, alpha=1.0, ridge=0.0):
    """Reading R3: W = I + alpha (v_L - v_G) v_G^T / (|v_G|^2 + lambda), v the pooled embeddings, lambda = ridge |v_G|^2."""
    g, l = unit(v_global), unit(v_local)
    return np.eye(len(g)) + alpha * np.outer(l - g, g) / (g @ g * (1 + ridge))


def aligned_pooled(prototypes, v_global, v_local, alpha=1.0, ridge=0.0):
    return unit(prototypes @ alignment_pooled(v_global, v_local, alpha, ridge).T)


def window_scores(windows, prototypes_of_window, tau=TAU):
    """Eq. 11: each window [W,d] against its own aligned prototypes [W,2,d]."""
    return np.array([abnormal_probability(f, p, tau) for f, p in zip(windows, prototypes_of_window)])


def window_tokens(grid, k):
    """Token rows [W, 1+k*k] of each window: 0 is the class token, patches row-major behind it."""
    n = grid - k + 1
    return np.array([[0] + [1 + (y + j) * grid + x + i for j in range(k) for i in range(k)] for y in range(n) for x in range(n)])


def harmonic_scale(scores, grid, k):
    """One scale: s(p) = n_p / sum over the windows that cover p of 1/s."""
    total, count = np.zeros((grid, grid)), np.zeros((grid, grid))
    n = grid - k + 1
    for w, s in enumerate(scores):
        y, x = divmod(w, n)
        total[y:y + k, x:x + k] += 1 / max(s, EPS)
        count[y:y + k, x:x + k] += 1
    return count / total


def harmonic_mean(maps):
    """Over scales, and over scales and the image score when that is given as one more (constant) map."""
    return len(maps) / sum(1 / np.maximum(m, EPS) for m in maps)


def image_score(s_global, s_local):
    """Eq. 12: S = (S_G + max S_L) / 2."""
    return 0.5 * (s_global + s_local.max())


def alfa(image, windows, values, window_values, normal, abnormal, grid, reading="hard", alpha=1.0, tau=TAU, ridge=RIDGE):
    """One image, all of ALFA. windows, window_values: {k: [W,d]}, {k: [W,1+k*k,d]}; values: [1+grid*grid,d]."""
    f_tg, record = prototypes(image, normal, abnormal, reading)
    s_g = abnormal_probability(image, f_tg, tau)
    scores, maps = {}, []
    for k in windows:
        index = window_tokens(grid, k)
        f_tl = [aligned_tokens(f_tg, values[index[w, 1:]], window_values[k][w, 1:], alpha, ridge) for w in range(len(index))]
        scores[k] = window_scores(windows[k], f_tl, tau)
        maps.append(harmonic_scale(scores[k], grid, k))
    s_l = harmonic_mean(maps)
    return {"record": record, "prototypes": f_tg, "s_global": s_g, "windows": scores, "scales": maps, "s_local": s_l,
            "map": harmonic_mean(maps + [np.full((grid, grid), s_g)]), "score": image_score(s_g, s_l)}


def winclip(image, windows, f, grid, tau=TAU):
    """One image, WinCLIP zero-shot: image score from the class token, map = 3 / (1/s_2 + 1/s_3 + 1/S)."""
    s = abnormal_probability(image, f, tau)
    scores = {k: abnormal_probability(w, f, tau) for k, w in windows.items()}
    maps = [harmonic_scale(scores[k], grid, k) for k in windows]
    return {"score": s, "windows": scores, "map": harmonic_mean(maps + [np.full((grid, grid), s)])}
