"""What the program says of itself: help with a working example, lists, descriptions, docs/options.md."""

import re
import subprocess

from _program import DATA, SOURCE, ProgramTest, main


class Words(ProgramTest):
    def verbs(self):
        out, _ = self.run_program("--help")
        return re.findall(r"^  (\w+) {2,}", out.split("Subcommands:")[1], re.MULTILINE)

    def test_every_verb_has_help_with_an_example(self):
        verbs = self.verbs()
        self.assertEqual(set(verbs), {
            "train", "sweep", "evaluate", "predict", "export", "inspect", "report", "compare", "import",
            "config", "list", "describe", "data", "new", "doctor", "completion", "man",
        })
        for verb in verbs:
            out, _ = self.run_program(verb, "--help")
            self.assertIn(f"Example:\n  recur {verb}", out)

    def test_the_version_names_libtorch(self):
        self.assertRegex(self.run_program("--version")[0], r"^recur \d+\.\d+\.\d+ \(LibTorch \d+\.\d+\.\d+, (CPU|CUDA \d+\.\d+)\)\n$")

    def test_the_manual_page_has_every_verb(self):
        page, _ = self.run_program("man")
        for verb in self.verbs():
            self.assertIn(f'.SS "recur {verb}', page)
        self.assertIn("\\-\\-optimize", page)

    def test_bash_completes_verbs_options_and_names(self):
        (self.folder / "recur.bash").write_text(self.run_program("completion", "bash")[0])
        for line, word, expected in [
            ("recur tr", "tr", "train"),
            ("recur export --opt", "--opt", "--optimize"),
            ("recur export --format on", "on", "onnx"),
            ("recur describe lstm_p", "lstm_p", "lstm_peephole"),
        ]:
            words = line.split()
            script = f"""source recur.bash; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _recur; echo "${{COMPREPLY[@]}}" """
            out = subprocess.run(["bash", "-c", script], cwd=self.folder, capture_output=True, text=True, check=True)
            self.assertIn(expected, out.stdout.split(), line)

    def test_config_prints_what_reads_back_to_itself(self):
        out, _ = self.run_program("config", "small.yaml", "trainer.epochs=7", "~name")
        self.assertIn("epochs: 7", out)
        (self.folder / "whole.yaml").write_text(out)
        self.assertEqual(self.run_program("config", "whole.yaml")[0], out)

    def test_every_shipped_config_is_valid(self):
        configs = sorted((SOURCE / "configs").rglob("*.yaml"))
        self.assertTrue(configs)
        for config in configs:
            self.run_program("config", config)

    def test_every_listed_thing_is_described(self):
        for what in ("tasks", "cells", "data"):
            lines = self.run_program("list", what)[0].splitlines()[1:]
            for name in (line.split()[0] for line in lines if line.strip()):
                self.assertIn(name, self.run_program("describe", name)[0])
        _, err = self.run_program("describe", "lsmt", code=2)
        self.assertIn('did you mean "lstm"?', err)

    def test_options_document_is_up_to_date(self):
        out, _ = self.run_program("describe", "options")
        self.assertEqual((SOURCE / "docs/options.md").read_text(), out,
                         "write it anew: ./dev recur describe options > docs/options.md")

    def test_data_sets_are_listed_verified_and_refused(self):
        out, _ = self.run_program("data", "list")
        self.assertIn("tinyshakespeare", out)
        if (DATA / "tinyshakespeare").is_dir():
            self.assertIn("ok", self.run_program("data", "verify", "tinyshakespeare")[0])
        _, err = self.run_program("data", "fetch", "stocks-yahoo", code=3)  # vendors' data: only how to get it
        self.assertIn("Yahoo", err)
        _, err = self.run_program("data", "verify", "tinyshakespear", code=3)
        self.assertIn("tinyshakespeare", err)

    def test_the_dockerfile_runs_the_readmes_two_commands(self):
        readme = (SOURCE / "README.md").read_text().split("## Two commands")[1]
        commands = re.findall(r"^(\./dev \w+)", readme, re.MULTILINE)
        self.assertEqual(len(commands), 2)
        self.assertEqual(re.findall(r"^RUN (\./dev .*)$", (SOURCE / "Dockerfile").read_text(), re.MULTILINE), commands)

    def test_doctor(self):
        out, _ = self.run_program("doctor")
        for word in ("LibTorch", "threads", "SIMD", "CUDA", "data folder"):
            self.assertIn(word, out)


main()
