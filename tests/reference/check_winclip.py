"""WinCLIP of `alfa` beside anomalib's model code (Apache-2.0), zero- and few-shot, on a full-size model in open_clip's layout.

usage: check_winclip.py ALFA MODEL

ALFA is the program, MODEL a folder with open_clip_config.json of ViT-B-16-plus-240 and open_clip_model.safetensors, such as
`make_models.py --full` writes. Needs anomalib 2.7.0 with open_clip 2.24.0 (later ones attend across windows). Prints the largest difference
of maps and of image scores and fails when a map differs by more than 1e-4.

Two things of anomalib are replaced, so that what is compared is the model code: its list of templates lacks one of WinCLIP's 22, and distances to
remembered windows are taken in double, since in single they come out below 0 for windows that look alike, and the harmonic mean of both signs
can be anything (measured: off by 3.5e-3 at a few cells)."""

import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

import anomalib.models.image.winclip.torch_model as winclip
from prompts import winclip as sentences

distance = winclip.visual_association_score
NOUN, TOLERANCE, SIDE = "plate", 1e-4, 240
PICTURES = Path(__file__).resolve().parents[2] / "examples/images"
QUERIES, NORMAL = ["plate/chip.jpg", "plate/crack.jpg", "plate/stain.jpg", "cup/chip.jpg"], ["plate/good_1.jpg", "plate/good_2.jpg"]


def squares(folder, names):
    """The pictures as squares, so that no resizing is left to compare."""
    folder.mkdir()
    for i, name in enumerate(names):
        Image.open(PICTURES / name).convert("RGB").resize((SIDE, SIDE), Image.BICUBIC).save(folder / f"{i}.png")
    return sorted(folder.iterdir())


def tensor(paths, model):
    pixels = torch.stack([torch.tensor(np.asarray(Image.open(p)), dtype=torch.float32) for p in paths]).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in (model.visual.image_mean, model.visual.image_std))
    return (pixels - mean) / std


def of_anomalib(folder, queries, references):
    winclip.PRETRAINED = None
    winclip.create_prompt_ensemble = lambda noun: (sentences(noun, "normal"), sentences(noun, "abnormal"))
    winclip.visual_association_score = lambda a, b: distance(a.double(), b.double()).clamp(min=1e-12)
    model = winclip.WinClipModel()
    model.clip.load_state_dict(load_file(folder / "open_clip_model.safetensors"))
    model.eval()
    model.setup(NOUN, tensor(references, model.clip) if references else None)
    out = model(tensor(queries, model.clip))
    return out.anomaly_map.float().numpy(), out.pred_score.float().numpy()


def of_alfa(program, folder, queries, references, work):
    command = [program, "detect", *map(str, queries), "--method", "winclip", "--model", str(folder), "--precision", "f32", "--class", NOUN,
               "--scales", "2,3", "--json", "--no-cache", "--quiet", "--save-maps", str(work)]
    if references:
        command += ["--normal", str(references[0].parent)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    maps = [np.load(p) for p in sorted(work.glob("*.npy"))]
    return np.stack(maps), np.array([json.loads(line)["score"] for line in lines])


def main(program, folder):
    assert version("open_clip_torch") == "2.24.0", version("open_clip_torch")
    worst = 0.0
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        queries, normal = squares(work / "queries", QUERIES), NORMAL
        for shots in (0, 1, 2):
            references = squares(work / f"normal{shots}", normal[:shots]) if shots else []
            theirs, their_scores = of_anomalib(folder, queries, references)
            ours, our_scores = of_alfa(program, folder, queries, references, work / f"maps{shots}")
            difference, of_scores = np.abs(ours - theirs).max(), np.abs(our_scores - their_scores).max()
            print(f"{shots} normal images: maps {theirs.min():.4f} to {theirs.max():.4f}, largest difference {difference:.1e}; "
                  f"image scores {of_scores:.1e}")
            worst = max(worst, difference)
    sys.exit(f"maps differ by {worst:.1e}" if worst > TOLERANCE else 0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
