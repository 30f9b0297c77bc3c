"""The mixture of normal components that the sampler `mixture` draws from."""

import warnings

import numpy as np

from mlflow_latents.stats.densities import Mixture

COMPONENTS = 10
VECTORS_PER_AXIS = 2  # that a component needs at least
ROWS = 20_000  # on which the mixture is fitted
ITERATIONS = 5  # of expectation-maximisation, after k-means: more change nothing that is seen
LEAST_VECTORS = 20  # fewer are single vectors far out, which must not be given away, and no group
POOLED = 10  # vectors per axis, as which the pooled covariance counts


def fit_mixture(z, fit, seed):
    """Fit normal components with full covariances in the whitened coordinates.

    Scikit-learn's Gaussian mixture, of ten components, or of fewer where these would have less than
    2 vectors per axis, or 40 vectors, each; without those that hold fewer than 20 vectors. A
    covariance of 250 axes has more numbers than the vectors of one component can tell: each is
    drawn to the pooled one, which counts as 10 vectors per axis.

    Parameters
    ----------
    z : numpy.ndarray, shape (n, d)
        Vectors; up to 20,000 of them, drawn at random, are used.
    fit : GaussianFit
        That of `z`.
    seed : int

    Returns
    -------
    Mixture
    """
    # Here, since they import pandas.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng(seed)
    white = fit.whiten(z[np.sort(rng.permutation(len(z))[:ROWS])])
    n, rank = white.shape
    each = max(VECTORS_PER_AXIS * (rank + 1), 2 * LEAST_VECTORS)
    count = int(np.clip(n // each, 1, COMPONENTS))
    model = GaussianMixture(
        count, reg_covar=1e-4, max_iter=ITERATIONS, random_state=int(rng.integers(2**31))
    )
    with warnings.catch_warnings():  # a mixture that has not settled is a model as good as another
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(white)
    kept = np.argsort(-model.weights_)[: max(1, np.sum(n * model.weights_ >= LEAST_VECTORS))]
    pooled = np.tensordot(model.weights_, model.covariances_, axes=1)
    size = n * model.weights_[kept]
    own = (size / (size + POOLED * rank))[:, None, None]
    factors = np.linalg.cholesky(own * model.covariances_[kept] + (1 - own) * pooled)
    return Mixture(np.arange(rank), np.log(size / size.sum()), model.means_[kept], factors)
