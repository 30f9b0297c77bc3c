import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mlflow_latents.data.vectors import Vectors, join_held_out, read_vectors, vectors_in
from mlflow_latents.errors import InputError

Z = np.arange(12.0, dtype=np.float32).reshape(6, 2)
SPLIT = np.repeat(["train", "validation", "test"], 2)


def test_npy_is_read_as_training_vectors(tmp_path):
    np.save(tmp_path / "z.npy", Z)
    vectors = read_vectors(tmp_path / "z.npy")
    np.testing.assert_array_equal(vectors.z, Z)
    assert set(vectors.split) == {"train"}
    assert list(vectors.names) == list("012345")


def test_npz_brings_splits_and_names(tmp_path):
    np.savez(tmp_path / "z.npz", z=Z, split=SPLIT, name=np.array(list("abcdef")))
    vectors = read_vectors(tmp_path / "z.npz")
    np.testing.assert_array_equal(vectors.split, SPLIT)
    assert list(vectors.names) == list("abcdef")


def test_single_array_of_any_name_will_do(tmp_path):
    np.savez(tmp_path / "z.npz", embeddings=Z)
    np.testing.assert_array_equal(read_vectors(tmp_path / "z.npz").z, Z)


@pytest.mark.parametrize(
    ("arrays", "word"),
    [
        ({"z": Z[0]}, r"\(2,\)"),
        ({"z": Z.astype(str)}, "type"),
        ({"z": Z + 1j}, "real numbers"),
        ({"z": np.array([object()])}, "pickled"),
        ({"a": Z, "b": Z}, "a, b"),
        ({"z": Z, "split": SPLIT[:3]}, "split"),
        ({"z": Z, "split": np.full(6, "dev")}, "split"),
        ({"z": Z, "name": np.arange(3)}, "name"),
    ],
)
def test_bad_arrays_are_one_sentence(tmp_path, arrays, word):
    np.savez(tmp_path / "z.npz", **arrays)
    with pytest.raises(InputError, match=word):
        read_vectors(tmp_path / "z.npz")


@pytest.mark.parametrize("name", ["z.npy", "z.npz", "z.parquet", "z.txt", "missing.npy"])
def test_bad_files_are_one_sentence(tmp_path, name):
    if name != "missing.npy":
        (tmp_path / name).write_text("1,2,3")
    with pytest.raises(InputError, match=name):
        read_vectors(tmp_path / name)


def test_joined_files_keep_their_roles(tmp_path):
    np.save(tmp_path / "a.npy", Z)
    np.save(tmp_path / "b.npy", Z[:2])
    np.save(tmp_path / "c.npy", Z[:, :1])
    a, b, c = (read_vectors(tmp_path / f"{name}.npy") for name in "abc")
    joined = join_held_out(a, b)
    np.testing.assert_array_equal(joined.z[joined.split == "train"], Z)
    np.testing.assert_array_equal(joined.z[joined.split == "test"], Z[:2])
    with pytest.raises(InputError, match="dimensions"):
        join_held_out(a, c)
    with pytest.raises(InputError, match="no held-out"):
        join_held_out(a, Vectors(Z[:0], SPLIT[:0], SPLIT[:0]))
    with pytest.raises(InputError, match="of their own"):
        join_held_out(Vectors(Z, SPLIT, SPLIT), b)


def test_splits_of_the_first_file_stand(tmp_path):
    first = Vectors(Z[:4], SPLIT[:4], np.arange(4).astype(str))
    joined = join_held_out(first, Vectors(Z[4:], SPLIT[4:], np.arange(2).astype(str)))
    np.testing.assert_array_equal(joined.of("train"), Z[:2])
    np.testing.assert_array_equal(joined.of("test"), Z[4:])


@pytest.mark.parametrize(("suffix", "written"), [("npz", "npy"), ("npy", "npz")])
def test_wrong_suffix_is_one_sentence(tmp_path, suffix, written):
    save = np.save if written == "npy" else np.savez
    with (tmp_path / f"z.{suffix}").open("wb") as file:
        save(file, Z)
    with pytest.raises(InputError, match="cannot be read"):
        read_vectors(tmp_path / f"z.{suffix}")


class Tensor:
    """Stands for the arrays of JAX, PyTorch …"""

    def __array__(self, dtype=None, copy=None):
        return Z


@pytest.mark.parametrize(
    "data",
    [
        Z,
        Tensor(),
        Z.tolist(),
        tuple(Z),
        np.array([*Z, None], object)[:-1],
        ["[0, 1]", "[2, 3]", "[4, 5]", "[6, 7]", "[8, 9]", "[10, 11]"],
        pd.DataFrame(Z),
        pd.Series(list(Z)),
        pa.table({"a": Z[:, 0], "b": Z[:, 1]}),
    ],
)
def test_vectors_are_found_in_every_form(data):
    vectors = vectors_in(data, "The data")
    np.testing.assert_array_equal(vectors.z, Z)
    assert list(vectors.names) == list("012345")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (Z[:, 0], r"The data has one float32 value per row.*pca\.transform"),
        ([1.0, 2.0], r"no vector in row 0 but shape \(\)"),
        ([[1.0], ["a"]], "no vector in row 1"),
        ([[1, 2], [3, "a"]], "no vector in row 1"),
        ([[[1], [2]], [[3], [4]]], r"shape \(2, 1\)"),
        (["a"], "no list of numbers"),
        ({"a": Z}, "is a dict"),
        ("text", "is a str"),
        (3, "is a int"),
        (pd.DataFrame(Z).assign(split="dev"), "split"),
        (np.full((3, 2), np.inf), "NaN or infinity"),
    ],
)
def test_what_is_no_vectors_is_one_sentence(data, words):
    with pytest.raises(InputError, match=words) as caught:
        vectors_in(data, "The data")
    assert str(caught.value).startswith("The data")
    assert str(caught.value).endswith(".")
