"""A stock Keras model, computed with the arithmetic that suits the machine."""

from mlflow_latents.models.backend import keras


def fast_call(model, trainable, non_trainable, x, training=False):
    """Compute a sequential Keras model as a pure function of its weights.

    Parameters
    ----------
    model : keras.Sequential
        A built model of stock layers; its own weights are not used.
    trainable, non_trainable : sequence of arrays
        Weights in the order of `model.trainable_variables` and `model.non_trainable_variables`.
    x : array (n, ...)
    training : bool
        Whether normalization layers use, and update, the statistics of the batch.

    Returns
    -------
    y : array (n, ...)
    non_trainable : list of arrays
        The updated weights that are not trained.
    """
    trainable, updated = iter(trainable), []
    non_trainable = iter(non_trainable)
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        weights = [next(trainable) for _ in layer.trainable_variables]
        others = [next(non_trainable) for _ in layer.non_trainable_variables]
        x, others = layer.stateless_call(weights, others, x, **_training_argument(layer, training))
        updated += others
    return x, updated


def _training_argument(layer, training) -> dict:
    normalizes = isinstance(layer, keras.layers.BatchNormalization)
    return {"training": training} if normalizes else {}
