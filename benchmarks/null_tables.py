"""Simulate the null laws that have no closed form, and write the table that the package ships.

python benchmarks/null_tables.py simulate --work FOLDER    # resumable, node by node
python benchmarks/null_tables.py write --work FOLDER       # into the package
python benchmarks/null_tables.py check --work FOLDER       # error between the nodes
python benchmarks/null_tables.py kurtosis                  # the law of kurtosis scores, minutes
"""

import argparse
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from tqdm import tqdm

from mlflow_latents.stats.battery import nulls
from mlflow_latents.stats.battery.registry import TESTS, null_sample

DIMENSIONS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
MULTIPLES = (2, 3, 5, 10, 20, 40)
FULL = 10  # the multiple that is there for every dimension of a table
TABULATED = ("radial", "direction", "plane", "sliced", "mardia_skewness", "mardia_kurtosis")
SMOOTHED = ("radial", "plane", "sliced")
DEGREES = {"radial": 4, "sliced": 6}  # coefficients of the polynomials of 1/sqrt(d)
BEYOND = (160, 640, 2560)  # multiples that are read off the smooth surface
TABLE = Path(nulls.__file__).with_name("null_tables.npz")
KURTOSIS_TABLE = TABLE.with_name("kurtosis_scores.npz")
KURTOSIS_NODES = np.array([20, 30, 50, 100, 200, 500, 1000, 2000])
KURTOSIS_GRID = np.linspace(-4, 4, 33)


def nodes():
    for d in DIMENSIONS:
        for c in MULTIPLES:
            yield c, d, round(c * (d + nulls.OFFSET))


def resamples_at(d):
    return 2000 if d <= 32 else 1000 if d <= 64 else 400


def simulate(work, tests, dimensions=DIMENSIONS, multiples=MULTIPLES):
    work.mkdir(parents=True, exist_ok=True)
    chosen = [(d, n) for c, d, n in nodes() if d in dimensions and c in multiples]
    for d, n in tqdm(chosen, desc="nodes", unit=" nodes", disable=None):
        wanted = [t for t in tests if not TESTS[t].blind(n, d) and not path(work, t, n, d).exists()]
        if not wanted:
            continue
        found = {test: [] for test in wanted}
        seeds = np.random.SeedSequence([0, n, d]).spawn(resamples_at(d))
        for seed in tqdm(seeds, desc=f"n={n} d={d}", leave=False, disable=None):
            sample = null_sample(n, d, seed)
            for test in wanted:
                found[test].append(TESTS[test].measure(sample).scaled)
        for test, scaled in found.items():
            np.save(path(work, test, n, d), np.array(scaled))


def path(work, test, n, d):
    return work / f"{test}-{n}-{d}.npy"


def write(work, tests):
    arrays = {}
    for test in tests:
        c, d, coefficients = grid(work, test)
        arrays |= {
            f"{test}/c": c,
            f"{test}/d": d,
            f"{test}/coefficients": coefficients,
            f"{test}/resamples": np.array(min(resamples_at(each) for each in d)),
        }
    np.savez(TABLE, **arrays)
    print(f"{TABLE.name}: {TABLE.stat().st_size:,} bytes, {', '.join(tests)}")


def grid(work, test):
    """Coefficients at every node, and at n = infinity, smoothed where the law varies little."""
    dimensions = [d for d in DIMENSIONS if path(work, test, node(FULL, d), d).exists()]
    rows = []
    for c in MULTIPLES:
        rows.append([fitted(work, test, c, d) for d in dimensions])
    last = [limit(test, d, rows[-1][j]) for j, d in enumerate(dimensions)]
    known = np.array([*rows, last], dtype=float)
    c = np.array([*MULTIPLES, np.inf])
    whole = np.isfinite(known).all(axis=(1, 2))
    return smoothed(test, c[whole], np.array(dimensions), known[whole])


def smoothed(test, c, d, known):
    """Smooth coefficients over n and d: the scatter of a node is that of a few hundred clouds.

    Their surface is a polynomial of 1/sqrt(d) times one of 1/c; for `plane`, whose law at
    n = infinity is known and slowly reached, that law plus one of log(d) times one of 1/sqrt(c).
    """
    if test not in SMOOTHED:
        return c, d, known
    weight = np.sqrt([resamples_at(each) for each in d]) / known[:-1, :, 1]
    fixed = known[-1] if test == "plane" else np.zeros(known[-1].shape)
    nodes = surface(test, c[:-1], d)
    values = (known[:-1] - fixed) * weight[..., None]
    found = np.linalg.lstsq(
        (nodes * weight[..., None]).reshape(-1, nodes.shape[-1]),
        values.reshape(-1, values.shape[-1]),
    )[0]
    c = np.array([*c[:-1], *BEYOND, np.inf])
    return c, d, surface(test, c, d) @ found + fixed


def surface(test, c, d):
    """Give the terms of the surface at every node, shape (k, m, terms)."""
    if test == "plane":
        along_c, along_d = [c**-0.5, c**-1.0, c**-1.5], [np.log2(d) ** j for j in range(4)]
    else:
        along_c, along_d = [c**0.0, 1 / c], [d ** (-j / 2) for j in range(DEGREES[test])]
    return np.stack([np.multiply.outer(u, v) for u in along_c for v in along_d], axis=-1)


def node(c, d):
    return round(c * (d + nulls.OFFSET))


def fitted(work, test, c, d):
    file = path(work, test, node(c, d), d)
    return (
        nulls.fit_quantiles(np.load(file)) if file.exists() else np.full(nulls.DEGREE + 1, np.nan)
    )


def limit(test, d, last):
    """Give the law at n = infinity: known, or a stand-in until all nodes are smoothed."""
    if TESTS[test].limit is None:
        return last
    law = TESTS[test].limit(d)
    score = np.linspace(-3, 3, 61)
    quantiles = [brentq(lambda x, p=p: law.cdf(x) - p, -40, 80) for p in stats.norm.cdf(score)]
    return np.polynomial.polynomial.polyfit(score, quantiles, nulls.DEGREE)


def write_kurtosis(samples=400_000, block=2000):
    """Tabulate the quantiles of Anscombe and Glynn's kurtosis scores, smoothed by a quintic."""
    rows = []
    share = stats.norm.cdf(KURTOSIS_GRID)
    for n in tqdm(KURTOSIS_NODES, desc="kurtosis", unit=" nodes", disable=None):
        rng = np.random.default_rng([2, n])
        found = [
            stats.kurtosistest(rng.standard_normal((n, block)), axis=0).statistic
            for _ in range(samples // block)
        ]
        quantiles = np.quantile(np.concatenate(found), share)
        fit = np.polynomial.Polynomial.fit(
            KURTOSIS_GRID, quantiles, 5, w=np.sqrt(share * (1 - share))
        )
        rows.append(fit(KURTOSIS_GRID))
    np.savez(KURTOSIS_TABLE, n=KURTOSIS_NODES, score=KURTOSIS_GRID, raw=np.array(rows))
    print(f"{KURTOSIS_TABLE.name}: {KURTOSIS_TABLE.stat().st_size:,} bytes")


def check(work, tests):
    """Share of null statistics between the nodes that the table rejects at 5 % and at 0.6 %."""
    tables = nulls.shipped_tables()
    for n, d in ((50, 2), (120, 3), (500, 8), (300, 12), (900, 48), (2000, 64), (4000, 100)):
        samples = [
            null_sample(n, d, seed) for seed in np.random.SeedSequence([1, n, d]).spawn(1000)
        ]
        for test in tests:
            if TESTS[test].blind(n, d):
                continue
            law = tables[test].at(n, d)
            p = [nulls.tail_probability(law, TESTS[test].measure(s).scaled) for s in samples]
            print(f"{test:18s} n={n:5d} d={d:3d}", end="  ")
            print(
                *(
                    f"{100 * np.mean(np.array(p) <= a):.2f} % at {100 * a:g} %"
                    for a in (0.05, 0.006)
                )
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["simulate", "write", "check", "kurtosis"])
    parser.add_argument("--work", type=Path, help="folder of simulated statistics")
    parser.add_argument("--tests", nargs="+", default=list(TABULATED), help="names of tests")
    parser.add_argument("--d", type=int, nargs="+", default=DIMENSIONS, help="of these dimensions")
    parser.add_argument("--c", type=int, nargs="+", default=MULTIPLES, help="of these n / (d + 9)")
    arguments = parser.parse_args()
    if arguments.command == "kurtosis":
        write_kurtosis()
    elif arguments.work is None:
        parser.error(f"{arguments.command} needs --work FOLDER")
    elif arguments.command == "simulate":
        simulate(arguments.work, arguments.tests, arguments.d, arguments.c)
    else:
        {"write": write, "check": check}[arguments.command](arguments.work, arguments.tests)


if __name__ == "__main__":
    main()
