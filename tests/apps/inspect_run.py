"""recur inspect: the page stands by itself, and its numbers are the network's."""

import json
import os
import re

from _program import ProgramTest, main

SENTIMENT = """\
task: sentiment
name: reads
threads: 1
data: {simulate_examples: 600}
model: {embedding_size: 6, recurrent: {cell: CELL, hidden_size: 5, num_layers: 2, bidirectional: true}}
trainer: {epochs: 1, batch_size: 64}
"""
NO_LAYERS = """\
task: classification
name: flat
threads: 1
trainer: {epochs: 1}
"""


class Inspect(ProgramTest):
    def json_of(self, *arguments):
        return json.loads(self.run_program("inspect", *arguments, "--json")[0])

    def test_forecaster(self):
        self.train()
        out, _ = self.run_program("inspect", "run")
        self.assertEqual(out.strip(), "run/inspect.html")
        page = (self.folder / "run" / "inspect.html").read_text()
        for what in ("At a glance", "Gate f", "State c", "Saturation", "Gradient flow", "Inside small"):
            self.assertIn(what, page)
        self.assertIsNone(re.search(r"(src|href)=\"(?!data:|#)|url\(|<script", page), "asks for something else")

        told = self.json_of("run")
        (layer,) = told["layers"]
        self.assertEqual((layer["cell"], layer["steps"], layer["units"]), ("lstm", 8, 6))
        self.assertEqual(list(layer["gates"]), ["i", "f", "g", "o"])
        self.assertEqual(len(layer["texts"]), 8)
        self.assertRegex(layer["texts"][-1], r"^\d{4}-\d\d-\d\d$")
        self.assertEqual(layer["texts"][-1], told["prediction"]["forecasts"][0]["last_date"])
        self.check_lstm(layer)
        self.assertEqual(layer["gradient_flow"]["trained"][-1], 1)
        self.assertEqual(len(layer["gradient_flow"]["untrained_rnn"]), 8)

    def check_lstm(self, layer):
        """c' = f * c + i * g, with the values that are told."""
        gates = {name: gate["values"] for name, gate in layer["gates"].items()}
        cells = layer["states"]["c"]["values"]
        for t in range(1, layer["steps"]):
            for u in range(layer["units"]):
                expected = gates["f"][t][u] * cells[t - 1][u] + gates["i"][t][u] * gates["g"][t][u]
                self.assertAlmostEqual(cells[t][u], expected, places=4)
            self.assertAlmostEqual(layer["gates"]["f"]["mean"][t], sum(gates["f"][t]) / layer["units"], places=4)

    def test_readers_of_texts(self):
        for cell in ("gru", "rnn"):
            (self.folder / "reads.yaml").write_text(SENTIMENT.replace("CELL", cell))
            self.run_program("train", "reads.yaml", "--run", cell)
            told = self.json_of(cell, "the film was not bad at all")
            self.assertEqual([(one["layer"], one["direction"]) for one in told["layers"]],
                             [(0, "forward"), (0, "backward"), (1, "forward"), (1, "backward")])
            for layer in told["layers"]:
                self.assertEqual(layer["texts"], "the film was not bad at all".split())
            self.assertEqual(told["layers"][1]["gradient_flow"]["trained"][0], 1)
            self.run_program("inspect", cell, "the film was not bad at all", "--output", "page.html")
            page = (self.folder / "page.html").read_text()
            self.assertEqual("Saturation" in page, cell == "gru")
            self.assertIn("layer 2, backwards", page)

    def test_nothing_to_read(self):
        (self.folder / "reads.yaml").write_text(SENTIMENT.replace("CELL", "gru"))
        self.run_program("train", "reads.yaml", "--run", "run")
        _, err = self.run_program("inspect", "run", code=2)
        self.assertIn("name an INPUT", err)

    def test_network_without_recurrence(self):
        (self.folder / "flat.yaml").write_text(NO_LAYERS)
        self.run_program("train", "flat.yaml", "--run", "run")
        _, err = self.run_program("inspect", "run", code=2)
        self.assertIn("has no recurrent layer", err)
        self.assertFalse(os.path.exists(self.folder / "run" / "inspect.html"))


main()
