"""How the lines of many runs are told apart in one figure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.plots.style import FAINT, THEORY_LINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.figure import Figure

MOST_NAMED = 12
LONGEST = 38  # letters of a label in the legend
PALETTE = ("#08519c", "#f28e2b", "#2ca25f", "#c51b7d", "#6a51a3", "#67a9cf")
DASHES = ("-", (0, (4, 1.5)))


@dataclass(frozen=True)
class RunGroups:
    """What runs are coloured by.

    Parameters
    ----------
    name : str
        Such as the name of a factor.
    of : mapping of str to str
        Value of each run, by its label.
    """

    name: str
    of: Mapping[str, str]


@dataclass(frozen=True)
class RunLine:
    """How the line of a run looks.

    Parameters
    ----------
    color : str
    linestyle : str or tuple
    alpha : float
    entry : str
        Its entry in the legend, which several lines may share; none where it is empty.
    heading : str
        Of the legend.
    """

    color: str
    linestyle: str | tuple
    alpha: float
    entry: str
    heading: str = ""

    @property
    def style(self) -> dict:
        """What `Axes.plot` takes."""
        names = ("color", "linestyle", "alpha")
        return {name: getattr(self, name) for name in names} | {"linewidth": 1.3}


def run_lines(labels: Sequence[str], groups: RunGroups | None = None) -> list[RunLine]:
    """Give each run its line.

    Up to 12 runs are named. More are one grey bundle, or coloured by their groups, such as the
    levels of a factor: numbers from dark to light, names by colour and dashes, of which the 11 most
    frequent are named where there are more than 12.

    Parameters
    ----------
    labels : sequence of str
        Of the runs.
    groups : RunGroups, optional
        What they are coloured by.

    Returns
    -------
    list of RunLine

    Raises
    ------
    InputError
        When a run has no group.
    """
    alpha = 0.9 if len(labels) <= MOST_NAMED else 0.55
    if groups is not None:
        for label in labels:
            if label not in groups.of:
                raise InputError(
                    f"{groups.name} of run {label!r} is not known: give a value to each run."
                )
        values = [groups.of[label] for label in labels]
        looks = _of_groups(values)
        return [RunLine(*looks[value][:2], alpha, looks[value][2], groups.name) for value in values]
    if len(labels) > MOST_NAMED:
        return [RunLine(FAINT, "-", 0.5, f"{len(labels)} runs") for _ in labels]
    return [
        RunLine(*_look(i), alpha, label if len(label) <= LONGEST else _shortened(label))
        for i, label in enumerate(labels)
    ]


def draw_legend(figure: Figure, lines: Sequence[RunLine], law: str) -> None:
    """Put the legend of runs and law below all axes, where it hides nothing."""
    from matplotlib.lines import Line2D

    entries = {line.entry: Line2D([], [], **line.style | {"alpha": 1}) for line in lines}
    entries = {law: Line2D([], [], **THEORY_LINE), **_sorted(entries)}
    legend = figure.legend(
        entries.values(),
        entries.keys(),
        loc="outside lower left",
        ncols=_columns(entries),
        columnspacing=1.5,
        title=lines[0].heading,
    )
    legend.set_alignment("left")


def legend_height(lines: Iterable[RunLine]) -> float:
    """Inches that the legend of these runs needs below the axes."""
    entries = {line.entry for line in lines} | {"the law"}
    return 0.25 + 0.2 * ceil(len(entries) / _columns(entries))


def _columns(entries: Iterable[str]) -> int:
    longest = max(map(len, entries))
    return 4 if longest <= 18 else 3 if longest <= 26 else 2


def _look(i: int) -> tuple[str, str | tuple]:
    return PALETTE[i % len(PALETTE)], DASHES[i // len(PALETTE) % len(DASHES)]


def _shortened(label: str) -> str:
    """Leave out what is in the middle: the id of a run stands at the end."""
    return f"{label[: LONGEST - 13]}… {label[-11:].strip()}"


def _of_groups(groups: Sequence[str]) -> dict[str, tuple[str, str | tuple, str]]:
    """Give colour, dashes and legend entry of each group."""
    counts = Counter(groups)
    if len(counts) > 2 and all(_number(name) is not None for name in counts):
        return _from_dark_to_light(sorted(counts, key=_number))
    named = [name for name, _ in counts.most_common()]
    if len(named) > MOST_NAMED:
        named = named[: MOST_NAMED - 1]
    looks = {name: (*_look(i), name) for i, name in enumerate(sorted(named))}
    others = f"{len(counts) - len(named)} others"
    return {name: looks.get(name, (FAINT, "-", others)) for name in counts}


def _from_dark_to_light(names: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    shades = colormaps["viridis"](np.linspace(0, 0.9, len(names)))
    # Of many numbers a legend names some: the others lie between them.
    shown = np.linspace(0, len(names) - 1, min(len(names), MOST_NAMED)).round().astype(int)
    entry = {i: names[i] if i in shown else "" for i in range(len(names))}
    return {name: (to_hex(shades[i]), "-", entry[i]) for i, name in enumerate(names)}


def _sorted(entries: dict) -> dict:
    named = {name: each for name, each in entries.items() if name}
    if all(_number(name) is not None for name in named):
        return dict(sorted(named.items(), key=lambda pair: _number(pair[0])))
    return named


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
