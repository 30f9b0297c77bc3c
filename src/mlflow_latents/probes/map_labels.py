"""Which attributes of images the responses of maps go with."""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from mlflow_latents.probes.correlations import correlations

RATE = 0.05  # of false discoveries
LEAST_KNOWN = 10  # images of which a label says something


@dataclass(frozen=True, eq=False)
class LabelCorrelations:
    """Correlations of the responses of m maps with a labels over images.

    Parameters
    ----------
    values : numpy.ndarray of float64, shape (m, a)
        NaN where the map or the label does not vary, or fewer than 10 images have the label.
    adjusted : numpy.ndarray of float64, shape (m, a)
        p-values of independence after Benjamini and Hochberg (1995), Journal of the Royal
        Statistical Society B 57, 289-300, over all maps and labels.
    best : numpy.ndarray of int, shape (m,)
        The label of the largest absolute correlation.
    best_held_out : numpy.ndarray, shape (m,)
        Correlation with the best label, where the label and the sign were chosen on the one half
        of the images and the correlation is that of the other, both ways, averaged. The largest of
        many correlations is large by chance; this one is 0 on average where there is none.
    """

    values: np.ndarray
    adjusted: np.ndarray
    best: np.ndarray
    best_held_out: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """Which correlations (m, a) are no chance, at a false-discovery rate of 5 %."""
        return self.adjusted <= RATE


def label_correlations(means: np.ndarray, labels: np.ndarray, seed: int = 0) -> LabelCorrelations:
    """Correlate the responses of maps with labels.

    Parameters
    ----------
    means : numpy.ndarray, shape (n, m)
        Responses of the maps to images.
    labels : numpy.ndarray of float64, shape (n, a)
        NaN where nothing is known: these images are left out for this label.
    seed : int
        Of the two halves.

    Returns
    -------
    LabelCorrelations
    """
    n = len(means)
    values, known = _correlations(means, labels), np.isfinite(labels).sum(axis=0)
    halves = np.array_split(np.random.default_rng(seed).permutation(n), 2)
    first, second = (_correlations(means[half], labels[half]) for half in halves)
    held_out = (_chosen(first, second) + _chosen(second, first)) / 2
    return LabelCorrelations(values, _adjusted(values, known), _best(values), held_out)


def _correlations(means, labels):
    values = np.full((means.shape[1], labels.shape[1]), np.nan)
    known = np.isfinite(labels)
    everywhere = known.all(axis=0)
    values[:, everywhere] = correlations(means, labels[:, everywhere])
    for a in np.flatnonzero(~everywhere & (known.sum(axis=0) >= LEAST_KNOWN)):
        values[:, [a]] = correlations(means[known[:, a]], labels[known[:, a], a][:, None])
    return values


def _adjusted(values, known):
    degrees = np.maximum(known - 2, 1)
    r = np.clip(values, -1, 1)
    with np.errstate(divide="ignore"):
        t = np.abs(r) * np.sqrt(degrees / (1 - r**2))
    p = 2 * special.stdtr(np.broadcast_to(degrees, t.shape), -t)
    adjusted = np.full(p.shape, np.nan)
    there = np.isfinite(p)
    if there.any():
        adjusted[there] = stats.false_discovery_control(p[there])
    return adjusted


def _best(values):
    return np.argmax(np.nan_to_num(np.abs(values), nan=-1), axis=1)


def _chosen(first, second):
    rows, best = np.arange(len(first)), _best(first)
    return np.sign(first[rows, best]) * second[rows, best]
