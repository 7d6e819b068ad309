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
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import yaml
from torch import nn
from torch.nn import functional

from recur_epoch import engine_keys, run_recur, shown

HERE = pathlib.Path(__file__).resolve().parent
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
    shared = HERE.parent.parent / "shared/data"
    parser.add_argument("--program", default=HERE.parent / "build/release/bin/recur")
    parser.add_argument("--config", default=HERE.parent / "configs/language/shakespeare.yaml")
    parser.add_argument("--data", default=os.environ.get("RECUR_DATA", shared), help="where the data sets lie")
    parser.add_argument("--engines", nargs="*", default=["auto"], help="recur's: auto, fused, reference")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batches", type=int, default=0, help="so many windows of an epoch, scaled; default: all")
    options = parser.parse_args()
    data = pathlib.Path(options.data).resolve()
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "RECUR_DATA": str(data)}
    torch.set_num_threads(options.threads)
    said = subprocess.run([options.program, "config", options.config], env=environment, text=True, check=True,
                          stdout=subprocess.PIPE)
    config = yaml.safe_load(said.stdout)
    name = config["data"]["format"] if config["data"]["format"] == "ptb" else config["name"]
    if name not in SETS:
        sys.exit(f"{options.config}: this script knows the sizes of {', '.join(SETS)} only")
    tokens, vocabulary = SETS[name]
    batch, steps = config["trainer"]["batch_size"], config["data"]["bptt"]
    windows = len(range(0, tokens // batch - 1, steps))
    keys = engine_keys(options.program, options.config, environment)

    ours, parameters, theirs = {engine: [] for engine in options.engines}, {}, []
    for repeat in range(options.repeats):
        for engine in options.engines:
            with tempfile.TemporaryDirectory() as folder:
                run = pathlib.Path(folder) / "run"
                seconds, parameters[engine] = run_recur(options, engine, keys, windows, batch * steps, run, environment)
            ours[engine].append(seconds)
            print(f"{repeat + 1}: recur, {engine}: {seconds:.1f} s", file=sys.stderr)
        seconds, peer_parameters = run_peer(config, tokens, vocabulary, options.batches)
        theirs.append(seconds)
        print(f"{repeat + 1}: Python torch: {seconds:.1f} s", file=sys.stderr)

    print("Seconds an epoch, median (minimum).\n")
    print("| engine | parameters | recur | parameters | Python torch | Python / recur |")
    print("|---|---|---|---|---|---|")
    for engine in options.engines:
        ratio = statistics.median(theirs) / statistics.median(ours[engine])
        print(f"| {engine} | {parameters[engine]:,} | {shown(ours[engine])} | {peer_parameters:,} | {shown(theirs)} | "
              f"{ratio:.2f} |")


if __name__ == "__main__":
    main()
