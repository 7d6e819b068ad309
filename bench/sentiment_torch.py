"""The peer of recur's text classifier: the same architecture, data and batches in plain Python torch.

    OMP_NUM_THREADS=1 python3 bench/sentiment_torch.py --data mr --fold 1 --epochs 6
    OMP_NUM_THREADS=1 python3 bench/sentiment_torch.py --data trec --cell gru --hidden-size 64 --pooling last

Prints, for each epoch, the seconds it took and the accuracy on the validation and the test split, and at the end the
test accuracy of the epoch that was best on validation.  Data sets are looked for below RECUR_DATA.
"""

import argparse
import collections
import math
import os
import pathlib
import random
import re
import tarfile
import time

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

PAD, UNKNOWN = 0, 1
TOKEN = re.compile(r"n't\b|'(?:s|re|ve|ll|d|m)\b|\d+(?:[.,]\d+)*|\w+|([^\w\s])\1*")


def tokenize(text):
    """Lower-case words with English contractions split off, numbers, and runs of one punctuation mark."""
    text = re.sub(r"<br\s*/?>", " ", text.lower())
    return [match[0] for match in TOKEN.finditer(re.sub(r"(?<=\w)n't\b", " n't", text))]


def read_lines(path, encoding="utf-8"):
    return [line for line in path.read_text(encoding).split("\n") if line.strip()]


def read_imdb(path):
    parts = {"train": [], "test": []}
    with tarfile.open(path) as archive:
        for member in archive:
            split, _, label = member.name.removeprefix("aclImdb/").rpartition("/")[0].partition("/")
            if member.isfile() and label in ("neg", "pos"):
                parts[split].append((member.name, archive.extractfile(member).read().decode(), int(label == "pos")))
    return [[(text, label) for _, text, label in sorted(parts[split])] for split in ("train", "test")]


def carve(pairs, fold, seed):
    """A tenth of the (text, label) pairs, stratified, number `fold` of ten; and all the rest."""
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    shuffled.sort(key=lambda pair: pair[1])  # stable: dealing these out gives each tenth its share of each class
    return shuffled[fold::10], [pair for i, pair in enumerate(shuffled) if i % 10 != fold]


def read_data(name, folder, fold, seed):
    """The training, validation and test split, each a list of (text, class name)."""
    if name == "sst2":
        rows = [[line.rsplit("\t", 1) for line in read_lines(folder / f"{s}.tsv")] for s in ("train", "dev", "test")]
        return [[(text, label) for text, label in split if label != "label"] for split in rows]
    if name == "mr":
        sides = [read_lines(folder / f"rt-polarity.{side}", "windows-1252") for side in ("neg", "pos")]
        test, rest = carve([(text, label) for label, side in enumerate(sides) for text in side], fold - 1, seed=0)
    elif name == "trec":
        rows = [read_lines(folder / file, "latin-1") for file in ("train_5500.label", "TREC_10.label")]
        rest, test = [[(row.split(" ", 1)[1], row.split(":", 1)[0]) for row in split] for split in rows]
    else:
        rest, test = read_imdb(folder / "aclImdb_labelled.tar.gz")
    validation, train = carve(rest, 0, seed)
    return [train, validation, test]


def encode(splits, options):
    """Splits as lists of (ids, label), the vocabulary's size and the number of classes."""
    splits = [[(tokenize(text)[: options.max_tokens], label) for text, label in split] for split in splits]
    counts = collections.Counter(token for tokens, _ in splits[0] for token in tokens)
    common = counts.most_common(options.max_vocabulary)
    ids = {token: i for i, (token, count) in enumerate(common, start=2) if count >= options.min_count}
    labels = {label: i for i, label in enumerate(sorted({label for _, label in splits[0]}))}
    numbers = lambda tokens: torch.tensor([ids.get(token, UNKNOWN) for token in tokens] or [UNKNOWN])  # noqa: E731
    return [[(numbers(x), labels[y]) for x, y in split] for split in splits], len(ids) + 2, len(labels)


def batches(examples, size, shuffle):
    """Batches of texts of about one length: shuffled pools of 50 batches are sorted and cut, and the cuts shuffled."""
    order = list(range(len(examples)))
    mix = random.shuffle if shuffle else lambda _: None
    mix(order)
    pools = [order[i : i + 50 * size] for i in range(0, len(order), 50 * size)]
    pools = [sorted(pool, key=lambda i: -len(examples[i][0])) for pool in pools]
    cuts = [pool[i : i + size] for pool in pools for i in range(0, len(pool), size)]
    mix(cuts)
    for cut in cuts:
        ids, labels = zip(*(examples[i] for i in cut))
        yield pad_sequence(ids, batch_first=True), torch.tensor([len(i) for i in ids]), torch.tensor(labels)


class Classifier(nn.Module):
    def __init__(self, vocabulary, classes, options):
        super().__init__()
        self.options = options
        self.embedding = nn.Embedding(vocabulary, options.embedding_size, padding_idx=PAD)
        nn.init.normal_(self.embedding.weight, std=options.embedding_std)
        cell = {"lstm": nn.LSTM, "gru": nn.GRU}[options.cell]
        sizes = options.embedding_size, options.hidden_size, options.num_layers
        self.rnn = cell(*sizes, batch_first=True, dropout=options.dropout, bidirectional=not options.one_way)
        width = options.hidden_size * (1 if options.one_way else 2)
        if "attention" in options.pooling:
            self.score = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1, bias=False))
        self.readout = nn.Linear(width * len(options.pooling), classes)

    def embed(self, ids):
        options = self.options
        if self.training and options.word_dropout:
            ids = ids.masked_fill((torch.rand(ids.shape) < options.word_dropout) & (ids != PAD), UNKNOWN)
        words = self.embedding(ids)
        if options.variational:  # one mask for all time steps of a text
            return words * functional.dropout(torch.ones_like(words[:, :1]), options.embedding_dropout, self.training)
        return functional.dropout(words, options.embedding_dropout, self.training)

    def forward(self, ids, lengths):
        packed, last = self.rnn(pack_padded_sequence(self.embed(ids), lengths, batch_first=True))
        output, _ = pad_packed_sequence(packed, batch_first=True)
        last = last[0] if self.options.cell == "lstm" else last
        padding = (ids == PAD).unsqueeze(2)
        pools = {
            "last": lambda: torch.cat(list(last[-1 if self.options.one_way else -2 :]), 1),
            "max": lambda: output.masked_fill(padding, -math.inf).amax(1),
            "mean": lambda: output.sum(1) / lengths.unsqueeze(1),
            "attention": lambda: (self.score(output).masked_fill(padding, -math.inf).softmax(1) * output).sum(1),
        }
        pooled = torch.cat([pools[name]() for name in self.options.pooling], 1)
        return self.readout(functional.dropout(pooled, self.options.readout_dropout, self.training))


def accuracy(model, examples):
    model.eval()
    with torch.no_grad():
        right = sum((model(ids, n).argmax(1) == y).sum().item() for ids, n, y in batches(examples, 256, shuffle=False))
    model.train()
    return right / len(examples)


def train(options, data, vocabulary, classes):
    """Trains, prints a line an epoch, and returns (validation, test) accuracy of the best epoch on validation."""
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    model = Classifier(vocabulary, classes, options)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay, fused=True
    )
    steps = options.epochs * math.ceil(len(data[0]) / options.batch_size) if options.schedule == "cosine" else math.inf
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    mean = lambda old, new, n: old.lerp(new, 1 - min(options.ema_decay, (1 + n) / (10 + n)))  # noqa: E731
    average = torch.optim.swa_utils.AveragedModel(model, avg_fn=mean) if options.ema_decay else model
    best = (0.0, 0.0)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {vocabulary} words, {len(data[0])} texts")
    for epoch in range(1, options.epochs + 1):
        start, losses = time.time(), []
        for ids, lengths, labels in batches(data[0], options.batch_size, shuffle=True):
            loss = functional.cross_entropy(model(ids, lengths), labels, label_smoothing=options.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), options.clip_norm)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            if options.ema_decay:
                average.update_parameters(model)
        done = f"epoch {epoch}: {time.time() - start:.1f} s, loss {sum(losses) / len(losses):.4f}"
        scores = [accuracy(average, split) for split in data[1:]]
        best = max(best, tuple(scores), key=lambda score: score[0])
        print(f"{done}, validation {100 * scores[0]:.2f} %, test {100 * scores[1]:.2f} %", flush=True)
    print(f"best on validation {100 * best[0]:.2f} %: test {100 * best[1]:.2f} %")
    return best


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", choices=["mr", "sst2", "trec", "imdb"], required=True)
    add("--cell", choices=["lstm", "gru"], default="lstm")
    add("--pooling", nargs="+", choices=["last", "max", "mean", "attention"], default=["max", "mean"])
    add("--one-way", action="store_true", help="forward only; default: both directions")
    add("--variational", action="store_true", help="embedding dropout with one mask for all time steps")
    add("--schedule", choices=["constant", "cosine"], default="constant")
    numbers = dict(embedding_size=100, hidden_size=64, num_layers=1, embedding_std=0.1)
    numbers |= dict(max_tokens=256, max_vocabulary=30000, min_count=2, fold=1, seed=1, threads=1)
    numbers |= dict(embedding_dropout=0.3, word_dropout=0.0, dropout=0.0, readout_dropout=0.5, label_smoothing=0.0)
    numbers |= dict(epochs=6, batch_size=64, learning_rate=1e-3, weight_decay=0.0, clip_norm=5.0, ema_decay=0.0)
    for name, default in numbers.items():
        add("--" + name.replace("_", "-"), type=type(default), default=default, help=f"default: {default}")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    chosen = parse()
    torch.set_num_threads(chosen.threads)
    texts = read_data(chosen.data, pathlib.Path(os.environ["RECUR_DATA"]) / chosen.data, chosen.fold, chosen.seed)
    train(chosen, *encode(texts, chosen))
