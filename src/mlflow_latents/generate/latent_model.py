"""What samplers know of a cloud of latent vectors: arrays, and nothing else."""

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mlflow_latents.stats import AssessConfig, Core, GaussianFit, find_core, fit_gaussian
from mlflow_latents.stats.densities import Mixture

COMPONENTS = 10
VECTORS_PER_COMPONENT = 2  # per axis, that the covariance of a component needs at least
MIXTURE_VECTORS = 20_000  # on which the mixture is fitted
RADII = 4097  # quantiles that stand for the law of the radius


@dataclass(frozen=True)
class LatentModel:
    """A cloud of latent vectors, as samplers see it.

    Parameters
    ----------
    fit : GaussianFit
        Normal distribution of all vectors.
    core : GaussianFit
        Normal distribution of the inner part: see `mlflow_latents.stats.fit_core`.
    core_level : float
        Level, in sigma, within which the inner part lies.
    radii : numpy.ndarray, shape (m,)
        Observed Mahalanobis radii by `fit`, in sd: the quantiles of m evenly spaced shares from 0
        to 1. Between them the law is taken as uniform.
    mixture : Mixture
        Normal components, in the whitened coordinates of `fit`.
    vectors : numpy.ndarray of float32, shape (m, d), optional
        Real latent vectors, for the sampler `empirical`.
    """

    fit: GaussianFit
    core: GaussianFit
    core_level: float
    radii: np.ndarray
    mixture: Mixture
    vectors: np.ndarray | None = None

    @property
    def d(self):
        """Dimensions of the vectors."""
        return self.fit.d


def fit_latent_model(z, seed=0, *, fit=None, core=None, keep_vectors=False):
    """Fit all that samplers need.

    The mixture is scikit-learn's, of full covariances in the whitened coordinates, fitted on up to
    20,000 vectors drawn at random; of ten components, or of fewer where these would have less than
    2 vectors per axis each.

    Parameters
    ----------
    z : array_like, shape (n, d)
        Latent vectors.
    seed : int
        Seed of the mixture.
    fit : GaussianFit, optional
        That of `z`, where it is there already.
    core : Core, optional
        That of `z`, where it is there already.
    keep_vectors : bool
        Whether `z` is kept, for the sampler `empirical`.

    Returns
    -------
    LatentModel

    Raises
    ------
    InputError
        As `fit_gaussian`.
    """
    fit = fit_gaussian(z) if fit is None else fit
    core: Core = find_core(z, fit, AssessConfig()) if core is None else core
    return LatentModel(
        fit=fit,
        core=core.fit,
        core_level=core.level,
        radii=np.quantile(np.sqrt(fit.d2(z)), np.linspace(0, 1, RADII)),
        mixture=_mixture(z, fit, seed),
        vectors=np.array(z, np.float32) if keep_vectors else None,
    )


def _mixture(z, fit, seed):
    # Here, since it imports pandas.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    rows = np.sort(np.random.default_rng(seed).permutation(len(z))[:MIXTURE_VECTORS])
    white = fit.whiten(z[rows])
    most = len(white) // (VECTORS_PER_COMPONENT * (fit.rank + 1))
    model = GaussianMixture(
        int(np.clip(most, 1, COMPONENTS)), reg_covar=1e-4, random_state=seed % 2**32
    )
    with warnings.catch_warnings():  # a mixture that has not settled is a model as good as another
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(white)
    factors = np.linalg.cholesky(model.covariances_)
    return Mixture(np.arange(fit.rank), np.log(model.weights_), model.means_, factors)


def save_latent_model(path: Path, model: LatentModel, *, with_vectors: bool = False) -> None:
    """Write a latent model as one .npz file that loads with allow_pickle=False.

    Parameters
    ----------
    path
        The file.
    model
        What to write.
    with_vectors
        Whether its real vectors, which tell of the images, are written too.
    """
    arrays = {
        **{f"fit_{name}": value for name, value in vars(model.fit).items()},
        **{f"core_{name}": value for name, value in vars(model.core).items()},
        "core_level": model.core_level,
        "radii": model.radii,
        "log_weights": model.mixture.log_weights,
        "means": model.mixture.means,
        "factors": model.mixture.factors,
    }
    if with_vectors and model.vectors is not None:
        arrays["vectors"] = model.vectors
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def load_latent_model(path: Path) -> LatentModel:
    """Read what `save_latent_model` wrote."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)

    def gaussian(prefix):
        names = ("mean", "covariance", "axes", "variances")
        return GaussianFit(
            *(arrays[f"{prefix}_{name}"] for name in names), int(arrays[f"{prefix}_n"])
        )

    fit = gaussian("fit")
    return LatentModel(
        fit=fit,
        core=gaussian("core"),
        core_level=float(arrays["core_level"]),
        radii=arrays["radii"],
        mixture=Mixture(
            np.arange(fit.rank), arrays["log_weights"], arrays["means"], arrays["factors"]
        ),
        vectors=arrays.get("vectors"),
    )


def with_vectors(model: LatentModel, z) -> LatentModel:
    """Give the latent model real vectors (m, d), for the sampler `empirical`."""
    return replace(model, vectors=np.asarray(z, np.float32))
