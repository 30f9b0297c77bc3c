"""Numbers and counts in words."""

import numpy as np


def axis_level(judgement):
    """Give the level up to which the median axis looks normal."""
    axes = min(
        (judgement.marginal, judgement.principal), key=lambda m: m.summary("level_limit").median
    )
    median = axes.summary("level_limit").median
    return f"{median:g}{' or beyond' if np.mean(axes.level_limit_open) > 0.5 else ''}"


def radial_level(judgement):
    """Give the level up to which the shells hold."""
    radial = judgement.radial
    return f"{radial.level_limit:g}{' or beyond' if radial.level_limit_open else ''}"


def count(n, noun):
    """Give a number with its noun."""
    plural = noun[:-2] + "es" if noun.endswith("axis") else noun + "s"
    return f"{n} {noun if n == 1 else plural}"


def percent(share):
    """Share as a percentage; "none" and "all" are said only where they are true."""
    if share in (0, 1):
        return "All" if share else "None"
    return f"{min(max(100 * share, 1), 99):.0f} %"


def times(ratio):
    """Give a ratio in words."""
    if np.isnan(ratio):
        return "an undefined number of times"
    if ratio < 0.01:
        return "< 0.01 times"
    digits = 0 if ratio >= 9.5 else 1 if ratio >= 2 else 2
    return f"{ratio:.{digits}f} times"


def round_up(n):
    """Round a number of vectors up to two digits."""
    step = 10 ** max(len(str(n)) - 2, 0)
    return -(-n // step) * step


def leading(axes):
    """Say how many leading principal axes."""
    if axes == 0:
        return "no leading principal axis"
    return "the first principal axis" if axes == 1 else f"the {axes} leading principal axes"


def normal_axes(judgement):
    """Say which share of the axes looks normal."""
    return (
        f"{percent(judgement.marginal.normal_fraction)} of the coordinate axes and "
        f"{percent(judgement.principal.normal_fraction).lower()} of the principal axes"
    )
