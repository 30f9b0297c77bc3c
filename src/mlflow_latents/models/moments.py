"""The encoder of a variational autoencoder: means and log variances of latent vectors."""

from mlflow_latents.models.backend import keras


def with_moments(encoder, seed: int):
    """Give an encoder of latent vectors (n, d) a last layer of means and log variances (n, 2 d).

    Parameters
    ----------
    encoder : keras.Sequential
        Its last layer is dense. All other layers are shared; the means start as it has them.
    seed : int
        Fixes the initial weights of the log variances.

    Returns
    -------
    keras.Sequential
    """
    d = encoder.output_shape[-1]
    moments = _ending(encoder, keras.layers.Dense(2 * d, name="moments"), "moments_encoder")
    start = keras.initializers.GlorotUniform(seed=seed)(encoder.layers[-1].kernel.shape)
    kernel, bias = encoder.layers[-1].get_weights()
    moments.layers[-1].set_weights(
        [keras.ops.concatenate([kernel, start], axis=1), keras.ops.concatenate([bias, 0 * bias])]
    )
    return moments


def log_variances(moments):
    """Give the model of the log variances (n, d) of images, as far as `moments` is trained."""
    d = moments.output_shape[-1] // 2
    model = _ending(moments, keras.layers.Dense(d, name="log_variance"), "log_variance")
    _set_last(model, moments, slice(d, None))
    return model


def set_means(encoder, moments) -> None:
    """Set the last layer of an encoder to the means of the model made of it by `with_moments`."""
    _set_last(encoder, moments, slice(encoder.output_shape[-1]))


def _ending(model, layer, name):
    inputs = keras.Input(model.input_shape[1:], name="image")
    return keras.Sequential([inputs, *model.layers[:-1], layer], name=name)


def _set_last(model, moments, columns):
    kernel, bias = moments.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel[:, columns], bias[columns]])
