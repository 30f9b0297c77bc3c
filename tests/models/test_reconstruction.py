import numpy as np
import pytest
from scipy.ndimage import correlate1d

from mlflow_latents.models import CAEConfig, build_cae, decode, encode, reconstruction_errors
from mlflow_latents.models.reconstruction import image_mse, ssim


def ssim_of_channel(x, y):
    """Written anew after Wang et al. (2004): float64, SciPy, one channel at a time."""
    positions = np.arange(-5, 6)
    window = np.exp(-(positions**2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(image):
        along_rows = correlate1d(image, window, axis=0)
        return correlate1d(along_rows, window, axis=1)[5:-5, 5:-5]

    mean_x, mean_y = mean(x), mean(y)
    variance_x, variance_y = mean(x**2) - mean_x**2, mean(y**2) - mean_y**2
    covariance = mean(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    below = (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    return (above / below).mean()


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (3, 17, 20, 3), np.uint8)
    noise = rng.normal(0, [[[[5]]], [[[30]]], [[[90]]]], x.shape)
    return x, np.clip(x + noise, 0, 255).astype(np.uint8)


def test_ssim_is_that_of_wang_et_al(pairs):
    x, y = pairs
    expected = [
        np.mean([ssim_of_channel(a[..., c].astype(float), b[..., c]) for c in range(3)])
        for a, b in zip(x, y.astype(float), strict=True)
    ]
    np.testing.assert_allclose(ssim(x, y), expected, rtol=1e-4)


def test_equal_images(pairs):
    x, _ = pairs
    np.testing.assert_allclose(ssim(x, x), 1, rtol=1e-5)
    assert (image_mse(x, x) == 0).all()


def test_ssim_of_images_smaller_than_the_window(pairs):
    x, y = (images[:, :8, :9] for images in pairs)
    values = np.asarray(ssim(x, y))
    assert (np.diff(values) < 0).all()
    assert ((values > -1) & (values < 1)).all()


def test_errors_of_reconstructions(images):
    encoder, decoder = build_cae(CAEConfig((4,), latent_dim=2), images.shape)
    indices = images.indices("test")
    errors = reconstruction_errors(encoder, decoder, images, indices)
    y = decode(decoder, encode(encoder, images, indices))
    difference = (images.images[indices].astype(float) - y) / 255
    mse = (difference**2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(errors.mse, mse)
    np.testing.assert_allclose(errors.psnr, 20 * np.log10(1 / np.sqrt(mse)))
    assert errors.ssim.shape == (10,)
