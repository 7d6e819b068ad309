"""Weights in and out: a classifier trained in Python becomes a run, and a run's weights go to Python."""

import json
import os
import subprocess
import sys
import unittest

from _program import SOURCE, ProgramTest, main

try:
    import torch
    from torch import nn
except ImportError:
    print("skipped: needs Python's torch")
    sys.exit(77)
try:
    from safetensors.torch import load_file, safe_open, save_file
except ImportError:
    save_file = None

WORDS = "the a film plot was is not never very dull good awful great boring fun and but".split()
TEXTS = ["the film was good", "not a dull plot", "boring", "The FILM is never, ever fun", "fun " * 30, "zzz"]
LABELS = ["bad", "good"]
CONFIG = """\
task: sentiment
name: theirs
threads: 1
data: {simulate_examples: 200, text: {tokenizer: whitespace}}
model: {embedding_size: 6, recurrent: {cell: CELL, hidden_size: 5, num_layers: LAYERS, bidirectional: BOTH}}
"""


class Net(nn.Module):
    """What people write: the last hidden state of each direction, read out."""

    def __init__(self, cell, vocabulary, layers, both):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 6)
        self.lstm = cell(6, 5, layers, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(10 if both else 5, len(LABELS))
        self.both = both

    def forward(self, ids):
        _, h = self.lstm(self.embedding(ids))
        h = h[0] if isinstance(h, tuple) else h
        return self.fc(torch.cat([h[-2], h[-1]], 1) if self.both else h[-1])


def train(net, encode):
    optimizer = torch.optim.Adam(net.parameters(), 0.05)
    for step in range(20):
        text = TEXTS[step % 4]
        loss = nn.functional.cross_entropy(net(encode(text)), torch.tensor([int("good" in text or "fun" in text)]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.eval()


class ImportRun(ProgramTest):
    def config(self, cell="lstm", layers=1, both=False):
        text = CONFIG.replace("CELL", cell).replace("LAYERS", str(layers)).replace("BOTH", str(both).lower())
        (self.folder / "theirs.yaml").write_text(text)
        return "theirs.yaml"

    def net(self, tokens, cell=nn.LSTM, layers=1, both=False, unknown="<unk>"):
        torch.manual_seed(7)
        ids = {token: id for id, token in enumerate(tokens)}
        encode = lambda text: torch.tensor([[ids.get(word, ids[unknown]) for word in text.lower().split()]])
        return train(Net(cell, len(tokens), layers, both), encode), encode

    def run_import(self, *arguments, run="run", code=0):
        return self.run_program("import", *arguments, "--run", run, code=code)

    def assert_same_probabilities(self, net, encode, run="run"):
        predictions = json.loads(self.run_program("predict", run, "--json", *TEXTS)[0])
        self.assertEqual(predictions["labels"], LABELS)
        got = torch.tensor([p["probabilities"] for p in predictions["predictions"]])
        with torch.no_grad():
            expected = torch.cat([net(encode(text)).softmax(1) for text in TEXTS])
        torch.testing.assert_close(got, expected, rtol=0, atol=1e-5)
        self.assertGreater(expected[:, 0].max() - expected[:, 0].min(), 0.1, "a network that says the same of all")

    def test_networks_of_torch_say_what_they_said_in_python(self):
        cases = [
            # cell, layers, both directions, tokens in the order of their ids, vocabulary file, weights file
            ("lstm", nn.LSTM, 1, False, ["<pad>", "<unk>", *WORDS], "vocab.txt", "net.pt"),
            ("gru", nn.GRU, 2, False, ["<unk>", *WORDS[:5], "<pad>", *WORDS[5:]], "vocab.json", "net.safetensors"),
            ("rnn", nn.RNN, 1, True, [*WORDS, "[UNK]"], "vocab.txt", "net.pt"),
            ("lstm", nn.LSTM, 2, True, ["[PAD]", *WORDS], "vocab.txt", "net.safetensors"),
        ]
        for number, (name, cell, layers, both, tokens, vocabulary, weights) in enumerate(cases):
            with self.subTest(name=name, layers=layers, both=both):
                if weights.endswith(".safetensors") and save_file is None:
                    continue
                (self.folder / "vocab.txt").write_text("\n".join(tokens) + "\n")
                (self.folder / "vocab.json").write_text(json.dumps({t: id for id, t in enumerate(tokens)}))
                unknown = next((t for t in ("<unk>", "[UNK]") if t in tokens), "[PAD]")
                net, encode = self.net(tokens, cell, layers, both, unknown)
                torch.save(net.state_dict(), self.folder / "net.pt")
                if save_file:
                    save_file(net.state_dict(), self.folder / "net.safetensors")
                named = ["--unknown", "[PAD]"] if unknown == "[PAD]" else []
                out, err = self.run_import(weights, "--config", self.config(name, layers, both), "--vocabulary", vocabulary,
                                           *named, "--labels", ",".join(LABELS), run=f"run-{number}")
                self.assertEqual(out, f"run-{number}\n")
                self.assertRegex(err, r"lstm\.weight_hh_l0 +recurrent\.weight_hh_l0 +\[")
                self.assertRegex(err, r"fc\.bias +readout\.bias +\[2\]")
                self.assertNotIn("note:", err)
                self.assert_same_probabilities(net, encode, f"run-{number}")
        exported, _ = self.run_program("export", "run-0", code=3)  # the built-in reviews have other labels
        self.assertEqual(exported, "")

    def test_what_does_not_fit_is_listed_and_leaves_nothing_behind(self):
        tokens = ["<pad>", "<unk>", *WORDS]
        (self.folder / "vocab.txt").write_text("\n".join(tokens))
        net, encode = self.net(tokens)
        state = net.state_dict()
        given = ["--config", self.config(), "--vocabulary", "vocab.txt", "--labels", "bad,good"]

        def refusal(content, *arguments, code=4):
            torch.save(content, self.folder / "net.pt")
            err = self.run_import("net.pt", *given, *arguments, code=code)[1]
            self.assertFalse((self.folder / "run").exists())
            return err

        wider = refusal(state, "model.recurrent.hidden_size=8")
        self.assertRegex(wider, r"recurrent\.weight_hh_l0 +\[32, 8\] +lstm\.weight_hh_l0 \[20, 5\]")
        self.assertRegex(wider, r"readout\.weight +\[2, 8\] +.*fc\.weight \[2, 5\]")
        self.assertRegex(wider, r"left over +shape")
        self.assertNotIn("embedding.weight", wider)
        self.assertRegex(refusal({**state, "extra.weight": torch.zeros(3)}), r"extra\.weight +\[3\]")
        self.assertRegex(refusal({k: v for k, v in state.items() if k != "fc.bias"}), r"readout\.bias +\[2\]")
        self.assertIn("embedding.weight", refusal({**state, "embedding.weight": torch.zeros(3, 6)}))

        # Two that would do: a person says which.
        twice = {**state, "aux.weight": state["fc.weight"] + 1, "aux.bias": state["fc.bias"]}
        self.assertRegex(refusal(twice), r"readout\.weight +\[2, 5\] +aux\.weight \[2, 5\], fc\.weight \[2, 5\]")
        self.assertIn("lstn", refusal(twice, "--map", "lstn=recurrent", code=2))
        self.assertIn("THEIRS=OURS", refusal(twice, "--map", "lstm", code=2))
        self.run_import("net.pt", *given, "--map", "fc=readout", "--map", "aux=")
        self.assert_same_probabilities(net, encode)
        self.assertIn("holds a run already", self.run_import("net.pt", *given, code=2)[1])

    def test_files_that_are_none_run_nothing(self):
        given = ["--config", self.config()]
        state = self.net(["<pad>", "<unk>", *WORDS])[0].state_dict()

        class Malice:
            def __reduce__(self):
                return os.system, ("touch was_run",)

        torch.save({**state, "fc.weight": Malice()}, self.folder / "malice.pt")
        torch.save(Net(nn.LSTM, 5, 1, False), self.folder / "module.pt")
        torch.save(state, self.folder / "old.pt", _use_new_zipfile_serialization=False)
        torch.save(state, self.folder / "whole.pt")
        whole = (self.folder / "whole.pt").read_bytes()
        (self.folder / "cut.pt").write_bytes(whole[: len(whole) // 2])
        (self.folder / "cut.safetensors").write_bytes(b"\x50\0\0\0\0\0\0\0{\"a\":")
        for file, reason in {"malice.pt": "system", "module.pt": "Net", "old.pt": "before 1.6", "cut.pt": "",
                             "cut.safetensors": "truncated", "theirs.yaml": "neither safetensors nor",
                             "absent.pt": "absent.pt"}.items():
            err = self.run_import(file, *given, code=4)[1]
            self.assertIn(reason, err)
            self.assertIn(file, err)
            self.assertEqual(err.count("\n"), 1, err)
        self.assertFalse((self.folder / "was_run").exists())
        self.assertFalse((self.folder / "run").exists())

    def test_ids_that_nobody_has_told(self):
        state = self.net(["<pad>", "<unk>", *WORDS])[0].state_dict()
        torch.save({"epoch": 3, "model_state_dict": state}, self.folder / "net.pt")
        config = self.config()

        def refusal(vocabulary, *arguments, code):
            (self.folder / "vocab").write_text(vocabulary)
            return self.run_import("net.pt", "--config", config, "--vocabulary", "vocab", *arguments, code=code)[1]

        labels = ["--labels", "bad,good"]
        self.assertIn("--unknown TOKEN", refusal("\n".join(WORDS), *labels, code=2))
        self.assertIn('no "<x>"', refusal("<pad>\n<unk>\na", *labels, "--padding", "<x>", code=2))
        self.assertIn("ids 1 and 2", refusal("<pad>\na\na", *labels, code=3))
        self.assertIn("every id needs its token", refusal('{"<unk>": 1, "a": 2}', *labels, code=3))
        self.assertIn("--labels", refusal("<pad>\n<unk>\na", code=2))
        self.assertIn("--labels", refusal("<pad>\n<unk>\na", "--labels", "bad,bad", code=2))
        self.assertIn("sentencepiece", refusal("<pad>\n<unk>", *labels, "data.text.tokenizer=subword", code=2))
        self.assertIn("embedding.weight", refusal("<pad>\n<unk>\na", *labels, code=4))
        self.assertFalse((self.folder / "run").exists())
        (self.folder / "vocab").write_text("\n".join(["<pad>", "<unk>", *WORDS[:-1], "But"]))
        _, err = self.run_import("net.pt", "--config", config, "--vocabulary", "vocab", *labels)
        self.assertIn('of 19 tokens, 1 are none that data.text makes of a text, e.g. "But"', err)
        self.assertIn("for sentiment", self.run_import(
            "net.pt", "--config", "small.yaml", "--vocabulary", "vocab", *labels, run="other", code=2)[1])


class RoundTrip(ProgramTest):
    TASKS = {
        "sentiment": "data: {simulate_examples: 300}\nmodel: {embedding_size: 6, recurrent: {hidden_size: 5}}",
        "stock": "data: {simulate_rows: 400, window: 8}\nmodel: {recurrent: {cell: gru, hidden_size: 6}}",
        "classification": "model: {feed_forward: {layers: [7, 6]}}",
        "memory": "data: {format: adding, length: 10, train_examples: 100, validation_examples: 50, test_examples: 50}\n"
                  "model: {recurrent: {cell: rnn, hidden_size: 6}}",
    }

    def trained(self, task):
        (self.folder / f"{task}.yaml").write_text(
            f"task: {task}\nthreads: 1\n{self.TASKS[task]}\ntrainer: {{epochs: 1, batch_size: 32}}\n")
        self.run_program("train", f"{task}.yaml", "--run", task)
        out, _ = self.run_program("export", task, "--format", "safetensors")
        self.assertEqual(out, f"{task}/model.safetensors\n")
        return self.folder / task / "model.safetensors"

    @unittest.skipUnless(save_file, "needs Python's safetensors")
    def test_out_to_python_and_in_again(self):
        for task in self.TASKS:
            with self.subTest(task=task):
                file = self.trained(task)
                before = self.evaluate(task)
                with safe_open(file, "pt") as content:
                    metadata = content.metadata()
                self.assertEqual((metadata["format"], metadata["task"]), ("pt", task))
                self.assertEqual(metadata["config"], (self.folder / task / "config.yaml").read_text())
                self.assertEqual(json.loads(metadata["metrics"])["metrics"], before["metrics"])
                best = torch.load(self.folder / task / "checkpoints/best.pt", weights_only=True)
                self.assertEqual(metadata["pipeline"], best["pipeline"])
                weights = load_file(file)
                self.assertEqual(weights.keys(), best["model"].keys())
                for name, tensor in weights.items():
                    self.assertTrue(torch.equal(tensor, best["model"][name]), name)

                # By the file alone, and by other names with the config.
                self.run_program("import", file, "--run", f"{task}-a")
                self.assertEqual(self.evaluate(f"{task}-a"), before)
                torch.save({f"module.{name}": tensor.double() for name, tensor in weights.items()}, self.folder / "net.pt")
                _, err = self.run_program("import", "net.pt", "--config", f"{task}/config.yaml", "--run", f"{task}-b")
                self.assertEqual("note:" in err, task != "memory")
                self.assertEqual(self.evaluate(f"{task}-b"), before)

    @unittest.skipUnless(save_file, "needs Python's safetensors")
    def test_training_goes_on_from_imported_weights(self):
        file = self.trained("stock")
        self.run_program("import", file, "--config", "stock.yaml", "--run", "on")
        self.run_program("train", "stock.yaml", "--run", "on", "--resume")
        self.assertNotEqual(self.evaluate("on"), self.evaluate("stock"))
        self.run_program("import", file, "--run", "given")
        self.assertIn("holds weights, but no training",
                      self.run_program("train", "given/config.yaml", "--run", "given", "--resume", code=4)[1])

    def test_a_run_whose_data_is_gone_is_exported(self):
        (self.folder / "mine.tsv").write_text("text\tlabel\n" + "good film\tyes\nbad film\tno\n" * 20)
        (self.folder / "mine.yaml").write_text(
            "task: sentiment\ndata: {format: table, train: [mine.tsv]}\ntrainer: {epochs: 1}\n")
        self.run_program("train", "mine.yaml", "--run", "run")
        (self.folder / "mine.tsv").unlink()
        _, err = self.run_program("export", "run", "--format", "safetensors", "--output", "out/w.safetensors")
        self.assertIn("no metrics", err)
        self.run_program("import", "out/w.safetensors", "--run", "again")
        self.assertEqual(*(self.run_program("predict", run, "--json", "good film")[0] for run in ("run", "again")))

    @unittest.skipUnless(save_file, "needs Python's safetensors")
    def test_the_script_in_docs_says_the_same(self):
        texts = ["the acting was not dull", "the plot was boring zzz"]
        for model in ("recurrent: {bidirectional: true}", "recurrent: {cell: gru, num_layers: 2}",
                      "recurrent: {cell: rnn}"):
            (self.folder / "mine.yaml").write_text(
                f"task: sentiment\ndata: {{simulate_examples: 300}}\nmodel: {{{model}}}\ntrainer: {{epochs: 1}}\n")
            self.run_program("train", "mine.yaml", "--run", model)
            file = self.folder / self.run_program("export", model, "--format", "safetensors")[0].strip()
            out = subprocess.run([sys.executable, SOURCE / "docs/serving/load_safetensors.py", file, *texts], check=True,
                                 capture_output=True, text=True).stdout
            expected = json.loads(self.run_program("predict", model, "--json", *texts)[0])
            for line, prediction in zip(out.splitlines(), expected["predictions"], strict=True):
                probabilities = json.loads(line)["probabilities"]
                self.assertEqual(list(probabilities), expected["labels"])
                for got, want in zip(probabilities.values(), prediction["probabilities"], strict=True):
                    self.assertAlmostEqual(got, want, delta=1e-6)


main()
