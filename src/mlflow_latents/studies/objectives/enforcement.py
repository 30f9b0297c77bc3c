"""What emerges, beside what is enforced."""

from mlflow_latents.studies.design import Factor, Factorial, Objective
from mlflow_latents.studies.objectives.common import (
    CELEBA,
    FACES,
    GENERATED,
    IMAGES,
    NORMALITY,
    PAPER,
    RECONSTRUCTION,
    SMALL,
    SMOKE,
)

MODELS = {
    "CAE": {"model": "cae"},
    "RAE": {"model": "rae"},
    "VAE, beta 0.01": {"model": "vae", "beta": 0.01},
    "VAE, beta 0.1": {"model": "vae", "beta": 0.1},
    "VAE, beta 1": {"model": "vae", "beta": 1.0},
}
MODEL = Factor("model", MODELS)

ENFORCEMENT = Objective(
    name="enforcement",
    question="Does enforcing a normal distribution, as a VAE does, give one, and better images?",
    expectation="The more weight a VAE gives to the divergence from the standard normal, the "
    "nearer its latent vectors are to an MND, and the worse its reconstructions; a CAE enforces "
    "nothing.",
    measures=(
        *NORMALITY,
        "control/posterior/radial/variance_ratio",
        *RECONSTRUCTION,
        *IMAGES,
        "generation/standard_normal/swd",
        "generation/standard_normal/frechet",
    ),
    designs={
        "smoke": Factorial((MODEL,), 2, SMOKE | FACES),
        "small": Factorial(
            (MODEL, Factor("image_set", {"faces": FACES, "CelebA": CELEBA})), 3, SMALL | GENERATED
        ),
        "paper": Factorial(
            (Factor("model", {**MODELS, "VAE, beta 4": {"model": "vae", "beta": 4.0}}),),
            5,
            PAPER | CELEBA,
        ),
    },
)
