"""What jiwer makes of transcripts.

    _jiwer_oracle.py FOLDER    (by word_errors.cpp) writes cases.json: transcripts with jiwer's rates, counts, alignments
"""
import json
import os
import pathlib
import random
import sys

import jiwer

PIECES = (  # of hard texts, joined with or without blanks
    "a", "b", "c", "A", "the", "three", "tree", "über", "e\u0301", "東京", "。", "😀", "👍🏽", "1", "don't", "-", "***",
    "\n", "\t", "\t\t", " \t", "\r\n", "\u00a0", "\u00a0\u00a0", "\u3000", "\u2028", "\u200b", "\x85", "\x1c", "\x1f", "\x00",
    "\ufeff", " ")
FEW = ("a", "b", "c")  # so that there are many shortest ways
KINDS = {"equal": 0, "substitute": 1, "delete": 2, "insert": 3}


def perturb(draw, words, others):
    """Each word dropped, doubled, replaced or swapped with the next, sometimes."""
    changed = []
    for word in words:
        fate = draw.random()
        if fate < 0.1:
            continue
        changed += [word] * 2 if fate < 0.15 else [draw.choice(others)] if fate < 0.35 else [word]
        if fate > 0.95 and len(changed) > 1:
            changed[-2:] = changed[:-3:-1]
    return changed


def hard_pairs(count):
    draw = random.Random(5)
    join = lambda pieces: "".join(piece + draw.choice(("", " ", " ", "  ")) for piece in pieces)
    for _ in range(count):
        reference = [draw.choice(PIECES) for _ in range(draw.choice((0, 1, 2, 3, 5, 8, 20)))]
        yield join(reference), join(perturb(draw, reference, PIECES))


def ambiguous_pairs(count):
    draw = random.Random(6)
    text = lambda: " ".join(draw.choice(FEW) for _ in range(draw.randrange(draw.choice((4, 12, 80, 200)))))
    for _ in range(count):
        yield text(), text()


def real_pairs():
    data = pathlib.Path(os.environ.get("RECUR_DATA") or pathlib.Path(__file__).parents[2] / "../shared/data")
    path = data / "multi30k" / "val.en"
    if not path.exists():
        print("val.en of Multi30k is not there: set RECUR_DATA")
        return
    draw = random.Random(7)
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    words = [word for line in lines for word in line.split()]
    for line in lines:
        yield line, " ".join(perturb(draw, line.split(), words))


def counts(output):
    return [output.substitutions, output.deletions, output.insertions,
            output.hits + output.substitutions + output.deletions]


def edits(chunks):
    """One by one, as [kind, place in the reference, place in the hypothesis]."""
    made = []
    for chunk in chunks:
        said = chunk.ref_end_idx - chunk.ref_start_idx
        heard = chunk.hyp_end_idx - chunk.hyp_start_idx
        made += [[KINDS[chunk.type], chunk.ref_start_idx + min(k, said), chunk.hyp_start_idx + min(k, heard)]
                 for k in range(max(said, heard))]
    return made


def scores(pairs):
    references, hypotheses = map(list, zip(*pairs))
    words = jiwer.process_words(references, hypotheses)
    characters = jiwer.process_characters(references, hypotheses)
    return {"references": references, "hypotheses": hypotheses, "wer": words.wer, "cer": characters.cer,
            "words": counts(words), "characters": counts(characters),
            "split": [words.references, words.hypotheses], "edits": [edits(chunks) for chunks in words.alignments]}


def with_picture(pair):
    made = scores([pair])
    if len(made["split"][0][0]) + len(made["split"][1][0]) > 0:
        lines = jiwer.visualize_alignment(jiwer.process_words(*pair), show_measures=False, skip_correct=False)
        made["picture"] = [line.rstrip(" ") for line in lines.split("\n")[2:5]]
    return made


def main(folder):
    hard, ambiguous, real = list(hard_pairs(400)), list(ambiguous_pairs(300)), list(real_pairs())
    cases = {"hard": hard, "ambiguous": ambiguous, "val.en": real}
    made = {name: scores(pairs) for name, pairs in cases.items() if pairs}
    made.update({f"hard, {k}": scores([pair]) for k, pair in enumerate(hard)})
    made.update({f"ambiguous, {k}": with_picture(pair) for k, pair in enumerate(ambiguous)})
    (folder / "cases.json").write_text(json.dumps(made))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
