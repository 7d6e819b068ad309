"""Seconds of an epoch over Multi30k, German to English: recur's translator, and the same network in Python torch.

    .venv/bin/python bench/translation.py                            # whole epochs, three of each, in turns
    .venv/bin/python bench/translation.py --batches 60 --repeats 5   # of 60 batches, scaled to the epoch
    .venv/bin/python bench/translation.py --engines                  # the peer alone

Each repeat starts both anew, one after the other.  What counts is batches made up, loss, gradients and optimizer: of
recur the sum over its steps of what metrics.jsonl says (the epoch's last, smaller batch counts as a full one, a few
tenths of a percent against recur), so that its evaluation is not in it; of the peer wall time.

The peer: torch's bidirectional GRU over packed sequences, additive attention and GRUCell in a loop over the target's
steps, whose keys before it and whose read-out behind it are computed for all steps at once, the latter only where there
are words.  Its words are split by bench/sentiment_torch.py's rule, recur's nearly; the parameters, which the table
shows, say how nearly.
"""

import argparse
import collections
import math
import pathlib
import random
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from recur_epoch import add_options, compare
from sentiment_torch import tokenize

PAD, UNKNOWN = 0, 1
BOUNDARY = PAD  # read before a sentence's first word, to be written behind its last: padding is told by lengths, as in recur
MIN_COUNT, BATCH, BUCKET = 2, 64, 50
SIZE, DROPOUT, SMOOTHING, RATE, CLIP = 256, 0.4, 0.1, 1e-3, 1.0


def read_side(path):
    """Its sentences as lists of ids, and the vocabulary's size."""
    sentences = [tokenize(line) for line in path.read_text("utf-8").removesuffix("\n").split("\n")]
    counts = collections.Counter(word for words in sentences for word in words)
    known = [word for word, count in counts.most_common() if count >= MIN_COUNT]
    ids = {word: i for i, word in enumerate(known, start=2)}
    return [[ids.get(word, UNKNOWN) for word in words] for words in sentences], len(ids) + 2


def read_pairs(folder):
    """(source, target) pairs that have words on both sides, and the sizes of both vocabularies."""
    (sources, source_size), (targets, target_size) = (read_side(folder / f"train.{side}") for side in ("de", "en"))
    if len(sources) != len(targets):
        sys.exit(f"{folder}: {len(sources)} sentences in train.de, {len(targets)} in train.en")
    return [pair for pair in zip(sources, targets) if all(pair)], source_size, target_size


def plan(pairs, number):
    """An epoch's batches, of like length and longest source first, in random order; or as many of them as `number`
    says, evenly of all lengths."""
    order = random.sample(range(len(pairs)), len(pairs))
    length = lambda i: (len(pairs[i][0]), len(pairs[i][1]))  # noqa: E731
    pools = (sorted(order[i : i + BUCKET * BATCH], key=length, reverse=True) for i in range(0, len(order), BUCKET * BATCH))
    batches = [pool[i : i + BATCH] for pool in pools for i in range(0, len(pool), BATCH)]
    if 0 < number < len(batches):
        batches.sort(key=lambda batch: sum(map(sum, map(length, batch))))
        batches = [batches[int((i + 0.5) * len(batches) / number)] for i in range(number)]
    random.shuffle(batches)
    return batches


def make_up(pairs, batch):
    """Sources [B, S] and their lengths, words read [B, T], words to be written [B, T], and where there are any [B, T]."""
    sources, targets = zip(*(pairs[i] for i in batch))
    pad = lambda rows: pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=PAD)  # noqa: E731
    read, written = pad([[BOUNDARY, *target] for target in targets]), pad([[*target, BOUNDARY] for target in targets])
    lengths = torch.tensor([len(target) + 1 for target in targets])
    real = torch.arange(read.shape[1]) < lengths.unsqueeze(1)
    return pad(sources), torch.tensor([len(source) for source in sources]), read, written, real


class Translator(nn.Module):
    def __init__(self, source_size, target_size):
        super().__init__()
        self.source_embedding = nn.Embedding(source_size, SIZE)
        self.encoder = nn.GRU(SIZE, SIZE, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(2 * SIZE, SIZE)
        self.key, self.query = nn.Linear(2 * SIZE, SIZE), nn.Linear(SIZE, SIZE, bias=False)
        self.score = nn.Linear(SIZE, 1, bias=False)
        self.embedding = nn.Embedding(target_size, SIZE)
        self.cell = nn.GRUCell(3 * SIZE, SIZE)
        self.combine = nn.Linear(3 * SIZE, SIZE)
        self.readout = nn.Linear(SIZE, target_size)
        for embedding in (self.source_embedding, self.embedding):
            nn.init.normal_(embedding.weight, std=0.1)
        self.readout.weight = self.embedding.weight

    def drop(self, x):
        return functional.dropout(x, DROPOUT, self.training)

    def encode(self, source, lengths):
        """What is attended to, its keys, where it is padding, and the decoder's first state."""
        packed = pack_padded_sequence(self.drop(self.source_embedding(source)), lengths, batch_first=True)
        output, last = self.encoder(packed)
        memory, _ = pad_packed_sequence(output, batch_first=True)
        padding = torch.arange(memory.shape[1]) >= lengths.unsqueeze(1)
        return memory, self.key(memory), padding, self.bridge(torch.cat([last[0], last[1]], 1)).tanh()

    def attend(self, h, memory, keys, padding):
        energies = self.score((self.query(h).unsqueeze(1) + keys).tanh()).squeeze(2)
        weights = energies.masked_fill(padding, -math.inf).softmax(1)
        return torch.bmm(weights.unsqueeze(1), memory).squeeze(1)

    def forward(self, source, lengths, read, real):
        """Logits [N, V] of the N words for which `real` holds."""
        *memory, h = self.encode(source, lengths)
        embedded = self.drop(self.embedding(read))
        states, contexts = [], []
        for y in embedded.unbind(1):
            contexts.append(self.attend(h, *memory))
            h = self.cell(torch.cat([y, contexts[-1]], 1), h)
            states.append(h)
        seen = torch.cat([self.drop(torch.stack(states, 1)), torch.stack(contexts, 1)], 2)
        return self.readout(embedded[real] + self.combine(seen[real]))


def run_peer(pairs, sizes, number):
    """(seconds of an epoch, parameters, losses of its batches)."""
    random.seed(1)
    torch.manual_seed(1)
    model = Translator(*sizes)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    batches, losses = plan(pairs, number), []
    start = time.monotonic()
    for batch in batches:
        source, lengths, read, written, real = make_up(pairs, batch)
        logits = model(source, lengths, read, real)
        loss = functional.cross_entropy(logits, written[real], label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        losses.append(loss.item())
    seconds = (time.monotonic() - start) * batches_of_epoch(pairs) / len(batches)
    return seconds, sum(p.numel() for p in model.parameters()), losses


def batches_of_epoch(pairs):
    return math.ceil(len(pairs) / BATCH)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, "configs/translation/multi30k.yaml", threads=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    pairs, *sizes = read_pairs(pathlib.Path(options.data) / "multi30k")
    batches = batches_of_epoch(pairs)
    print(f"{len(pairs)} pairs, {batches} batches, vocabularies of {sizes[0]} and {sizes[1]}", file=sys.stderr)

    def peer():
        seconds, parameters, losses = run_peer(pairs, sizes, options.batches)
        first, last = (statistics.mean(some) for some in (losses[:5], losses[-5:]))
        return seconds, parameters, f", loss {first:.2f} to {last:.2f}"

    compare(options, batches, BATCH, peer)


if __name__ == "__main__":
    main()
