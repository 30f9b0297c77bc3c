"""A stock Keras model, computed with the arithmetic that suits the machine."""

from inspect import signature

import jax

from mlflow_latents.models.backend import keras
from mlflow_latents.models.convolutions import convolution, transposed_convolution


def fast_call(model, trainable, non_trainable, x, training=False, dense=None):
    """Compute a Keras model as a pure function of its weights.

    On CPU, convolutions of kernel 3 and stride 2 with the padding 'same' in sequential models are
    rewritten as matrix products; all other layers, models that are not sequential, and everything
    on accelerators, are Keras's own.

    Parameters
    ----------
    model : keras.Model
        A built model of stock layers; its own weights are not used.
    trainable, non_trainable : sequence of arrays
        Weights in the order of `model.trainable_variables` and `model.non_trainable_variables`.
    x : array (n, ...)
    training : bool
        Whether normalization layers use, and update, the statistics of the batch.
    dense : callable (layer, weights, x) -> y, optional
        Computes the dense layers of a sequential model in their stead.

    Returns
    -------
    y : array (n, ...)
    non_trainable : list of arrays
        The updated weights that are not trained.
    """
    if not isinstance(model, keras.Sequential):
        return model.stateless_call(trainable, non_trainable, x, training=training)
    trainable, non_trainable, updated = iter(trainable), iter(non_trainable), []
    for layer in model.layers:
        weights = [next(trainable) for _ in layer.trainable_variables]
        others = [next(non_trainable) for _ in layer.non_trainable_variables]
        if is_rewritten(layer):
            x = _rewritten(layer, weights, x)
        elif dense is not None and type(layer) is keras.layers.Dense:
            x = dense(layer, weights, x)
        else:
            arguments = _training_argument(layer, training)
            x, others = layer.stateless_call(weights, others, x, **arguments)
            updated += others
    return x, updated


def is_rewritten(layer) -> bool:
    """Whether a layer is computed by this package's arithmetic on this machine."""
    if jax.default_backend() != "cpu" or type(layer) not in _ARITHMETIC:
        return False
    return (
        layer.kernel_size == (3, 3)
        and layer.strides == (2, 2)
        and layer.padding == "same"
        and layer.dilation_rate == (1, 1)
        and layer.data_format == "channels_last"
        and getattr(layer, "groups", 1) == 1
        and getattr(layer, "output_padding", None) is None
        and layer.compute_dtype == "float32"
        and layer.trainable
    )


_ARITHMETIC = {
    keras.layers.Conv2D: convolution,
    keras.layers.Conv2DTranspose: transposed_convolution,
}


def _rewritten(layer, weights, x):
    kernel, *bias = weights
    y = _ARITHMETIC[type(layer)](x, kernel)
    return layer.activation(y + bias[0] if bias else y)


def _training_argument(layer, training) -> dict:
    takes_it = "training" in signature(layer.call).parameters
    return {"training": training} if takes_it else {}
