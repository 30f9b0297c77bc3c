"""Size of the tests: how often each rejects vectors that are normal.

    python benchmarks/calibration.py --work FOLDER                 # goes on where it was killed
    python benchmarks/calibration.py --work FOLDER --table-only    # writes docs/calibration.md

Options choose cells by pattern (--cells "in-sample*"), tests, and clouds a cell.
"""

from pathlib import Path

import numpy as np
from cells import Cell, arguments, known, run, share
from clouds import normal, scaled_and_rotated
from scipy import stats

from mlflow_latents.stats.battery import STANDARD, TESTS

CASES = ((50, 2), (500, 8), (2000, 64), (5000, 250))
REPLICATES = 400
LEVEL, SINGLE = 0.05, 0.006  # of the battery, and of one of its eight tests
TABLE = Path(__file__).parents[1] / "docs" / "calibration.md"
CALIBRATED = [name for name, test in TESTS.items() if not test.comparison_only]
BATTERY = [name for name in STANDARD if name in TESTS]
HEADER = f"""# How often the tests reject vectors that are normal

Rejections in percent, with their exact binomial 95 % interval, at the level of 5 %, which is what
they should be; after the stroke those at {100 * SINGLE:g} %, the level that the correction for \
eight tests asks of
one of them. The vectors are normal, with a covariance of condition number 1e5 (standard deviations
from 1 to 1e-2.5, rotated at random) and a centre that lies 1000 of the largest standard deviations
off in each coordinate (itself normal). Held-out vectors are judged along the principal axes of a
fit to as many others. `–`: not informative at this n and d.

Written by `python benchmarks/calibration.py --work FOLDER` (about an hour of one core; another for
`energy` at (5000, 250)). Cloud r of a cell is drawn by `numpy.random.default_rng([r, n, d])`,
r = 0, 1, …, and r seeds the tests.
"""


def cells(work):
    draw = scaled_and_rotated(normal, 1, 10**-2.5, centre=1000.0)
    for kind in ("in-sample", "held-out"):
        for n, d in CASES:
            yield Cell(work, f"{kind} n={n} d={d}", draw, n, d, kind == "held-out")


def write_table(work):
    lines = [HEADER]
    found = []
    for kind in ("in-sample", "held-out"):
        chosen = [cell for cell in cells(work) if cell.name.startswith(kind)]
        head = " | ".join(f"n = {cell.n}, d = {cell.d}" for cell in chosen)
        lines += [f"## {kind.capitalize()}", "", f"| test | {head} |"]
        lines.append("| --- " * (1 + len(chosen)) + "|")
        for name in CALIBRATED:
            pvalues = [cell.pvalues(name) for cell in chosen]
            found += [each for each in pvalues if known(each)]
            lines.append(f"| {name} | {' | '.join(map(_both, pvalues))} |")
        whole = (share(cell.battery(BATTERY), LEVEL) for cell in chosen)
        lines += [f"| **battery** (Holm, {len(BATTERY)} tests) | {' | '.join(whole)} |", ""]
    TABLE.write_text("\n".join(lines) + "\n" + _summary(found))
    print(TABLE.read_text())


def _both(pvalues):
    text = share(pvalues, LEVEL)
    return f"{text} / {100 * np.mean(pvalues <= SINGLE):.2f}" if known(pvalues) else text


def _summary(found):
    """Tell whether the shares scatter about 5 % as chance has it."""
    if not found:
        return ""
    hits, clouds = [int(np.sum(p <= LEVEL)) for p in found], [len(p) for p in found]
    chance = [stats.binomtest(h, n, LEVEL).pvalue for h, n in zip(hits, clouds, strict=True)]
    outside = sum(each < 0.05 for each in chance)
    least = 1 - (1 - min(chance)) ** len(chance)
    counts = sorted({*clouds})
    return (
        f"{' to '.join(map(str, {counts[0], counts[-1]}))} clouds a cell. Of the {len(found)} "
        f"shares of single tests {outside} differ from 5 % by more than chance has it once in 20 "
        f"times (binomial test); the one that lies farthest off would lie there by chance with "
        f"probability {least:.2f}, among so many. Over all of them "
        f"{share(np.concatenate(found), LEVEL)} % are rejected at 5 %, and "
        f"{100 * np.mean(np.concatenate(found) <= SINGLE):.2f} % at {100 * SINGLE:g} % (the tests "
        "of a cell look at the same clouds, so that these intervals are a little too short).\n"
    )


def main():
    given = arguments(__doc__.split("\n")[0], REPLICATES, CALIBRATED)
    if not given.table_only:
        run(cells(given.work), given)
    write_table(given.work)


if __name__ == "__main__":
    main()
