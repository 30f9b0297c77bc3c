"""Whether attributes lie to one another in one latent space as they do in another."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

PERMUTATIONS = 999
LEAST_PERMUTED = 99  # of them that give a correlation, so that p can be 0.01
LEAST = 4  # attributes, with 6 pairs
ROUNDING = 1e-9


@dataclass(frozen=True)
class Similarity:
    """How two matrices of cosines or correlations agree, diagonals apart.

    Parameters
    ----------
    r
        Pearson correlation over pairs of attributes; NaN with fewer than 4 attributes.
    low, high
        Its 95 % interval, by leaving out one attribute after the other.
    p
        Of Mantel's test: share of the permutations of the attributes that give as large a
        correlation; NaN where it was not tested, or too few permutations give one.
    pairs
        Pairs that both matrices know.
    """

    r: float
    low: float
    high: float
    p: float
    pairs: int


def similarity(one: np.ndarray, other: np.ndarray, seed: int = 0) -> Similarity:
    """Correlate the off-diagonal elements of two symmetric matrices of the same attributes.

    Parameters
    ----------
    one, other
        (a, a); pairs of which either is NaN are left out.
    seed
        Of the permutations.

    References
    ----------
    Kriegeskorte, Mur and Bandettini (2008), Frontiers in Systems Neuroscience 2:4, on the
    correlation; Mantel (1967), Cancer Research 27, 209-220, on the test: pairs are not independent,
    so that whole attributes are permuted, those that have a pair which both matrices know.
    """
    matrices = np.stack([one, other])
    r, low, high, pairs = _with_interval(matrices)
    p = _mantel(_of_known(matrices), r, seed) if np.isfinite(r) else np.nan
    return Similarity(r, low, high, p, pairs)


def similarity_beside(one: np.ndarray, other: np.ndarray, given: np.ndarray) -> Similarity:
    """Correlate two matrices, holding a third one fixed (partial correlation over pairs).

    It is not tested: permutations do not keep the level of a partial test (Guillot and Rousset
    2013, Methods in Ecology and Evolution 4, 336-344).

    Parameters
    ----------
    one, other, given
        (a, a); pairs of which any is NaN are left out.
    """
    r, low, high, pairs = _with_interval(np.stack([one, other, given]))
    return Similarity(r, low, high, np.nan, pairs)


def _with_interval(matrices: np.ndarray) -> tuple[float, float, float, int]:
    """Give the correlation, its interval by the jackknife on Fisher's scale, and the pairs."""
    matrices = _of_known(matrices)
    n = matrices.shape[1]
    pairs = int(_known(matrices).sum()) // 2
    if n < LEAST:
        return np.nan, np.nan, np.nan, pairs
    r = _correlation(matrices)
    without = np.array(list(_without_each(matrices)))
    if not np.isfinite(r) or not np.isfinite(without).all():
        return r, np.nan, np.nan, pairs
    z = np.arctanh(np.clip(without, -1 + 1e-12, 1 - 1e-12))
    error = np.sqrt((n - 1) / n * ((z - z.mean()) ** 2).sum())
    half = error * stats.t.ppf(0.975, n - 1)
    centre = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    return r, float(np.tanh(centre - half)), float(np.tanh(centre + half)), pairs


def _without_each(matrices: np.ndarray) -> Iterator[float]:
    n = matrices.shape[1]
    for left_out in range(n):
        yield _correlation(_of(matrices, np.arange(n) != left_out))


def _correlation(matrices: np.ndarray) -> float:
    """Correlate the first two matrices, the others held fixed."""
    known = np.triu(_known(matrices))
    values = matrices[:, known]
    if values.shape[1] < 3:
        return np.nan
    values = values - values.mean(axis=1, keepdims=True)
    pair, given = values[:2], values[2:]
    if len(given):
        pair = pair - np.linalg.lstsq(given.T, pair.T, rcond=None)[0].T @ given
    left = np.linalg.norm(pair, axis=1)
    if (left <= ROUNDING * np.linalg.norm(values[:2], axis=1)).any():
        return np.nan  # constant, or the same as what is held fixed
    return float(np.clip(pair[0] @ pair[1] / left.prod(), -1, 1))


def _known(matrices: np.ndarray) -> np.ndarray:
    off_diagonal = ~np.eye(matrices.shape[1], dtype=bool)
    return np.isfinite(matrices).all(axis=0) & off_diagonal


def _of_known(matrices: np.ndarray) -> np.ndarray:
    """Leave out the attributes of which no pair is known in all matrices."""
    return _of(matrices, _known(matrices).any(axis=0))


def _of(matrices: np.ndarray, attributes: np.ndarray) -> np.ndarray:
    return matrices[:, attributes][:, :, attributes]


def _mantel(matrices: np.ndarray, r: float, seed: int) -> float:
    one, other = matrices
    rng = np.random.default_rng(seed)
    permuted = (rng.permutation(len(one)) for _ in range(PERMUTATIONS))
    found = np.array(
        [_correlation(np.stack([one, other[order[:, None], order]])) for order in permuted]
    )
    # A permutation that leaves too few known pairs says nothing, neither for r nor against it.
    found = found[np.isfinite(found)]
    if len(found) < LEAST_PERMUTED:
        return np.nan
    # Rounding must not make the given order larger than itself.
    return (1 + int(np.sum(found >= r - 1e-12))) / (1 + len(found))
