"""The normal distribution that fits a cloud of vectors."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.blocks import as_vectors, rounding, row_blocks


@dataclass(frozen=True)
class GaussianFit:
    """Mean and covariance of vectors, with the principal axes along which they vary.

    Where coordinates are dead, constant or collinear the rank is below d: the fit then lives in
    the subspace spanned by the axes, and distances are measured in it.

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
        return self._project(z, self._whitening)

    def d2(self, z):
        """Squared Mahalanobis distances from the mean, within the subspace of the fit.

        Parameters
        ----------
        z : array_like, shape (n, d)
            Vectors.

        Returns
        -------
        numpy.ndarray of float64, shape (n,)
        """
        z = self._own(z)
        whitening = self._whitening
        d2 = np.empty(len(z))
        for rows in row_blocks(*z.shape):
            white = (z[rows] - self.mean) @ whitening
            d2[rows] = np.einsum("ij,ij->i", white, white)
        return d2

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
        return normal @ (self.axes * np.sqrt(self.variances)).T + self.mean

    @property
    def _whitening(self):
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


def fit_gaussian(z):
    """Fit a normal distribution: mean, covariance (dividing by n - 1) and principal axes.

    Two passes in float64, block by block: z may be a memory map of any real dtype. An axis counts
    for the rank when its variance exceeds both the rounding of float64 in the covariance and the
    rounding of z itself along that axis, so that collinear float32 columns are found far from the
    origin too.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Vectors.

    Returns
    -------
    GaussianFit

    Raises
    ------
    InputError
        When z is not two-dimensional, has n <= d + 1 vectors, holds values that are not finite,
        or does not vary at all.
    """
    z = as_vectors(z)
    n, d = z.shape
    if d < 1 or n <= d + 1:
        raise InputError(
            f"z holds n = {n} vectors of d = {d} dimensions, and a normal distribution can be "
            f"fitted to more than d + 1 only: give at least {d + 2} vectors, or fewer dimensions."
        )
    mean = mean_of(z)
    covariance = covariance_of(z, mean)
    axes, variances = principal_axes(covariance, rounding(z))
    if not len(variances):
        raise InputError(f"All {n} vectors of z are equal: give vectors that vary.")
    return GaussianFit(mean, covariance, axes, variances, n)


def principal_axes(covariance, spacing):
    """Axes along which vectors vary by more than rounding, and the variances along them.

    Parameters
    ----------
    covariance : numpy.ndarray, shape (d, d)
        Covariance in float64.
    spacing : numpy.ndarray, shape (d,)
        Spacing of the floating-point numbers of the vectors, per coordinate.

    Returns
    -------
    axes : numpy.ndarray, shape (d, rank)
    variances : numpy.ndarray, shape (rank,)
        Decreasing.
    """
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1], axes[:, ::-1]
    float64 = len(variances) * np.finfo(np.float64).eps * variances[0]
    counts = variances > np.maximum(float64, spacing**2 @ axes**2)
    axes = axes[:, counts]
    # An axis has no sign of its own: its largest component is made positive.
    axes = axes * np.sign(axes[np.argmax(np.abs(axes), axis=0), np.arange(axes.shape[1])])
    return np.ascontiguousarray(axes), np.ascontiguousarray(variances[counts])


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
