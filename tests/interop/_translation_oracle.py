"""What sacrebleu makes of translations.

    _translation_oracle.py write FOLDER    (by translation_scores.cpp) writes cases.json: texts with sacrebleu's numbers
    _translation_oracle.py words FOLDER    reads words.json, each case's words, and writes their BLEU to word_bleu.json
    _translation_oracle.py numbers         prints the numbers that tests/trainers/translation_scores.cpp holds
"""
import json
import os
import pathlib
import random
import sys

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

PIECES = (  # of hard texts, joined with or without blanks
    "a", "the", "The", "dog", "Dog's", "don't", "über", "Straße", "ÄÖÜ", "naïve", "e\u0301te\u0301", "東京", "。", "😀",
    "👍🏽", "Ω", "1", "23", "1,000.5", "3.14", "1990-2000", "2-", "-", "--", "well-known", "x-\n", "-\n", "1.", ".5",
    "5.a", "a.5", "1,", ",2", "...", ".,", ",.,.", "²", "٣.٥", "½,", "U.S.", "e.g.,", "&quot;", "&amp;", "&lt;", "&gt;",
    "&amp;quot;", "&amp;amp;lt;", "&nbsp;", "&", "<skipped>", "<skip<skipped>ped>", "<br />", "\n", "\r\n", "\t",
    "\u00a0", "\u3000", "\u2028", "\u200b", "\u00ad", "\x85", "\x1c", "\x1f", "\x00", "\x7f", "\ufeff", "'", "’", "„",
    "“", "«", "–", "€", "%", "3%", "$5", "\"", "(", ")", "[x]", "{y}", "a/b", "a_b", "#1", "!?", "!", ";", ":", "10:30",
    "@", "^", "`", "~", "|", "\\", "*", "+", "=")


def draw_text(draw):
    pieces = [draw.choice(PIECES) for _ in range(draw.choice((0, 1, 2, 3, 4, 5, 8, 20, 40)))]
    return join(draw, pieces), pieces


def join(draw, pieces):
    return "".join(piece + draw.choice(("", " ", " ", " ", "  ")) for piece in pieces)


def perturb(draw, pieces, others):
    """Each piece dropped, doubled, replaced or swapped with the next, sometimes."""
    changed = []
    for piece in pieces:
        fate = draw.random()
        if fate < 0.08:
            continue
        changed += [piece] * 2 if fate < 0.12 else [draw.choice(others)] if fate < 0.3 else [piece]
        if fate > 0.95 and len(changed) > 1:
            changed[-2:] = changed[:-3:-1]
    return changed


def hard_pairs(count):
    draw = random.Random(5)
    pairs = []
    for _ in range(count):
        reference, pieces = draw_text(draw)
        pairs.append((join(draw, perturb(draw, pieces, PIECES)), reference))
    return pairs


def real_pairs(language):
    data = pathlib.Path(os.environ.get("RECUR_DATA") or pathlib.Path(__file__).parents[2] / "../shared/data")
    path = data / "multi30k" / f"val.{language}"
    if not path.exists():
        print(f"{path.name} of Multi30k is not there: set RECUR_DATA")
        return []
    draw = random.Random(7)
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    words = [word for line in lines for word in line.split()]
    return [(" ".join(perturb(draw, line.split(), words)), line) for line in lines]


def scores(pairs):
    translations, references = map(list, zip(*pairs))
    bleu, chrf = BLEU(force=True), CHRF()
    tokenize = Tokenizer13a()
    return {"translations": translations, "references": references,
            "tokens": [tokenize(text).split() for text in translations + references],
            "bleu": bleu.corpus_score(translations, [references]).score,
            "chrf": chrf.corpus_score(translations, [references]).score,
            "signature": str(bleu.get_signature()).partition("|version:")[0]}


def write(folder):
    hard = hard_pairs(500)
    cases = {"hard": hard, "val.en": real_pairs("en"), "val.de": real_pairs("de")}
    cases.update({f"hard, {k}": [pair] for k, pair in enumerate(hard)})
    made = {name: scores(pairs) for name, pairs in cases.items() if pairs}
    (folder / "cases.json").write_text(json.dumps(made))


def words_bleu(translations, references):
    # What the tokenizer "none" has made is split at Python's blanks, of which four are none to Unicode.
    no_blanks = {c: 0xE000 + c for c in range(0x1C, 0x20)}
    lines = [[" ".join(words).translate(no_blanks) for words in texts] for texts in (translations, references)]
    return BLEU(tokenize="none", force=True).corpus_score(lines[0], [lines[1]]).score


def words(folder):
    cases = json.loads((folder / "words.json").read_text())
    (folder / "word_bleu.json").write_text(json.dumps({name: words_bleu(*texts) for name, texts in cases.items()}))


def numbers():
    corpus = [
        ("Two young, white males are outside near many bushes.", "Two young, White males are outside near bushes."),
        ("A man in a blue shirt is standing on a ladder.",
         "A man in a blue shirt is standing on a ladder cleaning a window."),
        ("Der Mann läuft über die Straße", "Ein Mann läuft über die Straße."),
        ("", "Nothing was said."),
        ("It costs 1,000.5 &quot;dollars&quot; (1990-2000)", "It costs 1,000.5 \"dollars\", 1990\u00a0-\u00a02000"),
    ]
    examples = {"corpus": corpus, "4, 3, 2, 1 tokens": [("a b c d", "a x c d e")],
                "7, 6, 5, 4 tokens": [("a b x c d y e", "a b c d e")], "short": [("the cat", "the cat sat")],
                "umlauts": [("über", "uber")], "blanks": [("a\u00a0b\x1cc d", "ab cd")],
                "short reference": [("abc", "a"), ("abcdef", "abcdef")]}
    for name, pairs in examples.items():
        made = scores(pairs)
        print(f"{name}: bleu {made['bleu']!r}, chrf {made['chrf']!r}\n  {made['tokens']}")
    print(scores(corpus)["signature"])


if __name__ == "__main__":
    if sys.argv[1:] == ["numbers"]:
        numbers()
    else:
        {"write": write, "words": words}[sys.argv[1]](pathlib.Path(sys.argv[2]))
