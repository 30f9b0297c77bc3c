"""Question 4."""

from mlflow_latents.studies.design import Factor, Factorial, Objective
from mlflow_latents.studies.objectives.common import (
    CELEBA,
    DIGITS,
    FASHION_MNIST,
    LFW,
    MNIST,
    NORMALITY,
    PAPER,
    RECONSTRUCTION,
    SLOW_MNIST,
    SMALL,
    SMOKE,
)

LAWS = {
    f"faces, {law.replace('_', '-')}": {"dataset": "faces", "factor_law": law}
    for law in ("normal", "uniform", "bimodal", "heavy_tailed")
}


def mixtures(first: str, second: str, label: str, *percents: int) -> dict[str, dict[str, str]]:
    """Give mixtures of two image sets, by the percentage of the first."""
    return {
        f"{p} % {label}": {"dataset": f"{first}:{p / 100}+{second}:{1 - p / 100:g}"}
        for p in percents
    }


IMAGE_SET = Objective(
    name="image_set",
    question="Does the image set change how far the latent vectors are normal?",
    expectation="If the latent distribution is that of the images' own factors, normal factors "
    "give an MND, and uniform, bimodal and heavy-tailed ones do not; a mixture of two populations "
    "gives two clusters.",
    measures=(*NORMALITY, *RECONSTRUCTION),
    designs={
        "smoke": Factorial(
            (
                Factor(
                    "image_set",
                    {**LAWS, "digits": DIGITS, **mixtures("faces", "digits", "faces", 50)},
                ),
            ),
            2,
            SMOKE,
        ),
        "small": Factorial(
            (
                Factor(
                    "image_set",
                    {
                        **LAWS,
                        "CelebA": CELEBA,
                        **mixtures("celeba", "faces", "CelebA, rest faces", 75, 50, 25),
                        "MNIST": SLOW_MNIST,
                        "Fashion-MNIST": FASHION_MNIST,
                    },
                ),
            ),
            3,
            SMALL,
        ),
        "paper": Factorial(
            (
                Factor(
                    "image_set",
                    {
                        **LAWS,
                        "CelebA": CELEBA,
                        **mixtures("celeba", "lfw", "CelebA, rest LFW", 75, 50, 25),
                        "LFW": LFW,
                        "MNIST": MNIST | {"resolution": 32},
                        "Fashion-MNIST": FASHION_MNIST | {"resolution": 32},
                    },
                ),
            ),
            5,
            # As many images of each set: LFW has 13,233.
            PAPER | {"images": 13000},
        ),
    },
)
