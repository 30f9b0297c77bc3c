"""Whether the vectors of one class are a multivariate normal distribution by themselves."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats import assess

LEAST_PER_DIMENSION = 5
MOST_VALUES = 500_000  # of the vectors judged: 2,000 at 250 dimensions


@dataclass(frozen=True)
class CloudAlone:
    """What a quick assessment says of some vectors.

    Parameters
    ----------
    n : int
        Vectors judged.
    kind : str
        Of the verdict: see `mlflow_latents.stats.Verdict`.
    sentence : str
        The verdict in words.
    variance_ratio : float
        Variance of the squared Mahalanobis distance over that of its law; 1 is normal.
    axes : float
        Share of the principal axes that look normal by themselves.
    negentropy : float
        Nats that the mean principal axis loses when it is taken for normal; 0 is normal.
    """

    n: int
    kind: str
    sentence: str
    variance_ratio: float
    axes: float
    negentropy: float


def judge_alone(z: np.ndarray, seed: int = 0) -> CloudAlone | None:
    """Judge vectors by themselves, as `assess` does with the effort "quick".

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors, such as those of a class. Of more than half a million numbers a part is drawn, so
        that a class takes about 2 seconds.
    seed : int
        Seed of the draw and of what is judged.

    Returns
    -------
    CloudAlone or None
        None for fewer than 5 d vectors, and for vectors that do not vary.
    """
    n, d = z.shape
    if n < LEAST_PER_DIMENSION * d:
        return None
    most = max(LEAST_PER_DIMENSION * d, MOST_VALUES // d)
    if n > most:
        z = z[np.sort(np.random.default_rng(seed).choice(n, most, replace=False))]
    try:
        report = assess(z, seed=seed, effort="quick")
    except InputError:  # all equal, or fewer than d + 2
        return None
    return CloudAlone(
        n=len(z),
        kind=report.verdict.kind,
        sentence=report.verdict.sentence,
        variance_ratio=report.in_sample.radial.variance_ratio,
        axes=report.in_sample.principal.normal_fraction,
        negentropy=report.distance.principal.mean,
    )
