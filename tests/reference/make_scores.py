"""Scores of oracle.py with their inputs.

usage: make_scores.py MODELS OUT     MODELS: the folder that make_models.py wrote

Inputs are rounded to f32 first, then everything is computed from the rounded values in double."""

import os
import sys

import numpy as np
import torch
from safetensors.numpy import load_file

import common
import oracle as o
import prompts
import towers

CLASSES = ["bottle", "metal nut"]
ALPHAS = [0.0, 0.5, 1.0]
SETTINGS = {"tau": o.TAU, "k": o.K, "ridge": o.RIDGE, "eps": o.EPS}


def f32(x):
    return np.asarray(x, np.float32).astype(np.float64)


def at_cosines(f, cosines, r):
    """Unit vectors with the given cosines to f."""
    f = o.unit(f)
    u = r.standard_normal((len(cosines), len(f)))
    u = o.unit(u - np.outer(u @ f, f))
    c = np.asarray(cosines)[:, None]
    return f32(c * f + np.sqrt(1 - c * c) * u)


def contextual(out):
    d = 32
    r = common.rng("contextual")
    spread = lambda lo, hi, n: np.sort(r.uniform(lo, hi, n))[r.permutation(n)]   # noqa: E731
    cases = {
        "disjoint-normal": (spread(.26, .33, 9), spread(.15, .22, 9)),
        "disjoint-abnormal": (spread(.15, .22, 9), spread(.26, .33, 9)),
        "overlap-normal": (spread(.22, .32, 12), spread(.16, .26, 12)),
        "overlap-abnormal": (spread(.16, .26, 12), spread(.22, .32, 12)),
        "nested-abnormal-inside": (spread(.15, .33, 12), spread(.22, .26, 12)),
        "nested-normal-inside": (spread(.22, .26, 12), spread(.15, .33, 12)),
        "single-pair": ([.25], [.21]),
        "single-normal-outside": ([.30], spread(.18, .25, 8)),
        "single-normal-inside": ([.22], [.18, .20, .25, .27]),
        "single-abnormal-outside": (spread(.18, .25, 8), [.30]),
        "single-abnormal-inside": ([.18, .20, .25, .27], [.22]),
        "uneven": (spread(.20, .30, 3), spread(.14, .25, 17)),
        "wide": (spread(-.5, .9, 6), spread(-.9, .4, 7)),
    }
    tensors, record = {}, []

    def put(name, f, normal, abnormal, exact):
        c = o.contextual(o.distances(f, normal), o.distances(f, abnormal))
        dn, da = o.distances(f, normal), o.distances(f, abnormal)
        margin = o.margin_of_decision(dn, da)
        assert exact or margin > 1e-4, (name, margin)
        i, j = c["intervals"]
        if not exact and i[0] > j[0] and i[1] > j[1]:                      # normal-leaning: the closed form of who survives
            assert (c["positive"][0] == (dn > j[1])).all() and (c["positive"][1] == (da < i[0])).all()
        if not exact and i[0] < j[0] and i[1] < j[1]:
            assert (c["positive"][0] == (dn < j[0])).all() and (c["positive"][1] == (da > i[1])).all()
        if not exact and (i[0] < j[0]) != (i[1] < j[1]):
            assert c["fallback"]
        t = {"image": f, "normal": normal, "abnormal": abnormal, "distances_normal": dn, "distances_abnormal": da, "intervals": c["intervals"],
             "scores_normal": c["scores"][0], "scores_abnormal": c["scores"][1],
             "positive_normal": c["positive"][0], "positive_abnormal": c["positive"][1],
             "kept_normal": c["kept"][0], "kept_abnormal": c["kept"][1], "fallback": np.array([c["fallback"]])}
        for reading in ("hard", "weighted", "off"):
            p, _ = o.prototypes(f, normal, abnormal, reading)
            t["prototypes_" + reading] = p
            t["s_global_" + reading] = np.array([o.abnormal_probability(f, p)])
        tensors.update({f"{name}/{k}": v for k, v in t.items()})
        record.append({"name": name, "normal": len(normal), "abnormal": len(abnormal), "kept": [int(k.sum()) for k in c["kept"]],
                       "fallback": bool(c["fallback"]), "ties": exact})

    for name, (a, b) in cases.items():
        f = f32(o.unit(r.standard_normal(d)))
        put(name, f, at_cosines(f, a, r), at_cosines(f, b, r), False)
    f = f32(o.unit(r.standard_normal(d)))
    a, b = at_cosines(f, [.22, .25, .28, .31], r), at_cosines(f, [.16, .19, .24], r)
    put("duplicates-within", f, np.concatenate([a, a[3:], a[:1]]), np.concatenate([b, b[:1], b[:1]]), True)
    put("same-both-sides", f, a, a[::-1].copy(), True)
    put("touching", f, a, np.concatenate([b[:2], a[:1]]), True)          # the highest abnormal prompt is the lowest normal one
    put("shared-extremes", f, a, np.concatenate([a[:1], b[2:], a[3:]]), True)
    put("single-same", f, a[:1], a[:1], True)
    common.save(out + "/contextual.safetensors", tensors, {"cases": record, **SETTINGS})
    for row in record:
        print(" ", row)


def prototypes(out):
    r = common.rng("prototypes")
    x = f32(r.standard_normal((11, 24)) * r.uniform(2, 12, (11, 1)) + r.standard_normal(24) * 3)
    common.save(out + "/prototypes.safetensors", {"embeddings": x, "mean_of_unit": o.prototype(x), "unit_of_mean": o.prototype_of_raw_mean(x)})


def aligner(out):
    """Random tokens; analytic checks A to E."""
    r = common.rng("aligner")
    grid, d = 4, 24
    f = f32(o.unit(r.standard_normal(d)))
    t = f32(o.unit(r.standard_normal((2, d)) * 0.5 + r.standard_normal(d)))
    values = f32((r.standard_normal((1 + grid * grid, d)) + 0.6 * f) * r.uniform(1, 6, (1 + grid * grid, 1)))
    tensors = {"image": f, "prototypes": t, "value_tokens": values, "s_global": np.array([o.abnormal_probability(f, t)])}
    for k in (2, 3):
        index = o.window_tokens(grid, k)[:, 1:]
        n = len(index)
        w = f32((o.unit(r.standard_normal((n, d))) + f) * r.uniform(1, 6, (n, 1)))
        local = f32(values[index] + 0.8 * r.standard_normal((n, k * k, d)) * np.linalg.norm(values[index], axis=-1, keepdims=True) / d ** .5)
        tensors.update({f"window{k}_embeddings": w, f"window{k}_value_tokens": local})
        none = o.window_scores(w, np.repeat(t[None], n, 0))
        tensors[f"window{k}_scores_none"] = none
        for alpha in ALPHAS:
            f_tl = np.stack([o.aligned_tokens(t, values[index[i]], local[i], alpha) for i in range(n)])
            tensors[f"window{k}_prototypes_r4_{alpha}"] = f_tl
            tensors[f"window{k}_scores_r4_{alpha}"] = s = o.window_scores(w, f_tl)
            full = np.stack([o.unit(t @ o.alignment_tokens(values[index[i]], local[i], alpha).T) for i in range(n)])
            assert np.allclose(full, f_tl, atol=1e-13)
            if alpha == 0:
                assert np.abs(s - none).max() < 1e-15                                     # A: WinCLIP's window score
            else:
                assert s.std() > 1e-3 and np.abs(s - none).max() > 1e-3                   # D: the map is not constant, and it moves
            f_tl = np.stack([o.unit(t @ o.alignment_procrustes(values[index[i]], local[i], alpha).T) for i in range(n)])
            tensors[f"window{k}_scores_procrustes_{alpha}"] = o.window_scores(w, f_tl)
            for name, ridge in (("r3", o.RIDGE), ("r3_exact", 0.0)):
                f_tl = np.stack([o.aligned_pooled(t, f, w[i], alpha, ridge) for i in range(n)])
                tensors[f"window{k}_scores_{name}_{alpha}"] = o.window_scores(w, f_tl)
        m_glob = o.unit(f) @ (t[1] - t[0])
        constant = []
        for i in range(n):
            fi = o.unit(w[i])
            m_win = fi @ (t[1] - t[0])
            big_w = o.alignment_pooled(f, w[i])                                           # B: R3's margin, exactly
            assert abs(fi @ big_w @ (t[1] - t[0]) - (m_win + (1 - fi @ o.unit(f)) * m_glob)) < 1e-14
            assert np.allclose(big_w @ o.unit(f), fi, atol=1e-14)
            g, l = o.unit(values[index[i]]), o.unit(local[i])
            assert np.allclose(o.alignment_tokens(g, l, 1.0, 0.0) @ g.T, l.T, atol=1e-10)  # C: W V_G^T = V_L^T without ridge
            big_w = o.alignment_tokens(g, l)                                              # R4's margin by the closed form
            gram = g @ g.T
            c = np.linalg.solve(gram + o.RIDGE * np.trace(gram) / len(g) * np.eye(len(g)), g @ (t[1] - t[0]))
            assert abs(fi @ big_w @ (t[1] - t[0]) - (m_win + ((l - g) @ fi) @ c)) < 1e-13
            h = o.unit(f) - fi                                                            # E: an exact rotation gives the image score everywhere
            rot = np.eye(d) - 2 * np.outer(h, h) / (h @ h)
            constant.append(o.abnormal_probability(fi, t @ rot.T))
            rank1 = np.outer(fi, o.unit(f))                                               # R1: both prototypes collapse to one direction
            p = o.unit(t @ rank1.T)
            assert abs(abs(p[0] @ p[1]) - 1) < 1e-12
        assert np.abs(np.array(constant) - o.abnormal_probability(f, t)).max() < 1e-12
    common.save(out + "/aligner.safetensors", tensors, {"grid": grid, "scales": [2, 3], "alphas": ALPHAS, **SETTINGS})


def harmonic(out):
    r = common.rng("harmonic")
    tensors, record = {}, []
    for name, grid, scales in (("small", 5, (2, 3, 4)), ("plus", 15, (2, 3)), ("extreme", 4, (2, 3)), ("one", 3, (3,))):
        s_g = float(f32(r.uniform(0.2, 0.8)))
        maps = []
        for k in scales:
            s = f32(r.uniform(0.02, 0.98, (grid - k + 1) ** 2))
            if name == "extreme":
                s[0], s[-1] = 0.0, 1.0
                if k == 2:
                    s[1], s[4] = 1e-14, 1e-6
                s = f32(s)
            maps.append(o.harmonic_scale(s, grid, k))
            tensors[f"{name}/window{k}_scores"] = s
            tensors[f"{name}/scale{k}"] = maps[-1]
        tensors[f"{name}/s_global"] = np.array([s_g])
        tensors[f"{name}/s_local"] = o.harmonic_mean(maps)
        tensors[f"{name}/map"] = o.harmonic_mean(maps + [np.full((grid, grid), s_g)])
        tensors[f"{name}/score"] = np.array([o.image_score(s_g, tensors[f"{name}/s_local"])])
        record.append({"name": name, "grid": grid, "scales": list(scales)})
        assert all(np.isfinite(m).all() for m in maps)
    assert np.allclose(o.harmonic_scale(np.full(16, 0.3), 5, 2), 0.3)
    common.save(out + "/harmonic.safetensors", tensors, {"cases": record, **SETTINGS})


def bilinear(out):
    r = common.rng("bilinear")
    tensors, record = {}, []
    for name, inside, outside in (("plus", (15, 15), (240, 240)), ("five", (5, 5), (80, 80)), ("photo", (5, 5), (37, 53)), ("same", (7, 7), (7, 7)),
                                  ("shrink", (15, 15), (6, 9)), ("one", (1, 1), (4, 6)), ("rows", (4, 1), (9, 3))):
        x = np.asarray(r.uniform(0, 1, inside), np.float32)
        y = torch.nn.functional.interpolate(torch.from_numpy(x).double()[None, None], size=outside, mode="bilinear", align_corners=False)[0, 0]
        tensors[name + "/in"], tensors[name + "/out"] = x, y.numpy()
        record.append({"name": name, "in": inside, "out": outside})
    common.save(out + "/bilinear.safetensors", tensors, {"cases": record})


def end_to_end(models, out):
    lists = {m: {c: {label: f(c, label) for label in ("normal", "abnormal")} for c in CLASSES}
             for m, f in (("alfa", prompts.alfa), ("winclip", prompts.winclip))}
    common.dump(out + "/prompts.json", lists)
    for name in sorted(os.listdir(models)):
        golden = os.path.join(models, name, "golden.safetensors")
        if not os.path.exists(golden):
            continue
        g = {k: v.astype(np.float64) for k, v in load_file(golden).items()}
        tower = towers.load(os.path.join(models, name))
        tok = common.tokenizer(tower.vocab)

        def encode(texts):
            return f32(tower.encode_text(tok(texts, context_length=tower.context)).numpy())

        grid, n = tower.grid, len(g["pixels"])
        tensors, record = {}, []
        for noun in CLASSES:
            key = noun.replace(" ", "-")
            e = {label: encode(lists["alfa"][noun][label]) for label in ("normal", "abnormal")}
            tensors.update({f"{key}/alfa/{label}": v for label, v in e.items()})
            f = np.stack([o.prototype_of_raw_mean(encode(lists["winclip"][noun][label])) for label in ("normal", "abnormal")])
            tensors[f"{key}/winclip/prototypes"] = f
            w = [o.winclip(g["image_embeddings"][i], {k: g[f"window{k}_embeddings"][i] for k in (2, 3)}, f, grid) for i in range(n)]
            tensors[f"{key}/winclip/score"] = [x["score"] for x in w]
            tensors[f"{key}/winclip/map"] = [x["map"] for x in w]
            for k in (2, 3):
                tensors[f"{key}/winclip/window{k}_scores"] = [x["windows"][k] for x in w]
            for reading, alphas in (("hard", ALPHAS), ("weighted", [1.0]), ("off", [1.0])):
                for alpha in alphas:
                    a = [o.alfa(g["image_embeddings"][i], {k: g[f"window{k}_embeddings"][i] for k in (2, 3)}, g["value_tokens"][i],
                                {k: g[f"window{k}_value_tokens"][i] for k in (2, 3)}, e["normal"], e["abnormal"], grid, reading, alpha) for i in range(n)]
                    at = f"{key}/alfa/{reading}/{alpha}"
                    for what in ("s_global", "s_local", "map", "score"):
                        tensors[f"{at}/{what}"] = [x[what] for x in a]
                    for k in (2, 3):
                        tensors[f"{at}/window{k}_scores"] = [x["windows"][k] for x in a]
                    if alpha == 1.0 and reading == "hard":
                        tensors[f"{key}/alfa/kept"] = np.array([[x["record"]["kept"][0].sum(), x["record"]["kept"][1].sum()] for x in a])
                        tensors[f"{key}/alfa/positive"] = np.array([[x["record"]["positive"][0].sum(), x["record"]["positive"][1].sum()] for x in a])
                        tensors[f"{key}/alfa/fallback"] = np.array([x["record"]["fallback"] for x in a])
                        margins = [o.margin_of_decision(o.distances(g["image_embeddings"][i], e["normal"]),
                                                        o.distances(g["image_embeddings"][i], e["abnormal"])) for i in range(n)]
                        record.append({"class": noun, "margin": float(f"{min(margins):.1e}")})
                        for i, x in enumerate(a):
                            print(f"  {name} {noun} image {i}: kept {tensors[f'{key}/alfa/kept'][i]} positive {tensors[f'{key}/alfa/positive'][i]} "
                                  f"fallback {x['record']['fallback']} margin {margins[i]:.1e} S_G {x['s_global']:.4f} S {x['score']:.4f} "
                                  f"map {x['map'].min():.4f}..{x['map'].max():.4f}; winclip {w[i]['score']:.4f} "
                                  f"{w[i]['map'].min():.4f}..{w[i]['map'].max():.4f}")
                            assert x["s_local"].std() > 1e-4
        common.save(f"{out}/end-to-end-{name}.safetensors", tensors, {"model": name, "grid": grid, "scales": [2, 3], "alphas": ALPHAS, "cases": record, **SETTINGS})


if __name__ == "__main__":
    models, out = sys.argv[1:3]
    os.makedirs(out, exist_ok=True)
    contextual(out)
    prototypes(out)
    aligner(out)
    harmonic(out)
    bilinear(out)
    end_to_end(models, out)
