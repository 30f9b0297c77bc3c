"""Kill the workers of a study, stop its servers, and count what is left of it.

Run ``python benchmarks/faults.py``: 3 workers do a study over SQLite, then over PostgreSQL where it
is installed; each time 15 of them are killed at random moments, by SIGKILL, some are suspended
until they are taken for dead, and the tracking server (and PostgreSQL) is stopped and started
during trials. Target: every cell of the plan has one complete trial and one finished run that say
the same, and no run is left running. The exit status tells whether it was reached.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
if str(HERE) in sys.path:  # statistics.py of this folder would hide the standard library's
    sys.path.remove(str(HERE))

WORKERS = 3
LONGEST = 600  # seconds without an end
OBJECTIVE = "batch_normalization"


@dataclass
class Battle:
    """A study under attack.

    Parameters
    ----------
    arena
        The module arena.py.
    study
        The study, as this process sees it.
    job, workers
        What the workers do.
    tracking
        The tracking server.
    postgres
        The server of the study's storage, where it is PostgreSQL.
    rng
        Of the moments.
    """

    arena: object
    study: object
    job: object
    workers: object
    tracking: object
    postgres: object | None
    rng: np.random.Generator
    done: dict[str, int] = field(default_factory=dict)

    def fight(self, attacks: list[str], mean: float, longest: float = LONGEST) -> dict[str, int]:
        """Do what is asked, one after the other, in pauses of so many seconds on average.

        Workers that die are replaced, as the command does it, until all trials are done.
        """
        until = time.monotonic() + longest
        for _ in range(WORKERS):
            self.workers.start(self.job)
        attacks = list(attacks)
        due = time.monotonic() + self._pause(mean)
        while self.workers.alive:
            time.sleep(0.1)
            self._replace()
            targets = self._targets() if attacks and time.monotonic() > due else []
            if targets:
                self._attack(attacks.pop(0), str(self.rng.choice(targets)))
                due = time.monotonic() + self._pause(mean)
            if time.monotonic() > until:
                raise TimeoutError(f"the study does not end: {self.done}")
        if not self.tracking.process:
            self.tracking.start()
        self.tracking.wait()
        self.arena.settle(self.study)
        return {**self.done, **self.arena.verdict(self.study)}

    def close(self) -> None:
        """Kill what is left of the workers, and leave the storage."""
        self.workers.kill_all()
        self.arena.leave(self.study.storage)

    def _pause(self, mean: float) -> float:
        return self.rng.uniform(0, 2 * mean)

    def _replace(self) -> None:
        for name in self.workers.ended():
            if name not in self.workers.finished:
                raise RuntimeError(self.workers.words(name))

    def _targets(self) -> list[str]:
        """Give the workers that have a trial: to kill one that is starting proves little.

        Without the tracking server none may come so far, and all are given.
        """
        from optuna.trial import TrialState

        from mlflow_latents.studies.study import WORKER

        if not self.tracking.process:
            return sorted(self.workers.alive)
        running = {t.user_attrs.get(WORKER) for t in self.study.trials(TrialState.RUNNING)}
        return sorted(running & set(self.workers.alive))

    def _attack(self, kind: str, name: str) -> None:
        getattr(self, f"_{kind}")(name)
        self.done[kind] = self.done.get(kind, 0) + 1

    def _kill(self, name: str) -> None:
        self.workers.kill(name)
        self.workers.start(self.job)
        if self.tracking.process and self.rng.random() < 0.5 and self.tracking.answers():
            self._mend(name)  # else its heartbeat tells

    def _mend(self, name: str) -> None:
        from mlflow_latents.studies.mending import mend
        from mlflow_latents.studies.outages import patiently

        def do():
            with self.study.storage.alone():
                mend(self.study, dead=name)

        patiently(do)

    def _suspend(self, name: str) -> None:
        """Suspend a worker for longer than it takes until it counts as dead."""
        self.workers.signal(name, signal.SIGSTOP)
        time.sleep(self.arena.GRACE + 2)
        self.workers.signal(name, signal.SIGCONT)

    def _stop_tracking(self, _) -> None:
        self.tracking.stop()

    def _start_tracking(self, _) -> None:
        self.tracking.start()

    def _restart_postgres(self, _) -> None:
        self.postgres.stop()
        time.sleep(self._pause(1.0))
        self.postgres.start()


def attacks_of(kills: int, outages: int, suspensions: int, restarts: int, rng) -> list[str]:
    """Give a random order of attacks, in which the tracking server is stopped before it starts."""
    kinds = ["kill"] * kills + ["tracking"] * 2 * outages + ["suspend"] * suspensions
    kinds = list(rng.permutation(kinds + ["restart_postgres"] * restarts))
    turns = iter(["stop_tracking", "start_tracking"] * outages)
    return [next(turns) if kind == "tracking" else str(kind) for kind in kinds]


def open_battle(arena, workers, storage: str, tracking, postgres, trials: int, seed: int):
    """Create a study; the tracking server has to be up."""
    import mlflow

    from mlflow_latents.studies.config import StudyConfig
    from mlflow_latents.studies.storage import Storage
    from mlflow_latents.studies.study import open_study

    name = f"{OBJECTIVE} {seed}"
    given = {"objective": OBJECTIVE, "trials": trials, "storage": storage, "study": name}
    config = StudyConfig(**given)
    experiment = mlflow.set_experiment("faults").experiment_id
    study = open_study(config, Storage(storage, arena.HEARTBEAT, arena.GRACE))
    job = arena.Job(given, tracking.url, experiment)
    return Battle(arena, study, job, workers, tracking, postgres, np.random.default_rng(seed))


def load_arena():
    import importlib.util

    spec = importlib.util.spec_from_file_location("arena", HERE / "arena.py")
    arena = importlib.util.module_from_spec(spec)
    sys.modules["arena"] = arena
    spec.loader.exec_module(arena)
    return arena


def main() -> int:
    given = arguments()
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import mlflow

    from mlflow_latents.tracking import check_store

    arena = load_arena()
    total = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        check_store()
        tracking = arena.TrackingServer(folder)
        tracking.start()
        tracking.wait()
        mlflow.set_tracking_uri(tracking.url)
        try:
            for kind in ("SQLite", "PostgreSQL"):
                if kind == "PostgreSQL" and not arena.PostgresServer.is_installed():
                    print("PostgreSQL is not installed: left out.")
                    continue
                found = one(arena, kind, folder, tracking, given)
                print(f"{kind}: " + ", ".join(f"{n} {name}" for name, n in found.items()))
                for name, count in found.items():
                    total[name] = total.get(name, 0) + count
        finally:
            tracking.stop()
    print("all: " + ", ".join(f"{count} {name}" for name, count in total.items()))
    wrong = sum(total[name] for name in arena.WRONG)
    print("all is well" if not wrong else f"{wrong} things are wrong")
    return int(wrong > 0)


def one(arena, kind, folder, tracking, given):
    """Fight over one kind of storage."""
    postgres = None
    storage = f"sqlite:///{folder}/optuna.db"
    if kind == "PostgreSQL":
        postgres = arena.PostgresServer(folder / "postgres")
        postgres.start()
        storage = postgres.url
    seed = given.seed + (postgres is not None)
    workers = arena.Workers(folder)
    battle = open_battle(arena, workers, storage, tracking, postgres, given.trials, seed)
    restarts = 2 if postgres else 0
    attacks = attacks_of(given.kills, given.outages, 2, restarts, battle.rng)
    try:
        return battle.fight(attacks, given.pause)
    finally:
        battle.close()
        workers.close()
        if postgres:
            postgres.stop()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=15, help="for each kind of storage")
    parser.add_argument("--outages", type=int, default=3, help="of the tracking server, for each")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between attacks")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
