"""What a smaller image tower learns from a larger one: its embeddings and its judgement."""

import torch
import torch.nn.functional as F

from model import window_rows
from scoring import TAU, unit

WINDOWS = 12  # windows a scale and image
COMPARED = 800  # patches of a batch whose likeness to each other is compared
WEIGHTS = {"image": 4.0, "patches": 4.0, "values": 2.0, "windows": 4.0, "judgement": 1.0,
           "likeness": 4.0}


def strange(features):
    """Half of the pictures [N,G*G,F] get a rectangle of another one's patches, all of them noise:
    the pupil shall follow its teacher beyond what the pool shows."""
    n, patches, _ = features.shape
    grid = int(patches ** 0.5)
    ends = (torch.rand(2, 2, n, 1) * (grid + 1)).long().sort(0).values
    inside = (torch.arange(grid) >= ends[0]) & (torch.arange(grid) < ends[1])
    chosen = (inside[0, :, :, None] & inside[1, :, None]).view(n, patches, 1)
    chosen &= torch.rand(n, 1, 1) < 0.5
    mixed = torch.where(chosen.to(features.device), features.roll(n // 3, 0), features)
    return mixed + 0.3 * torch.rand(n, 1, 1, device=mixed.device) * torch.randn_like(mixed)


def places(visual, size, count):
    """Patch indices [count,M,size^2] of M windows an image, drawn anew for each."""
    rows = window_rows(visual.grid, size)[0]
    return rows[torch.rand(count, len(rows)).topk(WINDOWS).indices]


def embeddings(visual, features, rows):
    """Raw embeddings [N,T,E] of contextual features [N,G*G,F'] as a dict: of the image, of its
    patches, of its value tokens and of those inside the windows `rows`, of these windows; and
    the patches' tokens [N,G*G,D] after the first and the last block."""
    x = tokens = visual.placed(visual.stem.proj(features))
    outputs = []
    for block in visual.transformer.resblocks:
        values = block.attn.values(block.ln_1(x))
        x = block(x, False)
        outputs.append(x[:, 1:])
    full, values = visual.project(x), visual.project(values)
    windows, inside = zip(*(visual.windows_and_values(tokens, r) for r in rows))
    return {"image": full[:, :1], "patches": full[:, 1:],
            "values": torch.cat([values] + [v.flatten(1, 2) for v in inside], 1),
            "windows": torch.cat(windows, 1)}, [outputs[0], outputs[-1]]


def likeness(tokens, chosen):
    """Cosines [C,C] between the chosen ones of all patches of all pictures [N,G*G,D]."""
    kept = unit(tokens.flatten(0, 1)[chosen].float())
    return kept @ kept.T


def direction(texts, counts):
    """Unit differences [K,E] between abnormal and normal sentences and between their means."""
    normal, abnormal = texts.split(counts)
    means = [unit(side.mean(0, keepdim=True)) for side in (normal, abnormal)]
    count = min(counts)
    return torch.cat([abnormal[:count] - normal[:count], means[1] - means[0]])


def all_losses(model, teacher, batch, sentences):
    """Dict of losses of `model` against `teacher`, whose stem and text tower it shares:
    one less the cosine between their embeddings, the smooth distance of the log-odds of
    "abnormal" that both give to every token and window, and how alike the patches of different
    pictures are after the first and the last block (as MuSc reads them)."""
    visual = model.visual
    with torch.no_grad():
        features = teacher.visual.stem.with_context(strange(batch["features"]))
        rows = [places(visual, size, len(features)) for size in (2, 3)]
        target, wanted_blocks = embeddings(teacher.visual, features, rows)
        sides = [sentences["normal"], sentences["abnormal"]]
        texts = unit(teacher.encode_text(torch.cat(sides)).float())
        across = direction(texts, [len(side) for side in sides]).T / TAU
    own, blocks = embeddings(visual, features, rows)
    chosen = torch.randperm(features.shape[0] * features.shape[1])[:COMPARED]
    losses, judged = {}, []
    for name in own:
        mine, wanted = unit(own[name].float()), unit(target[name].float())
        losses[name] = (1 - (mine * wanted).sum(-1)).mean()
        if name != "values":
            judged.append(F.smooth_l1_loss(mine @ across, wanted @ across))
    losses["judgement"] = sum(judged) / len(judged)
    losses["likeness"] = sum(F.mse_loss(likeness(mine, chosen), likeness(wanted, chosen))
                             for mine, wanted in zip(blocks, wanted_blocks)) / len(blocks)
    losses["total"] = sum(WEIGHTS[key] * value for key, value in losses.items())
    return losses
