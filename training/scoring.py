"""Zero-shot scores as the product computes them, and the metrics to report."""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score

from model import window_rows

TAU = 0.07
SCALES = (2, 3)  # windows; the patches of the full pass are scale 1


def unit(x):
    return F.normalize(x, dim=-1)


def prototypes(model, tokenizer, sides):
    """Normalised mean embedding of each side, [2,E]: normal, abnormal."""
    device = model.text_projection.device
    means = [unit(unit(model.encode_text(tokenizer(side).to(device))).mean(0))
             for side in sides]
    return torch.stack(means)


def abnormal_probability(embeddings, pair):
    """softmax(cos / tau)[abnormal] for embeddings [...,E]."""
    return torch.sigmoid(unit(embeddings) @ (pair[1] - pair[0]) / TAU)


def harmonic(scores, rows, grid):
    """Harmonic mean per patch of the windows that cover it, [N,G*G]."""
    inverse = (1 / scores.double().clamp_min(1e-12)).unsqueeze(2)
    n, m, size = len(scores), rows.shape[1], rows.shape[2]
    total = torch.zeros(n, grid * grid, dtype=torch.double, device=scores.device)
    rows = rows.to(scores.device)
    flat = rows.reshape(1, -1).expand(n, -1)
    total.scatter_add_(1, flat, inverse.expand(n, m, size).reshape(n, -1))
    count = torch.bincount(rows.reshape(-1), minlength=grid * grid)
    return count / total


def window_scores(visual, tokens, rows, pair, aligner):
    """Scores [N,M] of windows by prototypes aligned to each, W t (the product's docs/method.md
    has the equations): "none", "r3" (pooled embeddings) or "r4" (value tokens)."""
    if aligner == "none":
        return abnormal_probability(visual.windows(tokens, rows), pair)
    full, values = visual.full_and_values(tokens)
    windows, window_values = visual.windows_and_values(tokens, rows)
    windows, pair = unit(windows.float()), pair.float()
    if aligner == "r3":
        source, target = unit(full[:, None, None, 0].float()), windows[:, :, None]
        source = source.expand_as(target)
        inverse = torch.ones(1, 1, device=full.device)
    else:
        kept = torch.cat([torch.zeros_like(rows[0, :, :1]), rows[0] + 1], 1)
        source, target = unit(values.float())[:, kept], unit(window_values.float())
        gram = source @ source.transpose(-1, -2)
        count = gram.shape[-1]
        ridge = 0.1 * gram.diagonal(dim1=-2, dim2=-1).sum(-1) / count
        eye = torch.eye(count, device=gram.device)
        inverse = torch.linalg.inv(gram + ridge[..., None, None] * eye)
    aligned = pair + ((target - source).transpose(-1, -2) @ (
        inverse @ (source @ pair.T))).transpose(-1, -2)
    cosines = (unit(aligned) * windows[:, :, None]).sum(-1)
    return torch.sigmoid((cosines[..., 1] - cosines[..., 0]) / TAU)


def top_score(maps, size):
    """Mean of the top 1 % of maps [N,G*G] enlarged to `size` pixels, as the product reads it."""
    grid = int(maps.shape[1] ** 0.5)
    large = F.interpolate(maps.view(-1, 1, grid, grid), (size, size), mode="bilinear",
                          align_corners=False).flatten(1)
    return large.topk(max(1, large.shape[1] // 100), 1).values.mean(1)


def score_images(model, features, pair, aligner="none"):
    """Of features [N,G*G,F]: dict with class, map [N,G*G], image score by Eq. 12
    and by the top of the map, and dense map."""
    visual = model.visual
    tokens = visual.tokens(features)
    everything = abnormal_probability(visual.full(tokens), pair)
    cls, dense = everything[:, 0], everything[:, 1:]
    maps = [dense.double()]
    for size in SCALES:
        rows = window_rows(visual.grid, size)
        maps.append(harmonic(window_scores(visual, tokens, rows, pair, aligner), rows,
                             visual.grid))
    local = len(maps) / sum(1 / m for m in maps)
    full = (len(maps) + 1) / (sum(1 / m for m in maps) + 1 / cls.double()[:, None])
    return {"class": cls.double(), "image": (cls.double() + local.max(1).values) / 2,
            "top": top_score(full, model.config["vision_cfg"]["image_size"]),
            "map": full, "dense": dense.double(), "dense_max": dense.max(1).values.double()}


def auroc(labels, scores):
    """Area under the ROC curve in percent, nan when one side is empty."""
    labels = np.asarray(labels)
    if labels.min() == labels.max():
        return float("nan")
    return 100 * roc_auc_score(labels, np.asarray(scores))
