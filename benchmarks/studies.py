"""What a study costs beside its trials, and how much two workers gain.

Run ``python benchmarks/studies.py``. Overhead: seconds that Optuna and MLflow take per trial (take
it, open its run, log configuration and results, end it, tell Optuna), at trial 1 and at trial
1,000, for a factorial design and for the multi-objective search by TPE, over SQLite and, where it
is installed, PostgreSQL. Target: under 0.5 s. Speed: a study of trials that use one core for some
seconds, by one worker and by two. Target: 1.7 times as fast on two cores.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
if str(HERE) in sys.path:  # statistics.py of this folder would hide the standard library's
    sys.path.remove(str(HERE))

OBJECTIVES = {"factorial": ("batch_normalization", "smoke"), "TPE": ("search", "small")}
MOST, LEAST = 0.5, 1.7


def main():
    given = arguments()
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import mlflow

    from mlflow_latents.tracking import check_store

    arena = load_arena()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        check_store()
        experiment = mlflow.set_experiment("studies").experiment_id
        print(f"overhead per trial, s (target: under {MOST})")
        overheads(arena, folder, given)
        if given.seconds:
            speed(arena, folder, experiment, given)


def overheads(arena, folder, given):
    """Print the time of a trial at the begin and at the end of studies."""
    from mlflow_latents.studies.storage import Storage

    storages = {"SQLite": f"sqlite:///{folder}/optuna.db"}
    postgres = None
    if arena.PostgresServer.is_installed():
        postgres = arena.PostgresServer(folder / "postgres")
        postgres.start()
        storages["PostgreSQL"] = postgres.url
    for kind, url in storages.items():
        storage = Storage(url)
        for design in OBJECTIVES:
            first = [trial(arena, open_one(design, storage, given)) for _ in range(given.repeats)]
            fill(arena, open_one(design, storage, given), given.trials - given.repeats)
            study = open_one(design, storage, given)  # as a worker that comes now
            last = [trial(arena, study) for _ in range(given.repeats)]
            for number, times in ((1, first), (len(study.trials()), last)):
                parts = {name: np.median([each[name] for each in times]) for name in times[0]}
                text = ", ".join(f"{name} {seconds:.3f}" for name, seconds in parts.items())
                print(f"{kind:10} {design:9} trial {number:5}: {sum(parts.values()):.3f} ({text})")
        arena.leave(storage)
    if postgres:
        postgres.stop()


def open_one(design, storage, given):
    from mlflow_latents.studies.config import StudyConfig
    from mlflow_latents.studies.study import open_study

    objective, scale = OBJECTIVES[design]
    kind = storage.url.partition(":")[0]  # a study of one name has one storage
    name = f"{design} {kind}"
    config = StudyConfig(objective, scale, 10 * given.trials, name, storage.url)
    return open_study(config, storage)


def trial(arena, study):
    """Do what a worker does for a trial that takes no time; give the seconds of each part."""
    from mlflow_latents.studies import worker
    from mlflow_latents.studies.config import StudyConfig

    config = StudyConfig(study.objective.name, storage=study.storage.url)
    times = [time.perf_counter()]

    def lap():
        times.append(time.perf_counter())

    taken = worker._next(study, "me")
    lap()
    cell = study.design.cell(taken.params)
    run_id = worker._start(study, config, taken, cell)
    lap()
    arena.pretend(0, 0.0)(cell.config, run_id)
    lap()
    worker._complete(study, taken, run_id)
    lap()
    return dict(zip(("take", "open", "log", "tell"), np.diff(times), strict=True))


def fill(arena, study, count):
    """Have so many trials complete, without their runs, which would take long."""
    import optuna

    from mlflow_latents.studies.study import PLANNED, RUN

    rng = np.random.default_rng(0)
    sampler = optuna.samplers.RandomSampler(seed=0)
    start = len(study.trials())
    for number in range(start, start + count):
        params = study.design.planned(number) or {
            name: sampler.sample_independent(study.optuna, None, name, space)
            for name, space in study.design.distributions.items()
        }
        study.optuna.add_trial(
            optuna.create_trial(
                params=params,
                distributions=study.design.distributions,
                values=list(rng.random(len(study.design.measures))),
                user_attrs={PLANNED: number, RUN: f"{number:032x}"},
            )
        )


def speed(arena, folder, experiment, given):
    """Print how much faster two workers are than one."""
    import mlflow

    from mlflow_latents.studies.storage import Storage

    seconds = {}
    for count in (1, 2):
        url = f"sqlite:///{folder}/speed.db"
        name = f"{count} workers"
        told = {"objective": "batch_normalization", "trials": given.speed, "study": name}
        job = arena.Job(
            {**told, "storage": url}, mlflow.get_tracking_uri(), experiment, 1, -given.seconds
        )
        workers = arena.Workers(folder)
        try:
            Storage(url)
            workers.wait()
            start = time.perf_counter()
            for _ in range(count):
                workers.start(job)
            while workers.alive:
                time.sleep(0.1)
                workers.ended()
            seconds[count] = time.perf_counter() - start
            if len(workers.finished) < count:
                raise RuntimeError("A worker did not come to its end.")
        finally:
            workers.close()
        print(f"{name}: {seconds[count]:.1f} s for {given.speed} trials of {given.seconds} s")
    ratio = seconds[1] / seconds[2]
    print(f"2 workers are {ratio:.2f} times as fast as 1 (target: {LEAST} or more on 2 cores)")


def load_arena():
    import importlib.util

    spec = importlib.util.spec_from_file_location("arena", HERE / "arena.py")
    arena = importlib.util.module_from_spec(spec)
    sys.modules["arena"] = arena
    spec.loader.exec_module(arena)
    return arena


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--speed", type=int, default=12, help="trials by one and by two workers")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each; 0 leaves it out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
