"""How long the program recur takes for an epoch of a config, as its metrics.jsonl says."""

import json
import re
import statistics
import subprocess
import sys


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
