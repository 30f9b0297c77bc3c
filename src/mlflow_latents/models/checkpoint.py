"""The state of a training on disk: written atomically, continued bitwise."""

import hashlib
import json
import os
import zipfile
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import jax.numpy as jnp
import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.models.epoch import Epoch
from mlflow_latents.models.steps import State

LAST, BEST = "last.npz", "best.npz"
_VALIDATION_LOSS = [field.name for field in fields(Epoch)].index("validation_loss")


@dataclass(frozen=True)
class Checkpoint:
    """A training after its last complete epoch."""

    state: State
    history: tuple[Epoch, ...]


def job_digest(*parts) -> str:
    """Digest of what must be equal for a training to be continued: dataclasses and texts."""
    plain = [part if isinstance(part, str) else asdict(part) for part in parts]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def save_checkpoint(path: Path, checkpoint: Checkpoint, digest: str) -> None:
    """Write a checkpoint; a reader sees the old file or the new one, never a part."""
    arrays = {
        f"{kind}/{number:04}": np.asarray(value)
        for kind, values in checkpoint.state._asdict().items()
        for number, value in enumerate(values)
    }
    history = np.array([astuple(epoch) for epoch in checkpoint.history], np.float64)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            np.savez(file, digest=digest, history=history, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def whole_epochs(folder: Path) -> int:
    """Count the epochs of the training kept in a folder; 0 where it is not whole.

    A copy that was interrupted leaves a file cut short, or the last weights beside best weights of
    another epoch.
    """
    try:
        histories = []
        for name in (LAST, BEST):
            # Opened here, since NumPy leaves a damaged file open.
            with (folder / name).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                histories.append(arrays["history"])
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return 0
    last, best = histories
    return len(last) if len(best) == 1 + np.argmin(last[:, _VALIDATION_LOSS]) else 0


def load_checkpoint(path: Path, digest: str) -> Checkpoint:
    """Read a checkpoint of the job with this digest.

    Raises
    ------
    InputError
        If the checkpoint is damaged or belongs to another configuration or image set.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = dict(file)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise InputError(f"{path} is damaged ({error}): delete it to start anew.") from error
    if str(arrays["digest"]) != digest:
        raise InputError(
            f"{path} belongs to a training with another configuration or image set: "
            "continue it with its own, or give another checkpoint folder."
        )
    lists = {
        kind: [jnp.array(arrays[name]) for name in sorted(arrays) if name.startswith(f"{kind}/")]
        for kind in State._fields
    }
    history = tuple(Epoch(int(number), *values) for number, *values in arrays["history"].tolist())
    return Checkpoint(State(**lists), history)
