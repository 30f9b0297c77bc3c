"""Along which axes labels move the mean of vectors, and the angles between these axes."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.blocks import as_vectors
from mlflow_latents.stats.slopes import measure_slopes
from mlflow_latents.stats.two_classes import LEAST_OF_CLASS

LEAST_HELD = 0.5  # share of a label's vectors of which another must be known to be held fixed


@dataclass(frozen=True, eq=False)
class LabelAxes:
    """The axis of each label, and the angles between the axes, in whitened coordinates.

    An axis is the direction in which the mean vector moves with the label: the contrast of the two
    classes, or the slope with a number. The partial ones hold the labels of all other attributes
    fixed. Squares and cosines are without bias of noise: cosines of labels of independent noise are
    0 on average, those of labels with a common axis 1.

    Parameters
    ----------
    axes : numpy.ndarray, shape (a, k)
        Unit vectors. Adding t times an axis to a whitened vector moves it by t sd.
    effects, low, high : numpy.ndarray, shape (a,)
        How far the mean moves, in sd of all vectors, from 0 to 1 or per sd of a number: root of the
        unbiased square with its sign, and bounds of 95 %.
    cosines, cosine_errors : numpy.ndarray, shape (a, a)
        Cosines of the angles, within -1 and 1, and standard errors. NaN where a label moves the
        mean by no more than chance: its effect's lower bound is not above 0.
    correlations : numpy.ndarray, shape (a, a)
        Pearson's correlations of the labels, of the vectors of which both are known.
    partial_axes, partial_cosines, partial_cosine_errors
        The same with the labels of other attributes held fixed; NaN where these (and a constant)
        determine the label.
    """

    axes: np.ndarray
    effects: np.ndarray
    low: np.ndarray
    high: np.ndarray
    cosines: np.ndarray
    cosine_errors: np.ndarray
    correlations: np.ndarray
    partial_axes: np.ndarray
    partial_cosines: np.ndarray
    partial_cosine_errors: np.ndarray


def label_axes(white, labels, groups=None):
    """Find the axis of each label, and the angles between the axes.

    Parameters
    ----------
    white : array_like, shape (n, k)
        Vectors whitened by a fit of themselves.
    labels : array_like, shape (n, a)
        0 and 1, or numbers; NaN where unknown: that vector is left out for that label.
    groups : sequence, length a, optional
        Attribute of each label; labels of the same attribute are not held fixed against each other.
        Every label is an attribute of its own if not given.

    Returns
    -------
    LabelAxes

    Raises
    ------
    InputError
        When shapes do not fit, there are no more than k + 1 vectors, a label has one value only, or
        one of two values fewer than 10 times.

    Notes
    -----
    With slopes ``D = C X``, C holding each label's regression coefficients of the vectors,
    the products ``D D'`` exceed those of the true slopes by the noise
    ``sum_i C_li C_mi e_li . e_mi``, e being residuals of each label's regression, here divided by
    the roots of one minus their leverages (MacKinnon and White 1985, Journal of Econometrics 29,
    305-325, HC2). What remains shrinks by (n - 1 - k)/(n - 1), because the vectors whitened
    themselves, as in the adjusted R2. Errors are those of the delta method.
    """
    white = as_vectors(white, "white")
    labels = np.asarray(labels, dtype=np.float64)
    groups = np.arange(labels.shape[-1]) if groups is None else np.asarray(groups)
    _check(white, labels, groups)
    x = white - white.mean(axis=0, dtype=np.float64)
    known, alone = np.isfinite(labels), [()] * labels.shape[1]
    plain = measure_slopes(x, labels, alone)
    held = [_held(known, groups, each) for each in range(labels.shape[1])]
    partial = plain if held == alone else measure_slopes(x, labels, held)
    return LabelAxes(
        axes=plain.axes,
        effects=plain.effects,
        low=plain.low,
        high=plain.high,
        cosines=plain.cosines,
        cosine_errors=plain.cosine_errors,
        correlations=label_correlations(labels),
        partial_axes=partial.axes,
        partial_cosines=partial.cosines,
        partial_cosine_errors=partial.cosine_errors,
    )


def label_correlations(labels):
    """Pearson's correlations of columns, each pair where both are known.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n, a)
        NaN where unknown.

    Returns
    -------
    numpy.ndarray, shape (a, a)
        NaN where a label is constant among the rows of both.
    """
    known = np.isfinite(labels)
    values = np.where(known, labels - np.nanmean(labels, axis=0), 0.0)
    values /= np.sqrt(np.sum(values**2, axis=0) / known.sum(axis=0))
    known = known.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        counts = known.T @ known
        means = values.T @ known / counts  # of l where m is known too
        products = values.T @ values / counts - means * means.T
        variances = (values**2).T @ known / counts - means**2
        spread = np.sqrt(variances * variances.T)
        found = np.where(spread > 1e-12, products / spread, np.nan)
    return np.clip(found, -1, 1)


def _held(known, groups, label):
    """Labels of other attributes that are known of most of the label's vectors."""
    rows = known[:, label]
    others = (groups != groups[label]) & (known[rows].mean(axis=0) >= LEAST_HELD)
    return tuple(np.flatnonzero(others).tolist())


def _check(white, labels, groups):
    n, k = white.shape
    if labels.ndim != 2 or len(labels) != n:
        raise InputError(
            f"labels have shape {labels.shape}: give one row for each of the {n} vectors."
        )
    if groups.shape != labels.shape[1:]:
        raise InputError(
            f"groups have shape {groups.shape}: give one for each of {labels.shape[1]} labels."
        )
    if n <= k + 1:
        raise InputError(
            f"white holds {n} vectors of {k} dimensions: give at least {k + 2} vectors, or fewer "
            "dimensions."
        )
    for each, values in enumerate(labels.T):
        values = values[np.isfinite(values)]
        if len(values) < 2 or np.ptp(values) == 0:
            raise InputError(
                f"Label {each} (counted from 0) has one value only: leave it out of the labels."
            )
        fewest = np.unique(values, return_counts=True)[1].min()
        if np.isin(values, (0, 1)).all() and fewest < LEAST_OF_CLASS:
            raise InputError(
                f"Label {each} (counted from 0) has one of its two values {fewest} times: leave it "
                f"out, or give at least {LEAST_OF_CLASS} vectors of each."
            )
