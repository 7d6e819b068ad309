"""A sweep through the program: trials are runs, a stopped sweep goes on, one that fails does not stop the others."""

import csv
import json
import signal
import time

from _program import SMALL, ProgramTest, main

GRID = SMALL + "sweep: {model.recurrent.hidden_size: [3, 4], seed: [1, 2]}\n"


class SweepRun(ProgramTest):
    def test_training_it_says_how(self):
        (self.folder / "sweep.yaml").write_text(GRID)
        _, err = self.run_program("train", "sweep.yaml", code=2)
        self.assertIn("sweep.yaml:6:1: sweep: this config is many; `recur sweep sweep.yaml` trains them all", err)

    def sweep(self, text, *arguments, code=0):
        (self.folder / "sweep.yaml").write_text(text)
        return self.run_program("sweep", "sweep.yaml", "--jobs", "2", *arguments, code=code)

    def start_and_wait(self, *arguments):
        """Until the first checkpoint is there."""
        process = self.start("sweep", "sweep.yaml", "--jobs", "2", *arguments)
        deadline = time.time() + 60
        while not list(self.folder.glob(f"{arguments[-1]}/trial-1/checkpoints/last.pt")) and time.time() < deadline:
            time.sleep(0.01)
        return process

    def stop(self, process):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn("the same command goes on", err)

    def test_grid(self):
        out, err = self.sweep(GRID, "trainer.epochs=1")
        folder = self.folder / "runs/small-sweep"
        result = json.loads((folder / "sweep.json").read_text())
        trials = result["trials"]
        self.assertEqual([list(trial["values"].values()) for trial in trials], [[3, 1], [3, 2], [4, 1], [4, 2]])
        self.assertEqual((result["metric"], result["goal"], result["split"]), ("loss", "minimize", "validation"))
        best = min(trials, key=lambda trial: trial["value"])
        self.assertEqual(result["best"], best["trial"])
        self.assertTrue(out.rstrip().endswith(f"recur evaluate runs/small-sweep/{best['trial']}"), out)
        self.assertEqual(sum("best" in line for line in out.splitlines()), 1)
        self.assertIn("[4/4]", err)
        rows = list(csv.DictReader((folder / "sweep.csv").read_text().splitlines()))
        self.assertEqual([float(row["loss"]) for row in rows], [trial["value"] for trial in trials])

        # Each is what train makes of the same values.
        for trial in trials:
            last = [json.loads(line) for line in (folder / trial["trial"] / "metrics.jsonl").read_text().splitlines()][-1]
            self.assertEqual(last["validation/loss"], trial["value"])
        self.train("trainer.epochs=1", "model.recurrent.hidden_size=4", "seed=2", run="alone")
        self.assertEqual(self.evaluate("alone"), self.evaluate(folder / "trial-4"))
        self.run_program("compare", folder / "trial-1", folder / "trial-2")

        # Once more: nothing is left to do, and stdout is JSON.
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("last.pt")}
        out, err = self.sweep(GRID, "trainer.epochs=1", "--json")
        self.assertEqual(json.loads(out), result)
        self.assertIn("4 done before", err)
        self.assertEqual(before, {path: path.stat().st_mtime_ns for path in folder.rglob("last.pt")})
        _, err = self.sweep(GRID, "trainer.epochs=2", code=2)
        self.assertIn("+ trainer.epochs: 2", err)

    def test_goes_on_to_the_same_bits_after_a_signal(self):
        arguments = ("trainer.epochs=100", "--run")
        self.sweep(GRID, *arguments, "whole")
        self.stop(self.start_and_wait(*arguments, "broken"))
        stopped = json.loads((self.folder / "broken/sweep.json").read_text())
        self.assertIn("stopped", [trial["status"] for trial in stopped["trials"]])
        self.sweep(GRID, *arguments, "broken")
        whole, broken = (json.loads((self.folder / name / "sweep.json").read_text()) for name in ("whole", "broken"))
        for one, other in zip(whole["trials"], broken["trials"]):
            self.assertEqual(one["metrics"], other["metrics"])

    def test_two_sweeps_do_not_share_a_folder(self):
        (self.folder / "sweep.yaml").write_text(GRID)
        process = self.start_and_wait("trainer.epochs=5000", "--run", "s")
        _, err = self.sweep(GRID, "trainer.epochs=5000", "--run", "s", code=1)
        self.assertIn("another process works on this folder", err)
        self.stop(process)
        self.assertIn("go on with", (self.folder / "s/trial-1/output.log").read_text())

    def test_a_failing_trial_does_not_stop_the_others(self):
        text = SMALL + "sweep: {data.simulate_rows: [400, 10, 500]}\n"
        out, err = self.sweep(text, "trainer.epochs=1", "--run", "s", code=1)
        statuses = [trial["status"] for trial in json.loads((self.folder / "s/sweep.json").read_text())["trials"]]
        self.assertEqual(statuses, ["done", "failed", "done"])
        self.assertIn("failed", out)
        self.assertRegex(err, r"trial-2  simulate_rows=10  failed with exit code \d: recur: .*\(s/trial-2/output.log\)")

    def test_errors_come_before_the_first_run(self):
        _, err = self.sweep(SMALL + "sweep:\n  model.recurrent.cell: [lstm, gruu]\n", code=2)
        self.assertRegex(err, r'sweep.yaml:7:32: model.recurrent.cell: .*did you mean "gru"')
        _, err = self.sweep(SMALL, code=2)
        self.assertIn("sweep: expected a map", err)
        self.assertFalse((self.folder / "runs").exists())

    def test_unknown_metric_ends_the_sweep_and_names_those_there_are(self):
        text = SMALL + "sweep: {metric: bleu, goal: maximize, seed: [1, 2]}\n"
        _, err = self.sweep(text, "trainer.epochs=1", "--run", "s", code=2)
        self.assertRegex(err, 'sweep.metric: "bleu" is not measured .*loss')


main()
