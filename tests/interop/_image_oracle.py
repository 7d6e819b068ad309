"""Run by image_files.cpp, twice.

    _image_oracle.py write FOLDER    writes good/ and bad/: image files of every kind; and real/: some that are there
    _image_oracle.py check FOLDER    compares what the program made of them with Pillow, and the exported transform
"""

import colorsys
import io
import json
import os
import pathlib
import sys
import warnings

import numpy
import torch
from PIL import Image, ImageEnhance, ImageOps

from _image_files import bad_files, good_files, photo

warnings.simplefilter("ignore", UserWarning)  # Pillow's, about the EXIF data that are broken on purpose

# The same decoder in another version may round otherwise where it upsamples colours; Debian's and Pillow's do not.
JPEG_BAR, RESIZE_BAR, COLOR_BAR = 0, 1, 2e-6
SIZES = [(300, 400), (400, 300), (64, 64), (100, 37), (37, 100), (1, 5), (65, 64), (2000, 30), (57, 640)]


def real_files():
    data = pathlib.Path(os.environ.get("RECUR_DATA") or pathlib.Path(__file__).parents[2] / "../shared/data")
    return sorted(data.glob("flickr8k/**/*.jpg"))[::20]


def write(folder):
    for kind, files in (("good", good_files()), ("bad", {k: v[0] for k, v in bad_files().items()}),
                        ("real", {path.name: path.read_bytes() for path in real_files()})):
        (folder / kind).mkdir()
        for name, data in files.items():
            (folder / kind / name).write_bytes(data)
    torch.save([torch.from_numpy(photo(h, w, seed=h)) for h, w in SIZES], folder / "photos.pt")


# ---------------------------------------------------------------- decoding

def by_pillow(path):
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip
        return numpy.repeat((numpy.asarray(image) >> 8).astype(numpy.uint8)[..., None], 3, -1)
    return numpy.asarray(image.convert("RGB"))


def check_decoded(folder):
    wrong = []
    for kind in ("good", "real"):
        decoded = torch.load(folder / f"{kind}.pt", weights_only=True)
        paths = sorted((folder / kind).iterdir())
        for path in paths:
            expected, got = by_pillow(path), decoded[path.name].numpy()
            largest = numpy.abs(expected.astype(int) - got).max() if expected.shape == got.shape else 999
            if largest > (JPEG_BAR if path.suffix == ".jpg" else 0):
                print(f"  {path.name}: {got.shape}, Pillow {expected.shape}, largest difference {largest}")
                wrong.append(kind)
        print(f"{kind}: {wrong.count(kind)} of {len(paths)} differ")
    return len(wrong)


def check_refused(folder):
    said = json.loads((folder / "bad.json").read_text())
    wrong = [name for name, (_, reason) in bad_files().items()
             if reason not in said[name] or not said[name].startswith(str(folder / "bad" / name))]
    for name in wrong:
        print(f"  {name}: {said[name]!r}, expected {bad_files()[name][1]!r}")
    print(f"bad: {len(wrong)} of {len(said)} refused otherwise")
    return len(wrong)


def check_encoded(folder):
    original = photo(300, 400, seed=300)
    wrong = not numpy.array_equal(numpy.asarray(Image.open(folder / "encoded.png")), original)
    for quality in (30, 75, 95):
        expected = io.BytesIO()
        Image.fromarray(original).save(expected, "JPEG", quality=quality)
        got = Image.open(folder / f"encoded{quality}.jpg")
        wrong += got.quantization != Image.open(expected).quantization or got.layer != Image.open(expected).layer
        wrong += not numpy.array_equal(numpy.asarray(got), numpy.asarray(Image.open(expected)))
    print(f"encoded: {wrong} of 7 wrong")
    return wrong


# ---------------------------------------------------------------- transforms

def resized(pixels, size):
    height, width = pixels.shape[:2]
    shape = [int(size * side / min(height, width)) for side in (width, height)]
    return numpy.asarray(Image.fromarray(pixels).resize(shape, Image.BILINEAR))


def centre(pixels, size):
    top, left = (int(round((side - size) / 2.0)) for side in pixels.shape[:2])
    return pixels[top:top + size, left:left + size]


def normalized(pixels):
    colors = pixels.astype(numpy.float64).transpose(2, 0, 1) / 255
    return (colors - [[[0.485]], [[0.456]], [[0.406]]]) / [[[0.229]], [[0.224]], [[0.225]]]


def check_transform(folder):
    module = torch.jit.load(str(folder / "transform.pt"))
    wrong, largest = 0, 0
    for k, pixels in enumerate(torch.load(folder / "photos.pt", weights_only=True)):
        ours = torch.load(folder / f"transformed{k}.pt", weights_only=True)
        prepared, seen = ours["prepared"].numpy(), ours["evaluated"]
        expected = resized(pixels.numpy(), 64)
        differences = numpy.abs(prepared.astype(int) - expected) if prepared.shape == expected.shape else [999]
        largest = max(largest, numpy.max(differences))
        steps = {"resize": numpy.max(differences) <= RESIZE_BAR,
                 "centre and normalize": numpy.abs(normalized(centre(prepared, 51)) - seen.numpy()).max() < COLOR_BAR,
                 "TorchScript": torch.equal(module(pixels), seen.unsqueeze(0))}
        for step in (step for step, right in steps.items() if not right):
            print(f"  {step} of {tuple(pixels.shape)} is wrong")
            wrong += 1
    print(f"transforms: {wrong} of {3 * len(SIZES)} wrong; resizing differs from Pillow's by {largest} of 255 at most")
    return wrong


def turn_hue(colors, shift):
    def turn(r, g, b):
        hue, saturation, value = colorsys.rgb_to_hsv(r, g, b)
        return colorsys.hsv_to_rgb((hue + shift) % 1, saturation, value)
    return numpy.array([[turn(*pixel) for pixel in row] for row in colors])


def check_colors(folder):
    """Pillow rounds to 255 levels at each step, so that the bar is wide; the hue's oracle is exact."""
    tensors = torch.load(folder / "colors.pt", weights_only=True)
    ours = {name: value.numpy().transpose(1, 2, 0) for name, value in tensors.items()}
    pixels = (ours.pop("original") * 255).round().astype(numpy.uint8)
    enhance = {"brightness": ImageEnhance.Brightness, "contrast": ImageEnhance.Contrast,
               "saturation": ImageEnhance.Color}
    wrong = 0
    for name, got in ours.items():
        what, amount = name.split()
        if what == "hue":
            expected, bar = turn_hue(pixels / 255, float(amount)), 1e-5
        else:
            changed = enhance[what](Image.fromarray(pixels)).enhance(float(amount))
            expected, bar = numpy.asarray(changed) / 255, 2.01 / 255
        largest = numpy.abs(got - expected).max()
        if largest > bar:
            print(f"  {name}: differs by {largest}")
            wrong += 1
    print(f"colours: {wrong} of {len(ours)} wrong")
    return wrong


if __name__ == "__main__":
    step, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if step == "write":
        write(folder)
    else:
        checks = (check_decoded, check_refused, check_encoded, check_transform, check_colors)
        sys.exit(1 if sum(check(folder) for check in checks) else 0)
