"""Seconds and peak memory of the statistics for as many vectors as CelebA has, beside peers.

Run ``python benchmarks/statistics.py``; ``--n`` and ``--d`` make it smaller. The vectors are a
float32 memory map, drawn from a heavy-tailed elliptical law. Targets on 2 cores: `assess` with
standard effort in under 5 minutes and 3 GB, with quick effort in under 60 s. A ratio above 1 says
how many times longer the peer takes.
"""

import argparse
import resource
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.covariance import EmpiricalCovariance

from mlflow_latents.stats import (
    AssessConfig,
    D2Law,
    assess,
    fit_gaussian,
    judge_coordinates,
    judge_planes,
    judge_principal,
    judge_radial,
    leading_curve,
    measure_geometry,
    random_pairs,
)
from mlflow_latents.stats.battery import multivariate_normality


def write_vectors(path, n, d, seed=0):
    rng = np.random.default_rng(seed)
    sd = np.logspace(0, -2.5, d)
    rotation = np.linalg.qr(rng.standard_normal((d, d)))[0]
    center = rng.standard_normal(d)
    z = np.lib.format.open_memmap(path, "w+", np.float32, (n, d))
    for start in range(0, n, 10_000):
        m = min(10_000, n - start)
        radius = np.sqrt(30 / rng.chisquare(30, m))[:, None]
        z[start : start + m] = radius * rng.standard_normal((m, d)) * sd @ rotation + center
    z.flush()
    return np.load(path, mmap_mode="r")


def peak_megabytes():
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def forget_peak():
    """Let the next peak be that of the next part alone, where the system can (Linux)."""
    refs = Path("/proc/self/clear_refs")
    if refs.exists():
        refs.write_text("5")


def measure(name, function, other_seconds=None):
    forget_peak()
    start = time.perf_counter()
    result = function()
    seconds = time.perf_counter() - start
    line = f"{name:52s} {seconds:8.2f} s {peak_megabytes():8.0f} MB"
    print(line + (f"   ratio {seconds / other_seconds:6.2f}" if other_seconds else ""), flush=True)
    return result, seconds


def target(unit, measured, most):
    print(f"target {most} {unit}: {'met' if measured < most else 'MISSED'}")


def kstest_columns(columns):
    for x in columns:
        x = x.astype(np.float64)
        stats.kstest(x, "norm", args=(x.mean(), x.std(ddof=1)))


def sklearn_d2(z):
    return EmpiricalCovariance().fit(z).mahalanobis(z)


def compare_henze_zirkler(n=10_000, d=64):
    """Measure Henze-Zirkler beside pingouin, where it can be imported.

    Targets: 3 times as fast, and under 1 GB.
    """
    x = np.random.default_rng(0).standard_normal((n, d))
    print(f"\nHenze-Zirkler, {n} x {d}")
    ours, seconds = measure(
        "ours", lambda: multivariate_normality(x, "henze_zirkler", method="published")
    )
    target("MB", peak_megabytes(), 1024)
    try:
        import pingouin
    except ImportError:
        print("pingouin is not installed: no peer")
        return
    theirs, other = measure("pingouin", lambda: pingouin.multivariate_normality(x), seconds)
    print(f"target 3 times as fast: {'met' if other > 3 * seconds else 'MISSED'}")
    print(f"statistics: {ours.statistic:.12f} and {theirs.hz:.12f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=162_770, help="vectors")
    parser.add_argument("--d", type=int, default=250, help="dimensions")
    parser.add_argument("--held-out", type=int, default=19_962, help="held-out vectors")
    parser.add_argument("--only", choices=["henze_zirkler"], help="this part alone")
    arguments = parser.parse_args()
    n, d = arguments.n, arguments.d
    if arguments.only == "henze_zirkler":
        compare_henze_zirkler()
        return
    with tempfile.TemporaryDirectory() as folder:
        z = write_vectors(Path(folder) / "z.npy", n + arguments.held_out, d)
        z, held_out = z[:n], z[n:]
        print(f"{n} x {d} float32 vectors, {len(held_out)} held out")
        for effort, seconds, megabytes in (("standard", 300, 3072), ("quick", 60, 2048)):
            judge = partial(assess, effort=effort)
            _, half_s = measure(f"assess, {effort}, half of them", partial(judge, z[: n // 2]))
            _, whole_s = measure(f"assess, {effort}", partial(judge, z), half_s)
            target("s", whole_s, seconds)
            target("MB", peak_megabytes(), megabytes)
            measure(f"assess, {effort}, and held-out", partial(judge, z, held_out))

        print("\nparts, in-sample")
        fit, fit_s = measure("fit_gaussian", lambda: fit_gaussian(z))
        d2, d2_s = measure("d2", lambda: fit.d2(z))
        law = D2Law("in_sample", n, fit.rank)
        _, radial_s = measure("radial law", lambda: judge_radial(d2, law))
        measure("curve over the leading axes", lambda: leading_curve(fit, z))
        measure("coordinate axes", lambda: judge_coordinates(z))
        measure("principal axes", lambda: judge_principal(fit, z))
        pairs = random_pairs(np.arange(d), AssessConfig().planes)
        measure("planes", lambda: judge_planes(z, pairs))
        measure("geometry", lambda: measure_geometry(fit, z))

        print("\npeers")
        measure(
            "sklearn EmpiricalCovariance, fit and mahalanobis", lambda: sklearn_d2(z), fit_s + d2_s
        )
        measure("scipy.stats.kstest of d2", lambda: stats.kstest(d2, law.cdf), radial_s)
        some = np.array(z[:, :25])
        _, some_s = measure(
            "ours: 25 coordinates, all that is told of an axis", lambda: judge_coordinates(some)
        )
        measure(
            "scipy.stats.kstest of the same, its distance alone",
            lambda: kstest_columns(some.T),
            some_s,
        )
    compare_henze_zirkler()


if __name__ == "__main__":
    main()
