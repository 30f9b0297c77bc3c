import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from mlflow_latents.stats.holm import holm


@pytest.mark.parametrize("largest", [0.01, 1.0])
def test_the_correction_is_that_of_statsmodels(largest):
    pvalues = np.round(np.random.default_rng(0).uniform(0, largest, 40), 3)
    np.testing.assert_allclose(holm(pvalues), multipletests(pvalues, method="holm")[1])


def test_p_values_that_are_missing_do_not_count():
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04, 0.03]), [0.03, np.nan, 0.06, 0.06])
    assert np.isnan(holm([np.nan])).all()
    assert not holm([]).size
