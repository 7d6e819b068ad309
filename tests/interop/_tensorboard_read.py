"""Reads the event files that tests/trainers/log_tensorboard.cpp wrote, with TensorBoard's own reader.

Usage: _tensorboard_read.py FOLDER.  Exit status 77: the package `tensorboard` is not installed.
"""

import sys

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("skipped: the Python package 'tensorboard' is not installed (pip install tensorboard)")
    sys.exit(77)


def main(folder):
    events = EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    tags = events.Tags()
    assert tags["scalars"] == ["train/loss", "validation/rmse"] or tags["scalars"] == ["train/loss"], tags

    loss = [(event.step, event.value) for event in events.Scalars("train/loss")]
    expected = [(10, 1 / 10), (20, 1 / 20), (30, 1 / 30), (40, 7.0)]  # 40 and 50 of the first file are rolled back
    assert [step for step, _ in loss] == [step for step, _ in expected], loss
    assert all(abs(got - want) < 1e-6 for (_, got), (_, want) in zip(loss, expected)), loss

    (image,) = events.Images("forecast")
    assert (image.step, image.width, image.height) == (30, 1, 1), image
    assert image.encoded_image_string.startswith(b"\x89PNG"), image
    assert events.file_version == 2, events.file_version


main(sys.argv[1])
