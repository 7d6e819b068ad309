"""A stock run from train to export, through the program."""

import json
import unittest

from _program import DATA, ProgramTest, main


class StockRun(ProgramTest):
    def test_train_evaluate_predict_export(self):
        _, err = self.train()
        self.assertIn("skill", err)
        for name in ("config.yaml", "metrics.jsonl", "metrics.json", "report.html", "checkpoints/best.pt", "checkpoints/last.pt"):
            self.assertTrue((self.folder / "run" / name).stat().st_size > 0, name)

        result = self.evaluate()
        self.assertEqual((result["task"], result["split"]), ("stock", "test"))
        self.assertEqual(result["examples"], 80)  # the last 20 % of 400 rows
        for name in ("rmse", "mae", "mape", "r2", "skill", "directional_accuracy", "dm_p_value"):
            self.assertIn(name, result["metrics"])
        self.assertGreater(result["baselines"]["persistence_rmse"], 0)
        metrics, baselines = result["metrics"], result["baselines"]
        self.assertAlmostEqual(metrics["skill"], 1 - metrics["rmse"] / baselines["persistence_rmse"], places=9)
        self.assertEqual(json.loads((self.folder / "run/metrics.json").read_text()), result)

        forecast = json.loads(self.run_program("predict", "run", "--steps", "3", "--json")[0])["forecasts"][0]["forecast"]
        self.assertEqual([value["kind"] for value in forecast], ["direct", "recursive", "recursive"])
        first = forecast[0]
        self.assertTrue(first["lower95"] < first["lower80"] < first["close"] < first["upper80"] < first["upper95"])
        self.assertNotIn("lower95", forecast[1])

        out, _ = self.run_program("export", "run", "--format", "torchscript", "--output", "model.pt")
        self.assertEqual(out.strip(), "model.pt")
        try:
            import torch
        except ImportError:
            return
        extra = {"config.yaml": "", "metrics.json": "", "columns.json": ""}
        model = torch.jit.load(str(self.folder / "model.pt"), _extra_files=extra)
        self.assertIn(b"task: stock", extra["config.yaml"])
        self.assertEqual(json.loads(extra["metrics.json"]), result)
        self.assertEqual(model.columns, ["close"])
        self.assertEqual(model(torch.randn(5, 33, 1), torch.tensor([1, 2, 33, 8, 5])).shape, (5, 1))
        prices = 100 + torch.randn(30, 1, dtype=torch.float64).cumsum(0)
        self.assertEqual(model.predict(prices).shape, (1,))
        with self.assertRaisesRegex(Exception, "expected rows of shape"):
            model.predict(prices[:5])

        # The stream: step by step gives what the whole window gives.
        x, state = torch.randn(2, 8, 1), None
        for t in range(8):
            y, state = model.step(x[:, t], state)
        torch.testing.assert_close(y, model(x), rtol=0, atol=1e-6)

    def test_same_seed_same_result_and_overrides(self):
        self.train("seed=3", run="a")
        self.train("seed=3", run="b")
        self.train("seed=4", run="c")
        a, b, c = (self.evaluate(run)["metrics"]["rmse"] for run in "abc")
        self.assertEqual(a, b)
        self.assertNotEqual(a, c)

    def test_prediction_from_a_users_file(self):
        self.train()
        rows = ["Date,Close"] + [f"2024-01-{day:02d},{100 + day}" for day in range(1, 21)]
        (self.folder / "mine.csv").write_text("\n".join(rows) + "\n")
        out, _ = self.run_program("predict", "run", "mine.csv")
        self.assertIn("mine.csv: last close 120", out)
        (self.folder / "short.csv").write_text("\n".join(rows[:5]) + "\n")
        _, err = self.run_program("predict", "run", "short.csv", code=3)
        self.assertIn("short.csv: has 4 rows, the model looks back on 9", err)

    def test_export_does_not_touch_an_older_file_when_it_fails(self):
        self.train()
        (self.folder / "model.pt").write_text("precious")
        (self.folder / "run/checkpoints/best.pt").write_bytes(b"damaged")
        self.run_program("export", "run", "--output", "model.pt", code=4)
        self.assertEqual((self.folder / "model.pt").read_text(), "precious")

    def test_torch_s_own_layers_stand_in_for_the_equations_where_there_are_any(self):
        self.train()
        for output, changes in (("equations.pt", []), ("builtin.pt", ["--optimize"])):
            self.run_program("export", "run", *changes, "--output", output)
        self.assertNotEqual((self.folder / "equations.pt").read_bytes(), (self.folder / "builtin.pt").read_bytes())
        _, err = self.run_program("export", "run", "--format", "onnx", "--optimize", code=2)
        self.assertIn("--optimize is for --format torchscript", err)
        self.train("model.recurrent.cell=mgu", run="other")
        _, err = self.run_program("export", "other", "--optimize", "--output", "other.pt", code=2)
        self.assertIn("no layer of this model is of a cell that torch has itself", err)
        self.assertFalse((self.folder / "other.pt").exists())

    @unittest.skipUnless((DATA / "stocks").is_dir(), "needs the stock files (RECUR_DATA)")
    def test_every_cell_on_a_real_file(self):
        cells = self.run_program("list", "cells")[0].splitlines()[1:]
        for cell in (line.split()[0] for line in cells if line.strip()):
            self.train("data.files=[stocks/yahoo/NFLX.csv]", f"model.recurrent.cell={cell}", "trainer.epochs=1", run=cell)
            self.run_program("export", cell)


main()
