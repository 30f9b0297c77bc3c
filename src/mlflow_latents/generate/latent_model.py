"""What samplers know of a cloud of latent vectors: arrays, and nothing else."""

import zipfile
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.generate.components import fit_mixture
from mlflow_latents.stats import AssessConfig, Core, GaussianFit, find_core, fit_gaussian
from mlflow_latents.stats.blocks import as_vectors
from mlflow_latents.stats.densities import Mixture

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
        Normal components, in the whitened coordinates of `fit`: see `fit_mixture`.
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
    z = as_vectors(z)
    fit = fit_gaussian(z) if fit is None else fit
    core: Core = find_core(z, fit, AssessConfig()) if core is None else core
    return LatentModel(
        fit=fit,
        core=core.fit,
        core_level=core.level,
        radii=np.quantile(np.sqrt(fit.d2(z)), np.linspace(0, 1, RADII)),
        mixture=fit_mixture(z, fit, seed),
        vectors=np.array(z, np.float32) if keep_vectors else None,
    )


def save_latent_model(path: Path, model: LatentModel) -> None:
    """Write a latent model as one .npz file that loads with allow_pickle=False.

    Its real vectors, which tell of the images, are left out.

    Parameters
    ----------
    path
        The file.
    model
        What to write.
    """
    arrays = {
        **{f"fit_{name}": value for name, value in vars(model.fit).items()},
        **{f"core_{name}": value for name, value in vars(model.core).items()},
        "core_level": model.core_level,
        "radii": model.radii,
        **{f"mixture_{name}": value for name, value in vars(model.mixture).items()},
    }
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def load_latent_model(path: Path) -> LatentModel:
    """Read what `save_latent_model` wrote: a latent model without real vectors.

    Raises
    ------
    InputError
        When there is no such file, or another one.
    """
    try:
        # Opened here, since np.load leaves a damaged file open.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _of_arrays(dict(arrays))
    except (FileNotFoundError, IsADirectoryError):
        raise InputError(f"There is no file {path}: give that of a latent model.") from None
    except (AttributeError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} holds no latent model: give a file that save_latent_model wrote."
        ) from error


def _of_arrays(arrays):
    def part(kind, prefix):
        values = {each.name: arrays[f"{prefix}_{each.name}"] for each in fields(kind)}
        return {name: value if value.ndim else value.item() for name, value in values.items()}

    return LatentModel(
        fit=GaussianFit(**part(GaussianFit, "fit")),
        core=GaussianFit(**part(GaussianFit, "core")),
        core_level=arrays["core_level"].item(),
        radii=arrays["radii"],
        mixture=Mixture(**part(Mixture, "mixture")),
    )


def with_vectors(model: LatentModel, z) -> LatentModel:
    """Give the latent model real vectors (m, d), for the sampler `empirical`.

    Raises
    ------
    InputError
        When these are no finite vectors of as many dimensions, or none at all.
    """
    z = as_vectors(z)
    if not len(z) or z.shape[1] != model.d:
        raise InputError(
            f"z has shape {z.shape}: give one or more latent vectors of {model.d} dimensions."
        )
    return replace(model, vectors=z.astype(np.float32))
