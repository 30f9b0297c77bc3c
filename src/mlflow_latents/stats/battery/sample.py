"""Vectors made ready for tests: centred, whitened, in float64."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.battery.direction import vector_kernels
from mlflow_latents.stats.battery.shape import MOST, fit_shape
from mlflow_latents.stats.blocks import as_vectors, row_blocks
from mlflow_latents.stats.gaussian import GaussianFit, fit_gaussian
from mlflow_latents.stats.leading import nested_whitening


@dataclass(frozen=True)
class Sample:
    """Vectors with the normal distribution fitted to them.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d_z)
        Vectors.
    own : GaussianFit
        Their own mean and covariance.
    to_white : numpy.ndarray, shape (d_z, d)
        Columns that whiten centred vectors: d is the number of dimensions in which they vary. The
        first k columns span the projections on the k leading principal axes.
    seed : int
        Seed of everything random in a test.
    thorough : bool
        Whether searches take all vectors, and longer.

    Notes
    -----
    For normal vectors the whitened sample is uniform (Haar) among all n vectors with mean 0 and
    covariance 1, independently of mean, covariance and principal axes, so that every statistic of
    it has a null law that depends on n and d alone. This holds in-sample as it does for held-out
    vectors along the axes of the training vectors, since the whitening is their own.
    """

    z: np.ndarray
    own: GaussianFit
    to_white: np.ndarray
    seed: int = 0
    thorough: bool = False

    @property
    def n(self):
        """Number of vectors."""
        return len(self.z)

    @property
    def d(self):
        """Dimensions in which the vectors vary."""
        return self.to_white.shape[1]

    @cached_property
    def white(self):
        """Whitened vectors in float64, shape (n, d): mean 0, covariance (dividing by n-1) 1."""
        white = np.empty((self.n, self.d))
        for rows in row_blocks(*self.z.shape):
            white[rows] = (self.z[rows] - self.own.mean) @ self.to_white
        return white

    @cached_property
    def directions(self):
        """Unit directions in Tyler's shape of at most 10,000 vectors, drawn with the seed."""
        white = self.white
        if self.n > MOST:
            drawn = np.random.default_rng(self.seed).choice(self.n, MOST, replace=False)
            white = white[np.sort(drawn)]
        return fit_shape(white)

    @cached_property
    def kernels(self):
        """Mean kernels of each direction with the others: see `vector_kernels`; d >= 2.

        None where there are no directions: see `fit_shape`.
        """
        return None if self.directions is None else vector_kernels(self.directions)

    @cached_property
    def d2(self):
        """Squared Mahalanobis distances from the sample's own mean, shape (n,)."""
        return np.einsum("ij,ij->i", self.white, self.white)

    def in_vector_space(self, directions):
        """Turn directions in the whitened space into unit rows in the space of the vectors.

        Parameters
        ----------
        directions : numpy.ndarray, shape (m, d)
            Rows v: the projections looked at are ``white @ v``.

        Returns
        -------
        numpy.ndarray, shape (m, d_z)
            Rows u of length 1 such that ``z @ u`` is the same projection but for place and scale.
        """
        rows = directions @ self.to_white.T
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sample_of(z, fit=None, seed=0, own=None, thorough=False):
    """Make vectors ready for tests.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Vectors, n >= d + 2.
    fit : GaussianFit, optional
        Fit of the training vectors, where z are held out: its principal axes are looked along.
    seed : int
        Seed of everything random in a test.
    own : GaussianFit, optional
        Fit of z itself, where it is known already.
    thorough : bool
        Whether searches take all vectors, and longer.

    Returns
    -------
    Sample

    Raises
    ------
    InputError
        When z cannot be fitted (see `fit_gaussian`), or does not go with `fit`.
    """
    z = as_vectors(z)
    if seed < 0:
        raise InputError(f"The seed is {seed}: give 0 or more.")
    own = fit_gaussian(z) if own is None else own
    if fit is None:
        return Sample(z, own, own.whitening, seed, thorough)
    if fit.d != own.d:
        raise InputError(
            f"x has {own.d} dimensions and the fit {fit.d}: give vectors of the encoder that the "
            "fit came from."
        )
    axes = fit.axes[:, : len(z) - 2]
    return Sample(z, own, nested_whitening(axes, own.covariance), seed, thorough)
