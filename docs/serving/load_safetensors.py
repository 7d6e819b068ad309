"""A text classifier of recur in plain torch.nn modules: the same numbers, without recur.

    recur train configs/sentiment/quickstart.yaml 'model.pooling=[last]' --run runs/reviews
    recur export runs/reviews --format safetensors
    python docs/serving/load_safetensors.py runs/reviews/model.safetensors "the acting was not dull"
    recur predict runs/reviews "the acting was not dull"

Texts are split at blanks here, which is what data.text.tokenizer makes of plain words, too.
"""
import json
import sys

import torch
from safetensors import safe_open
from torch import nn

path, *texts = sys.argv[1:]
with safe_open(path, "pt") as file:
    weights, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
assert "pooling: [last]" in metadata["config"], "the last state is what is read out below"
pipeline = json.loads(metadata["pipeline"])
ids = {token: id for id, token in enumerate(json.loads(pipeline["text"]["vocabulary"])["tokens"], start=2)}

rows, hidden = weights["recurrent.weight_hh_l0"].shape
layers = sum(name.startswith("recurrent.weight_hh") and not name.endswith("_reverse") for name in weights)
directions = 2 if "recurrent.weight_hh_l0_reverse" in weights else 1
cell = {4: nn.LSTM, 3: nn.GRU, 1: nn.RNN}[rows // hidden]
model = nn.ModuleDict({
    "embedding": nn.Embedding(*weights["embedding.weight"].shape),
    "recurrent": cell(weights["embedding.weight"].shape[1], hidden, layers, bidirectional=directions == 2),
    "readout": nn.Linear(directions * hidden, len(pipeline["labels"])),
})
model.load_state_dict(weights)

for text in texts:
    tokens = torch.tensor([ids.get(token, 1) for token in text.lower().split()])  # 0 is padding, 1 an unknown token
    _, state = model["recurrent"](model["embedding"](tokens))
    h = state[0] if cell is nn.LSTM else state  # [layers * directions, hidden]
    probabilities = model["readout"](h[-directions:].flatten()).softmax(0)
    print(json.dumps({"text": text, "probabilities": dict(zip(pipeline["labels"], probabilities.tolist()))}))
