"""What a run leaves to look at: its page, TensorBoard's file, CSV; and runs side by side."""

import csv
import html.parser
import io
import json
import re
import unittest

from _program import ProgramTest, main


class Page(html.parser.HTMLParser):
    """Collects what a page refers to, and its words."""

    def __init__(self, text):
        super().__init__()
        self.references, self.elements, self.words = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        for name, value in attributes:
            if name in ("href", "src", "srcset", "action", "data", "poster", "xlink:href") and not value.startswith("data:"):
                self.references.append(value)
            self.references += re.findall(r"url\(([^)]*)\)", value or "")

    def handle_data(self, data):
        if self.lasttag == "style":
            self.references += re.findall(r"url\(([^)]*)\)|@import", data)
        if self.lasttag == "wbr":  # a place where a name may be parted
            self.words[-1] += data.strip()
        else:
            self.words.append(data.strip())


class Watching(ProgramTest):
    def check_page(self, path):
        text = (self.folder / path).read_text()
        page = Page(text)
        self.assertEqual(page.references, [])
        self.assertFalse(page.elements & {"script", "link", "iframe", "object"})
        self.assertIn("width=device-width", text)
        self.assertIn("prefers-color-scheme:dark", text)
        self.assertIn('class="chart narrow"', text)
        return page

    def test_the_page_of_a_run_is_written_again_from_its_folder(self):
        self.train()
        first = (self.folder / "run/report.html").read_text()
        page = self.check_page("run/report.html")
        metrics = json.loads((self.folder / "run/metrics.json").read_text())["metrics"]
        for word in ["small", "parameters", "seed", "ended by", "Curves", "Loss", "Forecast on the test split", "Environment",
                     "LibTorch", "device", "threads", "started", "Config", *metrics]:
            self.assertTrue(any(word.lower() in text.lower() for text in page.words), word)

        (self.folder / "run/report.html").unlink()
        out, _ = self.run_program("report", "run")
        self.assertEqual(out, "run/report.html\n")
        self.assertEqual((self.folder / "run/report.html").read_text(), first)
        (self.folder / "run/metrics.json").unlink()
        self.run_program("report", "run", "--output", "pages/mine.html")
        self.assertEqual((self.folder / "pages/mine.html").read_text(), first)
        self.run_program("report", "nothing", code=4)

    def test_the_record_is_kept_by_a_resumed_run(self):
        self.train("trainer.epochs=1")
        before = json.loads((self.folder / "run/run.json").read_text())
        self.assertEqual((before["ended_by"], before["epochs"], before["device"]), ("epochs", 1, "cpu"))
        self.train("trainer.epochs=3", "--resume", "--accept-changes")
        after = json.loads((self.folder / "run/run.json").read_text())
        self.assertEqual((after["started"], after["epochs"]), (before["started"], 3))
        self.assertGreater(after["seconds"], before["seconds"])

    def test_csv_says_what_the_log_says(self):
        self.train()
        rows = list(csv.DictReader(io.StringIO(self.run_program("report", "run", "--csv")[0])))
        log = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]
        self.assertEqual(len(rows), len(log))
        for row, logged in zip(rows, log):
            self.assertEqual({name: float(cell) for name, cell in row.items() if cell},
                             {name: value for name, value in logged.items() if value is not None})

    def test_runs_side_by_side(self):
        for size in (2, 6):
            self.train(f"model.recurrent.hidden_size={size}", run=f"size-{size}")
        out, _ = self.run_program("compare", "size-2", "size-6")
        for line in ("2 runs of stock", "model.recurrent.hidden_size       2       6", "Results on the test split, 80 examples"):
            self.assertIn(line, out)
        result = json.loads(self.run_program("compare", "size-2/", "size-6", "--json", "--output", "both.html")[0])
        self.assertEqual(result["differences"], {"model.recurrent.hidden_size": ["2", "6"]})
        for run in result["runs"]:
            measured = json.loads((self.folder / run["run"] / "metrics.json").read_text())
            self.assertEqual(run["metrics"], measured["metrics"])
            self.assertGreater(run["seconds"], 0)
        rmse = {run["run"]: run["metrics"]["rmse"] for run in result["runs"]}
        self.assertEqual(result["best"]["rmse"], [min(rmse, key=rmse.get)])
        page = self.check_page("both.html")
        for word in ("2 runs of stock", "size-2", "size-6", "Training loss", "Validation rmse"):
            self.assertIn(word, page.words)

        self.assertIn("At least 2", self.run_program("compare", "size-2", code=2)[1])
        (self.folder / "other").mkdir()
        (self.folder / "other/config.yaml").write_text("task: speech\n")
        _, err = self.run_program("compare", "size-2", "other", code=2)
        self.assertIn("size-2 is of stock, other is of speech", err)
        self.run_program("compare", "size-2", "nothing", code=4)

    def test_tensorboard_shows_the_run(self):
        self.train("trainer.histograms_every_steps=2", "trainer.log_every_steps=1")
        try:
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            from tensorboard.plugins.hparams import metadata
        except ImportError:
            self.skipTest("needs the Python package 'tensorboard'")
        events = EventAccumulator(str(self.folder / "run"), {"scalars": 0, "histograms": 0})
        events.Reload()
        log = [json.loads(line) for line in (self.folder / "run/metrics.jsonl").read_text().splitlines()]
        logged = [(row["step"], row["train/loss"]) for row in log if "train/loss" in row]
        shown = [(event.step, event.value) for event in events.Scalars("train/loss")]
        self.assertEqual([step for step, _ in shown], [step for step, _ in logged])
        for (_, got), (_, want) in zip(shown, logged):
            self.assertAlmostEqual(got, want, delta=1e-6 * abs(want))

        histograms = events.Tags()["histograms"]
        for kind in ("weights", "gradients"):
            names = [tag for tag in histograms if tag.startswith(kind + "/")]
            self.assertTrue(any(name.endswith("weight_hh_l0") for name in names), names)
            for event in events.Histograms(names[0]):
                self.assertEqual(event.step % 2, 0)
        self.assertEqual({tag for tag in histograms if tag.startswith("gates/")},
                         {f"gates/recurrent.l0/{gate}" for gate in "ifgo"})
        for event in events.Histograms("gates/recurrent.l0/f"):
            self.assertEqual(event.step % 2, 0)
            value = event.histogram_value
            self.assertEqual(value.num, 8 * 6)  # steps of a window, units
            self.assertTrue(0 <= value.min <= value.max <= 1)
        tag = metadata.SESSION_START_INFO_TAG
        start = metadata.parse_session_start_info_plugin_data(events.PluginTagToContent("hparams")[tag])
        self.assertEqual(start.hparams["model.recurrent.hidden_size"].number_value, 6)
        self.assertEqual(start.hparams["task"].string_value, "stock")
        self.assertIn("hidden_size: 6", events.Tensors("config")[0].tensor_proto.string_val[0].decode())
        self.assertIn("rmse", events.Tensors("test")[0].tensor_proto.string_val[0].decode())


main()
