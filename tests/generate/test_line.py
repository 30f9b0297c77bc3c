import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_latents.errors import InputError
from mlflow_latents.generate import fit_latent_model, sample

D = 5


def cloud(rank=D, n=400):
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((rank, D)) * np.geomspace(4, 1, rank)[:, None]
    return rng.standard_normal((n, rank)) @ mixing + 7


@pytest.fixture(scope="module")
def model():
    return fit_latent_model(cloud())


@pytest.fixture(scope="module")
def flat():
    z = cloud(3)
    z[:, 1] = 4.0
    z[:, 3] = -2 * z[:, 0]
    return fit_latent_model(z)


def radii(model, z):
    return np.sqrt(model.fit.d2(z))


@pytest.mark.parametrize("axis", [None, 1, 3, D])
def test_along_an_axis(model, axis):
    z = sample(model, "line", 7, axis=axis, sd=3)
    np.testing.assert_allclose(z[3], model.fit.mean)
    np.testing.assert_allclose(radii(model, z), [3, 2, 1, 0, 1, 2, 3], atol=1e-6)
    principal = model.fit.principal(z)
    own = (axis or 1) - 1
    np.testing.assert_allclose(
        principal[:, own], np.linspace(-3, 3, 7) * np.sqrt(model.fit.variances[own]), atol=1e-9
    )
    np.testing.assert_allclose(np.delete(principal, own, axis=1), 0, atol=1e-9)


@given(
    plane=st.permutations(range(1, D + 1)).map(lambda order: tuple(order[:2])),
    angle=st.floats(-400, 400),
    sd=st.floats(0.01, 100),
)
def test_in_a_plane(model, plane, angle, sd):
    z = sample(model, "line", 5, plane=plane, angle=angle, sd=sd)
    np.testing.assert_allclose(radii(model, z), sd * np.array([1, 0.5, 0, 0.5, 1]), atol=1e-6)
    pair = np.array(plane) - 1
    rest = np.setdiff1d(np.arange(D), pair)
    offset = z - model.fit.mean
    direction = offset[-1, pair] / np.linalg.norm(offset[-1, pair])
    np.testing.assert_allclose(
        direction, [np.cos(np.radians(angle)), np.sin(np.radians(angle))], atol=1e-7
    )
    covariance = model.fit.covariance
    own = covariance[np.ix_(pair, pair)]
    within = np.einsum("ni,ij,nj->n", offset[:, pair], np.linalg.inv(own), offset[:, pair])
    np.testing.assert_allclose(np.sqrt(within), radii(model, z), atol=1e-6)
    given_pair = covariance[np.ix_(rest, pair)] @ np.linalg.solve(own, offset[:, pair].T)
    np.testing.assert_allclose(offset[:, rest], given_pair.T, atol=1e-6 * sd)


def test_units_of_the_coordinates_do_not_matter(model):
    scale = np.array([1, 1e-5, 1, 1e5, 1])
    other = fit_latent_model(cloud() * scale)
    for angle in (0, 90):
        z, scaled = (sample(m, "line", 3, plane=(1, 2), angle=angle) for m in (model, other))
        np.testing.assert_allclose(scaled / scale, z, rtol=1e-6)


def test_between_two_vectors(model):
    start, end = np.zeros(D), np.arange(D, dtype=float)
    z = sample(model, "line", 5, start=start.tolist(), end=end.astype(np.float32))
    np.testing.assert_allclose(z, np.linspace(0, 1, 5)[:, None] * end)
    np.testing.assert_array_equal(z[[0, -1]], [start, end])


@pytest.mark.parametrize(
    ("options", "middle"),
    [({}, None), ({"plane": (1, 2)}, None), ({"start": [0] * D, "end": [2] * D}, [1] * D)],
)
def test_a_single_vector_lies_in_the_middle(model, options, middle):
    middle = model.fit.mean if middle is None else middle
    np.testing.assert_allclose(sample(model, "line", 1, **options), [middle])


def test_a_line_stays_within_the_subspace(flat):
    assert flat.fit.rank == 3
    for options in ({"axis": 3}, {"plane": (1, 3), "angle": 30}, {"plane": (4, 5), "angle": -70}):
        z = sample(flat, "line", 9, **options)
        assert flat.fit.distance_off(z).max() < 1e-6
        np.testing.assert_allclose(radii(flat, z), np.abs(np.linspace(-3, 3, 9)), atol=1e-6)


@pytest.mark.parametrize("plane", [(1, 2), (2, 5), (1, 4)])
def test_a_plane_without_two_directions_is_refused(flat, plane):
    with pytest.raises(InputError, match=r"In the plane .* do not vary in both directions"):
        sample(flat, "line", 3, plane=plane)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"axis": 1, "plane": (1, 2)}, "More than one line"),
        ({"plane": (1, 2), "start": [0] * D, "end": [1] * D}, "More than one line"),
        ({"axis": 1, "end": [1] * D}, "More than one line"),
        ({"start": [0] * D}, "give end"),
        ({"end": [0] * D}, "give start"),
        ({"angle": 30}, "angle is given without plane"),
        ({"angle": 30, "start": [0] * D, "end": [1] * D}, "angle is given without plane"),
        ({"axis": 6}, "axis is 6: give a number of a principal axis, from 1 to 5"),
        ({"plane": (1, 6)}, "coordinate of plane is 6: give a whole number, from 1 to 5"),
        ({"plane": (3, 3.0)}, "two different coordinates"),
        ({"start": [0] * D, "end": [1]}, r"end has shape \(1,\): give a latent"),
        (
            {"start": [0] * D, "end": ["a"] * D},
            "end does not hold numbers alone: give a latent vector of 5 numbers",
        ),
        ({"start": [np.inf] * D, "end": [1] * D}, "start holds NaN, infinity"),
    ],
)
def test_what_is_no_line(model, options, message):
    with pytest.raises(InputError, match=message):
        sample(model, "line", 3, **options)


def test_the_axis_of_a_flat_cloud_ends_at_its_rank(flat):
    with pytest.raises(InputError, match="from 1 to 3"):
        sample(flat, "line", 3, axis=4)
