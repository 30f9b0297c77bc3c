"""Vectors in two classes, whitened by the covariance of all of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular

from mlflow_latents.errors import InputError
from mlflow_latents.stats.blocks import as_vectors

LEAST_OF_CLASS = 10  # vectors: intervals of fewer, meant to hold 95 %, hold less than 90 %
LEAST_SPARE = 6  # vectors beyond k: the variance of the distance needs as many
WHITE = 1e-8  # error of a covariance that counts as the identity
NARROW = 1e-6  # share of a column's sd that others leave, below which it is rounding
LEAST_ROOM = 1e-6  # of one minus a leverage


@dataclass(frozen=True, eq=False)
class TwoClasses:
    """Vectors in two classes, with what every comparison of them needs.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, k)
        Centred vectors; their covariance (dividing by n - 1) is the identity.
    member : numpy.ndarray of bool, shape (n,)
        Class 1.
    """

    x: np.ndarray
    member: np.ndarray

    @property
    def n(self):
        """Number of vectors."""
        return len(self.x)

    @property
    def k(self):
        """Dimensions."""
        return self.x.shape[1]

    @cached_property
    def counts(self):
        """Numbers of vectors: (class 1, class 0)."""
        members = int(self.member.sum())
        return members, self.n - members

    @cached_property
    def means(self):
        """Means of the classes."""
        return self.x[self.member].mean(axis=0), self.x[~self.member].mean(axis=0)

    @cached_property
    def contrast(self):
        """Mean of class 1 minus mean of class 0: shape (k,)."""
        return self.means[0] - self.means[1]

    @cached_property
    def residuals(self):
        """Vectors minus the mean of their class: shape (n, k)."""
        residuals = self.x.copy()
        residuals[self.member] -= self.means[0]
        residuals[~self.member] -= self.means[1]
        return residuals

    @cached_property
    def covariances(self):
        """Covariances within the classes, dividing by their counts - 1."""
        rows = self.residuals[self.member], self.residuals[~self.member]
        return tuple(each.T @ each / (len(each) - 1) for each in rows)

    @cached_property
    def lengths2(self):
        """Squared lengths of the residuals: shape (n,)."""
        return np.einsum("ij,ij->i", self.residuals, self.residuals)

    @cached_property
    def distances2(self):
        """Squared lengths of the vectors themselves: shape (n,)."""
        return np.einsum("ij,ij->i", self.x, self.x)

    @cached_property
    def stretch(self):
        """How much longer the contrast's square is in sd within the classes than in sd of all."""
        n1, n0 = self.counts
        between = n1 * n0 / self.n / (self.n - 1) * (self.contrast @ self.contrast)
        return 1 / max(1 - between, np.finfo(np.float64).eps)

    @property
    def within_along(self):
        """Positions of the residuals along the contrast, and the squared distance of the classes.

        Both in the metric of the pooled covariance within the classes. The total covariance is the
        identity, so that the pooled one differs from it along the contrast alone, and its inverse
        is known (Sherman and Morrison).
        """
        length2 = float(self.contrast @ self.contrast)
        scale = self._narrowing * self.stretch
        if length2 == 0:
            return np.zeros(self.n), 0.0
        return self.residuals @ self.contrast * np.sqrt(scale / length2), scale * length2

    @cached_property
    def within2(self):
        """Squared lengths of the residuals in sd within the classes: shape (n,)."""
        along, _ = self.within_along
        return self._narrowing * self.lengths2 + along**2 * (1 - 1 / self.stretch)

    @property
    def _narrowing(self):
        return (self.n - 2) / (self.n - 1)


def two_classes(white, member):
    """Check vectors and classes, and whiten the vectors where they are not white.

    Raises
    ------
    InputError
        When shapes do not fit, a class holds fewer than 10 vectors, there are not 6 vectors more
        than dimensions, or the vectors lie in a subspace.
    """
    white, member = as_vectors(white, "white"), np.asarray(member)
    n, k = white.shape
    if member.shape != (n,) or member.dtype != bool:
        raise InputError(
            f"member holds {member.dtype} values of shape {member.shape}: give one bool for each "
            f"of the {n} vectors."
        )
    fewest = min(int(member.sum()), n - int(member.sum()))
    if fewest < LEAST_OF_CLASS:
        raise InputError(
            f"One of the two classes holds {fewest} of {n} vectors: give at least "
            f"{LEAST_OF_CLASS} of each."
        )
    if n < k + LEAST_SPARE:
        raise InputError(
            f"white holds {n} vectors of {k} dimensions: give at least {k + LEAST_SPARE} vectors, "
            "or fewer dimensions."
        )
    return TwoClasses(_whitened(white), member)


def is_identity(covariance):
    """Whether vectors of this covariance count as white.

    Parameters
    ----------
    covariance : numpy.ndarray, shape (k, k)

    Returns
    -------
    bool
    """
    return bool(np.abs(covariance - np.eye(len(covariance))).max() <= WHITE)


def _whitened(white):
    """Centre vectors, and whiten them by their own covariance where they are not white."""
    x = white - white.mean(axis=0, dtype=np.float64)
    covariance = x.T @ x / (len(x) - 1)
    if is_identity(covariance):
        return x
    try:
        factor = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        factor = np.zeros_like(covariance)
    if np.any(np.diag(factor) <= NARROW * np.sqrt(np.diag(covariance))):
        raise InputError(
            "white lies in a subspace of its columns: whiten the vectors by a fit of them first."
        )
    return solve_triangular(factor, x.T, lower=True).T
