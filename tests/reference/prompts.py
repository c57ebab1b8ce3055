"""The prompt lists: ALFA's 72 templates a label, WinCLIP's 154 and 88."""

DOMAINS = ["industrial", "manufacturing", "product-inspection"]
STATES = {"normal": ["normal", "flawless", "perfect", "unblemished", "undamaged", "intact"],
          "abnormal": ["abnormal", "damaged", "defective", "imperfect", "blemished", "flawed"]}
DETAILS = {"normal": [None, "no flaw", "no defect", "no damage"], "abnormal": [None, "flaw", "defect", "damage"]}

WINCLIP_STATES = {"normal": ["{}", "flawless {}", "perfect {}", "unblemished {}", "{} without flaw", "{} without defect", "{} without damage"],
                  "abnormal": ["damaged {}", "{} with flaw", "{} with defect", "{} with damage"]}
WINCLIP_TEMPLATES = [t.replace("ART", art) for t in (
    "a cropped photo of ART {}.", "a close-up photo of ART {}.", "a bright photo of ART {}.", "a dark photo of ART {}.",
    "a jpeg corrupted photo of ART {}.", "a blurry photo of ART {}.", "a photo of ART {}.", "a photo of ART small {}.",
    "a photo of ART large {}.", "a photo of ART {} for visual inspection.", "a photo of ART {} for anomaly detection.") for art in ("a", "the")]


def article(word):
    return "an" if word[0] in "aeiou" else "a"


def alfa(noun, label):
    out = []
    for domain in DOMAINS:
        for state in STATES[label]:
            for details in DETAILS[label]:
                text = f"{article(domain).capitalize()} {domain} image of {article(state)} {state} {noun}"
                out.append(text + (f" with {details}" if details else ""))
    assert len(set(out)) == 72
    return out


def winclip(noun, label):
    out = [t.format(s.format(noun)) for s in WINCLIP_STATES[label] for t in WINCLIP_TEMPLATES]
    assert len(set(out)) == {"normal": 154, "abnormal": 88}[label]
    return out
