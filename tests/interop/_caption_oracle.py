"""Prints the numbers that tests/trainers/bleu.cpp, rouge_l.cpp and cider.cpp hold, computed by nltk and pycocoevalcap.

    pip install nltk && pip install --no-deps pycocoevalcap && python3 tests/interop/_caption_oracle.py

The C++ tests build the same captions from the same formulas (tests/trainers/caption_example.h).
"""
import contextlib
import io

from nltk.translate.bleu_score import corpus_bleu
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

state = 1


def draw(n):
    global state
    state = (state * 1103515245 + 12345) % 2**31
    return state // 65536 % n


def word():
    return f"w{min(draw(40), draw(40))}"  # low numbers are frequent


def example(images):
    """Candidates that are their first reference with some words exchanged and up to two left out."""
    candidates, references = [], []
    for i in range(images):
        references.append([[word() for _ in range(6 + draw(8))] for _ in range(1 + i % 5)])
        first = references[-1][0]
        kept = len(first) - draw(3)
        candidates.append([word() if draw(4) == 0 else token for token in first[:kept]])
    return candidates, references


def pycocoevalcap(scorer, candidates, references):
    said = {i: [" ".join(tokens)] for i, tokens in enumerate(candidates)}
    wanted = {i: [" ".join(tokens) for tokens in those] for i, those in enumerate(references)}
    with contextlib.redirect_stdout(io.StringIO()):
        return scorer.compute_score(wanted, said)


def show(title, candidates, references):
    print(title)
    weights = [(1,), (1 / 2,) * 2, (1 / 3,) * 3, (1 / 4,) * 4]
    print("  nltk's BLEU-1 ... 4", corpus_bleu(references, candidates, weights=weights))
    print("  pycocoevalcap's", pycocoevalcap(Bleu(4), candidates, references)[0])
    for name, scorer in ("ROUGE-L", Rouge()), ("CIDEr-D", Cider()):
        mean, each = pycocoevalcap(scorer, candidates, references)
        print(f"  {name}: mean", float(mean), "the first", [float(x) for x in each[:5]])


show("200 images:", *example(200))
short = [["w1", "w2"], ["w0"], [], ["w1", "w2", "w3", "w4", "w5"]]
those = [[["w1", "w2", "w3"], ["w2"]], [["w0", "w0"]], [["w1"], ["w2", "w3"]], [["w1", "w2", "w3", "w4", "w6"], ["w5"]]]
show("short and empty ones:", short, those)
