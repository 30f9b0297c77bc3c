"""The most non-normal directions: sought on one half of the vectors, judged on the other."""

import numpy as np

from mlflow_latents.stats.battery.margins import largest_pvalue, scores
from mlflow_latents.stats.battery.result import Measured

STARTS = 250
ITERATIONS, MORE_ITERATIONS = 30, 100
KEPT = 10  # directions judged
ALIKE = 0.7  # cosine from which two directions are one
MOST = 20_000  # vectors that are searched, or as many as finding groups may take
GROUPS = 3  # times d squared: vectors that are searched before groups that whitening hides show
LEAST_RATIO = 4  # n / d, so that each half can be whitened
LEAST_VARIANCE = 1e-6  # of the half that is searched, along a direction in which it varies


def measure_pursuit(sample):
    """Skewness and kurtosis along the most non-normal directions, found on other vectors.

    Half of the vectors, drawn with the sample's seed, is whitened by its own covariance and
    searched: one-unit FastICA iterations from 250 starts at once (the vectors that lie farthest
    out, the principal axes and random directions) with the contrasts tanh and skewness. The ten
    directions with the largest scores are judged on the other half, by the skewness and the
    kurtosis score (see `measure_marginal`). Given the directions, projections of the other half
    are normal samples, so that the p-value is honest: that of the largest of 20 normal scores.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the larger of the magnitudes of skewness and excess kurtosis along the most
        telling direction, on the half that judges; the directions come most telling first.

    References
    ----------
    Hyvärinen (1999), IEEE Transactions on Neural Networks 10, 626-634, equation (20); Friedman
    (1987), Journal of the American Statistical Association 82, 249-266 (projection pursuit).
    """
    rng = np.random.default_rng(sample.seed)
    sought, judging = halves(sample.n, rng)
    sought = sought[: len(sought) if sample.thorough else searched(sample.n, sample.d)]
    # Groups are found slowly, and not at all below some d squared vectors; all else is found fast.
    longer = sample.thorough or len(sought) >= sample.d**2
    iterations = MORE_ITERATIONS if longer else ITERATIONS
    directions = search(sample.white[np.sort(sought)], rng, iterations)
    judged = sample.white[judging] @ directions
    score = np.abs(scores(judged)).max(axis=0)
    best = np.argsort(-score)
    centred = judged[:, best[0]] - judged[:, best[0]].mean()
    unit = centred / centred.std()
    effect = max(abs(np.mean(unit**3)), abs(np.mean(unit**4) - 3))
    count = 2 * len(best)
    return Measured(
        statistic=float(score.max()),
        effect=float(effect),
        effect_unit="skewness or excess kurtosis along the direction, the larger magnitude; 0",
        pvalue=largest_pvalue(score.max(), count),
        law=f"largest of {count} independent normal scores, on vectors that were not searched",
        directions=sample.in_vector_space(directions[:, best].T),
    )


def searched(n, d):
    """How many of n vectors in d dimensions are searched without thorough effort."""
    return min(n // 2, max(MOST, GROUPS * d**2))


def halves(n, seed):
    """Split vectors by chance into those that are searched and those that judge.

    Parameters
    ----------
    n : int
        Number of vectors.
    seed : int or numpy.random.Generator
        Seed of the sample.

    Returns
    -------
    sought : numpy.ndarray of int, shape (n // 2,)
        In random order, so that the first few are a random few.
    judging : numpy.ndarray of int, shape (n - n // 2,)
        Ascending.
    """
    order = np.random.default_rng(seed).permutation(n)
    return order[: n // 2], np.sort(order[n // 2 :])


def search(white, rng, iterations=ITERATIONS):
    """Find the directions along which vectors look least normal.

    Parameters
    ----------
    white : numpy.ndarray, shape (n, d)
        Vectors, roughly whitened.
    rng : numpy.random.Generator
        Draws the random starts.
    iterations : int
        Of each start.

    Returns
    -------
    numpy.ndarray, shape (d, m)
        Unit columns of at most ten directions, the least normal first.
    """
    centred = white - white.mean(axis=0)
    whitening = _inverse_root(centred.T @ centred / len(white))
    own = (centred @ whitening).astype(np.float32)
    starts = _starts(own, rng)
    found = [_fixed_points(own, starts, contrast, iterations) for contrast in (_tanh, _skewness)]
    candidates = whitening @ np.hstack(found).astype(np.float64)
    candidates /= np.linalg.norm(candidates, axis=0)
    score = np.abs(scores(white @ candidates)).max(axis=0)
    return _distinct(candidates[:, np.argsort(-score)])


def blind_pursuit(n, d):
    """Say why a search cannot tell at n vectors in d dimensions; empty where it can."""
    least = max(100, LEAST_RATIO * d)
    if n >= least:
        return ""
    return f"Half of n = {n} vectors is too few to search d = {d} dimensions: give {least}."


def _inverse_root(covariance):
    """Whiten without turning the frame; directions in which nothing varies become 0."""
    values, vectors = np.linalg.eigh(covariance)
    varies = values > LEAST_VARIANCE
    return vectors[:, varies] / np.sqrt(values[varies]) @ vectors[:, varies].T


def _starts(own, rng):
    """Give unit columns: the outermost vectors, random directions, and axes of the frame."""
    d = own.shape[1]
    outermost = np.argsort(-np.einsum("ij,ij->i", own, own))[: STARTS // 5]
    random = rng.standard_normal((d, STARTS // 5), dtype=np.float32)
    starts = np.hstack([own[outermost].T, random, np.eye(d, min(d, 3 * STARTS // 5), dtype="f4")])
    starts = starts[:, np.linalg.norm(starts, axis=0) > 0]
    return starts / np.linalg.norm(starts, axis=0)


def _fixed_points(own, directions, contrast, iterations):
    for _ in range(iterations):
        update = contrast(own, directions)
        length = np.linalg.norm(update, axis=0)
        update /= np.where(length > 0, length, 1)
        directions = np.where(length > 0, update, directions)
    return directions


def _tanh(own, directions):
    curved = own @ directions
    np.tanh(curved, out=curved)
    pull = own.T @ curved / len(own)
    curved *= curved
    return pull - (1 - curved.mean(axis=0)) * directions


def _skewness(own, directions):
    curved = own @ directions
    curved *= curved
    return own.T @ curved / len(own)


def _distinct(directions):
    kept = []
    for direction in directions.T:
        if all(abs(direction @ other) < ALIKE for other in kept):
            kept.append(direction)
        if len(kept) == KEPT:
            break
    return np.array(kept).T
