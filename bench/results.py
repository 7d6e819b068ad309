"""Trains configs over several seeds and prints the table of docs/results.md.

    python3 bench/results.py --program build/release/bin/recur --seeds 3 configs/stock/netflix*.yaml \
        --each data.files=[stocks/yahoo/NFLX_2018_2022.csv] data.files=[stocks/yahoo/NFLX.csv]
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time


def run(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def train(program, config, overrides, seed, folder):
    run_folder = folder / "run"
    start = time.time()
    run(program, "train", config, *overrides, f"seed={seed}", "--run", run_folder)
    seconds = time.time() - start
    result = json.loads(run(program, "evaluate", run_folder, "--json"))
    for path in sorted(run_folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    run_folder.rmdir()
    return result, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", nargs="+")
    parser.add_argument("--program", default="build/release/bin/recur")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--each", nargs="*", default=[""], help="an override; the whole table once with each")
    options = parser.parse_args()

    print("| config | data | RMSE | RMSE / persistence | skill | DM p | direction (majority) | linear RMSE | s a run |")
    print("|---|---|---|---|---|---|---|---|---|")
    for override in options.each:
        for config in options.configs:
            results, seconds = [], []
            with tempfile.TemporaryDirectory() as folder:
                for seed in range(1, options.seeds + 1):
                    result, took = train(options.program, config, [override] if override else [], seed, pathlib.Path(folder))
                    results.append(result)
                    seconds.append(took)
            metrics = {name: [r["metrics"][name] for r in results] for name in results[0]["metrics"]}
            base = results[0]["baselines"]
            rmse = metrics["rmse"]
            ratio = statistics.mean(rmse) / base["persistence_rmse"]
            print(
                f"| {pathlib.Path(config).stem} | {override.split('/')[-1].rstrip(']')} "
                f"| {statistics.mean(rmse):.2f} ± {statistics.stdev(rmse):.2f} | {ratio:.3f} "
                f"| {statistics.mean(metrics['skill']):+.4f} "
                f"| {', '.join(f'{p:.2f}' for p in metrics['dm_p_value'])} "
                f"| {statistics.mean(metrics['directional_accuracy']):.3f} ({base['majority_direction']:.3f}) "
                f"| {base['linear_rmse']:.2f} | {statistics.mean(seconds):.0f} |",
                flush=True,
            )


main()
