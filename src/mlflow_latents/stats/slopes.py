"""Slopes of the mean vector, their lengths and angles, without bias of noise."""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from mlflow_latents.stats.blocks import row_blocks
from mlflow_latents.stats.label_regression import LabelRegression, regress_on
from mlflow_latents.stats.signed_squares import signed_root, square_interval

PAIRED = 300  # vectors whose pairs tell how uneven the noise of a slope is


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slopes as unit axes, their lengths, and the cosines between them: see `LabelAxes`."""

    axes: np.ndarray
    effects: np.ndarray
    low: np.ndarray
    high: np.ndarray
    cosines: np.ndarray
    cosine_errors: np.ndarray


@dataclass(frozen=True, eq=False)
class _Regressed:
    """Slopes that are known, each with the regression that it comes from."""

    x: np.ndarray  # (n, k)
    regressions: list[LabelRegression]
    of: np.ndarray  # (a,) regression of each slope
    weights: np.ndarray  # (a, n)
    slopes: np.ndarray  # (a, k)
    fits: list[np.ndarray]  # coefficients of each regression
    noise_weights: np.ndarray  # (a, n) weights of the residuals, leverage taken off
    of_units: np.ndarray  # (a, n) influence on the squared sd that the slope is per

    @property
    def lengths(self):
        lengths = np.linalg.norm(self.slopes, axis=1)
        return np.where(lengths > 0, lengths, np.nan)


@dataclass(eq=False)
class _Influence:
    """Sums over vectors of s_lm, a vector's influence on the product of slopes l and m."""

    square: np.ndarray  # (a, a) of s_lm^2
    beside: np.ndarray  # (a, a) of s_lm s_ll
    apart: np.ndarray  # (a, a) of s_ll s_mm
    linear: np.ndarray  # (a,) of the influence on a squared length: parts by power of the length
    skewed: np.ndarray
    curved: np.ndarray


def measure_slopes(x, labels, held):
    """Measure the slope of vectors with each label.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, k)
        Centred vectors, whitened by their own covariance.
    labels : numpy.ndarray, shape (n, a)
        NaN where unknown.
    held : list of tuple of int
        Which other labels are held fixed for each.

    Returns
    -------
    Slopes
        From 0 to 1 for a label of these values, per sd of any other; NaN where what is held fixed
        determines the label.
    """
    (n, k), a = x.shape, labels.shape[1]
    found = Slopes(
        np.full((a, k), np.nan),
        *(np.full(a, np.nan) for _ in range(3)),
        *(np.full((a, a), np.nan) for _ in range(2)),
    )
    fine, known = _regress(x, labels, held)
    if not len(fine):
        return found
    noise, influence = _noise(known), _influence(known)
    factor = (n - 1) / (n - 1 - k)
    gram = factor * (known.slopes @ known.slopes.T - noise)
    uneven = np.array([_unevenness(known, each) for each in range(len(fine))])
    square = np.diag(gram)
    variance = factor**2 * _variance_of_square(known, square, noise, uneven, influence)
    low, high = square_interval(square, *variance)
    cosines, errors = _cosines(gram, noise, influence, uneven / k, low > 0)
    found.axes[fine] = known.slopes / known.lengths[:, None]
    found.effects[fine], found.low[fine], found.high[fine] = map(signed_root, (square, low, high))
    found.cosines[np.ix_(fine, fine)] = cosines
    found.cosine_errors[np.ix_(fine, fine)] = errors
    return found


def _regress(x, labels, held):
    """Which labels have a slope, and the regressions that give it: each made once."""
    made, weights, of_units, of = {}, [], [], []
    for label, others in enumerate(held):
        columns = tuple(sorted((*others, label)))
        if columns not in made:
            made[columns] = regress_on(labels, columns)
        values = labels[np.isfinite(labels[:, label]), label]
        two_values = np.isin(values, (0, 1)).all()
        weights.append(made[columns].slope_weights(label, two_values))
        of_units.append(made[columns].unit_influence(label, two_values))
        of.append(list(made).index(columns))
    fine = np.flatnonzero([np.isfinite(each).all() for each in weights])
    weights, of_units, of = (np.array(each)[fine] for each in (weights, of_units, of))
    regressions = list(made.values())
    widening = np.array([each.widening for each in regressions])[of]
    fits = [each.coefficients(x) for each in regressions]
    noise_weights = weights * widening
    return fine, _Regressed(x, regressions, of, weights, weights @ x, fits, noise_weights, of_units)


def _noise(known):
    """Products of the noise of the slopes: shape (a, a)."""
    x, a = known.x, len(known.slopes)
    designs = [each.design for each in known.regressions]
    lengths2 = np.einsum("ij,ij->i", x, x)
    crossed = [
        np.einsum("ij,ij->i", x @ fit.T, design)
        for fit, design in zip(known.fits, designs, strict=True)
    ]
    noise = np.zeros((a, a))
    for i, j in combinations_with_replacement(range(len(designs)), 2):
        fitted = np.einsum("ij,ij->i", designs[i] @ (known.fits[i] @ known.fits[j].T), designs[j])
        products = lengths2 - crossed[i] - crossed[j] + fitted
        own, other = np.flatnonzero(known.of == i), np.flatnonzero(known.of == j)
        part = (known.noise_weights[own] * products) @ known.noise_weights[other].T
        noise[np.ix_(own, other)] = part
        noise[np.ix_(other, own)] = part.T
    return noise


def _influence(known):
    slopes, (n, _), a = known.slopes, known.x.shape, len(known.slopes)
    lengths, gram = known.lengths, slopes @ slopes.T
    fits = [fit @ slopes.T for fit in known.fits]
    sums = _Influence(*(np.zeros((a, a)) for _ in range(3)), *(np.zeros(a) for _ in range(3)))
    for rows in row_blocks(n, 2 * a * a):
        places = known.x[rows] @ slopes.T  # (rows, a)
        residuals = [
            places - each.design[rows] @ fit
            for each, fit in zip(known.regressions, fits, strict=True)
        ]
        along = np.stack([residuals[each] for each in known.of], axis=1)  # (rows, a, a)
        along *= known.noise_weights[:, rows].T[:, :, None]
        unit = np.einsum("ill->il", along) / lengths
        # A longer unit of the label lengthens its slope: cosines do not know.
        excess = ((places / lengths) ** 2 - 1) / n - known.of_units[:, rows].T
        influence = along + along.transpose(0, 2, 1)
        influence -= (places[:, :, None] * places[:, None, :] - gram) / n
        own = np.einsum("ill->il", influence)
        sums.square += np.einsum("ilm,ilm->lm", influence, influence)
        sums.beside += np.einsum("ilm,il->lm", influence, own)
        sums.apart += own.T @ own
        sums.linear += np.sum(unit**2, axis=0)
        sums.skewed += np.sum(unit * excess, axis=0)
        sums.curved += np.sum(excess**2, axis=0)
    return sums


def _variance_of_square(known, square, noise, uneven, sums):
    """Variance of squared lengths t: coefficients of 1, t and t^2, shape (3, a).

    The noise across a slope counts less the more of its axis the label explains, because the
    vectors whiten themselves: by ``1 - t / most``, t being below ``most``.
    """
    n, k = known.x.shape
    most = n * np.sum(known.weights**2, axis=1)
    flat = 2 * uneven * np.diag(noise) ** 2 / k
    linear = 4 * (sums.linear - sums.skewed * np.sqrt(np.maximum(square, 0)))
    return np.stack([flat, linear - 2 * flat / most, sums.curved + flat / most**2])


def _unevenness(known, slope):
    """Trace of the squared covariance of a slope's noise, over that of an even one: 1 or more."""
    weights, regression = known.noise_weights[slope], known.regressions[known.of[slope]]
    total = np.cumsum(weights**2)
    rows = np.unique(np.searchsorted(total, (np.arange(PAIRED) + 0.5) / PAIRED * total[-1]))
    fitted = regression.design[rows] @ known.fits[known.of[slope]]
    residuals = known.x[rows] - fitted
    products = residuals @ residuals.T
    squares, pairs = np.diag(products), ~np.eye(len(rows), dtype=bool)
    even = np.sum(np.outer(squares, squares)[pairs]) / known.x.shape[1]
    return max(float(np.sum(products[pairs] ** 2) / even), 1.0) if even > 0 else 1.0


def _cosines(gram, noise, sums, share, beyond):
    """Cosines of slopes and their standard errors; NaN where a slope is not beyond chance."""
    lengths = np.sqrt(np.where(beyond, np.diag(gram), np.nan))
    own, both = lengths**2, np.outer(lengths, lengths)
    cosines = np.clip(gram / both, -1, 1)
    apart = np.diag(sums.apart)
    variance = sums.square / both**2 + cosines**2 / 4 * (
        (apart / own**2)[:, None] + apart / own**2 + 2 * sums.apart / both**2
    )
    variance -= cosines / both * (sums.beside / own[:, None] + sums.beside.T / own)
    quadratic = _quadratic(cosines, noise / both) * np.sqrt(np.outer(share, share))
    errors = np.sqrt(np.maximum(np.maximum(variance - quadratic, variance / 2), 0))
    np.fill_diagonal(cosines, np.where(beyond, 1.0, np.nan))
    np.fill_diagonal(errors, np.where(beyond, 0.0, np.nan))
    return cosines, errors


def _quadratic(cosines, noise):
    """Variance that products of noise with noise give the cosines, times the dimensions.

    For noise even over the dimensions. A jackknife counts it twice (Efron and Stein 1981, Annals of
    Statistics 9, 586-596).
    """
    own, other = np.diag(noise)[:, None], np.diag(noise)[None, :]
    # The cosine errs by w'Qw, w the noise of both slopes of covariance S, with
    # Q = [[-c, 1], [1, -c]] / 2: the variance is 2 trace(QSQS).
    first, second = (noise - cosines * own) / 2, (other - cosines * noise) / 2
    third, fourth = (own - cosines * noise) / 2, (noise - cosines * other) / 2
    return 2 * (first**2 + fourth**2 + 2 * second * third)
