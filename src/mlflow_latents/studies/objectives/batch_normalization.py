"""Question 2."""

from mlflow_latents.studies.design import Factor, Factorial, Objective, levels
from mlflow_latents.studies.objectives.common import (
    CELEBA,
    DIGITS,
    FACES,
    FASHION_MNIST,
    NORMALITY,
    PAPER,
    RECONSTRUCTION,
    SMALL,
    SMOKE,
)

SWITCH = levels("batch_normalization", False, True)

BATCH_NORMALIZATION = Objective(
    name="batch_normalization",
    question="Does batch normalization change how far the latent vectors are normal?",
    expectation="Normalizing every map over the batch draws the inputs of the innermost layer "
    "towards normal ones, so that the latent distribution should come nearer to an MND.",
    measures=(*NORMALITY, *RECONSTRUCTION),
    designs={
        "smoke": Factorial(
            (SWITCH, Factor("image_set", {"faces": FACES, "digits": DIGITS})), 2, SMOKE
        ),
        "small": Factorial(
            (
                SWITCH,
                Factor(
                    "image_set",
                    {"faces": FACES, "CelebA": CELEBA, "Fashion-MNIST": FASHION_MNIST},
                ),
            ),
            4,
            SMALL,
        ),
        "paper": Factorial(
            (
                SWITCH,
                levels("activation", "leaky_relu", "relu", "tanh"),
                Factor("image_set", {"faces": FACES, "CelebA": CELEBA}),
            ),
            5,
            PAPER,
        ),
    },
)
