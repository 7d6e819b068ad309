"""A language model from the built-in brackets, and from a user's text: train, resume, evaluate, go on, export."""

import json
import unittest

from _program import SOURCE, ProgramTest, main

# Trains in seconds.
TINY = """\
task: language
name: tiny
threads: 1
data: {format: text, train: mine.txt, validation_fraction: 0.1, test_fraction: 0.1, bptt: 16}
model: {embedding_size: 8, recurrent: {cell: gru, hidden_size: 24}}
trainer: {epochs: 6, batch_size: 8, optimizer: {learning_rate: 0.02}}
"""


class LanguageRun(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.folder / "tiny.yaml").write_text(TINY)
        (self.folder / "mine.txt").write_text("the cat sat.\nthe dog ran.\n" * 150)

    def train(self, *arguments, run="run", config="tiny.yaml", code=0):
        return self.run_program("train", config, *arguments, "--run", run, code=code)

    def test_the_quickstart_remembers_which_brackets_are_open(self):
        self.train("trainer.epochs=6", "threads=1", config=SOURCE / "configs/language/quickstart.yaml")
        result = self.evaluate()
        metrics, baselines = result["metrics"], result["baselines"]
        self.assertEqual((result["task"], result["split"]), ("language", "test"))
        # Nothing can beat the grammar; who does not know what is open cannot come near it.
        self.assertGreater(metrics["nats_per_token"], baselines["grammar_nats_per_token"] - 0.01)
        self.assertLess(metrics["nats_per_token"], baselines["trigram_nats_per_token"] - 0.1)
        self.assertLess(metrics["nats_per_token"], 1.27)  # who knows how many are open, and not which: 1.314
        self.assertIn("What it writes", (self.folder / "run/report.html").read_text())

    def test_it_goes_on_with_a_text_as_it_is_made(self):
        self.train()
        self.assertLess(self.evaluate()["metrics"]["perplexity"], 1.3)
        out, _ = self.run_program("predict", "run", "the cat", "--length", "19", "--temperature", "0.2", "--seed", "1")
        self.assertRegex(out, r"^the cat sat\.\nthe (dog|cat) (sat|ran)\.\n")
        first = json.loads(self.run_program("predict", "run", "the", "--json", "--length", "30", "--temperature", "2",
                                            "--seed", "1")[0])["predictions"][0]
        again = json.loads(self.run_program("predict", "run", "the", "--json", "--length", "30", "--temperature", "2",
                                            "--seed", "1")[0])["predictions"][0]
        self.assertEqual(first, again)
        self.assertEqual(len(first["text"]), 30)

    def test_a_stopped_run_goes_on_to_the_same_bits(self):
        self.train(run="whole")
        # 8 streams of 486 characters: 30 windows an epoch; the state goes on from window to window.
        self.train("trainer.max_steps=40", "trainer.checkpoint_every_steps=5", run="parts")
        self.run_program("train", "whole/config.yaml", "--run", "parts", "--resume", "--accept-changes")
        self.assertEqual(self.evaluate("whole"), self.evaluate("parts"))

    def test_without_a_test_split_the_result_is_that_of_the_validation_split(self):
        self.train("data.test_fraction=0", "trainer.epochs=1")
        result = self.evaluate()
        self.assertEqual(result["split"], "validation")
        self.assertEqual(json.loads((self.folder / "run/metrics.json").read_text()), result)
        self.run_program("export", "run")
        self.assertIn("the test split holds no text", self.run_program("evaluate", "run", "--split", "test", code=3)[1])

    def test_export_goes_on_in_python(self):
        try:
            import torch
        except ImportError:
            self.skipTest("needs Python's torch")
        self.train()
        out, _ = self.run_program("export", "run")
        model = torch.jit.load(str(self.folder / out.strip()))
        greedy = model.generate("the cat", 40, 0.0)
        self.assertTrue(greedy.startswith(" sat.\nthe "), greedy)
        torch.manual_seed(1)
        self.assertEqual(len(model.generate("the", 25, 1.0)), 25)


if __name__ == "__main__":
    main()
