"""How likely held-out vectors are under models of the cloud, the normal law being the simplest."""

import warnings
from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.blocks import as_vectors, row_blocks
from mlflow_latents.stats.densities import (
    LOG_2PI,
    Elliptical,
    Independent,
    Mixture,
    log_radius,
    minus_half,
    smooth,
)
from mlflow_latents.stats.gaussian import fit_gaussian
from mlflow_latents.stats.negentropy import negentropy

MODELS = ("gaussian", "independent", "elliptical", "mixture")
COMPONENTS = 10
MIXTURE_VECTORS = 10_000
MIXTURE_AXES = 20


@dataclass(frozen=True)
class LogLikelihoods:
    """Mean log-likelihoods in nats per vector and dimension, of models fitted to other vectors.

    Dimensions are those of the subspace of the fit. All models share its mean and covariance and
    differ in the law of the whitened vectors:

    - gaussian: the normal law;
    - independent: along each principal axis a smoothed density of its own, independent of the rest;
    - elliptical: a uniform direction, and a smoothed density of the log radius;
    - mixture: ten normal components with covariances of their own in the 20 whitened principal axes
      of the largest negentropy, and the normal law along the others.

    Parameters
    ----------
    names : tuple of str
        The four models.
    per_dimension : numpy.ndarray, shape (4,)
        On the held-out vectors.
    in_sample : numpy.ndarray, shape (4,)
        On the vectors of the fit: flattering, the more so the more parameters.
    gain : numpy.ndarray, shape (4,)
        Held-out, over the gaussian.
    standard_error : numpy.ndarray, shape (4,)
        Of the gain, from its differences vector by vector; 0 for the gaussian.
    parameters : numpy.ndarray of int, shape (4,)
        Numbers fitted.
    certainty : float
        Of the mixture: how surely a vector belongs to one component, the mean of its largest
        posterior probability. 1 for groups that lie apart; components that only approximate a
        smooth density together overlap.
    n_train, n_held_out : int
        Numbers of vectors.
    """

    names: tuple[str, ...]
    per_dimension: np.ndarray
    in_sample: np.ndarray
    gain: np.ndarray
    standard_error: np.ndarray
    parameters: np.ndarray
    certainty: float
    n_train: int
    n_held_out: int

    @property
    def best(self):
        """Name of the model under which the held-out vectors are the most likely."""
        return self.names[int(np.argmax(self.per_dimension))]


def log_likelihoods(z, held_out, fit, seed=0):
    """Compare four models of the cloud by the likelihood of held-out vectors.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Vectors that the fit came from.
    held_out : array_like, shape (m, d), or None
        Other vectors. Without, z is cut into halves at random, and the first is fitted anew.
    fit : GaussianFit
        Of z; not used without held-out vectors. Where its rank is below d, densities are those in
        its subspace, and what lies off it is left out.
    seed : int
        Of the halves, and of the vectors and the start of the mixture.

    Returns
    -------
    LogLikelihoods

    Raises
    ------
    InputError
        When vectors do not fit the fit, or are too few for halves (2 d + 4) or to be held out (2).
    """
    z = as_vectors(z)
    rng = np.random.default_rng(seed)
    if held_out is None:
        z, held_out = _halves(z, rng)
        fit = fit_gaussian(z)
    z, held_out = fit._own(z), fit._own(held_out)
    if len(held_out) < 2:
        raise InputError(f"There are {len(held_out)} held-out vectors: give 2 or more, or None.")
    models = _models(z, fit, rng)
    outside, inside = (_densities(x, fit, models) for x in (held_out, z))
    gains = (outside - outside[0]) / fit.rank
    scale = -np.log(fit.variances).sum() / 2  # log-determinant of the whitening
    return LogLikelihoods(
        names=MODELS,
        per_dimension=(outside.mean(axis=1) + scale) / fit.rank,
        in_sample=(inside.mean(axis=1) + scale) / fit.rank,
        gain=gains.mean(axis=1),
        standard_error=gains.std(axis=1, ddof=1) / np.sqrt(len(held_out)),
        parameters=_moments_of(fit) + np.array([0, *(m.parameters for m in models)]),
        certainty=models[-1].certainty,
        n_train=len(z),
        n_held_out=len(held_out),
    )


def _halves(z, rng):
    n, d = z.shape
    if n < 2 * d + 4:
        raise InputError(
            f"z holds n = {n} vectors of d = {d} dimensions, too few to hold half of them out: "
            f"give at least {2 * d + 4}, or held-out vectors."
        )
    order = rng.permutation(n)
    return z[np.sort(order[: n // 2])], z[np.sort(order[n // 2 :])]


def _models(z, fit, rng):
    """Fit the three models beside the gaussian to whitened vectors."""
    radius = np.concatenate([log_radius(white) for white in _white_blocks(z, fit)])
    center, sd = radius.mean(), max(radius.std(), np.finfo(np.float64).eps)
    radial = smooth([(radius[:, None] - center) / sd], len(z))
    return (
        Independent(smooth(_white_blocks(z, fit), len(z))),
        Elliptical(radial, center, sd),
        _mixture(z, fit, rng),
    )


def _densities(x, fit, models):
    """Log densities (4, n) of the whitened vectors."""
    parts = []
    for white in _white_blocks(x, fit):
        gaussian = minus_half(white) - fit.rank / 2 * LOG_2PI
        parts.append([gaussian, *(model.log_density(white) for model in models)])
    return np.concatenate(parts, axis=1)


def _white_blocks(z, fit):
    whitening = fit.whitening
    for rows in row_blocks(*z.shape):
        yield (z[rows] - fit.mean) @ whitening


def _moments_of(fit):
    return fit.rank + fit.rank * (fit.rank + 1) // 2


def _mixture(z, fit, rng):
    """Fit the components on up to 10,000 vectors; covariances are drawn to their pooled one.

    Expectation-maximisation (scikit-learn's, from k-means) in the up to 20 axes of the largest
    negentropy, with as many components, up to ten, as have 5 vectors per axis each. Then each
    covariance gets the weight ``N_j / (N_j + 10 p)`` and the pooled one the rest, N_j being the
    vectors of the component and p the axes.
    """
    rows = np.sort(rng.permutation(len(z))[:MIXTURE_VECTORS])
    white = fit.whiten(z[rows])
    axes = np.sort(np.argsort(-negentropy([white.T]).estimate)[:MIXTURE_AXES])
    white = white[:, axes]
    n, p = white.shape
    count = int(np.clip(n // (5 * p), 1, COMPONENTS))
    from sklearn.exceptions import ConvergenceWarning  # imports pandas
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(
        count, reg_covar=1e-4, max_iter=100, random_state=int(rng.integers(2**31))
    )
    with warnings.catch_warnings():  # a mixture that has not settled is a model as good as another
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(white)
    weights, size = model.weights_, n * model.weights_
    pooled = np.tensordot(weights, model.covariances_, axes=1)
    own = (size / (size + 10 * p))[:, None, None]
    covariances = own * model.covariances_ + (1 - own) * pooled
    factors = np.linalg.cholesky(covariances)
    certainty = float(model.predict_proba(white).max(axis=1).mean())
    return Mixture(axes, np.log(weights), model.means_, factors, certainty)
