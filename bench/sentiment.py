"""recur's text classifier beside the same network in Python torch: what both reach, and seconds an epoch.

    RECUR_DATA=... python3 bench/sentiment.py mr sst2 trec --threads 1 --epochs 2
    RECUR_DATA=... python3 bench/sentiment.py trec --seeds 3            # whole runs, for docs/results.md
    RECUR_DATA=... python3 bench/sentiment.py mr imdb --engines fused reference --threads 2 --epochs 2

Each data set's config (configs/sentiment/NAME.yaml) and the peer (bench/sentiment_torch.py, which is given the same
sizes, dropouts, rate and batches) run one after the other, so that both see the same machine.  Seconds an epoch are the
median over the epochs of wall time; recur's hold its evaluation of the validation split, the peer's do not.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# What the configs say, in the peer's words.
# It has no weight dropout.
COMMON = "--clip-norm 5 --readout-dropout 0.5".split()
PEER = {
    "mr": "--cell gru --learning-rate 2e-3 --ema-decay 0.99 --embedding-dropout 0.5 --word-dropout 0.2",
    "sst2": "--cell lstm --hidden-size 128 --pooling last --variational --learning-rate 2e-3 --ema-decay 0.998"
    " --embedding-dropout 0.5 --word-dropout 0.2 --label-smoothing 0.1 --epochs 3",
    "trec": "--cell lstm --learning-rate 3e-3 --ema-decay 0.99 --embedding-dropout 0.3 --embedding-std 1"
    " --pooling attention --epochs 12",
    "imdb": "--cell gru --hidden-size 128 --embedding-size 64 --variational --batch-size 96 --learning-rate 2e-3"
    " --schedule cosine --ema-decay 0.995 --embedding-dropout 0.4 --word-dropout 0.4 --label-smoothing 0.1"
    " --min-count 3 --max-vocabulary 30000 --epochs 4",
}


def lines_with_times(command, environment):
    """Each line that a program prints, with the seconds at which it came."""
    process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in process.stdout:
        yield time.monotonic(), line.rstrip()
    if process.wait() != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {process.returncode}")


def run_recur(program, name, seed, threads, epochs, engine, folder, environment):
    """(test accuracy, the baseline's, parameters, seconds of each epoch)."""
    run = folder / f"{name}-{seed}-{engine}"
    overrides = [f"seed={seed}", f"threads={threads}", f"model.recurrent.engine={engine}"] + ([f"trainer.epochs={epochs}"] if epochs else [])
    if name == "mr" and epochs:
        overrides.append("data.fold=1")
    parameters, last, seconds = "", None, []
    for when, line in lines_with_times(
        [program, "train", HERE.parent / f"configs/sentiment/{name}.yaml", *overrides, "--run", run], environment
    ):
        if match := re.match(r"([\d,]+) parameters; run", line):
            parameters, last = match[1], when
        elif re.match(r"epoch \d+/\d+  step", line):
            seconds.append(when - last)
            last = when
    result = json.loads((run / "metrics.json").read_text())
    return result["metrics"]["accuracy"], result["baselines"]["bag_of_words_accuracy"], parameters, seconds


def run_peer(name, seed, threads, epochs, environment):
    """(test accuracy at the best epoch on validation, seconds of each epoch)."""
    command = [sys.executable, HERE / "sentiment_torch.py", "--data", name, "--seed", str(seed), "--threads", str(threads)]
    command += COMMON + PEER[name].split() + (["--epochs", str(epochs)] if epochs else [])
    accuracy, seconds = 0.0, []
    for _, line in lines_with_times(command, environment):
        if match := re.match(r"epoch \d+: ([\d.]+) s", line):
            seconds.append(float(match[1]))
        elif match := re.match(r"best on validation .* test ([\d.]+) %", line):
            accuracy = float(match[1]) / 100
    return accuracy, seconds


def spread(values):
    text = f"{100 * statistics.mean(values):.2f}"
    return text if len(values) == 1 else f"{text} ± {100 * statistics.stdev(values):.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", choices=PEER)
    parser.add_argument("--program", default=HERE.parent / "build/release/bin/recur")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--engines", nargs="+", default=["auto"], help="recur's: auto, fused, reference")
    parser.add_argument("--epochs", type=int, default=0, help="of both; default: the config's, and the peer's own")
    options = parser.parse_args()
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "PYTHONWARNINGS": "ignore"}

    print("| data | parameters | bag of words | engine | recur | s/epoch | Python torch | s/epoch | Python / recur |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in options.data:
        theirs, their_seconds = [], []
        ours, our_seconds = {e: [] for e in options.engines}, {e: [] for e in options.engines}
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(1, options.seeds + 1):
                for engine in options.engines:
                    accuracy, words, parameters, seconds = run_recur(
                        options.program, name, seed, options.threads, options.epochs, engine, pathlib.Path(folder), environment
                    )
                    ours[engine].append(accuracy)
                    our_seconds[engine] += seconds
                accuracy, seconds = run_peer(name, seed, options.threads, options.epochs, environment)
                theirs.append(accuracy)
                their_seconds += seconds
        slow = statistics.median(their_seconds)
        for engine in options.engines:
            fast = statistics.median(our_seconds[engine])
            print(
                f"| {name} | {parameters} | {100 * words:.2f} | {engine} | {spread(ours[engine])} | {fast:.1f}"
                f" | {spread(theirs)} | {slow:.1f} | {slow / fast:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
