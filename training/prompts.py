"""Sentences the product asks with: the 72 templates a label, and prompt-set files."""

from pathlib import Path

DOMAINS = ["industrial", "manufacturing", "product-inspection"]
NORMAL = ["normal", "flawless", "perfect", "unblemished", "undamaged", "intact"]
ABNORMAL = ["abnormal", "damaged", "defective", "imperfect", "blemished", "flawed"]
NORMAL_DETAILS = ["", " with no flaw", " with no defect", " with no damage"]
ABNORMAL_DETAILS = ["", " with flaw", " with defect", " with damage"]

WINCLIP_NORMAL = ["{}", "flawless {}", "perfect {}", "unblemished {}", "{} without flaw",
                  "{} without defect", "{} without damage"]
WINCLIP_ABNORMAL = ["damaged {}", "{} with flaw", "{} with defect", "{} with damage"]
WINCLIP_HEADS = ["a cropped photo of the {}.", "a close-up photo of a {}.",
                 "a bright photo of a {}.", "a dark photo of the {}.",
                 "a jpeg corrupted photo of a {}.", "a blurry photo of the {}.",
                 "a photo of a {}.", "a photo of the small {}.", "a photo of a large {}.",
                 "a photo of the {} for visual inspection.",
                 "a photo of a {} for anomaly detection."]


def templates(noun):
    """(normal, abnormal): 72 sentences each."""
    def expand(states, details):
        return [f"A {domain} image of a {state} {noun}{detail}"
                for domain in DOMAINS for state in states for detail in details]
    return expand(NORMAL, NORMAL_DETAILS), expand(ABNORMAL, ABNORMAL_DETAILS)


def winclip(noun):
    """(normal, abnormal): WinCLIP's compositional ensemble."""
    def expand(states):
        return [head.format(state.format(noun)) for head in WINCLIP_HEADS for state in states]
    return expand(WINCLIP_NORMAL), expand(WINCLIP_ABNORMAL)


def read_set(path, noun):
    """(normal, abnormal) sentences of a prompt-set file."""
    sides, current = {"normal": [], "abnormal": []}, None
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if line.startswith("["):
            current = sides[line.strip("[]")]
        elif line and not line.startswith("#"):
            current.append(line.replace("{class}", noun))
    return sides["normal"], sides["abnormal"]
