"""Types every command of docs/book, as a reader would, each chapter in an empty folder with the files that it speaks of.

A block of a page is, by the words behind its fence:
    sh                  typed, line by line; a training stops after some steps
    sh data=NAME        typed if the data set is here
    python              run
    cmake, cpp file=F   written into F
    text                what the block before it printed, whatever the numbers; "..." stands for anything
    (nothing)           not run: commands that would install or need what a test has not
"""

import csv
import math
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import wave

from _program import DATA, PROGRAM, SOURCE, ProgramTest, main

BOOK = SOURCE / "docs/book"
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# The program as a reader has it, but in a hurry.
HURRY = """#!/bin/bash
for word; do
  if [[ $word == train || $word == sweep ]]; then
    if [[ " $* " != *" trainer.max_steps="* ]]; then set -- "$@" trainer.max_steps=12; fi
    exec {program} "$@" threads=1
  fi
done
exec {program} "$@"
"""


def write_rows(path, header, rows, **dialect):
    with open(path, "w", newline="") as file:
        csv.writer(file, **dialect).writerows([header, *rows] if header else rows)


def write_sound(path, words):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        for n, word in enumerate(words.split()):
            tone = (300 + 100 * len(word) + 40 * n) * 2 * math.pi / 8000
            file.writeframes(b"".join(int(9000 * math.sin(tone * t)).to_bytes(2, "little", signed=True)
                                      for t in range(2400)))


def write_what_readers_have(folder):
    """Small files by the names that the book gives to the reader's own."""
    draw = random.Random(1)
    price, rows = 100.0, []
    for day in range(400):
        price *= math.exp(draw.gauss(0, 0.01))
        rows.append([f"{2020 + day // 336}-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}", *[f"{price:.2f}"] * 5, 1000 + day])
    write_rows(folder / "prices.csv", ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"], rows)

    words = {"good": ["fine", "touching", "bright"], "bad": ["dull", "weak", "loud"]}
    write_rows(folder / "reviews.csv", ["review", "stars"], [
        [f"a {draw.choice(words[label])} film with a {draw.choice(words[label])} end", label]
        for label in ["good", "bad"] * 60])

    people, deeds = ["Mann", "Hund", "Junge"], {"schläft": "sleeps", "läuft": "runs", "spielt": "plays"}
    english = dict(zip(people, ["man", "dog", "boy"]))
    write_rows(folder / "deu.txt", None, [
        [f"A {english[who]} {deeds[what]}.", f"Ein {who} {what}.", "CC-BY"]
        for who, what in ((draw.choice(people), draw.choice(list(deeds))) for _ in range(120))], delimiter="\t")
    (folder / "tale.txt").write_text("Once upon a time there was a king who told a tale. " * 400)

    (folder / "photos").mkdir()
    from PIL import Image
    colours = {"red": (200, 20, 20), "blue": (20, 20, 200), "green": (20, 160, 20)}
    captions = []
    for n in range(30):
        name = draw.choice(list(colours))
        Image.new("RGB", (48, 40), colours[name]).save(folder / f"photos/{n}.jpg")
        captions.append([f"{n}.jpg", f"a {name} wall"])
    write_rows(folder / "captions.csv", ["image", "caption"], captions)
    Image.new("RGB", (64, 48), colours["red"]).save(folder / "photo.jpg")
    Image.new("L", (28, 28), 0).save(folder / "digit.png")

    calls = []
    for n in range(24):
        text = " ".join(draw.choice(["one", "three", "seven"]) for _ in range(3))
        write_sound(folder / f"call_{n}.wav", text)
        calls.append([f"call_{n}.wav", text])
    write_rows(folder / "calls.csv", ["path", "text"], calls)
    write_sound(folder / "call.wav", "one three")

    flowers = []
    for n in range(90):
        kind = n % 3
        flowers.append([f"{draw.gauss(4 + kind, 0.2):.2f}", f"{draw.gauss(3 + kind, 0.2):.2f}", "abc"[kind]])
    write_rows(folder / "flowers.csv", ["length", "width", "species"], flowers)
    write_rows(folder / "new.csv", ["length", "width"], [["5.1", "3.5"]])


def without_numbers(line):
    return re.sub(r"\d[\d.e+-]*", "#", " ".join(line.split()))


class Book(ProgramTest):
    def setUp(self):
        super().setUp()
        (self.folder / "small.yaml").unlink()
        write_what_readers_have(self.folder)
        (self.folder / "build").mkdir()
        (self.folder / "build/release").symlink_to(pathlib.Path(PROGRAM).resolve().parents[1])
        for name in ("configs", "docs", "README.md"):
            (self.folder / name).symlink_to(SOURCE / name)
        hurried = self.folder / "hurried"
        hurried.mkdir()
        (hurried / "recur").write_text(HURRY.format(program=PROGRAM))
        (hurried / "recur").chmod(0o755)
        is_devs = pathlib.Path(PROGRAM).resolve() == SOURCE / "build/release/bin/recur"
        (self.folder / "dev").write_text(f'#!/bin/bash\nexec {SOURCE}/dev "$@"\n' if is_devs else "#!/bin/bash\n")
        (self.folder / "dev").chmod(0o755)
        (hurried / "python3").symlink_to(sys.executable)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            "PATH": f"{hurried}:{os.environ['PATH']}", "HOME": str(self.folder / "home"), "RECUR_DATA": str(DATA),
            "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(path for path in sys.path if "packages" in path),
        }
        (self.folder / "home").mkdir()

    def type(self, text, place):
        # The reader's PATH leads to the program and the Python that ./dev made; this one's to the same in a hurry.
        text = re.sub(r'^export PATH=.*$', "true", text, flags=re.MULTILINE)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
        self.assertEqual(done.returncode, 0, f"{place}\n{text}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr

    def chapter(self, name):
        page = (BOOK / name).read_text()
        printed, typed = "", 0
        for fence in FENCE.finditer(page):
            kind, *words = fence[1].split() or [""]
            place = f"{name}:{page[:fence.start()].count(chr(10)) + 1}"
            settings = dict(word.split("=", 1) for word in words)
            if "data" in settings and not (DATA / settings["data"]).is_dir():
                print(f"{place}: skipped, {settings['data']} is not in {DATA}")
            elif kind == "sh":
                printed = self.type(fence[2], place)
                typed += 1
            elif kind == "python":
                (self.folder / "page.py").write_text(fence[2])
                self.type("python3 page.py", place)
                typed += 1
            elif "file" in settings:
                (self.folder / settings["file"]).write_text(fence[2])
            elif kind == "text":
                lines = [without_numbers(line) for line in printed.splitlines()]
                for line in fence[2].splitlines():
                    if line.strip() != "...":
                        self.assertIn(without_numbers(line), lines, f"{place}\n{printed}")
            else:
                self.assertEqual(kind, "", f"{place}: what is to be done with ```{fence[1]}?")
        self.assertGreater(typed, 0, name)

    def test_the_contents_name_every_chapter(self):
        named = re.findall(r"\]\((\d_\w+\.md)\)", (BOOK / "README.md").read_text())
        self.assertEqual(named, sorted(path.name for path in BOOK.glob("[0-9]*.md")))

    def test_links_lead_somewhere(self):
        for page in [SOURCE / "README.md", *(SOURCE / "docs").rglob("*.md")]:
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                self.assertTrue((page.parent / link).exists(), f"{page}: {link}")

    def test_1_install(self):
        before = set(SOURCE.glob("runs/quickstart-*"))  # where ./dev quickstart puts its run
        try:
            self.chapter("1_install.md")
        finally:
            for run in set(SOURCE.glob("runs/quickstart-*")) - before:
                shutil.rmtree(run)

    def test_2_first_run(self):
        self.chapter("2_first_run.md")

    def test_3_your_data(self):
        self.chapter("3_your_data.md")

    def test_4_your_cell(self):
        self.chapter("4_your_cell.md")

    def test_5_exporting(self):
        self.chapter("5_exporting.md")

    def test_6_on_a_gpu(self):
        self.chapter("6_gpu.md")

    def test_7_troubleshooting(self):
        self.chapter("7_troubleshooting.md")


main()
