"""Worker processes of this machine, each with its share of the cores."""

import os
import subprocess
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mlflow_latents.studies.config import StudyConfig
from mlflow_latents.tracking.serialize import from_json, to_json

_LAST_LINES = 15
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class WorkerProcess:
    """A worker in a process of its own.

    Parameters
    ----------
    name
        Name of the worker, unlike any other's.
    process
        The process.
    log
        File of what it printed.
    """

    name: str
    process: subprocess.Popen
    log: Path

    def last_words(self) -> str:
        """Give the last lines that it printed."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:])


def start_worker(
    config: StudyConfig, cores: list[int], share: float, experiment: str, folder: Path
) -> WorkerProcess:
    """Start a worker.

    Parameters
    ----------
    config
        The study.
    cores
        Numbers of its cores.
    share
        Its share of the memory of an accelerator, where there is one.
    experiment
        Id of the MLflow experiment of the study.
    folder
        Where its log is written.
    """
    import mlflow

    name = uuid.uuid4().hex
    log = folder / f"{name}.log"
    threads = dict.fromkeys(_THREADS, str(len(cores)))
    environment = {
        **os.environ,
        **threads,
        "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
        "MLFLOW_EXPERIMENT_ID": experiment,
    }
    if share < 1:
        environment.setdefault("XLA_PYTHON_CLIENT_MEM_FRACTION", f"{0.9 * share:.3f}")
    for variable in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME"):
        environment.pop(variable, None)
    known = [name, ",".join(map(str, cores)), str(os.getpid())]
    arguments = [sys.executable, "-m", "mlflow_latents.studies", *known]
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            arguments,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the command, which then stops its workers
        )
    # Not an argument: the storage may have a password, and anybody can list arguments.
    with suppress(BrokenPipeError), process.stdin as pipe:  # a worker that is dead has said why
        pipe.write(to_json(config).encode())
    return WorkerProcess(name, process, log)


def shares_of_cores(workers: int) -> list[list[int]]:
    """Divide the cores that this process may use; more workers than cores share them."""
    cores = sorted(_cores())
    if workers >= len(cores):
        return [[cores[i % len(cores)]] for i in range(workers)]
    return [
        cores[i * len(cores) // workers : (i + 1) * len(cores) // workers] for i in range(workers)
    ]


def run_worker(name: str, cores: str, boss: str) -> int:
    """Be a worker of the process `boss`; its configuration comes by standard input."""
    config = sys.stdin.read()
    if hasattr(os, "sched_setaffinity"):
        # Before JAX is imported, which starts as many threads as there are cores.
        os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    from mlflow_latents.experiment import run_experiment
    from mlflow_latents.studies.outages import patiently
    from mlflow_latents.studies.storage import Storage
    from mlflow_latents.studies.worker import work

    study = from_json(StudyConfig, config)
    work(study, patiently(lambda: Storage(study.storage)), name, run_experiment, int(boss))
    return 0


def _cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))
