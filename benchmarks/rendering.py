"""How fast image sets are made: drawn faces beside Pillow's drawing, our decoding beside a loop.

python benchmarks/rendering.py [--images 4096] [--resolution 64]
"""

import argparse
import io
import time

import numpy as np
from PIL import Image, ImageDraw

from mlflow_latents.data import open_images
from mlflow_latents.data.decoding import decode_all
from mlflow_latents.data.faces import FACTORS, draw_factors

OVERSAMPLING = 4  # Pillow draws hard edges: its way to soft ones is to draw larger and reduce


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=4096)
    parser.add_argument("--resolution", type=int, default=64)
    options = parser.parse_args()
    n, resolution = options.images, options.resolution
    report(
        "faces", images_per_second(lambda: open_images("faces", images=n, resolution=resolution), n)
    )
    report("Pillow, 12 shapes", images_per_second(lambda: draw_with_pillow(n, resolution), n))
    jpeg = photograph()
    names = [str(i) for i in range(n)]
    ours = lambda: list(decode_all(names, lambda name: jpeg, resolution, 1.0))  # noqa: E731
    loop = lambda: [decode_with_pillow(jpeg, resolution) for _ in names]  # noqa: E731
    report("JPEG 178 x 218, decode_all", images_per_second(ours, n))
    report("JPEG 178 x 218, Pillow in a loop", images_per_second(loop, n))


def report(what, rate):
    print(f"{what:34} {rate:9.0f} images/s")


def images_per_second(make, n, repeats=3):
    """Best of some repeats, after one that compiles and warms up."""
    make()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        make()
        seconds.append(time.perf_counter() - start)
    return n / min(seconds)


def draw_with_pillow(n, resolution):
    factors = draw_factors(n, "normal", 0)
    return np.stack(
        [pillow_face(dict(zip(FACTORS, face, strict=True)), resolution) for face in factors]
    )


def pillow_face(f, resolution):
    """Draw a plain face of 12 shapes without shading, for the time that it takes."""
    size = OVERSAMPLING * resolution
    image = Image.new("RGB", (size, size), (140, 150, 160))
    draw = ImageDraw.Draw(image)

    def ellipse(x, y, width, height, fill):
        box = [x - width, y - height, x + width, y + height]
        draw.ellipse([(1 + c) * size / 2 for c in box], fill=fill)

    ellipse(0, 1.2, 0.9, 0.5, "navy")
    ellipse(0, 0.7, 0.2, 0.3, "tan")
    ellipse(0, -0.05, 0.5 + 0.02 * f["hair_volume"], 0.65, "saddlebrown")
    ellipse(0, 0, 0.45 + 0.02 * f["head_width"], 0.6 + 0.02 * f["head_height"], "tan")
    for side in (-1, 1):
        x = side * (0.2 + 0.01 * f["eye_distance"])
        ellipse(x, 0, 0.1, 0.06, "white")
        ellipse(x, 0, 0.05, 0.05, "brown")
        ellipse(x, -0.15, 0.1, 0.02, "black")
    ellipse(0, 0.2, 0.06, 0.03, "peru")
    ellipse(0, 0.4, 0.15 + 0.01 * f["mouth_width"], 0.04, "firebrick")
    return np.asarray(image.resize((resolution, resolution), Image.Resampling.BOX))


def photograph():
    """Make a JPEG file as large as those of CelebA, of about the same number of bytes."""
    noise = np.random.default_rng(0).integers(0, 256, (28, 23, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize((178, 218), Image.Resampling.BICUBIC).save(file, "JPEG")
    return file.getvalue()


def decode_with_pillow(data, resolution):
    image = Image.open(io.BytesIO(data)).convert("RGB").crop((0, 20, 178, 198))
    return np.asarray(image.resize((resolution, resolution), Image.Resampling.LANCZOS))


if __name__ == "__main__":
    main()
