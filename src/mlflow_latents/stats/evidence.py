"""Which effects are larger than both their tolerance and chance: what a verdict rests on."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.stats.noise import (
    NOISE_SD,
    ONE_SIDED,
    axis_noise,
    distance_margin,
    radial_margin,
    radial_noise,
    ratio_noise,
    shape_noise,
    share_noise,
)

# Radii of elliptical clouds whose variance ratio is just within 0.25 of 1 have Kolmogorov-Smirnov
# distances of 0.02 to 0.034 to their law; those of normal ones (n = 12,000) stay below 0.011.
RADIAL_TOLERANCE = 0.035
MANY = 0.25  # share of bad axes from which they, and not the radius, name the verdict
PLANE_TOLERANCE = 0.02  # error of a share of vectors that counts as none


@dataclass(frozen=True)
class Effects:
    """Departures of one kind from a normal distribution.

    Parameters
    ----------
    size : numpy.ndarray, shape (m,)
        How large each is.
    noise : numpy.ndarray, shape (m,)
        How large chance may make it.
    tolerance : float
        How large it may be and still count as none.
    names : list of str
        What each is, with its size.
    margin : numpy.ndarray or float
        Added to the size it gives the one-sided 95 % confidence bound of the true effect.
    """

    size: np.ndarray
    noise: np.ndarray
    tolerance: float
    names: list[str]
    margin: np.ndarray | float = 0.0

    @property
    def beyond(self):
        """Which exceed tolerance and chance together."""
        return self.size > self.tolerance + self.noise

    @property
    def hold(self):
        """Whether there are some, and the bound of each and its noise are within the tolerance."""
        within = np.maximum(self.size + self.margin, self.noise) <= self.tolerance
        return bool(len(within) and within.all())

    @property
    def worst_measured(self):
        """Size over tolerance, and name, of the largest that exceeds both, each by itself."""
        measured = self.size > np.maximum(self.noise, self.tolerance)
        if not measured.any():
            return 0.0, ""
        worst = int(np.argmax(np.where(measured, self.size, 0)))
        return float(self.size[worst] / self.tolerance), self.names[worst]

    @property
    def least_certain(self):
        """Name of the effect that may be the largest."""
        reach = np.maximum(self.size + self.margin, self.noise)
        return self.names[int(np.argmax(reach))] if self.names else ""

    def vectors_needed(self, n):
        """How many vectors would decide; 0 when n is enough.

        Enough to bring chance, falling as 1/sqrt(n), to the tolerance. Where chance is small
        already and an effect lies between tolerance and tolerance plus chance, four times as many,
        which halve it.
        """
        noise = self.noise.max(initial=0.0)
        if noise > self.tolerance:
            return int(np.ceil(n * (noise / self.tolerance) ** 2))
        unclear = (self.size + self.margin > self.tolerance) & ~self.beyond
        return 4 * n if unclear.any() else 0


@dataclass(frozen=True)
class Evidence:
    """Effects beyond tolerance and noise, in one judgement.

    Parameters
    ----------
    radius : int
        Whether var(d2) over all axes is beyond tolerance and noise: 1 too large, -1 too small,
        0 not beyond.
    leading : int
        The same over that leading subspace which departs most.
    leading_axes : int
        Number of axes of that subspace.
    leading_unclear : bool
        Whether chance may be what ended the leading axes with a normal joint law.
    bad_radii : bool
        Whether the Kolmogorov-Smirnov distance of d2 over some leading axes is beyond.
    worst_radii : float
        The largest such distance.
    worst_radii_axes : int
        Over so many leading axes.
    radii_hold : bool
        Whether variance ratios and distances of d2 all are within their tolerances, which chance
        does not exceed.
    shells_hold : bool
        Whether every shell compared is in its place; only asked of the vectors of the fit.
    bad_axes : int
        Axes, coordinate or principal, whose Kolmogorov-Smirnov distance is beyond.
    judged_axes : int
        Axes that are not constant.
    bad_share : float
        The larger of the shares of bad axes among coordinate and among principal axes.
    worst_ks : float
        Largest distance of an axis.
    worst_axis : str
        Its name as in the figures: coordinates are z0, z1, ..., principal axes axis 1, axis 2, ...
    axes_differ : bool
        Whether that distance exceeds the median axis' by more than tolerance and noise, as it
        cannot in an elliptical cloud, all of whose axes have one shape.
    margin_shape : str
        What the bad axes have in common: "skewed", "heavy" or "light" tails, "modes" (lighter than
        the lightest law of one mode), or "none" when no axis is bad.
    worst_plane : float
        Largest error of the coverage of an ellipse; 0 without planes.
    bad_plane : bool
        Whether one is beyond tolerance and noise.
    vectors_needed : int
        How many vectors would make chance small enough to decide; 0 when n is enough.
    least_certain : str
        The effect that so many vectors are needed for.
    worst_measured : str
        The largest effect that exceeds its tolerance and, taken by itself, chance; or nothing.
    """

    radius: int
    leading: int
    leading_axes: int
    leading_unclear: bool
    bad_radii: bool
    worst_radii: float
    worst_radii_axes: int
    radii_hold: bool
    shells_hold: bool
    bad_axes: int
    judged_axes: int
    bad_share: float
    worst_ks: float
    worst_axis: str
    axes_differ: bool
    margin_shape: str
    worst_plane: float
    bad_plane: bool
    vectors_needed: int
    least_certain: str
    worst_measured: str


def weigh(judgement, config):
    """Compare every effect of a judgement with its tolerance and with chance.

    Parameters
    ----------
    judgement : Judgement
        One way of judging.
    config : AssessConfig
        Tolerances.

    Returns
    -------
    Evidence
    """
    n, radial = judgement.n, judgement.radial
    ratios, radii = _ratios(judgement, config), _radii(judgement)
    axes, planes = _axes(judgement, config), _planes(judgement)
    effects = ratios, radii, axes, planes
    return Evidence(
        **_leading(judgement.curve, ratios),
        bad_radii=bool(radii.beyond.any()),
        worst_radii=float(radii.size.max(initial=0.0)),
        worst_radii_axes=int(judgement.curve.ks_k[np.argmax(radii.size)]) if radii.names else 0,
        radii_hold=ratios.hold and radii.hold,
        shells_hold=radial.law.kind == "held_out" or radial.level_limit_open,
        **_margins(judgement, axes),
        worst_plane=float(planes.size.max(initial=0.0)),
        bad_plane=bool(planes.beyond.any()),
        vectors_needed=max(e.vectors_needed(n) for e in effects),
        least_certain=max(effects, key=lambda e: e.vectors_needed(n)).least_certain,
        worst_measured=max(e.worst_measured for e in effects)[1],
    )


def _ratios(judgement, config):
    ratio = judgement.curve.variance_ratio
    k = np.arange(1, len(ratio) + 1)
    noise = ratio_noise(judgement.n, k)
    names = [f"d2 over {i} axes, with {r:.2f} times its variance" for i, r in enumerate(ratio, 1)]
    margin = noise / NOISE_SD * ONE_SIDED
    return Effects(np.abs(ratio - 1), noise, config.variance_ratio_tolerance, names, margin)


def _radii(judgement):
    curve = judgement.curve
    noise = np.full(len(curve.ks), radial_noise(judgement.n))
    names = [
        f"d2 over {k} axes, with a Kolmogorov-Smirnov distance of {ks:.3f}"
        for k, ks in zip(curve.ks_k, curve.ks, strict=True)
    ]
    return Effects(curve.ks, noise, RADIAL_TOLERANCE, names, radial_margin(judgement.n))


def _axes(judgement, config):
    """Effects of the coordinate axes, then the principal ones; those not judged have NaN."""
    marginal, principal = judgement.marginal.ks, judgement.principal.ks
    ks = np.concatenate([marginal, principal])
    names = [
        f"{_axis_name(i, len(marginal))}, with a Kolmogorov-Smirnov distance of {distance:.3f}"
        for i, distance in enumerate(ks)
    ]
    judged = np.isfinite(ks)
    noise = np.where(judged, axis_noise(judgement.n, judged.sum()), 0.0)
    sizes = np.where(judged, ks, 0.0)
    return Effects(sizes, noise, config.ks_tolerance, names, distance_margin(judgement.n))


def _planes(judgement):
    plane = judgement.plane
    judged = np.isfinite(plane.coverage)
    error = np.abs(plane.coverage - plane.expected)[judged]
    noise = np.broadcast_to(share_noise(judgement.n, plane.expected), judged.shape)[judged]
    names = [f"a coordinate plane whose share is off by {e:.3f}" for e in error]
    return Effects(error, noise, PLANE_TOLERANCE, names)


def _leading(curve, ratios):
    sign = np.sign(curve.variance_ratio - 1) * ratios.beyond
    extreme = int(np.argmax(ratios.size - ratios.noise)) if len(sign) else 0
    end = curve.normal_axes
    # A curve that grows slowly leaves its band near the tolerance: that place is worth telling
    # wherever chance alone would not have ended it.
    unclear = end < len(sign) and not ratios.beyond[end]
    unclear = unclear and (end == 0 or ratios.noise[end] > ratios.tolerance)
    return {
        "radius": int(sign[-1]) if len(sign) else 0,
        "leading": int(sign[extreme]) if len(sign) else 0,
        "leading_axes": extreme + 1,
        "leading_unclear": bool(unclear),
    }


def _margins(judgement, axes):
    margins = judgement.marginal, judgement.principal
    coordinates = len(judgement.marginal.ks)
    judged = np.isfinite(np.concatenate([m.ks for m in margins]))
    skewness = np.concatenate([m.skewness for m in margins])
    excess = np.concatenate([m.excess_kurtosis for m in margins])
    worst = int(np.argmax(axes.size))
    return {
        "bad_axes": int(axes.beyond.sum()),
        "judged_axes": int(judged.sum()),
        "bad_share": max(
            float(axes.beyond[part].sum() / max(judged[part].sum(), 1))
            for part in (slice(None, coordinates), slice(coordinates, None))
        ),
        "worst_ks": float(axes.size[worst]),
        "worst_axis": _axis_name(worst, coordinates),
        "axes_differ": bool(judged.any()) and _differ(axes, judged, excess, judgement.n),
        "margin_shape": margin_shape(skewness[axes.beyond], excess[axes.beyond]),
    }


def _axis_name(i, coordinates):
    return f"coordinate z{i}" if i < coordinates else f"principal axis {i - coordinates + 1}"


def _differ(axes, judged, excess, n):
    size, noise = axes.size[judged], shape_noise(n, excess[judged])
    worst = np.argmax(size)
    limit = axes.tolerance + axes.noise.max() + max(noise[worst], np.median(noise))
    return bool(size[worst] - np.median(size) > limit)


def margin_shape(skewness, excess_kurtosis):
    """Name what axes that are not normal have in common.

    Parameters
    ----------
    skewness, excess_kurtosis : numpy.ndarray, shape (m,)
        Of these axes.

    Returns
    -------
    str
        As in `Evidence`.
    """
    if not len(skewness):
        return "none"
    # Skewness squared is two thirds of the excess kurtosis in the gamma family, nought for
    # symmetric laws; in samples of heavy-tailed symmetric laws it stays far below.
    if np.median(skewness**2) > 0.3 * np.median(np.abs(excess_kurtosis)):
        return "skewed"
    # The symmetric law of one mode with the lightest tails is the uniform, with -1.2.
    middle = np.median(excess_kurtosis)
    return "heavy" if middle > 0 else "light" if middle > -1.3 else "modes"
