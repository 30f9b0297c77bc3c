"""Power of the battery: how often it rejects clouds whose departure is known.

    python benchmarks/power.py --work FOLDER                 # goes on where it was killed
    python benchmarks/power.py --work FOLDER --table-only    # writes docs/power.md

Options choose cells by pattern (--cells "scaled*"), tests, and clouds a cell.
"""

from pathlib import Path

import numpy as np
from cells import Cell, arguments, known, run, share
from clouds import ALTERNATIVES, normal, scaled_and_rotated

from mlflow_latents.stats.battery import STANDARD, TESTS

N, D = 20_000, 250
REPLICATES = 40
ALPHA, FLOOR = 0.05, 0.9
TABLE = Path(__file__).parents[1] / "docs" / "power.md"
BATTERY = [name for name in STANDARD if name in TESTS]
HEADER = f"""# What the battery of tests sees, and what it does not

{N:,} vectors in {D} dimensions. The battery rejects at {100 * ALPHA:g} % overall (Holm's \
correction); beside its
share of rejected clouds, in percent, stand the exact binomial 95 % interval and the number of
clouds. Then, for each test by itself, the share that it rejects at {100 * ALPHA:g} % divided by \
the {len(BATTERY)} tests: a
column shows what a test sees, and its zeros its blind spots. What each test looks at is in its
docstring; what the smallest visible departures are at another n and d tells `stats.power_card`.

Written by `python benchmarks/power.py --work FOLDER` (about two hours of one core); the clouds are
those of `benchmarks/clouds.py`. Cloud r of a cell is drawn by
`numpy.random.default_rng([r, n, d])`, r = 0, 1, …, and r seeds the tests.
"""
KINDS = {
    "scaled": (10.0, f"Axes scaled by 1 to 10, then rotated at random (floor {100 * FLOOR:g} %)"),
    "isotropic": (1.0, "Axes of equal scale, rotated at random (no floor)"),
}


def cells(work):
    for kind, (most, _) in KINDS.items():
        for cloud, draw in (ALTERNATIVES | {"normal": normal}).items():
            yield Cell(work, f"{kind} {cloud}", scaled_and_rotated(draw, 1, most), N, D)


def write_table(work):
    lines = [HEADER]
    for kind, (_, words) in KINDS.items():
        lines += [f"## {words}", "", f"| cloud | battery | clouds | {' | '.join(BATTERY)} |"]
        lines.append("| --- " * (3 + len(BATTERY)) + "|")
        for cell in cells(work):
            if cell.name.startswith(kind):
                lines.append(_row(cell, kind))
        lines.append("")
    TABLE.write_text("\n".join(lines))
    print(TABLE.read_text())


def _row(cell, kind):
    cloud = cell.name.removeprefix(f"{kind} ")
    battery = cell.battery(BATTERY)
    verdict = ""
    if kind == "scaled" and cloud != "normal" and len(battery):
        verdict = " met" if np.mean(battery <= ALPHA) >= FLOOR else " **MISSED**"
    alone = []
    for name in BATTERY:
        pvalues = cell.pvalues(name)
        rejected = 100 * np.mean(pvalues <= ALPHA / len(BATTERY)) if known(pvalues) else None
        alone.append("–" if rejected is None else f"{rejected:.0f}")
    return f"| {cloud} | {share(battery, ALPHA)}{verdict} | {len(battery)} | {' | '.join(alone)} |"


def main():
    given = arguments(__doc__.split("\n")[0], REPLICATES, BATTERY)
    if not given.table_only:
        run(cells(given.work), given)
    write_table(given.work)


if __name__ == "__main__":
    main()
