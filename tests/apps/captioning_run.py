"""A captioner from the built-in scenes, and from a user's photographs: train, evaluate, predict, export."""

import json
import os
import time
import unittest

from _program import SOURCE, ProgramTest, main

try:
    import PIL.Image
    import PIL.ImageDraw
except ImportError:
    PIL = None

# Trains in seconds on a folder of images and a CSV of captions.
TINY = """\
task: captioning
name: tiny
threads: 1
data:
  format: csv
  captions: captions.csv
  image: {size: 32, resize: 36}
model:
  encoder: {channels: [8, 16], blocks: [1, 1]}
  decoder: {embedding_size: 16, recurrent: {hidden_size: 24}, attention_size: 16, dropout: 0}
  search: {max_length: 8}
trainer: {epochs: 3, batch_size: 8, optimizer: {learning_rate: 0.01}}
"""
COLOURS = {"red": (200, 40, 40), "green": (40, 180, 60), "blue": (40, 60, 220)}


def photograph(number):
    """A disc or a box of some colour, a picture of its own proportions, and two captions."""
    colour, shape = list(COLOURS)[number % 3], ("disc", "box")[number // 3 % 2]
    image = PIL.Image.new("RGB", (40 + 3 * (number % 7), 36 + 5 * (number % 3)), (20 + number, 25, 30))
    draw = PIL.ImageDraw.Draw(image)
    place = (8 + number % 4, 8, 28 + number % 4, 28)
    (draw.ellipse if shape == "disc" else draw.rectangle)(place, fill=COLOURS[colour])
    return image, (f"A {colour} {shape}.", f"There is a {shape}, it is {colour}")


class CaptioningRun(ProgramTest):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache"
        os.environ["XDG_CACHE_HOME"] = str(self.cache)
        self.addCleanup(os.environ.pop, "XDG_CACHE_HOME")
        (self.folder / "tiny.yaml").write_text(TINY)

    def write_photographs(self, count=60):
        if PIL is None:
            self.skipTest("needs Python's Pillow")
        (self.folder / "images").mkdir()
        rows = ["image,caption"]
        for k in range(count):
            image, captions = photograph(k)
            name = f"{k}.jpg" if k % 2 else f"{k}.png"
            image.save(self.folder / "images" / name, quality=90)
            rows += [f'{name},"{caption}"' for caption in captions]
        (self.folder / "captions.csv").write_text("\n".join(rows) + "\n")

    def train(self, *arguments, run="run", config="tiny.yaml", code=0):
        return self.run_program("train", config, *arguments, "--run", run, code=code)

    def predict(self, *arguments, run="run", code=0):
        out, err = self.run_program("predict", run, *arguments, code=code)
        return json.loads(out)["predictions"] if "--json" in arguments else (out, err)

    def test_the_quickstart_learns_to_look(self):
        # A part of the quickstart's training: it is then far above what needs no network.
        self.train("data.simulate_examples=3000", "trainer.epochs=4", "threads=1",
                   config=SOURCE / "configs/captioning/quickstart.yaml")
        result = self.evaluate()
        self.assertEqual((result["task"], result["split"], result["examples"]), ("captioning", "test", 450))
        metrics, baselines = result["metrics"], result["baselines"]
        for metric in ("bleu1", "bleu4", "rouge_l", "cider_d"):
            for baseline in ("commonest_caption", "nearest_colours"):
                self.assertGreater(metrics[metric], 1.2 * baselines[f"{baseline}_{metric}"], (metric, baseline))
        self.assertEqual(json.loads((self.folder / "run/metrics.json").read_text()), result)
        self.check_metrics_with_nltk(result)

        report = (self.folder / "run/report.html").read_text()
        for part in ("Images and what was said of them", "Where each word looked", "The worst", "data:image/png"):
            self.assertIn(part, report)

        # Without a file, what is described are scenes of the test split.
        self.assertEqual([p["image"] for p in self.predict("--json")], [f"test-{k}" for k in range(10)])
        out, _ = self.predict()
        self.assertRegex(out, r"^test-0: [a-z ]+  \(score -?\d+\.\d\d\)\n")

    def check_metrics_with_nltk(self, result):
        try:
            from nltk.translate.bleu_score import corpus_bleu
        except ImportError:
            return
        said = [entry["caption"].split() for entry in result["details"]["captions"]]
        references = [[r.split() for r in entry["references"]] for entry in result["details"]["captions"]]
        for order in range(1, 5):
            expected = corpus_bleu(references, said, weights=(1 / order,) * order)
            self.assertAlmostEqual(result["metrics"][f"bleu{order}"], expected, places=9)
        exact = sum(s in r for s, r in zip(said, references)) / len(said)
        self.assertAlmostEqual(result["metrics"]["exact_match"], exact, places=12)

    def test_export_takes_an_images_bytes(self):
        try:
            import numpy
            import torch
        except ImportError:
            self.skipTest("needs Python's torch and numpy")
        self.write_photographs()
        files = [str(p) for p in sorted((self.folder / "images").iterdir())]
        for image, tokenizer in (("attention", "word"), ("first_input", "character"), ("initial_state", "whitespace")):
            self.train(f"model.image={image}", f"data.text.tokenizer={tokenizer}", run=image)
            out, err = self.run_program("export", image)
            self.assertNotIn("note:", err)
            extra = {"config.yaml": "", "metrics.json": "", "pipeline.json": ""}
            model = torch.jit.load(str(self.folder / out.strip()), _extra_files=extra)
            self.assertIn("bleu4", json.loads(extra["metrics.json"])["metrics"])
            pixels = [torch.from_numpy(numpy.asarray(PIL.Image.open(f).convert("RGB")).copy()) for f in files]
            for width in (1, 3):
                said = self.predict("--json", "--beam-width", width, *files, run=image)
                expected = [p["caption"] for p in said]
                self.assertEqual([model.predict(x, width) for x in pixels], expected)
            self.assertEqual(model.predict(pixels[0]), self.predict("--json", "--beam-width", 1, files[0], run=image)[0]["caption"])
            tokens = torch.tensor([[0, 2, 3], [0, 4, 2]])
            logits = model(torch.cat([model.transform(x) for x in pixels[:2]]), tokens)
            self.assertEqual(logits.shape[:2], tokens.shape)

    def test_a_picture_shows_where_each_word_looked(self):
        self.write_photographs()
        self.train("trainer.epochs=15")
        said = self.predict("--json", "images/3.jpg", "--picture", "out.png")[0]
        self.assertTrue(said["words"])
        with PIL.Image.open(self.folder / "out.png") as picture:
            self.assertEqual((picture.format, picture.width), ("PNG", 1080))
            with_words = picture.height
        self.assertEqual(said["picture"], "out.png")
        self.assertEqual(len(said["attention"]), len(said["words"]))
        # Without attention only image and caption are drawn.
        self.train("model.image=initial_state", run="plain")
        self.predict("images/3.jpg", "--picture", "plain.png", run="plain")
        with PIL.Image.open(self.folder / "plain.png") as picture:
            self.assertLess(picture.height, with_words)
        _, err = self.predict("images/3.jpg", "images/4.png", "--picture", "out.png", code=2)
        self.assertIn("--picture draws one image", err)

    def test_sampling_draws_by_its_seed(self):
        self.write_photographs(30)
        self.train("trainer.epochs=1")
        draw = lambda *options: self.predict("--json", "images/3.jpg", "--temperature", 2, *options)[0]["caption"]
        self.assertEqual(draw("--seed", 1), draw("--seed", 1))
        self.assertGreater(len({draw("--seed", k) for k in range(5)}), 1)
        greedy = self.predict("--json", "images/3.jpg", "--beam-width", 1)[0]["caption"]
        self.assertEqual(draw("--top-k", 1), greedy)
        _, err = self.predict("images/3.jpg", "--top-p", 0.5, "--beam-width", 2, code=2)
        self.assertIn("one or the other", err)

    def test_options_of_other_tasks_are_refused(self):
        self.write_photographs(30)
        self.train("trainer.epochs=1")
        _, err = self.predict("images/3.jpg", "--steps", 3, code=2)
        self.assertIn("--steps is not for captioning, which takes --beam-width", err)
        super().train(run="stock")
        _, err = self.predict("--picture", "x.png", run="stock", code=2)
        self.assertIn("--picture is not for stock, which takes --steps", err)

    def test_images_that_are_absent_or_broken_are_counted_and_not_fatal(self):
        self.write_photographs(40)
        (self.folder / "images/1.jpg").unlink()
        whole = (self.folder / "images/5.jpg").read_bytes()
        (self.folder / "images/5.jpg").write_bytes(whole[: len(whole) - 200])
        (self.folder / "images/7.jpg").write_bytes(b"")
        _, err = self.train("trainer.epochs=1", "data.check_images=all")
        self.assertRegex(err, r"37 of 40 images.*left out: 1 absent \(1\.jpg\); 2 broken")
        _, err = self.predict("images/5.jpg", code=3)
        self.assertRegex(err, r"images/5\.jpg.*(truncated|ends)")
        # With their headers only looked at, the file that is cut short is met in training, and named.
        _, err = self.train("trainer.epochs=1", run="other", code=3)
        self.assertIn("5.jpg", err)
        for path in (self.folder / "images").iterdir():
            path.unlink()
        _, err = self.train(run="none", code=3)
        self.assertIn("none of the 40", err)

    def test_a_frozen_encoder_trains_on_kept_features_and_resumes_to_the_same_bits(self):
        self.write_photographs(40)
        frozen = ("model.encoder.frozen=true", "data.image.crop=centre", "model.decoder.dropout=0.2")
        self.train(*frozen, run="whole")
        kept = list((self.cache / "recur/features").iterdir())
        self.assertEqual(len(kept), 3)  # train, validation, test
        process = self.start("train", "tiny.yaml", *frozen, "--run", "part")
        checkpoint = self.folder / "part/checkpoints/last.pt"
        while not checkpoint.exists() and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        self.train(*frozen, "--resume", run="part")
        self.assertEqual(sorted((self.cache / "recur/features").iterdir()), sorted(kept))
        whole, part = (json.loads((self.folder / run / "metrics.json").read_text()) for run in ("whole", "part"))
        self.assertEqual(whole, part)

    def test_weights_of_others_are_loaded_by_name(self):
        try:
            import safetensors.torch
            import torch
        except ImportError:
            self.skipTest("needs Python's torch and safetensors")
        self.write_photographs(30)
        self.train("trainer.epochs=1")
        state = torch.load(self.folder / "run/checkpoints/best.pt", weights_only=True)["model"]
        encoder = {k.removeprefix("encoder."): v for k, v in state.items() if k.startswith("encoder.")}
        safetensors.torch.save_file(encoder, self.folder / "encoder.safetensors")
        _, err = self.train("trainer.epochs=1", "model.encoder.weights=encoder.safetensors", "model.encoder.frozen=true",
                            "data.image.crop=centre", run="again")
        self.assertIn("encoder.safetensors", err)
        again = torch.load(self.folder / "again/checkpoints/best.pt", weights_only=True)["model"]
        for name, tensor in encoder.items():
            torch.testing.assert_close(again["encoder." + name], tensor, rtol=0, atol=0)


main()
