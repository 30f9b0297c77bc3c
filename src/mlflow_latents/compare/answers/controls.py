"""The latent vectors beside their controls, run by run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from mlflow_latents.compare.answers.blocks import Table
from mlflow_latents.compare.answers.material import Material
from mlflow_latents.compare.words import (
    KS_MARGINAL,
    KS_PRINCIPAL,
    VARIANCE_RATIO,
    counted,
    label_of,
    listed,
    number,
    quoted,
    with_span,
)
from mlflow_latents.plots.controls import LABELS
from mlflow_latents.stats.factor_effects import fit_cells, mean_table

MEASURES = (VARIANCE_RATIO, KS_PRINCIPAL, KS_MARGINAL)
CONTROLS = ("untrained", "pca", "pixels", "posterior", "mnd")
RIVALS = ("untrained", "pca")
NAMED = {"untrained": "the untrained encoder", "pca": "the principal components of the images"}
MOST_NAMED = 6  # cells in one sentence


@dataclass(frozen=True)
class Paired:
    """Trained vectors beside a control of the same run.

    How far either is from normal is the factor by which a variance ratio departs from 1, in either
    direction, or a Kolmogorov-Smirnov distance.

    Parameters
    ----------
    measure, control : str
    nearer : numpy.ndarray of bool, shape (n,)
        Whether the trained vectors of a run are nearer to normal.
    ratio, low, high : float
        Trained over control, mean over cells (geometric), with 95 % interval; NaN where there are
        no replicates.
    simple : bool
        Whether all values are on the same side of 1, so that the ratio is one of the values.
    at : numpy.ndarray of int, shape (n,)
        Positions of the runs among those that count.
    """

    measure: str
    control: str
    nearer: np.ndarray
    ratio: float
    low: float
    high: float
    simple: bool
    at: np.ndarray


def has_controls(material: Material) -> bool:
    """Whether any run has judged controls."""
    return any(np.isfinite(_of(material, VARIANCE_RATIO, name)).any() for name in CONTROLS)


def paired(material: Material, measure: str, control: str) -> Paired | None:
    """Compare the trained vectors of each run with a control; None where no run has both."""
    trained, other = material.values(measure), _of(material, measure, control)
    at = np.flatnonzero((trained > 0) & (other > 0))
    if not len(at):
        return None
    logs = np.log(trained[at]), np.log(other[at])
    is_ratio = measure == VARIANCE_RATIO
    simple = not is_ratio or bool(np.all(logs[0] > 0) and np.all(logs[1] > 0))
    far = [np.abs(each) if is_ratio else each for each in logs]
    difference = far[0] - far[1]
    return Paired(
        *(measure, control, difference < 0),
        *(float(np.exp(x)) for x in _mean(material, difference, at)),
        *(simple, at),
    )


def control_sentences(material: Material) -> list[str]:
    """Count the runs whose trained vectors are nearer to normal than a control's."""
    sentences = []
    for control in RIVALS:
        found = [p for m in MEASURES[:2] if (p := paired(material, m, control)) is not None]
        if found:
            told = listed([_told(material, each) for each in found])
            sentences.append(
                f"The trained encoder is nearer to normal than {NAMED[control]} {told}."
                f"{_where(material, found[0])}"
            )
    return sentences


def control_tables(material: Material) -> list[tuple[str, Table]]:
    """Give, for each measure, what stands above its table, and the means of each cell.

    Of variance ratios these are means of what the sentences compare: how far each is from 1.
    """
    tables = []
    present = [name for name in CONTROLS if np.isfinite(_of(material, VARIANCE_RATIO, name)).any()]
    factors = tuple(material.described["factors"])
    for measure in MEASURES:
        trained = material.values(measure)
        if not np.isfinite(trained).any():
            continue
        rivals = [name for name in RIVALS if name in present]
        head = [*factors, LABELS["trained"], *(LABELS[name] for name in present)]
        head += [f"nearer than {_short(name)}" for name in rivals]
        counts = {name: paired(material, measure, name) for name in rivals}
        rows = tuple(
            (
                *map(quoted, cell),
                _mean_text(measure, trained[here]),
                *(_mean_text(measure, _of(material, measure, name)[here]) for name in present),
                *(_share(counts[name], here) for name in rivals),
            )
            for cell, here in cells_or_all(material)
        )
        tables.append((_heading(material, measure), Table(tuple(head), rows)))
    return tables


def _heading(material: Material, measure: str) -> str:
    over = "all runs" if material.is_search else "the runs of each cell"
    label, mean = label_of(measure), f"geometric means over {over}; the last columns count runs."
    if measure != VARIANCE_RATIO:
        return f"**{label[:1].upper()}{label[1:]}**: {mean}"
    return (
        f"**Departure of the {label} from 1**, as a factor, up or down (2 for a ratio of 2 and for "
        f"one of 0.5; an MND has 1): {mean}"
    )


def cells_or_all(material: Material) -> list[tuple[tuple[str, ...], np.ndarray]]:
    """Give the cells of a design, or for a search all runs as one."""
    if material.is_search:
        return [((), np.arange(len(material.runs)))]
    return list(material.cells.items())


def _of(material: Material, measure: str, control: str) -> np.ndarray:
    return material.values(measure.replace("latent/", f"control/{control}/"))


def _mean(material: Material, values: np.ndarray, at: np.ndarray) -> tuple[float, float, float]:
    """Mean over cells with equal weights, and its interval by the scatter within cells."""
    labels = {n: np.array(material.column(n))[at].tolist() for n in material.levels}
    if any(len(set(each)) > 1 for each in labels.values()):
        table = mean_table(fit_cells(values, labels, material.levels), [])
        return float(table.means), float(table.low), float(table.high)
    mean, n = float(values.mean()), len(values)
    if n < 2 or not values.std() > 0:
        return mean, np.nan, np.nan
    half = stats.t.isf(0.025, n - 1) * values.std(ddof=1) / np.sqrt(n)
    return mean, float(mean - half), float(mean + half)


def _told(material: Material, each: Paired) -> str:
    n, better = len(each.nearer), int(each.nearer.sum())
    what = "" if each.simple else "its departure from 1, as a factor, is "
    over = f", {_over(material)}" if _over(material) else ""
    ratio, interval = number(each.ratio), ""
    # Trials of a search are no replicates; those of others may be single, or not vary.
    if not material.is_search and each.high / each.low > 1.0001:
        ratio, _, ends = with_span(each.ratio, each.low, each.high).partition(" (")
        interval = f", 95 % interval {ends.removesuffix(')')}"
    return (
        f"in {better} of {counted(n, 'run')} by the {label_of(each.measure)} ({what}"
        f"{ratio} times that of the other{over}{interval})"
    )


def _over(material: Material) -> str:
    if material.is_search:
        return "geometric mean over trials" if len(material.runs) > 1 else ""
    return "mean over cells" if len(material.cells) > 1 else ""


def _where(material: Material, each: Paired) -> str:
    """Name the levels, or else the cells, where the runs agree, if not all of them do."""
    if material.is_search or len(material.cells) < 2 or each.nearer.all() or not each.nearer.any():
        return ""
    groups: dict[str, list[str]] = {"in all runs of": [], "in some runs of": [], "in no run of": []}
    for name, mine in _alike(material, each):
        some = "in some runs of" if mine.any() else "in no run of"
        groups["in all runs of" if mine.all() else some].append(name)
    told = [
        f"{word} {listed(names) if len(names) <= MOST_NAMED else f'{len(names)} cells'}"
        for word, names in groups.items()
        if names
    ]
    return f" By the {label_of(each.measure)} it is so {listed(told)}."


def _alike(material: Material, each: Paired) -> list[tuple[str, np.ndarray]]:
    """Divide runs by the one factor within whose levels they all agree; else by cells."""
    for factor, levels in material.levels.items():
        labels = np.array(material.column(factor))[each.at]
        groups = [
            (f"{factor} {quoted(level)}", each.nearer[labels == level])
            for level in levels
            if level in labels
        ]
        if all(mine.all() or not mine.any() for _, mine in groups):
            return groups
    cells = [
        (cell_name(material, cell), each.nearer[np.isin(each.at, here)])
        for cell, here in material.cells.items()
    ]
    return [(name, mine) for name, mine in cells if len(mine)]


def cell_name(material: Material, cell: tuple[str, ...]) -> str:
    """Name a cell by its levels, and by the factors where these are truth values or numbers."""
    names = material.described["factors"]
    parts = [
        _quoted(level)
        if any(c.isalpha() for c in level) and level not in ("True", "False")
        else f"{n} {_quoted(level)}"
        for n, level in zip(names, cell, strict=True)
    ]
    return " / ".join(parts)


def _quoted(level: str) -> str:
    """Quote a level only where its comma would look like the end of it."""
    return quoted(level) if "," in level else level


def _mean_text(measure: str, values: np.ndarray) -> str:
    """Write a geometric mean; of variance ratios that of their departures from 1."""
    logs = np.log(values[np.isfinite(values) & (values > 0)])
    logs = np.abs(logs) if measure == VARIANCE_RATIO else logs
    return number(float(np.exp(logs.mean()))) if len(logs) else "–"


def _share(each: Paired | None, here: np.ndarray) -> str:
    if each is None:
        return "–"
    mine = each.nearer[np.isin(each.at, here)]
    return f"{int(mine.sum())} of {len(mine)}" if len(mine) else "–"


def _short(name: str) -> str:
    return {"untrained": "untrained", "pca": "PCA"}[name]
