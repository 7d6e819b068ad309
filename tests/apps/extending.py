"""Cells from plug-ins, and skeletons to begin with.  (tests/apps/book.py builds them and trains with one.)"""

import shutil
import subprocess

from _program import SOURCE, ProgramTest, main

EXAMPLES = SOURCE / "examples"


class PlugIns(ProgramTest):
    def refused(self, file, *parts):
        out, err = self.run_program("--plugin", file, "list", "cells", code=2)
        self.assertEqual(out, "")
        self.assertEqual(len(err.splitlines()), 1, err)
        for part in (str(file), *parts):
            self.assertIn(part, err)

    def library(self, name, text):
        compiler = shutil.which("cc") or shutil.which("gcc")
        if not compiler:
            self.skipTest("no C compiler")
        (self.folder / f"{name}.c").write_text(text)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", f"{name}.so", f"{name}.c"], cwd=self.folder, check=True)
        return f"{name}.so"

    def test_a_file_that_is_no_library(self):
        self.refused("absent.so", "no such file")
        (self.folder / "text.so").write_text("words")
        self.refused("text.so", "no library that can be loaded")
        self.refused(".", "no library that can be loaded")

    def test_a_library_that_is_no_plug_in(self):
        self.refused(self.library("other", "int answer(void) { return 42; }"), "no plug-in of recur", "recur_plugin_abi")

    def test_a_library_that_lacks_something(self):
        file = self.library("lacking", "void absent(void); void f(void) { absent(); } void (*keep)(void) = absent;")
        self.refused(file, "no library that can be loaded", "absent")

    def test_a_plug_in_of_another_version_is_not_entered(self):
        file = self.library(
            "old",
            """
            #include <stdlib.h>
            const char* recur_plugin_abi(void) { return "recur 0.0.1 with LibTorch 1.13.0"; }
            void recur_plugin_register(const void* host) { abort(); }
            """,
        )
        self.refused(file, "built for recur 0.0.1 with LibTorch 1.13.0, and this is recur 0.", "build it again")

    def test_the_verb_behind_the_option_is_still_checked(self):
        _, err = self.run_program("--plugin", "absent.so", "trian", code=2)
        self.assertIn('did you mean "train"?', err)

    def test_an_unknown_cell_may_be_a_plug_ins(self):
        _, err = self.train("model.recurrent.cell=leaky_unit", code=2)
        self.assertIn("recur --plugin FILE", err)


class New(ProgramTest):
    def files(self, folder):
        return {
            path.relative_to(folder).as_posix(): path.read_text()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "build" not in path.relative_to(folder).parts
        }

    def test_the_examples_are_what_it_writes(self):
        for kind in ("cell", "model", "dataset"):
            out, _ = self.run_program("new", kind, f"my_{kind}")
            self.assertIn(f"my_{kind}.h", out)
            self.assertEqual(self.files(self.folder / f"my_{kind}"), self.files(EXAMPLES / f"my_{kind}"))

    def test_the_name_stands_wherever_the_examples_did(self):
        for kind in ("cell", "model", "dataset"):
            self.run_program("new", kind, "slow_unit", "--output", f"in/{kind}")
            files = self.files(self.folder / "in" / kind)
            self.assertIn("slow_unit.h", files)
            text = "\n".join([*files, *files.values()])
            for trace in (f"my_{kind}", f"My{kind.capitalize()}", f"My {kind}"):
                self.assertNotIn(trace, text)
            self.assertIn("SlowUnit", text)

    def test_nothing_is_written_over(self):
        self.run_program("new", "cell", "slow_unit")
        header = self.folder / "slow_unit/slow_unit.h"
        header.write_text("mine")
        _, err = self.run_program("new", "cell", "slow_unit", code=2)
        self.assertIn("slow_unit exists and is left as it is", err)
        self.assertEqual(header.read_text(), "mine")

    def test_names(self):
        for name in ("SlowUnit", "slow-unit", "1st", "../slow", "_slow"):
            _, err = self.run_program("new", "cell", name, code=2)
            self.assertIn("is no name", err)
        _, err = self.run_program("new", "cell", "lstm", code=2)
        self.assertIn("there is a cell lstm already", err)
        _, err = self.run_program("new", "model", "test", code=2)
        self.assertIn("cannot be the name", err)
        self.run_program("new", "layer", "slow_unit", code=2)


main()
