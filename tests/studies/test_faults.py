"""Three workers, killed, on servers that come and go; benchmarks/faults.py does it at length."""

import shutil

import mlflow
import pytest

TRIALS = 7


@pytest.fixture(scope="module")
def tracking(arena, empty_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(empty_store, folder / "mlflow.db")
    server = arena.TrackingServer(folder)
    server.start()
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(server.url)
    server.wait()
    yield server
    mlflow.set_tracking_uri(before)
    server.stop()


@pytest.fixture(scope="module")
def workers(arena, tracking):
    workers = arena.Workers(tracking.folder)
    yield workers
    workers.close()


@pytest.fixture
def fight(arena, faults, tracking, workers):
    def do(storage, postgres, attacks, seed):
        battle = faults.open_battle(arena, workers, storage, tracking, postgres, TRIALS, seed)
        try:
            found = battle.fight(attacks, mean=0.3, longest=150)
        finally:
            battle.close()
        assert found["complete"] == found["finished"] == TRIALS, found
        assert found["kill"] >= 3, found
        assert not any(found[name] for name in arena.WRONG), found

    return do


def test_killed_workers_over_sqlite(fight, tracking):
    attacks = ["kill", "kill", "stop_tracking", "kill", "start_tracking"]
    fight(f"sqlite:///{tracking.folder}/optuna.db", None, attacks, seed=1)


def test_killed_workers_over_postgres_that_is_restarted(fight, postgres):
    attacks = ["kill", "kill", "restart_postgres", "kill"]
    fight(postgres.url, postgres, attacks, seed=2)
