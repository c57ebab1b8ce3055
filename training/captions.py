"""A small grammar of inspection sentences: what normal and damaged things are called.

The side of a sentence may hang on a state word ("damaged"), on a detail ("with a crack",
"with crisp edges"), or on a negation ("no crack" is normal, "missing a pin" is not); the
grammar mixes them so that no single word carries everything.
"""

import re

from raster import pick
from tokenizer import read_merges

GENERIC = ["object", "item", "product", "part", "component", "surface", "material", "sample",
           "piece", "specimen", "workpiece", "thing", "article", "unit", "device"]

FOREIGN = """bottle cable capsule carpet grid hazelnut leather metal_nut pill screw tile
toothbrush transistor wood zipper candle capsules cashew chewinggum fryum macaroni pcb
pipe_fryum cookie pan magnet fabric textile steel glass ceramic cup mug plate bowl lid can jar
box bag pouch carton label tag card coin ring gear wheel tire bearing spring bolt nut washer
rivet nail pin needle clip hook chain lock key hinge bracket pipe tube hose valve pump motor
engine blade saw drill hammer wrench knife fork spoon pen pencil brush comb razor scissors
watch clock lens camera phone screen keyboard mouse battery fuse lamp bulb switch plug socket
connector chip resistor capacitor led wafer panel board brick stone concrete asphalt marble
granite paper cardboard foam rubber plastic foil film rope thread yarn cloth towel shirt shoe
sock glove hat belt button apple orange banana lemon potato tomato onion carrot bean rice corn
bread bun cake biscuit cracker pizza cheese egg meat fish almond walnut peanut coffee chocolate
candy tablet vial syringe mask bandage tooth bone leaf flower seed tree log plank floor wall
roof door window table chair shelf drawer mirror frame picture book toy ball doll puzzle dice
solar_cell circuit_board light_bulb bottle_cap can_end egg_carton juice_bottle pushpins
splicing_connectors breakfast_box car_body weld casting rail sheet_metal tile_floor""".split()

DOMAINS = ["industrial", "manufacturing", "product-inspection", "textural", "surface",
           "quality control", "macro", "factory", "close-up", "grayscale", "photographic"]

NORMAL_STATES = ["normal", "flawless", "perfect", "unblemished", "undamaged", "intact", "good",
                 "clean", "faultless", "pristine", "sound", "regular", "proper", "correct",
                 "well-made", "new", "complete", "acceptable", "healthy", "spotless",
                 "undisturbed", "unbroken", "whole", "fine", "ordinary", "defect-free"]

ABNORMAL_STATES = ["abnormal", "damaged", "defective", "imperfect", "blemished", "flawed",
                   "broken", "faulty", "anomalous", "bad", "spoiled", "impaired", "rejected",
                   "unacceptable", "ruined", "irregular", "worn", "contaminated", "deformed",
                   "marred", "substandard", "incorrect", "incomplete", "disfigured"]

FLAW_WORDS = ["flaw", "defect", "damage", "flaws", "defects", "anomaly", "anomalies", "fault",
              "blemish", "imperfection", "irregularity", "blemishes", "faults", "mark",
              "imperfections", "wear", "deterioration", "error", "problem"]

SIZES = ["", "", "", "small ", "large ", "tiny ", "deep ", "fine ", "faint ", "severe ", "long ",
         "visible ", "slight ", "obvious ", "single ", "noticeable ", "minor ", "big ",
         "pronounced ", "hairline ", "wide ", "shallow ", "narrow ", "dark ", "light ",
         "irregular ", "ugly ", "barely visible "]

COLOURS = ["white", "black", "grey", "red", "green", "blue", "yellow", "brown", "orange",
           "silver", "dark", "bright", "pale", "transparent", "golden", "beige", "shiny"]

PARTS = """surface edge rim border corner side top bottom centre middle face body head tip
neck base end shaft thread leg pin lead wire cap lid label print logo coating finish shell skin
seam stitch weave pattern texture grain joint hole slot groove ring tooth handle cover case
housing frame background contact pad trace jacket insulation core strand bristle fibre pile
wall mouth opening shoulder outline contour tooth clip lens screen plate layer wick rib cell
crust glaze crystal segment flank line row column""".split()

PLACES = ["on the {part}", "in the {part}", "across the {part}", "near the {part}",
          "at the {part}", "along the {part}", "over the {part}", "on one side",
          "in the middle", "across its {part}", "on its {part}", "around the {part}",
          "close to the {part}", "next to the {part}", "running from the {part} to the {part}",
          "that crosses the {part}", "beside the {part}", "on the left {part}",
          "in one corner", "on the upper {part}", "through the {part}", ""]

# Any English word may name a part: the side must not hang on words never seen.
WORDS = [merge.replace(" ", "")[:-4] for merge in read_merges() if merge.endswith("</w>")]
WORDS = [word for word in WORDS if word.isalpha() and word.isascii() and len(word) > 3]
ODD_WORD_SHARE = 0.25

VIEWS = ["seen from above", "lying on a table", "on a dark background", "in close-up",
         "on a conveyor belt", "under bright light", "seen from the side", "in a tray",
         "filling the whole picture", "with two {part}s", "next to the {part}",
         "made of {word}", "used for {word}", "shown at an angle", "held by a {part}"]

# Per damage of the generators: nouns (with article), adjectives of the product.
KINDS = {
    "scratch": (["a scratch", "scratches", "a scrape", "a scuff mark", "a score line",
                 "scoring", "a scratched area", "several scratches", "a gouge", "a nick"],
                ["scratched", "scraped", "scuffed", "scored"]),
    "crack": (["a crack", "cracks", "a fracture", "a fissure", "a branching crack", "a split",
               "a web of cracks", "cracking", "a rupture", "a crevice"],
              ["cracked", "fractured", "split", "fissured"]),
    "hole": (["a hole", "holes", "a puncture", "a pit", "a perforation", "a void", "a pinhole",
              "a cavity", "a gap", "a blowhole", "an opening that does not belong there"],
             ["punctured", "perforated by accident", "pierced", "pitted"]),
    "dent": (["a dent", "dents", "a bulge", "a depression", "an indentation", "a bump",
              "a pressed-in spot", "an impact mark", "a dimple", "a bruise"],
             ["dented", "bulging", "pressed in", "bruised"]),
    "stain": (["a stain", "stains", "a smear", "a smudge", "a spot of dirt", "an oil stain",
               "a liquid stain", "a grease mark", "a blot", "residue", "a water mark", "a spill"],
              ["stained", "smeared", "dirty", "soiled", "smudged"]),
    "contamination": (["contamination", "a foreign object", "a foreign particle", "debris",
                       "a speck of dirt", "foreign matter", "a fragment of metal", "an insect",
                       "particles", "a lump", "dust", "a piece of plastic", "a crumb"],
                      ["contaminated", "littered with debris", "polluted", "infested"]),
    "cut": (["a cut", "cuts", "a slit", "a slash", "a tear", "an incision", "a rip",
             "a straight cut", "a gash", "a notch"],
            ["cut", "slashed", "torn", "slit", "ripped"]),
    "chip": (["a chip", "chips", "a chipped area", "a flake missing", "chipping",
              "a splinter missing", "flaking", "peeling", "a broken-out piece", "spalling"],
             ["chipped", "flaked", "peeling", "splintered"]),
    "discolouration": (["discolouration", "a discoloured patch", "a faded area", "a colour fault",
                        "uneven colour", "a wrong shade", "a pale patch", "a dark patch",
                        "discoloration", "fading", "a bleached spot", "color variation"],
                       ["discoloured", "faded", "bleached", "off-colour", "discolored"]),
    "warp": (["a warped area", "a distortion", "a distorted pattern", "a twisted area",
              "a bent area", "warping", "a displaced pattern", "misaligned lines"],
             ["warped", "distorted", "twisted", "misshapen"]),
    "foreign": (["a foreign texture", "another material showing through", "an odd patch",
                 "a patch of a different material", "an unexpected pattern", "a repair patch",
                 "worn-through areas", "mould", "mold"],
                ["patchy", "mouldy", "worn through", "overgrown"]),
    "misprint": (["a misprint", "smeared print", "a printing error", "an ink blot",
                  "a stray letter", "an ink smear", "a wrong print", "a pen mark",
                  "a blurred imprint", "paint marks", "a scribble"],
                 ["misprinted", "wrongly printed", "smeared with ink", "marked with pen"]),
    "rust": (["rust", "corrosion", "rust spots", "oxidation", "corroded areas", "tarnish"],
             ["rusty", "corroded", "oxidised", "tarnished"]),
    "burn": (["a burn mark", "scorching", "a burnt spot", "charring", "a burned area",
              "heat damage", "a scorched patch", "soot"],
             ["burnt", "scorched", "charred", "overheated", "burned"]),
    "thread": (["a loose thread", "a hair", "a fibre", "a loose fibre", "a strand of lint",
                "fluff", "a thread lying on it", "a stray fiber", "lint"],
               ["frayed", "hairy", "linty", "covered with fluff"]),
    "abrasion": (["abrasion", "a rubbed area", "a worn patch", "wear marks", "scuffing",
                  "a rough patch", "a roughened area", "grinding marks", "fraying"],
                 ["worn", "abraded", "rubbed", "rough"]),
    "drop": (["a drop of glue", "a glue residue", "a drop", "an air bubble", "a bubble",
              "a blister", "a drip", "excess glue", "spilled liquid", "a solder blob"],
             ["blistered", "dripping", "covered with drops", "bubbly"]),
    "wrinkle": (["a wrinkle", "wrinkles", "a fold", "a crease", "creases", "a ridge",
                 "a kink"],
                ["wrinkled", "folded", "creased", "crumpled"]),
    "blurred": (["a smeared pattern", "a washed-out area", "a blurred pattern",
                 "a rubbed-out area", "a missing pattern"],
                ["smeared", "washed out", "blurred"]),
    "missing": (["a missing part", "a part missing", "a missing {part}", "missing {part}s",
                 "an absent component", "an empty place", "something missing",
                 "one {part} missing", "a gap where the {part} should be"],
                ["incomplete", "unfinished", "missing a {part}", "lacking a {part}"]),
    "misplaced": (["a misplaced part", "a misaligned {part}", "a shifted {part}",
                   "a {part} in the wrong place", "a crooked {part}", "a tilted {part}",
                   "a rotated {part}", "bad alignment", "an assembly error"],
                  ["misaligned", "misassembled", "crooked", "badly assembled"]),
    "bent": (["a bent {part}", "bent {part}s", "a bent shape", "a crooked {part}",
              "a kinked {part}", "a twisted {part}", "bending"],
             ["bent", "crooked", "twisted", "buckled"]),
    "broken": (["a broken {part}", "a broken-off piece", "a piece broken off", "breakage",
                "a large piece missing from the {part}", "a bite missing", "a snapped {part}",
                "a fragment missing", "a ragged edge", "shattered edges"],
               ["broken", "fragmented", "shattered", "crumbling"]),
    "swapped": (["a wrong {part}", "a {part} of the wrong colour", "a wrong part",
                 "a swapped {part}", "mixed-up parts", "a different {part}"],
                ["wrongly assembled", "mixed up", "wrongly coloured"]),
    "extra": (["an extra {part}", "a superfluous {part}", "an additional part",
               "a duplicate {part}", "a part too many", "a doubled {part}"],
              ["overfilled", "double", "cluttered"]),
    "squashed": (["a deformed {part}", "a squashed {part}", "deformation", "an uneven outline",
                  "a flattened {part}", "a crushed {part}", "an irregular shape"],
                 ["deformed", "squashed", "crushed", "flattened", "misshapen"]),
}

NORMAL_QUALITIES = ["smooth", "even", "clean", "uniform", "straight", "intact", "continuous",
                    "regular", "crisp", "sharp", "well-formed", "complete", "tight", "round",
                    "symmetrical", "consistent", "polished", "clear", "unbroken", "flat",
                    "neat", "parallel", "undamaged", "well-defined", "evenly spaced", "solid",
                    "natural", "closed", "perfectly aligned", "centred", "spotless"]

ABNORMAL_QUALITIES = ["rough", "uneven", "dirty", "irregular", "crooked", "damaged", "torn",
                      "interrupted", "ragged", "blurred", "deformed", "incomplete", "loose",
                      "lopsided", "asymmetrical", "inconsistent", "dull", "cloudy", "jagged",
                      "warped", "broken", "misaligned", "frayed", "faded", "unevenly spaced",
                      "distorted", "shifted", "eroded", "swollen", "collapsed"]

NEUTRAL_HEADS = ["a photo of a {noun}", "an image of a {noun}", "a picture of the {noun}",
                 "a cropped photo of the {noun}", "a close-up photo of a {noun}", "{noun}",
                 "a {domain} image of a {noun}", "the {noun}", "a {noun}", "this {noun}",
                 "a bright photo of a {noun}", "a dark photo of the {noun}",
                 "a blurry photo of the {noun}", "a jpeg corrupted photo of a {noun}",
                 "a photo of a small {noun}", "a photo of the large {noun}",
                 "a photo of the {noun} for visual inspection",
                 "a photo of a {noun} for anomaly detection",
                 "a {domain} photo of a {colour} {noun}", "a {colour} {noun}"]

STATE_HEADS = ["a {domain} image of a {state} {noun}", "a photo of a {state} {noun}",
               "{state} {noun}", "a {state} {noun}", "an {state} image of a {noun}",
               "an {state} image of {noun}", "a {state} image of {noun}",
               "a cropped photo of the {state} {noun}", "a close-up photo of a {state} {noun}",
               "a photo of the {state} {noun} for visual inspection",
               "a bright photo of the {state} {noun}", "a {domain} photo of a {state} {noun}",
               "a dark photo of a {state} {noun}", "a photo of a {state} {colour} {noun}"]

NORMAL_TAILS = ["without {flaw}", "with no {flaw}", "free of {flaw}", "that shows no {flaw}",
                "with a {good} {part}", "with {good} {part}s", "whose {part} is {good}",
                "with a {good}, {good} {part}", "and no {flaw} anywhere", "in good condition",
                "with all {part}s present", "with every {part} in place", "as it should be",
                "where the {part} is {good} and {good}", "with {good} {part}s and no {flaw}",
                "that has no {flaw} on the {part}", "showing a {good} {part} without {flaw}",
                "of the same colour throughout", "with nothing missing", "in perfect condition",
                "with a {colour} {part} that is {good}", "not {bad} at all",
                "that is not {adjective}", "neither {adjective} nor {bad}", "and nothing else",
                "that passes inspection", "which is neither {bad} nor {bad}",
                "without a single {flaw}", "instead of a {bad} one", "free of {flaw} and {flaw}",
                "with no {flaw} or {flaw}", "without {flaw} or {flaw} {place}",
                "with no sign of {flaw}", "that shows neither {flaw} nor {flaw}",
                "where nothing is {bad}", "with no {flaw}, no {flaw} and no {flaw}",
                "whose {part} is {good} rather than {bad}", "and not a {bad} {part} in sight",
                "with {good} {part}s, {good} {part}s and a {colour} {part}",
                "whose {colour} {part} meets the {part} in a {good} line",
                "with a {good} {word} {part} and a {word} {part}", "without any {flaw}",
                "showing {good} {part}s", "where every {part} is {good}", "which looks {good}",
                "with a {good} {part} and {good} {part}s", "with an even {colour} {part}"]

ABNORMAL_TAILS = ["with {kind}", "with {kind} {place}", "with {kind} {place}", "showing {kind}",
                  "showing {kind} {place}", "that has {kind}", "where {kind} is visible {place}",
                  "whose {part} is {bad}", "with a {bad} {part}", "with {bad} {part}s",
                  "containing {kind}", "that is {adjective}", "with {kind} and {kind}",
                  "where the {part} is {bad}", "damaged by {kind} {place}",
                  "with a {colour} {part} and {kind}", "which is {adjective} {place}",
                  "spoiled by {kind}", "whose {part} is {adjective}", "suffering from {kind}",
                  "with {flaw}", "with {flaw} {place}", "in which the {part} looks {bad}",
                  "in bad condition", "not as it should be",
                  "with {kind} where the {part} should be {good}",
                  "with {kind} that interrupts the {good} {part}",
                  "whose otherwise {good} {part} shows {kind}", "with {kind}, {kind} and {kind}",
                  "with a {colour} {word} {place}", "with a {word} {part} that is {adjective}",
                  "where {kind} hides the {part}", "in which {kind} spoils the {colour} {part}",
                  "without its {part}", "lacking the {part}", "with no {part} left",
                  "whose {part} is not {good}", "where a {part} is missing",
                  "that fails inspection",
                  "without a {good} {part}", "that is no longer {good}", "which lost its {part}",
                  "that has to be rejected", "whose {part} has come off",
                  "with a {part} gone", "with {kind} instead of a {good} {part}"]


def fill_in(text, **words):
    """Replace every {slot} of `text`; each occurrence is drawn anew."""
    while "{" in text:
        start, end = text.index("{"), text.index("}")
        value = words[text[start + 1:end]]
        text = text[:start] + (value() if callable(value) else value) + text[end + 1:]
    return " ".join(text.split())


def sized(rng, thing):
    """'a crack' -> 'a deep crack'."""
    size = pick(rng, SIZES)
    for article in ("a ", "an "):
        if size and thing.startswith(article):
            rest = thing[len(article):]
            return ("an " if size[0] in "aeiou" else "a ") + size + rest
    return thing


def damage_words(rng, kind, negated=False):
    """Words for a damage: a sized noun, or a bare one for negations."""
    nouns, _ = KINDS[kind]
    thing = pick(rng, nouns)
    if negated:
        return thing.split(" ", 1)[1] if thing.startswith(("a ", "an ")) else thing
    return sized(rng, thing)


def slots(rng, noun, kind):
    """Functions that draw a word for every slot of the grammar."""
    kinds = list(KINDS)

    def flaw():
        if rng.random() < 0.45:
            return pick(rng, FLAW_WORDS)
        return damage_words(rng, pick(rng, kinds), negated=True)

    def part():
        return pick(rng, WORDS if rng.random() < ODD_WORD_SHARE else PARTS)

    return {
        "noun": noun,
        "domain": lambda: pick(rng, DOMAINS),
        "colour": lambda: pick(rng, COLOURS),
        "part": part,
        "word": lambda: pick(rng, WORDS),
        "place": lambda: pick(rng, PLACES),
        "good": lambda: pick(rng, NORMAL_QUALITIES),
        "bad": lambda: pick(rng, ABNORMAL_QUALITIES),
        "flaw": flaw,
        "kind": lambda: damage_words(rng, kind or pick(rng, kinds)),
        "adjective": lambda: pick(rng, KINDS[kind or pick(rng, kinds)][1]),
    }


def sentence(rng, noun, damaged, kind=None):
    """One sentence about `noun` on a side; `kind` names the damage if it is known."""
    words = slots(rng, noun.replace("_", " ") if rng.random() < 0.8 else noun, kind)
    states = ABNORMAL_STATES if damaged else NORMAL_STATES
    if damaged and kind and rng.random() < 0.3:
        states = KINDS[kind][1]
    words["state"] = lambda: pick(rng, states)
    tails = ABNORMAL_TAILS if damaged else NORMAL_TAILS
    shape = rng.random()
    if shape < 0.25:
        text = pick(rng, STATE_HEADS)
    elif shape < 0.4:
        words["state"] = "abnormal" if damaged else "normal"
        text = "a {state} image of {noun} " + pick(rng, tails)
    elif shape < 0.7:
        text = pick(rng, NEUTRAL_HEADS) + " " + pick(rng, tails)
    elif not damaged and shape < 0.75:
        text = pick(rng, NEUTRAL_HEADS)
    else:
        text = pick(rng, STATE_HEADS) + " " + pick(rng, tails)
    if rng.random() < 0.15:
        text = f"{text} {pick(rng, VIEWS)}"
    if damaged:
        words["flaw"] = lambda: pick(rng, FLAW_WORDS)
    return finish(rng, fill_in(text, **words))


PLURALS = {"tooths": "teeth", "stitchs": "stitches", "bodys": "bodies", "crosss": "crosses",
           "finishs": "finishes", "glasss": "glasses"}


def finish(rng, text):
    """Repair plurals and mostly the articles; capital letter and full stop, sometimes."""
    for wrong, right in PLURALS.items():
        text = text.replace(wrong, right)
    if rng.random() < 0.8:
        text = re.sub(r"\ba (?=[aeiou])", "an ", text)
        text = re.sub(r"\ban (?=[^aeiou])", "a ", text)
    if rng.random() < 0.5:
        text = text[0].upper() + text[1:]
    return text + ("." if rng.random() < 0.3 else "")


def kind_sentence(rng, noun, kind):
    """A sentence that always names the damage `kind`."""
    words = slots(rng, noun.replace("_", " "), kind)
    if rng.random() < 0.25:
        words["state"] = lambda: pick(rng, KINDS[kind][1])
        text = pick(rng, STATE_HEADS)
    else:
        text = pick(rng, NEUTRAL_HEADS) + " with {kind} " + pick(rng, ["", "{place}"])
    return finish(rng, fill_in(text, **words))


def noun_for(rng, noun):
    """The own noun mostly; a generic or a foreign one else, so that states carry over."""
    choice = rng.random()
    if choice < 0.65:
        return noun
    if choice < 0.95:
        return pick(rng, GENERIC if choice < 0.78 else FOREIGN)
    return pick(rng, WORDS)
