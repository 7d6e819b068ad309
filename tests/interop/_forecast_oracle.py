"""Prints the numbers that tests/trainers/forecast_*.cpp hold, computed by numpy and scipy.

    python3 tests/interop/_forecast_oracle.py

The C++ tests build the same inputs from the same formulas.
"""
import numpy as np
from scipy import stats


def diebold_mariano(d, h):
    n, centred = len(d), d - d.mean()
    gamma = [centred[k:] @ centred[: n - k] / n for k in range(h)]
    variance = gamma[0] + 2 * sum(gamma[1:])
    if variance <= 0:  # Newey & West's weights
        variance = gamma[0] + 2 * sum((1 - k / h) * gamma[k] for k in range(1, h))
    statistic = d.mean() / np.sqrt(variance / n) * np.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    return statistic, 2 * stats.t.sf(abs(statistic), n - 1)


def metrics(prediction, target, last, h):
    error, move = prediction - target, target - last
    mse, moved = (error**2).mean(), move != 0
    statistic, p = diebold_mariano((error**2 - move**2).mean(1), h)
    return {
        "rmse": mse**0.5,
        "mae": abs(error).mean(),
        "mape": 100 * abs(error / target).mean(),
        "r2": 1 - mse / target.var(),
        "skill": 1 - np.sqrt(mse / (move**2).mean()),
        "directional_accuracy": (np.sign(prediction - last) == np.sign(move))[moved].mean(),
        "dm_statistic": statistic,
        "dm_p_value": p,
    }


def show(name, value):
    print(name, np.asarray(value).tolist() if not isinstance(value, dict) else {k: float(v) for k, v in value.items()})


# Forecasts, as example() in forecast_metrics.cpp.
i, h = np.arange(40)[:, None], np.arange(1, 4)
last = 100 + 10 * np.sin(0.7 * i) + 0.5 * i
target = last + h * np.cos(1.3 * i) + 0.3 * np.sin(2.1 * i * h)
prediction = last + 0.9 * h * np.cos(1.3 * i + 0.9) + 0.2
show("one step", metrics(prediction[:, :1], target[:, :1], last, 1))
show("three steps", metrics(prediction, target, last, 3))
for step in (1, 2, 3):
    show(f"step {step}", metrics(prediction[:, step - 1 : step], target[:, step - 1 : step], last, step))
ratio = np.log(target / prediction)
for level in (0.025, 0.1, 0.9, 0.975):
    show(f"log ratio, quantile {level}", np.quantile(ratio, level, axis=0))

# Diebold-Mariano alone.
k = np.arange(60)
d = np.sin(0.3 * k) + 0.35 + 0.5 * np.cos(2.9 * k * k)
for horizon in (1, 2, 5):
    show(f"dm horizon {horizon}", diebold_mariano(d, horizon))
show("dm, rectangular variance not positive", diebold_mariano(np.array([1, -1, 1, -1, 1, -1, 1, -1, 1, -1.5]), 2))
for x, degrees in [(0, 5), (0.5, 1), (2, 3), (-2.5, 10), (1.96, 251), (8, 30), (0.01, 1e4)]:
    show(f"student t {x} {degrees}", 2 * stats.t.sf(abs(x), degrees))

# Linear autoregression, as windows() in forecast_baselines.cpp.
n, w, f = np.arange(20)[:, None, None], np.arange(3)[None, :, None], np.arange(2)
x = np.sin(0.9 * (n + 2 * w + 5 * f)) + 0.2 * np.cos(0.05 * n**2 * (1 + w + 3 * f))
y = np.stack([np.cos(1.7 * np.arange(20)), np.sin(0.3 * np.arange(20) ** 2)], 1)
for name in ("independent", "dependent"):
    design = np.c_[np.ones(20), x.reshape(20, -1)]
    show(f"linear weight, {name}", np.linalg.lstsq(design, y, rcond=None)[0])
    x[:, :, 1] = 2 * x[:, :, 0]
