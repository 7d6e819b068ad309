"""Seconds of an epoch of a language model: recur's, and the same network in Python torch.

    .venv/bin/python bench/language.py                              # Tiny Shakespeare, whole epochs, in turns
    .venv/bin/python bench/language.py --batches 40 --repeats 5     # of 40 windows, scaled to the epoch
    .venv/bin/python bench/language.py --config configs/language/ptb_small.yaml

Each repeat starts both anew, one after the other.  What counts is loss, gradients, clipping and optimizer; of recur the
sum over its steps of what metrics.jsonl says, of the peer wall time.

The peer: nn.Embedding, dropout, nn.LSTM with dropout between layers (oneDNN), dropout, nn.Linear, cross-entropy; the
state goes on from window to window.  What it reads is random: only the size counts.  Sizes are those of the config.
"""

import argparse
import subprocess
import sys
import time

import torch
import yaml
from torch import nn
from torch.nn import functional

from recur_epoch import add_options, compare, environment_of

# Training tokens, vocabulary with padding and unknown.
SETS = {"shakespeare": (1_003_854, 67), "ptb": (929_589, 10_001)}


class Model(nn.Module):
    def __init__(self, vocabulary, config):
        super().__init__()
        layers = config["recurrent"]
        self.embedding = nn.Embedding(vocabulary, config["embedding_size"])
        self.dropout = nn.Dropout(config["dropout"])
        self.lstm = nn.LSTM(config["embedding_size"], layers["hidden_size"], layers["num_layers"],
                            dropout=layers["dropout"], batch_first=True)
        self.readout = nn.Linear(layers["hidden_size"], vocabulary)

    def forward(self, tokens, state):
        h, state = self.lstm(self.dropout(self.embedding(tokens)), state)
        return self.readout(self.dropout(h)), state


def run_peer(config, tokens, vocabulary, number):
    """(seconds of an epoch, parameters)."""
    torch.manual_seed(1)
    model, trainer = Model(vocabulary, config["model"]), config["trainer"]
    rate = trainer["optimizer"]["learning_rate"]
    if trainer["optimizer"]["name"] == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, fused=True)
    streams = torch.randint(2, vocabulary, (trainer["batch_size"], tokens // trainer["batch_size"]))
    steps, state = config["data"]["bptt"], None
    starts = range(0, streams.shape[1] - 1, steps)
    chosen = starts[: number or len(starts)]
    begin = time.monotonic()
    for t in chosen:
        read, written = streams[:, t : t + steps], streams[:, t + 1 : t + 1 + steps]
        logits, state = model(read[:, : written.shape[1]], state)
        state = tuple(s.detach() for s in state)
        loss = functional.cross_entropy(logits.flatten(0, 1), written.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), trainer["clip_norm"])
        optimizer.step()
        loss.item()
    seconds = (time.monotonic() - begin) * len(starts) / len(chosen)
    return seconds, sum(p.numel() for p in model.parameters())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, "configs/language/shakespeare.yaml", threads=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    said = subprocess.run([options.program, "config", options.config], env=environment_of(options), text=True,
                          check=True, stdout=subprocess.PIPE)
    config = yaml.safe_load(said.stdout)
    name = config["data"]["format"] if config["data"]["format"] == "ptb" else config["name"]
    if name not in SETS:
        sys.exit(f"{options.config}: this script knows the sizes of {', '.join(SETS)} only")
    tokens, vocabulary = SETS[name]
    batch, steps = config["trainer"]["batch_size"], config["data"]["bptt"]
    windows = len(range(0, tokens // batch - 1, steps))
    compare(options, windows, batch * steps, lambda: (*run_peer(config, tokens, vocabulary, options.batches), ""))


if __name__ == "__main__":
    main()
