"""A recognizer from the built-in tones and from a user's sounds: train, evaluate, predict, follow, export."""

import json
import struct
import unittest
import wave

from _program import SOURCE, ProgramTest, main

# Trains in seconds.
TINY = """\
task: speech
name: tiny
threads: 1
data:
  format: manifest
  train: train.csv
  validation: train.csv
  test: train.csv
  features: {sample_rate: 4000, mels: 16, normalization: NORMALIZATION}
model:
  encoder:
    convolution: {layers: 1, channels: 24, kernel: 4, stride: 2}
    recurrent: {cell: gru, hidden_size: 32, bidirectional: BOTH}
trainer: {epochs: 60, batch_size: 4, optimizer: {learning_rate: 0.01}}
"""
RATE = 4000
HZ = {"a": 300, "b": 600, "c": 900, "d": 1200}
WORDS = ["ab", "ba", "abc", "dad", "cab", "bad", "a b", "c d a"]


def tone(letter, seconds=0.12):
    import math
    return [0.3 * math.sin(2 * math.pi * HZ.get(letter, 0) * n / RATE) for n in range(int(seconds * RATE))]


def write_wav(path, samples, rate=RATE):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", int(32767 * s)) for s in samples))


class SpeechRun(ProgramTest):
    def setUp(self):
        super().setUp()
        rows = ["path,text"]
        for n, word in enumerate(WORDS):
            samples = []
            for letter in word:
                samples += tone(letter) + [0.0] * 200
            write_wav(self.folder / f"{n}.wav", samples)
            rows.append(f"{n}.wav,{word}")
        (self.folder / "train.csv").write_text("\n".join(rows) + "\n")

    def train_tiny(self, run="run", both="true", normalization="global", *arguments, code=0):
        text = TINY.replace("BOTH", both).replace("NORMALIZATION", normalization)
        (self.folder / "tiny.yaml").write_text(text)
        return self.run_program("train", "tiny.yaml", *arguments, "--run", run, code=code)

    def predict(self, *arguments, run="run"):
        return json.loads(self.run_program("predict", run, "--json", *arguments)[0])["predictions"]

    def test_the_quickstart_hears_telephone_numbers(self):
        small = ["trainer.epochs=3", "data.simulate_examples=1600", "trainer.batch_size=16", "threads=1"]
        self.run_program("train", SOURCE / "configs/speech/quickstart.yaml", *small, "--run", "run")
        result = self.evaluate()
        self.assertEqual((result["task"], result["split"]), ("speech", "test"))
        self.assertLess(result["metrics"]["wer"], 0.2)
        self.assertGreater(result["baselines"]["commonest_wer"], 0.8)
        self.assertEqual(json.loads((self.folder / "run/metrics.json").read_text()), result)
        self.assertIn("data:image/png", (self.folder / "run/report.html").read_text())

    def test_words_come_with_their_times(self):
        self.train_tiny()
        self.assertEqual(self.evaluate()["metrics"]["wer"], 0)
        for n, word in enumerate(WORDS):
            (said,) = self.predict(f"{n}.wav")
            self.assertEqual(said["text"], word)
            self.assertEqual([w["word"] for w in said["words"]], word.split())
            begin = 0
            for w in said["words"]:
                self.assertLessEqual(begin, w["begin"])
                self.assertLess(w["begin"], w["end"])
                begin = w["end"]
            self.assertLessEqual(begin, said["seconds"] + 0.05)
        text = self.run_program("predict", "run", "6.wav")[0]
        self.assertIn("a b", text)
        best = self.predict("2.wav", "--n-best", "3", "--beam-width", "8")[0]
        self.assertEqual(best["n_best"][0]["text"], "abc")
        self.run_program("predict", "run", "2.wav", "--picture", "abc.png")
        self.assertEqual((self.folder / "abc.png").read_bytes()[:4], b"\x89PNG")
        _, err = self.run_program("predict", "run", "2.wav", "--stream", code=2)
        self.assertIn("both directions", err)

    def test_a_stream_says_what_the_whole_file_says(self):
        for normalization in ("running", "global"):
            run = f"run_{normalization}"
            self.train_tiny(run, "false", normalization)
            whole = [p["text"] for p in self.predict(*[f"{n}.wav" for n in range(len(WORDS))], run=run)]
            stream = self.predict(*[f"{n}.wav" for n in range(len(WORDS))], "--stream", run=run)
            self.assertEqual([p["text"] for p in stream], whole)
            out, _ = self.run_program("predict", run, "2.wav", "--stream")
            self.assertEqual(out, whole[2] + "\n")

    def test_export_takes_a_waveform(self):
        try:
            import torch
        except ImportError:
            self.skipTest("needs Python's torch")
        for normalization, both in (("global", "true"), ("utterance", "true"), ("running", "false")):
            run = f"run_{normalization}"
            self.train_tiny(run, both, normalization)
            out, _ = self.run_program("export", run)
            model = torch.jit.load(str(self.folder / out.strip()))
            for n in range(len(WORDS)):
                with wave.open(str(self.folder / f"{n}.wav")) as file:
                    frames = file.readframes(file.getnframes())
                whole = torch.tensor(struct.unpack(f"<{len(frames) // 2}h", frames), dtype=torch.int16)
                expected = self.predict(f"{n}.wav", run=run)[0]["text"]
                self.assertEqual(model.predict(whole.float() / 32768, RATE), expected)
                self.assertEqual(model.predict(whole, RATE), expected)
                self.assertEqual(model.predict_all([whole, whole], RATE), [expected, expected])
                twice = torch.nn.functional.interpolate(whole.float()[None, None], scale_factor=2, mode="linear")[0, 0]
                self.assertEqual(model.predict(twice / 32768, 2 * RATE), expected)

    def test_a_language_model_is_asked_by_the_beam(self):
        (self.folder / "text.txt").write_text("\n".join(WORDS * 40) + "\n")
        (self.folder / "lm.yaml").write_text(
            "task: language\nthreads: 1\ndata: {format: text, train: text.txt, validation: text.txt, bptt: 16}\n"
            "model: {embedding_size: 8, recurrent: {hidden_size: 24}}\n"
            "trainer: {epochs: 8, batch_size: 4, optimizer: {learning_rate: 0.02}}\n")
        self.run_program("train", "lm.yaml", "--run", "lm")
        asked = ["model.ctc.beam_width=8", "model.ctc.language_model=lm"]
        self.train_tiny("run", "true", "global", *asked)
        self.assertEqual(self.evaluate()["metrics"]["wer"], 0)
        _, err = self.run_program("export", "run")
        self.assertIn("the language model is left out", err)
        _, err = self.train_tiny("other", "true", "global", "model.ctc.language_model=lm", code=2)
        self.assertIn("beam_width", err)
        _, err = self.train_tiny("other", "true", "global", *asked[:1], "model.ctc.language_model=run", code=2)
        self.assertIn("expected language", err)

    def test_what_cannot_be_heard_is_named(self):
        self.train_tiny()
        (self.folder / "song.wav").write_text("no sound")
        _, err = self.run_program("predict", "run", "song.wav", code=3)
        self.assertIn("song.wav", err)
        _, err = self.run_program("predict", "run", "nowhere.wav", code=3)
        self.assertIn("nowhere.wav", err)
        whole = (self.folder / "2.wav").read_bytes()
        (self.folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
        _, err = self.run_program("predict", "run", "cut.wav", code=3)
        self.assertRegex(err, "cut.wav.*truncated")
        write_wav(self.folder / "silent.wav", [0.0] * RATE)
        self.assertIn("silent", self.run_program("predict", "run", "silent.wav")[0])
        (self.folder / "train.csv").write_text("path,text\n0.wav,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n")
        _, err = self.train_tiny("other", code=3)
        self.assertIn("fewer steps", err)


if __name__ == "__main__":
    main()
