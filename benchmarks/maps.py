"""How long it takes to find what excites the maps of an encoder, and how that goes with starts.

python benchmarks/maps.py [--maps 256] [--resolution 64] [--starts 4] [--steps 96]
"""

import argparse
import os
import time

import numpy as np

from mlflow_latents.data import open_images
from mlflow_latents.models import CAEConfig, build_cae, encode
from mlflow_latents.probes.ascent import STARTS, STEPS
from mlflow_latents.probes.maps import probe_maps
from mlflow_latents.stats import fit_gaussian


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--maps", type=int, default=256)
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    images = open_images("faces", images=3000, resolution=options.resolution)
    maps = options.maps
    # What the weights are does not change the time.
    encoder, _ = build_cae(CAEConfig(filters=(maps // 8, maps // 4, maps // 2, maps)), images.shape)
    fit = fit_gaussian(encode(encoder, images, images.indices("train")))
    test = images.indices("test")
    z = encode(encoder, images, test)
    for starts in sorted({1, options.starts}):
        report((encoder, images, test, z, fit), starts, options.steps)


def report(probed, starts, steps):
    start, processor = time.perf_counter(), time.process_time()
    found = probe_maps(*probed, [], starts=starts, steps=steps)
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    print(
        f"{found.count} maps, {starts} starts of {steps} steps: {seconds:.0f} s, {processor:.0f} s "
        f"of processor time, load {os.getloadavg()[0]:.1f}; patterns excite by "
        f"{np.nanmedian(found.pattern_sd):.1f} sd, images by {np.nanmedian(found.image_sd):.1f} sd"
    )


if __name__ == "__main__":
    main()
