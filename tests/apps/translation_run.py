"""A translator from the built-in numbers, and from a user's pairs: train, evaluate, predict, export, in Python too."""

import json
import subprocess
import unittest

from _program import PROGRAM, SOURCE, ProgramTest, main

# Trains in seconds.
TINY = """\
task: translation
name: tiny
threads: 1
data: {format: tsv, train: pairs.tsv, validation: pairs.tsv, test: pairs.tsv}
model:
  encoder: {embedding_size: 12, dropout: 0, recurrent: {cell: gru, hidden_size: 12}}
  decoder: {embedding_size: 12, recurrent: {cell: gru, hidden_size: 24}, attention_size: 12, output: tanh, dropout: 0}
  search: {max_length: 10}
trainer: {epochs: 40, batch_size: 4, optimizer: {learning_rate: 0.02}}
"""
COLOURS = {"red": "rot", "blue": "blau", "green": "grün"}
THINGS = {"ball": "Ball", "hat": "Hut", "dog": "Hund", "cat": "Katze"}
PAIRS = [(f"a {c} {t}", f"{THINGS[t]}, {COLOURS[c]}!") for c in COLOURS for t in THINGS]


class TranslationRun(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.folder / "tiny.yaml").write_text(TINY)
        (self.folder / "pairs.tsv").write_text("".join(f"{a}\t{b}\n" for a, b in PAIRS))

    def train(self, *arguments, run="run", config="tiny.yaml", code=0):
        return self.run_program("train", config, *arguments, "--run", run, code=code)

    def predict(self, *arguments, run="run"):
        return json.loads(self.run_program("predict", run, "--json", *arguments)[0])["predictions"]

    def test_the_quickstart_swaps_tens_and_units(self):
        small = ["trainer.epochs=4", "threads=1"]
        self.train(*small, config=SOURCE / "configs/translation/quickstart.yaml")
        result = self.evaluate()
        self.assertEqual((result["task"], result["split"]), ("translation", "test"))
        self.assertGreater(result["metrics"]["chrf"], 75)
        self.assertGreater(result["metrics"]["exact_match"], 0.4)  # 0.70 here; without attention 0.00
        self.assertEqual(result["baselines"]["copied_source_exact_match"], 0)
        self.assertEqual(json.loads((self.folder / "run/metrics.json").read_text()), result)
        self.assertIn("Where each word looked", (self.folder / "run/report.html").read_text())

    def test_translations_come_by_argument_and_by_pipe(self):
        self.train()
        metrics = self.evaluate()["metrics"]
        self.assertGreater(metrics["bleu_tokens"], 95)
        self.assertLess(metrics["perplexity"], 1.5)
        self.assertEqual(self.run_program("predict", "run", "a blue hat")[0], "hut, blau!\n")
        piped = subprocess.run([PROGRAM, "predict", "run", "--beam-width", "3"], cwd=self.folder, text=True,
                               input="a red dog\na green cat\n", capture_output=True, timeout=60)
        self.assertEqual(piped.stdout, "hund, rot!\nkatze, grün!\n")
        best = self.predict("a blue hat", "--n-best", "3")[0]
        self.assertEqual([h["translation"] for h in best["n_best"]][0], "hut, blau!")
        scores = [h["score"] for h in best["n_best"]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        lines = self.run_program("predict", "run", "a blue hat", "--n-best", "3")[0].splitlines()
        self.assertEqual(len(lines), 3)
        self.assertRegex(lines[0], r"^-?\d+\.\d{3}  hut, blau!$")
        drawn = [self.predict("a blue hat", "--temperature", "3", "--seed", s)[0]["translation"] for s in "123"]
        self.assertGreater(len(set(drawn)), 1)
        _, err = self.run_program("predict", "run", "x", "--n-best", "2", "--top-k", "3", code=2)
        self.assertIn("one or the other", err)

    def test_export_takes_raw_sentences(self):
        try:
            import torch
        except ImportError:
            self.skipTest("needs Python's torch")
        self.train()
        out, err = self.run_program("export", "run")
        self.assertNotIn("note:", err)
        model = torch.jit.load(str(self.folder / out.strip()))
        texts = [a for a, _ in PAIRS] + ["an unknown word", ""]
        for width in (1, 4):
            expected = [p["translation"] for p in self.predict(*texts, "--beam-width", str(width))]
            self.assertEqual(model.predict(texts, width), expected)

    def test_files_that_do_not_match_are_named(self):
        (self.folder / "train.de").write_text("eins\nzwei\ndrei\n")
        (self.folder / "train.en").write_text("one\n\nthree\nfour\n")
        _, err = self.train("data.format=lines", f"data.folder={self.folder}", "~data.train", "~data.validation",
                            "~data.test", code=3)
        self.assertRegex(err, r"train\.de.*3.*train\.en.*4")


if __name__ == "__main__":
    main()
