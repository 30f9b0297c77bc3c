"""Question 1."""

from mlflow_latents.studies.design import Factor, Factorial, Objective, levels
from mlflow_latents.studies.objectives.common import (
    CELEBA,
    FACES,
    NORMALITY,
    PAPER,
    RECONSTRUCTION,
    SMALL,
    SMOKE,
)

REPRODUCTION = Objective(
    name="reproduction",
    question="Does the normal-looking latent distribution come back with other numbers of maps, "
    "activation functions and resolutions?",
    expectation="Projections of the latent cloud of 250 dimensions look normal in networks of four "
    "convolutional layers with LeakyReLU at 96×96 pixels; the more maps, the more so.",
    measures=(*NORMALITY, *RECONSTRUCTION),
    designs={
        "smoke": Factorial(
            (
                Factor("maps", {"8": {"filters": (4, 8)}, "16": {"filters": (8, 16)}}),
                levels("activation", "leaky_relu", "tanh"),
            ),
            2,
            SMOKE | FACES,
        ),
        "small": Factorial(
            (
                Factor("maps", {"32": {"filters": (8, 16, 32)}, "64": {"filters": (16, 32, 64)}}),
                levels("activation", "leaky_relu", "relu", "tanh"),
                levels("resolution", 32, 48),
            ),
            3,
            SMALL | FACES,
        ),
        "paper": Factorial(
            (
                Factor(
                    "maps",
                    {
                        "128": {"filters": (16, 32, 64, 128)},
                        "256": {"filters": (32, 64, 128, 256)},
                        "512": {"filters": (64, 128, 256, 512)},
                    },
                ),
                levels("activation", "leaky_relu", "relu", "elu", "tanh"),
                levels("resolution", 96, 128),
            ),
            3,
            PAPER | CELEBA,
        ),
    },
)
