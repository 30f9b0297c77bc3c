"""What the latent vectors cost, in training: nothing, their divergence, or their length."""

import jax.numpy as jnp


def _plain(encoded, noise):
    return encoded, jnp.zeros(len(encoded))


def _variational(encoded, noise):
    """Draw from each image's normal distribution; its Kullback-Leibler divergence from N(0, 1)."""
    mean, log_variance = jnp.split(encoded, 2, axis=1)
    divergence = mean**2 + jnp.exp(log_variance) - 1 - log_variance
    return mean + jnp.exp(log_variance / 2) * noise, divergence.sum(axis=1) / 2


def _regularised(encoded, noise):
    return encoded, (encoded**2).sum(axis=1) / 2


CODES = {"cae": _plain, "vae": _variational, "rae": _regularised}
"""By the model's name: (what the encoder gives, noise) to latent vectors (n, d) and costs (n,).

The variational autoencoder's is the divergence of Kingma and Welling (2014), appendix B, whose
samples are made of standard normal noise (n, d); the regularised one's is that of RAE-L2 (Ghosh,
Sajjadi, Vergari, Black and Schölkopf 2020, From variational to deterministic autoencoders).
"""


def kernels_of(decoder) -> list[int]:
    """Positions of a decoder's kernels, not of its biases, among its trainable weights."""
    return [i for i, each in enumerate(decoder.trainable_variables) if len(each.shape) > 1]
