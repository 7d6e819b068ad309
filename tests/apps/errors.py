"""Bad input gets one clear message on stderr, the documented exit code, and loses nothing."""

import json
import signal
import time

from _program import ProgramTest, main


class Errors(ProgramTest):
    def check(self, code, message, *arguments):
        out, err = self.run_program(*arguments, code=code)
        self.assertIn(message, err)
        self.assertEqual(out, "")
        self.assertNotIn("frame #", err, "a stack trace is not for users")

    def test_usage(self):
        self.check(2, 'there is no verb "trian"; did you mean "train"?', "trian")
        self.check(2, "recur train configs/stock/quickstart.yaml")  # alone: the overview
        self.check(2, "not in range 1 to 10000", "predict", "run", "--steps", "0")
        self.check(2, "recur: ", "train")
        self.check(2, "format", "export", "run", "--format", "pickle")

    def test_config(self):
        self.check(2, "absent.yaml", "train", "absent.yaml")
        (self.folder / "bad.yaml").write_text("task: stock\nmodel: {recurrent: {cell: lstn}}\ntrainer: {epoch: 3, batch_size: 0}\n")
        _, err = self.run_program("train", "bad.yaml", code=2)
        self.assertIn('bad.yaml:2:27: model.recurrent.cell: ', err)
        self.assertIn('did you mean "lstm"?', err)
        self.assertIn("trainer.epoch", err)
        self.assertIn("trainer.batch_size", err)  # all errors at once
        self.check(2, 'did you mean "stock"?', "train", "small.yaml", "task=stok")
        self.check(2, "device", "train", "small.yaml", "device=cuda:99")

    def test_data(self):
        self.check(3, "absent.csv", "train", "small.yaml", "data.files=[absent.csv]")
        (self.folder / "broken.csv").write_text("Date,Close\n2024-01-01,abc\n")
        self.check(3, "broken.csv:2", "train", "small.yaml", "data.files=[broken.csv]")

    def test_checkpoint(self):
        self.check(4, "nowhere: there is no such folder", "evaluate", "nowhere")
        (self.folder / "folder").mkdir()
        self.check(4, "folder: is not a run", "evaluate", "folder")
        self.train()
        self.check(4, 'did you mean "run"?', "evaluate", "runs")
        self.check(4, "small.yaml: is a file", "evaluate", "small.yaml")
        self.check(2, "small.yaml: is a file; a run wants a folder", "train", "small.yaml", "--run", "small.yaml")
        last = self.folder / "run/checkpoints/last.pt"
        last.write_bytes(last.read_bytes()[:100])
        self.check(4, "run/checkpoints/best.pt is beside it", "train", "small.yaml", "--run", "run", "--resume")
        best = self.folder / "run/checkpoints/best.pt"
        whole = best.read_bytes()
        for damaged in (b"", whole[: len(whole) // 2], b"PK" + whole[2:-100], b"not a checkpoint at all"):
            best.write_bytes(damaged)
            self.check(4, "run/checkpoints/best.pt", "evaluate", "run")
        best.write_bytes(whole)
        self.evaluate()

    def test_a_run_is_not_written_over(self):
        self.train()
        _, err = self.train(code=2)
        self.assertIn("--resume", err)

    def test_numbered_run_folders(self):
        self.run_program("train", "small.yaml", "trainer.epochs=1")
        self.run_program("train", "small.yaml", "trainer.epochs=1")
        self.assertTrue((self.folder / "runs/small-2/report.html").exists())

    def test_json_is_alone_on_stdout(self):
        self.train()
        for arguments in (("evaluate", "run", "--json"), ("predict", "run", "--json"), ("doctor", "--json")):
            json.loads(self.run_program(*arguments)[0])


class Interruption(ProgramTest):
    LONG = ("trainer.epochs=400", "trainer.checkpoint_every_steps=3")

    def wait_for_checkpoint(self, process, run):
        deadline = time.time() + 120
        while not (self.folder / run / "checkpoints/last.pt").exists():
            self.assertIsNone(process.poll(), "ended before its first checkpoint")
            self.assertLess(time.time(), deadline)
            time.sleep(0.02)

    def stop(self, number, code):
        process = self.start("train", "small.yaml", *self.LONG, "--run", "stopped")
        self.wait_for_checkpoint(process, "stopped")
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, err)
        return err

    def test_signals_save_and_say_how_to_go_on(self):
        err = self.stop(signal.SIGTERM, 143)
        self.assertIn("--resume", err)

    def test_a_name_of_another_format_is_not_written(self):
        self.train("trainer.epochs=1")
        (self.folder / "model.onnx").write_text("precious")
        _, err = self.run_program("export", "run", "--output", "model.onnx", code=2)
        self.assertIn("model.onnx is a name for onnx, and torchscript would be written: say --format onnx", err)
        self.assertEqual((self.folder / "model.onnx").read_text(), "precious")

    def test_going_on_with_nothing_is_said(self):
        _, err = self.train("--resume", "trainer.epochs=1", run="never")
        self.assertIn("note: there is no never to go on with, so the training begins", err)

    def test_interrupted_and_resumed_equals_unbroken(self):
        self.stop(signal.SIGINT, 130)
        short = ("trainer.epochs=400", "trainer.checkpoint_every_steps=3")
        self.run_program("train", "small.yaml", *short, "--run", "stopped", "--resume")
        self.run_program("train", "small.yaml", *short, "--run", "whole")
        self.assertEqual(self.evaluate("stopped"), self.evaluate("whole"))

        def losses(run):
            rows = map(json.loads, (self.folder / run / "metrics.jsonl").read_text().splitlines())
            return [(row["step"], row["train/loss"]) for row in rows if "train/loss" in row]

        self.assertEqual(losses("stopped"), losses("whole"))

    def test_a_changed_config_is_refused_unless_told(self):
        self.train()
        arguments = ("train", "small.yaml", "trainer.epochs=3", "--run", "run", "--resume")
        _, err = self.run_program(*arguments, code=2)
        self.assertIn("epochs: 3", err)
        self.run_program(*arguments, "--accept-changes")

    def test_kill_9_loses_nothing(self):
        process = self.start("train", "small.yaml", *self.LONG, "--run", "killed")
        self.wait_for_checkpoint(process, "killed")
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        self.run_program("train", "small.yaml", *self.LONG, "--run", "killed", "--resume")
        self.evaluate("killed")


main()
