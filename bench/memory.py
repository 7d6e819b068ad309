"""Runs every test of memory with every cell and prints one table, rows cells, columns tests.

    python3 bench/memory.py --program build/release/bin/recur
    python3 bench/memory.py --cells lstm gru --tests reber parity -- trainer.epochs=5

A run lies in FOLDER/TEST-CELL-SEED.  What is done is not run again, what was stopped goes on: start the same command
once more.  `chrono_steps` and `forget_bias` of a config are left out for cells that have no such gate.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
# What of a test's result stands in the table, by what the config's name begins with, and how it is written.
SHOWN = {"adding": ("mse", "{:.4f}"), "copy": ("loss", "{:.3f}"), "anbn": ("solved_to_n", "{:.0f}")}
SHOWN_ELSE = ("solved", "{:.1%}")
GATES = ["model.recurrent.chrono_steps", "model.recurrent.forget_bias"]


def call(*arguments):
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True)


def all_cells(program):
    listed = call(program, "list", "cells")
    if listed.returncode != 0:
        sys.exit(listed.stderr)
    return [line.split()[0] for line in listed.stdout.splitlines() if line.startswith("  ")]


def overrides_of(program, config, cell, overrides):
    """What makes of a config that of a cell."""
    chosen = [f"model.recurrent.cell={cell}", *overrides]
    if call(program, "config", config, *chosen).returncode == 0:
        return chosen
    text = config.read_text()
    return chosen + [f"~{key}" for key in GATES if key.split(".")[-1] + ":" in text]


def train(program, config, cell, seed, folder, overrides):
    """The result of a run: that in its folder if it is done."""
    run = folder / f"{config.stem}-{cell}-{seed}"
    result = run / "metrics.json"
    start = time.time()
    if not result.exists():
        print(f"{run.name} ...", file=sys.stderr, flush=True)
        if (run / "checkpoints" / "last.pt").exists():
            command = [run / "config.yaml", "--run", run, "--resume"]
        else:
            for left in run.glob("*.*"):  # stopped before its first checkpoint
                left.unlink()
            command = [config, *overrides_of(program, config, cell, overrides), f"seed={seed}", "--run", run]
        done = call(program, "train", *command)
        if done.returncode != 0:
            sys.exit(f"{run.name}: recur train ended with {done.returncode}\n{done.stderr}")
        print(f"{run.name}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
    return json.loads(result.read_text())


def shown(config):
    return next((what for begin, what in SHOWN.items() if config.stem.startswith(begin)), SHOWN_ELSE)


def text_of(config, results):
    """The mean over the seeds; with several, also the range."""
    name, style = shown(config)
    values = [result["metrics"][name] for result in results]
    text = style.format(statistics.mean(values))
    return text if len(values) == 1 else f"{text} ({style.format(min(values))} to {style.format(max(values))})"


def baseline_of(config, result):
    """What is reached without memory, of the same metric."""
    name, style = shown(config)
    found = [value for key, value in result["baselines"].items() if key.endswith("_" + name)]
    return style.format(found[0] if found else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/bin/recur")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("runs/memory"))
    parser.add_argument("--tests", nargs="+", help="names of configs; default all of configs/memory but the quickstart")
    parser.add_argument("--cells", nargs="+", help="default all of the catalog")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("overrides", nargs="*", help="key=value for every run, behind --; give another --folder then")
    options = parser.parse_args()

    configs = sorted((ROOT / "configs" / "memory").glob("*.yaml"))
    configs = [c for c in configs if (c.stem in options.tests if options.tests else c.stem != "quickstart")]
    cells = options.cells or all_cells(options.program)
    table = {
        cell: [
            [train(options.program, config, cell, seed, options.folder, options.overrides)
             for seed in range(1, options.seeds + 1)]
            for config in configs
        ]
        for cell in cells
    }
    print("| cell | " + " | ".join(f"{c.stem}: {shown(c)[0]}" for c in configs) + " |")
    print("|---" * (len(configs) + 1) + "|")
    for cell, row in table.items():
        print(f"| {cell} | " + " | ".join(map(text_of, configs, row)) + " |")
    print("| without memory | " + " | ".join(baseline_of(c, r[0]) for c, r in zip(configs, table[cells[0]])) + " |")


main()
