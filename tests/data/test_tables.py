import tracemalloc

import numpy as np
import pandas as pd
import pytest

from mlflow_latents.data import tables
from mlflow_latents.data.tables import table_arrays
from mlflow_latents.data.vectors import read_vectors
from mlflow_latents.errors import InputError

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(7, 3))
FRAME = pd.DataFrame(Z, columns=list("abc"))
SPLIT = ["train"] * 4 + ["test"] * 3
NAMES = [f"00{number}" for number in range(7)]


@pytest.fixture(params=[2, 4096])
def chunk(request, monkeypatch):
    """Whole in one part, and in four."""
    monkeypatch.setattr(tables, "CHUNK", request.param)


def save(frame, path, **options):
    if path.suffix == ".csv":
        frame.to_csv(path, **{"index": False, **options})
    else:
        frame.to_parquet(path)
    return path


@pytest.mark.parametrize("file", ["z.csv", "z.parquet", "Z.CSV"])
def test_columns_of_numbers(tmp_path, chunk, file):
    frame = FRAME.assign(split=SPLIT, name=NAMES)[["split", "a", "name", "b", "c"]]
    path = tmp_path / file
    frame.to_parquet(path) if file == "z.parquet" else frame.to_csv(path, index=False)
    vectors = read_vectors(path)
    np.testing.assert_allclose(vectors.z, Z, rtol=1e-15)
    assert vectors.z.dtype == np.float64
    assert list(vectors.split) == SPLIT
    assert list(vectors.names) == NAMES


@pytest.mark.parametrize("file", ["z.csv", "z.parquet"])
def test_one_column_of_lists(tmp_path, chunk, file):
    frame = pd.DataFrame({"text": list("abcdefg"), "id": range(7), "vector": Z.tolist()})
    vectors = read_vectors(save(frame, tmp_path / file))
    np.testing.assert_array_equal(vectors.z, Z)
    assert list(vectors.names) == list("0123456")


def test_parquet_keeps_float32_and_drops_the_index(tmp_path, chunk):
    frame = FRAME.astype(np.float32).set_index(pd.Index(list("abcdefg")))
    vectors = read_vectors(save(frame, tmp_path / "z.parquet"))
    np.testing.assert_array_equal(vectors.z, Z.astype(np.float32))
    assert vectors.z.dtype == np.float32
    lists = pd.DataFrame({"vector": list(Z.astype(np.float32))})
    assert read_vectors(save(lists, tmp_path / "lists.parquet")).z.dtype == np.float32


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        ({"header": False}, "abc"),  # as numpy.savetxt
        ({}, [0, 1, 2]),  # pandas, without names of its own
        ({"index": True}, [0, 1, 2]),  # and with its index
        ({"index": True}, "abc"),
        ({"encoding": "utf-8-sig"}, ["ä", "b", "c"]),
    ],
)
def test_csv_with_and_without_names_of_columns(tmp_path, chunk, options, columns):
    frame = pd.DataFrame(Z, columns=list(columns))
    vectors = read_vectors(save(frame, tmp_path / "z.csv", **options))
    np.testing.assert_allclose(vectors.z, Z, rtol=1e-15)


def test_csv_of_integers_and_of_numpy(tmp_path):
    (tmp_path / "integers.csv").write_text("0,1\n5,7\n")
    np.testing.assert_array_equal(read_vectors(tmp_path / "integers.csv").z, [[5, 7]])
    (tmp_path / "integers.csv").write_text("0,2\n5,7\n\n")
    np.testing.assert_array_equal(read_vectors(tmp_path / "integers.csv").z, [[0, 2], [5, 7]])
    np.savetxt(tmp_path / "numpy.csv", Z, delimiter=",")
    np.testing.assert_allclose(read_vectors(tmp_path / "numpy.csv").z, Z, rtol=1e-15)
    (tmp_path / "lists.csv").write_text('"[1, 2.5]"\n"[3, 4]"\n')
    np.testing.assert_array_equal(read_vectors(tmp_path / "lists.csv").z, [[1, 2.5], [3, 4]])


def test_missing_values_stay_to_be_named_by_the_assessment(tmp_path):
    (tmp_path / "z.csv").write_text("a,b\n1,2\n3,\n")
    np.testing.assert_array_equal(read_vectors(tmp_path / "z.csv").z, [[1, 2], [3, np.nan]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("a,b\n", "holds no vectors"),
        ("a,b\n1,2\n1,2\nx,2\n", r"'x' in row 2 of column 'a'"),
        ("a,label\n1,cat\n", r"'cat' in row 0 of column 'label'"),
        ("1;2\n3;4\n", "1;2"),
        ("a,b\n1,2\n1,2,3\n", "cannot be read .*line 3"),
        ("a,b\n1,2,3\n4,5,6\n", "cannot be read .*line 2"),
        ("split,name\ntrain,a\n", "no columns of numbers"),
        ("split,a\ndev,1\n", "split"),
        ('v\n"[1, 2]"\n"[1, 2]"\n"[1]"\n', "ragged: vector 2 has 1 numbers"),
        ('v\n"[1, 2]"\n"[1, 2]"\n"[1 2]"\n', "no list of numbers"),
        ('v\n"[1, ""a""]"\n', "no vector in row 0"),
        ('v,w\n"[1, 2]","[1, 2]"\n', "several columns of lists, 'v', 'w'"),
    ],
)
def test_bad_csv_is_one_sentence(tmp_path, chunk, text, words):
    path = tmp_path / "z.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_vectors(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"a": []}, "holds no vectors"),
        ({"v": [[1.0, 2.0], [1.0, 2.0], [3.0]]}, "ragged: vector 2 has 1 numbers"),
        ({"v": [[1.0, 2.0], [1.0, 2.0], None]}, "no vector in row 2"),
        ({"v": [[[1.0], [2.0]]]}, "no vector in row 0"),
        ({"a": [1 + 1j], "b": [1 + 0j]}, "column 'a'|omplex"),
        ({"a": ["1.5"]}, "column 'a'"),
    ],
)
def test_bad_parquet_is_one_sentence(tmp_path, chunk, columns, words):
    frame = pd.DataFrame(columns)
    if not words.endswith("omplex"):
        with pytest.raises(InputError, match=words):
            read_vectors(save(frame, tmp_path / "z.parquet"))
    with pytest.raises(InputError, match=words):
        table_arrays([frame], len(frame), "The data")


def test_file_of_another_kind_is_one_sentence(tmp_path):
    for name in ("z.csv", "z.parquet"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00PAR1\x80\n")
        with pytest.raises(InputError, match=f"{name} cannot be read"):
            read_vectors(tmp_path / name)


def test_a_large_table_takes_little_more_memory_than_its_vectors(tmp_path):
    frame = pd.DataFrame(RNG.normal(size=(60_000, 20)).round(3))
    files = [save(frame, tmp_path / name) for name in ("z.csv", "z.parquet")]
    read_vectors(files[0])  # pandas is imported
    for file in files:
        tracemalloc.start()
        vectors = read_vectors(file)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # The names, text of four bytes a letter, come beside.
        assert peak < 1.6 * vectors.z.nbytes + 3 * vectors.names.nbytes
