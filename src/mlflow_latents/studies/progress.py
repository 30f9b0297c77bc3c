"""How far a study is, for a person."""

import math
from collections.abc import Sequence

from optuna.trial import FrozenTrial, TrialState
from tqdm import tqdm

from mlflow_latents.studies.study import FAILURE, Study, has_failed

_SHORT = {"reconstruction/mse": "mse", "latent/radial/wasserstein": "wasserstein"}


class Progress:
    """A bar of the trials of a study: done, running, failed, best so far, time left.

    Parameters
    ----------
    study
        The study.
    """

    def __init__(self, study: Study):
        self.study = study
        done, total = _done_and_total(study)
        self.bar = tqdm(
            total=total, initial=done, desc=study.name, unit=" trials", smoothing=0, disable=None
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.bar.close()

    def update(self) -> None:
        """Show where the study is now."""
        done, self.bar.total = _done_and_total(self.study)
        self.bar.set_postfix_str(summary(self.study), refresh=False)
        self.bar.update(done - self.bar.n)
        self.bar.refresh()


def summary(study: Study) -> str:
    """Say how many trials run and have failed, and the best value of each measure so far."""
    trials = study.trials()
    parts = [
        f"{_count(trials, TrialState.RUNNING)} running",
        f"{sum(has_failed(trial) for trial in trials)} failed",
    ]
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    for name, values in zip(
        study.design.measures, zip(*(t.values for t in complete), strict=True), strict=False
    ):
        if math.isfinite(best := min(values)):
            parts.append(f"best {_SHORT.get(name, name)} {best:.3g}")
    return ", ".join(parts)


def counts(study: Study) -> dict[str, int]:
    """Count the trials of a study: complete, failed for good, running, waiting."""
    trials = study.trials()
    return {
        "complete": _count(trials, TrialState.COMPLETE),
        "failed": sum(has_failed(trial) for trial in trials),
        "running": _count(trials, TrialState.RUNNING),
        "waiting": _count(trials, TrialState.WAITING),
    }


def failures(study: Study) -> dict[int, str]:
    """Give the reason of each trial that failed for good, by its number."""
    return {t.number: t.user_attrs[FAILURE] for t in study.trials() if has_failed(t)}


def _done_and_total(study: Study) -> tuple[int, int]:
    trials = study.trials()
    done = sum(trial.state == TrialState.COMPLETE or has_failed(trial) for trial in trials)
    left = _count(trials, TrialState.RUNNING) + _count(trials, TrialState.WAITING)
    return done, done + left + len(set(range(study.wanted)) - study.planned())


def _count(trials: Sequence[FrozenTrial], state: TrialState) -> int:
    return sum(trial.state == state for trial in trials)
