"""Which principal axes are leading, and which trailing."""

import numpy as np

GROUP = 10  # leading, and trailing, principal axes


def axis_groups(rank: int) -> dict[str, np.ndarray]:
    """Principal axes by group: the ten leading (of few, a third), the others, the ten trailing."""
    size = max(1, min(GROUP, rank // 3))
    axes = np.arange(rank)
    return {
        "leading": axes[:size],
        "other": axes[size : max(size, rank - size)],
        "trailing": axes[-size:],
    }


def carried_ends(rank: int) -> tuple[int, int]:
    """Where the leading axes end, and where the trailing half begins."""
    leading = len(axis_groups(rank)["leading"])
    return leading, max(leading, rank // 2)
