"""The normal distribution that fits a cloud of vectors."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.blocks import as_vectors, resolution_of, row_blocks

# Below this share of the largest, the variance of a combination of columns (each in its own sd) is
# lost in the rounding of their covariance, and the sd of an axis in that of its direction.
LEAST_SHARE = 1e4 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class GaussianFit:
    """Mean and covariance of vectors, with the principal axes along which they vary.

    Where coordinates are dead, constant, collinear or narrower than float64 resolves beside the
    widest axis the rank is below d: the fit then lives in the subspace spanned by the axes, and
    distances are measured in it.

    Parameters
    ----------
    mean : numpy.ndarray, shape (d,)
        Mean vector.
    covariance : numpy.ndarray, shape (d, d)
        Covariance, dividing by n - 1.
    axes : numpy.ndarray, shape (d, rank)
        Principal axes as unit columns, by decreasing variance.
    variances : numpy.ndarray, shape (rank,)
        Variance along each axis.
    n : int
        Number of vectors of the fit.
    """

    mean: np.ndarray
    covariance: np.ndarray
    axes: np.ndarray
    variances: np.ndarray
    n: int

    @property
    def d(self):
        """Dimensions of the vectors."""
        return len(self.mean)

    @property
    def rank(self):
        """Dimensions of the subspace in which the vectors vary."""
        return len(self.variances)

    @property
    def degenerate(self):
        """Whether the vectors lie in a subspace: rank < d."""
        return self.rank < self.d

    def principal(self, z):
        """Centred coordinates along the principal axes.

        Parameters
        ----------
        z : array_like, shape (n, d)
            Vectors.

        Returns
        -------
        numpy.ndarray of float64, shape (n, rank)
        """
        return self._project(z, self.axes)

    def whiten(self, z):
        """Coordinates along the principal axes, each in its standard deviations.

        Parameters
        ----------
        z : array_like, shape (n, d)
            Vectors.

        Returns
        -------
        numpy.ndarray of float64, shape (n, rank)
        """
        return self._project(z, self.whitening)

    def unwhiten(self, white):
        """Vectors of whitened coordinates: the inverse of `whiten` within the fit's subspace.

        Parameters
        ----------
        white : array_like, shape (n, rank)
            Coordinates along the principal axes, each in its standard deviations.

        Returns
        -------
        numpy.ndarray of float64, shape (n, d)
        """
        return np.asarray(white) @ (self.axes * np.sqrt(self.variances)).T + self.mean

    def d2(self, z):
        """Squared Mahalanobis distances from the mean, within the subspace of the fit.

        What lies off the subspace is left out: see `distance_off`.

        Parameters
        ----------
        z : array_like, shape (n, d)
            Vectors.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
        """
        z = self._own(z)
        whitening = self.whitening
        d2 = np.empty(len(z))
        for rows in row_blocks(*z.shape):
            white = (z[rows] - self.mean) @ whitening
            d2[rows] = np.einsum("ij,ij->i", white, white)
        return d2

    def distance_off(self, z):
        """Euclidean distances from the subspace of the fit.

        Parameters
        ----------
        z : array_like, shape (n, d)
            Vectors.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
            Rounding only where the rank is d.
        """
        z = self._own(z)
        distance = np.empty(len(z))
        for rows in row_blocks(*z.shape):
            centred = z[rows] - self.mean
            distance[rows] = np.linalg.norm(centred - centred @ self.axes @ self.axes.T, axis=1)
        return distance

    def sample(self, n, seed=0):
        """Draw vectors from the fitted normal distribution.

        Parameters
        ----------
        n : int
            How many.
        seed : int
            Seed of the draw.

        Returns
        -------
        numpy.ndarray of float64, shape (n, d)
        """
        normal = np.random.default_rng(seed).standard_normal((n, self.rank))
        z = normal @ (self.axes * np.sqrt(self.variances)).T
        z += self.mean
        return z

    @property
    def whitening(self):
        """Columns that whiten centred vectors: the axes over their standard deviations."""
        return self.axes / np.sqrt(self.variances)

    def _own(self, z):
        z = as_vectors(z)
        if z.shape[1] != self.d:
            raise InputError(
                f"z has {z.shape[1]} dimensions and the fit {self.d}: give vectors of the encoder "
                "that the fit came from."
            )
        return z

    def _project(self, z, columns):
        z = self._own(z)
        out = np.empty((len(z), columns.shape[1]))
        for rows in row_blocks(*z.shape):
            out[rows] = (z[rows] - self.mean) @ columns
        return out


def fit_gaussian(z, core=None):
    """Fit a normal distribution: mean, covariance (dividing by n - 1) and principal axes.

    In float64, block by block: z may be a memory map of any real dtype. An axis counts for the
    rank when its variance exceeds both the rounding of float64 in the covariance and the rounding
    of z itself along that axis, so that collinear float32 columns are found far from the origin
    too: see `principal_axes`.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Vectors.
    core : float, optional
        Level, in sigma, within which the vectors are fitted as part of a normal distribution,
        leaving those outside aside: see `fit_core`.

    Returns
    -------
    GaussianFit

    Raises
    ------
    InputError
        When z is not two-dimensional, has n <= d + 1 vectors, holds values that are not finite,
        does not vary by more than rounding, or its core does not settle.
    """
    z = as_vectors(z)
    if core is not None:
        from mlflow_latents.stats.core import settled_core  # which rests on this module

        return settled_core(z, core)
    return fit_resolved(z, resolution_of(z))


def fit_resolved(z, resolution):
    """Fit a normal distribution to checked vectors of known resolution: see `fit_gaussian`."""
    n, d = z.shape
    if d < 1 or n <= d + 1:
        raise InputError(
            f"z holds n = {n} vectors of d = {d} dimensions, and a normal distribution can be "
            f"fitted to more than d + 1 only: give at least {d + 2} vectors, or fewer dimensions."
        )
    mean = mean_of(z)
    covariance = covariance_of(z, mean)
    axes, variances = principal_axes(covariance, resolution)
    if not len(variances):
        raise InputError(
            f"All {n} vectors of z are equal, or vary by no more than rounding: give vectors that "
            "vary, or rescale them."
        )
    return GaussianFit(mean, covariance, axes, variances, n)


def principal_axes(covariance, resolution):
    """Axes along which vectors vary by more than rounding, and the variances along them.

    Which combinations of columns vary is decided with each column in its own standard deviations,
    so that their units do not matter; axes and variances are those of the covariance itself.

    Parameters
    ----------
    covariance : numpy.ndarray, shape (d, d)
        Covariance in float64.
    resolution : numpy.ndarray, shape (d,)
        Standard deviation of each column that is not more than rounding.

    Returns
    -------
    axes : numpy.ndarray, shape (d, rank)
        Zero in the rows of columns that do not vary.
    variances : numpy.ndarray, shape (rank,)
        Decreasing.
    """
    least = np.maximum(resolution**2, np.finfo(np.float64).tiny)
    live = np.flatnonzero(np.diag(covariance) > least)
    if not len(live):
        return np.empty((len(covariance), 0)), np.empty(0)
    unit = np.exp2(np.round(np.log2(np.diag(covariance)[live]) / 2))  # a power of two is exact
    shares, directions = np.linalg.eigh(covariance[np.ix_(live, live)] / unit / unit[:, None])
    rounding = (resolution[live] / unit) ** 2 @ directions**2
    counts = shares > np.maximum(LEAST_SHARE * shares[-1], rounding)
    # The covariance is this factor times its transpose; its singular values are standard
    # deviations, in which narrow axes stand out of rounding where their variances would not.
    factor = unit[:, None] * directions[:, counts] * np.sqrt(shares[counts])
    found, sd, _ = np.linalg.svd(factor, full_matrices=False)
    resolved = sd > LEAST_SHARE * sd.max(initial=0.0)
    axes = np.zeros((len(covariance), resolved.sum()))
    axes[live] = found[:, resolved]
    # An axis has no sign of its own: its largest component is made positive.
    axes *= np.sign(axes[np.argmax(np.abs(axes), axis=0), np.arange(axes.shape[1])])
    return axes, sd[resolved] ** 2


def mean_of(z):
    """Mean in float64, block by block, of vectors (n, d): shape (d,)."""
    first = z[0].astype(np.float64)  # so that the mean of a constant column is exact
    total = sum((z[rows] - first).sum(axis=0) for rows in row_blocks(*z.shape))
    return first + total / len(z)


def covariance_of(z, mean):
    """Covariance in float64 about a given mean, block by block, dividing by n - 1: shape (d, d)."""
    total, product = np.zeros(len(mean)), np.zeros((len(mean), len(mean)))
    for rows in row_blocks(*z.shape):
        centred = z[rows] - mean
        total += centred.sum(axis=0)
        product += centred.T @ centred
    product -= np.outer(total, total) / len(z)
    return product / (len(z) - 1)
