"""Where studies are put to the test: servers that can be stopped, and workers that can be killed.

benchmarks/faults.py and tests/studies use it. The workers are those of a study but for the trial
itself, which logs a few metrics and pauses. They are forked from a process that has imported all
that they need, so that many can be killed in a short time.
"""

import glob
import hashlib
import importlib
import json
import math
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HEARTBEAT, GRACE = 1, 3  # seconds
STARTING = 120  # seconds that a server may take to start
HERE = Path(__file__).resolve()


class PostgresServer:
    """A PostgreSQL server of one's own, in a folder, that asks for no password.

    It refuses to run as root, who runs it as the user `postgres` or `nobody`.
    """

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.user = _user()
        folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            _let_in(folder, self.user)
        self._run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "studies", "--no-sync")
        self.url = f"postgresql+psycopg://studies@127.0.0.1:{self.port}/postgres"

    @staticmethod
    def is_installed() -> bool:
        """Whether there is one on this machine."""
        return _binary("initdb") is not None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -F"
        log = f"{self.folder}/log"
        self._run("pg_ctl", "start", "-w", "-D", f"{self.folder}/data", "-l", log, "-o", options)

    def stop(self) -> None:
        """End all connections, and the server."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", f"{self.folder}/data")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [_binary(program), *arguments],
            check=True,
            user=self.user,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


class TrackingServer:
    """An `mlflow server` on a database and artifacts in a folder."""

    def __init__(self, folder: Path):
        self.folder, self.port, self.process = folder, free_port(), None
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; `wait` until it answers."""
        database = f"sqlite:///{self.folder}/mlflow.db"
        arguments = ["--backend-store-uri", database, "--port", str(self.port), "--workers", "1"]
        root = ["--default-artifact-root", f"{self.folder}/artifacts", "--no-serve-artifacts"]
        with open(f"{self.folder}/server.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mlflow", "server", *arguments, *root],
                env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
                start_new_session=True,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + STARTING
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(Path(self.folder, "server.log").read_text()[-2000:])
            time.sleep(0.3)

    def answers(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                return True
        except OSError:
            return False

    def stop(self) -> None:
        """Kill it with all of its processes, in the midst of what they do."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@dataclass(frozen=True)
class Job:
    """What a worker is told.

    Parameters
    ----------
    config
        The study, as keywords of `StudyConfig`.
    tracking, experiment
        Where it logs.
    steps, pause
        Of a trial: how often it logs, and the seconds between; pause < 0 computes that long.
    """

    config: dict
    tracking: str
    experiment: str
    steps: int = 4
    pause: float = 0.2


class Workers:
    """Workers that are forked, and may be killed or suspended."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.alive: dict[str, int] = {}
        self.finished: set[str] = set()
        self._ready = False
        environment = {**os.environ, "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
        self._parent = subprocess.Popen(
            [sys.executable, "-P", str(HERE), str(folder)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, job: Job) -> str:
        """Start one, and give its name."""
        self.wait()
        name = uuid.uuid4().hex
        self._parent.stdin.write(json.dumps({"name": name, "job": vars(job)}) + "\n")
        self._parent.stdin.flush()
        self.alive[name] = int(self._parent.stdout.readline())
        return name

    def wait(self) -> None:
        """Wait until all is imported that workers need."""
        if not self._ready:
            self._ready = self._parent.stdout.readline() == "ready\n"

    def signal(self, name: str, number: int) -> None:
        """Send one a signal, unless it has just ended."""
        with suppress(ProcessLookupError):
            os.kill(self.alive[name], number)

    def kill(self, name: str) -> None:
        """Kill one by SIGKILL, and wait until it is gone."""
        self.signal(name, signal.SIGKILL)
        pid = self.alive.pop(name)
        while _lives(pid):
            time.sleep(0.01)

    def ended(self) -> list[str]:
        """Give those that have ended by themselves since the last time."""
        names = [name for name, pid in self.alive.items() if not _lives(pid)]
        for name in names:
            del self.alive[name]
            if (self.folder / f"{name}.done").exists():
                self.finished.add(name)
        return names

    def words(self, name: str) -> str:
        """Give what one has printed."""
        return (self.folder / f"{name}.log").read_text()

    def kill_all(self) -> None:
        """Kill all that are alive."""
        for name in list(self.alive):
            if _lives(self.alive[name]):
                self.kill(name)
            else:
                del self.alive[name]

    def close(self) -> None:
        """Kill all, and start no others."""
        self.kill_all()
        self._parent.stdin.close()
        self._parent.wait()
        self._parent.stdout.close()


def result_of(config) -> dict[str, float]:
    """Give the metrics of the trial with a configuration: no two have the same."""
    from mlflow_latents.studies.design import MEASURES
    from mlflow_latents.tracking.configuration import digest_of

    digest = digest_of(config)
    return {
        name: int(hashlib.sha256((name + digest).encode()).hexdigest()[:8], 16) / 2**32
        for name in MEASURES
    }


def pretend(steps: int, pause: float):
    """Give a trial that logs like a real one, and trains nothing."""
    from mlflow_latents.tracking import tracked_run

    def run_trial(config, run_id: str) -> None:
        with tracked_run(config, "pretended", run_id) as run:
            for step in range(steps):
                time.sleep(pause) if pause >= 0 else _compute(-pause)
                run.log_metrics({"train/loss": 1 / (step + 1)})
            run.log_metrics(result_of(config))

    return run_trial


def settle(study) -> None:
    """Do what the command does when its workers have ended."""
    from mlflow_latents.studies.mending import close_runs, mend

    with study.storage.alone():
        mend(study)
        close_runs(study)


def leave(storage) -> None:
    """Close the connections of a storage."""
    storage.optuna.remove_session()
    storage.optuna.engine.dispose()


def verdict(study) -> dict[str, int]:
    """Count trials and runs of a study that is over, and what is wrong with them.

    Returns
    -------
    dict
        `complete`, `interrupted`, `failed` trials; `finished`, `killed`, `running` runs; and, all 0
        when all is well, `lost` and `doubled` cells of the plan, `open` trials, and `disagreeing`:
        runs and trials that tell different things.
    """
    from optuna.trial import TrialState

    from mlflow_latents.studies.study import FAILURE, PLANNED, RUN
    from mlflow_latents.tracking.study_runs import TRIAL_TAG

    trials, runs = study.trials(), trial_runs(study.parent)
    complete = [t for t in trials if t.state == TrialState.COMPLETE]
    failed = [t for t in trials if t.state == TrialState.FAIL]
    times = Counter(trial.user_attrs[PLANNED] for trial in complete)
    results = {trial.user_attrs[RUN]: trial for trial in complete}
    ends = dict.fromkeys(results, "FINISHED")
    ends |= {t.user_attrs.get(RUN): "FAILED" for t in failed if FAILURE in t.user_attrs}
    status = Counter(run.info.status for run in runs)
    disagreeing = [
        run
        for run in runs
        if run.info.status != ends.get(run.info.run_id, "KILLED")
        or (run.info.run_id in results and not _same(run, results[run.info.run_id], study))
        or not 0 <= int(run.data.tags[TRIAL_TAG]) < len(trials)
    ]
    return {
        "complete": len(complete),
        "interrupted": sum(FAILURE not in trial.user_attrs for trial in failed),
        "failed": sum(FAILURE in trial.user_attrs for trial in failed),
        "finished": status["FINISHED"],
        "killed": status["KILLED"],
        "running": status["RUNNING"],
        "lost": len(set(range(study.wanted)) - set(times)),
        "doubled": sum(count > 1 for count in times.values()),
        "open": sum(not trial.state.is_finished() for trial in trials),
        "disagreeing": len(disagreeing) + len(results) - status["FINISHED"],
    }


WRONG = ("failed", "running", "lost", "doubled", "open", "disagreeing")


def trial_runs(parent: str) -> list:
    """Give the runs of all trials of a study."""
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.get_run(parent).info.experiment_id
    found, token = [], None
    while token != "":
        page = client.search_runs(
            [experiment], f"tags.`mlflow.parentRunId` = '{parent}'", page_token=token
        )
        found += page
        token = page.token or ""
    return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _same(run, trial, study) -> bool:
    """Whether a run and a trial hold the result that the trial's own parameters must give."""
    expected = result_of(study.design.cell(trial.params).config)
    there = [run.data.metrics.get(name, math.nan) for name in study.design.measures]
    wanted = [expected[name] for name in study.design.measures]
    return there == trial.values == wanted and run.data.tags["mlflow_latents.trial"] == str(
        trial.number
    )


def _compute(seconds: float) -> None:
    """Use so many seconds of one core."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        sum(range(10_000))


def _binary(program: str) -> str | None:
    places = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"))
    return places[-1] if places else shutil.which(program)


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _let_in(folder: Path, user: str) -> None:
    """Give a folder to a user, who may then come through the folders above it."""
    shutil.chown(folder, user)
    for above in folder.parents:
        mode = above.stat().st_mode
        if not mode & 0o001 and above.owner() == pwd.getpwuid(os.geteuid()).pw_name:
            above.chmod(mode | 0o011)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _fork_workers(folder: Path) -> None:
    """Fork a worker for each line of the standard input, and print its process id."""
    for module in ("psycopg", "mlflow_latents.studies.worker", "mlflow_latents.tracking.writer"):
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for their exit status
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _work(folder, asked["name"], Job(**asked["job"]))
        print(pid, flush=True)


def _work(folder: Path, name: str, job: Job) -> None:
    import traceback

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log = os.open(folder / f"{name}.log", os.O_CREAT | os.O_WRONLY)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        import mlflow

        from mlflow_latents.studies.config import StudyConfig
        from mlflow_latents.studies.outages import patiently
        from mlflow_latents.studies.storage import Storage
        from mlflow_latents.studies.worker import work

        mlflow.set_tracking_uri(job.tracking)
        os.environ["MLFLOW_EXPERIMENT_ID"] = job.experiment
        config = StudyConfig(**job.config)
        storage = patiently(lambda: Storage(config.storage, HEARTBEAT, GRACE))
        work(config, storage, name, pretend(job.steps, job.pause))
        (folder / f"{name}.done").touch()
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    _fork_workers(Path(sys.argv[1]))
