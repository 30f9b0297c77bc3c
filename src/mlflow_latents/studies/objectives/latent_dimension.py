"""Question 3."""

from mlflow_latents.studies.design import Factor, Factorial, Objective, levels
from mlflow_latents.studies.objectives.common import (
    CELEBA,
    DIGITS,
    FACES,
    FASHION_MNIST,
    GENERATED,
    IMAGES,
    MNIST,
    NORMALITY,
    PAPER,
    RECONSTRUCTION,
    SLOW_MNIST,
    SMALL,
    SMOKE,
)

LATENT_DIMENSION = Objective(
    name="latent_dimension",
    question="Does an MND emerge as the number of latent dimensions grows, and do too many "
    "dimensions destroy the ellipsoids and the generated images?",
    expectation="With more dimensions each sums up more small contributions, so that an MND should "
    "emerge, for digits and clothes as for faces; beyond some number the inner ellipsoids and the "
    "images drawn from them should fall apart.",
    measures=(
        *NORMALITY,
        "latent/radial/level_limit",
        "latent/geometry/effective_dimension",
        *RECONSTRUCTION,
        *IMAGES,
        "generation/ellipsoid/recall",
    ),
    designs={
        "smoke": Factorial(
            (
                levels("latent_dim", 2, 8, 32),
                Factor("image_set", {"faces": FACES, "digits": DIGITS}),
            ),
            2,
            SMOKE,
        ),
        "small": Factorial(
            (
                levels("latent_dim", 2, 16, 64, 250, 1000),
                Factor(
                    "image_set",
                    {"faces": FACES, "MNIST": SLOW_MNIST, "Fashion-MNIST": FASHION_MNIST},
                ),
            ),
            3,
            SMALL | GENERATED,
        ),
        "paper": Factorial(
            (
                levels("latent_dim", 2, 10, 50, 100, 250, 500, 1000),
                Factor(
                    "image_set",
                    {
                        "CelebA": CELEBA,
                        "MNIST": MNIST | {"resolution": 32},
                        "Fashion-MNIST": FASHION_MNIST | {"resolution": 32},
                    },
                ),
            ),
            3,
            PAPER,
        ),
    },
)
