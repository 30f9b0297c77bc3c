"""Where are the latent vectors of an autoencoder a multivariate normal distribution?"""

__version__ = "0.1.0"
