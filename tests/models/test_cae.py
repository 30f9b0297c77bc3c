import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.models import CAEConfig, build_cae


@pytest.mark.parametrize(
    ("shape", "layers"),
    [((8, 8, 1), 1), ((8, 9, 3), 5), ((45, 31, 3), 3), ((256, 255, 1), 2)],
    ids=str,
)
def test_reconstruction_has_the_shape_of_the_image(shape, layers):
    config = CAEConfig(filters=(2,) * layers, latent_dim=3)
    encoder, decoder = build_cae(config, shape)
    assert encoder.output_shape == (None, 3)
    assert decoder.output_shape == (None, *shape)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 2), (4, 3)])
def test_other_kernels_and_strides(kernel, stride):
    config = CAEConfig(filters=(3, 4), kernel=kernel, stride=stride, latent_dim=5)
    encoder, decoder = build_cae(config, (11, 14, 3))
    assert encoder.output_shape == (None, 5)
    assert decoder.output_shape == (None, 11, 14, 3)


def test_default_is_the_network_of_question_1():
    encoder, decoder = build_cae(CAEConfig(), (64, 64, 3))
    kernels = [tuple(v.shape) for v in encoder.trainable_variables if len(v.shape) > 1]
    assert kernels == [
        (3, 3, 3, 32),
        (3, 3, 32, 64),
        (3, 3, 64, 128),
        (3, 3, 128, 256),
        (4096, 250),
    ]
    kernels = [tuple(v.shape) for v in decoder.trainable_variables if len(v.shape) > 1]
    assert kernels == [
        (250, 4096),
        (3, 3, 128, 256),
        (3, 3, 64, 128),
        (3, 3, 32, 64),
        (3, 3, 3, 32),
    ]


def test_batch_normalization_stands_between_convolution_and_activation():
    encoder, decoder = build_cae(CAEConfig((4, 8), batch_normalization=True), (8, 8, 3))
    kinds = [type(layer).__name__ for layer in encoder.layers]
    assert kinds == ["Conv2D", "BatchNormalization", "LeakyReLU"] * 2 + ["Flatten", "Dense"]
    # The last convolution of the decoder makes the image, which is not normalized.
    kinds = [type(layer).__name__ for layer in decoder.layers]
    assert kinds[-2:] == ["Conv2DTranspose", "Activation"]
    assert kinds.count("BatchNormalization") == 1


@pytest.mark.parametrize("activation", ["relu", "elu", "gelu", "silu", "tanh", "linear"])
def test_activations(activation):
    encoder, _ = build_cae(CAEConfig((4,), activation=activation), (8, 8, 1))
    names = [layer.name for layer in encoder.layers]
    assert ("activation_1" in names) == (activation != "linear")


def test_seed_fixes_the_initial_weights():
    def first(seed):
        return build_cae(CAEConfig((4,), latent_dim=2), (8, 8, 1), seed)[0].get_weights()[0]

    assert np.array_equal(first(1), first(1))
    assert not np.array_equal(first(1), first(2))


@pytest.mark.parametrize("shape", [(0, 64, 3), (7, 8, 3), (64, 257, 3), (64, 64, 2), (64, 64, 4)])
def test_images_that_cannot_be_encoded(shape):
    with pytest.raises(InputError, match="cannot be encoded"):
        build_cae(CAEConfig(), shape)
