"""The mixture of normal components that the sampler `mixture` draws from."""

import warnings

import numpy as np

from mlflow_latents.stats.densities import Mixture

COMPONENTS = 10
VECTORS_PER_AXIS = 2  # that a component needs at least
ROWS = 20_000  # on which the mixture is fitted
ITERATIONS = 5  # of expectation-maximisation, after k-means: more change nothing that is seen
POOLED = 10  # vectors per axis, as which the pooled covariance counts


def fit_mixture(z, fit, seed):
    """Fit normal components with full covariances in the whitened coordinates.

    Scikit-learn's Gaussian mixture, of ten components, or of fewer where these would have less than
    2 vectors per axis each. A covariance of 250 axes has more numbers than the vectors of one
    component can tell: each is drawn to the pooled one, which counts as 10 vectors per axis.

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
    count = int(np.clip(n // (VECTORS_PER_AXIS * (rank + 1)), 1, COMPONENTS))
    model = GaussianMixture(
        count, reg_covar=1e-4, max_iter=ITERATIONS, random_state=int(rng.integers(2**31))
    )
    with warnings.catch_warnings():  # a mixture that has not settled is a model as good as another
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(white)
    pooled = np.tensordot(model.weights_, model.covariances_, axes=1)
    size = n * model.weights_
    own = (size / (size + POOLED * rank))[:, None, None]
    factors = np.linalg.cholesky(own * model.covariances_ + (1 - own) * pooled)
    return Mixture(np.arange(rank), np.log(model.weights_), model.means_, factors)
