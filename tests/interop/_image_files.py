"""Image files of every kind, for _image_oracle.py: name -> bytes, and what recur must say of those that are no good."""

import io
import struct
import zlib

import numpy
from PIL import Image

PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]  # Adam7
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6


def photo(height, width, channels=3, seed=0):
    """Something with edges, gradients and noise."""
    draw = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[:height, :width]
    waves = [128 + 90 * numpy.sin(x / (4 + 3 * c) + c) * numpy.cos(y / (9 - 2 * c)) for c in range(channels)]
    pixels = numpy.stack(waves, -1) + draw.normal(0, 8, (height, width, channels))
    pixels[height // 3:height // 2, width // 4:width // 2] = draw.integers(0, 256, channels)
    return pixels.round().clip(0, 255).astype(numpy.uint8)


# ---------------------------------------------------------------- PNG, written here: Pillow writes few of its kinds

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows(samples, depth):
    """Samples [H, W, C] as PNG's bytes, a filter of none before each row."""
    if depth == 16:
        packed = samples.astype(">u2").view(numpy.uint8).reshape(len(samples), -1)
    else:
        bits = numpy.unpackbits(samples.astype(numpy.uint8)[..., None], axis=-1)[..., 8 - depth:]
        packed = numpy.packbits(bits.reshape(len(samples), -1), axis=-1)
    return b"".join(b"\0" + row.tobytes() for row in packed)


def header(width, height, depth, kind, interlaced=False):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))


def png(samples, depth, kind, interlaced=False, before=b"", after=b""):
    height, width = samples.shape[:2]
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [samples]
    data = b"".join(rows(part, depth) for part in parts if part.size)
    return (header(width, height, depth, kind, interlaced) + before + chunk(b"IDAT", zlib.compress(data)) + after
            + chunk(b"IEND", b""))


def png_files():
    draw = numpy.random.default_rng(1)
    files = {}
    for name, kind, channels, depths in (("grey", GREY, 1, (1, 2, 4, 8, 16)), ("rgb", RGB, 3, (8, 16)),
                                         ("palette", PALETTE, 1, (1, 2, 4, 8)), ("greyalpha", GREY_ALPHA, 2, (8, 16)),
                                         ("rgba", RGB_ALPHA, 4, (8, 16))):
        for depth in depths:
            samples = draw.integers(0, 2 ** depth, (19, 13, channels))
            colors = chunk(b"PLTE", draw.bytes(3 * 2 ** depth)) if kind == PALETTE else b""
            for interlaced in (False, True):
                files[f"{name}{depth}{'i' * interlaced}.png"] = png(samples, depth, kind, interlaced, colors)
            if channels in (1, 3):
                clear = b"\0\x80" if kind == PALETTE else b"".join(struct.pack(">H", v) for v in samples[0, 0].tolist())
                files[f"{name}{depth}t.png"] = png(samples, depth, kind, before=colors + chunk(b"tRNS", clear))
    samples = photo(9, 11)
    frame = struct.pack(">IIIIIHHBB", 1, 11, 9, 0, 0, 1, 10, 0, 0)
    first = chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(b"fcTL", bytes(4) + frame[4:])
    second = chunk(b"fcTL", frame) + chunk(b"fdAT", struct.pack(">I", 2) + zlib.compress(rows(255 - samples, 8)))
    files["animated.png"] = png(samples, 8, RGB, before=first, after=second)
    files["gamma.png"] = png(samples, 8, RGB, before=chunk(b"gAMA", struct.pack(">I", 100000)))
    return files


# ---------------------------------------------------------------- JPEG, by Pillow

def jpeg(pixels, mode="RGB", **options):
    stream = io.BytesIO()
    Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode=mode).save(stream, "JPEG", **options)
    return stream.getvalue()


def tiff(orientation, order="<", kind=3):
    value = struct.pack(order + ("H2x" if kind == 3 else "I"), orientation)
    other = struct.pack(order + "HHII", 0x010F, 2, 4, 0x41424344)
    return ((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 2) + other
            + struct.pack(order + "HHI", 0x0112, kind, 1) + value + b"\0\0\0\0")


def jpeg_files():
    picture = photo(37, 53)
    inks = jpeg(photo(21, 34, 4), "CMYK", quality=90)
    adobe = inks.index(b"Adobe")
    files = {f"sub{s}{'p' * progressive}.jpg": jpeg(picture, quality=85, subsampling=s, progressive=progressive)
             for s in (0, 1, 2) for progressive in (False, True)}
    files |= {
        "grey.jpg": jpeg(photo(40, 31, 1), "L"), "greyp.jpg": jpeg(photo(40, 31, 1), "L", progressive=True),
        "cmyk.jpg": inks, "ycck.jpg": inks[:adobe + 11] + b"\2" + inks[adobe + 12:],
        "kept_rgb.jpg": jpeg(picture, keep_rgb=True), "coarse.jpg": jpeg(picture, quality=3),
        "restarts.jpg": jpeg(picture, restart_marker_blocks=2), "one.jpg": jpeg(photo(1, 1)),
        "narrow.jpg": jpeg(photo(3, 700), quality=95), "behind.jpg": jpeg(picture) + b"something else",
    }
    return files


def turned_files():
    small = photo(6, 10)
    files = {}
    for turn in range(0, 10):
        order, kind = "<>"[turn % 2], 3 + turn % 3 // 2
        exif = tiff(turn, order, kind)
        files[f"turn{turn}.jpg"] = jpeg(small, quality=95, exif=b"Exif\0\0" + exif)
        files[f"turn{turn}.png"] = png(small, 8, RGB, **{"after" if turn > 4 else "before": chunk(b"eXIf", exif)})
    files["turn_cut.jpg"] = jpeg(small, exif=b"Exif\0\0" + tiff(6)[:25])
    files["turn_far.jpg"] = jpeg(small, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    return files


def good_files():
    return png_files() | jpeg_files() | turned_files()


# ---------------------------------------------------------------- what is no good

def saved_as(kind, **options):
    stream = io.BytesIO()
    Image.fromarray(photo(12, 12)).save(stream, kind, **options)
    return stream.getvalue()


def bad_files():
    """name -> (bytes, what the error must say)"""
    picture = photo(37, 53)
    plain, progressive = jpeg(picture), jpeg(picture, progressive=True)
    frame, scan = plain.index(b"\xff\xc0"), progressive.index(b"\xff\xda")
    behind = progressive.index(b"\xff\xc4", scan)
    flat = png(picture, 8, RGB)
    middle = flat.index(b"IDAT") + 400
    return {
        "half.jpg": (plain[:len(plain) // 2], "truncated"),
        "halfp.jpg": (progressive[:len(progressive) // 2], "truncated"),
        "header_only.jpg": (plain[:frame + 4], "truncated"),
        "zeros_behind.jpg": (plain[:len(plain) // 2] + bytes(999), "JPEG"),
        "half.png": (flat[:len(flat) // 2], "truncated"),
        "no_end.png": (flat[:-12], "truncated"),
        "flipped.png": (flat[:middle] + bytes([flat[middle] ^ 1]) + flat[middle + 1:], "damaged PNG"),
        "no_palette.png": (png(numpy.zeros((3, 3, 1)), 8, PALETTE), "damaged PNG"),
        "short.png": (header(50, 50, 8, GREY) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b""),
                      "damaged PNG"),
        "scans.jpg": (progressive[:scan] + 500 * progressive[scan:behind] + progressive[behind:], "more than 200 scans"),
        "large.png": (header(60000, 60000, 8, RGB) + chunk(b"IDAT", zlib.compress(bytes(999))), "60,000 x 60,000"),
        "larger.png": (header(2 ** 31 - 1, 2 ** 31 - 1, 1, GREY), "truncated"),
        "large.jpg": (plain[:frame + 5] + struct.pack(">HH", 60000, 60000) + plain[frame + 9:], "60,000 x 60,000"),
        "zeros.jpg": (bytes(1000), "is no image"), "empty.jpg": (b"", "is empty"),
        "noise.jpg": (numpy.random.default_rng(2).bytes(5000), "is no image"),
        "animation.jpg": (saved_as("GIF"), "is a GIF; recur reads JPEG and PNG"),
        "webp.jpg": (saved_as("WEBP"), "is a WebP"),
        "avif.jpg": (b"\0\0\0\x20ftypavif" + bytes(40), "is an AVIF"),
        "heic.jpg": (b"\0\0\0\x20ftypheic" + bytes(40), "is a HEIC"),
        "bmp.jpg": (saved_as("BMP"), "is a BMP"), "tiff.jpg": (saved_as("TIFF"), "is a TIFF"),
        "j2k.jpg": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "is a JPEG 2000"),
        "pdf.jpg": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "is a PDF"), "text.jpg": (b"a,b\n1,2\n", "is text"),
        "page.jpg": (b"<!DOCTYPE html><html>404</html>", "is a web page"),
        "pointer.jpg": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
    }
