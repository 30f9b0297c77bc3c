import numpy as np
import pytest

from mlflow_latents.errors import InputError
from mlflow_latents.generate import (
    fit_latent_model,
    load_latent_model,
    sample,
    save_latent_model,
    with_vectors,
)
from mlflow_latents.stats import AssessConfig, find_core, fit_gaussian, log_likelihoods

N, D = 1500, 5


def cloud(n=N, seed=0):
    """Three groups of unequal size, the last of them heavy-tailed."""
    rng = np.random.default_rng(seed)
    group = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    x = rng.standard_normal((n, D)) + 5 * np.eye(3, D)[group]
    x[group == 2] *= np.sqrt(5 / rng.chisquare(5, (np.sum(group == 2), 1)))
    return x @ np.random.default_rng(9).standard_normal((D, D)) + 4


@pytest.fixture(scope="module")
def model():
    return fit_latent_model(cloud(), keep_vectors=True)


def assert_equal(one, other):
    for part in ("fit", "core", "mixture"):
        for name, value in vars(getattr(one, part)).items():
            np.testing.assert_array_equal(getattr(getattr(other, part), name), value)
    assert one.core_level == other.core_level
    np.testing.assert_array_equal(one.radii, other.radii)


def test_parts_are_those_of_the_statistics(model):
    z = cloud()
    fit = fit_gaussian(z)
    core = find_core(z, fit, AssessConfig())
    np.testing.assert_array_equal(model.fit.covariance, fit.covariance)
    np.testing.assert_array_equal(model.core.covariance, core.fit.covariance)
    assert model.core_level == core.level
    assert model.core.n < model.fit.n == N
    assert model.d == D
    np.testing.assert_array_equal(model.vectors, z.astype(np.float32))


def test_radii_are_quantiles(model):
    radius = np.sort(np.sqrt(model.fit.d2(cloud())))
    assert model.radii[0] == radius[0]
    assert model.radii[-1] == radius[-1]
    below = np.searchsorted(radius, model.radii, side="right") / N
    np.testing.assert_allclose(below, np.linspace(0, 1, len(model.radii)), atol=1.5 / N)


def test_the_mixture_beats_the_normal_law_on_other_vectors(model):
    white = model.fit.whiten(cloud(seed=1))
    normal = -(white**2).sum(axis=1) / 2 - D / 2 * np.log(2 * np.pi)
    gain = (model.mixture.log_density(white) - normal).mean() / D
    assert gain > 0.15
    told = log_likelihoods(cloud(), cloud(seed=1), model.fit)
    assert gain == pytest.approx(told.gain[told.names.index("mixture")], abs=0.03)


def test_covariances_that_the_vectors_cannot_tell_are_drawn_to_the_pooled_one():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((6000, 60)) * np.sqrt(20 / rng.chisquare(20, (6000, 1)))
    model = fit_latent_model(x[:3000])
    white = model.fit.whiten(x[3000:])
    normal = -(white**2).sum(axis=1) / 2 - 30 * np.log(2 * np.pi)
    gain = (model.mixture.log_density(white) - normal).mean() / 60
    assert gain > -0.03  # without the pooled covariance it is -0.064


def test_fewer_components_for_fewer_vectors(model):
    assert len(model.mixture.means) == 10
    assert 1 < len(fit_latent_model(cloud(200)).mixture.means) <= 5
    assert len(fit_latent_model(cloud(D + 2)).mixture.means) == 1


def test_a_fit_and_a_core_that_are_there_are_used(model):
    z = cloud()
    fit = fit_gaussian(z[::2])
    core = find_core(z, fit, AssessConfig())
    other = fit_latent_model(z, fit=fit, core=core)
    assert other.fit is fit
    assert other.core is core.fit
    assert other.vectors is None
    assert_equal(model, fit_latent_model(z, fit=model.fit))


def test_the_seed_decides(model):
    assert_equal(model, fit_latent_model(cloud()))
    other = fit_latent_model(cloud(), seed=1)
    assert not np.array_equal(model.mixture.means, other.mixture.means)


def test_a_list_of_vectors(model):
    assert_equal(model, fit_latent_model(cloud().tolist()))


def test_a_memory_map_of_float32(tmp_path):
    np.save(tmp_path / "z.npy", cloud().astype(np.float32))
    mapped = np.load(tmp_path / "z.npy", mmap_mode="r")
    model = fit_latent_model(mapped, keep_vectors=True)
    assert_equal(model, fit_latent_model(cloud().astype(np.float32)))
    assert not isinstance(model.vectors, np.memmap)


def test_the_callers_vectors_are_not_those_kept():
    z = cloud().astype(np.float32)
    model = fit_latent_model(z, keep_vectors=True)
    z[:] = 0
    assert model.vectors.std() > 1


@pytest.mark.parametrize(
    "z", [np.zeros((9, 3)), np.eye(4), np.ones(5), np.full((9, 2), np.nan), [["a", "b"]] * 9]
)
def test_vectors_without_a_law_are_refused(z):
    with pytest.raises(InputError):
        fit_latent_model(z)


def test_saved_without_vectors_and_loaded(model, tmp_path):
    path = tmp_path / "latent model.npz"
    save_latent_model(path, model)
    loaded = load_latent_model(path)
    assert_equal(model, loaded)
    assert model.vectors is not None
    assert loaded.vectors is None
    assert isinstance(loaded.fit.n, int)
    assert isinstance(loaded.core_level, float)
    for name in ("ellipsoid", "core", "elliptical", "mixture"):
        np.testing.assert_array_equal(sample(model, name, 50), sample(loaded, name, 50))


def test_a_model_of_few_axes_is_saved_and_loaded(tmp_path):
    flat = cloud()
    flat[:, 2] = flat[:, 0]
    model = fit_latent_model(flat)
    save_latent_model(tmp_path / "flat.npz", model)
    loaded = load_latent_model(str(tmp_path / "flat.npz"))
    assert loaded.fit.rank == D - 1
    assert_equal(model, loaded)


def test_loading_what_is_no_latent_model(model, tmp_path):
    with pytest.raises(InputError, match=r"There is no file .*nowhere.npz"):
        load_latent_model(tmp_path / "nowhere.npz")
    with pytest.raises(InputError, match="There is no file"):
        load_latent_model(tmp_path)
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    np.save(tmp_path / "array.npy", np.arange(3))
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    (tmp_path / "text.npz").write_text("text")
    (tmp_path / "empty.npz").write_bytes(b"")
    save_latent_model(tmp_path / "whole.npz", model)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:5000])
    names = ("other.npz", "array.npy", "objects.npy", "text.npz", "empty.npz", "cut.npz")
    for name in names:
        with pytest.raises(InputError, match=f"{name} holds no latent model"):
            load_latent_model(tmp_path / name)


def test_vectors_given_later(model):
    bare = fit_latent_model(cloud())
    with pytest.raises(InputError, match="needs real latent vectors"):
        sample(bare, "empirical")
    given = with_vectors(bare, cloud().tolist())
    np.testing.assert_array_equal(sample(given, "empirical", 9), sample(model, "empirical", 9))
    assert bare.vectors is None


@pytest.mark.parametrize("z", [np.ones((3, D + 1)), np.ones((0, D)), np.ones(D), [[np.nan] * D]])
def test_other_vectors_are_refused(model, z):
    with pytest.raises(InputError, match="z h"):
        with_vectors(model, z)


def test_no_component_is_a_single_vector_far_out():
    """Its mean would give a training vector away."""
    z = np.random.default_rng(0).standard_normal((3000, 4))
    z[:3] += 200 * np.eye(4)[:3]
    components = fit_latent_model(z).mixture
    assert len(components.means) < 10
    assert np.exp(components.log_weights).sum() == pytest.approx(1)
    assert np.abs(components.means).max() < 5
