"""Runs the built program as a user would."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("RECUR_PROGRAM", "")
SOURCE = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("RECUR_DATA") or SOURCE.parent / "shared" / "data")

# A forecaster that trains in a second on the built-in series.
SMALL = """\
task: stock
name: small
data: {simulate_rows: 400, window: 8, features: ["return:close"], target: return}
model: {recurrent: {hidden_size: 6}}
trainer: {epochs: 2, batch_size: 64}
"""


class ProgramTest(unittest.TestCase):
    """Each test works in an empty folder of its own."""

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / "small.yaml").write_text(SMALL)

    def start(self, *arguments):
        environment = {**os.environ, "RECUR_DATA": str(DATA), "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def run_program(self, *arguments, code=0):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, code, f"recur {' '.join(map(str, arguments))}\n{out}\n{err}")
        return out, err

    def train(self, *arguments, run="run", code=0):
        return self.run_program("train", "small.yaml", *arguments, "--run", run, code=code)

    def evaluate(self, run="run", *arguments):
        return json.loads(self.run_program("evaluate", run, "--json", *arguments)[0])


def main():
    if not os.access(PROGRAM, os.X_OK):
        print("skipped: RECUR_PROGRAM does not name the built program")
        sys.exit(77)
    unittest.main(module="__main__")
