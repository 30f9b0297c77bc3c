"""P-values of tests on simulated clouds, kept replicate by replicate so that a run can go on."""

import argparse
import fnmatch
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from clouds import Draw
from scipy import stats
from statsmodels.stats.multitest import multipletests
from tqdm import tqdm

from mlflow_latents.stats import fit_gaussian
from mlflow_latents.stats.battery import sample_of
from mlflow_latents.stats.battery.registry import run_test


@dataclass(frozen=True)
class Cell:
    """One kind of cloud at one n and d, and how it is judged.

    Cloud r is drawn by ``default_rng([r, n, d])``, and r seeds what is random in the tests. The
    p-values lie in one JSON file per cell and test, a list with one entry per replicate, so that
    killing a run loses one replicate, and a further test can follow later on the same clouds.

    Parameters
    ----------
    work : pathlib.Path
        Folder of the p-values.
    name : str
        What `--cells` selects by.
    draw : Draw
        Draws the cloud.
    n, d : int
        Number of vectors judged, and of dimensions.
    held_out : bool
        Whether the vectors are judged along the axes of a fit to n others.
    """

    work: Path
    name: str
    draw: Draw
    n: int
    d: int
    held_out: bool = False

    def pvalues(self, test):
        """Give the p-values known so far: NaN where the test is not informative."""
        path = self._path(test)
        if not path.exists():
            return np.empty(0)
        return np.array(json.loads(path.read_text()), dtype=float)

    def run(self, tests, replicates):
        """Draw the missing replicates, and judge them by the tests that have not seen them."""
        known = {test: list(self.pvalues(test)) for test in tests}
        first = min((len(each) for each in known.values()), default=replicates)
        for replicate in tqdm(range(first, replicates), desc=self.name, disable=None):
            missing = [test for test in tests if len(known[test]) == replicate]
            sample = self._sample(replicate)
            for test in missing:
                known[test].append(run_test(sample, test).pvalue)
                self._write(test, known[test])

    def battery(self, tests):
        """Give the smallest Holm-adjusted p-value of each replicate that all tests have seen."""
        known = [self.pvalues(test) for test in tests]
        count = min(map(len, known))
        table = np.array([pvalues[:count] for pvalues in known]).reshape(len(tests), count)
        table = table[np.isfinite(table).any(axis=1)]
        if not table.size:
            return np.empty(0)
        return np.array([multipletests(column, method="holm")[1].min() for column in table.T])

    def _sample(self, replicate):
        rng = np.random.default_rng([replicate, self.n, self.d])
        if not self.held_out:
            return sample_of(self.draw(self.n, self.d, rng), seed=replicate)
        z = self.draw(2 * self.n, self.d, rng)
        return sample_of(z[self.n :], fit_gaussian(z[: self.n]), seed=replicate)

    def _write(self, test, pvalues):
        path = self._path(test)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.write_text(json.dumps([None if np.isnan(p) else float(p) for p in pvalues]))
        os.replace(part, path)

    def _path(self, test):
        words = re.sub(r"[^a-z0-9.]+", "-", self.name.lower()).strip("-")
        return self.work / words / f"{test}.json"


def arguments(description, replicates, tests):
    """Read the options that calibration and power have in common.

    Parameters
    ----------
    description : str
        What the command does, in one line.
    replicates : int
        Clouds a cell, where the option is left away.
    tests : list of str
        Names of tests, where the option is left away.

    Returns
    -------
    argparse.Namespace
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--work", type=Path, required=True, help="folder of the p-values")
    parser.add_argument("--replicates", type=int, default=replicates, help="clouds a cell")
    parser.add_argument("--cells", nargs="+", default=["*"], help="patterns of names of cells")
    parser.add_argument("--tests", nargs="+", default=tests, help="names of tests")
    parser.add_argument("--table-only", action="store_true", help="write the table, run nothing")
    return parser.parse_args()


def run(cells, given):
    """Run the chosen tests on the chosen cells, as far as they have not been run.

    Parameters
    ----------
    cells : iterable of Cell
    given : argparse.Namespace
        See `arguments`.
    """
    for cell in cells:
        if any(fnmatch.fnmatch(cell.name, pattern) for pattern in given.cells):
            cell.run(given.tests, given.replicates)


def share(pvalues, level):
    """Give the share rejected at a level, with its exact 95 % interval, in percent, as text."""
    if not len(pvalues):
        return "not run"
    if not known(pvalues):
        return "–"
    hits = int(np.sum(pvalues <= level))
    low, high = stats.binomtest(hits, len(pvalues)).proportion_ci(0.95)
    return f"{100 * hits / len(pvalues):.1f} ({100 * low:.1f}–{100 * high:.1f})"


def known(pvalues):
    """Tell whether there are p-values, and the test was informative."""
    return bool(np.isfinite(pvalues).any())
