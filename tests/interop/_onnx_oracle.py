"""Runs every model in a folder by onnxruntime and compares what comes out with what ours put out.

NAME.onnx is the model; NAME.K.safetensors holds, for its K-th run, the inputs by their names and our outputs as
"expected.NAME".  Ends with the largest difference, relative where a value is above 1.
"""

import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file

TOLERANCE = 1e-5


def difference(ours, theirs, name):
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        sys.exit(f"{name}: {theirs.dtype} {theirs.shape}, expected {ours.dtype} {ours.shape}")
    a, b = ours.astype(numpy.float64), theirs.astype(numpy.float64)
    if not numpy.array_equal(numpy.isfinite(a), numpy.isfinite(b)):
        sys.exit(f"{name}: finite on one side only")
    a, b = a[numpy.isfinite(a)], b[numpy.isfinite(b)]
    return float((abs(a - b) / numpy.maximum(1, abs(a))).max(initial=0))


def check_dims(session, run, name):
    """Fixed sizes are as the model says, and those with one name are one size."""
    named = {}
    for given in session.get_inputs():
        for size, said in zip(run[given.name].shape, given.shape, strict=True):
            if isinstance(said, int):
                assert size == said, f"{name}: {given.name} has {size}, the model says {said}"
            else:
                assert named.setdefault(said, size) == size, f"{name}: two sizes for {said}"


def main(folder):
    worst, runs, models = 0.0, 0, sorted(Path(folder).glob("*.onnx"))
    for path in models:
        onnx.checker.check_model(onnx.load(path), full_check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        for run_path in sorted(path.parent.glob(path.stem + ".*.safetensors")):
            run = load_file(run_path)
            check_dims(session, run, path.stem)
            got = session.run(names, {given.name: run[given.name] for given in session.get_inputs()})
            for name, value in zip(names, got):
                apart = difference(run["expected." + name], value, f"{run_path.name} {name}")
                if apart > TOLERANCE:
                    sys.exit(f"{run_path.name}: {name} differs by {apart:.3g}")
                worst = max(worst, apart)
            runs += 1
    if not models or runs < len(models):
        sys.exit(f"{len(models)} models, {runs} runs: nothing to compare")
    print(f"{len(models)} models, {runs} runs by onnxruntime {onnxruntime.__version__}: largest difference {worst:.2g}")


if __name__ == "__main__":
    main(sys.argv[1])
