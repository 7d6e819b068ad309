"""Seconds an epoch of configs/stock/netflix.yaml: recur's engines, and the same network in Python torch.

    RECUR_DATA=... python3 bench/stock.py --threads 2

Run one after the other.  recur's seconds are its training time over the epochs, with its evaluation of the validation
split; the peer's, which trains on as many windows of random numbers, the median of its epochs.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
WINDOW, BATCH = 40, 64


def recur_seconds(program, engine, threads, epochs, folder):
    run = pathlib.Path(folder) / engine
    said = subprocess.run(
        [program, "train", HERE.parent / "configs/stock/netflix.yaml", f"model.recurrent.engine={engine}",
         f"threads={threads}", f"trainer.epochs={epochs}", "trainer.patience=1000", "--run", run],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "OMP_NUM_THREADS": str(threads)},
    ).stdout  # fmt: skip
    return float(re.search(r"stopped by .* after \d+ steps, ([\d.]+) s", said)[1]) / epochs


def peer_seconds(windows, threads, epochs):
    torch.set_num_threads(threads)
    layers, head = nn.LSTM(1, 32, 5, dropout=0.1, batch_first=True), nn.Linear(32, 1)
    parameters = [*layers.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01)
    x, y = torch.randn(windows, WINDOW, 1), torch.randn(windows, 1)
    seconds = []
    for _ in range(epochs):
        start = time.monotonic()
        order = torch.randperm(windows)
        for first in range(0, windows, BATCH):
            rows = order[first : first + BATCH]
            optimizer.zero_grad()
            nn.functional.mse_loss(head(layers(x[rows])[0][:, -1]), y[rows]).backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
        seconds.append(time.monotonic() - start)
    return statistics.median(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=HERE.parent / "build/release/bin/recur")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--windows", type=int, default=840, help="of the training split")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for engine in ("reference", "fused"):
            print(f"{engine}: {recur_seconds(options.program, engine, options.threads, options.epochs, folder):.3f} s")
    print(f"Python torch: {peer_seconds(options.windows, options.threads, options.epochs):.3f} s")


if __name__ == "__main__":
    main()
