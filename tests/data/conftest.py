import gzip
import io
import zipfile

import numpy as np
import pytest
from PIL import Image


def picture(i, size=(20, 24)):
    """A smooth image, different for every i."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    channels = [7 * i + 3 * x, 11 * i + 2 * y, 5 * i + x + y]
    return Image.fromarray((np.stack(channels, -1) % 256).astype(np.uint8))


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def folder(tmp_path):
    """Forty images in two folders, a text beside them, a hidden file."""
    root = tmp_path / "photographs"
    for i in range(40):
        path = root / ("cats" if i < 20 else "dogs/old") / f"{i:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(i).save(path)
    (root / "README.txt").write_text("not an image")
    (root / "._00.png").write_text("not an image either")
    return root


def write_celeba(root, n=40, missing=(), splits=(0, 0, 1, 2), edition="official"):
    """CelebA with n rows; `missing` images are not in the download."""
    root.mkdir()
    names = [f"{i + 1:06d}.jpg" for i in range(n)]
    values = np.where(np.arange(n)[:, None] % [2, 3, 5] == 0, 1, -1)
    partition = [splits[i % len(splits)] for i in range(n)]
    files = {
        name: encoded(picture(i, (178, 218)), "JPEG")
        for i, name in enumerate(names)
        if i not in missing
    }
    if edition == "official":
        rows = [
            f"{name} {a:2d} {b:2d} {c:2d}\n" for name, (a, b, c) in zip(names, values, strict=True)
        ]
        (root / "list_attr_celeba.txt").write_text(f"{n}\nMale Smiling Bald \n" + "".join(rows))
        rows = [f"{name} {s}\n" for name, s in zip(names, partition, strict=True)]
        (root / "list_eval_partition.txt").write_text("".join(rows))
        with zipfile.ZipFile(root / "img_align_celeba.zip", "w") as archive:
            for name, data in files.items():
                archive.writestr(f"img_align_celeba/{name}", data)
        return root
    rows = [f"{name},{a},{b},{c}\n" for name, (a, b, c) in zip(names, values, strict=True)]
    (root / "list_attr_celeba.csv").write_text("image_id,Male,Smiling,Bald\n" + "".join(rows))
    rows = [f"{name},{s}\n" for name, s in zip(names, partition, strict=True)]
    (root / "list_eval_partition.csv").write_text("image_id,partition\n" + "".join(rows))
    inner = root / "img_align_celeba" / "img_align_celeba"
    inner.mkdir(parents=True)
    for name, data in files.items():
        (inner / name).write_bytes(data)
    return root


def idx_bytes(array):
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return head + array.astype(np.uint8).tobytes()


def write_idx(root, train=60, test=20, zipped=True):
    root.mkdir()
    rng = np.random.default_rng(0)
    for part, n in (("train", train), ("t10k", test)):
        images = idx_bytes(rng.integers(0, 256, (n, 28, 28)))
        labels = idx_bytes(np.arange(n) % 10)
        for kind, data in (("images-idx3", images), ("labels-idx1", labels)):
            name = f"{part}-{kind}-ubyte"
            if zipped:
                (root / f"{name}.gz").write_bytes(gzip.compress(data, 1))
            else:
                (root / name).write_bytes(data)
    return root


@pytest.fixture
def make():
    """The writers above, since test files cannot import each other."""

    class Writers:
        celeba = staticmethod(write_celeba)
        idx = staticmethod(write_idx)
        idx_bytes = staticmethod(idx_bytes)
        picture = staticmethod(picture)
        encoded = staticmethod(encoded)

    return Writers


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Every test has its own cache."""
    monkeypatch.setenv("MLFLOW_LATENTS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
