"""How well a linear reading of vectors tells a label, on vectors it has not seen."""

from dataclasses import dataclass

import numpy as np

from mlflow_latents.errors import InputError
from mlflow_latents.stats.auc import area_under_curve
from mlflow_latents.stats.blocks import as_vectors
from mlflow_latents.stats.gaussian import fit_gaussian
from mlflow_latents.stats.two_classes import is_identity

RIDGES = np.geomspace(1e-2, 1e6, 17)
LEAST_OF_CLASS = 2
LEAST_VECTORS = 3


@dataclass(frozen=True)
class Readout:
    """A linear reading of a label, judged on test vectors; errors are standard errors.

    What does not apply to the kind of label is NaN.

    Parameters
    ----------
    kind : {"binary", "class", "continuous"}
        Kind of the label.
    n_train, n_test : int
        Vectors of known label.
    auc, auc_error : float
        Area under the curve of the linear discriminant (the position along the attribute's axis).
    auc_logistic, auc_logistic_error : float
        The same of a logistic regression.
    d_prime, d_prime_error : float
        Distance of the two classes' means along the discriminant, in sd within the classes.
    r2, r2_error : float
        Share of the label's variance that a ridge regression predicts, for numbers.
    """

    kind: str
    n_train: int
    n_test: int
    auc: float = np.nan
    auc_error: float = np.nan
    auc_logistic: float = np.nan
    auc_logistic_error: float = np.nan
    d_prime: float = np.nan
    d_prime_error: float = np.nan
    r2: float = np.nan
    r2_error: float = np.nan


def read_out(train, train_values, test, test_values, kind):
    """Read a label linearly: learn on training vectors, judge on test vectors.

    Parameters
    ----------
    train, test : array_like, shape (n, k) and (m, k)
        Vectors. All are whitened by a fit of the training vectors of known label, unless these are
        white already, so that affine maps change nothing and the regressions shrink all directions
        alike.
    train_values, test_values : array_like, shape (n,) and (m,)
        0 and 1, or numbers; NaN where unknown: such rows are left out.
    kind : {"binary", "class", "continuous"}
        Whether the values are 0 and 1 (the first two) or numbers.

    Returns
    -------
    Readout

    Raises
    ------
    InputError
        When shapes do not fit, the kind is unknown, there are no more than k + 1 training vectors,
        or training or test vectors hold fewer than two of a class, or numbers that are all equal.
    """
    train, train_values = _known(train, train_values, "train")
    test, test_values = _known(test, test_values, "test")
    if train.shape[1] != test.shape[1]:
        raise InputError(
            f"train has {train.shape[1]} dimensions and test {test.shape[1]}: give vectors of one "
            "encoder."
        )
    if kind not in ("binary", "class", "continuous"):
        raise InputError(f"There is no kind {kind!r}: give 'binary', 'class' or 'continuous'.")
    check, read = (_numbers, _read_numbers) if kind == "continuous" else (_classes, _read_classes)
    train_values, test_values = check(train_values, "train"), check(test_values, "test")
    train, test = _whitened(train, test)
    found = read(train, train_values, test, test_values)
    return Readout(kind, len(train), len(test), **found)


def d_prime(scores, member):
    """Difference of two classes' mean scores in sd within the classes, and its standard error.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n,)
        Positions along a direction that other vectors chose.
    member : numpy.ndarray of bool, shape (n,)
        At least 2 of each kind.

    Returns
    -------
    d_prime, error : float
        The error from the residuals, whatever their law.
    """
    n1, n0 = int(member.sum()), int((~member).sum())
    means = scores[member].mean(), scores[~member].mean()
    residuals = scores - np.where(member, *means)
    sd = np.sqrt(np.sum(residuals**2) / (len(scores) - 2))
    if sd == 0:
        return np.nan, np.nan
    value, unit = (means[0] - means[1]) / sd, residuals / sd
    weights = np.where(member, 1 / np.sqrt(n1 * (n1 - 1)), -1 / np.sqrt(n0 * (n0 - 1)))
    influence = weights * unit - value * (unit**2 - 1) / (2 * len(scores))
    return float(value), float(np.sqrt(np.sum(influence**2)))


def _whitened(train, test):
    """Whiten by a fit of the training vectors, without a copy of vectors that are white already."""
    if _are_white(train):
        return train, test
    fit = fit_gaussian(train)
    return fit.whiten(train), fit.whiten(test)


def _are_white(x):
    n, k = x.shape
    if x.dtype != np.float64 or n <= k + 1:
        return False
    mean = x.mean(axis=0)
    return is_identity((x.T @ x - n * np.outer(mean, mean)) / (n - 1))


def _read_classes(train, train_one, test, test_one):
    from sklearn.linear_model import LogisticRegression

    # Of whitened vectors, Fisher's discriminant is the contrast of the means.
    scores = test @ (train[train_one].mean(axis=0) - train[~train_one].mean(axis=0))
    auc, auc_error = area_under_curve(scores, test_one)
    distance, distance_error = d_prime(scores, test_one)
    logistic = LogisticRegression(solver="newton-cholesky").fit(train, train_one)
    auc_logistic, auc_logistic_error = area_under_curve(logistic.decision_function(test), test_one)
    return {
        "auc": auc,
        "auc_error": auc_error,
        "auc_logistic": auc_logistic,
        "auc_logistic_error": auc_logistic_error,
        "d_prime": distance,
        "d_prime_error": distance_error,
    }


def _read_numbers(train, train_values, test, test_values):
    from sklearn.linear_model import RidgeCV

    centre, sd = train_values.mean(), train_values.std()
    ridge = RidgeCV(RIDGES).fit(train, (train_values - centre) / sd)
    residuals2 = (test_values - centre - sd * ridge.predict(test)) ** 2
    deviations2 = (test_values - test_values.mean()) ** 2
    r2 = 1 - residuals2.mean() / deviations2.mean()
    influence = (residuals2 - (1 - r2) * deviations2) / deviations2.mean() / len(test)
    return {"r2": float(r2), "r2_error": float(np.sqrt(np.sum(influence**2)))}


def _known(vectors, values, name):
    vectors, values = as_vectors(vectors, name), np.asarray(values, dtype=np.float64)
    if values.shape != (len(vectors),):
        raise InputError(
            f"{name} holds {len(vectors)} vectors and its values have shape {values.shape}: give "
            "one value per vector, NaN where it is unknown."
        )
    known = np.isfinite(values)
    if known.all():
        return vectors, values
    return vectors[known], values[known]


def _numbers(values, name):
    if len(values) < LEAST_VECTORS or np.ptp(values) == 0:
        raise InputError(
            f"The label has {len(values)} known values in {name}, or they are all equal: give "
            f"at least {LEAST_VECTORS} that vary."
        )
    return values


def _classes(values, name):
    if not np.isin(values, (0, 1)).all():
        raise InputError(
            f"The label holds other values than 0 and 1 in {name}: give the kind 'continuous'."
        )
    member = values == 1
    fewest = min(int(member.sum()), int((~member).sum()))
    if fewest < LEAST_OF_CLASS:
        raise InputError(
            f"{name} holds {fewest} vectors of one of the two classes: give at least "
            f"{LEAST_OF_CLASS} of each."
        )
    return member
