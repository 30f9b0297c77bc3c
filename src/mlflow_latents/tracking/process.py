"""What this process computes with, and whether a command of this package starts a run in it."""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import PackageNotFoundError, version

from mlflow_latents import __version__

_VERSIONS = ("keras", "jax", "numpy", "scipy")
# Of the running thread alone: a run that another one starts meanwhile is not ours.
_OURS: ContextVar[bool] = ContextVar("runs_of_commands", default=False)


@contextmanager
def runs_of_commands() -> Iterator[None]:
    """Have the runs that are started inside tagged as this package's."""
    token = _OURS.set(True)
    try:
        yield
    finally:
        _OURS.reset(token)


def is_command() -> bool:
    """Whether a run that is started now is this package's."""
    return _OURS.get()


def command_tags() -> dict[str, str]:
    """Say what this process computes with.

    Returns
    -------
    dict
        `mlflow_latents.backend` ('jax', or 'numpy' in a process that has not imported JAX),
        `.platform` ('cpu', 'gpu' …), `.device` (model and number), `.version`, and
        `.version.keras`, `.jax`, `.numpy` and `.scipy`, as far as they are installed.
    """
    tags = {**_device(), "version": __version__}
    for package in _VERSIONS:
        try:
            tags[f"version.{package}"] = version(package)
        except PackageNotFoundError:
            continue
    return {f"mlflow_latents.{name}": text for name, text in tags.items()}


def _device() -> dict[str, str]:
    jax = sys.modules.get("jax")
    processor = f"{platform.machine()}, {os.cpu_count()} cores"
    if jax is None:
        return {"backend": "numpy", "platform": "cpu", "device": processor}
    try:
        devices = jax.local_devices()
    except RuntimeError:  # no device of the platform that JAX_PLATFORMS names
        return {"backend": "jax", "platform": "unknown", "device": "unknown"}
    kind = devices[0].platform
    device = processor if kind == "cpu" else f"{len(devices)} × {devices[0].device_kind}"
    return {"backend": "jax", "platform": kind, "device": device}
