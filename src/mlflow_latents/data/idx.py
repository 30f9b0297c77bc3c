"""MNIST and Fashion-MNIST: idx files, or the copies that Keras downloads."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from mlflow_latents.data.arrays import plan_arrays
from mlflow_latents.data.config import ImagesConfig
from mlflow_latents.data.files import existing_folder
from mlflow_latents.data.plan import Plan
from mlflow_latents.data.splits import WITHOUT_TEST, seeded_split
from mlflow_latents.errors import InputError
from mlflow_latents.keras_backend import choose_jax

HOMES = {
    "mnist": "http://yann.lecun.com/exdb/mnist",
    "fashion_mnist": "https://github.com/zalandoresearch/fashion-mnist",
}
FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def plan_mnist(config: ImagesConfig) -> Plan:
    """Plan to read MNIST or Fashion-MNIST.

    The official test images are the test split, 5 % of the official training images validate. The
    attribute ``label`` is the class, 0 to 9.

    Parameters
    ----------
    config : ImagesConfig
        With ``data_dir`` the four idx files are read there, gzipped or not; without it Keras
        fetches its own copy.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        When a file is missing, broken or cannot be downloaded.
    """
    if config.data_dir is None:
        arrays, source = _from_keras(config.dataset), f"keras.datasets.{config.dataset}"
    else:
        root = existing_folder(config, _what_to_download(config.dataset))
        arrays, source = [_read(root, file, config.dataset) for file in FILES], str(root)
    train, train_labels, test, test_labels = arrays
    if (len(train), len(test)) != (len(train_labels), len(test_labels)):
        raise InputError(
            f"The files of {config.dataset!r} in {source} have not as many labels as images: "
            f"download them again from {HOMES[config.dataset]}."
        )
    if train.shape[1:] != test.shape[1:]:
        raise InputError(
            f"The training images of {config.dataset!r} in {source} have shape {train.shape[1:]} "
            f"and the test images {test.shape[1:]}: download them again from "
            f"{HOMES[config.dataset]}."
        )
    return plan_arrays(
        config,
        images=np.concatenate([train, test]),
        split=np.concatenate(
            [
                seeded_split(len(train), config.data_seed, WITHOUT_TEST),
                np.full(len(test), "test"),
            ]
        ),
        names=np.array(
            [f"train-{i:05d}" for i in range(len(train))]
            + [f"test-{i:05d}" for i in range(len(test))]
        ),
        labels=np.concatenate([train_labels, test_labels]),
        source=source,
    )


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file of unsigned bytes.

    Parameters
    ----------
    path : pathlib.Path
        Gzipped when it ends in ``.gz``.

    Returns
    -------
    numpy.ndarray
        uint8, with as many dimensions as the file says.

    Raises
    ------
    InputError
        When the file is no such file, or is cut short.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(
            f"{path} is not a whole gzip file ({error}): download it again."
        ) from error
    if len(data) < 4 or data[:3] != b"\x00\x00\x08" or len(data) < 4 + 4 * data[3]:
        raise InputError(f"{path} is not an idx file of unsigned bytes: download it again.")
    start = 4 + 4 * data[3]
    shape = tuple(np.frombuffer(data[4:start], ">u4").tolist())
    if len(data) - start != math.prod(shape):
        raise InputError(
            f"{path} holds {len(data) - start} values where its head promises "
            f"{math.prod(shape)}: download it again."
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _read(root, file, dataset):
    dotted = file.replace("-idx", ".idx")  # the Kaggle edition
    for name in (file, f"{file}.gz", dotted):
        if (root / name).is_file():
            values = read_idx(root / name)
            break
    else:
        raise InputError(f"There is no {file}.gz in {root}: {_what_to_download(dataset)} there.")
    if values.ndim != int(file[-7]) or values.size == 0:
        raise InputError(f"{root / name} has shape {values.shape}: download it again.")
    return values


def _from_keras(dataset):
    choose_jax()
    import keras  # only here: it takes seconds

    try:
        (train, train_labels), (test, test_labels) = getattr(keras.datasets, dataset).load_data()
    except Exception as error:  # Keras raises a plain Exception when a download fails
        raise InputError(
            f"{dataset!r} could not be downloaded ({error}): {_what_to_download(dataset)} "
            "into a folder, and give that as data_dir."
        ) from error
    return train, train_labels, test, test_labels


def _what_to_download(dataset):
    return f"download {', '.join(f'{file}.gz' for file in FILES)} from {HOMES[dataset]}"
