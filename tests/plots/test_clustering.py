import numpy as np

from mlflow_latents.plots.clustering import side_by_side


def test_groups_stand_side_by_side_whatever_the_sign():
    group = np.arange(9) % 3
    sign = np.where(np.arange(9) < 4, -1, 1)
    cosines = 0.9 * (group[:, None] == group) * np.outer(sign, sign)
    found = group[side_by_side(cosines)]
    assert (np.diff(found) != 0).sum() == 2


def test_few_and_unknown_ones_keep_to_an_order():
    assert side_by_side(np.eye(2)).tolist() == [0, 1]
    assert sorted(side_by_side(np.full((5, 5), np.nan))) == list(range(5))
