"""Prints tests/trainers/torch_reference.h: what Python's torch.optim and lr_scheduler compute, to hold ours against.

    python tests/interop/_torch_optim_reference.py > tests/trainers/torch_reference.h
"""

import torch

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, dict(lr=0.05)),
    "sgd_momentum": (torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
    "sgd_nesterov_decay": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.1)),
    "adam": (torch.optim.Adam, dict(lr=0.03, betas=(0.8, 0.95), eps=1e-6)),
    "adam_decay": (torch.optim.Adam, dict(lr=0.03, weight_decay=0.1)),
    "adamw_decay": (torch.optim.AdamW, dict(lr=0.03, weight_decay=0.1)),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.02, alpha=0.9)),
    "rmsprop_momentum_decay": (torch.optim.RMSprop, dict(lr=0.02, momentum=0.5, weight_decay=0.1)),
    "adagrad_decay": (torch.optim.Adagrad, dict(lr=0.3, eps=1e-8, weight_decay=0.1)),
}
STEPS, EPOCH_STEPS, TOTAL = 20, 4, 24


def numbers(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def trajectory(rule, options):
    """Weights and bias of y = W x + b after 20 steps on a fixed least-squares problem; no decay on the bias."""
    weight = torch.linspace(-0.5, 0.5, 6, dtype=torch.double).reshape(2, 3).requires_grad_()
    bias = torch.tensor([0.1, -0.2], dtype=torch.double, requires_grad=True)
    x = torch.sin(torch.arange(15, dtype=torch.double)).reshape(5, 3)
    y = torch.cos(torch.arange(10, dtype=torch.double)).reshape(5, 2)
    optimizer = rule([{"params": [weight]}, {"params": [bias], "weight_decay": 0.0}], **options)
    for _ in range(STEPS):
        optimizer.zero_grad()
        ((x @ weight.t() + bias - y) ** 2).mean().backward()
        optimizer.step()
    return torch.cat([weight.flatten(), bias]).tolist()


def factors(make, step_of):
    """The learning rate, which starts from 1, at each of TOTAL steps."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    out = []
    for step in range(TOTAL):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step_of(step):
            scheduler.step()
    return out


def plateau(values, mode):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode=mode, factor=0.5, patience=1, threshold=0.01, min_lr=0.1, eps=0.0)
    out = []
    for value in values:
        scheduler.step(value)
        out.append(optimizer.param_groups[0]["lr"])
    return out


def warmup_cosine(optimizer):
    s = torch.optim.lr_scheduler
    return s.SequentialLR(optimizer, [
        s.LinearLR(optimizer, start_factor=1 / 5, end_factor=1.0, total_iters=4),
        s.CosineAnnealingLR(optimizer, T_max=TOTAL - 5, eta_min=0.1)], milestones=[5])


every_step = lambda step: True
every_epoch = lambda step: step % EPOCH_STEPS == EPOCH_STEPS - 1
s = torch.optim.lr_scheduler
SCHEDULES = {
    "step": factors(lambda o: s.StepLR(o, step_size=2, gamma=0.3), every_epoch),
    "cosine": factors(lambda o: s.CosineAnnealingLR(o, T_max=TOTAL, eta_min=0.1), every_step),
    "one_cycle": factors(lambda o: s.OneCycleLR(o, max_lr=1.0, total_steps=TOTAL, pct_start=0.3, div_factor=25.0,
                                                final_div_factor=1e4, cycle_momentum=False), every_step),
    "warmup_cosine": factors(warmup_cosine, every_step),
}
FALLING = [1.0, 0.9, 0.895, 0.893, 0.95, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9, 0.9, 0.9, 0.9]

print(f"""// Made by tests/interop/_torch_optim_reference.py with Python's torch {torch.__version__.split("+")[0]}; not to be edited.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace recur::reference {{

using Numbers = std::vector<double>;

inline const std::map<std::string, Numbers> kTrajectories{{""")
for name, (rule, options) in OPTIMIZERS.items():
    print(f'    {{"{name}", {numbers(trajectory(rule, options))}}},')
print("};\ninline const std::map<std::string, Numbers> kSchedules{")
for name, values in SCHEDULES.items():
    print(f'    {{"{name}", {numbers(values)}}},')
print("};\ninline const Numbers kPlateauValues" + numbers(FALLING) + ";")
print("inline const Numbers kPlateauMin" + numbers(plateau(FALLING, "min")) + ";")
print("inline const Numbers kPlateauMax" + numbers(plateau([1 - v for v in FALLING], "max")) + ";")
print("}  // namespace recur::reference")
