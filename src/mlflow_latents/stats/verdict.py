"""The verdict in plain words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What the cloud is, as far as radius, axes and planes tell.

    Parameters
    ----------
    kind : str
        "normal", "heavy_tailed", "light_tailed", "not_normal" (the axes themselves are not
        normal), or "undecided" (too few vectors to tell).
    sentence : str
        One sentence for a reader who knows what a normal distribution is.
    reasons : tuple of str
        Full sentences with the numbers that the verdict rests on.
    """

    kind: str
    sentence: str
    reasons: tuple[str, ...]
