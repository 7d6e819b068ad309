"""The tests of memory as a user runs them: what a gated cell keeps, and a vanilla one loses."""

import json
import unittest

from _program import SOURCE, ProgramTest, main


class MemoryRun(ProgramTest):
    def train(self, *arguments, run="run", config="quickstart", code=0):
        return self.run_program("train", SOURCE / f"configs/memory/{config}.yaml", "threads=1", *arguments, "--run", run,
                                code=code)

    def test_the_quickstart_remembers_the_second_symbol(self):
        self.train()
        result = self.evaluate()
        self.assertEqual((result["task"], result["split"]), ("memory", "test"))
        self.assertGreater(result["metrics"]["recall"], 0.95)
        self.assertIn("memory", (self.folder / "run/config.yaml").read_text())

    def test_a_gated_cell_counts_beyond_what_it_was_trained_on(self):
        self.train("trainer.epochs=10", config="anbn", run="lstm")
        self.assertGreaterEqual(self.evaluate("lstm")["metrics"]["solved_to_n"], 10)

    def test_a_cell_without_such_gates_refuses_to_be_opened(self):
        _, err = self.train("model.recurrent.cell=rnn", config="adding_100", code=2)
        self.assertIn("no gate that keeps its state", err)

    def test_it_predicts_and_is_exported(self):
        self.train("trainer.epochs=1")
        shown = json.loads(self.run_program("predict", "run", "--json")[0])["predictions"]
        self.assertEqual(len(shown), 5)
        self.run_program("export", "run")


if __name__ == "__main__":
    main()
