"""A run's ONNX file by onnxruntime, which needs neither torch nor recur.  The stock task's network: scaled windows in.

    recur export runs/first --format onnx --output model.onnx
    python docs/serving/load_onnx.py model.onnx
"""
import sys

import numpy
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
for value in (*session.get_inputs(), *session.get_outputs()):
    print(value.name, value.type, value.shape)  # letters are dimensions that may be anything

batch, steps = 3, 20
feeds = {}
for value in session.get_inputs():
    if value.type == "tensor(int64)":
        feeds[value.name] = numpy.array([20, 12, 5])  # ragged: how long each sequence of the batch is
    else:
        feeds[value.name] = numpy.zeros((batch, steps, value.shape[2]), numpy.float32)
print(session.run(None, feeds)[0])
