"""A sentiment run's TorchScript file in Python, which needs torch and nothing of recur.

    recur export runs/reviews --output model.pt
    python docs/serving/load_torchscript.py model.pt "a touching film" "never dull"
"""
import sys

import torch

path, *texts = sys.argv[1:]
model = torch.jit.load(path, map_location="cuda" if torch.cuda.is_available() else "cpu")
with torch.inference_mode():
    probabilities = model.predict(texts)  # [texts, labels]: raw texts in, the pipeline is inside
for text, row in zip(texts, probabilities.tolist()):
    print(text, dict(zip(model.labels, row)))
