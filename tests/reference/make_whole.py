"""All of it, from the pixels of a file to scores and maps, for the readings that docs/method.md names.

usage: make_whole.py MODELS OUT     MODELS: the folder that make_models.py wrote

Written from docs/method.md and the papers. A small model of random weights sees pictures that are larger than it; three are learned
as normal, two are judged. Everything is double from the stored weights on; what a bank keeps is rounded as it says."""

import os
import sys

import numpy as np
import torch
from PIL import Image

import common
import oracle as o
import prompts
import towers

MODEL, NOUN = "openclip-gelu", "screw"
NORMALS, JUDGED = ["normal-1", "normal-2", "normal-3"], ["scratched", "clean"]
WIDTH, HEIGHT = 131, 97


def draw(name):
    """A thing under a light that changes a little; 'scratched' has a bright line."""
    r = common.rng("whole", name)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    x, y = x / WIDTH, y / HEIGHT
    p = np.stack([0.5 + 0.2 * x, 0.55 - 0.15 * y, 0.45 + 0.1 * x * y], -1) + r.uniform(-0.03, 0.03, 3)
    a = 1 / (1 + np.exp((np.hypot((x - 0.5 - r.uniform(-0.02, 0.02)) / 0.3, (y - 0.5) / 0.38) - 1) * 25))[..., None]
    p = p * (1 - a) + a * (np.array([0.3, 0.4, 0.28]) + r.uniform(-0.02, 0.02, 3)) * (1.2 - 0.5 * y[..., None])
    p += 0.02 * np.sin(2 * np.pi * (9 * x + 4 * y) + r.uniform(0, 6))[..., None]
    if name == "scratched":
        a = np.exp(-((0.8 * (x - 0.55) + 0.6 * (y - 0.45)) / 0.012) ** 2 - ((0.6 * (x - 0.55) - 0.8 * (y - 0.45)) / 0.15) ** 2)[..., None]
        p = p * (1 - a) + a * 0.95
    return np.rint(np.clip(p, 0, 1) * 255).astype(np.uint8)


# ---------------------------------------------------------------- what the model sees

class Seen:
    """Of one picture: f(x), windows and value tokens of sides 2, 3, 4, tokens of the last block. Double."""

    def __init__(self, tower, rgb):
        small = np.asarray(Image.fromarray(rgb).resize((tower.size, tower.size), Image.BICUBIC), np.float64) / 255
        x = torch.from_numpy(((small - np.array(tower.mean)) / np.array(tower.std)).transpose(2, 0, 1)[None])
        v, kept = tower.visual, []
        hook = v.transformer.register_forward_hook(lambda m, args, out: kept.append(out[:, 0]))
        pooled, values = tower.run(tower.tokens(x))
        hook.remove()
        self.image, self.values = pooled[0].numpy(), values[0].numpy()
        self.post = v.ln_post(kept[0][1:]).numpy()                    # what WinCLIP's public code remembers
        self.windows = {1: (v.ln_post(kept[0][1:]) @ v.proj).numpy()}  # scale 1: the patches of this pass, in the joint space
        self.window_values, self.masked, self.masked_values = {}, {}, {}
        for k in (2, 3, 4):
            embeddings, values = towers.window_pass(tower, x, k)
            self.windows[k], self.window_values[k] = embeddings[0].numpy(), values[0].numpy()
        for k in (2, 3):
            self.masked[k], self.masked_values[k] = self.mask(tower, x, k)

    @staticmethod
    def mask(tower, x, k):
        """The same of the whole picture with 0 for the pixels outside the window (the paper's x masked)."""
        patch, across, seen = tower.size // tower.grid, tower.grid - k + 1, []
        for w, tokens in enumerate(o.window_tokens(tower.grid, k)):
            top, left = w // across * patch, w % across * patch
            part = torch.zeros_like(x)
            part[..., top:top + k * patch, left:left + k * patch] = x[..., top:top + k * patch, left:left + k * patch]
            pooled, values = tower.run(tower.tokens(part))
            seen.append((pooled[0].numpy(), values[0].numpy()[tokens]))
        return np.stack([s[0] for s in seen]), np.stack([s[1] for s in seen])


# ---------------------------------------------------------------- words

def window_prototypes(seen, f_tg, k, w, index, aligner, strength, windows, window_values):
    """F_TL of a window (docs/method.md, Aligner)."""
    if k == 1 or aligner == "none":
        return f_tg
    if aligner == "r3":
        return o.aligned_pooled(f_tg, seen.image, windows[k][w], strength)
    g, l = seen.values[index[w, 1:]], window_values[k][w, 1:]
    if aligner == "r4":
        return o.aligned_tokens(f_tg, g, l, strength)
    return o.unit(f_tg @ o.alignment_procrustes(g, l, strength).T)


def top(grid_map, share=0.04):
    """The mean of the most abnormal share of the map, enlarged bilinearly to 16 x 16 places a patch, in single precision."""
    side = 16 * len(grid_map)
    small = torch.from_numpy(np.float32(grid_map)).double()[None, None]
    places = np.sort(np.float32(torch.nn.functional.interpolate(small, size=(side, side), mode="bilinear", align_corners=False)).ravel())
    return places[-int(share * len(places)):].astype(np.float64).mean()


def words(seen, texts, grid, contextual="hard", aligner="none", strength=1.0, scales=(2, 3), score="eq12", tau=o.TAU, k_c=o.K, mask="tokens", **_):
    f_tg, record = o.prototypes(seen.image, *texts, contextual, k_c)
    windows, values = (seen.masked, seen.masked_values) if mask == "pixels" else (seen.windows, seen.window_values)
    s_g, maps = o.abnormal_probability(seen.image, f_tg, tau), []
    for k in scales:
        index = o.window_tokens(grid, k)
        f_tl = [window_prototypes(seen, f_tg, k, w, index, aligner, strength, windows, values) for w in range(len(index))]
        maps.append(o.harmonic_scale(o.window_scores(windows[k], f_tl, tau), grid, k))
    s_l, whole = o.harmonic_mean(maps), o.harmonic_mean(maps + [np.full((grid, grid), s_g)])
    return {"global": s_g, "local": s_l, "map": whole, "score": top(whole) if score == "top" else o.image_score(s_g, s_l), "record": record}


def winclip(seen, texts, grid, scales=(2, 3), tau=o.TAU, **_):
    f = np.stack([o.prototype_of_raw_mean(t) for t in texts])
    s, maps = o.abnormal_probability(seen.image, f, tau), []
    for k in scales:
        maps.append(o.harmonic_scale(o.abnormal_probability(seen.windows[k], f, tau), grid, k))
    return {"global": s, "local": o.harmonic_mean(maps), "map": o.harmonic_mean(maps + [np.full((grid, grid), s)]), "score": s}


# ---------------------------------------------------------------- normal images

def half(rows):
    """What a bank keeps of unit vectors."""
    return o.unit(np.float16(o.unit(rows)).astype(np.float64))


def few(rows, memory, grid, scales):
    """M_few: the mean over kinds of rows of the map of a(x) = min (1 - <x, m>) / 2."""
    maps = []
    for k in [k for k in scales if k > 1] + ["post"]:
        a = ((1 - o.unit(rows[k]) @ np.concatenate([m[k] for m in memory]).T) / 2).min(1)
        maps.append(a.reshape(grid, grid) if k == "post" else o.harmonic_scale(np.maximum(a, 0), grid, k))
    return np.mean(maps, 0)


def rows_of(seen):
    return {"post": seen.post, **seen.windows}


def kept_of(seen):
    return {k: half(v) for k, v in rows_of(seen).items()}


def level(normals, grid, scales):
    """a_0: the mean of the normal images' own largest distance, each from the others."""
    kept = [kept_of(n) for n in normals]
    return np.mean([few(kept[i], kept[:i] + kept[i + 1:], grid, scales).max() for i in range(len(kept))])


def join(said, seen, normals, grid, scales=(2, 3), fusion="odds", weight=0.9, map_weight=0.8, plus=False, score="eq12", **_):
    """With normal images (docs/method.md, How the memory joins the words)."""
    m, a_0 = few(rows_of(seen), [kept_of(n) for n in normals], grid, scales), level(normals, grid, scales)
    seen_few = {"few": m, "level": a_0, "words": said["score"], "words_local": said["local"], "words_map": said["map"]}
    if fusion == "paper":
        local, whole = (said["local"] + m) / 2, (said["map"] + m) / 2
        return {**seen_few, "global": said["global"], "local": local, "map": whole, "score": o.image_score(said["global"], m if plus else local)}
    a = m / (m + a_0)
    whole = (1 - map_weight) * said["map"] + map_weight * a
    of_words = top(said["map"], 0.01) if score == "top" else said["score"]
    return {**seen_few, "global": said["global"], "local": (1 - weight) * said["local"] + weight * a, "map": whole,
            "score": top(whole, 0.01) if fusion == "top" else (1 - weight) * of_words + weight * a.max()}


# Random weights spread cosines further than trained ones do: a milder temperature keeps scores away from 0 and 1.
MILD = 0.3
CASES = {
    "plain": {},
    "r4": {"aligner": "r4"},
    "r4-default-temperature": {"aligner": "r4", "tau": o.TAU},
    "r4-half": {"aligner": "r4", "strength": 0.5},
    "r4-2": {"aligner": "r4", "scales": (2,)},
    "r4-234": {"aligner": "r4", "scales": (2, 3, 4)},
    "r4-weighted": {"aligner": "r4", "contextual": "weighted"},
    "r4-weighted-k": {"aligner": "r4", "contextual": "weighted", "k_c": 30.0},
    "pixels": {"mask": "pixels"},
    "pixels-r4": {"mask": "pixels", "aligner": "r4"},
    "r4-off": {"aligner": "r4", "contextual": "off"},
    "procrustes": {"aligner": "procrustes"},
    "procrustes-half": {"aligner": "procrustes", "strength": 0.5},
    "procrustes-234": {"aligner": "procrustes", "scales": (2, 3, 4), "tau": 0.2},
    "r3": {"aligner": "r3"},
    "top": {"scales": (1, 2, 3), "score": "top"},
    "top-procrustes": {"scales": (1, 2, 3), "score": "top", "aligner": "procrustes"},
    "winclip": {"method": "winclip"},
    "few-top": {"scales": (1, 2, 3), "score": "top", "shots": 3, "fusion": "top"},
    "few-top-two": {"aligner": "r4", "shots": 2, "fusion": "top", "map_weight": 0.5},
    "few-odds": {"scales": (1, 2, 3), "score": "top", "shots": 3},
    "few-one-weight": {"scales": (1, 2, 3), "score": "top", "shots": 3, "weight": 0.9, "map_weight": 0.9},
    "few-words": {"aligner": "r4", "shots": 3, "weight": 0.3, "map_weight": 0.6},
    "few-two": {"aligner": "procrustes", "shots": 2},
    "few-paper": {"aligner": "r4", "shots": 3, "fusion": "paper"},
    "few-winclip": {"method": "winclip", "shots": 3, "fusion": "paper", "plus": True},
}


def main(models, out):
    os.makedirs(out, exist_ok=True)
    seen = {}
    tower = towers.load(os.path.join(models, MODEL))
    tok, grid = common.tokenizer(tower.vocab), tower.grid
    for name in NORMALS + JUDGED:
        rgb = draw(name)
        Image.fromarray(rgb).save(f"{out}/{name}.png", optimize=True)
        seen[name] = Seen(tower, rgb)
    texts = {m: [tower.encode_text(tok(f(NOUN, label), context_length=tower.context)).numpy() for label in ("normal", "abnormal")]
             for m, f in (("alfa", prompts.alfa), ("winclip", prompts.winclip))}
    tensors, record = {}, []
    for case, how in CASES.items():
        how = {"tau": MILD, **how}
        method, shots = how.get("method", "alfa"), how.get("shots", 0)
        for name in JUDGED:
            r = (winclip if method == "winclip" else words)(seen[name], texts[method], grid, **how)
            if method == "alfa" and how.get("contextual") != "off":
                margin = o.margin_of_decision(*(o.distances(seen[name].image, t) for t in texts[method]))
                assert margin > 1e-6, margin
            if shots:
                r = join(r, seen[name], [seen[n] for n in NORMALS[:shots]], grid, **how)
            tensors[f"{case}/{name}/score"] = [r["score"], r["global"], r["local"].max()]
            tensors[f"{case}/{name}/map"] = r["map"]
            for what in ("few", "words_local", "words_map") if shots else ():
                tensors[f"{case}/{name}/{what}"] = r[what]
            if shots:
                tensors[f"{case}/{name}/words"] = [r["words"], r["global"], r["level"]]
            print(f"{case:20} {name:10} S {r['score']:.6f} S_G {r['global']:.6f} max S_L {r['local'].max():.6f} map {r['map'].min():.4f}..{r['map'].max():.4f}")
        record.append({"name": case, "method": method, "shots": shots, **{k: v for k, v in how.items() if k not in ("method", "shots", "plus")}})
    common.save(out + "/golden.safetensors", tensors, {"cases": record})


if __name__ == "__main__":
    main(*sys.argv[1:3])
