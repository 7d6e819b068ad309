"""Doxygen reads every public header, and README.md, without a warning (docs/Doxyfile)."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "models", "datasets", "trainers")


def public_headers():
    found = {path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.h")}
    return {path for path in found if not path.endswith("-inl.h")}


def main():
    if not shutil.which("doxygen"):
        print("skipped: doxygen is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        # The later of two settings of one name holds.  With QUIET it does not say what it reads.
        settings = (ROOT / "docs/Doxyfile").read_text() + f'\nOUTPUT_DIRECTORY = "{folder}"\nQUIET = NO\n'
        run = subprocess.run(["doxygen", "-"], input=settings, capture_output=True, text=True, cwd=ROOT)
        pages = len(list(Path(folder).glob("html/*.html")))
    # Under WARN_AS_ERROR it calls its warnings errors.
    if run.returncode or re.search(r"\b(warning|error): ", run.stderr):
        sys.exit(f"doxygen ended with status {run.returncode}:\n{run.stderr}")
    read = set(re.findall(r"^(?:Parsing file|Reading) (.*?)\.\.\.", run.stdout, re.MULTILINE))
    read = {Path(path).relative_to(ROOT).as_posix() for path in read}
    if missing := (public_headers() | {"README.md"}) - read:
        sys.exit(f"doxygen did not read {', '.join(sorted(missing))}")
    print(f"{len(read)} files were read without a warning, {pages} pages written")


if __name__ == "__main__":
    main()
