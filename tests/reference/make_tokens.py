"""Strings and the token ids that open_clip gives them (full vocabulary, context 77, without padding).

usage: make_tokens.py OUT        writes strings.json, ids.json and groups.json (name -> [first, last + 1])

open_clip cleans text with ftfy.fix_text. Strings in which ftfy repairs wrongly decoded text, C1 control characters, terminal
escapes or all-caps entities are left out; what it does to the rest is simple: entities, quotes, Latin ligatures, character
width, line breaks, control characters, NFC. Characters younger than Unicode 3.2 are left out too, but for listed emoji, so
that the Unicode version of a regular expression library does not matter.
"""

import html.entities
import os
import re
import sys
import unicodedata

import ftfy

import common

N = 2000

CURATED = {
    "empty and space": ["", " ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u3000", " \t\n\r\u00a0\u2003 ", "\u2028", "\u2029", "\f", "\u200b",
                        "\ufeff", "\u1680", "\u202f", "\u205f", "  a  ", "a\tb", "a\nb", "a\r\nb", "a\rb", "a\u00a0b", "a\u2003b", "a\u3000b",
                        "a \t \n b", "\u00a0a\u00a0", "a\u200bb", "a\u2028b", "a\u2029b", "a\fb", "a\x0bb", "a\x01b", "a\x7fb", "\x1f", "a\x1fb",
                        "a\x1cb", "\ufeffbottle", "bottle\ufeff", "a\u200cb", "a\u200db", "a\u2060b", "a\u00adb", "a\u206ab", "a\ufffcb", "\ufffd"],
    "special tokens": ["<start_of_text>", "<end_of_text>", "<start_of_text>a bottle<end_of_text>", "<START_OF_TEXT>", "<End_Of_Text>",
                       "<start_of_text", "start_of_text>", "< start_of_text >", "a<end_of_text>b", "<end_of_text><end_of_text>",
                       "<|startoftext|>", "<|endoftext|>", "!<end_of_text>!", "&lt;end_of_text&gt;", "&amp;lt;start_of_text&amp;gt;",
                       "<start_of_text>'s", "bottle <end_of_text> cap", "<<end_of_text>>"],
    "contractions": ["it's", "don't", "we're", "I've", "I'm", "they'll", "he'd", "IT'S", "DON'T", "WE'RE", "I'VE", "I'M", "THEY'LL", "HE'D",
                     "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S 'T 'RE 'VE 'M 'LL 'D", "''s", "'''", "'", "' s", "'sx", "'tx", "'rex",
                     "rock'n'roll", "o'clock", "the bottles' caps", "y'all'd've", "it\u2019s", "it\u2018s", "it`s", "it\u00b4s", "it\u02bcs",
                     "it\u2032s", "\u2019tis", "l'\u00e9t\u00e9", "d'accord", "dell'arte", "it'\u017f", "'\u017fx", "'\u212a", "1's", "_'s", "'d'd'd",
                     "n't", "'l", "'v", "'r", "'lll", "'rere"],
    "entities": ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&apos;", "&nbsp;", "&eacute;", "&Eacute;", "&uuml;&ouml;&auml;&szlig;", "&copy;",
                 "&reg;", "&trade;", "&euro;", "&pound;", "&deg;", "&micro;", "&plusmn;", "&times;", "&divide;", "&frac12;", "&sup2;", "&hellip;",
                 "&ndash;", "&mdash;", "&lsquo;x&rsquo;", "&ldquo;x&rdquo;", "&bull;", "&rarr;", "&alpha;&beta;&gamma;", "&Omega;", "&sum;",
                 "&infin;", "&ne;", "&le;", "&ge;", "&amp;amp;", "&amp;amp;amp;", "&amp;amp;amp;amp;amp;", "&amp;lt;", "&amp;#39;", "&amp;eacute;",
                 "< &amp;amp;amp; >", "<b>&amp;amp;amp;amp;</b>", "<b>&eacute;</b>", "x < y &amp; y &gt; z", "&#233;", "&#xe9;", "&#XE9;",
                 "&#x1F642;", "&#128578;", "&#8217;", "&#8220;x&#8221;", "< &#8220;x&#8221;", "&#160;", "a&#160;b", "a&nbsp;b", "&#9;", "&#10;",
                 "&#0;", "&#x110000;", "&#xD800;", "&#;", "&#x;", "&;", "&", "& ", "AT&T", "R&D", "a&b;c", "&amp", "&lt", "&copy 2020", "&eacute",
                 "&unknown;", "&notit;", "&not;", "&ampamp;", "&AMP;", "&LT;", "&QUOT;", "&GT;", "&COPY;", "&fjlig;", "&ApplyFunction;",
                 "a line with < here\nand &amp;amp;amp; there", "&amp;amp;amp; first\nthen < here", "caf&eacute; &amp; bar", "5 &gt; 3 &lt; 9",
                 "&#65;&#66;&#67;", "&#38;#38;amp;", "&#38;lt;", "&ensp;x&emsp;", "&zwj;", "&shy;", "&Auml;&Ouml;", "100 &#37;", "&frasl;", "&check;"],
    "prompts": ["bottle", "a photo of a bottle.", "a cropped photo of the metal_nut", "metal_nut without flaw", "pcb1", "macaroni2", "screw",
                "a jpeg corrupted photo of a cable", "An industrial image of an intact metal nut with no defect",
                "A product-inspection image of a flawed bottle with damage", "a close-up photo of the zipper for anomaly detection.",
                "flawless toothbrush", "unblemished transistor", "3 mm crack at 45 degrees", "0.5mm", "100%", "M3x12", "10-32 UNF", "A4", "1,000.50",
                "IP67", "ISO 9001:2015", "https://example.com/a?b=c&d=e#f", "user@example.com", "C:\\temp\\bottle.png", "/tmp/a_b-c.d",
                "{class}", "{} without flaw", "#1 @home $5 ^ *bold* ~x~ `code`", "snake_case_name", "CamelCaseName", "kebab-case-name", "ALL CAPS",
                "e.g. i.e. etc.", "Mr. O'Neil's", "yes/no", "and/or", "1/2", "\u00bd", "x\u00b2", "\u2167", "\u2460", "\u0663\u0664", "\u00b5m", "\u03bcm", "25\u00b0C", "\u00d85 mm",
                "\u00b10.1", "3\u00d74", "\u2460\u2461", "\u216b", "\u2155", "\u00b9\u00b2\u00b3", "H\u2082O"],
    "languages": ["bouteille ab\u00eem\u00e9e", "Fla\u0161ka", "Gl\u00e4serne Flasche mit \u00dcberzug", "\u00c5ngstr\u00f6m", "\u0130stanbul", "\u0131\u015f\u0131k", "STRASSE Stra\u00dfe", "\u1e9e",
                  "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3", "\u03a3", "\u0391\u03a3 \u03a3\u0391", "\u0431\u0443\u0442\u044b\u043b\u043a\u0430 \u0441 \u0442\u0440\u0435\u0449\u0438\u043d\u043e\u0439", "\u0411\u0423\u0422\u042b\u041b\u041a\u0410", "\u0439 \u0438\u0306", "\u0627\u0644\u0632\u062c\u0627\u062c\u0629 \u0645\u0643\u0633\u0648\u0631\u0629",
                  "\u0627\u0644\u0652\u0639\u064e\u0631\u064e\u0628\u0650\u064a\u0651\u064e\u0629", "\u05d1\u05b7\u05bc\u05e7\u05b0\u05d1\u05bc\u05d5\u05bc\u05e7", "\u092c\u094b\u0924\u0932 \u091f\u0942\u091f\u0940 \u0939\u0941\u0908 \u0939\u0948", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0915\u094d\u0937\u0924\u094d\u0930\u093f\u092f", "\u09ac\u09cb\u09a4\u09b2", "\u0baa\u0bc1\u0b9f\u0bcd\u0b9f\u0bbf", "\u0c38\u0c40\u0c38\u0c3e", "\u0e02\u0e27\u0e14\u0e41\u0e15\u0e01",
                  "\u74f6\u5b50\u7834\u4e86", "\u58ca\u308c\u305f\u30dc\u30c8\u30eb", "\u30dc\u30c8\u30eb", "\u30db\u309a\u30c8\u30eb", "\uff8e\uff9e\uff84\uff99", "\uae68\uc9c4 \ubcd1", "\u1101\u1162\u110c\u1175\u11ab \u1107\u1167\u11bc", "\u10d1\u10dd\u10d7\u10da\u10d8", "\u0577\u056b\u0577", "\u1320\u122d\u1219\u1235",
                  "\u4e2d\u6587abc\u6df7\u5408123", "ch\u00e2teau na\u00efve co\u00f6perate", "cha\u0302teau nai\u0308ve", "e\u0301", "\u00e9", "e\u0301\u0302", "a\u0328\u0301", "\u1ea5", "a\u0302\u0301", "\u212b",
                  "\u0344", "o\u0308\u0304", "Ti\u1ebfng Vi\u1ec7t", "Zalgo\u0300\u0301\u0302\u0303\u0304\u0305 text\u0327\u0328", "\u01c5ungla", "\u0149", "\ufb01sh \ufb02y \ufb00 \ufb03 \ufb04 \ufb05 \ufb06",
                  "\u0132ssel \u0133s", "\u01f1 \u01f2 \u01f3 \u01c4 \u01c5 \u01c6 \u01c7 \u01c8 \u01c9 \u01ca \u01cb \u01cc", "\u00e6 \u0153 \u00c6 \u0152", "\uff26\uff35\uff2c\uff2c \uff37\uff29\uff24\uff34\uff28", "\uff11\uff12\uff13", "\uff01\uff1f\uff20",
                  "\u201cquoted\u201d \u2018single\u2019 \u00abguillemets\u00bb \u201elow\u201c \u201alow\u2018 \u2039x\u203a \u2033", "\u2014 \u2013 \u2012 \u2212 - \u2010 \u2011", "\u2026 ... \u00b7 \u2022"],
    "emoji": ["\U0001f642", "\U0001f600\U0001f602", "\u2764\ufe0f", "\u2764", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea", "1\ufe0f\u20e3", "\u2713 ok \u2717 broken", "\u26a0\ufe0f crack",
              "bottle\U0001f37e", "\U0001f37e bottle", "\U0001f680\U0001f680\U0001f680", "\u2600\u2601\u2602", "\u2192\u21d2", "\u221e\u2260\u2264", "\u25a0\u25a1\u25b2", "\u2605\u2606", "\U0001f50d zoom", "\U0001f3f4\u200d\u2620\ufe0f"],
    "long": ["word " * 300, "a" * 300, "ab" * 200, "x" * 76, "bottle " * 73, "bottle " * 74, "bottle " * 75, "bottle " * 76, "bottle " * 77,
             "1" * 100, "1 " * 80, "!" * 200, "!? " * 100, "." * 77, "_" * 90, "\U0001f642" * 40, "\u4e2d\u6587" * 60, "\u0431\u0443\u0442\u044b\u043b\u043a\u0430 " * 60,
             "pneumonoultramicroscopicsilicovolcanoconiosis", "donaudampfschifffahrtselektrizit\u00e4tenhauptbetriebswerkbauunterbeamtengesellschaft",
             "antidisestablishmentarianism " * 20, "a'b" * 60, "&amp;" * 60, "e\u0301" * 100, "-" * 1000, "scratch,dent;crack:" * 20],
}

SCRIPTS = {"latin": (0x41, 0x17f), "latin extended": (0x180, 0x24f), "greek": (0x386, 0x3ff), "cyrillic": (0x400, 0x4ff), "armenian": (0x531, 0x587),
           "hebrew": (0x591, 0x5f4), "arabic": (0x621, 0x6d5), "syriac": (0x710, 0x74a), "devanagari": (0x901, 0x970), "bengali": (0x981, 0x9fa),
           "gurmukhi": (0xa02, 0xa74), "gujarati": (0xa81, 0xaef), "tamil": (0xb82, 0xbf2), "telugu": (0xc01, 0xc6f), "kannada": (0xc82, 0xcef),
           "malayalam": (0xd02, 0xd6f), "sinhala": (0xd82, 0xdf4), "thai": (0xe01, 0xe5b), "lao": (0xe81, 0xedd), "tibetan": (0xf00, 0xfcf),
           "myanmar": (0x1000, 0x1059), "georgian": (0x10d0, 0x10f8), "hangul jamo": (0x1100, 0x11f9), "ethiopic": (0x1200, 0x137c),
           "cherokee": (0x13a0, 0x13f4), "khmer": (0x1780, 0x17e9), "mongolian": (0x1810, 0x18a9), "vietnamese": (0x1ea0, 0x1ef9),
           "greek extended": (0x1f00, 0x1ffe), "hiragana": (0x3041, 0x309e), "katakana": (0x30a1, 0x30fe), "bopomofo": (0x3105, 0x312c),
           "cjk": (0x4e00, 0x9fa5), "hangul": (0xac00, 0xd7a3), "halfwidth": (0xff01, 0xffdc), "punctuation": (0x2010, 0x2057),
           "super and sub": (0x2070, 0x208e), "currency": (0x20a0, 0x20b1), "letterlike": (0x2100, 0x214b), "number forms": (0x2153, 0x2183),
           "arrows": (0x2190, 0x21ff), "mathematics": (0x2200, 0x22ff), "enclosed": (0x2460, 0x24fe), "box": (0x2500, 0x25ff), "dingbats": (0x2701, 0x27be),
           "gothic": (0x10330, 0x1034a), "bold mathematics": (0x1d400, 0x1d7ff), "cjk b": (0x20000, 0x2a6d6)}

CLASSES = ("bottle cable capsule carpet grid hazelnut leather metal_nut pill screw tile toothbrush transistor wood zipper candle cashew "
           "chewinggum fryum macaroni1 macaroni2 pcb1 pcb2 pcb3 pcb4 pipe_fryum capsules").split()
STATES = "{}|flawless {}|perfect {}|damaged {}|{} with flaw|{} without defect|broken {}|{} with a scratch on its left side|scratched, dented {}".split("|")
TEMPLATES = ("a photo of a {}|a cropped photo of the {}.|a bright photo of a {} for visual inspection|An industrial image of a {}|THE {}!|"
             "a jpeg corrupted photo of the {}|\"{}\"|({})|{}: surface no. 3|{} #12|{}'s|is it a {}?").split("|")


def old(c):
    return unicodedata.ucd_3_2_0.category(c) not in ("Cn", "Cs", "Co")


def generated(group, r):
    def pick(seq):
        return seq[int(r.integers(len(seq)))]

    def ascii_word():
        return "".join(pick("etaoinshrdlucmfwypvbgk") for _ in range(r.integers(1, 11)))

    def script_word(name, longest=10):
        lo, hi = SCRIPTS[name]
        chars = []
        while len(chars) < r.integers(1, longest):
            c = chr(int(r.integers(lo, hi + 1)))
            if old(c):
                chars.append(c)
        return "".join(chars)

    if group == "prompts":
        return pick(TEMPLATES).format(pick(STATES).format(pick(CLASSES)))
    if group == "scripts":
        name = list(SCRIPTS)[int(r.integers(len(SCRIPTS)))]
        return " ".join(script_word(name) for _ in range(r.integers(1, 6)))
    if group == "accents":
        w = "".join(pick("abcdefghijklmnoprstuvyzAEINOSUY") + "".join(pick("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0327\u0328")
                    for _ in range(r.integers(0, 3))) for _ in range(r.integers(2, 9)))
        return unicodedata.normalize(pick(["NFC", "NFD"]), w) + pick(["", " " + ascii_word()])
    if group == "entities":
        names = ("amp lt gt quot apos nbsp eacute Eacute egrave ccedil ntilde uuml Uuml szlig aring oslash copy reg deg micro para middot laquo raquo "
                 "times divide frac14 euro hellip ndash mdash lsquo rsquo ldquo rdquo alpha Beta larr rarr").split()
        parts = []
        for _ in range(r.integers(1, 5)):
            e = pick([f"&{pick(names)};", f"&#{int(r.integers(33, 127))};", f"&#x{int(r.integers(0xa1, 0x250)):x};", f"&amp;{pick(names)};",
                      f"&amp;amp;{pick(names)};", f"&{pick(names)}", f"&#{int(r.integers(0x391, 0x500))}", "<br>" if r.random() < 0.3 else "&"])
            parts.append(pick(["", ascii_word(), ascii_word() + " "]) + e)
        return "".join(parts) + pick(["", " ", ascii_word()])
    if group == "contractions":
        return " ".join(ascii_word() + pick("' ' ' \u2019 \u2018 ` \u2032".split()) + pick("s t re ve m ll d S T RE VE M LL D x 1 _ se tt".split())
                        for _ in range(r.integers(1, 5)))
    if group == "punctuation":
        return "".join(pick("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ") for _ in range(r.integers(1, 30))) + pick(["", ascii_word()])
    if group == "numbers":
        return " ".join(pick([str(int(r.integers(10 ** 6))), f"{r.uniform(0, 100):.3f}", f"{int(r.integers(99))}%", ascii_word() + str(int(r.integers(99))),
                              str(int(r.integers(99))) + ascii_word(), f"{int(r.integers(99))}_{int(r.integers(99))}", f"-{r.uniform(0, 1):.2e}",
                              f"{int(r.integers(9))}\u00d7{int(r.integers(9))}", script_word("number forms", 3), script_word("super and sub", 3)])
                        for _ in range(r.integers(1, 6)))
    if group == "emoji":
        return "".join(pick([chr(int(r.integers(0x1f600, 0x1f640))), chr(int(r.integers(0x1f330, 0x1f37c))), ascii_word(), " ", "\u200d", "\ufe0f",
                             chr(int(r.integers(0x2600, 0x2613)))]) for _ in range(r.integers(1, 10)))
    if group == "space":
        return "".join(pick([" ", "  ", "\t", "\n", "\r\n", "\r", "\u00a0", "\u2003", "\u3000", "\u2028", "\u200b", "\x0b", "\x02", "\f", "\ufeff", ascii_word(), ascii_word()])
                       for _ in range(r.integers(2, 12)))
    if group == "letters":
        return "".join(chr(int(r.integers(32, 127))) for _ in range(r.integers(1, 60)))
    if group == "long":
        return pick([" ", ", ", "-", ""]).join(pick([ascii_word(), ascii_word(), pick(CLASSES), str(int(r.integers(99)))]) for _ in range(r.integers(40, 140)))
    parts = [generated(pick(["prompts", "scripts", "accents", "entities", "contractions", "punctuation", "numbers", "emoji", "space"]), r)
             for _ in range(r.integers(2, 4))]
    return " ".join(parts)


COUNTS = {"prompts": 200, "scripts": 430, "accents": 110, "entities": 130, "contractions": 90, "punctuation": 90, "numbers": 90, "emoji": 80,
          "space": 80, "letters": 110, "long": 40, "mixed": 10 ** 6}

UPPER_ENTITIES = re.compile(r"&[A-Z]{3,};")


def reason(s):
    """Why a string is left out, or nothing."""
    if ftfy.fix_text(s) != ftfy.fix_text(s, fix_encoding=False) or ftfy.fix_encoding(s) != s:
        return "ftfy repairs its encoding"
    if re.search("[\x80-\x9f]", s):
        return "C1 control"
    if "\x1b" in s or "\x00" in s:
        return "escape or NUL"
    if ftfy.fix_text(s) != ftfy.fix_text(s, fix_c1_controls=False):
        return "C1 control"
    for name in UPPER_ENTITIES.findall(s):
        import html
        if name[1:] not in html.entities.html5:
            return "all-caps entity"


def main(out):
    t = common.tokenizer()
    strings, seen, groups, left_out = [], set(), {}, {}

    def add(s):
        why = reason(s)
        if why:
            left_out.setdefault(why, []).append(s)
        elif s not in seen:
            seen.add(s)
            strings.append(s)

    for group, list_ in CURATED.items():
        first = len(strings)
        for s in list_:
            add(s)
        groups[group] = [first, len(strings)]
    for group, count in COUNTS.items():
        r = common.rng("tokens", group)
        first = len(strings)
        while len(strings) < min(N, first + count):
            add(generated(group, r))
        groups["random " + group] = [first, len(strings)]
    assert len(strings) == N
    ids = []
    for s in strings:
        row = ([t.sot_token_id] + t.encode(s) + [t.eot_token_id])[:common.CONTEXT]
        row[-1] = t.eot_token_id
        assert row + [0] * (common.CONTEXT - len(row)) == t([s], context_length=common.CONTEXT)[0].tolist()
        ids.append(row)
    common.dump_rows(out + "/strings.json", strings)
    common.dump_rows(out + "/ids.json", ids)
    common.dump(out + "/groups.json", groups, None)
    for why, list_ in left_out.items():
        print(len(list_), why, [s[:40] for s in list_[:8]])
    print(groups)
    print("strings", len(strings), "tokens", sum(map(len, ids)), "cut at 77:", sum(len(i) == 77 for i in ids))


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    main(sys.argv[1])
