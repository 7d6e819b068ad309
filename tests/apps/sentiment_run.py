"""A classifier from the built-in reviews, and from a user's files: train, evaluate, predict, export."""

import json
import os
import pty
import subprocess
import time
import unittest

from _program import DATA, PROGRAM, SOURCE, ProgramTest, main

# Trains in a second.
TINY = """\
task: sentiment
name: tiny
threads: 1
data: {simulate_examples: 600}
model: {embedding_size: 8, recurrent: {hidden_size: 8}, pooling: [attention], word_dropout: 0.1, dropout: 0.2}
trainer: {epochs: 2, batch_size: 32}
"""
TEXTS = ["the plot was not dull", "The acting was awful, but the ending was wonderful!", "", "Stra\u00dfe \u00c4rger \u4e2d\u6587"]


class SentimentRun(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.folder / "tiny.yaml").write_text(TINY)

    def train(self, *arguments, run="run", config="tiny.yaml", code=0):
        return self.run_program("train", config, *arguments, "--run", run, code=code)

    def predict(self, *texts, run="run"):
        return json.loads(self.run_program("predict", run, "--json", *texts)[0])["predictions"]

    def test_the_quickstart_reads_order_where_a_bag_of_words_cannot(self):
        self.train("trainer.epochs=3", "threads=1", config=SOURCE / "configs/sentiment/quickstart.yaml")
        result = self.evaluate()
        self.assertEqual((result["task"], result["split"]), ("sentiment", "test"))
        self.assertLess(result["baselines"]["bag_of_words_accuracy"], 0.75)
        self.assertAlmostEqual(result["baselines"]["majority_accuracy"], 0.5, delta=0.05)
        self.assertGreater(result["metrics"]["accuracy"], 0.95)
        self.assertEqual(json.loads((self.folder / "run/metrics.json").read_text()), result)
        self.assertIn("confusion", (self.folder / "run/report.html").read_text().lower())

        # A word's meaning turns with what stands before it.
        good, bad = self.predict("the acting was wonderful", "the acting was awful")
        self.assertEqual((good["label"], bad["label"]), ("positive", "negative"))
        out, _ = self.run_program("predict", "run", "the acting was wonderful")
        self.assertRegex(out, r"^positive +\d+\.\d %  .*wonderful\[0\.\d\d\]\n$")

    def test_evaluation_says_what_is_taken_for_what(self):
        self.train()
        result = self.evaluate("run", "--split", "validation")
        details = result["details"]
        confusion, classes = details["confusion"], details["classes"]
        self.assertEqual(sum(map(sum, confusion)), result["examples"])
        self.assertEqual([c["label"] for c in classes], ["negative", "positive"])
        right = confusion[0][0] + confusion[1][1]
        self.assertAlmostEqual(result["metrics"]["accuracy"], right / result["examples"], places=12)
        self.assertAlmostEqual(classes[0]["recall"], confusion[0][0] / sum(confusion[0]), places=12)
        mistakes = details["mistakes"]
        self.assertEqual(len(mistakes), min(20, result["examples"] - right))
        self.assertEqual(mistakes, sorted(mistakes, key=lambda m: -m["probability"]))
        self.assertTrue(all(m["label"] != m["said"] for m in mistakes))

    def test_export_takes_raw_sentences(self):
        try:
            import torch
        except ImportError:
            self.skipTest("needs Python's torch")
        for tokenizer in ("word", "whitespace", "character"):
            self.train(f"data.text.tokenizer={tokenizer}", "data.text.max_tokens=12", "trainer.epochs=1", run=tokenizer)
            out, err = self.run_program("export", tokenizer)
            self.assertNotIn("note:", err)
            extra = {"config.yaml": "", "metrics.json": "", "labels.json": ""}
            model = torch.jit.load(str(self.folder / out.strip()), _extra_files=extra)
            self.assertEqual(model.labels, ["negative", "positive"])
            self.assertEqual(json.loads(extra["labels.json"]), model.labels)
            expected = torch.tensor([p["probabilities"] for p in self.predict(*TEXTS, run=tokenizer)])
            torch.testing.assert_close(model.predict(TEXTS), expected, rtol=0, atol=1e-5)
            self.assertEqual(model.predict([]).shape, (0, 2))
            self.assertEqual(model(torch.randint(0, 5, (3, 40)), torch.tensor([40, 1, 7])).shape, (3, 2))

    def test_subwords_stay_outside_and_the_export_says_so(self):
        try:
            self.train("data.text.tokenizer=subword", "data.text.subword.vocabulary_size=150", "trainer.epochs=1")
        except AssertionError as error:
            if "sanitizer" in str(error):
                self.skipTest("sentencepiece cannot be opened in a sanitizer build")
            raise
        out, err = self.run_program("export", "run")
        self.assertIn("predict(texts) is left out", err)
        try:
            import torch
        except ImportError:
            return
        extra = {"sentencepiece.model": "", "pipeline.json": ""}
        model = torch.jit.load(str(self.folder / out.strip()), _extra_files=extra)
        self.assertFalse(hasattr(model, "predict"))
        self.assertGreater(len(extra["sentencepiece.model"]), 1000)
        self.assertEqual(len(self.predict("never dull")), 1)

    def test_texts_from_a_pipe_and_at_a_prompt(self):
        self.train("trainer.epochs=1")
        expected = self.run_program("predict", "run", *TEXTS[:2])[0]
        environment = {**os.environ, "RECUR_DATA": str(DATA), "OMP_NUM_THREADS": "1"}
        piped = subprocess.run([PROGRAM, "predict", "run"], cwd=self.folder, env=environment, text=True,
                               input=TEXTS[0] + "\r\n" + TEXTS[1], capture_output=True, timeout=100, check=True)
        self.assertEqual(piped.stdout, expected)

        broken = subprocess.run([PROGRAM, "predict", "run"], cwd=self.folder, env=environment, timeout=100,
                                input=TEXTS[0].encode() + b"\nb\xff\n", capture_output=True)
        self.assertEqual(broken.returncode, 3)
        self.assertIn(b"stdin:2: ", broken.stderr)
        self.assertEqual(broken.stdout.decode(), expected.splitlines(keepends=True)[0])
        _, err = self.run_program("predict", "run", "tiny.yaml")
        self.assertIn("recur predict run < tiny.yaml", err)
        self.assertIn("no known word", self.run_program("predict", "run", "\u4e2d\u6587")[0])

        screen, keyboard = pty.openpty()
        process = subprocess.Popen([PROGRAM, "predict", "run"], cwd=self.folder, stdin=keyboard, stdout=keyboard,
                                   stderr=keyboard, env={**environment, "TERM": "xterm-256color", "NO_COLOR": ""})
        os.close(keyboard)
        shown = ""
        os.write(screen, (TEXTS[0] + "\n").encode())
        deadline = time.time() + 60
        while " % " not in shown and time.time() < deadline:
            shown += os.read(screen, 4096).decode()
        os.write(screen, b"\x04")
        self.assertEqual(process.wait(timeout=60), 0)
        os.close(screen)
        self.assertIn("> ", shown)
        self.assertRegex(shown, r"(negative|positive) +\d+\.\d %")

    def test_a_stopped_run_goes_on_to_the_same_bits(self):
        try:
            import torch
        except ImportError:
            self.skipTest("needs Python's torch")
        self.train(run="whole")
        self.train("trainer.max_steps=11", run="stopped")  # in the midst of the first epoch
        self.train("--resume", "--accept-changes", run="stopped")
        whole, stopped = (torch.load(self.folder / run / "checkpoints/last.pt", weights_only=True)["model"] for run in ("whole", "stopped"))
        self.assertEqual(whole.keys(), stopped.keys())
        for name in whole:
            self.assertTrue(torch.equal(whole[name], stopped[name]), name)

    def test_cross_validation(self):
        _, err = self.train("data.folds=3", "trainer.epochs=1", "data.simulate_examples=300", run="folds")
        self.assertIn("deviation", err)
        result = self.evaluate("folds")
        self.assertEqual((result["folds"], result["examples"]), (3, 300))
        each = [self.evaluate(f"folds/fold-{k}")["metrics"]["accuracy"] for k in (1, 2, 3)]
        mean = sum(each) / 3
        self.assertAlmostEqual(result["metrics"]["accuracy"], mean, places=12)
        self.assertAlmostEqual(result["deviations"]["accuracy"], (sum((a - mean) ** 2 for a in each) / 2) ** 0.5, places=12)
        self.assertEqual(json.loads((self.folder / "folds/metrics.json").read_text()), result)
        _, err = self.run_program("predict", "folds", "good", code=4)
        self.assertIn("folds/fold-1", err)

        # What is not there is said, and not left out of the mean.
        (self.folder / "folds/fold-3/metrics.json").rename(self.folder / "kept")
        self.assertIn("fold 3 of 3 is not trained to its end", self.run_program("evaluate", "folds", code=4)[1])
        (self.folder / "kept").rename(self.folder / "folds/fold-3/metrics.json")

        # A fold that is missing is trained when the run goes on; those that are there stay as they are.
        before = (self.folder / "folds/fold-1/checkpoints/best.pt").read_bytes()
        (self.folder / "folds/fold-3/metrics.json").unlink()
        self.train("data.folds=3", "trainer.epochs=1", "data.simulate_examples=300", "--resume", run="folds")
        self.assertEqual((self.folder / "folds/fold-1/checkpoints/best.pt").read_bytes(), before)
        self.assertEqual(self.evaluate("folds"), result)


class UsersFiles(ProgramTest):
    CONFIG = """\
task: sentiment
name: mine
threads: 1
data: {format: table, train: [FILE], table: {text: review, label: stars}}
model: {embedding_size: 8, recurrent: {hidden_size: 8}, loss: {balanced: true, label_smoothing: 0.1}}
trainer: {epochs: 1, batch_size: 8}
"""

    def config(self, file):
        (self.folder / "mine.yaml").write_text(self.CONFIG.replace("FILE", file))
        return "mine.yaml"

    def train(self, file, *arguments, code=0, run="run"):
        return self.run_program("train", self.config(file), *arguments, "--run", run, code=code)

    def rows(self):
        for k in range(60):
            stars = 1 + k % 3
            yield ["bad", "so-so", "good"][stars - 1] + f' film, "number" {k}', stars

    def test_csv_tsv_and_json_lines_are_one(self):
        quoted = ['"' + text.replace('"', '""') + '"' for text, _ in self.rows()]
        stars = [s for _, s in self.rows()]
        (self.folder / "mine.csv").write_text("stars,review\n" + "".join(f"{s},{q}\n" for s, q in zip(stars, quoted)))
        (self.folder / "mine.tsv").write_text("stars\treview\n" + "".join(f"{s}\t{q}\n" for s, q in zip(stars, quoted)))
        (self.folder / "mine.jsonl").write_text("".join(json.dumps({"review": t, "stars": s}) + "\n" for t, s in self.rows()))
        results = []
        for kind in ("csv", "tsv", "jsonl"):
            self.train(f"mine.{kind}", run=kind)
            results.append(self.evaluate(kind))
            self.assertEqual([c["label"] for c in results[-1]["details"]["classes"]], ["1", "2", "3"])
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])

    def test_what_is_wrong_is_named(self):
        (self.folder / "latin.csv").write_bytes("review,stars\ngut,1\nsch\u00f6n,2\n".encode("latin-1"))
        _, err = self.train("latin.csv", code=3)
        self.assertIn("latin.csv:3", err)
        self.assertIn("windows-1252", err)
        (self.folder / "one.csv").write_text("review,stars\ngood,1\nfine,1\nnice,1\n")
        self.assertIn("one.csv", self.train("one.csv", code=3)[1])
        (self.folder / "ids.csv").write_text("review,stars\n" + "".join(f"text {k},{k}\n" for k in range(40)))
        self.assertIn("is that column the label", self.train("ids.csv", code=3)[1])
        (self.folder / "few.csv").write_text("review,stars\n" + "good,1\nbad,2\n" * 3)
        self.assertIn("the validation split holds no text", self.train("few.csv", "data.validation_fraction=0.05", code=3)[1])
        self.assertFalse((self.folder / "run").exists(), "nothing was trained, so there is no run")
        (self.folder / "other.csv").write_text("text,stars\ngood,1\nbad,2\n")
        self.assertIn("review", self.train("other.csv", code=3)[1])
        self.assertIn("absent.csv", self.train("absent.csv", code=3)[1])

    @unittest.skipUnless((DATA / "glove").is_dir(), "needs the samples of GloVe (RECUR_DATA)")
    def test_word_vectors_of_others(self):
        (self.folder / "mine.csv").write_text("review,stars\n" + "".join(f'"{t.replace(chr(34), "")}",{s}\n' for t, s in self.rows()))
        vectors = "data.vectors.file=glove/glove.6B.50d.first2446.truncated.txt"
        _, err = self.train("mine.csv", vectors, "model.embedding_size=50", "data.vectors.frozen=true")
        self.assertRegex(err, r"50 dimensions, \d+ of \d+ words found")
        self.assertIn("model.embedding_size", self.train("mine.csv", vectors, code=2, run="other")[1])


main()
