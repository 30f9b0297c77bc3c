import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mlflow_latents.stats.auc import area_under_curve


def test_area_and_delongs_error_by_pairs():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 12, 60).astype(float)  # with ties
    positive = rng.random(60) < 0.4
    wins = np.sign(scores[positive][:, None] - scores[~positive]) / 2 + 0.5
    variance = wins.mean(1).var(ddof=1) / len(wins) + wins.mean(0).var(ddof=1) / wins.shape[1]
    area, error = area_under_curve(scores, positive)
    assert area == pytest.approx(wins.mean())
    assert area == pytest.approx(roc_auc_score(positive, scores))
    assert error == pytest.approx(np.sqrt(variance))


def test_scores_that_say_nothing_or_all():
    positive = np.arange(10) < 5
    assert area_under_curve(np.zeros(10), positive) == (0.5, 0.0)
    assert area_under_curve(positive.astype(float), positive) == (1.0, 0.0)
