"""Every task's run as ONNX and as TorchScript: onnxruntime puts out what torch does, for lengths drawn at random."""

from _program import SOURCE, ProgramTest, main

try:
    import numpy
    import onnx
    import onnxruntime
    import torch
except ImportError as missing:
    print(f"skipped: {missing}")
    raise SystemExit(77)

TOLERANCE = 2e-5
# A few steps each: what is trained does not matter here.  Cells that ONNX has no node for stand among them.
RUNS = {
    "stock": ["model.recurrent.cell=gru"],
    "sentiment": ["model.pooling=[last,mean,max,attention]", "model.recurrent.bidirectional=true"],
    "translation": [],
    "language": ["model.recurrent.cell=lstm_peephole"],
    "captioning": [],
    "speech": [],
    "classification": [],
    "memory": ["model.recurrent.cell=mgu"],
}


class Inputs:
    """Arrays for a model's inputs; the same size where dims have the same name."""

    def __init__(self, generator, words):
        self.generator, self.words, self.sizes = generator, words, {}

    def size(self, dim):
        if isinstance(dim, int):
            return dim
        low, high = (1, 5) if dim == "batch" else (2, 40)
        return self.sizes.setdefault(dim, int(self.generator.integers(low, high)))

    def array(self, given):
        shape = [self.size(dim) for dim in given.shape]
        if given.type == "tensor(float)":
            return self.generator.standard_normal(shape).astype(numpy.float32)
        if "lengths" not in given.name:
            return self.generator.integers(0, self.words, shape)
        longest = self.sizes["source_time" if given.name == "source_lengths" else "time"]
        return self.generator.integers(1, longest + 1, shape)


def torch_arguments(module, arrays):
    """forward's arguments; a list takes all inputs that no argument is named after."""
    named = [argument.name for argument in module.forward.schema.arguments[1:]]
    rest = [torch.from_numpy(value) for name, value in arrays.items() if name not in named]
    arguments = []
    for argument in module.forward.schema.arguments[1:]:
        is_list = str(argument.type) == "List[Tensor]"
        if is_list or argument.name in arrays:
            arguments.append(rest if is_list else torch.from_numpy(arrays[argument.name]))
    return arguments


def flat(outputs):
    if isinstance(outputs, torch.Tensor):
        return [outputs.numpy()]
    return [array for output in outputs for array in flat(output)]


class OnnxRun(ProgramTest):
    def export(self, task, *changes):
        config = SOURCE / "configs" / task / "quickstart.yaml"
        steps = ["trainer.max_steps=10"]
        self.run_program("train", config, *changes, *steps, "--run", task)
        for name in ("onnx", "torchscript"):
            self.run_program("export", task, "--format", name)
        return self.folder / task / "model.onnx", torch.jit.load(str(self.folder / task / "model.pt"))

    def compare(self, task, *changes):
        path, module = self.export(task, *changes)
        onnx.checker.check_model(onnx.load(path), full_check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.assertIn("task: " + task, session.get_modelmeta().custom_metadata_map["config.yaml"])
        tables = [value.size(0) for name, value in module.named_parameters() if name.endswith("embedding.weight")]
        generator = numpy.random.default_rng(1)
        worst = 0.0
        for _ in range(5):
            inputs = Inputs(generator, min(tables, default=1))
            arrays = {given.name: inputs.array(given) for given in session.get_inputs()}
            with torch.no_grad():
                expected = flat(module(*torch_arguments(module, arrays)))
            for ours, theirs in zip(expected, session.run(None, arrays), strict=True):
                self.assertEqual((ours.shape, ours.dtype), (theirs.shape, theirs.dtype))
                worst = max(worst, float((abs(ours - theirs) / numpy.maximum(1, abs(ours))).max()))
        print(f"{task}: {len(session.get_inputs())} inputs, largest difference {worst:.2g}")
        self.assertLess(worst, TOLERANCE)


def add_test(task, changes):
    setattr(OnnxRun, f"test_{task}", lambda self: self.compare(task, *changes))


for task_name, its_changes in RUNS.items():
    add_test(task_name, its_changes)

if __name__ == "__main__":
    main()
