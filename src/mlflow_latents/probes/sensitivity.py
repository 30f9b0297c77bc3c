"""Does the background dominate towards the outside? How fast decoded pixels change, and where."""

import numpy as np
from scipy import special
from tqdm import tqdm

from mlflow_latents.errors import InputError
from mlflow_latents.probes.face_region import check_region, face_region
from mlflow_latents.probes.sensitivity_found import Sensitivity
from mlflow_latents.probes.sensitivity_meter import PLACES, Meter
from mlflow_latents.probes.white_decoder import WhiteDecoder
from mlflow_latents.stats import GaussianFit

LEVELS = (0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 8.0, 16.0, 32.0)
"""Of the shells, in sigma; hardly any vector of a normal distribution lies beyond 4."""

TYPICAL = 1.0  # level at which axes are compared, and from which walks start
DISTANCES = tuple(range(7))
"""Of the walks along principal axes, in sd."""

PARTS = 5  # of real vectors, by radius


def probe_sensitivity(
    decoder, fit: GaussianFit, judge=None, targets=(), region=None, white=None, seed: int = 0
) -> Sensitivity:
    """Measure how fast decoded pixels inside and outside the face, and factors, change.

    Steps are taken in whitened coordinates, so that 1 sd is 1 sd in any direction; derivatives are
    exact (forward mode).

    Parameters
    ----------
    decoder : keras.Model
        Latent vectors (n, d) to images from 0 to 1.
    fit : GaussianFit
        Of the training vectors.
    judge : keras.Model, optional
        Such images to logits (n, t), which stand for the factors: the network of an
        `AttributeJudge`.
    targets : sequence of str
        Their names.
    region : numpy.ndarray of bool, shape (height, width), optional
        The face; `face_region` when not given.
    white : numpy.ndarray, shape (n, k), optional
        Whitened vectors of held-out images, to be probed as well.
    seed : int

    Returns
    -------
    Sensitivity

    Raises
    ------
    InputError
        When decoder, fit, judge, targets, region and vectors do not suit each other.
    """
    network = WhiteDecoder(decoder, fit, judge)
    region = face_region(network.shape) if region is None else region
    region = check_region(region, network.shape)
    _check(network, targets, white)
    meter = Meter(network, region, seed)
    radii = {"centre": 0.0, "half_way": radius_of_level(TYPICAL, fit.rank) / 2}
    radii |= {f"level_{level:g}": radius_of_level(level, fit.rank) for level in LEVELS}
    typical = radii[f"level_{TYPICAL:g}"]
    walks = [
        (start, radius, group, distance)
        for start, radius in (("centre", 0.0), ("typical", typical))
        for group in ("leading", "trailing")
        for distance in DISTANCES
    ]
    observed = {} if white is None else _fifths(white, seed)
    with tqdm(
        total=len(radii) + len(observed) + 1 + len(walks),
        desc="sensitivity",
        unit=" places",
        disable=None,
    ) as bar:

        def counted(found):
            bar.update()
            return found

        return Sensitivity(
            region,
            tuple(targets),
            tuple(counted(meter.shell(*each)) for each in radii.items()),
            tuple(counted(meter.around(*each)) for each in observed.items()),
            tuple(counted(meter.walk(*each)) for each in walks),
            counted(meter.carried(typical, tuple(targets))),
        )


def radius_of_level(level: float, k: int) -> float:
    """Mahalanobis radius, in sd, of the shell at a level: the inverse of `stats.laws.level_of`.

    Parameters
    ----------
    level : float
        In sigma, up to 37.
    k : int
        Number of dimensions.
    """
    if level < 1:
        return float(np.sqrt(2 * special.gammaincinv(k / 2, special.erf(level / np.sqrt(2)))))
    return float(np.sqrt(special.chdtri(k, special.erfc(level / np.sqrt(2)))))


def _fifths(white, seed):
    """Vectors of each fifth by radius, in random order, as many as a shell has."""
    order = np.argsort(np.linalg.norm(white, axis=1), kind="stable")
    rng = np.random.default_rng(seed)
    return {
        f"observed_{i + 1}": white[rng.permutation(rows)[:PLACES]]
        for i, rows in enumerate(np.array_split(order, PARTS))
    }


def _check(network, targets, white):
    if len(targets) != network.count:
        raise InputError(
            f"targets holds {len(targets)} names, but the judge gives {network.count} logits: "
            "give one name for each."
        )
    if white is not None and (white.ndim != 2 or white.shape[1] != network.rank):
        raise InputError(
            f"white has shape {white.shape}: give vectors (n, {network.rank}) that the fit "
            "whitened."
        )
    if white is not None and len(white) < 2 * PARTS:
        raise InputError(
            f"white holds {len(white)} vectors: give at least {2 * PARTS}, two for each fifth."
        )
