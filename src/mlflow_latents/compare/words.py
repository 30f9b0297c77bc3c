"""How measures are named in sentences, and how many digits numbers have."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from mlflow_latents.plots.controls import LABELS as OF_CONTROLS

VARIANCE_RATIO = "latent/radial/variance_ratio"
NORMAL_AXES = "latent/radial/normal_axes"
NORMAL_SHARE = "latent/radial/normal_axes_share"
KS_PRINCIPAL, KS_MARGINAL = "latent/principal/ks_mean", "latent/marginal/ks_mean"
MSE, EXPLAINED = "reconstruction/mse", "reconstruction/explained_variance"
SWD, FRECHET = "generation/ellipsoid/swd", "generation/ellipsoid/frechet"
RECALL = "generation/ellipsoid/recall"

HEADLINE = (VARIANCE_RATIO, KS_PRINCIPAL, KS_MARGINAL, MSE, SWD)
"""Of what the first sentences speak, as far as a study has it."""

LABELS = {
    VARIANCE_RATIO: "variance ratio of d2",
    NORMAL_AXES: "number of leading principal axes with a normal joint law",
    NORMAL_SHARE: "share of the principal axes with a normal joint law",
    "latent/radial/wasserstein": "Wasserstein distance of the radii (sd)",
    "latent/radial/ks": "KS distance of d2",
    "latent/radial/level_limit": "level limit of the shells",
    KS_PRINCIPAL: "mean KS distance of the principal axes",
    KS_MARGINAL: "mean KS distance of the coordinate axes",
    "latent/negentropy/principal_mean": "mean negentropy of the principal axes (nats)",
    "latent/geometry/effective_dimension": "effective dimension",
    MSE: "mean squared error of reconstructions",
    EXPLAINED: "explained variance of reconstructions",
}
NORMAL = {VARIANCE_RATIO: "1", NORMAL_SHARE: "1", "latent/radial/wasserstein": "0"}
"""What an MND gives, where that is one number."""

AXES_NOTE = (
    "0 axes with a normal joint law: the first principal axis alone is not normal; 1: it is, but "
    "not together with the second."
)
"""What the least numbers of normal axes mean."""

WIDE = 4.0  # ratio of the ends of an interval from which each has its own digits
TIMES = "×\u00a0"  # no line ends between the sign and its number
FEW = 3  # replicates, below which intervals say little
MOST = 1000.0  # ends of very wide intervals beyond this say no more than that they are


def label_of(measure: str) -> str:
    """Name a metric in words, as far as there are some; else by itself."""
    if measure in LABELS:
        return LABELS[measure]
    room, _, rest = measure.partition("/")
    name, _, metric = rest.partition("/")
    if room == "control" and f"latent/{metric}" in LABELS and name in OF_CONTROLS:
        return f"{LABELS[f'latent/{metric}']}, {OF_CONTROLS[name]}"
    if room == "generation" and metric:
        sampler = "the ellipsoid" if name == "ellipsoid" else name
        return f"{_SHORT.get(metric, metric)} of images from {sampler}"
    return measure


_SHORT = {"swd": "SWD", "frechet": "Fréchet distance"}


def headline(measures: Sequence[str]) -> list[str]:
    """Choose the measures of which the first sentences speak."""
    return [name for name in HEADLINE if name in measures] or list(measures[:3])


def number(value: float) -> str:
    """Write a number with three or four digits; a dash where there is none."""
    if not np.isfinite(value):
        return "–"
    value = float(value) + 0.0  # no minus before 0
    if value.is_integer() or abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    text = f"{value:.3g}" if abs(value) < 1e-4 else f"{value:#.3g}".removesuffix(".")
    return text.replace("-", "−")


def with_spread(value: float, spread: float) -> str:
    """Write a mean with a spread, to the second digit of the spread."""
    if not np.isfinite(value) or not np.isfinite(spread) or spread <= 0:
        return number(value)
    places = _places(spread, abs(value))
    return f"{value:,.{places}f} ± {spread:.{places}f}".replace("-", "−")


def span(low: float, high: float, ratio: bool = True) -> str:
    """Write an interval, to the second digit of half its length.

    Of ratios, and of means that are told as such, ends far apart have their own digits.
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        return "–"
    if ratio and _is_wide(low, high):
        return f"{_bounded(low)} to {_bounded(high)}"
    places = _places((high - low) / 2, max(abs(low), abs(high)))
    return f"{low:,.{places}f} to {high:,.{places}f}".replace("-", "−")


def with_span(value: float, low: float, high: float, ratio: bool = True) -> str:
    """Write a mean with its interval."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return number(value)
    if ratio and _is_wide(low, high):
        return f"{number(value)} ({span(low, high)})"
    places = _places((high - low) / 2, max(abs(low), abs(high)))
    return f"{value:,.{places}f} ({span(low, high, ratio)})".replace("-", "−")


def effect(row) -> str:
    """Write an effect of `effects_table` with its 95 % interval."""
    if not np.isfinite(row["low"]):
        return _signed(row, row["effect"])
    return f"{_signed(row, row['effect'])} ({effect_span(row).removeprefix(TIMES)})"


def effect_span(row) -> str:
    """Write the 95 % interval of an effect."""
    if row["scale"] == "ratio":
        return f"{TIMES}{span(row['low'], row['high'])}"
    return f"{_signed(row, row['low'])} to {_signed(row, row['high'])}"


def _signed(row, value: float) -> str:
    low, high = row["low"], row["high"]
    size = max(abs(low), abs(high))
    places = _places((high - low) / 2, size) if np.isfinite(high - low) else None
    if row["scale"] != "ratio":
        text = f"{value:+.3g}" if places is None else f"{value:+.{places}f}"
        return text.replace("-", "−")
    if places is None or _is_wide(low, high):
        return f"{TIMES}{number(value)}"
    return f"{TIMES}{value:.{places}f}"


def _is_wide(low: float, high: float) -> bool:
    return low > 0 and high / low > WIDE


def pvalue(p: float) -> str:
    """Write a p-value as part of a sentence."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def short_pvalue(p: float) -> str:
    """Write a p-value alone; a dash where there is none."""
    return pvalue(p).removeprefix("p = ").removeprefix("p ") if np.isfinite(p) else "–"


def listed(parts: Sequence[str]) -> str:
    """Join parts of a sentence; by semicolons where the parts have commas themselves."""
    parts = list(parts)
    if len(parts) < 2:
        return "".join(parts)
    inner = [re.sub("“[^”]*”", "", part) for part in parts]
    comma = "; " if any("," in part for part in inner) else ", "
    return f"{comma.join(parts[:-1])}{comma if comma == '; ' else ' '}and {parts[-1]}"


def quoted(level: str) -> str:
    """Quote a level that would fall apart within a sentence."""
    return f"“{level}”" if any(c in level for c in ", ") else level


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Give a number with its noun."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def store_name(uri: str) -> str:
    """Name a tracking store without its password, and a file without the folders above its own."""
    if uri.startswith("sqlite:///"):
        parts = uri.removeprefix("sqlite:///").split("/")
        return f"sqlite:///{'/'.join(['…', *parts[-2:]] if len(parts) > 2 else parts)}"
    parts = urlsplit(uri)
    if parts.scheme in ("", "file"):
        return f"…/{parts.path.rstrip('/').rpartition('/')[2]}"
    place = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.username else ""
    return urlunsplit((parts.scheme, f"{user}{place}", parts.path, "", ""))


def _places(half: float, size: float) -> int:
    """Give decimals that show two digits of a spread, but no more than four of the number."""
    most = 3 - np.floor(np.log10(size)) if size > 0 else 3
    shown = 1 - np.floor(np.log10(half)) if half > 0 else most
    return int(np.clip(min(shown, most), 0, 6))


def _bounded(value: float) -> str:
    if value > MOST:
        return f"more than {MOST:,.0f}"
    if value < 1 / MOST**2:
        return "nearly 0"
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"
