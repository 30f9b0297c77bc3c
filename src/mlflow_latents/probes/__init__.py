"""Probes of a finished autoencoder: attributes in its latent space, maps of its encoder."""
