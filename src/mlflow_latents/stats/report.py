"""Everything that the statistics say about a cloud of latent vectors."""

from dataclasses import dataclass

from mlflow_latents.stats.config import AssessConfig
from mlflow_latents.stats.gaussian import GaussianFit
from mlflow_latents.stats.geometry import Geometry
from mlflow_latents.stats.judgement import Judgement
from mlflow_latents.stats.verdict import Verdict


@dataclass(frozen=True)
class LatentReport:
    """The whole report.

    Parameters
    ----------
    fit : GaussianFit
        Fitted to the training vectors.
    geometry : Geometry
        Of the training vectors.
    in_sample : Judgement
        Of the training vectors.
    held_out : Judgement or None
        Of vectors that the fit has not seen.
    verdict : Verdict
        In plain words.
    seed : int
        Seed of everything random in it.
    config : AssessConfig
        The tolerances used.
    """

    fit: GaussianFit
    geometry: Geometry
    in_sample: Judgement
    held_out: Judgement | None
    verdict: Verdict
    seed: int
    config: AssessConfig


def assess(z, held_out=None, seed=0, config=None):
    """Judge latent vectors (being written)."""
    raise NotImplementedError
