"""Run by vision_weights.cpp: `write FOLDER` makes residual networks in Python and saves weights, images and features;
`read FOLDER` loads what C++ has written and compares.

The networks are torchvision's ResNets by their definition (He et al. 2016), names included; torchvision itself is large
and comes for one build of torch only."""

import pathlib
import sys

import safetensors
import safetensors.torch
import torch
from torch import nn


def conv(inner, outer, kernel, stride):
    return nn.Conv2d(inner, outer, kernel, stride, padding=(kernel - 1) // 2, bias=False)


class BasicBlock(nn.Module):
    def __init__(self, inner, outer, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inner, outer, 3, stride), nn.BatchNorm2d(outer)
        self.conv2, self.bn2 = conv(outer, outer, 3, 1), nn.BatchNorm2d(outer)
        self.downsample = None
        if stride != 1 or inner != outer:
            self.downsample = nn.Sequential(conv(inner, outer, 1, stride), nn.BatchNorm2d(outer))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, channels, blocks, small=False):
        super().__init__()
        self.conv1, self.bn1 = conv(3, channels[0], 3 if small else 7, 2), nn.BatchNorm2d(channels[0])
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, stride=2, padding=1)
        self.layers = []
        inner = channels[0]
        for number, (outer, count) in enumerate(zip(channels, blocks), start=1):
            strides = [1 if number == 1 else 2] + [1] * (count - 1)
            layer = nn.Sequential(*(BasicBlock(inner if i == 0 else outer, outer, s) for i, s in enumerate(strides)))
            setattr(self, f"layer{number}", layer)
            self.layers.append(f"layer{number}")
            inner = outer
        self.fc = nn.Linear(inner, 1000)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        for layer in self.layers:
            x = getattr(self, layer)(x)
        return x


def make(network):
    if network == "small":
        return ResNet([8, 16, 24], [1, 2, 1], small=True)
    return ResNet([64, 128, 256, 512], {"resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3]}[network])


def stir(model):
    """Weights as after training: batch norms with statistics and parameters of their own."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.2)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.num_batches_tracked.fill_(17)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model.eval()


def converted(state, dtype):
    return {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in state.items()}


def save(folder, network, form, state, model, **how):
    """NETWORK.FORM.weights, and NETWORK.FORM.expected with images and what `model` makes of them."""
    path = folder / f"{network}.{form}.weights"
    if "safetensors" in form:
        safetensors.torch.save_file({k: v.contiguous() for k, v in state.items()}, path, metadata={"format": "pt"})
    else:
        torch.save(state, path, **how)
    images = torch.randn(2, 3, 64, 80)
    torch.save({"images": images, "features": model(images)}, path.with_suffix(".expected"))


def write(folder):
    for network in ("small", "resnet18", "resnet34"):
        model = stir(make(network))
        state = model.state_dict()
        save(folder, network, "safetensors", state, model)
        if network == "resnet34":
            continue
        save(folder, network, "torch", state, model)
        if network == "resnet18":
            continue
        wrapped = {"state_dict": state, "epoch": 3, "lr": [0.1, None], "best": (True, "a")}
        save(folder, network, "wrapped", wrapped, model)
        save(folder, network, "parameters", dict(model.named_parameters()) | dict(model.named_buffers()), model)
        save(folder, network, "prefixed", {f"module.backbone.{k}": v for k, v in state.items()}, model)
        save(folder, network, "without_fc_and_counts",
             {k: v for k, v in state.items() if not k.startswith("fc.") and not k.endswith("tracked")}, model)
        save(folder, network, "f64", converted(state, torch.float64), model)
        save(folder, network, "protocol4", state, model, pickle_protocol=4)
        save(folder, network, "channels_last", model.to(memory_format=torch.channels_last).state_dict(), model)
        for dtype in (torch.float16, torch.bfloat16):
            rounded = make(network).eval()
            rounded.load_state_dict(converted(state, dtype))
            name = str(dtype).split(".")[1]
            save(folder, network, name, converted(state, dtype), rounded)
            save(folder, network, f"safetensors-{name}", converted(state, dtype), rounded)
    torch.save(make("small"), folder / "module.pt")
    torch.save(make("small").state_dict(), folder / "legacy.pt", _use_new_zipfile_serialization=False)


def read(folder):
    """ours.safetensors: an encoder's state_dict, and "images", "features" of its own; the writer's metadata."""
    tensors = safetensors.torch.load_file(folder / "ours.safetensors")
    images, features = tensors.pop("images"), tensors.pop("features")
    model = make("resnet18").eval()
    del model.fc
    model.load_state_dict(tensors, strict=True)
    difference = (model.double()(images) - features).abs().max().item()
    print(f"largest difference of Python on our weights: {difference:.2g}", flush=True)
    assert difference < 1e-12
    with safetensors.safe_open(folder / "ours.safetensors", framework="pt") as file:
        assert file.metadata() == {"network": "resnet18"}, file.metadata()


torch.manual_seed(3)
with torch.no_grad():
    {"write": write, "read": read}[sys.argv[1]](pathlib.Path(sys.argv[2]))
