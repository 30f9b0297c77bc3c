"""Images per second that `decode` makes of latent vectors, beside the forward pass of stock Keras.

Run ``python benchmarks/decoding.py``; ``--resolution`` and ``--n`` change its size. Both take turns
in one process, with the default decoder, and medians are compared. Target: at least as fast.
"""

import argparse
import time

import jax
import numpy as np

from mlflow_latents.models import CAEConfig, build_cae, decode

BATCH = 128


def stock(decoder):
    """Keras's own forward pass, compiled, batch by batch."""
    weights = [v.value for v in decoder.trainable_variables]
    forward = jax.jit(lambda weights, z: decoder.stateless_call(weights, [], z)[0])

    def run(z):
        batches = (z[start : start + BATCH] for start in range(0, len(z), BATCH))
        return [np.asarray(forward(weights, batch)) for batch in batches]

    return run


def rate(run, z):
    start = time.perf_counter()
    run(z)
    return len(z) / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--n", type=int, default=1024)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    _, decoder = build_cae(CAEConfig(), (options.resolution, options.resolution, 3))
    z = np.random.default_rng(0).standard_normal((options.n, 250)).astype(np.float32)
    runs = {"decode": lambda z: decode(decoder, z), "stock Keras": stock(decoder)}
    rates = {name: [] for name in runs}
    for run in runs.values():
        run(z[:BATCH])  # compiles
    for _ in range(options.turns):
        for name, run in runs.items():
            rates[name].append(rate(run, z))
    medians = {name: np.median(each) for name, each in rates.items()}
    for name, median in medians.items():
        print(f"{name:12} {median:8.0f} images/s")
    print(f"ratio        {medians['decode'] / medians['stock Keras']:8.2f} (target: 1 or more)")


if __name__ == "__main__":
    main()
