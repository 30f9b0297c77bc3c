"""What the designs of several objectives share, so that their trials can be reused."""

# Minutes on two cores: whether everything works, not what is true.
SMOKE = {
    "images": 600,
    "resolution": 16,
    "filters": (8, 16),
    "latent_dim": 8,
    "epochs": 2,
    "effort": "quick",
    "generated": 50,
}
# An hour or so on two cores: networks and images of a quarter of the size of question 1.
SMALL = {
    "images": 8000,
    "resolution": 32,
    "filters": (16, 32, 64),
    "latent_dim": 64,
    "batch_size": 64,
    "epochs": 10,
    "effort": "quick",
    "generation": False,
}
GENERATED = {"generation": True, "generated": 300}
# Question 1: four layers each way, 250 latent dimensions, 96×96 pixels.
PAPER = {
    "resolution": 96,
    "filters": (32, 64, 128, 256),
    "latent_dim": 250,
    "epochs": 30,
}

FACES = {"dataset": "faces"}
CELEBA = {"dataset": "celeba"}
LFW = {"dataset": "lfw"}
# At 0.001 networks of some seeds end up at a constant image on MNIST.
MNIST = {"dataset": "mnist", "learning_rate": 3e-4}
SLOW_MNIST = MNIST | {"epochs": 20}  # of so few images
FASHION_MNIST = {"dataset": "fashion_mnist"}
DIGITS = {"dataset": "digits"}

JOINT = (
    "latent/radial/variance_ratio",
    "latent/radial/normal_axes",
    "latent/radial/wasserstein",
)
SINGLE_AXES = ("latent/principal/ks_mean", "latent/marginal/ks_mean")
NORMALITY = (*JOINT, *SINGLE_AXES, "latent/negentropy/principal_mean")
RECONSTRUCTION = ("reconstruction/mse", "reconstruction/explained_variance")
IMAGES = ("generation/ellipsoid/swd", "generation/ellipsoid/frechet")
