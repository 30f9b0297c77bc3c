"""Points and directions at which decoded images are differentiated, and the sums over them."""

import numpy as np

from mlflow_latents.generate.ellipsoid import spherical
from mlflow_latents.generate.quality.jackknife import Estimate
from mlflow_latents.models.coding import as_uint8
from mlflow_latents.probes.axis_groups import axis_groups, carried_ends
from mlflow_latents.probes.sensitivity_found import Carried, Response, Shell, Walk

POINTS = 8  # at which a shell is differentiated, in the same directions on all shells
PLACES = 64  # of a shell or a fifth: all say how far out it lies, the first are differentiated
OTHERS = 32  # directions that stand for the axes between
SIDE_STEPS = 2  # random directions at each point of a walk
SHOWN = 3  # images of a shell that are kept
LOGITS, TOGETHER = 512, 64  # decoded vectors over which each logit's sd is taken; held at once


class Meter:
    """Differentiates decoded images, and sums up what changes.

    Parameters
    ----------
    network : WhiteDecoder
    region : numpy.ndarray of bool, shape (height, width)
        The face.
    seed : int
    """

    def __init__(self, network, region, seed):
        self.network, self.region, self.rank = network, region, network.rank
        self.area = 1 - region.mean()
        self.groups = axis_groups(self.rank)
        self.rng = np.random.default_rng(seed)
        self.logit_sd = self._logit_sd()
        self.even = spherical(self.rng, np.ones(PLACES), self.rank)
        # The same at every distance, so that noise of the choice does not look like a trend.
        steps = [self._steps() for _ in range(POINTS)]
        self.steps, self.weights = np.stack([each for each, _ in steps]), steps[0][1]

    def shell(self, name: str, radius: float) -> Shell:
        """Measure at one distance from the centre, in directions spread evenly."""
        return self.around(name, radius * self.even if radius else np.zeros((1, self.rank)))

    def around(self, name: str, white: np.ndarray) -> Shell:
        """Measure at whitened vectors (n, k): the first are differentiated.

        A single one, the centre, is differentiated along every principal axis.
        """
        count = min(POINTS, len(white))
        steps, weights = self.steps[:count], self.weights
        if count == 1:
            steps, weights = np.eye(self.rank)[None], np.full(self.rank, 1 / self.rank)
        slopes = self._slopes(white[:count], steps, weights)
        size = len(self.groups["leading"])
        responses = (
            self._response(slopes.squares, slopes.targets, weights),
            self._response(slopes.squares[:, :size], slopes.targets[:, :size]),
            self._response(slopes.squares[:, -size:], slopes.targets[:, -size:]),
        )
        radius = float(np.linalg.norm(white, axis=1).mean())
        shown = np.asarray(as_uint8(self.network(white[:SHOWN])[0]))
        return Shell(name, radius, *responses, np.sqrt(slopes.maps.mean(axis=0)), shown)

    def walk(self, start: str, radius: float, group: str, distance: int) -> Walk:
        """Measure at one distance along principal axes, from the centre (radius 0) or from afar."""
        begin = radius * self.even[:POINTS] if radius else np.zeros((1, self.rank))
        own = np.eye(self.rank)[self.groups[group]]
        own = np.concatenate([own, -own])
        white = (begin[:, None] + distance * own).reshape(-1, self.rank)
        side = spherical(self.rng, np.ones(len(white) * SIDE_STEPS), self.rank)
        steps = np.concatenate(
            [np.tile(own, (len(begin), 1))[:, None], side.reshape(len(white), -1, self.rank)],
            axis=1,
        )
        slopes = self._slopes(white, steps, np.full(1 + SIDE_STEPS, 1 / (1 + SIDE_STEPS)))
        units = len(white) if len(begin) == 1 else len(begin)

        def response(columns):
            both = np.concatenate([slopes.squares, slopes.targets], axis=2)[:, columns]
            points, directions, count = both.shape
            both = both.reshape(units, points // units * directions, count)
            return self._response(both[:, :, :2], both[:, :, 2:])

        return Walk(start, group, distance, response(slice(0, 1)), response(slice(1, None)))

    def carried(self, radius: float, targets: tuple[str, ...]) -> Carried:
        """Measure a step along each principal axis at one distance from the centre."""
        even = np.full(self.rank, 1 / self.rank)
        slopes = self._slopes(radius * self.even[:POINTS], np.eye(self.rank), even)
        squares = np.concatenate([slopes.squares, np.square(slopes.targets)], axis=2)
        groups = np.split(np.arange(self.rank), carried_ends(self.rank))
        sums = np.stack([squares[:, axes].sum(axis=1) for axes in groups], axis=2)
        inside, outside = np.moveaxis(slopes.squares, 2, 0)
        return Carried(
            ("face pixels", "background pixels", *targets),
            *_jackknife(lambda sums: sums / sums.sum(axis=-1, keepdims=True), sums),
            tuple(len(axes) for axes in groups),
            *_jackknife(self._background_share, inside, outside),
            *np.sqrt(slopes.squares.mean(axis=0)).T,
        )

    def _logit_sd(self):
        """Measure the sd (t,) of each logit over drawn vectors; NaN where it does not vary."""
        if not self.network.count:
            return np.empty(0)
        # In parts, of which only the logits are kept: 512 large images would fill the memory.
        white = self.rng.standard_normal((LOGITS, self.rank))
        parts = np.split(white, range(TOGETHER, LOGITS, TOGETHER))
        sd = np.concatenate([self.network(part)[1] for part in parts]).std(axis=0)
        return np.where(sd > 1e-6, sd, np.nan)

    def _steps(self):
        """Directions (m, k), and weights (m,) with which they stand for the mean over all.

        The mean square over all directions is that over the principal axes. Those between the
        leading, which matter most, and the trailing are stood for by random directions among them
        (Hutchinson 1989, Communications in Statistics - Simulation 18, 1059-1076).
        """
        axes = np.eye(self.rank)
        leading, other, trailing = (axes[rows] for rows in self.groups.values())
        count = len(other)
        if count > OTHERS:
            mixed = np.linalg.qr(self.rng.standard_normal((count, OTHERS)))[0].T
            other = mixed @ other
        steps = np.concatenate([leading, other, trailing])
        weights = np.ones(len(steps))
        weights[len(leading) : len(leading) + len(other)] = count / max(len(other), 1)
        return steps, weights / weights.sum()

    def _slopes(self, white, steps, weights):
        steps = np.broadcast_to(steps, (len(white), *steps.shape[-2:]))
        slopes = self.network.slopes(white, steps, weights, self.region)
        return slopes._replace(targets=slopes.targets / self.logit_sd)

    def _response(self, squares, targets, weights=None):
        """Sum up mean squares (units, m, 2) and changes of logits (units, m, t)."""
        both = np.concatenate([squares, np.square(targets)], axis=2)
        both = np.average(both, axis=1, weights=weights)
        inside, outside = both[:, 0], both[:, 1]
        return Response(
            _estimate(np.sqrt, inside),
            _estimate(np.sqrt, outside),
            _estimate(self._background_share, inside, outside),
            np.sqrt(both[:, 2:].mean(axis=0)),
        )

    def _background_share(self, inside, outside):
        return self.area * outside / ((1 - self.area) * inside + self.area * outside)


def _jackknife(statistic, *values):
    """Value of a statistic of means over units, and its jackknife error, which is 0 for one unit.

    Parameters
    ----------
    statistic : callable
        Of the means (...) of each of the values.
    values : numpy.ndarray, shape (units, ...)
        Of independent points.

    Returns
    -------
    value, error : numpy.ndarray, shape (...)
    """
    units = len(values[0])
    with np.errstate(invalid="ignore"):  # where nothing changes, shares are NaN
        value = statistic(*(each.mean(axis=0) for each in values))
        if units == 1:
            return value, np.zeros_like(value)
        left = statistic(*((each.sum(axis=0) - each) / (units - 1) for each in values))
    variance = (units - 1) / units * np.square(left - left.mean(axis=0)).sum(axis=0)
    return value, np.sqrt(variance)


def _estimate(statistic, *values):
    """Estimate a single number: see `_jackknife`."""
    return Estimate(*(float(each) for each in _jackknife(statistic, *values)))
