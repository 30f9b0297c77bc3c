"""Time of reading a large store as a data frame, beside mlflow.search_runs in the same run."""

import argparse
import gc
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np

# statistics.py of this folder would hide the standard library's from MLflow.
sys.path.remove(str(Path(__file__).resolve().parent))

STUDIES = 50
METRICS, PARAMETERS, TAGS = 60, 45, 20


def main():
    given = arguments()
    with tempfile.TemporaryDirectory() as folder:
        uri = f"sqlite:///{folder}/mlflow.db"
        build(Path(folder) / "mlflow.db", uri, given.runs)
        print(f"{given.runs} runs, {METRICS} metrics, {PARAMETERS} parameters, {TAGS} tags")
        report("sqlite", uri, given.repeats)
        with server(uri, folder) as address:
            report("mlflow server", address, given.repeats)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


def build(database, uri, count):
    """Fill a store: MLflow makes the tables, since logging all of it would take hours."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.MlflowClient().search_experiments()
    rng = np.random.default_rng(0)
    with sqlite3.connect(database) as store:
        ids = [f"{i:032x}" for i in range(count)]
        insert(
            store,
            "runs (run_uuid, name, source_type, user_id, status, start_time, end_time,"
            " lifecycle_stage, artifact_uri, experiment_id)",
            (
                (run, f"trial {i}", "LOCAL", "me", "FINISHED", i, i + 9, "active", f"/{run}", 0)
                for i, run in enumerate(ids)
            ),
        )
        insert(
            store,
            "latest_metrics (key, value, timestamp, step, is_nan, run_uuid)",
            (
                (f"latent/measure_{k}/mean", value, i, 0, 0, run)
                for i, run in enumerate(ids)
                for k, value in enumerate(rng.random(METRICS))
            ),
        )
        insert(
            store,
            "params (key, value, run_uuid)",
            ((f"parameter_{k}", f"{k}.0", run) for run in ids for k in range(PARAMETERS)),
        )
        insert(
            store,
            "tags (key, value, run_uuid)",
            (
                (name, value, run)
                for i, run in enumerate(ids)
                for name, value in [
                    ("mlflow_latents.study", f"study {i % STUDIES}"),
                    ("mlflow_latents.trial", str(i)),
                    *((f"mlflow_latents.factor.{k}", str(i % k)) for k in range(1, TAGS - 1)),
                ]
            ),
        )


def insert(store, table, rows):
    marks = ", ".join("?" * (table.count(",") + 1))
    store.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


@contextmanager
def server(uri, folder):
    """Serve the store by `mlflow server` for as long as it is asked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
    command += ["--port", str(port), "--artifacts-destination", folder]
    with open(os.path.join(folder, "server.log"), "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/health")
            yield address
        finally:
            process.terminate()
            process.wait()


def wait_for(address, seconds=60):
    for _ in range(10 * seconds):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer.")


def report(name, uri, repeats):
    import mlflow

    from mlflow_latents.compare.runs import select_runs

    mlflow.set_tracking_uri(uri)
    everything = "tags.`mlflow_latents.study` != ''"
    ways = {
        "select_runs": lambda: select_runs(filter=everything),
        "mlflow.search_runs": lambda: mlflow.search_runs(
            search_all_experiments=True, filter_string=everything
        ),
        "select_runs, one study": lambda: select_runs(study="study 0"),
    }
    seconds = {way: [] for way in ways}
    for way in ways.values():
        way()
    for _ in range(repeats):
        for way, read in ways.items():  # in turns, since the machine is not always as quick
            gc.collect()
            start, busy = time.perf_counter(), time.process_time()
            rows = len(read())
            taken = time.perf_counter() - start, time.process_time() - busy
            seconds[way].append((*taken, rows))
    for way, measured in seconds.items():
        wall, own, rows = np.median(measured, axis=0)
        print(f"{name}: {way} {wall:.2f} s, of which {own:.2f} s of this process ({rows:.0f} runs)")
    ours, theirs = (np.median([each[0] for each in seconds[way]]) for way in list(ways)[:2])
    print(f"{name}: {theirs / ours:.2f} times as fast as mlflow.search_runs")


if __name__ == "__main__":
    main()
