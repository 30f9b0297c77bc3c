import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mlflow_latents.data.decoding import UNREADABLE, decode, decode_all, square

RED, GREEN, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


def png(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def colour_of(image, kind="PNG", **options):
    pixels, _ = decode(png(image, kind, **options), 8)
    assert pixels.shape == (8, 8, 3)
    assert np.ptp(pixels.reshape(-1, 3).astype(int), axis=0).max() <= 1
    return tuple(pixels[4, 4].tolist())


def test_grey():
    assert colour_of(Image.new("L", (9, 9), 77)) == (77, 77, 77)


def test_black_and_white():
    assert colour_of(Image.new("1", (9, 9), 1)) == WHITE


def test_palette():
    assert colour_of(Image.new("RGB", (9, 9), RED).quantize(2)) == RED


def test_cmyk():
    assert colour_of(Image.new("CMYK", (9, 9), (0, 255, 255, 0)), "TIFF") == RED


def test_transparency_is_laid_on_white():
    assert colour_of(Image.new("RGBA", (9, 9), (255, 0, 0, 0))) == WHITE
    assert colour_of(Image.new("RGBA", (9, 9), (0, 0, 0, 51))) == (204, 204, 204)
    assert colour_of(Image.new("LA", (9, 9), (0, 0))) == WHITE


def test_transparent_colour_of_a_palette():
    image = Image.new("P", (9, 9), 0)
    image.putpalette([*RED, *GREEN])
    assert colour_of(image, transparency=0) == WHITE
    assert colour_of(image, transparency=1) == RED


def test_sixteen_bits_are_scaled_and_not_clipped():
    grey = Image.fromarray(np.full((9, 9), 100 * 257, np.uint16))
    assert colour_of(grey) == (100, 100, 100)


def test_floating_point_is_unreadable():
    with pytest.raises(UNREADABLE, match="floating-point"):
        decode(png(Image.new("F", (9, 9), 0.5), "TIFF"), 8)


def test_the_camera_was_rotated():
    upright = Image.new("RGB", (8, 8), RED)
    upright.paste(GREEN, (0, 0, 8, 4))  # green above
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    pixels, _ = decode(png(lying, exif=exif), 8)
    assert np.array_equal(pixels, np.asarray(upright))


@pytest.mark.parametrize("size", [(178, 218), (218, 178)])
def test_the_square_is_central_and_not_distorted(size):
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    disc = (x - width / 2 + 0.5) ** 2 + (y - height / 2 + 0.5) ** 2 < 60**2
    image = Image.fromarray((disc * 255).astype(np.uint8))
    cut = np.asarray(square(image, 64)).astype(float) / 255
    row, column = cut.sum(0), cut.sum(1)
    assert np.allclose(row, column, atol=0.3)  # still a circle
    assert np.allclose(cut, cut[::-1, ::-1], atol=0.05)  # still in the centre
    assert row.max() == pytest.approx(2 * 60 * 64 / 178, abs=0.5)


def test_crop_keeps_a_fraction_of_the_shorter_side():
    image = Image.new("L", (100, 60), 0)
    image.paste(255, (35, 15, 65, 45))  # the central 30 x 30
    # The filter sees half a pixel beyond the edge.
    assert np.asarray(square(image, 16, 0.5)).min() > 220
    assert np.asarray(square(image, 16, 0.55))[:, 0].max() < 100


@given(shift=st.integers(0, 7))
def test_reduction_is_antialiased(shift):
    stripes = np.tile(np.roll(np.repeat([0, 255], 4), shift), 64).astype(np.uint8)
    reduced = np.asarray(square(Image.fromarray(np.tile(stripes, (512, 1))), 16))
    assert np.all(abs(reduced[2:-2, 2:-2].astype(int) - 127) < 8)


def test_what_is_smaller_than_the_resolution_is_said():
    image = png(Image.new("RGB", (20, 40), RED))
    assert [decode(image, r)[1] for r in (20, 21)] == [False, True]
    assert decode(image, 20, 0.9)[1]


def test_a_large_jpeg_is_reduced_while_it_is_decoded(make):
    image = make.picture(3, (900, 700)).resize((1800, 1400))
    fast, _ = decode(png(image, "JPEG", quality=95), 32, 0.8)
    exact = np.asarray(square(image, 32, 0.8))
    assert np.mean(abs(fast.astype(int) - exact)) < 6


def test_decoding_keeps_the_order_and_marks_what_is_broken(make):
    files = {f"{i:03d}": make.encoded(make.picture(i)) for i in range(200)}
    files["007"] = b"a text"
    files["100"] = files["100"][: len(files["100"]) // 2]
    blocks = list(decode_all(list(files), files.__getitem__, 12, 1.0))
    readable = np.concatenate([block.readable for block in blocks])
    assert np.flatnonzero(~readable).tolist() == [7, 100]
    images = np.concatenate([block.images for block in blocks])
    expected = [decode(data, 12)[0] for name, data in files.items() if name not in ("007", "100")]
    assert np.array_equal(images, expected)


def test_a_decompression_bomb_is_unreadable(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UNREADABLE, match="decompression bomb"):
        decode(png(Image.new("L", (100, 100))), 8)
