"""Train the dual encoder on a pool of generated pairs.

    python train.py --pool DIR --out DIR --steps 40000
    python train.py --pool DIR --out DIR --steps 600 --start MODEL --real 8 --without text
    python train.py --pool DIR --out DIR --steps 5300 --teacher MODEL --trunk 128x2

The second line goes on from a trained model folder with real photographs in every batch,
the third makes a smaller image tower that learns from a trained model, not from labels.
Writes OUT/checkpoint.pt every few minutes (running the same command again goes on from
there), OUT/losses.csv and OUT/validation.csv. Export with export.py.
"""

import argparse
import copy
import csv
import math
import os
import time
from pathlib import Path

import numpy as np
import torch

import captions
import distil
import losses as loss_functions
import prompts
from dataset import Pool, set_statistics
from export import load
from model import DEFAULT_CONFIG, AlfaTiny
from real import GROUPS, RealPairs
from scoring import auroc, prototypes, score_images
from stem import PIXELS, imagenet_state
from tokenizer import Tokenizer

EXTRA_SENTENCES = 8
AVERAGE_DECAY = 0.998


def new_model(pool, without=None, start=None, trunk=None):
    """Random towers over the frozen ImageNet stem with the pool's statistics, or those of
    the model folder `start`. trunk: width and blocks of the image tower, "128x2"."""
    if start:
        model = load(start)[0].train()
        check_statistics(model.visual.stem, pool)
        return model
    config = copy.deepcopy(DEFAULT_CONFIG)
    if without == "stem":
        config["vision_cfg"]["stem"] = PIXELS
    if trunk:
        width, layers = trunk.split("x")
        config["vision_cfg"].update(width=int(width), layers=int(layers))
    model = AlfaTiny(config)
    model.visual.stem.load_imagenet(imagenet_state())
    set_statistics(model.visual.stem, pool)
    return model


def pupil(pool, teacher, trunk):
    """A model with the stem and the text tower of `teacher` and a random image tower."""
    model = new_model(pool, trunk=trunk)
    check_statistics(teacher.visual.stem, pool)
    shared = {name: tensor for name, tensor in teacher.state_dict().items()
              if not name.startswith("visual.") or name.startswith("visual.stem.")}
    del shared["visual.stem.proj.weight"]
    model.load_state_dict(shared, strict=False)
    take_out(model, "text")
    return model


def check_statistics(stem, pool):
    """Stop when the pool's features were standardised otherwise than the model's are."""
    own = torch.stack([stem.mean, stem.std])
    set_statistics(stem, pool)
    apart = ((torch.stack([stem.mean, stem.std]) - own) / own[1]).abs().max().item()
    stem.mean.copy_(own[0])
    stem.std.copy_(own[1])
    if apart > 0.01:
        raise SystemExit(f"{pool}/stats.npz are not the statistics of the model to start from "
                         f"(apart by {apart:.2g} deviations): make the pool with its seed")


def freeze_convolutions(model):
    """Of the stem only the projection to tokens is trained."""
    for name, parameter in model.visual.stem.named_parameters():
        parameter.requires_grad_(name == "proj.weight")


def flip_grid(rng, batch):
    """Mirror the patch grid of whole pairs: more layouts from the same features."""
    grid = int(batch["coverage"].shape[1] ** 0.5)
    for i in range(len(batch["coverage"])):
        for axis in (0, 1):
            if rng.random() < 0.5:
                cover = batch["coverage"][i].reshape(grid, grid)
                both = batch["features"][i].reshape(2, grid, grid, -1)
                batch["coverage"][i] = np.flip(cover, axis).reshape(-1)
                batch["features"][i] = np.flip(both, axis + 1).reshape(2, grid * grid, -1)


def kinds_in(batch):
    """The kinds of damage that occur in the batch, sorted."""
    return sorted(set(batch["kinds"]) & set(captions.KINDS))


def without_twins(batch):
    """Give every damaged picture the normal picture of another pair."""
    batch["features"][:, 0] = np.roll(batch["features"][:, 0], 1, 0)


def take_out(model, name):
    """Prepare a model for a run without one ingredient (`--without`)."""
    if name == "context":
        model.visual.stem.context_scale = 0
    elif name == "text":  # the tower stays as it was drawn (random sentences) or loaded
        towers = [model.transformer, model.token_embedding, model.ln_final]
        for parameter in [p for tower in towers for p in tower.parameters()] + [
                model.positional_embedding, model.text_projection]:
            parameter.requires_grad_(False)


def to_tensors(batch, device):
    """Pool batch -> tensors; all first images come before all second ones."""
    features = torch.from_numpy(batch["features"]).float()
    present = kinds_in(batch)
    kinds = [present.index(k) if k in present else -1 for k in batch["kinds"]]
    tensors = {"features": torch.cat([features[:, 0], features[:, 1]]),
               "coverage": torch.from_numpy(batch["coverage"]).float(),
               "damaged": torch.from_numpy(batch["damaged"]),
               "kind": torch.tensor(kinds)}
    return {name: tensor.to(device) for name, tensor in tensors.items()}


def draw_sentences(rng, tokenizer, batch, device):
    """Sentences of the pairs, more of both sides about other nouns, one per kind present."""
    normal, abnormal = [], []
    for noun, kind in zip(batch["nouns"], batch["kinds"]):
        noun = captions.noun_for(rng, noun)
        known = kind if kind in captions.KINDS and rng.random() < 0.6 else None
        normal.append(captions.sentence(rng, noun, False))
        abnormal.append(captions.sentence(rng, noun, True, known))
    for _ in range(EXTRA_SENTENCES):
        noun = captions.pick(rng, captions.FOREIGN + captions.GENERIC)
        sides = captions.pick(rng, [prompts.templates, prompts.winclip])(noun)
        normal.append(captions.pick(rng, sides[0]))
        abnormal.append(captions.pick(rng, sides[1]))
    noun = captions.noun_for(rng, captions.pick(rng, batch["nouns"]))
    kinds = [captions.kind_sentence(rng, noun, kind) for kind in kinds_in(batch)]
    return {"normal": tokenizer(normal).to(device), "abnormal": tokenizer(abnormal).to(device),
            "kinds": tokenizer(kinds).to(device)}


def learning_rate(step, steps, peak, warmup):
    """Linear warm-up, then cosine to 2 % of the peak."""
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = min(1.0, (step - warmup) / max(1, steps - warmup))
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))


def optimizer_for(model, peak):
    """AdamW; vectors, positions and embeddings are not decayed."""
    decayed, free = [], []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            small = parameter.ndim < 2 or "embedding" in name
            (free if small else decayed).append(parameter)
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": free, "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.98))


@torch.no_grad()
def validate(model, tokenizer, arrays, batch=16):
    """Macro AUROC over the validation classes (percent)."""
    model.eval()
    device = model.text_projection.device
    sums = {"class": [], "image": [], "dense_max": [], "pixel": [], "pixel_dense": []}
    accuracy = []
    for c in np.unique(arrays["classes"]):
        rows = np.nonzero(arrays["classes"] == c)[0]
        noun = str(arrays["nouns"][rows[0]])
        pair = prototypes(model, tokenizer, prompts.templates(noun))
        results = []
        with torch.autocast(device.type, torch.bfloat16):
            tensors = torch.from_numpy(arrays["features"][rows]).float()
            for part in tensors.split(batch):
                results.append(score_images(model, part.to(device), pair))
        merged = {key: torch.cat([r[key] for r in results]).cpu() for key in results[0]}
        labels = arrays["damaged"][rows]
        for key in ("class", "image", "dense_max"):
            sums[key].append(auroc(labels, merged[key]))
        damaged = arrays["coverage"][rows].reshape(-1) > 0.1
        sums["pixel"].append(auroc(damaged, merged["map"].reshape(-1)))
        sums["pixel_dense"].append(auroc(damaged, merged["dense"].reshape(-1)))
        decided = (merged["image"].numpy() > 0.5) == labels
        accuracy.append(100 * np.mean([decided[labels].mean(), decided[~labels].mean()]))
    model.train()
    scores = {key: float(np.nanmean(values)) for key, values in sums.items()}
    return scores | {"accuracy": float(np.mean(accuracy))}


class Run:
    """State of a training run: everything that a checkpoint holds."""

    def __init__(self, args):
        self.args, self.out = args, Path(args.out)
        self.out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(args.seed)
        self.device = torch.device(args.device)
        self.teacher = load(args.teacher)[0].train() if args.teacher else None
        self.model = (pupil(args.pool, self.teacher, args.trunk) if self.teacher else
                      new_model(args.pool, args.without, args.start, args.trunk))
        for model in filter(None, [self.model, self.teacher]):
            model.to(self.device)
        freeze_convolutions(self.model)
        take_out(self.model, args.without)
        self.left_out = {args.without} if args.real else {args.without, "top"}
        self.average = copy.deepcopy(self.model)
        self.optimizer = optimizer_for(self.model, args.rate)
        self.step, self.best, self.best_score = 0, None, -1.0
        self.path = self.out / "checkpoint.pt"
        if self.path.exists():
            self.restore()

    def restore(self):
        saved = torch.load(self.path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.average.load_state_dict(saved["average"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.best = saved["step"], saved["best"]
        self.best_score = saved["best_score"]

    def save(self):
        temporary = self.path.with_suffix(".tmp")
        torch.save({"config": self.model.config, "model": self.model.state_dict(),
                    "average": self.average.state_dict(), "step": self.step,
                    "optimizer": self.optimizer.state_dict(), "seed": self.args.seed,
                    "best": self.best or self.average.state_dict(),
                    "best_score": self.best_score}, temporary)
        os.replace(temporary, self.path)

    @torch.no_grad()
    def follow(self):
        """Move the averaged weights towards the current ones."""
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        for mean, now in zip(self.average.parameters(), self.model.parameters()):
            if now.requires_grad:
                mean.lerp_(now, 1 - decay)

    def keep_best(self, score):
        if score > self.best_score:
            self.best_score = score
            self.best = copy.deepcopy(self.average.state_dict())

    def log(self, name, values):
        """Append a row to OUT/name.csv."""
        path = self.out / f"{name}.csv"
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", *values])
            writer.writerow([self.step, *(f"{v:.4f}" for v in values.values())])

    def update(self, batch, sentences):
        """One step of the optimizer; returns the losses."""
        rate = learning_rate(self.step, self.args.steps, self.args.rate, self.args.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device.type, torch.bfloat16):
            if self.teacher:
                parts = distil.all_losses(self.model, self.teacher, batch, sentences)
            else:
                parts = loss_functions.all_losses(self.model, batch, sentences, self.left_out)
        self.optimizer.zero_grad(set_to_none=True)
        parts["total"].backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self.follow()
        return {key: float(value.detach()) for key, value in parts.items()}


def train(args):
    run, tokenizer = Run(args), Tokenizer()
    arrays = dict(np.load(Path(args.pool) / "val.npz"))
    rng = np.random.default_rng([args.seed, run.step])
    torch.manual_seed(args.seed + run.step)
    history, saved, started = [], time.time(), time.time()
    real = RealPairs(args.pool, args.leave_out) if args.real else None
    for batch in Pool(args.pool).batches(rng, args.batch - args.real):
        if run.step >= args.steps:
            break
        if real:
            batch = real.added(rng, batch, args.real)
        flip_grid(rng, batch)
        if args.without == "twins":
            without_twins(batch)
        sentences = draw_sentences(rng, tokenizer, batch, run.device)
        history.append(run.update(to_tensors(batch, run.device), sentences))
        if run.step % args.report == 0:
            means = {k: float(np.mean([h[k] for h in history])) for k in history[0]}
            run.log("losses", means | {"minutes": (time.time() - started) / 60})
            print(run.step, " ".join(f"{k} {v:.3f}" for k, v in means.items()), flush=True)
            history = []
        if run.step % args.validate == 0 or run.step == args.steps:
            scores = validate(run.average, tokenizer, arrays)
            run.keep_best(scores["image"] + scores["pixel"])
            run.log("validation", scores)
            print(run.step, scores, flush=True)
        if time.time() - saved > 60 * args.save_minutes:
            run.save()
            saved = time.time()
    run.save()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pool", required=True, help="folder made by dataset.py")
    parser.add_argument("--out", required=True, help="folder for checkpoint and logs")
    parser.add_argument("--steps", type=int, default=40000)
    parser.add_argument("--start", help="model folder to go on from")
    parser.add_argument("--trunk", metavar="WIDTHxBLOCKS",
                        help="another image tower than 192x3; widths are multiples of 64")
    parser.add_argument("--teacher", metavar="MODEL", help="learn what this model folder says of "
                        "the pictures, with its stem and text tower, not the labels")
    parser.add_argument("--real", type=int, default=0,
                        help="pairs of each batch that are real photographs (real.py)")
    parser.add_argument("--leave-out", choices=list(GROUPS),
                        help="train without the real defects of this group")
    parser.add_argument("--batch", type=int, default=16, help="pairs a step")
    parser.add_argument("--rate", type=float, default=6e-4, help="peak learning rate")
    parser.add_argument("--warmup", type=int, default=300, help="steps to the peak rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--without", choices=["context", "twins", "text", "window", "value", "top",
                                              "stem"],
                        help="ablation: leave one ingredient out (stem: a pool made so; "
                             "text: the text tower stays as it starts)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--report", type=int, default=100, help="steps between loss rows")
    parser.add_argument("--validate", type=int, default=1500, help="steps between validations")
    parser.add_argument("--save-minutes", type=float, default=1)
    args = parser.parse_args()
    if args.start and (args.trunk or args.teacher):
        parser.error("--trunk and --teacher make a new image tower, --start goes on from one")
    if args.teacher and (args.real or args.without):
        parser.error("--teacher: --real and --without are for a training with labels")
    torch.set_num_threads(args.threads)
    train(args)


if __name__ == "__main__":
    main()
