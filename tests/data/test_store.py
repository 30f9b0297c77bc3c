import errno
import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from mlflow_latents.data import open_images
from mlflow_latents.data import store as store_module
from mlflow_latents.data.plan import Block, Plan
from mlflow_latents.data.splits import seeded_split
from mlflow_latents.data.store import materialise
from mlflow_latents.errors import InputError
from mlflow_latents.paths import cache_folder


def plan(n=300, broken=(), costly=True, **changes):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n, 4, 5, 3)).astype(np.uint8)
    readable = ~np.isin(np.arange(n), broken)

    def blocks():
        for start in range(0, n, 64):
            part = slice(start, start + 64)
            yield Block(images[part][readable[part]], readable[part])

    fields = {
        "name": "mine",
        "source": "here",
        "shape": (4, 5, 3),
        "split": seeded_split(n, 0),
        "names": np.array([f"{i}" for i in range(n)]),
        "attributes": {"number": np.arange(n)},
        "blocks": blocks,
        "key": {"seed": 0},
        "costly": costly,
    }
    return Plan(**(fields | changes)), images


def entries(cache):
    return sorted(path.name for path in cache.iterdir()) if cache.exists() else []


def fail(*args):
    raise AssertionError("not to be called")


def test_cheap_sets_stay_in_memory_and_equal_those_of_the_cache(cache):
    cheap, costly = materialise(plan(costly=False)[0]), materialise(plan()[0])
    assert isinstance(costly.images, np.memmap)
    assert not isinstance(cheap.images, np.memmap)
    assert np.array_equal(cheap.images, costly.images)
    assert np.array_equal(cheap.images, plan()[1])
    assert cheap.digest == costly.digest


def test_large_sets_go_through_the_cache(cache, monkeypatch):
    monkeypatch.setattr(store_module, "IN_MEMORY", 1000)
    assert isinstance(materialise(plan(costly=False)[0]).images, np.memmap)


def test_the_second_opening_reads_the_cache(cache):
    first = materialise(plan()[0])
    second = materialise(plan(blocks=fail)[0])
    assert second.digest == first.digest
    assert np.array_equal(second.images, first.images)
    assert len(entries(cache)) == 1


@pytest.mark.parametrize(
    "change", [{"key": {"seed": 1}}, {"name": "yours"}, {"split": seeded_split(300, 1)}]
)
def test_what_determines_the_content_is_in_the_key(cache, change):
    materialise(plan()[0])
    materialise(plan(**change)[0])
    assert len(entries(cache)) == 2


def test_a_changed_file_is_decoded_again(folder, cache):
    before = open_images("folder", data_dir=str(folder), resolution=8)
    shutil.copy(folder / "cats" / "01.png", folder / "cats" / "00.png")
    after = open_images("folder", data_dir=str(folder), resolution=8)
    assert not np.array_equal(before.images[0], after.images[0])
    assert np.array_equal(after.images[0], after.images[1])


def test_a_few_unreadable_images_are_skipped_counted_and_named(cache):
    for _ in range(2):  # decoded, then from the cache
        with pytest.warns(UserWarning, match="2 images of here could not be read.*: 7, 250"):
            images = materialise(plan(broken=(7, 250))[0])
        assert images.skipped == ("7", "250")
        kept = np.delete(np.arange(300), [7, 250])
        assert np.array_equal(images.attributes["number"], kept)
        assert np.array_equal(images.images, plan()[1][kept])
        assert np.array_equal(images.split, seeded_split(300, 0)[kept])


def test_more_than_one_percent_unreadable_is_an_error(cache):
    with pytest.raises(InputError, match=r"More than 1 %.*\(0, 100, 200, …\)"):
        materialise(plan(broken=(0, 100, 200, 299))[0])
    assert entries(cache) == []


def test_no_space_is_said_before_anything_is_written(cache, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2_000_000_000))
    huge = plan(shape=(4000, 4000, 3), blocks=fail)[0]
    with pytest.raises(InputError, match=r"2.00 GB free.*need 14.40 GB.*MLFLOW_LATENTS_CACHE"):
        materialise(huge)
    assert entries(cache) == []


def test_a_disk_that_fills_up_is_said(cache):
    def blocks():
        raise OSError(errno.ENOSPC, "No space left on device")
        yield

    with pytest.raises(InputError, match="GB free, but 300 images"):
        materialise(plan(blocks=blocks)[0])
    assert entries(cache) == []


def test_an_interrupted_filling_leaves_nothing(cache):
    def blocks():
        yield next(plan()[0].blocks())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        materialise(plan(blocks=blocks)[0])
    assert entries(cache) == []


def test_what_a_killed_process_left_is_removed(cache):
    old, young = cache / ".filling-old", cache / ".filling-young"
    for path in (old, young):
        path.mkdir(parents=True)
    os.utime(old, (0, 0))
    materialise(plan()[0])
    assert not old.exists()
    assert young.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: (entry / "images.npy").write_bytes(b"short"),
        lambda entry: (entry / "images.npy").unlink(),
        lambda entry: os.truncate(entry / "images.npy", 1000),
        lambda entry: np.save(entry / "images.npy", plan()[1][:-1]),
        lambda entry: np.save(entry / "images.npy", plan()[1].astype(float)),
        lambda entry: (entry / "about.json").write_text("{"),
        lambda entry: (entry / "about.json").write_text("[]"),
        lambda entry: (entry / "about.json").unlink(),
    ],
)
def test_a_damaged_entry_is_filled_again(cache, damage):
    digest = materialise(plan()[0]).digest
    (entry,) = cache.iterdir()
    damage(entry)
    images = materialise(plan()[0])
    assert np.array_equal(images.images, plan()[1])
    assert images.digest == digest
    assert materialise(plan(blocks=fail)[0]).digest == digest
    assert entries(cache) == [entry.name]


def test_an_entry_that_stays_damaged_is_said(cache, monkeypatch):
    monkeypatch.setattr(store_module, "_find", lambda plan, entry: None)
    with pytest.raises(InputError, match=r"mine-\w+ is damaged: delete that folder"):
        materialise(plan()[0])


def test_a_cache_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="cannot be written"):
            materialise(plan()[0], str(place))


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("~no_such_user/x", "cache_dir ~no_such_user/x starts at a home folder"),
        ("x" * 300, "cannot be read .File name too long"),
        pytest.param(
            "/proc/x",
            "cache folder /proc/x cannot be written",
            marks=pytest.mark.skipif(not os.path.isdir("/proc"), reason="Linux has /proc"),
        ),
    ],
)
def test_an_impossible_cache_is_said(place, says):
    with pytest.raises(InputError, match=says):
        materialise(plan()[0], place)


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_LATENTS_CACHE", str(tmp_path / "ours"))
    assert cache_folder("mine").name == "mine"
    assert cache_folder() == tmp_path / "ours"
    monkeypatch.delenv("MLFLOW_LATENTS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "mlflow_latents"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "mlflow_latents"


def test_the_images_are_a_plain_npy_file(cache):
    images = materialise(plan()[0])
    (entry,) = cache.iterdir()
    assert np.array_equal(np.load(entry / "images.npy"), images.images)
    assert json.loads((entry / "about.json").read_text())["digest"] == images.digest


def test_processes_may_fill_it_at_once(folder, cache):
    script = (
        "import sys, time; from mlflow_latents.data import open_images\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print(open_images('folder', data_dir=sys.argv[1], resolution=200).digest)"
    )
    command = [sys.executable, "-W", "ignore", "-c", script, str(folder)]
    pipe = subprocess.PIPE
    workers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    digests = {worker.communicate()[0] for worker in workers}
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert len(digests) == 1
    assert len(entries(cache)) == 1
    with pytest.warns(UserWarning, match="enlarged"):
        assert open_images("folder", data_dir=str(folder), resolution=200).digest in digests.pop()


def test_the_other_process_wins(cache):
    def blocks():
        materialise(plan()[0])  # another process fills the same entry meanwhile
        yield from plan()[0].blocks()

    images = materialise(plan(blocks=blocks)[0])
    assert np.array_equal(images.images, plan()[1])
    assert len(entries(cache)) == 1
