"""A classifier of built-in points, of a user's table and of digits: train, evaluate, predict, export."""

import gzip
import json
import random
import struct
import unittest

from _program import DATA, SOURCE, ProgramTest, main

# Images of 6 x 5 in which a bright column or a bright row tells the class.
IMAGES = """\
task: classification
name: stripes
threads: 1
data: {format: idx, train: [images.gz, labels.gz], augment: {shift: 0.5}}
model:
  reads: READS
  recurrent: {cell: gru, hidden_size: 12, num_layers: 2, bidirectional: true}
  pooling: [last, mean]
  feed_forward: {layers: [16, 8], activation: gelu, batch_norm: true, dropout: 0.1, input_dropout: 0.1}
trainer: {epochs: 12, batch_size: 16, optimizer: {learning_rate: 0.01}}
"""
TABLE = """\
task: classification
name: flowers
threads: 1
data: {format: table, train: [mine.csv], table: {label: kind}}
model: {feed_forward: {layers: [8], activation: tanh}, loss: {balanced: true}}
trainer: {epochs: 40, batch_size: 8, optimizer: {learning_rate: 0.02}}
"""


def rebuilt(torch, model, layers, activation, batch_norm=False, reads="all"):
    """The network in plain torch.nn with the export's parameters: a function from scaled numbers to logits.

    With rows: two layers of GRU in both directions, pooled by last and mean.
    """
    nn = torch.nn
    state = dict(model.state_dict())
    parts = [nn.Flatten()]
    for k in range(layers):
        weight = state[f"feed_forward.layers.{k}.weight"]
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        linear.load_state_dict({n: state[f"feed_forward.layers.{k}.{n}"] for n in ("weight", "bias")})
        parts.append(linear)
        if batch_norm:
            norm = nn.BatchNorm1d(weight.shape[0])
            norm.load_state_dict({n: state[f"feed_forward.norms.{k}.{n}"] for n in norm.state_dict()})
            parts.append(norm)
        parts.append(activation())
    weight = state["feed_forward.readout.weight"]
    readout = nn.Linear(weight.shape[1], weight.shape[0])
    readout.load_state_dict({n: state[f"feed_forward.readout.{n}"] for n in ("weight", "bias")})
    feed_forward = nn.Sequential(*parts, readout).eval()
    if reads == "all":
        return feed_forward
    rows = {n.removeprefix("rows.recurrent."): t for n, t in state.items() if n.startswith("rows.recurrent.")}
    units, columns = rows["weight_hh_l0"].shape[1], rows["weight_ih_l0"].shape[1]
    gru = nn.GRU(columns, units, num_layers=2, bidirectional=True, batch_first=True)
    gru.load_state_dict(rows)

    def forward(x):
        h, ends = gru(x)
        return feed_forward(torch.cat([ends[-2], ends[-1], h.mean(1)], 1))

    return forward


class ClassificationRun(ProgramTest):
    def train(self, config, *arguments, run="run", code=0):
        return self.run_program("train", config, *arguments, "--run", run, code=code)

    def predict(self, *files, run="run"):
        return json.loads(self.run_program("predict", run, "--json", *files)[0])["predictions"]

    def load(self, run="run"):
        try:
            import torch
        except ImportError:
            self.skipTest("needs Python's torch")
        out, _ = self.run_program("export", run)
        extra = {"config.yaml": "", "labels.json": "", "pipeline.json": ""}
        model = torch.jit.load(str(self.folder / out.strip()), _extra_files=extra)
        self.assertEqual(json.loads(extra["labels.json"]), model.labels)
        self.assertIn(b"task: classification", extra["config.yaml"])
        return torch, model, json.loads(extra["pipeline.json"])

    def test_the_quickstart_winds_where_a_line_cannot(self):
        self.train(SOURCE / "configs/classification/quickstart.yaml", "threads=1")
        result = self.evaluate()
        self.assertEqual((result["task"], result["split"], result["examples"]), ("classification", "test", 300))
        self.assertGreater(result["metrics"]["accuracy"], 0.96)
        self.assertLess(result["baselines"]["nearest_mean_accuracy"], 0.7)
        self.assertEqual(set(result["metrics"]), {"accuracy", "macro_f1", "ece", "loss"})
        confusion = result["details"]["confusion"]
        self.assertEqual(sum(map(sum, confusion)), 300)
        right = sum(confusion[k][k] for k in range(3))
        self.assertAlmostEqual(result["metrics"]["accuracy"], right / 300, places=12)
        self.assertEqual(len(result["details"]["mistakes"]), min(20, 300 - right))
        self.assertTrue((self.folder / "run/confusion.svg").exists())

        torch, model, pipeline = self.load()
        self.assertEqual(model.columns, ["x", "y"])
        points = torch.rand(50, 2) * 2 - 1
        (self.folder / "points.csv").write_text("y,x\n" + "".join(f"{y!r},{x!r}\n" for x, y in points.tolist()))
        said = self.predict("points.csv")
        self.assertEqual(said[1]["input"], "points.csv:3")
        expected = torch.tensor([p["probabilities"] for p in said])
        torch.testing.assert_close(model.predict(points), expected, rtol=0, atol=1e-5)
        scaled = (points - torch.tensor(pipeline["scaler"]["mean"])) / torch.tensor(pipeline["scaler"]["std"])
        torch.testing.assert_close(rebuilt(torch, model, 2, torch.nn.ReLU)(scaled), model(scaled), rtol=0, atol=1e-5)
        with self.assertRaisesRegex(Exception, r"expected rows \[N, 2\]"):
            model.predict(torch.rand(3, 3))

    def write_images(self, count=240):
        draw = random.Random(1)
        images, labels = bytearray(), bytearray()
        for k in range(count):
            place = draw.randrange(5)
            labels.append(k % 2)
            for row in range(6):
                images += bytes(draw.randrange(80) + 160 * ((row if k % 2 else column) == place) for column in range(5))
        head = struct.pack(">HBBIII", 0, 8, 3, count, 6, 5)
        (self.folder / "images.gz").write_bytes(gzip.compress(head + bytes(images)))
        (self.folder / "labels.gz").write_bytes(gzip.compress(struct.pack(">HBBI", 0, 8, 1, count) + bytes(labels)))
        return bytes(images)

    def test_images_are_read_at_once_or_row_by_row(self):
        pixels = self.write_images()
        for reads in ("all", "rows"):
            (self.folder / "images.yaml").write_text(IMAGES.replace("READS", reads))
            self.train("images.yaml", run=reads)
            result = self.evaluate(reads)
            self.assertGreater(result["metrics"]["accuracy"], 0.9, reads)
            torch, model, pipeline = self.load(reads)
            images = torch.tensor(list(pixels), dtype=torch.uint8).view(-1, 6, 5)[:40]
            expected = torch.tensor([p["probabilities"] for p in self.predict("images.gz", run=reads)[:40]])
            torch.testing.assert_close(model.predict(images), expected, rtol=0, atol=1e-5)
            scaled = (images.float() - pipeline["scaler"]["mean"][0]) / pipeline["scaler"]["std"][0]
            with torch.no_grad():
                network = rebuilt(torch, model, 2, torch.nn.GELU, batch_norm=True, reads=reads)
                torch.testing.assert_close(network(scaled), model(scaled), rtol=0, atol=1e-5)

    def test_a_table_of_ones_own(self):
        draw = random.Random(2)
        rows = [(draw.gauss(k % 3, 0.2), draw.gauss(-(k % 3), 0.2), k, ["rose", "iris", "tulip"][k % 3]) for k in range(150)]
        text = "length;width;id;kind\n" + "".join(";".join(map(str, row)) + "\n" for row in rows)
        (self.folder / "mine.csv").write_text(text)
        (self.folder / "mine.yaml").write_text(TABLE)
        self.train("mine.yaml", "data.table.features=[width, length]")
        result = self.evaluate()
        self.assertGreater(result["metrics"]["accuracy"], 0.9)
        self.assertEqual([c["label"] for c in result["details"]["classes"]], ["iris", "rose", "tulip"])
        out, _ = self.run_program("predict", "run", "mine.csv")
        self.assertRegex(out.splitlines()[0], r"^rose +\d+\.\d %  mine.csv:2$")
        self.assertEqual(len(out.splitlines()), 150)

        (self.folder / "mine.csv").write_text(text + "1;2 cm;7;rose\n")
        _, err = self.train("mine.yaml", run="other", code=3)
        self.assertIn('mine.csv:152:2: column "width": got "2 cm", expected a number', err)

    def test_a_stopped_run_goes_on_to_the_same_bits(self):
        try:
            import torch
        except ImportError:
            self.skipTest("needs Python's torch")
        self.write_images()
        (self.folder / "images.yaml").write_text(IMAGES.replace("READS", "rows"))
        self.train("images.yaml", "trainer.epochs=3", run="whole")
        self.train("images.yaml", "trainer.epochs=3", "trainer.max_steps=17", run="stopped")
        self.train("images.yaml", "trainer.epochs=3", "--resume", "--accept-changes", run="stopped")
        whole, stopped = (torch.load(self.folder / run / "checkpoints/last.pt", weights_only=True)["model"]
                          for run in ("whole", "stopped"))
        for name in whole:
            self.assertTrue(torch.equal(whole[name], stopped[name]), name)

    @unittest.skipUnless((DATA / "mnist").is_dir(), "needs MNIST (RECUR_DATA)")
    def test_digits_of_mnist(self):
        self.train(SOURCE / "configs/classification/mnist.yaml", "threads=1", "trainer.epochs=1",
                   "trainer.max_steps=150", "model.feed_forward.layers=[64]")
        result = self.evaluate()
        self.assertEqual(result["examples"], 10000)
        self.assertGreater(result["metrics"]["accuracy"], 0.9)
        self.assertAlmostEqual(result["baselines"]["majority_accuracy"], 0.1135, places=4)
        self.assertAlmostEqual(result["baselines"]["nearest_mean_accuracy"], 0.82, delta=0.005)
        first = self.predict()[0]
        self.assertEqual((first["input"], first["truth"]), ("test[0]", "7"))


main()
