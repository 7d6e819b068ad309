"""Run by python_torch.cpp: loads every cell's TorchScript and compares it with what C++ computed, and for the cells
that torch.nn has, carries the state_dict over by name in both directions."""

import pathlib
import sys

import torch

BAR = {"f32": 1e-5, "f64": 1e-12}


def make_peer(cell, layers, both, dtype):
    arguments = dict(input_size=5, hidden_size=6, num_layers=layers, bidirectional=both, batch_first=True, dtype=dtype)
    if cell == "lstm":
        return torch.nn.LSTM(**arguments)
    if cell == "gru":
        return torch.nn.GRU(**arguments)
    if cell in ("rnn", "rnn_relu"):
        return torch.nn.RNN(nonlinearity="relu" if cell == "rnn_relu" else "tanh", **arguments)
    return None


def run_packed(peer, x, lengths):
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    return torch.nn.utils.rnn.pad_packed_sequence(peer(packed)[0], batch_first=True, total_length=x.size(1))[0]


@torch.no_grad()
def main(folder):
    worst = {"TorchScript": {"f32": 0.0, "f64": 0.0}, "torch.nn on our weights": {"f32": 0.0, "f64": 0.0}}

    def note(what, precision, got, expected):
        worst[what][precision] = max(worst[what][precision], (got - expected).abs().max().item())

    cases = sorted(path for path in folder.glob("*.pt") if not path.name.endswith(".data.pt"))
    for path in cases:
        cell, layers, direction, precision = path.stem.split("-")
        module = torch.jit.load(str(path))
        data = torch.load(path.with_suffix(".data.pt"), weights_only=True)
        dtype = torch.float64 if precision == "f64" else torch.float32
        peer = make_peer(cell, int(layers), direction == "both", dtype)
        if peer is not None:
            peer.load_state_dict(dict(module.named_parameters()), strict=True)
        for T in (1, 2, 7, 50, 200):
            x, lengths = data[f"x{T}"], data[f"lengths{T}"]
            note("TorchScript", precision, module(x)[0], data[f"full{T}"])
            note("TorchScript", precision, module(x, lengths)[0], data[f"ragged{T}"])
            if peer is not None:
                note("torch.nn on our weights", precision, peer(x)[0], data[f"full{T}"])
                note("torch.nn on our weights", precision, run_packed(peer, x, lengths), data[f"ragged{T}"])
        if peer is not None:
            theirs = make_peer(cell, int(layers), direction == "both", dtype)
            x = torch.randn(3, 9, 5, dtype=dtype)
            torch.save({**theirs.state_dict(), "x": x, "output": theirs(x)[0]}, folder / f"theirs-{path.stem}.pt")

    failed = False
    for what, by_precision in worst.items():
        for precision, difference in by_precision.items():
            print(f"{what}, {precision}: largest difference {difference:.2g} over {len(cases)} modules", flush=True)
            failed = failed or not difference <= BAR[precision]
    return 1 if failed else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
