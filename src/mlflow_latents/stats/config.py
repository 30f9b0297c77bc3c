"""What counts as normal enough."""

from dataclasses import dataclass, fields

from mlflow_latents.errors import InputError

EFFORTS = ("quick", "standard", "thorough")


@dataclass(frozen=True)
class AssessConfig:
    """How the latent vectors are judged.

    Parameters
    ----------
    planes
        How many planes of two latent coordinates, drawn at random, are compared with ellipses.
    ks_tolerance
        An axis looks normal when its Kolmogorov-Smirnov distance to a normal is below this.
    variance_ratio_tolerance
        A leading subspace looks normal when var(d2) over that of the law is within 1 +- this.
    level_tolerance
        How far (in sd) a shell or a tail may be displaced and still count for the level limit.
    effort
        "quick" leaves out what takes long: the search for hidden directions, the skewness of the
        whole cloud, likelihoods, core, and p-values whose null law would be simulated for minutes
        (beyond 256 dimensions). "standard" has them all. "thorough" searches all vectors, and
        longer.
    """

    planes: int = 100
    ks_tolerance: float = 0.02
    variance_ratio_tolerance: float = 0.25
    level_tolerance: float = 0.5
    effort: str = "standard"

    def __post_init__(self):
        if self.planes != int(self.planes) or self.planes < 1:
            raise InputError(f"planes is {self.planes}: give a whole number, 1 or more.")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("tolerance") and not 0 < value < 1:
                raise InputError(f"{field.name} is {value}: give a number between 0 and 1.")
        if self.effort not in EFFORTS:
            raise InputError(f"effort is {self.effort!r}: choose one of {', '.join(EFFORTS)}.")
