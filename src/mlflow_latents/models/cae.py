"""The convolutional autoencoder, as two stock Keras models."""

from mlflow_latents.errors import InputError
from mlflow_latents.models.backend import keras
from mlflow_latents.models.config import CAEConfig

RESOLUTIONS = range(8, 257)


def build_cae(
    config: CAEConfig, image_shape: tuple[int, int, int], seed: int = 0
) -> tuple[keras.Sequential, keras.Sequential]:
    """Build encoder and decoder.

    The encoder's convolutions pad to the 'same' size, so a side of `n` pixels becomes
    ceil(n / stride). The decoder runs through the same sizes backwards: every transposed
    convolution multiplies the side by the stride, and where the encoder had rounded up, a
    cropping layer cuts the surplus rows and columns off again (bottom and right). Hence any
    image size works, also with more layers than the side can be halved.

    Parameters
    ----------
    config : CAEConfig
    image_shape : tuple of int
        Height, width (each from 8 to 256 pixels) and channels (1 or 3).
    seed : int
        Fixes the initial weights.

    Returns
    -------
    encoder : keras.Sequential
        Images, float32 (n, height, width, channels) from 0 to 1, to latent vectors (n, d).
    decoder : keras.Sequential
        Latent vectors (n, d) to images (n, height, width, channels).

    Raises
    ------
    InputError
        If the image shape is out of range.
    """
    check_image_shape(image_shape)
    seeds = iter(range(seed * 1000, seed * 1000 + 1000))
    sizes = _sizes(config, image_shape)
    return _encoder(config, image_shape, seeds), _decoder(config, image_shape, sizes, seeds)


def check_image_shape(image_shape: tuple[int, int, int]) -> None:
    """Raise InputError unless images of this height, width and channels can be encoded."""
    height, width, channels = image_shape
    if height not in RESOLUTIONS or width not in RESOLUTIONS:
        raise InputError(
            f"Images of {height} x {width} pixels cannot be encoded: "
            f"give a resolution from {RESOLUTIONS[0]} to {RESOLUTIONS[-1]}."
        )
    if channels not in (1, 3):
        raise InputError(
            f"Images with {channels} channels cannot be encoded: convert them to 1 or 3 channels."
        )


def _sizes(config, image_shape) -> list[tuple[int, int]]:
    """Height and width of the image and behind each layer of the encoder."""
    sizes = [tuple(image_shape[:2])]
    for _ in config.filters:
        height, width = sizes[-1]
        sizes.append((-(-height // config.stride), -(-width // config.stride)))
    return sizes


def _encoder(config, image_shape, seeds):
    layers = [keras.Input(image_shape, name="image")]
    for number, maps in enumerate(config.filters, 1):
        layers.append(_convolution(keras.layers.Conv2D, config, maps, seeds, f"conv_{number}"))
        layers += _normalized_activation(config, number)
    layers += [
        keras.layers.Flatten(name="flatten"),
        keras.layers.Dense(config.latent_dim, kernel_initializer=_initial(seeds), name="z"),
    ]
    return keras.Sequential(layers, name="encoder")


def _decoder(config, image_shape, sizes, seeds):
    innermost = (*sizes[-1], config.filters[-1])
    units = innermost[0] * innermost[1] * innermost[2]
    layers = [
        keras.Input((config.latent_dim,), name="z"),
        keras.layers.Dense(units, kernel_initializer=_initial(seeds), name="dense"),
        keras.layers.Reshape(innermost, name="maps"),
    ]
    outputs = (*config.filters[-2::-1], image_shape[2])
    for number, maps in enumerate(outputs, 1):
        last = number == len(outputs)
        layers.append(
            _convolution(
                keras.layers.Conv2DTranspose, config, maps, seeds, f"deconv_{number}", bias=last
            )
        )
        layers += _cropping(config, sizes[-number], sizes[-number - 1], number)
        if last:
            layers.append(keras.layers.Activation(config.output_activation, name="image"))
        else:
            layers += _normalized_activation(config, number)
    return keras.Sequential(layers, name="decoder")


def _convolution(kind, config, maps, seeds, name, bias=False):
    return kind(
        maps,
        config.kernel,
        strides=config.stride,
        padding="same",
        # The shift of a batch normalization that follows does the bias's work.
        use_bias=bias or not config.batch_normalization,
        kernel_initializer=_initial(seeds),
        name=name,
    )


def _normalized_activation(config, number) -> list:
    layers = []
    if config.batch_normalization:
        layers.append(keras.layers.BatchNormalization(name=f"normalization_{number}"))
    if config.activation == "leaky_relu":
        layers.append(
            keras.layers.LeakyReLU(negative_slope=config.leaky_slope, name=f"activation_{number}")
        )
    elif config.activation != "linear":
        layers.append(keras.layers.Activation(config.activation, name=f"activation_{number}"))
    return layers


def _cropping(config, size, target, number) -> list:
    surplus = [side * config.stride - wanted for side, wanted in zip(size, target, strict=True)]
    if not any(surplus):
        return []
    cut = ((0, surplus[0]), (0, surplus[1]))
    return [keras.layers.Cropping2D(cut, name=f"cropping_{number}")]


def _initial(seeds):
    return keras.initializers.GlorotUniform(seed=next(seeds))
