"""Run by audio_features.cpp, twice.

    _audio_oracle.py write FOLDER    writes sounds/* and kinds/*.json: sound files, and options of features
    _audio_oracle.py check FOLDER    compares what the program made of them with soundfile, soxr, librosa and numpy
"""

import json
import math
import os
import pathlib
import shutil
import sys
from types import SimpleNamespace

import numpy as np

DEFAULTS = {"features": "log_mel", "sample_rate": 8000, "window_ms": 25, "hop_ms": 10, "mels": 40, "coefficients": 13,
            "deltas": 0, "low_hz": 20, "high_hz": None, "preemphasis": 0, "normalization": "global",
            "prior_frames": 100}
KINDS = {
    "plain": {},
    "deltas": {"deltas": 2, "normalization": "utterance", "preemphasis": 0.97},
    "mfcc": {"features": "mfcc", "deltas": 2, "normalization": "none"},
    "wide": {"features": "mfcc", "sample_rate": 16000, "mels": 80, "coefficients": 20, "normalization": "running",
             "prior_frames": 50},
    "odd": {"sample_rate": 11025, "window_ms": 23.3, "hop_ms": 31.7, "mels": 23, "low_hz": 0, "high_hz": 5000,
            "deltas": 1},
}
REAL = ("0_jackson_0", "7_george_3", "9_theo_49", "5_lucas_20")
worst = {}


# ---------------------------------------------------------------- sounds

def sweep(seconds, rate, loudness=0.7):
    t = np.arange(int(seconds * rate)) / rate
    return loudness * np.sin(2 * np.pi * (50 * t + (rate * 0.2 / seconds) * t ** 2))


def write(folder):
    import soundfile

    draw = np.random.default_rng(7)
    put = lambda name, samples, rate, **more: soundfile.write(folder / "sounds" / name, samples, rate, **more)
    put("sweep.wav", sweep(1, 8000), 8000)
    put("stereo.flac", np.stack([sweep(0.7, 16000), draw.normal(0, 0.1, 11200)], 1), 16000, subtype="PCM_24")
    put("vorbis.ogg", sweep(0.9, 8000) + draw.normal(0, 0.01, 7200), 8000)
    put("sphere.sph", draw.normal(0, 0.2, 9000), 16000, format="NIST", subtype="PCM_16")
    put("cd.wav", np.stack([sweep(0.5, 44100)] * 3, 1), 44100, subtype="FLOAT")
    put("bytes.wav", sweep(0.4, 8000), 8000, subtype="PCM_U8")
    put("short.wav", draw.normal(0, 0.1, 90), 8000)
    put("pause.wav", np.concatenate([np.zeros(3000), sweep(0.3, 8000), np.zeros(3000)]), 8000)
    data = pathlib.Path(os.environ.get("RECUR_DATA") or pathlib.Path(__file__).parents[2] / "../shared/data")
    for name in REAL:
        path = data / "fsdd" / "recordings" / f"{name}.wav"
        if path.exists():
            shutil.copy(path, folder / "sounds" / path.name)
    for name, options in KINDS.items():
        (folder / "kinds" / f"{name}.json").write_text(json.dumps(options))


# ---------------------------------------------------------------- by numpy and librosa

def rounded(x):
    return math.floor(x + 0.5)


def reference_frames(samples, o):
    import librosa

    window, hop = rounded(o.window_ms / 1000 * o.sample_rate), rounded(o.hop_ms / 1000 * o.sample_rate)
    fft = 1 << (window - 1).bit_length()
    y = samples.astype(np.float64)
    if o.preemphasis:
        y = librosa.effects.preemphasis(y, coef=o.preemphasis, zi=[0])
    y = np.pad(y, (0, max(0, window - len(y))))
    left = (fft - window) // 2
    mel = librosa.feature.melspectrogram(
        y=np.pad(y, (left, fft - window - left)), sr=o.sample_rate, n_fft=fft, win_length=window, hop_length=hop,
        center=False, power=2.0, n_mels=o.mels, fmin=o.low_hz, fmax=o.high_hz)
    frames = np.log(np.maximum(mel, 1e-10))
    if o.features == "mfcc":
        frames = librosa.feature.mfcc(S=frames, n_mfcc=o.coefficients)
    columns = [frames.T]
    for _ in range(o.deltas):
        padded = np.pad(columns[-1], ((2, 2), (0, 0)), mode="edge")
        columns.append(sum(k * padded[2 + k:len(padded) - 2 + k] for k in (-2, -1, 1, 2)) / 10)
    return np.concatenate(columns, 1)


def reference_normalised(frames, o, statistics):
    if o.normalization == "none":
        return frames
    if o.normalization == "utterance":
        return (frames - frames.mean(0)) / np.maximum(frames.std(0), 1e-3)
    mean, std = np.array(statistics["mean"]), np.array(statistics["std"])
    return running(frames, o, mean, std) if o.normalization == "running" else (frames - mean) / std


def running(frames, o, mean, std):
    rows, weight = [], o.prior_frames
    for t in range(len(frames)):
        heard, n = frames[:t + 1], weight + t + 1
        m = (weight * mean + heard.sum(0)) / n
        v = (weight * (std ** 2 + (mean - m) ** 2) + ((heard - m) ** 2).sum(0)) / n
        rows.append((frames[t] - m) / np.maximum(np.sqrt(v), 1e-3))
    return np.array(rows)


def reference_sinc(samples, old, new):
    """Every 97th sample by torchaudio.functional.resample's definition, which takes long so."""
    divisor = math.gcd(old, new)
    old, new = old // divisor, new // divisor
    base, zeros, beta = min(old, new) * 0.9475937167399596, 64, 14.769656459379492
    n, result = np.arange(len(samples)), []
    for k in range(0, rounded(len(samples) * new / old), 97):
        t = (n / old - k / new) * base
        inside = np.abs(t) < zeros
        t = t[inside]
        window = np.i0(beta * np.sqrt(1 - (t / zeros) ** 2)) / np.i0(beta)
        result.append((samples[inside] * np.sinc(t) * window).sum() * base / old)
    return np.array(result)


# ---------------------------------------------------------------- comparisons

def compare(what, case, got, expected, tolerance):
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    same_shape = got.shape == expected.shape
    difference = float(np.abs(got - expected).max()) if same_shape else math.inf
    worst[what] = max(worst.get(what, 0), difference)
    if difference <= tolerance:
        return 0
    print(f"{what}, {case}: differs by {difference:.3g}, at most {tolerance:g} is expected; shapes {got.shape} and "
          f"{expected.shape}")
    return 1


def check_kind(folder, kind, sounds):
    import soxr
    import torch

    o = SimpleNamespace(**{**DEFAULTS, **KINDS[kind]})
    data = torch.load(folder / f"{kind}.data.pt", weights_only=True)
    module, wrong = torch.jit.load(folder / f"{kind}.pt"), 0
    statistics = json.loads((folder / f"{kind}.statistics.json").read_text())
    every = np.concatenate([data[f"{name}.frames"].numpy().astype(np.float64) for name in sounds])
    wrong += compare("mean", kind, statistics["mean"], every.mean(0), 1e-6)
    wrong += compare("deviation", kind, statistics["std"], np.maximum(every.std(0), 1e-3), 1e-6)
    for name, (samples, rate) in sounds.items():
        case = f"{kind}, {name}"
        resampled = data[f"{name}.resampled"].numpy()
        by_soxr = samples if rate == o.sample_rate else soxr.resample(samples, rate, o.sample_rate, quality="HQ")
        wrong += compare("resampled", case, resampled, by_soxr, 1e-4)
        frames = reference_frames(resampled, o)
        wrong += compare("frames", case, data[f"{name}.frames"], frames, 1e-4)
        wrong += compare("running", case, data[f"{name}.running"],
                         running(frames, o, np.array(statistics["mean"]), np.array(statistics["std"])), 1e-3)
        exported = module(torch.from_numpy(samples), rate)
        if rate == o.sample_rate:
            wrong += compare("TorchScript", case, exported, reference_normalised(frames, o, statistics), 1e-3)
        else:
            sinc = module.resampled(torch.from_numpy(samples).double(), rate)
            by_definition = reference_sinc(samples, rate, o.sample_rate)
            wrong += compare("TorchScript's resampling", case, sinc[::97], by_definition, 1e-6)
            by_sinc = reference_normalised(reference_frames(sinc.numpy(), o), o, statistics)
            wrong += compare("TorchScript, resampled", case, exported, by_sinc, 1e-3)
    return wrong


def check(folder):
    import soundfile
    import torch

    read, sounds, wrong = torch.load(folder / "samples.pt", weights_only=True), {}, 0
    for path in sorted((folder / "sounds").iterdir()):
        channels, rate = soundfile.read(path, dtype="float32", always_2d=True)
        sounds[path.name] = (channels.mean(1), rate)
        wrong += compare("samples", path.name, read[path.name], channels.mean(1), 1e-6)
    wrong += sum(check_kind(folder, kind, sounds) for kind in KINDS)
    print(f"{len(sounds)} sounds, {len(KINDS)} kinds of features; largest differences:",
          ", ".join(f"{what} {difference:.2g}" for what, difference in worst.items()))
    return 1 if wrong else 0


if __name__ == "__main__":
    step, where = sys.argv[1], pathlib.Path(sys.argv[2])
    sys.exit(write(where) if step == "write" else check(where))
