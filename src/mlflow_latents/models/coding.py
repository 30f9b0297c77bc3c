"""Images to latent vectors, and back."""

from weakref import WeakKeyDictionary, ref

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from mlflow_latents.models.backend import keras
from mlflow_latents.models.batches import all_batches, padded, prefetched
from mlflow_latents.models.fast import fast_call
from mlflow_latents.models.steps import as_float

BATCH = 128
SMALL_BATCH = 8  # so that a single image is not computed as 128

_jitted: WeakKeyDictionary = WeakKeyDictionary()


def encode(encoder: keras.Model, images, indices: np.ndarray | None = None) -> np.ndarray:
    """Encode images batch by batch, straight from their memory map.

    Parameters
    ----------
    encoder : keras.Sequential
    images : ImageSet or numpy.ndarray (n, height, width, channels) of uint8
    indices : numpy.ndarray (m,) of int, optional
        Which images, in which order; all when not given.

    Returns
    -------
    z : numpy.ndarray (m, d) of float32
    """
    images = getattr(images, "images", images)
    indices = np.arange(len(images)) if indices is None else np.asarray(indices)
    z = np.empty((len(indices), *encoder.output_shape[1:]), np.float32)
    batches = prefetched(images, all_batches(indices, _batch_size(len(z))))
    return _computed(encoder, batches, z, "encode")


def decode(decoder: keras.Model, z: np.ndarray) -> np.ndarray:
    """Decode latent vectors to images.

    Parameters
    ----------
    decoder : keras.Sequential
    z : numpy.ndarray (m, d)

    Returns
    -------
    images : numpy.ndarray (m, height, width, channels) of uint8
    """
    z = np.asarray(z)
    images = np.empty((len(z), *decoder.output_shape[1:]), np.uint8)
    size = _batch_size(len(z))
    batches = (z[start : start + size].astype(np.float32) for start in range(0, len(z), size))
    return _computed(decoder, batches, images, "decode")


def _computed(model, batches, out, what):
    run = _jitted_call(model)
    trainable = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    done = 0
    with tqdm(total=len(out), desc=what, unit=" images", leave=False, disable=None) as bar:
        for batch in batches:
            values = run(trainable, others, padded(batch, _batch_size(len(out))))
            out[done : done + len(batch)] = values[: len(batch)]
            done += len(batch)
            bar.update(len(batch))
    return out


def _batch_size(n):
    return BATCH if n > SMALL_BATCH else SMALL_BATCH


def _jitted_call(model):
    """Compile the model; kept as long as the model lives, its weights are arguments."""
    if model not in _jitted:
        model_ref = ref(model)

        @jax.jit
        def run(trainable, others, batch):
            x = as_float(batch) if batch.dtype == jnp.uint8 else batch
            y, _ = fast_call(model_ref(), trainable, others, x)
            return as_uint8(y) if batch.dtype != jnp.uint8 else y

        _jitted[model] = run
    return _jitted[model]


def as_uint8(y):
    """Pixel values 0 to 255 of images from 0 to 1; beyond, they are cut."""
    return jnp.clip(jnp.round(y * 255), 0, 255).astype(jnp.uint8)
