"""Reads the event files that tests/trainers/log_tensorboard.cpp wrote, with TensorBoard's own reader.

Usage: _tensorboard_read.py FOLDER.  Exit status 77: the package `tensorboard` is not installed.
"""

import sys

try:
    from tensorboard import plugin_util
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.hparams import metadata as hparams_metadata
    from tensorboard.util import tensor_util
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

    check_histograms(events)
    check_text(events)
    check_hyper_parameters(events)


def check_histograms(events):
    assert sorted(events.Tags()["histograms"]) == ["gradients/bias", "gradients/weight"], "lost has no finite value"
    (event,) = events.Histograms("gradients/weight")
    histogram = event.histogram_value
    assert event.step == 20
    assert (histogram.min, histogram.max, histogram.num) == (-1, 2, 5), histogram
    assert (histogram.sum, histogram.sum_squares) == (1.75, 5.3125), histogram
    assert len(histogram.bucket) == len(histogram.bucket_limit) == 30, histogram
    assert abs(histogram.bucket_limit[-1] - 2) < 1e-9 and sum(histogram.bucket) == 5, histogram
    numbers = [-1, 0, 0.25, 0.5, 2]
    left = histogram.min
    for limit, count in zip(histogram.bucket_limit, histogram.bucket):
        last = limit == histogram.bucket_limit[-1]
        inside = [x for x in numbers if left - 1e-9 <= x and (x < limit - 1e-9 or last)]
        assert count == len(inside), (left, limit, count, inside)
        left = limit
    (event,) = events.Histograms("gradients/bias")
    assert list(event.histogram_value.bucket) == [3] and list(event.histogram_value.bucket_limit) == [0.5], event


def check_text(events):
    metadata = events.SummaryMetadata("config")
    assert metadata.plugin_data.plugin_name == "text", metadata
    assert metadata.data_class == summary_pb2.DATA_CLASS_TENSOR, metadata
    assert "config" in events.PluginTagToContent("text")
    (event,) = events.Tensors("config")
    (text,) = tensor_util.make_ndarray(event.tensor_proto).tolist()
    html = plugin_util.markdown_to_safe_html(text)
    assert "<pre><code>task: stock\n  # *kept* as it is" in html, html


def check_hyper_parameters(events):
    tag = hparams_metadata.SESSION_START_INFO_TAG
    metadata = events.SummaryMetadata(tag)
    assert metadata.plugin_data.plugin_name == hparams_metadata.PLUGIN_NAME, metadata
    assert metadata.data_class == summary_pb2.DATA_CLASS_TENSOR, metadata
    start = hparams_metadata.parse_session_start_info_plugin_data(events.PluginTagToContent("hparams")[tag])
    values = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
    assert values == {
        "task": "stock",
        "trainer.optimizer.learning_rate": 0.001,
        "data.returns": True,
        "data.files": "[a.csv, b.csv]",
        "name": "inf",
    }, values
    assert start.start_time_secs > 1.7e9, start


main(sys.argv[1])
