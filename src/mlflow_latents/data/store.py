"""From plan to image set: in memory when that is cheap, else through a cache of memory maps."""

import contextlib
import errno
import hashlib
import json
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mlflow_latents.data.image_set import ImageSet
from mlflow_latents.data.plan import Plan
from mlflow_latents.errors import InputError
from mlflow_latents.paths import CACHE_VARIABLE, cache_folder

IN_MEMORY = 500_000_000  # bytes; sets that are cheap to read go through the cache above this
UNREADABLE = 0.01  # share of images that may be unreadable
FILLING = ".filling-"
ABANDONED = 24 * 3600  # seconds after which a process that still fills must have been killed


def materialise(plan: Plan, cache_dir: str | None = None) -> ImageSet:
    """Decode or draw the images of a plan, or find them in the cache.

    Parameters
    ----------
    plan : Plan
        The images.
    cache_dir : str, optional
        Folder of the cache; see `cache_folder`.

    Returns
    -------
    ImageSet

    Raises
    ------
    InputError
        When the cache has no space, cannot be read or cannot be written, or when more than 1 % of
        the images are unreadable.

    Notes
    -----
    A cache entry is filled under a temporary name and renamed when it is complete, so that several
    processes may fill it at once: the first to finish wins, and all find the same images. A damaged
    entry is replaced.
    """
    if not plan.costly and plan.nbytes <= IN_MEMORY:
        return _in_memory(plan)
    entry = cache_folder(cache_dir) / f"{plan.name.replace('/', '-')}-{_key(plan)}"
    found = _find(plan, entry)
    if found is None:
        _fill(plan, entry)
        found = _find(plan, entry)
    if found is None:
        raise InputError(
            f"The cached image set {entry} is damaged: delete that folder and run again."
        )
    return _image_set(plan, *found)


@dataclass(frozen=True)
class _Outcome:
    digest: str
    skipped: list[str]
    enlarged: int


def _in_memory(plan):
    images = np.empty((len(plan), *plan.shape), np.uint8)
    filled = 0

    def keep(block):
        nonlocal filled
        images[filled : filled + len(block)] = block
        filled += len(block)

    outcome = _consume(plan, keep)
    images = images[:filled]
    images.setflags(write=False)
    return _image_set(plan, images, outcome)


def _fill(plan, entry):
    cache = entry.parent
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(cache)
        _check_space(plan, cache)
        # The temporary folder is a sibling: a rename is atomic only within one file system.
        with tempfile.TemporaryDirectory(prefix=FILLING, dir=cache) as temporary:
            _write(plan, Path(temporary, "entry"))
            _publish(plan, Path(temporary, "entry"), entry)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(_no_space(plan, cache)) from error
        raise InputError(
            f"The cache folder {cache} cannot be written ({error.strerror or error}): "
            f"choose another one by cache_dir or {CACHE_VARIABLE}."
        ) from error


def _remove_abandoned(cache):
    for folder in cache.glob(f"{FILLING}*"):
        with contextlib.suppress(FileNotFoundError):  # another process may remove it, too
            if time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder)


def _write(plan, folder):
    folder.mkdir()
    with open(folder / "images.npy", "wb") as file:
        _write_header(file, len(plan), plan.shape)
        outcome = _consume(plan, file.write)
        file.seek(0)
        _write_header(file, len(plan) - len(outcome.skipped), plan.shape)
    (folder / "about.json").write_text(json.dumps(asdict(outcome), indent=1), encoding="utf-8")


def _write_header(file, n, shape):
    """Write the head of a .npy file; NumPy pads it so that its length does not depend on n."""
    header = {"descr": "|u1", "fortran_order": False, "shape": (n, *shape)}
    np.lib.format.write_array_header_1_0(file, header)


def _publish(plan, filled, entry):
    if entry.exists() and _find(plan, entry) is None:
        shutil.rmtree(entry)
    try:
        filled.rename(entry)
    except OSError:
        if not entry.is_dir():  # otherwise another process was first, with the same images
            raise


def _consume(plan: Plan, write: Callable[[np.ndarray], object]) -> _Outcome:
    """Hand every block to `write`, and keep the books."""
    digest = hashlib.sha256(repr(plan.shape).encode())
    readable = np.ones(len(plan), bool)
    enlarged = done = 0
    with tqdm(total=len(plan), unit="img", desc=plan.name, disable=None) as bar:
        for block in plan.blocks():
            end = done + len(block.readable)
            readable[done:end] = block.readable
            if not block.readable.all():
                _check_readable(plan, readable)
            images = np.ascontiguousarray(block.images)
            digest.update(images)
            write(images)
            enlarged += block.enlarged
            bar.update(end - done)
            done = end
    for column in (plan.names, plan.split):
        digest.update("\n".join(column[readable].tolist()).encode())
    return _Outcome(digest.hexdigest()[:32], plan.names[~readable].tolist(), enlarged)


def _check_readable(plan, readable):
    skipped = plan.names[~readable]
    if len(skipped) > UNREADABLE * len(plan):
        raise InputError(
            f"More than 1 % of the {len(plan)} images of {plan.source} cannot be read "
            f"({_first(skipped)}): repair or remove them."
        )


def _check_space(plan, cache):
    if shutil.disk_usage(cache).free < plan.nbytes:
        raise InputError(_no_space(plan, cache))


def _no_space(plan, cache):
    free = shutil.disk_usage(cache).free
    return (
        f"The cache folder {cache} has {free / 1e9:.2f} GB free, but {len(plan)} images of "
        f"{plan.name!r} need {plan.nbytes / 1e9:.2f} GB: choose another folder by cache_dir or "
        f"{CACHE_VARIABLE}, or take fewer images or a smaller resolution."
    )


def _key(plan):
    """Hash all that determines the entry."""
    key = hashlib.sha256(json.dumps([plan.key, plan.shape], sort_keys=True).encode())
    key.update(_listing(plan))
    return key.hexdigest()[:16]


def _listing(plan):
    return "\n".join([*plan.names.tolist(), *plan.split.tolist()]).encode()


def _find(plan, entry):
    """Return the images and books of an entry; None when there is none, or it is damaged."""
    try:
        about = json.loads((entry / "about.json").read_text(encoding="utf-8"))
        images = np.lib.format.open_memmap(entry / "images.npy", mode="r")
        outcome = _Outcome(**about)
        n = np.count_nonzero(_readable(plan, outcome))
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None
    except OSError as error:
        raise InputError(
            f"The cached image set {entry} cannot be read ({error.strerror}): make it readable, or "
            f"choose another folder by cache_dir or {CACHE_VARIABLE}."
        ) from error
    whole = images.shape == (n, *plan.shape) and images.dtype == np.uint8
    return (images, outcome) if whole else None


def _readable(plan, outcome):
    return ~np.isin(plan.names, outcome.skipped)


def _image_set(plan, images, outcome):
    _warn(plan, outcome)
    readable = _readable(plan, outcome)
    return ImageSet(
        name=plan.name,
        images=images,
        split=plan.split[readable],
        names=plan.names[readable],
        attributes={name: values[readable] for name, values in plan.attributes.items()},
        digest=outcome.digest,
        source=plan.source,
        skipped=tuple(outcome.skipped),
    )


def _warn(plan, outcome):
    if outcome.skipped:
        warnings.warn(
            f"{len(outcome.skipped)} images of {plan.source} could not be read and are left out: "
            f"{_first(outcome.skipped)}.",
            stacklevel=2,
        )
    if outcome.enlarged:
        warnings.warn(
            f"{outcome.enlarged} of {len(plan)} images of {plan.name!r} are smaller than "
            f"{plan.shape[0]} x {plan.shape[1]} pixels and were enlarged: they show less detail "
            "than their resolution says.",
            stacklevel=2,
        )


def _first(names):
    listed = ", ".join(map(str, names[:3]))
    return listed if len(names) <= 3 else f"{listed}, …"
