"""A small network that learns the labels of an image set."""

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from mlflow_latents.data.labels import Label, labels_of
from mlflow_latents.models.backend import keras
from mlflow_latents.models.batches import epoch_order, full_batches, prefetched
from mlflow_latents.models.fast import fast_call
from mlflow_latents.models.parts import dense_weights, gradients_in_parts
from mlflow_latents.models.steps import as_float

VERSION = 1
FEATURES = 64
MAPS = (32, 64, 128)
LEAST_SIDE = 4  # pixels, of the innermost maps
MOST_IMAGES = 20_000
EPOCHS, LEAST_STEPS = 4, 400  # whichever is more
BATCH = 64
LEARNING_RATE = 1e-3

RECIPE = (VERSION, FEATURES, MAPS, LEAST_SIDE, MOST_IMAGES, EPOCHS, LEAST_STEPS, BATCH)
"""What a trained judge depends on, beside images and targets; raise the version for the rest."""


def judge_targets(images) -> np.ndarray | None:
    """Turn attributes into what a judge learns of each image.

    Classes (strings, and whole numbers of up to 100 values) become one column each, if 5 training
    images show them; attributes of two values one column; other numbers their rank among the
    training images, from 0 to 1. Attributes that are equal in all training images, or not finite,
    are left out.

    Parameters
    ----------
    images : ImageSet

    Returns
    -------
    numpy.ndarray (n, targets) of float32 from 0 to 1, or None where there is nothing to learn
    """
    train = images.indices("train")
    columns = [_target(label, train) for label in judged_labels(images)]
    return np.stack(columns, axis=1).astype(np.float32) if columns else None


def judged_labels(images) -> list[Label]:
    """Name what a judge learns, in the order of `judge_targets`: `labels_of` known everywhere.

    Parameters
    ----------
    images : ImageSet
    """
    labels = labels_of(images.attributes, images.indices("train"))
    return [label for label in labels if np.isfinite(label.values).all()]


def train_judge(images, targets: np.ndarray, seed: int = 0) -> keras.Sequential:
    """Train a network to tell the targets from the images.

    Parameters
    ----------
    images : ImageSet
        Up to 20,000 of its training images are used.
    targets : numpy.ndarray (n, t)
        See `judge_targets`.
    seed : int

    Returns
    -------
    keras.Sequential
        Float images from 0 to 1 to the logits of the targets (n, t).
    """
    network = _build(images.shape, targets.shape[1], seed)
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build(network.trainable_variables)
    step = _training_step(network, optimizer)
    weights, state = (
        [v.value for v in o] for o in (network.trainable_variables, optimizer.variables)
    )
    rows = training_rows(images, seed)
    size = min(BATCH, len(rows))
    epochs = max(EPOCHS, -(-LEAST_STEPS // (len(rows) // size)))
    orders = (epoch_order(rows, seed, epoch) for epoch in range(epochs))
    batches = [batch for order in orders for batch in full_batches(order, size)]
    with tqdm(total=len(batches) * size, desc="judge", unit=" images", disable=None) as bar:
        for batch, x in zip(batches, prefetched(images.images, batches), strict=True):
            weights, state = step(weights, state, x, targets[batch])
            bar.update(size)
    for variable, value in zip(network.trainable_variables, weights, strict=True):
        variable.assign(value)
    return network


def _target(label, train):
    if label.kind != "continuous":
        return label.values
    ordered = np.sort(label.values[train])
    ranks = [np.searchsorted(ordered, label.values, side) for side in ("left", "right")]
    return np.mean(ranks, axis=0) / len(train)


def training_rows(images, seed=0):
    """Choose the training images that a judge is trained on."""
    return np.random.default_rng(seed).permutation(images.indices("train"))[:MOST_IMAGES]


def _build(shape, targets, seed):
    seeds = iter(range(1000 * seed, 1000 * seed + 1000))

    def initial():
        return keras.initializers.HeUniform(seed=next(seeds))

    layers, side = [keras.Input(shape)], min(shape[:2])
    while side > LEAST_SIDE or len(layers) < len(MAPS):
        maps = MAPS[min(len(layers), len(MAPS)) - 1]
        options = {"strides": 2, "padding": "same", "activation": "relu"}
        layers.append(keras.layers.Conv2D(maps, 3, kernel_initializer=initial(), **options))
        side = -(-side // 2)
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(FEATURES, kernel_initializer=initial(), name="features"),
        keras.layers.Activation("relu"),
        keras.layers.Dense(targets, kernel_initializer=initial(), name="targets"),
    ]
    return keras.Sequential(layers, name="judge")


def _training_step(network, optimizer):
    """Build the jitted function (weights, state, images, targets) -> (weights, state)."""

    @jax.jit
    def step(weights, state, images, targets):
        def losses(weights, rows, dense=None):
            x = as_float(images[rows])
            logits, _ = fast_call(network, weights, [], x, training=True, dense=dense)
            # Binary cross-entropy of the sigmoid.
            return (jax.nn.softplus(logits) - targets[rows] * logits).mean(axis=1)

        rows = jnp.arange(len(images))
        if jax.default_backend() == "cpu":
            _, gradients = gradients_in_parts(losses, dense_weights(network), weights, rows)
        else:
            gradients = jax.grad(lambda weights: losses(weights, rows).mean())(weights)
        return optimizer.stateless_apply(state, gradients, weights)

    return step
