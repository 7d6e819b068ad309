"""Run by text_pipeline.cpp, twice.

    _text_oracle.py write FOLDER    writes hard.json, real.json and english.json: lists of texts
    _text_oracle.py check FOLDER    compares what the program made of them with Python's own libraries
"""

import json
import os
import pathlib
import random
import re
import sys
import unicodedata

BLANKS = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # White_Space, which is not str.isspace
CLITICS = {"s", "m", "d", "ll", "re", "ve"}
REAL = {"sst2": ("train.tsv", "dev.tsv", "test.tsv"), "mr": ("rt-polarity.pos", "rt-polarity.neg"),
        "trec": ("train_5500.label", "TREC_10.label")}


def code_points(*ranges):
    return [chr(c) for first, last in ranges for c in range(first, last + 1) if not 0xD800 <= c < 0xE000]


def assigned(text):
    return all(unicodedata.category(c) != "Cn" for c in text)


# ---------------------------------------------------------------- texts

def hard_texts():
    draw = random.Random(3)
    everything = [c for c in code_points((0, 0x10FFFF)) if assigned(c)]
    decomposing = [c for c in everything if unicodedata.decomposition(c)]
    pools = [code_points(*ranges) for ranges in (
        [(0x20, 0x7E)], [(0, 0x7F)], [(0xA0, 0x24F), (0x300, 0x36F)], [(0x370, 0x58F)], [(0x590, 0xDFF)],
        [(0x1100, 0x11FF), (0xAC00, 0xAD00), (0xD7A0, 0xD7A3)], [(0x1E00, 0x24FF)],
        [(0x4E00, 0x4F00), (0xF900, 0xFAD9)],
        [(0x1F300, 0x1F650), (0x200B, 0x200F), (0xFE0E, 0xFE0F)], [(0xFB00, 0xFFFD)], [(0x1D15E, 0x1D1C0)])]
    pools += [everything, decomposing, list("don't it’s we'll N'T 1,000 3.5 <br /> ... !!")]
    pools += [list("Iİıi\u0307Σσςßẞǅ\xa0\u200b\u200d\xad\u2028\x85\u3000\u2000\ufeff\x1c\x00")]
    texts = ["", " ", "<", "<br", "a<br/>b<BR\t/ >c<br", "it's <br >so", "'s 's", "o'clock", "shouldn’t've", "'"]
    texts += [" ".join(decomposing[k:k + 9]) for k in range(0, len(decomposing), 9)]
    texts += ["x".join(unicodedata.normalize("NFD", c) for c in decomposing[k:k + 9])
              for k in range(0, len(decomposing), 9)]
    cased = [c for c in everything if c.lower() != c]
    texts += ["".join(cased[k:k + 20]) for k in range(0, len(cased), 20)]
    for _ in range(3000):
        chosen = draw.choices(pools, k=draw.randint(1, 3))
        texts.append("".join(draw.choice(draw.choice(chosen)) for _ in range(draw.randint(1, 20))))
    return [text for text in texts if assigned(text)]


def real_texts():
    data = pathlib.Path(os.environ.get("RECUR_DATA") or pathlib.Path(__file__).parents[2] / "../shared/data")
    texts = []
    for name, files in REAL.items():
        for file in files:
            path = data / name / file
            if path.exists():
                lines = path.read_bytes().decode("utf-8" if name == "sst2" else "windows-1252").split("\n")
                texts += [line.rsplit("\t", 1)[0] if name == "sst2" else line for line in lines]
    texts = sorted(set(texts))
    random.Random(5).shuffle(texts)
    return texts


def english_texts():
    """This project's own documentation, which is always there."""
    root = pathlib.Path(__file__).parents[2]
    return [line for file in sorted(root.glob("*.md")) + sorted(root.glob("docs/*.md"))
            for line in file.read_text().splitlines() if line.strip()]


def write(folder):
    for name, texts in (("hard", hard_texts()), ("real", real_texts()), ("english", english_texts())):
        (folder / f"{name}.json").write_text(json.dumps(texts))


# ---------------------------------------------------------------- what Python makes of them

def lower(c):
    return "i" if c == "İ" else c.lower()  # everywhere else the simple mapping is the full one


def normalize(text, form):
    text = re.sub(r"<br[\t-\r ]*/?[\t-\r ]*>", " ", text, flags=re.IGNORECASE | re.ASCII)
    if form != "none":
        text = unicodedata.normalize(form.upper(), text)
    return "".join(map(lower, text))


def kind(c):
    category = unicodedata.category(c)
    if category[0] in "LN":
        return category[0]
    if category[0] == "M" or category == "Cf":
        return "M"
    return {"'": "q", "’": "q", ".": "p", ",": "p"}.get(c, "o")


def split_contraction(word):
    found = re.fullmatch(r"(.+)(n't|'(?:s|m|d|ll|re|ve))", word, flags=re.DOTALL | re.IGNORECASE | re.ASCII)
    return split_contraction(found[1]) + [found[2]] if found else [word]


def words_of_chunk(chunk):
    tokens, at, kinds = [], 0, "".join(map(kind, chunk))
    word = re.compile(r"[LNM](?:[LNM]|(?<=N)p(?=N)|(?<=[LNM])q(?=L))*")
    if kinds[0] == "q":
        after = word.match(kinds, 1)
        if after and chunk[1:after.end()].lower() in CLITICS and chunk[1:after.end()].isascii():
            tokens, at = ["'" + chunk[1:after.end()]], after.end()
    while at < len(chunk):
        found = word.match(kinds, at)
        if found:
            tokens += split_contraction(chunk[at:found.end()].replace("’", "'"))
        else:
            run = re.compile(re.escape(chunk[at]) + "+").match(chunk, at).end()
            found = re.compile("M*").match(kinds, run)
            tokens.append(chunk[at:found.end()])
        at = found.end()
    return tokens


def words(text):
    chunks = re.split(f"[{BLANKS}]+", normalize(text, "nfc"))
    return [token for chunk in chunks if chunk for token in words_of_chunk(chunk)]


# ---------------------------------------------------------------- comparisons

def compare(what, texts, got, expected):
    wrong = [k for k in range(len(texts)) if got[k] != expected(k)]
    print(f"{what}: {len(wrong)} of {len(texts)} differ", flush=True)
    for k in wrong[:5]:
        print(f"  {ascii(texts[k])}\n    got      {ascii(got[k])}\n    expected {ascii(expected(k))}")
    return len(wrong)


def ids_by_torchscript(module, texts):
    rows = []
    for begin in range(0, len(texts), 512):
        ids, lengths = module(texts[begin:begin + 512])
        for row, length in zip(ids.tolist(), lengths.tolist()):
            rows.append(row[:length] if not any(row[length:]) else "padding that is not 0")
    return rows


def check_subwords(folder):
    try:
        import sentencepiece
    except ImportError:
        print("subwords: not compared, for Python has no sentencepiece")
        return 0
    wrong, texts = 0, json.loads((folder / "english.json").read_text())
    for model in sorted(folder.glob("*.model")):
        theirs = sentencepiece.SentencePieceProcessor(model_file=str(model))
        got = json.loads(model.with_suffix(".json").read_text())
        plain = [" ".join(part for part in re.split(f"[{BLANKS}]+", normalize(text, "nfc")) if part) for text in texts]

        def pieces(k):  # of two ways with one score either will do: versions of sentencepiece differ in that
            expected = theirs.encode(plain[k], out_type=str)
            scores = [sum(theirs.get_score(theirs.piece_to_id(piece)) for piece in way) for way in (got[k], expected)]
            same = "".join(got[k]) == "".join(expected) and abs(scores[0] - scores[1]) < 1e-3
            return got[k] if same else expected

        wrong += compare(f"{model.stem} pieces", texts, got, pieces)
    return wrong


def check(folder):
    import torch

    load = lambda name: json.loads((folder / name).read_text())
    hard, real = load("hard.json"), load("real.json")
    everything, wrong = hard + real, 0
    for form in ("none", "nfc", "nfkc"):
        got = load(f"normalized-{form}.json")
        wrong += compare(f"normalized, {form}", hard, got, lambda k: normalize(hard[k], form))
    wrong += compare("words", everything, load("words.json"), lambda k: words(everything[k]))
    for path in sorted(folder.glob("*.pt")):
        expected = load(f"{path.stem}.ids.json")
        texts = everything[:len(expected)]
        got = ids_by_torchscript(torch.jit.load(str(path)), texts)
        wrong += compare(f"{path.stem}, ids by TorchScript", texts, got, lambda k: expected[k])
    return 1 if wrong + check_subwords(folder) else 0


if __name__ == "__main__":
    step, where = sys.argv[1], pathlib.Path(sys.argv[2])
    sys.exit(write(where) if step == "write" else check(where))
