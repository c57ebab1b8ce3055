"""Metrics of random scores and maps by scikit-learn, regions by scikit-image, and a plain PRO.

usage: make_metrics.py OUT

Writes OUT/metrics.safetensors and a few masks as pictures. NaN stands for undefined: one of the two classes is missing, or (PRO) no region, or
(200 thresholds) no two different false positive rates below the limit."""

import sys
import warnings

import numpy as np
from PIL import Image
from skimage.measure import label
from sklearn.metrics import auc, average_precision_score, precision_recall_curve, roc_auc_score

import common

LIMIT, STEPS = 0.3, 200


def ranking(scores, labels):
    """AUROC, average precision, trapezoid AUPR, F1-max and its highest threshold."""
    scores, labels = scores.astype(np.float64).ravel(), labels.ravel() != 0
    if labels.all() or not labels.any():
        return [np.nan] * 5
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    best = np.nonzero(f1[:-1] >= f1.max() - 1e-12)[0][-1]
    return [roc_auc_score(labels, scores), average_precision_score(labels, scores), auc(recall, precision), f1.max(),
            thresholds[best]]


def regions(masks):
    """(image, boolean mask) of every 8-connected component."""
    out = []
    for i, mask in enumerate(masks):
        numbers = label(mask != 0, connectivity=2)
        out += [(i, numbers == n) for n in range(1, numbers.max() + 1)]
    return out


def point(hit, masks, parts):
    """(FPR, mean overlap) of one boolean decision for every pixel."""
    return (hit & (masks == 0)).sum() / (masks == 0).sum(), np.mean([hit[i][part].mean() for i, part in parts])


def pro(maps, masks):
    """Exact curve: every distinct score is a threshold."""
    parts = regions(masks)
    if not parts or not (masks == 0).any():
        return np.nan
    curve = [(0.0, 0.0)] + [point(maps >= t, masks, parts) for t in np.unique(maps)[::-1]]
    area = 0.0
    for (x0, y0), (x1, y1) in zip(curve, curve[1:]):
        if x1 > LIMIT:
            area += (LIMIT - x0) * (y0 + np.interp(LIMIT, [x0, x1], [y0, y1])) / 2
            break
        area += (x1 - x0) * (y0 + y1) / 2
    return area / LIMIT


def pro_200(maps, masks):
    """cal_pro_score of cflow-ad and its followers, with exactly 200 thresholds."""
    parts = regions(masks)
    if not parts or not (masks == 0).any():
        return np.nan
    low, high = float(maps.min()), float(maps.max())
    points = [point(maps > low + i * ((high - low) / STEPS), masks, parts) for i in range(STEPS)]
    kept = np.array([p for p in points if p[0] < LIMIT])
    if len(kept) < 2 or kept[:, 0].max() == kept[:, 0].min():
        return np.nan
    x = (kept[:, 0] - kept[:, 0].min()) / (kept[:, 0].max() - kept[:, 0].min())
    return auc(x, kept[:, 1])


def image_cases():
    r = common.rng("metrics", "images")
    labels = r.random(200) < 0.6
    yield "separated", labels * 0.4 + r.random(200) * 0.7, labels
    yield "ties", np.round(labels * 0.3 + r.random(200), 1), labels
    yield "two-values", (labels ^ (r.random(200) < 0.2)).astype(float), labels
    yield "negative", -1.0 * labels + r.normal(size=200), labels
    yield "large", 1e6 * r.normal(size=200) + labels * 1e5, labels
    yield "rare", r.random(300), np.arange(300) == 117
    yield "constant", np.full(50, 0.5), np.arange(50) < 20
    yield "perfect", np.arange(20.0), np.arange(20) >= 12
    yield "inverted", -np.arange(20.0), np.arange(20) >= 12
    yield "pair", np.array([0.25, 0.75]), np.array([0, 1])
    yield "all-normal", r.random(30), np.zeros(30)
    yield "all-anomalous", r.random(30), np.ones(30)


def blobs(r, n, height, width, count):
    y, x = np.mgrid[0:height, 0:width]
    masks = np.zeros((n, height, width), np.int32)
    for i in range(n):
        for _ in range(count if i % 3 else 0):
            cy, cx, ry, rx = r.uniform(0, height), r.uniform(0, width), r.uniform(0.6, height / 5), r.uniform(0.6, width / 5)
            masks[i] |= ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 < 1
    return masks


def pixel_cases():
    r = common.rng("metrics", "pixels")
    masks = blobs(r, 5, 18, 24, 3)
    yield "smooth", masks * 0.35 + r.random(masks.shape), masks
    yield "ties", np.round(masks * 0.35 + r.random(masks.shape), 1), masks
    yield "eighths", np.round(8 * (masks * 0.3 + 0.7 * r.random(masks.shape))) / 8, masks
    yield "negative", np.minimum(masks * 1.0 + r.normal(size=masks.shape) - 3, 0), masks
    yield "peaked", (masks * 0.2 + r.random(masks.shape)) ** 12, masks
    yield "constant", np.full(masks.shape, 0.25), masks
    yield "perfect", masks * 0.5 + 0.4 * r.random(masks.shape), masks
    yield "inverted", 1 - (masks * 0.5 + 0.4 * r.random(masks.shape)), masks
    points = (r.random((4, 9, 11)) < 0.05).astype(np.int32)
    yield "single-pixels", points * 0.5 + r.random(points.shape), points
    checks = np.indices((2, 9, 8)).sum(0) % 2          # one region by its corners
    checks[1, :, 3:5] = 0
    yield "diagonal", checks * 0.2 + r.random(checks.shape), checks
    border = np.zeros((2, 8, 10), np.int32)
    border[0, 0, :], border[0, :, 9], border[0, 7, 0], border[1, 2:6, 0], border[1, 7, 4:] = 1, 1, 1, 1, 1
    yield "border", border * 0.2 + r.random(border.shape), border
    full = np.zeros((3, 7, 9), np.int32)
    full[1] = 1
    yield "full-image", full * 0.2 + r.random(full.shape), full
    yield "indices", masks[:3] * 0.3 + r.random(masks[:3].shape), masks[:3] * np.array([1, 7, 255]).reshape(3, 1, 1)
    steps = np.minimum(np.round(200 * (masks[:3] * 0.2 + r.random(masks[:3].shape))), 200)
    steps[0, 0, :2] = 0, 200                            # every score is one of the 200 thresholds, or the highest
    yield "on-thresholds", steps, masks[:3]
    row = np.array([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 7.5, 6.5]])          # a rate of exactly 0.3 between 7.5 and 6.5
    yield "at-limit", row[None], (row % 1 > 0).astype(np.int32)[None]
    yield "all-normal", r.random((2, 6, 7)), np.zeros((2, 6, 7), np.int32)
    yield "all-anomalous", r.random((2, 6, 7)), np.ones((2, 6, 7), np.int32)


def component_cases():
    r = common.rng("metrics", "components")
    for name, height, width, share in (("sparse", 23, 31, 0.15), ("dense", 24, 17, 0.45), ("maze", 33, 33, 0.3), ("row", 1, 40, 0.5),
                                       ("column", 40, 1, 0.5), ("empty", 5, 6, 0.0), ("full", 5, 6, 1.0)):
        yield name, (r.random((height, width)) < share).astype(np.int32)
    spiral = np.zeros((15, 15), np.int32)                # labels that meet late
    for i in range(0, 7, 2):
        spiral[i, i:15 - i] = spiral[14 - i, i:15 - i] = spiral[i:15 - i, 14 - i] = spiral[i + 2:15 - i, i] = 1
        spiral[i + 2, i:i + 2] = 1
    yield "spiral", spiral
    y, x = np.mgrid[0:12, 0:20]
    yield "combs", ((x % 2 == 0) & (y < 8) | (y == 8) & (x % 7 != 6)).astype(np.int32)


def pictures(out):
    """Masks as data sets store them; test_mask.c knows what they hold."""
    grey = np.array([[0, 1, 9], [0, 255, 2]], np.uint8)
    Image.fromarray(grey).save(out + "/mask-numbers.png", optimize=True)
    Image.fromarray(np.where(grey > 0, 255, 0).astype(np.uint8)).convert("1").save(out + "/mask-bits.png", optimize=True)
    Image.fromarray(np.where(grey > 0, 255, 0).astype(np.uint8)).convert("RGBA").save(out + "/mask-alpha.png", optimize=True)
    Image.fromarray((grey > 0) * np.uint16(65535)).save(out + "/mask-16.png", optimize=True)
    palette = Image.fromarray(np.minimum(grey, 2))
    palette.putpalette([0, 0, 0, 1, 0, 0, 0, 0, 128])
    palette.save(out + "/mask-palette.png", bits=2)
    square = np.zeros((24, 24), np.uint8)
    square[5:17, 6:18] = 255
    Image.fromarray(square).save(out + "/mask.jpg", quality=75)
    blurred = np.asarray(Image.open(out + "/mask.jpg"))
    assert ((blurred > 127) == (square > 127)).all() and ((blurred > 0) != (square > 0)).any()


def main(out):
    warnings.simplefilter("error")
    tensors, record = {}, {"images": [], "pixels": [], "components": []}
    for name, scores, labels in image_cases():
        scores = np.asarray(scores, np.float32)
        record["images"].append(name)
        tensors.update({f"images/{name}/scores": scores, f"images/{name}/labels": np.asarray(labels, np.int32),
                        f"images/{name}/expected": np.array(ranking(scores, np.asarray(labels)))})
    for name, maps, masks in pixel_cases():
        maps = np.asarray(maps, np.float32)
        record["pixels"].append(name)
        tensors.update({f"pixels/{name}/maps": maps, f"pixels/{name}/masks": masks,
                        f"pixels/{name}/expected": np.array(ranking(maps, masks) + [pro(maps, masks), pro_200(maps, masks)]),
                        f"pixels/{name}/counts": np.array([len(regions(masks)), (masks == 0).sum(), (masks != 0).sum()])})
    for name, mask in component_cases():
        record["components"].append(name)
        tensors.update({f"components/{name}/mask": mask, f"components/{name}/labels": label(mask, connectivity=2)})
    pictures(out)
    common.save(out + "/metrics.safetensors", tensors, {"cases": record})


if __name__ == "__main__":
    main(sys.argv[1])
