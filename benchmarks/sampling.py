"""Seconds to draw latent vectors, beside as many standard normals and one matrix product.

Run ``python benchmarks/sampling.py``; ``--n`` and ``--d`` change its size. All take turns in one
process, and medians are compared. Target: `ellipsoid` takes at most 1.5 times as long, with levels
too. The other samplers are told for comparison.
"""

import argparse
import time

import numpy as np

from mlflow_latents.generate import LatentModel, sample
from mlflow_latents.stats import GaussianFit
from mlflow_latents.stats.densities import Mixture

TARGET = 1.5
DRAWS = {
    "ellipsoid": {},
    "ellipsoid up to level 1": {"level_max": 1.0},
    "ellipsoid, levels 1 to 2": {"level_min": 1.0, "level_max": 2.0},
    "ellipsoid beyond level 3": {"level_min": 3.0},
    "elliptical": {},
    "principal_planes": {},
    "mixture": {},
    "leading": {},
    "axis_normal": {},
    "uniform_ball": {},
    "uniform_cube": {},
}


def latent_model(d, seed=0):
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.standard_normal((d, d)))[0]
    variances = np.logspace(0, -5, d)
    fit = GaussianFit(rng.standard_normal(d), (axes * variances) @ axes.T, axes, variances, 20_000)
    p = min(d, 20)
    components = (
        np.log(np.full(10, 0.1)),
        rng.standard_normal((10, p)),
        np.tile(np.eye(p), (10, 1, 1)),
    )
    radii = np.sqrt(d) + np.linspace(-2, 2, 4097)
    return LatentModel(fit, fit, 2.0, np.abs(radii), Mixture(np.arange(p), *components))


def peer(matrix, n):
    return np.random.default_rng(0).standard_normal((n, len(matrix))) @ matrix


def seconds_of(draw):
    start = time.perf_counter()
    draw()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--d", type=int, default=250)
    parser.add_argument("--repetitions", type=int, default=9)
    given = parser.parse_args()
    model = latent_model(given.d)
    draws = {"normals and a product": lambda: peer(model.fit.axes, given.n)}
    for name, options in DRAWS.items():
        sampler = name.split()[0].rstrip(",")
        draws[name] = lambda s=sampler, o=options: sample(model, s, given.n, 0, **o)
    turns = [[seconds_of(draw) for draw in draws.values()] for _ in range(given.repetitions + 1)]
    seconds = np.array(turns[1:])  # the first warms up
    ratios = np.median(seconds, axis=0) / np.median(seconds[:, 0])
    print(f"{given.n:,} vectors of {given.d} dimensions, median of {given.repetitions} turns")
    for name, own, ratio in zip(draws, np.median(seconds, axis=0), ratios, strict=True):
        told = ""
        if name.startswith("ellipsoid"):
            told = f"   target {TARGET}: {'met' if ratio <= TARGET else 'MISSED'}"
        print(f"{name:28s} {1000 * own:8.1f} ms   ratio {ratio:5.2f}{told}")


if __name__ == "__main__":
    main()
