"""Speed of training beside stock Keras on JAX, and beside PyTorch eager where it is installed.

The autoencoder of question 1 (filters 32, 64, 128, 256, kernel 3, LeakyReLU, 250 dimensions),
batches of 128, Adam. Ours is `mlflow_latents.models.train` as a user calls it; each peer gets the
input that suits it: stock `fit` a float32 array, PyTorch uint8 images gathered batch by batch in a
shuffled order, in its default memory format and in channels last, in which the images come.
Everybody's epochs take turns in one process, from the callback of `train`; the
first turn of each, which compiles, does not count. Printed are the median and the best rate of
all turns, and the ratios of the medians.

    python benchmarks/training.py --resolution 64 96 128 --seconds 60
"""

import argparse
import itertools
import time

import numpy as np

import mlflow_latents  # noqa: F401  (before Keras: chooses its backend)
from mlflow_latents.data import ImageSet
from mlflow_latents.models import CAEConfig, TrainingConfig, build_cae, train
from mlflow_latents.models.backend import keras

BATCH = 128
LEARNING_RATE = 1e-3


class Finished(Exception):
    """The time is up."""


def random_images(resolution, batches):
    n = batches * BATCH
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (n + 8, resolution, resolution, 3), dtype=np.uint8)
    return ImageSet(
        name="noise",
        images=pixels,
        split=np.array(["train"] * n + ["validation"] * 8),
        names=np.arange(n + 8).astype(str),
        attributes={},
        digest="noise",
        source="random numbers",
        skipped=(),
    )


def rate(function, images):
    start = time.perf_counter()
    function()
    return images / (time.perf_counter() - start)


def stock_epoch(config, resolution):
    """One batch through `fit`: it is slow enough for that."""
    encoder, decoder = build_cae(config, (resolution, resolution, 3), seed=0)
    model = keras.Sequential([encoder, decoder])
    model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss="mse")
    x = np.random.default_rng(0).random((BATCH, resolution, resolution, 3), dtype=np.float32)
    return lambda: rate(lambda: model.fit(x, x, batch_size=BATCH, verbose=0), BATCH)


def torch_epoch(config, images, memory_format):
    import torch
    from torch import nn

    maps = [images.shape[2], *config.filters]
    pairs = list(itertools.pairwise(maps))
    side = images.shape[0] // 2 ** len(config.filters)
    units = maps[-1] * side * side

    def between(count):
        normalization = [nn.BatchNorm2d(count)] if config.batch_normalization else []
        return [*normalization, nn.LeakyReLU(config.leaky_slope)]

    bias = not config.batch_normalization
    layers = []
    for before, after in pairs:
        layers += [nn.Conv2d(before, after, 3, 2, 1, bias=bias), *between(after)]
    layers += [nn.Flatten(), nn.Linear(units, config.latent_dim)]
    layers += [nn.Linear(config.latent_dim, units), nn.Unflatten(1, (maps[-1], side, side))]
    for after, before in pairs[:0:-1]:
        layers += [nn.ConvTranspose2d(before, after, 3, 2, 1, 1, bias=bias), *between(after)]
    layers += [nn.ConvTranspose2d(maps[1], maps[0], 3, 2, 1, 1), nn.Sigmoid()]
    model = nn.Sequential(*layers).to(memory_format=memory_format)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    rng = np.random.default_rng(0)

    def epoch():
        order = rng.permutation(images.indices("train"))
        for start in range(0, len(order), BATCH):
            batch = torch.from_numpy(images.images[order[start : start + BATCH]])
            x = (batch.permute(0, 3, 1, 2).float() / 255).contiguous(memory_format=memory_format)
            optimizer.zero_grad()
            loss = ((model(x) - x) ** 2).mean()
            loss.backward()
            optimizer.step()
        loss.item()

    return lambda: rate(epoch, len(images.indices("train")))


def peers_of(config, images, resolution):
    peers = {"stock Keras/JAX": stock_epoch(config, resolution)}
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed: stock Keras/JAX is the only peer.")
        return peers
    peers["PyTorch eager"] = torch_epoch(config, images, torch.contiguous_format)
    peers["PyTorch eager, channels last"] = torch_epoch(config, images, torch.channels_last)
    return peers


def compare(resolution, config, seconds, batches):
    images = random_images(resolution, batches)
    peers = peers_of(config, images, resolution)
    rates = {name: [] for name in ("mlflow-latents", *peers)}
    deadline = None

    def take_turns(epoch, encoder, decoder):
        nonlocal deadline
        turn = {"mlflow-latents": epoch.images_per_second}
        turn |= {name: peer() for name, peer in peers.items()}
        if deadline is None:
            deadline = time.perf_counter() + seconds
            return
        for name, value in turn.items():
            rates[name].append(value)
        if time.perf_counter() > deadline:
            raise Finished

    training = TrainingConfig(epochs=10_000, batch_size=BATCH, learning_rate=LEARNING_RATE)
    try:
        train(images, config, training, on_epoch=take_turns)
    except Finished:
        report(resolution, config, rates)


def report(resolution, config, rates):
    normalized = ", batch normalization" if config.batch_normalization else ""
    turns = len(rates["mlflow-latents"])
    print(f"\n{resolution} x {resolution}{normalized}, {turns} turns, images/s in training:")
    ours = np.array(rates["mlflow-latents"])
    for name, values in rates.items():
        ratio = np.median(ours) / np.median(values)
        paired = np.median(ours / np.array(values))
        print(
            f"  {name:30s} median {np.median(values):7.1f}  best {max(values):7.1f}  "
            f"ours is {ratio:5.2f} times as fast (turn by turn {paired:5.2f}, "
            f"best by best {ours.max() / max(values):5.2f})",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--resolution", type=int, nargs="+", default=[64, 96, 128])
    parser.add_argument("--batch-normalization", action="store_true")
    parser.add_argument("--seconds", type=float, default=60, help="per resolution")
    parser.add_argument("--batches", type=int, default=8, help="of one turn")
    arguments = parser.parse_args()
    config = CAEConfig(batch_normalization=arguments.batch_normalization)
    for resolution in arguments.resolution:
        compare(resolution, config, arguments.seconds, arguments.batches)


if __name__ == "__main__":
    main()
