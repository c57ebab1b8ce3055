"""The compared methods (src/methods), each written from its formula in numpy or torch, on the small random models.

usage: make_methods.py MODELS OUT     MODELS: the folder that make_models.py wrote

The towers are the original libraries' in double (towers.py); trans-mm's gradient is torch.autograd's."""

import os
import sys

import numpy as np
import torch

import common
import oracle as o
import prompts
import towers
from safetensors.numpy import load_file

NOUN = "metal nut"
ANOVL_STATES = {"normal": ["normal {}", "flawless {}", "perfect {}", "unblemished {}", "{} without flaw", "{} without defect", "{} without damage"],
                "abnormal": ["damaged {}", "abnormal {}", "imperfect {}", "blemished {}", "{} with flaw", "{} with defect", "{} with damage"]}
PICTURES = {False: ["industrial photo", "industrial image", "manufacturing image"], True: ["industrial photo", "textural photo", "surface picture"]}


def anovl_prompts(noun, label, texture):
    out = []
    for state in ANOVL_STATES[label]:
        for picture in PICTURES[texture]:
            for template in prompts.WINCLIP_TEMPLATES:
                text = template.replace(" photo", " " + picture)
                if text.startswith("a " + picture) and picture[0] in "aeiou":
                    text = "an" + text[1:]
                out.append(text.format(state.format(noun)))
    assert len(set(out)) == 462
    return out


class Tower:
    """The image tower's inside, whichever library it comes from; everything double."""

    def __init__(self, folder):
        self.t = t = towers.load(folder)
        self.size, self.grid, self.mean, self.std = t.size, t.grid, t.mean, t.std
        self.tok = common.tokenizer(t.vocab)
        hf = isinstance(t, towers.HuggingFace)
        v = t.model.vision_model if hf else t.visual
        self.ln_pre, self.ln_post = (v.pre_layrnorm, v.post_layernorm) if hf else (v.ln_pre, v.ln_post)
        self.blocks = v.encoder.layers if hf else v.transformer.resblocks
        self.proj = (lambda x: t.model.visual_projection(x)) if hf else (lambda x: x @ v.proj)
        self.hf = hf

    def heads(self, b):
        return b.self_attn.num_heads if self.hf else b.attn.num_heads

    def qkv(self, b, x):
        if self.hf:
            h = b.layer_norm1(x)
            return b.self_attn.q_proj(h), b.self_attn.k_proj(h), b.self_attn.v_proj(h)
        h, d = b.ln_1(x), x.shape[-1]
        y = h @ b.attn.in_proj_weight.T + b.attn.in_proj_bias
        return y[..., :d], y[..., d:2 * d], y[..., 2 * d:]

    def out_proj(self, b, x):
        return (b.self_attn.out_proj if self.hf else b.attn.out_proj)(x)

    def mlp(self, b, x):
        return b.mlp(b.layer_norm2(x)) if self.hf else b.mlp(b.ln_2(x))

    def attend(self, b, q, k, v, keep=None):
        n = self.heads(b)
        split = lambda x: x.reshape(x.shape[0], n, -1).transpose(0, 1)          # noqa: E731
        q, k, v = split(q), split(k), split(v)
        a = torch.softmax(q @ k.transpose(1, 2) / q.shape[-1] ** .5, -1)
        if keep is not None:
            keep.append(a)
            a.retain_grad()
        return (a @ v).transpose(0, 1).reshape(q.shape[1], -1)

    def block(self, b, x, keep=None):
        x = x + self.out_proj(b, self.attend(b, *self.qkv(b, x), keep=keep))
        return x + self.mlp(b, x)

    def image(self, pixels):
        """Everything the methods look at, of one image."""
        x = self.ln_pre(self.t.tokens(torch.from_numpy(pixels[None]).double()))[0]
        path, after = x, []
        for b in self.blocks:
            _, _, v = self.qkv(b, x)
            path = path + self.out_proj(b, self.attend(b, v, v, v))
            last = (x, v)
            x = self.block(b, x)
            after.append(x.numpy())
        x0, v = last
        joint = lambda y: self.proj(self.ln_post(y)).numpy()                     # noqa: E731
        f = joint(x[:1])[0]
        return {"f": o.unit(f), "values": joint(self.out_proj(self.blocks[-1], v)), "path": joint(path), "after": after,
                "patches": o.unit(joint(x[1:])), "before_last": x0}

    def text(self, texts):
        e = np.concatenate([self.t.encode_text(self.tok(texts[i:i + 154], context_length=self.t.context)).numpy() for i in range(0, len(texts), 154)])
        return o.prototype(e.astype(np.float32).astype(np.float64))

    def pair(self, f):
        return np.stack([self.text(f(label)) for label in ("normal", "abnormal")])


def mean3(m):
    p = np.pad(m, 1, mode="edge")
    return sum(p[i:i + m.shape[0], j:j + m.shape[1]] for i in range(3) for j in range(3)) / 9


def trans_mm(tower, before_last, abnormal):
    """Chefer et al.'s CLIP notebook with start_layer = the last block: R = I + mean_h(relu(dy/dA A)); row of the class token."""
    with torch.enable_grad():
        keep = []
        x = before_last.detach().requires_grad_(True)
        y = tower.block(tower.blocks[-1], x, keep)
        e = tower.proj(tower.ln_post(y[:1]))[0]
        (e / e.norm() @ torch.from_numpy(abnormal)).backward()
        a = keep[0]
        r = torch.eye(a.shape[-1], dtype=a.dtype) + (a.grad * a).clamp(min=0).mean(0)
    return r[0, 1:].detach().numpy().reshape(tower.grid, tower.grid)


def neighbours(x, side, radius, mean=True):
    """Each cell's mean over the cells around it that exist."""
    g = x.reshape(side, side, -1)
    out = np.zeros_like(g)
    for y in range(side):
        for c in range(side):
            out[y, c] = g[max(0, y - radius):y + radius + 1, max(0, c - radius):c + radius + 1].mean((0, 1))
    return out.reshape(side * side, -1)


def coreset(rows, share):
    budget = int(np.ceil(share * len(rows)))
    picked = [int(np.argmin(rows @ rows.mean(0)))]
    while len(picked) < budget:
        picked.append(int(np.argmax(np.min(np.linalg.norm(rows[:, None] - rows[picked][None], axis=-1), 1))))
    return rows[picked]


def patchcore(refs, image, side, share):
    memory = coreset(np.concatenate([o.unit(neighbours(r, side, 1)) for r in refs]), share)
    q = o.unit(neighbours(image, side, 1))
    return np.linalg.norm(q[:, None] - memory[None], axis=-1).min(1)


def spade(refs, f_refs, image, f, k):
    d = np.linalg.norm(f_refs - f, axis=-1)
    near = np.argsort(d, kind="stable")[:k]
    memory = np.concatenate([o.unit(refs[i]) for i in near])
    return d[near].mean(), np.linalg.norm(o.unit(image)[:, None] - memory[None], axis=-1).min(1)


def padim(refs, image, dims):
    n, cells, width = refs.shape
    d = min(dims, width)
    at = np.arange(d) * width // d
    x, q = refs[:, :, at], image[:, at]
    mu = x.mean(0)
    if n > 1:
        s = np.stack([np.cov(x[:, p].T).reshape(d, d) for p in range(cells)])
        pooled = s.mean(0)
    else:
        s, pooled = np.zeros((cells, d, d)), np.cov(mu.T, bias=True).reshape(d, d)
    shrink = d / (d + n - 1)
    sigma = (1 - shrink) * s + shrink * pooled + 0.01 * np.trace(pooled) / d * np.eye(d)
    return np.sqrt(np.einsum("pi,pij,pj->p", q - mu, np.linalg.inv(sigma), q - mu))


def musc(images, f, side):
    """images[block][i]: raw tokens."""
    n, maps = len(f), []
    for tokens in images:
        for radius in (0, 1, 2):
            t = [o.unit(neighbours(x, side, radius)) for x in tokens]
            m = np.zeros((n, side * side))
            for i in range(n):
                d = np.array([np.linalg.norm(t[i][:, None] - t[j][None], axis=-1).min(1) for j in range(n) if j != i])
                m[i] = np.sort(d, 0)[:max(1, int(0.3 * (n - 1)))].mean(0)
            maps.append(m)
    maps = np.mean(maps, 0)
    s, w = maps.max(1), f @ f.T
    out = []
    for i in range(n):
        w_self = w[i].copy()
        w_self[i] = np.inf                                   # an image is its own first neighbour
        order = np.argsort(-w_self, kind="stable")
        out.append(np.mean([np.average(s[order[:k]], weights=w[i][order[:k]]) for k in range(1, min(3, n) + 1)]))
    return maps, np.array(out)


def zero_shot(tower, images, tensors):
    win = tower.pair(lambda label: prompts.winclip(NOUN, label))
    ac = tower.pair(lambda label: [f"a photo of {'a normal' if label == 'normal' else 'an abnormal'} {NOUN}"])
    one = tower.text(prompts.alfa(NOUN, "normal"))
    g = tower.grid
    p = lambda rows, f, tau=o.TAU: np.array([o.abnormal_probability(r, f, tau) for r in rows]).reshape(g, g)      # noqa: E731
    tensors["patches/embeddings"] = [x["patches"] for x in images]
    tensors["clip-ac/score"] = [o.abnormal_probability(x["f"], ac) for x in images]
    tensors["one-class/score"] = [(1 - x["f"] @ one) / 2 for x in images]
    tensors["maskclip/map"] = [p(x["values"][1:], win) for x in images]
    tensors["maskclip/score"] = [m.max() for m in tensors["maskclip/map"]]
    tensors["trans-mm/map"] = [trans_mm(tower, x["before_last"], win[1]) for x in images]
    tensors["trans-mm/score"] = [m.max() for m in tensors["trans-mm/map"]]
    for texture, name in ((False, "anovl"), (True, "anovl-texture")):
        f = tower.pair(lambda label: anovl_prompts(NOUN, label, texture))
        tensors[name + "/map"] = [mean3(p(x["path"][1:], f, 1.0)) for x in images]
        tensors[name + "/score"] = [o.abnormal_probability(x["f"], f, 1.0) for x in images]


def few_shot(tower, images, tensors, references):
    """The first images are normal, the others are judged."""
    last = np.stack([x["after"][-1][1:] for x in images])
    f = np.stack([x["f"] for x in images])
    g = tower.grid
    for shots in references:
        for name, share in (("patchcore", 1.0), ("patchcore-half", 0.5)):
            tensors[f"{name}/{shots}/map"] = m = [patchcore(last[:shots], x, g, share).reshape(g, g) for x in last[max(references):]]
            tensors[f"{name}/{shots}/score"] = [x.max() for x in m]
        tensors[f"padim/{shots}/map"] = m = [padim(last[:shots], x, 12).reshape(g, g) for x in last[max(references):]]
        tensors[f"padim/{shots}/score"] = [x.max() for x in m]
        s = [spade(last[:shots], f[:shots], x, f[max(references) + i], 2) for i, x in enumerate(last[max(references):])]
        tensors[f"spade/{shots}/map"] = [m.reshape(g, g) for _, m in s]
        tensors[f"spade/{shots}/score"] = [a for a, _ in s]
    layers = sorted({-(-i * len(tower.blocks) // 4) for i in range(1, 5)})
    maps, scores = musc([[x["after"][b - 1][1:] for x in images] for b in layers], f, g)
    tensors["musc/map"], tensors["musc/score"] = maps.reshape(-1, g, g), scores


def smoothing(tensors):
    from scipy.ndimage import gaussian_filter
    x = common.rng("smooth").uniform(0, 1, (9, 23)).astype(np.float32)
    tensors["smooth/in"] = x
    tensors["smooth/4"] = gaussian_filter(x.astype(np.float64), 4)
    tensors["smooth/1.5"] = gaussian_filter(x.astype(np.float64), 1.5)


if __name__ == "__main__":
    models, out = sys.argv[1:3]
    for name in ("openclip-gelu", "openclip-quickgelu", "huggingface"):
        tower = Tower(os.path.join(models, name))
        golden = load_file(os.path.join(models, name, "golden.safetensors"))
        tensors = {}
        images = [tower.image(x) for x in golden["pixels"]]
        for x, e in zip(images, golden["image_embeddings"]):
            assert np.abs(x["f"] - o.unit(e)).max() < 1e-6       # the pieces make the library's own embedding
        for x, u in zip(images, golden["value_tokens"]):
            assert np.abs(x["values"] - u).max() < 1e-5
        zero_shot(tower, images, tensors)
        if name == "openclip-quickgelu":
            tensors["pixels"] = pixels = common.pixels(["photo", "photo", "photo", "photo", "noise", "photo"], tower.size, tower.mean, tower.std)
            few_shot(tower, [tower.image(x) for x in pixels], tensors, (1, 3))
            smoothing(tensors)
        common.save(f"{out}/{name}.safetensors", tensors, {"noun": NOUN, "tau": o.TAU})
        print(name, {k: np.asarray(v).shape for k, v in tensors.items()})
