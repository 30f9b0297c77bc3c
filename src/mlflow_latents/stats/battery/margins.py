"""Skewness and kurtosis of every axis at once: coordinates, and principal axes."""

from functools import cache
from importlib.resources import files

import numpy as np
from scipy import special, stats

from mlflow_latents.stats.battery.result import Measured
from mlflow_latents.stats.blocks import column_blocks
from mlflow_latents.stats.geometry import live_coordinates

LEAST = 20  # vectors from which the normal approximations hold
EXACT = 5000  # vectors from which kurtosis scores need no correction
DRAWS = 20_000
EXPECTED = 0.99  # the quantile at which the number of independent scores is matched


def measure_marginal(sample):
    """Largest skewness or kurtosis score over the coordinates.

    For each coordinate the skewness and the kurtosis are turned into scores that are standard
    normal under the null (D'Agostino 1970; Anscombe and Glynn 1983: `scipy.stats.skewtest` and
    `kurtosistest`, the latter corrected in its tails); the statistic is the largest magnitude. For
    normal vectors with correlations r the skewness scores of two coordinates have the correlation
    r^3, the kurtosis scores r^4, and one kind is uncorrelated with the other (Mehler 1866, for
    Hermite polynomials), so that the null law of the largest of them is that of a normal vector
    with a known covariance.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the larger of the magnitudes of skewness and excess kurtosis on that axis.
    """
    live = live_coordinates(sample.own)
    columns = (
        sample.z[:, live[block]].astype(np.float64) for block in column_blocks(sample.n, len(live))
    )
    found = _largest(columns)
    sd = np.sqrt(np.diag(sample.own.covariance)[live])
    correlation = sample.own.covariance[np.ix_(live, live)] / sd / sd[:, None]
    count = independent_scores(correlation)
    direction = np.zeros((1, sample.z.shape[1]))
    direction[0, live[found.axis]] = 1.0
    law = f"largest of {2 * len(live)} correlated normal scores"
    return _measured(found, count, direction, law)


def measure_principal(sample):
    """Largest skewness or kurtosis score over the principal axes.

    As `measure_marginal`; along the principal axes of normal vectors the scores are independent.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Measured
        The effect is the larger of the magnitudes of skewness and excess kurtosis on that axis.
    """
    blocks = (sample.white[:, block] for block in column_blocks(sample.n, sample.d))
    found = _largest(blocks)
    direction = sample.in_vector_space(np.eye(1, sample.d, found.axis))
    law = f"largest of {2 * sample.d} independent normal scores"
    return _measured(found, 2 * sample.d, direction, law)


def blind_margins(n, d):
    """Say why axes by themselves cannot tell at n vectors; empty where they can."""
    if n >= LEAST:
        return ""
    return f"With n = {n} vectors the scores of an axis have no known law: give at least {LEAST}."


def scores(values):
    """Skewness and kurtosis scores of columns.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, m)
        Columns, n >= 20.

    Returns
    -------
    numpy.ndarray, shape (2, m)
        Standard normal under the null.
    """
    kurtosis = stats.kurtosistest(values, axis=0).statistic
    return np.stack([stats.skewtest(values, axis=0).statistic, calibrated(kurtosis, len(values))])


def calibrated(score, n):
    """Turn kurtosis scores of Anscombe and Glynn into ones that are normal in the tails, too.

    Up to some thousand vectors their lower tail is too long: at n = 100 one of -3.6 is five times
    as frequent as for a normal variable. Their quantiles were simulated
    (``benchmarks/null_tables.py kurtosis``); between the nodes they are interpolated in 1/n.

    Parameters
    ----------
    score : numpy.ndarray, shape (m,)
        Scores of `scipy.stats.kurtosistest`.
    n : int
        Number of vectors; from 5,000 on the scores are left as they are.

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    table = _kurtosis_table()
    raw = np.array([np.interp(-1 / n, table["inverse"], column) for column in table["raw"].T])
    inside = np.clip(score, raw[0], raw[-1])
    return np.interp(inside, raw, table["score"]) + score - inside


@cache
def _kurtosis_table():
    path = files("mlflow_latents.stats.battery") / "kurtosis_scores.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as table:
        score = table["score"]
        return {
            "score": score,
            "inverse": -1 / np.append(table["n"], EXACT),
            "raw": np.vstack([table["raw"], score]),
        }


def largest_pvalue(score, count):
    """Probability that the largest magnitude of so many independent normal scores is larger.

    Parameters
    ----------
    score : float
        The largest magnitude.
    count : float
        How many scores.

    Returns
    -------
    float
    """
    return float(-np.expm1(count * np.log1p(-min(2 * special.ndtr(-score), 1 - 1e-16))))


def independent_scores(correlation):
    """How many independent scores have a largest one like the correlated scores of the axes.

    They are matched at the 99 % quantile of the largest, between the levels that a test by itself
    and one of eight asks for, from 20,000 draws with a fixed seed.

    Parameters
    ----------
    correlation : numpy.ndarray, shape (m, m)
        Correlations of the axes.

    Returns
    -------
    float
    """
    rng = np.random.default_rng(0)
    largest = np.zeros(DRAWS)
    for power in (3, 4):
        values, vectors = np.linalg.eigh(correlation**power)
        factor = vectors * np.sqrt(np.maximum(values, 0))
        drawn = rng.standard_normal((DRAWS, len(correlation))) @ factor.T
        largest = np.maximum(largest, np.abs(drawn).max(axis=1))
    matched = np.quantile(largest, EXPECTED)
    return float(np.log(EXPECTED) / np.log1p(-2 * special.ndtr(-matched)))


class _Largest:
    """The axis with the largest score so far."""

    def __init__(self):
        self.score, self.axis, self.effect = -1.0, 0, 0.0


def _largest(blocks):
    found, start = _Largest(), 0
    for values in blocks:
        magnitude = np.abs(scores(values)).max(axis=0)
        best = int(np.argmax(magnitude))
        if magnitude[best] > found.score:
            found.score, found.axis = float(magnitude[best]), start + best
            shape = stats.skew(values[:, best]), stats.kurtosis(values[:, best])
            found.effect = float(np.max(np.abs(shape)))
        start += values.shape[1]
    return found


def _measured(found, count, direction, law):
    return Measured(
        statistic=found.score,
        effect=found.effect,
        effect_unit="skewness or excess kurtosis of that axis, the larger magnitude; 0",
        pvalue=largest_pvalue(found.score, count),
        law=law,
        directions=direction,
    )
