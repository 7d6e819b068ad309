"""Rooms include each other one way only, and no header includes all of LibTorch.

    core <- {models, datasets} <- trainers <- apps
    inside models: {cells <- engine <- sequence, vision, search} <- heads <- catalog; onnx sees TorchScript only

`#include "room/..."` lines are read as text.  First the checker must find what is wrong with a small tree made for that.
"""

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What the files of a room may include, beside their own room.
MAY_INCLUDE = {
    "core": set(),
    "models": {"core"},
    "datasets": {"core"},
    "trainers": {"core", "models", "datasets"},
    "apps": {"core", "models", "datasets", "trainers"},
}
# The same for the folders of models.  A file that lies in models/ itself is called "catalog".
MODELS_MAY_INCLUDE = {
    "cells": set(),
    "engine": {"cells"},
    "sequence": {"cells", "engine"},
    "vision": set(),
    "search": set(),
    "onnx": set(),
    "heads": {"cells", "engine", "sequence", "vision", "search", "onnx"},
    "catalog": {"cells", "engine", "sequence", "vision", "search", "onnx", "heads"},
}
# Parsing these costs up to 27 s a file (docs/decisions/0001-dependencies.md).
WHOLE_TORCH = {"torch/torch.h", "torch/extension.h", "torch/all.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def folder_of_models(path):
    name = path.split("/")[1]
    return name if name in MODELS_MAY_INCLUDE else "catalog"


def refusal(name, other, allowed, prefix=""):
    """Why files of `name` must not include those of `other`; None if they may."""
    if name == other or other in allowed[name]:
        return None
    names = ", ".join(sorted(allowed[name])) or "none of the others"
    return f"{prefix}{name} must not include {prefix}{other} (it may include {names})"


def complaint(path, target):
    """Why the file `path` must not include "target"; None if it may."""
    room, other = path.split("/")[0], target.split("/")[0]
    if other not in MAY_INCLUDE:
        return None
    if room == other == "models":
        return refusal(folder_of_models(path), folder_of_models(target), MODELS_MAY_INCLUDE, "models/")
    return refusal(room, other, MAY_INCLUDE)


def violations(root):
    found = []
    for room in MAY_INCLUDE:
        for file in sorted((root / room).rglob("*")):
            if file.suffix not in {".h", ".cpp", ".cu", ".cuh"}:
                continue
            path = file.relative_to(root).as_posix()
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                include = INCLUDE.match(line)
                if not include:
                    continue
                quote, target = include.groups()
                message = complaint(path, target) if quote == '"' else None
                if target in WHOLE_TORCH and file.suffix in {".h", ".cuh"}:
                    message = f"a header must not include {target}: every file that includes it would parse all of LibTorch"
                if message:
                    found.append(f"{path}:{number}: {message}")
    return found


def check_the_checker():
    """Each line of this tree marked BAD is found, and no other."""
    tree = {
        "core/error.h": "#include <string>\n",
        "core/loop.cpp": '#include "models/cells/lstm.h"  // BAD\n',
        "models/cells/lstm.h": '#include "core/error.h"\n#include <torch/types.h>\n#include "models/engine/step.h"  // BAD\n',
        "models/cells/rnn.h": '#include "models/cells/lstm.h"\n  #  include <torch/torch.h>  // BAD\n',
        "models/engine/step.h": '#include "models/cells/lstm.h"\n#include "models/heads/forecaster.h"  // BAD\n',
        "models/sequence/layer.h": '#include "models/engine/step.h"\n#include "models/catalog.h"  // BAD\n',
        "models/vision/resnet.h": '#include "core/error.h"\n#include "models/cells/lstm.h"  // BAD\n',
        "models/search/beam.h": '#include "models/vision/resnet.h"  // BAD\n',
        "models/heads/captioner.h": '#include "models/vision/resnet.h"\n#include "models/search/beam.h"\n',
        "models/heads/forecaster.h": '#include "models/sequence/layer.h"\n#include "datasets/batch.h"  // BAD\n',
        "models/catalog.h": '#include "models/heads/forecaster.h"\n',
        "datasets/batch.h": '#include "core/error.h"\n#include "trainers/fit.h"  // BAD\n',
        "trainers/fit.h": '#include "models/catalog.h"\n#include "datasets/batch.h"\n#include "apps/main.h"  // BAD\n',
        "trainers/fit.cpp": "#include <torch/torch.h>\n",
        "apps/main.cpp": '#include "trainers/fit.h"\n#include "core/error.h"\n',
    }
    with tempfile.TemporaryDirectory() as folder:
        expected = []
        for path, text in tree.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            expected += [f"{path}:{number}" for number, line in enumerate(text.splitlines(), 1) if "BAD" in line]
        found = [violation.split(": ")[0] for violation in violations(Path(folder))]
    if sorted(found) != sorted(expected):
        sys.exit(f"the checker is wrong: it found {sorted(found)}, and should find {sorted(expected)}")


if __name__ == "__main__":
    check_the_checker()
    found = violations(ROOT)
    print("\n".join(found) or "every #include points the right way")
    sys.exit(1 if found else 0)
