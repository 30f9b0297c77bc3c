"""A free search for networks that are good at both."""

from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from mlflow_latents.studies.design import MEASURES, Objective, Search
from mlflow_latents.studies.objectives.common import CELEBA, FACES, PAPER, SMALL, SMOKE

HOW = {
    "activation": CategoricalDistribution(("leaky_relu", "relu", "elu", "gelu", "tanh")),
    "batch_normalization": CategoricalDistribution((False, True)),
    "learning_rate": FloatDistribution(1e-4, 3e-3, log=True),
}

SEARCH = Objective(
    name="search",
    question="Which networks reconstruct well and have nearly normal radii at once?",
    expectation="Nothing is expected: the search shows what the one costs of the other.",
    measures=(*MEASURES, "latent/radial/variance_ratio", "latent/principal/ks_mean"),
    designs={
        "smoke": Search(
            {**HOW, "latent_dim": IntDistribution(2, 32, log=True)}, 6, SMOKE | FACES, "qmc"
        ),
        "small": Search(
            {
                **HOW,
                "latent_dim": IntDistribution(2, 250, log=True),
                "filters": CategoricalDistribution(("8,16,32", "16,32,64")),
            },
            40,
            SMALL | FACES,
            "tpe",
        ),
        "paper": Search(
            {
                **HOW,
                "latent_dim": IntDistribution(2, 1000, log=True),
                "filters": CategoricalDistribution(
                    ("16,32,64,128", "32,64,128,256", "64,128,256,512")
                ),
            },
            200,
            PAPER | CELEBA,
            "nsgaii",
        ),
    },
)
