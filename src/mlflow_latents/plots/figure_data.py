"""What every figure of a latent distribution is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from mlflow_latents.stats import LatentReport


@dataclass(frozen=True)
class FigureData:
    """The vectors, and what was found about them.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        The latent vectors that ``report.fit`` came from.
    held_out : numpy.ndarray, shape (m, d), or None
        Vectors that the fit has not seen.
    report : LatentReport
        What `mlflow_latents.stats.assess` says of ``z`` and ``held_out``.
    seed : int
        Seed of everything that a figure draws at random.
    """

    z: np.ndarray
    held_out: np.ndarray | None
    report: LatentReport
    seed: int = 0


@dataclass(frozen=True)
class Caption:
    """The words that go with a figure.

    Parameters
    ----------
    title : str
        What the figure shows, in plain words.
    how_to_read : str
        One or two sentences: what to look for, and what it would mean.
    """

    title: str
    how_to_read: str
