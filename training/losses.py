"""What the two towers learn from twin pairs."""

import torch
import torch.nn.functional as F

from model import window_rows
from scoring import TAU, unit

DAMAGED_WINDOW, DAMAGED_PATCH = 0.02, 0.05
WEIGHTS = {"state": 1.0, "rank": 0.3, "window": 1.5, "patch": 0.5, "value": 0.3,
           "side": 0.2, "contrast": 0.2, "kind": 0.3, "top": 0.5}
TOP_PATCHES = 3  # of 225: the mean of the top 1 % of a map is read on about so many
ON_DAMAGE, ON_HARD, ANYWHERE = 3, 2, 3  # windows a scale and image


def margins(embeddings, direction):
    """Cosines to the abnormal less those to the normal prototype, over tau, of raw
    embeddings [...,E]: [...]."""
    return embeddings @ direction / (TAU * embeddings.norm(dim=-1))


def balanced_bce(margins, labels, use):
    """Mean of the BCE over positives and over negatives, each counting half."""
    loss = F.binary_cross_entropy_with_logits(margins, labels, reduction="none")
    parts = []
    for side in (0.0, 1.0):
        chosen = use & (labels == side)
        if chosen.any():
            parts.append(loss[chosen].mean())
    return sum(parts) / max(len(parts), 1)


def choose_windows(coverage, scores, rows):
    """Window indices [B,K]: on the damage, on what looks damaged in the twin, anywhere."""
    window_cover = coverage[:, rows].mean(2)
    noise = torch.rand_like(window_cover)
    damaged = (noise + 2 * (window_cover > DAMAGED_WINDOW)).topk(ON_DAMAGE).indices
    hard = (scores[:, rows].mean(2) + 0.05 * noise).topk(ON_HARD).indices
    anywhere = torch.rand_like(window_cover).topk(ANYWHERE).indices
    return torch.cat([damaged, hard, anywhere], 1)


def window_loss(visual, tokens, coverage, patch_scores, direction):
    """BCE of windows at the same places of both twins against the prototypes, and that of
    the value tokens inside them."""
    pairs, total, inside = len(coverage), 0, 0
    for size in (2, 3):
        rows = window_rows(visual.grid, size)[0].to(tokens.device)
        chosen = choose_windows(coverage, patch_scores[:pairs], rows)
        places = rows[chosen]
        embeddings, values = visual.windows_and_values(tokens, places.repeat(2, 1, 1))
        patch_cover = coverage.gather(1, places.flatten(1)).view(places.shape)
        patch_cover = torch.cat([torch.zeros_like(patch_cover), patch_cover])
        cover = patch_cover.mean(2)
        labels = (cover > DAMAGED_WINDOW).float()
        use = (cover == 0) | (labels > 0)
        total = total + balanced_bce(margins(embeddings, direction), labels, use) / 2
        inside = inside + value_loss(values, labels, cover, patch_cover, direction) / 2
    return total, inside


def value_loss(values, whole, cover, patch_cover, direction):
    """BCE of value tokens [...,1+P,E]: the class token's against `whole` [...], whether the
    window or image (covered by damage to `cover` [...]) is damaged, a patch's against
    whether there is damage on it."""
    labels = torch.cat([whole[..., None], (patch_cover > DAMAGED_PATCH).float()], -1)
    use = (torch.cat([cover[..., None], patch_cover], -1) == 0) | (labels > 0)
    return balanced_bce(margins(values, direction), labels, use)


def top_loss(patch_margin, damaged):
    """BCE of the image score that the product reads, the mean of the map's largest values,
    and its ranking inside a pair. Margins [2B,P]; damaged [B]. Needs no mask."""
    top = patch_margin.topk(TOP_PATCHES, 1).values.mean(1)
    labels = torch.cat([torch.zeros_like(damaged), damaged]).float()
    gap = top[len(damaged):] - top[:len(damaged)]
    return (F.binary_cross_entropy_with_logits(top, labels)
            + F.softplus(-gap[damaged]).mean()) / 2


def contrast(images, texts, scale):
    """CLIP's symmetric loss."""
    logits = scale * images @ texts.T
    target = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def damaged_patches(patches, coverage):
    """Mean embedding of the damaged patches of every image, [B,E]."""
    weight = ((coverage > DAMAGED_PATCH).float() + 1e-6) / patches.detach().norm(dim=-1)
    return unit((weight[:, None] @ patches)[:, 0])


def all_losses(model, batch, sentences, left_out=()):
    """Dict of losses. batch: features [2B,G*G,F] (first ones, then second ones), coverage
    [B,G*G], damaged [B], kind [B] (index into the kind sentences, -1: none). sentences:
    ids of normal and abnormal sentences (the first B of each belong to the pairs) and of
    one sentence per kind. left_out: losses that do not count."""
    visual, pairs = model.visual, len(batch["damaged"])
    counts = [len(sentences[key]) for key in ("normal", "abnormal", "kinds")]
    texts = unit(model.encode_text(torch.cat(
        [sentences[key] for key in ("normal", "abnormal", "kinds")])).float())
    normal, abnormal, kinds = texts.split(counts)
    prototype = [unit(side.mean(0)) for side in (normal, abnormal)]
    direction = prototype[1] - prototype[0]
    tokens = visual.tokens(batch["features"])
    joint, values = visual.full_and_values(tokens)
    images, patches = unit(joint[:, 0].float()), joint[:, 1:].float()
    damaged = batch["damaged"]
    labels = torch.cat([torch.zeros_like(damaged), damaged]).float()

    losses = {}
    own = images @ (abnormal[:pairs] - normal[:pairs]).T / TAU
    margin = images @ direction / TAU
    bce = F.binary_cross_entropy_with_logits
    losses["state"] = (bce(own, labels[:, None].expand_as(own)) + bce(margin, labels)) / 2
    gap = margin[pairs:] - margin[:pairs]
    losses["rank"] = F.softplus(-gap[damaged]).mean()
    patch_margin = margins(patches, direction)
    cover = torch.cat([torch.zeros_like(batch["coverage"]), batch["coverage"]])
    patch_labels = (cover > DAMAGED_PATCH).float()
    losses["patch"] = balanced_bce(patch_margin, patch_labels,
                                   (cover == 0) | (patch_labels > 0))
    losses["top"] = top_loss(patch_margin, damaged)
    inside = 0
    if "window" not in left_out:  # else the windows are never run, as in a CLIP's training
        losses["window"], inside = window_loss(visual, tokens, batch["coverage"],
                                               patch_margin.detach().sigmoid(), direction)
    share = cover.mean(1)
    losses["value"] = inside + value_loss(values, (share > 0).float(), share, cover,
                                          direction)
    sides = torch.cat([normal, abnormal]) @ direction / TAU
    losses["side"] = bce(sides, torch.cat([torch.zeros_like(sides[:counts[0]]),
                                           torch.ones_like(sides[counts[0]:])]))
    scale = model.logit_scale.exp().clamp(max=100)
    own_texts = torch.cat([normal[:pairs], torch.where(damaged[:, None], abnormal[:pairs],
                                                       normal[:pairs])])
    losses["contrast"] = contrast(images, own_texts, scale)
    known = batch["kind"] >= 0
    local = damaged_patches(patches[pairs:], batch["coverage"])
    losses["kind"] = F.cross_entropy(scale * local[known] @ kinds.T, batch["kind"][known])
    losses["total"] = sum(WEIGHTS[key] * value for key, value in losses.items()
                          if key not in left_out)
    return losses
