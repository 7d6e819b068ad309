"""How long the program recur takes for an epoch of a config, as its metrics.jsonl says."""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile


def engine_keys(program, config, environment):
    """The keys of the config, complete, that choose an engine: encoder's and decoder's, wherever they stand."""
    command = [program, "config", config]
    said = subprocess.run(command, env=environment, text=True, stdout=subprocess.PIPE)  # what is wrong is on stderr
    if said.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {said.returncode}")
    path, keys = [], []
    for indent, key in re.findall(r"^((?:  )*)(\w+):", said.stdout, re.MULTILINE):
        path[len(indent) // 2 :] = [key]
        if key == "engine":
            keys.append(".".join(path))
    return keys


def run_recur(options, engine, keys, batches, examples, folder, environment):
    """(seconds of an epoch of `batches` batches with `examples` examples each, parameters)."""
    overrides = [f"{key}={engine}" for key in keys] + [f"threads={options.threads}"]
    overrides += ["trainer.epochs=1", "trainer.log_every_steps=1"]
    overrides += [f"trainer.max_steps={options.batches}"] if options.batches else []
    command = [options.program, "train", options.config, *overrides, "--run", folder]
    process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines, parameters = [], 0
    for line in process.stdout:
        lines.append(line)
        if match := re.match(r"([\d,]+) parameters; run", line):
            parameters = int(match[1].replace(",", ""))
        if re.match(r"stopped by .* after \d", line):
            process.kill()  # the test split's evaluation would follow
            break
    else:
        sys.exit(f"{''.join(lines)}{' '.join(map(str, command))}: exit status {process.wait()}")
    process.communicate()
    rows = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    steps = [examples / row["train/examples_per_second"] for row in rows if "train/examples_per_second" in row]
    expected = min(options.batches or batches, batches)
    if len(steps) != expected:
        print(f"recur made {len(steps)} steps where the peer makes {expected}", file=sys.stderr)
    return statistics.mean(steps) * batches, parameters


def shown(seconds):
    return f"{statistics.median(seconds):.1f} ({min(seconds):.1f})"


def add_options(parser, config, threads):
    """The options that every comparison of epochs has."""
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--program", default=here.parent / "build/release/bin/recur")
    parser.add_argument("--config", default=here.parent / config)
    parser.add_argument("--data", default=os.environ.get("RECUR_DATA", here.parent.parent / "shared/data"),
                        help="where the data sets lie")
    parser.add_argument("--engines", nargs="*", default=["auto"], help="recur's: auto, fused, reference")
    parser.add_argument("--threads", type=int, default=threads)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batches", type=int, default=0, help="so many of an epoch, scaled; default: all")


def environment_of(options):
    data = pathlib.Path(options.data).resolve()
    return {**os.environ, "OMP_NUM_THREADS": str(options.threads), "RECUR_DATA": str(data)}


def compare(options, batches, examples, run_peer):
    """Runs recur and the peer in turns and prints the table.  run_peer() gives (seconds of an epoch, parameters, note)."""
    environment = environment_of(options)
    keys = engine_keys(options.program, options.config, environment) if options.engines else []
    ours, parameters, theirs = {engine: [] for engine in options.engines}, {}, []
    for repeat in range(options.repeats):
        for engine in options.engines:
            with tempfile.TemporaryDirectory() as folder:
                run = pathlib.Path(folder) / "run"
                seconds, parameters[engine] = run_recur(options, engine, keys, batches, examples, run, environment)
            ours[engine].append(seconds)
            print(f"{repeat + 1}: recur, {engine}: {seconds:.1f} s", file=sys.stderr)
        seconds, peer_parameters, note = run_peer()
        theirs.append(seconds)
        print(f"{repeat + 1}: Python torch: {seconds:.1f} s{note}", file=sys.stderr)

    print("Seconds an epoch, median (minimum).\n")
    print("| engine | parameters | recur | parameters | Python torch | Python / recur |")
    print("|---|---|---|---|---|---|")
    for engine in options.engines or ["none"]:
        left, ratio = ("", ""), ""
        if engine in ours:
            left = f"{parameters[engine]:,}", shown(ours[engine])
            ratio = f"{statistics.median(theirs) / statistics.median(ours[engine]):.2f}"
        print(f"| {engine} | {left[0]} | {left[1]} | {peer_parameters:,} | {shown(theirs)} | {ratio} |")
