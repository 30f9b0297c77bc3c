"""Chances too small to be met by simulation: multilevel splitting."""

import numpy as np

GROUPS = 8  # independent, so that their spread tells the error
PARTICLES = 128  # in a group
KEPT = 32  # of them at each step
MOVES = 12  # of every particle at each step
MOST_STEPS = 1000  # which reach 1e-600
MOST_SHRINKS = 60  # of an interval, until only the old place is left


def log_rare_share(matrix, centre, radius, score, seed):
    """Log of the chance that a vector of random direction and radius scores 1 or less.

    By subset simulation (Au and Beck 2001): in each of 8 groups of 128 vectors, the quarter that
    scores least is kept and multiplied, then all are moved at random where they score no more than
    the best of the others, which leaves the mean of the groups without bias (Bréhier et al. 2016),
    until a quarter scores 1 or less. A move turns the direction along a random
    great circle, then draws the radius anew, each by slice sampling, which has no step to tune
    (Murray, Adams and MacKay 2010; Neal 2003).

    Parameters
    ----------
    matrix : numpy.ndarray, shape (d, k)
        The vector is ``centre + radius(w) matrix @ h``, h being spread evenly over the unit sphere
        in k dimensions and w from 0 to 1.
    centre : numpy.ndarray, shape (d,)
    radius : callable
        Radii of an array of w.
    score : callable
        Scores (n,) of vectors (n, d). The work is in float32.
    seed : int

    Returns
    -------
    log_share : float
        Natural logarithm of the mean over the groups; -inf below 1e-600.
    error : float
        Standard error of log_share, from the spread of the groups; NaN below 1e-600.

    References
    ----------
    Au and Beck (2001), Probabilistic Engineering Mechanics 16, 263-277; Bréhier, Gazeau, Goudenège,
    Lelièvre and Rousset (2016), Annals of Applied Probability 26, 3559-3601; Murray, Adams and
    MacKay (2010), Proceedings of Machine Learning Research 9, 541-548; Neal (2003), Annals of
    Statistics 31, 705-767.
    """
    rng = np.random.default_rng(seed)
    cloud = _Cloud(rng, matrix, centre, radius, score)
    log_shares, open_groups = np.zeros(GROUPS), np.arange(GROUPS)
    for _ in range(MOST_STEPS):
        scores = cloud.scores.reshape(-1, PARTICLES)
        limits = np.partition(scores, KEPT, axis=1)[:, KEPT]  # the least score that is not kept
        done = limits <= 1
        log_shares[open_groups[done]] += np.log(np.mean(scores[done] <= 1, axis=1))
        if done.all():
            break
        open_groups = open_groups[~done]
        log_shares[open_groups] += np.log(KEPT / PARTICLES)
        best = np.argpartition(scores[~done], KEPT - 1, axis=1)[:, :KEPT]
        rows = best + PARTICLES * np.flatnonzero(~done)[:, None]
        cloud.keep(np.tile(rows, PARTICLES // KEPT).ravel())
        limit = np.repeat(limits[~done], PARTICLES)
        for _ in range(MOVES):
            cloud.turn(limit)
        cloud.stretch(limit)
    else:
        return -np.inf, np.nan
    top = log_shares.max()
    shares = np.exp(log_shares - top)
    error = shares.std(ddof=1) / shares.mean() / np.sqrt(GROUPS)
    return float(top + np.log(shares.mean())), float(error)


class _Cloud:
    """Vectors of random directions and radii, with their scores."""

    def __init__(self, rng, matrix, centre, radius, score):
        self.rng, self.matrix, self.centre = rng, np.float32(matrix), np.float32(centre)
        self.radius, self.score = radius, score
        self.h = _unit(self._normal((GROUPS * PARTICLES, matrix.shape[1])))
        self.y = self.h @ self.matrix.T
        self.log_w = -rng.standard_exponential(len(self.h))
        self.scores = self._scores(self.log_w, self.y)
        self.width = np.float32(2 * np.pi)  # of the arc on which a move begins

    def keep(self, rows):
        """Keep these rows alone, with repetition, and clear them of rounding."""
        self.h, self.log_w, self.scores = _unit(self.h[rows]), self.log_w[rows], self.scores[rows]
        self.y = self.h @ self.matrix.T

    def turn(self, limit):
        """Turn each direction along a great circle, to where the score is within the limit."""
        if self.h.shape[1] == 1:
            return  # there are two directions only, and vectors in both
        tangent = self._normal(self.h.shape)
        for _ in range(2):  # the selection would find what rounding leaves, and grow by it
            tangent -= np.einsum("ij,ij->i", tangent, self.h)[:, None] * self.h
            tangent = _unit(tangent)
        across = tangent @ self.matrix.T

        def place(rows, angle):
            return np.cos(angle)[:, None] * self.y[rows] + np.sin(angle)[:, None] * across[rows]

        high = self.width * self.rng.random(len(self.h), np.float32)
        angle, scores = self._slice(
            high - self.width,
            high,
            np.zeros_like(high),
            limit,
            lambda rows, angle: self._scores(self.log_w[rows], place(rows, angle)),
        )
        self.y = place(slice(None), angle)
        self.h = np.cos(angle)[:, None] * self.h + np.sin(angle)[:, None] * tangent
        self.scores = scores
        self.width = np.float32(min(2 * np.pi, 6 * np.abs(angle).mean() + 1e-6))

    def stretch(self, limit):
        """Draw each radius anew, from where the score is within the limit."""
        # The logarithm of w has the density exp(log_w) up to 0: an even draw under its graph at the
        # old place bounds the new one from below.
        self.log_w, self.scores = self._slice(
            self.log_w - self.rng.standard_exponential(len(self.log_w)),
            np.zeros_like(self.log_w),
            self.log_w,
            limit,
            lambda rows, log_w: self._scores(log_w, self.y[rows]),
        )

    def _slice(self, low, high, old, limit, score):
        """Draw between low and high, evenly from where the score is within the limit."""
        new, scores = old.copy(), self.scores.copy()
        rows = np.arange(len(old))
        for _ in range(MOST_SHRINKS):
            tried = low[rows] + self.rng.random(len(rows), low.dtype) * (high - low)[rows]
            found = score(rows, tried)
            within = found <= limit[rows]
            new[rows[within]], scores[rows[within]] = tried[within], found[within]
            rows, tried = rows[~within], tried[~within]
            if not len(rows):
                break
            below = tried < old[rows]
            low[rows[below]], high[rows[~below]] = tried[below], tried[~below]
        return new, scores

    def _scores(self, log_w, y):
        return self.score(self.centre + np.float32(self.radius(np.exp(log_w)))[:, None] * y)

    def _normal(self, shape):
        return self.rng.standard_normal(shape, np.float32)


def _unit(h):
    return h / np.sqrt(np.einsum("ij,ij->i", h, h))[:, None]
