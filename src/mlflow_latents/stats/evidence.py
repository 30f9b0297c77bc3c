"""Which effects are larger than both their tolerance and chance: what a verdict rests on."""

from dataclasses import dataclass

import numpy as np

NOISE_SD = 3.5  # standard errors within which a variance ratio may be chance, for any k
AXIS_ERROR = 0.01  # probability that chance alone pushes the worst axis beyond its noise


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
        Largest error of the coverage of an ellipse; NaN without planes.
    bad_plane : bool
        Whether it is beyond tolerance and noise.
    vectors_needed : int
        How many vectors would make chance small enough to decide; 0 when n is enough.
    """

    radius: int
    leading: int
    leading_axes: int
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


def ratio_noise(n, k):
    """How far chance may push the variance ratio of d2 from 1.

    Under the chi-square law of k degrees of freedom, whose kurtosis is 3 + 12/k, the sample
    variance has the relative standard error ``sqrt((2 + 12/k) / n)``.

    Parameters
    ----------
    n : int
        Number of vectors.
    k : int or numpy.ndarray
        Number of axes.

    Returns
    -------
    float or numpy.ndarray
    """
    return NOISE_SD * np.sqrt((2 + 12 / np.asarray(k)) / n)


def axis_noise(n, axes):
    """How large chance may make the Kolmogorov-Smirnov distance of the worst of some axes.

    Parameters
    ----------
    n : int
        Number of vectors.
    axes : int
        Number of axes.

    Returns
    -------
    float

    References
    ----------
    The tail of Lilliefors' statistic: Dallal and Wilkinson (1986), The American Statistician 40,
    294-296, in its leading terms; Bonferroni over the axes.
    """
    tail = -0.122119 - np.log(AXIS_ERROR / max(axes, 1))
    root = (2.99587 + np.sqrt(2.99587**2 + 4 * 7.01256 * tail)) / (2 * 7.01256)
    return float(root / np.sqrt(n + 2.78019))


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
    n, tolerance = judgement.n, config.variance_ratio_tolerance
    ratio = judgement.curve.variance_ratio
    k = np.arange(1, len(ratio) + 1)
    noise = ratio_noise(n, k)
    departure = np.abs(ratio - 1) - tolerance
    beyond = np.sign(ratio - 1) * (departure > noise)
    extreme = int(np.argmax(departure - noise)) if len(k) else 0
    return Evidence(
        radius=int(beyond[-1]) if len(k) else 0,
        leading=int(beyond[extreme]) if len(k) else 0,
        leading_axes=extreme + 1,
        vectors_needed=max(
            _needed(n, noise, np.abs(ratio - 1), tolerance),
            _needed(n, *_worst_axis_ks(judgement), config.ks_tolerance),
        ),
        **_axes(judgement, config.ks_tolerance),
        **_planes(judgement, config.ks_tolerance),
    )


def _worst_axis_ks(judgement):
    ks = np.concatenate([judgement.marginal.ks, judgement.principal.ks])
    ks = ks[np.isfinite(ks)]
    return np.full(ks.shape, axis_noise(judgement.n, len(ks))), ks


def _needed(n, noise, effect, tolerance):
    """Vectors that would decide: enough to bring chance, falling as 1/sqrt(n), to the tolerance.

    Where chance is small already and an effect lies between tolerance and tolerance plus chance,
    four times as many, which halve it.
    """
    if noise.max(initial=0.0) > tolerance:
        return int(np.ceil(n * (noise.max() / tolerance) ** 2))
    unclear = (effect > tolerance) & (effect <= tolerance + noise)
    return 4 * n if unclear.any() else 0


def _axes(judgement, tolerance):
    margins = {"coordinate": judgement.marginal, "principal": judgement.principal}
    judged = sum(int(np.isfinite(m.ks).sum()) for m in margins.values())
    limit = tolerance + axis_noise(judgement.n, judged)
    bad = {name: m.ks > limit for name, m in margins.items()}
    worst = {name: np.nanmax(m.ks, initial=0.0) for name, m in margins.items()}
    name = max(worst, key=worst.get)
    median = np.nanmedian(np.concatenate([m.ks for m in margins.values()])) if judged else 0.0
    skewness = np.concatenate([m.skewness[bad[name]] for name, m in margins.items()])
    excess = np.concatenate([m.excess_kurtosis[bad[name]] for name, m in margins.items()])
    return {
        "bad_axes": int(sum(b.sum() for b in bad.values())),
        "judged_axes": judged,
        "bad_share": max(
            float(bad[name].sum() / max(np.isfinite(m.ks).sum(), 1)) for name, m in margins.items()
        ),
        "worst_ks": float(worst[name]),
        "worst_axis": _axis_name(name, int(np.argmax(np.nan_to_num(margins[name].ks)))),
        "axes_differ": bool(worst[name] - median > limit),
        "margin_shape": _margin_shape(skewness, excess),
    }


def _axis_name(kind, index):
    return f"coordinate z{index}" if kind == "coordinate" else f"principal axis {index + 1}"


def _margin_shape(skewness, excess):
    if not len(skewness):
        return "none"
    # Skewness squared is two thirds of the excess kurtosis in the gamma family, nought for
    # symmetric laws; in samples of heavy-tailed symmetric laws it stays far below.
    if np.median(skewness**2) > 0.3 * np.median(np.abs(excess)):
        return "skewed"
    # The symmetric law of one mode with the lightest tails is the uniform, with -1.2.
    middle = np.median(excess)
    return "heavy" if middle > 0 else "light" if middle > -1.3 else "modes"


def _planes(judgement, tolerance):
    error = np.abs(judgement.plane.coverage - judgement.plane.expected)
    worst = float(np.nanmax(error, initial=0.0))
    # 4 standard errors of a share near 0.4, since the worst of some hundred is looked at.
    return {"worst_plane": worst, "bad_plane": worst > tolerance + 2 / np.sqrt(judgement.n)}
