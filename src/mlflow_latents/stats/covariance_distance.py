"""How far the covariance of a class lies from that of all vectors."""

import numpy as np

MOST_PAIRED = 500  # vectors of a class whose pairs speak for all


def trace_of_square(covariance, lengths2):
    """Trace of the square of a population's covariance, unbiased for any law.

    Parameters
    ----------
    covariance : numpy.ndarray, shape (k, k)
        Of a sample, dividing by n - 1.
    lengths2 : numpy.ndarray, shape (n,)
        Squared distances of its vectors from their mean, n >= 4.

    Returns
    -------
    float

    References
    ----------
    Himeno and Yamada (2014), Journal of Multivariate Analysis 130, 27-44, section 2.
    """
    n = len(lengths2)
    fourth = n / (n - 1) * np.sum(lengths2**2)
    total = (n - 1) * (n - 2) * np.sum(covariance**2) + np.trace(covariance) ** 2 - fourth
    return float((n - 1) / (n * (n - 2) * (n - 3)) * total)


def covariance_distance(classes):
    """Squared Frobenius distance of the covariance of class 1 from that of all, over k.

    With all whitened, ``S1 - I = q (S1 - S0) - p q c c'``, p and q being the shares of the classes
    and c the contrast of their means. The squares of its parts are estimated without bias: Li and
    Chen (2012), Annals of Statistics 40, 908-940, for the first. The noise of the whitening is
    taken off to the order of k/n. The error is an infinitesimal jackknife less the quadratic part
    of the noise, which that counts twice (Efron and Stein 1981, Annals of Statistics 9, 586-596).

    Parameters
    ----------
    classes : TwoClasses

    Returns
    -------
    value, error : float
    """
    n1, n0 = classes.counts
    (s1, s0), c = classes.covariances, classes.contrast
    p, q = n1 / classes.n, n0 / classes.n
    t11, t00, t10 = squares(classes)
    between = t11 + t00 - 2 * t10
    mixed = c @ (s1 - s0) @ c - (t11 / n1 - t00 / n0 + t10 * (1 / n0 - 1 / n1))
    length2 = c @ c - np.trace(s1) / n1 - np.trace(s0) / n0
    value = q**2 * between - 2 * p * q**2 * mixed + (p * q * length2) ** 2
    # The whitening lessens the square of a covariance as it lessens that of all, whose trace is k.
    lost = classes.k - trace_of_square(np.eye(classes.k), classes.distances2)
    value -= _whitening_bias(classes.n, classes.k, p, float(np.trace(s1)), t11 + lost)
    return float(value / classes.k), _error(classes)


def squares(classes):
    """Unbiased traces of the products of the covariances within: (1 1), (0 0) and (1 0)."""
    member, lengths2 = classes.member, classes.lengths2
    s1, s0 = classes.covariances
    return (
        trace_of_square(s1, lengths2[member]),
        trace_of_square(s0, lengths2[~member]),
        float(np.sum(s1 * s0)),
    )


def _whitening_bias(n, k, p, a1, a2):
    """Bias that whitening by the vectors themselves gives the squared distance.

    Second-order terms of its expansion in the noise of both covariances, normal vectors, leading
    order in k. ``a1``, ``a2`` are the traces of the class's covariance A and its square; that of
    its cube is taken for an even one, and that of the others for ``(I - p A) / q``.
    """
    q, a3 = 1 - p, a2**2 / a1
    b1 = (k - p * a1) / q
    metric = 2 * (p * a1 * a3 + b1 * (a2 - p * a3)) + p * a2**2 + (a1 - p * a2) ** 2 / q
    metric -= 4 * a1 * a2
    trace = 2 * a1**2 - 2 * (p * a1 * a2 + b1 * (a1 - p * a2))
    return (metric + trace + (1 + q) * a1**2 - q * b1**2) / n


def _error(classes):
    """Compute the standard error from the influence of each vector on the others."""
    n, n1 = classes.n, classes.counts[0]
    x, member, s1 = classes.x, classes.member, classes.covariances[0]
    inner, inner2 = classes.residuals[member], classes.lengths2[member]
    square = s1 @ s1 - (inner * inner2[:, None]).T @ inner / n1**2  # of the true covariance
    first = np.einsum("ij,ij->i", inner @ s1, inner)
    alone = (n1 / (n1 - 1)) ** 2 * ((n1 - 1) * first - inner2**2 * n1 / (n1 - 1)) / (n1 - 2)
    of_class = alone - inner2 + inner2**2 / n
    of_metric = np.einsum("ij,ij->i", x @ (square - s1), x)
    of_metric += classes.distances2**2 / n
    of_metric[member] += inner2**2 / n1 - 2 * inner2 * first / n1 + 2 * inner2**3 / n1**2
    influence = (of_metric.mean() - of_metric) / n
    influence[member] += (of_class - of_class.mean()) / n1
    quadratic = _quadratic(classes)
    variance = max(4 * np.sum(influence**2) - quadratic, quadratic)
    return float(np.sqrt(variance) / classes.k)


def _quadratic(classes):
    """Variance of the sum over pairs of vectors of which neither's own influence tells."""
    n1, n0 = classes.counts
    weight1, weight0 = 1 / n1 - 1 / classes.n, 1 / classes.n
    rows = [_some(classes.residuals[each]) for each in (classes.member, ~classes.member)]
    total = n1 * (n1 - 1) * weight1**4 * _pair_variance(rows[0], rows[0], same=True)
    total += n0 * (n0 - 1) * weight0**4 * _pair_variance(rows[1], rows[1], same=True)
    total += 2 * n1 * n0 * (weight1 * weight0) ** 2 * _pair_variance(*rows, same=False)
    return 2 * total


def _some(rows):
    return rows[:: -(-len(rows) // MOST_PAIRED)]


def _pair_variance(a, b, same):
    """Mean square of ``(a_i b_j)^2`` over pairs, rows and columns centred."""
    kernel = (a @ b.T) ** 2
    if same:
        np.fill_diagonal(kernel, 0.0)
        np.fill_diagonal(kernel, kernel.sum() / (len(a) * (len(a) - 1)))
    kernel += kernel.mean() - kernel.mean(axis=0) - kernel.mean(axis=1)[:, None]
    return float(np.mean(kernel**2))
